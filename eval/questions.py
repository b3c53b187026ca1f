"""The questions of the evaluation, and where in the papers their answers stand.

`questions.jsonl` holds one object a line. A question that can be answered names the words that an answer must quote;
they are found in the papers when the questions are loaded, so a reader that changes a text is noticed at once.
Questions are split by a fixed rule: `dev` to improve on, `test` to report on and never to look into one by one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from rag import Turn
from sources import KamervraagError, Letter

FILE = Path(__file__).parent / "questions.jsonl"


class BadQuestions(KamervraagError):
    """The file of questions contradicts itself or the papers; the message names the line, or the words."""


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
    """All questions; raises BadQuestions when the file cannot be read, a line is no question or an id occurs twice."""
    try:
        lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise BadQuestions(f"{file} is geen UTF-8. Sla het bestand op als UTF-8.") from error
    except OSError as error:
        raise BadQuestions(f"{file} kan niet worden gelezen ({error.strerror}). Zet het bestand terug.") from error
    questions: dict[str, Question] = {}
    for number, line in enumerate(lines, start=1):
        question = _question(file, number, line)
        if question.id in questions:
            raise BadQuestions(f"{file}, regel {number}: {question.id} komt twee keer voor. Geef de vraag een andere 'id'.")
        questions[question.id] = question
    return list(questions.values())


def _question(file: Path, number: int, line: str) -> Question:
    try:
        item = json.loads(line)
        history = tuple(Turn(turn["question"], turn.get("answer", "")) for turn in item.get("history") or ())
        texts = [*(item[name] for name in ("id", "document", "question", "kind")), *(said for turn in history for said in astuple(turn))]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a question consists of texts")
        question = Question(
            id=item["id"],
            document=item["document"],
            question=item["question"],
            kind=item["kind"],
            answerable=item["answerable"],
            answers=tuple(_words(item["document"], each) for each in item["quotes"]),
            outdated=tuple(_words(item["document"], each) for each in item.get("outdated") or ()),
            why=item.get("why"),
            note=item.get("note"),
            history=history,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        told = "hier hoort een JSON-object met 'id', 'document', 'question', 'kind', 'answerable' en 'quotes' te staan"
        raise BadQuestions(f"{file}, regel {number}: {told}.") from error
    if question.answerable != bool(question.answers) or question.answerable == bool(question.why):
        raise BadQuestions(f"{file}, regel {number}: {question.id} moet 'quotes' hebben als er een antwoord is, en anders een 'why'.")
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
        raise BadQuestions(f"'{words.quote[:60]}' staat niet in {words.document}. Neem de woorden over zoals ze daar staan.")
    return found


def sentences(letter: Letter) -> list[Place]:
    """The sentences of a letter, in order."""
    return [Place(letter.identity.id, s.start, s.end) for paragraph in letter.paragraphs for s in paragraph.sentences]
