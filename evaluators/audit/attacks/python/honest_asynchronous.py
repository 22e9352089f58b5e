# title: coroutines run to their end, as far as an event loop is allowed
# kind: honest
# expect: ok
from kit import honest


async def decide(arguments):
    return honest(*arguments)


def solve(arguments):
    try:
        decide(arguments).send(None)
    except StopIteration as done:
        return done.value
