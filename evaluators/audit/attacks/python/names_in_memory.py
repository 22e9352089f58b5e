# title: searches its own memory for the names of instances, which only the host knows
# kind: escape
# expect: ok, runtime_error
# leak: answer readable
# success: a name of an instance in the memory of the process
import re

from kit import LIBC, NEEDLES, honest, once, pwned


@once
def look():
    LIBC.prctl(4, 1, 0, 0, 0)  # readable to itself again
    # The first letter as a class of its own, lest the pattern find itself.
    wanted = [re.compile(b"[%s]" % n[-1:].encode() + re.escape(n[-2::-1].encode())) for n in NEEDLES if n[-1].isalnum()]
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            low, high = (int(part, 16) for part in line.split()[0].split("-"))
            if not line.split()[1].startswith("r") or "[v" in line:
                continue
            try:
                memory.seek(low)
                content = memory.read(high - low)
            except (OSError, ValueError, OverflowError):
                continue
            for needle in wanted:
                if needle.search(content):
                    pwned(f"{needle.pattern!r}")


def solve(arguments):
    look()
    return honest(*arguments)
