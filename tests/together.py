"""Which tests stay on one worker when the run is spread over two.

Promises: the tests of a file stay together and in order, and so do the folders that share something dear: the one
Ray of the run, a browser, a database server. Used by `conftest` as pytest-xdist's scheduler for `--dist loadfile`.
(`--dist loadgroup` would say the same with marks, but pytest 9.2 no longer lets a plugin rename a collected test, which
is how pytest-xdist 3.8 does it: its groups are silently ignored.)
"""

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

FOLDERS = {
    "tests/conformance/": "database",
    "tests/crash/": "crash",
    "tests/e2e/cluster/": "cluster",
    "tests/e2e/ray/": "ray",
    "tests/e2e/web/": "browser",
}
#: A mark that promises a folder: what carries it may not be elsewhere.
HOME_OF_MARK = {"ray": "tests/e2e/ray/", "browser": "tests/e2e/web/"}


def group_of(nodeid: str) -> str:
    """The group of a test: its shared folder's, or its file."""
    path = nodeid.split("::", 1)[0]
    return next((group for folder, group in FOLDERS.items() if path.startswith(folder)), path)


class StayTogether(LoadFileScheduling):  # type: ignore[misc]
    """Hands whole groups to workers."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
