"""Everything wired, once: the page, the command and the evaluation all ask through `Kamervraag.ask`.

`ask` is the table of contents of answering. Models and index are opened when first needed, or by `prepare`.
"""

import contextlib
import ctypes
import datetime as dt
import gc
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from index import PACKAGED, Embedder, Hit, Report, Store, check_settings, index_folders
from index.embedder import SentenceEmbedder
from index.indexer import Progress
from index.packed import packaged_weights
from index.store import DATABASE
from rag import llm
from rag.answer import Answer, Citation, Claim, Declined, Draft, cited_by
from rag.declining import able_to_answer, is_order
from rag.llm import Endpoint
from rag.question import Turn, checked, last_turn, looks_dutch, said_before, stand_alone
from rag.quotes import cite, compose, newest_first, overtaken
from rag.reading import Evidence, NoReader, Reader, Reading, read
from rag.remarks import remarks, superseded
from rag.scope import Filter, Scope, absent_papers, as_asked_of_it, names_papers, only, scope_of
from rag.search import search
from rag.texts import (
    LOOKED_THROUGH,
    LOOKED_THROUGH_UNDATED,
    NO_ORDERS,
    NOT_SURE,
    NOT_THERE,
    NOTHING_STOOD,
    NOWHERE,
    ONLY_QUOTES,
    OTHER_LANGUAGE,
    PAPER,
    PAPERS,
    Text,
    joined,
)
from rag.verify import verify
from sources import SHIPPED_LETTERS, Identity
from sources.collection import Collection
from sources.errors import BadSetting, IndexDamaged, NotInIndex
from sources.links import Link, LinkKind

CORES = os.cpu_count() or 1
TIDY_EVERY = 10  # questions after which the C library gives back what it kept
LOOKED_AT, PASSAGES_FOUND = 36, 12  # that the search gives, and that are read
ANSWER_FROM = 0.4  # the chance of an answer from which one is given
POSSIBLE_FROM = 0.2  # and from which what comes nearest is called possibly relevant
NEAREST_SHOWN = 3
FIRST_READ = "Waar gaan de stukken over?"
LONGEST_TIMEOUT_S = 3600.0


@dataclass(frozen=True)
class Settings:
    """What a user may set, by environment: where the data lie and which embedding model is used."""

    home: Path = field(default_factory=lambda: user_data_path("kamervraag", appauthor=False))
    model: str = PACKAGED
    llm: Endpoint | None = None

    @staticmethod
    def from_environment() -> "Settings":
        """KAMERVRAAG_HOME, KAMERVRAAG_MODEL and KAMERVRAAG_LLM_URL, _MODEL, _KEY and _TIMEOUT, each with its default."""
        given = {"home": os.environ.get("KAMERVRAAG_HOME"), "model": os.environ.get("KAMERVRAAG_MODEL")}
        set_values: dict[str, Any] = {key: value for key, value in given.items() if value}
        if "home" in set_values:
            set_values["home"] = Path(set_values["home"]).expanduser()
        return Settings(**set_values, llm=_endpoint_from_environment())


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


@dataclass(frozen=True)
class Neighbours:
    """The papers around one: what it names, each with the paper where that is in the index, and what names it."""

    paper: Identity
    cites: tuple[tuple[Link, Identity | None], ...]
    cited_by: tuple[tuple[Identity, LinkKind], ...]


