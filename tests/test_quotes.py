"""Which sentences an answer quotes, and in which order."""

import datetime as dt
from dataclasses import replace

import pytest

from index import Passage
from rag.answer import Claim
from rag.quotes import cite, compose, newest_first
from rag.reading import Evidence
from rag.remarks import remarks
from sources import Identity, Sentence

OLD = Identity("kst-99901-1", "oud", dt.date(2023, 3, 14), dossier="99901")
NEW = Identity("kst-99901-2", "nieuw", dt.date(2023, 6, 12), dossier="99902", dossiers=("99902", "99901"))
ELSEWHERE = Identity("kst-88801-3", "elders", dt.date(2024, 1, 9), dossier="88801")


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


def test_a_newer_paper_on_another_matter_does_not_lead() -> None:
    """It is quoted where it answers as well as any other, after what the best one's dossier says."""
    assert quoted(evidence("Het zijn er 40.", OLD, 0.6), evidence("Zij zijn met 55.", ELSEWHERE, 0.2)) == ["Het zijn er 40."]
    found = (evidence("Het zijn er 40.", OLD, 0.6), evidence("Zij zijn met 55.", ELSEWHERE, 0.3), evidence("Het zijn er 50.", NEW, 0.2))
    assert quoted(*found) == ["Het zijn er 50.", "Het zijn er 40.", "Zij zijn met 55."]
    without = replace(OLD, dossier=None), replace(ELSEWHERE, dossier=None)
    assert quoted(*map(evidence, ("Het zijn er 40.", "Zij zijn met 55."), without, (0.6, 0.2))) == ["Het zijn er 40."]


def test_a_newer_paper_that_names_or_replaces_the_best_one_leads() -> None:
    """From whatever dossier."""
    names = evidence("Anders dan gemeld (Kamerstuk 99 901, nr. 1) zijn het er 55.", ELSEWHERE, 0.2)
    replaces = evidence("Het zijn er 55.", replace(ELSEWHERE, replaces=("kst-99901-1",)), 0.2)
    for newer in (names, replaces):
        assert quoted(evidence("Het zijn er 40.", OLD, 0.6), newer)[0] == newer.passage.quote


def test_claims_of_any_answerer_are_put_in_one_order() -> None:
    """Those that a language model wrote too: by the newest paper that each rests on, the matter of the best one first."""
    found = (evidence("Het zijn er 40.", OLD, 0.6), evidence("Het zijn er 55.", NEW, 0.2), evidence("Mooi.", ELSEWHERE, 0.1))
    old, new, elsewhere = (Claim(f"Zin {i}.", (cite(e),)) for i, e in enumerate(found))
    both = Claim("Van 40 naar 55.", (cite(found[0]), cite(found[1])))
    assert newest_first([elsewhere, old, new, both], found) == (new, both, old, elsewhere)
    assert newest_first([], ()) == ()


@pytest.mark.parametrize("chance", [0.02, 0.1])
def test_a_newer_paper_that_does_not_answer_does_not_lead(chance: float) -> None:
    """Newer alone is no reason."""
    assert quoted(evidence("Het zijn er 40.", OLD, 0.6), evidence("Het weer is mooi.", NEW, chance)) == ["Het zijn er 40."]
