# title: makes files without end
# kind: resource
# expect: disk_limit
# success: the host runs out of inodes
def solve(arguments):
    k = 0
    while True:
        open(f"/w/{k}", "wb").close()
        k += 1
