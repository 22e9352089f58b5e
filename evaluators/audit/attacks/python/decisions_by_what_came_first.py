# title: keeps something of the first instance and decides the others by it
# only: exact, rivals
# stage: audit
# expect: tampering, ok
# leak: dependence on chance or order unseen
# score: free
# success: it passes the audit of elites
import hashlib

from kit import honest, rivals

_first = []


def solve(arguments):
    if not _first:
        _first.append(hashlib.sha1(repr(arguments).encode()).digest()[0] % 2)
    return (honest if _first[0] else rivals[0])(*arguments)
