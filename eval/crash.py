"""Killed at any moment, the index is whole again after the next run: `python -m eval.crash`, by hand, prints figures.

A process that indexes is ended with SIGKILL at random moments, again and again, while papers are added, changed and
taken away and another process searches without pause. In the end the index must be the one that an undisturbed run
makes of the same papers. What is tested is the store, so an embedder of words takes the place of the model. Exit code
1 when the two differ or the searching process met an error.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index import Store, index_folders
from index.embedder import WordEmbedder
from index.words import terms
from sources import KamervraagError, letter_paths, read_file
from sources.errors import IndexMissing

HERE = Path(__file__).parent
SENTENCES = 50  # of a made-up paper
ASKED = ("Hoeveel militairen gaan er mee?", "Wanneer besluit het kabinet?", "Wie ondertekent de overeenkomst?")


def main() -> None:
    """Disturb, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--index", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--search", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.index:
        index_folders(Path(chosen.index[0]), [Path(chosen.index[1])], WordEmbedder())
    elif chosen.search:
        search(Path(chosen.search))
    else:
        with tempfile.TemporaryDirectory(prefix="kamervraag-crash-") as folder:
            raise SystemExit(disturb(Path(folder), chosen.passages, chosen.kills))


def disturb(folder: Path, passages: int, kills: int) -> int:
    """The whole trial in this folder; gives the exit code."""
    chance = random.Random(1)
    papers, home = folder / "papers", folder / "home"
    papers.mkdir()
    sentences = sorted({s for path in letter_paths(HERE / "training" / "letters") for s in _sentences(path)})
    for number in range(passages // SENTENCES):
        _write(papers, number, sentences, chance)
    began = time.monotonic()
    _index(folder / "undisturbed", papers).wait()
    whole = time.monotonic() - began
    killed, ended = 0, 0
    with _searching(home) as searching:
        for _ in track(range(kills), "Afbreken", console=Console(stderr=True), transient=True):
            process = _index(home, papers)
            try:
                process.wait(timeout=chance.uniform(0.3, 1.0) * min(whole, 8.0))
                ended += 1
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
            for _change in range(chance.randrange(6)):
                number = chance.randrange(passages // SENTENCES + 20)
                if chance.random() < 0.2:
                    (papers / f"kst-99001-{number}.txt").unlink(missing_ok=True)
                else:
                    _write(papers, number, sentences, chance)
        failed = _index(home, papers).wait()
        time.sleep(1)
        searching.send_signal(signal.SIGTERM)
        searched = json.loads(searching.communicate(timeout=60)[0] or "{}")
    index_folders(folder / "anew", [papers], WordEmbedder())
    mine, anew = contents(home), contents(folder / "anew")
    different = [part for part in mine if mine[part] != anew[part]]
    table = Table("wat", "gemeten", title=f"Afgebroken bij {passages} passages", title_justify="left")
    for what, figure in (
        ("afgebroken met SIGKILL", killed),
        ("runs die eerder klaar waren", ended),
        ("laatste run mislukt", "ja" if failed else "nee"),
        ("gezocht, ondertussen", searched.get("searches")),
        ("fouten bij het zoeken", len(searched.get("errors", []))),
        ("verschillen met een ongestoorde index", ", ".join(different) or "geen"),
        ("stukken en passages", f"{len(mine['letters'])}, {len(mine['passages'])}"),
    ):
        table.add_row(what, str(figure))
    Console().print(table)
    for error in searched.get("errors", [])[:3]:
        print(error)
    return int(bool(different or failed or searched.get("errors") or not searched.get("searches")))


def search(home: Path) -> None:
    """Search until told to stop, then print how often, and what went wrong; every quote must stand in its paper."""
    done: dict[str, Any] = {"searches": 0, "errors": []}
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    embedder = WordEmbedder()
    store = None
    while not stopped:
        for question in ASKED:
            try:
                store = store or Store(home / "index")
                vector = embedder.embed_question(question)
                ids = [id for id, _ in [*store.search_vectors(vector, 10), *store.search_words(terms(question), 10)]]
                for passage, identity in store.passages(ids).values():
                    if passage.quote not in store.text(identity.id):
                        raise AssertionError(f"{passage.id} staat niet in {identity.id}")
                done["searches"] += 1
            except IndexMissing:
                time.sleep(0.1)
            except KeyError:  # the paper went between two reads; the next search does not find it
                pass
            except (KamervraagError, AssertionError, Exception) as error:  # noqa: BLE001  # all that goes wrong is what is looked for
                done["errors"].append(repr(error))
    print(json.dumps(done))


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


def _sentences(path: Path) -> Iterator[str]:
    letter = read_file(path)
    for paragraph in letter.paragraphs:
        for sentence in paragraph.sentences:
            yield " ".join(letter.text[sentence.start : sentence.end].split())


def _write(papers: Path, number: int, sentences: list[str], chance: random.Random) -> None:
    """A made-up paper under this number, other words each time."""
    chosen = chance.sample(sentences, SENTENCES)
    paragraphs = ["\n".join(chosen[at : at + 5]) for at in range(0, SENTENCES, 5)]
    file = papers / f"kst-99001-{number}.txt"
    scratch = file.with_suffix(".new")
    scratch.write_text("Den Haag, 3 maart 2021\n\n" + "\n\n".join(paragraphs) + "\n", encoding="utf-8")
    scratch.replace(file)


def _index(home: Path, papers: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "eval.crash", "--index", str(home), str(papers)]
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
