"""A dossier that is followed keeps itself current: fetched over the wire from the stand-in, corrected, withdrawn, renamed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from standin import StandIn

from index.embedder import WordEmbedder
from rag import Kamervraag, Settings
from rag.library import Library, NothingToAdd
from rag.reading import NoReader
from sources.collection import NotInCollection
from sources.errors import IndexBusy, NotInIndex, StorageProblem, UnreadableLetter
from sources.http import Client, NotFound
from sources.koop import Koop
from sources.records import Fetched, NotAnIdentifier
from sources.tweedekamer import TweedeKamer

DEMO = "99001"
EARLY = "2025D90007"  # of nr. 7, which is in two dossiers


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(day=1) as running:
        yield running


@pytest.fixture
def library(standin: StandIn, tmp_path: Path) -> Library:
    """An empty library on the stand-in, with an embedder that counts."""
    program = Kamervraag(Settings(home=tmp_path / "home"), embedder=WordEmbedder(), reader=NoReader())
    client = Client(pace_s=0, backoff_s=0.01, read_timeout_s=2.0, tries=2)
    return Library(program, Koop(client, **standin.koop), TweedeKamer(client, **standin.tweedekamer))


def papers(library: Library) -> set[str]:
    """The papers in the index that came from the dossier."""
    return {document.id for document in library.kamervraag.status().documents if "27925" not in document.id}


def embedded(library: Library) -> int:
    embedder = library.kamervraag.embedder
    assert isinstance(embedder, WordEmbedder)
    return len(embedder.embedded)


def test_a_dossier_that_is_followed_is_in_the_index_after_a_sync(library: Library) -> None:
    """All its papers, with their identity as the publisher gives it, and nothing more is fetched the next time."""
    library.follow([DEMO])
    done = library.sync()
    assert papers(library) == {f"kst-99001-{n}" for n in range(1, 6)} | {"kst-1990001"}
    assert sorted(done.visits[0].new) == sorted(papers(library))
    before = embedded(library)
    again = library.sync()
    assert not again.visits[0].new
    assert not again.visits[0].changed
    assert embedded(library) == before


def test_what_is_corrected_reprinted_renamed_or_withdrawn_is_followed(library: Library, standin: StandIn) -> None:
    """A correction and a reprint take the place of the first text, a temporary number becomes the final one, a withdrawal leaves."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    library.sync()
    assert {"kst-99001-3-n1", "kst-99001-5-h1", "kst-99001-6"} <= papers(library)
    assert not {"kst-99001-3", "kst-99001-5", "kst-1990001"} & papers(library)
    standin.day = 3
    done = library.sync()
    assert done.visits[0].withdrawn == ["kst-99001-4"]
    assert not {"kst-99001-4", "kst-99001-5"} & papers(library)
    assert {"kst-99001-7", "kst-99001-8"} <= papers(library)


def test_a_citation_of_an_earlier_id_still_leads_to_the_paper(library: Library, standin: StandIn) -> None:
    """Of a temporary number, of a corrected text and of the Tweede Kamer's own; one that was withdrawn leads nowhere."""
    library.follow([DEMO])
    for standin.day in (1, 2, 3):
        library.sync()
    became = {"kst-1990001": "kst-99001-6", "kst-99001-3": "kst-99001-3-n1", EARLY: "kst-99001-7"}
    assert {earlier: library.kamervraag.references(earlier).paper.id for earlier in became} == became
    with pytest.raises(NotInIndex):
        library.kamervraag.references("kst-99001-4")
    library.remove([EARLY])
    assert "kst-99001-7" not in papers(library)


