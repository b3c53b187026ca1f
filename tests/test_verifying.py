"""Nothing is shown that the paper does not say."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Citation, Claim
from rag.remarks import remarks
from rag.verify import fault, verify
from sources import Letter
from sources.sentences import sentence_spans

TEXT = (
    "Nederland levert maximaal 50 militairen. Minister Blok sprak op 4 januari met Iran. Dat gebeurde vandaag in Erbil."
    " Van 4 januari tot 10 februari duurt de inzet. Op 7 en 8 maart is er overleg. Er zijn 1.000 soldaten."
    " De Nederlandse trainersbijdrage is één van honderd. Op maandag 6 april en vrijdag 10 april is er overleg. Şahin en vijfentwintig anderen bleven, de helft tot zondag 5 januari 2020."
)
SENTENCES = [TEXT[start:end] for start, end in sentence_spans(TEXT)]


def citation(quote: str, *, start: int | None = None, date: dt.date | None = dt.date(2020, 1, 6)) -> Citation:
    at = TEXT.find(quote) if start is None else start
    return Citation("kst-1", "Titel", date, None, None, 1, at, at + len(quote), quote)


def kept(text: str, *quotes: str, date: dt.date | None = dt.date(2020, 1, 6)) -> bool:
    claims, dropped = verify((Claim(text, tuple(citation(q, date=date) for q in quotes)),), lambda _id: TEXT)
    assert bool(claims) != bool(dropped)
    return bool(claims)


def test_a_sentence_of_the_paper_stands() -> None:
    """Quoted where it stands, it is kept."""
    assert kept("Nederland levert maximaal 50 militairen.", "Nederland levert maximaal 50 militairen.")


@pytest.mark.parametrize(
    "claim",
    [
        "Nederland levert maximaal 60 militairen.",
        "Nederland levert vijftig militairen.",
        "Het zijn 50 militairen uit Duitsland.",
        "Het zijn 50 militairen sinds januari.",
    ],
)
def test_a_number_date_or_name_that_the_quote_lacks_drops_the_claim(claim: str) -> None:
    """And the drop is told."""
    assert not kept(claim, "Nederland levert maximaal 50 militairen.")


@pytest.mark.parametrize(
    "claim",
    [
        "Duitsland levert maximaal 50 militairen.",
        "Rutte levert 50 militairen.",
        "Volgens Öztürk levert Nederland 50 militairen.",
        "Volgens Şahin levert Nederland 50 militairen.",
        "Volgens O\u0308ztu\u0308rk levert Nederland 50 militairen.",
        "Nederland levert vijfentwintig militairen.",
        "Nederland levert tweeëntwintig militairen.",
        "Nederland levert tweehonderd militairen.",
        "Nederland levert honderden militairen.",
        "Nederland levert tientallen militairen.",
        "Nederland levert de helft van de militairen.",
        "Nederland levert een kwart van de militairen.",
        "Nederland levert een dozijn militairen.",
        "Nederland levert één militair.",
        "Eén militair levert Nederland.",
        "Nederland levert 5 militairen.",
        "Nederland levert maximaal 5",
        "Nederland levert militairen voor F35.",
    ],
)
def test_no_name_or_number_is_made_up(claim: str) -> None:
    """Not as the first word, not with a foreign capital, not as a number in words, not as a piece of a longer number."""
    assert not kept(claim, "Nederland levert maximaal 50 militairen.")


@pytest.mark.parametrize(
    "claim",
    [
        "Maximaal 50 militairen levert Nederland.",
        "Er zijn maximaal 50 militairen. Dat levert Nederland.",
        "Militairen levert Nederland, te weten 50.",
        "Nederland levert maximaal 50 militairen",
        "Het is eenvoudig: Nederland levert er maximaal 50.",
    ],
)
def test_the_same_in_other_words_stands(claim: str) -> None:
    """A sentence may begin with a word of the quote or with one that names nothing."""
    assert kept(claim, "Nederland levert maximaal 50 militairen.")


def test_a_name_may_be_inflected() -> None:
    """As its adjective, its plural or a part of a compound; another country or a number may not."""
    quote = "De Nederlandse trainersbijdrage is één van honderd."
    assert kept("Nederland heeft er trainers.", quote)
    assert kept("Trainers komen er van Nederland.", quote)
    assert kept("Eén bijdrage is van Nederland.", quote)
    assert not kept("Duitsland heeft er trainers.", quote)
    assert not kept("Nederland heeft er honderden.", quote)
    assert not kept("Honderden komen er van Nederland.", quote)


@pytest.mark.parametrize(
    "claim", ["De inzet begint op 10 januari.", "De inzet is van 4 februari tot 10 januari.", "Op 4 februari eindigt de inzet."]
)
def test_parts_of_two_days_make_no_third(claim: str) -> None:
    """Day and month belong together."""
    assert not kept(claim, "Van 4 januari tot 10 februari duurt de inzet.")


def test_the_days_of_a_quote_may_be_said() -> None:
    """Each day that it names, also where two share a month."""
    assert kept("De inzet begint op 4 januari.", "Van 4 januari tot 10 februari duurt de inzet.")
    assert kept("Op 7 maart is er overleg.", "Op 7 en 8 maart is er overleg.")
    assert kept("Op 7 maart is er overleg.", "Op 7 en 8 maart is er overleg.", date=None)
    until = "Şahin en vijfentwintig anderen bleven, de helft tot zondag 5 januari 2020."
    assert kept("De helft bleef tot 5 januari.", until, date=dt.date(2021, 6, 1))
    assert not kept("De helft bleef tot zondag 5 februari.", until)


def test_a_weekday_belongs_to_its_day() -> None:
    """That of another day does not make it one."""
    quote = "Op maandag 6 april en vrijdag 10 april is er overleg."
    assert kept("Op vrijdag 10 april is overleg.", quote)
    assert not kept("Op vrijdag 6 april is overleg.", quote)


def test_a_thousand_is_no_one() -> None:
    """A piece of a number is another number."""
    assert not kept("Er zijn 1 soldaten.", "Er zijn 1.000 soldaten.")
    assert not kept("Er zijn 1", "Er zijn 1.000 soldaten.")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_copied_from_the_quote_always_stands(sentence: str) -> None:
    """Whatever names, days and numbers are in it."""
    assert kept(sentence, sentence)


@given(st.text(min_size=1).filter(str.strip))
def test_whatever_is_copied_whole_stands(text: str) -> None:
    """Of any paper: the answerer that only quotes loses nothing here."""
    whole = Citation("kst-1", "Titel", dt.date(2020, 1, 6), None, None, 1, 0, len(text), text)
    assert fault(Claim(text, (whole,)), lambda _id: text) is None


def test_every_sentence_of_the_letter_stands(letter: Letter) -> None:
    """With all its names, days and numbers."""
    identity = letter.identity
    for sentence in (sentence for paragraph in letter.paragraphs for sentence in paragraph.sentences):
        quote = letter.text[sentence.start : sentence.end]
        cited = Citation(identity.id, identity.title, identity.date, None, None, 1, sentence.start, sentence.end, quote)
        assert fault(Claim(" ".join(quote.split()), (cited,)), lambda _id: letter.text) is None


def test_a_claim_without_a_citation_is_dropped() -> None:
    """However true."""
    assert not kept("Nederland levert militairen.")


def test_a_quote_that_is_not_to_the_letter_is_dropped() -> None:
    """One letter, or one place, off is off."""
    wrong_words = Claim("Nederland", (citation("Nederland levert minimaal 50", start=0),))
    wrong_place = Claim("Nederland", (citation("Nederland levert", start=1),))
    assert verify((wrong_words, wrong_place), lambda _id: TEXT)[0] == ()


@given(st.text(max_size=50), st.integers(-5, 200))
def test_only_verbatim_quotes_pass(quote: str, start: int) -> None:
    """For any words at any place."""
    claims, _ = verify((Claim("", (citation(quote, start=start),)),), lambda _id: TEXT)
    assert not claims or TEXT[start : start + len(quote)] == quote != ""


def test_relative_days_are_resolved_beside_the_quote() -> None:
    """'vandaag' and '4 januari' get their full dates; a paper without a date gets no guess."""
    notes = remarks([citation("Minister Blok sprak op 4 januari met Iran."), citation("Dat gebeurde vandaag in Erbil.")], lambda _id: True)
    assert [n.split(" (")[0] for n in notes] == ["«4 januari» is zaterdag 4 januari 2020", "«vandaag» is maandag 6 januari 2020"]
    undated = remarks([citation("Dat gebeurde vandaag in Erbil.", date=None)], lambda _id: True)
    assert not any("«vandaag»" in note for note in undated)


@pytest.mark.parametrize(
    ("quote", "likely"),
    [
        ("De bijeenkomst is dinsdag 18 november aanstaande.", "donderdag 18 november 2021 of dinsdag 16 november 2021"),
        ("De bijeenkomst is zondag 6 en vrijdag 12 november 2021.", "zaterdag 6 november 2021 of zondag 7 november 2021"),
    ],
)
def test_a_weekday_that_fits_no_year_nearby_is_pointed_out(quote: str, likely: str) -> None:
    """With the two days that may be meant; one that fits is resolved as ever."""
    cited = Citation("kst-1", "Titel", dt.date(2021, 10, 8), None, None, 1, 0, len(quote), quote)
    notes = remarks([cited], lambda _id: True)
    assert f"Waarschijnlijk is {likely} bedoeld." in notes[0]
    fits = replace(cited, quote="De bijeenkomst is donderdag 18 november aanstaande.")
    assert remarks([fits], lambda _id: True)[0].startswith("«donderdag 18 november aanstaande» is donderdag 18 november 2021")


def test_a_paper_without_a_date_is_said_to_have_none() -> None:
    """Once, however often it is cited; of the others the date is known."""
    undated = citation("Nederland levert", date=None)
    notes = remarks([citation("Nederland levert"), undated, undated], lambda _id: True)
    assert [note for note in notes if "heeft geen datum" in note] == [
        "«Titel» (kst-1) heeft geen datum: van wanneer deze stand van zaken is, is onbekend."
    ]


def test_each_of_the_papers_named_together_is_told_apart() -> None:
    """Words that name two papers do not say both that they are there and that they are not."""
    quote = "zoals gemeld (Kamerstukken II 2019/20, 29 754, nrs. 520 en 548)"
    notes = remarks([Citation("kst-1", "T", dt.date(2020, 1, 6), None, None, 1, 0, len(quote), quote)], lambda id: id.endswith("520"))
    assert [("(kst-29754-520)" in note, "(kst-29754-548)" in note, "niet in de index" in note) for note in notes] == [
        (True, False, False),
        (False, True, True),
    ]


def test_a_cited_paper_is_said_to_be_in_the_index_or_not() -> None:
    """Under the name that the quote gives it; the paper itself is not mentioned."""
    quote = "zoals gemeld (Kamerstuk 27 925, nr. 662)"
    cited = Citation("kst-27925-692", "T", dt.date(2020, 1, 6), None, None, 1, 0, len(quote), quote)
    assert "Kamerstuk 27 925, nr. 662" in remarks([cited], lambda _id: False)[0]
    assert "kamervraag add kst-27925-662" in remarks([cited], lambda _id: False)[0]
    assert remarks([cited], lambda _id: True) == ("Kamerstuk 27 925, nr. 662 staat in de index.",)
    assert remarks([replace(cited, document="kst-27925-662")], lambda _id: False) == ()


@pytest.mark.parametrize("id", ["ah-tk-20192020-1234", "h-tk-20192020-33-7"])
def test_any_absent_paper_that_can_be_fetched_says_how(id: str) -> None:
    """Answers to written questions and debates too."""
    quote = f"zie {id} voor meer"
    (note,) = remarks([Citation("kst-27925-692", "T", dt.date(2020, 1, 6), None, None, 1, 0, len(quote), quote)], lambda _id: False)
    assert f"kamervraag add {id}" in note
