"""Text out of a PDF is put back the way it was written."""

import random
import re
import textwrap
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.layout import join_lines, mend_paragraphs


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("de veiligheidsmaatre-", "gelen zijn", "de veiligheidsmaatregelen zijn"),
        ("de anti-ISIS-", "coalitie in", "de anti-ISIS-coalitie in"),
        ("dat majoor-", "generaal Suleimani", "dat majoor-generaal Suleimani"),
        ("de secretaris-", "generaal van", "de secretaris-generaal van"),
        ("de Minister-", "President en", "de Minister-President en"),
        ("Bijleveld-", "Schouten", "Bijleveld-Schouten"),
        ("de in- ", "en uitvoer", "de in- en uitvoer"),
        ("de A-", "status", "de A-status"),
        ("het JCPOA-", "akkoord", "het JCPOA-akkoord"),
        ("een auto-", "ongeluk", "een auto-ongeluk"),
        ("het ge-", "evalueerde plan", "het geëvalueerde plan"),
        ("de co-", "ordinatie", "de coördinatie"),
        ("de oud-", "minister", "de oud-minister"),
        ("de 10-", "jarige regeling", "de 10-jarige regeling"),
        ("verrijkings-", "percentages", "verrijkingspercentages"),
        ("de verant\u00ad", "woording", "de verantwoording"),
        ("dit is –", "zoals bekend –", "dit is – zoals bekend –"),
        ("een gewone", "regel", "een gewone regel"),
    ],
)
def test_a_word_broken_at_a_line_end_is_made_whole_the_dutch_way(first: str, second: str, whole: str) -> None:
    """Hyphens of the line go, hyphens of the word stay."""
    assert join_lines(first, second, Counter()) == whole


def test_what_stands_whole_elsewhere_decides() -> None:
    """A word that occurs unbroken in the same text is mended the way it stands there."""
    text = "Het vice-premierschap is nieuw. Dat vice-\npremierschap blijft. De eurotop was laat. Na de euro-\ntop ging men heen."
    assert mend_paragraphs(text) == [
        "Het vice-premierschap is nieuw. Dat vice-premierschap blijft. De eurotop was laat. Na de eurotop ging men heen."
    ]


@pytest.mark.parametrize(
    "page_break", ["\n ", "\n\f", "\n\n", "\n\nTweede Kamer, vergaderjaar 2019–2020, 27 925, nr. 692 2\n\n\f\nkst-27925-692\n\n"]
)
def test_a_page_break_inside_a_sentence_is_healed(page_break: str) -> None:
    """Also when a running foot stands between the two halves."""
    text = f"In nauw overleg met de commandant van de NAVO-missie in Irak{page_break}zijn de activiteiten van NMI tijdelijk opgeschort en worden\nmaatregelen genomen."
    whole = "In nauw overleg met de commandant van de NAVO-missie in Irak zijn de activiteiten van NMI tijdelijk opgeschort en worden maatregelen genomen."
    assert mend_paragraphs(text) == [whole]


def test_a_page_break_between_paragraphs_parts_them() -> None:
    """A short last line with a full stop ends a paragraph, though no blank line follows at the foot of the page."""
    text = "Hoe een eventuele reactie van de andere zijde eruit zal zien laat zich\nmoeilijk voorspellen. \n Van het grootste belang is nu dat verdere escalatie wordt voorkomen.\nHet kabinet roept alle partijen daartoe op en voert actief overleg."
    assert len(mend_paragraphs(text)) == 2


def real_paragraphs(realdocs: Path) -> list[str]:
    """The paragraphs of the real papers in XML, as their publisher has them."""
    found = []
    for file in [*sorted((realdocs / "kst_xml").rglob("*.xml")), *sorted((realdocs / "handelingen_op_xml_repaired").glob("*.xml"))]:
        for paragraph in re.findall(r"<al[^>]*>(.*?)</al>", file.read_text(encoding="utf-8-sig"), re.DOTALL):
            text = " ".join(re.sub(r"<noot.*?</noot>|<[^>]+>", " ", paragraph, flags=re.DOTALL).split())
            if len(text) > 200 and "&" not in text and not re.search(r"\s[.,;]|[-–] |^\W", text):
                found.append(text)
    return found


def set_in_column(paragraph: str, width: int, chance: random.Random) -> str:
    """The paragraph as a PDF gives it: narrow lines, long words broken with a hyphen, word hyphens at line ends."""
    words = [w if len(w) < 9 or not w.isalpha() else _breakable(w, chance) for w in paragraph.split()]
    lines = textwrap.wrap(" ".join(words), width, break_long_words=False, break_on_hyphens=True)
    return "\n".join(line.replace("\u2010", "") if not line.endswith("\u2010") else line[:-1].replace("\u2010", "") + "-" for line in lines)


def _breakable(word: str, chance: random.Random) -> str:
    """A word with one place to break it, between a consonant and a vowel that follows one: roughly a syllable."""
    places = [m.start() + 1 for m in re.finditer(r"[aeiou][bcdfghklmnprstvwz](?=[bcdfghklmnprstvwz][aeiou])", word)][1:]
    return word if not places else (lambda p: word[: p + 1] + "\u2010" + word[p + 1 :])(chance.choice(places))


def test_real_paragraphs_set_in_columns_are_read_back(realdocs: Path) -> None:
    """Paragraphs of real papers, set in columns of several widths with hyphenation, come back as they were published."""
    chance = random.Random(1)
    paragraphs = real_paragraphs(realdocs)
    assert len(paragraphs) > 300
    breakpoint_marked = textwrap.TextWrapper.wordsep_re
    textwrap.TextWrapper.wordsep_re = re.compile(r"(\s+|(?<=\u2010)|(?<=[\w]-)(?=\w))")
    try:
        wrong = [p for p in paragraphs if mend_paragraphs(set_in_column(p, chance.choice((60, 72, 80)), chance)) != [p]]
    finally:
        textwrap.TextWrapper.wordsep_re = breakpoint_marked
    print(f"{len(paragraphs)} alinea's, {len(wrong)} niet hetzelfde terug")
    assert len(wrong) <= len(paragraphs) * 0.03, wrong[:3]


@given(st.text())
def test_any_text_keeps_its_letters(raw: str) -> None:
    """Whatever the text, no paragraph is empty, none has a line end, and a second reading changes nothing."""
    paragraphs = mend_paragraphs(raw)
    assert all(p and p == p.strip() and "\n" not in p for p in paragraphs)
