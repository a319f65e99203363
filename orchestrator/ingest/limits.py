"""How much a caller may ask: calls a second, calls at once, deadlines. Integers and the monotonic clock only.

Promises that one partner cannot use up what the others need. Buckets exist per known partner, so their number is
bounded by the master data.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.ingest.refusals import IngestReason, Refusal

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Bounds of one port. `calls_per_s` 0: no rate limit (the operator port)."""

    calls_max: int = 512
    streams_max: int = 256
    deadline_s_max: int = 60
    deadline_required: bool = False
    calls_per_s: int = 0
    burst: int = 0
    calls_max_each: int = 0
    streams_max_each: int = 0


@dataclass(slots=True)
class _Bucket:
    """Tokens in nano-calls, so that a slow trickle is not rounded away."""

    tokens: int
    filled_ns: int
    calls: int = 0
    streams: int = 0


class CallGate:
    """Counts calls in work and per caller; `enter` refuses, `leave` must follow each `enter`."""

    def __init__(self, limits: CallLimits) -> None:
        self._limits = limits
        self._buckets: dict[str, _Bucket] = {}
        self.calls = 0
        self.streams = 0

    def check_deadline(self, remaining_s: float | None) -> None:
        """A unary call must say how long it will wait, and not for ever."""
        limit = self._limits.deadline_s_max
        if not self._limits.deadline_required:
            return
        # A second of grace: the caller's and our clock are not the same.
        if remaining_s is None or remaining_s > limit + 1:
            said = "none" if remaining_s is None else f"{remaining_s:.0f} s"
            raise Refusal(
                IngestReason.DEADLINE_REQUIRED,
                f"the call's deadline is {said}: set one of at most {limit} s",
                metadata={"deadline_s_max": str(limit)},
            )

    def enter(self, caller: str, *, stream: bool, now_ns: int) -> None:
        """Let a call in, or raise RATE_LIMITED, TOO_MANY_CALLS or TOO_MANY_WATCHERS with when to come back."""
        limits = self._limits
        bucket = self._bucket(caller, now_ns)
        if limits.calls_per_s:
            self._take(bucket, now_ns)
        each, every = (
            (limits.streams_max_each, limits.streams_max) if stream else (limits.calls_max_each, limits.calls_max)
        )
        mine, all_of_it = (bucket.streams, self.streams) if stream else (bucket.calls, self.calls)
        if all_of_it >= every or (each and mine >= each):
            raise _too_many(stream, each if each and mine >= each else every)
        self._count(bucket, stream, 1)

    def leave(self, caller: str, *, stream: bool) -> None:
        """The call is over."""
        self._count(self._buckets[caller], stream, -1)

    def _count(self, bucket: _Bucket, stream: bool, step: int) -> None:
        if stream:
            bucket.streams += step
            self.streams += step
        else:
            bucket.calls += step
            self.calls += step

    def _bucket(self, caller: str, now_ns: int) -> _Bucket:
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self._limits.burst * NS_PER_S, now_ns)
        return bucket

    def _take(self, bucket: _Bucket, now_ns: int) -> None:
        limits = self._limits
        earned = max(0, now_ns - bucket.filled_ns) * limits.calls_per_s
        bucket.tokens = min(limits.burst * NS_PER_S, bucket.tokens + earned)
        bucket.filled_ns = now_ns
        if bucket.tokens < NS_PER_S:
            wait_ms = (NS_PER_S - bucket.tokens) // limits.calls_per_s // 1_000_000 + 1
            raise Refusal(
                IngestReason.RATE_LIMITED,
                f"more than {limits.calls_per_s} calls a second: try again in {wait_ms} ms",
                metadata={"calls_per_s": str(limits.calls_per_s), "retry_after_ms": str(wait_ms)},
                retry_after_ms=wait_ms,
            )
        bucket.tokens -= NS_PER_S


def _too_many(stream: bool, limit: int) -> Refusal:
    what = "open streams" if stream else "calls at once"
    return Refusal(
        IngestReason.TOO_MANY_WATCHERS if stream else IngestReason.TOO_MANY_CALLS,
        f"more than {limit} {what}: try again later",
        metadata={"limit": str(limit)},
        retry_after_ms=1_000 if stream else 100,
    )
