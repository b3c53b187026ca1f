"""A dossier that is followed keeps itself current: fetched over the wire from the stand-in, corrected, withdrawn, renamed."""

import argparse
import datetime as dt
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from filelock import FileLock
from standin import StandIn

import cli
from index.embedder import WordEmbedder
from rag import Kamervraag, Settings
from rag.library import DossierFailed, Library, NothingToAdd
from rag.reading import NoReader
from sources import Identity
from sources.errors import IndexBusy, NotInIndex, StorageProblem, UnreadableLetter
from sources.http import Client, NotFound
from sources.koop import Koop
from sources.records import Fetched, NotAnIdentifier
from sources.state import Lists, NotInCollection
from sources.tweedekamer import TweedeKamer

DEMO = "99001"
EARLY = "2025D90007"  # of nr. 7, which is in two dossiers
MAP = "blg-9990001"  # attached to nr. 3


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
    """The papers in the index that came from the dossier, without their attachments."""
    return {document.id for document in library.kamervraag.status().documents if "27925" not in document.id} - {MAP}


def embedded(library: Library) -> int:
    embedder = library.kamervraag.embedder
    assert isinstance(embedder, WordEmbedder)
    return len(embedder.embedded)


def test_a_dossier_that_is_followed_is_in_the_index_after_a_sync(library: Library) -> None:
    """All its papers, with their identity as the publisher gives it, and nothing more is fetched the next time."""
    library.follow([DEMO])
    done = library.sync()
    assert papers(library) == {f"kst-99001-{n}" for n in range(1, 6)} | {"kst-1990001"}
    assert sorted(done.visits[0].new) == sorted({*papers(library), MAP})
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
    assert library.bring(typed=[number]).added == ["kst-99001-2"]


def test_the_papers_of_a_case_are_added_by_its_number(library: Library, standin: StandIn) -> None:
    """Each of them; where there is none that is said."""
    rows = [row for row in standin.rows(1) if not row["Verwijderd"]][:2]
    case = rows[0]["Zaak"][0]["Nummer"]
    every = standin.rows
    together = {row["DocumentNummer"] for row in rows}
    standin.rows = lambda day: [{**r, "Zaak": [{"Nummer": case}]} if r["DocumentNummer"] in together else r for r in every(day)]  # type: ignore[method-assign]
    added = library.bring(typed=[case]).added
    assert len(added) == 2
    assert set(added) <= papers(library)
    assert "2020Z00001" in str(library.bring(typed=["2020Z00001"]).failed["2020Z00001"])


