"""The index on disk: letters, passages and words in SQLite, vectors in Chroma. The one home of chromadb.

SQLite is the truth, vectors included: a letter changes in one transaction, and is searched by its words and vectors from
then on. Chroma is brought to the same state afterwards (`bring_chroma_along`), because it makes searching many vectors fast.
A crash while its files are written can break them so that merely opening them ends the process; so a setting says that they
are being written, whoever finds it makes them anew from SQLite, and nobody opens them until then. While Chroma is behind, a
search compares with every vector. A counter (`generation`) goes up with each change: a reader in another process sees it and
opens Chroma anew, whose memory would otherwise be stale.
"""

import datetime as dt
import json
import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.passages import Passage
from sources import Identity, KamervraagError, Kind, Letter, Paragraph, Sentence
from sources.errors import IndexDamaged, IndexMissing, StorageProblem, storage_problem
from sources.links import Link, LinkKind, links_of

SCHEMA = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE letters (
    id TEXT PRIMARY KEY, origin TEXT NOT NULL, source_hash TEXT NOT NULL,
    identity TEXT NOT NULL, date TEXT, text TEXT NOT NULL, outline TEXT NOT NULL
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
VERSION = 4  # of the tables; goes up when they change
DATABASE = "letters.sqlite"
COLLECTION = "passages"
DAMAGED = "De index is beschadigd ({}). Draai 'kamervraag index --rebuild'; uw brieven blijven bewaard."
MISSING = "Er is nog geen index. Draai eerst 'kamervraag index'."
PRAGMAS = ("synchronous = FULL",)  # a letter that was kept is on the disk
CHROMA_AT, WRITING = "chroma_at", "chroma_writing"  # settings: the generation that Chroma holds; "1" while it is written
CHROMA_BATCH = 500  # vectors put in Chroma at a time
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
        with index_errors(folder):
            there = (folder / DATABASE).exists()
        if not there:
            if not create:
                raise IndexMissing(MISSING)
            self._create()
        self.setting("generation")  # the first read finds out whether this is an index at all

    def _create(self) -> None:
        with index_errors(self.folder):
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
            with index_errors(self.folder):
                connection = sqlite3.connect(self.folder / DATABASE, timeout=30)
                for pragma in PRAGMAS:
                    connection.execute(f"PRAGMA {pragma}")
            self._threads.connection = connection
        return connection

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with index_errors(self.folder):
            return self._database.execute(query, tuple(values)).fetchall()

    def setting(self, key: str) -> str | None:
        """A setting stored with the index."""
        rows = self._rows("SELECT value FROM settings WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def keep_setting(self, key: str, value: str) -> None:
        """Store a setting with the index."""
        with index_errors(self.folder), self._database as database:
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
        return str(rows[0][0])

    def outline(self, letter_id: str) -> list[Paragraph]:
        """The paragraphs of a letter in order, without their sentences; raises IndexDamaged when it is not there."""
        rows = self._rows("SELECT outline FROM letters WHERE id = ?", (letter_id,))
        if not rows:
            raise IndexDamaged(DAMAGED.format(f"{letter_id} ontbreekt"))
        return [
            Paragraph(Kind(kind), start, end, number, heading, (), page, speaker)
            for kind, start, end, number, heading, page, speaker in json.loads(rows[0][0])
        ]

    def links(self, letter_id: str) -> list[Link]:
        """The papers that a letter names, in order of place; those named by metadata alone come first."""
        rows = self._rows("SELECT document, kind, start, end FROM links WHERE letter_id = ? ORDER BY start, document", (letter_id,))
        return [Link(document, LinkKind(kind), start, end) for document, kind, start, end in rows]

    def links_to(self, document: str) -> list[tuple[Identity, LinkKind]]:
        """The letters in the index that name a paper, oldest first, and what each does to it.

        What is done to a paper under an earlier id is done to what took its place before.
        """
        paper = self.identity(document)
        earlier = json.dumps(paper.replaces if paper else ())
        since = str(paper.date) if paper and paper.date else ""
        rows = self._rows(
            "SELECT l.identity, k.kind FROM links k JOIN letters l ON l.id = k.letter_id WHERE k.document = ?"
            " OR (k.document IN (SELECT value FROM json_each(?)) AND l.id != ? AND l.date > ?) ORDER BY l.date, l.id",
            (document, earlier, document, since),
        )
        return [(_identity(identity), LinkKind(kind)) for identity, kind in rows]

    def counts(self) -> dict[str, int]:
        """How many letters, passages and vectors there are."""
        counted = "SELECT (SELECT count(*) FROM letters), (SELECT count(*) FROM passages), (SELECT count(vector) FROM passages)"
        return dict(zip(("letters", "passages", "vectors"), self._rows(counted)[0], strict=True))

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
        """The passages of one paragraph of a letter, in order; raises IndexDamaged when it is not there."""
        rows = self._rows(f"{_PASSAGES} WHERE p.letter_id = ? AND p.paragraph = ? ORDER BY p.start", (letter_id, number))
        if not rows:
            raise IndexDamaged(DAMAGED.format(f"alinea {number} van {letter_id} ontbreekt"))
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
                self._collection = _open_collection(self.folder / "chroma")
                self._collection_generation = generation
            return self._collection

    def search_vectors(self, vector: np.ndarray, limit: int, where: dict[str, Any] | None = None) -> list[tuple[str, float]]:
        """Passage ids by cosine similarity, best first; `where` is a filter as Chroma writes it."""

        def nearest(collection: Any) -> list[tuple[str, float]]:
            count = min(limit, collection.count())
            if not count:
                return []
            found = collection.query(query_embeddings=[vector.tolist()], n_results=count, where=where, include=["distances"])
            return [(id, 1.0 - distance) for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

        if self._chroma_is_current():
            try:
                with index_errors(self.folder):
                    return nearest(self._vectors())
            except (IndexDamaged, StorageProblem) as error:
                logging.warning("Chroma did not answer (%s); compared with every vector", error)
                with self._chroma_lock:
                    self._collection_generation = -1
        return self._search_every_vector(vector, limit, where)

    def _chroma_is_current(self) -> bool:
        """Does Chroma hold this very state of the index, whole?"""
        known = dict(self._rows("SELECT key, value FROM settings WHERE key IN ('generation', ?, ?)", (CHROMA_AT, WRITING)))
        return known.get(WRITING) != "1" and known.get(CHROMA_AT) == known["generation"]

    def _search_every_vector(self, vector: np.ndarray, limit: int, where: dict[str, Any] | None) -> list[tuple[str, float]]:
        """The same without Chroma: exact, and slower with every passage (some 3 ms a thousand)."""
        letters = None if where is None else [identity.id for identity in self.identities() if _passes(identity, where)]
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

    def bring_chroma_along(self, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Make Chroma hold what SQLite holds; `tell` hears how many passages are done, of how many. For the one writer.

        Where an earlier run was cut off while it wrote them, or they are damaged, its files are made anew.
        """
        try:
            if self._chroma_is_current():
                with index_errors(self.folder):
                    if self._vectors().count() == self.passage_count():
                        return
            if self.setting(WRITING) == "1":
                raise IndexDamaged(DAMAGED.format("het schrijven is afgebroken"))
            self._write_differences(tell)
        except IndexDamaged as error:
            logging.warning("Chroma's files are made anew (%s)", error)
            self._forget_chroma()
            self._write_differences(tell)
        with index_errors(self.folder), self._database as database:
            database.execute(f"INSERT OR REPLACE INTO settings SELECT '{CHROMA_AT}', value FROM settings WHERE key = 'generation'")
            database.execute("INSERT OR REPLACE INTO settings VALUES (?, '0')", (WRITING,))

    def _write_differences(self, tell: Callable[[int, int], None]) -> None:
        stray, missing = self.stray_vectors()
        self.keep_setting(WRITING, "1")
        with index_errors(self.folder):
            _delete(self._vectors(), sorted(stray))
            rows, done = self._stored_vectors(missing), 0
            while batch := list(islice(rows, CHROMA_BATCH)):
                tell(done, len(missing))
                ids, vectors, filters = (list(column) for column in zip(*batch, strict=True))
                self._vectors().upsert(ids=ids, embeddings=vectors, metadatas=filters)
                done += len(batch)

    def _forget_chroma(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        with self._chroma_lock, index_errors(self.folder):
            SharedSystemClient.clear_system_cache()
            self._collection = None
            if (self.folder / "chroma").exists():
                shutil.rmtree(self.folder / "chroma")

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
        with index_errors(self.folder), self._database as database:
            _forget(database, identity.id)
            date = identity.date.isoformat() if identity.date else None
            described = json.dumps(asdict(identity), default=str, ensure_ascii=False)
            outline = json.dumps([[p.kind, p.start, p.end, p.number, p.heading, p.page, p.speaker] for p in letter.paragraphs])
            values = (identity.id, origin, source_hash, described, date, letter.text, outline)
            database.execute("INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?)", values)
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
            self._next_generation(database)

    def forget_letter(self, letter_id: str) -> None:
        """Remove a letter, in one transaction."""
        with index_errors(self.folder), self._database as database:
            _forget(database, letter_id)
            self._next_generation(database)

    def _next_generation(self, database: sqlite3.Connection) -> None:
        """Tell the readers, in this process and others."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        database.execute("UPDATE settings SET value = value + 1 WHERE key = 'generation'")
        database.execute("INSERT OR REPLACE INTO settings VALUES ('changed_at', ?)", (now,))

    def stray_vectors(self) -> tuple[set[str], set[str]]:
        """(ids in Chroma without a passage, ids of passages that are not in Chroma): both empty when it is current."""
        wanted = {row[0] for row in self._rows("SELECT id FROM passages")}
        collection = self._vectors()
        with index_errors(self.folder):
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


def _delete(collection: Any, ids: list[str]) -> None:
    for at in range(0, len(ids), LARGEST_BATCH):
        collection.delete(ids=ids[at : at + LARGEST_BATCH])


_PASSAGES = (
    "SELECT p.id, p.letter_id, p.start, p.end, substr(l.text, p.start + 1, p.end - p.start), p.heading, p.paragraph,"
    " p.quote_start, l.identity FROM passages p JOIN letters l ON l.id = p.letter_id"
)


def _passage(row: tuple[Any, ...]) -> tuple[Passage, Identity]:
    id, letter_id, start, end, text, heading, paragraph, quote_start, identity = row
    return Passage(id, letter_id, start, end, text, heading, paragraph, Sentence(quote_start, end)), _identity(identity)


def _identity(stored: str) -> Identity:
    return Identity.from_json(json.loads(stored))


def _forget(database: sqlite3.Connection, letter_id: str) -> None:
    database.execute("DELETE FROM words WHERE rowid IN (SELECT rowid FROM passages WHERE letter_id = ?)", (letter_id,))
    database.execute("DELETE FROM passages WHERE letter_id = ?", (letter_id,))
    database.execute("DELETE FROM links WHERE letter_id = ?", (letter_id,))
    database.execute("DELETE FROM letters WHERE id = ?", (letter_id,))


def _passes(identity: Identity, where: dict[str, Any]) -> bool:
    """Does a letter pass a filter of Chroma's that names letters? Others are not asked while Chroma is behind."""
    wanted = where.get("letter", {})
    return identity.id in wanted.get("$in", ()) if isinstance(wanted, dict) else identity.id == wanted


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


def _open_collection(folder: Path) -> Any:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()  # one client a folder in a process, and that one does not see what others wrote
    with index_errors(folder):
        client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
        space = {"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 128, "max_neighbors": 24}}
        return client.get_or_create_collection(COLLECTION, embedding_function=None, configuration=space)


@contextmanager
def index_errors(folder: Path) -> Iterator[None]:
    """Say what a full disk, a read-only folder or a broken file means for the user."""
    try:
        yield
    except (KamervraagError, TypeError, KeyError, AttributeError):  # the last three: a mistake of ours, not of the disk
        raise
    except Exception as error:  # Chroma's Rust parts raise errors of many kinds, all about its files
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise storage_problem(error, folder) or IndexDamaged(DAMAGED.format(told)) from error
