"""Percentiles of measured times: sorted samples, nearest rank. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from protos.muster.operator.v1 import admin_service_pb2 as pb


def timing_of(samples_us: Sequence[int]) -> pb.Timing:
    """n, p50, p99 and the greatest of times in microseconds; zeros without any."""
    if not samples_us:
        return pb.Timing()
    ordered = sorted(samples_us)
    return pb.Timing(n=len(ordered), p50_us=_rank(ordered, 50), p99_us=_rank(ordered, 99), max_us=ordered[-1])


def _rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
