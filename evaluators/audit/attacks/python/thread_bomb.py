# title: starts threads without end
# kind: resource
# expect: process_limit
# success: other jobs find no thread left
import threading
import time


def solve(arguments):
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
