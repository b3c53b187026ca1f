"""A stand-in for the official services: a real HTTP server on this machine that gives out a folder of papers as they do.

KOOP's SRU search, document addresses and repository, and the Tweede Kamer's OData and SyncFeed, over `<id>.xml` with
`<id>.metadata.xml`; other formats are made from the XML. `days.json` says on which day a paper is there, so that a
dossier can grow, be corrected and shrink: `standin.day = 2`, or GET /_dag/2. Every fault that the services are known to have
(DATA_SOURCES.md, section 7) can be switched on: `StandIn(faults={"503_html": 2, "no_xml"…})`, a number for how often,
`fault@part` for addresses that hold `part` only. By hand: `python tests/standin.py --port 8099 --day 1 --fault 503_html`.
"""

import argparse
import contextlib
import datetime as dt
import functools
import gzip
import hashlib
import html
import io
import json
import re
import socket
import struct
import textwrap
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

DEMO = Path(__file__).parent / "demo"
LAST_DAY = 99
ERROR_PAGE = b"<!DOCTYPE html><html><head><title>Fout</title></head><body><h1>404: Pagina niet gevonden</h1></body></html>"
GZIP_BOMB = gzip.compress(bytes(20_000_000))
TYPES = {
    "xml": "application/xml",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
SRU_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<sru:searchRetrieveResponse xmlns:sru="http://docs.oasis-open.org/ns/search-ws/sruResponse" xmlns:gzd="http://standaarden.overheid.nl/sru"
 xmlns:ow="http://standaarden.overheid.nl/wetgeving/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:c="http://standaarden.overheid.nl/collectie/">
<sru:version>2.0</sru:version><sru:numberOfRecords>{total}</sru:numberOfRecords><sru:records>{records}</sru:records></sru:searchRetrieveResponse>"""
SRU_RECORD = """<sru:record><sru:recordSchema>http://standaarden.overheid.nl/sru/</sru:recordSchema><sru:recordPacking>xml</sru:recordPacking>
<sru:recordData><gzd:gzd><gzd:originalData><ow:meta><ow:owmskern>{kern}</ow:owmskern><ow:owmsmantel>{mantel}</ow:owmsmantel>
<ow:tpmeta><c:product-area>officielepublicaties</c:product-area>{tpmeta}</ow:tpmeta></ow:meta></gzd:originalData>{enriched}</gzd:gzd></sru:recordData>
<sru:recordPosition>{position}</sru:recordPosition></sru:record>"""
DIAGNOSTIC = '<diagnostics><diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/"><details>{}</details><message>Unsupported index</message></diagnostic></diagnostics>'
DIAGNOSTIC_WITHIN = """<sru:searchRetrieveResponse xmlns:sru="http://docs.oasis-open.org/ns/search-ws/sruResponse"><sru:version>2.0</sru:version>
<sru:numberOfRecords>0</sru:numberOfRecords><sru:diagnostics><diag:diagnostic xmlns:diag="http://docs.oasis-open.org/ns/search-ws/diagnostic">
<diag:details>{}</diag:details><diag:message>Unsupported index</diag:message></diag:diagnostic></sru:diagnostics></sru:searchRetrieveResponse>"""
KERN = {"DC.identifier": "identifier", "DC.title": "title", "DCTERMS.language": "language", "DC.type": "type", "DC.creator": "creator"}
MANTEL = {"DCTERMS.issued": "date", "DCTERMS.available": "available"}
INDEXES = {
    "dt.identifier": "DC.identifier",
    "dt.title": "DC.title",
    "dt.type": "DC.type",
    "dt.date": "DCTERMS.issued",
    "dt.modified": "DCTERMS.available",
    "w.dossiernummer": "OVERHEIDop.dossiernummer",
    "w.ondernummer": "OVERHEIDop.ondernummer",
    "w.subrubriek": "DC.type",
    "w.publicatienaam": "OVERHEIDop.publicationName",
    "w.hoofddocument": "OVERHEIDop.hoofddocument",
    "w.documentstatus": "OVERHEIDop.documentStatus",
}
TK = "http://www.tweedekamer.nl/xsd/tkData/v1-0"


@dataclass(eq=False)
class Paper:
    """One paper of the folder, and the days that it is there."""

    id: str
    metadata: bytes
    xml: bytes | None
    facts: dict[str, list[tuple[str, str]]]  # name -> values with their schemes
    days: Mapping[str, Any]

    def there(self, day: int) -> bool:
        return self.days.get("from", 1) <= day < self.days.get("until", LAST_DAY)

    def all(self, name: str) -> list[str]:
        return [value for value, _ in self.facts.get(name, [])]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def words(self) -> list[str]:
        """The paragraphs, without their marks."""
        root = ElementTree.fromstring(self.xml or b"<leeg/>")
        return [" ".join("".join(part.itertext()).split()) for part in root.iter() if part.tag in ("al", "tussenkop")] or [
            self.one("DC.title")
        ]


@dataclass
class Answer:
    """What goes back."""

    content: bytes = b""
    kind: str = TYPES["xml"]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


NOT_THERE = Answer(ERROR_PAGE, TYPES["html"], 404)


class StandIn:
    """The services, running from `with` to its end. `requests` remembers what was asked, `agents` by whom, `busiest` how much at once."""

    def __init__(
        self, papers: Path = DEMO, *, faults: Mapping[str, int] | Iterable[str] = (), day: int = 1, port: int = 0, page: int = 250
    ) -> None:
        self.faults: dict[str, int] = dict(faults) if isinstance(faults, Mapping) else dict.fromkeys(faults, 1_000_000)
        self.day, self.page = day, page
        self.requests: list[str] = []
        self.agents: list[str] = []
        self.moments: list[tuple[float, float]] = []
        self.busiest = self.busy = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        days = json.loads((papers / "days.json").read_text(encoding="utf-8"))["papers"] if (papers / "days.json").is_file() else {}
        self.papers = {paper.id: paper for paper in sorted(_papers(papers, days), key=lambda p: (p.one("DCTERMS.issued"), p.id))}
        self.temporary = {paper.days["becomes"]: paper.id for paper in self.papers.values() if "becomes" in paper.days}
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "StandIn":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def koop(self) -> dict[str, str]:
        """The addresses for the connector of that name."""
        return {
            "base_search": f"{self.url}/sru",
            "base_documents": f"{self.url}/zoek",
            "base_repository": f"{self.url}/frbr/officielepublicaties",
        }

    @property
    def tweedekamer(self) -> dict[str, str]:
        return {"base_odata": f"{self.url}/OData/v4/2.0", "base_feed": f"{self.url}/SyncFeed/2.0"}

    def fault(self, name: str, path: str = "") -> bool:
        """Whether this fault is to happen now; one that was asked for twice happens twice."""
        with self.lock:
            for key, left in self.faults.items():
                fault, _, part = key.partition("@")
                if fault == name and part in path and left > 0:
                    self.faults[key] = left - 1
                    return True
        return False

    def route(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer without faults of transport."""
        if path.startswith("/_dag/"):
            self.day = int(path.rpartition("/")[2])
            return Answer(f"dag {self.day}\n".encode(), "text/plain")
        for prefix, service in (
            ("/sru", self.sru),
            ("/zoek/", self.zoek),
            ("/frbr/", self.repository),
            ("/OData/", self.odata),
            ("/SyncFeed/", self.feed),
        ):
            if path.startswith(prefix):
                return service(path, query)
        return NOT_THERE

    # KOOP

    def sru(self, path: str, query: Mapping[str, str]) -> Answer:
        """Search: `AND NOT`, sort keys and unknown indexes give a diagnostic with status 200, as the real one does."""
        if self.fault("sru_explain"):
            return Answer(
                b'<explainResponse xmlns="http://docs.oasis-open.org/ns/search-ws/sruResponse"><version>2.0</version></explainResponse>'
            )
        if self.fault("sru_malformed_xml"):
            return Answer(b"<searchRetrieveResponse><numberOfRecords>1</records>")
        if self.fault("sru_entity_bomb"):
            bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12))
            return Answer(f"<!DOCTYPE x [{bomb}]><x>&a11;</x>".encode())
        refused = "sortKeys" if "sortKeys" in query else "cql.serverChoice" if self.fault("sru_diagnostic") else None
        try:
            if refused:
                raise ValueError(refused)
            matches = _cql(query.get("query", "").partition(" sortBy ")[0])
            found = [paper for paper in self.papers.values() if paper.there(self.day) and matches(paper)]
        except ValueError as error:
            return Answer((DIAGNOSTIC_WITHIN if "sru_2_diagnostics" in self.faults else DIAGNOSTIC).format(escape(str(error))).encode())
        total = len(found) * (2 if "sru_duplicates" in self.faults else 1) + ("sru_short_list" in self.faults)
        found = found * 2 if "sru_duplicates" in self.faults else found
        start = max(1, int(query.get("startRecord", 1)))
        rows = found[start - 1 : start - 1 + min(self.page, 1000, int(query.get("maximumRecords", 10)))]
        page = SRU_PAGE.format(total=total, records="".join(self._sru_record(paper, start + n) for n, paper in enumerate(rows)))
        if "sru_default_namespace" in self.faults:
            page = page.replace("xmlns:sru=", "xmlns=").replace("<sru:", "<").replace("</sru:", "</")
            page = (
                page.replace("xmlns:ow=", "xmlns:overheidwetgeving=")
                .replace("<ow:", "<overheidwetgeving:")
                .replace("</ow:", "</overheidwetgeving:")
            )
        return Answer(page.encode())

    def _sru_record(self, paper: Paper, position: int) -> str:
        parts: dict[str, str] = {"kern": "", "mantel": "", "tpmeta": ""}
        for name, values in paper.facts.items():
            for value, scheme in values:
                place, tag = (
                    ("kern", f"dcterms:{KERN[name]}")
                    if name in KERN
                    else ("mantel", f"dcterms:{MANTEL[name]}")
                    if name in MANTEL
                    else ("tpmeta", "")
                )
                tag = tag or "ow:" + {"publicationName": "publicatienaam", "documentStatus": "documentstatus"}.get(
                    name.split(".")[1], name.split(".")[1]
                )
                parts[place] += f"<{tag} scheme={quoteattr(scheme)}>{escape(value)}</{tag}>"
        if "sru_no_modified" not in self.faults:
            parts["kern"] += f"<dcterms:modified>{paper.one('DCTERMS.available')}</dcterms:modified>"
        base = f"{self.url}/frbr/officielepublicaties/{_folder(paper)}/{paper.id}/1"
        items = {kind: f"{base}/{kind}/{paper.id}.{kind}" for kind in self._kinds(paper)} | {"metadata": f"{base}/metadata/metadata.xml"}
        urls = "".join(f'<gzd:itemUrl manifestation="{kind}">{url}</gzd:itemUrl>' for kind, url in items.items())
        enriched = "" if "sru_no_enriched_data" in self.faults else f"<gzd:enrichedData>{urls}</gzd:enrichedData>"
        if "sru_record_without_id" in self.faults:
            parts["kern"] = re.sub(r"<dcterms:identifier.*?</dcterms:identifier>", "", parts["kern"])
        return SRU_RECORD.format(**parts, enriched=enriched, position=position)

    def zoek(self, path: str, query: Mapping[str, str]) -> Answer:
        """Documents by id; whatever stands before the id is ignored."""
        parts = path.strip("/").split("/")
        identifier, kind = (
            (parts[-2], "metadata") if parts[-1] == "metadata.xml" else re.fullmatch(r"(.*?)(?:\.(\w+))?", parts[-1]).groups()
        )  # type: ignore[union-attr]  # matches all
        paper = self.papers.get(identifier)
        final = paper.days.get("becomes") if paper and not paper.there(self.day) else None
        if final and (kind is None or "redirect_metadata_too" in self.faults):
            return Answer(status=302, headers={"Location": f"/zoek/{final}{'/metadata.xml' if kind == 'metadata' else ''}"})
        if paper and paper.there(self.day):
            return self._manifestation(paper, kind or "html", path)
        if "error_page_200" in self.faults:
            return Answer(ERROR_PAGE, TYPES["html"])
        if "fout404_redirect" in self.faults:
            return Answer(status=302, headers={"Location": "/zoek/Errors/404.htm"})
        return NOT_THERE

    def repository(self, path: str, query: Mapping[str, str]) -> Answer:
        """The same under …/kst/<dossier>/<id>/<version>/<manifestation>/<file>."""
        parts = path.strip("/").split("/")
        paper = self.papers.get(parts[4]) if len(parts) == 8 else None
        fits = paper and paper.there(self.day) and path.startswith(f"/frbr/officielepublicaties/{_folder(paper)}/")
        return self._manifestation(paper, parts[6], path) if paper and fits else NOT_THERE

    def _kinds(self, paper: Paper) -> list[str]:
        kinds = ["xml", "html", "pdf", "odt"] if paper.xml and not paper.id.startswith("blg-") else ["pdf"]
        return [kind for kind in kinds if f"no_{kind}" not in self.faults]

    def _manifestation(self, paper: Paper, kind: str, path: str) -> Answer:
        if kind == "metadata":
            other = "metadata_other_id" in self.faults
            return Answer(paper.metadata.replace(paper.id.encode(), b"kst-99001-999") if other else paper.metadata)
        if kind not in self._kinds(paper):
            return NOT_THERE
        content = self._xml(paper, path) if kind == "xml" else MAKERS[kind](paper)
        if self.fault("cut_off", path):  # and closed without a word, as happens where no length was given
            content = content[: len(content) // 2]
        return Answer(content, "text/plain" if "lying_content_type" in self.faults else TYPES[kind])

    def _xml(self, paper: Paper, path: str) -> bytes:
        """As published: a byte order mark and CRLF; or with one of the shapes that readers trip over."""
        text = (paper.xml or b"").decode()
        if "old_vocabulary" in self.faults:
            body = "".join(f"<al>{escape(line)}</al>" for line in paper.words())
            text = f'<?xml version="1.0"?>\n<kamerwrk kamer="2" publtype="meto"><body><stuk><titel>BRIEF</titel>{body}</stuk></body></kamerwrk>'
        if "empty_body_xml" in self.faults:
            text = re.sub(
                r"<algemeen>.*</algemeen>", "<algemeen><vrije-tekst><tekst><al/></tekst></vrije-tekst></algemeen>", text, flags=re.DOTALL
            )
        if "processing_instructions" in self.faults:
            text = text.replace("dijkversterking", "dijkver<?xpp afbreek?>sterking")
        if "no_break_spaces" in self.faults:
            text = text.replace("99 001", "99\u00a0001")
        return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    # Tweede Kamer

    def rows(self, day: int) -> list[dict[str, Any]]:
        """The documents on a day, the deleted ones too. Corrections and reprints are new versions of the same document."""
        rows = []
        for number, paper in enumerate(p for p in self.papers.values() if re.fullmatch(r"kst-(\d{5}|\d{5}-[A-Z]+)-\d+", p.id)):
            appears = paper.days.get("tk_from", paper.days.get("from", 1))
            if day >= appears:
                rows.append(self._row(paper, number + 1, day, appears))
        return rows

    def _row(self, paper: Paper, number: int, day: int, appears: int) -> dict[str, Any]:
        edition = self._edition(paper, day)
        guid = str(uuid.uuid5(uuid.NAMESPACE_URL, paper.id))
        content = self._resource(paper, day)
        deleted = day >= paper.days.get("tk_until", LAST_DAY)
        version = {"Versienummer": 1, "Status": "Gepubliceerd", "ExterneIdentifier": edition.id} if edition else None
        office = re.search(rb"<functie>(.*?),?</functie>", paper.xml or b"")
        actors = [
            {
                "ActorNaam": name,
                "Functie": office[1].decode() if office else None,
                "Relatie": "Eerste ondertekenaar" if n == 0 else "Mede ondertekenaar",
            }
            for n, name in enumerate(paper.all("OVERHEIDop.indiener"))
        ]
        titles = dict(zip(paper.all("OVERHEIDop.dossiernummer"), paper.all("OVERHEIDop.dossiertitel"), strict=False))
        dossiers = [{"Nummer": int(c[:5]), "Toevoeging": c[6:] or None, "Titel": title} for c, title in titles.items()]
        if "rijkswet_addition" in self.faults:
            dossiers = [{**dossier, "Toevoeging": "(R1519)"} for dossier in dossiers]
        if "other_chapter" in self.faults and number == 2:
            dossiers = [{**dossier, "Toevoeging": "X"} for dossier in dossiers]
        dossiers = [{"Id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{d['Nummer']}-{d['Toevoeging']}")), **d} for d in dossiers]
        moment = f"2025-11-{10 + max(d for d in range(appears, day + 1) if d == appears or self._changed(paper, d)):02d}T12:00:00Z"
        return {
            "Id": guid,
            "DocumentNummer": f"2025D{90000 + number}",
            "Soort": next((value for value, scheme in paper.facts.get("DC.type", []) if scheme.endswith("KamerstukTypen")), None),
            "Titel": next(iter(titles.values()), None),
            "Onderwerp": paper.one("OVERHEIDop.documenttitel"),
            "Datum": f"{paper.one('DCTERMS.issued')}T{'15:30' if number % 2 else '00:00'}:00+01:00",
            "Vergaderjaar": paper.one("OVERHEIDop.vergaderjaar"),
            "Kamer": 2,
            "Volgnummer": -1 if "volgnummer_minus_1" in self.faults else int(paper.one("OVERHEIDop.ondernummer") or -1),
            "ContentType": TYPES["pdf" if "lying_content_type" in self.faults else content[1]],
            "ContentLength": len(content[0]) + ("wrong_content_length" in self.faults),
            "ApiGewijzigdOp": moment,
            "Verwijderd": deleted,
            "Kamerstukdossier": dossiers,
            "DocumentActor": actors,
            "Zaak": [{"Nummer": f"2025Z{90000 + number}"}],
            "HuidigeDocumentVersie": None if "documentversie_missing" in self.faults else version,
        }

    def _changed(self, paper: Paper, day: int) -> bool:
        """Whether something about a document is other than the day before."""
        now, then = self._edition(paper, day), self._edition(paper, day - 1)
        return (now and now.id) != (then and then.id) or day == paper.days.get("tk_until")

    def _edition(self, paper: Paper, day: int) -> Paper | None:
        """What KOOP has of it: the correction or reprint before the paper itself, before its temporary number."""
        names = [f"{paper.id}-n1", f"{paper.id}-h1", paper.id, self.temporary.get(paper.id, "")]
        return next((self.papers[name] for name in names if name in self.papers and self.papers[name].there(day)), None)

    def _resource(self, paper: Paper, day: int) -> tuple[bytes, str]:
        """Word at first, PDF once it is published."""
        edition = self._edition(paper, day)
        return (_pdf(edition), "pdf") if edition and "lying_content_type" not in self.faults else (_docx(edition or paper), "docx")

    def odata(self, path: str, query: Mapping[str, str]) -> Answer:
        """Rows of Document and Kamerstukdossier; all that is unknown gives status 500 and a web page."""
        if "odata_error_body" in self.faults:
            return Answer(b'{"error":{"code":"x","message":"De opgegeven query is ongeldig"}}', "application/json")
        if one := re.fullmatch(r"/OData/v4/2\.0/Document\(([0-9a-f-]{36})\)/resource", path):
            return self._file(one[1], path)
        entity, rows = path.rpartition("/")[2], self.rows(self.day)
        if entity == "Kamerstukdossier":
            rows = [json.loads(row) for row in dict.fromkeys(json.dumps(d) for row in rows for d in row["Kamerstukdossier"])]
            rows = [{**row, "Verwijderd": False, "HoogsteVolgnummer": 8, "Afgesloten": False} for row in rows]
        try:
            if entity not in ("Document", "Kamerstukdossier"):
                raise KeyError(entity)
            keep = _odata_filter(query.get("$filter", ""), lenient="odata_ignores_deleted" in self.faults)
            found = [row for row in rows if keep(row)]
        except KeyError:
            return Answer(ERROR_PAGE, TYPES["html"], 500)
        start = int(query.get("$skiptoken", 0))
        page: dict[str, Any] = {"@odata.context": f"{self.url}/OData/v4/2.0/$metadata#{entity}", "value": found[start : start + self.page]}
        if start + self.page < len(found) or "odata_loop" in self.faults:
            here = f"{self.url}{path}?" + "&".join(f"{quote(k, safe='$')}={quote(v)}" for k, v in query.items() if k != "$skiptoken")
            page["@odata.nextLink"] = f"{here}&$skiptoken={0 if 'odata_loop' in self.faults else start + self.page}"
            if "next_link_elsewhere" in self.faults:
                page["@odata.nextLink"] = "https://example.org/OData"
        return Answer(json.dumps(page).encode(), "application/json")

    def _file(self, guid: str, path: str) -> Answer:
        paper = next((p for p in self.papers.values() if str(uuid.uuid5(uuid.NAMESPACE_URL, p.id)) == guid), None)
        if not paper or self.fault("missing_as_500", path):
            return Answer(ERROR_PAGE, TYPES["html"], 500)
        content, kind = self._resource(paper, self.day)
        return Answer(content, TYPES[kind])

    def feed(self, path: str, query: Mapping[str, str]) -> Answer:
        """The SyncFeed: entries with their own 'next', 'resume' at the head, deleted ones again with verwijderd="true"."""
        if resource := re.fullmatch(r"/SyncFeed/2\.0/Resources/([0-9a-f-]{36})", path):
            return self._file(resource[1], path)
        if self.fault("category_500", path):
            return Answer(ERROR_PAGE, TYPES["html"], 500)
        category, after = query.get("category", ""), 0 if "feed_forgets_token" in self.faults else int(query.get("skiptoken", 0))
        events = [event for event in self._events() if event[0] > after] if category == "Document" else []
        page, here = events[: self.page], f"{self.url}/SyncFeed/2.0/Feed?category={category}&amp;skiptoken="
        last = page[-1][0] if page else after
        relation = "next" if len(events) > len(page) or "feed_loop" in self.faults else "resume"
        entries = "".join(self._entry(token, day, row, again, here) for token, day, row, again in page)
        href = f"{here}{after if 'feed_loop' in self.faults else last}"
        text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title><link rel="self" href="{here}{after}"/><link rel="{relation}" href="{href}"/>{entries}</feed>'
        return Answer(text.encode(), "application/atom+xml")

    def _events(self) -> list[tuple[int, int, dict[str, Any], bool]]:
        """(token, day, row, sent again) for each change up to today; with 'feed_reemission' all live ones once more."""
        events, before = [], {}
        for day in range(1, self.day + 1):
            for row in self.rows(day):
                if before.get(row["Id"]) != row:
                    before[row["Id"]] = row
                    events.append((1000 * day + 7 * (len(events) + 1), day, row, False))
        for again in range(1, self.faults.get("feed_reemission", 0) + 1):
            events += [(90_000 * again + n, self.day, row, True) for n, row in enumerate(before.values()) if not row["Verwijderd"]]
        return events

    def _entry(self, token: int, day: int, row: dict[str, Any], again: bool, here: str) -> str:
        guid, when = row["Id"], "2025-12-01T03:00:00Z" if again else f"2025-11-{10 + day:02d}T10:00:00Z"
        gone = str(row["Verwijderd"]).lower()
        attributes = (
            f'tk:bijgewerkt="{when}" tk:verwijderd="{gone}" tk:contentType="{row["ContentType"]}" tk:contentLength="{row["ContentLength"]}"'
        )
        tags = {
            "soort": "Soort",
            "documentNummer": "DocumentNummer",
            "onderwerp": "Onderwerp",
            "datum": "Datum",
            "volgnummer": "Volgnummer",
        }
        body = "".join(f"<{tag}>{escape(str(row[name]))}</{tag}>" for tag, name in tags.items()) + '<titel xsi:nil="true"/>'
        edition = (row["HuidigeDocumentVersie"] or {}).get("ExterneIdentifier")
        body += "".join(
            f'<{tag} ref="{uuid.uuid5(uuid.NAMESPACE_URL, str(of))}"/>'
            for tag, of in (("zaak", guid + "z"), ("huidigeDocumentVersie", edition))
            if of
        )
        body += "".join(f'<kamerstukdossier ref="{dossier["Id"]}"/>' for dossier in row["Kamerstukdossier"][:1])  # never more than one
        document = f'<document id="{guid}" {attributes}>{"" if row["Verwijderd"] else body}</document>'
        spaces = f'xmlns="{TK}" xmlns:tk="{TK}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        if "feed_ns1" in self.faults:
            document = re.sub(r"<(/?)(\w)", r"<\1ns1:\2", document).replace("tk:", "ns1:")
            spaces = spaces.replace("xmlns=", "xmlns:other=").replace("xmlns:tk=", "xmlns:ns1=")
        document = re.sub(r"^<([\w:]+)", rf"<\1 {spaces}", document)
        visible = "2025-12-01T05:00:00.0962032Z" if again else f"2025-11-{10 + day:02d}T12:00:00.0962032Z"
        return (
            f"<entry><title>{guid}</title><id>{self.url}/SyncFeed/2.0/Entiteiten/{guid}</id><updated>{visible}</updated>"
            f'<category term="document"/><link rel="enclosure" href="{self.url}/SyncFeed/2.0/Resources/{guid}" type="{row["ContentType"]}"/>'
            f'<link rel="next" href="{here}{token}"/><content type="application/xml">{document}</content></entry>'
        )


