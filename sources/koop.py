"""KOOP, the publisher: what papers there are (SRU), and the definitive text of one with its metadata.

Built on what others' code, tests and published pages say of the service, not on the live service, so each variant seen
anywhere is taken: namespaces count by URI, never by prefix; a page holds what it holds, whatever was asked; a status of 200
means nothing. A paper's metadata must carry the id that was asked for; only a temporary number may turn out to have become
another, and then both are told. A correction ('-n1') or reprint ('-h1') is never given in the place of what was asked.
XML is the definitive text; HTML, PDF and ODT come after it, and only where the better one is known not to be there.
"""

import contextlib
import datetime as dt
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from sources.folder import MEGABYTE
from sources.http import (
    BadResponse,
    Client,
    NotFound,
    Refused,
    Response,
    SourceProblem,
    TooLarge,
    TryLater,
    local_name,
    origins_of,
    read_xml,
    with_query,
)
from sources.records import (
    TEMPORARY,
    Dates,
    Fetched,
    Record,
    dossier_code,
    identifier_in,
    identifier_or_none,
    is_attachment,
    manifestation_of,
    to_date,
)

SEARCH = "https://repository.overheid.nl/sru"
DOCUMENTS = "https://zoek.officielebekendmakingen.nl"
REPOSITORY = "https://repository.overheid.nl/frbr/officielepublicaties"
PAGE = 1000  # the service's maximum
IDS_A_SEARCH = 25
WITHOUT_ATTACHMENTS = " NOT dt.type==Bijlage"  # NOT stands between two clauses; AND NOT is refused
SUCCESSORS = ("n1", "n2", "n3", "h1", "h2", "h3")  # corrections and reprints
PREFERRED = ("xml", "html", "pdf", "odt")
PREFERRED_ATTACHMENT = ("pdf", "odt", "html")  # attachments have no XML at all
SRU_LIMIT, METADATA_LIMIT = 30 * MEGABYTE, 2 * MEGABYTE
NAMESPACES = {  # of the elements that say something about a paper
    "http://standaarden.overheid.nl/wetgeving/",
    "http://purl.org/dc/terms/",
    "http://standaarden.overheid.nl/collectie/",
    "http://standaarden.overheid.nl/owms/terms/",
    "http://standaarden.overheid.nl/sru",
}
DIAGNOSTIC = {"http://docs.oasis-open.org/ns/search-ws/diagnostic", "http://www.loc.gov/zing/srw/diagnostic/"}
ROOTS = re.compile(rb"<(officiele-publicatie|kamerwrk|vraagdoc)[\s>]")
TAG = re.compile(rb"<[^<>]*>")
PAPER_IN_HTML = (b"broodtekst", b"overheidop.publicationname", b'class="stuk')
NOT_THERE = re.compile(rb"<(?:title|h1)\b[^>]*>[^<]*(?:\b404\b|niet gevonden)", re.IGNORECASE)  # on a page with status 200
NO_HTML = b"niet beschikbaar in html"

Facts = Mapping[str, Sequence[tuple[str, str]]]  # lower-case name -> its values, each with its scheme
log = logging.getLogger(__name__)


