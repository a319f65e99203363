"""A filter of known request ids: "never seen" is certain, "maybe seen" costs a look into the log.

A Bloom filter (Bloom 1970), so that a new request, which is nearly every one, is decided without asking the
database, and so that request ids may be kept for ever. Not a cache and never an answer by itself: forgetting it
costs a rebuild from the stored requests, nothing else. Called by the loop, recovery and the snapshot process.
"""

from __future__ import annotations

from hashlib import blake2b

from orchestrator.log.record import RequestKey

PROBES = 4
BITS_LEAST = 1 << 20
#: At this many bits an id, four probes are wrong about one new id in 400.
BITS_PER_ID = 16


class SeenFilter:
    """A bitmap whose size is a power of two."""

    __slots__ = ("_bits", "_mask")

    def __init__(self, bits: bytearray) -> None:
        count = len(bits) * 8
        if count < 8 or count & (count - 1):
            raise ValueError(f"a filter of {count} bits: the number must be a power of two, at least 8")
        self._bits = bits
        self._mask = count - 1

    @classmethod
    def sized_for(cls, ids: int) -> SeenFilter:
        """An empty filter that stays sharp up to twice as many ids."""
        bits = BITS_LEAST
        while bits < 2 * ids * BITS_PER_ID:
            bits *= 2
        return cls(bytearray(bits // 8))

    def sharp_for(self, ids: int) -> bool:
        """False when it should be rebuilt bigger."""
        return ids * BITS_PER_ID <= self._mask + 1

    def add(self, key: RequestKey) -> None:
        """From now on `maybe(key)` is true."""
        for place in self._places(key):
            self._bits[place >> 3] |= 1 << (place & 7)

    def maybe(self, key: RequestKey) -> bool:
        """False: certainly never added."""
        return all(self._bits[place >> 3] & (1 << (place & 7)) for place in self._places(key))

    def to_bytes(self) -> bytes:
        """For a snapshot; `SeenFilter(bytearray(…))` reads it."""
        return bytes(self._bits)

    def _places(self, key: RequestKey) -> tuple[int, ...]:
        digest = blake2b(f"{key.principal}\0{key.request_id}".encode(), digest_size=16).digest()
        first, step = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1
        return tuple((first + probe * step) & self._mask for probe in range(PROBES))