class Kamervraag:
    """A question-answering program over one home folder. Safe to ask from many threads at once."""

    def __init__(self, settings: Settings, *, embedder: Embedder | None = None, reader: Reader | None = None) -> None:
        self.settings = settings
        self._given_embedder, self._given_reader = embedder, reader
        self._loading, self._opening = threading.RLock(), threading.Lock()
        self._opened: tuple[int | None, Store] | None = None  # the number of the index's file, and the index
        self._counting, self._being_answered, self._answered = threading.Lock(), 0, 0

    # -- parts, opened when needed ----------------------------------------------------------------------------

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model; it loads itself when the first text comes."""
        return self._given_embedder or SentenceEmbedder(self.settings.model)

    @cached_property
    def reader(self) -> Reader:
        """Who reads; without the packaged vocabulary there is none, and the judge decides alone."""
        if self._given_reader or not packaged_weights():
            return self._given_reader or NoReader()
        from rag.reader import TrainedReader  # heavy, and not needed to look at an index

        with self._loading:
            return self.__dict__.get("reader") or TrainedReader()

    @property
    def store(self) -> Store:
        """The index, opened for reading, and anew once it was rebuilt; raises IndexMissing, IndexMismatch or IndexDamaged."""
        folder = self.settings.home / "index"
        with self._opening:
            try:
                file = (folder / DATABASE).stat().st_ino
            except OSError:
                file = None  # none, or just being put in place
            if self._opened is None or file not in (None, self._opened[0]):
                store = Store(folder)
                check_settings(store, self.embedder.name)
                self._opened = (file, store)
            return self._opened[1]

    def prepare(self) -> None:
        """Load the models and open the index, so that the first question does not wait for it."""
        store = self.store
        vector = self.embedder.embed_question(FIRST_READ)
        with self._sharing_cores():
            read(self.reader, store, FIRST_READ, vector, search(store, FIRST_READ, vector, limit=PASSAGES_FOUND))
        _give_back_memory()

    # -- verbs ------------------------------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        *,
        everywhere: bool = False,
        draft: Draft | None = None,
    ) -> Answer:
        """An answer with citations, or a declined one; raises a KamervraagError that says what to do.

        `where` narrows the papers that are searched; so does a question that names one, unless `everywhere`. Who wants to
        read along while a language model writes gives a `draft`.
        """
        started = time.perf_counter()
        asked = checked(question)
        while True:
            known = self.store.setting("generation")  # before the model: where there is no index, none need be loaded
            try:
                answer = self._ask(asked, history, where or Filter(), everywhere, draft or Draft())
                return answer.lasting(time.perf_counter() - started)
            except IndexDamaged:
                if self.store.setting("generation") == known:
                    raise  # else a paper went while it was read, and the rest can be asked

    def _ask(self, asked: str, history: Sequence[Turn], where: Filter, everywhere: bool, draft: Draft) -> Answer:
        whole = stand_alone(asked, history)
        scope = scope_of(whole, self.store.identities()) if names_papers(whole) and not everywhere else Scope()
        with self._sharing_cores():
            answer = self._answer(asked, whole, history, self._letters(where, scope), scope, draft)
        return replace(answer, searched=self._searched(where, scope), named=bool(scope.letters))

    @contextlib.contextmanager
    def _sharing_cores(self) -> Iterator[None]:
        """As many threads for this question's models as there are cores for each question that is being answered now."""
        from rag.reader import use_threads  # heavy, and not needed to look at an index

        with self._counting:
            self._being_answered += 1
            use_threads(max(1, CORES // self._being_answered))
        try:
            yield
        finally:
            with self._counting:
                self._being_answered -= 1
                self._answered += 1
                tidy = self._answered % TIDY_EVERY == 0
            if tidy:
                _trim_heap()

    def _answer(self, asked: str, whole: str, history: Sequence[Turn], letters: list[str] | None, scope: Scope, draft: Draft) -> Answer:
        store, wanted = self.store, as_asked_of_it(whole) if scope.letters else whole
        vector = self.embedder.embed_question(wanted)
        found = search(store, wanted, vector, limit=LOOKED_AT, where=only(letters)) if letters != [] else []
        hits = able_to_answer(wanted, store, found)[:PASSAGES_FOUND]
        reading = read(self.reader, store, wanted, vector, hits, said_before(asked, history), last_turn(history))
        if is_order(asked) or reading.answerable < ANSWER_FROM:
            return self._decline(asked, whole, reading, letters, scope)
        engine, claims, dropped, model_failed = self._compose(whole, reading, draft)
        if not claims:
            return self._decline(asked, whole, reading, letters, scope, dropped)
        citations, (older, newer) = cited_by(claims), overtaken(claims, reading.evidence)
        about = (*_about(asked), *absent_papers(scope))
        gone = superseded(citations, store.links_to)
        notes = (*about, *gone, *remarks(citations, lambda id: self.paper(id) is not None, older, newer), *dropped)
        as_of = max((c.date for c in citations if c.date), default=None)
        return Answer(
            asked,
            whole,
            engine,
            claims,
            notes=notes,
            as_of=as_of,
            outdated=any(citation.document in gone.values() for citation in citations if citation not in older),
            overtaken=older,
            overtaking=newer,
            model_failed=model_failed,
            documents=_cited(citations, reading.evidence),
            read=_read(reading),
            chance=reading.answerable,
        )

    def _letters(self, where: Filter, scope: Scope) -> list[str] | None:
        """The ids of the papers to search, or None for all: those of the question that pass the filter, else all that pass."""
        if not where:
            return list(scope.letters) or None
        admitted = [identity.id for identity in self.store.identities() if where.admits(identity)]
        return [id for id in scope.letters if id in set(admitted)] if scope.letters else admitted

    def _extent(self, letters: list[str] | None) -> tuple[int, dt.date | None]:
        """How many papers were searched, and the date of the newest of them."""
        if letters is None:
            return self.store.letter_count(), self.store.newest_date()
        within = set(letters)
        dates = [identity.date for identity in self.store.identities() if identity.id in within]
        return len(dates), max(filter(None, dates), default=None)

    def _searched(self, where: Filter, scope: Scope) -> str | None:
        """To which papers the search was narrowed, in words."""
        identities = (self.store.identity(id) for id in scope.letters)
        names = [identity.name for identity in identities if identity]
        parts = [*names, *([where.described()] if where else [])]
        return joined(*parts, by="; ") if parts else None

    def _compose(self, whole: str, reading: Reading, draft: Draft) -> tuple[str, tuple[Claim, ...], tuple[str, ...], bool]:
        """(engine, claims that stand, what to tell, whether the model failed): the language model's where there is one and it holds, else quotes."""
        told: tuple[str, ...] = ()
        failed = False
        if self.settings.llm:
            draft.claims = ()
            try:
                for written in llm.compose(self.settings.llm, whole, reading.evidence, stop=lambda: draft.stopped):
                    claims, dropped = verify((written,), self.store.text)
                    draft.claims += claims
                    told += dropped
                if draft.claims:
                    return "llm", newest_first(draft.claims, reading.evidence), told, False
                told += (NOTHING_STOOD,)
            except llm.ModelTrouble as trouble:
                told, failed = (joined(trouble.args[0], ONLY_QUOTES),), True
        claims, dropped = verify(compose(reading.evidence), self.store.text)
        return "quotes", claims, (*told, *dropped), failed

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

    def references(self, id: str) -> Neighbours:
        """What a paper in the index cites and what cites it; needs no model. Raises NotInIndex."""
        store = Store(self.settings.home / "index")
        paper = self.paper(id, store)
        if paper is None:
            raise NotInIndex(id)
        cites = tuple((link, self.paper(link.document, store)) for link in store.links(paper.id))
        named = {id, paper.id, *paper.replaces}
        cited_by = {other.id: (other, kind) for name in sorted(named) for other, kind in store.links_to(name) if other.id != paper.id}
        return Neighbours(paper, cites, tuple(cited_by.values()))

    def paper(self, id: str, store: Store | None = None) -> Identity | None:
        """The paper with this id, or that a paper with this id has become; None where it is not in the index."""
        store = store or self.store
        return store.identity(id) or store.identity(Collection(self.settings.home).latest(id))

    def _decline(
        self, asked: str, whole: str, reading: Reading, letters: list[str] | None, scope: Scope, dropped: tuple[str, ...] = ()
    ) -> Answer:
        nearest = tuple(cite(e) for e in reading.evidence[:NEAREST_SHOWN])
        chance = 0.0 if is_order(asked) else reading.answerable
        possible = chance >= POSSIBLE_FROM and not dropped
        reason = NOT_SURE if possible else NOT_THERE
        if reading.missing:
            reason = joined(reason, Text(NOWHERE, ", ".join(reading.missing)))
        counted, newest = self._extent(letters)
        papers = PAPER if counted == 1 else PAPERS
        searched = Text(LOOKED_THROUGH, counted, papers, newest) if newest else Text(LOOKED_THROUGH_UNDATED, counted, papers)
        notes = (*_about(asked), *absent_papers(scope), searched, *superseded(nearest, self.store.links_to), *dropped)
        documents = _cited(nearest, reading.evidence)
        declined = Declined(reason, reading.missing, nearest, possible)
        return Answer(asked, whole, "quotes", (), declined, notes, newest, documents=documents, read=_read(reading), chance=chance)


def _read(reading: Reading) -> tuple[Citation, ...]:
    """All sentences that were read, the likeliest first."""
    return tuple(cite(evidence) for evidence in reading.evidence)


def _endpoint_from_environment() -> Endpoint | None:
    """The language model, where a URL is given."""
    values = {name: os.environ.get(f"KAMERVRAAG_LLM_{name}", "") for name in ("URL", "MODEL", "KEY", "TIMEOUT")}
    if not values["URL"]:
        return None
    try:
        timeout_s = float(values["TIMEOUT"] or Endpoint.timeout_s)
    except ValueError as error:
        raise BadSetting(f"KAMERVRAAG_LLM_TIMEOUT is geen getal: {values['TIMEOUT']}. Geef een aantal seconden, zoals 60.") from error
    if not 0 < timeout_s <= LONGEST_TIMEOUT_S:
        raise BadSetting(f"KAMERVRAAG_LLM_TIMEOUT is {values['TIMEOUT']}. Geef een aantal seconden tussen 0 en {LONGEST_TIMEOUT_S:.0f}.")
    return Endpoint(values["URL"], values["MODEL"] or "default", values["KEY"], timeout_s)


def _about(asked: str) -> tuple[str, ...]:
    """What to say of the question itself."""
    order = (NO_ORDERS,) if is_order(asked) else ()
    return order if looks_dutch(asked) else (*order, OTHER_LANGUAGE)


def _cited(citations: Iterable[Citation], evidence: Iterable[Evidence]) -> tuple[Identity, ...]:
    """The papers that the citations are from."""
    identities = {each.identity.id: each.identity for each in evidence}
    return tuple(identities[id] for id in dict.fromkeys(citation.document for citation in citations))


def _give_back_memory() -> None:
    """Loading leaves some 150 MB in cycles and with the C library."""
    gc.collect()
    _trim_heap()


def _trim_heap() -> None:
    """glibc gives back what it kept when asked (some ms); others need not be asked."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