class SearchRefused(BadResponse):
    """The search service does not take this question; `detail` is what it says about it."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(url, f"de zoekvraag is geweigerd ({detail})")
        self.detail = detail


class Koop:
    """The publisher's services. The addresses are arguments so that a mirror or a stand-in can take their place."""

    def __init__(
        self, client: Client, *, base_search: str = SEARCH, base_documents: str = DOCUMENTS, base_repository: str = REPOSITORY
    ) -> None:
        self.client = client
        self.search_url, self.documents, self.repository = base_search, base_documents.rstrip("/"), base_repository.rstrip("/")
        self.origins = origins_of(base_search, base_documents, base_repository)

    def search(
        self,
        *,
        dossier: str | None = None,
        since: dt.date | None = None,
        ids: Sequence[str] = (),
        attachments: bool = False,
    ) -> Iterator[Record]:
        """The papers that meet all that is given, each once, by date; with `ids` those that exist of them.

        Attachments come along with `attachments`, and where they are asked for by id.
        """
        seen: set[str] = set()
        batches = [ids[start : start + IDS_A_SEARCH] for start in range(0, len(ids), IDS_A_SEARCH)] or [()]
        for batch in batches:
            without = "" if batch or attachments else WITHOUT_ATTACHMENTS
            for record in self._pages(" AND ".join(_clauses(batch, dossier, since)) + without):
                if record.id not in seen:
                    seen.add(record.id)
                    yield record

    def attachments(self, identifier: str) -> Iterator[Record]:
        """The attachments of a paper, each once."""
        found = self._pages(f"c.product-area==officielepublicaties AND w.hoofddocument=={identifier_in(identifier)}")
        yield from {record.id: record for record in found}.values()

    def successors(self, identifier: str) -> tuple[str, ...]:
        """The corrections and reprints that there are of a paper: for 440 of dossier 27 925, of which only '-n1' is left."""
        base = identifier_in(identifier)
        return tuple(record.id for record in self.search(ids=[f"{base}-{suffix}" for suffix in SUCCESSORS]))

    def fetch(self, paper: Record | str) -> Fetched:
        """A paper's best text, its metadata, and the id that it turned out to have. A record saves requests; an id will do."""
        listed = paper if isinstance(paper, Record) else None
        asked = identifier_in(listed.id if listed else str(paper))
        answer, record = self._metadata(asked, listed)
        urls = {**record.urls, **(listed.urls if listed and listed.id == record.id else {})}
        failures: list[SourceProblem] = []
        for manifestation in PREFERRED_ATTACHMENT if is_attachment(record.id) else PREFERRED:
            response = self._manifestation(record, manifestation, urls.get(manifestation), failures)
            if response:
                notes = tuple(str(failure) for failure in failures if not isinstance(failure, NotFound))
                return Fetched(record.id, asked, response.content, manifestation, response.url, record, answer.content, notes)
        raise failures[-1] if failures else NotFound(answer.url, asked)

    def _pages(self, query: str) -> Iterator[Record]:
        """Page after page, each as long as the service makes it, until all it promises has come."""
        start, total = 1, 1
        while start <= total:
            cql = f"{query} sortBy dt.date/sort.ascending"
            url = with_query(self.search_url, operation="searchRetrieve", version="2.0", query=cql, startRecord=start, maximumRecords=PAGE)
            answer = self.client.get(url, origins=self.origins, max_bytes=SRU_LIMIT)
            root = read_xml(answer.url, answer.content)
            total, records = _total(root, url), _named(root, "record")
            if total >= start and not records:
                raise BadResponse(url, f"de lijst houdt op bij {start - 1} van {total} stukken")
            yield from filter(None, (_sru_record(record) for record in records))
            start += len(records)

    def _metadata(self, asked: str, listed: Record | None) -> tuple[Response, Record]:
        """The metadata of what was asked for; where a temporary number redirects, of the paper that it has become."""
        listed_at = listed.urls.get("metadata") if listed else None
        addresses = [f"{self.documents}/{asked}/metadata.xml", *([listed_at] if listed_at else [])]
        problem: SourceProblem | None = None
        for address in addresses:
            try:
                return self._checked_metadata(address, asked)
            except (NotFound, BadResponse, Refused) as error:
                problem = problem or error
        if TEMPORARY.fullmatch(asked) and (final := self._final_id(asked)):
            return self._checked_metadata(f"{self.documents}/{final}/metadata.xml", asked, final)
        if isinstance(problem, NotFound):
            with contextlib.suppress(SourceProblem):  # a search that fails does not change that it is not there
                problem = NotFound(addresses[0], asked, instead=self.successors(asked))
        raise problem or NotFound(addresses[0], asked)

    def _checked_metadata(self, address: str, asked: str, final: str | None = None) -> tuple[Response, Record]:
        answer = self.client.get(address, origins=self.origins, max_bytes=METADATA_LIMIT)
        if manifestation_of(answer.content) == "html" and NOT_THERE.search(answer.content[:4096]):
            raise NotFound(address, asked)
        record = record_of_metadata(answer.url, answer.content)
        if record.id != (final or asked):
            raise BadResponse(answer.url, f"gegevens van {record.id} in plaats van {final or asked}")
        return answer, record

    def _final_id(self, temporary: str) -> str | None:
        """Where the page of a temporary number redirects to; None if it still has its own page, or none."""
        try:
            answer = self.client.get(f"{self.documents}/{temporary}", origins=self.origins)
        except NotFound:
            return None
        final = identifier_or_none(answer.url)
        return final if final != temporary else None

    def _manifestation(self, record: Record, kind: str, listed: str | None, failures: list[SourceProblem]) -> Response | None:
        """The first address that gives this kind of text; None once it is clear that there is none.

        A service that is out of order proves nothing: then the error goes up, so that a PDF never replaces the XML for that.
        """
        later: TryLater | None = None
        absent = False
        for url in dict.fromkeys(filter(None, [listed, f"{self.documents}/{record.id}.{kind}", self._in_repository(record, kind)])):
            try:
                answer = self.client.get(url, origins=self.origins)
                check(kind, answer)
                return answer
            except TryLater as problem:
                later = problem
            except (NotFound, BadResponse, Refused, TooLarge) as problem:
                failures.append(problem)
                absent = absent or isinstance(problem, NotFound | BadResponse | TooLarge)
        if later and not absent:
            raise later
        return None

    def _in_repository(self, record: Record, kind: str) -> str | None:
        """The address by the rule of the repository; its first version, as the number of the last is in the search only."""
        if not record.id.startswith("kst-") or not record.dossiers:
            return None
        group = year.group(1) if (year := re.match(r"kst-(\d{8})-", record.id)) else record.dossiers[0]
        return f"{self.repository}/kst/{group}/{record.id}/1/{kind}/{record.id}.{kind}"