def _papers(folder: Path, days: Mapping[str, Any]) -> Iterable[Paper]:
    for path in folder.glob("*.metadata.xml"):
        identifier, content = path.name.removesuffix(".metadata.xml"), path.read_bytes()
        facts: dict[str, list[tuple[str, str]]] = {}
        for item in ElementTree.fromstring(content).findall("metadata"):
            facts.setdefault(item.get("name", ""), []).append((item.get("content", ""), item.get("scheme", "")))
        xml = path.with_name(f"{identifier}.xml")
        yield Paper(identifier, content, xml.read_bytes() if xml.is_file() else None, facts, days.get(identifier, {}))


def _folder(paper: Paper) -> str:
    return "blg" if paper.id.startswith("blg-") else f"kst/{paper.one('OVERHEIDop.dossiernummer')}"


def _cql(query: str) -> Callable[[Paper], bool]:
    """The little of CQL that is known to work, and its refusals: NOT stands between two clauses, never after AND."""
    tokens = re.findall(r'"(?:\\.|[^"])*"|[()]|[<>=]+|[^\s()<>="]+', query)

    def term() -> Callable[[Paper], bool]:
        index = tokens.pop(0) if tokens else ""
        if index == "(":
            inside = expression()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError("cql.parentheses")
            return inside
        if (index not in INDEXES and index != "c.product-area") or len(tokens) < 2:
            raise ValueError(index or "cql.leeg")
        relation, value = tokens.pop(0), re.sub(r"\\(.)", r"\1", tokens.pop(0).strip('"'))
        fits = {"==": str.__eq__, "=": lambda a, b: b.lower() in a.lower(), ">=": str.__ge__, "<=": str.__le__}[relation]
        name = INDEXES.get(index)
        return lambda paper: any(fits(found, value) for found in (paper.all(name) if name else ["officielepublicaties"]))

    def expression() -> Callable[[Paper], bool]:
        left = term()
        while tokens and tokens[0].upper() in ("AND", "OR", "NOT"):
            word, one, other = tokens.pop(0).upper(), left, term()
            left = {
                "AND": lambda p, a=one, b=other: a(p) and b(p),
                "OR": lambda p, a=one, b=other: a(p) or b(p),
                "NOT": lambda p, a=one, b=other: a(p) and not b(p),
            }[word]
        return left

    found = expression()
    if tokens:
        raise ValueError(tokens[0])
    return found


