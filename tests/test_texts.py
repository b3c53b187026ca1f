"""Both languages say the same: every text of the program has its English, and a sentence is put together alike in both."""

import copy
import datetime as dt
import pickle
import re
from string import Formatter

import pytest

from rag import texts
from rag.texts import Text, both, each_of, either, in_dutch, in_english, joined, whole_day

TEXTS = {name: value for name, value in vars(texts).items() if isinstance(value, Text)}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_text_is_there_in_english(name: str) -> None:
    """With the same places to fill in; and not by leaving it Dutch."""
    dutch, english = str(TEXTS[name]), in_english(TEXTS[name])
    assert len(TEXTS) > 100
    assert [field for _, field, _, _ in Formatter().parse(dutch)] == [field for _, field, _, _ in Formatter().parse(english)]
    words = set(re.findall(r"[a-z]+", english.lower()))
    assert not words & {"de", "het", "een", "niet", "vraag", "stuk", "stukken", "van"} - set(
        re.findall(r"[a-z]+", "wie heeft de brief ondertekend")
    )


def test_a_sentence_is_said_with_its_days_and_parts() -> None:
    """Also where a part is a sentence itself; the words of a paper stay as they are."""
    day = dt.date(2020, 1, 10)
    said = joined(Text(texts.ABSENT, "Kamerstuk {x}", "kst-1"), Text(texts.THAT_DAY_IS, "vandaag", whole_day(day)))
    assert said == (
        "Kamerstuk {x} wordt aangehaald, maar staat niet in de index (kst-1). "
        "«vandaag» is vrijdag 10 januari 2020 (gerekend vanaf de datum van het stuk)."
    )
    assert in_english(said) == (
        "Kamerstuk {x} is cited, but is not in the index (kst-1). «vandaag» is Friday 10 January 2020 (counted from the date of the paper)."
    )
    assert in_english(either(("27925", "Bronnen"))) == "27925 or Bronnen"
    assert (either(("a",)), either(("a", "b", "c")), each_of(("a", "b")), each_of((day, "b", "c"))) == (
        "a",
        "a, b of c",
        "a en b",
        "10 januari 2020, b en c",
    )
    assert in_english(each_of((day, "Bronnen"))) == "10 January 2020 and Bronnen"
    assert (in_dutch(day), in_english(day)) == ("10 januari 2020", "10 January 2020")


def test_only_the_model_at_the_endpoint_is_called_a_language_model() -> None:
    """What is loaded to search and read has a name of its own, in either language."""
    called = {name for name, text in TEXTS.items() if re.search("taalmodel|language model", f"{text} {in_english(text)}")}
    assert called == {name for name in TEXTS if name.startswith("MODEL_")} | {"NOTHING_STOOD", "BAD_KEY"}


def test_a_copy_of_a_sentence_still_knows_its_english() -> None:
    """Gradio copies what a conversation keeps; braces in the words of a user are no places to fill in."""
    said = Text(both("Gelezen als: {}", "Read as: {}"), "{niets} {}")
    for twin in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert (twin, in_english(twin)) == ("Gelezen als: {niets} {}", "Read as: {niets} {}")
