"""A question is checked, and a follow-up made whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import LONGEST, Turn, checked, stand_alone
from sources.errors import BadQuestion


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "???", "\x00\x07", "…"])
def test_an_empty_question_is_refused(question: str) -> None:
    """With an example of one that can be asked."""
    with pytest.raises(BadQuestion, match="leeg"):
        checked(question)


def test_a_very_long_question_is_refused() -> None:
    """With its length and the limit."""
    with pytest.raises(BadQuestion, match=f"20000 tekens; ten hoogste {LONGEST}"):
        checked("a" * 20_000)


def test_control_characters_are_taken_out() -> None:
    """What cannot be seen is not asked."""
    assert checked("Wie\x00 is de\u200b minister?\n") == "Wie is de minister?"
    assert checked("Welke veiligheids\u00admaat\u200bregelen?") == "Welke veiligheidsmaatregelen?"


@pytest.mark.parametrize(
    "sequence", ["\x1b[31m", "\x1b[1;4m", "\x9b0K", "\x1b[?25h", "\x1b]0;titel\x07", "\x1b]8;;http://x.nl/\x1b\\", "\x1b(B", "\x1b"]
)
def test_an_order_to_a_terminal_is_taken_out_whole(sequence: str) -> None:
    """Colours, cursors, titles, links: what is left of them in the text would be searched for; brackets of the asker stay."""
    assert checked(f"Wie [31m] is{sequence} de{sequence} minister?{sequence}") == "Wie [31m] is de minister?"


@pytest.mark.parametrize(
    ("earlier", "follow_up", "whole"),
    [
        ("Hoeveel militairen traint Nederland in Noord-Irak?", "En in Bagdad?", "Hoeveel militairen traint Nederland in Bagdad?"),
        ("Wie is de minister van Defensie?", "En van Buitenlandse Zaken?", "Wie is de minister van Buitenlandse Zaken?"),
        ("Hoeveel mensen levert Nederland aan de NAVO-missie?", "en aan EUAM?", "Hoeveel mensen levert Nederland aan EUAM?"),
        ("Is het kabinet vooraf ingelicht?", "Waarom niet?", "Is het kabinet vooraf ingelicht? Waarom niet?"),
        ("Wie is Suleimani?", "Wanneer is hij omgekomen?", "Wie is Suleimani? Wanneer is hij omgekomen?"),
        ("Wat is EUAM?", "Hoeveel experts levert Nederland daaraan?", "Wat is EUAM? Hoeveel experts levert Nederland daaraan?"),
    ],
)
def test_a_follow_up_is_made_whole(earlier: str, follow_up: str, whole: str) -> None:
    """By exchanging the part it names, or by putting the earlier question before it."""
    assert stand_alone(follow_up, [Turn(earlier, "…")]) == whole


@pytest.mark.parametrize("question", ["Wie heeft de brief ondertekend?", "Hoeveel militairen traint Nederland in Noord-Irak?"])
def test_a_whole_question_is_left_alone(question: str) -> None:
    """What stands on its own is not mixed with what went before."""
    assert stand_alone(question, [Turn("Wat is het JCPOA?", "Een akkoord.")]) == question


def test_the_last_turns_count() -> None:
    """A follow-up to a follow-up: the chain is made whole from the front."""
    turns = [Turn("Hoeveel militairen traint Nederland in Noord-Irak?"), Turn("En in Bagdad?")]
    assert stand_alone("En in Basra?", turns) == "Hoeveel militairen traint Nederland in Basra?"


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=8))
def test_any_question_and_history_give_a_question_or_a_named_error(question: str, earlier: list[str]) -> None:
    """And what comes out has its words in one line and is bounded."""
    try:
        whole = stand_alone(checked(question), [Turn(text) for text in earlier])
    except BadQuestion:
        return
    assert whole
    assert len(whole) <= 2 * LONGEST
