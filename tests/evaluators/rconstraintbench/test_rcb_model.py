"""Instances: identity, JSON there and back, and one sentence for each mistake."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from evaluators.rconstraintbench.model import PHASES, Instance
from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.reading import InstanceError
from evaluators.rconstraintbench.sets import InstanceSet, generate


@pytest.fixture(scope="module")
def small() -> InstanceSet:
    return generate(Arguments(levels=(2, 9), per_level=2, seed=3, phases=("downtime", "all")))


def test_an_instance_survives_json_and_its_id_is_that_of_its_content(tiny) -> None:
    again = Instance.from_json(json.loads(json.dumps(tiny.to_json())))
    assert again == tiny
    assert again.id == tiny.id
    assert tiny.name == "all/k01/01"
    assert replace(tiny, horizon=21).id != tiny.id
    # Fixed for all time, since archives refer to instances by it.
    assert tiny.id == "7a4b22358b0360da2752f0747d9d917f3fe6d19d7c5c330fc27ae3f857ce54b8"


def test_a_record_is_read_whether_or_not_it_is_canonical(small) -> None:
    for instance in (generated.instance for generated in small.generated):
        for text in (instance.canonical(), json.dumps(instance.to_json())):
            again = Instance.from_record(text, instance.id)
            assert (again, again.id) == (instance, instance.id)
            assert all(type(part) is tuple for part in (again.precedences, again.tasks[0].demands))
    with pytest.raises(InstanceError, match="horizon is 0"):  # what is not as it was written is looked at again
        Instance.from_record(replace(instance, horizon=0).canonical(), instance.id)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("phase",), "hard", "phase is 'hard'; allowed: precedence, downtime, windows"),
        (("horizon",), 0, "horizon is 0; it must be a whole number from 1 to"),
        (("horizon",), 20.0, "horizon is 20.0; it must be a whole number"),
        (("seed",), True, "seed is True; it must be a whole number"),
        (("tasks",), [], "tasks is empty"),
        (("tasks",), {}, "tasks is {}; it must be a list"),
        (("tasks", 1, "id"), 5, r"tasks\[1\].id is 5; it must be a whole number from 2 to 2"),
        (("tasks", 0, "duration"), 0, r"tasks\[0\].duration is 0"),
        (("tasks", 0, "demands"), [1], r"tasks\[0\].demands has 1 items; it must have one a resource, 2"),
        (("tasks", 0, "demands", 0), 4, r"tasks\[0\].demands\[0\] is 4; it must be a whole number from 0 to 3"),
        (("tasks", 2, "deadline"), 5, r"tasks\[2\].deadline is 5; it must be a whole number from 6 to 20"),
        (("tasks", 2, "colour"), 1, r"tasks\[2\]: unknown field 'colour'; allowed: id, name, layer"),
        (("tasks", 0, "name"), "", r"tasks\[0\].name is ''; it must be a text"),
        (("resources", 0, "downtimes"), [[8, 10], [9, 11]], r"resources\[0\].downtimes must be sorted and apart"),
        (("resources", 0, "downtimes"), [[8, 8]], r"resources\[0\].downtimes\[0\]\[1\] is 8"),
        (("precedences",), [[2, 1]], "precedences: 2 -> 1 does not lead to a later layer"),
        (("precedences",), [[1, 2], [1, 2]], r"precedences must be sorted and without repetition"),
        (("precedences",), [[1, 9]], r"precedences\[0\]\[1\] is 9; it must be a whole number from 1 to 4"),
        (("disjunctive",), [[3, 2]], "disjunctive: the pair 3, 2 must have its smaller id first"),
    ],
)
def test_what_is_wrong_is_named(tiny, path, value, complaint) -> None:
    document = copy.deepcopy(tiny.to_json())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(InstanceError, match=complaint):
        Instance.from_json(document)


def test_what_is_missing_is_named(tiny) -> None:
    document = tiny.to_json()
    del document["horizon"]
    with pytest.raises(InstanceError, match="instance: the field 'horizon' is missing"):
        Instance.from_json(document)
    with pytest.raises(InstanceError, match="instance is None; it must be an object"):
        Instance.from_json(None)


# ---- sets ------------------------------------------------------------------------------------------------------------


def test_a_set_survives_json_and_fits_the_schema(small) -> None:
    text = json.dumps(small.to_json())
    assert InstanceSet.from_json(json.loads(text)) == small
    schema = json.loads(files("evaluators.rconstraintbench").joinpath("schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(text))
    assert set(PHASES) <= set(schema["$defs"]["phase"]["enum"])


def test_witnesses_and_tightness_lie_apart_from_the_instances(small) -> None:
    document = small.to_json()
    ids = [Instance.from_json(item).id for item in document["instances"]]
    assert list(document["witnesses"]) == list(document["tightness"]) == ids
    assert not {"witness", "tightness"} & set(document["instances"][0])


def broken(small: InstanceSet, change) -> str:
    document = json.loads(json.dumps(small.to_json()))
    change(document)
    with pytest.raises(InstanceError) as caught:
        InstanceSet.from_json(document)
    return str(caught.value)


def test_a_set_that_was_tampered_with_is_refused(small) -> None:
    first = small.generated[0].instance
    assert broken(small, lambda d: d.update(format="evolve-rcbench/2")).startswith("format is 'evolve-rcbench/2'")
    assert "that of these instances is" in broken(small, lambda d: d.update(id="0" * 64))
    assert "is missing" in broken(small, lambda d: d["witnesses"].pop(first.id))
    assert broken(small, lambda d: d["instances"][1].update(level=-1)).startswith("instances[1]: level is -1")
    assert "there twice" in broken(small, lambda d: d["instances"].append(d["instances"][0]))
    _, after = first.precedences[0]
    said = broken(small, lambda d: d["witnesses"][first.id].update({str(after): 0}))
    assert said.startswith(f"witnesses: that of {first.name} is not feasible: task {after} starts at 0, before its")
    said = broken(small, lambda d: d["tightness"][first.id].update(random_share=2))
    assert said.endswith("random_share is 2; it must be a number from 0 to 1")
    assert (
        broken(small, lambda d: d["arguments"].update(levels=[])) == "levels must not be empty and name nothing twice"
    )
