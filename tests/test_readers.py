"""Whatever format a paper comes in, it becomes the same letter; whatever is wrong with it, a sentence that says so.

One contract suite for all readers, over one fictitious letter that is built in each format; then what only one format has,
what is meant to do harm, and any bytes at all.
"""

import datetime as dt
import io
import json
import resource
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from xml.sax.saxutils import escape

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources import Identity, Kind, Letter, letter_paths, read_bytes, read_file
from sources.collection import Collection
from sources.errors import UnreadableLetter
from sources.folder import LARGEST_FILE, metadata_beside
from sources.http import Client
from sources.pdf import Line, Page, _draft, why_it_ended
from sources.reading import format_of

PATH = Path("stuk.bin")
FEW = settings(max_examples=30)
ADDRESS, DATE_LINE = "Aan de Voorzitter van de Tweede Kamer der Staten-Generaal", "Den Haag, 12 mei 2021"
HEADING = "Voortgang van het programma"
FIRST = "Het programma ligt op schema, zoals op 3 mei jl. is gemeld. In de veiligheidsregio’s zijn de maatregelen aangescherpt."
NOTE = "1 Kamerstuk 99 001, nr. 3."
SECOND = "De in- en uitvoer van reünistenmateriaal kost € 5 per stuk en gaat door."
OFFICE, SIGNER = "De Staatssecretaris van Verzonnen Zaken,", "J.A. Vooren"
TABLE = [["Jaar", "Kosten"], ["2021", "€ 5"], ["2022", "€ 7"]]


# ---- the same letter in each format ----


def as_text() -> bytes:
    """Without the note and the table, which plain text does not have."""
    return "\n\n".join([ADDRESS, DATE_LINE, HEADING, FIRST, SECOND, f"{OFFICE}\n{SIGNER}"]).encode()


def as_new_xml(
    body: str = "", head: str = "<dossier><dossiernummer><dossiernr>99 001</dossiernr></dossiernummer><titel>Proef</titel></dossier>"
) -> bytes:
    rows = ["".join(f"<entry><al>{cell}</al></entry>" for cell in row) for row in TABLE]
    text = body or (
        f"<al>{ADDRESS}</al><al>{DATE_LINE}</al><tussenkop>{HEADING}</tussenkop>"
        f"<al>{FIRST}<noot id='a' type='voet'><noot.nr>1</noot.nr><noot.al>{NOTE[2:]}</noot.al></noot></al><al>{SECOND}</al>"
        f"<table><tgroup><thead><row>{rows[0]}</row></thead><tbody><row>{rows[1]}</row><row>{rows[2]}</row></tbody></tgroup></table>"
    )
    signed = f"<tekst-sluiting><ondertekening><functie>{OFFICE}</functie><naam><voornaam>J.A.</voornaam> <achternaam>Vooren</achternaam></naam></ondertekening></tekst-sluiting>"
    return (
        f"\ufeff<?xml version='1.0' encoding='utf-8'?>\r\n<officiele-publicatie><kamerstuk>{head}<stuk><stuknr>Nr. <ondernummer>4</ondernummer></stuknr>"
        f"<algemeen><vrije-tekst><tekst>{text}</tekst></vrije-tekst>{'' if body else signed}</algemeen></stuk></kamerstuk></officiele-publicatie>"
    ).encode()


def as_old_xml() -> bytes:
    """Without the note and the table, which the old vocabulary does not have."""
    paragraphs = "".join(f"<al>{textwrap.fill(text, 60)}</al>" for text in (FIRST, SECOND, OFFICE, SIGNER))
    return (
        "<kamerwrk><kop><titel>Tweede Kamer der Staten-Generaal</titel></kop><frontm><onderw><nummer>99 001</nummer><naam>Proef</naam></onderw></frontm>"
        f"<body><stuk><ltrlabel>Nr. </ltrlabel><nummer>4</nummer><al>{ADDRESS}</al><al>{DATE_LINE}</al><tuskop>{HEADING}</tuskop>{paragraphs}</stuk></body></kamerwrk>"
    ).encode()


def as_html() -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<{'td' if at else 'th'}>{cell}</{'td' if at else 'th'}>" for cell in row) + "</tr>"
        for at, row in enumerate(TABLE)
    )
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>Proef | Overheid.nl</title></head><body><nav>Menu</nav>"
        f"<div id='broodtekst' class='stuk broodtekst-container'><script>alert('weg')</script><p>{ADDRESS}</p><p>{DATE_LINE}</p><h2 class='tussenkop'>{HEADING}</h2>"
        f"<p>{FIRST}<sup><a href='#n1'>1</a></sup></p><p>{SECOND}</p><table>{rows}</table><p>{OFFICE}<br>{SIGNER}</p>"
        f"<div class='noten'><p><span class='nootnum'><a id='n1'>1</a></span> {NOTE[2:]}</p></div></div><footer>Naar boven</footer></body></html>"
    ).encode()


