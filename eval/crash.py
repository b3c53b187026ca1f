"""Killed at any moment, the index is whole again after the next run: `python -m eval.crash`, by hand, prints figures.

A process that syncs and indexes is ended with SIGKILL at random moments, again and again, while a user's own papers are
added, changed and taken away, those of a followed dossier come, are corrected and withdrawn, and another process searches
without pause. In the end the index must be the one that an undisturbed run makes of the same papers. What is tested is
the store, so an embedder of words takes the place of the model. Exit code 1 when the two differ or the searching process
met an error.
"""

import argparse
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from eval.made_up import OWN, SENTENCES, SERVED, sentences, served, write_own, write_served
from index import Store
from index.embedder import WordEmbedder
from index.words import terms
from rag import Kamervraag, Settings
from rag.library import Library
from rag.reading import NoReader
from sources.errors import IndexMissing

HERE = Path(__file__).parent
FOLLOWED = 100  # papers of the followed dossier
KILLS_A_DAY = 4
LONGEST_S = 30.0  # that a run is left alone
NEVER = 99  # the last day of the stand-in
SETTINGS = {
    "base_search": "KAMERVRAAG_KOOP_SEARCH",
    "base_documents": "KAMERVRAAG_KOOP_DOCUMENTS",
    "base_repository": "KAMERVRAAG_KOOP_REPOSITORY",
    "base_odata": "KAMERVRAAG_TK_ODATA",
    "base_feed": "KAMERVRAAG_TK_FEED",
}
ASKED = ("Hoeveel militairen gaan er mee?", "Wanneer besluit het kabinet?", "Wie ondertekent de overeenkomst?")


