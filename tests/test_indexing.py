"""Indexing: incremental, idempotent, and either the old or the new state after a crash."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from chromadb.api.shared_system_client import SharedSystemClient
from filelock import FileLock

from index import Report, Store, index_folders
from index.embedder import WordEmbedder
from sources import Letter, read_file
from sources.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, StorageProblem
from sources.links import LinkKind

ONE = "Den Haag, 6 januari 2020\n\nDe eerste alinea gaat over Irak.\n\nDe tweede alinea gaat over Mali.\n"
TWO = "Den Haag, 7 februari 2021\n\nDeze brief gaat over woningbouw in Almere.\n"

PDF_WITHOUT_TEXT = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Size 4/Root 1 0 R>>\n%%EOF\n"
)


class Place:
    """A home and a folder of letters, with an embedder that counts."""

    def __init__(self, root: Path) -> None:
        self.home, self.folder = root / "home", root / "brieven"
        self.folder.mkdir()
        self.embedder = WordEmbedder()
        self.write("een", ONE)
        self.write("twee", TWO)

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.txt").write_text(text, encoding="utf-8")

    def index(self, *, rebuild: bool = False) -> Report:
        self.embedder.embedded.clear()
        return index_folders(self.home, [self.folder], self.embedder, rebuild=rebuild)

    @property
    def store(self) -> Store:
        return Store(self.home / "index")

    def contents(self) -> tuple[object, ...]:
        """All that a user of the index can see of it."""
        store = self.store
        stray, missing = store.stray_vectors()
        return sorted(store.letters()), [p for id in sorted(store.letters()) for p in store.passages_of(id)], stray, missing


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@contextmanager
def without_rights() -> Iterator[None]:
    """For a while this process is nobody's, where it was root's."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_home_that_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    """It is no missing index, and the setting to look at is named."""
    (tmp_path / "dicht").mkdir(mode=0o000)
    with without_rights(), pytest.raises(StorageProblem, match="KAMERVRAAG_HOME"):
        Store(tmp_path / "dicht" / "index")


def test_what_is_done_to_a_paper_is_done_to_its_correction(place: Place) -> None:
    """A letter that takes back number 7 takes back the correction that stands in its place; that one does nothing to itself."""
    papers = {
        "kst-99901-7-n1": ("2024-03-03", "De brug bij Zaltbommel wordt in oktober gesloten."),
        "kst-99901-8": ("2024-05-03", "Hierbij trek ik mijn brief van 3 maart (Kamerstuk 99 901, nr. 7) in."),
    }
    for id, (date, text) in papers.items():
        place.write(id, f"Den Haag, 3 maart 2024\n\n{text}\n")
        about = {"id": id, "title": f"Brief {id}", "date": date, "replaces": ["kst-99901-7"] if "n1" in id else []}
        (place.folder / f"{id}.json").write_text(json.dumps(about), encoding="utf-8")
    place.index()
    assert [(paper.id, kind) for paper, kind in place.store.links_to("kst-99901-7-n1")] == [("kst-99901-8", LinkKind.WITHDRAWS)]
    assert [paper.id for paper, _kind in place.store.links_to("kst-99901-7")] == ["kst-99901-7-n1", "kst-99901-8"]


def test_indexing_twice_changes_nothing_and_embeds_nothing(place: Place) -> None:
    """The second run costs a hash a letter."""
    first = place.index()
    before = place.contents()
    second = place.index()
    assert sorted(first.added) == ["een", "twee"]
    assert (second.unchanged, second.embedded, place.embedder.embedded) == (2, 0, [])
    assert place.contents() == before


def test_a_changed_letter_embeds_only_its_changed_passages(place: Place) -> None:
    """And what it no longer says is no longer found."""
    place.index()
    place.write("een", ONE.replace("Mali", "Niger"))
    report = place.index()
    assert report.changed == ["een"]
    assert place.embedder.embedded == ["De tweede alinea gaat over Niger."]
    assert not place.store.search_words(["mali"], 5)
    assert place.contents()[2:] == (set(), set())


def test_a_withdrawn_letter_leaves_no_trace(place: Place) -> None:
    """Not in the text, not among the words, not among the vectors."""
    place.index()
    (place.folder / "twee.txt").unlink()
    assert place.index().removed == ["twee"]
    assert place.store.counts() == {"letters": 1, "passages": 3, "vectors": 3}
    assert not place.store.search_words(["woningbouw"], 5)
    hits = place.store.search_vectors(WordEmbedder().embed_question("woningbouw in Almere"), 10)
    assert all(id.startswith("een:") for id, _score in hits)


def test_a_letter_that_cannot_be_read_is_named_and_stops_no_other(place: Place) -> None:
    """Its earlier version stays in the index."""
    place.index()
    (place.folder / "een.txt").write_bytes(b"")
    (place.folder / "kapot.txt").write_bytes(b"\x00\x01\x02")
    place.write("twee", TWO.replace("Almere", "Delft"))
    report = place.index()
    assert [failure.split(":")[0] for failure in report.failed] == ["een.txt", "kapot.txt"]
    assert report.changed == ["twee"]
    assert "Irak" in place.store.text("een")


def test_what_could_not_be_read_is_read_again_only_when_it_changes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading may have taken minutes of recognising pages; it is told at every run, until the file or what it lacked is there."""
    read: list[str] = []

    def reading(path: Path) -> Letter:
        read.append(path.name)
        return read_file(path)

    monkeypatch.setattr("index.indexer.read_file", reading)
    monkeypatch.setenv("PATH", str(place.home))  # without tesseract
    (place.folder / "kapot.txt").write_bytes(b"\x00\x01\x02")
    (place.folder / "scan.pdf").write_bytes(PDF_WITHOUT_TEXT)
    (place.folder / "tweemaal.txt").write_text(ONE)
    (place.folder / "tweemaal.json").write_text('{"id": "een"}')
    failed = place.index().failed
    assert [each.split(":")[0] for each in failed] == ["kapot.txt", "scan.pdf", "tweemaal.txt"]
    read.clear()
    assert place.index().failed == failed
    assert read == ["scan.pdf"]
    (place.folder / "kapot.txt").write_text(ONE)
    (place.folder / "tweemaal.json").write_text('{"id": "drie"}')
    assert place.index().added == ["kapot", "drie"]
    (place.folder / "een.txt").unlink()
    (place.folder / "kapot.txt").write_bytes(b"\x00\x01\x02")
    read.clear()
    place.index()
    place.index(rebuild=True)
    assert read.count("kapot.txt") == 2


