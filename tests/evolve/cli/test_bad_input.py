# ruff: noqa: E501 (a table reads best one line a case)
"""Bad input: one sentence on stderr that names the culprit and what is allowed, exit code 2, nothing written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from evaluators.candidate import Candidate
from evolve.archive import Archive, database
from evolve.archive.records import put_candidate
from evolve.campaign.store import process_mark

ONLINE = "scheduling/online-flow-time"
GOOD = "def priority(p, wait, t, jobs, work):\n    return p\n"
NOT_JUDGED = Candidate.of_text(GOOD, "candidate.py", "python")
CAMPAIGN = f'[campaign]\nproblem = "{ONLINE}"\n'
LLM = CAMPAIGN + 'proposer = "llm"\n[llm]\n'

Prepare = Callable[[Path], contextlib.AbstractContextManager[None] | None]


@dataclass(frozen=True)
class Bad:
    """One line of the table.

    Attributes:
        name: of the mistake.
        command: as typed, in a folder that holds ``files``.
        says: what the sentence must name: the culprit, and the allowed values where they can be listed.
        files: written before.
        archive: ``evolve.db`` is that of a finished campaign.
        prepare: does to the folder what files alone cannot; may hold something during the command.
        silent: nothing at all on stdout; else the document of a rejected candidate.
    """

    name: str
    command: str
    says: tuple[str, ...]
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    archive: bool = False
    prepare: Prepare | None = None
    silent: bool = True


def sql(statement: str, *values: object) -> Prepare:
    def change(folder: Path) -> None:
        with contextlib.closing(sqlite3.connect(folder / "evolve.db")) as connection, connection:
            connection.execute(statement, values)

    return change


def make_folder(name: str) -> Prepare:
    return lambda folder: (folder / name).mkdir()


def link_to_nothing(name: str) -> Prepare:
    return lambda folder: (folder / name).symlink_to("gone")


def running_elsewhere(folder: Path) -> None:
    sql("UPDATE campaigns SET state = 'running', driver = ?", process_mark(os.getpid()))(folder)


def stopped_and_problem_changed(folder: Path) -> None:
    sql("UPDATE campaigns SET state = 'stopped', driver = NULL, problem_version = 'before'")(folder)


def stopped_inbox(folder: Path) -> None:
    sql("UPDATE campaigns SET proposer = 'inbox', state = 'stopped', driver = ''")(folder)


def foreign_database(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / "evolve.db")) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")


def damaged(folder: Path) -> None:
    path = folder / "evolve.db"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


@contextlib.contextmanager
def held(folder: Path, *statements: str) -> Iterator[None]:
    """Another process holds a lock on the archive."""
    program = (
        "import sqlite3, sys\nconnection = sqlite3.connect('evolve.db', isolation_level=None)\n"
        f"for statement in {statements!r}: connection.execute(statement)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    try:
        yield
    finally:
        other.communicate()


def twins() -> tuple[str, str, str]:
    """Two sources whose candidates' ids begin with the same four digits, and those digits."""
    seen: dict[str, str] = {}
    for k in range(5000):
        source = f"def priority(p, wait, t, jobs, work):\n    return p + {k}\n"
        start = Candidate.of_text(source, "candidate.py", "python").id[:4]
        if start in seen:
            return seen[start], source, start
        seen[start] = source
    raise AssertionError("no two ids begin alike")


def two_alike(folder: Path) -> None:
    with Archive(folder / "evolve.db") as archive, archive.write() as connection:
        for source in twins()[:2]:
            put_candidate(connection, Candidate.of_text(source, "candidate.py", "python"), "")


def not_judged(folder: Path) -> None:
    with Archive(folder / "evolve.db") as archive, archive.write() as connection:
        put_candidate(connection, NOT_JUDGED, "")


def toml(name: str, text: str, *says: str) -> Bad:
    """A campaign file that is wrong."""
    return Bad(name, "run c.toml", ("c.toml", *says), {"c.toml": text})


