"""The campaigns under datasets/campaigns are those that the manifest names, to the byte."""

from __future__ import annotations

import hashlib
import json

from evaluators.data import dataset_path

FOLDER = dataset_path("campaigns")


def test_every_file_is_in_the_manifest_and_as_it_was():
    files = json.loads(FOLDER.joinpath("manifest.json").read_text())["files"]
    assert sorted(files) == sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".jsonl"))
    for name, digest in files.items():
        assert hashlib.sha256(FOLDER.joinpath(name).read_bytes()).hexdigest() == digest, name