def test_who_signs_an_early_paper_comes_from_its_source_where_the_text_does_not_say(library: Library, standin: StandIn) -> None:
    """What the letter itself says goes first."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    library.sync()
    folder = library.collection.folder
    beside = (folder / f"{EARLY}.json").read_text(encoding="utf-8")
    listed = json.loads(beside)["listed_signers"]
    for name, signature in (("zonder", ""), ("met", "\nDe Minister van Defensie, K. Ander\n")):
        (folder / f"{name}.txt").write_text(f"De oefening begint op 3 maart 2025.\n{signature}", encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps({"listed_signers": listed}), encoding="utf-8")
    library.kamervraag.index()
    assert listed
    assert [asdict(signer) for signer in told(library, "zonder").signers] == listed
    assert [signer.name for signer in told(library, "met").signers] == ["K. Ander"]


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
    typed = ["kst-99001-1", "https://zoek.officielebekendmakingen.nl/kst-99001-2.html"]
    assert library.bring(files=[own], typed=typed).added == ["eigen.txt", "kst-99001-1", "kst-99001-2"]
    assert papers(library) == {"eigen", "kst-99001-1", "kst-99001-2"}
    library.remove(["eigen.txt", "kst-99001-1"])
    assert papers(library) == {"kst-99001-2"}


@pytest.mark.parametrize(
    ("wanted", "error"),
    [("geen-bestand.pdf", NothingToAdd), ("kst-99001-404", NotFound), ("27925", NothingToAdd)],
)
def test_what_cannot_be_added_is_told_and_changes_nothing(library: Library, wanted: str, error: type[Exception]) -> None:
    """In one sentence that says what to give instead."""
    brought = library.bring(typed=[wanted])
    assert brought.added == []
    assert isinstance(brought.failed[wanted], error)
    assert len(str(brought.failed[wanted])) > 20
    assert not list(library.collection.folder.glob("*")) if library.collection.folder.is_dir() else True


def test_a_file_that_is_no_paper_is_not_taken_in(library: Library, tmp_path: Path) -> None:
    """It would fail at every indexing from then on."""
    (tmp_path / "leeg.pdf").write_bytes(b"")
    assert [type(error) for error in library.bring(files=[tmp_path / "leeg.pdf"]).failed.values()] == [UnreadableLetter]
    assert not (library.collection.folder / "leeg.pdf").exists()


@pytest.mark.parametrize("id", ["../home", "..", "", "kst-27925-692", "/etc/passwd"])
def test_only_own_papers_can_be_removed(library: Library, id: str) -> None:
    """Not the shipped letter, and nothing outside the folder."""
    with pytest.raises(NotInCollection):
        library.remove([id])


def test_a_file_is_removed_wherever_it_was_put(library: Library) -> None:
    """In a folder of the folder, and with capitals in its extension; what stands beside it goes with it."""
    below = library.collection.folder / "2025"
    below.mkdir(parents=True)
    own = below / "notitie.TXT"
    own.write_text("De haven van Delfzijl is geopend door de wethouder.\n", encoding="utf-8")
    own.with_suffix(".json").write_text('{"title": "Notitie"}', encoding="utf-8")
    library.kamervraag.index()
    assert "notitie" in papers(library)
    library.remove(["notitie"])
    assert "notitie" not in papers(library)
    assert not list(below.iterdir())


def test_a_dossier_must_be_one(library: Library) -> None:
    """Of five digits, with or without an addition; and unfollowing what is not followed is told."""
    for none in ("Irak", "3600vii", "3600", "279251", "36600-", "27925-12-34"):
        with pytest.raises(NotAnIdentifier, match="'27925' of '36600-VII'"):
            library.follow(["27925", none])
    assert not library.followed(), "all or none"
    with pytest.raises(NotInCollection):
        library.unfollow([DEMO])


@pytest.mark.parametrize("fetched_by", ["_take", "_visit_early"])
def test_what_the_user_chooses_during_a_sync_stays(
    library: Library, standin: StandIn, monkeypatch: pytest.MonkeyPatch, fetched_by: str
) -> None:
    """Another day to follow from counts at the next visit, at both sources; a dossier that is followed meanwhile stays followed."""
    library.follow([DEMO], dt.date(2025, 9, 1))
    does, other = getattr(library.collection, fetched_by), Library(library.kamervraag)

    def meanwhile(*arguments: object, **named: object) -> object:
        other.follow([DEMO], dt.date(2025, 1, 1))
        other.follow(["27925"])
        return does(*arguments, **named)

    monkeypatch.setattr(library.collection, fetched_by, meanwhile)
    library.sync()
    monkeypatch.undo()
    assert library.followed().keys() == {DEMO, "27925"}
    assert library.followed()[DEMO].since == "2025-01-01"
    assert "kst-99001-1" not in papers(library)
    standin.requests.clear()
    library.sync()
    assert "kst-99001-1" in papers(library)
    assert [path for path in asked(standin, "/OData/v4/2.0/Document?") if DEMO in path]


def test_a_dossier_that_is_none_stops_no_other(library: Library, standin: StandIn) -> None:
    """An earlier version took '3600vii' for one: that is told, the feed is heard for the others, and it can be unfollowed."""
    library.follow([DEMO])
    file = library.collection.home / "followed.json"
    file.write_text(json.dumps({"3600VII": {"dossier": "3600VII"}} | json.loads(file.read_text())), encoding="utf-8")
    done = library.sync()
    assert "kamervraag unfollow 3600VII" in done.failed["3600VII"]
    assert [visit.dossier for visit in done.visits] == [DEMO]
    assert not done.report.notes
    assert asked(standin, "/SyncFeed/")
    assert library.unfollow(["3600VII"]) == ["3600VII"]
    assert list(library.followed()) == [DEMO]


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
    odd: list[object] = [{"onbekend": 1}, [], {"dossier": 5}, *({"dossier": DEMO} | each for each in ({"seen": []}, {"since": "ooit"}))]
    for values in (*odd, {"dossier": DEMO, "looked_at": "gisteren"}, {"dossier": DEMO, "failed": {"kst-99001-1": None}}):
        file.write_text(json.dumps({DEMO: values}), encoding="utf-8")
        with pytest.raises(StorageProblem, match=r"followed\.json"):
            library.sync()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("removed.txt", ["remove", "kst-99001-1"]),
        ("earlier-ids.txt", ["references", "kst-99001-77"]),
        ("followed.json", ["list"]),
        ("feedback.jsonl", ["feedback"]),
    ],
)
def test_a_list_that_is_no_text_is_told(
    library: Library, at_the_standin: Kamervraag, capsys: pytest.CaptureFixture[str], name: str, arguments: list[str]
) -> None:
    """In one line that names the file."""
    library.bring(typed=["kst-99001-1"])
    (library.collection.home / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert name in line
    assert "erstel of verwijder" in line


def test_a_name_that_no_file_can_have_is_told(at_the_standin: Kamervraag, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, as all that goes wrong."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["add", "a" * 5000])
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_command_says_what_to_do(tmp_path: Path) -> None:
    """Nothing followed: exit code 1; a time or a dossier that is none: 2; and one Dutch line."""
    for arguments, code in (
        (["sync"], 1),
        (["sync", "--every", "snel"], 2),
        (["follow", "Irak"], 2),
        (["follow", "27925", "--since", "ooit"], 2),
    ):
        environment = {"KAMERVRAAG_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments], cwd=Path(__file__).parents[1], env=environment, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def told(library: Library, id: str) -> Identity:
    """What the index says that a paper is."""
    return next(document for document in library.kamervraag.status().documents if document.id == id)


def day_before(library: Library) -> None:
    """As if the last look at papers that may have changed in silence was two days ago."""
    file = library.kamervraag.settings.home / "followed.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    for values in stored.values():
        values["looked_at"] = (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).isoformat()
    file.write_text(json.dumps(stored), encoding="utf-8")


def test_an_early_paper_says_what_it_is(library: Library, standin: StandIn) -> None:
    """Title, kind, date, dossiers and address as the Tweede Kamer gives them, until the publisher's own come."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    library.sync()
    early = told(library, EARLY)
    row = next(row for row in standin.rows(2) if row["DocumentNummer"] == EARLY)
    assert (early.title, early.kind) == (row["Onderwerp"], row["Soort"])
    assert early.date
    assert early.dossier == DEMO
    assert len(early.dossiers) == 2
    assert row["Id"] in str(early.url)
    standin.day = 3
    library.sync()
    assert not list(library.collection.folder.glob("*.json"))
    assert str(told(library, "kst-99001-7").url).endswith("kst-99001-7.html")


def test_an_early_paper_with_a_certain_id_has_its_number(library: Library, standin: StandIn) -> None:
    """Where it is in one dossier, the publisher will use that number, so a filter finds it."""
    library.follow([DEMO])
    standin.papers["kst-99001-4"].days.update({"from": 2, "tk_from": 1})  # type: ignore[attr-defined]  # a dict, read from JSON
    library.sync()
    early = told(library, "kst-99001-4")
    assert (early.dossier, early.number) == (DEMO, "4")
    assert (library.collection.folder / "kst-99001-4.json").is_file()


