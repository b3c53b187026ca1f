"""The real page in headless Chromium: what a user does, sees and can trust."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rag import Kamervraag
from sources import Letter

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
PATIENCE_S = 90
WHO = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
EMBASSY = "Wat vindt het kabinet van de aanvallen op de ambassade in Bagdad?"


@pytest.fixture(scope="module")
def url(kamervraag: Kamervraag) -> Iterator[str]:
    """The address of a chat in a process of its own, ended by its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"KAMERVRAAG_HOME": str(kamervraag.settings.home)}
    process = subprocess.Popen([sys.executable, "-m", "cli", "chat", "--port", str(port)], cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not answers(f"http://127.0.0.1:{port}"):
            assert process.poll() is None, "de chat is gestopt"
            assert time.monotonic() < deadline, "de chat komt niet op"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; playwright brings its own only where it can download."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The page in a fresh profile, with every request on record."""
    context = browser.new_context(locale="nl-NL", viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.requested = []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.requested.append(request.url))  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: pytest.fail(f"een script liep: {dialog.message}"))
    page.goto(url)
    page.set_default_timeout(PATIENCE_S * 1000)
    yield page
    context.close()


def ask(page: Page, question: str) -> None:
    """Type a question, press Enter, wait until its answer stands there."""
    before = page.locator(".antwoord, .geen-antwoord").count()
    page.locator("#vraag textarea").fill(question)
    page.keyboard.press("Enter")
    page.locator(".antwoord, .geen-antwoord").nth(before).wait_for()


def test_a_click_on_a_citation_shows_the_quoted_words(page: Page, letter: Letter) -> None:
    """Ask, read the answer, click [1]: the words stand marked in their letter, in view, verbatim."""
    ask(page, WHO)
    expect(page.locator(".antwoord").last).to_contain_text("bijeengeroepen door Hoge Vertegenwoordiger Josep Borrell")
    expect(page.locator(".antwoord").last).to_contain_text("Stand van zaken op 6 januari 2020")
    page.locator("a.citaat").first.click()
    source = page.locator("article.gekozen")
    expect(source).to_be_focused()
    expect(source).to_contain_text("Kamerstuk 27 925, nr. 692")
    expect(source).to_contain_text("Onder: Geannoteerde agenda ingelaste Raad Buitenlandse Zaken")
    mark = source.locator("mark").first
    expect(mark).to_be_in_viewport()
    assert mark.inner_text() in letter.text
    link = source.get_by_role("link", name="Officiële publicatie")
    assert str(link.get_attribute("href")).startswith("https://zoek.officielebekendmakingen.nl/kst-27925-692.html#:~:text=")


def test_each_turn_keeps_its_own_sources(page: Page) -> None:
    """After a second question, the first answer's [1] still opens the first answer's words."""
    ask(page, WHO)
    ask(page, EMBASSY)
    expect(page.locator("a.citaat").last).to_be_visible()
    page.locator(".antwoord").last.locator("a.citaat").first.click()
    expect(page.locator("article.gekozen mark").first).to_contain_text("veroordeelt de aanvallen")
    page.locator(".antwoord").first.locator("a.citaat").first.click()
    expect(page.locator("article.gekozen mark").first).to_contain_text("Josep Borrell")
    expect(page.locator("article.gekozen mark").first).to_be_in_viewport()


def test_what_is_not_in_the_papers_is_said_so(page: Page) -> None:
    """No citation, what was missing, and the nearest words marked as no answer."""
    ask(page, "Hoeveel F-16's heeft Nederland in Irak?")
    answer = page.locator(".geen-antwoord").last
    expect(answer).to_contain_text("Niet in de stukken")
    expect(answer).to_contain_text("F-16's")
    assert page.locator("a.citaat").count() == 0
    expect(page.locator("#bronnen h2")).to_have_text("Het dichtst in de buurt (geen antwoord)")


def test_a_follow_up_is_read_in_its_context(page: Page) -> None:
    """And the page says how it was read."""
    ask(page, "Wie krijgen er training van Nederland in Noord-Irak?")
    ask(page, "En in Bagdad?")
    expect(page.locator(".antwoord, .geen-antwoord").last).to_contain_text("Gelezen als: Wie krijgen er training van Nederland in Bagdad?")


def test_a_question_is_shown_as_it_was_typed(page: Page) -> None:
    """HTML and Markdown in it stay text, and no script runs."""
    typed = "Wie? <img src=x onerror=alert(1)> [hier](javascript:alert(2)) **vet** $x$ `code`"
    ask(page, typed)
    expect(page.locator("#gesprek")).to_contain_text(typed)
    assert page.locator("#gesprek img[src='x'], #gesprek a[href^='javascript']").count() == 0


def test_an_error_is_a_calm_sentence(page: Page) -> None:
    """A question that is too long gets what to do, and the next question is answered."""
    page.locator("#vraag textarea").fill("waarom " * 3000)
    page.keyboard.press("Enter")
    expect(page.locator("#gesprek .fout")).to_contain_text("Stel de vraag korter")
    ask(page, WHO)
    expect(page.locator(".antwoord").last).to_contain_text("Josep Borrell")


def test_an_example_answers_and_a_new_conversation_starts_clean(page: Page) -> None:
    """Examples are there while nothing was asked."""
    page.locator(".voorbeeld").first.click()
    page.locator("a.citaat").first.wait_for()
    expect(page.locator(".voorbeeld").first).to_be_hidden()
    page.locator("#nieuw").click()
    expect(page.locator(".voorbeeld").first).to_be_visible()
    assert page.locator("a.citaat").count() == 0


def test_the_page_says_up_to_when_it_knows(page: Page) -> None:
    """The date of the newest paper in the index."""
    expect(page.locator("#actueel")).to_have_text("De index loopt tot en met 6 januari 2020 (1 stuk).")


def test_nothing_is_fetched_from_outside(page: Page, url: str) -> None:
    """Every request of loading and asking goes to the program itself."""
    ask(page, WHO)
    requested = page.requested  # type: ignore[attr-defined]
    assert len(requested) > 10
    assert [r for r in requested if not re.match(rf"{url}/|data:|blob:", r)] == []


def test_two_users_do_not_see_each_other(browser: Browser, url: str, page: Page) -> None:
    """What one asks is not on the other's page."""
    ask(page, WHO)
    other = browser.new_context().new_page()
    other.goto(url)
    other.locator("#vraag textarea").wait_for()
    assert other.locator(".antwoord").count() == 0
    other.context.close()


@pytest.mark.parametrize("width", [390, 768, 1920])
def test_no_page_is_wider_than_its_screen(page: Page, width: int) -> None:
    """From a phone to a wide screen, with an answer on it."""
    page.set_viewport_size({"width": width, "height": 844})
    ask(page, WHO)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
