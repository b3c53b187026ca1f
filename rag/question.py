"""A question as it was typed becomes one that can be answered alone.

`checked` refuses what cannot be asked. `stand_alone` makes a follow-up whole ('En in Bagdad?' after 'Hoeveel
militairen traint Nederland in Noord-Irak?' is 'Hoeveel militairen traint Nederland in Bagdad?'): where a part of the
earlier question can be exchanged it is, and else the earlier question stands before it. Pure.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import simplemma

from index.words import words
from rag.texts import EMPTY_QUESTION, LONG_QUESTION, Text
from sources.errors import BadQuestion

LONGEST = 2_000  # characters
TURNS_REMEMBERED = 6
FEW_WORDS = 3  # so few, and no name among them, say little without what went before
ENGLISH = frozenset(
    "the is are was were what who which how does did do of in to and for about on by with has have many why when will".split()
)
PREPOSITIONS = "in|uit|van|voor|bij|op|aan|met|naar|over|door|tegen|tussen|vanuit|namens|volgens|sinds|na|onder"
OPENS_FOLLOW_UP = re.compile(r"(?:en|maar|ook|of|dus|and|but)\b[\s,]*", re.IGNORECASE)
POINTS_BACK = re.compile(
    r"\b(?:dat|die|daar|daarvan|daarvoor|daarover|daarmee|daarbij|daarin|daarna|daaraan|daarop|daartoe|ervan|ervoor|erover|ermee|hij|zij|ze|hem|hen|hun|haar|"
    r"deze|dit|dan|toen|er|die persoon|it|that|they|them|those|there)\b",
    re.IGNORECASE,
)
MUST_POINT_BACK = re.compile(
    r"\b(?:daar(?:aan|van|voor|over|mee|bij|in|na|op|toe|door|tegen)|ervan|ervoor|erover|ermee|hij|ze|hem|hen|dat ook|(?:die|deze) persoon|they|them)\b|\b(?:dat|die)\W*$",
    re.IGNORECASE,
)
QUESTION_WORD = re.compile(
    r"\b(?:wie|wat|waar\w*|wanneer|welk\w*|hoe\w*|hoeveel|waarom|who|what|where|when|which|why|how)\b", re.IGNORECASE
)
ASKS_BARE = re.compile(
    r"(?:en |maar )?(?:waarom|hoezo|wanneer|waar|hoe|wie|sinds wanneer|hoelang|hoe lang|hoeveel|why|when|where|how|who)(?: niet| dan| dat| precies| not)?\W*",
    re.IGNORECASE,
)
PHRASE = re.compile(rf"\b(?P<preposition>{PREPOSITIONS})\s+(?P<rest>[^?.,;]+)", re.IGNORECASE)
TERMINAL = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-Z]")  # of ECMA-48
NAME = re.compile(r"(?:(?:de|het|een)\s+)?[A-Z0-9][\w'’-]*(?:\s+(?:(?:van|de|der|den|het|ter|en)\s+)*[A-Z0-9][\w'’-]*)*")


@dataclass(frozen=True)
class Turn:
    """An earlier question and what was answered."""

    question: str
    answer: str = ""


def checked(question: str) -> str:
    """The question without what steers a terminal or cannot be seen, and doubled spaces; raises BadQuestion when nothing can be asked."""
    if not isinstance(question, str):
        raise BadQuestion("Een vraag moet tekst zijn.")
    joined = (c for c in TERMINAL.sub("", question) if unicodedata.category(c) != "Cf")  # soft hyphens and the like part no word
    text = " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") else c for c in joined).split())
    if not any(c.isalnum() for c in text):
        raise BadQuestion(EMPTY_QUESTION)
    if len(text) > LONGEST:
        raise BadQuestion(Text(LONG_QUESTION, len(text), LONGEST))
    return text


def looks_dutch(question: str) -> bool:
    """Are at least half of the words Dutch ones? Names and numbers do not count; a question without others passes."""
    plain = [word for word in words(question) if word.isalpha() and len(word) > 1]
    capitals = {word.lower() for word in re.findall(r"(?<=\s)[A-Z]\w+|\b[A-Z]{2,}\b", question)}
    judged = [word for word in plain if word not in capitals]
    return 2 * sum(bool(simplemma.is_known(word, lang="nl")) and word not in ENGLISH for word in judged) >= len(judged)


def stand_alone(question: str, history: Sequence[Turn] = ()) -> str:
    """The question as it would be asked without what went before; the last turns count, the very last most."""
    earlier = [turn for turn in history if turn.question.strip()][-TURNS_REMEMBERED:]
    if not earlier or not is_follow_up(question):
        return question
    before = ""
    for turn in earlier:  # earlier follow-ups are made whole first
        asked = " ".join(turn.question.split())[:LONGEST]
        before = _merge(asked, before) if before and is_follow_up(asked) else asked
    return _merge(question, before)[: 2 * LONGEST]


def said_before(question: str, history: Sequence[Turn]) -> str:
    """What was answered last, where the question follows up on it; else nothing."""
    return history[-1].answer.strip() if history and is_follow_up(question) else ""


def last_turn(history: Sequence[Turn]) -> str:
    """What was asked and answered last, in one line: for who reads, whether the question follows up on it or not."""
    return f"{history[-1].question.strip()} {history[-1].answer.strip()}".strip() if history else ""


def is_follow_up(question: str) -> bool:
    """Does the question lean on an earlier one? A full question with its own subject does not."""
    text = question.strip()
    if ASKS_BARE.fullmatch(text):
        return True
    count = len(re.findall(r"\w+", text))
    if OPENS_FOLLOW_UP.match(text) and count <= 8:
        return True
    if MUST_POINT_BACK.search(text) and count <= 10:
        return True
    names = [n for n in NAME.findall(text[1:]) if n[:1].isupper()]
    return not names and (count <= FEW_WORDS or (bool(POINTS_BACK.search(text)) and count <= 9))


def _merge(question: str, before: str) -> str:
    new = OPENS_FOLLOW_UP.sub("", question, count=1).strip(" ?!.") if OPENS_FOLLOW_UP.match(question) else question.strip()
    if OPENS_FOLLOW_UP.match(question) and not QUESTION_WORD.search(new) and (exchanged := _exchange(new, before)):
        return exchanged
    return f"{before.rstrip(' ?!.')}? {new[:1].upper()}{new[1:].rstrip(' ?')}?"


def _exchange(new: str, before: str) -> str | None:
    """`before` with the part that `new` names put in the place of its like, or None where there is no like."""
    match = PHRASE.fullmatch(new)
    if match and len(new.split()) <= 7:
        same = list(re.finditer(rf"\b{match['preposition']}\s", before, re.IGNORECASE))
        if same:
            start = same[-1].start()
            return f"{before[:start]}{new}{before[start + len(_first_phrase(before[start:])) :]}"
    if not match and len(new.split()) <= 5:
        names = [m for m in NAME.finditer(before) if m.start() > 0]
        if names and NAME.fullmatch(new[:1].upper() + new[1:]) and not new.lower().startswith("een "):
            article = re.match(r"(?:de|het)\s+", names[-1].group(), re.IGNORECASE)
            plain = re.sub(r"^(?:de|het)\s+", "", new) if not article else new
            return f"{before[: names[-1].start()]}{plain}{before[names[-1].end() :]}"
    return None


def _first_phrase(text: str) -> str:
    """A preposition and the words that go with it, up to the next preposition, verb-like end or full stop."""
    head = re.match(rf"(?:{PREPOSITIONS})\s+(?:(?:de|het|een|deze|die|dit|dat)\s+)?", text, re.IGNORECASE)
    rest = text[head.end() :] if head else text
    name = NAME.match(rest)
    if name:
        return text[: (head.end() if head else 0) + name.end()]
    word = re.match(r"[\w'’-]+", rest)
    return text[: (head.end() if head else 0) + (word.end() if word else 0)]
