"""The index on disk: letters, passages and words in SQLite, vectors in Chroma. The one home of chromadb.

SQLite is the truth, vectors included; Chroma searches them. A letter changes in one transaction; the vectors it needs are
in Chroma before it and those it no longer needs leave after it. So a crash leaves the old letter or the new one, plus at
most vectors in Chroma that nobody asks for. Chroma's own files do not survive every crash: `mend_vectors` makes them anew
from SQLite, and until then a search compares with every vector itself. Passage ids depend on their words, so old and new
vectors never meet under one id. A counter (`generation`) goes up with each change: a reader in another process sees
it and opens Chroma anew, whose memory would otherwise be stale.
"""

import datetime as dt
import json
import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.passages import Passage
from sources import Identity, KamervraagError, Kind, Letter, Paragraph, Sentence, Signer
from sources.errors import IndexDamaged, IndexMissing, StorageProblem
from sources.links import Link, LinkKind, links_of

SCHEMA = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE letters (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, origin TEXT NOT NULL, source_hash TEXT NOT NULL,
    identity TEXT NOT NULL, date TEXT, text TEXT NOT NULL, outline TEXT NOT NULL, notes TEXT NOT NULL, indexed_at TEXT NOT NULL
);
CREATE TABLE links (
    letter_id TEXT NOT NULL REFERENCES letters(id), document TEXT NOT NULL, kind TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (letter_id, document)
);
CREATE INDEX links_to ON links(document, kind);
CREATE TABLE passages (
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, letter_id TEXT NOT NULL REFERENCES letters(id),
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT, paragraph INTEGER NOT NULL, quote_start INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX passages_of_letter ON passages(letter_id, paragraph);
CREATE VIRTUAL TABLE words USING fts5(terms, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE word_counts USING fts5vocab(words, 'row');
"""
VERSION = 3  # of the tables; goes up when they change
DATABASE = "letters.sqlite"
COLLECTION = "passages"
DAMAGED = "De index is beschadigd ({}). Draai 'kamervraag index --rebuild'; uw brieven blijven bewaard."
MISSING = "Er is nog geen index. Draai eerst 'kamervraag index'."
PRAGMAS = ("synchronous = FULL",)  # a letter that was kept is on the disk
DAYS = ("date", "received", "adopted", "published")  # of an identity; JSON has them as text
PAUSES_S = (0.05, 0.2, 0.5, 1.0)  # between tries to read what another process is writing
TRIED_AFTER_CRASH = 50  # passages that must find themselves
SAME = 1e-3  # cosine distance below which two vectors are one
LARGEST_BATCH = 2_000  # rows a call; Chroma refuses more than 5,461


@dataclass(frozen=True)
class Hit:
    """A passage that a search found, with its letter; `score` is comparable within one search only."""

    passage: Passage
    identity: Identity
    score: float


class Store:
    """An open index. Reading is safe from many threads; writing is for one process at a time (see `index.indexer`)."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._threads = threading.local()
        self._chroma_lock = threading.Lock()
        self._collection: Any = None
        self._collection_generation = -1
        if not (folder / DATABASE).exists():
            if not create:
                raise IndexMissing(MISSING)
            self._create()
        self.setting("generation")  # the first read finds out whether this is an index at all

    def _create(self) -> None:
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            scratch = self.folder / f"{DATABASE}.new"
            scratch.unlink(missing_ok=True)
            with sqlite3.connect(scratch) as database:
                database.executescript(SCHEMA)
                database.execute("INSERT INTO settings VALUES ('generation', '0')")
            database.close()
            scratch.rename(self.folder / DATABASE)

    # -- SQLite ---------------------------------------------------------------------------------------------

    @property
    def _database(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection = getattr(self._threads, "connection", None)
        if connection is None:
            with storage_errors(self.folder):
                connection = sqlite3.connect(self.folder / DATABASE, timeout=30)
                for pragma in PRAGMAS:
                    connection.execute(f"PRAGMA {pragma}")
            self._threads.connection = connection
        return connection

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with storage_errors(self.folder):
            return self._database.execute(query, tuple(values)).fetchall()

    def setting(self, key: str) -> str | None:
        """A setting stored with the index."""
        rows = self._rows("SELECT value FROM settings WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def keep_setting(self, key: str, value: str) -> None:
        """Store a setting with the index."""
        with storage_errors(self.folder), self._database as database:
            database.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    def letters(self) -> dict[str, tuple[str, str]]:
        """The letters in the index: id -> (where it came from, hash of its bytes)."""
        return {row[0]: (row[1], row[2]) for row in self._rows("SELECT id, origin, source_hash FROM letters")}

    def identities(self) -> list[Identity]:
        """Who and what the letters are, oldest first."""
        return [_identity(row[0]) for row in self._rows("SELECT identity FROM letters ORDER BY date, id")]

    def identity(self, letter_id: str) -> Identity | None:
        """Who and what one letter is, or None where it is not in the index."""
        rows = self._rows("SELECT identity FROM letters WHERE id = ?", (letter_id,))
        return _identity(rows[0][0]) if rows else None

    def text(self, letter_id: str) -> str:
        """The whole text of a letter; raises IndexDamaged when it is not there."""
        rows = self._rows("SELECT text FROM letters WHERE id = ?", (letter_id,))
        if not rows:
            raise IndexDamaged(DAMAGED.format(f"{letter_id} ontbreekt"))
        return rows[0][0]

    def outline(self, letter_id: str) -> list[Paragraph]:
        """The paragraphs of a letter in order, without their sentences; raises IndexDamaged when it is not there."""
        rows = self._rows("SELECT outline FROM letters WHERE id = ?", (letter_id,))
        if not rows:
            raise IndexDamaged(DAMAGED.format(f"{letter_id} ontbreekt"))
        return [Paragraph(Kind(kind), *place, (), page, speaker) for kind, *place, page, speaker in json.loads(rows[0][0])]

    def links(self, letter_id: str) -> list[Link]:
        """The papers that a letter names, in order of place; those named by metadata alone come first."""
        rows = self._rows("SELECT document, kind, start, end FROM links WHERE letter_id = ? ORDER BY start, document", (letter_id,))
        return [Link(document, LinkKind(kind), start, end) for document, kind, start, end in rows]

    def links_to(self, document: str) -> list[tuple[Identity, LinkKind]]:
        """The letters in the index that name a paper, oldest first, and what each does to it."""
        rows = self._rows(
            "SELECT l.identity, k.kind FROM links k JOIN letters l ON l.id = k.letter_id WHERE k.document = ? ORDER BY l.date, l.id",
            (document,),
        )
        return [(_identity(identity), LinkKind(kind)) for identity, kind in rows]

    def counts(self) -> dict[str, int]:
        """How many letters, passages and vectors there are."""
        letters, passages = self._rows("SELECT (SELECT count(*) FROM letters), (SELECT count(*) FROM passages)")[0]
        return {"letters": letters, "passages": passages, "vectors": self._of_vectors(lambda collection: collection.count())}

    def letter_count(self) -> int:
        """How many letters there are."""
        return int(self._rows("SELECT count(*) FROM letters")[0][0])

    def passage_count(self) -> int:
        """How many passages there are."""
        return int(self._rows("SELECT count(*) FROM passages")[0][0])

    def newest_date(self) -> dt.date | None:
        """The date of the newest letter."""
        newest = self._rows("SELECT max(date) FROM letters")[0][0]
        return dt.date.fromisoformat(newest) if newest else None

    def passages(self, ids: Iterable[str]) -> dict[str, tuple[Passage, Identity]]:
        """The passages with these ids that are in the index, each with its letter."""
        wanted = list(ids)
        marks = ",".join("?" * len(wanted))
        rows = self._rows(f"{_PASSAGES} WHERE p.id IN ({marks})", wanted)
        return {row[0]: _passage(row) for row in rows}

    def passages_of(self, letter_id: str) -> list[Passage]:
        """The passages of a letter, in order."""
        return [_passage(row)[0] for row in self._rows(f"{_PASSAGES} WHERE p.letter_id = ? ORDER BY p.start", (letter_id,))]

    def paragraph(self, letter_id: str, number: int) -> list[Passage]:
        """The passages of one paragraph of a letter, in order."""
        rows = self._rows(f"{_PASSAGES} WHERE p.letter_id = ? AND p.paragraph = ? ORDER BY p.start", (letter_id, number))
        return [_passage(row)[0] for row in rows]

    def search_words(self, terms: list[str], limit: int, letters: list[str] | None = None) -> list[tuple[str, float]]:
        """Passage ids by BM25 on any of these terms, best first, with their scores (higher is better); of these letters only."""
        if not terms:
            return []
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in dict.fromkeys(terms))
        narrowed = "" if letters is None else " AND p.letter_id IN (SELECT value FROM json_each(?))"
        rows = self._rows(
            "SELECT p.id, -bm25(words) FROM words JOIN passages p ON p.rowid = words.rowid"
            f" WHERE words MATCH ?{narrowed} ORDER BY bm25(words), p.id LIMIT ?",
            (query, *([] if letters is None else [json.dumps(letters)]), limit),
        )
        return [(row[0], row[1]) for row in rows]

    def passages_with(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each of these terms occurs; a term that occurs nowhere is not in the answer."""
        wanted = list(dict.fromkeys(terms))
        marks = ",".join("?" * len(wanted))
        return dict(self._rows(f"SELECT term, doc FROM word_counts WHERE term IN ({marks})", wanted))

    def terms_between(self, first: str, last: str) -> list[str]:
        """The terms of the index from `first` up to, not including, `last`, in alphabetical order."""
        return [row[0] for row in self._rows("SELECT term FROM word_counts WHERE term >= ? AND term < ?", (first, last))]

    def letter_has_term(self, letter_id: str, terms: Iterable[str]) -> bool:
        """Does any of these terms occur in the letter?"""
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in sorted(set(terms)))
        found = "SELECT 1 FROM words JOIN passages p ON p.rowid = words.rowid WHERE words MATCH ? AND p.letter_id = ? LIMIT 1"
        return bool(query and self._rows(found, (query, letter_id)))

    # -- Chroma ---------------------------------------------------------------------------------------------

    def _vectors(self) -> Any:
        """The collection of vectors, opened anew when another process has changed the index."""
        generation = int(self.setting("generation") or 0)
        with self._chroma_lock:
            if self._collection is None or generation != self._collection_generation:
                self._collection = _open_collection(self.folder / "chroma", anew=self._collection is not None)
                self._collection_generation = generation
            return self._collection

    def _of_vectors(self, ask: Callable[[Any], Any]) -> Any:
        """What `ask` finds in the collection of vectors.

        Chroma fails a reader now and then while another process writes its files ('Nothing found on disk'); opened
        anew a moment later it does not, so only what stays wrong is damage.
        """
        for pause_s in (*PAUSES_S, None):
            try:
                with storage_errors(self.folder):
                    return ask(self._vectors())
            except (IndexDamaged, StorageProblem):
                if pause_s is None:
                    raise
                time.sleep(pause_s)
                with self._chroma_lock:
                    self._collection_generation = -1
        raise AssertionError("unreachable")

    def search_vectors(self, vector: np.ndarray, limit: int, where: dict[str, Any] | None = None) -> list[tuple[str, float]]:
        """Passage ids by cosine similarity, best first; `where` is a filter as Chroma writes it."""

        def nearest(collection: Any) -> list[tuple[str, float]]:
            count = min(limit, collection.count())
            if not count:
                return []
            found = collection.query(query_embeddings=[vector.tolist()], n_results=count, where=where, include=["distances"])
            return [(id, 1.0 - distance) for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

        letters = where["letter"]["$in"] if where and where.keys() == {"letter"} and "$in" in where["letter"] else None
        try:
            with storage_errors(self.folder):
                return nearest(self._vectors())
        except (IndexDamaged, StorageProblem) as error:
            if where and letters is None:
                found: list[tuple[str, float]] = self._of_vectors(nearest)
                return found
            logging.warning("Chroma did not answer (%s); compared with every vector", error)
            with self._chroma_lock:
                self._collection_generation = -1
            return self._search_every_vector(vector, limit, letters)

    def _search_every_vector(self, vector: np.ndarray, limit: int, letters: list[str] | None) -> list[tuple[str, float]]:
        narrowed = "" if letters is None else " WHERE letter_id IN (SELECT value FROM json_each(?))"
        rows = self._rows(f"SELECT id, vector FROM passages{narrowed}", [] if letters is None else [json.dumps(letters)])
        if not rows:
            return []
        scores = np.stack([np.frombuffer(stored, dtype=np.float32) for _id, stored in rows]) @ vector
        best = np.argsort(-scores, kind="stable")[:limit]
        return [(rows[at][0], float(scores[at])) for at in best]

    def vectors(self, ids: list[str]) -> dict[str, np.ndarray]:
        """The vectors of these passages, (dimensions,) each; those without one are left out."""
        marks = ",".join("?" * len(ids))
        rows = self._rows(f"SELECT id, vector FROM passages WHERE id IN ({marks})", ids)
        return {id: np.frombuffer(stored, dtype=np.float32) for id, stored in rows}

    # -- writing ---------------------------------------------------------------------------------------------

    def add_vectors(self, passages: list[tuple[Passage, Identity]], vectors: np.ndarray) -> None:
        """Put vectors in Chroma, (n, dimensions) for n passages; nobody sees them before their letter is kept."""
        rows = [
            (passage.id, vector.tolist(), _filters(passage, identity))
            for (passage, identity), vector in zip(passages, vectors, strict=True)
        ]
        self._write_vectors(lambda collection: _upsert(collection, rows))

    def drop_vectors(self, ids: Iterable[str]) -> None:
        """Remove vectors from Chroma by id."""
        gone = sorted(ids)
        self._write_vectors(lambda collection: _delete(collection, gone))

    def _write_vectors(self, write: Callable[[Any], None]) -> None:
        """Write to Chroma; when its files turn out to be broken, make them anew and write once more."""
        try:
            with storage_errors(self.folder):
                write(self._vectors())
        except IndexDamaged as error:
            self._make_vectors_anew(error)
            with storage_errors(self.folder):
                write(self._vectors())

    def mend_vectors(self) -> None:
        """Make Chroma hold what SQLite holds: what is missing or too much is put right, what is broken is made anew."""
        try:
            stray, missing = self.stray_vectors()
            with storage_errors(self.folder):
                _delete(self._vectors(), sorted(stray))
                _upsert(self._vectors(), self._stored_vectors(missing))
                tried = self._rows("SELECT id, vector FROM passages ORDER BY id LIMIT ?", [TRIED_AFTER_CRASH])
                for id, stored in tried:
                    found = self._vectors().query(query_embeddings=[np.frombuffer(stored, dtype=np.float32).tolist()], n_results=1)
                    if not found["distances"][0] or found["distances"][0][0] > SAME:
                        raise IndexDamaged(DAMAGED.format(f"{id} wordt niet gevonden"))
        except IndexDamaged as error:
            self._make_vectors_anew(error)

    def _make_vectors_anew(self, error: IndexDamaged) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        logging.warning("Chroma's files are made anew (%s)", error)
        with self._chroma_lock, storage_errors(self.folder):
            SharedSystemClient.clear_system_cache()
            self._collection = None
            shutil.rmtree(self.folder / "chroma", ignore_errors=True)
        with storage_errors(self.folder), self._database as database:
            self._next_generation(database, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
        with storage_errors(self.folder):
            _upsert(self._vectors(), self._stored_vectors(row[0] for row in self._rows("SELECT id FROM passages")))

    def _stored_vectors(self, ids: Iterable[str]) -> "Iterator[VectorRow]":
        """What Chroma is to hold for these passages."""
        wanted = sorted(ids)
        for at in range(0, len(wanted), LARGEST_BATCH):
            batch = wanted[at : at + LARGEST_BATCH]
            vectors = self.vectors(batch)
            for id, (passage, identity) in self.passages(batch).items():
                yield id, vectors[id].tolist(), _filters(passage, identity)

    def keep_letter(
        self,
        letter: Letter,
        passages: list[Passage],
        terms: list[list[str]],
        vectors: Mapping[str, np.ndarray],
        *,
        origin: str,
        source_hash: str,
    ) -> None:
        """Make this the letter with its id, in one transaction.

        `terms` are the words of each passage; `vectors` has those of the passages that the letter did not have before.
        """
        identity = letter.identity
        vectors = self.vectors([passage.id for passage in passages if passage.id not in vectors]) | dict(vectors)
        with storage_errors(self.folder), self._database as database:
            _forget(database, identity.id)
            now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            date = identity.date.isoformat() if identity.date else None
            described = json.dumps(asdict(identity), default=str, ensure_ascii=False)
            outline = json.dumps([[p.kind, p.start, p.end, p.number, p.heading, p.page, p.speaker] for p in letter.paragraphs])
            values = (identity.id, letter.digest, origin, source_hash, described, date, letter.text, outline, json.dumps(letter.notes), now)
            database.execute("INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            links = [(identity.id, link.document, link.kind, link.start, link.end) for link in links_of(letter)]
            database.executemany("INSERT INTO links VALUES (?, ?, ?, ?, ?)", links)
            for passage, words in zip(passages, terms, strict=True):
                place = (passage.start, passage.end, passage.heading, passage.paragraph, passage.sentence.start)
                vector = vectors[passage.id].astype(np.float32).tobytes()
                cursor = database.execute(
                    "INSERT INTO passages (id, letter_id, start, end, heading, paragraph, quote_start, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (passage.id, identity.id, *place, vector),
                )
                database.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (cursor.lastrowid, " ".join(words)))
            self._next_generation(database, now)

    def forget_letter(self, letter_id: str) -> None:
        """Remove a letter, in one transaction; its vectors in Chroma go after it."""
        with storage_errors(self.folder), self._database as database:
            _forget(database, letter_id)
            self._next_generation(database, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))

    def _next_generation(self, database: sqlite3.Connection, now: str) -> None:
        """Tell the readers in other processes; this one has seen its own change."""
        database.execute("UPDATE settings SET value = value + 1 WHERE key = 'generation'")
        database.execute("INSERT OR REPLACE INTO settings VALUES ('changed_at', ?)", (now,))
        self._collection_generation += 1

    def stray_vectors(self) -> tuple[set[str], set[str]]:
        """(ids with a vector and no passage, ids with a passage and no vector): both empty in a sound index."""
        wanted = {row[0] for row in self._rows("SELECT id FROM passages")}
        collection = self._vectors()
        with storage_errors(self.folder):
            there = set(collection.get(include=[])["ids"])
        return there - wanted, wanted - there

    def close(self) -> None:
        """Let go of the files."""
        connection = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
            self._threads.connection = None
        self._collection = None


VectorRow = tuple[str, list[float], dict[str, Any]]  # id, vector, what a search may filter on


def _upsert(collection: Any, rows: Iterable[VectorRow]) -> None:
    waiting = iter(rows)
    while batch := list(islice(waiting, LARGEST_BATCH)):
        ids, vectors, filters = (list(column) for column in zip(*batch, strict=True))
        collection.upsert(ids=ids, embeddings=vectors, metadatas=filters)


def _delete(collection: Any, ids: list[str]) -> None:
    for at in range(0, len(ids), LARGEST_BATCH):
        collection.delete(ids=ids[at : at + LARGEST_BATCH])


_PASSAGES = (
    "SELECT p.id, p.letter_id, p.start, p.end, substr(l.text, p.start + 1, p.end - p.start), p.heading, p.paragraph,"
    " p.quote_start, l.identity FROM passages p JOIN letters l ON l.id = p.letter_id"
)


def _passage(row: tuple[Any, ...]) -> tuple[Passage, Identity]:
    *fields, quote_start, identity = row
    return Passage(*fields, Sentence(quote_start, row[3])), _identity(identity)


def _identity(stored: str) -> Identity:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(stored).items()}
    days = {name: dt.date.fromisoformat(values[name]) for name in DAYS if values.get(name)}
    signers = tuple(Signer(**signer) for signer in values["signers"])
    return Identity(**(values | days | {"signers": signers}))


def _forget(database: sqlite3.Connection, letter_id: str) -> None:
    database.execute("DELETE FROM words WHERE rowid IN (SELECT rowid FROM passages WHERE letter_id = ?)", (letter_id,))
    database.execute("DELETE FROM passages WHERE letter_id = ?", (letter_id,))
    database.execute("DELETE FROM links WHERE letter_id = ?", (letter_id,))
    database.execute("DELETE FROM letters WHERE id = ?", (letter_id,))


def _filters(passage: Passage, identity: Identity) -> dict[str, Any]:
    """What a search may filter on; Chroma compares numbers only, so a date is 20200106."""
    filters = {
        "letter": identity.id,
        "dossier": identity.dossier,
        "number": identity.number,
        "kind": identity.kind,
        "date": int(f"{identity.date:%Y%m%d}") if identity.date else None,
        "heading": passage.heading,
        "signers": [signer.name for signer in identity.signers] or None,
    }
    return {key: value for key, value in filters.items() if value is not None}


def _open_collection(folder: Path, *, anew: bool) -> Any:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient

    if anew:  # Chroma shares one client a folder in a process, and that one does not see what others wrote
        SharedSystemClient.clear_system_cache()
    with storage_errors(folder):
        try:
            client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
        except Exception:
            SharedSystemClient.clear_system_cache()  # it keeps one that did not start, which fails otherwise the next time
            raise
        space = {"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 128, "max_neighbors": 24}}
        return client.get_or_create_collection(COLLECTION, embedding_function=None, configuration=space)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Say what a full disk, a read-only folder or a broken file means for the user."""
    try:
        yield
    except KamervraagError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise _named(error, folder) from error
    except (TypeError, KeyError, AttributeError):
        raise  # a mistake of ours, not of the disk
    except Exception as error:  # Chroma's Rust parts raise errors of many kinds, all about its files
        raise _named(error, folder) from error


def _named(error: Exception, folder: Path) -> KamervraagError:
    words = str(error).lower()
    if "full" in words or "no space" in words:
        return StorageProblem(
            f"De schijf is vol: {folder} kan niet worden bijgewerkt. Maak ruimte en probeer het opnieuw; er is niets verloren."
        )
    if any(sign in words for sign in ("readonly", "read-only", "permission", "not permitted", "unable to open")):
        return StorageProblem(f"In {folder} kan niet worden geschreven. Controleer de rechten, of kies met KAMERVRAAG_HOME een andere map.")
    if "locked" in words or "busy" in words:
        return StorageProblem(f"{folder} is in gebruik door een ander programma. Probeer het zo opnieuw.")
    return IndexDamaged(DAMAGED.format(str(error).splitlines()[0] if str(error) else type(error).__name__))
