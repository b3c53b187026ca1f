"""The Tweede Kamer's own open data: papers before the publisher has them (OData), and what changed since (SyncFeed).

What it gives earlier is a PDF or Word file; the definitive text is KOOP's, and `Record.koop_ids` says under which id to look.
'Deleted' rows come along unless they are sifted out, so they are, twice. In the feed each entry carries the cursor *after* it:
keep that of the last entry that was dealt with. An entry is news only if its `digest` is: in 2024 the feed sent 25,806
old papers again with a new `bijgewerkt`. Facts: the open-data portal's issues.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit
from xml.etree.ElementTree import Element

from sources.folder import MEGABYTE
from sources.http import (
    BadResponse,
    Client,
    NotFound,
    Response,
    SourceProblem,
    Unreachable,
    local_name,
    origins_of,
    read_xml,
    with_query,
)
from sources.letter import Signer
from sources.records import Dates, Fetched, NotAnIdentifier, Record, dossier_code, identifier_or_none, manifestation_of, to_date

ODATA = "https://gegevensmagazijn.tweedekamer.nl/OData/v4/2.0"
FEED = "https://gegevensmagazijn.tweedekamer.nl/SyncFeed/2.0"
PAGE_LIMIT = 30 * MEGABYTE
USUAL_TOKEN, HIGHEST_TOKEN = 1 << 24, 1 << 48  # the feed was at the first in 2023
EXPAND = (
    "Kamerstukdossier($select=Nummer,Toevoeging,Titel),"
    "HuidigeDocumentVersie($select=Versienummer,Status,ExterneIdentifier,Extensie,Bestandsgrootte,Verwijderd),"
    "DocumentActor($filter=Verwijderd eq false;$select=ActorNaam,Functie,Relatie)"
)
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DOCUMENT_NUMBER = re.compile(r"\d{4}D\d{5,6}")
CASE_NUMBER = re.compile(r"\d{4}Z\d{5,6}")
SIGNS_FIRST, SIGNS = "Eerste ondertekenaar", "ondertekenaar"
APPENDIX = re.compile(r"(\d\d)(\d\d)0*(\d+)")  # '242501244': the years, and the number
ATOM = "{http://www.w3.org/2005/Atom}"
TK = "{http://www.tweedekamer.nl/xsd/tkData/v1-0}"
MANIFESTATIONS = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "text/plain": "text",
}


@dataclass(frozen=True)
class Dossier:
    """A dossier as the Tweede Kamer lists it; by `guid` the feed names it."""

    guid: str
    code: str


@dataclass(frozen=True)
class Change:
    """One entry of the feed. `digest` is of what it says, without when: equal digests for a guid mean that nothing changed."""

    guid: str
    digest: str
    cursor: str | None  # after this entry; None only where the feed gave none yet
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class TweedeKamer:
    """The open-data services. The addresses are arguments so that a stand-in can take their place."""

    def __init__(self, client: Client, *, base_odata: str = ODATA, base_feed: str = FEED) -> None:
        self.client = client
        self.odata, self.feed = base_odata.rstrip("/"), base_feed.rstrip("/")
        self.origins = origins_of(base_odata, base_feed)

    def documents(self, dossier: str, *, since: dt.date | None = None) -> Iterator[Record]:
        """The papers of a dossier, by the day of the document (`since`)."""
        if not dossier_code(dossier)[0].isdecimal():
            return  # the Eerste Kamer's own dossiers, which have no number here
        number, addition = _split(dossier)
        inside = f"d/Nummer eq {number}" + (f" and d/Toevoeging eq {quoted(addition)}" if addition else "")
        wanted = [f"Kamerstukdossier/any(d: {inside})", "Verwijderd eq false"]
        wanted += [f"Datum ge {since - dt.timedelta(days=1)}T00:00:00Z"] if since else []  # midnight here is the day before in UTC
        for record in self._records(" and ".join(wanted)):
            fits = dossier_code(dossier) in record.dossiers  # the number alone gives every chapter of a budget
            late_enough = not since or not record.dates.document or record.dates.document >= since
            if fits and late_enough and not record.deleted:
                yield record

    def document(self, number: str) -> Record:
        """The paper with the Tweede Kamer's own number, '2020D01452'."""
        if not DOCUMENT_NUMBER.fullmatch(number):
            raise NotAnIdentifier(number, "2020D01452")
        for record in self._records(f"DocumentNummer eq {quoted(number)}"):
            if not record.deleted:
                return record
        raise NotFound(self.odata, number)

    def papers_of(self, case: str) -> list[Record]:
        """The papers of a 'zaak' by its number, '2020Z00682'; NotFound where there are none."""
        if not CASE_NUMBER.fullmatch(case):
            raise NotAnIdentifier(case, "2020Z00682")
        found = [
            record for record in self._records(f"Zaak/any(z: z/Nummer eq {quoted(case)}) and Verwijderd eq false") if not record.deleted
        ]
        if not found:
            raise NotFound(self.odata, case)
        return found

    def dossiers(self, number: str) -> list[Dossier]:
        """All dossiers with a number: of a budget, its chapters too. The Eerste Kamer's own have none here."""
        if not dossier_code(number)[0].isdecimal():
            return []
        wanted = f"Nummer eq {_split(number)[0]} and Verwijderd eq false"
        rows = self._rows("Kamerstukdossier", {"$filter": wanted})
        return [Dossier(str(row.get("Id")).lower(), code) for row in rows if not row.get("Verwijderd") and (code := _code(row))]

    def fetch(self, record: Record) -> Fetched:
        """The file of a paper: from OData, or where that fails from the feed's store. Of what its bytes are, only they tell."""
        problems: list[SourceProblem] = []
        for url in (record.urls["file"], f"{self.feed}/Resources/{record.guid}"):
            try:
                answer = self.client.get(url, origins=self.origins)
                kind = manifestation_of(answer.content)
                if kind in (None, "html"):
                    raise BadResponse(url, "een webpagina of iets onleesbaars in plaats van het stuk")
            except (NotFound, BadResponse, Unreachable) as problem:  # a file that is not there gives status 500
                problems.append(problem)
                continue
            return Fetched(record.id, record.id, answer.content, kind, answer.url, record, notes=_oddities(record, answer.content, kind))
        raise problems[0]

    def changes(self, cursor: str | None = None) -> Iterator[Change]:
        """What changed since a cursor, oldest first, up to now; without one, everything there has ever been."""
        url: str | None = self._feed_url(cursor)
        while url:
            root = self._feed_page(url)
            for entry in root.iter(f"{ATOM}entry"):
                cursor = _skiptoken(_link(entry, "next")) or cursor
                yield _change(entry, cursor)
            onward = _link(root, "next")
            if onward and urljoin(url, onward) == url:
                raise BadResponse(url, "de lijst van wijzigingen verwijst naar zichzelf")
            url = urljoin(url, onward) if onward else None  # at the head there is a 'resume' instead

    def head(self) -> str:
        """The cursor after all there is now.

        Tokens only grow, so it is found by halving: some thirty requests instead of reading years of changes, and no clock.
        """
        low, high = 0, USUAL_TOKEN
        while self._goes_on(high):
            if high >= HIGHEST_TOKEN:
                raise BadResponse(self._feed_url(str(high)), "de lijst van wijzigingen heeft geen einde")
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._goes_on(middle) else (low, middle)
        return str(high)

    def _goes_on(self, token: int) -> bool:
        """Whether anything comes after a token."""
        return self._feed_page(self._feed_url(str(token))).find(f"{ATOM}entry") is not None

    def _feed_url(self, cursor: str | None) -> str:
        if cursor is not None and not cursor.isdecimal():
            raise NotAnIdentifier(cursor, "18117734")
        return with_query(f"{self.feed}/Feed", category="Document", **({"skiptoken": cursor} if cursor is not None else {}))

    def _feed_page(self, url: str) -> Element:
        answer = self.client.get(url, origins=self.origins, max_bytes=PAGE_LIMIT)
        root = read_xml(url, answer.content)
        if root.tag != f"{ATOM}feed":
            raise BadResponse(url, "geen lijst van wijzigingen")
        return root

    def _records(self, wanted: str) -> Iterator[Record]:
        seen: set[str] = set()
        for row in self._rows("Document", {"$filter": wanted, "$expand": EXPAND}):
            record = self._record(row)
            if record.guid and record.guid not in seen:
                seen.add(record.guid)
                yield record

    def _rows(self, entity: str, parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """All rows, page after page of at most 250."""
        url, visited = with_query(f"{self.odata}/{entity}", **parameters), set[str]()
        while url not in visited:
            visited.add(url)
            answer = self.client.get(url, origins=self.origins, max_bytes=PAGE_LIMIT)
            page = _json(answer)
            yield from page["value"]
            if not page.get("@odata.nextLink"):
                return
            url = urljoin(url, str(page["@odata.nextLink"]))
        raise BadResponse(url, "de lijst verwijst naar zichzelf")

    def _record(self, row: Mapping[str, Any]) -> Record:
        guid = str(row.get("Id") or "").lower()
        edition = row.get("HuidigeDocumentVersie") or {}  # can arrive long after the paper itself
        dossiers = [found for found in row.get("Kamerstukdossier") or [] if not found.get("Verwijderd")]
        names = koop_ids(row, edition, dossiers)
        return Record(
            id=names[0] if len(names) == 1 else row.get("DocumentNummer") or guid,
            source="tweedekamer",
            title=row.get("Onderwerp") or row.get("Titel") or "",
            kind=row.get("Soort") or "",
            dossiers=tuple(filter(None, map(_code, dossiers))),
            dossier_titles=tuple(found["Titel"] for found in dossiers if found.get("Titel")),
            ondernummer=str(row["Volgnummer"]) if (row.get("Volgnummer") or -1) > 0 else None,
            dates=Dates(document=to_date(row.get("Datum")), received=to_date(row.get("DatumOntvangst"))),
            modified=row.get("ApiGewijzigdOp") or row.get("GewijzigdOp"),
            status=edition.get("Status"),
            urls={"file": f"{self.odata}/Document({guid})/resource"},
            guid=guid if GUID.fullmatch(guid) else None,
            document_number=row.get("DocumentNummer"),
            signers=_signers(row.get("DocumentActor") or []),
            koop_ids=names,
            content_type=row.get("ContentType"),
            content_length=row.get("ContentLength"),
            deleted=bool(row.get("Verwijderd")),
        )


def _signers(actors: Sequence[Mapping[str, Any]]) -> tuple[Signer, ...]:
    """Those who sign a paper, the first of them first; its actors are also committees and who answers."""
    signing = [actor for actor in actors if SIGNS in str(actor.get("Relatie") or "").lower() and actor.get("ActorNaam")]
    signing.sort(key=lambda actor: actor["Relatie"] != SIGNS_FIRST)
    offices = [str(actor.get("Functie") or "") for actor in signing]
    return tuple(Signer(str(actor["ActorNaam"]), office[:1].upper() + office[1:]) for actor, office in zip(signing, offices, strict=True))


def koop_ids(row: Mapping[str, Any], edition: Mapping[str, Any], dossiers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What KOOP calls a paper: as the Tweede Kamer says, else by its number; in two dossiers the number is of either of them.

    The Eerste Kamer numbers its papers with letters, which `Volgnummer` does not hold, so of those only the first will do.
    """
    if given := identifier_or_none(edition.get("ExterneIdentifier") or ""):
        return (given,)
    number, chamber = row.get("Volgnummer") or -1, row.get("Kamer") or 2
    if number > 0 and chamber == 2:
        return tuple(f"kst-{code}-{number}" for code in map(_code, dossiers) if code)
    if appendix := APPENDIX.fullmatch(str(row.get("Aanhangselnummer") or "")):
        first, last, count = appendix.groups()
        return (f"ah-{'ek' if chamber == 1 else 'tk'}-{_century(first)}{_century(last)}-{count}",)
    return ()


def quoted(value: str) -> str:
    """A string in an OData filter: a quote within is doubled."""
    return "'" + value.replace("'", "''") + "'"


def _century(year: str) -> str:
    return ("19" if int(year) > 80 else "20") + year


def _split(dossier: str) -> tuple[int, str]:
    """'36600-VII' -> 36600 and 'VII'."""
    number, _, addition = dossier_code(dossier).partition("-")
    if not number.isdecimal():
        raise NotAnIdentifier(dossier, "27925")
    return int(number), addition


def _code(dossier: Mapping[str, Any]) -> str | None:
    """How KOOP writes it; an addition in brackets is a Rijkswet number and no part of the dossier's."""
    number, addition = dossier.get("Nummer"), (dossier.get("Toevoeging") or "").strip()
    if not number:
        return None
    return str(number) if not addition or addition.startswith("(") else f"{number}-{addition.upper()}"


def _json(answer: Response) -> dict[str, Any]:
    """A page of rows; an error body and a web page are errors whatever the status was."""
    try:
        page = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        what = "een webpagina" if manifestation_of(answer.content) == "html" else "geen geldige JSON"
        raise BadResponse(answer.url, f"{what} in plaats van een lijst") from error
    if not isinstance(page, dict) or not isinstance(page.get("value"), list) or not all(isinstance(row, dict) for row in page["value"]):
        told = page.get("error") if isinstance(page, dict) else None
        raise BadResponse(answer.url, str(told.get("message")) if isinstance(told, dict) else "een lijst zonder rijen")
    return page


def _oddities(record: Record, content: bytes, kind: str | None) -> tuple[str, ...]:
    """What was announced and is not so. No reason to refuse: the service is often wrong about both."""
    announced = MANIFESTATIONS.get((record.content_type or "").partition(";")[0].strip())
    notes = [f"aangekondigd als {announced}, maar het is {kind}"] if announced and announced != kind else []
    if record.content_length and record.content_length != len(content):
        notes.append(f"aangekondigd als {record.content_length} bytes, maar het zijn er {len(content)}")
    return tuple(notes)


def _link(element: Element, relation: str) -> str | None:
    return next((link.get("href") for link in element.findall(f"{ATOM}link") if link.get("rel") == relation), None)


def _skiptoken(link: str | None) -> str | None:
    token = parse_qs(urlsplit(link or "").query).get("skiptoken", [""])[0]
    return token if token.isdecimal() else None


def _change(entry: Element, cursor: str | None) -> Change:
    """One entry. Names count by namespace: some categories write `ns1:` where others write nothing or `tk:`."""
    body = next(iter(entry.find(f"{ATOM}content") or ()), None)
    if body is None:
        body = Element(f"{TK}onbekend", id=(entry.findtext(f"{ATOM}title") or "").strip())
    return Change(
        guid=(body.get("id") or body.get(f"{TK}id") or "").lower(),
        digest=hashlib.sha256(json.dumps(_said(body)).encode()).hexdigest(),
        cursor=cursor,
        references={
            name: tuple(str(part.get("ref")) for part in body if local_name(part) == name and part.get("ref"))
            for name in {local_name(part) for part in body if part.get("ref")}
        },
    )


def _said(element: Element) -> list[Any]:
    """All that an entry says except when it was updated, in a form that does not depend on prefixes or white space."""
    attributes = sorted((name, value) for name, value in element.attrib.items() if not name.endswith("bijgewerkt"))
    return [element.tag, attributes, (element.text or "").strip(), [_said(part) for part in element]]
