"""The bandit: drawn by weight at first, by what paid after that, and the same after a resume."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from random import Random

import pytest

from evolve.archive import Archive
from evolve.archive.arms import arms
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig
from evolve.proposers.llm.bandit import Arm, draw, rewards
from evolve.proposers.llm.record import Outcome, Record

ARMS = [Arm(model, operator) for model in ("small", "large") for operator in ("rewrite", "diff", "tune")]
PAYING = Arm("large", "tune")


def outcome(ordinal: int, arm: Arm, gain: float, nusd: int = 0, calls: int = 1) -> Outcome:
    return Outcome(ordinal, *arm, "", 10.0, 10.0 - gain, calls, nusd)


def simulate(chances: dict[Arm, float], proposals: int, seed: int, prices: dict[str, int] | None = None) -> list[Arm]:
    """Arms drawn where each improves with the given chance (others never), at a price in nano-dollars."""
    rng, outcomes, drawn = Random(seed), [], []
    for ordinal in range(1, proposals + 1):
        arm = draw(dict.fromkeys(ARMS, 1.0), outcomes, ordinal, 1.0, Random(f"{seed}/{ordinal}"))
        gain = rng.expovariate(1.0) if rng.random() < chances.get(arm, 0.0) else -1.0
        outcomes.append(outcome(ordinal, arm, gain, (prices or {}).get(arm.model, 0)))
        drawn.append(arm)
    return drawn


def test_untried_arms_are_drawn_by_their_weights():
    weights = {ARMS[0]: 6.0, ARMS[1]: 3.0, ARMS[2]: 1.0}
    counts = Counter(draw(weights, [], 1, 1.0, Random(seed)) for seed in range(4000))
    assert {arm: counts[arm] / 4000 for arm in weights} == pytest.approx(
        {ARMS[0]: 0.6, ARMS[1]: 0.3, ARMS[2]: 0.1}, abs=0.03
    )


def test_a_reward_is_the_rank_of_an_improvement():
    made = [outcome(k, ARMS[0], gain) for k, gain in enumerate([-5.0, 0.0, 0.001, 100.0, 0.5, 0.5])]
    assert rewards(made, 1.0, [1.0] * 6) == [0.0, 0.0, 0.25, 1.0, 0.625, 0.625]
    assert rewards(made, -1.0, [1.0] * 6) == [1.0] + [0.0] * 5
    assert rewards([], 1.0, []) == []


def shortened(ordinal: int, size: int, parent_size: int, gain: float = 0.0, score: float = 9.0) -> Outcome:
    return Outcome(ordinal, "small", "simplify", "", score + gain, score, 1, 0, size, parent_size)


def test_a_program_that_is_as_good_and_clearly_shorter_pays_what_is_paid_on_average():
    made = [
        outcome(1, ARMS[0], 1.0),
        shortened(2, 91, 100),  # hardly shorter
        shortened(3, 70, 100),
        shortened(4, 69, 100),  # the same again, of the same parent
        shortened(5, 60, 69),
        shortened(6, 50, 100, gain=-0.1),  # worse
        shortened(7, 50, 100, gain=2.0),  # better: paid for that
        shortened(8, 90, 100, score=5.0),  # shortened to another score
        outcome(9, ARMS[1], 0.0),
        Outcome(10, *ARMS[0], "", 9.0, None, 1, 0),
    ]
    mean = (0.5 + 1.0) / 10
    assert rewards(made, 1.0, [1.0] * 10) == [0.5, 0.0, mean, 0.0, mean, 0.0, 1.0, mean, 0.0, 0.0]
    late = [0.0] * 6 + [1.0] * 4
    assert rewards(made, 1.0, late)[7] == 0.25
    assert not any(rewards(made[1:4], 1.0, [1.0] * 3))  # nothing improves: there is nothing to share


def test_an_operator_that_only_shortens_is_kept_and_takes_over_nothing():
    """Beside five operators of which one improves once in eight and the others once in sixteen."""
    names = ("rewrite", "diff", "crossover", "tune", "explain", "simplify")
    drawn: dict[float, Counter[str]] = {0.0: Counter(), 1.0: Counter()}
    for chance, seed in product(drawn, range(4)):
        rng, outcomes = Random(seed), []
        for ordinal in range(1, 401):
            weights = dict.fromkeys([Arm("small", name) for name in names], 1.0)
            arm = draw(weights, outcomes, ordinal, 1.0, Random(f"{seed}/{ordinal}"))
            drawn[chance][arm.operator] += ordinal > 200
            lucky = rng.random()
            if arm.operator == "simplify":
                outcomes.append(shortened(ordinal, 80 if lucky < chance else 99, 100, score=float(ordinal)))
            else:
                improves = lucky < (0.125 if arm.operator == "diff" else 0.0625)
                outcomes.append(outcome(ordinal, arm, rng.expovariate(1.0) if improves else -1.0))
    useless, useful = (drawn[chance]["simplify"] / drawn[chance].total() for chance in (0.0, 1.0))
    assert useless + 0.03 < useful < 1.2 / len(names), drawn
    assert drawn[1.0]["diff"] > 1.5 * drawn[1.0]["simplify"]


@pytest.mark.parametrize("chance", [0.9, 0.3])
def test_the_arm_that_pays_is_asked_most(chance):
    shares = [Counter(simulate({PAYING: chance}, 300, seed)[200:])[PAYING] / 100 for seed in range(10)]
    assert sum(shares) / 10 > (0.85 if chance == 0.9 else 0.6), shares


def test_of_two_that_pay_alike_the_cheaper_is_asked_more():
    chances = {Arm(model, "tune"): 0.4 for model in ("small", "large")}
    last = Counter(a for seed in range(10) for a in simulate(chances, 200, seed, {"small": 100, "large": 500})[100:])
    assert last[Arm("small", "tune")] > 4 * last[Arm("large", "tune")]


def test_what_paid_long_ago_is_forgotten():
    weights = dict.fromkeys(ARMS, 1.0)
    early = [outcome(k, PAYING if k % 2 else ARMS[k // 2 % 5], float(k % 2)) for k in range(1, 120)]
    share = [
        sum(draw(weights, early, ordinal, 1.0, Random(seed)) == PAYING for seed in range(300)) / 300
        for ordinal in (120, 2000)
    ]
    assert share[0] > 0.9 and share[1] == pytest.approx(1 / 6, abs=0.08)


def test_calls_are_what_costs_where_nothing_costs_money():
    made = [outcome(k, ARMS[k % 2], 1.0 + k, calls=1 + 3 * (k % 2)) for k in range(200)]
    drawn = Counter(draw(dict.fromkeys(ARMS[:2], 1.0), made, 200, 1.0, Random(seed)) for seed in range(100))
    assert drawn[ARMS[0]] > 90


NOISY = "def priority(p, wait, t, jobs, work):\n    return p + 25.0 * ((p * 37) % 11)\n"


def config(url: str, tmp_path, proposals: int, **llm: object) -> CampaignConfig:
    source = tmp_path / "noisy.py"
    source.write_text(NOISY)
    models = {"models": ["openai/alpha", "openai/beta"], "base_url": url, "concurrency": 1, **llm}
    return CampaignConfig(
        problem="scheduling/online-flow-time", proposer="llm", seed=5, workers=1, seed_from=(str(source),),
        bounds=Bounds(proposals=proposals), llm=models,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")


def test_a_campaign_ends_up_asking_the_one_who_answers_well(serve, tmp_path):
    """Two models, three operators; only one model answers well, and only when asked for one focused change."""
    server = serve(paying=["beta", "one focused change"])
    weights = {"rewrite": 1, "diff": 1, "tune": 1}
    prices = {"input_per_million": 1.0, "output_per_million": 4.0}
    wanted = config(server.url, tmp_path, 100, weights=weights, prices=prices)
    with Archive(tmp_path / "a.db") as archive:
        with session.start(wanted, archive, lambda opened: None, lambda message: None) as opened:
            document = opened.finish(opened.search(), test=False)
        assert document["arms"] == arms(archive, document["campaign"], "min")
        last = Counter(row["asked"] for row in archive.rows("SELECT asked FROM proposals WHERE ordinal > 60"))
    first, *others = document["arms"]
    assert (first["model"], first["operator"]) == ("openai/beta", "diff")
    assert first["proposals"] > 45 and last["diff"] > 24, (last, document["arms"])
    assert first["improved"] > 0.5 * first["proposals"] and not any(arm["improved"] for arm in others)
    assert len(others) == 5
    assert sum(arm["proposals"] for arm in document["arms"]) == 100
    assert sum(arm["usd"] for arm in document["arms"]) == pytest.approx(document["usd"])
    assert first["usd_per_improvement"] == pytest.approx(first["usd"] / first["improved"])
    assert others[0]["usd_per_improvement"] is None


def asked(archive: Archive) -> list[tuple[str, str, str]]:
    """Operator, model and question of each call, in the order of the proposals."""
    rows = archive.rows(
        "SELECT prompt_name, model, messages FROM llm_calls WHERE proposal_id NOT LIKE '%insights%' "
        "ORDER BY proposal_id, turn"
    )
    return [(row[0], row[1], json.loads(row[2])[-1]["content"]) for row in rows]


@pytest.mark.parametrize(
    ("script", "llm"),
    [
        ({"paying": ["beta", "The current program"]}, {}),
        (
            {"paying": ["beta", "an idea"], "shortening": "shorter program"},
            {"weights": {"rewrite": 2, "simplify": 2, "tune": 1}},
        ),
    ],
)
def test_a_resumed_campaign_asks_what_it_would_have_asked(script, llm, serve, tmp_path):
    """Arms, insights and temperatures follow from the archive: stopping in the midst changes no question."""
    found = []
    for name, stops in (("straight", False), ("stopped", True)):
        server = serve(**script)
        temperature = {"schedule": "stagnation", "from": 0.2, "to": 1.0, "over": 20}
        wanted = config(server.url, tmp_path, 16, distill=5, temperature=temperature, **llm)
        with Archive(tmp_path / f"{name}.db") as archive:

            def beat(opened: session.Session, stops: bool = stops) -> None:
                if stops and opened.progress.statuses.total() >= 8:
                    opened.engine.stop()

            with session.start(wanted, archive, beat, lambda message: None) as opened:
                ending = opened.search()
            if stops:
                assert ending.state == "stopped"
                with session.resume(None, archive, lambda opened: None, lambda message: None) as opened:
                    assert opened.search().reason == "proposals"
            found.append((asked(archive), [row["temperature"] for row in server.log]))
            summaries = archive.rows("SELECT proposal_id FROM llm_calls WHERE proposal_id LIKE '%insights%'")
            assert len(summaries) == len(set(summaries)) > 0
    assert found[0] == found[1]
    assert any("What was tried so far" in question for _, _, question in found[0][0])


def test_what_was_shortened_pays_in_a_campaign(serve, tmp_path):
    """Read from the archive as a resumed campaign reads it: sizes are those of the programs there."""
    server = serve(paying=["beta", "an idea"], shortening="shorter program")
    wanted = config(server.url, tmp_path, 24, models=["openai/beta"], weights={"rewrite": 1, "simplify": 1})
    source = tmp_path / "noisy.py"
    source.write_text(f"{NOISY.rstrip()} + 0 * wait + 0 * t + 0 * work\n")
    record = Record()
    with (
        Archive(tmp_path / "a.db") as archive,
        session.start(wanted, archive, lambda opened: None, lambda message: None) as opened,
    ):
        opened.search()
        for observation in opened.store.observations(100):
            record.learn(observation)
    outcomes = record.recent(0)
    paid = rewards(outcomes, 1.0, [1.0] * len(outcomes))
    as_good = [one for one in outcomes if one.operator == "simplify" and one.score == one.parent_score is not None]
    assert as_good and all(one.size == one.parent_size - 4 for one in as_good)
    assert {one.size for one in outcomes if one.operator != "simplify"} == {0}
    assert any(reward for one, reward in zip(outcomes, paid, strict=True) if one in as_good)
