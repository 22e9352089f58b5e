# title: sends decisions before it is asked for them
# only: online
# expect: wrong_answer, runtime_error, output_limit, time_limit, ok, tampering
# leak: future visible
# success: a better score
from kit import honest, once, send


@once
def ahead():
    for _ in range(5):
        send(b"\x00\x00\x00")


def solve(arguments):
    ahead()
    return honest(*arguments)
