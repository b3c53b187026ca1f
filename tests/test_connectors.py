"""The connectors against a stand-in of the official services, over the wire: what they promise, and every fault known of them."""

import datetime as dt
import itertools
import logging
import lzma
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standin import DEMO, StandIn

from rag import Kamervraag, Settings
from rag.library import Library
from sources.http import (
    BadResponse,
    Client,
    NotFound,
    RateLimited,
    Refused,
    Response,
    SourceProblem,
    TooLarge,
    Unreachable,
    origins_of,
    read_xml,
    retry_after_s,
    user_agent,
)
from sources.koop import Koop, SearchRefused, check, record_of_metadata
from sources.letter import Signer
from sources.records import NotAnIdentifier, Record, dossier_code, identifier_in, identifier_or_none, manifestation_of, to_date
from sources.tweedekamer import TweedeKamer, koop_ids, quoted

PAPERS_OF_DAY_1 = ["kst-99001-1", "kst-99001-2", "kst-99001-3", "kst-99001-4", "kst-99001-5", "kst-1990001"]


def quick(**settings: object) -> Client:
    """A client that does not dawdle."""
    return Client(**{"pace_s": 0, "backoff_s": 0.01, "read_timeout_s": 0.3, "tries": 3, **settings})  # type: ignore[arg-type]  # as named


@contextmanager
def services(
    *faults: str, day: int = 1, page: int = 250, client: Client | None = None, **counted: int
) -> Iterator[tuple[StandIn, Koop, TweedeKamer]]:
    """The stand-in with both connectors on it; `counted` faults stop after so many times."""
    client = client or quick()
    with StandIn(
        faults={**dict.fromkeys(faults, 10**6), **{name.removeprefix("n_"): n for name, n in counted.items()}}, day=day, page=page
    ) as standin:
        yield standin, Koop(client, **standin.koop), TweedeKamer(client, **standin.tweedekamer)
    client.close()


def ids(records: object) -> list[str]:
    return [record.id for record in records]  # type: ignore[attr-defined]  # an iterable of records


# Transport


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("503_html", Unreachable),
        ("500", Unreachable),
        ("reset", Unreachable),
        ("stall", Unreachable),
        ("truncated", Unreachable),
        ("half_gzip", Unreachable),
        ("429", RateLimited),
        ("429_nonsense", RateLimited),
        ("429_long", RateLimited),
        ("403", BadResponse),
        ("html_error_page_200", BadResponse),
        ("short_length", BadResponse),
        ("broken_gzip", BadResponse),
        ("odd_encoding", BadResponse),
        ("204", NotFound),
        ("too_large_declared", TooLarge),
        ("endless", TooLarge),
        ("gzip_bomb", TooLarge),
        ("redirect_elsewhere", Refused),
        ("redirect_to_metadata_service", Refused),
        ("redirect_to_other_port", Refused),
        ("redirect_to_nonsense", Unreachable),
        ("redirect_loop", Refused),
    ],
)
def test_a_fault_that_stays_is_an_error_of_its_own_kind(fault: str, error: type[SourceProblem]) -> None:
    """Named for what the caller can do, with the address, in one Dutch sentence or two that say what to do."""
    with services(fault, client=quick(max_bytes=2_000_000)) as (standin, koop, kamer):
        for ask in (lambda: list(koop.search(dossier="99001")), lambda: list(kamer.documents("99001")), lambda: list(kamer.changes())):
            with pytest.raises(error) as caught:
                ask()
            assert caught.value.url.startswith(standin.url) or error is Refused
            assert str(caught.value).endswith(".")
            assert "opnieuw" in str(caught.value) or error in (NotFound, TooLarge, Refused)


@pytest.mark.parametrize("fault", ["503_html", "500", "reset", "stall", "truncated", "half_gzip", "429", "429_nonsense"])
def test_a_fault_that_passes_is_survived(fault: str) -> None:
    """Twice wrong and then right gives the whole list."""
    with services(**{f"n_{fault}": 2}) as (standin, koop, _):
        assert ids(koop.search(dossier="99001")) == PAPERS_OF_DAY_1
        assert len(standin.requests) == 3


@pytest.mark.parametrize(("fault", "waits"), [("429_seconds", 1.0), ("429_date", 1.0)])
@pytest.mark.parametrize("clock", ["geen", "clock_ahead", "clock_behind"])
def test_the_wait_that_a_service_asks_for_is_kept(fault: str, waits: float, clock: str) -> None:
    """Whether it says so in seconds or as a date, and however far its clock and ours are apart."""
    with services(clock, **{f"n_{fault}": 1}) as (_, koop, _kamer):
        began = time.monotonic()
        assert ids(koop.search(dossier="99001")) == PAPERS_OF_DAY_1
        assert waits * 0.9 <= time.monotonic() - began < 4


def test_a_wait_of_hours_is_told_and_not_sat_out() -> None:
    """And it is asked only once."""
    with services("429_long") as (standin, koop, _):
        with pytest.raises(RateLimited, match="120 minuten") as caught:
            list(koop.search(dossier="99001"))
        assert caught.value.retry_after_s == 7200
        assert len(standin.requests) == 1


