"""What holds for all children of C++ programs, tried on every kernel that comes with the platform."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from evaluators.candidate import Candidate
from evaluators.registry import describe_problem, load_problem
from evaluators.toolchains import toolchain
from evolve.proposers.base import Ask, Member, Observation
from evolve.proposers.genetic.cpp.items import function_named, signature
from evolve.proposers.genetic.cpp.source import Program
from evolve.proposers.genetic.cpp.variation import CppVariation
from evolve.proposers.genetic.proposer import GeneticProposer
from evolve.proposers.genetic.settings import Settings
from evolve.proposers.random import RandomProposer
from tests.support.breeding import member
from tests.support.kernels import KERNELS, entry_of, sources

HISTOGRAM = "kernels/histogram"
SOURCE_LIMIT = 20_000


def check(problem: str, child: str, *parents: str) -> None:
    """It parses, passes the screen, keeps the signature, and is another program than its parents."""
    entry = entry_of(problem)
    program, first = Program(child), Program(parents[0])
    assert program.sound
    own, before = function_named(program, entry.name), function_named(first, entry.name)
    assert own is not None and before is not None
    assert signature(program, own) == signature(first, before)
    screen = toolchain("cpp").screen
    keys = [screen(Candidate.of_text(text, entry.file, "cpp"), entry, SOURCE_LIMIT) for text in (child, *parents)]
    assert keys[0].accepted, keys[0].feedback
    assert keys[0].dedupe_key not in {key.dedupe_key for key in keys[1:]}


@pytest.mark.parametrize("problem", KERNELS)
def test_mutants_of_every_kernel(problem: str) -> None:
    variation = CppVariation(entry_of(problem), SOURCE_LIMIT)
    for source in sources(problem):
        made = [variation.varied(source, Random(seed)) for seed in range(8)]
        # What is one call of the library and nothing else may leave nothing to vary.
        assert all(made) or "the library's own" in source.lower()
        for text, operators in filter(None, made):
            assert operators
            check(problem, text, source)
        assert made[:2] == [variation.varied(source, Random(seed)) for seed in range(2)]


@pytest.mark.parametrize("problem", KERNELS)
def test_crossings_of_every_kernel(problem: str) -> None:
    variation = CppVariation(entry_of(problem), SOURCE_LIMIT)
    mother, *others = sources(problem)
    made = 0
    for father in others:
        for one, other in ((mother, father), (father, mother)):
            for seed in range(4):
                child = variation.crossed(one, other, Random(seed))
                if child is not None:
                    made += 1
                    check(problem, child[0], one, other)
                    assert child == variation.crossed(one, other, Random(seed))
    assert made or not others


@pytest.mark.parametrize("problem", ["kernels/histogram", "kernels/bfs", "kernels/filter"])
def test_a_long_lineage_stays_sound_and_bounded(problem: str) -> None:
    variation, rng = CppVariation(entry_of(problem), SOURCE_LIMIT), Random(5)
    text, *others = sources(problem)
    for _ in range(12):
        found = variation.varied(text, rng)
        text = text if found is None else found[0]
        crossed = variation.crossed(text, rng.choice(others), rng)
        text = text if crossed is None else crossed[0]
        check(problem, text, sources(problem)[0])
        assert len(text.encode()) <= SOURCE_LIMIT


@pytest.mark.parametrize(
    "source",
    ["int g() { return 1; }\n", "void histogram(int* x) {", 'void histogram(int* x) { asm("nop"); }\n', ""],
)
def test_what_is_no_program_for_the_entry_point_has_no_children(source: str) -> None:
    variation = CppVariation(entry_of(HISTOGRAM), SOURCE_LIMIT)
    assert variation.varied(source, Random(0)) is None
    assert variation.crossed(source, sources(HISTOGRAM)[0], Random(0)) is None


def question(ordinal: int, parents: tuple[Member, ...] = ()) -> Ask:
    problem = load_problem(HISTOGRAM)
    return Ask("c", f"c-{ordinal}", ordinal, ordinal, problem, entry_of(HISTOGRAM), parents, (), None, {})


def test_the_proposer_breeds_programs_in_cpp() -> None:
    serial, private = sources(HISTOGRAM)
    entry, problem = entry_of(HISTOGRAM), load_problem(HISTOGRAM)
    settings = Settings(function_crossover=0.5)
    proposer, twin = (GeneticProposer(problem, entry, [serial], settings) for _ in range(2))
    assert proposer.founders() == CppVariation.founders < 10
    assert GeneticProposer(problem, entry, [serial], Settings(founders=3)).founders() == 3
    parents = (member("a", serial), member("b", private))
    asks = [question(k, () if k <= 4 else parents) for k in range(1, 25)]
    made = [proposer.propose(ask) for ask in asks]
    assert made == [twin.propose(ask) for ask in asks]
    assert all(child.candidate is not None and child.genome is None for child in made)
    assert len({child.candidate.id for child in made if child.candidate}) == 24
    assert all(child.parents == () for child in made[:4])
    assert any(len(child.parents) == 2 for child in made[4:])
    assert any("private_copies" in child.operator for child in made)


def test_a_program_written_otherwise_counts_as_proposed() -> None:
    serial = sources(HISTOGRAM)[0]
    entry, problem = entry_of(HISTOGRAM), load_problem(HISTOGRAM)
    first = GeneticProposer(problem, entry, [serial]).propose(question(5))
    assert first.candidate is not None
    proposer = GeneticProposer(problem, entry, [serial])
    spaced = first.candidate.text(entry.file).replace("{", "{  // opened\n")
    proposer.observe(Observation(1, spaced, None, "ok", 1.0))
    again = proposer.propose(question(5))
    assert again.candidate is not None and again.candidate.id != first.candidate.id


def test_random_mutates_the_seeds_only() -> None:
    serial, private = sources(HISTOGRAM)
    proposer = RandomProposer(load_problem(HISTOGRAM), entry_of(HISTOGRAM), [serial])
    one = proposer.propose(question(7, (member("a", private),)))
    assert one == proposer.propose(question(7)) and one.parents == ()


def test_other_languages_are_refused() -> None:
    from dataclasses import replace

    from evolve.proposers.genetic.languages import variation

    spec = replace(describe_problem(HISTOGRAM), language="fortran")
    with pytest.raises(ValueError, match="is in fortran; programs in python or cpp can be varied"):
        variation(spec, entry_of(HISTOGRAM))


def test_the_parser_is_loaded_for_cpp_only() -> None:
    code = "import sys, evolve.proposers.genetic.proposer; print('tree_sitter' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
