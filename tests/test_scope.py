"""Which papers a question names, and what that does to the search."""

import datetime as dt

import pytest

from rag.scope import Scope, names_papers, narrowed, scope_of
from sources import Identity

KNOWN = (
    Identity("kst-27925-692", "Irak", dt.date(2020, 1, 6), dossier="27925", number="692"),
    Identity("kst-29521-399", "Golf", dt.date(2020, 1, 6), dossier="29521", number="399"),
    Identity("kst-27925-693", "Irak", dt.date(2020, 1, 17), dossier="27925", number="693"),
)


@pytest.mark.parametrize(
    ("question", "letters"),
    [
        ("Wat staat er in Kamerstuk 27 925, nr. 692 over Erbil?", ("kst-27925-692",)),
        ("Wat zegt de brief van 17 januari 2020 over de trainingen?", ("kst-27925-693",)),
        ("wat stond er in de kamerbrief van 6 januari 2020", ("kst-27925-692", "kst-29521-399")),
        ("Wat zegt de brief van 17 januari over de trainingen?", ("kst-27925-693",)),
        ("Wat gebeurde er op 6 januari 2020?", ()),
        ("Hoeveel militairen trainen er?", ()),
    ],
)
def test_a_question_that_names_a_paper_is_about_that_paper(question: str, letters: tuple[str, ...]) -> None:
    """By number or by date; the date of an event names no paper, and one date may be that of two papers."""
    assert scope_of(question, KNOWN).letters == letters
    assert names_papers(question) == bool(letters)


@pytest.mark.parametrize("question", ["Wat staat er in Kamerstuk 27 925, nr. 662?", "Wat staat er in de brief van 18 oktober 2019?"])
def test_a_paper_that_is_not_there_is_named_and_narrows_nothing(question: str) -> None:
    """Another paper may speak of it."""
    scope = scope_of(question, KNOWN)
    assert scope.letters == ()
    assert len(scope.absent) == 1


def test_a_scope_is_added_to_a_filter_that_was_there() -> None:
    """Both hold."""
    these = {"letter": {"$in": ["a"]}}
    assert narrowed(None, Scope()) is None
    assert narrowed(None, Scope(("a",))) == these
    assert narrowed({"kind": "Motie"}, Scope(("a",))) == {"$and": [{"kind": "Motie"}, these]}
