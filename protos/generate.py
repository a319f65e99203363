"""Make the committed Python stubs of the contract, or say that they are out of date.

Promises the same bytes for the same `.proto` files and the locked tools. Runs as a program of its own
(`make protos`, `make check`) and is imported by nobody: the compiler, `grpc_tools`, must never share a process
with OR-Tools, so it is started as a child process here.

    python protos/generate.py                write the stubs beside the .proto files
    python protos/generate.py --check        exit 1, naming the files, when the committed stubs differ
    python protos/generate.py --image FILE   write the descriptor image that buf lints
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CONTRACT = "muster"
STUB_ENDINGS = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")
COMPILE_S_MAX = 120
#: protoc writes imports from its include root; ours is the package `protos`.
OWN_IMPORT = re.compile(rf"^(\s*)(from|import) {CONTRACT}(?=[. ])", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Run one of the three jobs; the exit code is 1 when stubs are stale or the compiler refuses a file."""
    parser = argparse.ArgumentParser(description="Compile protos/muster/**/*.proto.")
    job = parser.add_mutually_exclusive_group()
    job.add_argument("--check", action="store_true", help="compare with the committed stubs, write nothing")
    job.add_argument("--image", type=Path, help="write a descriptor image with comments, for buf")
    options = parser.parse_args(arguments)
    if options.image is not None:
        image = options.image.resolve()
        image.parent.mkdir(parents=True, exist_ok=True)
        return _protoc("--include_imports", "--include_source_info", f"--descriptor_set_out={image}")
    with tempfile.TemporaryDirectory() as draft:
        code = _compile(Path(draft))
        if code != 0:
            return code
        fresh = {path.relative_to(draft): path.read_bytes() for path in sorted(Path(draft).rglob("*.py*"))}
    return _report_stale(fresh) if options.check else _write(fresh)


def _compile(out: Path) -> int:
    bin_dir = Path(sys.executable).parent
    code = _protoc(
        f"--plugin=protoc-gen-mypy={bin_dir / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={bin_dir / 'protoc-gen-mypy_grpc'}",
        *(f"--{kind}_out={out}" for kind in ("python", "grpc_python")),
        *(f"--{kind}_out=quiet:{out}" for kind in ("mypy", "mypy_grpc")),
    )
    for path in out.rglob("*.py*"):
        path.write_text(OWN_IMPORT.sub(rf"\1\2 protos.{CONTRACT}", path.read_text()))
    for folder in {parent for path in out.rglob("*_pb2.py") for parent in path.relative_to(out).parents}:
        if folder != Path():
            name = ".".join(folder.parts)
            (out / folder / "__init__.py").write_text(f'"""Generated: the stubs of `{name}`."""\n')
    return code


def _protoc(*arguments: str) -> int:
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / CONTRACT).rglob("*.proto"))
    if not sources:
        print(f"{ROOT / CONTRACT}: no .proto file", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}", f"-I{_google_protos()}"]
    return subprocess.run([*command, *arguments, *sources], cwd=ROOT, timeout=COMPILE_S_MAX).returncode


def _google_protos() -> Path:
    """The include root of google/rpc/*.proto, which googleapis-common-protos installs as package data."""
    spec = importlib.util.find_spec("google.rpc.status_pb2")
    if spec is None or spec.origin is None:
        raise SystemExit("googleapis-common-protos is not installed: run make once to get the locked packages")
    return Path(spec.origin).parents[2]


def _committed() -> set[Path]:
    return {
        path.relative_to(ROOT)
        for path in (ROOT / CONTRACT).rglob("*.py*")
        if path.name.endswith((*STUB_ENDINGS, "__init__.py"))
    }


def _report_stale(fresh: dict[Path, bytes]) -> int:
    stale = [path for path, text in fresh.items() if not _same(ROOT / path, text)]
    stale += _committed() - fresh.keys()
    for path in sorted(stale):
        print(f"protos/{path}: out of date, run `make protos`", file=sys.stderr)
    return 1 if stale else 0


def _same(path: Path, text: bytes) -> bool:
    return path.exists() and path.read_bytes() == text


def _write(fresh: dict[Path, bytes]) -> int:
    for path in _committed() - fresh.keys():
        (ROOT / path).unlink()
    for path, text in fresh.items():
        (ROOT / path).write_bytes(text)
    print(f"{len(fresh)} files in protos/{CONTRACT}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
