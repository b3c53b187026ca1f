"""What users think of answers: kept in one local file, and made into questions of the evaluation.

`feedback.jsonl` in the home folder has a line for each verdict and each remark, with the question, the whole answer and
the settings it was given with. Nothing of it leaves the machine.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from index.store import Store
from sources.errors import KamervraagError, storage_errors

LONGEST_REMARK = 2_000  # characters
DAMAGED = "{} is beschadigd op regel {}. Herstel of verwijder die regel."

NO_PAPER = "'{}' staat niet zo in een stuk van de index. Neem de woorden over zoals ze daar staan, alle uit één stuk."


class FeedbackProblem(KamervraagError):
    """There is no such verdict, or it cannot become a question as it was asked for."""


@dataclass(frozen=True)
class Feedback:
    """A verdict on an answer; `answer` is the object of `Answer.as_json`, `settings` what the answer was given with."""

    good: bool
    answer: dict[str, Any]
    remark: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    history: tuple[dict[str, str], ...] = ()
    at: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def keep(home: Path, feedback: Feedback) -> None:
    """Add one; a later line with the same id takes the place of the earlier (a remark comes after its verdict). Raises StorageProblem."""
    line = json.dumps(asdict(feedback), ensure_ascii=False) + "\n"
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "feedback.lock"), (home / "feedback.jsonl").open("a", encoding="utf-8") as file:
            file.write(line)


def kept(home: Path) -> list[Feedback]:
    """All that was kept, oldest first. Raises StorageProblem, or FeedbackProblem for a line that is none."""
    file = home / "feedback.jsonl"
    if not file.exists():
        return []
    with storage_errors(file):
        lines = file.read_bytes().splitlines()
    found: dict[str, Feedback] = {}
    for number, line in enumerate(lines, start=1):
        try:
            feedback = Feedback(**json.loads(line.decode("utf-8")))
        except (ValueError, TypeError) as error:
            raise FeedbackProblem(DAMAGED.format(file, number)) from error
        found[feedback.id] = feedback
    return list(found.values())


def as_question(feedback: Feedback, *, quotes: Sequence[str] = (), unanswerable: bool = False) -> dict[str, Any]:
    """A line for `eval/questions.jsonl`. What was good says itself what the answer is; else `quotes` or `unanswerable` must.

    Raises FeedbackProblem where neither is known.
    """
    answer = feedback.answer
    cited = [citation for claim in answer["claims"] for citation in claim["citations"]]
    near = [*cited, *((answer["declined"] or {}).get("nearest") or [])]
    if feedback.good and not quotes and not unanswerable:
        quotes, unanswerable = [citation["quote"] for citation in cited], not cited
    if bool(quotes) == unanswerable:
        raise FeedbackProblem("Zeg wat het antwoord had moeten zijn: --quote met de woorden uit het stuk, of --not-in-papers.")
    return {
        "id": f"feedback-{feedback.id[:8]}",
        "document": near[0]["document"] if near else None,
        "question": answer["question"],
        "kind": "feedback",
        "answerable": not unanswerable,
        "quotes": list(quotes),
        "why": "feedback" if unanswerable else None,
        "history": list(feedback.history),
        **({"note": feedback.remark} if feedback.remark else {}),
    }


def paper_with(quotes: Sequence[str], store: Store, *, first: str | None = None) -> str:
    """The paper in the index that has all these words; `first` if it does. Raises FeedbackProblem where there is none."""
    ids = sorted((identity.id for identity in store.identities()), key=lambda id: id != first)
    found = next((id for id in ids if all(quote in store.text(id) for quote in quotes)), None)
    if found is None:
        raise FeedbackProblem(NO_PAPER.format("', '".join(quotes)))
    return found
