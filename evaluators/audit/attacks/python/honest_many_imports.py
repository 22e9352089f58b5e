# title: imports half the standard library
# kind: honest
# expect: ok
import bisect
import collections
import decimal
import fractions
import heapq
import itertools
import json
import math
import operator
import statistics
import string

from kit import honest

USED = (bisect, collections, decimal, fractions, heapq, itertools, json, math, operator, statistics, string)


def solve(arguments):
    heap = [3, 1, 2]
    heapq.heapify(heap)
    assert statistics.mean(heap) == 2 and fractions.Fraction(1, 3) < decimal.Decimal("0.5") and len(USED) == 11
    return honest(*arguments)
