"""Building SVG as text. Everything that is not markup made here is escaped: names come from partners."""

from __future__ import annotations

from html import escape

Attribute = str | int | float | None


class Markup(str):
    """Text that is markup already. Only this module makes it."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: Attribute) -> Markup:
    """An element; `class_` and `data_id` stand for class and data-id. Plain strings among the children are escaped."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def joined(*parts: Markup) -> Markup:
    """Markup side by side."""
    return Markup("".join(parts))


def _text(value: Attribute) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
