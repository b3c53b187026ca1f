"""A file becomes a Letter: the shipped one as its ministers wrote it, any other bytes a Letter or a named error."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.passages import split
from sources import Kind, Letter, read_bytes
from sources.errors import UnreadableLetter

PATH = Path("brief.txt")


def texts(letter: Letter, kind: Kind) -> list[str]:
    return [letter.text[p.start : p.end] for p in letter.paragraphs if p.kind is kind]


def test_the_shipped_letter_is_known_for_what_it_is(letter: Letter) -> None:
    """Headings, date line and signatures are recognised, and the metadata beside it are used."""
    assert texts(letter, Kind.HEADING) == [
        "Anti-ISIS-coalitie",
        "NAVO-missie in Irak (NMI)",
        "EU-adviesmissie in Irak (EUAM)",
        "Maritieme veiligheid Golfregio",
        "Geannoteerde agenda ingelaste Raad Buitenlandse Zaken",
    ]
    assert texts(letter, Kind.DATE_LINE) == ["Den Haag, 6 januari 2020"]
    assert len(texts(letter, Kind.SIGNATURE)) == 3
    assert letter.identity.id == "kst-27925-692"
    assert letter.identity.name == "Kamerstuk 27 925, nr. 692"
    assert letter.identity.date == dt.date(2020, 1, 6)
    assert [s.name for s in letter.identity.signers] == ["S.A. Blok", "A.Th.B. Bijleveld-Schouten", "S.A.M. Kaag"]


def test_the_shipped_letter_is_mended(letter: Letter) -> None:
    """Words broken at line ends and sentences broken by a page are whole; what was never broken is untouched."""
    for words in (
        "de veiligheidsmaatregelen aangescherpt",
        "dat majoor-generaal Suleimani",
        "van de anti-ISIS-coalitie. Voorkomen moet worden",
        "de NAVO-missie in Irak zijn de activiteiten van NMI",
        "een ontmoeting hebben met de Hoge Vertegenwoordiger",
        "maximale verrijkingspercentages",
    ):
        assert words in letter.text
    assert "moeilijk voorspellen.\n\nVan het grootste belang" in letter.text


def test_the_letter_itself_says_who_and_when() -> None:
    """Without metadata the date, the signers and the subject come from the letter, the id from the file name."""
    raw = "Den Haag, 12 mei 2021\n\nBetreft: Voortgang van het programma\n\nGeachte voorzitter,\n\nHet gaat goed met het programma.\n\nDe Staatssecretaris van Financiën,\nJ.A. Vooren\n"
    identity = read_bytes(raw.encode(), None, Path("kst-35420-17.txt")).identity
    assert (identity.id, identity.dossier, identity.number) == ("kst-35420-17", "35420", "17")
    assert identity.date == dt.date(2021, 5, 12)
    assert identity.title == "Voortgang van het programma"
    assert [(s.name, s.office) for s in identity.signers] == [("J.A. Vooren", "Staatssecretaris van Financiën")]


def test_the_same_bytes_give_the_same_letter(letter: Letter) -> None:
    """And the same passages: the id below must come out everywhere."""
    raw, metadata = b"Een zin.\n", json.dumps({"id": "kst-1-1", "title": "T", "date": "2020-01-06"}).encode()
    first, second = read_bytes(raw, metadata, PATH), read_bytes(raw, metadata, Path("elders.txt"))
    assert first == second
    assert [passage.id for passage in split(first)] == ["kst-1-1:f4a0d34b398e7e5706c31b2f"]


def test_latin_1_is_read_and_said() -> None:
    """A letter in Windows-1252 is read as such, with a note that tells how to save it."""
    letter = read_bytes("De reünie kostte € 5.".encode("cp1252"), None, PATH)
    assert letter.text == "De reünie kostte € 5."
    assert "UTF-8" in letter.notes[0]


@pytest.mark.parametrize(
    ("content", "metadata", "word"),
    [
        (b"", None, "leeg"),
        (b" \n\n\x0c ", None, "leeg"),
        (b"%PDF-1.7\x00\x01\x02", None, "binair"),
        (bytes(range(256)) * 40, None, "binair"),
        (b"Een zin.", b"{", "JSON"),
        (b"Een zin.", b"[]", "JSON-object"),
        (b"Een zin.", b'{"date": "6 januari"}', "datum"),
        (b"Een zin.", b'{"title": 3}', "tekst"),
        (b"Een zin.", b'{"signers": ["Blok"]}', "signers"),
    ],
)
def test_what_is_no_letter_is_refused_with_the_remedy(content: bytes, metadata: bytes | None, word: str) -> None:
    """Empty, binary, or with broken metadata: one Dutch sentence that names the file and the trouble."""
    with pytest.raises(UnreadableLetter) as error:
        read_bytes(content, metadata, PATH)
    assert word in str(error.value)
    assert "brief." in str(error.value)


@given(st.binary(max_size=2000), st.none() | st.binary(max_size=200))
def test_any_bytes_are_a_letter_or_a_named_error(content: bytes, metadata: bytes | None) -> None:
    """And in a letter every offset holds: paragraphs and sentences are stretches of its text."""
    try:
        letter = read_bytes(content, metadata, PATH)
    except UnreadableLetter:
        return
    assert_offsets_hold(letter)


@given(st.text(max_size=2000))
def test_any_text_is_a_letter_whose_offsets_hold(text: str) -> None:
    """The same for any text at all."""
    try:
        letter = read_bytes(text.encode("utf-8", errors="surrogatepass"), None, PATH)
    except UnreadableLetter:
        return
    assert_offsets_hold(letter)


def assert_offsets_hold(letter: Letter) -> None:
    assert letter.text == "\n\n".join(letter.text[p.start : p.end] for p in letter.paragraphs)
    for paragraph in letter.paragraphs:
        assert paragraph.sentences
        joined = "".join(letter.text[s.start : s.end] for s in paragraph.sentences)
        assert "".join(joined.split()) == "".join(letter.text[paragraph.start : paragraph.end].split())


def test_real_papers_are_read(realdocs: Path) -> None:
    """The text of real Tweede Kamer PDFs, as a PDF reader gives it, becomes letters in which every offset holds."""
    import pypdfium2

    files = sorted((realdocs / "tk_pdf_besluitenlijsten").glob("*.pdf"))
    assert files
    for file in files:
        with pypdfium2.PdfDocument(file) as document:
            raw = "\f".join(page.get_textpage().get_text_range() for page in document)
        letter = read_bytes(raw.encode("utf-8"), None, file)
        assert_offsets_hold(letter)
        assert len(letter.paragraphs) >= 5
        assert letter.identity.date
        assert max(len(letter.text[s.start : s.end]) for p in letter.paragraphs for s in p.sentences) < 2500
