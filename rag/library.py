"""Keeping papers: what `add`, `follow`, `sync` and `remove` do, each followed by indexing what changed.

Wires the collection (`sources.collection`), the publisher (`sources.koop`) and the index; the command and the page use it.
One process syncs at a time. The addresses of the publisher are settings, so that a mirror can take their place.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index import Report
from index.indexer import Progress
from index.store import storage_errors
from rag.kamervraag import Kamervraag
from sources.collection import Collection, Followed, Visit, is_identifier
from sources.errors import IndexBusy, KamervraagError
from sources.http import Client, NotFound, SourceProblem
from sources.koop import DOCUMENTS, REPOSITORY, SEARCH, Koop
from sources.records import identifier_in
from sources.tweedekamer import DOCUMENT_NUMBER, FEED, ODATA, TweedeKamer

ADDRESSES = {"SEARCH": ("base_search", SEARCH), "DOCUMENTS": ("base_documents", DOCUMENTS), "REPOSITORY": ("base_repository", REPOSITORY)}

DOSSIER = r"[1-9]\d{4}(?:-[A-Z0-9]{1,5})?"  # as users type it


class NothingToAdd(KamervraagError):
    """What was given is no file, id or address of a paper."""


class DossierFailed(KamervraagError):
    """A dossier could not be visited; the message says why."""


@dataclass(frozen=True)
class Sync:
    """What one round brought: the visits that were made, why others failed, and what indexing did."""

    visits: tuple[Visit, ...]
    failed: dict[str, str]
    report: Report


class Library:
    """The papers of one program. The sources may be given; else they are made from the settings when first needed."""

    def __init__(self, kamervraag: Kamervraag, koop: Koop | None = None, tweede_kamer: TweedeKamer | None = None) -> None:
        self.kamervraag = kamervraag
        self.collection = Collection(kamervraag.settings.home)
        self._koop, self._tweede_kamer = koop, tweede_kamer

    @property
    def koop(self) -> Koop:
        """The publisher, at the addresses of KAMERVRAAG_KOOP_SEARCH, _DOCUMENTS and _REPOSITORY or its own."""
        if self._koop is None:
            bases = {argument: os.environ.get(f"KAMERVRAAG_KOOP_{name}") or usual for name, (argument, usual) in ADDRESSES.items()}
            self._koop = Koop(Client(contact_url=os.environ.get("KAMERVRAAG_CONTACT_URL")), **bases)
        return self._koop

    @property
    def tweede_kamer(self) -> TweedeKamer:
        """The Tweede Kamer, at the addresses of KAMERVRAAG_TK_ODATA and _FEED or its own."""
        if self._tweede_kamer is None:
            odata, feed = os.environ.get("KAMERVRAAG_TK_ODATA") or ODATA, os.environ.get("KAMERVRAAG_TK_FEED") or FEED
            client = Client(contact_url=os.environ.get("KAMERVRAAG_CONTACT_URL"))
            self._tweede_kamer = TweedeKamer(client, base_odata=odata, base_feed=feed)
        return self._tweede_kamer

    def add(self, wanted: Sequence[str], progress: Progress | None = None) -> tuple[list[str], Report]:
        """Add files, ids and addresses of papers, and index them; gives their names. Raises a KamervraagError for the first that fails."""
        added = [self._add(each) for each in wanted]
        return added, self.kamervraag.index(progress=progress)

    def fetch(self, wanted: Sequence[str], progress: Progress | None = None) -> tuple[list[str], Report]:
        """`add`, but a bare dossier ('27925') is followed and visited. Raises as `add` and `sync` do."""
        dossiers = [each for each in wanted if re.fullmatch(DOSSIER, each)]
        added, report = self.add([each for each in wanted if each not in dossiers], progress) if len(dossiers) < len(wanted) else ([], None)
        if dossiers:
            self.follow(dossiers)
            done = self.sync(progress)
            if done.failed:
                raise DossierFailed(" ".join(done.failed.values()))
            added += [id for visit in done.visits if visit.dossier in dossiers for id in (*visit.new, *visit.changed)]
            report = done.report
        return added, report or Report()

    def _add(self, wanted: str) -> str:
        if Path(wanted).is_file():
            return self.collection.add_file(Path(wanted))
        if DOCUMENT_NUMBER.fullmatch(wanted):
            return self._add_by_own_number(wanted)
        if not is_identifier(wanted):
            raise NothingToAdd(
                f"'{wanted}' is geen bestand en geen nummer van een stuk. Geef een bestand, of een nummer als kst-27925-692."
            )
        fetched = self.koop.fetch(identifier_in(wanted))
        self.collection.keep(fetched)
        return fetched.id

    def _add_by_own_number(self, number: str) -> str:
        """A paper by the number of the Tweede Kamer ('2020D01452'): the definitive text where there is one, else its own."""
        record = self.tweede_kamer.document(number)
        try:
            fetched = self.koop.fetch(record.koop_id) if record.koop_id else self.tweede_kamer.fetch(record)
        except NotFound:
            fetched = self.tweede_kamer.fetch(record)
        self.collection.keep(fetched)
        return fetched.id

    def remove(self, ids: Sequence[str]) -> Report:
        """Take papers away, and out of the index."""
        for id in ids:
            self.collection.remove(id)
        return self.kamervraag.index()

    def follow(self, dossiers: Sequence[str], since: dt.date | None = None) -> list[str]:
        """Follow dossiers; `sync` then fetches their papers."""
        return [self.collection.follow(dossier, since) for dossier in dossiers]

    def unfollow(self, dossiers: Sequence[str]) -> list[str]:
        """Follow them no longer; what was fetched stays."""
        return [self.collection.unfollow(dossier) for dossier in dossiers]

    def followed(self) -> dict[str, Followed]:
        """The followed dossiers."""
        return self.collection.followed()

    def sync(self, progress: Progress | None = None) -> Sync:
        """Visit every followed dossier once and index what changed. A dossier that fails is named, and the rest goes on."""
        tell = progress or (lambda *_: None)
        visits, failed = [], {}
        with self._only_one():
            self.collection.tidy()
            for dossier in self.followed():
                try:
                    visits.append(self.collection.visit(self.koop, dossier, tell, self.tweede_kamer))
                except SourceProblem as problem:
                    failed[dossier] = str(problem)
            return Sync(tuple(visits), failed, self.kamervraag.index(progress=progress))

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the lock on syncing, or say that somebody else does."""
        home = self.kamervraag.settings.home
        with storage_errors(home):
            home.mkdir(parents=True, exist_ok=True)
            lock = FileLock(home / "sync.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise IndexBusy("Een ander proces is al aan het bijwerken. Wacht tot dat klaar is en probeer het opnieuw.") from error
        try:
            yield
        finally:
            lock.release()
