"""Reading down to the sentence: which sentence of the passages that were found answers the question, if any does.

The judgement is behind one seam, a `Reader`: for each sentence a score, on the scale on which 'none of these' scores
zero. The chances that follow are over all sentences together with 'none', so they say both which and whether.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from index import Hit
from index.words import terms
from sources import Sentence


class Reader(Protocol):
    """Judges sentences. `name` tells the user and the evaluation who did."""

    name: str

    def score(self, question: str, passages: list["Readable"]) -> list[list[float]]:
        """For each passage a list with a score (a logit against 'none of these') for each of its sentences."""
        ...


@dataclass(frozen=True)
class Readable:
    """A passage as a reader gets it: its heading and its quotable sentences."""

    heading: str | None
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """A sentence that may answer, in its passage; `chance` is of it being the one that answers."""

    hit: Hit
    sentence: Sentence
    quote: str
    chance: float


@dataclass(frozen=True)
class Reading:
    """What reading gave: evidence, best first, and the chance that there is an answer among it at all."""

    evidence: tuple[Evidence, ...]
    answerable: float


def read(reader: Reader, question: str, hits: list[Hit]) -> Reading:
    """All sentences of the passages found, each with its chance; an empty search gives an empty reading."""
    readables = [Readable(hit.passage.heading, quotes(hit)) for hit in hits]
    if not readables:
        return Reading((), 0.0)
    scores = reader.score(question, readables)
    chances, none = softmax_with_none([score for row in scores for score in row])
    evidence = []
    at = iter(chances)
    for hit, readable in zip(hits, readables, strict=True):
        for sentence, quote in zip(hit.passage.sentences, readable.sentences, strict=True):
            evidence.append(Evidence(hit, sentence, quote, next(at)))
    return Reading(tuple(sorted(evidence, key=lambda e: -e.chance)), 1.0 - none)


def quotes(hit: Hit) -> tuple[str, ...]:
    """The quotable sentences of a passage, in order."""
    start = hit.passage.start
    return tuple(hit.passage.text[s.start - start : s.end - start] for s in hit.passage.sentences)


def softmax_with_none(scores: list[float]) -> tuple[list[float], float]:
    """Chances of each score and of 'none', whose score is zero; they sum to one."""
    highest = max([0.0, *scores])
    weights = [math.exp(score - highest) for score in scores]
    none = math.exp(-highest)
    total = sum(weights) + none
    return [weight / total for weight in weights], none / total


class WordReader:
    """Reads by shared words alone: the share of the question's terms that a sentence and its heading have.

    The slow and obvious reader to which the trained one is compared, and the one that tests use: no model needed.
    """

    name = "words"

    def score(self, question: str, passages: list[Readable]) -> list[list[float]]:
        wanted = set(terms(question))
        if not wanted:
            return [[-10.0] * len(p.sentences) for p in passages]
        return [[self._score(wanted, sentence, passage.heading) for sentence in passage.sentences] for passage in passages]

    @staticmethod
    def _score(wanted: set[str], sentence: str, heading: str | None) -> float:
        said, above = set(terms(sentence)), set(terms(heading or ""))
        return 12.0 * (len(wanted & said) + 0.3 * len((wanted & above) - said)) / len(wanted) - 6.0
