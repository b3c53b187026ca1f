"""Train what reads: `python -m eval.train`. Writes `rag/judge.json`, `rag/reader.safetensors` and `rag/mix.json`.

The questions and letters are those in `eval/training/`; the letters are fictitious and none is in the evaluation.
Every question is searched for by the product's own search, in its own letter or in that and some others, as one who has
one paper asks and one who has a dossier; each sentence of the paragraphs found is labelled by the quotes written with the
question. Three things are fitted, each on what the one before gives:

- the judge, a conditional logit over features with 'none of these' as a choice (McFadden 1974), on the letters that are kept
  from all other training, since on others the embedder is surer than it is of a new letter;
- the reader, a cross-encoder trained so that the sentence that answers, or 'none', gets the most chance (a listwise
  cross-entropy, Cao et al. 2007), on all letters but those;
- how much each of them counts, on the letters that are kept, each judged by a judge that has not seen it.

Takes 0.2 to 0.3 s a question and round on two quiet cores. `--judge` leaves the reader as it is; `--more` goes on from the
reader that is there, at a lower rate, for so many rounds (`--epochs`), which is how questions that were written later come in,
and ends halfway between what it was and what it became.
"""

import argparse
import json
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

import rag
from eval.metrics import area
from index import Store, index_folders
from index.eight_bits import quantised
from index.embedder import SentenceEmbedder
from rag import Turn, reader
from rag.features import FEATURES, features
from rag.question import last_turn, said_before, stand_alone
from rag.reader import Network, Page, page_of, smooth, smoothable, unsmoothed
from rag.reading import Mix, Paragraph, log_of_sum, look_closely, paragraphs_of, weighed
from rag.scope import only
from rag.search import search
from sources import letter_paths

HERE = Path(__file__).parent / "training"
RAG = Path(rag.__file__).parent
FOUND = 12  # passages that the search gives, as in the product
TOGETHER, ALONE = 12, 0.4  # letters searched at once, and how often a question is searched for in its own letter only
RIDGE = 5.0
FOLDS = 6
EPOCHS, STEP_OF, FROZEN = 1.6, 8, 2
RATE, RATE_OF_MORE = 1e-4, 6e-5
TOLD_EVERY = 25  # steps
READ, AMONG = 4, 8  # paragraphs in one practice, most of them out of so many likeliest
STRETCH = 600  # characters of a paragraph in one practice
CUT, STRANGE, CHATTED = 0.25, 0.15, 0.05  # how often the answer is cut out, another letter is among them, something went before
READER_COUNTS, UNREAD = (0.15, 0.3, 0.6, 1.0, 2.0, 4.0), -3.0
CALIBRATED_ON = 100  # questions from which the scales for 8 bits are taken


@dataclass(frozen=True)
class Example:
    """A question, the paragraphs found for it with the features of their sentences, and which of those answer it."""

    letter: str
    question: str
    before: str
    answerable: bool
    paragraphs: tuple[Paragraph, ...]
    found: tuple[np.ndarray, ...]
    answers: tuple[np.ndarray, ...]

    @property
    def is_lesson(self) -> bool:
        """An answerable question whose answer was not found teaches nothing."""
        return not self.answerable or any(each.any() for each in self.answers)