def test_pauses_double_and_are_never_quite_equal() -> None:
    """Between half and one and a half times 1, 2 and 4 seconds."""
    slept: list[float] = []
    client = Client(pace_s=0, backoff_s=1, tries=4, sleep=slept.append)
    with services("503_html", client=client) as (_, koop, _kamer), pytest.raises(Unreachable):
        list(koop.search(dossier="99001"))
    assert slept[0] == 0
    for pause, middle in zip(slept[1:], (1, 2, 4), strict=True):
        assert middle * 0.4 <= pause <= middle * 1.5


def test_a_host_is_asked_one_thing_at_a_time_at_a_steady_pace() -> None:
    """Also when four threads want it: six requests at 0.1 s apart."""
    with services(client=quick(pace_s=0.1)) as (standin, koop, _):
        threads = [threading.Thread(target=lambda: koop.client.get(f"{standin.url}/sru", origins=koop.origins)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert standin.busiest == 1
        moments = sorted(standin.moments)
        assert all(later[0] - earlier[1] >= 0.08 for earlier, later in itertools.pairwise(moments))


def test_the_client_says_who_it_is() -> None:
    """Program, version, and where to complain if that is set."""
    with services(client=quick(contact_url="https://voorbeeld.nl/kamervraag")) as (standin, koop, _):
        list(koop.search(dossier="99001"))
        assert standin.agents[0].startswith("Kamervraag/")
        assert standin.agents[0].endswith("(+https://voorbeeld.nl/kamervraag)")
    assert "(" not in user_agent(None)


def test_an_answer_that_drips_in_is_given_up() -> None:
    """Each byte comes within the read timeout, but all of them not within the deadline."""
    with services("drip", client=quick(deadline_s=0.3, tries=1)) as (_, koop, _kamer), pytest.raises(Unreachable, match="langzaam"):
        list(koop.search(dossier="99001"))


def test_nobody_at_home_is_unreachable() -> None:
    """A port where nothing listens, and a name that does not exist."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/sru"
    with pytest.raises(Unreachable, match="Controleer de internetverbinding"):
        quick().get(url, origins=origins_of(url))
    with pytest.raises(Unreachable):
        quick(tries=1, connect_timeout_s=2).get("https://bestaat.invalid/", origins=origins_of("https://bestaat.invalid"))


def test_packed_answers_are_unpacked() -> None:
    """And what is asked for is gzip."""
    with services("gzip") as (_, koop, _kamer):
        assert ids(koop.search(dossier="99001")) == PAPERS_OF_DAY_1
        assert koop.fetch("kst-99001-1").manifestation == "xml"


def test_only_https_or_this_machine_can_be_a_source() -> None:
    """A plain address elsewhere would let anybody on the way change the quotes."""
    assert origins_of("http://127.0.0.1:8000/sru", "http://localhost/x", "https://repository.overheid.nl/sru")
    with pytest.raises(Refused, match="https"):
        origins_of("http://repository.overheid.nl/sru")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "10.0.0.8", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_an_address_that_is_no_source_is_not_asked(name: str) -> None:
    """Whatever it is called."""
    with pytest.raises(Refused):
        quick().get(f"https://{name}/kst-1-1.xml", origins=origins_of("https://repository.overheid.nl/sru"))


def test_a_source_whose_name_leads_into_the_own_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own host name stands for a name in a poisoned DNS; the host of a mirror that the owner set may lie there."""
    name = next((n for n in (socket.gethostname(), "ip6-localhost", "localhost.localdomain") if _resolves_privately(n)), None)
    if not name:
        pytest.skip("LET OP: hier is geen naam die naar een eigen adres leidt, dus deze belofte is niet getoetst")
    url = f"https://{name}:1/sru"
    with pytest.raises(Refused, match="eigen netwerk"):
        quick().get(url, origins=origins_of(url))
    with pytest.raises(Unreachable):
        quick(own_hosts=frozenset({name}), tries=1).get(url, origins=origins_of(url))
    with pytest.raises(Refused, match="eigen netwerk"):
        quick(own_hosts=frozenset({"mirror.example"})).get(url, origins=origins_of(url))
    for setting in ("KAMERVRAAG_KOOP_SEARCH", "KAMERVRAAG_TK_ODATA"):
        monkeypatch.setenv(setting, url)
    library = Library(Kamervraag(Settings(home=tmp_path)))
    assert (library.koop.client.own_hosts, library.tweede_kamer.client.own_hosts) == ({name}, {name})


def _resolves_privately(name: str) -> bool:
    try:
        return name != "localhost" and not name[0].isdigit() and bool(socket.getaddrinfo(name, None))
    except OSError:
        return False


def test_packing_that_we_do_not_know_is_said_to_be_that() -> None:
    """And not that the content is wrong."""
    with services("odd_encoding") as (_, koop, _kamer), pytest.raises(BadResponse, match="verpakt als 'compress'"):
        list(koop.search(dossier="99001"))


def test_redirects_that_turn_round_are_given_up_soon() -> None:
    """After six requests."""
    with services("redirect_loop") as (standin, koop, _):
        with pytest.raises(Refused, match="houden niet op"):
            list(koop.search(dossier="99001"))
        assert len(standin.requests) == 6


def test_a_wait_until_a_moment_that_has_passed_is_no_wait() -> None:
    """It counts from the service's own clock, so ours may jump."""
    clock = ("date", "Tue, 25 Nov 2025 10:00:00 GMT")
    assert retry_after_s(httpx.Headers([clock, ("retry-after", "Tue, 25 Nov 2025 10:01:30 GMT")])) == 90
    assert retry_after_s(httpx.Headers([clock, ("retry-after", "Tue, 25 Nov 2025 09:00:00 GMT")])) == 0


@given(st.text(max_size=40))
def test_any_retry_after_is_a_wait_or_nothing(text: str) -> None:
    """Never an exception, never a wait before now."""
    headers = httpx.Headers([(b"retry-after", text.encode()), (b"date", b"Tue, 25 Nov 2025 10:00:00 GMT")])
    assert (retry_after_s(headers) or 0) >= 0


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda t: f"<a>{t}</a>".encode())))
def test_any_bytes_are_xml_or_an_error_with_a_name(content: bytes) -> None:
    """And nothing else happens."""
    try:
        read_xml("https://voorbeeld.nl", content)
    except BadResponse:
        return


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b"<a>" * 200_000,
        b"<a>" + b"<b/>" * 1_000_001 + b"</a>",
        b"<?xml version='1.0' encoding='klingon'?><a/>",
        b"",
    ],
    ids=["external entity", "deep", "wide", "encoding", "empty"],
)
def test_hostile_xml_is_refused_in_time(content: bytes) -> None:
    """Within two seconds, whatever it is."""
    began = time.monotonic()
    with pytest.raises(BadResponse):
        read_xml("https://voorbeeld.nl", content)
    assert time.monotonic() - began < 5


