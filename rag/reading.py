"""Which of the sentences that were found answers the question, if any does.

In two steps. Each sentence that was found is looked at in its paragraph (`rag.features`) and judged by a weighted sum;
that says which paragraphs to read. Those are read as a whole by a `Reader`, all their sentences, also the ones that
the search did not find. Then two questions are answered apart, since judge and reader are good at different ones:
which sentence answers, if any does (the judge mostly), and whether any does (the reader mostly).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from index import Hit, Passage, Store
from index.words import terms
from rag.declining import missing_words, speaks_to_a_program, specific_words
from rag.features import Asked, Candidate, features, look_at
from rag.judge import judge
from sources import Identity

SAID_EARLIER = 5  # passages looked at to find where an earlier answer stood
A_MISSING_WORD_COUNTS = 2.0  # in logits: a name that the paper lacks makes an answer seven times less likely
SHORTEST_SAID = 20  # characters; fewer may stand anywhere


class Reader(Protocol):
    """Reads paragraphs."""

    def read(self, question: str, paragraphs: Sequence[tuple[str | None, Sequence[str]]], before: str = "") -> list[np.ndarray]:
        """For each paragraph that was read, (sentences,) logits against 'none of these'.

        A paragraph is a heading and its sentences. They come likeliest first, and a reader may stop when it has
        read enough. `before` is what was asked and answered last.
        """
        ...


class NoReader:
    """A `Reader` that reads nothing, so that the judge alone decides: for tests, and where the real one cannot run."""

    def read(self, question: str, paragraphs: Sequence[tuple[str | None, Sequence[str]]], before: str = "") -> list[np.ndarray]:
        return []


@dataclass(frozen=True)
class Evidence:
    """A sentence that may answer; `chance` is of it being the one that does."""

    passage: Passage
    identity: Identity
    chance: float


@dataclass(frozen=True)
class Reading:
    """What reading gave: evidence, best first, and the chance that there is an answer among it at all.

    `missing` are the names and numbers of the question that the best one's paper does not have.
    """

    evidence: tuple[Evidence, ...]
    answerable: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph that holds something that was found: its passages, and how much nearer each is to the question by meaning than most."""

    identity: Identity
    passages: tuple[Passage, ...]
    similarities: tuple[float, ...]
    said_earlier: tuple[bool, ...]

    def candidates(self) -> list[Candidate]:
        """Each of its sentences in its surroundings."""
        words = [passage.quote for passage in self.passages]
        mean = sum(self.similarities) / len(self.similarities)
        together = " ".join(words)
        return [
            Candidate(quote, passage.heading, together, words[i - 1] if i else "", near, mean, said, any(self.said_earlier))
            for i, (quote, passage, near, said) in enumerate(zip(words, self.passages, self.similarities, self.said_earlier, strict=True))
        ]


@dataclass(frozen=True)
class Mix:
    """How much judge and reader count.

    Which: a sentence scores its judge's logit plus `reader` times the reader's, `unread` where the reader stopped
    before it. Whether: logistic in the log of the summed odds of each, with these weights and `bias`.
    """

    reader: float
    unread: float
    judge_says: float
    reader_says: float
    bias: float


@cache
def mix() -> Mix:
    """As trained by `eval/train.py`."""
    return Mix(**json.loads((Path(__file__).parent / "mix.json").read_text(encoding="utf-8")))


