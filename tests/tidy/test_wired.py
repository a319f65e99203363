"""Nothing for show: every setting is read by somebody, and every metric is set by somebody."""

import re
from functools import lru_cache

import pytest

from orchestrator.runtime.config import ServerConfig
from orchestrator.runtime.metrics import Metrics
from tests.tidy.sources import house_modules

#: Read or set by the module that defines it.
AT_HOME = {"key_path", "build_info", "registry"}


@lru_cache(maxsize=1)
def attributes() -> dict[str, frozenset[str]]:
    """Path of each shipped module -> every name that follows a dot in it."""
    return {source.path: frozenset(re.findall(r"\.(\w+)", source.text)) for source in house_modules()}


def used_outside(home: str, name: str) -> bool:
    """True when an attribute of that name is touched by a shipped module other than `home`."""
    return any(name in names for path, names in attributes().items() if path != home)


@pytest.mark.parametrize("name", sorted(ServerConfig.model_fields.keys() - AT_HOME))
def test_a_setting_is_read(name: str) -> None:
    assert used_outside("orchestrator/runtime/config.py", name)


@pytest.mark.parametrize("name", sorted(vars(Metrics()).keys() - AT_HOME))
def test_a_metric_is_set(name: str) -> None:
    assert used_outside("orchestrator/runtime/metrics.py", name)


def test_a_name_nobody_touches_would_be_seen() -> None:
    assert not used_outside("", "no_such_setting_anywhere")
