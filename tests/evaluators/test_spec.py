"""Problems on disk: each mistake gets one sentence naming file and field, and the version knows what matters."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import evaluators.data
from evaluators.registry import UnknownProblemError, load_problem, locate, problem_folders
from evaluators.spec import load_spec, problem_version
from evaluators.tables import TableError

NAME = 'name = "mine/parallel-machines"'
SIGNATURE = 'signature = "def assign(p, m):"'
SEEDS = 'seeds = ["round_robin"] # a campaign starts from these unless told otherwise'
ENTRY = '[[entry_points]]\nname = "assign"\nsignature = "def assign(p, m):"\nharness = "harness/run.py"\n'
OBJECTIVE = '[[objectives]]\nname = "gap"\nunit = "%"\ndirection = "min"\n'
BACKSLASH = "\\"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # missing
        (NAME, "", "missing key 'name'"),
        ('title = "Makespan on identical parallel machines (P||Cmax)"', "", "missing key 'title'"),
        (SIGNATURE, "", "missing key 'entry_points.signature'"),
        ('harness = "harness/run.py"', "", "missing key 'entry_points.harness'"),
        ('direction = "min"', "", "missing key 'objectives.direction'"),
        # unknown
        (NAME, f'{NAME}\ntimeout = 3', "unknown key 'timeout'; allowed: datasets, descriptors, "),
        (SIGNATURE, f'{SIGNATURE}\nkind = "x"', "unknown key 'entry_points.kind'; allowed: baselines, "),
        ('direction = "min"', 'direction = "min"\nweight = 2', "unknown key 'objectives.weight'; allowed: direction, "),
        ("wall_seconds = 20.0", "gpu_seconds = 2", "unknown key 'limits.gpu_seconds'; allowed: cpu_seconds, "),
        ('packages = ["numpy"]', "ram = 4", "unknown key 'requires.ram'; allowed: accelerator, cores, "),
        # wrong type
        (NAME, "name = 3", "'name' must be a string, not 3"),
        (NAME, f"{NAME}\nonline = 1", "'online' must be a true or false, not 1"),
        (NAME, f'{NAME}\ndescriptors = "x"', "'descriptors' must be a list, not 'x'"),
        (NAME, f"{NAME}\ndescriptors = [1]", "'descriptors' must be a list of strings"),
        ('packages = ["numpy"]', "cores = true", "'requires.cores' must be a whole number, not True"),
        ('packages = ["numpy"]', "cores = 1.5", "'requires.cores' must be a whole number, not 1.5"),
        ("cpu_seconds = 10.0", 'cpu_seconds = "10"', "'limits.cpu_seconds' must be a number, not '10'"),
        ("cpu_seconds = 10.0", "memory_bytes = 1e9", "'limits.memory_bytes' must be a whole number, not 1000000000.0"),
        ('train = "20 instances: 30 jobs on 4 machines"', "train = 20", "'splits' must map names to strings"),
        ("[requires]\n", "[unused]\n", "unknown key 'unused'"),
        ("[requires]\n", "[[requires]]\n", "requires must be a table"),
        ("[limits] # of one evaluation on `train`", "[[limits]]", "limits must be a table"),
        (f"{SEEDS}", f"{SEEDS}\nterminals = {{ p = 3 }}", "'entry_points.terminals' must map names to strings"),
        # bad value
        (NAME, 'name = "machines"', "'name' must be family/name, not 'machines'"),
        (NAME, 'name = "a/b/c"', "'name' must be family/name, not 'a/b/c'"),
        (NAME, 'name = "/b"', "'name' must be family/name, not '/b'"),
        ('language = "python"', 'language = "cobol"', "'language' is 'cobol'; allowed: 'python'"),
        ('direction = "min"', 'direction = "down"', "'objectives.direction' is 'down'; allowed: 'min', 'max'"),
        ('"exact" #', '"equal" #', "'deterministic' is 'equal'; allowed: 'exact', 'set', 'tolerance', 'valid'"),
        (SIGNATURE, f'{SIGNATURE}\nselect = "best"', "'entry_points.select' is 'best'; allowed: 'min', 'max'"),
        ("cpu_seconds = 10.0", "cpu_seconds = 0", "'limits.cpu_seconds' must be positive"),
        ("cpu_seconds = 10.0", "cpu_seconds = nan", "'limits.cpu_seconds' must be positive"),
        ("cpu_seconds = 10.0", "cpu_seconds = inf", "'limits.cpu_seconds' must be positive"),
        ("cpu_seconds = 10.0", "processes = -1", "'limits.processes' must be positive"),
        ('packages = ["numpy"]', "cores = 0", "'requires.cores' must be positive"),
        ('packages = ["numpy"]', "memory_mb = -5", "'requires.memory_mb' must be positive"),
        ("source_limit = 20000", "source_limit = 0", "'source_limit' must be positive"),
        ('test = "40', 'holdout = "40', "unknown split 'holdout'; allowed: train, validation, test"),
        (SEEDS, 'seeds = ["spt"]', "'entry_points.seeds' names 'spt'; allowed: round_robin, list_scheduling"),
        ("[[objectives]] #", f"{ENTRY}[[objectives]] #", "'entry_points.name' 'assign' is there 2 times"),
        ("[requires]", f"{OBJECTIVE}[requires]", "'objectives.name' 'gap' is there 2 times"),
        (f"{SEEDS}", f'{SEEDS}\nterminals = {{ x = "p -" }}', "'entry_points.terminals.x' must be a Python expression"),
        (f"{SEEDS}", f'{SEEDS}\nterminals = {{ x = "p-d" }}', "'entry_points.terminals.x' uses 'd'; allowed: p, m, np"),
        (NAME, f'{NAME}\ndatasets = ["no-such-set"]', "'datasets': data set 'no-such-set' is neither in"),
        (SEEDS, f"{SEEDS}\ndimensions = {{ p = 1.5 }}", "'entry_points.dimensions' must map names to whole numbers"),
        (SEEDS, f"{SEEDS}\ndimensions = {{ q = 1 }}", "'entry_points.dimensions' must name all terminals"),
        (
            SEEDS, f'{SEEDS}\nterminals = {{ x = "p" }}\ndimensions = {{ x = 0 }}',
            "'entry_points.dimensions' must give at least one terminal the dimension 1",
        ),
        # signatures
        (SIGNATURE, 'signature = "assign(p, m)"', "needs a signature like 'def assign(a, b)', not 'assign(p, m)'"),
        (SIGNATURE, 'signature = ""', "needs a signature like 'def assign(a, b)', not ''"),
        (SIGNATURE, 'signature = "def other(p, m):"', "needs a signature like 'def assign(a, b)'"),
        (SIGNATURE, 'signature = "def assign(p, *, m):"', "needs a signature like 'def assign(a, b)'"),
        (SIGNATURE, 'signature = "def assign(p, /, m):"', "needs a signature like 'def assign(a, b)'"),
        (SIGNATURE, 'signature = "def assign(p, m=2):"', "needs a signature like 'def assign(a, b)'"),
        (SIGNATURE, 'signature = "def assign(*p):"', "needs a signature like 'def assign(a, b)'"),
        (SIGNATURE, 'signature = "def assign(p, p):"', "needs a signature like 'def assign(a, b)'"),
        (SIGNATURE, f'signature = "def assign(p): pass{BACKSLASH}ndef f()"', "needs a signature like"),
        (SIGNATURE, f'signature = "def assign(p{BACKSLASH}u0000)"', "needs a signature like 'def assign(a, b)'"),
        # files
        ("harness/run.py", "harness/walk.py", "entry point 'assign' names 'harness/walk.py', which does not exist"),
        (SIGNATURE, f'{SIGNATURE}\nsimulator = "s.py"', "entry point 'assign' names 's.py', which does not exist"),
        ('"list_scheduling"]', '"lpt"]', "names 'baselines/assign/lpt.py', which does not exist"),
        # not TOML
        (NAME, "name = ", "not valid TOML"),
        (NAME, f"{NAME}\n{NAME}", "not valid TOML"),
    ],
)  # fmt: skip
def test_mistake_in_problem_toml_is_one_sentence(folder, edit, old, new, said):
    edit(folder / "problem.toml", (old, new))
    with pytest.raises(TableError) as caught:
        load_spec(folder)
    message = str(caught.value)
    assert message.startswith(str(folder / "problem.toml"))
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("problem.toml", b"name = '\xff'", "problem.toml: not valid TOML"),
        ("problem.toml", b"", "problem.toml: missing key 'name'"),
        ("problem.toml", None, "problem.toml: cannot be read: No such file"),
        ("statement.md", b"caf\xe9", "statement.md: not UTF-8"),
        ("statement.md", None, "statement.md is missing; it is what a proposer is told"),
    ],
)
def test_file_missing_or_unreadable(folder, path, content, said):
    (folder / path).unlink() if content is None else (folder / path).write_bytes(content)
    with pytest.raises(TableError, match=said):
        load_spec(folder)


@pytest.mark.parametrize(
    ("problem", "old", "new", "said"),
    [
        ("histogram", "pairs = 7", "least_parallelism = 1", "must be a number above 1, which is that of serial code"),
        ("histogram", "pairs = 7", "least_parallelism = nan", "must be a number above 1"),
        ("histogram", "pairs = 7", "least_parallelism = inf", "must be a number above 1"),
        ("histogram", "pairs = 7", 'least_parallelism = "8"', "must be a number, not '8'"),
        ("histogram", ', "races"', "", "is measured in the stage 'races': add that to 'stages'"),
        ("prefix_sum", "pairs = 5", "least_parallelism = 8.0", "class Problem must define farewell()"),
    ],
)
def test_parallelism_that_cannot_be_demanded_is_refused_in_one_sentence(tmp_path, edit, problem, old, new, said):
    copy = tmp_path / problem
    shutil.copytree(locate("kernels/histogram").parent / problem, copy)
    declared = copy / "problem.toml"
    edit(declared, (old, new))
    if "least_parallelism" not in new:
        edit(declared, ("pairs = 7", "least_parallelism = 8.0"))
    with pytest.raises(TableError) as caught:
        load_problem(str(copy))
    assert str(caught.value).startswith(f"{declared}: 'timing.least_parallelism' ")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_empty_lists_of_entry_points_and_objectives_are_refused(folder):
    text = (folder / "problem.toml").read_text()
    head = text[: text.index("[[entry_points]]")]
    (folder / "problem.toml").write_text(f"{head}\nentry_points = []\nobjectives = []\n")
    with pytest.raises(TableError, match=r"at least one of each is needed: \[\[objectives\]\], \[\[entry_points\]\]"):
        load_spec(folder)


def test_everything_declared_is_read(folder):
    spec = load_spec(folder)
    assert (spec.name, spec.language, spec.online, spec.deterministic) == (
        "mine/parallel-machines", "python", False, "exact",
    )  # fmt: skip
    assert spec.limits == {"cpu_seconds": 10.0, "wall_seconds": 20.0}
    assert spec.entry_point() == spec.entry_point("assign")
    assert spec.entry_point().arguments == ("p", "m")
    assert spec.entry_point().baselines == ("round_robin", "list_scheduling")
    assert (spec.objective.name, spec.objective.direction) == ("gap", "min")
    assert spec.requires.packages == ("numpy",)
    assert spec.statement.startswith("# Makespan")
    with pytest.raises(KeyError, match="has no entry point 'sequence'; it has: assign"):
        spec.entry_point("sequence")


# ---- versions --------------------------------------------------------------------------------------------------------


def version(folder: Path) -> str:
    return load_spec(folder).version


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("problem.toml", None),
        ("problem.py", None),
        ("harness/run.py", None),
        ("baselines/assign/round_robin.py", None),
        ("instances/new.json", b"[]"),
        ("empty", b""),
    ],
)
def test_version_changes_with_the_folder(folder, path, content):
    before = version(folder)
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(target.read_bytes() + b"\n# changed\n" if content is None else content)
    assert version(folder) != before


def test_version_knows_names_from_contents(folder):
    (folder / "a").write_bytes(b"xy")
    (folder / "b").write_bytes(b"")
    before = version(folder)
    (folder / "a").write_bytes(b"x")
    (folder / "b").write_bytes(b"y")
    assert version(folder) != before


@pytest.mark.parametrize(
    "path",
    [
        "statement.md", "candidate.py", "evolve.db", "evolve.db-wal", "evolve.db-shm",
        "__pycache__/problem.cpython-311.pyc", ".git/HEAD",
    ],
)  # fmt: skip
def test_version_ignores_what_no_judgement_depends_on(folder, path):
    before = version(folder)
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(b"something else")
    assert version(folder) == before


def test_version_does_not_depend_on_where_the_folder_lies(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "__pycache__" / ".elsewhere")
    assert version(tmp_path / "__pycache__" / ".elsewhere") == version(folder)


def test_version_changes_with_data_sets_and_engines(folder, tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    (data / "table.json").write_text("[1]")
    monkeypatch.setattr("evaluators.spec.dataset_path", lambda name: data)
    versions = [problem_version(folder, [], {})]
    versions.append(problem_version(folder, ["some"], {}))
    (data / "table.json").write_text("[2]")
    versions.append(problem_version(folder, ["some"], {}))
    (data / "more.json").write_text("")
    versions.append(problem_version(folder, ["some"], {}))
    versions.append(problem_version(folder, ["some"], {"draws": "1"}))
    versions.append(problem_version(folder, ["some"], {"draws": "2"}))
    assert len(set(versions)) == len(versions)
    assert problem_version(folder, [], {"a": "1", "b": "2"}) == problem_version(folder, [], {"b": "2", "a": "1"})


def test_declared_engine_version_is_in_the_version(folder, edit):
    edit(folder / "problem.toml", ("[splits]", '[engine_versions]\n"mine/engine" = "1"\n\n[splits]'))
    assert load_spec(folder).engine_versions == {"mine/engine": "1"}


def test_unknown_data_set_names_both_places():
    with pytest.raises(FileNotFoundError, match=r"'nothing' is neither in .*_data.* nor in .*datasets"):
        evaluators.data.dataset_path("nothing")


# ---- finding problems ------------------------------------------------------------------------------------------------


def test_ours_are_found_by_name_and_load():
    assert {"scheduling/single-machine-tardiness", "scheduling/online-flow-time"} <= problem_folders().keys()
    for name in problem_folders():
        assert load_problem(name).spec.name == name


def test_a_folder_of_ones_own_is_found_by_path(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert locate("mine") == folder
    assert load_problem("mine").spec.folder == folder
    assert len(load_problem(str(folder)).instances("train")) == 20


def test_unknown_problems_are_told_those_there_are(tmp_path):
    with pytest.raises(UnknownProblemError, match=r"unknown problem 'scheduling/nothing'; known: kernels/"):
        load_problem("scheduling/nothing")
    with pytest.raises(UnknownProblemError, match=r"has no problem\.toml; `evolve new DIR` makes a skeleton"):
        load_problem(str(tmp_path))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (None, "problem.py is missing; it holds the trusted part, class Problem"),
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("import no_such_module_at_all", "cannot be imported: ModuleNotFoundError"),
        ("def broken(:", "cannot be imported: SyntaxError"),
        ("x = 1", r"it must define class Problem\(evaluators.problem.Problem\)"),
        ("class Problem: pass", r"it must define class Problem\(evaluators.problem.Problem\)"),
        ("from evaluators.problem import Problem", r"it must define class Problem\(evaluators.problem.Problem\)"),
        (
            "import evaluators.problem\nclass Problem(evaluators.problem.Problem): pass",
            "class Problem must define: instances, score",
        ),
    ],
)
def test_trusted_part_that_cannot_be_used(folder, source, said):
    if source is None:
        (folder / "problem.py").unlink()
    else:
        (folder / "problem.py").write_text(source)
    with pytest.raises(TableError, match=said):
        load_problem(str(folder))
