"""Every door tells the same of an answer, in one order: page, copy, Markdown, Word, terminal and assistant."""

import datetime as dt
import html
import io
import re
from collections.abc import Callable
from dataclasses import replace

import docx
import pytest
from rich.console import Console

import cli
from rag import Answer, Citation, Claim, Kamervraag, export, rendering, service
from rag.texts import in_english

WHO = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
ABSENT = "Hoeveel F-16's heeft Nederland in Irak?"


def place(_citation: Citation) -> str:
    return "Kamerstuk 27 925, nr. 692"


def page(answer: Answer, _program: Kamervraag) -> str:
    return html.unescape(re.sub("<[^>]*>", " ", rendering.message(answer, 1)))


def copied(answer: Answer, _program: Kamervraag) -> str:
    return rendering.with_sources(answer, {})


def markdown(answer: Answer, _program: Kamervraag) -> str:
    return export.markdown([answer], place).replace("\\", "")


def word(answer: Answer, _program: Kamervraag) -> str:
    return "\n".join(each.text for each in docx.Document(io.BytesIO(export.docx([answer], place))).paragraphs)


def terminal(answer: Answer, program: Kamervraag) -> str:
    written = io.StringIO()
    cli.show(answer, program, Console(file=written, width=1_000))
    return written.getvalue()


def assistant(answer: Answer, _program: Kamervraag) -> str:
    return service._told(answer)


@pytest.fixture(scope="module")
def answered(kamervraag: Kamervraag) -> Answer:
    return kamervraag.ask(WHO)


@pytest.fixture(scope="module")
def declined(kamervraag: Kamervraag) -> Answer:
    return kamervraag.ask(ABSENT)


DOORS = (page, copied, markdown, word, terminal, assistant)


def in_order(told: str, *words: str) -> bool:
    """Do these words stand there one after the other?"""
    told, at = " ".join(told.split()), 0
    for each in (" ".join(part.split()) for part in words):
        at = told.find(each, at) + len(each)
        if at < len(each):
            return False
    return True


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({}, ()),
        ({"outdated": True}, ("Achterhaald",)),
        ({"model_failed": True}, ("Zonder taalmodel: alleen citaten",)),
        ({"searched": "dossier 27925"}, ("Gezocht in: dossier 27925",)),
        ({"outdated": True, "searched": "dossier 27925"}, ("Gezocht in: dossier 27925", "Achterhaald")),
    ],
)
def test_whoever_takes_an_answer_along_takes_its_warnings(
    answered: Answer,
    kamervraag: Kamervraag,
    states: dict[str, bool | str],
    said: tuple[str, ...],
    door: Callable[[Answer, Kamervraag], str],
) -> None:
    """Its states above its sentences, of which day it is and its notes below them."""
    answer = replace(answered, **states)  # type: ignore[arg-type]  # as in the table
    told = door(answer, kamervraag)
    assert in_order(told, *said, answer.claims[0].text, "Stand van zaken op 6 januari 2020", answer.notes[0])
    assert len([state for state in ("Achterhaald", "Zonder taalmodel", "Gezocht in") if state in told]) == len(said)


@pytest.mark.parametrize("door", DOORS)
def test_what_was_said_before_is_told_apart_everywhere(
    answered: Answer, kamervraag: Kamervraag, door: Callable[[Answer, Kamervraag], str]
) -> None:
    """What the newer paper says under its day, what was said before under its own, what is of other papers under neither."""
    new = answered.citations[0]
    old, older, undated = (replace(new, date=date) for date in (dt.date(2019, 5, 2), dt.date(2018, 3, 4), None))
    claims = [
        Claim(f"Zin {number} van het antwoord.", cited) for number, cited in enumerate(((old, new), (old,), (older,), (undated,)), start=1)
    ]
    answer = replace(answered, claims=tuple(claims), overtaken=(old, older), overtaking=(new,))
    apart = ("Een nieuwer stuk (6 januari 2020) zegt", "Zin 1", "Eerder (2 mei 2019 en 4 maart 2018) stond er", "Zin 2", "Zin 3")
    assert in_order(door(answer, kamervraag), *apart, "Ook staat in de stukken", "Zin 4", "Stand van zaken op 6 januari 2020")


@pytest.mark.parametrize("door", [each for each in DOORS if each is not copied])  # there is nothing to copy
def test_a_declined_answer_says_of_which_date_it_is_too(
    declined: Answer, kamervraag: Kamervraag, door: Callable[[Answer, Kamervraag], str]
) -> None:
    """That of the newest paper that was searched, as of any answer."""
    assert declined.declined
    said = ("Niet in de stukken", declined.declined.reason, "Stand van zaken op 6 januari 2020", declined.notes[0])
    assert in_order(door(declined, kamervraag), *said)


def test_a_page_in_english_copies_english_warnings(answered: Answer) -> None:
    """The quotes stay as they are."""
    answer = replace(answered, outdated=True)
    told = rendering.with_sources(answer, {}, in_english)
    assert in_order(told, "Out of date", answer.claims[0].text, f"«{answer.citations[0].quote}»", "State of affairs on 6 January 2020")


def test_a_sentence_that_is_being_written_stands_where_it_came(answered: Answer) -> None:
    """Its citations come with its last words, and only then is known where it belongs: no heading comes and goes."""
    new = answered.citations[0]
    old = replace(new, date=dt.date(2019, 5, 2))
    claims = (Claim("Nieuw.", (new,)), Claim("Oud.", (old,)), Claim("Nog", ()))
    shown = rendering.message(replace(answered, claims=claims, overtaken=(old,), overtaking=(new,)), 1, kind="schrijft")
    assert in_order(html.unescape(shown), "Nieuw.", "Oud.", "Nog")
    assert "stond er" not in shown
