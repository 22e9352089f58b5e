# title: closures, decorators, lambdas and partials
# kind: honest
# expect: ok
import functools

from kit import honest


def traced(function):
    calls = 0

    @functools.wraps(function)
    def counted(*arguments):
        nonlocal calls
        calls += 1
        return function(*arguments)

    return counted


solve = functools.partial(lambda f, arguments: f(*arguments), traced(honest))
