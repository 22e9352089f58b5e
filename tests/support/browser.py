"""A headless Chromium, if this machine has one."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. Where there is none the test is skipped; as root on Debian, where setup installs it, it fails."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        if os.geteuid() == 0 and platform.freedesktop_os_release()["ID"] == "debian":
            pytest.fail("`scripts/setup --tests` installs Chromium here, yet there is none")
        pytest.skip("needs Chromium; on Debian: apt-get install chromium-headless-shell")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, and in most containers, its own sandbox cannot be set up; the pages are ours.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page with what it complained about and what it asked for elsewhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("request", lambda request: self.requests.append(request.url))