# KOOP: searching


def test_searching_gives_what_the_publisher_says_of_a_paper() -> None:
    """Identity, kind, dossier and number, dates kept apart, status and addresses."""
    with services() as (_, koop, _kamer):
        found = {record.id: record for record in koop.search(dossier="99 001")}
    paper = found["kst-99001-3"]
    assert (paper.dossiers, paper.ondernummer, paper.kind, paper.status) == (("99001",), "3", "Brief regering", "Opgemaakt")
    assert paper.title == "Eerste voortgangsbrief dijkversterking Veenrivier (fictief)"
    assert (paper.dates.letter, paper.dates.document, paper.dates.published) == (
        dt.date(2025, 6, 2),
        dt.date(2025, 6, 2),
        dt.date(2025, 6, 5),
    )
    assert paper.dates.received is None
    assert set(paper.urls) == {"xml", "html", "pdf", "odt", "metadata"}
    assert paper.attachments == ("blg-9990001",)
    assert found["kst-99001-5"].replaced_by == ("kst-99001-5-h1",)


def test_searching_narrows_by_date() -> None:
    """From that day on."""
    with services() as (_, koop, _kamer):
        assert ids(koop.search(dossier="99001", since=dt.date(2025, 6, 2))) == PAPERS_OF_DAY_1[2:]


def test_searching_by_id_gives_those_that_exist() -> None:
    """Of any kind, attachments too, more than fit in one request."""
    many = [f"kst-99001-{n}" for n in range(1, 40)]
    with services() as (standin, koop, _):
        assert ids(koop.search(ids=[*many, "blg-9990001"])) == [*PAPERS_OF_DAY_1[:5], "blg-9990001"]
        assert len(standin.requests) == 2
        assert ids(koop.attachments("kst-99001-3")) == ["blg-9990001"]


@pytest.mark.parametrize("fault", ["geen", "sru_default_namespace", "sru_no_enriched_data", "sru_duplicates"])
@pytest.mark.parametrize("page", [1, 4, 1000])
def test_each_paper_comes_once_whatever_the_pages_look_like(fault: str, page: int) -> None:
    """Pages smaller than asked, rows that come twice, other prefixes, no addresses."""
    with services(fault, page=page) as (_, koop, _kamer):
        assert ids(koop.search(dossier="99001")) == PAPERS_OF_DAY_1
        assert koop.fetch(next(koop.search(dossier="99001"))).manifestation == "xml"


@pytest.mark.parametrize(
    ("fault", "error", "match"),
    [
        ("sru_diagnostic", SearchRefused, "Unsupported index"),
        ("sru_2_diagnostics", SearchRefused, "Unsupported index"),
        ("sru_explain", SearchRefused, "legt uit"),
        ("sru_malformed_xml", BadResponse, "geen geldige XML"),
        ("sru_entity_bomb", BadResponse, "doctype"),
        ("sru_short_list", BadResponse, "houdt op bij 6 van 7"),
    ],
)
def test_a_search_that_fails_with_status_200_says_so(fault: str, error: type[BadResponse], match: str) -> None:
    """An empty list would mean that there is nothing new."""
    with services(fault, *["sru_diagnostic"] * (fault == "sru_2_diagnostics")) as (_, koop, _kamer), pytest.raises(error, match=match):
        list(koop.search(dossier="99001"))


def test_a_dossier_of_more_than_a_thousand_papers_comes_whole(tmp_path: Path) -> None:
    """The service gives a thousand at a time, whatever is asked; the pages meet without a paper twice or none."""
    about = (DEMO / "kst-99001-1.metadata.xml").read_text(encoding="utf-8")
    for number in range(1, 2346):
        own = about.replace("kst-99001-1", f"kst-99001-{number}")
        (tmp_path / f"kst-99001-{number}.metadata.xml").write_text(own, encoding="utf-8")
    with StandIn(tmp_path, page=10_000) as standin:
        koop = Koop(quick(read_timeout_s=10), **standin.koop)
        asked = httpx.get(f"{standin.url}/sru?query=dt.type==Kamerstuk&maximumRecords=5000", trust_env=False, timeout=10)
        assert asked.text.count("<sru:record>") == 1000
        standin.requests.clear()
        found = ids(koop.search(dossier="99001"))
        assert len(found) == 2345
        assert set(found) == {f"kst-99001-{number}" for number in range(1, 2346)}
        assert [path.partition("startRecord=")[2].partition("&")[0] for path in standin.requests] == ["1", "1001", "2001"]


