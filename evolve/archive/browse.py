"""Proposals that are over, page by page: filtered, sorted, searched.

A page goes on where the one before it ended (keyset), and no page looks at more than ``WINDOW`` rows: one on which too
few of them fit is short, and the next begins behind the last row that was looked at. So each page costs the same,
whatever is asked for and however large the archive.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluators.verdicts import Verdict
from evolve.archive.catalog import WITHOUT_VERDICT
from evolve.archive.database import Archive

WINDOW = 5000
_FIRST = 250
"""Rows looked at before all of a window are: with most filters a page is full by then."""
LARGEST_PAGE = 500
SORTS = ("newest", "oldest", "lowest", "highest", "dearest", "longest")
"""By the moment it ended; by score on all of ``train``; by USD; by CPU seconds."""
VERDICTS = (*(verdict.value for verdict in Verdict), *WITHOUT_VERDICT)
_EXCERPT = 200  # characters
_REMARK = 2000
_SEARCHED = 200_000  # bytes of a program up to which the line that was found is looked for
_LATEST = 1 << 32
"""Generation that can be asked for; what is beyond 64 bits SQLite would not take."""
_BEYOND = 1 << 62
"""Greater than every number."""


class BrowseError(ValueError):
    """What is asked for cannot be had; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals, and in which order; None is no condition.

    Attributes:
        problem, campaign, entry_point, proposer, operator, model: by whole name or id.
        verdict: one of ``VERDICTS``.
        generation: 0 is what had no parents.
        least, most: bounds of the score on all of ``train``, themselves included.
        search: words of the program or of what was said beside it; ``"several words"`` in this order, ``word*`` for
            beginnings, ``-word`` for those without.
        sort: one of ``SORTS``; by score only within a problem or campaign, by CPU seconds only within a campaign, and
            what is searched for only newest or oldest first.
    """

    problem: str | None = None
    campaign: str | None = None
    verdict: str | None = None
    entry_point: str | None = None
    proposer: str | None = None
    operator: str | None = None
    model: str | None = None
    generation: int | None = None
    least: float | None = None
    most: float | None = None
    search: str | None = None
    sort: str = "newest"

    def check(self) -> None:
        """Refuse what cannot be had.

        Raises:
            BrowseError: one sentence naming the field and what is allowed.
        """
        if self.sort not in SORTS:
            raise BrowseError(f"sort is {self.sort!r}; allowed: {', '.join(SORTS)}")
        if self.verdict is not None and self.verdict not in VERDICTS:
            raise BrowseError(f"verdict is {self.verdict!r}; allowed: {', '.join(VERDICTS)}")
        if self.generation is not None and not 0 <= self.generation <= _LATEST:
            raise BrowseError(f"generation is {self.generation}; allowed: 0 to {_LATEST}")
        if self.sort in ("lowest", "highest") and not (self.problem or self.campaign):
            raise BrowseError(f"sort {self.sort!r} needs a problem or a campaign: scores of different problems differ")
        if self.sort == "longest" and not self.campaign:
            raise BrowseError("sort 'longest' needs a campaign")
        if self.search is not None and self.sort not in ("newest", "oldest"):
            raise BrowseError(f"sort is {self.sort!r}; with search allowed: newest, oldest")


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal that is over.

    Attributes:
        number: of its row in the catalogue; later ones are greater.
        proposal, campaign: ids.
        ordinal: of the proposal in its campaign; below 1 what it started from.
        candidate: its program; None if there is none.
        language: of the program.
        problem, entry_point, proposer: of the campaign.
        operator: that was asked for or applied.
        model: that was asked first; None if none was.
        verdict: or what became of it without one.
        score: on ``train``; ``complete`` says whether on all of it. None if there is none.
        generation: 0 without parents, else one more than the latest parent's.
        admitted: whether it entered the population.
        cpu_seconds: of its evaluations; None if it was not run.
        usd: of its calls to models.
        failure: the beginning of what was said of why it failed.
        remark: the beginning of what was said beside the program.
        ended_at: Unix seconds.
        excerpt: the line a search found; empty without one, and of a very long program.
    """

    number: int
    proposal: str
    campaign: str
    ordinal: int
    candidate: str | None
    language: str | None
    problem: str
    entry_point: str
    proposer: str
    operator: str
    model: str | None
    verdict: str
    score: float | None
    complete: bool
    generation: int
    admitted: bool
    cpu_seconds: float | None
    usd: float
    failure: str
    remark: str
    ended_at: float
    excerpt: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the proposals that are wanted.

    Attributes:
        rows: in order.
        after: where the next page begins; None if this is the last one.
        looked_at: rows that were looked at for it.
    """

    rows: tuple[Listed, ...]
    after: str | None
    looked_at: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"rows": [row.as_json() for row in self.rows], "after": self.after, "looked_at": self.looked_at}


def page(archive: Archive, wanted: Wanted, after: str | None = None, limit: int = 50) -> Page:
    """A page of proposals that are over.

    Args:
        archive: where.
        wanted: which, and in which order.
        after: ``after`` of the page before it; None for the first one.
        limit: rows of a page, 500 at most.

    Raises:
        BrowseError: one sentence.
    """
    wanted.check()
    if not 1 <= limit <= LARGEST_PAGE:
        raise BrowseError(f"limit is {limit}; allowed: 1 to {LARGEST_PAGE}")
    course = _Course.of(wanted)
    found: list[int] = []
    looked, place = 0, None if after is None else _read_place(after, course)
    for window in (max(_FIRST, limit + 1), WINDOW):
        rows = archive.rows(*course.query(wanted, place, window - looked))
        for row in rows:
            if row["fits"] and len(found) == limit:  # there is one more: this page ends before it
                return Page(_listed(archive, found, wanted), _write_place(place), looked)
            looked, place = looked + 1, (row["key"], row["number"])
            if row["fits"]:
                found.append(row["number"])
        if len(rows) < window - (looked - len(rows)):
            return Page(_listed(archive, found, wanted), None, looked)
    return Page(_listed(archive, found, wanted), _write_place(place), looked)


_Place = tuple[float | int, int]


@dataclass(frozen=True, slots=True)
class _Course:
    """How rows are gone through: in the order of which column, which way, and what an index looks up."""

    key: str
    descending: bool
    looked_up: tuple[str, ...]

    @classmethod
    def of(cls, wanted: Wanted) -> _Course:
        key = {"lowest": "score", "highest": "score", "dearest": "cost_nusd", "longest": "cpu_seconds"}.get(
            wanted.sort, "number"
        )
        return cls(key, wanted.sort not in ("oldest", "lowest"), cls._looked_up(wanted, key))

    @staticmethod
    def _looked_up(wanted: Wanted, key: str) -> tuple[str, ...]:
        """Columns of the index; the others are looked at row by row."""
        if wanted.search is not None:
            return ()
        if key != "number":
            if wanted.campaign is not None:
                return ("campaign_id",)
            return ("problem",) if key == "score" else ()
        if wanted.campaign is not None:
            second = ("generation", "verdict", "operator")
            given = [name for name in second if getattr(wanted, name) is not None]
            return ("campaign_id", *given[:1])
        if wanted.verdict not in (None, Verdict.OK.value):  # the rarer, the better
            return ("verdict",)
        return next(((name,) for name in ("model", "problem", "verdict") if getattr(wanted, name) is not None), ())

    def query(self, wanted: Wanted, place: _Place | None, limit: int) -> tuple[str, dict[str, Any]]:
        """Rows of ``key``, ``number`` and whether they fit, at most ``limit``."""
        given = {name: value for name, value in _equal(wanted).items() if value is not None}
        where = [f"l.{name} = :{name}" for name in self.looked_up]
        fits = [f"+l.{name} = :{name}" for name in given if name not in self.looked_up]
        parameters: dict[str, Any] = dict(given)
        for name, sign, bound in (("least", ">=", wanted.least), ("most", "<=", wanted.most)):
            if bound is not None:
                # Within the order of scores a bound is where it begins or ends.
                among, column = (where, "l.score") if self.key == "score" else (fits, "+l.score")
                among.append(f"{column} {sign} :{name}")
                parameters[name] = bound
        where += {"cost_nusd": ["l.cost_nusd > 0"], "number": []}.get(self.key, [f"l.{self.key} IS NOT NULL"])
        if wanted.model is not None and "model" in self.looked_up:
            where.append("l.model IS NOT NULL")
        rows, number = "catalog l", "l.number"
        if wanted.search is not None:
            rows, number = "catalog_text CROSS JOIN catalog l ON l.number = catalog_text.rowid", "catalog_text.rowid"
            where.append("catalog_text MATCH :search")
            parameters["search"] = match_of(wanted.search)
        sign = "<" if self.descending else ">"
        if self.key == "number":
            where.append(f"{number} {sign} :number")
            parameters["number"] = place[1] if place else _BEYOND * self.descending
        elif place is not None:
            where.append(f"(l.{self.key}, l.number) {sign} (:key, :number)")
            parameters |= {"key": place[0], "number": place[1]}
        way = "DESC" if self.descending else "ASC"
        order = f"{number} {way}" if self.key == "number" else f"l.{self.key} {way}, l.number {way}"
        key = number if self.key == "number" else f"l.{self.key}"
        sql = (
            f"SELECT {key} AS key, {number} AS number, {' AND '.join(fits) or '1'} AS fits FROM {rows} "  # noqa: S608
            f"WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {limit:d}"
        )
        return sql, parameters


def _equal(wanted: Wanted) -> dict[str, Any]:
    names = ("problem", "verdict", "entry_point", "proposer", "operator", "model", "generation")
    return {"campaign_id": wanted.campaign, **{name: getattr(wanted, name) for name in names}}


def _write_place(place: _Place | None) -> str | None:
    if place is None:
        return None
    key, number = place
    return str(number) if key == number else f"{key!r}:{number}"


def _read_place(after: str, course: _Course) -> _Place:
    key, colon, number = after.rpartition(":")
    try:
        place = (float(key) if colon else int(number), int(number))
    except ValueError:
        place = (math.nan, 0)
    if bool(colon) is (course.key == "number") or not math.isfinite(place[0]) or abs(place[1]) >= 1 << 63:
        raise BrowseError(f"after is {after!r}; allowed: what the page before it says, with the same sort")
    return place


_WORD = re.compile(r'-?"[^"]*"|\S+')


def match_of(search: str) -> str:
    """An expression of SQLite's full-text search, in which nothing but words is left of what was typed.

    Raises:
        BrowseError: if there is no word in it, or one that is too short.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for word in _WORD.findall(search):
        bare = word.lstrip("-").strip('"').replace('"', " ").replace("\0", " ")
        if not re.search(r"\w", bare):
            continue
        if bare.endswith("*") and not re.search(r"\w{2}\*+$", bare):  # it would read a tenth of the whole index
            raise BrowseError(f"search has {word!r}; a beginning has two letters or more")
        (unwanted if word.startswith("-") else wanted).append(f'"{bare.rstrip("*")}"' + "*" * bare.endswith("*"))
    if not wanted:
        raise BrowseError(f"search is {search!r}; it needs a word to be found")
    return " AND ".join(wanted) + "".join(f" NOT {word}" for word in unwanted)