def read(reader: Reader, store: Store, question: str, vector: np.ndarray, hits: list[Hit], earlier: str = "", before: str = "") -> Reading:
    """The sentences around what was found, each with its chance, best first; an empty search gives an empty reading.

    What speaks to a program is read by none. `earlier` are the words of earlier answers, where the question follows up on
    them; `before` is the last turn, whether it does or not.
    """
    hits = [hit for hit in hits if not speaks_to_a_program(hit.passage.quote)]
    if not hits:
        return Reading((), 0.0, tuple(specific_words(question)))
    paragraphs = paragraphs_of(store, vector, hits, earlier)
    asked = look_closely(question, store)
    judged = [judge(np.array([list(features(asked, c).values()) for c in p.candidates()])) for p in paragraphs]
    order = sorted(range(len(paragraphs)), key=lambda i: -judged[i].max())
    pages = [(paragraphs[i].passages[0].heading, [p.quote for p in paragraphs[i].passages]) for i in order]
    read = reader.read(question, pages, before)
    passages = [(passage, paragraphs[i].identity) for i in order for passage in paragraphs[i].passages]
    scores, logit = weighed([judged[i] for i in order], read, mix())
    missing = missing_words(question, store, passages[int(scores.argmax())][1].id)
    answerable = logistic(logit - A_MISSING_WORD_COUNTS * len(missing))
    shares = softmax(scores)
    evidence = [Evidence(passage, identity, answerable * share) for (passage, identity), share in zip(passages, shares, strict=True)]
    return Reading(tuple(sorted(evidence, key=lambda e: -e.chance)), answerable, tuple(missing))


def weighed(judged: Sequence[np.ndarray], read: Sequence[np.ndarray], shares: Mix) -> tuple[np.ndarray, float]:
    """(sentences,) scores that say which, and the logit of any answering; `read` is of the first paragraphs of `judged`.

    Where nothing was read the judge alone decides both.
    """
    alone = np.concatenate(judged)
    if not read:
        return alone, log_of_sum(alone)
    unread = [np.full(len(each), shares.unread) for each in judged[len(read) :]]
    both = alone + shares.reader * np.concatenate([*read, *unread])
    return both, shares.judge_says * log_of_sum(alone) + shares.reader_says * log_of_sum(np.concatenate(read)) + shares.bias


def look_closely(question: str, store: Store) -> Asked:
    """The question with its terms weighed by how rare they are in this index."""
    passages = max(1, store.passage_count())
    found = store.passages_with(terms(question))
    return look_at(question, specific_words(question), lambda each: found.get(each, 0) / passages)


def paragraphs_of(store: Store, vector: np.ndarray, hits: Sequence[Hit], earlier: str = "") -> list[Paragraph]:
    """The paragraphs that the hits stand in, each once, and those that an earlier answer quoted from the same papers.

    What speaks to a program is left out of them, and a paragraph that says nothing else too.
    """
    identities = {(hit.passage.letter_id, hit.passage.paragraph): hit.identity for hit in hits}
    if earlier:
        said = store.passages([id for id, _score in store.search_words(terms(earlier), SAID_EARLIER)]).values()
        letters = {hit.identity.id for hit in hits}
        identities |= {(p.letter_id, p.paragraph): i for p, i in said if i.id in letters and is_said(p.quote, earlier)}
    found = {place: [p for p in store.paragraph(*place) if not speaks_to_a_program(p.quote)] for place in identities}
    vectors = store.vectors([passage.id for passages in found.values() for passage in passages])
    near = {id: float(other @ vector) for id, other in vectors.items()}
    usual = sum(near.values()) / max(1, len(near))
    return [
        Paragraph(
            identities[at],
            tuple(whole),
            tuple(near.get(p.id, usual) - usual for p in whole),
            tuple(is_said(p.quote, earlier) for p in whole),
        )
        for at, whole in found.items()
        if whole
    ]


def is_said(quote: str, earlier: str) -> bool:
    """Is this sentence among the words of an earlier answer, or are those words out of it?"""
    return bool(earlier) and (quote in earlier or (len(earlier) >= SHORTEST_SAID and earlier in quote))


def softmax(scores: np.ndarray) -> list[float]:
    """Shares that sum to one."""
    weights = np.exp(scores - scores.max())
    return [float(weight) for weight in weights / weights.sum()]


def log_of_sum(logits: np.ndarray) -> float:
    """The log of the summed odds: large when any of them is."""
    return float(np.logaddexp.reduce(logits))


def logistic(logit: float) -> float:
    """The chance that belongs to a logit, without overflow."""
    return 1 / (1 + math.exp(-logit)) if logit > 0 else math.exp(logit) / (1 + math.exp(logit))
