"""How figures, times and codes read on the page. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from protos.muster.operator.v1 import overview_pb2 as pb


def zone_of(name: str) -> tzinfo:
    """The company's time zone; UTC when its name is not known here."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def hhmm(epoch_s: int, zone: tzinfo) -> str:
    """Local time of day, "–" for none."""
    return datetime.fromtimestamp(epoch_s, zone).strftime("%H:%M") if epoch_s else "–"


def hhmmss(epoch_s: int, zone: tzinfo) -> str:
    """Local time of day with seconds."""
    return datetime.fromtimestamp(epoch_s, zone).strftime("%H:%M:%S") if epoch_s else "–"


def day_text(epoch_s: int, zone: tzinfo) -> str:
    """Local date in words."""
    return datetime.fromtimestamp(epoch_s, zone).strftime("%a %d %b %Y") if epoch_s else "–"


def euros(cents: int) -> str:
    """Cents as euros with a thin space between thousands."""
    sign = "−" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}".replace(",", " ") + f".{rest:02d} €"


def percent(ratio: pb.Ratio) -> str:
    """A ratio as a percentage; "–" for a part of nothing."""
    return f"{100 * ratio.count / ratio.of:.0f} %" if ratio.of else "–"


def counts(ratio: pb.Ratio) -> str:
    """The counts behind a ratio."""
    return f"{ratio.count} of {ratio.of}"


def minutes(seconds: int) -> str:
    """A duration in minutes, or in hours and minutes from two hours on."""
    whole = round(seconds / 60)
    return f"{whole} min" if abs(whole) < 120 else f"{whole // 60} h {whole % 60:02d}"


def spaced(code: str) -> str:
    """VEHICLE_DOWN or VehicleWentDown as words."""
    if "_" in code or code.isupper():
        return code.replace("_", " ").lower()
    return "".join(f" {char.lower()}" if char.isupper() else char for char in code).strip()
