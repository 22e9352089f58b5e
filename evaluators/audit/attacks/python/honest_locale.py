# title: sets locale and time zone, reads the date
# kind: honest
# expect: ok
import contextlib
import datetime
import locale
import os
import time

from kit import honest, once


@once
def settle():
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    return f"{datetime.datetime.now():%A %x}"


def solve(arguments):
    settle()
    return honest(*arguments)
