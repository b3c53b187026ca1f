"""The real page in headless Chromium: what a user does, sees and can trust."""

import asyncio
import base64
import datetime as dt
import html
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import docx
import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from gradio.routes import App
from gradio_client.utils import apply_diff
from playwright.sync_api import Browser, Page, expect, sync_playwright
from scripted import Endpoints, endpoint, line
from standin import StandIn
from starlette.requests import Request
from starlette.testclient import TestClient
from test_readers import pdf

import ui
from index.embedder import WordEmbedder
from rag import Answer, Citation, Claim, Declined, Kamervraag, Settings, Turn, feedback, rendering
from rag.kamervraag import Neighbours
from rag.library import Library
from rag.line import Line
from rag.llm import Endpoint
from rag.reading import NoReader
from rag.sign_in import SignIn, is_this_machine, keep_user
from rag.texts import (
    MODEL_ABSENT,
    ONLY_QUOTES,
    WENT_WRONG,
    Text,
    in_dutch,
    in_english,
    joined,
)
from sources import Identity, Kind, Letter, Paragraph
from sources.errors import BadQuestion, BadSetting, PortInUse
from sources.http import Client
from sources.koop import Koop
from sources.links import Link, LinkKind
from sources.tweedekamer import TweedeKamer

browser_test = pytest.mark.browser
ROOT = Path(__file__).parents[1]
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
PATIENCE_S = 90
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WHO = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
EMBASSY = "Wat vindt het kabinet van de aanvallen op de ambassade in Bagdad?"
SLUICE = "Hoeveel kost het herstel van de havensluis in Zierikzee?"
expect.set_options(timeout=PATIENCE_S * 1000)


@contextmanager
def serving(kamervraag: Kamervraag, command: Callable[[int], list[str]]) -> Iterator[str]:
    """The address of a chat in a process of its own, ended by its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"KAMERVRAAG_HOME": str(kamervraag.settings.home)}
    process = subprocess.Popen([sys.executable, *command(port)], cwd=ROOT, env=environment)
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


@contextmanager
def hosting(program: Kamervraag, sign_in: SignIn | None = None, *, loaded: bool = True) -> Iterator[str]:
    """The address of the same pages in this process, with whatever models the program has."""
    models = ui.Models(program)
    models.ready = loaded
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = ui.application(program, models, sign_in or SignIn())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline, "de chat komt niet op"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)


class Held(Kamervraag):
    """Does not load its models, or does not answer, while it is held."""

    def __init__(self, program: Kamervraag, *, loading: bool = False) -> None:
        super().__init__(program.settings, embedder=program.embedder, reader=program.reader)
        self._loading_held = loading
        self.gate = threading.Event()

    def prepare(self) -> None:
        if self._loading_held:
            assert self.gate.wait(PATIENCE_S)
        super().prepare()

    def ask(self, *arguments: Any, **options: Any) -> Answer:
        assert self.gate.wait(PATIENCE_S)
        return super().ask(*arguments, **options)


def papers(home: Path, like: Kamervraag, *those: tuple[str, str, dict[str, Any]]) -> Kamervraag:
    """A program with the models of another over the shipped letter and these papers: (id, text, what is known of it)."""
    (home / "letters").mkdir(parents=True)
    for name, text, facts in those:
        dossier, number = re.fullmatch(r"kst-(\d+)-(\d+)", name).groups()  # type: ignore[union-attr]  # it is one
        (home / "letters" / f"{name}.txt").write_text(text, encoding="utf-8")
        known = {"id": name, "title": f"Brief {number}", "dossier": dossier, "number": number} | facts
        (home / "letters" / f"{name}.json").write_text(json.dumps(known), encoding="utf-8")
    program = Kamervraag(Settings(home=home), embedder=like.embedder, reader=like.reader)
    program.index()
    return program


@pytest.fixture(scope="module")
def url(kamervraag: Kamervraag) -> Iterator[str]:
    """The chat as a user starts it."""
    with serving(kamervraag, lambda port: ["-m", "cli", "chat", "--port", str(port)]) as address:
        yield address


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
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(url)
    yield page
    context.close()


def ask(page: Page, question: str) -> None:
    """Type a question, press Enter, wait until its answer stands there."""
    before = page.locator(".antwoord, .geen-antwoord").count()
    send(page, question)
    page.locator(".antwoord, .geen-antwoord").nth(before).wait_for()


def refused(page: Page, question: str) -> None:
    """Type what cannot be asked and press Enter; it comes back into the text box at once."""
    expect(page.locator("#stop")).to_be_hidden()
    page.locator("#vraag textarea").fill(question)
    page.locator("#vraag textarea").press("Enter")


def send(page: Page, question: str) -> None:
    """Type a question and press Enter; again where the page had not quite put the answer before it away."""
    box = page.locator("#vraag textarea")
    box.fill(question)
    for _ in range(5):
        box.press("Enter")
        try:
            expect(box).to_have_value("", timeout=PATIENCE_S * 200)
        except AssertionError:
            continue
        return
    pytest.fail("de vraag wordt niet aangenomen")


@browser_test
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
    if folder := os.environ.get("KAMERVRAAG_PICTURES"):  # `make picture`: the README shows what this test saw
        page.screenshot(path=Path(folder) / "page.png")
    assert str(page.locator("a.citaat").first.get_attribute("title")) in letter.text
    link = source.get_by_role("link", name="Officiële publicatie")
    assert str(link.get_attribute("href")).startswith("https://zoek.officielebekendmakingen.nl/kst-27925-692.html#:~:text=")


@browser_test
def test_a_quote_is_copied_with_its_source(page: Page, letter: Letter) -> None:
    """The words and the paper in the form the Kamer uses, ready to paste."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, WHO)
    button = page.locator("#bronnen button.kopieer").first
    button.click()
    expect(button).to_have_text("Gekopieerd")
    copied = page.evaluate("navigator.clipboard.readText()")
    quote = re.fullmatch(r"«(.+)» \(Kamerstuk 27 925, nr. 692, alinea \d+\)", copied)
    assert quote
    assert quote[1] in letter.text


@browser_test
def test_a_whole_answer_is_copied_with_its_sources(page: Page, letter: Letter) -> None:
    """Sentence and quote, ready to paste; the button says that it did and then what it does."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, WHO)
    button = page.locator("#gesprek button.kopieer").last
    expect(button).to_have_text("Kopieer antwoord met bronnen")
    button.click()
    expect(button).to_have_text("Gekopieerd")
    said, *rest = page.evaluate("navigator.clipboard.readText()").split("\n")
    sources = [each for each in rest if each.startswith("[")]
    assert "Stand van zaken op 6 januari 2020" in rest
    assert "Josep Borrell" in said
    assert said.endswith("]")
    for source in sources:
        quote = re.fullmatch(r"\[\d\] «(.+)» \(Kamerstuk 27 925, nr. 692, alinea \d+\)", source)
        assert quote
        assert quote[1] in letter.text
    expect(button).to_have_text("Kopieer antwoord met bronnen")


@browser_test
def test_a_paper_that_the_text_names_is_read_or_fetched_from_there(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One click on its name: it stands above the sources, and how it went stands above that; at the next click it is read."""
    (tmp_path / "letters").mkdir()
    text = "Den Haag, 3 maart 2021\n\nHet herstel van de havensluis in Zierikzee kost 4,2 miljoen euro (zie Kamerstuk 99 001, nr. 2).\n"
    (tmp_path / "letters" / "sluis.txt").write_text(text, encoding="utf-8")
    own = Kamervraag(Settings(home=tmp_path), embedder=WordEmbedder(), reader=NoReader())
    own.index()
    with StandIn(day=1) as standin:
        for name, base in (("SEARCH", "search"), ("DOCUMENTS", "documents"), ("REPOSITORY", "repository")):
            monkeypatch.setenv(f"KAMERVRAAG_KOOP_{name}", standin.koop[f"base_{base}"])
        with hosting(own) as address:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_S * 1000)
            page.goto(address)
            ask(page, SLUICE)
            page.locator("#bronnen details.stuk > summary").first.click()
            page.locator("#bronnen .stuk p > button.haal, #bronnen .stuk mark > button.haal").first.click()
            expect(page.locator("#opgehaald")).to_contain_text("Toegevoegd: kst-99001-2")
            expect(page.locator("#gelezen-kst-99001-2")).to_be_in_viewport()
            expect(page.locator("#actueel")).to_contain_text("3 stukken")
            expect(page.locator("#bronnen button.haal[data-id='kst-99001-2']")).to_have_count(0)
            page.locator("#bronnen [id^='stuk-1-'] > summary").click()
            accessible(page, "genoemd")
            page.locator("#bronnen [id^='stuk-1-'] :is(p, mark) > button.lees").first.click()
            expect(page.locator("#gelezen-kst-99001-2")).to_be_visible()
            page.close()


@browser_test
def test_the_headings_of_a_paper_lead_to_their_place(page: Page) -> None:
    """The whole paper is there, with a table of contents."""
    ask(page, WHO)
    page.locator("#bronnen details.stuk > summary").first.click()
    page.locator("#bronnen nav a", has_text="NAVO-missie in Irak (NMI)").first.click()
    expect(page.locator("#bronnen details.stuk h4", has_text="NAVO-missie in Irak (NMI)").first).to_be_in_viewport()


@browser_test
def test_a_question_can_be_mailed_as_a_link(page: Page, url: str) -> None:
    """The link below an answer, opened by somebody else, gives the same page."""
    ask(page, WHO)
    link = str(page.locator(".deel a").last.get_attribute("href"))
    other = page.context.new_page()
    other.goto(f"{url}/{link}")
    expect(other.locator(".antwoord").last).to_contain_text("Josep Borrell")
    expect(other.locator("article mark").first).to_contain_text("Josep Borrell")


@browser_test
def test_each_turn_keeps_its_own_sources(page: Page) -> None:
    """After a second question, the first answer's [1] still opens the first answer's words."""
    ask(page, WHO)
    ask(page, EMBASSY)
    expect(page.locator("a.citaat").last).to_be_visible()
    page.locator(".antwoord").last.locator("a.citaat").first.click()
    expect(page.locator("article.gekozen mark").first).to_contain_text("veroordeelt de aanvallen")
    for _again in range(2):
        page.locator("#bronnen").evaluate("panel => panel.scrollTo(0, 0)")
        page.locator(".antwoord").first.locator("a.citaat").first.click()
        expect(page.locator("article.gekozen mark").first).to_contain_text("Josep Borrell")
        expect(page.locator("article.gekozen mark").first).to_be_in_viewport()


