"""A letter cut into passages: what is embedded, found and read.

A passage is one sentence, with the heading, address or salutation above it where it is the first below that.
Sentences, because what is quoted is a sentence and its own vector finds it best; it is embedded with its heading, which
often names what the sentence is about (`docs/decisions.md`).
`letter.text[p.start:p.end] == p.text`, and every visible character is in exactly one passage.
Pure. `VERSION` goes up with every change that cuts the same letter otherwise, or embeds the cuts otherwise.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sources import Kind, Letter, Paragraph, Sentence

VERSION = 2
QUOTABLE = (Kind.TEXT, Kind.SIGNATURE, Kind.DATE_LINE)


@dataclass(frozen=True)
class Passage:
    """A stretch of a letter that ends with the sentence that may be quoted; both with their offsets in the letter."""

    id: str
    letter_id: str
    start: int
    end: int
    text: str
    heading: str | None
    paragraph: int
    sentence: Sentence

    @property
    def quote(self) -> str:
        """The sentence, without what stands above it."""
        return self.text[self.sentence.start - self.start :]

    @property
    def in_context(self) -> str:
        """The sentence after its heading: what is embedded."""
        return f"{self.heading}: {self.quote}" if self.heading else self.quote


def split(letter: Letter) -> list[Passage]:
    """The passages of a letter, in order; their ids depend on the letter's id, the heading and the words alone."""
    seen: Counter[str] = Counter()
    passages = []
    for start, paragraph, sentence in _cuts(letter):
        text = letter.text[start : sentence.end]
        content = "\x1f".join((letter.identity.id, paragraph.heading or "", text))
        seen[content] += 1
        digest = hashlib.sha256(f"{content}\x1f{seen[content]}".encode()).hexdigest()[:24]
        name = f"{letter.identity.id}:{digest}"
        place = (start, sentence.end, text, paragraph.heading, paragraph.number)
        passages.append(Passage(name, letter.identity.id, *place, sentence))
    return passages


def _cuts(letter: Letter) -> Iterator[tuple[int, Paragraph, Sentence]]:
    """(start, paragraph, sentence) of each passage: what cannot be quoted goes with the sentence below it."""
    start: int | None = None
    for at, paragraph in enumerate(letter.paragraphs):
        last = at == len(letter.paragraphs) - 1
        for sentence in paragraph.sentences:
            start = sentence.start if start is None else start
            if paragraph.kind in QUOTABLE or (last and sentence == paragraph.sentences[-1]):
                yield start, paragraph, sentence
                start = None