def test_a_row_without_an_id_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is left out, and that is said."""
    with services("sru_record_without_id") as (_, koop, _kamer), caplog.at_level(logging.WARNING, "sources.koop"):
        assert ids(koop.search(dossier="99001")) == []
    assert caplog.text.count("zonder nummer is overgeslagen") == 6


@pytest.mark.parametrize("query", ["c.product-area==officielepublicaties AND NOT dt.type==Bijlage", "dt.onbekend==1", "dt.date>=", ""])
def test_the_stand_in_refuses_what_the_service_refuses(query: str) -> None:
    """With status 200 for CQL and 500 for OData, as it does; so what the connectors send is what the services take."""
    with services() as (standin, _, _kamer):
        answer = httpx.get(f"{standin.url}/sru", params={"query": query}, trust_env=False)
        sorted_keys = httpx.get(f"{standin.url}/sru", params={"query": "dt.type==Kamerstuk", "sortKeys": "date"}, trust_env=False)
        odata = f"{standin.url}/OData/v4/2.0"
        unknown = [httpx.get(f"{odata}/{what}", trust_env=False).status_code for what in ("Bestaatniet", "Document?$filter=Niets eq 1")]
    assert answer.status_code == 200
    assert "diagnostic" in answer.text
    assert "diagnostic" in sorted_keys.text
    assert unknown == [500, 500]


def test_what_is_searched_for_cannot_change_the_question() -> None:
    """A dossier and an id that are none are refused before anything is sent."""
    with services() as (standin, koop, _):
        for bad in ({"dossier": '27925" OR "a'}, {"ids": ["kst-1 OR dt.type==Kamerstuk"]}, {"dossier": " "}):
            with pytest.raises(NotAnIdentifier):
                list(koop.search(**bad))  # type: ignore[arg-type]  # as in the list
        assert standin.requests == []


# KOOP: fetching


@pytest.mark.parametrize(
    ("faults", "manifestation"),
    [
        ((), "xml"),
        (("no_xml",), "html"),
        (("no_xml", "no_html"), "pdf"),
        (("no_xml", "no_html", "no_pdf"), "odt"),
        (("empty_body_xml",), "html"),
    ],
)
def test_the_best_text_that_there_is_comes_with_its_metadata(faults: tuple[str, ...], manifestation: str) -> None:
    """XML, else HTML, PDF, ODT; by id or by record alike."""
    with services(*faults) as (_, koop, _kamer):
        by_id = koop.fetch("kst-99001-1")
        by_record = koop.fetch(next(koop.search(dossier="99001")))
    assert by_id.manifestation == by_record.manifestation == manifestation == manifestation_of(by_id.content)
    assert by_id.content == by_record.content
    assert b'content="kst-99001-1"' in by_id.metadata
    assert by_id.id == by_id.asked == "kst-99001-1"
    assert ("XML zonder tekst" in " ".join(by_id.notes)) == ("empty_body_xml" in faults)


def test_a_paper_without_any_text_is_not_found() -> None:
    """Its metadata alone is no paper."""
    with services("no_xml", "no_html", "no_pdf", "no_odt") as (_, koop, _kamer), pytest.raises(NotFound):
        koop.fetch("kst-99001-1")


@pytest.mark.parametrize("fault", ["old_vocabulary", "processing_instructions", "no_break_spaces", "lying_content_type"])
def test_every_shape_of_xml_comes_through_byte_for_byte(fault: str) -> None:
    """With its byte order mark and CRLF; the connector takes nothing out. What a header calls it does not count."""
    with services(fault) as (standin, koop, _):
        fetched = koop.fetch("kst-99001-1")
        assert fetched.content == standin._xml(standin.papers["kst-99001-1"], "")
    assert fetched.content.startswith(b"\xef\xbb\xbf<?xml")
    assert b"\r\n" in fetched.content


@pytest.mark.parametrize(
    "address",
    [
        "https://zoek.officielebekendmakingen.nl/dossier/kst-99001-1.html?x=1#p",
        "/kst-32827-124.html/kst-99001-1.html",
        "/dossier/kst-99001-1/metadata.xml",
        "KST-99001-1",
    ],
)
def test_junk_around_an_id_does_not_matter(address: str) -> None:
    """The same paper under its own name; the host in an address is never asked."""
    with services() as (standin, koop, _):
        assert koop.fetch(address).id == "kst-99001-1"
        assert all(path.startswith(("/zoek/kst-99001-1", "/frbr/")) for path in standin.requests)


def test_an_attachment_is_a_pdf_with_metadata_of_its_own() -> None:
    """It names the paper it belongs to, and no XML is asked for."""
    with services() as (standin, koop, _):
        fetched = koop.fetch("blg-9990001")
        assert not any(path.endswith("9990001.xml") for path in standin.requests)
    assert (fetched.manifestation, fetched.record.hoofddocument, fetched.record.kind) == ("pdf", "kst-99001-3", "Bijlage")


@pytest.mark.parametrize("fault", ["geen", "redirect_metadata_too"])
def test_a_temporary_number_leads_to_the_final_one_and_both_are_told(fault: str) -> None:
    """On the first day it has its own page, on the second it redirects."""
    with services(fault) as (standin, koop, _):
        first = koop.fetch("kst-1990001")
        standin.day = 2
        second = koop.fetch("kst-1990001")
    assert (first.id, first.asked) == ("kst-1990001", "kst-1990001")
    assert (second.id, second.asked, second.record.ondernummer) == ("kst-99001-6", "kst-1990001", "6")


def test_a_corrected_paper_is_named_and_not_given_in_secret() -> None:
    """Number 3 exists as '-n1' only from the second day."""
    with services(day=2) as (_, koop, _kamer):
        with pytest.raises(NotFound, match="kst-99001-3-n1") as caught:
            koop.fetch("kst-99001-3")
        assert caught.value.instead == ("kst-99001-3-n1",)
        assert b"41,2 miljoen" in koop.fetch("kst-99001-3-n1").content


@pytest.mark.parametrize("fault", ["geen", "error_page_200", "fout404_redirect"])
def test_a_withdrawn_paper_is_not_found_however_that_is_said(fault: str) -> None:
    """404, an error page with status 200, or a redirect to one: never a paper."""
    with services(fault, day=3) as (_, koop, _kamer):
        assert "kst-99001-4" not in ids(koop.search(dossier="99001"))
        with pytest.raises(NotFound):
            koop.fetch("kst-99001-4")


def test_metadata_of_another_paper_is_refused() -> None:
    """Its text would be quoted under the wrong name."""
    with services("metadata_other_id") as (_, koop, _kamer), pytest.raises(BadResponse, match="gegevens van kst-99001-999 in plaats van"):
        koop.fetch("kst-99001-1")


@pytest.mark.parametrize(("times", "kinds"), [(1, ("xml", "html", "pdf")), (2, ("html", "pdf", "odt"))])
@pytest.mark.parametrize("best", [0, 1, 2])
def test_a_text_that_is_cut_off_is_noticed(best: int, times: int, kinds: tuple[str, ...]) -> None:
    """Where no length was promised only the text itself can tell; the other address has it whole, or else the next format."""
    without, cut = ("no_xml", "no_html")[:best], ("xml", "html", "pdf")[best]
    with services(*without, **{f"n_cut_off@/kst-99001-1.{cut}": times}) as (_, koop, _kamer):
        fetched = koop.fetch("kst-99001-1")
    assert fetched.manifestation == kinds[best]
    assert len([note for note in fetched.notes if "breekt af" in note]) == times


def test_a_service_out_of_order_does_not_turn_xml_into_pdf() -> None:
    """The error goes up; at the next sync the XML is there."""
    with services("503_html@99001-1.xml") as (_, koop, _kamer), pytest.raises(Unreachable):
        koop.fetch("kst-99001-1")


@pytest.mark.parametrize(
    "bad",
    ["../../etc/passwd", "kst-1/../../x", "", "27925", "kst-", "kst-27925-692;rm", "https://[", "kst-" + "9" * 80, "javascript:alert(1)"],
)
def test_what_is_no_id_is_refused_before_anything_is_sent(bad: str) -> None:
    """With an example of one that is."""
    with services() as (standin, koop, _):
        with pytest.raises(NotAnIdentifier, match="kst-27925-692"):
            koop.fetch(bad)
        assert standin.requests == []


def test_all_real_ids_are_ids(realdocs: Path) -> None:
    """All 336,528, and they print back the same from their addresses."""
    with lzma.open(realdocs / "koop_identifiers" / "kst_all_ids.txt.xz", "rt") as lines:
        every = lines.read().split()
    assert len(every) == 336_528
    assert [one for one in every if identifier_in(f"https://zoek.officielebekendmakingen.nl/{one}.html") != one] == []


@given(st.text(max_size=60))
def test_any_text_is_an_id_of_plain_characters_or_none(text: str) -> None:
    """So that it can stand in an address and in a query as it is."""
    found = identifier_or_none(text)
    assert found is None or (found.isascii() and found.replace("-", "").isalnum())


def test_real_metadata_is_understood(realdocs: Path) -> None:
    """The old style with two dossiers in one attribute and no title of its own; and items within items are left alone."""
    folder = realdocs / "koop_metadata"
    old = record_of_metadata("https://voorbeeld.nl", (folder / "kst-17050-229.metadata.RECONSTRUCTED.xml").read_bytes())
    assert (old.id, old.dossiers, old.ondernummer, old.dates.letter, old.dates.published) == (
        "kst-17050-229",
        ("17050", "22343"),
        "229",
        dt.date(2002, 3, 15),
        dt.date(2002, 3, 22),
    )
    assert old.title.startswith("Brief minister over de manier")
    with pytest.raises(BadResponse, match="zonder nummer"):  # a Gemeenteblad is no paper of ours
        record_of_metadata("https://voorbeeld.nl", (folder / "opmeta1.xml").read_bytes())


def test_real_papers_pass_the_check(realdocs: Path) -> None:
    """Both vocabularies, debates, and real PDFs; and half of each does not."""
    for path in [*realdocs.glob("kst_xml/*/*.xml"), *realdocs.glob("handelingen_op_xml_repaired/*.xml"), *realdocs.glob("tk_pdf*/*.pdf")]:
        kind, content = path.suffix[1:], path.read_bytes()
        check(kind, Response("https://voorbeeld.nl", content))
        with pytest.raises(BadResponse, match="breekt af"):
            check(kind, Response("https://voorbeeld.nl", content[: len(content) // 2]))


# Tweede Kamer: OData


def numbered(kamer: TweedeKamer, number: int) -> Record:
    """The paper with this number in the dossier."""
    return next(record for record in kamer.documents("99001") if record.ondernummer == str(number))


def test_who_signs_is_told_the_first_of_them_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """With their office; whoever has another part in a paper signs nothing."""
    actors = [
        {"ActorNaam": "vaste commissie voor Defensie", "Functie": None, "Relatie": "Volgcommissie"},
        {"ActorNaam": "B. Tweede", "Functie": "minister van Defensie", "Relatie": "Mede ondertekenaar"},
        {"ActorNaam": "A. Eerste", "Functie": "minister van Buitenlandse Zaken", "Relatie": "Eerste ondertekenaar"},
    ]
    with services() as (standin, _koop, kamer):
        rows = standin.rows
        monkeypatch.setattr(standin, "rows", lambda day: [{**row, "DocumentActor": actors} for row in rows(day)])
        record = numbered(kamer, 2)
    assert record.signers == (Signer("A. Eerste", "Minister van Buitenlandse Zaken"), Signer("B. Tweede", "Minister van Defensie"))


def test_a_case_gives_its_papers() -> None:
    """By its number; of one without papers it is said that there is nothing."""
    with services() as (standin, _koop, kamer):
        row = next(row for row in standin.rows(standin.day) if not row["Verwijderd"])
        assert [record.document_number for record in kamer.papers_of(row["Zaak"][0]["Nummer"])] == [row["DocumentNummer"]]
        with pytest.raises(NotFound):
            kamer.papers_of("2020Z00001")


def guid_of(id: str) -> str:
    """What the stand-in calls a paper in its feed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, id))


