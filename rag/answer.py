"""What an answer is: claims with citations, or a reasoned 'not in the papers'. The JSON others rely on is made here.

Only the page and the command render; nothing parses an answer back out of its rendering.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any

from rag.texts import SEARCHED, Text
from sources import Identity


@dataclass(frozen=True)
class Citation:
    """The words of a paper that say it: `letter.text[start:end] == quote`, always, checked before it is shown."""

    document: str
    title: str
    date: dt.date | None
    url: str | None
    heading: str | None
    paragraph: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Claim:
    """One statement of an answer and the words it rests on; without citations it is never shown."""

    text: str
    citations: tuple[Citation, ...]


@dataclass
class Draft:
    """An answer while it is written: whoever reads along sees the claims that stand so far, and may stop it there."""

    claims: tuple[Claim, ...] = ()
    stopped: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer: what the question asks that the papers do not have, and what comes nearest."""

    reason: str
    missing: tuple[str, ...] = ()
    nearest: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Declined(Refusal):
    """A refusal as the page shows it: `possible` says that what comes nearest may be relevant, though not surely an answer."""

    possible: bool = False


@dataclass(frozen=True)
class Told:
    """What is told of an answer by machine: the JSON of `kamervraag ask --json` and `/api/ask` has these fields, and this shape."""

    question: str
    standalone_question: str
    engine: str
    answered: bool
    text: str
    as_of: dt.date | None
    seconds: float
    claims: tuple[Claim, ...]
    declined: Refusal | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """An answer or a declined question; `as_of` is the date of the newest paper it rests on.

    `searched` says to which papers the search was narrowed, in words, and `named` whether the question itself did that.
    `outdated` says that a paper it leads with was replaced or withdrawn by another; which one stands in the notes.
    `overtaken` are its citations of papers that a newer one speaks after on the same matter, `overtaking` those of that newer one.
    `model_failed` says that a language model was to write it and could not be used; why stands in the notes.
    `read` are the sentences that were read, the likeliest first, and `chance` that one of them answers: for the
    evaluation, never shown as certainty.
    """

    question: str
    standalone_question: str
    engine: str
    claims: tuple[Claim, ...] = ()
    declined: Declined | None = None
    notes: tuple[str, ...] = ()
    as_of: dt.date | None = None
    seconds: float = 0.0
    searched: str | None = None
    named: bool = False
    outdated: bool = False
    overtaken: tuple[Citation, ...] = ()
    overtaking: tuple[Citation, ...] = ()
    model_failed: bool = False
    documents: tuple[Identity, ...] = field(default=(), repr=False)
    read: tuple[Citation, ...] = field(default=(), repr=False)
    chance: float = 0.0

    @property
    def answered(self) -> bool:
        """Is there anything to quote?"""
        return self.declined is None

    @property
    def text(self) -> str:
        """The answer in words, each claim followed by the numbers of its citations; or why there is none."""
        if self.declined:
            return self.declined.reason
        numbers = {citation: i for i, citation in enumerate(self.citations, start=1)}
        return " ".join(f"{claim.text} {''.join(f'[{numbers[c]}]' for c in claim.citations)}" for claim in self.claims)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations in the order in which they are numbered, from 1."""
        return cited_by(self.claims)

    @property
    def earlier(self) -> tuple[Claim, ...]:
        """The claims that rest on overtaken papers alone: they are said apart, below what the newer one says."""
        return tuple(claim for claim in self.claims if claim.citations and set(claim.citations) <= set(self.overtaken))

    @staticmethod
    def refused(question: str, reason: str) -> "Answer":
        """The answer to a question that cannot be asked."""
        return Answer(question, question, "quotes", declined=Declined(reason))

    def lasting(self, seconds: float) -> "Answer":
        """The same answer with the time it took."""
        return replace(self, seconds=round(seconds, 4))

    def as_json(self, id: str | None = None) -> dict[str, Any]:
        """The object that `kamervraag ask --json` prints (see README); to what the search was narrowed stands in its notes."""
        told = {each.name: getattr(self, each.name) for each in fields(Told)}
        searched = (Text(SEARCHED, self.searched),) if self.searched else ()
        return ({} if id is None else {"id": id}) | _as_json(Told(**told | {"notes": (*searched, *self.notes)}))


def cited_by(claims: Iterable[Claim]) -> tuple[Citation, ...]:
    """The citations of some claims in order, each once."""
    return tuple(dict.fromkeys(citation for claim in claims for citation in claim.citations))


def claim_as_json(claim: Claim) -> dict[str, Any]:
    """One of the objects in an answer's `claims`."""
    return _as_json(claim)


def _as_json(value: Told | Claim) -> dict[str, Any]:
    return _shape().dump_python(value, mode="json")  # type: ignore[no-any-return]  # an object, since a dataclass went in


@cache
def _shape() -> Any:
    from pydantic import TypeAdapter  # not needed before somebody wants JSON

    return TypeAdapter(Told | Claim)
