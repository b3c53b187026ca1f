"""The user's own papers: files in the folder `letters` of the home folder, and the dossiers that are followed.

A paper from the publisher lies there under its id, its `metadata.xml` beside it. A file appears whole or not at all, and
one whose bytes are what they were is left alone, so that nothing is indexed anew for nothing. The lists beside them are
those of `sources/state.py`.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from sources.errors import UnreadableLetter, storage_errors
from sources.feed import listen
from sources.folder import EXTENSIONS, letter_paths
from sources.http import NotFound, SourceProblem, TryLater
from sources.identifiers import parse
from sources.koop import Koop
from sources.metadata import of_record
from sources.reading import extension_of, format_of, read_file
from sources.records import TEMPORARY, Fetched, Record, identifier_or_none, is_attachment, is_dossier
from sources.state import FOLLOWED, PLACE, REMOVED, Followed, Lists, NotInCollection, holds, put
from sources.tweedekamer import TweedeKamer

LOOKED_AGAIN_AFTER = dt.timedelta(days=1)
RECENT = dt.timedelta(days=30)  # so long a paper may change while its source says that it did not
UNLISTED = "niet in de lijst"  # instead of a moment: the list misses this paper, and it is there all the same
KAMER = "Tweede Kamer"  # what failed, where its list did
Tell = Callable[[str, int, int], None]


@dataclass
class Visit:
    """What a visit to a dossier brought; `found` counts the papers that the sources list, `notes` says what was odd about them.

    `waiting` are the attachments among `failed` that the next visit need not ask for.
    """

    dossier: str
    found: int = 0
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fail(self, id: str, problem: SourceProblem) -> None:
        """Note what went wrong with a paper; an attachment may be large, so it is asked for at once only where that may help."""
        self.failed[id] = str(problem)
        self.waiting += [id] if is_attachment(id) and not isinstance(problem, TryLater) else []


class Collection(Lists):
    """The papers and followed dossiers of one home folder."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.folder = home / "letters"

    # -- papers ------------------------------------------------------------------------------------------------------

    def add_file(self, path: Path) -> str:
        """Copy a file that can be read as a paper, under the extension of what it is and a name that no other paper has.

        Gives its name there. Raises UnreadableLetter or StorageProblem.
        """
        read_file(path)
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            extension = extension_of(format_of(content), path)
            stem = self._free_stem(path.stem, extension, content)
            for suffix in (".json", ".metadata.xml"):
                if (beside := path.with_suffix(suffix)).is_file():
                    put(self.folder / f"{stem}{suffix}", beside.read_bytes())
            put(self.folder / f"{stem}{extension}", content)
        self.want_again(stem, f"{stem}{extension}")
        return f"{stem}{extension}"

    def add(self, fetched: Fetched) -> None:
        """Keep a paper that the user asked for by name, also if it was removed before."""
        self.keep(fetched)
        self.want_again(*_names_of(fetched.id))

    def keep(self, fetched: Fetched) -> bool:
        """Put a fetched paper in its place, and take away what it takes the place of; is anything different now?

        Raises UnreadableLetter for a kind of file that nobody here reads; then nothing has changed.
        """
        target = self.folder / f"{fetched.id}{extension_of(fetched.manifestation, Path(fetched.id))}"
        files = {self._beside(fetched): fetched.metadata or _described(fetched), target: fetched.content}
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            others = [file for file in self._files(fetched.id) if file not in files]
            different = [put(file, content) for file, content in files.items()]
            for file in others:
                file.unlink()
        replaced = {fetched.asked, *_names_of(fetched.id)} - {fetched.id}
        return any([*different, *(self._replace(old, fetched.id) for old in sorted(replaced))])

    def _beside(self, fetched: Fetched) -> Path:
        """Where the metadata of a fetched paper lie: as its publisher wrote them, or else as its source told."""
        return self.folder / f"{fetched.id}{'.metadata.xml' if fetched.metadata else '.json'}"

    def _free_stem(self, stem: str, extension: str, content: bytes) -> str:
        """'brief', or 'brief (2)' where another paper has that name."""
        names = chain([stem], (f"{stem} ({number})" for number in count(2)))
        return next(name for name in names if not self._files(name) or holds(self.folder / f"{name}{extension}", content))

    def tidy(self) -> None:
        """Take away what a run that was cut off left half-written."""
        with storage_errors(self.folder):
            lists = (file for name in (FOLLOWED, REMOVED, PLACE) for file in self.home.glob(f".{name}.*.new"))
            for file in (*self.folder.glob(".*.new"), *lists):
                file.unlink(missing_ok=True)

    def remove(self, id: str) -> None:
        """Take a paper away, by its id or its file's name, and let no visit bring it back; one that a visit could not get, too.

        Raises NotInCollection.
        """
        failed = {name for each in self.followed().values() for name in each.failed} - {KAMER}
        names = dict.fromkeys((id, Path(id).stem, self.latest(id)))
        there = [name for name in names if name in failed or self._files(name) or self._put_there(name)]
        if not there:
            raise NotInCollection(f"'{id}' zit niet bij uw eigen stukken. 'kamervraag list' laat zien wat er is.")
        self.keep_removed(id, there[0])
        self._drop(there[0])
        self._unlink(self._put_there(there[0]))
        if there[0] in failed:
            self.change_followed(lambda known: {code: _without_failure(each, there[0]) for code, each in known.items()})

    def _replace(self, old: str, new: str) -> bool:
        """Take away what has become another paper, and remember which; was it there?"""
        if not self._files(old):
            return False
        self.keep_latest(old, new)  # before the paper goes: a crash in between leaves both, and the next visit goes on
        return self._drop(old)

    def _drop(self, id: str) -> bool:
        files = self._files(id)
        self._unlink(files)
        return bool(files)

    def _unlink(self, files: Iterable[Path]) -> None:
        with storage_errors(self.folder):
            for file in files:
                file.unlink()

    def _files(self, id: str) -> list[Path]:
        """The files of a paper; a name that climbs out of the folder has none."""
        if not id or Path(id).name != id or id in (".", ".."):
            return []
        names = [f"{id}{extension}" for extension in (*EXTENSIONS, ".json", ".metadata.xml")]
        with storage_errors(self.folder):
            return [file for name in names if (file := self.folder / name).is_file()]

    def _put_there(self, id: str) -> list[Path]:
        """The files of a paper that a user put in the folder, in whatever folder below it and with whatever capitals in 'PDF'."""
        with storage_errors(self.folder):
            letters = [path for path in letter_paths(self.folder) if path.stem == id]
            beside = [path.with_suffix(suffix) for path in letters for suffix in (".json", ".metadata.xml")]
            return [*letters, *filter(Path.is_file, dict.fromkeys(beside))]

    # -- visits ----------------------------------------------------------------------------------------------------------

    def listen(self, tweede_kamer: TweedeKamer, tell: Tell = lambda *_: None) -> SourceProblem | None:
        """Hear from the Tweede Kamer's feed in which followed dossiers something changed; gives what kept it from being heard.

        Those dossiers are noted as due before the place in the feed is, so that a crash in between loses no change: the same
        ones are then heard again. A dossier stays due until a visit has dealt with it.
        """
        papers = {code: {*known.guids} for code, known in self.followed().items() if is_dossier(code)}
        heard = listen(tweede_kamer, self.place(), papers, tell)
        self.change_followed(lambda known: {code: replace(each, due=each.due or code in heard.dossiers) for code, each in known.items()})
        self.keep_place(heard.place)
        return heard.problem

    def visit(self, koop: Koop, dossier: str, tell: Tell = lambda *_: None, tweede_kamer: TweedeKamer | None = None) -> Visit:
        """Look at a followed dossier once: fetch what is new or may have changed, drop what was withdrawn or replaced.

        What the publisher does not have yet comes from the Tweede Kamer, where that is given, until the publisher has it; it is
        asked when the dossier is due, once a day, and when an early paper may have been published. A paper that cannot be
        fetched now is named, and tried again at the next visit; the rest goes on. Raises SourceProblem when the publisher's
        list itself cannot be had; then nothing has changed.
        """
        before = self.followed()[dossier]
        since = dt.date.fromisoformat(before.since) if before.since else None
        records = {record.id: record for record in koop.search(dossier=dossier, since=since, attachments=True)}
        visit, now = Visit(dossier, found=len(records)), dt.datetime.now(dt.UTC)
        seen = {id: moment for id, moment in before.seen.items() if id in records}
        overtaken = {old for id in records for old in _names_of(id)[1:]}  # what a reprint replaces may be listed beside it
        looks_again = not before.looked_at or abs(now - dt.datetime.fromisoformat(before.looked_at).astimezone()) > LOOKED_AGAIN_AFTER
        fresh = self._fresh((r for r in records.values() if r.id not in overtaken), before, now.date() if looks_again else None)
        if not looks_again:
            visit.waiting = [id for id in before.waiting if id in before.failed and (id in records or id in before.seen)]
            visit.failed |= {id: before.failed[id] for id in visit.waiting}
            fresh = [record for record in fresh if record.id not in visit.failed]
        self._expect(before, {record.id for record in fresh})
        for done, record in enumerate(fresh):
            tell(f"Ophalen {dossier}", done, len(fresh))
            if fetched := self._take(koop, record, visit, is_new=not before.seen.get(record.id)):
                seen[record.id] = _moment(record)
                seen |= dict.fromkeys({*fetched.record.attachments} - records.keys() - seen.keys(), "")  # the list can miss some
        for id in ({*before.seen} | {*seen}) - records.keys() - self.removed():
            earlier = before.seen.get(id, "")
            if id in overtaken or id in visit.waiting or (earlier == UNLISTED and not looks_again):
                if self._files(id) or id in visit.waiting:  # what is replaced stays until what replaces it can be fetched
                    seen[id] = earlier
            else:
                self._look_for_absent(koop, id, visit, seen, earlier)
        gone = tuple(sorted({*before.gone, *visit.withdrawn} - seen.keys()))
        after = before
        if tweede_kamer and (before.due or looks_again or (fresh and before.early)):
            after = self._visit_early(tweede_kamer, before, _same_papers(records.values(), gone), visit)
        else:
            visit.found += len(before.early)
            visit.failed |= {id: reason for id, reason in before.failed.items() if id in before.early}
        at = now.isoformat(timespec="seconds")
        looked_at = at if looks_again else before.looked_at
        removed = self.removed()  # since the visit began, too
        failed = {id: reason for id, reason in visit.failed.items() if id not in removed}
        after = replace(after, seen=seen, failed=failed, waiting=tuple(visit.waiting), gone=gone)
        self.keep_visited(replace(after, visited_at=at, looked_at=looked_at))
        return visit

    def _fresh(self, listed: Iterable[Record], before: Followed, today: dt.date | None) -> list[Record]:
        """What to fetch: what is new, changed or not here; given the day, also what may have changed in silence. Not what was removed."""
        removed = self.removed()
        return [
            record
            for record in listed
            if not removed.intersection(_names_of(record.id))
            and (
                before.seen.get(record.id) != _moment(record)
                or not self._files(record.id)
                or (today is not None and _may_differ(record, today))
            )
        ]

    def _expect(self, before: Followed, fresh: Set[str], early: Set[str] = frozenset()) -> None:
        """Note what is about to be fetched as seen at no moment, so that after a crash the next visit knows whose it is."""
        if fresh or early:
            seen, expected = dict.fromkeys(fresh, "") | before.seen, dict.fromkeys(early, "") | before.early
            self.keep_visited(replace(before, seen=seen, early=expected))

    def _visit_early(
        self, tweede_kamer: TweedeKamer, before: Followed, published: Callable[[Record], str | None], visit: Visit
    ) -> Followed:
        """Fetch what only the Tweede Kamer has; it goes when the publisher has it, or nobody any more. Gives what is known after it.

        The id is the one that the publisher will use where that is certain, so that a citation of the early text still
        leads to the paper; else the Tweede Kamer's own number.
        """
        try:
            since = dt.date.fromisoformat(before.since) if before.since else None
            records = list(tweede_kamer.documents(before.dossier, since=since))
        except SourceProblem as problem:
            visit.failed[KAMER] = str(problem)
            return replace(before, due=True)
        early: dict[str, str] = {}
        removed = self.removed()
        unpublished = [
            record for record in records if not published(record) and not removed & {record.id, record.document_number, *record.koop_ids}
        ]
        visit.found += len(unpublished)
        self._expect(self.followed().get(before.dossier, before), set(), {record.id for record in unpublished} - before.early.keys())
        for record in unpublished:
            self._take_early(tweede_kamer, record, before, visit, early)
        by_name = {name: record for record in records for name in (record.document_number, record.id) if name}
        for id in before.early.keys() - early.keys() - visit.failed.keys():
            known = by_name.get(id)
            now = published(known) if known else None
            if now is None:
                visit.withdrawn += [id] if self._drop(id) else []
            elif id != now:  # kept under the Tweede Kamer's own number; the publisher has it under another
                self._replace(id, now)
        failed = any(early.get(record.id) != _moment(record) for record in unpublished)
        return replace(before, early=early, due=failed, guids=tuple(sorted(record.guid for record in records if record.guid)))

    def _take_early(self, tweede_kamer: TweedeKamer, record: Record, before: Followed, visit: Visit, early: dict[str, str]) -> None:
        """Fetch an early paper unless it is what it was; one of a kind that nobody here reads, only when its source changed it."""
        id, moment, known = record.id, _moment(record), before.early.get(record.id)
        there = bool(self._files(id))
        if known == moment and (there or id in before.failed):
            early[id] = moment
            visit.failed |= {} if there else {id: before.failed[id]}
            return
        try:
            fetched = tweede_kamer.fetch(record)
            if self.keep(fetched):
                (visit.changed if known else visit.new).append(id)
        except UnreadableLetter as problem:
            visit.failed[id] = problem.reason
        except SourceProblem as problem:
            visit.failed[id] = str(problem)
            early |= {id: known or ""} if there else {}
            return
        else:
            visit.notes += _notes(fetched)
        early[id] = moment

    def _take(self, koop: Koop, record: Record, visit: Visit, *, is_new: bool) -> Fetched | None:
        try:
            fetched = koop.fetch(record)
        except SourceProblem as problem:
            visit.fail(record.id, problem)
            return None
        if self.keep(fetched):
            (visit.new if is_new else visit.changed).append(fetched.id)
        visit.notes += _notes(fetched)
        return fetched

    def _look_for_absent(self, koop: Koop, id: str, visit: Visit, seen: dict[str, str], moment: str) -> None:
        """A paper that the list does not have: gone at the source, under another number now, or only missing in the list."""
        try:
            fetched = koop.fetch(id)
        except NotFound:
            seen.pop(id, None)
            if self._drop(id):
                visit.withdrawn.append(id)
        except SourceProblem as problem:
            visit.fail(id, problem)
            seen[id] = moment
        else:
            if self.keep(fetched) and not moment:
                visit.new.append(fetched.id)
            if fetched.id == id:
                seen[id] = UNLISTED


