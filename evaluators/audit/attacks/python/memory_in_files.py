# title: hides memory in files
# kind: resource
# expect: memory_limit
# limits: memory_bytes=25165824 disk_bytes=536870912
# success: files in memory are counted for nobody
def solve(arguments):
    for k in range(99):
        with open(f"/w/{k}", "wb") as file:
            file.write(b"x" * (8 << 20))