def as_pdf() -> bytes:
    """Set as a Kamerstuk is: a margin, a running foot, a page break inside a sentence, a footnote; without a table."""
    lines = textwrap.wrap(FIRST.replace("veiligheidsregio’s", "veiligheids\u2011regio’s").replace("\u2011", ""), 44)
    broken = [line.replace("aangescherpt.", "aange-") for line in lines]
    page1 = [(55, 700, 9, "99 001"), (221, 700, 9, ADDRESS), (221, 680, 9, DATE_LINE), (221, 660, 9, HEADING), (55, 660, 9, "Nr. 4")]
    page1 += [(221, 640 - 11 * at, 9, line) for at, line in enumerate(broken)]
    page1 += [(221, 60, 6.5, NOTE), (55, 40, 7, "kst-99001-4"), (55, 32, 7, "ISSN 0921 - 7371"), *foot(1)]
    page2 = [
        (221, 700, 9, "scherpt."),
        (263, 703, 5, "1"),
        *((221, 680 - 11 * at, 9, line) for at, line in enumerate(textwrap.wrap(SECOND, 44))),
    ]
    page2 += [(221, 600, 9, OFFICE), (221, 589, 9, SIGNER), *foot(2)]
    page1 = [one for one in page1 if one[3] != NOTE]
    page2 += [(221, 60, 6.5, NOTE)]
    return pdf([page1, page2])


def foot(number: int) -> list[tuple[float, float, float, str]]:
    return [(221, 30, 7, "Tweede Kamer, vergaderjaar 2020–2021, 99 001, nr. 4"), (500, 30, 7, str(number))]


