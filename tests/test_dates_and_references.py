"""Days and papers are recognised as letters write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.dates import date_mentions
from sources.references import references

MONDAY = dt.date(2020, 1, 6)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("18 oktober 2019", dt.date(2019, 10, 18)),
        ("3 januari jl.", dt.date(2020, 1, 3)),
        ("18 december jl.", dt.date(2019, 12, 18)),
        ("vrijdag 10 januari aanstaande", dt.date(2020, 1, 10)),
        ("zondag 5 januari", dt.date(2020, 1, 5)),
        ("1 februari a.s.", dt.date(2020, 2, 1)),
        ("vandaag", MONDAY),
        ("gisteren", dt.date(2020, 1, 5)),
        ("overmorgen", dt.date(2020, 1, 8)),
        ("afgelopen vrijdag", dt.date(2020, 1, 3)),
        ("aanstaande maandag", dt.date(2020, 1, 13)),
        ("31 december", dt.date(2019, 12, 31)),
        ("3 januari j.l.", dt.date(2020, 1, 3)),
        ("18 december j.l.", dt.date(2019, 12, 18)),
        ("1 juli j.l.", dt.date(2019, 7, 1)),
    ],
)
def test_a_day_is_resolved_against_the_letter(words: str, day: dt.date) -> None:
    """'jl.' looks back, 'aanstaande' ahead, and without either the nearest such day is meant."""
    found = date_mentions(f"De vergadering van {words} vond plaats.", MONDAY)
    assert [m.date for m in found] == [day]


def test_a_weekday_that_does_not_fit_is_pointed_out() -> None:
    """'Vrijdag 10 januari 2019' was a Thursday; the letter of January 2020 means the Friday of that year."""
    (mention,) = date_mentions("Vrijdag 10 januari 2019 vindt een Raad plaats.", MONDAY)
    assert mention.likely == dt.date(2020, 1, 10)
    (right,) = date_mentions("vrijdag 10 januari 2020", MONDAY)
    assert right.likely is None


def test_without_a_year_the_weekday_tells_it() -> None:
    """'Vrijdag 8 maart' in a letter of February 2020 was that of 2019; where no year nearby fits, the nearest day is meant."""
    (mention,) = date_mentions("Op vrijdag 8 maart was de Raad.", dt.date(2020, 2, 20))
    assert (mention.date, mention.likely) == (dt.date(2019, 3, 8), None)
    (nowhere,) = date_mentions("Op dinsdag 6 januari was de Raad.", MONDAY)
    assert (nowhere.date, nowhere.likely) == (MONDAY, None)
    (past,) = date_mentions("Op woensdag 8 januari jl. was de Raad.", MONDAY)
    assert past.date == dt.date(2019, 1, 8)


@pytest.mark.parametrize(
    "words",
    [
        "5 en 6 januari",
        "5-6 januari",
        "5 – 6 januari",
        "van 5 tot en met 6 januari",
        "zondag 5 en maandag 6 januari 2020",
        "5 t/m 6 januari",
    ],
)
def test_two_days_that_share_a_month_are_both_resolved(words: str) -> None:
    """However they are joined, each stretch ends with the month that it needs."""
    text = f"De Raad vergaderde {words} in Brussel."
    found = date_mentions(text, MONDAY)
    assert [m.date for m in found] == [dt.date(2020, 1, 5), dt.date(2020, 1, 6)]
    assert all("januari" in text[m.start : m.end] for m in found)


@pytest.mark.parametrize("words", ["0-6 januari", "9-6 januari", "35-6 januari", "nr. 2019-5-6 januari", "1,5 en 6 januari"])
def test_a_number_before_a_day_is_not_always_one(words: str) -> None:
    """One that no day has, one that would come later, and a piece of something longer."""
    assert [m.date for m in date_mentions(f"Zie {words}.", MONDAY)] == [MONDAY]


@pytest.mark.parametrize("text", ["in de morgen", "op de vroege morgen", "maandag morgen", "deze morgen", "'s morgens"])
def test_a_morning_is_not_tomorrow(text: str) -> None:
    """Only the bare word looks ahead."""
    assert date_mentions(f"Het gebeurde {text}.", MONDAY) == []


@pytest.mark.parametrize("text", ["32 januari 2020", "0 januari", "30 februari", "Artikel 100 van 2020", "de mei-commissie", "14 personen"])
def test_what_is_no_day_is_left_alone(text: str) -> None:
    """No day is made of numbers and words that name none."""
    assert date_mentions(text, MONDAY) == []


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("(Kamerstuk 27 925, nr. 662)", ["kst-27925-662"]),
        ("Kamerstuk 27\u00a0925, nr.\n662", ["kst-27925-662"]),
        ("Kamerstuk 35 300 V, nr. 6", ["kst-35300-V-6"]),
        ("Kamerstukken II 2019/20, 35 300-XV, nr. 28", ["kst-35300-XV-28"]),
        ("Kamerstukken II 2022/23, 36 229, nr. 1", ["kst-36229-1"]),
        ("Kamerstukken II 2019/20, 29 754, nrs. 520 en 548", ["kst-29754-520", "kst-29754-548"]),
        ("Kamerstukken II 1999/00, 26 824, nrs. 1–3", ["kst-26824-1", "kst-26824-2", "kst-26824-3"]),
        ("(29 521, nr. 107)", ["kst-29521-107"]),
        ("Kamerstuk 21501-02-1855 en Kamerstuk 29279-418", ["kst-21501-02-1855", "kst-29279-418"]),
        ("bijlage bij Kamerstuk 36 101, nr. 15", ["kst-36101-15"]),
        ("zie kst-27925-692", ["kst-27925-692"]),
        ("Kamerstukken II 2020/21, 35570", []),
        ("in 27 925 gevallen, nr. 3 daarvan", []),
    ],
)
def test_a_paper_is_recognised_in_its_written_variants(text: str, documents: list[str]) -> None:
    """The id is KOOP's; what names a dossier only, or nothing at all, is no reference."""
    assert [r.document for r in references(text)] == documents


@given(st.text(alphabet=st.sampled_from("Kamerstuk 0123456789,.nr-enIVX()\n"), max_size=80))
def test_mentions_stay_inside_their_text(text: str) -> None:
    """Whatever the text, every mention is a stretch of it."""
    for mention in [*references(text), *date_mentions(text, MONDAY)]:
        assert 0 <= mention.start < mention.end <= len(text)
