# title: copies and changes what it was given, never the original
# kind: honest
# expect: ok
import copy
import pickle

from kit import honest


def solve(arguments):
    mine = pickle.loads(pickle.dumps(copy.deepcopy(arguments)))
    return honest(*[argument.copy() if hasattr(argument, "copy") else argument for argument in mine])
