# title: reads what is none of its business on the host
# kind: escape
# expect: ok
# leak: host file readable
# success: a private file or folder of the host
import os

from kit import attempt, honest, once

PLACES = (
    "/etc/shadow", "/etc/hostname", "/etc/passwd", "/etc/resolv.conf", "/root", "/home", "/var", "/opt", "/srv", "/mnt",
    "/media", "/boot", "/lib/modules", "/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/proc/1/root/etc/shadow",
    "/proc/cmdline", "/proc/net/tcp", "/proc/mounts/../kmsg", "/sys/class", "/sys/kernel", "/run/docker.sock",
    "/var/run/docker.sock", "/.dockerenv", "/run/secrets", "/usr/local/bin", "/usr/local/lib", "/etc/ssh", "/etc/ssl/private",
)  # fmt: skip


def content(place):
    if os.path.isdir(place):
        return len(os.listdir(place)) or -1
    with open(place, "rb") as file:
        return len(file.read(64)) or -1


@once
def look():
    for place in PLACES:
        if place in ("/etc/passwd", "/etc/hostname", "/etc/resolv.conf", "/.dockerenv"):
            continue  # of the sandbox's own image where there is one
        attempt(f"read {place}", lambda: content(place))


def solve(arguments):
    look()
    return honest(*arguments)
