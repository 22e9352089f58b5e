"""The capabilities are put to the test, in a second or two."""

from __future__ import annotations

import time

from sandboxes.probe import ATTACKS, probe


def test_every_probing_attack_is_contained():
    began = time.monotonic()
    found = probe()
    assert found.probes == dict.fromkeys(ATTACKS, True)
    assert len(ATTACKS) == 6
    assert found.network == "none"
    assert found.backend == "bubblewrap"
    assert found.version.startswith("bubblewrap ")
    assert "none" not in (found.memory, found.cpu, found.processes)
    assert time.monotonic() - began < 10
