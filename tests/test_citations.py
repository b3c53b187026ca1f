"""Citations as real papers write them are found, and official ids come out of their parts as they went in."""

import lzma
import re
from pathlib import Path

import pytest

from sources import read_file
from sources.identifiers import Identifier, parse
from sources.references import references, replaced

SEEN = [  # the variants of DATA_SOURCES.md section 5, and what each names
    ("(Kamerstuk 27 925, nr. 662)", ["kst-27925-662"]),
    ("Kamerstuk 21501-32-1740", ["kst-21501-32-1740"]),
    ("Kamerstuk 21501-02-1855", ["kst-21501-02-1855"]),
    ("Kamerstuk 29279-418", ["kst-29279-418"]),
    ("(29 521, nr. 107)", ["kst-29521-107"]),
    ("nr. 456 (36800-XVI)", ["kst-36800-XVI-456"]),
    ("Zij krijgt nr. 537 (33529).", ["kst-33529-537"]),
    ("Kamerstuk 35 300 V, nr. 6", ["kst-35300-V-6"]),
    ("Kamerstukken II 2019/20, 35 300-XV, nr. 28", ["kst-35300-XV-28"]),
    ("35 300 XVI, nr. 133", ["kst-35300-XVI-133"]),
    ("Kamerstukken II 2008/09, 31700.VIII, 32", ["kst-31700-VIII-32"]),
    ("Kamerstukken II 2008/09, 31.700XII, 6", ["kst-31700-XII-6"]),
    ("Kamerstukken II 2022/23, 36 229, nr. 1", ["kst-36229-1"]),
    ("Kamerstukken I 2021/22, 35 925, nr. E", ["kst-35925-E"]),
    ("I 2020/21, 35 570, C", ["kst-35570-C"]),
    ("Kamerstukken II 1999/00, 26 824, nrs. 1–3", ["kst-26824-1", "kst-26824-2", "kst-26824-3"]),
    ("Kamerstukken II 2019/20, 29 754, nrs. 520 en 548", ["kst-29754-520", "kst-29754-548"]),
    ("Kamerstukken II 2005/06, 30 316, nr. 3, p. 7–8", ["kst-30316-3"]),
    ("TK 2008-2009, 31473, nummer 25, bladzijde 5 - 6", ["kst-31473-25"]),
    ("Kamerstukken 11, 1997/1998, 25 672 nr.3 pag.4", ["kst-25672-3"]),
    ("Kamerstukken II, 1985/- 86, 19 559, nr. 6", ["kst-19559-6"]),
    ("Kamerstukken I 2003/04, 27 484 (R 1669), nr. 289", ["kst-20032004-27484-289"]),
    ("Kamerstukken II 2015/16, 34 356 (R2064), nr. 3", ["kst-34356-3"]),
    ("bijlage bij Kamerstuk 36 101, nr. 15", ["kst-36101-15"]),
    ("Kamerstuk 28 844, nr. 266", ["kst-28844-266"]),
    ("Handelingen II 2022/23, nr. 84, item 12", ["h-tk-20222023-84-12"]),
    ("Handelingen II, 1988/89, blz. 39-2410", []),
    ("Aanhangsel Handelingen II 2019/20, nr. 89", ["ah-tk-20192020-89"]),
    ("Aanhangsel Handelingen TK, 2007/08, nr. 1835", ["ah-tk-20072008-1835"]),
    ("kamerstukken II, 1995/1996, nr. 24 280", []),
    ("Kamerstukken II 2020/21, 35570", []),
    ("2020D01452", ["2020D01452"]),
    ("2020Z00682", ["2020Z00682"]),
    ("kst-27925-692", ["kst-27925-692"]),
    ("(Kamerstukken 27 925 en 29 521, nr. 946)", ["kst-27925-946"]),
    ("(Kamerstukken 33 043 en 31 409, nr. 102)", ["kst-33043-102"]),
    ("Kamerstuk , nr. 612", []),
]
RELATED = [  # what stands beside a citation must not become part of it
    ("Kamerstuk 27 925, nr. 662, 18 oktober 2019", ["kst-27925-662"]),
    ("Kamerstukken II 2019/20, 27 925, nrs. 662 en 690, en 29 521, nr. 398", ["kst-27925-662", "kst-27925-690", "kst-29521-398"]),
    ("Kamerstuk 21501-32-1740 / 21501-02-1855 / 29279-418", ["kst-21501-32-1740", "kst-21501-02-1855", "kst-29279-418"]),
    ("Kamerstukken 27 925, nrs. 662 en 690, 18 oktober 2019", ["kst-27925-662", "kst-27925-690"]),
    ("Kamerstukken 27 925, nrs. 3 en 5, 27 926, nr. 7", ["kst-27925-3", "kst-27925-5", "kst-27926-7"]),
    ("Kamerstuk 33 400-A, nr. 5", ["kst-33400-A-5"]),
    ("Kamerstuk 21 501-02, nr. 1776", ["kst-21501-02-1776"]),
    ("(Kamerstukken 21 501-02 en 29 521, nr. 1776)", ["kst-21501-02-1776"]),
    ("Kamerstuk 33 009-30, nr. E", ["kst-33009-30-E"]),
    ("Kamerstuk 26 643. nr 641", ["kst-26643-641"]),
    ("Kamerstuk 35 200, VII nr. 14", ["kst-35200-VII-14"]),
    ("Kamerstuk 34 775 VI, AH. Daarin", ["kst-34775-VI-AH"]),
    ("Dat staat in dossier 26 643. Nr. 5 gaat over iets anders", []),
    ("het bedrag van 26 643-12 euro, nr. 3", []),
    ("Kamerstukken I 2001/02, 27 484, nr. 174b", ["kst-20012002-27484-174b"]),
    ("Nota naar aanleiding van het verslag - 34417-(R2068)-7", ["kst-34417-7"]),
    ("zie kst-27925-440-n1.", ["kst-27925-440-n1"]),
    ("bel 070-3183000, rekening 12345-67.89, van 10000-20000 euro", []),
    ("Stb. 2019, 12345 en Stcrt. 2020, nr. 12345", []),
    ("kenmerk BZDOC-27925-69", []),
]


