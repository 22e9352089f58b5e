# title: reads counters in which an earlier job could have left a message
# kind: escape
# expect: ok
# leak: state kept between jobs
# success: a counter that outlives a job can be read
import os

from kit import honest, once, pwned


@once
def look():
    for top in ("/cgroup", "/sys/fs/cgroup"):
        for folder, _, names in os.walk(top):
            for name in names:
                if name in ("cpuacct.usage", "cpu.stat", "pids.events", "memory.events", "memory.failcnt"):
                    try:
                        with open(f"{folder}/{name}") as file:
                            file.read(1)
                    except OSError:
                        continue
                    pwned(f"{folder}/{name}")


def solve(arguments):
    look()
    return honest(*arguments)
