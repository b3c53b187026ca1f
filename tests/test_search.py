"""Search: by meaning and by words, fused."""

from typing import Any

from index import Hit
from rag import Kamervraag
from rag.scope import only
from rag.search import fuse, search


def found(program: Kamervraag, question: str, limit: int, where: dict[str, Any] | None = None) -> list[Hit]:
    return search(program.store, question, program.embedder.embed_question(question), limit=limit, where=where)


def test_what_both_lists_have_comes_first() -> None:
    """Reciprocal rank fusion: second in both beats first in one."""
    scores = fuse({1.0: ["a", "b", "c"], 0.9: ["d", "b", "e"]})
    assert max(scores, key=lambda id: scores[id]) == "b"


def test_a_rare_word_is_found_by_its_letters(kamervraag: Kamervraag) -> None:
    """An abbreviation that no embedding knows."""
    hits = found(kamervraag, "KTCC", 3)
    assert "KTCC" in hits[0].passage.quote


def test_a_paraphrase_is_found_by_its_meaning(kamervraag: Kamervraag) -> None:
    """Here in another language."""
    quotes = [hit.passage.quote for hit in found(kamervraag, "Was the government informed of the American strike beforehand?", 5)]
    assert any("niet van te voren ingelicht" in quote for quote in quotes)


def test_a_filter_holds_for_both_lists(kamervraag: Kamervraag) -> None:
    """Nothing from outside it, however near."""
    assert found(kamervraag, "KTCC militairen", 10, only(["kst-1-1"])) == []
    assert len(found(kamervraag, "KTCC militairen", 10, only(["kst-27925-692"]))) == 10