def test_a_correction_that_cannot_be_fetched_leaves_the_first_text(library: Library, standin: StandIn) -> None:
    """It is told as failed, not as withdrawn; once it comes it takes the place of the first, and a citation leads to it."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    standin.faults |= dict.fromkeys(("403@kst-99001-3-n1",), 1_000_000)
    done = library.sync().visits[0]
    assert "kst-99001-3-n1" in done.failed
    assert "kst-99001-3" not in done.withdrawn
    assert "kst-99001-3" in papers(library)
    standin.faults.clear()
    library.sync()
    assert "kst-99001-3" not in papers(library)
    assert library.kamervraag.references("kst-99001-3").paper.id == "kst-99001-3-n1"


def test_missing_with_status_200_is_withdrawn(library: Library, standin: StandIn) -> None:
    """A page that says 404 is no bad day of the service; and what was corrected is not reported again and again."""
    library.follow([DEMO])
    library.sync()
    standin.faults |= dict.fromkeys(("error_page_200",), 1_000_000)
    standin.day = 3
    done = library.sync().visits[0]
    assert (done.withdrawn, done.failed) == (["kst-99001-4"], {})
    assert library.sync().visits[0].failed == {}


def test_a_second_correction_replaces_the_first(library: Library, standin: StandIn) -> None:
    """'-n2' takes away both '-n1' and the id without."""
    first = standin.papers["kst-99001-3-n1"]
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    library.sync()
    second = {"metadata": first.metadata.replace(b"-3-n1", b"-3-n2"), "facts": {**first.facts, "DC.identifier": [("kst-99001-3-n2", "")]}}
    standin.papers["kst-99001-3-n2"] = replace(first, id="kst-99001-3-n2", days={"from": 3}, **second)  # type: ignore[arg-type]  # as named
    standin.day = 3
    library.sync()
    assert "kst-99001-3-n2" in papers(library)
    assert not {"kst-99001-3", "kst-99001-3-n1"} & papers(library)


def test_a_dossier_of_the_eerste_kamer_stops_no_other(library: Library) -> None:
    """The Tweede Kamer has none of those; what was fetched of the others is indexed."""
    library.follow(["CVIII", DEMO])
    done = library.sync()
    assert {visit.dossier for visit in done.visits} == {"CVIII", DEMO}
    assert not done.failed
    assert "kst-99001-1" in papers(library)


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0" + bytes(600), b"{\\rtf1 Den Haag}"])
def test_a_kind_that_cannot_be_read_is_told_and_not_stored(
    library: Library, standin: StandIn, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason at every visit, and without fetching it anew each time."""
    monkeypatch.setattr(standin, "_resource", lambda *_: (content, "docx"))
    library.follow([DEMO])
    standin.day = 2
    done = library.sync().visits[0]
    assert "Sla het stuk op" in done.failed[EARLY]
    assert EARLY not in done.new
    assert not list(library.collection.folder.glob(f"{EARLY}.*"))
    asked = len([path for path in standin.requests if "resource" in path])
    assert library.sync().visits[0].failed == done.failed
    assert len([path for path in standin.requests if "resource" in path]) == asked


@pytest.mark.parametrize("name", ["notitie.md", "notitie.text", "NOTITIE.TXT", "notitie"])
def test_an_own_file_is_kept_as_what_it_is(library: Library, tmp_path: Path, name: str) -> None:
    """So that indexing finds it, whatever it was called."""
    (tmp_path / name).write_text("Den Haag, 3 maart 2021\n\nDe minister bezocht de haven van Delfzijl.\n", encoding="utf-8")
    assert library.bring(files=[tmp_path / name]).added == [f"{Path(name).stem}.txt"]
    assert papers(library) == {Path(name).stem}