def test_a_visit_that_was_cut_off_still_knows_what_it_fetched(library: Library, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a paper which is withdrawn before the next visit does not stay for ever; nor when the dossier is followed once more."""
    library.follow([DEMO])
    keep, kept = library.collection.keep, []

    def until_nr_4(fetched: Fetched) -> bool:
        kept.append(keep(fetched))
        if fetched.id == "kst-99001-4":
            raise KeyboardInterrupt
        return kept[-1]

    monkeypatch.setattr(library.collection, "keep", until_nr_4)
    with pytest.raises(KeyboardInterrupt):
        library.sync()
    monkeypatch.undo()
    assert (library.collection.folder / "kst-99001-4.xml").is_file()
    (library.collection.folder / ".kst-99001-5.xml.1.new").write_bytes(b"<half")
    library.follow([DEMO])
    standin.day = 3
    assert library.sync().visits[0].withdrawn == ["kst-99001-4"]
    assert "kst-99001-4" not in papers(library)
    assert not list(library.collection.folder.glob(".*"))


def test_what_the_publisher_does_not_have_yet_comes_from_the_tweede_kamer(library: Library, standin: StandIn) -> None:
    """As Word, under its own number where the publisher's is not certain; the definitive XML takes its place."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    done = library.sync()
    assert EARLY in done.visits[0].new
    assert (library.collection.folder / f"{EARLY}.docx").is_file()
    assert EARLY in papers(library)
    standin.day = 3
    done = library.sync()
    assert (library.collection.folder / "kst-99001-7.xml").is_file()
    assert EARLY not in papers(library)
    assert EARLY not in done.visits[0].withdrawn


def test_what_the_publisher_withdrew_does_not_come_back(library: Library, standin: StandIn) -> None:
    """Though the Tweede Kamer still lists it."""
    library.follow([DEMO])
    library.sync()
    del standin.papers["kst-99001-4"].days["tk_until"]
    standin.day = 3
    assert library.sync().visits[0].withdrawn == ["kst-99001-4"]
    library.sync()
    assert "kst-99001-4" not in papers(library)


def test_a_tweede_kamer_that_is_down_keeps_nothing_from_coming(library: Library, standin: StandIn) -> None:
    """The publisher's papers come; what failed is told, and early papers stay."""
    library.follow([DEMO])
    standin.day = 2
    library.sync()
    gone = {name: address.replace(standin.url, "http://127.0.0.1:9") for name, address in standin.tweedekamer.items()}
    client = Client(pace_s=0, backoff_s=0.01, tries=2)
    done = Library(library.kamervraag, library.koop, TweedeKamer(client, **gone)).sync()
    assert "Tweede Kamer" in done.visits[0].failed
    assert EARLY in papers(library)


def test_a_paper_is_added_by_the_number_of_the_tweede_kamer(library: Library, standin: StandIn) -> None:
    """The definitive text where there is one."""
    number = next(row["DocumentNummer"] for row in standin.rows(1) if "kst-99001-2" in str(row))
    added, _report = library.add([number])
    assert added == ["kst-99001-2"]


def test_a_source_that_is_down_takes_nothing_away(library: Library, standin: StandIn) -> None:
    """It is told, and the next sync makes up for it."""
    library.follow([DEMO])
    library.sync()
    before = papers(library)
    standin.day = 3
    gone = {name: address.replace(standin.url, "http://127.0.0.1:9") for name, address in standin.koop.items()}
    done = Library(library.kamervraag, Koop(Client(pace_s=0, backoff_s=0.01, tries=2), **gone), library.tweede_kamer).sync()
    assert DEMO in done.failed
    assert papers(library) == before
    library.sync()
    assert papers(library) != before


def test_what_a_user_adds_stays_beside_what_is_followed(library: Library, tmp_path: Path) -> None:
    """A file, an id and an address, each until it is removed."""
    own = tmp_path / "eigen.txt"
    own.write_text("Den Haag, 3 maart 2021\n\nDe minister bezocht de haven van Delfzijl.\n", encoding="utf-8")
    added, _report = library.add([str(own), "kst-99001-1", "https://zoek.officielebekendmakingen.nl/kst-99001-2.html"])
    assert added == ["eigen.txt", "kst-99001-1", "kst-99001-2"]
    assert papers(library) == {"eigen", "kst-99001-1", "kst-99001-2"}
    library.remove(["eigen.txt", "kst-99001-1"])
    assert papers(library) == {"kst-99001-2"}


@pytest.mark.parametrize(
    ("wanted", "error"),
    [("geen-bestand.pdf", NothingToAdd), ("kst-99001-404", NotFound), ("27925", NothingToAdd)],
)
def test_what_cannot_be_added_is_told_and_changes_nothing(library: Library, wanted: str, error: type[Exception]) -> None:
    """In one sentence that says what to give instead."""
    with pytest.raises(error) as told:
        library.add([wanted])
    assert len(str(told.value)) > 20
    assert not list(library.collection.folder.glob("*")) if library.collection.folder.is_dir() else True


def test_a_file_that_is_no_paper_is_not_taken_in(library: Library, tmp_path: Path) -> None:
    """It would fail at every indexing from then on."""
    (tmp_path / "leeg.pdf").write_bytes(b"")
    with pytest.raises(UnreadableLetter):
        library.add([str(tmp_path / "leeg.pdf")])
    assert not (library.collection.folder / "leeg.pdf").exists()


@pytest.mark.parametrize("id", ["../home", "..", "", "kst-27925-692", "/etc/passwd"])
def test_only_own_papers_can_be_removed(library: Library, id: str) -> None:
    """Not the shipped letter, and nothing outside the folder."""
    with pytest.raises(NotInCollection):
        library.remove([id])


def test_a_dossier_must_be_one(library: Library) -> None:
    """And unfollowing what is not followed is told."""
    with pytest.raises(NotAnIdentifier):
        library.follow(["Irak"])
    with pytest.raises(NotInCollection):
        library.unfollow([DEMO])


def test_two_syncs_do_not_run_at_once(library: Library) -> None:
    """The second says so at once."""
    library.follow([DEMO])
    lock = FileLock(library.kamervraag.settings.home / "sync.lock")
    with lock, pytest.raises(IndexBusy):
        library.sync()


def test_a_damaged_list_of_dossiers_is_told(library: Library) -> None:
    """With the file to look at."""
    library.follow([DEMO])
    file = library.kamervraag.settings.home / "followed.json"
    file.write_text('{"99001": ', encoding="utf-8")
    with pytest.raises(StorageProblem, match=r"followed\.json"):
        library.sync()
    file.write_text(json.dumps({"99001": {"onbekend": 1}}), encoding="utf-8")
    with pytest.raises(StorageProblem):
        library.sync()


def test_the_command_says_what_to_do(tmp_path: Path) -> None:
    """Nothing followed, a time that is none, a dossier that is none: exit code 2 or 1 and one Dutch line."""
    for arguments, code in (
        (["sync"], 2),
        (["sync", "--every", "snel"], 2),
        (["follow", "Irak"], 1),
        (["follow", "27925", "--since", "ooit"], 2),
    ):
        environment = {"KAMERVRAAG_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments], cwd=Path(__file__).parents[1], env=environment, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
