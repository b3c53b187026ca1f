"""Our search as a LlamaIndex retriever, for whoever builds a pipeline of their own on the same index.

Heavy (llama-index-core): imported only by who uses it. The nodes carry what a citation needs.
"""

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index import Hit
from rag.kamervraag import Kamervraag


class KamervraagRetriever(BaseRetriever):
    """Passages for a question, best first, as `NodeWithScore`; `limit` is how many."""

    def __init__(self, kamervraag: Kamervraag, *, limit: int = 10) -> None:
        super().__init__()
        self._kamervraag = kamervraag
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(hit) for hit in self._kamervraag.search(query_bundle.query_str, limit=self._limit)]


def _node(hit: Hit) -> NodeWithScore:
    passage, identity = hit.passage, hit.identity
    place = {"document": identity.id, "name": identity.name, "date": str(identity.date), "heading": passage.heading or ""}
    place |= {"start": str(passage.sentence.start), "end": str(passage.sentence.end)}
    return NodeWithScore(node=TextNode(id_=passage.id, text=passage.quote, metadata=place), score=hit.score)