def test_two_letters_with_one_id_are_not_mixed_up(place: Place) -> None:
    """The second is refused by name."""
    (place.folder / "drie.txt").write_text(TWO)
    (place.folder / "drie.json").write_text('{"id": "een"}')
    assert "een" in place.index().failed[0]


def test_the_index_can_be_filtered(tmp_path: Path) -> None:
    """On dossier, number, date, kind, signer and heading, as Chroma filters."""
    from sources import SHIPPED_LETTERS

    embedder = WordEmbedder()
    index_folders(tmp_path, [SHIPPED_LETTERS], embedder)
    store, vector = Store(tmp_path / "index"), embedder.embed_question("trainingen")
    for where, found in (
        ({"dossier": "27925"}, True),
        ({"dossier": "29521"}, False),
        ({"number": "692"}, True),
        ({"kind": "Brief regering"}, True),
        ({"date": {"$gte": 20200101}}, True),
        ({"date": {"$lt": 20200101}}, False),
        ({"heading": "NAVO-missie in Irak (NMI)"}, True),
        ({"signers": {"$contains": "S.A. Blok"}}, True),
        ({"signers": {"$contains": "J. Jansen"}}, False),
    ):
        assert bool(store.search_vectors(vector, 5, where)) is found, where


def test_an_index_of_another_model_is_refused_with_the_remedy(place: Place) -> None:
    """Vectors of two models are never mixed; --rebuild mends it and loses nothing."""
    place.index()
    place.embedder.name = "een ander model"
    with pytest.raises(IndexMismatch, match="--rebuild"):
        place.index()
    place.index(rebuild=True)
    assert len(place.embedder.embedded) == 5
    assert place.store.counts()["letters"] == 2
    assert place.index().unchanged == 2


