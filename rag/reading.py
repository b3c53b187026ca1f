"""Which of the sentences that were found answers the question, if any does.

Each sentence is looked at in its paragraph (`rag.features`) and judged by a `Reader`: a score for each, on the scale
on which 'none of these' scores zero. The chances that follow are over all of them together with 'none', so they say
both which and whether.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index import Hit, Passage, Store
from index.words import terms
from rag.declining import specific_words
from rag.features import Asked, Candidate, features, look_at
from sources import Identity


class Reader(Protocol):
    """Judges sentences. `name` tells the evaluation who did."""

    name: str

    def score(self, question: str, candidates: list[Candidate], found: np.ndarray) -> np.ndarray:
        """(n,) logits against 'none of these', from n candidates and their features (n, features)."""
        ...


@dataclass(frozen=True)
class Evidence:
    """A sentence that may answer; `chance` is of it being the one that does."""

    passage: Passage
    identity: Identity
    chance: float


@dataclass(frozen=True)
class Reading:
    """What reading gave: evidence, best first, and the chance that there is an answer among it at all."""

    evidence: tuple[Evidence, ...]
    answerable: float


def read(reader: Reader, store: Store, question: str, vector: np.ndarray, hits: list[Hit]) -> Reading:
    """The passages found, each with its chance, best first; an empty search gives an empty reading."""
    if not hits:
        return Reading((), 0.0)
    candidates = in_context(store, vector, hits)
    asked = look_closely(question, store)
    found = np.array([list(features(asked, candidate).values()) for candidate in candidates], dtype=np.float32)
    chances, none = softmax_with_none(list(reader.score(question, candidates, found)))
    evidence = [Evidence(hit.passage, hit.identity, chance) for hit, chance in zip(hits, chances, strict=True)]
    return Reading(tuple(sorted(evidence, key=lambda e: -e.chance)), 1.0 - none)


def look_closely(question: str, store: Store) -> Asked:
    """The question with its terms weighed by how rare they are in this index."""
    passages = max(1, store.passage_count())
    found = store.passages_with(terms(question))
    return look_at(question, specific_words(question), lambda each: found.get(each, 0) / passages)


def in_context(store: Store, vector: np.ndarray, hits: list[Hit]) -> list[Candidate]:
    """The passages found with the sentences around them, and how near each is to the question by meaning."""
    paragraphs = {(h.passage.letter_id, h.passage.paragraph): store.paragraph(h.passage.letter_id, h.passage.paragraph) for h in hits}
    vectors = store.vectors([passage.id for paragraph in paragraphs.values() for passage in paragraph])
    near = {id: float(other @ vector) for id, other in vectors.items()}
    return [_candidate(hit.passage, paragraphs[hit.passage.letter_id, hit.passage.paragraph], near) for hit in hits]


def _candidate(passage: Passage, paragraph: list[Passage], near: dict[str, float]) -> Candidate:
    at = next(i for i, other in enumerate(paragraph) if other.id == passage.id)
    around = [near[other.id] for other in paragraph if other.id in near]
    return Candidate(
        sentence=passage.quote,
        heading=passage.heading,
        paragraph=" ".join(other.quote for other in paragraph),
        before=paragraph[at - 1].quote if at else "",
        similarity=near.get(passage.id, 0.0),
        paragraph_similarity=sum(around) / len(around) if around else 0.0,
    )


def softmax_with_none(scores: list[float]) -> tuple[list[float], float]:
    """Chances of each score and of 'none', whose score is zero; they sum to one."""
    highest = max([0.0, *scores])
    weights = [math.exp(score - highest) for score in scores]
    none = math.exp(-highest)
    total = sum(weights) + none
    return [weight / total for weight in weights], none / total
