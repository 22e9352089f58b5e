"""Text of candidates and models as something that can be looked at: nothing in it is obeyed, nothing is hidden."""

from __future__ import annotations

from typing import Any

_KEPT = "\n\t"
_PICTURES = 0x2400  # of the 32 control characters, in Unicode's block of that name
_DELETE = 0x7F


def visible(text: str) -> str:
    """The text with a picture or the code point of each character that would not be seen.

    Control characters (a terminal's escape among them), overrides of the direction of writing, characters without
    width, spaces that are not the space, and what is not assigned. Line ends and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _KEPT else _picture(c) for c in text)


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_PICTURES + code)
    return "␡" if code == _DELETE else f"⟨U+{code:04X}⟩"


def shown(value: Any) -> Any:
    """Whatever a template is to print; text is made :func:`visible` unless it is markup of ours."""
    return visible(value) if type(value) is str else value
