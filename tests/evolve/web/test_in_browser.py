"""The pages in a headless Chromium, as a person uses them: mouse, keyboard, light, dark, narrow, and under attack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import served

from benchmarks.synthetic_archive import Landmarks
from tests.support.browser import Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NARROW, WIDE = 390, 1280


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A page of a context of its own, which must not complain."""
    context = browser.new_context(viewport={"width": WIDE, "height": 900})
    watched = Watched(context.new_page())
    watched.page.set_default_timeout(10_000)
    yield watched
    context.close()
    assert watched.complaints == []


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page


def every_page(where: Landmarks) -> list[str]:
    return [
        "/",
        f"/campaigns/{where.campaign}",
        f"/campaigns/{where.campaign}/map",
        f"/candidates?campaign={where.campaign}",
        "/candidates?search=np.minimum",
        "/insights",
        f"/comparisons/{where.comparison}",
        f"/candidates/{where.candidate}",
        f"/candidates/{where.candidate}/family",
        f"/diff?one={where.candidate}&other={where.popular}",
        "/rcbench",
    ]


def test_everything_comes_from_this_server(watched: Watched, site: str, where: Landmarks) -> None:
    for path in every_page(where):
        watched.page.goto(site + path)
        assert watched.page.locator("h1").count() == 1
    assert all(request.startswith(site) for request in watched.requests)


def test_from_the_list_to_a_candidate_and_its_family(page: Page, site: str, where: Landmarks) -> None:
    page.goto(site)
    page.get_by_role("link", name=where.campaign).click()
    assert page.get_by_role("heading", name="Best so far").is_visible()
    page.get_by_role("link", name="Family of its best").click()
    ancestors = page.locator("svg.chart a")
    assert ancestors.count() > 3
    ancestors.first.click()
    page.wait_for_url(re.compile(r"/candidates/[0-9a-f]{64}$"))
    assert page.get_by_role("heading", name="Program").is_visible()


def test_a_wide_family_opens_at_its_youngest_with_the_keys_in_sight(
    browser: Browser, site: str, where: Landmarks
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 600})
    page.goto(f"{site}/candidates/{where.candidate}/family?nearest=100")
    tree = page.locator("[data-end] figure > .chart-scroll")
    assert tree.evaluate("tree => tree.scrollWidth > tree.clientWidth")
    page.wait_for_selector(".keys[transform]", state="attached")
    inside = """(tree, part) => {
      const box = tree.querySelector(part).getBoundingClientRect(), room = tree.getBoundingClientRect();
      return box.left >= room.left && box.right <= room.right && box.top >= room.top && box.bottom <= room.bottom;
    }"""
    assert tree.evaluate(inside, ".ink-line") and tree.evaluate(inside, ".keys")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    tree.evaluate("tree => tree.scrollTo({left: 0, top: 0, behavior: 'instant'})")
    page.wait_for_selector(".keys[transform='translate(0 0)']", state="attached")
    page.close()


def test_a_cell_of_the_map_opens_who_lives_there(page: Page, site: str, where: Landmarks) -> None:
    page.goto(f"{site}/campaigns/{where.campaign}/map")
    cell = page.locator("svg.chart a").first
    leads_to = cell.get_attribute("href")
    cell.click()
    page.wait_for_url(f"{site}{leads_to}")


def test_searching_and_filtering_follow_what_is_typed(page: Page, site: str) -> None:
    page.goto(f"{site}/candidates")
    page.evaluate("window.same = true")
    everything = page.locator("#found tbody tr").count()
    page.get_by_label("Verdict").select_option("time_limit")
    page.wait_for_url(re.compile("verdict=time_limit"))
    assert 0 < page.locator("#found tbody tr").count() < everything
    assert set(page.locator("#found tbody .badge").all_inner_texts()) == {"time limit"}
    page.get_by_label("Search").fill("nothing_is_called_so")
    page.wait_for_url(re.compile("search=nothing_is_called_so"))
    page.get_by_text("Nothing fits.").wait_for()
    page.get_by_role("link", name="Clear").click()
    page.wait_for_url(f"{site}/candidates")
    page.get_by_label("Search").fill("minimum")
    page.locator("tr.excerpt code").first.wait_for()
    assert "minimum" in page.locator("tr.excerpt code").first.inner_text()


def test_two_candidates_are_compared_from_the_page_of_one(page: Page, site: str, where: Landmarks) -> None:
    page.goto(f"{site}/candidates/{where.candidate}")
    page.get_by_label("Compare with").fill(where.popular[:10])
    page.get_by_role("button", name="Compare").click()
    assert page.locator(".diff tr.changed").count() >= 1
    page.get_by_role("link", name="Swap").click()
    assert page.get_by_role("textbox", name="One").input_value() == where.popular


def test_dark_follows_the_system_until_it_is_chosen(browser: Browser, site: str) -> None:
    def ground(page: Page) -> int:
        """How light it is, to 255."""
        found = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(re.findall(r"\d+", found)[0])

    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(site)
    assert ground(page) < 50
    switch = page.get_by_role("button", name="Theme")
    switch.click()
    assert (switch.inner_text(), ground(page) > 200) == ("Theme: light", True)
    page.reload()
    assert (switch.inner_text(), ground(page) > 200) == ("Theme: light", True)
    switch.click()
    switch.click()
    assert (switch.inner_text(), ground(page) < 50) == ("Theme: system", True)
    context.close()


def test_the_keyboard_is_enough(page: Page, site: str, where: Landmarks) -> None:
    def focused() -> str:
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    page.goto(site)
    page.keyboard.press("Tab")
    assert focused() == "Skip to the content"
    assert page.get_by_role("link", name="Skip to the content").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # the table, which scrolls
    page.keyboard.press("Tab")
    assert focused() == where.campaign
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/campaigns/{where.campaign}")


def test_narrow_pages_scroll_one_way_only(browser: Browser, site: str, where: Landmarks) -> None:
    context = browser.new_context(viewport={"width": NARROW, "height": 800})
    page = context.new_page()
    too_wide = []
    for path in every_page(where):
        page.goto(site + path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append(path)
    context.close()
    assert too_wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_is_found(browser: Browser, site: str, where: Landmarks, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDE, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    # What the pages consist of is the same in both: in the dark only colours are looked at.
    rules = None if scheme == "light" else {"runOnly": ["color-contrast"]}
    found = []
    for path in every_page(where):
        page.goto(site + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found += [
            (path, violation["id"], violation["nodes"][0]["html"][:200])
            for violation in Axe().run(page, options=rules).response["violations"]
            if violation["impact"] != "minor"
        ]
    context.close()
    assert found == []


def test_a_hostile_candidate_does_nothing(browser: Browser, hostile: tuple[Path, str], where: Landmarks) -> None:
    path, candidate = hostile
    context = browser.new_context()
    watched = Watched(context.new_page())
    with served(path) as address:
        site = address.rstrip("/")
        places = [
            *every_page(where),
            f"/candidates/{candidate}",
            f"/candidates/{candidate}/family",
            "/candidates?search=window",
            "/insights",
        ]
        places.append(f"/diff?one={where.popular}&other={candidate}")
        for place in places:
            watched.page.goto(site + place)
            assert watched.page.evaluate("window.taken") is None, place
        watched.page.goto(f"{site}/candidates/{candidate}")
        shown = watched.page.get_by_role("group", name="Source of").inner_text()
    context.close()
    assert "window.taken = 1" in shown
    assert "␛[31mred" in shown
    assert "access‹U+202E›" in shown
    assert watched.complaints == []
    assert all(request.startswith(site) for request in watched.requests)