_LISTED = (
    "SELECT l.*, p.ordinal, p.candidate_id, p.score AS any_score, p.admitted, p.failure, p.remark, c.language, "
    "CASE WHEN c.size <= ?2 THEN c.files END AS files FROM json_each(?1) j CROSS JOIN catalog l ON l.number = j.value "
    "CROSS JOIN proposals p ON p.id = l.proposal_id LEFT JOIN candidates c ON c.id = p.candidate_id ORDER BY j.key"
)


def _listed(archive: Archive, numbers: Sequence[int], wanted: Wanted) -> tuple[Listed, ...]:
    rows = archive.rows(_LISTED, (json.dumps(numbers), -1 if wanted.search is None else _SEARCHED))
    words = [] if wanted.search is None else words_of(wanted.search)
    return tuple(_row(row, words) for row in rows)


def of_proposal(archive: Archive, proposal_id: str) -> Listed | None:
    """One of the rows; None of a proposal that is not over."""
    row = archive.row("SELECT number FROM catalog WHERE proposal_id = ?", (proposal_id,))
    return None if row is None else _listed(archive, [row["number"]], Wanted())[0]


def _row(row: sqlite3.Row | Mapping[str, Any], words: Sequence[str]) -> Listed:
    return Listed(
        number=row["number"],
        proposal=row["proposal_id"],
        campaign=row["campaign_id"],
        ordinal=row["ordinal"],
        candidate=row["candidate_id"],
        language=row["language"],
        problem=row["problem"],
        entry_point=row["entry_point"],
        proposer=row["proposer"],
        operator=row["operator"],
        model=row["model"],
        verdict=row["verdict"],
        score=row["any_score"],
        complete=row["score"] is not None,
        generation=row["generation"],
        admitted=bool(row["admitted"]),
        cpu_seconds=row["cpu_seconds"],
        usd=row["cost_nusd"] / 1e9,
        failure=(row["failure"] or "")[:_EXCERPT],
        remark=(row["remark"] or "")[:_REMARK],
        ended_at=row["ended_at"],
        excerpt=excerpt("\n".join(json.loads(row["files"]).values()), words) if words and row["files"] else "",
    )


def words_of(search: str) -> list[str]:
    """The words of a search that are wanted."""
    return re.findall(r"\w+", re.sub(r'(^|\s)-("[^"]*"|\S+)', " ", search))


def excerpt(text: str, words: Sequence[str]) -> str:
    """The first line with most of the words; empty if none has one."""
    lines, wanted = text.splitlines(), [word.casefold() for word in words]

    def words_in(line: str) -> int:
        return sum(word in line.casefold() for word in wanted)

    best = max(lines, key=words_in, default="")
    return best.strip()[:_EXCERPT] if words_in(best) else ""