@browser_test
def test_sources_of_earlier_turns_open_beside_each_other(page: Page) -> None:
    """Each where its question stands, by keyboard too: the focus stays there, and what was open stays open."""
    for question in (WHO, EMBASSY, WHO):
        ask(page, question)
    folds = page.locator("#bronnen details.beurt > summary")
    for at in (0, 1):
        folds.nth(at).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#bronnen details.beurt[open]:has(article)")).to_have_count(at + 1)
        expect(folds.nth(at)).to_be_focused()
    for at in (0, 1):
        folds.nth(at).click()
    expect(page.locator("#bronnen details.beurt[open]")).to_have_count(0)


@browser_test
def test_what_is_not_awaited_any_more_takes_no_focus(page: Page) -> None:
    """Whoever does something else after a click on an earlier citation is not called back."""
    for question in (WHO, EMBASSY):
        ask(page, question)
    page.locator(".antwoord").first.locator("a.citaat").first.click()
    page.locator("#vraag textarea").click()
    expect(page.locator("#bronnen details.beurt article")).not_to_have_count(0)
    expect(page.locator("#vraag textarea")).to_be_focused()


@browser_test
def test_the_newest_answer_is_in_view(page: Page) -> None:
    """However long the conversation: what was answered last, or went wrong, stands where the reader looks."""
    for question in (WHO, EMBASSY, WHO, "Hoeveel F-16's heeft Nederland in Irak?"):
        ask(page, question)
        expect(page.locator(".antwoord, .geen-antwoord").last).to_be_in_viewport()
    page.locator("#vraag textarea").fill("?")
    page.keyboard.press("Enter")
    expect(page.locator("#gesprek .fout")).to_be_in_viewport()


@browser_test
def test_what_is_not_in_the_papers_is_said_so(page: Page) -> None:
    """No citation, what was missing, and the nearest words marked as no answer."""
    ask(page, "Hoeveel F-16's heeft Nederland in Irak?")
    answer = page.locator(".geen-antwoord").last
    expect(answer).to_contain_text("Niet in de stukken")
    expect(answer).to_contain_text("F-16's")
    assert page.locator("a.citaat").count() == 0
    expect(page.locator("#bronnen h2")).to_have_text("Het dichtst in de buurt (geen antwoord)")
    expect(page.locator("#bronnen h3").first).to_have_text("geen antwoord Kamerstuk 27 925, nr. 692")


@browser_test
def test_a_follow_up_is_read_in_its_context(page: Page) -> None:
    """The page says how it was read, the third time as well as the second."""
    ask(page, "Wie krijgen er training van Nederland in Noord-Irak?")
    ask(page, "En in Bagdad?")
    expect(page.locator(".antwoord, .geen-antwoord").last).to_contain_text("Gelezen als: Wie krijgen er training van Nederland in Bagdad?")
    ask(page, "En in Noord-Irak?")
    read = "Gelezen als: Wie krijgen er training van Nederland in Noord-Irak?"
    expect(page.locator(".antwoord, .geen-antwoord").last).to_contain_text(read)


@browser_test
def test_a_question_is_shown_as_it_was_typed(page: Page) -> None:
    """HTML and Markdown in it stay text, and no script runs."""
    typed = "Wie? <img src=x onerror=alert(1)> [hier](javascript:alert(2)) **vet** _schuin_ __vet__ $x$ `code` ${alert(3)} {{value}}"
    ask(page, typed)
    expect(page.locator("#gesprek")).to_contain_text(typed)
    ask(page, WHO)
    expect(page.locator("#bronnen summary").last).to_be_attached()
    expect(page.locator("#bronnen")).to_contain_text(typed)  # folded, as the question that older sources are of
    assert page.locator("#gesprek img[src='x'], #gesprek a[href^='javascript']").count() == 0


@browser_test
def test_an_error_is_a_calm_sentence(page: Page) -> None:
    """A question that is too long gets what to do, and the next question is answered."""
    long = "waarom " * 3000
    page.locator("#vraag textarea").fill(long)
    page.keyboard.press("Enter")
    expect(page.locator("#gesprek .fout")).to_contain_text("Stel de vraag korter")
    expect(page.locator("#vraag textarea")).to_have_value(long)
    ask(page, WHO)
    expect(page.locator(".antwoord").last).to_contain_text("Josep Borrell")


@browser_test
def test_an_example_answers_and_a_new_conversation_starts_clean(page: Page) -> None:
    """Examples are there while nothing was asked."""
    page.locator(".voorbeeld").first.click()
    page.locator("a.citaat").first.wait_for()
    expect(page.locator(".voorbeeld").first).to_be_hidden()
    page.locator("#nieuw").click()
    expect(page.locator(".voorbeeld").first).to_be_visible()
    assert page.locator("a.citaat").count() == 0


@browser_test
def test_the_page_says_up_to_when_it_knows(page: Page) -> None:
    """The date of the newest paper in the index."""
    expect(page.locator("#actueel")).to_have_text("De index loopt tot en met 6 januari 2020 (1 stuk).")


@browser_test
def test_nothing_is_fetched_from_outside(page: Page, url: str) -> None:
    """Every request of loading and asking goes to the program itself."""
    ask(page, WHO)
    requested = page.requested  # type: ignore[attr-defined]
    assert len(requested) > 10
    assert [r for r in requested if not re.match(rf"{url}/|data:|blob:", r)] == []


@browser_test
def test_two_users_do_not_see_each_other(browser: Browser, url: str, page: Page) -> None:
    """What one asks is not on the other's page."""
    ask(page, WHO)
    other = browser.new_context().new_page()
    other.set_default_timeout(PATIENCE_S * 1000)
    other.goto(url)
    ask(other, EMBASSY)
    expect(other.locator(".antwoord")).to_have_count(1)
    expect(other.locator("#gesprek")).not_to_contain_text("Borrell")
    other.context.close()


@browser_test
@pytest.mark.parametrize("width", [390, 768, 1920])
def test_no_page_is_wider_than_its_screen(page: Page, width: int) -> None:
    """From a phone to a wide screen, with an answer on it."""
    page.set_viewport_size({"width": width, "height": 844})
    ask(page, WHO)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@browser_test
def test_a_question_may_be_asked_while_the_models_load(browser: Browser, kamervraag: Kamervraag) -> None:
    """It is told to wait and then answered; what is typed meanwhile stays; a conversation that was left stays away."""
    program = Held(kamervraag, loading=True)
    with hosting(program, loaded=False) as address:
        stays, leaves = browser.new_page(), browser.new_page()
        for visitor in (stays, leaves):
            visitor.set_default_timeout(PATIENCE_S * 1000)
            visitor.goto(address)
            expect(visitor.locator("#laden")).to_contain_text("De zoekmodellen worden geladen")
            send(visitor, WHO)
            expect(visitor.locator("#gesprek .zoekt")).to_contain_text("De zoekmodellen worden geladen")
        stays.locator("#vraag textarea").fill("mijn volgende vraag")
        accessible(stays, "laden")
        leaves.locator("#nieuw").click()
        expect(leaves.locator("#gesprek .zoekt")).to_have_count(0)
        program.gate.set()
        expect(stays.locator(".antwoord")).to_contain_text("Josep Borrell")
        expect(stays.locator("#laden")).to_be_hidden()
        expect(stays.locator("#vraag textarea")).to_have_value("mijn volgende vraag")
        ask(leaves, EMBASSY)
        expect(leaves.locator("#gesprek .antwoord")).to_have_count(1)
        expect(leaves.locator("#gesprek")).not_to_contain_text("Borrell")
        stays.close()
        leaves.close()


@browser_test
def test_a_filter_narrows_what_is_searched(page: Page) -> None:
    """It stands above the text box and above the answer, and the link to the question has it; cleared, it is gone."""
    page.locator("#zoek-in > button").click()
    page.locator("#vanaf textarea, #vanaf input").fill("1-2-2020")
    page.locator("#vanaf textarea, #vanaf input").blur()
    expect(page.locator("#filter")).to_contain_text("Filter: vanaf 1 februari 2020")
    ask(page, WHO)
    expect(page.locator(".geen-antwoord").last).to_contain_text("Gezocht in: vanaf 1 februari 2020")
    assert "vanaf=2020-02-01" in str(page.locator(".deel a").last.get_attribute("href"))
    page.locator("#wis-filter").click()
    expect(page.locator("#filter")).to_be_hidden()
    ask(page, WHO)
    expect(page.locator(".antwoord").last).to_contain_text("Josep Borrell")
    page.locator("#vanaf textarea, #vanaf input").fill("31-2-2020")
    expect(page.locator("#filter")).to_contain_text("'31-2-2020' is geen datum")
    page.locator("#vraag textarea").fill(WHO)
    page.keyboard.press("Enter")
    page.locator("#vraag textarea").press("Enter")
    expect(page.locator("#gesprek .fout")).to_contain_text("is geen datum")


@browser_test
def test_a_link_brings_its_filter(page: Page, url: str) -> None:
    """'?vraag=…&dossier=…' gives a colleague the same page."""
    page.goto(f"{url}/?vraag=Wie%20heeft%20de%20ingelaste%20Raad%20Buitenlandse%20Zaken%20bijeengeroepen%3F&dossier=27925")
    expect(page.locator(".antwoord").last).to_contain_text("Gezocht in: dossier 27925")
    expect(page.locator(".antwoord").last).to_contain_text("Josep Borrell")


@browser_test
def test_a_link_with_a_dossier_that_is_not_there_says_so(page: Page, url: str) -> None:
    """The filter stays as the link has it, and what is outside it is no answer."""
    page.goto(f"{url}/?vraag={quote(WHO)}&dossier=99999")
    expect(page.locator("#filter .fout")).to_contain_text("Niet in de index: 99999")
    expect(page.locator(".geen-antwoord").last).to_contain_text("Gezocht in: dossier 99999")
    expect(page.locator("#gesprek .antwoord")).to_have_count(0)


