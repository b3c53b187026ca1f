"""References to other papers, as they are written: 'Kamerstuk 27 925, nr. 662', 'Kamerstukken II 2019/20, 35 300-XV, nr. 28'.

Pure: a text in, references out, each with its place. The id is KOOP's ('kst-27925-662'). What only names a dossier
is no reference to a paper and is left out. The variants come from `docs/decisions.md`, where their sources stand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ADDITION = r"(?:[ \-.]*\(?\s?(?P<addition{n}>R\s?\d{{4}}|[IVX]{{1,6}}|\d{{2}}(?=[-,])|[A-D])\)?(?!\w))?"
_DOSSIER = r"(?P<dossier{n}>\d{{2}}[ .]?\d{{3}})" + _ADDITION
_NUMBERS = r"(?P<numbers{n}>[1-9]\d{{0,3}}(?:\s?(?:,|en|t/m|[-–])\s?[1-9]\d{{0,3}}(?!\s?\d{{3}}))*)"
_WORD = r"Kamerst(?:uk|ukken|\.)(?:\s(?:II|I|11|1))?,?(?:\s\d{4}\s?[/\-–]\s?\d{2,4},)?"
WITH_WORD = re.compile(
    rf"{_WORD}\s{_DOSSIER.format(n=1)}(?:\s?,?\s?(?:nrs?\.?|nummers?|nr)\s?|\s?,\s(?=\d)|-(?=\d)){_NUMBERS.format(n=1)}",
    re.IGNORECASE,
)
BARE = re.compile(rf"(?<=\(){_DOSSIER.format(n=2)}\s?,\s?nrs?\.?\s?{_NUMBERS.format(n=2)}")
OFFICIAL_ID = re.compile(r"\bkst-\d{5}(?:-[A-Z0-9]{1,6})?-\d{1,4}(?:-[nh]\d)?\b")
SPACES = re.compile(r"[\s ]")


@dataclass(frozen=True)
class Reference:
    """A paper named in a text: the place of the words, and the id of the paper they name."""

    start: int
    end: int
    document: str


def references(text: str) -> list[Reference]:
    """The papers that `text` names, in order of place, without repeating one place."""
    found: dict[tuple[int, str], Reference] = {}
    flat = SPACES.sub(" ", text)  # one for one, so that places stay places
    for reference in (*_written(flat), *_ids(flat)):
        found.setdefault((reference.start, reference.document), reference)
    return sorted(found.values(), key=lambda r: (r.start, r.document))


def _written(text: str) -> Iterator[Reference]:
    for pattern, n in ((WITH_WORD, "1"), (BARE, "2")):
        for match in pattern.finditer(text):
            dossier = re.sub(r"\D", "", match[f"dossier{n}"])
            addition = (match[f"addition{n}"] or "").replace(" ", "")
            stem = "-".join(part for part in ("kst", dossier, addition.upper()) if part)
            for number in _numbers(match[f"numbers{n}"]):
                yield Reference(match.start(), match.end(), f"{stem}-{number}")


def _ids(text: str) -> Iterator[Reference]:
    for match in OFFICIAL_ID.finditer(text):
        yield Reference(match.start(), match.end(), match.group())


def _numbers(written: str) -> Iterator[int]:
    """'520 en 548' gives both; '1-3' and '1 t/m 3' give the three, unless the range is absurdly long."""
    for part in re.split(r"\s?(?:,|en)\s?", written):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        yield from range(first, last[0] + 1) if last and first < last[0] <= first + 50 else [first, *last]
