"""Sentences are split as Dutch is written."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "De brief d.d. 18 oktober 2019 (Kamerstuk 27 925, nr. 662) gaat over de inzet.",
        "Het AO van 18 december jl. ging over EMASOH.",
        "De Minister van Defensie, A.Th.B. Bijleveld-Schouten, is aanwezig.",
        "Minister S.A. Blok woont de Raad bij.",
        "Het team staat onder leiding van mr. P.W. Hoogstraten.",
        "Volgens prof. dr. C.H.J.M. Braun is het art. 100 van de Grondwet.",
        "De kosten bedragen ca. 1.500.000 euro, d.w.z. 3,5 mln. per jaar.",
        "Dat geldt o.a. voor Irak, m.n. Bagdad, en i.h.b. voor de CBMI.",
        "Zij sprak met dhr. Van Dijk en mevr. De Vries e.a. over de zaak.",
        "1. Het kabinet stemt in met het voorstel.",
        "De brief is van Th. Bot, Joh. Witteveen en Chr. Fock.",
        "Ook IJ. Dijkstra, Sj. Postma en É. Dupont tekenden.",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(sentence: str) -> None:
    """'d.d.', 'nr.', 'A.Th.B.' and their like leave a sentence whole."""
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Zoals toegezegd in het AO d.d. 18 december jl. Het kabinet volgt dit.", 2),
        ("Is dat zo? Ja. Dat is zo!", 3),
        ("Het rapport van Jansen c.s. De regering reageert later.", 2),
        ("Zij vroeg: «Waarom?» Niemand wist het.", 2),
        ("De temperatuur was 3.5 graden. 12 landen deden mee.", 2),
        ("Het gaat om de EU. De NAVO blijft.", 2),
        ("Dit is het slot van de brief nr. 5. Voorts is er meer.", 2),
        ("Dat geldt voor de Wmo. Gemeenten krijgen geld.", 2),
        ("Een besluit volgt uit de Awb. Burgers kunnen bezwaar maken.", 2),
        ("Dat was het kabinet van premier Kok. Ministers bleven aan.", 2),
    ],
)
def test_a_full_stop_before_a_capital_ends_a_sentence(text: str, count: int) -> None:
    """Also after an abbreviation that may stand last, such as 'jl.' and 'c.s.'."""
    assert len(split(text)) == count


@given(st.text())
def test_sentences_leave_out_nothing_but_white_space(text: str) -> None:
    """The spans are in order, do not overlap, and together hold every visible character of any text."""
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    assert "".join("".join(text[s:e].split()) for s, e in spans) == "".join(text.split())
    assert all(not text[s].isspace() and not text[e - 1].isspace() for s, e in spans)
