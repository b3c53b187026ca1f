"""Letters become findable, incrementally: what has not changed costs a hash, what has changed only its new passages.

One process writes at a time (a lock file says which). A letter that cannot be read is reported and stops no other;
its earlier version, if any, stays. What is no longer in the folders leaves the index. Of a paper that lies in two folders
the later folder's counts, so that what a user has goes before what comes with the program.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from index import passages, words
from index.embedder import Embedder
from index.passages import Passage, split
from index.store import DATABASE, Store
from index.store import VERSION as TABLES
from sources import Letter, letter_paths, read_file
from sources.assemble import READER_VERSION
from sources.errors import IndexBusy, IndexMismatch, StorageProblem, UnreadableLetter, storage_errors
from sources.folder import metadata_beside
from sources.records import identifier_or_none

PASSAGES_AT_ONCE = 500  # new ones, embedded together; so much is in memory, and is done again after a crash
OUTSIDE = "outside"  # setting: the files that were read and are not in the index, as `_Outside` has them
TOLD_EVERY = 64  # passages, about a second on two cores
Progress = Callable[[str, int, int], None]  # (what is being done, how much is done, of how much)


@dataclass
class Report:
    """What an indexing run did; `embedded` counts passages that went through the model."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    embedded: int = 0
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Waiting:
    """A letter that is new or changed: where it came from, its passages, and which of them are new."""

    letter: Letter
    origin: str
    source_hash: str
    passages: list[Passage]
    new: list[Passage]
    is_new: bool


@dataclass(frozen=True)
class _Outside:
    """A file that is not in the index: because of what is wrong with it, or because another has its id."""

    source_hash: str
    reason: str = ""
    id: str = ""


def index_folders(
    home: Path, folders: list[Path], embedder: Embedder, *, rebuild: bool = False, progress: Progress | None = None
) -> Report:
    """Bring the index in `home` up to date with the letters in `folders`; with `rebuild`, from nothing.

    Raises IndexBusy, IndexMismatch, IndexDamaged or StorageProblem; whatever it raises, the index is usable as before.
    """
    tell = progress or (lambda *_: None)
    with _only_writer(home):
        if not rebuild:
            return _update(Store(home / "index", create=True), folders, embedder, tell)
        scratch = home / "index.new"
        with storage_errors(home):
            shutil.rmtree(scratch, ignore_errors=True)
        store = Store(scratch, create=True)
        report = _update(store, folders, embedder, tell)
        store.close()
        _swap(scratch, home / "index")
        return report


def check_settings(store: Store, embedder_name: str) -> None:
    """Raise IndexMismatch unless the index was built with this model and these ways to cut and match."""
    stored = store.setting("stamp")
    if stored is None or stored == stamp(embedder_name):
        return
    was = json.loads(stored)
    now = json.loads(stamp(embedder_name))
    different = "; ".join(f"{key}: {was.get(key)} in de index, {now[key]} nu" for key in now if was.get(key) != now[key])
    remedy = "Draai 'kamervraag index --rebuild', of zet de instelling terug."
    raise IndexMismatch(f"De index is met andere instellingen gebouwd ({different}). {remedy}")


def stamp(embedder_name: str) -> str:
    """The settings that shape an index, as stored with it."""
    settings = {"model": embedder_name, "passages": passages.VERSION, "tables": TABLES, "words": words.word_settings()}
    return json.dumps(settings, sort_keys=True)


def _update(store: Store, folders: list[Path], embedder: Embedder, tell: Progress) -> Report:
    check_settings(store, embedder.name)
    store.keep_setting("stamp", stamp(embedder.name))
    report = Report()
    known = {origin: (letter_id, source_hash) for letter_id, (origin, source_hash) in store.letters().items()}
    present: dict[str, Path] = {}
    before = store.setting(OUTSIDE) or "{}"
    outside = {path: _Outside(*values) for path, values in json.loads(before).items()}
    waiting: list[_Waiting] = []
    paths = [(path, folder) for folder in reversed(folders) for path in sorted(letter_paths(folder), key=_is_unofficial)]
    for done, (path, folder) in enumerate(paths):
        tell("Lezen", done, len(paths))
        changed = _read_changed(store, path, folder, known.get(str(path)), present, outside, report)
        waiting += [changed] if changed else []
        if sum(len(each.new) for each in waiting) >= PASSAGES_AT_ONCE:
            _embed_and_keep(store, waiting, embedder, report, tell)
            waiting = []
    tell("Lezen", len(paths), len(paths))
    now = json.dumps({file: astuple(outside[file]) for path, _folder in paths if (file := str(path)) in outside})
    if now != before:
        store.keep_setting(OUTSIDE, now)
    _embed_and_keep(store, waiting, embedder, report, tell)
    for letter_id in sorted(store.letters().keys() - present.keys()):
        store.forget_letter(letter_id)
        report.removed.append(letter_id)
    store.bring_chroma_along(lambda done, total: tell("Vindbaar maken", done, total))
    return report


