"""Which papers are searched: what the user filters on, and what a question names itself.

'In de brief van 6 januari 2020', 'volgens Kamerstuk 27 925, nr. 692' and 'in dossier 27 925' narrow a question down. Only papers in the index do; one that
is named and not there is told, and leaves the question as wide as it was, since other papers may speak of it. Pure.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rag.texts import ASKED_FOR, BY_SIGNER, FROM_DAY, IN_DOSSIER, PAPER_OF, UNTIL_DAY, Text, either, joined
from sources import Identity
from sources.dates import WRITTEN_DATE, date_mentions
from sources.references import references

NAMES_A_PAPER = re.compile(
    r"\b(?:kamer)?(?:brief|brieven|stuk|nota|motie|verslag|rapportage|letter|paper)\s+(?:\w+\s+){0,3}?(?:van|d\.d\.|of|from)\s+(?:de\s+)?$",
    re.IGNORECASE,
)
NAMES_A_DOSSIER = re.compile(r"\bdossier\s+(?P<number>[1-4]\d[ .]?\d{3})(?:[- ](?P<addition>[IVX]{1,6}))?\b", re.IGNORECASE)
ACCORDING_TO = re.compile(
    r",?\s*\b(?:volgens|blijkens|according to)\s+(?:(?:de|het|the)\s+)?(?:(?:kamer)?(?:brief|stuk|letter|paper)\s+(?:van|of|from)\s+(?:de\s+)?)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scope:
    """The papers that a question names: ids of those in the index, and the words for those that are not."""

    letters: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Which papers to search; what is empty does not narrow. `since` and `until` are the first and the last day."""

    dossiers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None

    def __bool__(self) -> bool:
        """Does it narrow at all?"""
        return self != Filter()

    def admits(self, identity: Identity) -> bool:
        """Does this paper pass? One without a date passes no period."""
        dossiers = {*identity.dossiers, *([identity.dossier] if identity.dossier else [])}
        signers = {signer.name for signer in identity.signers}
        if (self.since or self.until) and identity.date is None:
            return False
        return (
            (not self.dossiers or not dossiers.isdisjoint(self.dossiers))
            and (not self.kinds or identity.kind in self.kinds)
            and (not self.signers or not signers.isdisjoint(self.signers))
            and (self.since is None or identity.date is None or identity.date >= self.since)
            and (self.until is None or identity.date is None or identity.date <= self.until)
        )

    def described(self) -> str:
        """For above an answer: 'dossier 27925; vanaf 1 januari 2020'."""
        parts = [Text(IN_DOSSIER, either(self.dossiers))] if self.dossiers else []
        parts += [either(self.kinds)] if self.kinds else []
        parts += [Text(BY_SIGNER, either(self.signers))] if self.signers else []
        parts += [Text(FROM_DAY, self.since)] if self.since else []
        parts += [Text(UNTIL_DAY, self.until)] if self.until else []
        return joined(*parts, by="; ")


def names_papers(question: str) -> bool:
    """Does the question name a paper or dossier at all? Cheap, so that the index is asked for its papers only then."""
    return bool(_named(question))


def without_papers(question: str) -> str:
    """The question with spaces where it names papers: their numbers and dates say where to look, not what to look for."""
    for start, end in _named(question):
        question = question[:start] + " " * (end - start) + question[end:]
    return question


def as_asked_of_it(question: str) -> str:
    """The question as one asks it who has the paper in front of them: without 'volgens Kamerstuk 27 925, nr. 692'."""
    for start, end in reversed(_named(question)):
        if before := ACCORDING_TO.search(question[:start]):
            question = (question[: before.start()] + question[end:]).strip(" ,")
    return question


def _named(question: str) -> list[tuple[int, int]]:
    """Where papers and dossiers are named, in order."""
    dates = [match for match in WRITTEN_DATE.finditer(question) if _is_of_paper(question, match.start())]
    spans = (match.span() for match in (*dates, *NAMES_A_DOSSIER.finditer(question)))
    return sorted([*((each.start, each.end) for each in references(question)), *spans])


def scope_of(question: str, identities: Iterable[Identity]) -> Scope:
    """Which of these papers the question names, by number, by date or by their dossier."""
    known = list(identities)
    letters: list[str] = []
    absent: list[str] = []
    for reference in references(question):
        if any(identity.id == reference.document for identity in known):
            letters.append(reference.document)
        else:
            absent.append(question[reference.start : reference.end])
    newest = max((identity.date for identity in known if identity.date), default=None)
    for mention in date_mentions(question, newest):
        if not _is_of_paper(question, mention.start):
            continue
        of_that_day = [identity.id for identity in known if identity.date == mention.date]
        letters += of_that_day
        absent += [] if of_that_day else [Text(PAPER_OF, mention.date)]
    for match in NAMES_A_DOSSIER.finditer(question):
        dossier = "-".join(filter(None, (re.sub(r"\D", "", match["number"]), (match["addition"] or "").upper())))
        in_it = [identity.id for identity in known if dossier in (identity.dossier, *identity.dossiers)]
        letters += in_it
        absent += [] if in_it else [match.group()]
    return Scope(tuple(dict.fromkeys(letters)), tuple(dict.fromkeys(absent)))


def only(letters: Iterable[str] | None) -> dict[str, Any] | None:
    """A filter as Chroma writes it that lets these papers through; None lets all through."""
    return None if letters is None else {"letter": {"$in": list(letters)}}


def absent_papers(scope: Scope) -> tuple[str, ...]:
    """What to say of papers that the question names and the index does not have."""
    return tuple(Text(ASKED_FOR, name) for name in scope.absent)


def _is_of_paper(question: str, at: int) -> bool:
    """Is the date at this place that of a paper ('de brief van …'), not that of an event?"""
    return bool(NAMES_A_PAPER.search(question[:at]))