@browser_test
def test_a_paper_that_the_question_names_can_be_let_go(page: Page) -> None:
    """The narrowing is said, and one click searches everywhere."""
    ask(page, "Wie heeft volgens de brief van 6 januari 2020 de ingelaste Raad Buitenlandse Zaken bijeengeroepen?")
    last = page.locator(".antwoord, .geen-antwoord, .mogelijk").last
    expect(last).to_contain_text("Gezocht in: Kamerstuk 27 925, nr. 692")
    page.get_by_role("button", name="Zoek in alle stukken").click()
    expect(page.locator(".bereik")).to_have_count(0)
    expect(page.locator("#gesprek .deel")).to_have_count(1)


@browser_test
def test_a_question_is_changed_and_asked_again(page: Page) -> None:
    """Again gives one answer, not two; changing puts the question back and its answer away."""
    ask(page, WHO)
    page.evaluate("document.querySelector('#gesprek .antwoord').classList.add('eerste')")
    page.locator("#opnieuw").click()
    expect(page.locator("#gesprek .antwoord.eerste")).to_have_count(0)  # else it has not begun
    expect(page.locator("#gesprek .antwoord")).to_have_count(1)
    expect(page.locator("#stop")).to_be_hidden()
    page.locator("#wijzig").click()
    expect(page.locator("#vraag textarea")).to_have_value(WHO)
    expect(page.locator("#gesprek .antwoord")).to_have_count(0)


@browser_test
def test_a_search_can_be_stopped(browser: Browser, kamervraag: Kamervraag) -> None:
    """The button is there while there is something to stop; the conversation stays as it was, and the question is there to change."""
    program = Held(kamervraag)
    with hosting(program) as address:
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#stop")).to_be_hidden()
        send(page, WHO)
        page.locator("#stop").click()
        expect(page.locator("#gesprek .zoekt")).to_have_count(0)
        expect(page.locator("#stop")).to_be_hidden()
        expect(page.locator("#vraag textarea")).to_have_value(WHO)
        program.gate.set()
        ask(page, EMBASSY)
        expect(page.locator("#gesprek .antwoord")).to_have_count(1)
        page.close()


@browser_test
@pytest.mark.parametrize(("button", "left"), [("#opnieuw", 1), ("#wijzig", 1), ("#nieuw", 0)])
def test_who_asks_otherwise_wants_no_more_of_what_runs(browser: Browser, kamervraag: Kamervraag, button: str, left: int) -> None:
    """What was being answered never comes, not even after what was done instead."""
    program = Held(kamervraag)
    program.gate.set()
    with hosting(program) as address:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(address)
        ask(page, WHO)
        program.gate.clear()
        send(page, EMBASSY)
        expect(page.locator("#stop")).to_be_visible()
        page.locator(button).click()
        expect(page.locator("#gesprek")).not_to_contain_text(EMBASSY)
        program.gate.set()
        expect(page.locator("#stop")).to_be_hidden()
        page.wait_for_timeout(3_000)  # longer than an answer takes here
        expect(page.locator("#gesprek .antwoord")).to_have_count(left)
        expect(page.locator("#gesprek")).not_to_contain_text(EMBASSY)
        expect(page.locator("#vraag textarea")).to_have_value(EMBASSY if button == "#wijzig" else "")
        page.close()


@browser_test
def test_an_earlier_conversation_is_kept_in_the_browser(page: Page, browser: Browser, url: str) -> None:
    """After a reload it can be chosen and is asked anew; what is typed stays; another browser knows nothing of it."""
    ask(page, WHO)
    ask(page, EMBASSY)
    expect(page.locator("#eerdere input")).to_have_value(re.compile(r"Wie heeft.*\(\+1\)"))  # both are kept now
    page.reload()
    page.locator("#vraag textarea").fill("half af")
    page.locator("#eerdere input").click()
    page.get_by_role("option").first.click()
    expect(page.locator("#gesprek .antwoord")).to_have_count(2)
    expect(page.locator("#vraag textarea")).to_have_value("half af")
    other = browser.new_context().new_page()
    other.goto(url)
    other.locator("#eerdere input").click()
    expect(other.get_by_role("option")).to_have_count(0)
    other.context.close()


@browser_test
def test_a_conversation_can_be_taken_along(page: Page) -> None:
    """As Markdown and as a Word document, with the quote and its place in the Kamer's own form."""
    ask(page, WHO)
    page.locator("#meenemen > button").click()
    with page.expect_download() as markdown:
        page.locator("#als-markdown").click()
    text = markdown.value.path().read_text(encoding="utf-8")
    assert markdown.value.suggested_filename == "kamervraag-gesprek.md"
    assert "Josep Borrell" in text
    assert "Kamerstuk 27 925, nr. 692, alinea" in text.replace("\\", "")
    with page.expect_download() as word:
        page.locator("#als-word").click()
    taken = docx.Document(str(word.value.path())).paragraphs
    paragraphs = [paragraph.text for paragraph in taken]
    assert WHO in paragraphs
    assert {link.url for each in taken for link in each.hyperlinks} == {"https://zoek.officielebekendmakingen.nl/kst-27925-692.html"}
    assert any(re.match(r"\[1\] Kamerstuk 27 925, nr\. 692, alinea \d+, https://", each) for each in paragraphs)


@browser_test
def test_a_verdict_is_kept_with_question_and_answer(page: Page, kamervraag: Kamervraag) -> None:
    """One click, a remark if the user likes, and a question for the evaluation comes out."""
    ask(page, WHO)
    page.get_by_role("button", name="Dit antwoord klopt niet").click()
    expect(page.locator("#oordeel")).to_contain_text("klopt niet")
    page.locator("#opmerking-tekst textarea").fill("Het was een ander.")
    page.locator("#bewaar-opmerking").click()
    expect(page.locator("#oordeel")).to_contain_text("bewaard")
    given = feedback.kept(kamervraag.settings.home)[-1]
    assert (given.good, given.remark, given.answer["question"]) == (False, "Het was een ander.", WHO)
    with pytest.raises(feedback.FeedbackProblem, match="--quote"):
        feedback.as_question(given)
    assert feedback.as_question(given, quotes=["Josep Borrell"])["answerable"]


