"""Everything wired, once: the page, the command and the evaluation all ask through `Kamervraag.ask`.

`ask` is the table of contents of answering. Models and index are opened when first needed, or by `prepare`.
"""

import contextlib
import ctypes
import datetime as dt
import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from index import PACKAGED, Embedder, Hit, Report, Store, check_settings, index_folders
from index.embedder import SentenceEmbedder
from index.indexer import Progress
from rag.answer import Answer, Citation, Declined
from rag.declining import is_order, missing_words
from rag.judge import Judge, weights
from rag.question import Turn, checked, looks_dutch, stand_alone
from rag.quotes import cite, compose
from rag.reading import Evidence, Reader, Reading, read
from rag.remarks import remarks
from rag.search import search
from rag.verify import verify
from sources import SHIPPED_LETTERS, Identity
from sources.dates import written_out

OTHER_LANGUAGE = (
    "Uw vraag lijkt niet in het Nederlands te zijn; de stukken zijn dat wel. Stel de vraag in het Nederlands voor het beste antwoord."
)
NO_ORDERS = "Opdrachten worden niet uitgevoerd. Stel een vraag over wat er in de stukken staat."
PASSAGES_READ = 12
NEAREST_SHOWN = 3


@dataclass(frozen=True)
class Settings:
    """What a user may set, by environment: where the data lie and which embedding model is used."""

    home: Path = field(default_factory=lambda: user_data_path("kamervraag", appauthor=False))
    model: str = PACKAGED

    @staticmethod
    def from_environment() -> "Settings":
        """KAMERVRAAG_HOME and KAMERVRAAG_MODEL, each with its default."""
        given = {"home": os.environ.get("KAMERVRAAG_HOME"), "model": os.environ.get("KAMERVRAAG_MODEL")}
        set_values: dict[str, Any] = {key: value for key, value in given.items() if value}
        if "home" in set_values:
            set_values["home"] = Path(set_values["home"]).expanduser()
        return Settings(**set_values)


@dataclass(frozen=True)
class Status:
    """What is in the index and how current it is."""

    letters: int
    passages: int
    vectors: int
    newest: dt.date | None
    changed_at: str | None
    home: Path
    documents: tuple[Identity, ...]


class Kamervraag:
    """A question-answering program over one home folder. Safe to ask from many threads at once."""

    def __init__(self, settings: Settings, *, embedder: Embedder | None = None, reader: Reader | None = None) -> None:
        self.settings = settings
        self._given_embedder, self._given_reader = embedder, reader
        self._loading = threading.RLock()

    # -- parts, opened when needed ----------------------------------------------------------------------------

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model; it loads itself when the first text comes."""
        return self._given_embedder or SentenceEmbedder(self.settings.model)

    @cached_property
    def reader(self) -> Reader:
        """Who judges sentences."""
        return self._given_reader or Judge()

    @cached_property
    def store(self) -> Store:
        """The index, opened for reading; raises IndexMissing, IndexMismatch or IndexDamaged."""
        with self._loading:
            store = Store(self.settings.home / "index")
            check_settings(store, self.embedder.name)
            return store

    def prepare(self) -> None:
        """Load the models and open the index, so that the first question does not wait for it."""
        self.ask("Waar gaan de stukken over?")
        _give_back_memory()

    # -- verbs ------------------------------------------------------------------------------------------------

    def ask(self, question: str, history: Sequence[Turn] = (), where: dict[str, Any] | None = None) -> Answer:
        """An answer with citations, or a declined one; raises a KamervraagError that says what to do."""
        started = time.perf_counter()
        asked = checked(question)
        answer = self._answer(asked, stand_alone(asked, history), where)
        return answer.lasting(time.perf_counter() - started)

    def _answer(self, asked: str, whole: str, where: dict[str, Any] | None) -> Answer:
        store = self.store  # before the model: where there is no index, none need be loaded
        vector = self.embedder.embed_question(whole)
        hits = search(store, whole, vector, limit=PASSAGES_READ, where=where)
        reading = read(self.reader, store, whole, vector, hits)
        missing = missing_words(whole, store, [evidence.identity.id for evidence in reading.evidence[:1]])
        if missing or is_order(asked) or reading.answerable < weights().answer_from:
            return self._decline(asked, whole, reading, missing)
        claims, dropped = verify(compose(reading.evidence), store.text)
        if not claims:
            return self._decline(asked, whole, reading, missing, dropped)
        citations = [citation for claim in claims for citation in claim.citations]
        notes = (*_about(asked), *remarks(citations, lambda id: store.identity(id) is not None), *dropped)
        as_of = max((c.date for c in citations if c.date), default=None)
        return Answer(asked, whole, "quotes", claims, None, notes, as_of, documents=_cited(citations, reading.evidence))

    def search(self, question: str, *, limit: int, where: dict[str, Any] | None = None) -> list[Hit]:
        """The passages that come nearest to a question, best first."""
        return search(self.store, question, self.embedder.embed_question(question), limit=limit, where=where)

    def index(self, *, rebuild: bool = False, progress: Progress | None = None) -> Report:
        """Bring the index up to date with the letters that come with the program and those in the home folder."""
        folders = [SHIPPED_LETTERS, self.settings.home / "letters"]
        return index_folders(self.settings.home, folders, self.embedder, rebuild=rebuild, progress=progress)

    def status(self) -> Status:
        """What is in the index; needs no model."""
        store = Store(self.settings.home / "index")
        changed_at = store.setting("changed_at")
        return Status(
            **store.counts(),
            newest=store.newest_date(),
            changed_at=changed_at,
            home=self.settings.home,
            documents=tuple(store.identities()),
        )

    def _decline(self, asked: str, whole: str, reading: Reading, missing: list[str], dropped: tuple[str, ...] = ()) -> Answer:
        nearest = tuple(cite(e) for e in reading.evidence[:NEAREST_SHOWN])
        reason = "Dit staat niet in de stukken."
        if missing:
            reason += f" Nergens gevonden: {', '.join(missing)}."
        newest = self.store.newest_date()
        counted = self.store.counts()["letters"]
        searched = f"Doorzocht: {counted} {'stuk' if counted == 1 else 'stukken'}"
        notes = (*_about(asked), searched + (f", het nieuwste van {written_out(newest)}." if newest else "."), *dropped)
        documents = _cited(nearest, reading.evidence)
        return Answer(asked, whole, "quotes", (), Declined(reason, tuple(missing), nearest), notes, newest, documents=documents)


def _about(asked: str) -> tuple[str, ...]:
    """What to say of the question itself."""
    order = (NO_ORDERS,) if is_order(asked) else ()
    return order if looks_dutch(asked) else (*order, OTHER_LANGUAGE)


def _cited(citations: Iterable[Citation], evidence: Iterable[Evidence]) -> tuple[Identity, ...]:
    """The papers that the citations are from."""
    identities = {each.identity.id: each.identity for each in evidence}
    return tuple(identities[id] for id in dict.fromkeys(citation.document for citation in citations))


def _give_back_memory() -> None:
    """Loading leaves some 80 MB of freed memory with the C library; glibc gives it back when asked, others need not."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