def test_documents_carry_what_the_chamber_knows() -> None:
    """Identity with KOOP's id, dossier and number; and their file."""
    with services() as (_, _koop, kamer):
        found = list(kamer.documents("99 001"))
        letter = found[0]
        fetched = kamer.fetch(letter)
    assert [(r.id, r.koop_id, r.document_number) for r in found[:2]] == [
        ("kst-99001-1", "kst-99001-1", "2025D90001"),
        ("kst-99001-2", "kst-99001-2", "2025D90002"),
    ]
    assert (letter.dossiers, letter.ondernummer, letter.kind, letter.dates.document) == (
        ("99001",),
        "1",
        "Brief regering",
        dt.date(2025, 3, 3),
    )
    assert (fetched.manifestation, fetched.notes, fetched.content[:5]) == ("pdf", (), b"%PDF-")


@pytest.mark.parametrize("page", [1, 2, 250])
def test_all_pages_come_each_paper_once(page: int) -> None:
    """By following the next link."""
    with services(page=page) as (_, _koop, kamer):
        assert len(ids(kamer.documents("99001"))) == len(set(ids(kamer.documents("99001")))) == 6


def test_a_paper_is_with_the_chamber_before_the_publisher_has_it() -> None:
    """As Word, in two dossiers, so that the id is not certain yet; from the third day it is."""
    with services(day=2) as (standin, koop, kamer):
        early = numbered(kamer, 7)
        as_word = kamer.fetch(early)
        standin.day = 3
        later = kamer.document("2025D90007")
        definitive = koop.fetch(later.koop_id or "")
    assert (early.id, early.koop_id, set(early.koop_ids)) == ("2025D90007", None, {"kst-99001-7", "kst-99002-7"})
    assert (as_word.manifestation, later.koop_id, definitive.manifestation) == ("docx", "kst-99001-7", "xml")
    assert early.guid == later.guid


