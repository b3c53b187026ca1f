"""Search: by meaning and by words, fused; also through LlamaIndex."""

from rag import Kamervraag
from rag.scope import only
from rag.search import fuse


def test_what_both_lists_have_comes_first() -> None:
    """Reciprocal rank fusion: second in both beats first in one."""
    scores = fuse({1.0: ["a", "b", "c"], 0.9: ["d", "b", "e"]})
    assert max(scores, key=lambda id: scores[id]) == "b"


def test_a_rare_word_is_found_by_its_letters(kamervraag: Kamervraag) -> None:
    """An abbreviation that no embedding knows."""
    hits = kamervraag.search("KTCC", limit=3)
    assert "KTCC" in hits[0].passage.quote


def test_a_paraphrase_is_found_by_its_meaning(kamervraag: Kamervraag) -> None:
    """Here in another language."""
    quotes = [hit.passage.quote for hit in kamervraag.search("Was the government informed of the American strike beforehand?", limit=5)]
    assert any("niet van te voren ingelicht" in quote for quote in quotes)


def test_a_filter_holds_for_both_lists(kamervraag: Kamervraag) -> None:
    """Nothing from outside it, however near."""
    assert kamervraag.search("KTCC militairen", limit=10, where=only(["kst-1-1"])) == []
    assert len(kamervraag.search("KTCC militairen", limit=10, where=only(["kst-27925-692"]))) == 10


def test_the_same_search_through_llamaindex(kamervraag: Kamervraag) -> None:
    """The retriever gives the same passages in the same order, with their place."""
    from rag.retriever import KamervraagRetriever

    nodes = KamervraagRetriever(kamervraag, limit=4).retrieve("Hoeveel militairen traint Nederland?")
    hits = kamervraag.search("Hoeveel militairen traint Nederland?", limit=4)
    assert [node.node_id for node in nodes] == [hit.passage.id for hit in hits]
    assert nodes[0].node.get_content() == hits[0].passage.quote
    assert nodes[0].metadata["document"] == "kst-27925-692"
