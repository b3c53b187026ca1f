"""The user's own papers: files in the folder `letters` of the home folder, and the dossiers that are followed.

A paper from the publisher lies there under its id, its `metadata.xml` beside it. A file appears whole or not at all, and
one whose bytes are what they were is left alone, so that nothing is indexed anew for nothing. `followed.json` says which
dossiers are followed, since when, and what happened at the last visit; `earlier-ids.txt` which id became which.
"""

import contextlib
import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sources.errors import KamervraagError, StorageProblem
from sources.folder import EXTENSIONS
from sources.http import NotFound, SourceProblem, TryLater
from sources.identifiers import parse
from sources.koop import Koop
from sources.reading import read_file
from sources.records import TEMPORARY, Fetched, Record, dossier_code, identifier_or_none
from sources.tweedekamer import TweedeKamer

FOLLOWED = "followed.json"
EARLIER = "earlier-ids.txt"  # lines 'earlier now', only ever added to
Tell = Callable[[str, int, int], None]


class NotInCollection(KamervraagError):
    """What should be removed or unfollowed is not there."""


@dataclass(frozen=True)
class Followed:
    """A followed dossier: from which day on, when it was last visited, and what its papers looked like at the source then.

    `seen` maps an id to the moment that the source last changed it; that moment only says what to look at again.
    `failed` maps an id to what went wrong with it; `early` is as `seen`, of papers that only the Tweede Kamer has so far;
    `gone` are those that the publisher withdrew, which the Tweede Kamer may still list.
    """

    dossier: str
    since: str | None = None
    visited_at: str | None = None
    seen: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    early: dict[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


@dataclass
class Visit:
    """What a visit to a dossier brought."""

    dossier: str
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


class Collection:
    """The papers and followed dossiers of one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "letters"

    # -- papers ------------------------------------------------------------------------------------------------------

    def add_file(self, path: Path) -> str:
        """Copy a file that can be read as a paper; gives its name there. Raises UnreadableLetter or StorageProblem."""
        read_file(path)
        with _storage(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for file in (path, path.with_suffix(".json"), path.with_suffix(".metadata.xml")):
                if file.is_file() and file.resolve() != (self.folder / file.name).resolve():
                    _write(self.folder / file.name, file.read_bytes())
        return path.name

    def keep(self, fetched: Fetched) -> bool:
        """Put a fetched paper in its place, and take away what it takes the place of; is anything different now?"""
        target = self.folder / f"{fetched.id}.{fetched.manifestation}"
        with _storage(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            same = target.is_file() and target.read_bytes() == fetched.content
            others = [file for file in self._files(fetched.id) if file != target and not file.name.endswith(".metadata.xml")]
            if fetched.metadata:
                _write(self.folder / f"{fetched.id}.metadata.xml", fetched.metadata)
            if not same:
                _write(target, fetched.content)
            for file in others:
                file.unlink()
        corrected = getattr(parse(fetched.id), "replaces", None)
        replaced = {fetched.asked, *([corrected] if corrected else [])} - {fetched.id}
        return bool([self._replace(old, fetched.id) for old in sorted(replaced)].count(True)) or not same

    def tidy(self) -> None:
        """Take away what a run that was cut off left half-written."""
        with _storage(self.folder):
            for file in (*self.folder.glob(".*.new"), *self.home.glob(f".{FOLLOWED}.*.new")):
                file.unlink(missing_ok=True)

    def remove(self, id: str) -> None:
        """Take a paper away, by its id or its file's name; raises NotInCollection."""
        if not any(self._drop(name) for name in (id, Path(id).stem, self.latest(id))):
            raise NotInCollection(f"'{id}' zit niet bij uw eigen stukken. 'kamervraag list' laat zien wat er is.")

    def latest(self, id: str) -> str:
        """The id under which a paper is kept now, so that what cited it under an earlier one still leads to it."""
        file = self.home / EARLIER
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        became = dict(line.split(" ", 1) for line in lines if " " in line)
        seen = {id}
        while (later := became.get(id)) and later not in seen:
            seen.add(later)
            id = later
        return id

    def _replace(self, old: str, new: str) -> bool:
        """Take away what has become another paper, and remember which; was it there?"""
        if not self._files(old):
            return False
        with _storage(self.home), (self.home / EARLIER).open("a", encoding="utf-8") as file:
            file.write(f"{old} {new}\n")  # before the paper goes: a crash in between leaves both, and the next visit goes on
        return self._drop(old)

    def _drop(self, id: str) -> bool:
        files = self._files(id)
        with _storage(self.folder):
            for file in files:
                file.unlink()
        return bool(files)

    def _files(self, id: str) -> list[Path]:
        """The files of a paper; a name that climbs out of the folder has none."""
        if not id or Path(id).name != id or id in (".", ".."):
            return []
        names = [f"{id}{extension}" for extension in (*EXTENSIONS, ".json", ".metadata.xml")]
        return [file for name in names if (file := self.folder / name).is_file()]

    # -- followed dossiers ---------------------------------------------------------------------------------------------

    def followed(self) -> dict[str, Followed]:
        """The followed dossiers; raises StorageProblem when what says so cannot be read."""
        file = self.home / FOLLOWED
        if not file.is_file():
            return {}
        try:
            stored: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
            return {dossier: Followed(**(values | {"gone": tuple(values.get("gone", ()))})) for dossier, values in stored.items()}
        except (OSError, ValueError, TypeError) as error:
            raise StorageProblem(
                f"{file} kan niet worden gelezen. Herstel of verwijder dat bestand en volg de dossiers opnieuw."
            ) from error

    def follow(self, dossier: str, since: dt.date | None = None) -> str:
        """Follow a dossier from a day on; one that is followed keeps what is known of it. Gives its code; raises NotAnIdentifier."""
        code = dossier_code(dossier)
        known = self.followed()
        followed = known.get(code, Followed(code))
        self._keep_followed(known | {code: replace(followed, since=since.isoformat() if since else followed.since)})
        return code

    def unfollow(self, dossier: str) -> str:
        """Follow a dossier no longer; its papers stay. Raises NotInCollection."""
        code = dossier_code(dossier)
        known = self.followed()
        if code not in known:
            raise NotInCollection(f"Dossier {code} wordt niet gevolgd. 'kamervraag list' laat zien welke wel.")
        self._keep_followed({other: values for other, values in known.items() if other != code})
        return code

    def _keep_followed(self, followed: dict[str, Followed]) -> None:
        stored = {dossier: asdict(values) for dossier, values in sorted(followed.items())}
        with _storage(self.home):
            self.home.mkdir(parents=True, exist_ok=True)
            _write(self.home / FOLLOWED, (json.dumps(stored, indent=1) + "\n").encode())

    # -- visits ----------------------------------------------------------------------------------------------------------

    def visit(self, koop: Koop, dossier: str, tell: Tell = lambda *_: None, tweede_kamer: TweedeKamer | None = None) -> Visit:
        """Look at a followed dossier once: fetch what is new or may have changed, drop what was withdrawn or replaced.

        What the publisher does not have yet comes from the Tweede Kamer, where that is given, until the publisher has it. A
        paper that cannot be fetched now is named, and tried again at the next visit; the rest goes on. Raises SourceProblem
        when the publisher's list itself cannot be had; then nothing has changed.
        """
        before = self.followed()[dossier]
        records = {r.id: r for r in koop.search(dossier=dossier, since=dt.date.fromisoformat(before.since) if before.since else None)}
        visit = Visit(dossier)
        seen = {id: moment for id, moment in before.seen.items() if id in records}
        overtaken = {getattr(parse(id), "replaces", None) for id in records}  # a reprint may be listed beside what it replaces
        wanted = [record for record in records.values() if record.id not in overtaken]
        fresh = [record for record in wanted if before.seen.get(record.id) != _moment(record) or not self._files(record.id)]
        self._expect(before, {record.id for record in fresh})
        for done, record in enumerate(fresh):
            tell(f"Ophalen {dossier}", done, len(fresh))
            if self._take(koop, record, visit, is_new=not before.seen.get(record.id)):
                seen[record.id] = _moment(record)
        for id in before.seen.keys() - records.keys():
            self._look_for_absent(koop, id, visit, seen, before.seen[id])
        gone = tuple(sorted({*before.gone, *visit.withdrawn} - seen.keys()))
        early = before.early
        if tweede_kamer:
            early = self._visit_early(tweede_kamer, before, _same_papers(records.values(), gone), visit)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._keep_visited(Followed(dossier, before.since, now, seen, visit.failed, early, gone))
        return visit

    def _expect(self, before: Followed, fresh: Set[str], early: Set[str] = frozenset()) -> None:
        """Note what is about to be fetched as seen at no moment, so that after a crash the next visit knows whose it is."""
        if fresh or early:
            seen, expected = dict.fromkeys(fresh, "") | before.seen, dict.fromkeys(early, "") | before.early
            self._keep_visited(replace(before, seen=seen, early=expected))

    def _keep_visited(self, visited: Followed) -> None:
        """Unless the dossier is followed no longer since the visit began."""
        known = self.followed()
        if visited.dossier in known:
            self._keep_followed(known | {visited.dossier: visited})

    def _visit_early(
        self, tweede_kamer: TweedeKamer, before: Followed, published: Callable[[Record], str | None], visit: Visit
    ) -> dict[str, str]:
        """Papers that only the Tweede Kamer has: id -> its moment. They go when the publisher has them, or nobody any more.

        The id is the one that the publisher will use where that is certain, so that a citation of the early text still
        leads to the paper; else the Tweede Kamer's own number.
        """
        try:
            since = dt.date.fromisoformat(before.since) if before.since else None
            records = list(tweede_kamer.documents(before.dossier, since=since))
        except SourceProblem as problem:
            visit.failed["Tweede Kamer"] = str(problem)
            return before.early
        early: dict[str, str] = {}
        unpublished = [record for record in records if not published(record)]
        self._expect(self.followed().get(before.dossier, before), set(), {record.id for record in unpublished} - before.early.keys())
        for record in unpublished:
            id = record.id
            if before.early.get(id) != _moment(record) or not self._files(id):
                try:
                    fetched = tweede_kamer.fetch(record)
                except SourceProblem as problem:
                    visit.failed[id] = str(problem)
                    continue
                if self.keep(fetched):
                    (visit.changed if before.early.get(id) else visit.new).append(id)
            early[id] = _moment(record)
        by_name = {name: record for record in records for name in (record.document_number, record.id) if name}
        for id in before.early.keys() - early.keys() - visit.failed.keys():
            known = by_name.get(id)
            now = published(known) if known else None
            if now is None:
                visit.withdrawn += [id] if self._drop(id) else []
            elif id != now:  # kept under the Tweede Kamer's own number; the publisher has it under another
                self._replace(id, now)
        return early

    def _take(self, koop: Koop, record: Record, visit: Visit, *, is_new: bool) -> bool:
        try:
            fetched = koop.fetch(record)
        except SourceProblem as problem:
            visit.failed[record.id] = str(problem)
            return False
        if self.keep(fetched):
            (visit.new if is_new else visit.changed).append(fetched.id)
        return True

    def _look_for_absent(self, koop: Koop, id: str, visit: Visit, seen: dict[str, str], moment: str) -> None:
        """A paper that the list no longer has: gone at the source, under another number now, or only missing in the list."""
        try:
            fetched = koop.fetch(id)
        except NotFound:
            if self._drop(id):
                visit.withdrawn.append(id)
        except TryLater as problem:
            visit.failed[id] = str(problem)
            seen[id] = moment
        except SourceProblem as problem:
            visit.failed[id] = str(problem)
            seen[id] = moment
        else:
            self.keep(fetched)
            if fetched.id == id:
                seen[id] = moment


def _same_papers(published: Iterable[Record], gone: Iterable[str]) -> Callable[[Record], str | None]:
    """Under which id the publisher has a paper that the Tweede Kamer lists, or withdrew it; None where it has not had it."""
    listed = list(published)
    names = {id: id for id in gone}
    for record in listed:
        id: str | None = record.id
        while id:
            names[id] = record.id
            id = getattr(parse(id), "replaces", None)  # a correction is the paper that it corrects
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


def is_identifier(text: str) -> bool:
    """Is this an official id, or an address that ends in one?"""
    return identifier_or_none(text) is not None


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all: written beside it first, then put in its place."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        scratch.write_bytes(content)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def _storage(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        free = shutil.disk_usage(folder.parent).free if folder.parent.is_dir() else 0
        advice = "Maak ruimte vrij op de schijf." if free < 1_000_000 else "Controleer de rechten van deze map."
        raise StorageProblem(f"In {folder} kan niet worden geschreven ({error.strerror}). {advice}") from error