def test_the_version_names_the_correction() -> None:
    """Then that is KOOP's id of the paper."""
    with services(day=2) as (_, _koop, kamer):
        assert [numbered(kamer, n).koop_id for n in (3, 5, 6)] == ["kst-99001-3-n1", "kst-99001-5-h1", "kst-99001-6"]


@pytest.mark.parametrize("fault", ["geen", "odata_ignores_deleted"])
def test_deleted_papers_are_left_out(fault: str) -> None:
    """Even if the service sends them."""
    with services(fault, day=3) as (_, _koop, kamer):
        assert "kst-99001-4" not in [record.id for record in kamer.documents("99001")]
        with pytest.raises(NotFound):
            kamer.document("2025D90004")


@pytest.mark.parametrize(("day", "numbers"), [(2, ["3", "4", "5", "6"]), (3, ["4", "5", "6"]), (12, ["4", "5", "6"]), (13, ["5", "6"])])
def test_documents_since_a_day(day: int, numbers: list[str]) -> None:
    """By the date of the document: of midnight here, which is the day before in UTC, and of later in the day."""
    with services() as (_, _koop, kamer):
        assert [r.ondernummer for r in kamer.documents("99001", since=dt.date(2025, 6, day))] == numbers


@pytest.mark.parametrize(
    "faults",
    [("volgnummer_minus_1",), ("documentversie_missing",), ("rijkswet_addition",), ("rijkswet_addition", "documentversie_missing")],
)
def test_koops_id_is_found_with_less(faults: tuple[str, ...]) -> None:
    """From the version alone, from the number alone, and past a Rijkswet number in brackets."""
    with services(*faults) as (_, _koop, kamer):
        assert kamer.document("2025D90001").koop_id == "kst-99001-1"
        assert "kst-99001-1" in [record.koop_id for record in kamer.documents("99001")]


