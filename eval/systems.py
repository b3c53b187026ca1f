"""What is compared: our program, and its neighbours on the same papers, each behind one method.

A neighbour shows what a part is worth: words alone, vectors alone, and what LlamaIndex does when it is left to its
defaults. They answer with the top of their search, always; how sure they are is its score, from which the evaluation
draws a threshold on `dev`. Heavy (llama-index, Chroma): imported when a system is made.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eval.questions import Place, sentences
from index import Embedder
from index.words import terms
from rag import Citation, Kamervraag, Turn
from rag.question import stand_alone
from sources import Letter

RANKED = 10  # passages of a ranking that are kept


@dataclass(frozen=True)
class Outcome:
    """What a system made of a question.

    `ranking` are the sentences it holds for the best, best first; `quotes` those it answers with, one tuple a
    statement; `statements` the words of those statements. `confidence` orders questions within one system only.
    `declines` is None for a system that cannot decline by itself.
    """

    ranking: tuple[Place, ...]
    statements: tuple[str, ...]
    quotes: tuple[tuple[Place, ...], ...]
    confidence: float
    declines: bool | None
    seconds: float


class System(Protocol):
    """Something that can be asked. `name` is how the report calls it."""

    name: str

    def answer(self, question: str, history: Sequence[Turn]) -> Outcome:
        """One question, with the turns before it."""
        ...


class Ours:
    """The program, asked as every user asks it."""

    name = "kamervraag"

    def __init__(self, kamervraag: Kamervraag) -> None:
        self._kamervraag = kamervraag

    def answer(self, question: str, history: Sequence[Turn]) -> Outcome:
        answer = self._kamervraag.ask(question, history)
        return Outcome(
            ranking=tuple(_place(citation) for citation in answer.read)[:RANKED],
            statements=tuple(claim.text for claim in answer.claims),
            quotes=tuple(tuple(_place(citation) for citation in claim.citations) for claim in answer.claims),
            confidence=answer.chance,
            declines=not answer.answered,
            seconds=answer.seconds,
        )


class Words:
    """BM25 over the same passages, as our index of words has it."""

    name = "BM25"

    def __init__(self, kamervraag: Kamervraag) -> None:
        self._store = kamervraag.store

    def answer(self, question: str, history: Sequence[Turn]) -> Outcome:
        started = time.perf_counter()
        found = self._store.search_words(terms(stand_alone(question, history)), RANKED)
        passages = self._store.passages([id for id, _score in found])
        seconds = time.perf_counter() - started
        ranking = [Place(p.letter_id, p.sentence.start, p.sentence.end) for p, _identity in (passages[id] for id, _score in found)]
        return _top_of(ranking, [self._store.text(place.document)[place.start : place.end] for place in ranking], found, seconds)


class Vectors:
    """The nearest vectors of the same passages."""

    name = "vectoren"

    def __init__(self, kamervraag: Kamervraag) -> None:
        self._store, self._embedder = kamervraag.store, kamervraag.embedder

    def answer(self, question: str, history: Sequence[Turn]) -> Outcome:
        started = time.perf_counter()
        found = self._store.search_vectors(self._embedder.embed_question(stand_alone(question, history)), RANKED)
        passages = self._store.passages([id for id, _score in found])
        seconds = time.perf_counter() - started
        ranking = [Place(p.letter_id, p.sentence.start, p.sentence.end) for p, _identity in (passages[id] for id, _score in found)]
        return _top_of(ranking, [self._store.text(place.document)[place.start : place.end] for place in ranking], found, seconds)


def _top_of(ranking: list[Place], texts: list[str], found: list[tuple[str, float]], seconds: float) -> Outcome:
    """The first of a search as the answer."""
    if not ranking:
        return Outcome((), (), (), float("-inf"), None, seconds)
    return Outcome(tuple(ranking), (texts[0],), ((ranking[0],),), found[0][1], None, seconds)


class LlamaIndex:
    """LlamaIndex left to itself: its `SentenceSplitter`, its Chroma store and its top-k, with our embedding model.

    It answers with its top chunk. A chunk is many sentences: the ranking is those of each chunk, in order.
    """

    name = "LlamaIndex"

    def __init__(self, letters: Iterable[Letter], embedder: Embedder) -> None:
        import chromadb
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.core.embeddings import BaseEmbedding
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.vector_stores.chroma import ChromaVectorStore

        class Embedding(BaseEmbedding):
            """Our embedder as LlamaIndex asks for one."""

            def _get_query_embedding(self, query: str) -> list[float]:
                return [float(x) for x in embedder.embed_question(query)]

            def _get_text_embedding(self, text: str) -> list[float]:
                return [float(x) for x in embedder.embed_passages([text])[0]]

            async def _aget_query_embedding(self, query: str) -> list[float]:
                return self._get_query_embedding(query)

        self._sentences = {letter.identity.id: sentences(letter) for letter in letters}
        documents = [Document(text=letter.text, metadata={"document": letter.identity.id}) for letter in letters]
        collection = chromadb.EphemeralClient().create_collection("neighbour", embedding_function=None, metadata={"hnsw:space": "cosine"})
        storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
        index = VectorStoreIndex.from_documents(
            documents, storage_context=storage, embed_model=Embedding(), transformations=[SentenceSplitter()]
        )
        self._retriever: Any = index.as_retriever(similarity_top_k=RANKED)

    def answer(self, question: str, history: Sequence[Turn]) -> Outcome:
        started = time.perf_counter()
        nodes = self._retriever.retrieve(stand_alone(question, history))
        seconds = time.perf_counter() - started
        if not nodes:
            return Outcome((), (), (), float("-inf"), None, seconds)
        chunks = [self._sentences_in(node.node) for node in nodes]
        ranking = tuple(dict.fromkeys(place for chunk in chunks for place in chunk))[:RANKED]
        top = nodes[0]
        return Outcome(ranking, (top.node.get_content(),), (tuple(chunks[0]),), float(top.score or 0.0), None, seconds)

    def _sentences_in(self, node: Any) -> list[Place]:
        place = Place(node.metadata["document"], node.start_char_idx, node.end_char_idx)
        return [sentence for sentence in self._sentences[place.document] if sentence.overlaps(place)]


def _place(citation: Citation) -> Place:
    return Place(citation.document, citation.start, citation.end)
