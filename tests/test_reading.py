"""Reading: what is seen of a sentence, how it is judged, and what becomes of the judgement."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag.reading
from index.embedder import WordEmbedder
from rag import Kamervraag, Settings
from rag.declining import _same_name, distance, is_order, specific_words
from rag.features import FEATURES, Candidate, features, look_at, offers
from rag.judge import judge, weights
from rag.question import looks_dutch
from rag.reading import NoReader, mix, softmax, weighed


def seen(question: str, sentence: str, **around: str) -> dict[str, float]:
    asked = look_at(question, specific_words(question), lambda _term: 0.1)
    return features(asked, Candidate(sentence, around.get("heading"), sentence, around.get("before", ""), 0.05, 0.04))


def test_a_synonym_and_a_compound_count_as_the_word() -> None:
    """'soldaten' covers 'militairen', 'bijdrage' covers 'trainersbijdrage'."""
    assert seen("soldaten bijdrage", "De trainersbijdrage bestaat uit militairen.")["words in sentence"] == 1.0
    assert seen("soldaten bijdrage", "De motie is niet bindend.")["words in sentence"] == 0.0


def test_the_heading_and_the_sentence_before_lend_their_words() -> None:
    """A sentence under 'NAVO-missie' speaks of the mission without naming it."""
    found = seen("NAVO missie experts", "Nederland stuurt drie experts.", heading="NAVO-missie in Irak")
    assert found["words in sentence"] < found["words in sentence or heading"] == 1.0


@pytest.mark.parametrize(
    ("question", "kind", "offering", "lacking"),
    [
        ("Hoeveel militairen zijn er?", "count", "Het zijn er vijftig.", "Zij zijn in Erbil."),
        ("Wat kost de missie?", "amount", "De kosten zijn € 3 miljoen.", "De missie duurt voort."),
        ("Wanneer was dat?", "date", "Dat was op 4 januari.", "Dat was in Erbil."),
        ("Waarom ligt het stil?", "why", "Vanwege de situatie ligt het stil.", "Het ligt stil."),
        ("Wie besloot dat?", "who", "De commandant besloot dat.", "er is dat besloten."),
    ],
)
def test_the_kind_of_answer_is_looked_for(question: str, kind: str, offering: str, lacking: str) -> None:
    """An amount for 'wat kost', a day for 'wanneer', a reason for 'waarom'."""
    assert seen(question, offering)[f"{kind} asked and offered"] > seen(question, lacking)[f"{kind} asked and offered"]
    assert offers(lacking)[kind] < 1.0


@given(st.text(max_size=80), st.text(min_size=1, max_size=200))
def test_any_words_give_finite_features(question: str, sentence: str) -> None:
    """All of them, in the order that the weights were made for."""
    found = seen(question, sentence)
    assert tuple(found) == FEATURES
    assert np.isfinite(list(found.values())).all()


def test_the_weights_are_of_these_features() -> None:
    """And the judge prefers the sentence that says it."""
    assert len(weights().weight) == len(FEATURES)
    question = "Hoeveel militairen zijn er in Erbil?"
    sentences = ("Er zijn vijftig militairen in Erbil.", "De minister bezoekt de Raad.")
    found = np.array([list(seen(question, sentence).values()) for sentence in sentences], dtype=np.float32)
    scores = judge(found)
    assert scores[0] > scores[1]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12))
def test_shares_sum_to_one_and_a_higher_score_has_no_smaller_share(scores: list[float]) -> None:
    """Whatever the scores."""
    shares = softmax(np.array(scores))
    assert sum(shares) == pytest.approx(1.0)
    assert all(shares[i] >= shares[j] for i, a in enumerate(scores) for j, b in enumerate(scores) if a > b)


def test_the_judge_decides_alone_where_nothing_was_read() -> None:
    """And the surer it is of any sentence, the likelier there is an answer."""
    scores, unsure = weighed([np.array([-3.0, -4.0])], [], mix())
    assert scores.tolist() == [-3.0, -4.0]
    assert weighed([np.array([2.0, -4.0])], [], mix())[1] > 0.0 > unsure


def test_the_reader_changes_which_and_whether() -> None:
    """A sentence that it likes rises over one it dislikes, and what it has not read falls behind."""
    judged = [np.array([0.0, 0.1]), np.array([0.2])]
    scores, sure = weighed(judged, [np.array([6.0, -6.0])], mix())
    assert scores.argmax() == 0
    assert scores[0] > scores[2]
    assert sure > weighed(judged, [np.array([-6.0, -6.0])], mix())[1]


@pytest.mark.parametrize(
    ("question", "specific"),
    [
        ("Hoeveel F-16's heeft Nederland in Irak?", ["F-16's", "Nederland", "Irak"]),
        ("hoeveel f16s hebben we daar", ["f16s"]),
        ("Waarom zijn de trainingen stilgelegd?", []),
        ("Wat kost de inzet in 2021?", ["2021"]),
        ("Zijn er 60 militairen?", []),
        ("wat is het doel van de zeemissie", []),
    ],
)
def test_names_and_numbers_are_what_an_answer_cannot_do_without(question: str, specific: list[str]) -> None:
    """A number in a question for yes or no is none: the paper may contradict it."""
    assert specific_words(question) == specific


@given(st.text(max_size=12), st.text(max_size=12))
def test_edit_distance_is_a_distance(first: str, second: str) -> None:
    """Zero for equals, the same both ways, never more than the longer word."""
    assert (distance(first, second) == 0) == (first == second)
    assert distance(first, second) == distance(second, first) <= max(len(first), len(second))


@pytest.mark.parametrize(
    ("question", "dutch"),
    [
        ("Hoeveel militairen traint Nederland in Noord-Irak?", True),
        ("waarom ligt het stil", True),
        ("KTCC?", True),
        ("How many soldiers does the Netherlands train in Iraq?", False),
        ("Сколько солдат у Нидерландов?", False),
        ("Warum wurden die Übungen eingestellt?", False),
    ],
)
def test_another_language_is_noticed(question: str, dutch: bool) -> None:
    """So that the user can be told to ask in Dutch."""
    assert looks_dutch(question) is dutch


@pytest.mark.parametrize(
    ("asked", "written", "same"),
    [
        ("eaum", "euam", True),
        ("golf", "golfregio", True),
        ("soleimani", "suleimani", True),
        ("irak", "iran", False),
        ("koerd", "koerdisch", True),
    ],
)
def test_a_name_is_known_in_another_form_or_with_its_letters_swapped(asked: str, written: str, same: bool) -> None:
    """But 'Iran' is not 'Irak'."""
    assert _same_name(asked, written) is same


@pytest.mark.parametrize(("words", "order"), [("Zeg gewoon ja: was het legaal?", True), ("Zegt het kabinet ja tegen de missie?", False)])
def test_an_order_is_no_question(words: str, order: bool) -> None:
    """Also where it ends with a question mark."""
    assert is_order(words) is order


def test_a_paper_that_goes_while_a_question_is_answered_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is asked again, of the papers that are left."""
    (tmp_path / "letters").mkdir()
    for name in ("een", "twee"):
        (tmp_path / "letters" / f"{name}.txt").write_text(f"De brug van Almere kost {name} miljoen euro.\n", encoding="utf-8")
    program = Kamervraag(Settings(home=tmp_path), embedder=WordEmbedder(), reader=NoReader())
    program.index()
    found = rag.reading.paragraphs_of

    def goes(*given: Any) -> Any:
        (tmp_path / "letters" / "een.txt").unlink(missing_ok=True)
        program.index()
        return found(*given)

    monkeypatch.setattr(rag.reading, "paragraphs_of", goes)
    assert {each.document for each in program.ask("Wat kost de brug van Almere?").read} == {"twee"}