def test_a_second_indexer_is_refused_while_the_first_runs(place: Place) -> None:
    """Two writers would corrupt Chroma silently."""
    place.index()
    with FileLock(place.home / "index.lock"), pytest.raises(IndexBusy, match="ander proces"):
        place.index()
    assert place.index().unchanged == 2


def test_no_index_is_said_so(tmp_path: Path) -> None:
    """Reading what is not there tells how to make it."""
    with pytest.raises(IndexMissing, match="kamervraag index"):
        Store(tmp_path / "index")


def test_a_broken_database_is_said_so_and_rebuilt(place: Place) -> None:
    """A file that is no database any more: a sentence with the remedy, and the remedy works."""
    place.index()
    (place.home / "index" / "letters.sqlite").write_bytes(b"geen database" * 500)
    with pytest.raises(IndexDamaged, match="--rebuild"):
        place.index()
    assert len(place.index(rebuild=True).added) == 2


@pytest.mark.parametrize("what", ["chroma", "chroma/chroma.sqlite3"])
def test_lost_vectors_are_made_again(place: Place, what: str) -> None:
    """An index of which half is gone is mended by the next run."""
    place.index()
    before = place.contents()
    lost = place.home / "index" / what
    SharedSystemClient.clear_system_cache()
    shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    place.index()
    assert place.contents() == before


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root kan overal schrijven en er is geen setpriv")
def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """One Dutch line, exit code 1, no traceback."""
    home = tmp_path / "dicht"
    home.mkdir()
    home.chmod(0o555)
    tmp_path.chmod(0o755)
    command = [sys.executable, "-c", "import cli; cli.main(['index'])"]
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    reachable = subprocess.run([*as_nobody, sys.executable, "-c", ""], cwd="/", check=False).returncode == 0
    if not reachable:
        pytest.skip("LET OP: de Python van deze omgeving is voor een gewone gebruiker niet bereikbaar")
    environment = os.environ | {"KAMERVRAAG_HOME": str(home), "HOME": str(tmp_path)}
    done = subprocess.run(
        [*as_nobody, *command], cwd=Path(__file__).parents[1], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "kan niet worden gelezen of geschreven" in done.stderr


def test_a_full_disk_is_said_so_and_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database says 'full' in the middle of a run: the old state stays, and the next run finishes."""
    place.index()
    before = place.contents()
    place.write("een", ONE.replace("Mali", "Niger") + "\n\nEn nog een alinea over de Sahel. " * 200)
    full = place.store
    pages = full._database.execute("PRAGMA page_count").fetchone()[0]
    # SQLite's own limit makes it say what it says at a full disk
    monkeypatch.setattr("index.store.PRAGMAS", ("synchronous = FULL", f"max_page_count = {pages}"))
    with pytest.raises(StorageProblem, match="vol"):
        place.index()
    monkeypatch.undo()
    assert place.contents()[:2] == before[:2]
    assert place.index().changed == ["een"]
    assert place.contents()[2:] == (set(), set())


KILLED = """
import sys
from pathlib import Path
from index import index_folders
from index.embedder import WordEmbedder
import chromadb
print("begin", flush=True)
index_folders(Path(sys.argv[1]), [Path(sys.argv[2])], WordEmbedder())
"""


def test_a_crash_at_any_point_leaves_the_old_or_the_new_letter(place: Place) -> None:
    """Killed at a dozen moments while letters change: what can be seen is always whole, and the next run repairs it."""
    for i in range(12):
        place.write(f"brief-{i}", ONE.replace("Irak", f"land {i}"))
    place.index()
    whole_run = None
    for trial in range(13):
        for i in range(12):
            place.write(f"brief-{i}", ONE.replace("Irak", f"land {i}, stand {trial}"))
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(place.home), str(place.folder)], stdout=subprocess.PIPE, text=True)
        assert child.stdout
        child.stdout.readline()
        started = time.monotonic()
        if whole_run is None:  # the first trial is left alone, to know how long one takes
            child.wait()
            whole_run = time.monotonic() - started
            continue
        time.sleep(whole_run * trial / 13)
        child.send_signal(signal.SIGKILL)
        child.wait()
        store = place.store
        for letter_id in store.letters():
            said = {p.text for p in store.passages_of(letter_id)}
            assert len(said) == len(store.passages_of(letter_id))
            assert all(store.text(letter_id)[p.start : p.end] == p.text for p in store.passages_of(letter_id))
        store.close()
    place.index()
    disturbed = place.contents()
    assert disturbed[2:] == (set(), set())
    shutil.rmtree(place.home / "index")
    SharedSystemClient.clear_system_cache()
    place.index()
    assert place.contents() == disturbed


def test_a_reader_sees_what_another_process_adds(place: Place) -> None:
    """Without being reopened: a running chat answers from a letter that was indexed a moment ago."""
    place.index()
    reader = place.store
    vector = WordEmbedder().embed_question("windmolens op zee")
    assert reader.search_vectors(vector, 5)
    place.write("drie", "Den Haag, 1 maart 2022\n\nEr komen windmolens op zee.\n")
    subprocess.run([sys.executable, "-c", KILLED, str(place.home), str(place.folder)], check=True, capture_output=True)
    assert reader.search_vectors(vector, 1)[0][0].startswith("drie:")


def test_vector_files_that_a_crash_broke_are_made_anew_from_the_vectors_in_sqlite(place: Place) -> None:
    """Until then searching goes on, with the same outcome; nothing is embedded again."""
    place.index()
    question = place.embedder.embed_question("woningbouw in Almere")
    sound = found(place, question)
    SharedSystemClient.clear_system_cache()
    for file in (place.home / "index" / "chroma").rglob("*.*"):
        file.write_bytes(b"kapot" * 1000)
    assert found(place, question) == sound
    only = place.store.search_vectors(question, 4, {"letter": {"$in": ["een"]}})
    assert {id.split(":")[0] for id, _score in only} == {"een"}
    assert place.index().unchanged == 2
    assert not place.embedder.embedded
    assert place.contents()[2:] == (set(), set())
    assert found(place, question) == sound


def found(place: Place, question: np.ndarray) -> dict[str, float]:
    """All passages with their nearness to a question; those that are equally near come in any order."""
    return {id: round(score, 4) for id, score in place.store.search_vectors(question, 10)}


def test_passages_come_back_as_they_went_in(place: Place) -> None:
    """Text, offsets, heading and sentences survive the database."""
    from index import split

    place.index()
    for path in place.folder.glob("*.txt"):
        letter = read_file(path)
        assert place.store.passages_of(letter.identity.id) == split(letter)


def test_searching_goes_on_while_chroma_is_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are not opened then, because a half-written one can end the process; every vector is compared instead."""
    place.index()
    question = place.embedder.embed_question("woningbouw in Almere")
    sound = found(place, question)
    place.store.keep_setting("chroma_writing", "1")
    monkeypatch.setattr("index.store._open_collection", lambda _folder: pytest.fail("Chroma is geopend"))
    assert found(place, question) == sound
    monkeypatch.undo()
    place.index()
    assert place.store.setting("chroma_writing") == "0"
    assert place.contents()[2:] == (set(), set())