def pdf(pages: list[list[tuple[float, float, float, str]]], trailer: str = "") -> bytes:
    """A PDF with (x, y, size, text) on its pages."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    kids = []
    for page in pages:
        shown = [f"BT /F1 {size} Tf {x} {y} Td <{text.encode('cp1252').hex()}> Tj ET" for x, y, size, text in page]
        stream = "\n".join(shown).encode()
        objects += [b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream)]
        kids.append(len(objects) + 1)
        objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 558 771]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % len(objects)]
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()
    out, places = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out.write(
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return out.getvalue()


def as_docx() -> bytes:
    """As python-docx writes it, with the footnote put in by hand."""
    import docx

    document = docx.Document()
    for text in (ADDRESS, DATE_LINE):
        document.add_paragraph(text)
    document.add_heading(HEADING, 1)
    document.add_paragraph(FIRST[:30]).add_run(FIRST[30:] + "@@").bold = True
    document.add_paragraph(SECOND)
    table = document.add_table(len(TABLE), 2)
    for row, cells in zip(table.rows, TABLE, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph(OFFICE)
    document.add_paragraph(SIGNER)
    saved = io.BytesIO()
    document.save(saved)
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    notes = f"<w:footnotes xmlns:w='{name}'><w:footnote w:id='2'><w:p><w:r><w:t>{NOTE[2:]}</w:t></w:r></w:p></w:footnote></w:footnotes>"
    with zipfile.ZipFile(saved) as packed:
        members = {one: packed.read(one) for one in packed.namelist()}
    body = (
        members["word/document.xml"]
        .replace(
            b"@@", b"</w:t><w:footnoteReference w:id='2'/><w:t></w:t></w:r><w:moveFrom><w:r><w:t>Weg</w:t></w:r></w:moveFrom><w:r><w:t>"
        )
        .replace(b"<w:tr>", b"<w:tr><w:trPr><w:tblHeader/></w:trPr>", 1)
    )
    return zipped(members | {"word/document.xml": body, "word/footnotes.xml": notes.encode()})


def as_odt() -> bytes:
    rows = [
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in TABLE
    ]
    note = f"<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>{NOTE[2:]}</text:p></text:note-body></text:note>"
    spaces = "xmlns:office='o' xmlns:text='t' xmlns:table='b'"
    content = (
        f"<office:document-content {spaces}><office:body><office:text><text:tracked-changes><text:p>Geschrapt</text:p></text:tracked-changes><text:p>{ADDRESS}</text:p>"
        f"<text:p>{DATE_LINE}</text:p><text:h>{HEADING}</text:h><text:p><text:span>{FIRST[:30]}</text:span>{FIRST[30:]}{note}</text:p><text:p>{SECOND.replace('uitvoer van', 'uitvoer<text:s/>van')}</text:p>"
        f"<table:table><table:table-header-rows>{rows[0]}</table:table-header-rows>{rows[1]}{rows[2]}</table:table>"
        f"<text:p>{OFFICE}</text:p><text:p>{SIGNER}</text:p></office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode()})


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "text": as_text,
    "new xml": as_new_xml,
    "old xml": as_old_xml,
    "html": as_html,
    "pdf": as_pdf,
    "docx": as_docx,
    "odt": as_odt,
}


def texts(letter: Letter, *kinds: Kind) -> list[str]:
    return [letter.text[p.start : p.end] for p in letter.paragraphs if not kinds or p.kind in kinds]


def assert_offsets_hold(letter: Letter) -> None:
    assert letter.text == "\n\n".join(texts(letter))
    for paragraph in letter.paragraphs:
        stretch = letter.text[paragraph.start : paragraph.end]
        assert stretch == " ".join(stretch.split()) != ""
        joined = "".join(letter.text[s.start : s.end] for s in paragraph.sentences)
        assert "".join(joined.split()) == "".join(stretch.split())


def assert_a_letter_or_a_named_error(content: bytes) -> None:
    try:
        letter = read_bytes(content, None, PATH)
    except UnreadableLetter as error:
        named = str(error).startswith("stuk.")
    else:
        named = True
        assert_offsets_hold(letter)
    assert named


@pytest.mark.parametrize("name", FORMATS)
def test_every_reader_gives_the_same_letter(name: str) -> None:
    """Who, to whom, when, the heading and the sentences, word for word; the note below its paragraph, rows with their headings."""
    letter = read_bytes(FORMATS[name](), None, PATH)
    assert_offsets_hold(letter)
    assert letter.identity.date == dt.date(2021, 5, 12)
    assert letter.identity.addressee == "de Voorzitter van de Tweede Kamer der Staten-Generaal"
    assert [(s.name, s.office) for s in letter.identity.signers] == [(SIGNER, "Staatssecretaris van Verzonnen Zaken")]
    assert texts(letter, Kind.ADDRESS, Kind.DATE_LINE, Kind.HEADING, Kind.SIGNATURE) == [ADDRESS, DATE_LINE, HEADING, f"{OFFICE} {SIGNER}"]
    rows = ["Jaar: 2021; Kosten: € 5", "Jaar: 2022; Kosten: € 7"]
    assert texts(letter, Kind.TEXT) == [FIRST, SECOND, *(rows if name in ("new xml", "html", "docx", "odt") else [])]
    assert [p.heading for p in letter.paragraphs if p.kind is Kind.TEXT][:2] == [HEADING, HEADING]
    if name not in ("text", "old xml"):
        (at,) = [at for at, p in enumerate(letter.paragraphs) if p.kind is Kind.NOTE]
        assert texts(letter)[at - 1 : at + 1] == [FIRST, NOTE]
        assert letter.paragraphs[at].number == letter.paragraphs[at - 1].number == 1


@pytest.mark.parametrize("name", ["new xml", "old xml", "pdf"])
def test_an_official_paper_says_which_it_is(name: str) -> None:
    """By its elements, or by its feet."""
    identity = read_bytes(FORMATS[name](), None, PATH).identity
    assert (identity.id, identity.dossier, identity.number, identity.dossiers) == ("kst-99001-4", "99001", "4", ("99001",))


@FEW
@given(st.sampled_from(sorted(FORMATS)), st.floats(0, 1), st.binary(max_size=8))
def test_what_is_cut_off_or_damaged_is_a_letter_or_a_named_error(name: str, share: float, damage: bytes) -> None:
    """Cut anywhere, and with a few bytes written over it: nothing else than these two comes out, and the error names the file."""
    whole = BUILT.setdefault(name, FORMATS[name]())
    at = int(share * len(whole))
    for content in (whole[:at], whole[:at] + damage + whole[at + len(damage) :]):
        assert_a_letter_or_a_named_error(content)


BUILT: dict[str, bytes] = {}
OPENINGS = [
    b"%PDF-1.7\n",
    b"<?xml version='1.0'?><officiele-publicatie>",
    b"<html><body>",
    b"PK\x03\x04",
    b"\xff\xfe<\x00",
    b"\xd0\xcf\x11\xe0",
    b"",
]


@FEW
@given(st.sampled_from(OPENINGS), st.binary(max_size=500))
def test_any_bytes_are_a_letter_or_a_named_error(opening: bytes, content: bytes) -> None:
    """Whatever follows the first bytes of a format."""
    assert_a_letter_or_a_named_error(opening + content)


VISIBLE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z", "Cs"]) | st.just(" "), min_size=1, max_size=60)


@FEW
@given(st.lists(VISIBLE.filter(str.strip), min_size=1, max_size=6))
def test_paragraphs_put_into_xml_come_back(paragraphs: list[str]) -> None:
    """As they were, but for white space at their ends, ligatures and soft hyphens."""
    body = "".join(f"<al>{escape(text)}</al>" for text in paragraphs)
    letter = read_bytes(as_new_xml(body), None, PATH)
    assert_offsets_hold(letter)
    assert " ".join(texts(letter)).translate({0x2019: "'"}) == " ".join(
        " ".join(text.replace("ĳ", "ij").replace("Ĳ", "IJ").translate(LIGATURES).split()) for text in paragraphs
    ).translate({0x2019: "'"})


LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}


# ---- what only some formats have ----


def test_words_are_whole_whatever_is_inside_them() -> None:
    """Instructions vanish without a space, ligatures become letters, soft hyphens go, no-break spaces are spaces."""
    letter = read_bytes(
        as_new_xml("<al>Zo<?xpp afbreek?>als b\u0133 27\u00a0925 ge\u00adzegd<!-- x -->, CO<inf>2</inf> en <nadruk>vet</nadruk>.</al>"),
        None,
        PATH,
    )
    assert letter.text == "Zoals bij 27 925 gezegd, CO2 en vet."


def test_words_between_elements_are_not_lost() -> None:
    """No schema allows them, some papers have them."""
    assert texts(read_bytes(as_new_xml("<al>Een.</al>Los ertussen.<al>Twee.</al>"), None, PATH)) == ["Een.", "Los ertussen.", "Twee."]


def test_a_paper_in_two_dossiers_has_its_number_in_the_first() -> None:
    """Both are kept; a corrected paper says what it replaces, and so does a title."""
    dossier = "<dossier><dossiernummer><dossiernr>{}</dossiernr></dossiernummer><titel>T</titel></dossier>"
    content = as_new_xml("<al>Een zin.</al>", dossier.format("99 001") + dossier.format("21 501-02"))
    identity = read_bytes(content, None, PATH).identity
    assert (identity.id, identity.dossiers, identity.number) == ("kst-99001-4", ("99001", "21501-02"), "4")
    corrected = read_bytes(b"Een zin.", None, Path("kst-27925-440-n1.txt")).identity
    assert (corrected.number, corrected.replaces) == ("440", ("kst-27925-440",))
    motion = content.replace(
        b"<algemeen>", b"<titel>GEWIJZIGDE MOTIE VAN HET LID X TER VERVANGING VAN DIE GEDRUKT ONDER NR. 3</titel><algemeen>"
    )
    assert read_bytes(motion, None, PATH).identity.replaces == ("kst-99001-3",)
    assert read_bytes(motion, None, PATH).identity.kind == "Motie"
    assert read_bytes(b"Een zin.", None, Path("kst-1027283.txt")).identity.temporary
    assert read_bytes(b"Een zin.", None, Path("kst-29521-AG.txt")).identity.name == "Kamerstuk 29 521, AG"


QUESTIONS = "<vraag><nr>{}</nr><al>{}</al></vraag>"
ANSWERS = "<antwoord><nr>{}</nr><al>{}</al></antwoord>"


@pytest.mark.parametrize("source", ["xml", "text"])
def test_an_answer_stands_under_its_question(source: str) -> None:
    """Also where one answer is to two questions, in XML and in plain text alike."""
    if source == "xml":
        body = (
            QUESTIONS.format(1, "Waarom?")
            + ANSWERS.format(1, "Daarom dan.")
            + QUESTIONS.format(2, "Hoe?")
            + QUESTIONS.format(3, "Wanneer?")
        )
        content = f"<officiele-publicatie><kamervragen><kamervraagomschrijving>Vragen van het lid X (ingezonden 5 december 2019)</kamervraagomschrijving>{body}{ANSWERS.format('2 en 3', 'Zo, en nu.')}</kamervragen></officiele-publicatie>".encode()
    else:
        content = b"Vraag 1\n\nWaarom?\n\nAntwoord 1\n\nDaarom dan.\n\nVraag 2\n\nHoe?\n\nVraag 3\n\nWanneer?\n\nAntwoord op vragen 2 en 3\n\nZo, en nu."
    letter = read_bytes(content, None, PATH)
    headings = {letter.text[p.start : p.end]: p.heading for p in letter.paragraphs if p.kind is Kind.TEXT}
    assert (headings["Waarom?"], headings["Daarom dan."], headings["Zo, en nu."]) == ("Vraag 1", "Waarom?", "Hoe? Wanneer?")
    if source == "xml":
        assert (letter.identity.kind, letter.identity.date) == ("Kamervragen (Aanhangsel)", dt.date(2019, 12, 5))


def test_a_debate_keeps_who_says_what() -> None:
    """Each paragraph with its speaker, under the title of the item."""
    turn = "<spreekbeurt><spreker><voorvoegsels>Mevrouw </voorvoegsels><naam><achternaam>Van den Berg</achternaam></naam> (<politiek>CDA</politiek>):</spreker><tekst><al-groep><al>Zeker.</al></al-groep></tekst></spreekbeurt>"
    content = f"<officiele-publicatie><handelingen><agendapunt><nr>3</nr><item-titel>Proef</item-titel>{turn}<tekst><al>Geschorst.</al></tekst></agendapunt></handelingen></officiele-publicatie>"
    letter = read_bytes(content.encode(), None, PATH)
    said = [(letter.text[p.start : p.end], p.speaker, p.heading) for p in letter.paragraphs if p.kind is Kind.TEXT]
    assert said == [("Zeker.", "Mevrouw Van den Berg (CDA)", "Proef"), ("Geschorst.", None, "Proef")]
    assert texts(letter, Kind.SPEAKER) == ["Mevrouw Van den Berg (CDA):"]


def test_the_names_under_a_motion_are_its_signers() -> None:
    """No element says so: they stand last, after the last sentence."""
    letter = read_bytes(
        as_new_xml("<al>en gaat over tot de orde van de dag.</al><al-groep><al>Van der Graaf</al><al>El Yassini</al></al-groep>"),
        None,
        PATH,
    )
    assert [s.name for s in letter.identity.signers] == ["Van der Graaf", "El Yassini"]
    assert texts(letter, Kind.TEXT) == ["en gaat over tot de orde van de dag."]


def test_a_table_with_spans_reads_row_by_row() -> None:
    """Headings over several columns go with each, a cell over several rows with each."""
    head = "<tr><th rowspan='2'>Post</th><th colspan='2'>Begroting</th></tr><tr><th>2021</th><th>2022</th></tr>"
    body = "<tr><td rowspan='2'>Inzet</td><td>5</td><td>6</td></tr><tr><td>7</td><td></td></tr>"
    letter = read_bytes(f"<html><body><table><thead>{head}</thead><tbody>{body}</tbody></table></body></html>".encode(), None, PATH)
    assert texts(letter) == ["Post: Inzet; Begroting 2021: 5; Begroting 2022: 6", "Post: Inzet; Begroting 2021: 7"]


def test_a_pdf_tells_on_which_page_a_paragraph_begins() -> None:
    """And neither the running foot nor the margin is in the text; a raised number that is no footnote stays."""
    letter = read_bytes(as_pdf(), None, PATH)
    assert [p.page for p in letter.paragraphs] == [1, 1, 1, 1, 2, 2, 2]
    for noise in ("vergaderjaar", "ISSN", "kst-", "Nr. 4"):
        assert noise not in letter.text
    squared = read_bytes(pdf([[(72, 700, 10, "Er is 12 m"), (121, 704, 5, "2"), (126, 700, 10, "grond nodig voor het plan.")]]), None, PATH)
    assert "12 m2" in squared.text.replace("m 2", "m2")


def test_a_pdf_in_columns_is_read_column_by_column() -> None:
    """A sentence that goes on at the head of the next column is whole, and a word broken there too."""
    left = [(60, 700, 9, "Dit is de eerste kolom van een"), (60, 689, 9, "verslag, waarin de zin verder-")]
    right = [(300, 700, 9, "gaat bovenaan de tweede kolom."), (300, 660, 9, "Hier begint een nieuwe alinea in de kolom.")]
    assert texts(read_bytes(pdf([[*left, *right]]), None, PATH)) == [
        "Dit is de eerste kolom van een verslag, waarin de zin verdergaat bovenaan de tweede kolom.",
        "Hier begint een nieuwe alinea in de kolom.",
    ]


def test_a_long_pdf_takes_in_proportion_as_long_as_a_short_one() -> None:
    """Four times the pages at most eight times as long: what runs over the pages is found by counting once."""

    def seconds(pages: int) -> float:
        made = [
            Page(558, 771, [Line(f"Regel {at} van {page} over de dijk.", 72, 400, 750 - 11 * at, 9) for at in range(66)])
            for page in range(pages)
        ]
        began = time.process_time()
        assert sum(len(part.text) for part in _draft(made, ()).parts) > 1000 * pages
        return time.process_time() - began

    short, long = (min(seconds(pages) for _ in range(3)) for pages in (50, 200))
    assert long < 8 * short


def test_numbers_of_lines_are_not_in_the_text() -> None:
    """Where they count down the margin; a number that a line begins with stays."""
    lines = [
        "Dit is een regel met een nummer ervoor, en",
        "12 dagen later volgt de volgende regel van",
        "dezelfde alinea, zonder dat er iets wordt",
        "weggelaten of toegevoegd aan wat er staat.",
    ]
    page = [one for at, line in enumerate(lines) for one in ((40, 700 - 11 * at, 9, str(at + 1)), (72, 700 - 11 * at, 9, line))]
    assert read_bytes(pdf([page]), None, PATH).text == " ".join(lines)


def test_a_pdf_that_has_no_text_is_read_by_tesseract_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages go to it as pictures, in Dutch, and the letter says so; without it the paper is refused with the remedy."""
    monkeypatch.setenv("PATH", str(tmp_path))
    scanned = pdf([[]])
    with pytest.raises(UnreadableLetter, match="tesseract-ocr-nld"):
        read_bytes(scanned, None, PATH)
    fake = tmp_path / "tesseract"
    fake.write_text(
        '#!/bin/sh\n[ "$*" = \'- - -l nld\' ] || exit 1\nread -r kind wide high deep\n[ "$kind $deep" = \'P5 255\' ] && echo "Den Haag, 12 mei 2021\n\nDit is gelezen van een beeld van $wide breed."\n'
    )
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    letter = read_bytes(scanned, None, PATH)
    assert texts(letter) == ["Den Haag, 12 mei 2021", "Dit is gelezen van een beeld van 2325 breed."]
    assert "OCR" in letter.notes[0]
    fake.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(UnreadableLetter, match="mislukte"):
        read_bytes(scanned, None, PATH)


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract-ocr-nld is not installed: scans are not tried")
def test_a_scan_is_read(tmp_path: Path) -> None:
    """By the real tesseract, from a page that is only a picture: words, date and paragraphs."""
    said = ["Den Haag, 12 mei 2021", "Het kabinet verlengt de bijdrage aan de missie", "met negen maanden, tot en met 31 december 2021."]
    with pypdfium2.PdfDocument(pdf([[(60, 700 - 40 * at, 14, line) for at, line in enumerate(said)]])) as document:
        picture = document[0].render(scale=200 / 72).to_pil()
    picture.save(tmp_path / "scan.pdf", resolution=200)
    letter = read_file(tmp_path / "scan.pdf")
    assert letter.identity.date == dt.date(2021, 5, 12)
    assert " ".join(letter.text.split()) == " ".join(said)
    assert "OCR" in letter.notes[0]


