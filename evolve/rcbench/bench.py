"""Running contestants on a set: solvers and evolved heuristics one after another, then all models at the same time."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from evaluators.rconstraintbench.model import Instance, Task
from evaluators.rconstraintbench.solvers import SOLVERS
from evolve.archive import Archive
from evolve.llm import (
    BatchClient,
    BatchLedger,
    Budget,
    LLMClient,
    LLMError,
    SettingsError,
    Spend,
    UnknownPriceError,
    check_models,
)
from evolve.llm.transport import unsupported
from evolve.rcbench.contestants import ModelOptions
from evolve.rcbench.models import ModelRun
from evolve.rcbench.prompts import Prompts
from evolve.rcbench.reading import Reading, judge
from evolve.rcbench.results import instance_of
from evolve.rcbench.runs import Contestant, RunStore
from evolve.rcbench.sets import members

_SAY_SECONDS, _SAY_AT_LEAST_SECONDS = 5.0, 60.0
_ONE_TASK = Instance("abstract", "precedence", 0, 0, 0, 1, (Task(1, "task", 1, 1, ()),), (), (), ())
_COLLECTED_AFTER = 10_000
"""New objects, instead of 700: those of two calls or so."""


class Heuristic(Protocol):
    """What schedules one instance after another."""

    def __call__(self, instance: Instance) -> Reading:
        """A schedule and what it is worth."""
        ...


class Bench:
    """One start of ``evolve rcbench run``.

    Args:
        archive: holds the set and takes the answers.
        set_id: of the set.
        contestants: who takes part.
        options: how models are asked.
        heuristics: contestant's name -> what schedules in its place, for those of kind ``archive``.
        limit: ask about that many instances, spread evenly over the set; None for all.
        cap_nusd: USD cap of all models together, earlier starts of their runs included, in nano-dollars.
        poll_seconds: between two looks at a batch.
        say: told in one line how far it is.

    Raises:
        RunError, SettingsError, UnknownPriceError: one sentence; nothing has been asked then.
    """

    def __init__(
        self,
        archive: Archive,
        set_id: str,
        contestants: Sequence[Contestant],
        options: ModelOptions,
        heuristics: Mapping[str, Heuristic],
        limit: int | None = None,
        cap_nusd: int | None = None,
        poll_seconds: float = 30.0,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._archive, self._heuristics, self._say = archive, heuristics, say
        self._instances = members(archive, set_id, limit)
        self._stopping = threading.Event()
        models = [c for c in contestants if c.kind == "llm"]
        for contestant in models:
            _check(contestant.model, options, capped=cap_nusd is not None)
        self._others = [RunStore(archive, set_id, c) for c in contestants if c.kind != "llm"]
        self._models = self._prepared([RunStore(archive, set_id, c) for c in models], options, cap_nusd, poll_seconds)
        self.run_ids = [c.run_id(set_id) for c in contestants]

    def run(self) -> None:
        """Ask everybody about everything that is not answered yet."""
        for store in self._others:
            self._compute(store)
        if not self._models:
            return
        with _collecting_seldom(), ThreadPoolExecutor(len(self._models)) as pool:
            futures = [pool.submit(self._ask, model) for model in self._models]
            for future in futures:
                future.result()

    def stop(self) -> None:
        """Ask nothing further; answers under way are recorded."""
        self._stopping.set()
        for model in self._models:
            model.client.stop()

    # -- preparing -----------------------------------------------------------------------------------------------------

    def _prepared(
        self, stores: Sequence[RunStore], options: ModelOptions, cap_nusd: int | None, poll_seconds: float
    ) -> list[ModelRun]:
        prompts = Prompts()
        ledgers = [BatchLedger(self._archive, store.id) for store in stores]
        for store, ledger in zip(stores, ledgers, strict=True):
            doubtful = ledger.recover()
            if doubtful:
                self._say(f"{store.contestant.name}: {doubtful} calls of a killed run are in doubt and asked again")
        budget = Budget(cap_nusd, None, sum((ledger.spent() for ledger in ledgers), Spend()))
        runs = []
        for store, ledger in zip(stores, ledgers, strict=True):
            client = LLMClient(options.settings(store.contestant.model), ledger, budget=budget)
            batches = BatchClient(client, ledger, store.contestant.model, poll_seconds) if options.batch else None
            runs.append(ModelRun(store, client, prompts, batches, self._counter(store, options.repairs)))
        return runs

    def _counter(self, store: RunStore, repairs: int = 0) -> Callable[[str], None]:
        """Says now and then, ever less often, how far a run is."""
        whole, done = len(self._instances), len(store.complete(repairs).intersection(self._instances))
        count, started, say_at = 0, 0.0, 0.0

        def heard(_: str) -> None:
            nonlocal count, started, say_at
            now = time.monotonic()
            if count == 0:  # what comes before the first answer, such as importing litellm, says nothing of the rate
                started, say_at = now, now + _SAY_SECONDS
            count += 1
            if now >= say_at:
                say_at = now + min(now - started, _SAY_AT_LEAST_SECONDS)
                rate = (count - 1) / (now - started)
                self._say(f"{store.contestant.name}: {done + count} of {whole} instances, {rate:.1f} a second")

        return heard

    # -- running -------------------------------------------------------------------------------------------------------

    def _ask(self, model: ModelRun) -> None:
        stopped: LLMError | None = None
        try:
            stopped = model.ask(self._instances)
        except BaseException:
            model.store.finish("stopped", "a failure of this program")
            self.stop()
            raise
        repairs = int(model.store.contestant.settings["repairs"])
        self._finish(model.store, repairs, str(stopped) if stopped else "")

    def _compute(self, store: RunStore) -> None:
        complete = store.complete()
        heard = self._counter(store)
        if store.contestant.kind == "solver" and set(self._instances) - complete:
            SOLVERS[store.contestant.model](_ONE_TASK, 0)  # what is imported at first use is part of no answer's time
        for instance_id in self._instances:
            if self._stopping.is_set():
                break
            if instance_id in complete:
                continue
            instance = instance_of(self._archive, instance_id)
            started = time.perf_counter()
            reading = self._solved(store.contestant, instance)
            store.computed(instance_id, reading, time.perf_counter() - started)
            heard(instance_id)
        self._finish(store, 0, "")

    def _solved(self, contestant: Contestant, instance: Instance) -> Reading:
        if contestant.kind == "archive":
            return self._heuristics[contestant.name](instance)
        schedule = SOLVERS[contestant.model](instance, instance.seed)
        if schedule is None:
            return Reading("infeasible", {}, (), "it found no schedule")
        return judge(instance, schedule)

    def _finish(self, store: RunStore, repairs: int, reason: str) -> None:
        left = len(set(self._instances) - store.complete(repairs))
        if not left:
            store.finish("done")
            return
        if not reason and not self._stopping.is_set():
            reason = "some calls got no answer"
        reason = reason or "stopped"
        store.finish("stopped", reason)
        self._say(f"{store.contestant.name}: {left} instances are left: {reason}")


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Garbage is collected less often, and not looked for in what is there already, which outlives the run.

    Going through litellm every few hundred calls, and through what a call makes several times during it, takes a fifth
    of a run's time.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _check(model: str, options: ModelOptions, *, capped: bool) -> None:
    """Everything about a model that can be known before the first call."""
    settings = options.settings(model)
    try:
        check_models(settings, capped)
    except UnknownPriceError:
        raise UnknownPriceError(
            f"--usd needs the price of {model}, which is not known: give it as --price {model}=INPUT,OUTPUT "
            "(USD per million tokens)"
        ) from None
    asked = {
        "--temperature": ("temperature", options.temperature is not None),
        "--reasoning-effort": ("reasoning_effort", options.reasoning_effort is not None),
        "--json-schema": ("response_format", options.json_schema),
    }
    refused = unsupported(model, options.base_url, [name for name, wanted in asked.values() if wanted])
    for option, (name, _) in asked.items():
        if name in refused:
            raise SettingsError(f"{option}: {model} takes none, as far as litellm knows; leave it out")