def check(kind: str, answer: Response) -> None:
    """Raise BadResponse unless the bytes are a whole paper of this kind; what the header says of them counts for nothing."""
    content = answer.content
    found = manifestation_of(content)
    if found != kind:
        raise BadResponse(answer.url, f"{found or 'iets onbekends'} in plaats van {kind}")
    if problem := {"xml": _problem_of_xml, "html": _problem_of_html, "pdf": _problem_of_pdf}.get(kind, lambda _: None)(content):
        raise BadResponse(answer.url, problem)


def _problem_of_xml(content: bytes) -> str | None:
    root = ROOTS.search(content[:2048])
    if not root:
        return "XML die geen officiële publicatie is"
    if b"</" + root.group(1) not in content[-2048:]:
        return "de XML breekt af"
    paragraphs = (piece[piece.rfind(b"<al") :] for piece in content.split(b"</al>")[:-1])  # no pattern: these may be 60 MB of '<al>'
    return None if any(TAG.sub(b"", paragraph).strip() for paragraph in paragraphs) else "XML zonder tekst"


def _problem_of_html(content: bytes) -> str | None:
    lowered = content.lower()
    if not any(mark in lowered for mark in PAPER_IN_HTML):
        return "een webpagina die niet het stuk is"
    if b"</html" not in lowered[-2048:]:
        return "de webpagina breekt af"
    return "een webpagina zonder de tekst" if NO_HTML in lowered else None


def _problem_of_pdf(content: bytes) -> str | None:
    return None if b"%%EOF" in content[-65536:] else "de PDF breekt af"


def record_of_metadata(url: str, content: bytes) -> Record:
    """What a `metadata.xml` says of a paper. Only the items at the top: those within others are about addresses."""
    root = read_xml(url, content)
    facts: dict[str, list[tuple[str, str]]] = {}
    for item in root.findall("metadata"):
        name = item.get("name", "").rpartition(".")[2].lower()
        facts.setdefault({"publicationname": "publicatienaam"}.get(name, name), []).append(
            (_clean(item.get("content")), item.get("scheme", ""))
        )
    record = _record(facts, {"metadata": url})
    if not record:
        raise BadResponse(url, "gegevens zonder nummer van het stuk")
    return record


def _clauses(ids: Sequence[str], dossier: str | None, since: dt.date | None) -> list[str]:
    """The parts of the question in CQL that every client could use."""
    scope = ["c.product-area==officielepublicaties"]
    scope += ["(" + " OR ".join(f"dt.identifier=={identifier_in(one)}" for one in ids) + ")"] if ids else []
    scope += [] if ids else ['w.publicatienaam=="Kamerstuk"']
    scope += [f'w.dossiernummer=="{dossier_code(dossier)}"'] if dossier else []
    return scope + ([f"dt.date>={since.isoformat()}"] if since else [])


def _named(root: Element, *names: str) -> list[Element]:
    """All elements of that name in the response's own namespace, which differs between versions and is the root's."""
    space = root.tag.rpartition("}")[0]
    return [element for name in names for element in root.iter(f"{space}}}{name}" if space else name)]


