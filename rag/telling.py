"""What an answer consists of, in one order for every door that tells it: page, copy, export, terminal, assistant.

Pure and without markup: a door gives each part its looks, and puts the sources between what stands above and below them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from rag.answer import Answer, Citation, Claim
from rag.texts import (
    ALSO_SAID,
    EARLIER_SAID,
    MODEL_FAILED,
    NEAREST,
    NEWER_SAYS,
    NOT_IN_PAPERS,
    OUT_OF_DATE,
    POSSIBLE,
    POSSIBLE_SOURCES,
    READ_AS,
    SEARCHED,
    SOURCES,
    STATE_OF,
    Say,
    Text,
    each_of,
    in_dutch,
)


class Role(Enum):
    """What a part of an answer is."""

    READ_AS = auto()  # how the question was understood
    SEARCHED = auto()  # to which papers the search was narrowed
    STATE = auto()  # that it is out of date, not in the papers, …; what the sentences below it have in common
    SAID = auto()  # a sentence of the answer, or why there is none
    STATE_OF = auto()  # of which day it is
    NOTE = auto()


@dataclass(frozen=True)
class Part:
    """A part of an answer; a sentence has the numbers of its citations. `earlier` ones are of papers that were overtaken."""

    role: Role
    text: str
    citations: tuple[tuple[int, Citation], ...] = ()
    earlier: bool = False

    def line(self, say: Say = in_dutch) -> str:
        """As a line of plain text."""
        return " ".join([say(self.text), *(["".join(f"[{number}]" for number, _ in self.citations)] if self.citations else [])])


def above(answer: Answer) -> list[Part]:
    """What stands above its sources: how it was asked, its states and its sentences."""
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(Part(Role.READ_AS, Text(READ_AS, answer.standalone_question)))
    if answer.searched:
        parts.append(Part(Role.SEARCHED, Text(SEARCHED, answer.searched)))
    if answer.declined:
        state = POSSIBLE if answer.declined.possible else NOT_IN_PAPERS
        return [*parts, Part(Role.STATE, state), Part(Role.SAID, answer.declined.reason)]
    parts += [Part(Role.STATE, OUT_OF_DATE)] if answer.outdated else []
    parts += [Part(Role.STATE, MODEL_FAILED)] if answer.model_failed else []
    return [*parts, *_sentences(answer)]


def _sentences(answer: Answer) -> Iterator[Part]:
    """The sentences in their order; where older papers speak alone: what the newer one says, what they said, and what is of other papers."""
    earlier = answer.earlier
    numbers = {citation: number for number, citation in enumerate(answer.citations, start=1)}

    def said(claim: Claim) -> Part:
        return Part(Role.SAID, claim.text, tuple((numbers[citation], citation) for citation in claim.citations))

    newer = [claim for claim in answer.claims if earlier and not set(claim.citations).isdisjoint(answer.overtaking)]
    others = [claim for claim in answer.claims if claim not in (*newer, *earlier)]
    if earlier:
        yield Part(Role.STATE, Text(NEWER_SAYS, answer.overtaking[0].date))
        yield from map(said, newer)
        days = dict.fromkeys(citation.date for claim in earlier for citation in claim.citations)
        yield Part(Role.STATE, Text(EARLIER_SAID, each_of(tuple(days))), earlier=True)
        yield from (replace(said(claim), earlier=True) for claim in earlier)
        if others:
            yield Part(Role.STATE, ALSO_SAID)
    yield from map(said, others)


def below(answer: Answer) -> list[Part]:
    """What stands below its sources: of which day it is, and what else to know."""
    day = [Part(Role.STATE_OF, Text(STATE_OF, answer.as_of))] if answer.as_of else []
    return [*day, *(Part(Role.NOTE, note) for note in answer.notes)]


def sources_heading(answer: Answer) -> Text:
    """What its sources are: what it rests on, or what only comes near."""
    if answer.declined is None:
        return SOURCES
    return POSSIBLE_SOURCES if answer.declined.possible else NEAREST
