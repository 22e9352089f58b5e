"""Each operator on C++ by example: what becomes of a small program."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from evaluators.declaration import EntryPoint
from evolve.proposers.genetic.cpp import crossing, library, privatise, schedule, simplify, tunables
from evolve.proposers.genetic.cpp.items import spelled
from evolve.proposers.genetic.cpp.source import Program
from evolve.proposers.genetic.cpp.variation import Crossing

ENTRY = EntryPoint("f", "void f(const int* x, std::size_t n, int* y)", ("x", "n", "y"), "candidate.cpp", "driver.cpp")
HEAD = "void f(const int* x, std::size_t n, int* y) {\n"
PARALLEL = "#include <parlay/parallel.h>\n"
Mutation = Callable[[Program, Random], str | None]


def function(body: str) -> str:
    return f"{HEAD}    {body}\n}}\n"


def results(mutation: Mutation, text: str, draws: int = 40) -> set[tuple[str, ...]]:
    """Every result of so many draws, as tokens."""
    found = (mutation(Program(text), Random(seed)) for seed in range(draws))
    kept = [child for child in found if child is not None]
    assert all(Program(child).sound for child in kept)
    return {spelled(child) for child in kept}


def only(mutation: Mutation, text: str) -> tuple[str, ...]:
    """The one result there is."""
    found = results(mutation, text)
    assert len(found) == 1
    return found.pop()


def lacks(mutation: Mutation, body: str) -> bool:
    return not results(mutation, function(body))


# ---- tunables -------------------------------------------------------------------------------------------------------


def test_constants_take_steps() -> None:
    text = "constexpr std::size_t kBlock = 1 << 14;\nconstexpr double kShare = 0.5;\n" + function("y[0] = kBlock;")
    found = results(tunables.constant, text, 200)
    for value in ("1 << 15", "1 << 13", "1 << 16", "24576"):
        assert spelled(text.replace("1 << 14", value)) in found
    for value in ("0.25", "1.0", "0.4", "0.625"):
        assert spelled(text.replace("0.5", value)) in found
    assert spelled(text) not in found


def test_literals_in_functions_take_steps_but_not_indices_nor_hash_constants() -> None:
    text = function("y[7] = std::min<int>(4u * n, 0x9E37u);")
    found = results(tunables.literal, text, 100)
    assert spelled(text.replace("4u", "8u")) in found
    assert all("7" in child and "0x9E37u" in child for child in found)


def test_granularities_are_given_changed_and_taken_away() -> None:
    without = function("parlay::parallel_for(0, n, [&](std::size_t i) { y[i] = x[i]; });")
    given = without.replace("; });", "; }, 64);")
    assert spelled(given) in results(tunables.granularity, without)
    found = results(tunables.granularity, given, 100)
    assert {spelled(without), spelled(given.replace("64", "128")), spelled(given.replace("64", "32"))} <= found
    assert spelled(given) not in found


def test_unrolling_is_asked_for_changed_and_taken_away() -> None:
    bare = function("for (std::size_t i = 0; i < n; ++i) y[i] = x[i];")
    child = tunables.unroll(Program(bare), Random(1))
    assert child is not None and "\n    #pragma GCC unroll" in child
    found = {tunables.unroll(Program(child), Random(seed)) for seed in range(40)}
    assert bare in found and len(found) == 4
    child = tunables.ivdep(Program(bare), Random(1))
    assert child is not None and "#pragma GCC ivdep\n" in child
    assert tunables.ivdep(Program(child), Random(1)) == bare
    assert lacks(tunables.ivdep, "for (std::size_t i = 0; i < n; ++i) ++y[x[i]];")
    nested = function("for (std::size_t i = 0; i < n; ++i) for (int k = 0; k < 3; ++k) y[i] += k;")
    child = tunables.unroll(Program(nested), Random(1))
    assert child is not None and "{\n    #pragma GCC unroll" in child.replace("    " * 2, "    ")


def test_elements_of_containers_change_their_width() -> None:
    text = function("std::vector<std::int64_t> own(n); std::array<std::int64_t, 2> pair;")
    assert only(tunables.width, text) == spelled(text.replace("int64_t> own", "int32_t> own"))


# ---- schedules ------------------------------------------------------------------------------------------------------


def test_independent_loops_become_parallel_and_serial_again() -> None:
    text = function(
        "for (std::size_t i = 1; i < n; ++i) {\n        if (x[i] < 0) continue;\n        y[i] = x[i];\n    }"
    )
    found = results(schedule.parallel, text)
    body = "{ if (x[i] < 0) return; y[i] = x[i]; }"
    parallel = PARALLEL + function(f"parlay::parallel_for(1, n, [&](std::size_t i) {body});")
    assert spelled(parallel) in found
    assert only(schedule.serial, parallel) == spelled(PARALLEL + text)


@pytest.mark.parametrize(
    "body",
    [
        "int s = 0; for (std::size_t i = 0; i < n; ++i) s += x[i];",
        "for (std::size_t i = 0; i < n; ++i) { if (x[i]) break; y[i] = 1; }",
        "for (std::size_t i = 0; i < n; ++i) { if (x[i]) return; y[i] = 1; }",
        "for (std::size_t i = 1; i < n; ++i) y[i] = y[i - 1] + x[i];",
        "for (std::size_t i = 0; i < n; ++i) ++y[x[i]];",
        "for (std::size_t i = 0; i < n; ++i) *y = x[i];",
        "for (std::size_t i = 0; i < n; ++i) { y[i] = x[i]; ++i; }",
        "std::vector<int> q; for (std::size_t i = 0; i < n; ++i) q.push_back(x[i]);",
        "for (std::size_t i = 0; i < n && x[i]; ++i) y[i] = x[i];",
        "for (std::size_t i = 0; i < n; i += 2) y[i] = x[i];",
    ],
)
def test_other_loops_stay_serial(body: str) -> None:
    assert lacks(schedule.parallel, body)


def test_a_break_of_an_inner_loop_is_no_hindrance() -> None:
    body = "for (std::size_t i = 0; i < n; ++i) { for (int k = 0; k < 9; ++k) { if (x[k]) break; } y[i] = 1; }"
    assert results(schedule.parallel, function(body))


def test_pragmas_go_with_their_loop() -> None:
    text = function("#pragma GCC unroll 4\n    for (std::size_t i = 0; i < n; ++i) y[i] = x[i];").replace("    #", "#")
    assert all("pragma" not in child for child in results(schedule.parallel, text))


def test_captures_with_an_initialiser_become_declarations() -> None:
    text = function("parlay::parallel_for(0, n, [&, from = x](std::size_t i) { y[i] = from[i]; }, 8);")
    loop = "{ const auto from = x; for (std::size_t i = 0; i < n; ++i) { y[i] = from[i]; } }"
    assert only(schedule.serial, text) == spelled(function(loop))


def test_returns_from_inner_loops_keep_a_loop_parallel() -> None:
    body = "for (int k = 0; k < 9; ++k) if (x[k]) return;"
    assert lacks(schedule.serial, f"parlay::parallel_for(0, n, [&](std::size_t i) {{ {body} y[i] = 1; }});")


def test_loops_are_cut_into_blocks() -> None:
    text = function("for (std::size_t i = 0; i < n; ++i) y[i] = x[i];")
    child = schedule.blocked(Program(text), Random(3))
    assert child is not None and "#include <algorithm>" in child
    assert "constexpr std::size_t kBlock = 1 << 1" in child.split("namespace {")[1].split("}  // namespace")[0]
    loop = (
        "parlay::parallel_for(0, (n + kBlock - 1) / kBlock, [&](std::size_t block) {"
        "const std::size_t end = std::min<std::size_t>(n, (block + 1) * kBlock);"
        "for (std::size_t i = block * kBlock; i < end; ++i) { y[i] = x[i]; } }, 1);"
    )
    assert " ".join(spelled(loop)) in " ".join(spelled(child))
    again = schedule.blocked(Program(child), Random(1))
    assert again is not None and "kBlock2" in again


def test_statements_are_forked_and_joined() -> None:
    text = function("g(x, n);\n    h(y);")
    forked = only(schedule.fork, text)
    assert forked == spelled(PARALLEL + function("parlay::par_do([&] { g(x, n); }, [&] { h(y); });"))
    text = function("parlay::par_do([&] { g(x); }, [&] { h(y); });")
    assert only(schedule.join, text) == spelled(function("{ g(x); } { h(y); }"))
    assert lacks(schedule.fork, "int s = 0; s = g(x); h(s);")
    assert lacks(schedule.fork, "{ auto* own = y + 1; for (int i = 0; i < 3; ++i) own[i] = 1; } h(y);")


def test_nested_loops_change_places() -> None:
    text = function("for (int i = 0; i < 3; ++i) for (int k = 0; k < 5; ++k) y[i] += k;")
    turned = "for (int k = 0; k < 5; ++k) for (int i = 0; i < 3; ++i) y[i] += k;"
    assert only(schedule.interchange, text) == spelled(function(turned))
    assert lacks(schedule.interchange, "for (int i = 0; i < 3; ++i) for (int k = i; k < 5; ++k) y[i] += k;")


def test_memory_orders_stay_within_what_an_access_allows() -> None:
    text = function("a.load(std::memory_order_relaxed);")
    found = results(schedule.memory_order, text)
    assert {child[-4] for child in found} == {"memory_order_acquire", "memory_order_seq_cst"}


# ---- accumulation ---------------------------------------------------------------------------------------------------


def histogram(entry: EntryPoint, text: str) -> list[str]:
    made = [privatise.private_copies(entry, Program(text), Random(seed)) for seed in range(20)]
    return [child for child in made if child is not None]


def test_counters_become_private_to_blocks() -> None:
    entry = EntryPoint("f", "", ("keys", "n", "m", "counts"), "candidate.cpp", "driver.cpp")
    text = (
        "void f(const unsigned* keys, std::size_t n, std::size_t, std::int64_t* counts) {\n"
        "    for (std::size_t i = 0; i < n; ++i) ++counts[keys[i]];\n}\n"
    )
    made = histogram(entry, text)
    named = [child for child in made if "std::size_t m," in child]
    assert len(made) == 20 and len(named) > 10  # the parameter without a name is the likely extent
    child = named[0]
    assert Program(child).sound
    assert "std::vector<std::int64_t> copies(blocks * m, 0);" in child
    assert "++own[keys[i]];" in child and "counts[place] += copies[block * m + place];" in child
    assert "kCopies" in child and "#include <vector>" in child


def test_an_array_that_is_read_besides_is_not_privatised() -> None:
    for body in ("y[x[i]] += y[0];", "y[x[i]] = 1;", "y[i] += x[i];", "y[0] += x[i];", "x[y[x[i]]++];"):
        assert not histogram(ENTRY, function(f"for (std::size_t i = 0; i < n; ++i) {{ {body} }}"))


def test_additions_become_atomic() -> None:
    text = function("for (std::size_t i = 0; i < n; ++i) y[x[i]] += 3;")
    child = only(privatise.atomic_counts, text)
    assert "".join(child[-24:]).endswith(".fetch_add(3,std::memory_order_relaxed);});}")


SUM = "int s = 0;\n    for (std::size_t i = 2; i < n; ++i) s += x[i];\n    y[0] = s;"


def test_sums_are_reduced() -> None:
    child = only(privatise.reduce, function(SUM))
    body = "const std::size_t i = 2 + offset; return x[i];"
    lambda_ = f"[&](std::size_t offset) -> std::remove_cvref_t<decltype(s)> {{ {body} }}"
    expected = f"s += parlay::reduce(parlay::delayed_tabulate(2 < n ? n - 2 : 0, {lambda_}));"
    assert " ".join(spelled(expected)) in " ".join(child)
    partial = results(privatise.partial_results, function(SUM))
    assert partial and all("s += part ;" in " ".join(child) for child in partial)


def test_running_sums_take_two_passes() -> None:
    text = function("int s = 0;\n    for (std::size_t i = 0; i < n; ++i) { y[i] = s; s += x[i]; }")
    made = results(privatise.two_passes, text)
    assert made and all("{ own += x [ i ] ; }" in " ".join(m) or "own += x [ i ] ;" in " ".join(m) for m in made)
    text = function("int k = 0;\n    for (std::size_t i = 0; i < n; ++i)\n        if (x[i] & 1) y[k++] = x[i];")
    made = results(privatise.two_passes, text)
    assert made and all("if ( x [ i ] & 1 ) own += 1 ;" in " ".join(m) for m in made)
    assert made and all("if ( x [ i ] & 1 ) y [ own ++ ] = x [ i ] ;" in " ".join(m) for m in made)
    assert lacks(privatise.two_passes, "int s = 0; for (std::size_t i = 0; i < n; ++i) { s += y[i]; y[i] = s; }")
    assert lacks(privatise.two_passes, "int s = 0; for (std::size_t i = 0; i < n; ++i) { y[i] = s; s += s + x[i]; }")


# ---- the library's algorithms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("serial", "parallel"),
    [
        ("std::sort(y, y + n);", "parlay::sort_inplace(parlay::make_slice(y, y + n));"),
        ("std::sort(y, y + n, before);", "parlay::sort_inplace(parlay::make_slice(y, y + n), before);"),
        ("y[0] = std::accumulate(x, x + n, 0);", "y[0] = (0 + parlay::reduce(parlay::make_slice(x, x + n)));"),
        (
            "std::copy(x, x + n, y);",
            "parlay::parallel_for(0, (x + n) - x, [&](std::size_t place) { y[place] = x[place]; });",
        ),
        ("std::fill_n(y, n, 1);", "parlay::parallel_for(0, n, [&](std::size_t place) { y[place] = 1; });"),
    ],
)
def test_serial_algorithms_become_parallel(serial: str, parallel: str) -> None:
    child = " ".join(only(library.library_call, function(serial)))
    assert " ".join(spelled(parallel)) in child


def test_parallel_algorithms_become_serial() -> None:
    text = function("parlay::sort_inplace(parlay::make_slice(y, y + n));")
    assert only(library.serial_call, text) == spelled(
        "#include <algorithm>\n#include <numeric>\n" + function("std::sort(y, y + n);")
    )


def test_a_sort_by_comparison_becomes_one_by_digits_and_back() -> None:
    text = function("parlay::sort_inplace(s);")
    child = library.radix_sort(Program(text), Random(0))
    assert child is not None and "parlay::integer_sort_inplace(s, [](auto value)" in child
    back = library.radix_sort(Program(child), Random(0))
    assert back is not None and "parlay::sort_inplace(s);" in back


# ---- less -----------------------------------------------------------------------------------------------------------


def test_statements_go_but_not_declarations_in_use() -> None:
    text = function("int a = 1;\n    int b = 2;\n    y[0] = a;")
    without = {spelled(text.replace(gone, "")) for gone in ("int b = 2;", "y[0] = a;")}
    assert results(simplify.drop_statement, text) == without


def test_definitions_nobody_uses_go() -> None:
    text = "namespace {\n\nconstexpr int kA = 1;\nint g() { return kA; }\n\n}\n\n" + function("y[0] = 1;")
    assert only(simplify.drop_unused, text) == spelled(text.replace("int g() { return kA; }", ""))
    assert spelled(simplify.pruned(text)) == spelled(function("y[0] = 1;"))


# ---- crossover ------------------------------------------------------------------------------------------------------

MOTHER = (
    "#include <vector>\n\nnamespace {\n\nconstexpr int kA = 1;\n\n"
    "int g(int v) { return v + kA; }\n\n}  // namespace\n\n"
    + function("for (std::size_t i = 0; i < n; ++i) y[i] = g(x[i]);\n    y[0] = 7;")
)
FATHER = (
    "#include <cmath>\n\nnamespace {\n\nconstexpr int kA = 2;\nconstexpr int kB = 3;\n\n"
    "struct Pair {\n    int one, other;\n};\n\n"
    "int h(int w) { return Pair{w * kA, kB}.one; }\n\nint g(int v) { return h(v); }\n\n}  // namespace\n\n"
    "void f(const int* from, std::size_t n, int* to) {\n"
    "    const int last = 9;\n    for (std::size_t k = 0; k < n; ++k) to[k] = h(from[k]) + last;\n}\n"
)


def crossings(cross: Crossing, mother: str = MOTHER, father: str = FATHER) -> list[str]:
    found = (cross(Program(mother), Program(father), ENTRY, Random(seed)) for seed in range(40))
    kept = [child for child in found if child is not None]
    assert kept and all(Program(child).sound for child in kept)
    return kept


def test_functions_bring_what_they_need() -> None:
    made = crossings(crossing.exchange_function)
    child = next(c for c in made if "return h(v);" in c)
    assert "int h(int w)" in child and "kB = 3" in child and "kA = 1" in child and "kA = 2" not in child
    assert "    int one, other;\n};\n\nint h(" in child
    assert child.index("int h(") < child.index("int g(") and "#include <cmath>" in child


def test_statements_take_the_names_and_bring_the_declarations() -> None:
    made = crossings(crossing.exchange_statement)
    child = next(c for c in made if "h(x[k]) + last" in c)
    assert "y[k] = h(x[k]) + last;" in child and "const int last = 9;" in child
    assert "int h(int w)" in child
    made = crossings(crossing.insert_statement)
    assert any("y[k] = h(x[k]) + last;" in c and "y[0] = 7;" in c and "y[i] = g(x[i]);" in c for c in made)


def test_constants_take_the_other_parents_value() -> None:
    assert {spelled(c) for c in crossings(crossing.exchange_constant)} == {spelled(MOTHER.replace("kA = 1", "kA = 2"))}
