"""What open pages of a running campaign cost the server that shows them.

Begins a campaign and `evolve ui` on its archive, opens as many streams of changes as five pages would (the list and
four of the campaign), and prints the server's processor time as a share of the elapsed time. Usage:

    python benchmarks/live_pages.py [--seconds N]
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

PAGES = 5
PROBLEM = "scheduling/online-flow-time"


def main(seconds: float) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evolve.db"
        begin = ("run", PROBLEM, "--minutes", str(seconds / 60 + 1), "--workers", "1", "--plain")
        campaign = _evolve(*begin, "--archive", str(path))
        try:
            id = _begun(path)
            server = _evolve("ui", "--archive", str(path), "--port", "0", "--no-browser")
            try:
                assert server.stderr is not None
                _measure(server, server.stderr.readline().split()[1], id, path, seconds)
            finally:
                server.send_signal(signal.SIGINT)
                server.wait()
        finally:
            campaign.kill()
            campaign.wait()


def _evolve(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "evolve", *words], stderr=subprocess.PIPE, text=True)


def _begun(path: Path) -> str:
    """Id of the campaign, once it has evaluated something."""
    while True:
        time.sleep(0.5)
        try:
            with sqlite3.connect(path) as connection:
                row = connection.execute("SELECT campaign_id FROM campaign_totals WHERE evaluations > 20").fetchone()
        except sqlite3.OperationalError:  # its tables are being made
            continue
        if row:
            return str(row[0])


def _measure(server: subprocess.Popen[str], address: str, id: str, path: Path, seconds: float) -> None:
    received = [0] * PAGES

    def listen(number: int, place: str) -> None:
        with urllib.request.urlopen(f"{address}live/{place}") as stream:
            for line in stream:
                received[number] += len(line)

    for number in range(PAGES):
        place = f"campaign/{id}" if number else "campaigns"
        threading.Thread(target=listen, args=(number, place), daemon=True).start()
    time.sleep(2)
    (first,) = sqlite3.connect(path).execute("SELECT evaluations FROM campaign_totals").fetchone()
    cpu, started = _cpu_seconds(server.pid), time.monotonic()
    time.sleep(seconds)
    elapsed, used = time.monotonic() - started, _cpu_seconds(server.pid) - cpu
    (last,) = sqlite3.connect(path).execute("SELECT evaluations FROM campaign_totals").fetchone()
    print(
        f"{PAGES} pages, {(last - first) / elapsed:.0f} evaluations a second: server {100 * used / elapsed:.2f} % of a "
        f"core, {sum(received) / elapsed / 1000:.0f} kB a second sent"
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    main(parser.parse_args().seconds)
