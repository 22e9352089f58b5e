# network
# ends: finished
import socket

from attempt import attempt


def solve(r):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
        attempt(family, lambda: socket.socket(family))
    return r
