"""Official publications in both vocabularies: `officiele-publicatie` (2010 and later) and `kamerwrk`, `vraagdoc` (before).

Walks down whatever is there: an element that holds only words is a paragraph, one that holds others is walked through, so
that what no schema foretold still becomes text. Each letter and digit of the body is in the text as often as there, and
`tests/test_real_papers.py` counts them in real papers.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sources.assemble import Draft, Part, clean, line_kind, signers_of
from sources.dates import WRITTEN_DATE, date_mentions
from sources.errors import UnreadableLetter
from sources.letter import Kind, Signer
from sources.markup import Cell, Element, name_of, parse_xml, table_rows
from sources.records import NotAnIdentifier, dossier_code, identifier_or_none, to_date

ROOTS = ("officiele-publicatie", "kamerwrk", "vraagdoc")
INLINE = frozenset("nadruk extref intref sup inf br noot nootref datum ondernummer politiek naam voornaam achternaam voorvoegsels".split())
LEAVES = frozenset("al noot.al considerans.al wie tussenkop tuskop titel li.nr lidnr nr label functie".split())
BLOCKS = frozenset("lijst table al al-groep tekst plaatje".split())
SKIPPED = frozenset(
    "metadata kamerstukkop kamervraagkop frontm versie stuknr nummer ltrlabel dossier witreg plaatje illustratie nootref colspec".split()
)
HEADINGS = frozenset("tussenkop tuskop kop item-titel".split())
NUMBERS = {"li": "li.nr", "lid": "lidnr"}
PRETTY = re.compile(r"[ \t]*\n\s*(?=[.,;:)»?!](?:\s|$|[.,;:)»])|-\w)|(?<=[(«])\s*\n\s*")
TITLE_KIND = re.compile(
    r"(?:\w+ ){0,3}?(?P<kind>MOTIE|AMENDEMENT|MEMORIE VAN (?:TOELICHTING|ANTWOORD)|VOORSTEL VAN WET|NOTA (?:VAN WIJZIGING|NAAR AANLEIDING VAN HET VERSLAG)"
    r"|VERSLAG(?: VAN EEN [\w-]+(?: OVERLEG)?)?|LIJST VAN VRAGEN(?: EN ANTWOORDEN)?|ADVIES|RAPPORT|JAARVERSLAG|BRIEF(?: VAN DE (?P<office>MINISTER|STAATSSECRETARIS|VICE))?)\b",
    re.IGNORECASE,
)
LONGEST_HEADING = 200  # some papers set whole sentences as headings
NAME = re.compile(
    r"(?:(?:[A-Z][a-z]{0,2}\.)+ ?)?(?:(?:[Vv]an|[Dd]e[nr]?|[Tt]e[nr]?|[Ee]l|['’][tn]) ){0,3}[A-ZÀ-Ž][\w'’-]+(?: [\w'’-]+){0,4}"
)
NO_NAME = re.compile(r"(?:Bijlagen?|Toelichting|Inhoud\w*)\b.*")
OWN_DATE = re.compile(rf"\((?P<what>ingezonden|ontvangen)(?: op)? {WRITTEN_DATE.pattern}\)", re.IGNORECASE)
DATES = {"ontvangen": "received", "vastgesteld": "adopted", "voorgesteld": "issued"}


@dataclass
class Found:
    """What is found on the way down besides paragraphs."""

    facts: dict[str, Any] = field(default_factory=dict)
    signers: list[Signer] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)


def read_xml(content: bytes, path: Path) -> Draft:
    """The paragraphs of an official publication, and what its elements say of it."""
    root, notes = parse_xml(content, path)
    if name_of(root) not in ROOTS:
        raise UnreadableLetter(path, f"deze XML is geen officiële publicatie, maar <{name_of(root)}>. Voeg het stuk zelf toe.")
    found = Found()
    parts = list(_walk(root, found))
    if not any(part.kind is not Kind.HEADING for part in parts):
        raise UnreadableLetter(path, "dit stuk is in XML zonder tekst gepubliceerd. Voeg de PDF toe.")
    facts = _facts(root, parts) | found.facts
    if not found.signers and facts["kind"] != "Handelingen":
        parts, found.signers = _trailing_names(parts, found)
    return Draft(parts, facts | {"signers": tuple(found.signers)}, tuple(_cited(root)), notes)


def _walk(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """The paragraphs in an element, in order; `place` says where they stand (speaker, heading)."""
    name = name_of(element)
    special = SPECIAL.get(name)
    if not name or name in SKIPPED:
        return
    if special:
        yield from special(element, found, **place)
    elif name in HEADINGS:
        yield from _paragraph(element, Kind.HEADING, **place)
    elif name in LEAVES and not any(name_of(child) in BLOCKS for child in element.iterdescendants() if name_of(child) != "noot"):
        yield from _paragraph(element, None if "speaker" not in place else Kind.TEXT, **place)
    elif all(name_of(child) in INLINE or not name_of(child) for child in element):
        yield from _paragraph(element, None, **place)
    else:
        yield from _loose(element.text, **place)
        for child in element:
            yield from _walk(child, found, **place)
            yield from _loose(child.tail, **place)


def _paragraph(element: Element, kind: Kind | None, **place: Any) -> Iterator[Part]:
    """One paragraph and its footnotes."""
    text, notes = _words(element)
    text = clean(text)
    if text:
        if kind is Kind.HEADING and (len(text) > LONGEST_HEADING or text.endswith(":")):
            kind = Kind.TEXT
        yield Part(text, kind or line_kind(text), **place)
    yield from (Part(note, Kind.NOTE, **place) for note in notes)


def _loose(text: str | None, **place: Any) -> Iterator[Part]:
    """Words between elements, which no schema allows and some papers have."""
    if text and text.strip():
        yield Part(text, Kind.TEXT, **place)


def _words(element: Element) -> tuple[str, list[str]]:
    """The words of an element without its footnotes, and those. Instructions inside words vanish without a space."""
    pieces, notes = [element.text or ""], list[str]()
    for child in element:
        name = name_of(child)
        if name == "noot":
            notes.append(" ".join(clean(_words(part)[0]) for part in child if name_of(part)))
        elif name == "br":
            pieces.append(" ")
        elif name not in ("", "nootref"):
            inner, more = _words(child)
            if name in ("sup", "inf") and "\n" in inner:
                pieces[-1], inner = pieces[-1].rstrip(), inner.strip()
            pieces.append(inner if name in INLINE or not inner else f"{inner} ")
            notes += more
        pieces.append(child.tail or "")
    text = "".join(pieces)
    return (PRETTY.sub("", text) if len(element) else text), notes


def _text(element: Element | None) -> str:
    """The words of an element on one line, without footnotes; '' where there is none."""
    return clean(_words(element)[0]) if element is not None else ""


def _numbered(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """An item of a list, a member of an article: its number goes with its first paragraph."""
    mark = _text(element.find(NUMBERS[name_of(element)]))
    for child in element:
        if name_of(child) == NUMBERS[name_of(element)]:
            continue
        for part in _walk(child, found, **place):
            yield replace(part, text=f"{mark} {part.text}".strip(), kind=Kind.TEXT) if mark else part
            mark = ""


def _table(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """Its title, each row as a paragraph, and its footnotes."""
    for title in element.iterchildren("title", "{*}title"):
        yield from _paragraph(title, Kind.TEXT, **place)
    notes: list[str] = []
    for group in element.iter("{*}tgroup"):
        columns = {spec.get("colname"): at for at, spec in enumerate(group.iter("{*}colspec"))}
        head = [_cells(row, columns, notes) for row in group.iterfind("{*}thead/{*}row")]
        body = [_cells(row, columns, notes) for row in group.iterfind("{*}tbody/{*}row")]
        yield from (Part(row, Kind.TEXT, **place) for row in table_rows(head, body))
    yield from (Part(note, Kind.NOTE, **place) for note in notes)


def _cells(row: Element, columns: dict[str | None, int], notes: list[str]) -> list[Cell]:
    cells = []
    for entry in row.iterfind("{*}entry"):
        words = []
        for part in entry if len(entry) else [entry]:
            if name_of(part):
                text, more = _words(part)
                words.append(clean(text))
                notes += more
        first, last = columns.get(entry.get("namest")), columns.get(entry.get("nameend"))
        width = last - first + 1 if first is not None and last is not None else 1
        below = entry.get("morerows", "0")
        at = columns.get(entry.get("colname")) if first is None else first
        cells.append(Cell(" ".join(filter(None, words)), width, int(below) + 1 if below.isdecimal() and len(below) < 4 else 1, at))
    return cells


def _signature(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """Each office with the name below it; what else stands there is text."""
    office = ""
    for child in element:
        name = name_of(child)
        text = " ".join(filter(None, map(_text, child))) or _text(child)
        if name == "functie":
            yield from _loose(office)
            office = text
        elif name in ("naam", "deze") and text:
            yield Part(f"{office} {text}".strip(), Kind.SIGNATURE)
            found.signers.append(Signer(text, re.sub(r"^(?:De|Het) |,$", "", office)))
            office = ""
        else:
            yield from _walk(child, found, **place)
    yield from _loose(office or element.text)


def _dated(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """'Voorgesteld 30 maart 2022', 'Ontvangen 20 mei 2020': which day it is, by the word before it."""
    text = _text(element)
    written = next((to_date(day.get("isodatum")) for day in element.iter("{*}datum") if day.get("isodatum")), None)
    day = written or next((mention.date for mention in date_mentions(text, None)), None)
    for word, name in DATES.items():
        if day and text.lower().startswith(word):
            found.facts[name] = day
    yield from _loose(text) if not day else [Part(text, Kind.DATE_LINE)]


def _item(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """An item of a debate, under its title; its number stands in its id."""
    title = _text(element.find("{*}item-titel")) or None
    for child in element:
        if name_of(child) != "nr":
            yield from _walk(child, found, heading=title)


def _turn(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """What somebody says, below who it is."""
    said = {**place, "speaker": place.get("speaker")}
    for child in element:
        if name_of(child) == "spreker":
            text = clean(" ".join(child.itertext())).replace("( ", "(").replace(" )", ")").replace(" :", ":")
            said["speaker"] = text.removesuffix(":") or None
            yield Part(text, Kind.SPEAKER, heading=place.get("heading"), speaker=said["speaker"])
        elif name_of(child) != "kop":  # 'Motie'
            yield from _walk(child, found, **said)


def _question(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """A question or an answer under its number: 'Vraag 1', 'Antwoord 1'."""
    word = name_of(element).capitalize()
    first = next((child for child in element if name_of(child) in ("nr", "kop")), None)
    number = _text(first).rstrip(".:")
    yield Part(number if number[:1].isalpha() else f"{word} {number}".strip(), Kind.HEADING)
    for child in element:
        if child is not first:
            yield from _walk(child, found, **place)


def _title(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    yield from _paragraph(element, Kind.HEADING, **place)


def _headline(element: Element, found: Found, **place: Any) -> Iterator[Part]:
    """Label, number and title as one heading; the head of an old paper, the same on all, is none."""
    if name_of(element.getparent()) not in ROOTS:
        yield Part(" ".join(filter(None, map(_text, element))) or _text(element), Kind.HEADING, **place)


SPECIAL: dict[str, Callable[..., Iterator[Part]]] = {
    "table": _table,
    "li": _numbered,
    "lid": _numbered,
    "ondertekening": _signature,
    "datumtekst": _dated,
    "vraag": _question,
    "antwoord": _question,
    "agendapunt": _item,
    "opening": _item,
    "handeling_bijlage": _item,
    "spreekbeurt": _turn,
    "motie": _turn,
    "motie-info": _turn,
    "kop": _headline,
    "titel": _title,
}


def _facts(root: Element, parts: list[Part]) -> dict[str, Any]:
    """What the head of the paper says: id, dossiers, number, title, kind and dates."""
    record = root.find(".//{*}meta[@name='OVERHEIDop.externMetadataRecord']")
    nodes = [*root.iterfind(".//{*}kamerstuk/{*}dossier"), *root.iterfind("{*}frontm/{*}onderw")]
    dossiers = tuple(filter(None, map(_dossier, nodes)))
    titles = [_text(node.find("{*}titel")) or _text(node.find("{*}naam")) for node in nodes]
    number = _text(root.find(".//{*}stuknr/{*}ondernummer")) or _text(root.find("{*}body/{*}stuk/{*}nummer"))
    title = (
        _text(root.find(".//{*}stuk/{*}titel"))
        or _text(root.find(".//{*}kamervraagomschrijving"))
        or _text(root.find(".//{*}item-titel"))
        or _text(root.find(".//{*}vergadering-nummer"))
    )
    code = "-".join(["kst", *dossiers[:1], number]) if dossiers and number else None
    dates = {m["what"].lower(): m for part in parts[:10] for m in OWN_DATE.finditer(part.text)}
    received = _day(dates.get("ontvangen"))
    meeting = next((mention.date for mention in date_mentions(_text(root.find(".//{*}vergaderdatum")), None)), None)
    return {
        "id": (identifier_or_none(record.get("content", "")) if record is not None else None) or code,
        "title": title or next(iter(titles), ""),
        "kind": _kind(root, title),
        "dossiers": dossiers,
        "dossier": next(iter(dossiers), None),
        "dossier_title": next(iter(titles), None),
        "number": number,
        "received": received,
        "issued": received or _day(dates.get("ingezonden")) or meeting,
    }


def _day(match: re.Match[str] | None) -> Any:
    return next((mention.date for mention in date_mentions(match[0], None)), None) if match else None


def _dossier(node: Element) -> str | None:
    """'35 470' with chapter 'XIV' -> '35470-XIV'."""
    written = _text(node.find(".//{*}dossiernr")) or _text(node.find("{*}nummer"))
    try:
        return dossier_code(f"{written} {_text(node.find('.//{*}begrotingshoofdstuk'))}".strip())
    except NotAnIdentifier:
        return None


def _kind(root: Element, title: str) -> str:
    """'Brief regering', 'Motie', 'Memorie van toelichting': by the sort of publication, then by the title."""
    if root.find("{*}handelingen") is not None:
        return "Handelingen"
    if root.find("{*}kamervragen") is not None or name_of(root) == "vraagdoc":
        return "Kamervragen (Aanhangsel)" if root.find(".//{*}antwoord") is not None else "Kamervragen zonder antwoord"
    if match := TITLE_KIND.match(title):
        return "Brief regering" if match["office"] else match["kind"].capitalize()
    return "Kamerstuk"


def _trailing_names(parts: list[Part], found: Found) -> tuple[list[Part], list[Signer]]:
    """Who signed where no element says it: the names that stand last, after a sentence."""
    count = 0
    while count < len(parts) and _is_name(parts[-1 - count]):
        count += 1
    body = parts[: len(parts) - count]
    if not count or count > 20 or not body or body[-1].text[-1] not in ".;,":
        return parts, list(signers_of([part.text for part in parts]))
    if body[-1].text.endswith(","):  # an office with a name below it: `assemble` sees to that
        return parts, []
    names = parts[len(body) :]
    return [*body, *(replace(part, kind=Kind.SIGNATURE) for part in names)], [Signer(part.text, "") for part in names]


def _is_name(part: Part) -> bool:
    return part.kind is Kind.TEXT and len(part.text) <= 50 and bool(NAME.fullmatch(part.text)) and not NO_NAME.fullmatch(part.text)


def _cited(root: Element) -> Iterator[str]:
    """The papers to which the publisher links."""
    for link in root.iter("{*}extref"):
        target = link.get("doc", "")
        if "/" not in target or "officielebekendmakingen.nl/" in target:
            yield from filter(None, [identifier_or_none(target)])
