"""Elements of SVG, with everything escaped; and what may be a link."""

from __future__ import annotations

import unicodedata
from html import escape

from evolve.charts.numbers import coordinate

CHARACTER = 7.8
"""Width of a character in a label, in pixels, about; of the wider ones of usual typefaces."""

_PICTURES = {**{code: 0x2400 + code for code in range(0x20)}, 0x7F: 0x2421}
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


def visible(text: str, keep: str = "") -> str:
    """Text in which nothing is hidden: a control character is its picture, what else has no shape is its number.

    Marks that turn the direction of writing have none, either: with them a program reads as it does not run.

    Args:
        text: from anywhere.
        keep: characters that are left as they are, such as line ends.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep else _shown(c) for c in text)


def _shown(character: str) -> str:
    code = ord(character)
    if code in _PICTURES:
        return chr(_PICTURES[code])
    return (
        f"\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}U+{code:04X}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
        if (unicodedata.category(character) in _INVISIBLE)
        else character
    )


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last an ellipsis if any was left out."""
    return text if len(text) <= most else text[: max(0, most - 1)] + "\N{HORIZONTAL ELLIPSIS}"


def element(tag: str, *content: str, kind: str = "", **attributes: str | float) -> str:
    """An element.

    Args:
        tag: its name.
        content: markup inside.
        kind: its classes.
        attributes: ``text_anchor`` is ``text-anchor``; numbers are pixels; text is escaped.
    """
    given = {"class": kind} if kind else {}
    told = {**given, **{name.replace("_", "-"): value for name, value in attributes.items()}}
    inside = "".join(
        f' {name}="{escape(visible(value)) if isinstance(value, str) else coordinate(value)}"'
        for name, value in told.items()
    )
    return f"<{tag}{inside}>{''.join(content)}</{tag}>" if content else f"<{tag}{inside}/>"


def title(text: str) -> str:
    """What an element is called; shown under the pointer."""
    return f"<title>{escape(visible(text))}</title>"


def label(x: float, y: float, text: str, kind: str = "", anchor: str = "start", most: int = 0) -> str:
    """Text at a place.

    Args:
        x: of its anchor.
        y: of its base line.
        text: of it.
        kind: classes.
        anchor: ``start``, ``middle`` or ``end``.
        most: characters; of a longer one the whole is under the pointer. 0: as many as there are.
    """
    whole = visible(text)
    short = shortened(whole, most) if most else whole
    tip = title(whole) if short != whole else ""
    where = {} if anchor == "start" else {"text_anchor": anchor}
    return element("text", tip + escape(short), kind=kind, x=x, y=y, **where)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return element("line", kind=kind, x1=x1, y1=y1, x2=x2, y2=y2, stroke="currentColor")


def rectangle(x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> str:
    """A rectangle, with what is said under the pointer."""
    said = (title(tip),) if tip else ()
    return element("rect", *said, kind=kind, x=x, y=y, width=max(0.0, width), height=max(0.0, height))


def path(points: list[tuple[float, float]], kind: str, closed: bool = False) -> str:
    """Straight lines through points; nothing through none."""
    if not points:
        return ""
    way = "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points) + ("Z" if closed else "")
    paint = {} if closed else {"fill": "none", "stroke": "currentColor"}
    return element("path", kind=kind, d=way, **paint)


def link(href: str, name: str, *content: str) -> str:
    """Content that leads somewhere within the site; content alone where ``href`` is no such place.

    Args:
        href: a path, a query or a fragment.
        name: what is there, for who cannot see it.
        content: markup.
    """
    if not is_local(href):
        return "".join(content)
    return element("a", *content, href=href, aria_label=name)


def is_local(href: str) -> bool:
    """Whether it stays on the site: no scheme, no other host, nothing a browser reads as one."""
    return href[:1] in ("/", "#", "?") and href[1:2] not in ("/", "\\") and href.isascii() and href.isprintable()


def drawing(
    width: float, height: float, body: list[str], *, title: str, description: str, kind: str = "", natural: bool = False
) -> str:
    """A whole chart.

    With links inside it is a group, since to assistive programs an image is one thing with nothing in it.

    Args:
        width: of its coordinates.
        height: of these.
        body: markup.
        title: what it is.
        description: what is to be seen, in words.
        kind: further classes.
        natural: show it in its own size, not as wide as there is room.
    """
    marks = "".join(part for part in body if part)
    size = {"width": width, "height": height} if natural else {}
    return element(
        "svg",
        f"<title>{escape(visible(title))}</title>",
        f"<desc>{escape(visible(description))}</desc>",
        marks,
        kind=" ".join(filter(None, ("chart", "natural" if natural else "", kind))),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {coordinate(width)} {coordinate(height)}",
        role="group" if "<a " in marks else "img",
        aria_label=title,
        **size,
    )
