# memory hidden in files
# ends: memory_limit
# limits: memory_bytes=50331648 disk_bytes=536870912


def solve(r):
    for k in range(99):
        open(f"f{k}", "wb").write(b"x" * (8 << 20))
