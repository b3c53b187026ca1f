"""Which sentences an answer quotes, and in which order."""

import datetime as dt

import pytest

from index import Passage
from rag.quotes import compose
from rag.reading import Evidence
from rag.remarks import remarks
from sources import Identity, Sentence

OLD = Identity("kst-1", "oud", dt.date(2023, 3, 14))
NEW = Identity("kst-2", "nieuw", dt.date(2023, 6, 12))


def evidence(words: str, identity: Identity, chance: float) -> Evidence:
    return Evidence(Passage(words, identity.id, 0, len(words), words, None, 1, Sentence(0, len(words))), identity, chance)


def quoted(*found: Evidence) -> list[str]:
    return [claim.text for claim in compose(found)]


def test_further_sentences_are_quoted_only_when_they_answer_nearly_as_well() -> None:
    """And never more than three."""
    assert quoted(evidence("A.", OLD, 0.6), evidence("B.", OLD, 0.3), evidence("C.", OLD, 0.1)) == ["A.", "B."]
    assert len(quoted(*(evidence(f"{i}.", OLD, 0.2) for i in range(5)))) == 3
    assert compose(()) == ()


def test_the_newest_paper_leads() -> None:
    """Where a later paper speaks to the same point, it comes first, and the older one is named as older."""
    claims = compose((evidence("Het zijn er 40.", OLD, 0.6), evidence("Het zijn er 55.", NEW, 0.2)))
    assert [claim.text for claim in claims] == ["Het zijn er 55.", "Het zijn er 40."]
    notes = remarks([citation for claim in claims for citation in claim.citations], lambda _id: True)
    assert notes == ("[2] is van een eerder stuk (14 maart 2023) dan [1] (12 juni 2023).",)


@pytest.mark.parametrize("chance", [0.02, 0.1])
def test_a_newer_paper_that_does_not_answer_does_not_lead(chance: float) -> None:
    """Newer alone is no reason."""
    assert quoted(evidence("Het zijn er 40.", OLD, 0.6), evidence("Het weer is mooi.", NEW, chance)) == ["Het zijn er 40."]