DROP = """(zone, [name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0)), dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name, { type: "application/pdf" }));
  for (const type of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


def drop(page: Page, file: str, content: bytes) -> None:
    """Let a file fall on the place for files."""
    if page.locator("#bestanden button").count() == 0:
        page.locator("#toevoegen > button").click()
    page.locator("#bestanden button").first.evaluate(DROP, [file, base64.b64encode(content).decode()])
    expect(page.locator("#bestanden")).to_contain_text(file.split(".")[0])
    page.locator("#voeg-toe").click()


@browser_test
def test_an_own_document_is_added_and_asked_about(browser: Browser, tmp_path: Path) -> None:
    """As the README has it, from nothing: index, chat, drop a PDF on the page, ask, and copy the words with their page.

    An unreadable one is refused in a sentence and stays, to be tried again.
    """
    started = time.monotonic()
    page_one = [
        (70.0, 700.0 - 14 * at, 10.0, text) for at, text in enumerate(("Den Haag, 3 maart 2021", "", "Over de haven van Zierikzee."))
    ]
    page_two = [(70.0, 700.0, 10.0, "De gemeente Zierikzee laat de oude havensluis voor 4,2 miljoen euro herstellen.")]
    environment = os.environ | {"KAMERVRAAG_HOME": str(tmp_path / "home")}
    subprocess.run([sys.executable, "-m", "cli", "index"], cwd=ROOT, env=environment, check=True, capture_output=True)
    with (
        serving(Kamervraag(Settings(home=tmp_path / "home")), lambda port: ["-m", "cli", "chat", "--port", str(port)]) as address,
        visiting(browser, address) as page,
    ):
        drop(page, "kapot.pdf", b"%PDF-1.7 en verder niets")
        expect(page.locator("#toegevoegd .fout")).to_contain_text("kapot.pdf")
        expect(page.locator("#bestanden")).to_contain_text("kapot")
        page.goto(address)
        drop(page, "notitie.pdf", pdf([page_one, page_two]))
        expect(page.locator("#toegevoegd")).to_contain_text("Toegevoegd: notitie")
        expect(page.locator("#actueel")).to_contain_text("2 stukken")
        ask(page, "Wat kost het herstel van de havensluis in Zierikzee?")
        quoted = page.locator("#bronnen article mark").first
        expect(quoted).to_contain_text("4,2 miljoen euro")
        expect(page.locator("#bronnen .plaats").first).to_contain_text("p. 2")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        button = page.locator("#bronnen button.kopieer").first
        button.click()
        expect(button).to_have_text("Gekopieerd")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert re.fullmatch(rf"«{re.escape(quoted.inner_text())}» \(.+, p\. 2\)", copied)
    assert time.monotonic() - started < 600


@browser_test
def test_a_quote_from_a_paper_with_pages_is_copied_with_its_page(browser: Browser, kamervraag: Kamervraag, tmp_path: Path) -> None:
    """In the form the Kamer uses: 'Kamerstuk 99 005, nr. 3, p. 2'."""
    program = papers(tmp_path, kamervraag)
    pages = [[(70.0, 700.0, 10.0, "Den Haag, 3 maart 2021")], [(70.0, 700.0, 10.0, COST.format("4,2"))]]
    (tmp_path / "letters" / "brief.pdf").write_bytes(pdf(pages))
    facts = {"id": "kst-99005-3", "title": "Brief", "dossier": "99005", "number": "3"}
    (tmp_path / "letters" / "brief.json").write_text(json.dumps(facts), encoding="utf-8")
    program.index()
    with hosting(program) as address, visiting(browser, address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        ask(page, SLUICE)
        for button in (page.locator("#bronnen button.kopieer").first, page.locator("#gesprek button.kopieer").last):
            button.click()
            expect(button).to_have_text("Gekopieerd")
            assert f"«{COST.format('4,2')}» (Kamerstuk 99 005, nr. 3, p. 2)" in page.evaluate("navigator.clipboard.readText()")


def test_what_a_page_asked_is_let_go_once_it_is_closed(plain: Kamervraag, monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
    """Its conversation goes from memory a while after (an hour; Gradio's tests make it a second), and no more visitors are kept than so many."""
    monkeypatch.setenv("GRADIO_IS_E2E_TEST", "1")
    monkeypatch.setattr("rag.kamervraag.ANSWER_FROM", 0.0)  # without a reader nobody is sure
    made: list[Any] = []
    building = ui.build
    monkeypatch.setattr(ui, "build", lambda *arguments, **options: made.append(building(*arguments, **options)) or made[-1])

    def kept() -> list[Any]:
        return [value for page in made for session in page.state_holder.session_data.values() for value in session.state_data.values()]

    with hosting(plain) as address:
        with visiting(browser, address) as page:
            ask(page, WHO)
            assert any(isinstance(value, list) and value for value in kept())
        deadline = time.monotonic() + 40
        while any(isinstance(value, list) and value for value in kept()):
            assert time.monotonic() < deadline, "het gesprek is er nog"
            time.sleep(0.2)
    assert {page.state_holder.capacity for page in made} == {ui.MOST_SESSIONS}


def with_model(program: Kamervraag, port: int) -> Kamervraag:
    """The same program with a language model at this port."""
    endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", "script")
    return Kamervraag(replace(program.settings, llm=endpoint), embedder=program.embedder, reader=program.reader)


@browser_test
def test_sentences_of_a_language_model_appear_as_it_writes(browser: Browser, kamervraag: Kamervraag) -> None:
    """A sentence that stands is shown while the model goes on; 'Stop' ends its answer."""
    words = "De Nederlandse trainersbijdrage bestaat in Noord-Irak uit maximaal 50 militairen"
    with endpoint(Endpoints()) as server:
        server.says(line("Nederland heeft er maximaal 50 militairen.", words) + "blijf praten " * 2000, size=40)
        server.pause_s = 0.05
        with hosting(with_model(kamervraag, server.server_address[1])) as address:
            page = browser.new_page()
            page.goto(address)
            expect(page.locator("#laden")).to_be_hidden()
            page.locator("#vraag textarea").fill("Hoe groot is de Nederlandse trainersbijdrage in Noord-Irak?")
            page.keyboard.press("Enter")
            expect(page.locator("#gesprek .schrijft")).to_contain_text("Nederland heeft er maximaal 50 militairen.")
            page.locator("#stop").click()
            expect(page.locator("#stop")).to_be_hidden()
            deadline = time.monotonic() + PATIENCE_S
            while not server.left:
                assert time.monotonic() < deadline, "het eindpunt schrijft nog"
                time.sleep(0.1)
            page.close()


@browser_test
def test_an_answer_without_its_language_model_is_a_state_of_its_own(browser: Browser, kamervraag: Kamervraag) -> None:
    """Where the endpoint cannot be reached: said above the quotes, and why below them."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        with hosting(with_model(kamervraag, closed.getsockname()[1])) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            page.set_default_timeout(PATIENCE_S * 1000)
            page.goto(address)
            ask(page, WHO)
            expect(page.locator(".antwoord.uitwijk .niet")).to_have_text("Zonder taalmodel: alleen citaten")
            expect(page.locator(".uitwijk")).to_contain_text("Josep Borrell")
            expect(page.locator(".uitwijk .stil").first).to_contain_text("is niet bereikbaar")
            accessible(page, "zonder-taalmodel")
            page.close()


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_accessible(browser: Browser, url: str, scheme: Any) -> None:
    """WCAG 2.2 AA as far as axe-core can see it, in each state of the page; `make picture` keeps what this test saw."""
    context = browser.new_context(locale="nl-NL", color_scheme=scheme, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(url)
    expect(page.locator("#laden")).to_be_hidden()
    accessible(page, f"begin-{scheme}")
    for fold in ("#zoek-in", "#meenemen", "#toevoegen"):
        page.locator(f"{fold} > button").click()
    expect(page.locator("#nummers")).to_be_visible()
    accessible(page, f"uitgeklapt-{scheme}")
    for fold in ("#zoek-in", "#meenemen", "#toevoegen"):
        page.locator(f"{fold} > button").click()
    ask(page, WHO)
    page.locator("a.citaat").first.click()
    accessible(page, f"antwoord-{scheme}")
    page.locator("#bronnen details.stuk > summary").first.click()
    accessible(page, f"heel-stuk-{scheme}")
    start_anew(page)
    send(page, "Levert Nederland aan de NAVO-missie meer burgers dan soldaten?")
    page.locator(".mogelijk .deel").wait_for()
    accessible(page, f"mogelijk-{scheme}")
    start_anew(page)
    ask(page, "Hoeveel F-16's heeft Nederland in Irak?")
    accessible(page, f"niet-in-de-stukken-{scheme}")
    page.locator("#vraag textarea").fill("?")
    page.keyboard.press("Enter")
    page.locator("#gesprek .fout").wait_for()
    accessible(page, f"fout-{scheme}")
    page.set_viewport_size({"width": 390, "height": 844})
    start_anew(page)
    ask(page, WHO)
    accessible(page, f"telefoon-{scheme}")
    context.close()


def start_anew(page: Page) -> None:
    """A new conversation, and the page at rest."""
    page.locator("#nieuw").click()
    expect(page.locator(".voorbeeld").first).to_be_visible()


def accessible(page: Page, state: str) -> None:
    """No rule of WCAG 2.2 A and AA that axe-core knows is broken on this page."""
    page.wait_for_timeout(400)  # colours of buttons fade
    if folder := os.environ.get("KAMERVRAAG_PICTURES"):
        (Path(folder) / "pictures").mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / "pictures" / f"{state}.png")
    broken = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in broken] == [], state


def test_the_page_and_the_machine_get_the_same(url: str) -> None:
    """`/api/ask` beside the page."""
    with urllib.request.urlopen(f"{url}/api/ask?vraag={quote(WHO)}", timeout=PATIENCE_S) as response:
        assert "Josep Borrell" in json.load(response)["text"]


@browser_test
def test_the_page_is_there_in_english(page: Page, url: str) -> None:
    """By the switch and back: its controls, its states, its notes and its dates; the words of the papers stay Dutch."""
    page.locator("#taal").click()
    expect(page.locator("#verstuur")).to_have_text("Ask")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#actueel")).to_contain_text("6 January 2020 (1 paper)")
    ask(page, WHO)
    expect(page.locator(".antwoord")).to_contain_text("Josep Borrell")
    expect(page.locator(".antwoord")).to_contain_text("State of affairs on 6 January 2020")
    expect(page.locator("#bronnen h2")).to_have_text("Sources")
    accessible(page, "engels")
    ask(page, "Hoeveel F-16's heeft Nederland in Irak?")
    expect(page.locator(".geen-antwoord")).to_contain_text("This is not in the papers. Found nowhere: F-16")
    refused(page, "?")
    expect(page.locator("#gesprek .fout")).to_contain_text("Your question is empty")
    dutch = re.compile(r"\b(?:vraag|stuk|stukken|gesprek|antwoord|bron|zoek|niet)\b", re.IGNORECASE)
    own = page.locator("#kop, #knoppen, #zoek-in, #meenemen, #eerdere, #toevoegen, .stil, .bron h3 span").all_inner_texts()
    assert [text for text in own if dutch.search(text.replace("Kamervraag", ""))] == []
    assert [r for r in page.requested if not re.match(rf"{url}/|data:|blob:", r)] == []  # type: ignore[attr-defined]
    page.locator("#taal").click()
    expect(page.locator("#verstuur")).to_have_text("Stel de vraag")


@browser_test
def test_who_waits_sees_the_place_in_line(browser: Browser, kamervraag: Kamervraag, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more questions than can be answered at once; the place moves up, and the answer comes."""
    monkeypatch.setattr(ui, "AT_ONCE", 2)
    program = Held(kamervraag)
    with hosting(program) as address:
        visitors = [browser.new_page() for _ in range(4)]
        for number, visitor in enumerate(visitors):
            visitor.set_default_timeout(PATIENCE_S * 1000)
            visitor.goto(address)
            send(visitor, WHO)
            if number > 1:
                expect(visitor.locator("#gesprek .zoekt")).to_contain_text(f"u bent nummer {number - 1} in de rij")
        accessible(visitors[3], "in-de-rij")
        visitors[2].locator("#stop").click()
        expect(visitors[3].locator("#gesprek .zoekt")).to_contain_text("u bent nummer 1 in de rij")
        program.gate.set()
        for visitor in (visitors[0], visitors[1], visitors[3]):
            expect(visitor.locator(".antwoord")).to_contain_text("Josep Borrell")
        expect(visitors[2].locator(".antwoord")).to_have_count(0)
        for visitor in visitors:
            visitor.close()


@browser_test
def test_only_who_signed_in_may_ask(browser: Browser, kamervraag: Kamervraag, tmp_path: Path) -> None:
    """Where the owner made a user: the page in both languages with one sign-in, and `/api` with name and password."""
    keep_user(tmp_path, "jansen", "heel geheim woord")
    with hosting(kamervraag, SignIn.from_environment(tmp_path)) as address:
        page = browser.new_context(locale="nl-NL").new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(address)
        expect(page.locator("#vraag")).to_have_count(0)
        accessible(page, "aanmelden")
        page.locator("input").first.fill("jansen")
        page.locator("input[type=password]").fill("heel geheim woord")
        page.keyboard.press("Enter")
        ask(page, WHO)
        expect(page.locator(".antwoord")).to_contain_text("Josep Borrell")
        page.locator("#taal").click()
        expect(page.locator("#verstuur")).to_have_text("Ask")
        page.context.close()
        asked = f"{address}/api/ask?vraag={quote(WHO)}"
        assert [httpx.get(asked, auth=auth).status_code for auth in (None, ("jansen", "fout"), ("jansen", "heel geheim woord"))] == [
            401,
            401,
            200,
        ]


def test_without_sign_in_the_page_is_for_this_machine_only(kamervraag: Kamervraag) -> None:
    """What would open it to a whole network is refused, with the two ways to go on."""
    with pytest.raises(BadSetting, match=r"kamervraag user.*KAMERVRAAG_PROXY_HEADER"):
        ui.serve(kamervraag, host="0.0.0.0", port=0)


@browser_test
def test_an_answer_from_a_paper_that_was_replaced_is_out_of_date(browser: Browser, kamervraag: Kamervraag, tmp_path: Path) -> None:
    """It says so before anything else, and names the paper that took its place."""
    own = papers(
        tmp_path,
        kamervraag,
        ("kst-99003-1", "Den Haag, 3 maart 2021\n\nHet herstel van de havensluis in Zierikzee kost 4,2 miljoen euro.\n", {}),
        ("kst-99003-2", "Den Haag, 9 juni 2021\n\nDeze brief vervangt mijn eerdere brief (Kamerstuk 99 003, nr. 1) over de brug.\n", {}),
    )
    with hosting(own) as address:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(address)
        ask(page, SLUICE)
        expect(page.locator(".antwoord .niet")).to_have_text("Achterhaald")
        expect(page.locator(".antwoord")).to_contain_text("is vervangen door Kamerstuk 99 003, nr. 2 van 9 juni 2021")
        accessible(page, "achterhaald")
        page.close()


@browser_test
def test_a_print_is_question_answer_and_sources(page: Page, letter: Letter) -> None:
    """Without what one can only click on a screen; also where everything is folded open."""
    ask(page, WHO)
    for fold in ("#zoek-in", "#meenemen", "#toevoegen"):
        page.locator(f"{fold} > button").click()
    page.emulate_media(media="print")
    for name in ("vraag", "knoppen", "zoek-in", "meenemen", "eerdere", "toevoegen", "voorbeelden"):
        expect(page.locator(f"#{name}")).to_be_hidden()
    for control in page.locator("#gesprek button.kopieer, #bronnen button.kopieer, .deel, .rond .haal").all():
        expect(control).to_be_hidden()
    expect(page.locator("#gesprek")).to_contain_text(WHO)
    expect(page.locator(".antwoord").last).to_be_visible()
    quote = page.locator("#bronnen article blockquote mark").first
    expect(quote).to_be_visible()
    assert quote.inner_text() in letter.text
    cut = (
        "['gesprek', 'bronnen'].filter(id => { const box = document.getElementById(id); return box.scrollHeight > box.clientHeight + 2; })"
    )
    assert page.evaluate(cut) == []  # nothing is hidden below an edge


@browser_test
def test_the_keyboard_alone_suffices(page: Page) -> None:
    """Ask, reach the citation with Tab, and from there its words and the copy button, without a mouse."""
    expect(page.locator("#vraag textarea")).to_be_focused()  # from the start
    page.keyboard.type(WHO)
    page.keyboard.press("Enter")
    page.locator("a.citaat").wait_for()
    expect(page.locator("#gesprek .schrijft, #gesprek .zoekt")).to_have_count(0)
    for _ in range(15):  # back from the text box, past what stands below the answer
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a.citaat')"):
            break
    expect(page.locator("a.citaat").last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("article.gekozen")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("article.gekozen button.kopieer")).to_be_focused()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Kamervraag:
    """A program over the shipped letter, without models that must be loaded."""
    program = Kamervraag(Settings(home=tmp_path_factory.mktemp("licht")), embedder=WordEmbedder(), reader=NoReader())
    program.index()
    return program


def client(program: Kamervraag, sign_in: SignIn, host: str = "127.0.0.1:7860") -> TestClient:
    """Asks of the whole application, under the name that a browser would have in its address bar."""
    return TestClient(ui.application(program, ui.Models(program), sign_in), base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("sign_in", "adding"), [(SignIn(), True), (SignIn(users={"jansen": (b"", b"")}), False), (SignIn(header="X-Forwarded-User"), False)]
)
def test_papers_are_added_only_where_nobody_signs_in(plain: Kamervraag, sign_in: SignIn, adding: bool) -> None:
    """Who signs in may be anybody, behind a proxy on this machine too; nobody changes what all of them see."""
    pages = [route.app.get_blocks() for route in client(plain, sign_in).app.routes if isinstance(getattr(route, "app", None), App)]  # type: ignore[attr-defined]
    assert len(pages) == 2
    for page in pages:
        named = {part["props"].get("elem_id"): part for part in page.config["components"]}
        triggers = [target for event in page.config["dependencies"] for target in event["targets"]]
        assert named["toevoegen"]["props"]["visible"] is adding
        for button in ("voeg-toe", "doe-haal"):
            assert ((named[button]["id"], "click") in map(tuple, triggers)) is adding


@pytest.mark.parametrize("typed", ["{file}", "{folder}/kst-27925-693", "file://{file}", "onzin", "x" * 5000, "..\\\\kst-1-2"])
def test_what_is_typed_never_reads_a_file(plain: Kamervraag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """A path on the server is told to be no number, whatever the file is called; so is what is no number at all."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kst-27925-693.txt").write_text("Den Haag, 6 januari 2020\n\nDit is geheim.\n", encoding="utf-8")
    library = Library(Kamervraag(Settings(home=tmp_path / "home"), embedder=plain.embedder))
    asked = typed.format(file=tmp_path / "kst-27925-693.txt", folder=tmp_path)
    ((shown, files, numbers),) = ui._add(library, in_dutch, None, asked)
    assert "is geen nummer, adres of dossier" in shown
    assert (files, numbers) == (ui.gr.skip(), ui.gr.skip())
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "typed", ["27925", "35300-XV", "2020D01452", "kst-27925-692", "https://zoek.officielebekendmakingen.nl/kst-27925-692.html"]
)
def test_numbers_addresses_and_dossiers_are_known_for_what_they_are(typed: str) -> None:
    """All that the box says it takes."""
    assert ui._names_paper(typed)


def test_what_could_not_be_added_can_be_tried_again(plain: Kamervraag, tmp_path: Path) -> None:
    """The files and numbers that failed stay where they were; what was added goes, once the collection has its copy."""
    program = Kamervraag(Settings(home=tmp_path / "home"), embedder=plain.embedder, reader=plain.reader)
    broken, good = tmp_path / "kapot.pdf", tmp_path / "notitie.txt"
    broken.write_bytes(b"%PDF-1.7 en verder niets")
    good.write_text("Den Haag, 6 januari 2020\n\nDe sluis is hersteld.\n", encoding="utf-8")
    *_, failed = ui._add(Library(program), in_dutch, [str(broken)], "")
    assert "kapot.pdf" in failed[0]
    assert failed[1:] == (ui.gr.skip(), ui.gr.skip())
    *_, half = ui._add(Library(program), in_dutch, [str(good), str(broken)], "")
    assert "Toegevoegd: notitie" in half[0]
    assert "kapot.pdf" in half[0]
    assert str(tmp_path) not in half[0]
    assert half[1:] == ([str(broken)], "")
    assert (good.exists(), broken.exists()) == (False, True)


def test_a_link_keeps_what_the_index_does_not_know(plain: Kamervraag) -> None:
    """In the filter, to be chosen away, and named as unknown; what the index knows is not."""
    request = ui.gr.Request(
        request=Request({"type": "http", "query_string": b"dossier=27925&dossier=99999&vanaf=2020-01-01", "headers": []})
    )
    dossiers, kinds, signers, since, until, shown = ui._from_link(plain, in_dutch, request)
    assert (dossiers.value, kinds.value, signers.value, since, until) == (["27925", "99999"], [], [], "2020-01-01", ui.gr.skip())
    assert {"27925", "99999"} <= {value for _name, value in dossiers.choices}
    assert "dossier 27925 of 99999" in shown.value
    assert "Niet in de index: 99999." in shown.value
    assert "Niet in de index" not in ui._filter_shown(plain, in_dutch, ["27925"], [], [], "", "").value
    assert {"27925", "99999"} <= {value for _name, value in ui._choices(plain, ["99999"], [], [])[0].choices}


def test_what_is_taken_along_outlives_its_paper(plain: Kamervraag) -> None:
    """A citation from a paper that left the index is named without its page; the others as ever."""
    papers = [plain.status().documents[0], Identity("weg", "Weg stuk", None)]
    cited = tuple(Citation(paper.id, paper.title, None, None, None, 7, 700, 710, "woorden") for paper in papers)
    answer = Answer("?", "?", "quotes", (Claim("…", cited),), documents=tuple(papers))
    place = ui._placed(plain, [rendering.Shown(answer)])
    assert [place(citation) for citation in cited] == ["Kamerstuk 27 925, nr. 692, alinea 7", "Weg stuk, alinea 7"]
    assert ui._markdown(plain, in_dutch, [rendering.Shown(answer)]).startswith("kamervraag-gesprek.md|data:")


def test_what_was_fetched_is_there_to_read(tmp_path: Path) -> None:
    """Above the sources, unfolded; where it was named it can be read from now on, and no mark has moved. What fails moves nothing."""
    (tmp_path / "letters").mkdir()
    text = "Den Haag, 6 januari 2020\n\nOver de sluis schreef ik eerder (Kamerstuk 99 001, nr. 2).\n"
    (tmp_path / "letters" / "brief.txt").write_text(text, encoding="utf-8")
    program = Kamervraag(Settings(home=tmp_path), embedder=WordEmbedder(), reader=NoReader())
    program.index()
    identity, store = program.paper("brief"), program.store
    assert identity
    start = store.text("brief").index("Over")
    cited = Citation("brief", identity.title, None, None, None, 1, start, start + 13, "Over de sluis")
    answer = Answer("?", "?", "quotes", (Claim("…", (cited,)),), documents=(identity,))
    papers = {"brief": ui._paper(program, "brief")}
    turns = [rendering.Shown(answer, papers=papers)]
    assert rendering.panel(turns, fetching=True).count('class="haal" data-id="kst-99001-2"') == 2
    with StandIn(day=1) as standin:
        client = Client(pace_s=0, backoff_s=0.01, read_timeout_s=2.0, tries=1)
        library = Library(program, Koop(client, **standin.koop), TweedeKamer(client, **standin.tweedekamer))
        *_, failed = ui._fetch(library, in_dutch, "kst-99001-999")
        assert 'class="fout"' in failed
        assert ui._refreshed(program, in_dutch, turns, "kst-99001-999") == (ui.gr.skip(), ui.gr.skip())
        *_, done = ui._fetch(library, in_dutch, "kst-99001-2")
    assert "Toegevoegd: kst-99001-2" in done
    shown, after = ui._refreshed(program, in_dutch, turns, "kst-99001-2")
    assert shown.startswith('<details class="stuk" id="gelezen-kst-99001-2" open>')
    assert 'class="haal" data-id="kst-99001-2"' not in shown
    panel = rendering.panel(after, fetching=True)
    assert panel.count('class="lees" data-id="kst-99001-2"') == 2
    assert panel.count("<mark>Over de sluis</mark>") == 2
    assert ui._refreshed(program, in_dutch, turns)[1] == after


def test_only_this_machine_itself_may_ask_where_nobody_signs_in() -> None:
    """The address that the chat is served on decides."""
    assert is_this_machine("127.0.0.1")
    assert not is_this_machine("0.0.0.0")


@pytest.mark.parametrize("path", ["/", "/en/", "/api/openapi.json", "/gradio_api/info"])
def test_a_name_that_was_made_to_point_here_gets_nothing(plain: Kamervraag, path: str) -> None:
    """Neither the page nor `/api`, without sign-in; this machine's own names do, at any port, and so do all where one signs in."""
    for host in ("aanvaller.example", "aanvaller.example:7860", "127.0.0.1.example", "[::2]:7860"):
        given = client(plain, SignIn(), host).get(path)
        assert (given.status_code, "127.0.0.1" in given.json()["error"]) == (403, True)
    for host in ("127.0.0.1:7860", "localhost:80", "LOCALHOST", "[::1]:7860"):
        assert client(plain, SignIn(), host).get(path).status_code == 200
    behind = client(plain, SignIn(header="X-Forwarded-User"), "kamer.example")
    assert behind.get(path, headers={"X-Forwarded-User": "jansen"}).status_code == 200


def test_the_english_page_is_found_without_its_slash(plain: Kamervraag) -> None:
    """With the question that a link brings."""
    given = client(plain, SignIn()).get("/en?vraag=Wie%20is%20het%3F")
    assert given.status_code == 200
    assert str(given.url) == "http://127.0.0.1:7860/en/?vraag=Wie%20is%20het%3F"
    assert client(plain, SignIn()).get("/en").status_code == 200


COST = "Het herstel van de havensluis in Zierikzee kost {} miljoen euro."
SLUICE_PAPERS = (
    (
        "kst-99003-1",
        f"Den Haag, 3 maart 2021\n\n{COST.format('4,2')}\n",
        {"kind": "Brief regering", "signers": [{"name": "J. de Boer", "office": "Minister"}]},
    ),
    (
        "kst-99003-2",
        f"Den Haag, 9 juni 2021\n\n{COST.format('5,1')}\n",
        {"kind": "Verslag", "signers": [{"name": "A. Smit", "office": "Voorzitter"}]},
    ),
)


@pytest.fixture(scope="module")
def sluice(kamervraag: Kamervraag, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chat over the shipped letter and two papers on one matter, of another kind, signer and day each."""
    with hosting(papers(tmp_path_factory.mktemp("sluis") / "home", kamervraag, *SLUICE_PAPERS)) as address:
        yield address


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page of a visitor with a profile of its own, who must not be sent elsewhere."""
    context = browser.new_context(**({"locale": "nl-NL", "viewport": {"width": 1280, "height": 860}} | options))
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(address)
    yield page
    context.close()
    assert [each for each in requested if not re.match(rf"{re.escape(address)}/|data:|blob:", each)] == []


@browser_test
@pytest.mark.parametrize(
    ("choice", "value", "said", "cost"),
    [
        ("#op-soort", "Brief regering", "Brief regering", "4,2"),
        ("#op-ondertekenaar", "A. Smit", "ondertekend door A. Smit", "5,1"),
        ("#op-ondertekenaar", "J. de Boer", "ondertekend door J. de Boer", "4,2"),
    ],
)
def test_a_kind_and_a_signer_are_chosen_and_let_go(browser: Browser, sluice: str, choice: str, value: str, said: str, cost: str) -> None:
    """In words above the text box and above the answer, which comes from those papers alone; let go, all are searched again."""
    with visiting(browser, sluice) as page:
        page.locator("#zoek-in > button").click()
        page.locator(f"{choice} input").click()
        page.get_by_role("option", name=value, exact=True).click()
        expect(page.locator("#filter")).to_have_text(f"Filter: {said}.")
        ask(page, SLUICE)
        answer = page.locator(".antwoord").last
        expect(answer.locator(".bereik")).to_contain_text(f"Gezocht in: {said}")
        expect(answer).to_contain_text(cost)
        expect(page.locator("#bronnen article")).to_have_count(1)
        page.locator(f"{choice} input").press("Escape")
        page.locator(f"{choice} .token-remove:not(.remove-all)").first.click()
        expect(page.locator("#filter")).to_be_hidden()
        ask(page, SLUICE)
        expect(page.locator(".antwoord").last.locator(".bereik")).to_have_count(0)
        expect(page.locator(".antwoord").last).to_contain_text("5,1")


@browser_test
def test_a_newer_paper_on_the_same_matter_speaks_first(browser: Browser, sluice: str) -> None:
    """A state of its own: what the newer paper says, and below it, apart, what was said before; its source is marked as earlier."""
    with visiting(browser, sluice) as page:
        ask(page, SLUICE)
        answer = page.locator(".antwoord.nieuwer")
        expect(answer.locator("> .niet")).to_have_text("Een nieuwer stuk (9 juni 2021) zegt")
        expect(answer.locator("> p", has_text="5,1 miljoen")).to_be_visible()
        expect(answer.locator(".eerder .niet")).to_have_text("Eerder (3 maart 2021) stond er")
        expect(answer.locator(".eerder")).to_contain_text("4,2 miljoen")
        expect(page.locator("#bronnen h3").nth(0)).to_have_text("[1] Kamerstuk 99 003, nr. 2")
        expect(page.locator("#bronnen h3").nth(1)).to_have_text("[2] Kamerstuk 99 003, nr. 1 eerder stuk")
        accessible(page, "nieuwer")


@browser_test
def test_nothing_is_fetched_from_outside_in_any_state(browser: Browser, sluice: str, kamervraag: Kamervraag, tmp_path: Path) -> None:
    """Answer, whole paper, earlier source, refusal, error, filter, export and English; and the page to sign in, before and after."""
    with visiting(browser, sluice) as page:
        ask(page, SLUICE)
        page.locator("#bronnen details.stuk > summary").first.click()
        ask(page, "Hoeveel F-16's heeft Nederland in Irak?")
        page.locator(".antwoord").first.locator("a.citaat").first.click()
        expect(page.locator("article.gekozen")).to_be_focused()
        page.locator("#meenemen > button").click()
        for button in ("#als-markdown", "#als-word"):
            with page.expect_download():
                page.locator(button).click()
        refused(page, "?")
        page.locator("#gesprek .fout").wait_for()
        page.locator("#taal").click()
        expect(page.locator("#verstuur")).to_have_text("Ask")
        ask(page, SLUICE)
    keep_user(tmp_path, "jansen", "heel geheim woord")
    with hosting(kamervraag, SignIn.from_environment(tmp_path)) as address, visiting(browser, address) as page:
        page.locator("input").first.fill("jansen")
        page.locator("input[type=password]").fill("heel geheim woord")
        page.keyboard.press("Enter")
        ask(page, WHO)


@browser_test
def test_a_proxy_signs_in_by_its_header(browser: Browser, kamervraag: Kamervraag) -> None:
    """Over the wire: without the header neither the page nor `/api` nor what the page asks of the program; with it all of them."""
    header = "X-Forwarded-User"
    with hosting(kamervraag, SignIn(header=header)) as address:
        for path in (
            "/config",
            "/gradio_api/info",
            "/en/config",
            "/en/gradio_api/info",
            f"/api/ask?vraag={quote(WHO)}",
            "/api/openapi.json",
        ):
            codes = [httpx.get(address + path, headers=given, timeout=60).status_code for given in ({}, {header: ""}, {header: "jansen"})]
            assert codes == [401, 401, 200], path
        with visiting(browser, address) as page:
            expect(page.locator("#vraag")).to_have_count(0)
        with visiting(browser, address, extra_http_headers={header: "jansen"}) as page:
            ask(page, WHO)
            expect(page.locator(".antwoord")).to_contain_text("Josep Borrell")
            expect(page.locator("#toevoegen")).to_have_count(0)


@dataclass
class Session:
    """What a page sends and gets over the wire, without a browser: one conversation of its own."""

    address: str
    hash: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def ask(self, client: httpx.AsyncClient, question: str, narrow: Sequence[Any] = ([], [], [], "", "")) -> tuple[list[Any], int]:
        """The outputs of the page once it is answered, and how many bytes came."""
        config = (await client.get(f"{self.address}/config")).json()
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        (event,) = [
            each["id"]
            for each in config["dependencies"]
            if [ids["verstuur"], "click"] in each["targets"] and len(each["inputs"]) == 2 + len(narrow)
        ]
        data = {"data": [question, None, *narrow], "fn_index": event, "trigger_id": ids["verstuur"], "session_hash": self.hash}
        (await client.post(f"{self.address}/gradio_api/queue/join", json=data)).raise_for_status()
        outputs: list[Any] = []
        size = 0
        async with client.stream("GET", f"{self.address}/gradio_api/queue/data", params={"session_hash": self.hash}) as events:
            async for line in events.aiter_lines():
                size += len(line.encode())
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                assert message.get("success") is not False, message
                given = (message.get("output") or {}).get("data")
                if message.get("msg") == "process_generating":
                    outputs = given if not outputs else [apply_diff(was, diff) for was, diff in zip(outputs, given, strict=True)]
                if message.get("msg") == "process_completed":
                    break
        return outputs, size


def said(outputs: list[Any]) -> str:
    """The conversation in an answer to a page, as text."""
    return html.unescape(re.sub("<[^>]*>", " ", json.dumps(outputs[0], ensure_ascii=False)))


def test_forty_may_ask_at_once_and_each_has_a_page_of_its_own(browser: Browser, plain: Kamervraag, monkeypatch: pytest.MonkeyPatch) -> None:
    """No error; each gets the answers to its own questions, in its own conversation and with its own filter; real pages among them."""
    monkeypatch.setattr("rag.kamervraag.ANSWER_FROM", 0.0)  # without a reader nobody is sure
    lines = (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [item["question"] for item in map(json.loads, lines) if item["document"] == "kst-27925-692" and not item["history"]][:40]
    assert len(set(asked)) == 40
    narrow = [([], [], [], "", f"{1 + at % 20}-{2 + at // 20}-2020") for at in range(40)]

    async def session(client: httpx.AsyncClient, address: str, at: int) -> str:
        own = Session(address)
        await own.ask(client, asked[at], narrow[at])
        outputs, _ = await own.ask(client, asked[at - 1], narrow[at])
        return said(outputs)

    async def everybody(address: str) -> list[str]:
        async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as client:
            return await asyncio.gather(*(session(client, address, at) for at in range(40)))

    with hosting(plain) as address, visiting(browser, address) as first, visiting(browser, address) as second:
        with ThreadPoolExecutor(1) as others:
            conversations = others.submit(asyncio.run, everybody(address))
            for page, question in ((first, WHO), (second, EMBASSY)):
                ask(page, question)
        for page, question in ((first, WHO), (second, EMBASSY)):
            expect(page.locator("#gesprek .user.message")).to_have_text(re.compile(re.escape(question)))
            expect(page.locator("#filter")).to_be_hidden()
    for at, conversation in enumerate(conversations.result()):
        first_answer = plain.ask(asked[at])
        second_answer = plain.ask(asked[at - 1], [Turn(asked[at], first_answer.text)])
        own = [answer.text.split(" [")[0] for answer in (first_answer, second_answer)]
        assert [part for part in (asked[at], asked[at - 1]) if part not in conversation] == []
        assert [part for part in asked if part not in (asked[at], asked[at - 1]) and part in conversation] == []
        assert conversation.count(f"tot en met {1 + at % 20} {('februari', 'maart')[at // 20]} 2020") == 2
        assert all(" ".join(text.split()) in " ".join(conversation.split()) for text in own), own


def test_a_long_conversation_sends_no_more_than_a_short_one(plain: Kamervraag) -> None:
    """The papers of earlier answers come when they are asked for; the words of the conversation are all that grows."""

    async def sizes(address: str) -> list[tuple[int, int]]:
        own = Session(address)
        async with httpx.AsyncClient(timeout=60) as client:
            told = [await own.ask(client, WHO) for _ in range(10)]
        return [(len(outputs[1]), size) for outputs, size in told]

    with hosting(plain) as address, ThreadPoolExecutor(1) as other:
        (panel, first), *_, (last_panel, last) = other.submit(asyncio.run, sizes(address)).result()
    assert last_panel - panel < 9 * 300  # a fold with the question for each earlier answer
    assert last - first < 9 * 6_000


# -- without a browser -----------------------------------------------------------------------------------------------


def shown_by(asked: Callable[[ui.Asker], ui.Frames], program: Kamervraag) -> list[tuple[Any, ...]]:
    """What the page is told while this is asked."""

    async def collected() -> list[tuple[Any, ...]]:
        return [frame async for frame in asked(ui.Asker(program, ui.Models(program), Line(), in_dutch))]

    with ThreadPoolExecutor(1) as other:  # playwright's event loop runs in this thread
        return other.submit(asyncio.run, collected()).result()


def frames(program: Kamervraag, question: str) -> list[tuple[Any, ...]]:
    """What the page is told while it answers a first question."""
    return shown_by(lambda asker: asker.answer(question, []), program)


def test_an_answer_grows_and_its_sources_come_once(kamervraag: Kamervraag) -> None:
    """Each frame adds words to the one before, the citations come with the last words; the text box is emptied once."""
    first, *growing, last = frames(kamervraag, WHO)
    texts = [frame[0][-1]["content"] for frame in growing]
    bare = [re.sub("<[^>]*>", "", text).strip() for text in texts]
    assert len(bare) > 3
    assert all(later.startswith(earlier) and later != earlier for earlier, later in pairwise(bare))
    assert "citaat" not in texts[0]
    assert "citaat" in last[0][-1]["content"]
    assert [isinstance(frame[1], str) for frame in (first, *growing, last)].count(True) == 1
    assert first[3] == ""
    assert all(frame[3] == ui.gr.skip() for frame in (*growing, last))


def test_sources_are_never_in_the_last_frame(plain: Kamervraag) -> None:
    """Gradio sends that one twice; of a declined answer too they come once, before it."""
    *_, before, last = frames(Scripted(plain), "Wie?")
    assert isinstance(before[1], str)
    assert last[1] == ui.gr.skip()


class Removing(Kamervraag):
    """Answers, and then the paper of the answer is removed."""

    def ask(self, *arguments: Any, **options: Any) -> Answer:
        given = super().ask(*arguments, **options)
        self.store.forget_letter(given.documents[0].id)
        return given


def test_a_paper_that_goes_right_after_the_answer_is_told(tmp_path: Path) -> None:
    """Nothing is wrong with the index, and the question is there to ask again; whoever reads the paper hears the same."""
    program = Removing(Settings(home=tmp_path), embedder=WordEmbedder(), reader=NoReader())
    program.index()
    last = frames(program, WHO)[-1]
    assert last[3] == WHO
    for shown in (last[0][-1]["content"], ui._read(program, in_dutch, False, "kst-27925-692", [])):
        assert "kst-27925-692 staat niet meer in de index" in html.unescape(shown)
        assert "beschadigd" not in shown
    assert "is no longer in the index" in ui._read(program, in_english, False, "kst-27925-692", [])


class Scripted(Kamervraag):
    """Answers each question at once, with itself, and remembers how it was asked."""

    def __init__(self, program: Kamervraag) -> None:
        super().__init__(program.settings, embedder=program.embedder, reader=program.reader)
        self.asked: list[tuple[str, bool]] = []

    def prepare(self) -> None:
        """Nothing to load."""

    def ask(self, question: str, *_arguments: Any, everywhere: bool = False, **_options: Any) -> Answer:
        self.asked.append((question, everywhere))
        if question == "?":
            raise BadQuestion("Leeg.")
        declined = Declined(f"Niets over {question}")
        return Answer(question, question, "quotes", declined=declined, searched="Kamerstuk 1", named=not everywhere)


def test_again_asks_as_widely_as_before(plain: Kamervraag) -> None:
    """Whoever once searched all papers does so again; nothing asked gives nothing to ask again."""
    program = Scripted(plain)
    turns = shown_by(lambda asker: asker.answer("Wie?", []), program)[-1][2]
    turns = shown_by(lambda asker: asker.again(turns), program)[-1][2]
    turns = shown_by(lambda asker: asker.again(turns, everywhere=True), program)[-1][2]
    turns = shown_by(lambda asker: asker.again(turns), program)[-1][2]
    assert program.asked == [("Wie?", False), ("Wie?", False), ("Wie?", True), ("Wie?", True)]
    assert len(turns) == 1
    assert shown_by(lambda asker: asker.again([]), program) == []


def test_only_the_newest_answer_can_be_widened(plain: Kamervraag) -> None:
    """The button re-asks the newest question, so it stands under that alone, and under none while another is being answered."""
    first = shown_by(lambda asker: asker.answer("Wie?", []), Scripted(plain))[-1][2]
    frames = shown_by(lambda asker: asker.answer("Wat?", first), Scripted(plain))
    assert ['class="overal"' in str(frame[0]) for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert 'class="overal"' in frames[-1][0][-1]["content"]
    assert ['class="overal"' in each["content"] for each in rendering.conversation(frames[-1][2])] == [False, False, False, True]


def test_what_is_typed_stays_while_something_is_asked_again(plain: Kamervraag) -> None:
    """Of an earlier conversation, of the newest question; also where one of them cannot be answered."""
    turns = shown_by(lambda asker: asker.answer("Wie?", []), Scripted(plain))[-1][2]
    frames = [
        *shown_by(lambda asker: asker.answer_all(["Wie?", "?", "Wat?"]), Scripted(plain)),
        *shown_by(lambda asker: asker.again(turns), Scripted(plain)),
    ]
    assert len(frames) > 4
    assert all(frame[3] == ui.gr.skip() for frame in frames)


def test_a_question_that_is_stopped_or_changed_is_there_again(plain: Kamervraag) -> None:
    """In the text box; stopping never takes away what was typed since. Nothing of the conversation goes that was answered."""
    first, *_, last = shown_by(lambda asker: asker.answer("Wie?", []), Scripted(plain))
    assert (first[6], last[6]) == ("Wie?", "")
    turns = last[2]
    asker = ui.Asker(plain, ui.Models(plain), Line(), in_dutch)
    for stopped, box in (
        (asker.stopped(turns, "Wat?", ""), "Wat?"),
        (asker.stopped(turns, "Wat?", "En"), "En"),
        (asker.to_change(turns, "Wat?"), "Wat?"),
    ):
        assert (stopped[2], stopped[3], stopped[6]) == (turns, box, "")
    changed = asker.to_change(turns, "")
    assert (changed[2], changed[3]) == ([], "Wie?")


def test_an_earlier_conversation_is_not_cut_short(plain: Kamervraag) -> None:
    """One that is asked anew in part is kept as another; one that is left while a question is answered is kept as it was."""
    turns = shown_by(lambda asker: asker.answer_all(["Wie?", "Wat?"]), Scripted(plain))[-1][2]
    kept = [["a", ["Wie?", "Wat?"]], ["b", ["Waar?"]]]
    assert ui._talk_now("a", kept, turns) == "a"
    assert ui._talk_now("a", kept, turns[:1]) == ""
    assert ui._keep_talk(turns, "", "b", kept)[:2] == ("b", [["b", ["Wie?", "Wat?"]], ["a", ["Wie?", "Wat?"]]])
    assert ui._keep_talk(turns, "Hoe?", "b", kept)[:2] == ("b", ui.gr.skip())


def test_the_pages_share_one_library(plain: Kamervraag, monkeypatch: pytest.MonkeyPatch) -> None:
    """One polite client for all that is fetched, whatever the language of who asks for it."""
    made: list[Library] = []

    class Remembered(Library):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(ui, "Library", Remembered)
    ui.application(plain, ui.Models(plain), SignIn())
    assert len(made) == 1


def test_each_way_to_ask_ends_the_others(plain: Kamervraag) -> None:
    """Also stopping, changing the question and a new conversation; none of them ends itself."""
    page = ui.build(plain).config
    names = {part["id"]: part["props"].get("elem_id") or "voorbeeld" for part in page["components"]}
    outputs = max((event["outputs"] for event in page["dependencies"]), key=len)
    asks = {event["id"]: {names[target] for target, _ in event["targets"]} for event in page["dependencies"] if event["types"]["generator"]}
    asks = {id: by for id, by in asks.items() if page["dependencies"][id]["outputs"] == outputs}
    assert set().union(*asks.values()) == {"verstuur", "vraag", "voorbeeld", "opnieuw", "doe-overal", "eerdere"}
    for id, by in asks.items():
        before = page["dependencies"][id - 1]  # the browser starts events in the order of their numbers
        assert ({*before["cancels"]}, before["targets"]) == (asks.keys() - {id}, page["dependencies"][id]["targets"]), by
        assert page["dependencies"][id]["cancels"] == []  # else Gradio's server takes its inputs away
    for button in ("stop", "wijzig", "nieuw"):
        first = next(event for event in page["dependencies"] if button in {names.get(target) for target, _ in event["targets"]})
        assert {*first["cancels"]} == asks.keys()


def test_what_is_not_foreseen_is_a_calm_sentence_too(kamervraag: Kamervraag, caplog: pytest.LogCaptureFixture) -> None:
    """A bug is logged with its traceback, and the page says that the question was not answered."""

    class Broken(Kamervraag):
        def ask(self, *_args: Any, **_options: Any) -> Answer:
            raise ZeroDivisionError("geheim")

    last = frames(Broken(kamervraag.settings, embedder=kamervraag.embedder), WHO)[-1]
    assert rendering.plain(WENT_WRONG) in last[0][-1]["content"]
    assert "geheim" not in str(last)
    assert last[3] == WHO
    assert "ZeroDivisionError" in caplog.text


NEW = Citation("kst-99003-2", "Nieuw", dt.date(2021, 6, 9), None, None, 1, 0, 1, "n")
OLD = Citation("kst-99003-1", "Oud", dt.date(2021, 3, 3), None, None, 1, 0, 1, "o")


def card(text: str, *spans: tuple[int, int], url: str | None = None, quote: str | None = None) -> str:
    """The sources of an answer that cites these stretches of a paper of one paragraph."""
    paper = Identity("x", "<b>Titel</b>", dt.date(2020, 1, 6), url=url)
    cited = tuple(Citation("x", paper.title, paper.date, url, "<i>Kop</i>", 1, a, b, quote or text[a:b]) for a, b in spans)
    answer = Answer("?", "?", "quotes", (Claim("…", cited),), documents=(paper,))
    return rendering.sources(answer, {"x": rendering.Paper(text, [Paragraph(Kind.TEXT, 0, len(text), 1, None, ())])}, 1)


def test_a_paper_is_text_whatever_it_holds() -> None:
    """Tags in its words, title and heading are shown, not obeyed; its address is a link only when it is one on the web."""
    shown = card("Zij <script>alert(1)</script> zeggen", (4, 29), url="javascript:alert(1)//https://")
    assert "<mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark>" in shown
    assert not re.search("<(script|b|i)>|href=", shown)


def test_the_id_of_a_paper_is_text_too() -> None:
    """A file may have any name; what stands in it becomes no tag and no attribute, in the sources and in the papers around it."""
    id = '"><img src=x onerror=alert(1)>'
    paper = Identity(id, "Titel", None)
    around = Neighbours(paper, ((Link(id, LinkKind.CITES), None), (Link(id, LinkKind.CITES), paper)), ((paper, LinkKind.CITES),))
    outline = [Paragraph(Kind.HEADING, 0, 3, 0, None, ()), Paragraph(Kind.TEXT, 5, 10, 1, None, ())]
    cited = Citation(id, "Titel", None, None, None, 1, 5, 10, "tekst")
    answer = Answer("?", "?", "quotes", (Claim("…", (cited,)),), documents=(paper,))
    shown = rendering.sources(answer, {id: rendering.Paper("Kop\n\ntekst", outline, around)}, 1, fetching=True)
    assert "<img" not in shown
    assert shown.count("&lt;img") >= 6


@pytest.mark.parametrize(
    ("states", "kind", "heading"),
    [
        ({"model_failed": True}, "antwoord uitwijk", ("Zonder taalmodel", "Without the language model")),
        ({"outdated": True, "model_failed": True}, "antwoord achterhaald", ("Achterhaald", "Out of date")),
        (
            {"overtaken": (OLD,), "overtaking": (NEW,)},
            "antwoord nieuwer",
            ("Een nieuwer stuk (9 juni 2021) zegt", "A newer paper (9 June 2021) says"),
        ),
    ],
)
def test_the_states_of_an_answer_cannot_be_confused(states: dict[str, Any], kind: str, heading: tuple[str, str]) -> None:
    """Each has a heading and a look of its own, in either language; words in the notes change nothing."""
    claims = tuple(Claim(cited.quote, (cited,)) for cited in (NEW, OLD))
    notes = (joined(Text(MODEL_ABSENT, "http://127.0.0.1:9/v1"), ONLY_QUOTES),)
    for answer, expected, there in (
        (Answer("?", "?", "quotes", claims, notes=notes), "antwoord", False),
        (Answer("?", "?", "quotes", claims, **states), kind, True),
    ):
        shown = [html.unescape(rendering.message(answer, 1, say=say)) for say in (in_dutch, in_english)]
        assert all(each.startswith(f'<div class="{expected}">') for each in shown)
        assert [words in each for words, each in zip(heading, shown, strict=True)] == [there, there]


def test_what_was_said_before_stands_apart() -> None:
    """Below what the newer paper says, under its own day; what says it with the newer paper stays above, what is of other papers stands below."""
    both_say, other = Claim("beide", (OLD, NEW)), replace(NEW, document="kst-88801-1", date=None)
    claims = (both_say, Claim("nu", (NEW,)), Claim("toen", (OLD,)), Claim("elders", (other,)))
    answer = Answer("?", "?", "quotes", claims, overtaken=(OLD,), overtaking=(NEW,))
    above, below = html.unescape(rendering.message(answer, 1)).split('<div class="eerder">')
    assert above.startswith('<div class="antwoord nieuwer"><p class="niet">Een nieuwer stuk (9 juni 2021) zegt</p><p>beide')
    assert "nu" in above
    earlier, others = below.split("</div>", 1)
    assert earlier.startswith('<p class="niet">Eerder (3 maart 2021) stond er</p><p>toen')
    assert others.startswith('<p class="niet">Ook staat in de stukken</p><p>elders')


def test_where_nothing_was_said_before_alone_nothing_is_newer() -> None:
    """One sentence that rests on an old and a new paper has no heading, and so no look, of a newer paper."""
    shown = rendering.message(Answer("?", "?", "quotes", (Claim("beide", (OLD, NEW)),), overtaken=(OLD,), overtaking=(NEW,)), 1)
    assert shown.startswith('<div class="antwoord"><p>beide')


def test_words_that_two_citations_share_are_shown_once() -> None:
    """The whole paper reads as it is, whatever is marked in it."""
    text = "Eerste zin hier. Tweede zin daar."
    whole = card(text, (0, 20), (10, 33)).split('class="stuk"')[1].split("</summary>")[1]
    assert re.sub("<[^>]*>", "", whole) == text


TEXT = "Zie Kamerstuk 1, nr. 2 en Kamerstuk 3, nr. 4."
NAMED = (
    (Link("kst-10001-2", LinkKind.CITES, 4, 22), Identity("kst-10001-2-n1", "Een <b>brief</b>", None)),
    (Link("kst-10003-4", LinkKind.CITES, 26, 44), None),
)


@pytest.mark.parametrize(("fetching", "buttons"), [(True, ["lees", "haal"]), (False, ["lees"])])
def test_papers_that_a_text_names_are_a_click_away(fetching: bool, buttons: list[str]) -> None:
    """In their place: to be read where the index has them, to be fetched where papers may be added; the text reads as it is."""
    paper = Identity("x", "Titel", None)
    around = Neighbours(paper, NAMED, ())
    outline = [Paragraph(Kind.TEXT, 0, len(TEXT), 1, None, ())]
    for marked in ((), (Citation("x", "Titel", None, None, None, 1, 10, 30, TEXT[10:30]),)):
        whole = rendering.whole_paper(paper, rendering.Paper(TEXT, outline, around), marked, "stuk", fetching=fetching)
        shown = whole.split("</summary>")[1].split('<div class="rond">')[0]
        assert re.sub("<[^>]*>", "", shown) == TEXT
        assert list(dict.fromkeys(re.findall('class="(lees|haal)"', shown))) == buttons
        assert 'data-id="kst-10001-2-n1" title="Een &lt;b&gt;brief&lt;/b&gt;"' in shown
    assert 'class="rond"' in whole  # the list stays


def test_an_answer_is_there_to_copy_with_its_sources() -> None:
    """As the Kamer names them, by page where there are pages; a line break stays within the button, and nothing acts as markup."""
    paper = Identity("kst-27925-692", "Brief", None, dossier="27925", number="692")
    cited = Citation(paper.id, "Brief", None, None, None, 3, 0, 9, 'Zij <b>"zeggen"</b>')
    answer = Answer("?", "?", "quotes", (Claim(cited.quote, (cited,)),), documents=(paper,))
    papers = {paper.id: rendering.Paper("…" * 20, [Paragraph(Kind.TEXT, 0, 20, 3, None, (), page=2)])}
    copied = rendering.with_sources(answer, papers)
    assert copied == 'Zij <b>"zeggen"</b> [1]\n[1] «Zij <b>"zeggen"</b>» (Kamerstuk 27 925, nr. 692, p. 2)'
    assert rendering.with_sources(answer, {}).endswith("(Kamerstuk 27 925, nr. 692, alinea 3)")
    shown = rendering.message(answer, 1, papers=papers)
    value = re.findall('class="kopieer" value="([^"]*)"', shown)
    assert [html.unescape(each) for each in value] == [copied]
    assert "\n" not in shown
    assert "kopieer" not in rendering.message(Answer.refused("?", "Niets."), 1)


@pytest.mark.parametrize(("kind", "role"), [("zoekt", "status"), ("fout", "alert")])
def test_what_goes_on_or_went_wrong_is_told_aloud(kind: str, role: str) -> None:
    """A screen reader says it when it appears; an error at once."""
    assert rendering.notice(kind, "Leeg.").startswith(f'<div class="{kind}" role="{role}">')


def test_a_paper_that_changed_gets_no_wrong_marks() -> None:
    """Where the quoted words no longer stand at their place, the card shows the quote without surroundings."""
    first = card("Nu staat hier iets anders.", (3, 9), quote="wat er stond").split("</article>")[0]
    assert "<mark>wat er stond</mark>" in first
    assert "iets anders" not in first


def test_a_port_that_cannot_be_had_is_told_with_a_way_out(kamervraag: Kamervraag) -> None:
    """Taken, or not there at all: each in its own words, with the command that helps."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUse, match=r"al in gebruik.*kamervraag chat --port 7861"):
            ui.serve(kamervraag, port=taken.getsockname()[1])
    with pytest.raises(PortInUse, match=r"niet te gebruiken.*65535"):
        ui.serve(kamervraag, port=99_999)
