"""Train the judge and the reader on the questions in `eval/training/`: `python -m eval.train_reader`.

The letters there are fictitious, and none of them is in the evaluation. Every question is searched for in its own
letter by the product's own search; the candidates that come back are labelled by the quotes that were written with
the question. The judge is a conditional logit over features; the reader is the judge plus a cross-encoder, trained
so that the sentence that answers, or 'none of these', gets the most chance (a listwise cross-entropy, Cao et al.
2007). Writes `rag/judge.json` and `rag/reader.safetensors`. Takes about a second a question on two cores.
"""

import argparse
import json
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from scipy.optimize import minimize

from index import Store, index_folders
from index.embedder import SentenceEmbedder
from rag import Turn, reader
from rag.features import FEATURES, Candidate, features
from rag.judge import weights
from rag.question import stand_alone
from rag.reader import CrossEncoder, quantised, tokens_of, tokens_of_question
from rag.reading import in_context, look_closely
from rag.search import search

HERE = Path(__file__).parent
JUDGE = Path(reader.__file__).parent / "judge.json"
CANDIDATES = 12
LAYERS, FROZEN, EPOCHS, RATE, STEP_OF = 12, 4, 3, 8e-5, 4
RIDGE = 5.0
ANSWER_FROM = 0.5


@dataclass(frozen=True)
class Example:
    """A question as it stands alone, its candidates with their features, and which of them answer it."""

    question: str
    candidates: list[Candidate]
    found: np.ndarray
    answers: np.ndarray
    answerable: bool


def main() -> None:
    """Make the examples, fit the judge, train the reader, write both."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=EPOCHS)
    epochs = options.parse_args().epochs
    random.seed(1)
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as home:
        examples = [e for e in make_examples(Path(home)) if e.answers.any() or not e.answerable]
    print(f"{len(examples)} vragen, waarvan {sum(e.answerable for e in examples)} te beantwoorden", flush=True)
    fit_judge(examples)
    train_reader(examples, epochs)


def make_examples(home: Path) -> list[Example]:
    """The questions of all files in `eval/training/`, searched for as the product searches."""
    embedder = SentenceEmbedder()
    index_folders(home, [HERE / "training" / "letters"], embedder)
    store = Store(home / "index")
    lines = [line for file in sorted((HERE / "training").glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    return [_example(json.loads(line), store, embedder) for line in lines if line.strip()]


def _example(item: dict[str, Any], store: Store, embedder: SentenceEmbedder) -> Example:
    turns = [Turn(turn["question"], turn.get("answer", "")) for turn in item["history"]]
    question = stand_alone(item["question"], turns)
    vector = embedder.embed_question(question)
    hits = search(store, question, vector, limit=CANDIDATES, where={"letter": item["letter"]})
    candidates = in_context(store, vector, hits)
    asked = look_closely(question, store)
    found = np.array([list(features(asked, c).values()) for c in candidates], dtype=np.float32)
    answers = np.array([any(c.sentence in quote or quote in c.sentence for quote in item["quotes"]) for c in candidates])
    return Example(question, candidates, found, answers, item["answerable"])


def fit_judge(examples: list[Example]) -> None:
    """Write the weights of the conditional logit, with a bias for 'none of these'."""
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
    values = {name: [round(float(v), 5) for v in (centre[i], spread[i], weight[i])] for i, name in enumerate(FEATURES)}
    stored = {"bias": round(float(weight[-1]), 5), "answer_from": ANSWER_FROM, "features": values}
    JUDGE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    weights.cache_clear()


def train_reader(examples: list[Example], epochs: int) -> None:
    """Train the cross-encoder on top of the judge and write it, 8 bits a weight."""
    trained = weights()
    model = CrossEncoder(LAYERS)
    with torch.no_grad():
        model.w.copy_(torch.from_numpy(trained.weight))
        model.bias.fill_(trained.bias)
        model.head[-1].weight.mul_(0.1)
    for i, layer in enumerate(model.enc.encoder.layer):
        layer.requires_grad_(i >= FROZEN)
    model.enc.embeddings.requires_grad_(False)
    rates = [
        {"params": [p for p in model.enc.parameters() if p.requires_grad], "lr": RATE},
        {"params": [*model.head.parameters(), model.bias], "lr": 5 * RATE},
        {"params": [model.w], "lr": 10 * RATE},
    ]
    optimiser = torch.optim.AdamW(rates, weight_decay=0.01)
    steps = max(1, epochs * len(examples) // STEP_OF)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min((s + 1) / (0.1 * steps), max(0.0, (steps - s) / (0.9 * steps))))
    started = time.monotonic()
    model.train()
    for epoch in range(epochs):
        random.shuffle(examples)
        total = 0.0
        for i, example in enumerate(examples, start=1):
            total += _learn(model, example)
            if i % STEP_OF == 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
            if i % 100 == 0:
                print(f"ronde {epoch + 1}, vraag {i}: verlies {total / i:.3f}, {time.monotonic() - started:.0f} s", flush=True)
        save_file(quantised({k: v for k, v in model.state_dict().items() if "embeddings" not in k}), reader.WEIGHTS)


def _learn(model: CrossEncoder, example: Example) -> float:
    """One question's share of a step; returns its loss."""
    chosen = _practice(example)
    rows = torch.from_numpy(weights().standard(example.found)[chosen].astype(np.float32))
    sentences = [tokens_of(example.candidates[i]) for i in chosen]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = model(tokens_of_question(example.question), sentences, rows)
    right = torch.tensor([*(bool(example.answers[i]) for i in chosen), not example.answers[chosen].any()])
    scores = torch.cat([scores.float(), torch.zeros(1)])
    loss = torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0)
    (loss / STEP_OF).backward()  # type: ignore[no-untyped-call]
    return float(loss)


def _practice(example: Example) -> list[int]:
    """Which candidates to practise on: the answers, the ones the judge likes best, and some of the rest."""
    trained = weights()
    order = np.argsort(-(trained.standard(example.found) @ trained.weight))
    answers = [int(i) for i in order if example.answers[i]][:2]
    others = [int(i) for i in order if not example.answers[i]]
    room = reader.MOST_READ - len(answers)
    rest = others[room // 2 :]
    return answers + others[: room // 2] + random.sample(rest, min(len(rest), room - room // 2))


if __name__ == "__main__":
    main()