@pytest.mark.parametrize(("text", "documents"), SEEN + RELATED)
def test_every_citation_that_was_seen_in_real_papers_is_found(text: str, documents: list[str]) -> None:
    """Each variant names what it names, and nothing besides; what names a dossier only names no paper."""
    found = references(f"Zie {text} hierover.")
    assert [reference.document for reference in found] == documents
    assert all(0 < reference.start < reference.end <= len(text) + 4 for reference in found)


@pytest.mark.parametrize(
    ("title", "documents"),
    [
        ("GEWIJZIGDE MOTIE VAN HET LID X TER VERVANGING VAN DIE GEDRUKT ONDER NR. 265", ("kst-31409-265",)),
        ("Gewijzigde motie (t.v.v. 33885, nr.18)", ("kst-33885-18",)),
        ("Gewijzigde motie (t.v.v. 35300-XVI-108)", ("kst-35300-XVI-108",)),
        ("Motie van het lid X over nr. 265", ()),
    ],
)
def test_a_title_says_which_paper_it_replaces(title: str, documents: tuple[str, ...]) -> None:
    """By its full number, or by that in the same dossier."""
    assert replaced(title, "31409") == documents


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("kst-27925-692", Identifier("27925", "692")),
        ("kst-21501-02-2102", Identifier("21501-02", "2102")),
        ("kst-35300-XVI-108", Identifier("35300-XVI", "108")),
        ("kst-36268-A", Identifier("36268", "A")),
        ("kst-33400-A-9", Identifier("33400-A", "9")),
        ("kst-CVIII-A", Identifier("CVIII", "A")),
        ("kst-20012002-27484-174b", Identifier("27484", "174b", vergaderjaar="20012002")),
        ("kst-23908-R1519-103", Identifier("23908", "103", rijkswet="R1519")),
        ("kst-27925-440-n1", Identifier("27925", "440", suffixes=("n1",))),
        ("kst-1027283", Identifier(None, None, temporary="1027283")),
        ("blg-1184123", None),
        ("kst-1-1", None),
        ("kst-27925", None),
        ("kst-27925-692/../x", None),
    ],
)
def test_an_id_is_taken_apart(text: str, identifier: Identifier | None) -> None:
    """Dossier, number and what is added; nothing else passes for the id of a Kamerstuk."""
    assert parse(text) == identifier


