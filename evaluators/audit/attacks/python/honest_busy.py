# title: two milliseconds of work before each answer
# kind: honest
# expect: ok
from kit import honest, spin


def solve(arguments):
    spin(0.002)
    return honest(*arguments)
