"""Keeping papers: what `add`, `follow`, `sync` and `remove` do, each followed by indexing what changed.

Wires the collection (`sources.collection`), the publisher (`sources.koop`) and the index; the command and the page use it.
One process syncs at a time. The addresses of the publisher are settings, so that a mirror can take their place.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from index import Report
from index.indexer import Progress
from rag.kamervraag import Kamervraag
from sources.collection import Collection, Visit, is_identifier
from sources.errors import IndexBusy, KamervraagError, storage_errors
from sources.http import Client, NotFound, SourceProblem, host_of
from sources.koop import DOCUMENTS, REPOSITORY, SEARCH, Koop
from sources.records import Fetched, NotAnIdentifier, Record, dossier_code, identifier_in, is_attachment
from sources.state import Followed
from sources.tweedekamer import CASE_NUMBER, DOCUMENT_NUMBER, FEED, ODATA, TweedeKamer

PUBLISHER = {  # what a connector calls an address -> its setting, and what it is without
    "base_search": ("KAMERVRAAG_KOOP_SEARCH", SEARCH),
    "base_documents": ("KAMERVRAAG_KOOP_DOCUMENTS", DOCUMENTS),
    "base_repository": ("KAMERVRAAG_KOOP_REPOSITORY", REPOSITORY),
}
CHAMBER = {"base_odata": ("KAMERVRAAG_TK_ODATA", ODATA), "base_feed": ("KAMERVRAAG_TK_FEED", FEED)}
DOSSIER = r"[1-9]\d{4}(?:-[A-Za-z0-9]{1,5}|[A-Za-z]{1,5})?|[IVXLC]{2,}"  # as users type it


Take = Callable[[str, list[str]], list[str]]  # (what is wanted, notes to add to) -> the names of what came


class NothingToAdd(KamervraagError):
    """What was given is no file, id or address of a paper."""


class DossierFailed(KamervraagError):
    """There are no papers in a dossier that was to be added."""


@dataclass
class Brought:
    """What adding brought: the names of what came, why other things that were asked for did not, and what is odd."""

    asked: int
    added: list[str] = field(default_factory=list)
    failed: dict[str, KamervraagError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    report: Report = field(default_factory=Report)


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
            self._koop = Koop(_client(PUBLISHER), **_addresses(PUBLISHER))
        return self._koop

    @property
    def tweede_kamer(self) -> TweedeKamer:
        """The Tweede Kamer, at the addresses of KAMERVRAAG_TK_ODATA and _FEED or its own."""
        if self._tweede_kamer is None:
            self._tweede_kamer = TweedeKamer(_client(CHAMBER), **_addresses(CHAMBER))
        return self._tweede_kamer

    def bring(
        self, *, files: Sequence[Path] = (), typed: Sequence[str] = (), dossiers: Sequence[str] = (), progress: Progress | None = None
    ) -> Brought:
        """Add files and what was typed: ids and addresses of papers, numbers of the Tweede Kamer. Follow and visit dossiers. Index all.

        What is typed is never the name of a file, so anybody may type it. One thing that cannot be had stops no other.
        """
        steps: list[tuple[str, Take]] = [
            *((str(file), self._add_file) for file in files),
            *((each, partial(self._add_typed, progress=progress)) for each in typed),
            *((dossier, partial(self._add_dossier, progress=progress)) for dossier in dossiers),
        ]
        brought = Brought(len(steps))
        for wanted, take in steps:
            try:
                brought.added += take(wanted, brought.notes)
            except KamervraagError as error:
                brought.failed[wanted] = error
        if len(brought.failed) < brought.asked:
            brought.report = self.kamervraag.index(progress=progress)
        return brought

    def _add_file(self, path: str, notes: list[str]) -> list[str]:
        return [self.collection.add_file(Path(path))]

    def _add_typed(self, wanted: str, notes: list[str], progress: Progress | None) -> list[str]:
        if CASE_NUMBER.fullmatch(wanted):
            return self._add_case(wanted, notes, progress)
        if DOCUMENT_NUMBER.fullmatch(wanted):
            found = self._definitive(self.tweede_kamer.document(wanted))
        elif is_identifier(wanted):
            found = self.koop.fetch(identifier_in(wanted))
        else:
            raise NothingToAdd(
                f"'{wanted}' is geen bestand en geen nummer van een stuk. Geef een bestand, of een nummer als kst-27925-692."
            )
        return self._take(found, notes, progress)

    def _add_case(self, case: str, notes: list[str], progress: Progress | None) -> list[str]:
        """The papers of a 'zaak'; one that cannot be had stops no other, and is an error where it is the only one."""
        records = self.tweede_kamer.papers_of(case)
        added = []
        for done, record in enumerate(records):
            if progress:
                progress("Ophalen", done, len(records))
            try:
                added += self._take(self._definitive(record), notes, progress)
            except KamervraagError as problem:
                if len(records) == 1:
                    raise
                notes.append(f"{record.id}: {problem}")
        return added

    def _take(self, found: Fetched, notes: list[str], progress: Progress | None) -> list[str]:
        """Keep a paper, or what came in its place, and its attachments."""
        fetched = self._newest(found, notes)
        self.collection.add(fetched)
        notes += (f"{fetched.id}: {note}" for note in fetched.notes)
        return [fetched.id, *self._add_attachments(fetched, notes, progress or (lambda *_: None))]

    def _add_attachments(self, fetched: Fetched, notes: list[str], tell: Progress) -> list[str]:
        """Keep the attachments of a paper that the publisher has, but for those that were removed; one that fails stops no other."""
        if fetched.record.source != "koop" or is_attachment(fetched.id):
            return []
        named, added = {*fetched.record.attachments}, []
        try:
            named |= {record.id for record in self.koop.attachments(fetched.id)}
        except SourceProblem as problem:
            notes.append(f"{fetched.id}: niet alle bijlagen zijn gezocht. {problem}")
        for done, id in enumerate(sorted(named - self.collection.removed())):
            tell("Bijlagen ophalen", done, len(named))
            try:
                self.collection.keep(self.koop.fetch(id))
                added.append(id)
            except KamervraagError as problem:
                notes.append(f"{id}: {problem}")
        return added

    def _newest(self, fetched: Fetched, notes: list[str]) -> Fetched:
        """The paper that the publisher says has come in the place of this one, if it can be had."""
        seen = {fetched.id}
        while later := next((id for id in reversed(fetched.record.replaced_by) if id not in seen), None):
            seen.add(later)
            try:
                newer = self.koop.fetch(later)
            except SourceProblem as problem:
                notes.append(f"{fetched.id} is vervangen door {later}, maar dat kan nu niet worden opgehaald. {problem}")
                break
            notes.append(f"{fetched.id} is vervangen door {newer.id}; dat is toegevoegd.")
            fetched = newer
        return fetched

    def _definitive(self, record: Record) -> Fetched:
        """A paper that the Tweede Kamer lists: the definitive text where there is one, else its own."""
        try:
            return self.koop.fetch(record.koop_id) if record.koop_id else self.tweede_kamer.fetch(record)
        except NotFound:
            return self.tweede_kamer.fetch(record)

    def _add_dossier(self, dossier: str, notes: list[str], progress: Progress | None) -> list[str]:
        """Follow a dossier and visit it, no other; one in which there is nothing is not followed."""
        code = dossier_code(dossier)
        is_new = code not in self.followed()
        self.collection.follow(code)
        with self._only_one():
            visit = self.collection.visit(self.koop, code, progress or (lambda *_: None), self.tweede_kamer)
        notes += [*visit.notes, *(f"{name}: {reason}" for name, reason in visit.failed.items())]
        if not visit.found and not visit.failed:
            if is_new:
                self.collection.unfollow(code)
            raise DossierFailed(f"In dossier {code} zijn geen stukken gevonden. Controleer het nummer.")
        return [*visit.new, *visit.changed]

    def remove(self, ids: Sequence[str]) -> Report:
        """Take papers away, and out of the index, also where one of them is not there."""
        for done, id in enumerate(ids):
            try:
                self.collection.remove(id)
            except KamervraagError:
                if done:
                    self.kamervraag.index()
                raise
        return self.kamervraag.index()

    def follow(self, dossiers: Sequence[str], since: dt.date | None = None) -> list[str]:
        """Follow dossiers, all or none; `sync` then fetches their papers."""
        codes = [dossier_code(dossier) for dossier in dossiers]
        return [self.collection.follow(code, since) for code in codes]

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
            unheard = self._listen(tell)
            for dossier in self.followed():
                try:
                    visits.append(self.collection.visit(self.koop, dossier, tell, self.tweede_kamer))
                except NotAnIdentifier as problem:
                    failed[dossier] = f"{problem} Haal dit weg met 'kamervraag unfollow {dossier}'."
                except KamervraagError as problem:
                    failed[dossier] = str(problem)
            report = self.kamervraag.index(progress=progress)
            report.notes += unheard
            return Sync(tuple(visits), failed, report)

    def _listen(self, tell: Progress) -> list[str]:
        """Hear where something changed at the Tweede Kamer; says what went wrong where that cannot be heard."""
        problem: KamervraagError | None
        try:
            problem = self.collection.listen(self.tweede_kamer, tell) if self.followed() else None
        except KamervraagError as trouble:
            problem = trouble
        return (
            [f"De wijzigingen bij de Tweede Kamer zijn niet gelezen; elk gevolgd dossier is apart nagevraagd. {problem}"] if problem else []
        )

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


def _addresses(source: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The addresses of a source: as the settings have them, or its own."""
    return {argument: os.environ.get(setting) or usual for argument, (setting, usual) in source.items()}


def _client(source: Mapping[str, tuple[str, str]]) -> Client:
    """A way to a source; a host that the owner has set may lie in the own network, any other may not."""
    own = frozenset(host_of(os.environ[setting]) for setting, _usual in source.values() if os.environ.get(setting))
    return Client(contact_url=os.environ.get("KAMERVRAAG_CONTACT_URL"), own_hosts=own)
