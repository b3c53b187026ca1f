"""The gate: what the evaluation gave when it was last accepted, and what may not change without anybody saying so.

`expected.json` holds the counts of the index, the digest of the questions, each measure with its tolerance, and which
questions were right. The counts are looked at first: scores over another index mean nothing. A rise beyond its
tolerance fails too, since nobody can say why it rose; `kamervraag eval --accept` writes what is there now.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.metrics import MEASURES, judged, ranking
from eval.run import Run

FILE = Path(__file__).parent / "expected.json"
TOLERANCE = 0.03  # a measure may move by this: eight of 280 questions, since machines round differently in the last places


@dataclass(frozen=True)
class Verdict:
    """What is wrong, and which questions are right now that were not, and the other way round."""

    problems: tuple[str, ...]
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def measured(run: Run) -> dict[str, float]:
    """The measures of our own system over all questions; no seconds, since machines differ."""
    records = run.of(run.systems[0])
    items = judged(records, 0.0)
    values = {name: float(np.mean(each)) if len(each := measure(items)) else 0.0 for name, measure in MEASURES.items()}
    return {name: round(value, 4) for name, value in (values | ranking(records)).items()}


def right(run: Run) -> dict[str, float]:
    """The credit of each question."""
    return {item.record.id: round(item.is_right, 3) for item in judged(run.of(run.systems[0]), 0.0)}


def accept(run: Run, file: Path = FILE) -> None:
    """From now on this run is what is expected."""
    measures = {name: {"value": value, "tolerance": TOLERANCE} for name, value in measured(run).items()}
    stored = {
        "index": run.header.index,
        "questions": run.header.questions,
        "asked": run.header.asked,
        "measures": measures,
        "right": right(run),
    }
    file.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def check(run: Run, file: Path = FILE) -> Verdict:
    """Compare a run that was just made with what is expected."""
    expected: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for name, here in (("index", run.header.index), ("questions", run.header.questions), ("asked", run.header.asked)):
        if expected[name] != here:
            return Verdict((f"{name}: verwacht {expected[name]}, nu {here}; de scores zijn niet te vergelijken",))
    problems = []
    now_measured = measured(run)
    for name, wanted in expected["measures"].items():
        moved = now_measured.get(name, 0.0) - wanted["value"]
        if abs(moved) > wanted["tolerance"]:
            problems.append(f"{name}: verwacht {wanted['value']:.3f}, nu {now_measured.get(name, 0.0):.3f} ({moved:+.3f})")
    now = right(run)
    gained = tuple(id for id, credit in now.items() if credit > expected["right"][id])
    lost = tuple(id for id, credit in now.items() if credit < expected["right"][id])
    return Verdict(tuple(problems), gained, lost)
