"""The page of a report in a browser: no error, no request, tables that can be sorted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import interlab_evals as ev

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

RECORDS = Path(__file__).parent / "records"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; a test fails without it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "`chromium` is missing: `make test-browser` installs it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ev.report(RECORDS / "negotiation", tmp_path_factory.mktemp("paper")).directory / "report.html"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1100, "height": 900})
    yield opened
    opened.close()


def test_the_page_opens_without_an_error_or_a_request(page: Page, report: Path) -> None:
    said: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_load_state("networkidle")
    assert said == []
    assert requests == [report.as_uri()]
    assert page.title() == "Report on negotiation"
    assert page.locator("table").count() >= 10
    assert page.locator("figure svg").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_click_on_a_heading_sorts_the_table(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    table = page.locator("table").filter(has_text="players by wins in payoff").first
    heading = table.locator("thead th").nth(2)

    def won() -> list[int]:
        return [int(each) for each in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]

    heading.click()
    first = won()
    heading.click()
    assert [first, won()] in ([sorted(first), sorted(first)[::-1]], [sorted(first)[::-1], sorted(first)])
