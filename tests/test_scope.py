"""Which papers a question names, and what that does to the search."""

import datetime as dt

import pytest

from rag import Filter, Kamervraag
from rag.declining import specific_words
from rag.scope import as_asked_of_it, names_papers, scope_of
from sources import Identity, Signer

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
        ("Wat is er in dossier 27 925 gezegd over Erbil?", ("kst-27925-692", "kst-27925-693")),
        ("Wat gebeurde er op 6 januari 2020?", ()),
        ("Hoeveel militairen trainen er?", ()),
    ],
)
def test_a_question_that_names_a_paper_is_about_that_paper(question: str, letters: tuple[str, ...]) -> None:
    """By number, date or dossier; the date of an event names no paper, and one date may be that of two papers."""
    assert scope_of(question, KNOWN).letters == letters
    assert names_papers(question) == bool(letters)


@pytest.mark.parametrize(
    "question",
    ["Wat staat er in Kamerstuk 27 925, nr. 662?", "Wat staat er in de brief van 18 oktober 2019?", "Wat staat er in dossier 36 000?"],
)
def test_a_paper_that_is_not_there_is_named_and_narrows_nothing(question: str) -> None:
    """Another paper may speak of it."""
    scope = scope_of(question, KNOWN)
    assert scope.letters == ()
    assert len(scope.absent) == 1


@pytest.mark.parametrize(
    "question",
    [
        "Wat staat er in Kamerstuk 27 925, nr. 692 over Erbil?",
        "Wat zegt kst-27925-692 over Erbil?",
        "Wat zegt de brief van 17 januari 2020 over Erbil?",
        "Wat is er in dossier 27925 gezegd over Erbil?",
    ],
)
def test_what_names_a_paper_need_not_stand_in_it(question: str) -> None:
    """A paper does not mention its own number; the other names still count."""
    assert specific_words(question) == ["Erbil"]


@pytest.mark.parametrize(
    ("where", "through"),
    [
        (Filter(), [0, 1, 2]),
        (Filter(dossiers=("27925",)), [0, 2]),
        (Filter(dossiers=("27925", "29521"), until=dt.date(2020, 1, 6)), [0, 1]),
        (Filter(since=dt.date(2020, 1, 17)), [2]),
        (Filter(kinds=("Motie",)), []),
    ],
)
def test_a_filter_lets_papers_through(where: Filter, through: list[int]) -> None:
    """All that is asked holds, and the first and last day count."""
    assert [where.admits(identity) for identity in KNOWN] == [at in through for at in range(3)]
    assert bool(where) == (len(through) < 3)


def test_a_paper_without_a_date_is_in_no_period() -> None:
    """Whether it is of that time cannot be known."""
    undated = Identity("eigen", "Notitie", None, signers=(Signer("A. Jansen", ""),))
    assert Filter(signers=("A. Jansen",)).admits(undated)
    assert not Filter(since=dt.date(1900, 1, 1)).admits(undated)


def test_what_a_filter_shuts_out_is_not_quoted(kamervraag: Kamervraag) -> None:
    """The same question, with and without; an answer says where was searched."""
    question = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
    inside = kamervraag.ask(question, where=Filter(dossiers=("27925",)))
    assert inside.answered
    assert inside.searched == "dossier 27925"
    outside = kamervraag.ask(question, where=Filter(dossiers=("29521",)))
    assert not outside.answered
    assert outside.declined is not None
    assert outside.declined.nearest == ()


def test_a_question_that_names_a_paper_says_so_and_can_be_widened(kamervraag: Kamervraag) -> None:
    """`everywhere` searches all papers though the question names one."""
    question = "Wie heeft volgens de brief van 6 januari 2020 de ingelaste Raad bijeengeroepen?"
    named = kamervraag.ask(question)
    assert (named.searched, named.named) == ("Kamerstuk 27 925, nr. 692", True)
    wide = kamervraag.ask(question, everywhere=True)
    assert (wide.searched, wide.named) == (None, False)


def test_the_json_says_where_was_searched(kamervraag: Kamervraag) -> None:
    """In its notes, first; its fields are as they are."""
    question = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
    given = kamervraag.ask(question, where=Filter(dossiers=("27925",))).as_json()
    assert given["notes"][0] == "Gezocht in: dossier 27925"
    assert given.keys() == kamervraag.ask(question).as_json().keys()
    assert not any("Gezocht in" in note for note in kamervraag.ask(question).as_json()["notes"])


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Wie traint er volgens Kamerstuk 27 925, nr. 692?", "Wie traint er?"),
        ("Volgens de brief van 6 januari 2020, wie traint er?", "wie traint er?"),
        ("Wat staat er in Kamerstuk 27 925, nr. 692?", "Wat staat er in Kamerstuk 27 925, nr. 692?"),
        ("Wat is volgens het kabinet de oorzaak?", "Wat is volgens het kabinet de oorzaak?"),
    ],
)
def test_a_paper_is_asked_without_its_own_name(question: str, asked: str) -> None:
    """Where the name says no more than where to look."""
    assert as_asked_of_it(question) == asked
