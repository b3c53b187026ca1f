"""A letter is cut without losing a character, and Dutch words meet their inflections and compounds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import split
from index.words import compound_parts, terms
from sources import Letter, read_bytes
from sources.errors import UnreadableLetter


def assert_cut_well(letter: Letter) -> None:
    passages = split(letter)
    assert all(letter.text[p.start : p.end] == p.text for p in passages)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(letter.text.split())
    assert len({p.id for p in passages}) == len(passages)
    for passage in passages:
        assert passage.start <= passage.sentence.start < passage.sentence.end == passage.end
        assert letter.text[passage.sentence.start : passage.sentence.end] == passage.quote


def test_every_character_of_the_letter_is_in_one_passage(letter: Letter) -> None:
    """Passages are exact stretches, in order, that together hold all the letter says."""
    assert_cut_well(letter)


def test_a_heading_travels_with_its_passages(letter: Letter) -> None:
    """Each passage knows its heading; the first below it holds its words too, but is quoted without them."""
    first, second, *_ = [p for p in split(letter) if p.heading == "EU-adviesmissie in Irak (EUAM)"]
    assert first.text.startswith("EU-adviesmissie in Irak (EUAM)\n\nOver de EU-adviesmissie")
    assert first.quote.startswith("Over de EU-adviesmissie")
    assert (
        second.text
        == second.quote
        == "EUAM is een civiele missie en kent derhalve een ander karakter dan de anti-ISIS-coalitie en de NAVO-missie in Irak."
    )
    assert first.paragraph == second.paragraph == 15


def test_each_signature_can_be_quoted(letter: Letter) -> None:
    """Who signed is a passage a signer."""
    assert [p.quote.split(", ")[-1] for p in split(letter)[-3:]] == ["S.A. Blok", "A.Th.B. Bijleveld-Schouten", "S.A.M. Kaag"]


def test_ids_depend_on_the_words_alone(letter: Letter) -> None:
    """The same letter gives the same ids; a changed sentence changes the id of its passage only."""
    raw = b"Den Haag, 6 januari 2020\n\nDe eerste zin van deze brief. De tweede zin van deze brief.\n"
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
        ("Trump’s", "Trump"),
        ("NAVO’s", "NAVO"),
    ],
)
def test_words_of_one_family_share_a_term(first: str, second: str) -> None:
    """Inflections, irregular verbs, compounds and capitals meet."""
    assert set(terms(first)) & set(terms(second))


@pytest.mark.parametrize("word", ["Trump{}s", "pdf{}s", "foto{}s", "z{}n", "d{}Hondt"])
def test_an_apostrophe_may_be_typed_either_way(word: str) -> None:
    """A phone types curly ones, and papers are full of both."""
    assert terms(word.format("’")) == terms(word.format("'"))


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
