"""`evolve rcbench run`: ask models, solvers and evolved heuristics for feasible schedules; go on where it stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluators.rconstraintbench import TITLE
from evolve.cli.common import (
    DONE,
    FAILED,
    ArchiveOption,
    BadInputError,
    JsonOption,
    SandboxOption,
    check_choice,
    console,
    finish,
    log,
    open_archive,
    print_json,
    printable,
    table,
)
from evolve.cli.interrupting import interruptible

if TYPE_CHECKING:
    from evolve.archive import Archive
    from evolve.llm import Price
    from evolve.rcbench.contestants import ModelOptions
    from evolve.rcbench.results import RunResults

_SHAPING = (
    "set_file", "prompt", "repairs", "json_schema", "temperature", "reasoning_effort", "max_tokens", "batch",
)  # fmt: skip
"""What a run is on record with, so that it cannot be given again."""
_OF_MODELS = (
    "prompt", "repairs", "json_schema", "temperature", "reasoning_effort", "max_tokens", "batch", "batch_poll",
    "base_url", "api_key_env", "concurrency", "timeout", "retries", "usd", "price",
)  # fmt: skip


def run(
    context: typer.Context,
    set_file: Annotated[
        Path | None, typer.Argument(metavar="SET.json", help="Of `evolve rcbench generate`; default: rcbench.json.")
    ] = None,
    model: Annotated[list[str] | None, typer.Option(help="A model's litellm name; may be repeated.")] = None,
    solver: Annotated[
        list[str] | None,
        typer.Option(help="cp-sat, sgs-lft, random-order, all-at-zero or archive:ID; may be repeated."),
    ] = None,
    resume: Annotated[
        list[str] | None, typer.Option(help="Start of the id of a run to go on with, as it was; may be repeated.")
    ] = None,
    prompt: Annotated[str, typer.Option(help="fields (as published), prose or table.")] = "fields",
    repairs: Annotated[int, typer.Option(help="Further turns with the verifier's complaints.", min=0, max=20)] = 0,
    json_schema: Annotated[
        bool, typer.Option("--json-schema", help="Demand the answer's form of the provider.")
    ] = False,
    temperature: Annotated[float | None, typer.Option(help="Default: the model's own.", min=0, max=2)] = None,
    reasoning_effort: Annotated[
        str | None, typer.Option(help="none, minimal, low, medium, high or xhigh; default: the model's own.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(help="Longest answer, reasoning included.", min=1, max=10**7)] = 8192,
    batch: Annotated[bool, typer.Option("--batch", help="Ask by OpenAI's Batch API: cheaper, hours later.")] = False,
    batch_poll: Annotated[float, typer.Option(help="Seconds between looks at a batch.", min=0.01, max=3600)] = 30.0,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible endpoint of your own.")] = None,
    api_key_env: Annotated[str | None, typer.Option(help="Variable of the environment with the key.")] = None,
    concurrency: Annotated[int, typer.Option(help="Calls at once, for each model.", min=1, max=1024)] = 8,
    timeout: Annotated[float, typer.Option(help="Longest silence of a call, in seconds.", min=0.1, max=86400)] = 600.0,
    retries: Annotated[int, typer.Option(help="Further attempts at a call that may pass.", min=0, max=100)] = 5,
    usd: Annotated[
        float | None, typer.Option(help="Spend at most this much on these runs, all starts together.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(help="[MODEL=]INPUT,OUTPUT in USD per million tokens, if litellm knows none; may be repeated."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Ask about this many instances, spread evenly over the set.", min=1)
    ] = None,
    sandbox: SandboxOption = "auto",
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask contestants about a set of instances. The same command again goes on with what is not answered yet."""
    from evaluators.rconstraintbench.reading import InstanceError
    from evolve.campaign.config import SANDBOXES
    from evolve.llm.settings import EFFORTS
    from evolve.rcbench.contestants import ModelOptions
    from evolve.rcbench.prompts import VARIANTS

    check_choice("--prompt", prompt, VARIANTS)
    check_choice("--sandbox", sandbox, SANDBOXES)
    if reasoning_effort is not None:
        check_choice("--reasoning-effort", reasoning_effort, EFFORTS)
    if usd is not None and not 0 < usd < 1e9:
        raise BadInputError(f"--usd is {usd:g}; it must be a positive number")
    if base_url is not None and not base_url.startswith(("http://", "https://")):
        raise BadInputError(f"--base-url is {base_url!r}; it must begin with http:// or https://")
    if bool(resume) == bool(model or solver):
        raise BadInputError(
            "name who takes part, --model NAME or --solver NAME; or go on with runs as they were, --resume RUN alone"
        )
    if resume and (given := _given(context, _SHAPING)):
        raise BadInputError(f"--resume goes on with a run as it was; leave {given} out")
    if solver and not model and (given := _given(context, _OF_MODELS)):
        raise BadInputError(f"{given} is for models, and none takes part; name one, --model NAME, or leave it out")
    others: dict[str, Any] = {"concurrency": concurrency, "timeout_seconds": timeout, "retries": retries,
                              "base_url": base_url, "api_key_env": api_key_env}  # fmt: skip
    with open_archive(archive, create=not resume) as store:
        if resume:
            set_id, contestants, options = _recorded(store, resume, others, price)
            if all(c.kind != "llm" for c in contestants) and (given := _given(context, _OF_MODELS)):
                raise BadInputError(f"{given} is for models, and none of these runs is of one; leave it out")
        else:
            options = ModelOptions(
                prompt=prompt, repairs=repairs, json_schema=json_schema, temperature=temperature,
                reasoning_effort=reasoning_effort, max_tokens=max_tokens, batch=batch,
                prices=_prices(price or [], model or []), **others,
            )  # fmt: skip
            contestants = _contestants(store, model or [], solver or [], options)
            try:
                set_id = _set(store, set_file or Path("rcbench.json"))
            except InstanceError as error:
                raise BadInputError(str(error)) from None
        _drive(store, set_id, contestants, options, sandbox, limit, usd, batch_poll, as_json)


