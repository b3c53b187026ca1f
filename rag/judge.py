"""A weighted sum of what can be seen of a question and a sentence: small enough to read, and no model needed.

The weights lie in `judge.json`, in the order of `rag.features.FEATURES`; `eval/train.py` made them.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rag.features import FEATURES


@dataclass(frozen=True)
class Weights:
    """Per feature its usual value, its usual spread and its weight; and what is added to every sum."""

    centre: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    bias: float

    def standard(self, found: np.ndarray) -> np.ndarray:
        """Features as distances from their usual value, in spreads."""
        return np.asarray((found - self.centre) / self.spread)


@cache
def weights() -> Weights:
    """The weights as trained; raises ValueError when they are not of the features that there are."""
    stored = json.loads((Path(__file__).parent / "judge.json").read_text(encoding="utf-8"))
    if tuple(stored["features"]) != FEATURES:
        raise ValueError("rag/judge.json is of other features: run 'python -m eval.train --judge'")
    centre, spread, weight = (np.array([values[i] for values in stored["features"].values()], dtype=np.float32) for i in range(3))
    return Weights(centre, spread, weight, stored["bias"])


def judge(found: np.ndarray) -> np.ndarray:
    """(n,) logits against 'none of these' from (n, features)."""
    trained = weights()
    return np.asarray(trained.standard(found) @ trained.weight + trained.bias)
