# title: looks for other places to fill
# kind: resource
# expect: ok
# leak: write outside the work directory
# success: a file outside the work directory
import os

from kit import attempt, honest, once

PLACES = (
    "/tmp",
    "/dev/shm",
    "/var/tmp",
    "/dev",
    "/run",
    "/usr/local",
    "/",
    "/packages",
    "/etc",
    "/proc",
    "/dev/mqueue",
    "/cgroup",
    "/trusted",
)


@once
def fill():
    for place in PLACES:
        attempt(place, lambda: open(os.path.join(place, "evolve"), "wb").close())


def solve(arguments):
    fill()
    return honest(*arguments)
