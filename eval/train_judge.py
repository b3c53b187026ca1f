"""Find the judge's weights on the questions in `eval/training/`: `python -m eval.train_judge`.

The letters there are fictitious, and none of them is in the evaluation. Every question is searched for in its own
letter by the product's own search; the candidates that come back are labelled by the quotes that were written with
the question. The judge is a conditional logit over features with 'none of these' as a choice (McFadden 1974).
Writes `rag/judge.json`, and prints how good it is on letters that were left out. Takes a few minutes.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from index import Store, index_folders
from index.embedder import SentenceEmbedder
from rag import Turn, judge
from rag.features import FEATURES, features
from rag.question import stand_alone
from rag.reading import in_context, look_closely
from rag.search import search

HERE = Path(__file__).parent
JUDGE = Path(judge.__file__).parent / "judge.json"
CANDIDATES = 12
RIDGE = 5.0
ANSWER_FROM = 0.5  # answer when an answer is likelier than none
FOLDS = 6


@dataclass(frozen=True)
class Example:
    """A question's letter, the features of its candidates, which of them answer it, and whether any sentence does."""

    letter: str
    found: np.ndarray
    answers: np.ndarray
    answerable: bool


def main() -> None:
    """Make the examples, try the judge on letters left out, then fit it on all and write it."""
    with tempfile.TemporaryDirectory() as home:
        examples = make_examples(Path(home))
    print(f"{len(examples)} vragen, waarvan {sum(e.answerable for e in examples)} te beantwoorden")
    letters = sorted({e.letter for e in examples})
    outcomes = []
    for fold in range(FOLDS):
        left_out = set(letters[fold::FOLDS])
        fitted = fit([e for e in examples if e.letter not in left_out])
        outcomes += [_outcome(fitted, e) for e in examples if e.letter in left_out]
    answerable = [o for o in outcomes if o[0]]
    others = [o for o in outcomes if not o[0]]
    print(f"op weggelaten brieven: juiste zin eerst {np.mean([o[2] for o in answerable]):.3f};", end=" ")
    print(f"beantwoord {np.mean([o[1] >= ANSWER_FROM for o in answerable]):.3f},", end=" ")
    print(f"afgewezen {np.mean([o[1] < ANSWER_FROM for o in others]):.3f};", end=" ")
    print(f"oppervlak {np.mean([a[1] > o[1] for a in answerable for o in others]):.3f}")
    write(fit(examples))


def _outcome(fitted: "Fitted", example: Example) -> tuple[bool, float, bool]:
    """(answerable, chance of an answer, does an answering sentence come first)."""
    scores = np.append(fitted.standard(example.found) @ fitted.weight + fitted.bias, 0.0)
    chances = np.exp(scores - scores.max())
    return example.answerable, float(1 - chances[-1] / chances.sum()), bool(example.answers[scores[:-1].argmax()])


def make_examples(home: Path) -> list[Example]:
    """The questions of all files in `eval/training/`, searched for as the product searches."""
    embedder = SentenceEmbedder()
    index_folders(home, [HERE / "training" / "letters"], embedder)
    store = Store(home / "index")
    lines = [line for file in sorted((HERE / "training").glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    examples = [_example(json.loads(line), store, embedder) for line in lines if line.strip()]
    return [e for e in examples if len(e.found)]


def _example(item: dict[str, Any], store: Store, embedder: SentenceEmbedder) -> Example:
    turns = [Turn(turn["question"], turn.get("answer", "")) for turn in item["history"]]
    question = stand_alone(item["question"], turns)
    vector = embedder.embed_question(question)
    hits = search(store, question, vector, limit=CANDIDATES, where={"letter": item["letter"]})
    candidates = in_context(store, vector, hits)
    asked = look_closely(question, store)
    found = np.array([list(features(asked, c).values()) for c in candidates], dtype=np.float32)
    answers = np.array([any(c.sentence in quote or quote in c.sentence for quote in item["quotes"]) for c in candidates])
    return Example(item["letter"], found, answers, item["answerable"])


@dataclass(frozen=True)
class Fitted:
    """The judge's weights, as they are written."""

    centre: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    bias: float

    def standard(self, found: np.ndarray) -> np.ndarray:
        """Features as distances from their usual value, in spreads."""
        return np.asarray((found - self.centre) / self.spread)


def fit(examples: list[Example]) -> Fitted:
    """The conditional logit, with a bias for 'none of these'; an answerable question that was not found teaches nothing."""
    examples = [e for e in examples if e.answers.any() or not e.answerable]
    everything = np.concatenate([e.found for e in examples])
    centre, spread = everything.mean(0), everything.std(0)
    spread[spread < 1e-3] = 1.0  # never seen to differ: such a feature weighs nothing
    rows = [np.hstack([(e.found - centre) / spread, np.ones((len(e.found), 1))]) for e in examples]

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.0, np.zeros_like(weight)
        for row, example in zip(rows, examples, strict=True):
            scores = np.append(row @ weight, 0.0)
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            right = chances * np.append(example.answers, not example.answers.any())
            total -= np.log(right.sum() + 1e-12)
            slope += row.T @ (chances - right / right.sum())[:-1]
        penalty = np.append(weight[:-1], 0.0)
        return (total + RIDGE * penalty @ penalty / 2) / len(rows), (slope + RIDGE * penalty) / len(rows)

    weight = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Fitted(centre, spread, weight[:-1], float(weight[-1]))


def write(fitted: Fitted) -> None:
    """Put the weights where the judge reads them."""
    columns = (fitted.centre, fitted.spread, fitted.weight)
    values = {name: [round(float(column[i]), 5) for column in columns] for i, name in enumerate(FEATURES)}
    stored = {"bias": round(fitted.bias, 5), "answer_from": ANSWER_FROM, "features": values}
    JUDGE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
