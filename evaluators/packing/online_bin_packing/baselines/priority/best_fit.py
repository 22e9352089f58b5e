"""Best fit, the fullest bin that has room: Johnson, Near-Optimal Bin Packing Algorithms, thesis, MIT (1973)."""


def priority(item, bins, capacity):
    return item - bins
