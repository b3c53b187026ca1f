"""A letter cut into passages: what is embedded, found and read.

A passage is a paragraph, with the heading above it where it is the first under that heading; list items stay with
the line that introduces them, and the signatures together. A paragraph that is too long for the model is cut
between sentences. `letter.text[p.start:p.end] == p.text`, and every visible character is in exactly one passage.
Pure. `VERSION` goes up with every change that cuts the same letter otherwise.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sources import Kind, Letter, Paragraph, Sentence

VERSION = 1
LONGEST = 1200  # characters; about 300 tokens, so that heading and passage fit in the model's 512
QUOTABLE = (Kind.TEXT, Kind.SIGNATURE, Kind.DATE_LINE)


@dataclass(frozen=True)
class Passage:
    """A stretch of a letter; `sentences` are the ones that may be quoted, with offsets in the letter."""

    id: str
    letter_id: str
    start: int
    end: int
    text: str
    heading: str | None
    paragraph: int
    sentences: tuple[Sentence, ...]

    @property
    def embedded_text(self) -> str:
        """What the model sees: the passage under its heading."""
        if not self.heading or self.text.startswith(self.heading):
            return self.text
        return f"{self.heading}\n\n{self.text}"


def split(letter: Letter) -> list[Passage]:
    """The passages of a letter, in order; their ids depend on the letter's id, the heading and the words alone."""
    seen: Counter[str] = Counter()
    passages = []
    for group in _groups(letter):
        for start, end, sentences in _pieces(group):
            text = letter.text[start:end]
            first = next((p for p in group if p.number), group[-1])
            heading = first.heading
            content = "\x1f".join((letter.identity.id, heading or "", text))
            seen[content] += 1
            digest = hashlib.sha256(f"{content}\x1f{seen[content]}".encode()).hexdigest()[:24]
            name = f"{letter.identity.id}:{digest}"
            passages.append(Passage(name, letter.identity.id, start, end, text, heading, first.number, sentences))
    return passages


def _groups(letter: Letter) -> Iterator[list[Paragraph]]:
    """Paragraphs that make one passage together."""
    group: list[Paragraph] = []
    for paragraph in letter.paragraphs:
        if group and not _belong_together(letter, group, paragraph):
            yield group
            group = []
        group.append(paragraph)
    if group:
        yield group


def _belong_together(letter: Letter, group: list[Paragraph], paragraph: Paragraph) -> bool:
    last = group[-1]
    if last.kind is Kind.HEADING:
        return paragraph.kind in (Kind.HEADING, Kind.TEXT)
    if paragraph.kind is Kind.TEXT and last.kind is Kind.TEXT:
        introduced = letter.text[last.start : last.end].endswith(":")
        in_list = letter.text[group[0].start : last.end].count(":\n\n") > 0 and _is_item(letter, paragraph)
        return (introduced or in_list) and paragraph.end - group[0].start <= LONGEST
    opening = (Kind.DATE_LINE, Kind.ADDRESS, Kind.SALUTATION)
    return (paragraph.kind in opening and last.kind in opening) or (paragraph.kind is last.kind is Kind.SIGNATURE)


def _is_item(letter: Letter, paragraph: Paragraph) -> bool:
    start = letter.text[paragraph.start : paragraph.start + 4]
    return start[:1] in "-–—•*·▪" or start[:1].isdigit() or start[1:2] in ".)"


def _pieces(group: list[Paragraph]) -> Iterator[tuple[int, int, tuple[Sentence, ...]]]:
    """(start, end, sentences) of the passages that a group gives: one, or more where it is too long."""
    sentences = [sentence for paragraph in group for sentence in paragraph.sentences]
    quotable = {sentence for paragraph in group if paragraph.kind in QUOTABLE for sentence in paragraph.sentences}
    start = 0
    for i in range(1, len(sentences) + 1):
        if i == len(sentences) or sentences[i].end - sentences[start].start > LONGEST:
            piece = tuple(sentences[start:i])
            yield piece[0].start, piece[-1].end, tuple(s for s in piece if s in quotable)
            start = i