def _odata_filter(text: str, lenient: bool) -> Callable[[dict[str, Any]], bool]:
    """Clauses joined by 'and'; a property that does not exist is a KeyError."""
    tests: list[Callable[[dict[str, Any]], bool]] = []
    for clause in re.findall(r"(?:^| and )(\w+/any\(.*?\)|\w+ \w+ (?:'(?:''|[^'])*'|[^\s']+))", text):
        if dossier := re.fullmatch(r"Kamerstukdossier/any\(d: d/Nummer eq (\d+)(?: and d/Toevoeging eq '(.*)')?\)", clause):
            number, addition = int(dossier[1]), dossier[2]
            tests.append(
                lambda row, n=number, a=addition: any(d["Nummer"] == n and (not a or d["Toevoeging"] == a) for d in row["Kamerstukdossier"])
            )
            continue
        if case := re.fullmatch(r"Zaak/any\(z: z/Nummer eq '(\w+)'\)", clause):
            tests.append(lambda row, wanted=case[1]: any(z["Nummer"] == wanted for z in row["Zaak"]))
            continue
        name, relation, value = clause.split(" ", 2)
        value = value[1:-1].replace("''", "'") if value.startswith("'") else value
        if name == "Verwijderd" and lenient:
            continue
        tests.append(lambda row, n=name, r=relation, v=value: _plain(row[n]) == v if r == "eq" else _moment(row[n]) >= _moment(v))
    return lambda row: all(test(row) for test in tests)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@functools.cache
