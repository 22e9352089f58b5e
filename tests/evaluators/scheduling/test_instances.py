"""The generator, the splits and the data set's promises."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from evaluators.data import dataset_path
from evaluators.scheduling.draws import Draws, seed_from
from evaluators.scheduling.single_machine_tardiness import references
from evaluators.scheduling.single_machine_tardiness.instances import (
    BLOCKS,
    Block,
    checksum,
    fresh_blocks,
    generate,
    total_tardiness,
)

EVERY_BLOCK = [(split, block) for split, blocks in BLOCKS.items() for block in blocks]


def test_draws_are_the_declared_version_1_of_the_engine() -> None:
    assert Draws(7).uniform(3).tolist() == [0.625095466604667, 0.8972138009695755, 0.7756856902451935]
    assert seed_from("a", "b") == 0xC14CDDC033F64B9DEA80EA675CF280A0


def test_generator_gives_the_declared_ranges_class_by_class() -> None:
    block = Block("x", 50, 40, 3)
    p, d = generate(block)
    assert p.shape == d.shape == (800, 50)
    assert p.min() == 1
    assert p.max() == 99
    total = p.sum(axis=1)
    k = 0
    for rdd in block.ranges:  # RDD is the outer loop
        for tf in block.tardiness_factors:
            rows = slice(k, k + 40)
            low, high = total[rows] * (1 - tf - rdd / 2), total[rows] * (1 - tf + rdd / 2)
            assert (d[rows] > low[:, None] - 1).all()
            assert (d[rows] < high[:, None] + 1).all()
            assert np.ptp(d[rows], axis=1).mean() > 0.9 * (rdd * total[rows]).mean()
            k += 40


@pytest.mark.parametrize("kind", ["normal", "bimodal", "heavy"])
def test_other_distributions_have_whole_positive_times(kind) -> None:
    p, _ = generate(Block("ood", 60, 2, 5, kind))
    assert p.dtype == np.int64
    assert p.min() >= 1
    assert p.max() <= 1000


@pytest.mark.parametrize(("split", "block"), EVERY_BLOCK, ids=[references.key(*pair) for pair in EVERY_BLOCK])
def test_kept_references_belong_to_the_generated_instances(split, block) -> None:
    known = references.load(split, block)
    assert known.p.shape == (block.count, block.jobs)
    assert len(known.values) == len(known.proven) == block.count
    # No order can beat a proven value; the due-date order is one.
    edd = total_tardiness(known.p, known.d, np.argsort(known.d, axis=1))
    assert (known.values <= edd).all()


def test_no_instance_is_in_two_splits_and_no_seed_is_used_twice() -> None:
    seeds = [block.seed for _, block in EVERY_BLOCK]
    assert len(set(seeds)) == len(seeds)
    rows = [row.tobytes() for _, block in EVERY_BLOCK if block.jobs == 100 for row in generate(block)[0]]
    assert len(set(rows)) == len(rows)


def test_fresh_instances_depend_on_the_secret_alone() -> None:
    def sums(secret):
        return [checksum(*generate(block)) for block in fresh_blocks(secret)]

    assert sums("aa") == sums("aa")
    assert not set(sums("aa")) & set(sums("ab"))
    counts = {block.part: 0 for block in fresh_blocks("aa")}
    for block in fresh_blocks("aa"):
        counts[block.part] += block.count
    assert counts == {"n20": 40, "n100": 100, "n200": 40, "ood": 40}


def test_manifest_names_the_hash_of_every_file() -> None:
    folder = dataset_path("single-machine-tardiness")
    manifest = json.loads(folder.joinpath("manifest.json").read_text("utf-8"))
    for name, digest in manifest["files"].items():
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest
    assert manifest["licence"]
    assert manifest["source"]


def test_references_of_other_instances_are_refused() -> None:
    block = BLOCKS["train"][0]
    other = Block(block.part, block.jobs, block.per_class, block.seed + 1)
    with pytest.raises(ValueError, match="no longer gives the instances"):
        references.load("train", other)


def test_unknown_data_set_is_one_sentence() -> None:
    with pytest.raises(FileNotFoundError, match="data set 'nothing' is neither in"):
        dataset_path("nothing")
