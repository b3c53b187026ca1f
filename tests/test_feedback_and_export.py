"""What users think of an answer, and what they take along of it."""

import datetime as dt
import io
import json
from pathlib import Path

import docx
import pytest

from index.embedder import WordEmbedder
from rag import Answer, Citation, Claim, Declined, Kamervraag, Settings, export, feedback
from rag.feedback import Feedback, FeedbackProblem
from tests.test_command import run

WHO = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
CITATION = Citation("x", "Titel", dt.date(2020, 1, 6), "https://example.org/x", None, 3, 0, 9, "*Niet* [hier](x) <b>")


def place(_citation: Citation) -> str:
    return "Kamerstuk 1, nr. 2, p. 3"


def test_feedback_is_read_as_it_was_kept(kamervraag: Kamervraag, tmp_path: Path) -> None:
    """A remark comes after its verdict and takes its place; another verdict stands beside it."""
    answer = kamervraag.ask(WHO).as_json()
    first = Feedback(True, answer)
    feedback.keep(tmp_path, first)
    feedback.keep(tmp_path, Feedback(False, answer))
    feedback.keep(tmp_path, Feedback(True, answer, remark="mooi", id=first.id, at=first.at))
    given = feedback.kept(tmp_path)
    assert [(each.good, each.remark) for each in given] == [(True, "mooi"), (False, "")]
    assert given[0].answer == answer


def test_a_good_answer_becomes_a_question_with_its_quotes(kamervraag: Kamervraag) -> None:
    """And a good refusal one without an answer."""
    line = feedback.as_question(Feedback(True, kamervraag.ask(WHO).as_json()))
    assert line["answerable"]
    assert line["document"] == "kst-27925-692"
    assert all(quote in kamervraag.store.text("kst-27925-692") for quote in line["quotes"])
    refused = feedback.as_question(Feedback(True, kamervraag.ask("Hoeveel F-16's heeft Nederland in Irak?").as_json()))
    assert (refused["answerable"], refused["quotes"]) == (False, [])


def test_a_damaged_line_is_told_with_its_number(tmp_path: Path) -> None:
    """Nothing is thrown away by the program."""
    (tmp_path / "feedback.jsonl").write_text('{"good": true, "answer": {}}\nkapot\n')
    with pytest.raises(FeedbackProblem, match="regel 2"):
        feedback.kept(tmp_path)


def test_feedback_that_is_no_utf_8_is_told_as_such(tmp_path: Path) -> None:
    """It is the line of this file that must be mended; nothing is wrong with the index."""
    (tmp_path / "feedback.jsonl").write_bytes(b'{"good": true, "answer": {}}\n{"good": true, "answer": {}, "remark": "\xe9"}\n')
    with pytest.raises(FeedbackProblem, match="regel 2"):
        feedback.kept(tmp_path)


def test_a_remark_with_a_line_end_of_unicode_is_one_line(tmp_path: Path) -> None:
    """As somebody pasted it."""
    feedback.keep(tmp_path, Feedback(True, {}, remark="goed\u2028zo\x85"))
    assert [each.remark for each in feedback.kept(tmp_path)] == ["goed\u2028zo\x85"]


def test_the_command_lists_feedback_and_makes_questions_of_it(kamervraag: Kamervraag, tmp_path: Path) -> None:
    """Numbered; a bad answer needs the words that it should have been, as they stand in the paper."""
    home = kamervraag.settings.home
    feedback.keep(home, Feedback(False, kamervraag.ask(WHO).as_json(), remark="onvolledig"))
    number = str(len(feedback.kept(home)))
    assert "Opmerking: onvolledig" in run(home, "feedback").stdout
    assert run(home, "feedback", "--question", number).returncode == 1
    assert "staat niet zo" in run(home, "feedback", "--question", number, "--quote", "verzonnen").stderr
    line = json.loads(run(home, "feedback", "--question", number, "--quote", "Hoge Vertegenwoordiger Josep Borrell").stdout)
    assert line["quotes"] == ["Hoge Vertegenwoordiger Josep Borrell"]
    assert "nog geen oordeel" in run(tmp_path, "feedback").stdout


def test_the_words_of_another_paper_make_a_question_too(tmp_path: Path) -> None:
    """An answer from the wrong paper is the one that teaches most: all papers are looked in, that of the answer first."""
    (tmp_path / "letters").mkdir()
    for name, words in (("een", "De sluis is hersteld."), ("twee", "De sluis is hersteld. De brug niet."), ("drie", "De dijk ook.")):
        (tmp_path / "letters" / f"{name}.txt").write_text(f"Den Haag, 6 januari 2020\n\n{words}\n", encoding="utf-8")
    program = Kamervraag(Settings(home=tmp_path), embedder=WordEmbedder())
    program.index()
    for quotes, first, found in (
        (["De brug niet."], "een", "twee"),
        (["De sluis is hersteld."], "twee", "twee"),
        (["De dijk ook."], "weg", "drie"),
        (["De dijk ook."], None, "drie"),
    ):
        assert feedback.paper_with(quotes, program.store, first=first) == found
    with pytest.raises(FeedbackProblem, match="staat niet zo in een stuk van de index"):
        feedback.paper_with(["De brug niet.", "De dijk ook."], program.store)


@pytest.mark.parametrize("declined", [None, Declined("Dat staat er niet.", nearest=(CITATION,))])
def test_what_is_taken_along_is_text_and_complete(declined: Declined | None) -> None:
    """Question, answer or reason, quote, place and link; signs of Markdown and HTML in a paper stay signs."""
    answer = Answer("Waarom?\x00 # kop", "Waarom?", "quotes", () if declined else (Claim(CITATION.quote, (CITATION,)),), declined)
    text = export.markdown([answer], place)
    assert "<b>" not in text
    assert "[hier]" not in text.replace("\\[hier", "")
    assert "Kamerstuk 1, nr. 2, p. 3 <https://example.org/x>" in text
    assert ("Niet in de stukken" in text) == bool(declined)
    document = docx.Document(io.BytesIO(export.docx([answer], place)))
    assert [link.url for p in document.paragraphs for link in p.hyperlinks] == ["https://example.org/x"]
    paragraphs = [p.text for p in document.paragraphs]
    assert f"«{CITATION.quote}»" in paragraphs
    assert any("Kamerstuk 1, nr. 2, p. 3, https://example.org/x" in p for p in paragraphs)
