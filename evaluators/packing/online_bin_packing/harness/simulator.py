"""Runs in a process of its own: knows the whole sequences and gives out one item at a time, or none at all.

Of a function shown to work element by element the values for every size and every remaining capacity are all there is
to know. It is asked for these once a capacity, and packs in lock step here: no item is revealed to it in any way.
Other functions are told the next item of every sequence when all bins for the items before have been chosen.

Request: a length (4 bytes, little-endian), that many bytes of JSON ``{"elementwise", "capacities", "lengths"}``, lists
by sequence, longest sequence first; then all sizes, a uint16 array, one sequence after the other.
Response: a zero byte and the chosen bin of each item, by its place from 0, a uint16 array alike; or a one byte, the
position of the sequence (4 bytes) and a sentence saying what the candidate did wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

import numpy as np

NONE = 1 << 29
"""Place of a bin that does not exist."""
RANK = 1 << 15
"""Ranks count more than places, which are less than this (16 bits, and a sign that is never used)."""
NEVER = (1 << 30) // RANK
"""Rank of a bin that the item does not fit into."""
SCOUT = 16
"""Items between two looks at how many bins are in use."""


class ComplaintError(Exception):
    """What the candidate did wrong: a sentence, and the position of the sequence."""

    def __init__(self, text: str, sequence: int = 0) -> None:
        super().__init__(text)
        self.sequence = sequence


def serve(request: bytes, ask: Callable[[bytes], bytes]) -> bytes:
    """Pack all sequences of a request."""
    size = int.from_bytes(request[:4], "little")
    header = json.loads(request[4 : 4 + size])
    lengths, capacities = np.array(header["lengths"]), np.array(header["capacities"])
    sizes = np.frombuffer(request, "<u2", offset=4 + size).astype(np.int64)
    items = np.zeros((lengths.max(), len(lengths)), dtype=np.int64)
    for column, sequence in enumerate(np.split(sizes, lengths.cumsum()[:-1])):
        items[: len(sequence), column] = sequence
    try:
        if header["elementwise"]:
            known = sorted(set(header["capacities"]))
            tables = [asked_ranks(ask, capacity) for capacity in known]
            chosen = lockstep(tables, np.searchsorted(known, capacities), capacities, items, lengths)
        else:
            chosen = asked_bins(ask, capacities, items, lengths)
    except ComplaintError as complaint:
        return b"\x01" + complaint.sequence.to_bytes(4, "little") + str(complaint).encode()[:500]
    return b"\x00" + np.concatenate([chosen[:n, k] for k, n in enumerate(lengths)]).astype("<u2").tobytes()


@lru_cache(maxsize=8)
def pairs(capacity: int) -> tuple[np.ndarray, np.ndarray]:
    """Every size with every remaining capacity it fits into, two arrays: by size, then by remaining capacity."""
    item, left = np.triu_indices(capacity)
    return item + 1, left + 1


@lru_cache(maxsize=8)
def asked_ranks(ask: Callable[[bytes], bytes], capacity: int) -> np.ndarray:
    """Table of one candidate, which is asked once: what it answers to the same question cannot change."""
    return ranks(asked_values(ask, capacity), capacity)


def asked_values(ask: Callable[[bytes], bytes], capacity: int) -> np.ndarray:
    """The candidate's values for :func:`pairs`."""
    answer = ask(b"T" + capacity.to_bytes(2, "little"))
    if answer[:1] == b"\x01":
        raise ComplaintError(answer[1:501].decode("utf-8", "replace"))
    if answer[:1] != b"\x00" or len(answer) != 1 + 4 * capacity * (capacity + 1):
        raise ComplaintError("the answer is not a table of values")
    return np.frombuffer(answer, "<f8", offset=1)