def main() -> None:
    """Disturb, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--sync", help=argparse.SUPPRESS)
    options.add_argument("--search", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.sync:
        sync(Path(chosen.sync))
    elif chosen.search:
        search(Path(chosen.search))
    else:
        with tempfile.TemporaryDirectory(prefix="kamervraag-crash-") as folder:
            raise SystemExit(disturb(Path(folder), chosen.passages, chosen.kills))


def disturb(folder: Path, passages: int, kills: int) -> int:
    """The whole trial in this folder; gives the exit code."""
    chance, known = random.Random(1), sentences()
    home, undisturbed = folder / "home", folder / "undisturbed"
    own = home / "letters"
    own.mkdir(parents=True)
    for number in range(passages // SENTENCES):
        write_own(own, number, known, chance)
    with served(_dossier(folder / "served"), _days(kills, chance)) as addresses:
        os.environ.update({SETTINGS[name]: url for name, url in addresses.items()})
        shutil.copytree(home, undisturbed)
        began = time.monotonic()
        _sync(undisturbed).wait()
        usual = min(time.monotonic() - began, LONGEST_S)
        killed, ended = 0, 0
        with _searching(home) as searching, Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Afbreken", total=kills)
            while killed < kills and ended < kills:
                bar.update(task, completed=killed)
                _set_day(addresses, 1 + killed // KILLS_A_DAY)
                process = _sync(home)
                began = time.monotonic()
                try:
                    process.wait(timeout=chance.uniform(0.4, 1.0) * usual)
                    usual = time.monotonic() - began
                    ended += 1
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    killed += 1
                    usual = min(1.1 * usual, LONGEST_S)  # what was not done is done next time
                for _change in range(chance.randrange(6)):
                    number = chance.randrange(passages // SENTENCES + 20)
                    if chance.random() < 0.2:
                        (own / f"kst-{OWN}-{number}.txt").unlink(missing_ok=True)
                    else:
                        write_own(own, number, known, chance)
            failed = _sync(home).wait()
            time.sleep(1)
            searching.send_signal(signal.SIGTERM)
            searched = json.loads(searching.communicate(timeout=60)[0] or "{}")
        anew = folder / "anew"
        (anew / "letters").mkdir(parents=True)
        for file in own.glob(f"kst-{OWN}-*"):
            shutil.copy(file, anew / "letters")
        failed = failed or _sync(anew).wait()
    mine, expected = contents(home), contents(anew)
    different = [part for part in mine if mine[part] != expected[part]]
    for id in sorted({*mine["letters"].items()} ^ {*expected["letters"].items()}):
        print("anders:", id)
    table = Table("wat", "gemeten", title=f"Afgebroken bij {passages} passages", title_justify="left")
    for what, figure in (
        ("afgebroken met SIGKILL", killed),
        ("runs die eerder klaar waren", ended),
        ("laatste run mislukt", "ja" if failed else "nee"),
        ("vragen gesteld, ondertussen", searched.get("searches")),
        ("waarvan zonder Chroma, dat even stuk was", searched.get("without_chroma")),
        ("fouten bij het zoeken", len(searched.get("errors", []))),
        ("verschillen met een ongestoorde index", ", ".join(different) or "geen"),
        ("stukken en passages", f"{len(mine['letters'])}, {len(mine['passages'])}"),
    ):
        table.add_row(what, str(figure))
    Console().print(table)
    for error in searched.get("errors", [])[:3]:
        print(error)
    return int(bool(different or failed or searched.get("errors") or not searched.get("searches")))


def sync(home: Path) -> None:
    """What `kamervraag sync` does, with an embedder of words and without politeness to the stand-in."""
    library = Library(Kamervraag(Settings(home), embedder=WordEmbedder(), reader=NoReader()))
    library.koop.client.pace_s = library.tweede_kamer.client.pace_s = 0
    library.follow([SERVED])
    library.sync()


def search(home: Path) -> None:
    """Ask until told to stop, then print how often, and what went wrong; the verifier looks every quote up in its paper."""
    done: dict[str, Any] = {"searches": 0, "errors": []}
    warned = Warned()
    logging.getLogger().addHandler(warned)
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    program = Kamervraag(Settings(home), embedder=WordEmbedder(), reader=NoReader())
    while not stopped:
        for question in ASKED:
            try:
                program.ask(question)
                done["searches"] += 1
            except IndexMissing:
                time.sleep(0.1)
            except Exception as error:  # noqa: BLE001  # all that goes wrong is what is looked for
                done["errors"].append("".join(traceback.format_exception(error)))
    print(json.dumps(done | {"without_chroma": warned.times}))


class Warned(logging.Handler):
    """Counts the warnings."""

    times = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.times += record.levelno == logging.WARNING


def contents(home: Path) -> dict[str, Any]:
    """All that an index answers from, as values that can be compared."""
    store = Store(home / "index")
    letters = {id: digest for id, (_origin, digest) in store.letters().items()}
    passages = [passage for id in sorted(letters) for passage in store.passages_of(id)]
    stray, missing = store.stray_vectors()
    vectors = store.vectors([passage.id for passage in passages])
    return {
        "letters": letters,
        "passages": passages,
        "stray": sorted(stray),
        "missing": sorted(missing),
        "vectors": {id: np.round(vector, 5).tolist() for id, vector in vectors.items()},
        "words": [store.search_words(terms(question), 50) for question in ASKED],
    }


def _dossier(folder: Path) -> Path:
    """The papers of the followed dossier, each also as it is once corrected."""
    folder.mkdir()
    for number in range(1, FOLLOWED + 1):
        write_served(folder, str(number), f"Dit stuk is verzonnen. Het heeft nummer {number} en kost {number} euro.")
        write_served(folder, f"{number}-n1", f"Dit stuk is gecorrigeerd. Het heeft nummer {number} en kost {number} miljoen euro.")
    return folder


def _days(kills: int, chance: random.Random) -> dict[str, dict[str, int]]:
    """From and until when a paper is there: some come later, some are corrected, some are withdrawn."""
    last, days = 2 + kills // KILLS_A_DAY, {}
    for number in range(1, FOLLOWED + 1):
        comes, fate = chance.randint(1, last), chance.random()
        corrected = chance.randint(comes, last) if fate < 0.4 else NEVER
        withdrawn = chance.randint(comes, last) if fate > 0.8 else NEVER
        days[f"kst-{SERVED}-{number}"] = {"from": comes, "until": min(corrected, withdrawn)}
        days[f"kst-{SERVED}-{number}-n1"] = {"from": corrected, "until": NEVER}
    return days


def _set_day(addresses: dict[str, str], day: int) -> None:
    with urllib.request.urlopen(addresses["base_search"].replace("/sru", f"/_dag/{day}"), timeout=30):
        pass


def _sync(home: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "eval.crash", "--sync", str(home)]
    return subprocess.Popen(command, cwd=HERE.parent, stderr=subprocess.DEVNULL)


@contextmanager
def _searching(home: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "eval.crash", "--search", str(home)]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
