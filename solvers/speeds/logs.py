"""Natural logarithms and their inverse in whole numbers, so that every machine learns the same from the same legs.

Promises: millionths, right to one of them; no float. Called by `factors` and `fitting`.
"""

from __future__ import annotations

MICRO = 1_000_000
_FINE = 10**12
_LN2_FINE = 693_147_180_560
_TERMS = 14


def ln_micro(numerator: int, denominator: int) -> int:
    """ln(numerator / denominator) in millionths; both positive.

    ln 2 is taken out until the ratio is within [2/3, 4/3]; the rest is 2 artanh((x - 1) / (x + 1)), a series that
    gains at least a digit and a half with each term there.
    """
    assert numerator > 0
    assert denominator > 0
    twos = 0
    while 3 * numerator > 4 * denominator:
        denominator, twos = denominator * 2, twos + 1
    while 3 * numerator < 2 * denominator:
        numerator, twos = numerator * 2, twos - 1
    ratio = (numerator - denominator) * _FINE // (numerator + denominator)
    square, power, total = ratio * ratio // _FINE, ratio, 0
    for odd in range(1, 2 * _TERMS, 2):
        total += power // odd
        power = power * square // _FINE
    return _rounded(2 * total + twos * _LN2_FINE, _FINE // MICRO)


def exp_permille(micro: int) -> int:
    """exp of a number in millionths, in thousandths, rounded; the number must be within ±20."""
    assert abs(micro) <= 20 * MICRO
    twos, rest = divmod(micro * (_FINE // MICRO), _LN2_FINE)
    term, total = _FINE, _FINE
    for number in range(1, _TERMS + 4):
        term = term * rest // (_FINE * number)
        total += term
    total = total << twos if twos >= 0 else total >> -twos
    return _rounded(total, _FINE // 1000)


def _rounded(value: int, unit: int) -> int:
    return (value + unit // 2) // unit
