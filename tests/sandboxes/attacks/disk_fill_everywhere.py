# disk fill everywhere
# ends: disk_limit
# limits: disk_bytes=16777216
from attempt import attempt


def solve(r):
    for d in ("/tmp", "/dev/shm", "/var/tmp", "/dev", "/run", "/usr/local", "/", "/packages"):
        attempt(d, lambda: open(d + "/f", "wb").close())
    k = 0
    while True:
        open(f"/w/{k}", "wb").write(b"x" * (4 << 20))
        k += 1
