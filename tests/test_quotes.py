"""Which sentences an answer quotes, and in which order."""

import datetime as dt
from dataclasses import replace

import pytest

from index import Passage
from rag.answer import Claim, cited_by
from rag.quotes import cite, compose, newest_first, overtaken
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
    found = (evidence("Het zijn er 40.", OLD, 0.6), evidence("Het zijn er 55.", NEW, 0.2))
    claims = compose(found)
    assert [claim.text for claim in claims] == ["Het zijn er 55.", "Het zijn er 40."]
    assert remarks(cited_by(claims), lambda _id: True, *overtaken(claims, found)) == (
        "[2] is van een eerder stuk (14 maart 2023) dan [1] (12 juni 2023).",
    )


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


def test_only_an_older_paper_on_the_same_matter_is_overtaken() -> None:
    """What is of another matter or has no date is neither older nor newer, whatever stands first."""
    of = (OLD, NEW, ELSEWHERE, replace(ELSEWHERE, id="kst-88801-1", date=dt.date(2020, 1, 9)), replace(OLD, id="kst-99901-3", date=None))
    found = [evidence(f"Zin {number}.", identity, 0.9 - number / 10) for number, identity in enumerate(of)]
    old, new, *others = (Claim(each.passage.quote, (cite(each),)) for each in found)
    assert overtaken([*others, old, new], found) == (old.citations, new.citations)
    assert overtaken([*others, old], found) == overtaken((), ()) == ((), ())


def test_a_remark_has_the_number_that_the_page_shows() -> None:
    """A citation that stands under two sentences has one number."""
    found = (evidence("Het zijn er 40.", OLD, 0.6), evidence("Het zijn er 55.", NEW, 0.2))
    old, new = map(cite, found)
    claims = (Claim("Nu 55.", (new,)), Claim("Van 40 naar 55.", (new, old)))
    (note,) = remarks(cited_by(claims), lambda _id: True, *overtaken(claims, found))
    assert note.startswith("[2] is van een eerder stuk")
    assert note.endswith("dan [1] (12 juni 2023).")


@pytest.mark.parametrize("chance", [0.02, 0.1])
def test_a_newer_paper_that_does_not_answer_does_not_lead(chance: float) -> None:
    """Newer alone is no reason."""
    assert quoted(evidence("Het zijn er 40.", OLD, 0.6), evidence("Het weer is mooi.", NEW, chance)) == ["Het zijn er 40."]