# ---- metadata ----

METADATA = """<metadata_gegevens><metadata name="DC.identifier" content="kst-99001-4"/><metadata name="DC.title" content="Proef; Brief regering; Voortgang"/>
<metadata name="DC.type" scheme="OVERHEIDop.KamerstukTypen" content="Brief regering"/><metadata name="OVERHEIDop.dossiernummer" content="99001;21501-02"/>
<metadata name="OVERHEIDop.ondernummer" content="4"/><metadata name="DCTERMS.issued" content="2021-05-10"/><metadata name="DCTERMS.available" content="2021-05-20"/></metadata_gegevens>"""


def test_the_publishers_metadata_go_before_what_the_text_says_but_not_for_the_date(tmp_path: Path) -> None:
    """Title, dossiers and kind are the publisher's; the day of the letter is what stands in it."""
    (tmp_path / "brief.txt").write_bytes(as_text())
    (tmp_path / "metadata.xml").write_text(METADATA)
    identity = read_file(tmp_path / "brief.txt").identity
    assert (identity.id, identity.title, identity.dossiers) == ("kst-99001-4", "Voortgang", ("99001", "21501-02"))
    assert (identity.date, identity.published) == (dt.date(2021, 5, 12), dt.date(2021, 5, 20))
    undated = read_bytes(b"Een zin.", METADATA.encode(), PATH).identity
    assert undated.date == dt.date(2021, 5, 10)


