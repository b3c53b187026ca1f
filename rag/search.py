"""Passages for a question: by meaning (vectors) and by words (BM25), fused by rank.

Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a passage scores 1 / (k + rank) in each list. The list by
meaning weighs more: on the questions in `eval/` it is the better of the two, and their sum better than either.
"""

from collections import defaultdict
from typing import Any

import numpy as np

from index import Hit, Store
from index.words import terms

DEPTH = 30  # passages asked of each of the two lists
RANK_CONSTANT = 60
WEIGHT_OF_WORDS = 0.5


def search(store: Store, question: str, vector: np.ndarray, *, limit: int, where: dict[str, Any] | None = None) -> list[Hit]:
    """The `limit` passages that come nearest to the question and its vector, best first; `where` is what `rag.scope.only` gives."""
    by_meaning = [id for id, _score in store.search_vectors(vector, DEPTH, where)]
    letters = where["letter"]["$in"] if where else None
    by_words = [id for id, _score in store.search_words(terms(question), DEPTH, letters)]
    scores = fuse({1.0: by_meaning, WEIGHT_OF_WORDS: by_words})
    best = sorted(scores, key=lambda id: (-scores[id], id))[: limit + DEPTH]
    found = store.passages(best)  # a vector may outlive its passage for a moment: such a one is not found here
    return [Hit(*found[id], scores[id]) for id in best if id in found][:limit]


def fuse(rankings: dict[float, list[str]]) -> dict[str, float]:
    """Weighted reciprocal rank fusion: weight -> ids best first in, id -> score out."""
    scores: defaultdict[str, float] = defaultdict(float)
    for weight, ranking in rankings.items():
        for rank, id in enumerate(ranking, start=1):
            scores[id] += weight / (RANK_CONSTANT + rank)
    return dict(scores)
