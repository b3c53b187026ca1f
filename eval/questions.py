"""The questions of the evaluation, and where in the papers their answers stand.

`questions.jsonl` holds one object a line. A question that can be answered names the words that an answer must quote;
they are found in the papers when the questions are loaded, so a reader that changes a text is noticed at once.
Questions are split by a fixed rule: `dev` to improve on, `test` to report on and never to look into one by one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag import Turn
from sources import Letter

FILE = Path(__file__).parent / "questions.jsonl"


class BadQuestions(Exception):
    """The file of questions contradicts itself or the papers; the message names the question."""


@dataclass(frozen=True)
class Words:
    """Words of a paper, as the file of questions gives them."""

    document: str
    quote: str


@dataclass(frozen=True)
class Place:
    """A stretch of a paper: characters `start` up to, not including, `end` of its text."""

    document: str
    start: int
    end: int

    def overlaps(self, other: "Place") -> bool:
        """Do they share a character?"""
        return self.document == other.document and self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Question:
    """A question as it is asked, and what is known of its answer.

    `answers` are the words that answer it, best first, each by itself; `outdated` are words of older papers that a
    newer one has overtaken; `why` says of a question without an answer what kind it is ('neighbour', 'topic', …).
    """

    id: str
    document: str
    question: str
    kind: str
    answerable: bool
    answers: tuple[Words, ...] = ()
    outdated: tuple[Words, ...] = ()
    why: str | None = None
    note: str | None = None
    history: tuple[Turn, ...] = ()

    @property
    def split(self) -> str:
        """'dev' or 'test', by the parity of the first byte of the SHA-256 of the id: fixed for ever."""
        return "test" if hashlib.sha256(self.id.encode()).digest()[0] % 2 else "dev"


def load(file: Path = FILE) -> list[Question]:
    """All questions; raises BadQuestions when a line is no question or an id occurs twice."""
    questions = [
        _question(file, number, line) for number, line in enumerate(file.read_text(encoding="utf-8").rstrip("\n").split("\n"), start=1)
    ]
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise BadQuestions(f"{file.name}: {question.id} komt twee keer voor")
        seen.add(question.id)
    return questions


def _question(file: Path, number: int, line: str) -> Question:
    try:
        item = json.loads(line)
        answers = tuple(_words(item["document"], each) for each in item["quotes"])
        question = Question(
            id=item["id"],
            document=item["document"],
            question=item["question"],
            kind=item["kind"],
            answerable=item["answerable"],
            answers=answers,
            outdated=tuple(_words(item["document"], each) for each in item.get("outdated") or ()),
            why=item.get("why"),
            note=item.get("note"),
            history=tuple(Turn(turn["question"], turn.get("answer", "")) for turn in item.get("history") or ()),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadQuestions(f"{file.name}, regel {number}: geen vraag ({error!r})") from error
    if question.answerable != bool(answers) or question.answerable == bool(question.why):
        raise BadQuestions(f"{question.id}: wie te beantwoorden is heeft 'quotes', en anders een 'why'")
    return question


def _words(document: str, given: str | dict[str, Any]) -> Words:
    return Words(document, given) if isinstance(given, str) else Words(given["document"], given["quote"])


def places(wanted: Iterable[Words], letters: Mapping[str, Letter]) -> tuple[Place, ...]:
    """Where the words stand: the sentence or sentences around them; raises BadQuestions when they are not there."""
    return tuple(place for words in wanted for place in _places(words, letters))


def _places(words: Words, letters: Mapping[str, Letter]) -> list[Place]:
    letter = letters[words.document]
    found = []
    at = letter.text.find(words.quote)
    while at >= 0:
        found.append(Place(words.document, at, at + len(words.quote)))
        at = letter.text.find(words.quote, at + 1)
    if not found:
        raise BadQuestions(f"'{words.quote[:60]}' staat niet in {words.document}")
    return found


def sentences(letter: Letter) -> list[Place]:
    """The sentences of a letter, in order."""
    return [Place(letter.identity.id, s.start, s.end) for paragraph in letter.paragraphs for s in paragraph.sentences]