def test_metadata_belong_to_one_letter(tmp_path: Path) -> None:
    """What has the letter's name is its own; `metadata.xml` is only that of a letter that is alone."""
    for name in ("a.pdf", "b.xml", "b.metadata.xml", "c.TXT", "c.json", "metadata.xml", "d.exe"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in letter_paths(tmp_path)] == ["a.pdf", "b.xml", "c.TXT"]
    assert [metadata_beside(path) and metadata_beside(path).name for path in letter_paths(tmp_path)] == [None, "b.metadata.xml", "c.json"]  # type: ignore[union-attr]  # asked just before


def test_an_identity_comes_back_from_json_and_from_beside_a_letter() -> None:
    """What `asdict` and `json.dumps` make of it is read again as it was."""
    letter = read_bytes(as_text(), METADATA.encode(), PATH)
    written = json.dumps(asdict(letter.identity), default=str)
    assert Identity.from_json(json.loads(written)) == letter.identity
    assert read_bytes(as_text(), written.encode(), PATH).identity == letter.identity


# ---- what is meant to do harm, and what is just wrong ----


def deep(name: str, depth: int) -> bytes:
    return f"<{name}>".encode() + b"<al>" * depth + b"x" + b"</al>" * depth + f"</{name}>".encode()


HARMFUL = {
    "entity bomb": (
        b"<!DOCTYPE a [<!ENTITY a '"
        + b"x" * 1000
        + b"'>"
        + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%s;" % (str(n - 1).encode() if n else b"") * 50) for n in range(9))
        + b"]><officiele-publicatie><al>&a8;</al></officiele-publicatie>",
        "entiteiten",
    ),
    "external entity": (
        b"<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><officiele-publicatie><al>&a;</al></officiele-publicatie>",
        "entiteiten",
    ),
    "deep": (deep("officiele-publicatie", 100_000), "XML"),
    "other xml": (b"<?xml version='1.0'?><rss><al>Nieuws</al></rss>", "geen offici"),
    "broken xml": (as_new_xml()[:-40], "afgebroken"),
    "xml without text": (
        b"<officiele-publicatie><kamerstuk><stuk><titel>BRIEF</titel></stuk></kamerstuk></officiele-publicatie>",
        "zonder tekst",
    ),
    "error page": (b"<html><head><title>404: Pagina niet gevonden</title></head><body><p>Sorry</p></body></html>", "er niet is"),
    "empty page": (b"<html><body></body></html>", "leeg"),
    "zip bomb": (zipped({"word/document.xml": b"<a>" + b" " * 60_000_000}), "uitgepakt"),
    "wrong zip": (zipped({"x.txt": b"x"}), "zip-bestand"),
    "no document": (zipped({"word/x.xml": b"x"}), "beschadigd"),
    "spreadsheet": (zipped({"xl/workbook.xml": b"x"}), "rekenblad"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Word"),
    "rtf": (b"{\\rtf1 x}", "RTF"),
    "secret pdf": (
        pdf(
            [[(72, 700, 10, "geheim")]],
            f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'41' * 32}>/U<{'42' * 32}>/P -44>>/ID[<{'43' * 16}><{'43' * 16}>]",
        ),
        "wachtwoord",
    ),
    "broken pdf": (b"%PDF-1.7 en verder niets", "beschadigd"),
    "blank pdf": (pdf([[], []]), "alleen beelden"),
    "glyph codes": (pdf([[(72, 700 - 12 * n, 10, "xq zvw kjt prw bcv hgf mnd") for n in range(20)]]), "glyphnummers"),
    "many elements": (b"<officiele-publicatie>" + b"<a/>" * 1_000_001 + b"</officiele-publicatie>", "elementen"),
    "much text": (b"<?xml version='1.0'?>" + b" " * 10_000_001, "groter"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_what_cannot_be_read_is_refused_with_the_reason_and_soon(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One Dutch sentence or two; nothing is expanded, fetched or waited for."""
    monkeypatch.setenv("PATH", "")
    content, word = HARMFUL[name]
    began = time.process_time()
    with pytest.raises(UnreadableLetter, match=word):
        read_bytes(content, None, PATH)
    assert time.process_time() - began < 3


def test_deep_html_is_read_or_refused() -> None:
    """A hundred thousand levels do not end the program."""
    assert_a_letter_or_a_named_error(b"<html><body>" + b"<div>" * 100_000 + b"x en nog wat")


def test_a_format_is_known_by_its_bytes() -> None:
    """Not by the name: a PDF called .txt is a PDF, and a text that mentions a tag is a text."""
    assert {name: format_of(make()) for name, make in FORMATS.items()} == {
        "text": "text",
        "new xml": "xml",
        "old xml": "xml",
        "html": "html",
        "pdf": "pdf",
        "docx": "docx",
        "odt": "odt",
    }
    assert format_of(b"< 5 euro en meer") == "text"
    assert format_of(as_new_xml().decode("utf-8-sig").encode("utf-16")) == "xml"


def pdf_bomb(unit: bytes, size: int, filters: bytes) -> bytes:
    """A PDF of one page whose content is `size` bytes, packed as often as there are filters."""
    packer, pieces = zlib.compressobj(9), []
    for _ in range(size // len(unit)):
        pieces.append(packer.compress(unit))
    stream = b"".join([*pieces, packer.flush()])
    for _ in range(filters.count(b"/") - 1):
        stream = zlib.compress(stream, 9)
    return PDF_OF_ONE_PAGE % (filters, len(stream), stream)


PDF_OF_ONE_PAGE = (
    b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    b"4 0 obj<</Filter[%s]/Length %d>>stream\n%s\nendstream endobj\ntrailer<</Size 6/Root 1 0 R>>\n%%%%EOF\n"
)


READING_A_BOMB = """import json, resource, sys
from pathlib import Path
from sources import read_bytes
from sources.errors import UnreadableLetter
try:
    read_bytes(sys.stdin.buffer.read(), None, Path("bom.pdf"))
except UnreadableLetter as error:
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    json.dump([str(error), int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss], sys.stdout)
"""  # in a process of its own, since getrusage counts the most that any child ever had, and what started this one as its own


@pytest.mark.parametrize(
    ("unit", "filters"),
    [
        (b" " * 65536, b"/FlateDecode"),
        (b" " * 65536, b"/FlateDecode/FlateDecode"),
        (b"BT /F1 9 Tf 10 10 Td (aaaaaaaaaaaaaaaa) Tj ET\n" * 1400, b"/FlateDecode"),
    ],
    ids=["white space", "packed twice", "text"],
)
def test_a_pdf_that_unpacks_to_gigabytes_is_refused_soon(unit: bytes, filters: bytes) -> None:
    """In some seconds, in a process that may have so much and no more, with a sentence that says so."""
    bomb = pdf_bomb(unit, 1 << 30, filters)
    assert len(bomb) < 5_000_000
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", READING_A_BOMB], input=bomb, capture_output=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert time.monotonic() - began < 20
    said, own, of_the_reader = json.loads(done.stdout)
    assert "meer geheugen" in said
    assert own < 300_000  # KB, the bomb and all that is imported among them
    assert of_the_reader < 1_000_000


def test_why_a_pdf_was_not_read_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little memory, too long, or a reader that fell over: each has its own remedy."""
    page = pdf_bomb(b"BT /F1 9 Tf 10 10 Td (aaaaaaaaaaaaaaaa) Tj ET\n" * 1400, 1 << 27, b"/FlateDecode")
    for bound, most, said in (("LONGEST_S", 1, "duurt te lang"), ("MOST_MEMORY", 1, "meer geheugen")):
        monkeypatch.setattr(f"sources.pdf.{bound}", most)
        with pytest.raises(UnreadableLetter, match=said):
            read_bytes(page, None, PATH)
        monkeypatch.undo()
    for code, said in ((-signal.SIGSEGV, b""), (-signal.SIGABRT, b"free(): invalid pointer"), (1, b"Traceback")):
        assert "loopt vast" in why_it_ended(code, said)
    for code, said in ((-signal.SIGABRT, b""), (-signal.SIGABRT, b"... std::bad_alloc"), (-signal.SIGKILL, b"")):
        assert "meer geheugen" in why_it_ended(code, said)


def test_what_is_fetched_may_be_as_large_as_what_is_read() -> None:
    """One limit: no more is taken than can be read."""
    assert Client().max_bytes == LARGEST_FILE


def test_such_a_page_without_a_bomb_is_read() -> None:
    """So that it is the size that was refused."""
    page = pdf_bomb(b"BT /F1 9 Tf 10 700 Td (De brug bij Zaltbommel wordt in oktober gesloten.) Tj ET\n", 90, b"/FlateDecode/FlateDecode")
    assert read_bytes(page, None, Path("brief.pdf")).text == "De brug bij Zaltbommel wordt in oktober gesloten."


def test_a_pdf_of_a_gigabyte_is_not_even_opened(tmp_path: Path) -> None:
    """Its size is enough, also for adding it."""
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as file:
        file.write(b"%PDF-1.4\n")
        file.truncate(1 << 30)  # a hole, which takes no room
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    for take in (read_file, Collection(tmp_path / "home").add_file):
        with pytest.raises(UnreadableLetter, match="groter dan 60 MB"):
            take(huge)
    assert time.monotonic() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert not (tmp_path / "home" / "letters").exists()
