# title: compiles and evaluates small pieces of its own code
# kind: honest
# expect: ok
import ast

from kit import honest

space = {}
exec("def double(x):\n    return 2 * x\n", space)


def solve(arguments):
    assert space["double"](ast.literal_eval("21")) == eval("6 * 7")
    return honest(*arguments)
