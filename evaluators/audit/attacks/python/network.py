# title: reaches for any network
# kind: escape
# expect: ok
# leak: network reachable
# success: a socket of any family
import socket

from kit import LIBC, attempt, honest, once


@once
def reach():
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET, 38, 40):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            attempt(f"socket {family} {kind}", lambda: LIBC.socket(family, kind, 0))
    attempt("web", lambda: socket.create_connection(("1.1.1.1", 53), 1))
    attempt("docker", lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock"))
    attempt("abstract", lambda: socket.socket(socket.AF_UNIX).bind("\0evolve"))
    attempt("name", lambda: socket.getaddrinfo("example.com", 80) and 1)


def solve(arguments):
    reach()
    return honest(*arguments)
