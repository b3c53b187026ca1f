"""A run: every question asked of every system, and kept so that it can be scored again without asking again.

A run file is JSON Lines: a header with what was asked of what, then one record for each question and system. It is
always made anew; an old run is only read when its name is given.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.questions import FILE, Place, Question, places
from eval.systems import LlamaIndex, Ours, Outcome, System, Vectors, Words
from index import Store
from rag import Kamervraag
from sources import Letter

NEAREST = 3  # sentences of a ranking that are kept in words


@dataclass(frozen=True)
class Record:
    """What one system made of one question, with all that is needed to score it; `cited` are the words of its quotes."""

    system: str
    id: str
    question: str
    history: tuple[str, ...]
    document: str
    kind: str
    split: str
    answerable: bool
    why: str | None
    answers: tuple[Place, ...]
    outdated: tuple[Place, ...]
    outcome: Outcome
    cited: tuple[tuple[str, ...], ...]
    nearest: tuple[str, ...]
    wanted: tuple[str, ...] = ()  # the words that answer; a run of before they were kept has none


@dataclass(frozen=True)
class Header:
    """What a run is of. `index` are the index's counts, `questions` the digest of the questions' file."""

    made_at: str
    engine: str
    embedder: str
    machine: str
    index: dict[str, int]
    questions: str
    asked: int
    left_out: int


@dataclass(frozen=True)
class Run:
    """A header and its records."""

    header: Header
    records: tuple[Record, ...]

    def of(self, system: str, split: str | None = None) -> list[Record]:
        """The records of one system, of one split or of both."""
        return [r for r in self.records if r.system == system and split in (None, r.split)]

    @property
    def systems(self) -> list[str]:
        """The names of the systems, ours first."""
        return list(dict.fromkeys(record.system for record in self.records))


Progress = Callable[[str, int, int], None]


def make(
    kamervraag: Kamervraag, letters: Sequence[Letter], known: Sequence[Question], *, alone: bool = False, progress: Progress | None = None
) -> Run:
    """Ask every known question about these letters; `alone` leaves the neighbours out. The index must hold just them."""
    there = {letter.identity.id: letter for letter in letters}
    questions = [q for q in known if {q.document, *(w.document for w in (*q.answers, *q.outdated))} <= there.keys()]
    systems: list[System] = [Ours(kamervraag)]
    if not alone:
        systems += [Words(kamervraag), Vectors(kamervraag), LlamaIndex(letters, kamervraag.embedder)]
    kamervraag.prepare()
    records = []
    for system in systems:
        for done, question in enumerate(questions):
            if progress:
                progress(system.name, done, len(questions))
            records.append(_ask(system, question, there, kamervraag.store))
    header = Header(
        made_at=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        engine="quotes",
        embedder=kamervraag.embedder.name,
        machine=f"{platform.machine()}, {os.cpu_count()} kernen",
        index=kamervraag.store.counts(),
        questions=digest_of_questions(),
        asked=len(questions),
        left_out=len(known) - len(questions),
    )
    return Run(header, tuple(records))


def _ask(system: System, question: Question, letters: dict[str, Letter], store: Store) -> Record:
    outcome = system.answer(question.question, question.history)

    def words(place: Place) -> str:
        return store.text(place.document)[place.start : place.end]

    answers = places(question.answers, letters)
    return Record(
        system=system.name,
        id=question.id,
        question=question.question,
        history=tuple(turn.question for turn in question.history),
        document=question.document,
        kind=question.kind,
        split=question.split,
        answerable=question.answerable,
        why=question.why,
        answers=answers,
        outdated=places(question.outdated, letters),
        outcome=outcome,
        cited=tuple(tuple(words(place) for place in quote) for quote in outcome.quotes),
        nearest=tuple(words(place) for place in outcome.ranking[:NEAREST]),
        wanted=tuple(dict.fromkeys(words(place) for place in answers)),
    )


def digest_of_questions(file: Path = FILE) -> str:
    """SHA-256 of the questions' file, so that scores of other questions are never compared."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def write(run: Run, file: Path) -> None:
    """Keep a run."""
    lines = [asdict(run.header), *(asdict(record) for record in run.records)]
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def read(file: Path) -> Run:
    """The run in a file; raises ValueError, KeyError or TypeError when it is none."""
    header, *records = (json.loads(line) for line in file.read_text(encoding="utf-8").rstrip("\n").split("\n"))
    return Run(Header(**header), tuple(_record(item) for item in records))


def _record(item: dict[str, Any]) -> Record:
    outcome = item["outcome"] | {
        "ranking": _places(item["outcome"]["ranking"]),
        "quotes": tuple(_places(quote) for quote in item["outcome"]["quotes"]),
        "statements": tuple(item["outcome"]["statements"]),
    }
    changed = {
        "history": tuple(item["history"]),
        "cited": tuple(tuple(quote) for quote in item["cited"]),
        "nearest": tuple(item["nearest"]),
        "wanted": tuple(item.get("wanted", ())),
        "answers": _places(item["answers"]),
        "outdated": _places(item["outdated"]),
        "outcome": Outcome(**outcome),
    }
    return Record(**(item | changed))


def _places(items: Iterable[dict[str, Any]]) -> tuple[Place, ...]:
    return tuple(Place(**item) for item in items)
