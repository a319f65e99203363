"""The README's examples, as they stand there, against a real server that starts empty."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.cli.conftest import ROOT, Server

pytestmark = pytest.mark.slow

BLOCK = re.compile(r"<!-- tested -->\n```(bash|python)\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


def test_the_readme_has_examples() -> None:
    assert [language for language, _ in BLOCKS] == ["bash", "bash", "bash", "bash", "bash", "bash", "bash", "python"]


def test_the_examples_work_in_the_order_a_reader_meets_them(
    server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    for language, code in BLOCKS:
        if language == "bash":
            command = ["bash", "-euo", "pipefail", "-c", code]
        else:
            script = tmp_path / "partner.py"
            script.write_text(code.replace("127.0.0.1:7401", server.partner), encoding="utf-8")
            command = [sys.executable, str(script)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=90, env=environment, cwd=ROOT, check=False
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        assert done.stdout