def _is_unofficial(path: Path) -> bool:
    """Is a file not named by an official id? One that is goes before another with the same paper in it."""
    return identifier_or_none(path.stem) != path.stem


def _read_changed(
    store: Store,
    path: Path,
    folder: Path,
    known: tuple[str, str] | None,
    present: dict[str, Path],
    outside: dict[str, _Outside],
    report: Report,
) -> _Waiting | None:
    """The letter in a file when it is new or changed, cut into passages; None too where another folder has gone before.

    `known` is (its id, the hash of its bytes) as indexed before; `present` gets the id that is to stay in the index, and from
    which folder; `outside` has what was read before in vain, since reading can take minutes, and gets what is now.
    """
    earlier, earlier_hash = known or (None, None)
    try:
        source_hash = _hash(path)
        if earlier and earlier_hash == source_hash and earlier not in present:
            report.unchanged += 1
            present[earlier] = folder
            return None
        then = outside.pop(str(path), None)
        if not then or then.source_hash != source_hash:
            then = _Outside(source_hash)
        if then.reason:
            raise UnreadableLetter(path, then.reason)
        if not (id := then.id) or id not in present:
            letter = read_file(path)
            id = letter.identity.id
        if id in present:
            outside[str(path)] = _Outside(source_hash, id=id)
            if present[id] != folder:
                return None
            reason = f"er is al een brief met het kenmerk {id}. Geef een van beide een ander 'id'."
            raise UnreadableLetter(path, reason, lasting=False)
    except (UnreadableLetter, StorageProblem) as error:
        if isinstance(error, UnreadableLetter) and error.lasting:
            outside[str(path)] = _Outside(source_hash, error.reason)
        report.failed.append(str(error))
        if earlier:
            present.setdefault(earlier, folder)  # the version that could be read stays
        return None
    present[id] = folder
    cut = split(letter)
    old = {p.id for p in store.passages_of(id)}
    new = [p for p in cut if p.id not in old]
    report.notes += letter.notes
    return _Waiting(letter, str(path), source_hash, cut, new, is_new=store.identity(id) is None)


def _embed_and_keep(store: Store, waiting: list[_Waiting], embedder: Embedder, report: Report, tell: Progress) -> None:
    """Embed the new passages of these letters together, since many at once go faster; keep the letters one by one."""
    if not waiting:
        return
    new = [passage for each in waiting for passage in each.new]
    new.sort(key=lambda passage: len(passage.in_context))  # texts of one length go through the model without padding
    vectors: dict[str, np.ndarray] = {}
    for at in range(0, len(new), TOLD_EVERY):
        tell("Indexeren", report.embedded, report.embedded + len(new) - at)
        batch = new[at : at + TOLD_EVERY]
        made = embedder.embed_passages([passage.in_context for passage in batch])
        vectors |= dict(zip([passage.id for passage in batch], made, strict=True))
        report.embedded += len(batch)
    tell("Indexeren", report.embedded, report.embedded)
    for each in waiting:
        terms = [words.terms(f"{p.heading or ''} {p.text}") for p in each.passages]
        store.keep_letter(each.letter, each.passages, terms, vectors, origin=each.origin, source_hash=each.source_hash)
        (report.added if each.is_new else report.changed).append(each.letter.identity.id)


def _hash(path: Path) -> str:
    digest = hashlib.sha256(f"reader {READER_VERSION}\x1f".encode())
    try:
        for file in (path, metadata_beside(path)):
            if file is None:
                digest.update(b"\x1fnone")
                continue
            with file.open("rb") as opened:
                hashlib.file_digest(opened, lambda: digest)  # goes on with it, in pieces: the file may be a gigabyte
    except OSError as error:
        raise StorageProblem(
            f"{error.filename} kan niet worden gelezen ({error.strerror}). Controleer de rechten van dit bestand."
        ) from error
    return digest.hexdigest()


def _swap(new: Path, current: Path) -> None:
    """Put the new index where the current one is; a crash between the two renames leaves both on disk."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
    old = current.with_name("index.old")
    with storage_errors(current):
        shutil.rmtree(old, ignore_errors=True)
        if current.exists():
            current.rename(old)
        new.rename(current)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _only_writer(home: Path) -> Iterator[None]:
    """Hold the lock on the index, or say that somebody else does."""
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "index.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            message = "De index wordt al door een ander proces bijgewerkt. Wacht tot dat klaar is en probeer het opnieuw."
            raise IndexBusy(message) from error
    try:
        if (home / "index.old" / DATABASE).exists() and not (home / "index").exists():
            (home / "index.old").rename(home / "index")  # a rebuild was cut off between its two renames
        yield
    finally:
        lock.release()
