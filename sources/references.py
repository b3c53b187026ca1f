"""References to other papers, as they are written: 'Kamerstuk 27 925, nr. 662', 'Kamerstukken II 2019/20, 35 300-XV, nr. 28'.

Pure: a text in, references out, each with its place. The id is the publisher's: 'kst-27925-662', 'ah-tk-20192020-89',
'h-tk-20222023-84-12'; of the Tweede Kamer's own numbers ('2020D01452') the number itself. What only names a dossier is no
reference to a paper. Where a paper is in two dossiers the number is that in the first. All variants that were seen in real
papers stand in `tests/test_citations.py`, with what each must give.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sources.dates import MONTH_NUMBERS
from sources.identifiers import parse

_MONTH = rf"(?! (?:{'|'.join(MONTH_NUMBERS)})\b)"  # 'nr. 662, 18 oktober' is no list of numbers
_NUMBER = r"(?:[1-9]\d{0,3}[a-z]?(?![\w/])(?!\.\d)(?! ?\d{3}(?!\d))" + _MONTH + r"|[A-Z]{2}(?![\w’'])|[A-Z](?![\w’'.]))"
_MORE = r"(?: ?, ?| en | t/m | tot en met | ?[-–] ?)"
_ENDS = r"(?= ?(?:[,;:.)\]–-]|en\b|t/m|tot|$))"  # after 'nr.' a second number must look like one; after 'nrs.' it is
_NUMBERS = rf"(?P<numbers>{_NUMBER}(?:{_MORE}{_NUMBER}(?(plural)|{_ENDS})){{0,40}})"
_NUMBERED = r"(?:(?<=21501-)|(?<=21.501-))\d{2}|(?<=-)\d{2}(?= ?,? ?nrs?\b)"  # '21 501-02', '33 009-30, nr. 4'
_ADDITION = (
    r"(?:(?:[ .\-–]{0,2}|, ?(?=[IVX]{1,6}[AB]? nrs?\b))"
    rf"\(?(?P<addition>R ?\d{{4}}|[IVX]{{1,6}}[AB]?|{_NUMBERED}|[A-M])\)?(?!\w))?"
)
_DOSSIER = r"(?P<dossier>(?<![\d.,])[1-49]\d[ .]?\d{3}(?!\d))" + _ADDITION
_OTHERS = r"(?:(?:,| en| /|/) ?[1-4]\d[ .]?\d{3}(?!\d)(?:[- ][IVX]{1,6}|-\d{2}(?!\d))?){0,4}"  # the other dossiers of the same paper
_YEAR = r"(?P<year>(?:19|20)\d{2}) ?[/\-–‒][ \-–]*(?P<until>\d{4}|\d{2})"
_KAMER = r"(?:\b(?P<kamer>II|I|11|1|TK|EK)\b,? ?(?:der Staten-Generaal )?)?"
_WORD = r"\b(?:Kamerst(?:uk(?:ken)?\b|\.)|Kst\.|(?=(?:TK|EK|II?),? (?:19|20)\d{2} ?[/\-–]))"
_NR = r"(?:(?P<plural>nrs\b\.?|nummers\b)|nr\b\.?|nummer\b|no\.|ondernummer\b)"

WITH_WORD = re.compile(
    rf"(?i:{_WORD}) ?,? ?{_KAMER}(?:{_YEAR},? ?)?(?:nrs?\.? )?{_DOSSIER}{_OTHERS}"
    rf"(?: ?(?:,|\.(?= ?nr))? ?(?i:{_NR}) ?| ?, ?(?={_NUMBER}(?: ?[),.;:\]]| [a-z]|$))| ?-(?=\d|[A-Z]{{1,2}}\b)){_NUMBERS}"
)
WITH_NUMBER = re.compile(rf"{_DOSSIER}{_OTHERS} ?,? ?{_NR} ?{_NUMBERS}")  # '(29 521, nr. 107)', '35 300 XVI, nr. 133'
NUMBER_FIRST = re.compile(rf"\b{_NR} ?{_NUMBERS} \({_DOSSIER}\)")  # 'Zij krijgt nr. 537 (33529).'
JOINED = re.compile(  # '29279-418', '21501-02-1855', '34417-(R2068)-7'
    r"(?<![\w.,-])(?P<dossier>[1-4]\d{4})-(?:(?P<addition>(?<=21501-)\d{2}|\(R\d{4}\)|[IVX]{1,6}|[A-M])-)?(?P<numbers>[1-9]\d{0,3})(?![\w]|[-–/.]\d)"
)
APPENDIX = re.compile(
    rf"\bAanhangsel(?: van de)?(?: der)?(?: Handelingen)?(?: der)?,? ?(?:(?P<kamer>II|I|TK|EK),? ?)?{_YEAR},? ?{_NR} ?(?P<number>[1-9]\d{{0,3}})\b",
    re.IGNORECASE,
)
DEBATE = re.compile(
    rf"\bHandelingen,? (?P<kamer>II|I|TK|EK),? ?{_YEAR},? ?{_NR} ?(?P<number>[1-9]\d{{0,2}}),? ?item ?(?P<item>[1-9]\d?)\b", re.IGNORECASE
)
OFFICIAL_ID = re.compile(r"\b(?:kst|ah-[te]k|h-[te]k|blg|kv-[te]k)-[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*\b")
OWN_NUMBER = re.compile(r"\b(?:19|20)\d{2}[DZ]\d{5}\b")
REPLACES = re.compile(r"(?:ter vervanging van|t\.?v\.?v\.?)(?P<what>.{1,80})", re.IGNORECASE | re.DOTALL)
REPLACED_NUMBERS = re.compile(rf"{_NR} ?{_NUMBERS}", re.IGNORECASE)
SPACES = re.compile(r"\s")
FIRST_YEAR_WITHOUT = 2009  # from this vergaderjaar the ids of the Eerste Kamer have no year


@dataclass(frozen=True)
class Reference:
    """A paper named in a text: the place of the words, and the id of the paper they name."""

    start: int
    end: int
    document: str


def references(text: str) -> list[Reference]:
    """The papers that `text` names, in order of place; words that can be read two ways are read the surest way."""
    flat = SPACES.sub(" ", text)  # one for one, so that places stay places
    found: list[Reference] = []
    taken = bytearray(len(flat))
    for start, end, documents in _all(flat):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found += (Reference(start, end, document) for document in dict.fromkeys(documents))
    return sorted(found, key=lambda reference: reference.start)


def replaced(text: str, dossier: str | None) -> tuple[str, ...]:
    """The papers that this title says to replace: 'TER VERVANGING VAN DIE GEDRUKT ONDER NR. 265', '(t.v.v. 33885, nr.18)'."""
    match = REPLACES.search(SPACES.sub(" ", text))
    if not match:
        return ()
    if named := references(match["what"]):
        return tuple(reference.document for reference in named)
    numbers = REPLACED_NUMBERS.search(match["what"])
    return tuple(f"kst-{dossier}-{number}" for number in _numbers(numbers["numbers"])) if numbers and dossier else ()


def _all(flat: str) -> Iterator[tuple[int, int, list[str]]]:
    """(start, end, ids) by how sure they are: what says itself which paper it is comes first."""
    yield from ((*m.span(), [m[0]]) for m in OFFICIAL_ID.finditer(flat) if not m[0].startswith("kst") or parse(m[0]))
    for m in DEBATE.finditer(flat):
        yield *m.span(), [f"h-{_chamber(m)}-{_years(m)}-{m['number']}-{m['item']}"]
    for m in APPENDIX.finditer(flat):
        yield *m.span(), [f"ah-{_chamber(m)}-{_years(m)}-{m['number']}"]
    for pattern in (WITH_WORD, WITH_NUMBER, NUMBER_FIRST, JOINED):
        for m in pattern.finditer(flat):
            yield *m.span(), [f"{_stem(m)}-{number}" for number in _numbers(m["numbers"])]
    yield from ((*m.span(), [m[0]]) for m in OWN_NUMBER.finditer(flat))


def _stem(match: re.Match[str]) -> str:
    """What stands before the number in the id. A Rijkswet number is no part of it."""
    named = match.groupdict()
    addition = re.sub(r"[ ()]", "", named.get("addition") or "")
    old = _chamber(match) == "ek" and named.get("year") and int(named["year"]) < FIRST_YEAR_WITHOUT
    parts = ("kst", _years(match) if old else "", re.sub(r"\D", "", named["dossier"]), "" if addition.startswith("R") else addition)
    return "-".join(part for part in parts if part)


def _chamber(match: re.Match[str]) -> str:
    return "ek" if (match.groupdict().get("kamer") or "").upper() in ("I", "1", "EK") else "tk"


def _years(match: re.Match[str]) -> str:
    """'2019/20' -> '20192020', '1999/00' -> '19992000'."""
    return f"{match['year']}{int(match['year']) + 1}"


def _numbers(written: str) -> Iterator[str]:
    """'520 en 548' gives both; '1-3' and '1 t/m 3' give the three, unless the range is absurdly long."""
    for part in re.split(r" ?(?:,| en ) ?", written):
        first, *last = re.findall(r"[1-9]\d*[a-z]?|[A-Z]{1,2}", part)
        if last and first.isdecimal() and last[0].isdecimal() and int(first) < int(last[0]) <= int(first) + 50:
            yield from map(str, range(int(first), int(last[0]) + 1))
        else:
            yield from (first, *last)