def main() -> None:
    """Fit all three, or all but the reader."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--judge", action="store_true")
    options.add_argument("--more", action="store_true")
    options.add_argument("--epochs", type=float, default=EPOCHS)
    chosen = options.parse_args()
    random.seed(1)
    torch.manual_seed(1)
    kept = kept_from_training()
    with tempfile.TemporaryDirectory() as home:
        examples = make_examples(Path(home), kept, only_kept=chosen.judge)
    print(f"{len(examples)} vragen, waarvan {sum(e.answerable for e in examples)} te beantwoorden", flush=True)
    new, lessons = [e for e in examples if e.letter in kept], [e for e in examples if e.letter not in kept]
    folds = {letter: at % FOLDS for at, letter in enumerate(sorted(kept))}
    fitted = [fit([e for e in new if folds[e.letter] != fold]) for fold in range(FOLDS)]
    unseen = [[fitted[folds[e.letter]].judge(found) for found in e.found] for e in new]
    print("oordeel op brieven die het niet zag:", outcome(new, unseen))
    judged = fit(new)
    judged.write(RAG / "judge.json")
    if not chosen.judge:
        network, rate = (trained_earlier(), RATE_OF_MORE) if chosen.more else (begun(), RATE)
        train_reader(network, lessons, judged, chosen.epochs, rate)
        if chosen.more:
            meet_halfway(network, trained_earlier())
        keep_reader(network, lessons)
    fit_mix([*zip(new, unseen, strict=True)], reader.TrainedReader())


def kept_from_training() -> set[str]:
    """The letters that neither embedder nor reader is trained on, one in some twelve; a list, so that new ones change nothing."""
    return {*(HERE / "kept.txt").read_text(encoding="utf-8").split()}


def keep_reader(network: Network, examples: Sequence[Example]) -> None:
    """Make the network ready for 8 bits, and write it."""
    pages = [
        page_of(e.question, p.passages[0].heading, [s.quote for s in p.passages])
        for e in random.sample(examples, CALIBRATED_ON)
        for p in e.paragraphs[:1]
    ]
    smooth(smoothable(network), pages)
    save_file(quantised(network.state_dict()), reader.WEIGHTS)


# -- examples --------------------------------------------------------------------------------------------------------------


def make_examples(home: Path, kept: set[str], *, only_kept: bool) -> list[Example]:
    """The questions of all files in `eval/training/`, or of the letters that are kept, searched for as the product searches.

    Other letters that are searched with one are of its kind, kept or not: those that the embedder was trained on lie elsewhere.
    """
    embedder = SentenceEmbedder()
    searched = home / "letters"
    searched.mkdir()
    for letter in letter_paths(HERE / "letters"):
        if letter.stem in kept or not only_kept:
            shutil.copy(letter, searched)
    index_folders(home, [searched], embedder)
    store = Store(home / "index")
    items = [item for item in read_questions() if item["letter"] in kept or not only_kept]
    letters = {identity.id for identity in store.identities()}
    beside = {True: sorted(letters & kept), False: sorted(letters - kept)}
    examples = [_example(item, beside[item["letter"] in kept], store, embedder) for item in items]
    return [example for example in examples if example.paragraphs]


def read_questions() -> Iterator[dict[str, Any]]:
    """The questions of all files in `eval/training/`, as they lie there."""
    for file in sorted(HERE.glob("*.jsonl")):
        yield from map(json.loads, filter(str.strip, file.read_text(encoding="utf-8").split("\n")))


def turns_before(item: dict[str, Any]) -> list[Turn]:
    """The conversation that a question comes after."""
    return [Turn(turn["question"], turn.get("answer", "")) for turn in item["history"]]


def does_answer(sentence: str, item: dict[str, Any]) -> bool:
    """Is this sentence of the question's letter among the quotes that were written with it?"""
    return any(sentence in quote or quote in sentence for quote in item["quotes"])


def _example(item: dict[str, Any], everywhere: Sequence[str], store: Store, embedder: SentenceEmbedder) -> Example:
    letter = item["letter"]
    searched = {letter} if random.random() < ALONE else {letter, *random.sample(everywhere, TOGETHER - 1)}
    history = turns_before(item)
    question = stand_alone(item["question"], history)
    vector = embedder.embed_question(question)
    hits = search(store, question, vector, limit=FOUND, where=only(sorted(searched)))
    paragraphs = paragraphs_of(store, vector, hits, said_before(item["question"], history))
    asked = look_closely(question, store)
    found = [np.array([list(features(asked, c).values()) for c in p.candidates()], dtype=np.float32) for p in paragraphs]
    answers = [np.array([p.identity.id == letter and does_answer(s.quote, item) for s in p.passages]) for p in paragraphs]
    return Example(letter, question, last_turn(history), item["answerable"], tuple(paragraphs), tuple(found), tuple(answers))


