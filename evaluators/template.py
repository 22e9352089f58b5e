"""Programs of which only marked blocks may be changed.

A block is what stands between a line with ``EVOLVE-BLOCK-START`` and the next one with ``EVOLVE-BLOCK-END``, the marks
of AlphaEvolve (Novikov et al., arXiv:2506.13131, 2025). What stands outside is part of the problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

START, END = "EVOLVE-BLOCK-START", "EVOLVE-BLOCK-END"


class BlockError(ValueError):
    """The marks of a program do not fit together; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A program taken apart.

    Attributes:
        outside: text before, between and after the blocks, marks included; one more than there are blocks.
        blocks: text of each block, without its marks.
    """

    outside: tuple[str, ...]
    blocks: tuple[str, ...]

    def filled(self, blocks: Sequence[str]) -> str:
        """The program with other blocks.

        Raises:
            BlockError: if there are not as many as the program has, or one holds a mark.
        """
        if len(blocks) != len(self.blocks):
            raise BlockError(f"the program has {len(self.blocks)} evolve blocks, not {len(blocks)}")
        marked = len(self.outside) > 1 and self.is_marked
        text = self.outside[0]
        for block, after in zip(blocks, self.outside[1:], strict=True):
            if marked and (START in block or END in block):
                raise BlockError("an evolve block must not hold marks of its own")
            text += block + ("" if not block or block.endswith("\n") else "\n") + after
        return text

    @property
    def is_marked(self) -> bool:
        """Whether there are marks; without them the whole program is one block."""
        return START in self.outside[0]


def taken_apart(text: str) -> Parts:
    """The parts of a program; one without marks is a single block.

    Raises:
        BlockError: if a mark is missing or stands where it should not.
    """
    outside, blocks, current = [""], list[str](), list[str]()
    inside = False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if START in line:
            if inside:
                raise BlockError(f"line {number}: {START} inside an evolve block that is not closed")
            outside[-1] += line
            inside, current = True, []
        elif END in line:
            if not inside:
                raise BlockError(f"line {number}: {END} without {START} before it")
            blocks.append("".join(current))
            outside.append(line)
            inside = False
        elif inside:
            current.append(line)
        else:
            outside[-1] += line
    if inside:
        raise BlockError(f"{START} without {END} after it")
    return Parts(tuple(outside), tuple(blocks)) if blocks else Parts(("", ""), (text,))


def _plain(text: str) -> list[str]:
    """Lines without what nobody sees."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


@dataclass(frozen=True)
class Template:
    """The program that every candidate is, but for its blocks.

    Attributes:
        text: of the program as it was given.
    """

    text: str

    @cached_property
    def parts(self) -> Parts:
        """The program taken apart.

        Raises:
            BlockError: if its marks do not fit together.
        """
        return taken_apart(self.text)

    def mismatch(self, source: str) -> str:
        """Why ``source`` is not this program with other blocks; empty if it is."""
        try:
            parts = taken_apart(source)
        except BlockError as error:
            return str(error)
        if len(parts.blocks) != len(self.parts.blocks) or parts.is_marked != self.parts.is_marked:
            return f"it must keep the lines marked {START} and {END}"
        for before, after in zip(self.parts.outside, parts.outside, strict=True):
            if _plain(before) != _plain(after):
                lines = _plain(after)
                changed = next(
                    (line for line, was in zip(lines, _plain(before), strict=False) if line != was),
                    lines[-1] if lines else "",
                )
                return f"only what stands between {START} and {END} may be changed; outside stands {changed.strip()!r}"
        return ""