def test_every_official_id_comes_back_as_it_was(realdocs: Path) -> None:
    """All 336,528 ids of the publisher."""
    with lzma.open(realdocs / "koop_identifiers" / "kst_all_ids.txt.xz", "rt") as lines:
        ids = [line.strip() for line in lines]
    assert len(ids) == 336_528
    assert [one for one in ids if str(parse(one)) != one] == []
    assert {parse(one).dossier for one in ids if one.startswith("kst-27925-")} == {"27925"}  # type: ignore[union-attr]  # it is none


def test_a_correction_replaces_what_it_corrects() -> None:
    """'-n1' and '-h1' take the place of the id without; an old attachment does not."""
    assert [parse(one).replaces for one in ("kst-27925-440-n1", "kst-27925-132-h1", "kst-27925-9-b1", "kst-27925-692")] == [  # type: ignore[union-attr]  # all are ids
        "kst-27925-440",
        "kst-27925-132",
        None,
        None,
    ]


def test_what_is_found_in_real_debates_is_there(realdocs: Path) -> None:
    """All papers to which the publisher links are found by their words, and at least 95 % of what is found exists."""
    with lzma.open(realdocs / "koop_identifiers" / "kst_all_ids.txt.xz", "rt") as lines:
        known = {line.strip() for line in lines}
    linked, found = set(), []
    for file in sorted((realdocs / "handelingen_op_xml_repaired").glob("*.xml")):
        letter = read_file(file)
        linked |= set(letter.cited)
        found += [reference.document for reference in references(letter.text)]
    right = [one for one in found if one in known or f"{one}-n1" in known or re.fullmatch(r"2018[DZ]\d{5}", one)]
    print(f"{len(found)} verwijzingen, {len(right)} bestaan; van {len(linked)} koppelingen {len(linked & set(found))} gevonden")
    assert len(found) >= 120
    assert len(right) >= 0.95 * len(found), set(found) - set(right)
    assert linked <= set(found)


def test_what_is_found_in_real_papers_is_what_they_link_to(realdocs: Path) -> None:
    """In the whole letter of 2023, words and links name the same papers."""
    letter = read_file(realdocs / "kst_xml" / "full" / "kst-28844-269.xml")
    assert {reference.document for reference in references(letter.text)} == set(letter.cited)


@pytest.mark.parametrize(
    "words", ["27 925, ", "Kamerstuk 27 925 en ", "nr. 1, 2, ", "nrs. 1, ", "kst-1-", "Kamerstukken II 2019/20, ", "12345-1-"]
)
def test_no_text_keeps_us_busy(words: str) -> None:
    """Endless repetition of what looks like a citation is read in a second or so."""
    import time

    began = time.process_time()
    references(words * 20_000)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("id", "earlier"),
    [
        ("kst-27925-440-n1", ("kst-27925-440",)),
        ("kst-27925-440-n3", ("kst-27925-440-n2", "kst-27925-440-n1", "kst-27925-440")),
        ("kst-27925-132-h1-n1", ("kst-27925-132-h1", "kst-27925-132")),
        ("kst-27925-9-b2", ()),
        ("kst-27925-692", ()),
    ],
)
def test_a_second_correction_takes_the_place_of_the_first_too(id: str, earlier: tuple[str, ...]) -> None:
    """All lower ones and the id without; old attachments stand beside each other."""
    identifier = parse(id)
    assert identifier
    assert identifier.overtakes == earlier