def _given(context: typer.Context, names: tuple[str, ...]) -> str:
    """The first of these parameters that stands on the command line, as it is written there; empty if none does."""
    for name in names:
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE":
            return "SET.json" if name == "set_file" else f"--{name.replace('_', '-')}"
    return ""


def _set(store: Archive, path: Path) -> str:
    from evolve.rcbench.sets import read_set, store_set

    return store_set(store, read_set(path))


def _contestants(store: Archive, models: list[str], solvers: list[str], options: ModelOptions) -> list[Any]:
    from evolve.rcbench.contestants import ARCHIVE_PREFIX, model_contestant, solver_contestant
    from evolve.rcbench.heuristics import heuristic_contestant
    from evolve.rcbench.prompts import Prompts

    prompts = Prompts()
    found = [
        heuristic_contestant(store, name.removeprefix(ARCHIVE_PREFIX))
        if name.startswith(ARCHIVE_PREFIX)
        else solver_contestant(name)
        for name in dict.fromkeys(solvers)
    ]
    return found + [model_contestant(name, options, prompts) for name in dict.fromkeys(models)]


def _recorded(
    store: Archive, prefixes: list[str], others: dict[str, Any], price: list[str] | None
) -> tuple[str, list[Any], ModelOptions]:
    """Set, contestants and options of runs on record; all must be of one set, and models asked in one way."""
    import json

    from evolve.rcbench.contestants import ModelOptions, model_contestant
    from evolve.rcbench.prompts import Prompts
    from evolve.rcbench.results import find_run
    from evolve.rcbench.runs import Contestant

    prompts = Prompts()
    rows = list({row["id"]: row for row in (find_run(store, prefix) for prefix in prefixes)}.values())
    models = [row["model"] for row in rows if row["kind"] == "llm"]
    options = ModelOptions(prices=_prices(price or [], models), **others)
    contestants = []
    for row in rows:
        settings = json.loads(row["settings"])
        contestant = Contestant(row["contestant"], row["kind"], row["model"], settings)
        if row["kind"] == "llm":
            options = ModelOptions.of_run(settings, prices=options.prices, **others)
            contestant = model_contestant(row["model"], options, prompts)
        if contestant.run_id(row["set_id"]) != row["id"]:
            raise BadInputError(f"run {row['id']} was asked with other prompts than this version of evolve has")
        contestants.append(contestant)
    ways = {json.dumps(c.settings, sort_keys=True) for c in contestants if c.kind == "llm"}
    if len({row["set_id"] for row in rows}) > 1 or len(ways) > 1:
        raise BadInputError("--resume: these runs differ in their set or settings; go on with one after another")
    return rows[0]["set_id"], contestants, options


