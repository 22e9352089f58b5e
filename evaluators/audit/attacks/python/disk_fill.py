# title: fills its work directory
# kind: resource
# expect: disk_limit
# limits: disk_bytes=16777216
# success: the host's disk fills
def solve(arguments):
    k = 0
    while True:
        with open(f"/w/{k}", "wb") as file:
            file.write(b"x" * (4 << 20))
        k += 1
