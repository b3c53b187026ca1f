"""Speed and memory of the real program, as a table: `make bench`.

Every time stands beside one of the same run that it can be divided by, since machines differ and are noisy. Nothing
is asserted here. The chat is started on a free port of the loopback address and ended by its process id.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from eval.questions import Question, load
from index import index_folders, split
from rag import Kamervraag, Settings
from sources import SHIPPED_LETTERS, letter_paths, read_file

HERE = Path(__file__).parent
ROUNDS = 3
PATIENCE_S = 120
USERS = 40
ASKED_IN_BROWSER, TURNS = 60, 6  # questions, and how many a conversation has
WATCH_FOR_WORDS = """() => {
  const words = () => document.querySelectorAll("#gesprek :is(.schrijft, .antwoord, .geen-antwoord, .mogelijk)").length;
  let asked = 0, before = 0;
  window.firstWords = null;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { asked = performance.now(); before = words(); window.firstWords = null; }
  }, true);
  new MutationObserver(() => {
    if (asked && window.firstWords === null && words() > before) window.firstWords = performance.now() - asked;
  }).observe(document.body, { subtree: true, childList: true });
}"""
MANY = 2_000  # questions over which memory should not grow


def main() -> None:
    """Measure and print; takes some five minutes."""
    table = Table(title="Kamervraag: snelheid en geheugen", title_justify="left")
    for column, side in (("wat", "left"), ("gemeten", "right"), ("naast", "left"), ("verhouding", "right")):
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        program = Kamervraag(Settings(home=Path(folder)))
        program.index()
        for row in (*asking(program), *indexing(program), *chatting(Path(folder))):
            table.add_row(*row)
    Console().print(table)


def asking(program: Kamervraag) -> Iterator[tuple[str, str, str, str]]:
    """`ask` in a running process, on the evaluation's questions about the shipped letter."""
    program.prepare()
    seconds, embedding = [], []
    for asked in _about_the_letter() * ROUNDS:
        seconds.append(program.ask(asked.question, asked.history).seconds)
        embedding.append(_seconds(lambda: program.embedder.embed_question(asked.question)))  # noqa: B023  # called at once
    base = statistics.median(embedding)
    for name, value in (("p50", statistics.median(seconds)), ("p95", float(np.quantile(seconds, 0.95)))):
        yield f"vraag, {name} van {len(seconds)}", f"{value * 1000:.0f} ms", f"vraag embedden: {base * 1000:.0f} ms", f"{value / base:.2f}"


def indexing(program: Kamervraag) -> Iterator[tuple[str, str, str, str]]:
    """Indexing letters, beside embedding the same passages and nothing else."""
    folders = [SHIPPED_LETTERS, HERE / "letters"]
    letters = [read_file(path) for folder in folders for path in letter_paths(folder)]
    texts = [passage.in_context for letter in letters for passage in split(letter)]
    by_letter = [[passage.in_context for passage in split(letter)] for letter in letters]
    program.embedder.embed_passages(texts[:16])
    indexed, embedded = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as home:
            indexed.append(_seconds(lambda: index_folders(Path(home), folders, program.embedder)))  # called at once
        embedded.append(_seconds(lambda: [program.embedder.embed_passages(texts) for texts in by_letter]))
    took, base = min(indexed), min(embedded)
    yield f"indexeren, {len(texts)} passages", f"{took:.1f} s", f"alleen embedden: {base:.1f} s", f"{took / base:.2f}"