def _total(root: Element, url: str) -> int:
    """How many records there are; raises what the service says instead of results."""
    for element in root.iter():
        space, _, name = element.tag.rpartition("}")
        if name == "diagnostic" and space.lstrip("{") in {*DIAGNOSTIC, ""}:
            raise SearchRefused(url, _clean(" ".join(_clean(part.text) for part in element if part.text)) or "zonder uitleg")
    if local_name(root) == "explainResponse":
        raise SearchRefused(url, "de dienst legt uit wat ze kan in plaats van te antwoorden")
    number = next(iter(_named(root, "numberOfRecords")), None)
    if number is None or not (number.text or "").strip().isdecimal():
        raise BadResponse(url, "een lijst zonder aantal stukken")
    return int(number.text or "")


def _sru_record(record: Element) -> Record | None:
    """A record of the search; one without an id is of no use and is left out, and said."""
    facts: dict[str, list[tuple[str, str]]] = {}
    urls: dict[str, str] = {}
    for element in record.iter():
        space, _, name = element.tag.rpartition("}")
        if space.lstrip("{") not in NAMESPACES or not (element.text or "").strip():
            continue
        if name == "itemUrl":
            urls[element.get("manifestation", "")] = _clean(element.text)
        elif name == "url":  # old items have only this, and then it is the PDF
            urls.setdefault((element.text or "").strip().rpartition(".")[2], _clean(element.text))
        else:
            facts.setdefault(name.lower(), []).append((_clean(element.text), element.get("scheme", "")))
    made = _record(facts, urls)
    if not made:
        log.warning("een zoekresultaat zonder nummer is overgeslagen: %s", _all(facts, "title")[:1])
    return made


def _record(facts: Facts, urls: Mapping[str, str]) -> Record | None:
    identifier = identifier_or_none(_first(facts, "identifier") or "")
    if not identifier:
        return None
    title = _first(facts, "title") or ""
    wijzigingen = ("datumtijdstipwijzigingexpression", "datumtijdstipwijzigingwork", "modified")
    return Record(
        id=identifier,
        source="koop",
        title=_first(facts, "documenttitel") or title.partition("; ")[2] or title,
        kind=_kind(facts),
        dossiers=tuple(part.strip() for value in _all(facts, "dossiernummer") for part in value.split(";") if part.strip()),
        dossier_titles=tuple(_all(facts, "dossiertitel")),
        ondernummer=_first(facts, "ondernummer"),
        dates=_dates(facts),
        modified=next(filter(None, (_first(facts, name) for name in wijzigingen)), None),
        status=_first(facts, "documentstatus"),
        replaced_by=_ids(facts, "isreplacedby"),
        hoofddocument=next(iter(_ids(facts, "hoofddocument")), None),
        attachments=_ids(facts, "bijlage"),
        urls=urls,
        koop_ids=(identifier,),
    )


def _dates(facts: Facts) -> Dates:
    names = ("datumbrief", "date", "issued", "datumontvangst", "datumindiening", "datumvergadering", "available")
    return Dates(*(to_date(_first(facts, name)) for name in names))


def _kind(facts: Facts) -> str:
    """'Brief regering' where it is given, else what sort of publication it is."""
    types = facts.get("type", ())
    narrow = next((value for value, scheme in types if scheme.endswith("KamerstukTypen")), None)
    return (
        narrow
        or _first(facts, "subrubriek")
        or next((v for v, s in types if s.endswith("Parlementair")), None)
        or _first(facts, "publicatienaam")
        or ""
    )


def _ids(facts: Facts, name: str) -> tuple[str, ...]:
    """The ids among the values, which may have an address or a title before them: '…;kst-27925-132-h1'."""
    found = (identifier_or_none(part) for value in _all(facts, name) for part in value.split(";"))
    return tuple(dict.fromkeys(filter(None, found)))


def _all(facts: Facts, name: str) -> list[str]:
    return [value for value, _ in facts.get(name, ()) if value]


def _first(facts: Facts, name: str) -> str | None:
    return next(iter(_all(facts, name)), None)


def _clean(text: str | None) -> str:
    """One line, whatever the white space: no-break spaces too."""
    return " ".join((text or "").split())