def test_a_namesake_erases_nothing(library: Library, tmp_path: Path) -> None:
    """Another file of that name gets another one, and not the metadata of the first; the same file once more changes nothing."""
    for folder, text in (("a", "De minister bezocht Delfzijl."), ("b", "De minister bezocht Vlissingen.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "brief.txt").write_text(f"Den Haag, 3 maart 2021\n\n{text}\n", encoding="utf-8")
    (tmp_path / "a" / "brief.json").write_text('{"title": "Over Delfzijl"}', encoding="utf-8")
    added = library.bring(files=[tmp_path / folder / "brief.txt" for folder in ("a", "b", "a")]).added
    assert added == ["brief.txt", "brief (2).txt", "brief.txt"]
    assert (told(library, "brief").title, told(library, "brief (2)").title) == ("Over Delfzijl", "brief (2)")


def test_one_that_fails_stops_no_other(library: Library) -> None:
    """What came is indexed, and each failure is told with what it is about."""
    brought = library.bring(typed=["kst-99001-1", "kst-99001-404", "kst-99001-2"])
    assert brought.added == ["kst-99001-1", "kst-99001-2"]
    assert papers(library) == {"kst-99001-1", "kst-99001-2"}
    assert list(brought.failed) == ["kst-99001-404"]


def test_adding_a_dossier_tells_of_that_dossier_only(library: Library, standin: StandIn) -> None:
    """Not of another one that fails; and what failed within it is told with its reason."""
    library.follow(["99555"])
    standin.faults |= {"403@dossiernummer%3D%3D%2299555": 1_000_000, "403@kst-99001-2": 1_000_000}
    brought = library.bring(dossiers=[DEMO])
    assert "kst-99001-1" in brought.added
    assert "kst-99001-1" in papers(library)
    assert not any("99555" in line for line in (*brought.failed, *brought.notes))
    assert any(line.startswith("kst-99001-2: ") for line in brought.notes)


def test_an_empty_dossier_is_said_so(library: Library) -> None:
    """And is not followed, since it is most likely a slip of the pen."""
    failed = library.bring(dossiers=["99556"]).failed["99556"]
    assert isinstance(failed, DossierFailed)
    assert "geen stukken gevonden" in str(failed)
    assert not library.followed()


def test_what_is_typed_is_never_a_file(library: Library, tmp_path: Path) -> None:
    """Who asks through a page may not read the files of the machine; a file that was uploaded may be added."""
    own = tmp_path / "geheim.txt"
    own.write_text("Den Haag, 3 maart 2021\n\nDit is geheim.\n", encoding="utf-8")
    assert isinstance(library.bring(typed=[str(own)]).failed[str(own)], NothingToAdd)
    assert library.bring(files=[own]).added == ["geheim.txt"]


def test_what_is_removed_beside_what_is_not_there_leaves_the_index(library: Library) -> None:
    library.bring(typed=["kst-99001-1"])
    with pytest.raises(NotInCollection):
        library.remove(["kst-99001-1", "kst-1-1"])
    assert not papers(library)


def test_a_removed_paper_stays_away(library: Library) -> None:
    """Until it is added by name."""
    library.follow([DEMO])
    library.sync()
    library.remove(["kst-99001-2"])
    library.sync()
    assert "kst-99001-2" not in papers(library)
    library.bring(typed=["kst-99001-2"])
    library.sync()
    assert "kst-99001-2" in papers(library)


def test_a_removed_early_paper_stays_away(library: Library, standin: StandIn) -> None:
    """Also what comes from the Tweede Kamer."""
    library.follow([DEMO])
    standin.day = 2
    library.sync()
    library.remove([EARLY])
    library.sync()
    assert EARLY not in papers(library)


def test_what_was_replaced_gives_what_came_instead(library: Library, standin: StandIn) -> None:
    """And says so; while that cannot be had, the first text with that news."""
    brought = library.bring(typed=["kst-99001-5"])
    assert brought.added == ["kst-99001-5"]
    assert any("kst-99001-5-h1" in note for note in brought.notes)
    standin.day = 2
    brought = library.bring(typed=["kst-99001-5"])
    assert brought.added == ["kst-99001-5-h1"]
    assert any("kst-99001-5-h1" in note for note in brought.notes)
    assert papers(library) == {"kst-99001-5-h1"}


@pytest.mark.parametrize("how", ["recent", "sru_no_modified"])
def test_what_changed_in_silence_is_seen_within_a_day(library: Library, standin: StandIn, how: str) -> None:
    """A paper of the last 30 days, or one of which the source gives no moment; an old one is left alone."""
    changing = standin.papers["kst-99001-2"]
    if how == "recent":
        changing.facts["DCTERMS.issued"] = [(dt.datetime.now(dt.UTC).date().isoformat(), "")]
    else:
        standin.faults[how] = 1_000_000
    library.follow([DEMO])
    library.sync()
    changing.xml = (changing.xml or b"").replace(b"<al>", b"<al>Gewijzigd: ")
    assert library.sync().visits[0].changed == []
    day_before(library)
    assert "kst-99001-2" in [*(done := library.sync().visits[0]).changed, *done.new]
    before = len(standin.requests)
    library.sync()
    assert not any("kst-99001-2" in path for path in standin.requests[before:])


def test_what_was_odd_is_told(library: Library, standin: StandIn) -> None:
    """That a file is not what it was said to be, and that a better text was cut off."""
    standin.faults |= dict.fromkeys(("wrong_content_length", "cut_off@kst-99001-2.xml"), 1_000_000)
    library.follow([DEMO])
    standin.day = 2
    notes = library.sync().visits[0].notes
    assert any(note.startswith(f"{EARLY}: aangekondigd als") for note in notes)
    assert any(note.startswith("kst-99001-2: ") and "breekt af" in note for note in notes)


def test_the_official_text_takes_the_place_of_the_shipped_one(library: Library, tmp_path: Path) -> None:
    """Once the publisher's file lies in the home folder; without it the shipped one is back."""
    xml = b"<officiele-publicatie><kamerstuk><stuk><titel>BRIEF</titel><algemeen><vrije-tekst><tekst><al>Den Haag, 6 januari 2020</al>"
    xml += b"<al>De tekst van de uitgever over Irak.</al></tekst></vrije-tekst></algemeen></stuk></kamerstuk></officiele-publicatie>"
    program, folder = library.kamervraag, library.collection.folder
    program.index()
    folder.mkdir(parents=True)
    (folder / "kst-27925-692.xml").write_bytes(xml)
    report = program.index()
    assert (report.changed, report.failed) == (["kst-27925-692"], [])
    assert "van de uitgever" in program.store.text("kst-27925-692")
    again = program.index()
    assert (again.unchanged, again.embedded, again.changed, again.failed) == (1, 0, [], [])
    (folder / "kst-27925-692.xml").unlink()
    program.index()
    assert "van de uitgever" not in program.store.text("kst-27925-692")


def test_an_official_file_goes_before_an_own_one_of_the_same_paper(library: Library) -> None:
    """Whichever came first; the own one is named."""
    folder = library.collection.folder
    folder.mkdir(parents=True)
    (folder / "brief.txt").write_text("Den Haag, 3 maart 2021\n\nMijn kopie.\n", encoding="utf-8")
    (folder / "brief.json").write_text('{"id": "kst-99001-2"}', encoding="utf-8")
    library.kamervraag.index()
    report = library.bring(typed=["kst-99001-2"]).report
    assert [failure.split(":")[0] for failure in report.failed] == ["brief.txt"]
    assert "Mijn kopie" not in library.kamervraag.store.text("kst-99001-2")


@pytest.fixture
def at_the_standin(standin: StandIn, library: Library, monkeypatch: pytest.MonkeyPatch) -> Kamervraag:
    """The program, with the settings by which the command finds the stand-in."""
    for name, address in standin.koop.items():
        monkeypatch.setenv(f"KAMERVRAAG_KOOP_{name.removeprefix('base_').upper()}", address)
    for name, address in standin.tweedekamer.items():
        monkeypatch.setenv(f"KAMERVRAAG_TK_{name.removeprefix('base_').upper()}", address)
    monkeypatch.setenv("KAMERVRAAG_HOME", str(library.kamervraag.settings.home))
    return library.kamervraag


def test_status_and_list_tell_of_followed_dossiers_and_what_failed(
    library: Library, standin: StandIn, at_the_standin: Kamervraag, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the moment of the last visit, or that it has yet to come; for programs too."""
    standin.faults["403@kst-99001-2"] = 1_000_000
    library.follow([DEMO])
    library.sync()
    library.follow(["27925"])
    for verb in ("status", "list"):
        cli.main([verb])
        shown = capsys.readouterr().out
        assert "gevolgd: 99001, laatst bijgewerkt: 20" in shown
        assert "mislukt: kst-99001-2: " in shown
        assert "gevolgd: 27925, wacht op" in shown
    cli.main(["status", "--json"])
    followed = {each["dossier"]: each for each in json.loads(capsys.readouterr().out)["followed"]}
    assert list(followed[DEMO]["failed"]) == ["kst-99001-2"]
    assert followed["27925"]["visited_at"] is None


def test_status_names_the_files_that_wait(library: Library, at_the_standin: Kamervraag, capsys: pytest.CaptureFixture[str]) -> None:
    """What lies in the folder and is not in the index, for people and for programs."""
    library.bring(typed=["kst-99001-1"])
    (library.collection.folder / "nieuw.txt").write_text("Den Haag, 3 maart 2021\n\nNog niet gelezen.\n", encoding="utf-8")
    cli.main(["status"])
    assert "Niet in de index: nieuw.txt." in capsys.readouterr().out
    cli.main(["status", "--json"])
    assert json.loads(capsys.readouterr().out)["not_indexed"] == ["nieuw.txt"]


def test_the_command_adds_what_it_can(at_the_standin: Kamervraag, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files too; exit code 1 when something failed, with the reason."""
    own = tmp_path / "eigen.md"
    own.write_text("Den Haag, 3 maart 2021\n\nDe minister bezocht de haven van Delfzijl.\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        cli._add(argparse.Namespace(wanted=["kst-99001-404", str(own), "kst-99001-1"]), at_the_standin)
    shown = capsys.readouterr()
    assert ended.value.code == 1
    assert "Toegevoegd: eigen.txt, kst-99001-1" in shown.out
    assert "kst-99001-404" in shown.err


def test_syncing_for_ever_goes_on_when_another_process_is_busy(
    library: Library, at_the_standin: Kamervraag, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It tells it, waits, and tries again."""
    library.follow([DEMO])
    lock = FileLock(at_the_standin.settings.home / "index.lock")
    lock.acquire()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt
        lock.release()

    monkeypatch.setattr("cli.time.sleep", lambda seconds: wait(seconds) if seconds == 3600 else None)
    with pytest.raises(KeyboardInterrupt):
        cli._sync(argparse.Namespace(every=3600.0), at_the_standin)
    assert waits == [3600.0, 3600.0]
    assert "ander proces" in capsys.readouterr().err
    assert "kst-99001-1" in papers(library)


def test_a_sync_that_finds_nothing_says_so(library: Library, at_the_standin: Kamervraag, capsys: pytest.CaptureFixture[str]) -> None:
    """'Niets nieuws' would mean that there is something."""
    library.follow(["99556"])
    with pytest.raises(SystemExit):
        cli._sync(argparse.Namespace(every=None), at_the_standin)
    assert "99556: geen stukken gevonden" in capsys.readouterr().out


def test_a_dossier_that_could_not_be_visited_ends_a_sync_with_1(library: Library, standin: StandIn, at_the_standin: Kamervraag) -> None:
    """Whatever became of the others; who runs this by a clock must hear of it."""
    library.follow([DEMO, "99556"])
    standin.faults["403@99556"] = 1_000_000
    with pytest.raises(SystemExit) as ended:
        cli._sync(argparse.Namespace(every=None), at_the_standin)
    assert ended.value.code == 1
    assert papers(library)


def asked(standin: StandIn, part: str) -> list[str]:
    """What was asked of an address that holds this, since the last time."""
    found = [path for path in standin.requests if part in path]
    standin.requests.clear()
    return found


def test_the_feed_says_in_which_dossiers_to_look(library: Library, standin: StandIn) -> None:
    """Without news the Tweede Kamer is asked for that alone; with news, for the papers of the dossier that it is about."""
    standin.faults["other_chapter"] = 1  # nr. 2 is in a dossier of its own
    library.follow([DEMO, f"{DEMO}-X"])
    library.sync()
    assert len(asked(standin, "/OData/v4/2.0/Document?")) == 2
    library.sync()
    assert not asked(standin, "/OData/")
    standin.day = 2
    assert EARLY in library.sync().visits[0].new
    (about,) = asked(standin, "/OData/v4/2.0/Document?")
    assert "Toevoeging" not in about.partition("$expand")[0]


def test_the_feed_goes_on_where_it_was_left(library: Library, standin: StandIn) -> None:
    """From the cursor in the home folder, also in another process; each entry is read once."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    library.sync()
    cursor = json.loads((library.collection.home / "feed.json").read_text())["cursor"]
    assert cursor == list(library.tweede_kamer.changes())[-1].cursor
    standin.requests.clear()
    Library(library.kamervraag, library.koop, library.tweede_kamer).sync()
    assert [path.rpartition("=")[2] for path in asked(standin, "/SyncFeed/")] == [cursor]


def test_a_deletion_in_the_feed_takes_an_early_paper_away(library: Library, standin: StandIn) -> None:
    """Though the entry says nothing but its guid."""
    standin.papers["kst-99001-7"].days.update({"from": 9, "tk_until": 3})  # type: ignore[attr-defined]  # a dict, read from JSON
    library.follow([DEMO])
    standin.day = 2
    library.sync()
    assert EARLY in papers(library)
    standin.papers = {id: paper for id, paper in standin.papers.items() if id != "kst-99001-8"}  # the only other news of that day
    standin.papers["kst-99001-4"].days.update({"until": 9, "tk_until": 9})  # type: ignore[attr-defined]  # as above
    standin.day = 3
    assert library.sync().visits[0].withdrawn == [EARLY]
    assert EARLY not in papers(library)


def test_papers_that_are_sent_again_are_no_news(library: Library, standin: StandIn) -> None:
    """At most one look at the list for what the feed had not said of them before, and after that none; nothing is indexed anew."""
    library.follow([DEMO])
    standin.day = 2
    library.sync()
    before = embedded(library)
    looks = []
    for standin.faults["feed_reemission"] in (1, 2, 3):
        standin.requests.clear()
        visit = library.sync().visits[0]
        assert (visit.new, visit.changed, visit.withdrawn) == ([], [], [])
        looks.append(len(asked(standin, "/OData/v4/2.0/Document?")))
    assert looks == [1, 0, 0]
    assert embedded(library) == before


def test_a_change_that_was_heard_and_not_dealt_with_is_not_lost(
    library: Library, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash while the news is fetched, a list that fails and a file that fails: the next visit asks again, without new news."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    keep = library.collection.keep

    def until_early(fetched: Fetched) -> bool:
        if fetched.id == EARLY:
            raise KeyboardInterrupt
        return keep(fetched)

    monkeypatch.setattr(library.collection, "keep", until_early)
    with pytest.raises(KeyboardInterrupt):
        library.sync()
    monkeypatch.undo()
    for fault in ("500@/OData/v4/2.0/Document?", "missing_as_500"):
        standin.faults = {fault: 1_000_000}
        library.sync()
        assert EARLY not in papers(library)
    standin.faults = {}
    library.sync()
    assert EARLY in papers(library)


@pytest.mark.parametrize("fault", ["category_500", "feed_loop", "html_error_page_200@/SyncFeed/"])
def test_a_feed_that_is_out_of_order_holds_nothing_up(library: Library, standin: StandIn, fault: str) -> None:
    """All dossiers are asked for then, that is told, and the feed goes on later from where it was."""
    library.follow([DEMO])
    library.sync()
    place = (library.collection.home / "feed.json").read_text()
    standin.day = 2
    standin.faults[fault] = 1_000_000
    done = library.sync()
    assert EARLY in done.visits[0].new
    assert any("apart nagevraagd" in note for note in done.report.notes)
    standin.faults.clear()
    if fault != "feed_loop":  # which gave its entries before it turned round
        assert (library.collection.home / "feed.json").read_text() == place
    assert not library.sync().report.notes
    assert json.loads((library.collection.home / "feed.json").read_text())["cursor"] == list(library.tweede_kamer.changes())[-1].cursor


def test_a_damaged_place_in_the_feed_is_made_anew(library: Library, standin: StandIn) -> None:
    """And what was missed meanwhile comes all the same."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    odd = ('{"cursor": 5}', '{"cursor": "hier"}', '{"dossiers": []}', '{"digests": {"a": null}}', "[" * 100_000)
    for damaged in ('{"cursor": ', '{"onbekend": 1}', "[]", *odd):
        (library.collection.home / "feed.json").write_text(damaged)
        standin.requests.clear()
        library.sync()
        assert len(asked(standin, "/OData/v4/2.0/Document?")) == 1
    assert EARLY in papers(library)


@pytest.mark.parametrize("status", [403, 500])
def test_a_cursor_that_is_refused_is_given_up(library: Library, standin: StandIn, status: int) -> None:
    """All dossiers are asked for once, that is told, and from then on the feed is heard as before."""
    library.follow([DEMO])
    library.sync()
    cursor = json.loads((library.collection.home / "feed.json").read_text())["cursor"]
    standin.day = 2
    standin.faults[f"{status}@skiptoken={cursor}"] = 1_000_000
    done = library.sync()
    assert EARLY in done.visits[0].new
    assert any("apart nagevraagd" in note for note in done.report.notes)
    assert not library.sync().report.notes
    standin.day = 3
    assert not library.sync().report.notes
    assert json.loads((library.collection.home / "feed.json").read_text())["cursor"] == list(library.tweede_kamer.changes())[-1].cursor


def test_news_of_a_paper_is_news_for_each_of_its_dossiers(library: Library, standin: StandIn) -> None:
    """Also where a deletion names none of them."""
    standin.papers["kst-99001-7"].days.update({"from": 9, "tk_until": 3})  # type: ignore[attr-defined]  # a dict, read from JSON
    both = standin.papers["kst-99001-7"].all("OVERHEIDop.dossiernummer")
    library.follow(both)
    standin.day = 2
    library.sync()
    assert not any(followed.due for followed in library.followed().values())
    standin.papers = {"kst-99001-7": standin.papers["kst-99001-7"]}  # the only news of that day
    standin.day = 3
    library.collection.listen(library.tweede_kamer)
    assert {code for code, followed in library.followed().items() if followed.due} == {*both}
    assert len(both) == 2


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_that_jumped_stops_no_looking(library: Library, standin: StandIn, years: int) -> None:
    """A last look that seems to lie ahead, or far behind, is as good as none."""
    library.follow([DEMO])
    library.sync()
    file = library.collection.home / "followed.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    stored[DEMO]["looked_at"] = (dt.datetime.now(dt.UTC) + dt.timedelta(days=365 * years)).isoformat()
    file.write_text(json.dumps(stored), encoding="utf-8")
    standin.requests.clear()
    library.sync()
    assert asked(standin, "/OData/v4/2.0/Document?")


def test_a_list_that_fails_at_the_daily_look_is_asked_for_at_the_next_visit(library: Library, standin: StandIn) -> None:
    """And not a day later, though the feed has no news."""
    library.follow([DEMO])
    library.sync()
    day_before(library)
    standin.faults["500@/OData/v4/2.0/Document?"] = 1_000_000
    library.sync()
    standin.faults.clear()
    standin.requests.clear()
    library.sync()
    assert asked(standin, "/OData/v4/2.0/Document?")


def test_an_earlier_since_looks_back_at_once(library: Library, standin: StandIn) -> None:
    """Also at the Tweede Kamer, whose feed has no news of what is old."""
    library.follow([DEMO], dt.date(2025, 9, 1))
    library.sync()
    standin.requests.clear()
    library.follow([DEMO], dt.date(2025, 1, 1))
    library.sync()
    assert asked(standin, "/OData/v4/2.0/Document?")
    assert "kst-99001-1" in papers(library)


def indexed(library: Library) -> set[str]:
    return {document.id for document in library.kamervraag.status().documents}


@pytest.mark.parametrize("how", ["follow", "add"])
def test_an_attachment_comes_with_its_paper_and_names_it(
    library: Library, at_the_standin: Kamervraag, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a paper of its own, with its own text; the references of either lead to the other, also for programs."""
    if how == "follow":
        library.follow([DEMO])
        assert MAP in library.sync().visits[0].new
    else:
        assert library.bring(typed=["kst-99001-3"]).added == ["kst-99001-3", MAP]
    assert "tegenover het gemaal" in library.kamervraag.store.text(MAP)
    assert told(library, MAP).attached_to == "kst-99001-3"
    cli.main(["references", MAP])
    assert "bijlage bij   kst-99001-3  " in capsys.readouterr().out
    cli.main(["references", "kst-99001-3"])
    assert f"heeft bijlage  {MAP}  Kaart van de vakken" in capsys.readouterr().out
    cli.main(["references", MAP, "--json"])
    assert {"document": "kst-99001-3", "kind": "attached", "in_index": True} in json.loads(capsys.readouterr().out)["cites"]


def test_an_attachment_stays_with_a_corrected_paper(library: Library, standin: StandIn) -> None:
    """It names the first text, which leads to the correction; the correction names the attachment."""
    library.follow([DEMO])
    library.sync()
    standin.day = 2
    library.sync()
    assert library.kamervraag.references(MAP).cites[0][1] == told(library, "kst-99001-3-n1")
    assert MAP in [paper.id for paper, _kind in library.kamervraag.references("kst-99001-3-n1").cited_by]


def test_an_attachment_is_withdrawn_and_removed_like_any_paper(library: Library, standin: StandIn) -> None:
    """What the publisher takes back goes; what the user took away stays away, also when its paper is added anew."""
    library.follow([DEMO])
    library.sync()
    library.remove([MAP])
    library.sync()
    library.bring(typed=["kst-99001-3"])
    assert MAP not in indexed(library)
    library.bring(typed=[MAP])
    assert MAP in indexed(library)
    library.sync()
    standin.papers[MAP].days = {"until": 2}
    standin.day = 2
    assert MAP in library.sync().visits[0].withdrawn
    assert MAP not in indexed(library)


def test_an_attachment_that_the_list_misses_comes_by_its_paper(library: Library, standin: StandIn) -> None:
    """Its paper names it; it is asked for again once a day, not at every visit, and goes when it is gone."""
    standin.papers[MAP].facts["OVERHEIDop.dossiernummer"] = [("99009", "")]
    library.follow([DEMO])
    standin.faults[f"503_html@{MAP}"] = 1_000_000
    assert MAP in library.sync().visits[0].failed
    standin.faults.clear()
    assert library.sync().visits[0].new == [MAP]
    standin.requests.clear()
    library.sync()
    assert not asked(standin, MAP)
    standin.papers[MAP].days = {"until": 1}
    day_before(library)
    assert library.sync().visits[0].withdrawn == [MAP]


def test_an_attachment_that_cannot_be_had_is_asked_for_once_a_day(library: Library, standin: StandIn) -> None:
    """It may be large; it is told each time, and the rest comes."""
    standin.faults["no_pdf"] = 1_000_000
    library.follow([DEMO])
    failed = library.sync().visits[0].failed
    assert list(failed) == [MAP]
    assert "kst-99001-3" in papers(library)
    standin.requests.clear()
    assert library.sync().visits[0].failed == failed
    assert not asked(standin, MAP)
    standin.faults.clear()
    day_before(library)
    assert library.sync().visits[0].new == [MAP]


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(("fault", "may_help"), [("503_html", True), ("403", False)])
def test_an_attachment_that_failed_is_asked_for_again_when_that_may_help(
    library: Library, standin: StandIn, fault: str, may_help: bool, listed: bool
) -> None:
    """At the next visit where the service was out of order; a day later where it will most likely refuse again."""
    if not listed:
        standin.papers[MAP].facts["OVERHEIDop.dossiernummer"] = [("99009", "")]
    standin.faults[f"{fault}@{MAP}"] = 1_000_000
    library.follow([DEMO])
    failed = library.sync().visits[0].failed
    assert list(failed) == [MAP]
    standin.requests.clear()
    assert library.sync().visits[0].failed == failed
    assert bool(asked(standin, MAP)) == may_help
    standin.faults.clear()
    if not may_help:
        day_before(library)
    assert library.sync().visits[0].new == [MAP]
    assert library.followed()[DEMO].waiting == ()


def test_a_paper_that_the_list_misses_is_asked_for_once_a_day(library: Library, standin: StandIn) -> None:
    """It stays while it is there, and goes when it is gone."""
    library.follow([DEMO])
    library.sync()
    standin.papers["kst-99001-2"].facts["OVERHEIDop.dossiernummer"] = [("99009", "")]
    library.sync()
    standin.requests.clear()
    library.sync()
    assert not asked(standin, "kst-99001-2")
    assert "kst-99001-2" in papers(library)
    standin.papers["kst-99001-2"].days = {"until": 1}
    day_before(library)
    assert library.sync().visits[0].withdrawn == ["kst-99001-2"]


def test_what_could_not_be_had_can_be_removed(library: Library, standin: StandIn) -> None:
    """Then nothing tells of it any more, at either source, until it is added by name."""
    standin.faults |= dict.fromkeys(("403@kst-99001-2", f"403@{MAP}", "missing_as_500"), 1_000_000)
    library.follow([DEMO])
    standin.day = 2
    failed = library.sync().visits[0].failed
    assert {"kst-99001-2", MAP, EARLY} == failed.keys()
    library.remove(list(failed))
    assert library.followed()[DEMO].failed == {}
    standin.requests.clear()
    for _ in range(2):
        assert library.sync().visits[0].failed == {}
        day_before(library)
    assert not [path for path in standin.requests if "kst-99001-2" in path or MAP in path or "resource" in path]
    standin.faults.clear()
    assert "kst-99001-2" in library.bring(typed=["kst-99001-2"]).added


def test_attachments_that_cannot_be_searched_or_fetched_stop_no_paper(library: Library, standin: StandIn) -> None:
    """The paper is added, and what is missing is told."""
    standin.faults["403@hoofddocument"] = 1_000_000
    standin.faults[f"403@{MAP}.pdf"] = 1_000_000
    brought = library.bring(typed=["kst-99001-3"])
    assert brought.added == ["kst-99001-3"]
    assert [note.split(":")[0] for note in brought.notes] == ["kst-99001-3", MAP]


def test_an_attachment_that_does_not_exist_is_asked_for_once(library: Library, standin: StandIn) -> None:
    """Papers name some that the publisher does not have."""
    del standin.papers[MAP]
    library.follow([DEMO])
    assert library.sync().visits[0].failed == {}
    standin.requests.clear()
    library.sync()
    assert not asked(standin, MAP)


def full_for(folder: Path, *names: str) -> list[Path]:
    """A disk that has no room left for these files: what is written for them goes to /dev/full, which is always full."""
    folder.mkdir(parents=True, exist_ok=True)
    links = [folder / f".{name}.{os.getpid()}.new" for name in names]
    for link in links:
        link.symlink_to("/dev/full")
    return links


needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="LET OP: geen /dev/full, dus een volle schijf is niet getoetst")


@needs_dev_full
@pytest.mark.parametrize("name", ["kst-99001-3-n1.xml", "kst-99001-3-n1.metadata.xml", "followed.json", "feed.json"])
def test_a_full_disk_loses_nothing_and_shows_nothing_half_written(
    library: Library, standin: StandIn, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there stays as it was, that is said in Dutch, and once there is room the next sync makes up for it."""
    library.follow([DEMO])
    library.sync()
    before = {path.name: path.read_bytes() for path in library.collection.folder.iterdir()}
    standin.day = 2
    full_for(library.collection.folder if name.startswith("kst") else library.collection.home, name)
    monkeypatch.setattr(library.collection, "tidy", lambda: None)  # the disk fills up after it
    done = library.sync()
    monkeypatch.undo()
    told = " ".join([*done.failed.values(), *done.report.notes])
    assert "De schijf is vol: in " in told
    assert "Maak ruimte vrij" in told
    after = {path.name: path.read_bytes() for path in library.collection.folder.iterdir()}
    assert not [path for path in after if path.startswith(".")]
    assert all(after[path] == content for path, content in before.items() if path in after)
    assert {"kst-99001-3.xml", "kst-99001-3-n1.xml"} & after.keys()
    library.sync()
    assert {"kst-99001-3-n1", "kst-99001-5-h1", "kst-99001-6", EARLY} <= papers(library)
    assert not {"kst-99001-3", "kst-99001-5", "kst-1990001"} & papers(library)


@needs_dev_full
def test_a_full_disk_is_told_to_who_adds(library: Library, tmp_path: Path) -> None:
    """An own file that does not fit, and a removal that cannot be noted; both can be done again later."""
    own = tmp_path / "eigen.txt"
    own.write_text("Den Haag, 3 maart 2021\n\nDe minister bezocht de haven van Delfzijl.\n", encoding="utf-8")
    full_for(library.collection.folder, "eigen.txt")
    assert "De schijf is vol" in str(library.bring(files=[own]).failed[str(own)])
    assert list(library.collection.folder.iterdir()) == []
    assert library.bring(files=[own]).added == ["eigen.txt"]
    full_for(library.collection.home, "removed.txt")
    with pytest.raises(StorageProblem, match="De schijf is vol"):
        library.remove(["eigen"])
    assert papers(library) == {"eigen"}
    library.remove(["eigen"])
    assert papers(library) == set()


def test_a_huge_file_in_the_folder_is_refused_in_pieces(library: Library) -> None:
    """A gigabyte is hashed without being in memory."""
    library.collection.folder.mkdir(parents=True)
    with (library.collection.folder / "huge.pdf").open("wb") as file:
        file.truncate(1 << 30)  # a hole, which takes no room
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert any("groter dan 60 MB" in failure for failure in library.kamervraag.index().failed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


def test_what_is_removed_at_the_same_moment_stays_removed(tmp_path: Path) -> None:
    """Who removes a paper while somebody else does so keeps the other's removal."""
    names = [f"kst-27925-{number}" for number in range(1, 41)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Lists(tmp_path).keep_removed, names))
    assert Lists(tmp_path).removed() == {*names}
