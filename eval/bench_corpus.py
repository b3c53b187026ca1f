"""Speed and memory on many papers, as a table: `python -m eval.bench_corpus`, by hand; takes some ten minutes.

Indexing stands beside embedding the same passages and nothing else, memory beside what the model alone weighs, and a
visit to a dossier of many papers beside the answering time of the services' stand-in. Nothing is asserted here.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.made_up import SENTENCES, SERVED, sentences, served, write_own, write_served
from index import Store, index_folders, split
from index.embedder import SentenceEmbedder, WordEmbedder
from rag import Kamervraag, Settings
from rag.library import Library
from rag.reading import NoReader
from sources import letter_paths, read_file
from sources.http import Client, Response
from sources.koop import Koop
from sources.tweedekamer import TweedeKamer

HERE = Path(__file__).parent
THREE_PAGES = 75  # sentences


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--passages", type=int, default=10_000)
    options.add_argument("--papers", type=int, default=1_000, help="in the followed dossier")
    options.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.part:
        print(json.dumps(_PARTS[chosen.part[0]](Path(chosen.part[1]))))
        return
    table = Table("wat", "gemeten", "naast", "verhouding", title="Kamervraag: veel stukken", title_justify="left")
    with tempfile.TemporaryDirectory(prefix="kamervraag-corpus-") as folder:
        for row in (*corpus(Path(folder), chosen.passages), *visiting(Path(folder), chosen.papers)):
            table.add_row(*row)
            Console(stderr=True).print("  ".join(row))
    Console().print(table)


def corpus(folder: Path, passages: int) -> Iterator[tuple[str, str, str, str]]:
    """Indexing so many passages, a quarter of them, and then one letter more."""
    chance = random.Random(1)
    papers = folder / "papers"
    papers.mkdir()
    known = sentences()
    for number in range(passages // SENTENCES):
        write_own(papers, number, known, chance)
        if number == passages // SENTENCES // 4:
            quarter = _part("index", folder)
            shutil.rmtree(folder / "home")
    whole = _part("index", folder)
    alone = _part("embed", folder)
    took, base = whole["seconds"], alone["seconds"]
    yield f"indexeren, {whole['passages']:.0f} passages", f"{took:.0f} s", f"alleen embedden: {base:.0f} s", f"{took / base:.2f}"
    for size in (quarter, whole):
        above = (size["most"] - size["model"]) / 1e6
        yield f"geheugen boven het model, {size['passages']:.0f} passages", f"{above:.0f} MB", f"model: {size['model'] / 1e6:.0f} MB", ""
    write_own(papers, passages, known, chance, length=THREE_PAGES)
    one = _part("one", folder)
    yield "een brief van drie bladzijden erbij, vindbaar na", f"{one['seconds']:.2f} s", f"embedden: {one['embedding']:.2f} s", ""


def visiting(folder: Path, papers: int) -> Iterator[tuple[str, str, str, str]]:
    """`sync` of a followed dossier of so many papers: the first time, and once with nothing new."""
    (folder / "served").mkdir()
    for number in range(1, papers + 1):
        write_served(folder / "served", str(number), f"Dit stuk is verzonnen. Het heeft nummer {number} en kost {number} euro.")
    with served(folder / "served") as bases:
        client = _Timed(pace_s=0)
        koop = Koop(client, **{name: url for name, url in bases.items() if name not in ("base_odata", "base_feed")})
        tweede_kamer = TweedeKamer(client, base_odata=bases["base_odata"], base_feed=bases["base_feed"])
        library = Library(Kamervraag(Settings(folder / "followed"), embedder=WordEmbedder(), reader=NoReader()), koop, tweede_kamer)
        library.follow([SERVED])
        for name in ("eerste keer", "zonder nieuws"):
            client.waited = 0.0
            started = time.perf_counter()
            done = library.sync()
            took = time.perf_counter() - started
            new = sum(len(visit.new) for visit in done.visits)
            failed = sum(len(visit.failed) for visit in done.visits) + len(done.failed)
            beside = f"waarvan wachten op de dienst: {client.waited:.1f} s; nieuw {new}, mislukt {failed}"
            yield f"sync {name}, {papers} stukken", f"{took:.1f} s", beside, ""


class _Timed(Client):
    """A client that knows how long it waited for the services."""

    waited = 0.0

    def get(self, *args: Any, **named: Any) -> Response:
        started = time.perf_counter()
        try:
            return super().get(*args, **named)
        finally:
            self.waited += time.perf_counter() - started


def _index(folder: Path) -> dict[str, float]:
    embedder = SentenceEmbedder()
    embedder.embed_passages(["Een eerste zin, zodat het model geladen is."] * 16)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    model = _status("VmRSS")
    started = time.perf_counter()
    report = index_folders(folder / "home", [folder / "papers"], embedder)
    return {"seconds": time.perf_counter() - started, "passages": report.embedded, "model": model, "most": _status("VmHWM")}


def _embed(folder: Path) -> dict[str, float]:
    embedder = SentenceEmbedder()
    texts = [passage.in_context for path in letter_paths(folder / "papers") for passage in split(read_file(path))]
    embedder.embed_passages(texts[:16])
    started = time.perf_counter()
    embedder.embed_passages(texts)
    return {"seconds": time.perf_counter() - started}


def _one(folder: Path) -> dict[str, float]:
    """The newest paper is not in the index yet: seconds until another reader of the index finds a sentence of it."""
    embedder = SentenceEmbedder()
    newest = max(letter_paths(folder / "papers"), key=lambda path: path.stat().st_mtime_ns)
    texts = [passage.in_context for passage in split(read_file(newest))]
    question = embedder.embed_question(texts[5])
    reader = Store(folder / "home" / "index")
    reader.search_vectors(question, 5)
    started = time.perf_counter()
    index_folders(folder / "home", [folder / "papers"], embedder)
    found = reader.search_vectors(question, 5)
    took = time.perf_counter() - started
    if not any(id.startswith(newest.stem) for id, _score in found):
        raise SystemExit("De nieuwe brief is niet gevonden.")
    started = time.perf_counter()
    embedder.embed_passages(texts)
    return {"seconds": took, "embedding": time.perf_counter() - started}


_PARTS = {"index": _index, "embed": _embed, "one": _one}


def _part(name: str, folder: Path) -> dict[str, float]:
    """One measurement in a process of its own, so that nothing of another is in its memory."""
    command = [sys.executable, "-m", "eval.bench_corpus", "--part", name, str(folder)]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _status(name: str) -> int:
    """A figure of this process's memory in bytes (proc_pid_status(5))."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