def _html(paper: Paper) -> bytes:
    body = "".join(f"<p>{html.escape(line)}</p>" for line in paper.words())
    head = f'<meta charset="utf-8"><meta name="OVERHEIDop.publicationName" content="Kamerstuk"><title>{html.escape(paper.one("DC.title"))}</title>'
    text = f'<!DOCTYPE html><html lang="nl"><head>{head}</head><body><article><div id="broodtekst" class="stuk broodtekst-container">{body}</div></article><p>Naar boven</p></body></html>'
    return text.encode()


def _zip(files: Mapping[str, str]) -> bytes:
    """The same bytes each time: no moment of packing in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, text in files.items():
            target.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


@functools.cache
def _docx(paper: Paper) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in paper.words())
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    package = "http://schemas.openxmlformats.org/package/2006"
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relation}" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>',
        }
    )


@functools.cache
def _odt(paper: Paper) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(f"<text:p>{escape(line)}</text:p>" for line in paper.words())
    content = f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0"><office:body><office:text>{body}</office:text></office:body></office:document-content>'
    return _zip({"mimetype": TYPES["odt"], "content.xml": content})


@functools.cache
def _pdf(paper: Paper) -> bytes:
    """A plain PDF with a text layer: 50 lines a page, Helvetica."""
    lines = [line for words in paper.words() for line in [*textwrap.wrap(words, 90), ""]]
    pages = [lines[start : start + 50] for start in range(0, len(lines), 50)]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(), font]
    for n, page in enumerate(pages):
        shown = b"".join(b"(" + re.sub(rb"([()\\])", rb"\\\1", line.encode("cp1252", "replace")) + b") Tj T* " for line in page)
        stream = b"BT /F1 10 Tf 14 TL 56 780 Td " + shown + b"ET"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * n} 0 R>>".encode()
        )
        objects.append(f"<</Length {len(stream)}>>stream\n".encode() + stream + b"\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj".encode() + body + b"endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(places) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + trailer.encode()


MAKERS: dict[str, Callable[[Paper], bytes]] = {"html": _html, "pdf": _pdf, "odt": _odt}


def _handler(standin: StandIn) -> type[BaseHTTPRequestHandler]:
    """The HTTP side: counts, and the faults that are not about one service."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are written apart, and would wait 40 ms for each other

        def handle(self) -> None:
            with contextlib.suppress(ConnectionResetError):  # a client that ends between two requests
                super().handle()

        def do_GET(self) -> None:
            began = time.monotonic()
            with standin.lock:
                standin.requests.append(unquote(self.path))
                standin.agents.append(self.headers.get("User-Agent", ""))
                standin.busy += 1
                standin.busiest = max(standin.busiest, standin.busy)
            try:
                if not self.transport_fault():
                    parts = urlsplit(self.path)
                    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self.reply(standin.route(unquote(parts.path), query))
            except (BrokenPipeError, ConnectionResetError):  # the client saw enough
                self.close_connection = True
            finally:
                with standin.lock:
                    standin.busy -= 1
                    standin.moments.append((began, time.monotonic()))

        def fault(self, name: str) -> bool:
            return standin.fault(name, self.path)

        def now(self) -> float:
            """The service's clock, which 'clock_ahead' and 'clock_behind' put wrong by ten years."""
            return time.time() + 3652 * 86400 * (("clock_ahead" in standin.faults) - ("clock_behind" in standin.faults))

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(self.now() if timestamp is None else timestamp)

        def transport_fault(self) -> bool:
            """Do one of the things that any web service does now and then."""
            page = TYPES["html"]
            later = self.date_time_string(int(self.now() + 2))
            simple = {
                "503_html": Answer(ERROR_PAGE, page, 503),
                "500": Answer(b"", page, 500),
                "403": Answer(ERROR_PAGE, page, 403),
                "204": Answer(b"", page, 204),
                "429": Answer(b"", page, 429),
                "429_seconds": Answer(b"", page, 429, {"Retry-After": "1"}),
                "429_date": Answer(b"", page, 429, {"Retry-After": later}),
                "429_nonsense": Answer(b"", page, 429, {"Retry-After": "straks"}),
                "429_long": Answer(b"", page, 429, {"Retry-After": "7200"}),
                "html_error_page_200": Answer(ERROR_PAGE, page),
                "redirect_elsewhere": Answer(status=302, headers={"Location": "https://example.org/kst-99001-1.xml"}),
                "redirect_to_metadata_service": Answer(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"}),
                "redirect_to_other_port": Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}),
                "redirect_to_nonsense": Answer(status=302, headers={"Location": "http://[::1/"}),
                "redirect_loop": Answer(status=302, headers={"Location": self.path}),
                "too_large_declared": Answer(b"x" * 10, page, headers={"Content-Length": str(10**12)}),
                "gzip_bomb": Answer(GZIP_BOMB, page, headers={"Content-Encoding": "gzip"}),
                "broken_gzip": Answer(b"\x1f\x8b" + bytes(40), page, headers={"Content-Encoding": "gzip"}),
                "half_gzip": Answer(gzip.compress(hashlib.sha512(b"x").digest() * 9)[:40], page, headers={"Content-Encoding": "gzip"}),
                "odd_encoding": Answer(b"?", page, headers={"Content-Encoding": "compress"}),
            }
            for name, answer in simple.items():
                if self.fault(name):
                    self.reply(answer)
                    return True
            return self.broken_connection()

        def broken_connection(self) -> bool:
            if self.fault("reset"):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif self.fault("stall"):
                standin.stopping.wait(1)
            elif self.fault("truncated"):
                self.head(200, TYPES["xml"], {"Content-Length": "5000"})
                self.wfile.write(b"<half>")
            elif self.fault("drip"):
                self.head(200, TYPES["xml"], {"Content-Length": "5000"})
                while not standin.stopping.wait(0.05):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            elif self.fault("endless"):
                self.head(200, TYPES["xml"], {"Transfer-Encoding": "chunked"})
                while not standin.stopping.is_set():
                    self.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            else:
                return False
            self.close_connection = True
            return True

        def reply(self, answer: Answer) -> None:
            """Send it; 'short_length' promises half of what there is, and then half is all that a client gets."""
            length = len(answer.content) // (2 if self.fault("short_length") else 1)
            packed = {}
            if self.fault("gzip"):
                answer = Answer(gzip.compress(answer.content), answer.kind, answer.status, answer.headers)
                packed, length = {"Content-Encoding": "gzip"}, len(answer.content)
            self.close_connection = self.close_connection or length != len(answer.content)
            self.head(answer.status, answer.kind, {"Content-Length": str(length), **packed, **answer.headers})
            self.wfile.write(b"" if answer.status == 204 else answer.content)

        def head(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent: `requests` remembers."""

    return Handler


def main() -> None:
    """Serve the demonstration until interrupted; the addresses go to standard output."""
    parser = argparse.ArgumentParser(description="Staat in voor de officiële diensten, met een fictief dossier 99 001.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--day", type=int, default=1)
    parser.add_argument("--papers", type=Path, default=DEMO)
    parser.add_argument("--fault", action="append", default=[])
    chosen = parser.parse_args()
    with StandIn(chosen.papers, faults=chosen.fault, day=chosen.day, port=chosen.port) as standin:
        print("\n".join(f"{name}={url}" for name, url in {**standin.koop, **standin.tweedekamer}.items()), flush=True)
        print(f"volgende dag: curl {standin.url}/_dag/{chosen.day + 1}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
