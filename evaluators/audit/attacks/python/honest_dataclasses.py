# title: dataclasses, enumerations, named tuples and typing
# kind: honest
# expect: ok
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from kit import honest


class Rule(Enum):
    PLAIN = 1


class Pair(NamedTuple):
    rule: Rule
    answer: list


@dataclass(order=True)
class Job:
    key: float
    index: int = field(compare=False)


def solve(arguments):
    sorted(Job(float(k % 3), k) for k in range(9))
    return Pair(Rule.PLAIN, honest(*arguments)).answer
