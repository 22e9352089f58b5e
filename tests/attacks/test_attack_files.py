"""Reading attack files: Python and C++, one sentence for each mistake; filling them in."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.audit.arming import Target, applies, arm
from evaluators.audit.attack_set import AttackError, load_attacks, read_attack
from evaluators.audit.excerpt import Excerpt
from evaluators.audit.leaks import Leak
from evaluators.problem import Problem
from evaluators.registry import load_problem
from evaluators.toolchains.python import screen

SKELETON = Path(__file__).parents[2] / "evolve" / "skeleton"
HEADER = {
    "title": "reaches out", "kind": "escape", "expect": "ok, time_limit", "leak": "network reachable",
    "only": "online, exact", "limits": "cpu_seconds=0.5 memory_bytes=1000", "variants": "a, b", "stage": "audit",
    "score": "free", "repeat": "2", "success": "a socket",
}  # fmt: skip


def write(folder: Path, name: str, header: dict[str, str], comment: str) -> Path:
    path = folder / name
    path.write_text("".join(f"{comment} {key}: {value}\n" for key, value in header.items()) + "\nbody: 1\n")
    return path


@pytest.mark.parametrize(("name", "comment"), [("reach.py", "#"), ("reach.cpp", "//")])
def test_a_header_is_read_in_each_language(tmp_path, name, comment) -> None:
    attack = read_attack(write(tmp_path, name, HEADER | {"at": "smoke"}, comment))
    assert attack.name == "reach"
    assert attack.language == {".py": "python", ".cpp": "cpp"}[Path(name).suffix]
    assert [verdict.value for verdict in attack.expect] == ["ok", "time_limit"]
    assert (attack.leak, attack.kind, attack.success) == (Leak.NETWORK, "escape", "a socket")
    assert (attack.only, attack.variants, attack.repeat) == (("online", "exact"), ("a", "b"), 2)
    assert attack.limits == {"cpu_seconds": 0.5, "memory_bytes": 1000}
    assert attack.audited
    assert not attack.score_counts
    assert attack.at == "smoke"


def test_little_must_be_said(tmp_path) -> None:
    attack = read_attack(write(tmp_path, "hack.py", {"title": "hack", "expect": "wrong_answer"}, "#"))
    assert (attack.kind, attack.leak, attack.variants, attack.repeat) == ("hack", Leak.FORGED_RESULT, ("",), 1)
    assert attack.score_counts
    assert not attack.audited
    assert attack.at == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": None}, "the header lacks 'title'"),
        ({"expect": ""}, "the header lacks 'expect'"),
        ({"expect": "fine"}, "'expect' has 'fine'; allowed: ok, rejected"),
        ({"kind": "nasty"}, "'kind' is 'nasty'; allowed: hack, escape"),
        ({"leak": "everything"}, "'leak' is 'everything'; allowed: answer readable"),
        ({"only": "sundays"}, "'only' has 'sundays'; allowed: online"),
        ({"limits": "cpu_seconds=much"}, "'limits' has 'cpu_seconds=much'; it must be name=number"),
        ({"limits": "patience=3"}, "'limits' has 'patience=3'; allowed: cpu_seconds"),
        ({"stage": "last"}, "'stage' is 'last'; allowed: train, audit"),
        ({"at": "once"}, "'at' is 'once'; allowed: , screen, build"),
        ({"gate": "no"}, "the header has 'gate', which is no key"),
        ({"repeat": "often"}, "'repeat' is 'often'; it must be a whole number"),
    ],
)
def test_a_mistake_is_one_sentence_naming_file_and_key(tmp_path, change, said) -> None:
    header = {key: value for key, value in (HEADER | change).items() if value is not None}
    path = write(tmp_path, "reach.py", header, "#")
    with pytest.raises(AttackError) as raised:
        read_attack(path)
    assert str(raised.value).startswith(f"{path}: {said}")
    assert "\n" not in str(raised.value)


def test_other_languages_are_refused(tmp_path) -> None:
    with pytest.raises(AttackError, match=r"no language has the suffix '\.rs'"):
        read_attack(write(tmp_path, "reach.rs", HEADER, "//"))


@pytest.mark.parametrize("attack", load_attacks("python"), ids=lambda attack: attack.name)
def test_each_attack_is_a_program_of_the_asked_for_shape(attack) -> None:
    """One that the screen would reject attacks nothing."""
    spec = load_problem(str(SKELETON)).spec
    entry = spec.entry_point()
    honest = (SKELETON / "baselines" / "assign" / "round_robin.py").read_text()
    for variant in attack.variants:
        armed = arm(attack, Target(spec, entry, (honest, honest), ("train-000",)), variant)
        assert screen(armed.candidate, entry, 200_000).accepted
        assert len(armed.process_name) <= 15
        text = armed.candidate.text()
        assert "\nfrom kit import" not in text
        assert "train-000" not in text, "a name that is searched for must not stand in what searches"
        ast.parse(text)


def test_attacks_in_cpp_apply_where_the_entry_point_has_their_signature() -> None:
    spec = load_problem("kernels/prefix-sum").spec
    attack = next(attack for attack in load_attacks("cpp") if attack.name == "network")
    for signature, said in (
        (spec.entry_point().signature, ""),
        ("void prefix_sum(const std::int64_t *numbers,std::int64_t *sums, std::size_t count)", ""),
        ("void prefix_sum(const std::int32_t* in, std::int64_t* out, std::size_t n)", "it is written for void prefix_"),
        ("void other(const std::int64_t* in, std::int64_t* out, std::size_t n)", "it is written for void prefix_sum("),
    ):
        target = Target(spec, replace(spec.entry_point(), signature=signature), ("",))
        assert applies(attack, target).startswith(said)
        assert bool(applies(attack, target)) == bool(said)


def test_an_attack_in_cpp_is_another_program_each_time() -> None:
    """Else what its compilation does would be tried once and then be taken from the cache."""
    spec = load_problem("kernels/prefix-sum").spec
    attack = load_attacks("cpp")[0]
    armed = [arm(attack, Target(spec, spec.entry_point(), ("",))).candidate for _ in range(2)]
    assert armed[0].id != armed[1].id
    assert all(one.text().startswith(attack.source) for one in armed)


def test_an_excerpt_leaves_everything_but_size_and_limits_to_the_problem() -> None:
    public = {name for name, value in vars(Problem).items() if callable(value) and not name.startswith("_")}
    assert public <= set(vars(Excerpt))
    whole = load_problem("kernels/prefix-sum")
    excerpt = Excerpt(whole).within({"cpu_seconds": 0.5, "wall_seconds": 10_000.0})
    assert excerpt.spec.limits["cpu_seconds"] == 0.5
    assert excerpt.spec.limits["wall_seconds"] == whole.spec.limits["wall_seconds"]
    assert excerpt.spec.timing is not None and excerpt.spec.timing.pairs == 1
    assert [i.name for i in excerpt.inspected("races")] == [i.name for i in whole.inspected("races")]
    instance = excerpt.instances("train")[0]
    assert excerpt.timed(instance).requests == whole.timed(instance).requests