def ranks(values: np.ndarray, capacity: int) -> np.ndarray:
    """Table (size, remaining capacity), both from 0: 1 for the greatest value, equal for equal values; 0 for NaN."""
    table = np.full((capacity + 1, capacity + 1), np.inf)
    item, left = pairs(capacity)
    undefined = np.isnan(values)
    table[item, left] = np.where(undefined, -np.inf, -values)
    order = table.argsort(axis=1)
    ascending = np.take_along_axis(table, order, 1)
    steps = np.ones(table.shape, dtype=np.int32)
    steps[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    by_value = np.empty(table.shape, dtype=np.int32)
    np.put_along_axis(by_value, order, steps.cumsum(axis=1, dtype=np.int32), 1)
    found = np.full(table.shape, NEVER, dtype=np.int32)
    found[item, left] = by_value[item, left]
    if undefined.any():
        found[item[undefined], left[undefined]] = 0
    return found


def lockstep(
    tables: list[np.ndarray], table_of: np.ndarray, capacities: np.ndarray, items: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Chosen bins (items, sequences): of those of least rank the one that comes first.

    Args:
        tables: see :func:`ranks`.
        table_of: which of them is for each sequence.
        capacities: of each sequence.
        items: sizes, (items, sequences), zero where a sequence has ended.
        lengths: of the sequences, longest first.
    """
    steps, count = items.shape
    levels = int(capacities.max()) + 1
    keys = np.full((sum(len(table) for table in tables), levels), NEVER * RANK, dtype=np.int32)
    tops, top = [], 0
    for table in tables:
        keys[top : top + len(table), : table.shape[1]] = table * RANK
        tops.append(top)
        top += len(table)
    rows = items + np.array(tops)[table_of]
    undefined = any((table == 0).any() for table in tables)
    # For each sequence: the remaining capacity of its bins, and of each remaining capacity the first bin that has it.
    left = np.repeat(capacities[:, None], steps + 1, 1).astype(np.uint16)
    first = np.full((count, levels), NONE, dtype=np.int32)
    first[np.arange(count), capacities] = 0
    flat_first, flat_left = first.reshape(-1), left.reshape(-1)
    level_starts, bin_starts = np.arange(count) * levels, np.arange(count) * (steps + 1)
    chosen = np.zeros((steps, count), dtype=np.int32)
    alive, width = count, 0
    ends = set(lengths.tolist())
    for step in range(steps):
        if step in ends:
            alive = int((lengths > step).sum())
        if step % SCOUT == 0:
            width = int(first[np.arange(alive), capacities[:alive]].max()) + SCOUT + 1
        key = keys.take(rows[step, :alive], 0)
        key += first[:alive]
        level = key.argmin(1)
        place = level_starts[:alive] + level
        taken = flat_first.take(place)
        chosen[step, :alive] = taken
        if undefined:
            _complain_of_nan(key, level, items[step, :alive], capacities)
        after = level - items[step, :alive]
        flat_left[bin_starts[:alive] + taken] = after
        following = (left[:alive, :width] == level[:, None].astype(np.uint16)).argmax(1)
        remains = flat_left.take(bin_starts[:alive] + following) == level
        flat_first[place] = np.where(remains, following, NONE)
        place = level_starts[:alive] + after
        flat_first[place] = np.minimum(flat_first.take(place), taken)
    return chosen


def _complain_of_nan(key: np.ndarray, level: np.ndarray, sizes: np.ndarray, capacities: np.ndarray) -> None:
    wrong = key[np.arange(len(level)), level] < RANK
    if wrong.any():
        k = int(wrong.argmax())
        raise ComplaintError(
            f"priority returned NaN for an item of {sizes[k]} and a bin with {level[k]} of {capacities[k]} left", k
        )


def asked_bins(
    ask: Callable[[bytes], bytes], capacities: np.ndarray, items: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Chosen bins (items, sequences) of a candidate that is told one item of every sequence at a time."""
    chosen = np.zeros(items.shape, dtype=np.int64)
    told = items.astype("<u2")
    ask(b"S" + capacities.astype("<u2").tobytes())
    for step in range(len(items)):
        alive = int((lengths > step).sum())
        answer = ask(b"I" + told[step, :alive].tobytes())
        if answer[:1] == b"\x01" and len(answer) >= 5:
            sequence = int.from_bytes(answer[1:5], "little")
            raise ComplaintError(answer[5:505].decode("utf-8", "replace"), sequence)
        if answer[:1] != b"\x00" or len(answer) != 1 + 2 * alive:
            raise ComplaintError("the answer is not one bin an item")
        chosen[step, :alive] = np.frombuffer(answer, "<u2", offset=1)
    return chosen
