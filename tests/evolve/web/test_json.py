"""The archive as JSON: what is told agrees with the archive, is described, and what cannot be had is said."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import PROBLEMS, Landmarks
from evolve.archive import Archive, queries
from evolve.archive.sums import course
from evolve.web.app import make_app

HERE = "http://localhost"


def told(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"/api{path}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def test_campaigns(client: TestClient, filled: Path, where: Landmarks) -> None:
    with Archive(filled) as archive:
        rows = queries.campaigns(archive)
    assert told(client, "/campaigns") == rows
    assert told(client, "/campaigns", limit=1) == rows[:1]
    assert told(client, "/campaigns", before=rows[0]["created_at"]) == rows[1:]
    (comparison,) = told(client, "/comparisons")
    assert comparison["comparison"] == where.comparison


def test_one_campaign(client: TestClient, filled: Path, where: Landmarks) -> None:
    one = told(client, f"/campaigns/{where.campaign}")
    assert one == told(client, f"/campaigns/{where.campaign[:-1]}{where.campaign[-1]}")
    assert one["summary"]["campaign"] == one["report"]["campaign"] == where.campaign
    assert one["config"]["problem"] == one["summary"]["problem"]
    with Archive(filled) as archive:
        found = course(archive, where.campaign)
        (secret,) = archive.rows("SELECT secret FROM campaigns WHERE id = ?", (where.campaign,))
    assert secret[0] not in json.dumps(one)
    assert told(client, f"/campaigns/{where.campaign}/course") == json.loads(json.dumps(found.as_json()))
    cells = told(client, f"/campaigns/{where.campaign}/cells", axis=["numbers", "length"])
    assert [axis["trait"] for axis in cells["axes"]] == ["numbers", "length"]
    assert cells["elites"]
    said = told(client, f"/campaigns/{where.campaign}/insights", containing="after 3 rounds")
    assert [one["prompt"] for one in said] == ["distill"]


def test_candidates_page_by_page(client: TestClient, filled: Path, where: Landmarks) -> None:
    query: dict[str, Any] = {"campaign": where.campaign, "verdict": "ok", "limit": 40}
    numbers: list[int] = []
    page = told(client, "/candidates", **query)
    while True:
        numbers += [row["number"] for row in page["rows"]]
        if page["after"] is None:
            break
        page = told(client, "/candidates", **query, after=page["after"])
    with sqlite3.connect(filled) as connection:
        rows = connection.execute(
            "SELECT number FROM catalog WHERE campaign_id = ? AND verdict = 'ok' ORDER BY number DESC",
            (where.campaign,),
        ).fetchall()
    assert numbers == [row[0] for row in rows]
    found = told(client, "/candidates", search="np.minimum", limit=3)["rows"]
    assert len(found) == 3
    assert all("np.minimum" in row["excerpt"] for row in found)


def test_one_candidate(client: TestClient, filled: Path, where: Landmarks) -> None:
    one = told(client, f"/candidates/{where.candidate[:12]}")
    assert one["candidate"] == where.candidate
    with Archive(filled) as archive:
        assert one == queries.show(archive, where.candidate)
        first = queries.lineage(archive, where.candidate)
    family = told(client, f"/candidates/{where.candidate}/family", limit=50)
    assert family["relatives"][0]["candidate"] == where.candidate
    assert len(family["relatives"]) >= min(len(first), 50)
    (train, *_) = told(client, f"/candidates/{where.candidate}/standings")
    assert len(train["scores"]) == len(train["instances"]) == 32
    detail = told(client, f"/proposals/{one['proposals'][0]['proposal']}")
    assert detail["proposal"]["candidate"] == where.candidate
    diff = told(client, "/diff", one=where.candidate[:10], other=where.popular)
    assert diff["diff"][0].startswith(f"--- {where.candidate[:12]}/")


def test_the_best(client: TestClient, filled: Path) -> None:
    found = told(client, "/best", problem=PROBLEMS[0], split="train", limit=5)
    assert [one["score"] for one in found] == sorted(one["score"] for one in found)
    assert len(found) == 5


def test_choices_and_runs(client: TestClient) -> None:
    assert PROBLEMS[0] in told(client, "/choices")["problems"]
    assert told(client, "/rcbench") == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/candidates?sort=prettiest", 400, "sort is 'prettiest'; allowed: newest"),
        ("/candidates?search=%2B", 400, "needs a word"),
        ("/candidates?after=zzz", 400, "after is 'zzz'"),
        ("/candidates?limit=0", 422, "greater than or equal to 1"),
        ("/candidates/zz", 404, "is not a candidate id"),
        ("/candidates/abcd0123/family", 404, "no candidate's id starts with"),
        ("/campaigns/nobody", 404, "no campaign begins with 'nobody'"),
        ("/campaigns/c0ffee", 404, "several campaigns begin"),
        ("/campaigns/c0ffee00/cells?axis=beauty", 400, "axis is 'beauty'; allowed"),
        ("/proposals/nobody", 404, "no proposal 'nobody'"),
        ("/best?problem=no/such-problem", 404, "is not found on this machine"),
        ("/best?problem=x&split=test", 400, "split is 'test'; allowed: train, validation"),
        ("/rcbench/nobody", 404, "no run's id begins with"),
    ],
)
def test_what_cannot_be_had_is_said_in_json(path: str, status: int, said: str, client: TestClient) -> None:
    answer = client.get(f"/api{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert said in str(answer.json()["detail"])


def test_numbers_that_json_does_not_have_are_null(filled: Path, where: Landmarks, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    path.write_bytes(filled.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE proposals SET score = 9e999")
    rows = told(TestClient(make_app(path), base_url=HERE), "/candidates")["rows"]
    assert {row["score"] for row in rows} == {None}


def test_all_of_it_is_described(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    paths = {path: one["get"] for path, one in described["paths"].items() if path.startswith("/api/")}
    assert len(paths) >= 15
    for path, get in paths.items():
        assert get["description"], path
        assert get["responses"]["200"]["content"]["application/json"]["schema"], path
        assert "404" in get["responses"], path
    listed = described["components"]["schemas"]["Listed"]["properties"]
    assert {"candidate", "verdict", "score", "usd"} <= set(listed)
    asked = {one["name"] for one in paths["/api/candidates"]["parameters"]}
    assert {"search", "sort", "after", "generation", "least"} <= asked


def test_insights_of_all_campaigns(client: TestClient) -> None:
    first = told(client, "/insights", search="np.minimum", limit=2)
    assert [row["excerpt"] for row in first["rows"]] == ["np.minimum beats a chain of branches."] * 2
    (other, *_) = told(client, "/insights", search="np.minimum", limit=2, before=first["before"])["rows"]
    assert other["number"] < first["rows"][1]["number"]
    assert told(client, "/insights", campaign="nobody") == {"rows": [], "before": None}
    assert client.get("/api/insights?search=-").status_code == 400
