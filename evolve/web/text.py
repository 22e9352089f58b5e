"""Text of candidates and models as something that can be looked at: nothing in it is obeyed, nothing is hidden."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from evolve.charts.svg import visible
from evolve.charts.table import Table, figure

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST_HIGHLIGHTED = 60_000
"""Characters of a program up to which it is highlighted: a lexer may take long over what was written to that end."""
LINE_ENDS = "\n\t"


def shown(value: Any) -> Any:
    """Whatever a template is to print; text is made visible unless it is markup of ours."""
    return visible(value, LINE_ENDS) if type(value) is str else value


def drawn(svg: str, table: Table, name: str) -> Markup:
    """A chart with its data below, as markup: all that came from elsewhere has been escaped in it."""
    return Markup(figure(svg, table, name))  # noqa: S704


def _lexer(language: str) -> Lexer:
    from pygments.lexers.c_cpp import CppLexer
    from pygments.lexers.python import PythonLexer
    from pygments.lexers.special import TextLexer

    found: Lexer = {"python": PythonLexer, "cpp": CppLexer}.get(language, TextLexer)(stripnl=False, ensurenl=False)
    return found


@lru_cache(maxsize=128)
def code_lines(text: str, language: str) -> tuple[Markup, ...]:
    """A program's lines as markup with Pygments' classes, everything in them escaped.

    Args:
        text: the program.
        language: of it; what is not known stays plain.
    """
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter

    plain = visible(text, LINE_ENDS)
    if len(plain) > LONGEST_HIGHLIGHTED:
        language = ""
    # An element never goes over the end of a line: the formatter closes and opens it again there.
    marked = highlight(plain, _lexer(language), HtmlFormatter(nowrap=True))
    # The formatter ends the last line, too.
    return tuple(Markup(line) for line in marked.removesuffix("\n").split("\n"))  # noqa: S704 - the formatter escapes
