# proc and sys
# ends: finished
import os

from attempt import attempt


def solve(r):
    for p in (
        "/proc/sys/kernel/core_pattern",
        "/proc/sysrq-trigger",
        "/cgroup/memory/memory.limit_in_bytes",
        "/cgroup/memory/cgroup.procs",
        "/cgroup/pids/pids.max",
        "/sys/fs/cgroup/cgroup.procs",
        "/proc/self/uid_map",
    ):
        attempt("write " + p, lambda: open(p, "w").close())
    for p in ("/proc/kcore", "/proc/kmsg", "/etc/shadow", "/root", "/home", "/etc/hostname", "/proc/1/root/etc/shadow"):
        attempt("read " + p, lambda: os.listdir(p) if os.path.isdir(p) else open(p, "rb").read(1))
    attempt("others", lambda: None if [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()] else -1)
    attempt("secrets", lambda: None if set(os.environ) & {"USER", "SSH_AUTH_SOCK", "OPENAI_API_KEY"} else -1)
    return r
