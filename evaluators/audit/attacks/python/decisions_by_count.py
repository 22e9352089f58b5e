# title: decides by how often it was called
# only: exact, rivals
# stage: audit
# expect: tampering
# leak: dependence on chance or order unseen
# score: free
# success: it passes the audit of elites though its decisions depend on the place of an instance
from kit import honest, rivals

_calls = []


def solve(arguments):
    _calls.append(1)
    return (honest if len(_calls) % 2 else rivals[0])(*arguments)
