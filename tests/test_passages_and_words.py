"""A letter is cut without losing a character, and Dutch words meet their inflections and compounds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import split
from index.passages import LONGEST
from index.words import compound_parts, terms
from sources import Letter, read_bytes
from sources.errors import UnreadableLetter


def assert_cut_well(letter: Letter) -> None:
    passages = split(letter)
    assert all(letter.text[p.start : p.end] == p.text for p in passages)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(letter.text.split())
    assert len({p.id for p in passages}) == len(passages)
    for passage in passages:
        assert all(passage.start <= s.start < s.end <= passage.end for s in passage.sentences)


def test_every_character_of_the_letter_is_in_one_passage(letter: Letter) -> None:
    """Passages are exact stretches, in order, that together hold all the letter says."""
    assert_cut_well(letter)


def test_a_heading_travels_with_its_passages(letter: Letter) -> None:
    """The second passage under a heading carries it too, and the model sees it there."""
    (passage,) = [p for p in split(letter) if "diplomaat, drie civiele experts" in p.text]
    assert passage.heading == "NAVO-missie in Irak (NMI)"
    assert passage.embedded_text.startswith("NAVO-missie in Irak (NMI)\n\nNederland draagt")


def test_signatures_stay_together_and_can_be_quoted_one_by_one(letter: Letter) -> None:
    """Who signed is one passage with a sentence a signer."""
    last = split(letter)[-1]
    assert [letter.text[s.start : s.end].split(", ")[-1] for s in last.sentences] == [
        "S.A. Blok",
        "A.Th.B. Bijleveld-Schouten",
        "S.A.M. Kaag",
    ]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    """No passage outgrows the model, unless one sentence does."""
    text = " ".join(f"Dit is zin nummer {i} van een lange alinea over van alles en nog wat." for i in range(100))
    letter = read_bytes(text.encode(), None, Path("lang.txt"))
    passages = split(letter)
    assert len(passages) > 3
    assert all(len(p.text) <= LONGEST and p.text.endswith(".") for p in passages)
    assert_cut_well(letter)


def test_ids_depend_on_the_words_alone(letter: Letter) -> None:
    """The same letter gives the same ids; a changed sentence changes the id of its passage only."""
    raw = b"Den Haag, 6 januari 2020\n\nDe eerste alinea van deze brief.\n\nDe tweede alinea van deze brief.\n"
    first = [p.id for p in split(read_bytes(raw, None, Path("b.txt")))]
    assert first == [p.id for p in split(read_bytes(raw, None, Path("b.txt")))]
    changed = [p.id for p in split(read_bytes(raw.replace(b"tweede", b"laatste"), None, Path("b.txt")))]
    assert [a == b for a, b in zip(first, changed, strict=True)] == [True, True, False]


@given(st.text(max_size=3000))
def test_any_letter_is_cut_without_loss(text: str) -> None:
    """The same holds for any text."""
    try:
        letter = read_bytes(text.encode("utf-8", errors="surrogatepass"), None, Path("b.txt"))
    except UnreadableLetter:
        return
    assert_cut_well(letter)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("trainingen", "training"),
        ("besloot", "besluiten"),
        ("militairen", "militair"),
        ("opgeschort", "opschorten"),
        ("stillagen", "stilliggen"),
        ("trainersbijdrage", "bijdrage"),
        ("veiligheidspersoneel", "personeel"),
        ("hoofdkwartieren", "hoofdkwartier"),
        ("coördinatie", "COORDINATIE"),
        ("NAVO-raad", "navo"),
    ],
)
def test_words_of_one_family_share_a_term(first: str, second: str) -> None:
    """Inflections, irregular verbs, compounds and capitals meet."""
    assert set(terms(first)) & set(terms(second))


@pytest.mark.parametrize(
    ("first", "second"), [("minister", "ministerie"), ("regering", "ring"), ("voorspellen", "spellen"), ("Irak", "Iran")]
)
def test_words_of_other_families_do_not(first: str, second: str) -> None:
    """What only looks alike stays apart."""
    assert not set(terms(first)) & set(terms(second))


def test_a_compound_is_two_known_words() -> None:
    """Its linking letter belongs to neither."""
    assert compound_parts("veiligheidssituatie") == ("veiligheid", "situatie")
    assert compound_parts("minister") == ()