def test_without_version_and_number_a_paper_has_only_the_chambers_id() -> None:
    """Volgnummer -1 means that it is no Kamerstuk."""
    with services("volgnummer_minus_1", "documentversie_missing") as (_, _koop, kamer):
        record = kamer.document("2025D90001")
    assert (record.id, record.koop_id, record.ondernummer) == ("2025D90001", None, None)


@pytest.mark.parametrize(
    ("row", "dossiers", "expected"),
    [
        ({"Volgnummer": 60}, [{"Nummer": 35300, "Toevoeging": "X"}], ("kst-35300-X-60",)),
        ({"Volgnummer": 2102}, [{"Nummer": 21501, "Toevoeging": "02"}], ("kst-21501-02-2102",)),
        ({"Aanhangselnummer": "242501244", "Kamer": 2}, [], ("ah-tk-20242025-1244",)),
        ({"Aanhangselnummer": "192000089", "Kamer": 1}, [], ("ah-ek-20192020-89",)),
        ({"Volgnummer": 3, "Kamer": 1}, [{"Nummer": 29521}], ()),
    ],
)
def test_the_join_key(row: dict[str, object], dossiers: list[dict[str, object]], expected: tuple[str, ...]) -> None:
    """As the two services' other users found it."""
    assert koop_ids(row, {}, dossiers) == expected