def outcome(examples: Sequence[Example], scores: Sequence[Sequence[np.ndarray]]) -> str:
    """How good logits for every sentence are, in one line."""
    surest = [(e, *_best(e, np.concatenate(z))) for e, z in zip(examples, scores, strict=True)]
    right = np.array([is_right for e, is_right, _chance in surest if e.answerable])
    yes = np.array([chance for e, _, chance in surest if e.answerable])
    no = np.array([chance for e, _, chance in surest if not e.answerable])
    return f"juiste zin eerst {right.mean():.3f}, oppervlak {area(yes, no):.3f}, beantwoord {(yes >= 0.5).mean():.3f}, afgewezen {(no < 0.5).mean():.3f}"


def _best(example: Example, scores: np.ndarray) -> tuple[bool, float]:
    """(does an answering sentence come first, the chance of any answer)."""
    highest = max(0.0, scores.max())
    weights = np.exp(scores - highest)
    return bool(np.concatenate(example.answers)[scores.argmax()]), float(weights.sum() / (weights.sum() + np.exp(-highest)))


# -- the judge ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fitted:
    """The judge's weights."""

    centre: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    bias: float

    def judge(self, found: np.ndarray) -> np.ndarray:
        """(n,) logits from (n, features)."""
        return np.asarray((found - self.centre) / self.spread @ self.weight + self.bias)

    def write(self, file: Path) -> None:
        """Where `rag.judge` reads them."""
        columns = (self.centre, self.spread, self.weight)
        values = {name: [round(float(column[i]), 5) for column in columns] for i, name in enumerate(FEATURES)}
        file.write_text(
            json.dumps({"bias": round(self.bias, 5), "features": values}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def fit(examples: Iterable[Example]) -> Fitted:
    """The conditional logit, with a bias for 'none of these'."""
    lessons = [(np.concatenate(e.found), np.concatenate(e.answers)) for e in examples if e.is_lesson]
    everything = np.concatenate([found for found, _answers in lessons])
    centre, spread = everything.mean(0), everything.std(0)
    spread[spread < 1e-3] = 1.0  # never seen to differ: such a feature weighs nothing
    rows = [(np.hstack([(found - centre) / spread, np.ones((len(found), 1))]), answers) for found, answers in lessons]
    weight = _logit(rows, len(FEATURES) + 1, RIDGE)
    return Fitted(centre, spread, weight[:-1], float(weight[-1]))


def _logit(rows: Sequence[tuple[np.ndarray, np.ndarray]], width: int, ridge: float) -> np.ndarray:
    """(width,) weights that give the answering rows, or 'none', the most chance; the last column is not shrunk."""

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.0, np.zeros_like(weight)
        for row, answers in rows:
            scores = np.append(row @ weight, 0.0)
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            right = chances * np.append(answers, not answers.any())
            total -= np.log(right.sum() + 1e-12)
            slope += row.T @ (chances - right / (right.sum() + 1e-12))[:-1]
        penalty = np.append(weight[:-1], 0.0)
        return (total + ridge * penalty @ penalty / 2) / len(rows), (slope + ridge * penalty) / len(rows)

    return np.asarray(minimize(loss, np.zeros(width), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)


# -- the reader --------------------------------------------------------------------------------------------------------------


def begun() -> Network:
    """A network that begins as the embedding model: near is good."""
    network = Network()
    with torch.no_grad():
        network.head[-1].weight.mul_(0.1)
    return network


def trained_earlier() -> Network:
    """The network that is in `reader.safetensors`, its scales undone."""
    return unsmoothed(reader.stored())


def meet_halfway(network: Network, earlier: Network) -> None:
    """Take the mean of the weights of now and of before (a model soup, Wortsman et al. 2022): on unseen letters better than either."""
    now = network.state_dict()
    network.load_state_dict({name: torch.lerp(value, now[name], 0.5) for name, value in earlier.state_dict().items()})


def to_train(encoder: torch.nn.Module) -> list[torch.nn.Parameter]:
    """Make an encoder ready for training: vocabulary and lowest layers as they are, no dropout. Gives what is trained."""
    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # each question is seen a few times only, and drawing lots takes half of the time
    encoder.embeddings.requires_grad_(False)
    for i, layer in enumerate(encoder.encoder.layer):
        layer.requires_grad_(i >= FROZEN)
    return [p for p in encoder.parameters() if p.requires_grad]


def rising_and_falling(optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """A rate that rises in the first twentieth of the steps, and falls to nothing in the others."""
    return torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min((s + 1) / (0.05 * steps), max(0.0, (steps - s) / (0.95 * steps))))


def train_reader(network: Network, examples: Sequence[Example], judged: Fitted, epochs: float, rate: float) -> None:
    """Train the network further; AdamW, a rate that rises and falls, bfloat16 where it multiplies."""
    lessons = [e for e in examples if e.is_lesson]
    likeliest = {id(e): sorted(range(len(e.paragraphs)), key=lambda i: -judged.judge(e.found[i]).max()) for e in lessons}
    encoder = to_train(network.enc)
    head = [*network.head.parameters(), network.scale, network.bias]
    optimiser = torch.optim.AdamW([{"params": encoder, "lr": rate}, {"params": head, "lr": 10 * rate}], weight_decay=0.01)
    steps = max(1, round(epochs * len(lessons)) // STEP_OF)
    schedule = rising_and_falling(optimiser, steps)
    started = time.monotonic()
    network.train()
    waiting: list[Example] = []
    total = 0.0
    for step in range(1, steps + 1):
        if len(waiting) < STEP_OF:
            waiting += random.sample(lessons, len(lessons))
        chosen, waiting = waiting[:STEP_OF], waiting[STEP_OF:]
        total += _learn(network, [_practice(example, likeliest[id(example)], lessons) for example in chosen])
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        if step % TOLD_EVERY == 0 or step == steps:
            print(f"stap {step} van {steps}: verlies {total / TOLD_EVERY / STEP_OF:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            total = 0.0
    network.eval()


def _learn(network: Network, practices: Sequence[tuple[list[Page], np.ndarray]]) -> float:
    """Add the slopes of some questions' losses, read together; returns the sum of the losses."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = network([page for pages, _answers in practices for page in pages]).float()
    losses = []
    for logits, (_pages, answers) in zip(found.split([len(answers) for _pages, answers in practices]), practices, strict=True):
        logits = torch.cat([logits, torch.zeros(1)])
        right = torch.from_numpy(np.append(answers, not answers.any()))
        losses.append(torch.logsumexp(logits, 0) - torch.logsumexp(logits[right], 0))
    loss = torch.stack(losses).sum()
    (loss / len(practices)).backward()
    return float(loss.detach())


def _practice(example: Example, likeliest: list[int], others: Sequence[Example]) -> tuple[list[Page], np.ndarray]:
    """Some of the paragraphs found, the answer among them; now and then the answer is cut out, so that none is right."""
    answering = [i for i in likeliest if example.answers[i].any()]
    chosen = random.sample(likeliest[:AMONG], min(READ - 1, len(likeliest)))
    chosen += random.sample([i for i in likeliest if i not in chosen], min(1, len(likeliest) - len(chosen)))
    if answering and not set(answering) & set(chosen):
        chosen[-1] = random.choice(answering)
    cut = bool(answering) and random.random() < CUT
    question = _typed(example.question)
    before = example.before or (random.choice(others).question if random.random() < CHATTED else "")
    pages, answers = [], []
    for i in random.sample(chosen, len(chosen)):
        paragraph = example.paragraphs[i]
        kept = [not (cut and answer) for answer in example.answers[i]]
        sentences = [p.quote for p, keep in zip(paragraph.passages, kept, strict=True) if keep]
        if sentences:
            part = _part(sentences, example.answers[i][kept])
            pages.append(page_of(question, paragraph.passages[0].heading, sentences[part], before))
            answers.append(example.answers[i][kept][part])
    if not pages or random.random() < STRANGE:
        strange = random.choice(random.choice(others).paragraphs)
        sentences = [p.quote for p in strange.passages]
        part = _part(sentences, np.zeros(len(sentences), dtype=bool))
        pages.append(page_of(question, strange.passages[0].heading, sentences[part], before))
        answers.append(np.zeros(len(sentences[part]), dtype=bool))
    return pages, np.concatenate(answers)


def _part(sentences: Sequence[str], answers: np.ndarray) -> slice:
    """A stretch of a long paragraph, around an answer where there is one: shorter pages are more lessons an hour."""
    sizes = [len(sentence) for sentence in sentences]
    first = last = random.choice(np.flatnonzero(answers) if answers.any() else range(len(sentences)))
    while first > 0 or last < len(sentences) - 1:
        before = last == len(sentences) - 1 or (first > 0 and random.random() < 0.5)
        if sum(sizes[first : last + 1]) + sizes[first - 1 if before else last + 1] > STRETCH:
            break
        first, last = (first - 1, last) if before else (first, last + 1)
    return slice(int(first), int(last) + 1)


def _typed(question: str) -> str:
    """The question as somebody in a hurry types it, now and then: without capitals, or with two letters swapped."""
    if random.random() < 0.15:
        question = question.lower().rstrip("?")
    if random.random() < 0.1 and len(question) > 12:
        i = random.randrange(1, len(question) - 2)
        question = question[:i] + question[i + 1] + question[i] + question[i + 2 :]
    return question


# -- how much each counts --------------------------------------------------------------------------------------------------------


def fit_mix(unseen: Sequence[tuple[Example, Sequence[np.ndarray]]], trained: reader.TrainedReader) -> None:
    """Weigh judge and reader on questions about letters that neither has seen, and write `rag/mix.json`."""
    items = [(e, *_read_in_order(e, judged, trained)) for e, judged in unseen]
    sums = np.array([[log_of_sum(np.concatenate(judged)), log_of_sum(np.concatenate(scores))] for _e, judged, scores, _right in items])
    answerable = np.array([e.answerable for e, *_ in items])
    fitted = LogisticRegression(C=1.0, class_weight="balanced").fit(sums, answerable)
    weights = {"judge_says": fitted.coef_[0, 0], "reader_says": fitted.coef_[0, 1], "bias": fitted.intercept_[0]}
    tried = {}
    for counts in READER_COUNTS:
        shares = Mix(reader=counts, unread=UNREAD, **{name: round(float(value), 4) for name, value in weights.items()})
        outcomes = [(right, *weighed(judged, scores, shares)) for _e, judged, scores, right in items]
        tried[shares] = np.mean(
            [right[scores.argmax()] for (right, scores, _chance), each in zip(outcomes, answerable, strict=True) if each]
        )
        chances = np.array([chance for *_, chance in outcomes])
        print(f"lezer telt {counts}: juiste zin eerst {tried[shares]:.3f}, oppervlak {area(chances[answerable], chances[~answerable]):.3f}")
    best = max(tried, key=lambda shares: tried[shares])
    (RAG / "mix.json").write_text(json.dumps(asdict(best), indent=1) + "\n", encoding="utf-8")


def _read_in_order(example: Example, judged: Sequence[np.ndarray], trained: reader.TrainedReader) -> tuple[Any, Any, np.ndarray]:
    """(the judge's logits, the reader's, which sentences answer), by paragraph, the likeliest first, as the product does."""
    order = sorted(range(len(judged)), key=lambda i: -judged[i].max())
    pages = [(p.passages[0].heading, [s.quote for s in p.passages]) for p in (example.paragraphs[i] for i in order)]
    scores = trained.read(example.question, pages, example.before)
    return [judged[i] for i in order], scores, np.concatenate([example.answers[i] for i in order])


if __name__ == "__main__":
    main()
