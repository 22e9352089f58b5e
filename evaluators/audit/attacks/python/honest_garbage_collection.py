# title: collects garbage, makes cycles and weak references
# kind: honest
# expect: ok
import gc
import weakref

from kit import honest, once


class Node:
    pass


@once
def tidy():
    one, two = Node(), Node()
    one.other, two.other = two, one
    gone = weakref.ref(one)
    del one, two
    gc.collect()
    gc.disable()
    gc.enable()
    return gone()


def solve(arguments):
    tidy()
    return honest(*arguments)