def _prices(given: list[str], models: list[str]) -> Mapping[str, Price]:
    from decimal import Decimal, InvalidOperation

    from evolve.llm import Price

    prices: dict[str, Price] = {}
    for text in given:
        name, equals, numbers = text.rpartition("=")
        try:
            amounts = [Decimal(word.strip()) for word in numbers.split(",")]
        except InvalidOperation:
            amounts = []
        if len(amounts) != 2 or not all(amount.is_finite() and amount >= 0 for amount in amounts):
            raise BadInputError(f"--price is {text!r}; it must be [MODEL=]INPUT,OUTPUT, such as openai/gpt-4o=2.50,10")
        if equals and name not in models:
            raise BadInputError(f"--price names {name!r}, which is not among the models: {', '.join(models)}")
        prices |= dict.fromkeys([name] if equals else models, Price(*amounts))
    return prices


def _drive(
    store: Archive, set_id: str, contestants: list[Any], options: ModelOptions, sandbox: str, limit: int | None,
    usd: float | None, poll_seconds: float, as_json: bool,
) -> None:  # fmt: skip
    from evolve.llm import usd_to_nusd
    from evolve.rcbench.bench import Bench
    from evolve.rcbench.heuristics import heuristics

    with heuristics(store, contestants, sandbox) as solving:
        bench = Bench(
            store, set_id, contestants, options, solving, limit, None if usd is None else usd_to_nusd(usd),
            poll_seconds, lambda line: log(f"evolve: {line}"),
        )  # fmt: skip

        def stop() -> None:
            os.write(2, b"\nevolve: stopping: calls under way are waited for; press Ctrl-C again to stop at once\n")
            bench.stop()

        with interruptible(stop, lambda: "the same command goes on"):
            bench.run()
    document = _document(store, bench.run_ids)
    print_json(document) if as_json else _show(document)
    finish(DONE if all(entry["state"] == "done" for entry in document["contestants"]) else FAILED)


def _document(store: Archive, run_ids: list[str]) -> dict[str, Any]:
    from evolve.rcbench.results import load

    states = {row["id"]: row for row in store.rows("SELECT id, state, stop_reason FROM rcbench_runs")}
    results = load(store, run_ids)
    return {
        "benchmark": TITLE,
        "archive": str(store.path),
        "set": results[0].set_id,
        "instances": results[0].instances,
        "contestants": [
            _entry(result, states[result.run_id]["state"], states[result.run_id]["stop_reason"]) for result in results
        ],
    }


def _entry(result: RunResults, state: str, reason: str) -> dict[str, Any]:
    from evolve.rcbench.results import VERDICTS

    answers = result.answers
    counts: dict[str, int] = {verdict: sum(a.verdict == verdict for a in answers) for verdict in VERDICTS}
    asked = len(answers) - counts["failed"]
    return {
        "run": result.run_id,
        "contestant": result.contestant,
        "kind": result.kind,
        "state": state,
        "stop_reason": reason,
        "answers": asked,
        **counts,
        "feasible_rate": counts["feasible"] / asked if asked else None,
        "usd": sum(a.usd for a in answers),
        "input_tokens": sum(a.input_tokens for a in answers),
        "output_tokens": sum(a.output_tokens for a in answers),
        "mean_seconds": sum(a.seconds for a in answers) / asked if asked else None,
        "model_versions": list(result.model_versions),
        "settings": dict(result.settings),
    }


def _show(document: dict[str, Any]) -> None:
    out = console()
    out.print(f"{TITLE}: {document['instances']} instances, set {document['set'][:12]}", markup=False)
    numbers = ("feasible", "rate", "infeasible", "format", "USD", "s each")
    made = table("contestant", *numbers, "run", numbers=numbers, wrapped=("contestant",))
    for entry in document["contestants"]:
        rate, seconds = entry["feasible_rate"], entry["mean_seconds"]
        made.add_row(
            printable(entry["contestant"]),
            f"{entry['feasible']}/{entry['answers']}",
            "" if rate is None else f"{rate:.1%}",
            str(entry["infeasible"]),
            str(entry["format"]),
            f"{entry['usd']:.4f}",
            "" if seconds is None else f"{seconds:.3g}",
            entry["run"][:8],
        )
    out.print(made, markup=False)
    for entry in document["contestants"]:
        name = printable(entry["contestant"])
        if entry["refused"]:
            out.print(
                f"{name}: {entry['refused']} questions refused by the provider, counted as not feasible", markup=False
            )
        if entry["stop_reason"]:
            out.print(f"{name} stopped: {printable(entry['stop_reason'])}; the same command goes on", markup=False)