def chatting(home: Path) -> Iterator[tuple[str, str, str, str]]:
    """The chat: until the page is there, and what it weighs with its models loaded."""
    with _chat(home) as (process, url):
        started = time.perf_counter()
        while not _answers(url):
            if process.poll() is not None or time.perf_counter() - started > PATIENCE_S:
                raise SystemExit("De chat is niet gestart.")
            time.sleep(0.05)
        yield "pagina na 'kamervraag chat'", f"{time.perf_counter() - started:.1f} s", "", ""
        yield from looking(url)
        loaded = _settled_memory(process.pid)
        yield "geheugen van de chat, modellen geladen", f"{loaded / 1e6:.0f} MB", "", ""
        alone = sorted(_ask(url, question) for question in _questions())
        base = float(np.quantile(alone, 0.95))
        together = [each for _ in range(ROUNDS) for each in _at_once(url, USERS)]
        p95 = float(np.quantile(together, 0.95))
        yield f"{USERS} gebruikers tegelijk, p95", f"{p95:.2f} s", f"een tegelijk, p95: {base:.2f} s", f"{p95 / base:.1f}"
        before = _memory(process.pid)
        asked = 0
        while asked < MANY:
            asked += len(_at_once(url, USERS))
        after = _memory(process.pid)
        yield f"geheugen na {asked} vragen meer", f"{after / 1e6:.0f} MB", f"ervoor: {before / 1e6:.0f} MB", f"{after / before:.2f}"


def looking(url: str) -> Iterator[tuple[str, str, str, str]]:
    """The page in Chromium, opened as soon as the chat listens: until something is painted, and until an answer's first words."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(locale="nl-NL")
        page.set_default_timeout(PATIENCE_S * 1000)
        page.goto(url)
        page.locator("#vraag textarea").wait_for()
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        yield "eerste beeld in de browser, modellen laden nog", f"{painted / 1000:.1f} s", "", ""
        page.evaluate(WATCH_FOR_WORDS)
        _first_words(page, _questions()[-1], 0)  # this one waits for the models
        waited = []
        for number, question in enumerate(_questions()[:ASKED_IN_BROWSER]):
            if number % TURNS == 0:
                page.locator("#nieuw").click()
                page.locator(".voorbeeld").first.wait_for()
            waited.append(_first_words(page, question, number % TURNS))
        for name, value in (("p50", statistics.median(waited)), ("p95", float(np.quantile(waited, 0.95)))):
            yield f"eerste woorden na Enter, {name} van {len(waited)}", f"{value * 1000:.0f} ms", "", ""
        browser.close()


def _first_words(page: Page, question: str, turn: int) -> float:
    """Seconds from Enter to the first words of the answer, which is then waited for."""
    page.locator("#vraag textarea").fill(question)
    page.locator("#vraag textarea").press("Enter")
    page.wait_for_function("window.firstWords !== null")
    took = page.evaluate("window.firstWords") / 1000
    page.locator("#gesprek .deel").nth(turn).wait_for()
    return float(took)


def _about_the_letter() -> list[Question]:
    """The evaluation's questions about the shipped letter."""
    return [question for question in load() if question.document == "kst-27925-692"]


def _questions() -> list[str]:
    """Those that stand alone."""
    return [asked.question for asked in _about_the_letter() if not asked.history]


def _at_once(url: str, users: int) -> list[float]:
    """Seconds that each of so many users waits when all ask at the same moment, each something else."""
    with ThreadPoolExecutor(users) as pool:
        return list(pool.map(lambda question: _ask(url, question), _questions()[:users]))


def _ask(url: str, question: str) -> float:
    """Seconds for an answer over HTTP."""
    started = time.perf_counter()
    with urllib.request.urlopen(f"{url}/api/ask?vraag={quote(question)}", timeout=PATIENCE_S) as response:
        response.read()
    return time.perf_counter() - started


@contextmanager
def _chat(home: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cli", "chat", "--port", str(port)]
    environment = os.environ | {"KAMERVRAAG_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, cwd=HERE.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _settled_memory(pid: int) -> int:
    """Resident bytes once they have not grown by 1 % for five seconds, with a model certainly in them."""
    history = [0]
    deadline = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < deadline:
        history.append(_memory(pid))
        if len(history) > 10 and history[-1] > 4e8 and history[-1] < history[-10] * 1.01:
            break
        time.sleep(0.5)
    return history[-1]


def _memory(pid: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _seconds(call: object) -> float:
    started = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