def _without_failure(followed: Followed, id: str) -> Followed:
    return replace(followed, failed={other: reason for other, reason in followed.failed.items() if other != id})


def _same_papers(published: Iterable[Record], gone: Iterable[str]) -> Callable[[Record], str | None]:
    """Under which id the publisher has a paper that the Tweede Kamer lists, or withdrew it; None where it has not had it."""
    listed = list(published)
    names = {id: id for id in gone}
    for record in listed:
        names |= dict.fromkeys(_names_of(record.id), record.id)  # a correction is the paper that it corrects
    temporary = [record for record in listed if TEMPORARY.fullmatch(record.id)]

    def published_as(early: Record) -> str | None:
        if known := [names[id] for id in (early.id, *early.koop_ids) if id in names]:
            return known[0]
        days = {early.dates.document, early.dates.issued, early.dates.letter} - {None}
        for record in temporary:
            if early.title and early.title.lower() in record.title.lower() and days & {record.dates.document, record.dates.issued}:
                return record.id
        return None

    return published_as


def _moment(record: Record) -> str:
    """What the source says of when a paper changed, and its status: other words mean 'look again', no more."""
    return f"{record.modified or ''} {record.status or ''}".strip()


def _may_differ(record: Record, today: dt.date) -> bool:
    """Can a paper have changed though its source does not say so? It may have no moment, and a new one is corrected in silence."""
    dates = record.dates
    days = (dates.document, dates.issued, dates.published)
    return not record.modified or any(day and today - day <= RECENT for day in days)


def _names_of(id: str) -> tuple[str, ...]:
    """The id, and those that it takes the place of as a correction or reprint."""
    official = parse(id)
    return (id, *(official.overtakes if official else ()))


def _notes(fetched: Fetched) -> list[str]:
    return [f"{fetched.id}: {note}" for note in fetched.notes]


def _described(fetched: Fetched) -> bytes:
    told = of_record(fetched.record, fetched.record.urls.get("file") or fetched.url)
    return (json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n").encode()


def is_identifier(text: str) -> bool:
    """Is this an official id, or an address that ends in one?"""
    return identifier_or_none(text) is not None
