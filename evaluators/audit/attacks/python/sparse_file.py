# title: makes a file of many terabytes with a hole in it
# kind: resource
# expect: disk_limit, runtime_error
# success: a file longer than the work directory
def solve(arguments):
    with open("/w/hole", "wb") as file:
        file.seek(1 << 42)
        file.write(b"x")
    return None