@pytest.mark.parametrize(
    ("fault", "error", "match"),
    [
        ("odata_error_body", BadResponse, "query is ongeldig"),
        ("odata_loop", BadResponse, "naar zichzelf"),
        ("next_link_elsewhere", Refused, "ingestelde bron"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_an_error(fault: str, error: type[SourceProblem], match: str) -> None:
    """An error body with status 200, a next link to itself, a next link to elsewhere."""
    with services(fault, page=2) as (_, _koop, kamer), pytest.raises(error, match=match):
        list(kamer.documents("99001"))


def test_a_file_that_is_missing_with_status_500_comes_from_the_feeds_store() -> None:
    """Missing in both is an error."""
    with services("missing_as_500@/OData/") as (standin, _koop, kamer):
        record = kamer.document("2025D90001")
        assert "/Resources/" in kamer.fetch(record).url
        standin.faults = {"missing_as_500": 10**6}
        with pytest.raises(Unreachable):
            kamer.fetch(record)


def test_what_a_file_is_its_bytes_say() -> None:
    """Called PDF it is Word, and its size is another: noted, not refused."""
    with services("lying_content_type", "wrong_content_length") as (_, _koop, kamer):
        fetched = kamer.fetch(kamer.document("2025D90001"))
    assert fetched.manifestation == "docx"
    assert [note.split()[2] for note in fetched.notes] == ["pdf,", str(len(fetched.content) + 1)]


def test_dossiers_with_one_number_are_told_apart() -> None:
    """The number alone gives every chapter: number 2 is in another one."""
    with services("other_chapter") as (_, _koop, kamer):
        found = kamer.dossiers("99001")
        assert [each.code for each in found] == ["99001", "99001-X"]
        named = {guid for change in kamer.changes() for guid in change.references["kamerstukdossier"]}
        assert named == {d.guid for d in found}
        assert [r.ondernummer for r in kamer.documents("99001")] == ["1", "3", "4", "5", "6"]
        assert [r.ondernummer for r in kamer.documents("99001 X")] == ["2"]


def test_a_string_is_quoted_as_odata_wants_it() -> None:
    """A quote within is doubled."""
    assert quoted("d'Arc") == "'d''Arc'"


@pytest.mark.parametrize(
    "ask",
    [
        lambda k: k.document("2020D01452' or true"),
        lambda k: k.papers_of("2020Z00682' or true"),
        lambda k: list(k.documents("x eq 1")),
        lambda k: list(k.changes("1&x")),
    ],
)
def test_what_is_no_number_is_not_sent(ask: Callable[[TweedeKamer], object]) -> None:
    """To no service, in no filter."""
    with services() as (standin, _koop, kamer):
        with pytest.raises(NotAnIdentifier):
            ask(kamer)
        assert standin.requests == []


# Tweede Kamer: SyncFeed


@pytest.mark.parametrize("page", [1, 3, 250])
@pytest.mark.parametrize("fault", ["geen", "feed_ns1"])
def test_the_feed_goes_on_from_the_cursor_of_each_entry(page: int, fault: str) -> None:
    """Broken off anywhere and taken up again, no change is missed and none comes twice."""
    with services(fault, page=page, day=3) as (_, _koop, kamer):
        everything = list(kamer.changes())
        assert len(everything) == 13
        for stopped in everything:
            assert list(kamer.changes(stopped.cursor)) == everything[everything.index(stopped) + 1 :]


def test_a_deletion_comes_through_the_feed() -> None:
    """The same guid again, with nothing in it."""
    with services() as (standin, _koop, kamer):
        first = list(kamer.changes())
        standin.day = 3
        later = list(kamer.changes(first[-1].cursor))
    (gone,) = [change for change in later if not change.references]
    (before,) = [change for change in first if change.guid == gone.guid]
    assert gone.guid == guid_of("kst-99001-4")
    assert gone.digest != before.digest
    assert set(first[0].references) == {"zaak", "huidigeDocumentVersie", "kamerstukdossier"}


def test_papers_sent_again_are_seen_to_be_unchanged() -> None:
    """A new 'bijgewerkt' for everything, and not one new digest."""
    with services(day=2) as (standin, _koop, kamer):
        known = {change.guid: change for change in kamer.changes()}
        cursor = max(int(change.cursor or 0) for change in known.values())
        standin.faults["feed_reemission"] = 1
        again = list(kamer.changes(str(cursor)))
    assert len(again) == len(known) == 7
    assert all(change.digest == known[change.guid].digest for change in again)


def test_changed_papers_have_another_digest() -> None:
    """The correction of number 3 is one."""
    with services(day=2) as (_, _koop, kamer):
        digests = [change.digest for change in kamer.changes() if change.guid == guid_of("kst-99001-3")]
    assert len(set(digests)) == 2


def test_at_the_head_there_is_nothing_and_later_there_is() -> None:
    """And a feed that is out of order is an error."""
    with services() as (standin, _koop, kamer):
        cursor = [change.cursor for change in kamer.changes()][-1]
        assert list(kamer.changes(cursor)) == []
        standin.day = 2
        assert len(list(kamer.changes(cursor))) == 4
        standin.faults["category_500"] = 10**6
        with pytest.raises(Unreachable):
            list(kamer.changes())


@pytest.mark.parametrize(("fault", "match"), [("feed_loop", "naar zichzelf")])
def test_a_feed_that_turns_round_is_an_error(fault: str, match: str) -> None:
    """Else a sync would never end."""
    with services(fault) as (_, _koop, kamer), pytest.raises(BadResponse, match=match):
        list(kamer.changes())


@pytest.mark.parametrize("fault", ["geen", "feed_reemission"])
def test_the_head_of_the_feed_is_found_without_reading_it(fault: str) -> None:
    """In some thirty requests, however long the feed is; what comes after it is all that is new, and nothing else."""
    with services(day=2, **{f"n_{fault}": 1}) as (standin, _koop, kamer):
        head = kamer.head()
        assert len(standin.requests) < 35
        assert list(kamer.changes(head)) == []
        assert head == list(kamer.changes())[-1].cursor
        standin.faults.clear()
        standin.day = 3
        assert len(list(kamer.changes(head))) == (3 if fault == "geen" else 0)


def test_a_feed_without_a_head_is_told() -> None:
    """One that answers every cursor with everything is not asked for ever."""
    with services("feed_forgets_token") as (standin, _, kamer):
        with pytest.raises(BadResponse, match="geen einde"):
            kamer.head()
        assert len(standin.requests) < 60


def test_the_cursor_is_that_of_the_next_entry_and_not_of_the_file() -> None:
    """An entry links to its file too."""
    with services() as (standin, _koop, kamer):
        assert 'rel="enclosure"' in httpx.get(f"{standin.url}/SyncFeed/2.0/Feed?category=Document", trust_env=False).text
        assert all((change.cursor or "").isdecimal() for change in kamer.changes())


# Small things


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("27 925", "27925"),
        ("36600 VII", "36600-VII"),
        ("36 600-VII", "36600-VII"),
        ("21501-02", "21501-02"),
        ("CVIII", "CVIII"),
        ("34 356 (R2064)", "34356"),
        ("33400-A", "33400-A"),
        ("36600-vii", "36600-VII"),
        ("36600VII", "36600-VII"),
        ("36600vii", "36600-VII"),
        ("cviii", "CVIII"),
    ],
)
def test_a_dossier_is_written_as_koop_writes_it(text: str, code: str) -> None:
    """However a person writes it."""
    assert dossier_code(text) == code


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-02-20", dt.date(2025, 2, 20)),
        ("2020-01-17T00:00:00+01:00", dt.date(2020, 1, 17)),
        ("5008-01-01", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_a_day_or_nothing(text: str | None, day: dt.date | None) -> None:
    """A year of 5008 is a typing error that the service really has."""
    assert to_date(text) == day


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind_or_none(content: bytes) -> None:
    """And telling never fails."""
    assert manifestation_of(content) in {None, "text", "xml", "html", "pdf", "doc", "rtf", "zip", "docx", "xlsx", "pptx", "odt"}
    assert manifestation_of(b"PK\x03\x04" + content) is None  # a zip of which the end is missing


def test_the_demonstration_runs_by_itself() -> None:
    """As a program with a port of its own, which prints the addresses and goes to another day when asked."""
    command = [sys.executable, str(Path(__file__).with_name("standin.py")), "--day", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout
            addresses = dict(program.stdout.readline().strip().split("=", 1) for _ in range(5))
            kamer = TweedeKamer(quick(), base_odata=addresses["base_odata"], base_feed=addresses["base_feed"])
            before = len(list(kamer.changes()))
            httpx.get(addresses["base_search"].replace("/sru", "/_dag/2"), trust_env=False)
            after = len(list(kamer.changes()))
        finally:
            program.terminate()
    assert (before, after) == (6, 10)
