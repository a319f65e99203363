"""Projected stock as a chart: past demand as bars, expected stock inside its 90 % band, receipts marked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from orchestrator.web.svg import Markup, joined, tag
from protos.muster.operator.v1 import stock_service_pb2 as pb

WIDTH, HEIGHT = 900, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 26
TICKS = 4
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Scale:
    """From days and units to the drawing."""

    first_s: int
    days: int
    low: int
    high: int

    def x(self, day_s: int) -> float:
        """The end of a day."""
        return round(LEFT + (day_s - self.first_s + DAY_S) / DAY_S * (WIDTH - LEFT - RIGHT) / max(1, self.days), 1)

    def y(self, units: float) -> float:
        """How high so many units are."""
        span = max(1, self.high - self.low)
        return round(HEIGHT - BOTTOM - (units - self.low) * (HEIGHT - TOP - BOTTOM) / span, 1)


def scale_of(outlook: pb.StockOutlook) -> Scale:
    """Room for all that is shown; nothing is the least unless stock is projected below it."""
    first_s = outlook.history[0].day_s if outlook.history else (outlook.days[0].day_s if outlook.days else 0)
    last_s = outlook.days[-1].day_s if outlook.days else first_s
    tops = [d.high for d in outlook.days] + [d.units for d in outlook.history]
    tops += [outlook.policy.order_up_to, outlook.position.on_hand, 1]
    lows = [min(d.low, d.expected) for d in outlook.days]
    return Scale(first_s, (last_s - first_s) // DAY_S + 1, min([0, *lows]), max(tops))


def chart(outlook: pb.StockOutlook, zone: tzinfo) -> Markup:
    """The whole chart; without days nothing but its frame."""
    scale = scale_of(outlook)
    return joined(
        _grid(scale, zone),
        _history(outlook, scale),
        _band(outlook, scale),
        _level(scale, outlook.policy.reorder_point, "reorder", f"reorder point {outlook.policy.reorder_point}"),
        _level(scale, outlook.policy.safety_stock, "safety", f"safety stock {outlook.policy.safety_stock}"),
        _receipts(outlook, scale),
    )


def _grid(scale: Scale, zone: tzinfo) -> Markup:
    lines = []
    for tick in range(TICKS + 1):
        units = scale.low + round((scale.high - scale.low) * tick / TICKS)
        y = scale.y(units)
        lines.append(tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
        lines.append(tag("text", str(units), class_="axis", x=LEFT - 6, y=y + 4, text_anchor="end"))
    step = max(1, scale.days // 8)
    for day in range(0, scale.days, step):
        day_s = scale.first_s + day * DAY_S
        # Noon, so that a change to summer time does not show the day before.
        name = datetime.fromtimestamp(day_s + DAY_S // 2, zone).strftime("%d %b")
        lines.append(tag("text", name, class_="axis", x=scale.x(day_s), y=HEIGHT - 8, text_anchor="middle"))
    return joined(*lines)


def _history(outlook: pb.StockOutlook, scale: Scale) -> Markup:
    width = max(1.5, (WIDTH - LEFT - RIGHT) / max(1, scale.days) - 2)
    bars = []
    for past in outlook.history:
        top = scale.y(past.units)
        kind = "demand censored" if past.censored else "demand"
        text = f"{past.units} wanted" + (" or more: stock was out" if past.censored else "")
        left = scale.x(past.day_s) - width
        base = scale.y(0)
        bars.append(tag("rect", tag("title", text), class_=kind, x=left, y=top, width=width, height=base - top))
    return joined(*bars)


def _band(outlook: pb.StockOutlook, scale: Scale) -> Markup:
    if not outlook.days:
        return Markup()
    ups = [f"{scale.x(d.day_s)},{scale.y(d.high)}" for d in outlook.days]
    downs = [f"{scale.x(d.day_s)},{scale.y(d.low)}" for d in reversed(outlook.days)]
    line = [f"{scale.x(d.day_s)},{scale.y(d.expected)}" for d in outlook.days]
    return joined(
        tag("polygon", class_="band", points=" ".join([*ups, *downs])),
        tag("polyline", class_="expected", points=" ".join(line)),
    )


def _level(scale: Scale, units: int, kind: str, text: str) -> Markup:
    if units <= 0:
        return Markup()
    y = scale.y(units)
    return joined(
        tag("line", class_=f"level {kind}", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y),
        tag("text", text, class_="level-name", x=WIDTH - RIGHT - 4, y=y - 4, text_anchor="end"),
    )


def _receipts(outlook: pb.StockOutlook, scale: Scale) -> Markup:
    marks = []
    for day in outlook.days:
        if not day.arriving:
            continue
        kind = "receipt proposed" if day.proposed else "receipt"
        text = f"{day.arriving} arrive" + (f", {day.proposed} of it proposed" if day.proposed else "")
        x, y = scale.x(day.day_s), scale.y(day.expected)
        marks.append(tag("circle", tag("title", text), class_=kind, cx=x, cy=y, r=4.5))
    return joined(*marks)
