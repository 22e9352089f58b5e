# title: names and texts from all over the world
# kind: honest
# expect: ok
from kit import honest

größe = 3
数 = {"名前": "順序", "😀": größe}


def κόστος(x):
    return x * 2


def solve(arguments):
    assert κόστος(数["😀"]) == 6
    return honest(*arguments)
