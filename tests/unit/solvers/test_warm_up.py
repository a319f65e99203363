"""Warming up compiles every kernel and says what it does."""

from solvers.warm_up import warm_up


def test_it_says_what_it_compiles() -> None:
    lines: list[str] = []
    warm_up(lines.append)
    assert any("routing" in line for line in lines)