def llm(name: str, text: str, *says: str) -> Bad:
    """An ``[llm]`` table that is wrong."""
    return Bad(name, "run c.toml", says, {"c.toml": LLM + text})


def option(words: str, *says: str) -> Bad:
    """An option of `evolve run` that is wrong."""
    return Bad(f"run {words}", f"run {ONLINE} {words}", says)


def problem(name: str, says: tuple[str, ...], **changes: tuple[str, str]) -> Bad:
    """A problem of one's own with one thing wrong: ``file=(old, new)``."""

    def prepare(folder: Path) -> None:
        import evolve.cli.new

        shutil.copytree(evolve.cli.new.SKELETON, folder / "mine", ignore=shutil.ignore_patterns("__pycache__"))
        for file, (old, new) in changes.items():
            path = folder / "mine" / file.replace("__", ".")
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8", errors="surrogateescape")

    return Bad(f"problem: {name}", "eval mine mine/candidate.py", says, prepare=prepare)


TABLE = [
    # What is typed.
    Bad("unknown verb", "evlove", ("evlove", "--help")),
    Bad("unknown verb of archive", "archive shwo", ("shwo", "--help")),
    Bad("unknown option", f"eval {ONLINE} baseline:spt --spilt train", ("--spilt", "--help")),
    Bad("missing argument", "eval", ("problem", "evolve eval --help")),
    Bad("one argument too many", "problems a b", ("b",)),
    Bad("not a number", f"run {ONLINE} --evaluations many", ("--evaluations", "integer")),
    Bad("limit below one", "archive list --limit 0", ("--limit", "equal to 1")),
    # Problems.
    Bad("unknown problem", "problems scheduling/none", ("scheduling/none", ONLINE)),
    Bad("unknown problem to judge", "eval no/such x.py", ("no/such", ONLINE), {"x.py": GOOD}),
    Bad("unknown problem to run", "run no/such", ("no/such", ONLINE)),
    Bad("name longer than a path may be", f"problems {'x' * 300}", ("xxx", "cannot be read")),
    Bad("folder without problem.toml", "eval empty x.py", ("empty", "problem.toml", "evolve new"), {"empty/readme": ""}),
    Bad("malformed problem.toml", "problems mine", ("mine/problem.toml", "not valid TOML"), {"mine/problem.toml": "="}),
    problem("unknown key", ("colour", "allowed", "entry_points"), problem__toml=("language", 'colour = "red"\nlanguage')),
    problem("unknown language", ("language", "cobol", "python"), problem__toml=('"python"', '"cobol"')),
    problem("unknown direction", ("direction", "'up'", "'min', 'max'"), problem__toml=('"min"', '"up"')),
    problem("unknown baseline", ("magic.py", "does not exist"), problem__toml=('"list_scheduling"', '"magic"')),
    problem("negative limit", ("limits.cpu_seconds", "positive", "-1"), problem__toml=("cpu_seconds = 10.0", "cpu_seconds = -1")),
    problem("limit that is text", ("limits.cpu_seconds", "number", "'ten'"), problem__toml=("cpu_seconds = 10.0", 'cpu_seconds = "ten"')),
    problem("unknown split", ("exam", "train, validation, test"), problem__toml=("test =", "exam =")),
    problem("name without family", ("'name'", "family/name", "mine"), problem__toml=("mine/parallel-machines", "mine")),
    problem("more cores than there are", ("4096 cores", "has"), problem__toml=("packages =", "cores = 4096\npackages =")),
    problem("an accelerator", ("accelerator", "cuda"), problem__toml=("packages =", 'accelerator = "cuda"\npackages =')),
    problem("problem.py does not parse", ("problem.py", "SyntaxError"), problem__py=("class Problem", "class class")),
    problem("problem.py without the class", ("problem.py", "class Problem"), problem__py=("class Problem(", "class Other(")),
    problem("statement.md is not text", ("statement.md", "UTF-8"), statement__md=("# Makespan", "\udcff")),
    # Candidates.
    Bad("candidate with a syntax error", f"eval {ONLINE} x.py", ("x.py", "rejected", "line 1"), {"x.py": "def priority(:\n"}),
    Bad("candidate without the function", f"eval {ONLINE} x.py", ("x.py", "rejected", "def priority(p", "other"), {"x.py": "def other(): ...\n"}),
    Bad("candidate with too few arguments", f"eval {ONLINE} x.py", ("x.py", "rejected", "5 arguments"), {"x.py": "def priority(p):\n    return p\n"}),
    Bad("candidate too long", f"eval {ONLINE} x.py", ("x.py", "rejected", "20000 bytes"), {"x.py": GOOD + "#" * 20000}),
    Bad("rejected candidate as JSON", f"eval {ONLINE} x.py --json", ("x.py", "rejected"), {"x.py": "def priority(:\n"}, silent=False),
    Bad("candidate that is a folder", f"eval {ONLINE} there", ("there", "is a folder"), prepare=make_folder("there")),
    Bad("candidate that is missing", f"eval {ONLINE} gone.py", ("gone.py", "No such file")),
    Bad("candidate that is a dangling link", f"eval {ONLINE} x.py", ("x.py", "No such file"), prepare=link_to_nothing("x.py")),
    Bad("candidate that is not UTF-8", f"eval {ONLINE} x.py", ("x.py", "UTF-8"), {"x.py": b"\xff\xfe\x00"}),
    Bad("unknown baseline", f"eval {ONLINE} baseline:nope", ("nope", "fifo", "spt")),
    Bad("unknown id", f"eval {ONLINE} archive:ffff", ("ffff", "evolve.db"), archive=True),
    Bad("id where there is no archive", f"eval {ONLINE} archive:ffff", ("ffff", "evolve.db")),
    Bad("id that is none", f"eval {ONLINE} archive:xyz", ("xyz", "4 hex digits"), archive=True),
    Bad("unknown entry point", f"eval {ONLINE} x.py --entry-point order", ("order", "priority"), {"x.py": GOOD}),
    Bad("unknown split", f"eval {ONLINE} x.py --split exam", ("--split", "exam", "train, validation, test"), {"x.py": GOOD}),
    Bad("unknown stage", f"eval {ONLINE} x.py --stages screen,magic", ("--stages", "magic", "screen, smoke, train"), {"x.py": GOOD}),
    Bad("unknown sandbox", f"eval {ONLINE} x.py --sandbox jail", ("--sandbox", "jail", "auto, docker, bubblewrap"), {"x.py": GOOD}),
    Bad("no ParlayLib there", "eval kernels/filter baseline:serial --parlay-include there", ("--parlay-include", "parlay/parallel.h", "/there", "include folder of a ParlayLib"), prepare=make_folder("there")),
    Bad("ParlayLib for Python", f"eval {ONLINE} baseline:spt --parlay-include there", ("--parlay-include", "C++", "python")),
    # Options of a campaign.
    option("--parlay-include there", "--parlay-include", "C++", "python"),
    Bad("no ParlayLib for a campaign", "run kernels/filter --parlay-include there", ("--parlay-include", "parlay/parallel.h", "/there")),
    option("--proposer magic", "--proposer", "magic", "genetic, random, llm"),
    option("--executor moon", "--executor", "moon", "local, ray"),
    option("--ray-address 10.0.0.1", "--ray-address", "10.0.0.1", "HOST:PORT", "auto"),
    option("--ray-address ray://10.0.0.1:1", "--ray-address", "ray://", "HOST:PORT", "auto"),
    option("--executor local --ray-address auto", "--ray-address", "local"),
    option("--sandbox jail", "--sandbox", "jail", "auto, docker, bubblewrap"),
    option("--format xml", "--format", "xml", "native"),
    option("--entry-point order", "order", "priority"),
    option("--evaluations 0", "--evaluations", "positive", "0"),
    option("--evaluations -5", "--evaluations", "positive", "-5"),
    option("--proposals -1", "--proposals", "positive", "-1"),
    option("--minutes -1", "--minutes", "positive", "-1"),
    option("--minutes nan", "--minutes", "positive", "nan"),
    option("--minutes inf", "--minutes", "positive", "inf"),
    option("--workers 0", "--workers", "positive", "0"),
    option("--usd 1", "--usd", "llm", "genetic"),
    option("--tokens 1000 --proposer random", "--tokens", "llm", "random"),
    option("--usd 0 --model openai/gpt-4o", "--usd", "positive", "0"),
    option("--proposer llm", "--model", "[llm]"),
    option("--model openai/gpt-4o", "openai/gpt-4o", "OPENAI_API_KEY", "api_key_env"),
    option("--model nonsense", "nonsense", "provider/model", "base_url"),
    option("--model openai/x --base-url ftp://here", "base_url", "ftp://here", "http://"),
    option("--model openai/x --base-url http://127.0.0.1:9/v1 --usd 1", "openai/x", "input_per_million"),
    option("--seed-from baseline:nope", "nope", "fifo", "spt"),
    option("--seed-from archive:ffff", "ffff", "evolve.db"),
    option("--seed-from gone.py", "gone.py", "No such file"),
    Bad("seed with a syntax error", f"run {ONLINE} --seed-from x.py", ("x.py", "syntax error in line 1"), {"x.py": "def priority(:\n"}),
    Bad("seed with a syntax error, rehearsed", f"run {ONLINE} --seed-from x.py --dry-run", ("x.py", "syntax error"), {"x.py": "def priority(:\n"}),
    # Campaign files.
    Bad("campaign file that is missing", "run c.toml", ("c.toml", "No such file")),
    Bad("campaign file that is a folder", "run c.toml", ("c.toml", "Is a directory"), prepare=make_folder("c.toml")),
    Bad("campaign file that is a dangling link", "run c.toml", ("c.toml", "No such file"), prepare=link_to_nothing("c.toml")),
    Bad("campaign file that is not UTF-8", "run c.toml", ("c.toml", "not valid TOML"), {"c.toml": b"\xff\xfe"}),
    toml("malformed campaign file", "[campaign\n", "not valid TOML", "line 1"),
    toml("no [campaign]", "[budget]\nminutes = 1\n", "[campaign]", "problem ="),
    toml("[campaign] that is no table", "campaign = 3\n", "campaign", "table"),
    toml("no problem", "[campaign]\nseed = 1\n", "campaign.problem"),
    toml("unknown table", CAMPAIGN + "[magic]\n", "magic", "allowed: budget, campaign, inbox, llm, population, ray"),
    toml("unknown key in [campaign]", CAMPAIGN + "sede = 1\n", "campaign.sede", "seed"),
    toml("unknown key in [budget]", CAMPAIGN + "[budget]\nhours = 1\n", "budget.hours", "minutes"),
    toml("unknown key in [population]", CAMPAIGN + "[population]\nsiez = 1\n", "population.siez", "size"),
    llm("unknown key in [llm]", 'models = ["openai/x"]\nmodle = 1\n', "[llm]", "modle", "models"),
    toml("problem that is no string", "[campaign]\nproblem = 3\n", "campaign.problem", "string", "3"),
    toml("seed that is no number", CAMPAIGN + 'seed = "one"\n', "campaign.seed", "whole number", "'one'"),
    toml("seed_from that is no list", CAMPAIGN + 'seed_from = "x.py"\n', "campaign.seed_from", "list"),
    toml("unknown proposer", CAMPAIGN + 'proposer = "magic"\n', "campaign.proposer", "magic", "'genetic', 'random', 'llm'"),
    toml("no ParlayLib beside a campaign file", '[campaign]\nproblem = "kernels/filter"\nparlay_include = "there"\n', "campaign.parlay_include", "parlay/parallel.h", "/there"),
    toml("unknown executor", CAMPAIGN + 'executor = "moon"\n', "campaign.executor", "moon", "'local', 'ray'"),
    toml("a cluster for another executor", CAMPAIGN + "[ray]\n", "[ray]", "campaign.executor", "'local'"),
    toml("unknown key of the cluster", CAMPAIGN + 'executor = "ray"\n[ray]\nport = 1\n', "ray.port", "address", "wait_minutes"),
    toml("no address of a cluster", CAMPAIGN + 'executor = "ray"\n[ray]\naddress = "here:99999"\n', "ray.address", "here:99999", "auto"),
    toml("no time to wait for a cluster", CAMPAIGN + 'executor = "ray"\n[ray]\nwait_minutes = 0\n', "ray.wait_minutes", "positive"),
    toml("unknown sandbox", CAMPAIGN + 'sandbox = "jail"\n', "campaign.sandbox", "jail", "'auto', 'docker', 'bubblewrap'"),
    toml("no workers", CAMPAIGN + "workers = 0\n", "campaign.workers", "positive", "0"),
    toml("negative repairs", CAMPAIGN + "repairs = -1\n", "campaign.repairs", "negative", "-1"),
    toml("negative budget", CAMPAIGN + "[budget]\nminutes = -1\n", "budget.minutes", "positive", "-1"),
    toml("budget of zero", CAMPAIGN + "[budget]\nevaluations = 0\n", "budget.evaluations", "positive", "0"),
    toml("budget that is no number", CAMPAIGN + "[budget]\nminutes = nan\n", "budget.minutes", "positive", "nan"),
    toml("budget without end", LLM + 'models = ["openai/x"]\n[budget]\nusd = inf\n', "budget.usd", "positive", "inf"),
    toml("share above one", CAMPAIGN + "[population]\nrace_rank = 2.0\n", "population.race_rank", "1", "2.0"),
    toml("size of zero", CAMPAIGN + "[population]\nsize = 0\n", "population.size", "positive", "0"),
    Bad("unknown problem in a campaign file", "run c.toml", ("no/such", ONLINE), {"c.toml": '[campaign]\nproblem = "no/such"\n'}),
    Bad("dollars for a proposer that spends none", "run c.toml", ("--usd", "genetic"), {"c.toml": CAMPAIGN + "[budget]\nusd = 1\n"}),
    Bad("dollars for an inbox", f"run {ONLINE} --inbox box --usd 1", ("--usd", "inbox")),
    Bad("inbox for another proposer", f"run {ONLINE} --proposer genetic --inbox box", ("--inbox", "genetic")),
    Bad("concurrency for a proposer that asks nobody", f"run {ONLINE} --concurrency 3", ("--concurrency", "llm and inbox", "genetic")),
    Bad("no concurrency", f"run {ONLINE} --inbox box --concurrency 0", ("--concurrency", "positive", "0")),
    Bad("inbox below a file", f"run {ONLINE} --inbox file/box", ("file/box", "is no folder"), {"file": ""}),
    toml("unknown key of the inbox", CAMPAIGN + "[inbox]\nkey = 1\n", "inbox.key", "folder", "concurrency"),
    toml("no concurrency of the inbox", CAMPAIGN + "[inbox]\nconcurrency = 0\n", "inbox.concurrency", "positive", "0"),
    toml("folder of the inbox that is no text", CAMPAIGN + "[inbox]\nfolder = 3\n", "inbox.folder", "3"),
    Bad("compare: an inbox", f"compare {ONLINE} --proposers genetic,inbox --evaluations 5", ("--proposers", "inbox", "genetic, random, llm")),
    Bad("inbox: no archive", "inbox answer 1 a.md", ("evolve.db", "there is no archive"), {"a.md": "x"}),
    Bad("inbox: no campaign", "inbox next --wait 0", ("evolve.db", "no inbox campaign", "--proposer inbox")),
    Bad("inbox: none of its campaigns", "inbox status", ("evolve.db", "no inbox campaign"), archive=True),
    Bad("inbox: campaign that does not run", "inbox next --wait 0", ("{campaign}", "does not run (stopped)", "evolve resume"), archive=True, prepare=stopped_inbox),
    Bad("inbox: no such prompt", "inbox answer 7 a.md", ("{campaign}", "no prompt 000007", "open are: none"), {"a.md": "x"}, archive=True, prepare=stopped_inbox),
    Bad("inbox: verdict on no prompt", "inbox verdict 7 --wait 0", ("{campaign}", "no prompt 000007"), archive=True, prepare=stopped_inbox),
    Bad("inbox: prompt zero", "inbox answer 0 a.md", ("NUMBER", "equal to 1"), {"a.md": "x"}, archive=True),
    Bad("inbox: missing answer", "inbox answer 1 gone.md", ("gone.md", "No such file"), archive=True),
    Bad("inbox: answer too long", "inbox answer 1 a.md", ("a.md", "longer than 1000000 bytes"), {"a.md": "x" * 1_000_001}, archive=True),
    Bad("inbox: waiting backwards", "inbox next --wait -1", ("--wait", "-1"), archive=True),
    Bad("mcp: unknown problem", "mcp --run no/such", ("no/such", ONLINE)),
    Bad("mcp: unknown entry point", f"mcp --run {ONLINE} --entry-point nothing", ("nothing", "priority")),
    Bad("mcp: no proposals", f"mcp --run {ONLINE} --proposals 0", ("--proposals", "positive", "0")),
    llm("no models", "max_tokens = 5\n", "model"),
    llm("models that are none", "models = [3]\n", "models"),
    llm("key in a variable that is not set", 'models = ["openai/x"]\napi_key_env = "NOT_SET"\n', "NOT_SET", "not set"),
    llm("temperature too high", 'models = ["openai/x"]\ntemperature = 3.0\n', "temperature", "between 0 and 2", "3.0"),
    llm("price of another model", 'models = ["openai/x"]\n[llm.prices."openai/y"]\ninput_per_million = 1\noutput_per_million = 1\n', "openai/y", "openai/x"),
    # Archives.
    Bad("archive that is a folder", "archive list --archive there", ("there", "is a folder"), prepare=make_folder("there")),
    Bad("archive that is a device", "archive list --archive /dev/null", ("/dev/null", "regular file")),
    Bad("archive that is missing", "archive list", ("evolve.db", "no archive")),
    Bad("archive in a missing folder", f"eval {ONLINE} baseline:spt --archive no/evolve.db", ("no/evolve.db", "does not exist")),
    Bad("archive with too long a name", f"archive list --archive {'x' * 300}", ("xxx", "File name too long")),
    Bad("archive that is text", "archive list", ("evolve.db", "not a SQLite database"), {"evolve.db": "x" * 5000}),
    Bad("archive of another program", f"run {ONLINE} --evaluations 5", ("evolve.db", "another program"), prepare=foreign_database),
    Bad("archive that is damaged", "archive list", ("evolve.db", "damaged"), archive=True, prepare=damaged),
    Bad("archive another process locks", "archive list", ("evolve.db", "locked", "--archive"), archive=True, prepare=lambda folder: held(folder, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE")),
    Bad("archive another process writes to", f"eval {ONLINE} baseline:spt", ("evolve.db", "locked"), archive=True, prepare=lambda folder: held(folder, "BEGIN IMMEDIATE")),
    Bad("nothing to resume", "resume", ("evolve.db", "unfinished"), archive=True),
    Bad("no archive to resume from", "resume", ("evolve.db", "no archive")),
    Bad("unknown campaign", "resume zzzz", ("zzzz", "the latest"), archive=True),
    Bad("campaign that is done", "resume {campaign}", ("{campaign}", "is done", "evolve archive show"), archive=True),
    Bad("campaign that is running", "resume", ("{campaign}", "being run by process"), archive=True, prepare=running_elsewhere),
    Bad("campaign whose problem has changed", "resume", ("{campaign}", "version before", "start a new one"), archive=True, prepare=stopped_and_problem_changed),
    Bad("show: unknown id", "archive show ffff", ("ffff", "evolve.db"), archive=True),
    Bad("show: id too short", "archive show f", ("'f'", "4 hex digits"), archive=True),
    Bad("show: ambiguous id", "archive show {twins}", ("{twins}", "several", "more digits"), archive=True, prepare=two_alike),
    Bad("lineage: unknown id", "archive lineage ffff", ("ffff", "evolve.db"), archive=True),
    Bad("lineage: depth of zero", "archive lineage ffff --depth 0", ("--depth", "equal to 1"), archive=True),
    Bad("diff: unknown id", "archive diff {winner} ffff", ("ffff", "evolve.db"), archive=True),
    Bad("diff: id too short", "archive diff ab {winner}", ("'ab'", "4 hex digits"), archive=True),
    Bad("export: unknown id", "archive export ffff", ("ffff", "evolve.db"), archive=True),
    Bad("export: unknown format", "archive export {winner} --format pdf", ("--format", "pdf", "module"), archive=True),
    Bad("export: never ok", f"archive export {NOT_JUDGED.id[:8]}", (NOT_JUDGED.id[:12], "ended ok"), archive=True, prepare=not_judged),
    Bad("export: into a missing folder", "archive export {winner} --output no/m.py", ("no/m.py", "No such file"), archive=True),
    Bad("list: unknown verdict", "archive list --verdict good", ("--verdict", "good", "ok, rejected"), archive=True),
    Bad("list: unknown campaign", "archive list --campaign zzzz", ("zzzz", "the latest"), archive=True),
    Bad("best: unknown split", "archive best --split test", ("--split", "test", "train, validation"), archive=True),
    Bad("best: unknown problem", "archive best no/such", ("no/such", ONLINE), archive=True),
    # Making a problem.
    Bad("new: into a folder that holds something", "new there", ("there", "not an empty folder"), {"there/file": ""}),
    Bad("new: over a file", "new there", ("there", "not an empty folder"), {"there": ""}),
    Bad("new: below a file", "new there/mine", ("there/mine", "cannot be made"), {"there": ""}),
]  # fmt: skip


def snapshot(folder: Path) -> dict[str, str]:
    """Every path below a folder with what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            content = f"-> {path.readlink()}"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        if "__pycache__" not in path.parts:
            found[path.relative_to(folder).as_posix()] = content
    return found


def the_sentence(stderr: str) -> str:
    """The one line on stderr."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].startswith("evolve: "), stderr
    assert "internal error" not in stderr and "Traceback" not in stderr
    return lines[0]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked archive is waited for, but not in here."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name[:60])
def test_one_sentence_and_exit_code_2(bad: Bad, evolve, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    names = {"{twins}": twins()[2] if "{twins}" in bad.command else ""}
    if bad.archive:
        finished = request.getfixturevalue("finished")
        shutil.copy(finished.archive, tmp_path / "evolve.db")
        names |= {
            "{campaign}": finished.document["campaign"],
            "{winner}": finished.document["winner"]["candidate"][:12],
        }
    for name, content in bad.files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    holding = (bad.prepare(tmp_path) if bad.prepare else None) or contextlib.nullcontext()

    def filled(text: str) -> str:
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    with holding:
        before = snapshot(tmp_path)
        ran = evolve(*shlex.split(filled(bad.command)))
        after = snapshot(tmp_path)
    assert ran.code == 2, (ran.out, ran.err)
    sentence = the_sentence(ran.err)
    for word in bad.says:
        assert filled(word) in sentence
    assert after == before
    if bad.silent:
        assert ran.out == ""
    else:
        assert ran.document()["verdict"] == "rejected"
