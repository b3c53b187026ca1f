"""The lists that a home folder keeps beside its papers, each written whole or not at all.

`followed.json` says which dossiers are followed, since when, and what happened at the last visit; `earlier-ids.txt` which id
became which; `removed.txt` what the user took away, so that no visit brings it back; `feed.json` up to where the Tweede
Kamer's feed was heard.
"""

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_origin

from filelock import FileLock

from sources.errors import KamervraagError, StorageProblem, storage_errors
from sources.feed import Place
from sources.records import dossier_code

FOLLOWED = "followed.json"
EARLIER = "earlier-ids.txt"  # lines 'earlier now', only ever added to
REMOVED = "removed.txt"  # an id a line
PLACE = "feed.json"


class NotInCollection(KamervraagError):
    """What should be removed or unfollowed is not there."""


@dataclass(frozen=True)
class Followed:
    """A followed dossier: from which day on, when it was last visited, and what its papers looked like at the source then.

    `seen` maps an id to the moment that the source last changed it; that moment only says what to look at again.
    `failed` maps an id to what went wrong with it, and `waiting` are the attachments among them that are asked for again a day
    later, because what went wrong will most likely stay; `early` is as `seen`, of papers that only the Tweede Kamer has so far;
    `gone` are those that the publisher withdrew, which the Tweede Kamer may still list. At `looked_at` those were looked at
    that may change without their source saying so. `due` is whether the Tweede Kamer must be asked at the next visit, and
    `guids` are what it calls the papers that it listed.
    """

    dossier: str
    since: str | None = None
    visited_at: str | None = None
    seen: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    early: dict[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    looked_at: str | None = None
    due: bool = True
    guids: tuple[str, ...] = ()


class Lists:
    """The lists of one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    # -- papers ------------------------------------------------------------------------------------------------------

    def removed(self) -> set[str]:
        """What the user took away, by each name that was used for it."""
        return set(self._lines(REMOVED))

    def keep_removed(self, *names: str) -> None:
        """Remember that the user took these away."""
        self._change_removed(lambda known: known | {*names})

    def want_again(self, *names: str) -> None:
        """Let these be taken away no longer."""
        if self.removed() & {*names}:
            self._change_removed(lambda known: known - {*names})

    def _change_removed(self, change: Callable[[set[str]], set[str]]) -> None:
        with self._only_writer(REMOVED):
            write(self.home / REMOVED, "".join(f"{name}\n" for name in sorted(change(self.removed()))).encode())

    def latest(self, id: str) -> str:
        """The id under which a paper is kept now, so that what cited it under an earlier one still leads to it."""
        became = dict(line.split(" ", 1) for line in self._lines(EARLIER) if " " in line)
        seen = {id}
        while (later := became.get(id)) and later not in seen:
            seen.add(later)
            id = later
        return id

    def keep_latest(self, old: str, new: str) -> None:
        """Remember which id a paper is kept under from now on."""
        with storage_errors(self.home), (self.home / EARLIER).open("a", encoding="utf-8") as file:
            file.write(f"{old} {new}\n")

    def _lines(self, name: str) -> list[str]:
        file = self.home / name
        with storage_errors(file):
            return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []

    # -- followed dossiers ---------------------------------------------------------------------------------------------

    def followed(self) -> dict[str, Followed]:
        """The followed dossiers; raises StorageProblem when what says so cannot be read."""
        file = self.home / FOLLOWED
        try:
            stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            return {code: _followed(values) for code, values in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise StorageProblem(
                f"{file} kan niet worden gelezen. Herstel of verwijder dat bestand en volg de dossiers opnieuw."
            ) from error

    def follow(self, dossier: str, since: dt.date | None = None) -> str:
        """Follow a dossier from a day on; one that is followed keeps what is known of it. Gives its code; raises NotAnIdentifier."""
        code = dossier_code(dossier)

        def with_it(known: dict[str, Followed]) -> dict[str, Followed]:
            followed = known.get(code, Followed(code))
            return known | {code: _since(followed, since.isoformat()) if since else followed}

        self.change_followed(with_it)
        return code

    def unfollow(self, dossier: str) -> str:
        """Follow a dossier no longer; its papers stay. Raises NotInCollection."""
        known = self.followed()
        code = dossier if dossier in known else dossier_code(dossier)  # what is no dossier may be there all the same
        if code not in known:
            raise NotInCollection(f"Dossier {code} wordt niet gevolgd. 'kamervraag list' laat zien welke wel.")
        self.change_followed(lambda known: {other: values for other, values in known.items() if other != code})
        return code

    def change_followed(self, change: Callable[[dict[str, Followed]], dict[str, Followed]]) -> None:
        """Read, change and write the followed dossiers as one step, whoever else does so meanwhile."""
        with self._only_writer(FOLLOWED):
            stored = {dossier: asdict(values) for dossier, values in sorted(change(self.followed()).items())}
            write(self.home / FOLLOWED, (json.dumps(stored, indent=1) + "\n").encode())

    def keep_visited(self, visited: Followed) -> None:
        """Keep what a visit found, but for what the user chose since it began: another day, or to follow it no longer."""

        def with_it(known: dict[str, Followed]) -> dict[str, Followed]:
            now = known.get(visited.dossier)
            return known | {visited.dossier: _since(visited, now.since)} if now else known

        self.change_followed(with_it)

    @contextmanager
    def _only_writer(self, name: str) -> Iterator[None]:
        """Hold the lock on a list, so that reading and writing it are one step."""
        with storage_errors(self.home):
            self.home.mkdir(parents=True, exist_ok=True)
            with FileLock(self.home / f"{name}.lock"):
                yield

    # -- the feed --------------------------------------------------------------------------------------------------------

    def place(self) -> Place:
        """Where the feed was left; its beginning where that cannot be read, after which all dossiers are due."""
        try:
            place = Place(**json.loads((self.home / PLACE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError):
            return Place()
        return place if _is_sound(place) and (place.cursor or "0").isdecimal() else Place()

    def keep_place(self, place: Place) -> None:
        """Let this be where the feed was left."""
        with storage_errors(self.home):
            put(self.home / PLACE, (json.dumps(asdict(place)) + "\n").encode())


def _since(followed: Followed, since: str | None) -> Followed:
    """Followed from that day on; where that is another, the Tweede Kamer must be asked."""
    return followed if since == followed.since else replace(followed, since=since, due=True)


def _followed(stored: dict[str, Any]) -> Followed:
    """A followed dossier as it was stored; raises ValueError, TypeError or AttributeError for one that is none."""
    read = Followed(**stored | {name: tuple(stored.get(name, ())) for name in ("waiting", "gone", "guids")})
    if not _is_sound(read):
        raise TypeError(read)
    dt.date.fromisoformat(read.since or "2025-01-01")
    dt.datetime.fromisoformat(read.looked_at or "2025-01-01")
    return read


def _is_sound(read: Place | Followed) -> bool:
    """Does each field hold what it is declared to hold? A damaged file may say anything."""
    return all(_holds(getattr(read, each.name), each.type) for each in fields(read))


def _holds(value: object, kind: Any) -> bool:
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    return isinstance(value, kind)


def put(target: Path, content: bytes) -> bool:
    """Write what is not so yet; was there anything to write?"""
    if holds(target, content):
        return False
    write(target, content)
    return True


def holds(file: Path, content: bytes) -> bool:
    """Is there a file with these bytes?"""
    return file.is_file() and file.read_bytes() == content


def write(target: Path, content: bytes) -> None:
    """Whole or not at all: written beside it first, then put in its place."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        scratch.write_bytes(content)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
