"""Every real official file that we have is read for what it is, or refused for the right reason; nothing of its text is lost."""

import ast
import csv
import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from sources import Kind, Letter, read_bytes, read_file
from sources.errors import UnreadableLetter
from sources.identifiers import parse
from sources.links import links_of
from sources.references import references

REFUSED = {  # the folder or file -> what must be in the reason
    "pdf_hard_cases/garble.pdf": "glyphnummers",
    "pdf_hard_cases/image.pdf": "alleen beelden",
    "koop_metadata/searchrec.xml": "geen officiële publicatie",
    "koop_metadata/opmeta1.xml": "geen officiële publicatie",
    "koop_metadata/opmeta2.xml": "geen officiële publicatie",
}
PAPERS = {
    "kst-28844-269": ("Brief regering", dt.date(2023, 7, 7), ["H.G.J. Bruins Slot"]),
    "kst-35786-7": ("Motie", dt.date(2022, 3, 30), ["Van der Graaf", "Maatoug", "Arib"]),
    "kst-24447-6": ("Memorie van toelichting", None, ["Van Ardenne-van der Hoeven", "Reitsma", "Biesheuvel"]),
    "kst-25823-3": ("Memorie van toelichting", None, []),
    "kst-31911-3": ("Memorie van toelichting", None, []),
    "kst-35470-XIV-4": ("Memorie van toelichting", dt.date(2020, 5, 20), ["C.J. Schouten"]),
    "kst-37020-X-1": ("Voorstel van wet", dt.date(2026, 9, 15), ["D. Yeşilgöz-Zegerius"]),
}
NOT_TEXT = (  # what is in the identity, or the same on all papers
    "//metadata | //kamerstukkop | //frontm | //kamerstuk/dossier | //stuknr | //ltrlabel | /kamerwrk/kop | //body/stuk/nummer",
    "//motie/kop | //agendapunt/nr | //opening/nr | //handeling_bijlage/nr",
)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def texts(letter: Letter, *kinds: Kind) -> list[str]:
    return [letter.text[p.start : p.end] for p in letter.paragraphs if p.kind in kinds]


def assert_sound(letter: Letter) -> None:
    """All offsets hold, no paragraph is empty, no sentence is as long as a paper."""
    assert letter.text == "\n\n".join(letter.text[p.start : p.end] for p in letter.paragraphs)
    assert all(p.end > p.start and p.sentences for p in letter.paragraphs)
    assert max(s.end - s.start for p in letter.paragraphs for s in p.sentences) < 3000


def test_every_file_is_read_or_refused_with_the_right_reason(realdocs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its extension says; without tesseract, which takes minutes for the scans."""
    monkeypatch.setenv("PATH", "")
    files = sorted(path for path in realdocs.rglob("*") if path.suffix in (".xml", ".pdf") and "metadata.RECONSTRUCTED" not in path.name)
    assert len(files) >= 44
    refused = {}
    for file in files:
        try:
            assert_sound(read_file(file))
        except UnreadableLetter as error:
            refused[str(file.relative_to(realdocs))] = error.reason
    assert refused.keys() == REFUSED.keys()
    assert [name for name, word in REFUSED.items() if word not in refused[name]] == []


def test_real_papers_are_known_for_what_they_are(realdocs: Path) -> None:
    """Id, kind, date and signers, in both vocabularies."""
    letters = [read_file(path) for path in sorted((realdocs / "kst_xml").rglob("*.xml"))]
    found = {one.identity.id: (one.identity.kind, one.identity.date, [s.name for s in one.identity.signers]) for one in letters}
    assert found == PAPERS
    assert {one.identity.id: f"kst-{one.identity.dossier}-{one.identity.number}" for one in letters} == {name: name for name in PAPERS}


def test_nothing_of_a_real_paper_is_lost(realdocs: Path) -> None:
    """Each letter and digit in the body of the XML is in the text, as often as there; more only where columns have headings."""
    for file in sorted([*(realdocs / "kst_xml").rglob("*.xml"), *(realdocs / "handelingen_op_xml_repaired").glob("*.xml")]):
        root = etree.parse(file, etree.XMLParser(remove_comments=True, remove_pis=True)).getroot()
        for element in root.xpath(" | ".join(NOT_TEXT)):
            element.clear(keep_tail=True)
        published, read = letters("".join(root.itertext())), letters(read_file(file).text)
        assert published <= read, (file.name, published - read)
        assert published == read or root.xpath("//table"), (file.name, read - published)


def letters(text: str) -> Counter[str]:
    """How often each letter and digit occurs."""
    return Counter(letter for letter in text.replace("ĳ", "ij") if letter.isalnum())


def test_a_real_letter_has_its_notes_and_headings(realdocs: Path) -> None:
    """Fifteen footnotes, each below the paragraph that calls it, and the five headings."""
    letter = read_file(realdocs / "kst_xml" / "full" / "kst-28844-269.xml")
    notes = [note.split(" ", 1)[0] for note in texts(letter, Kind.NOTE)]
    assert notes == [str(number) for number in range(1, 16)]
    assert "integriteit openbaar bestuur op 9 mei 2023 heb ik uw Kamer" in letter.text
    assert "online archief (https://www.rijksoverheid.nl/archief). Ook" in letter.text
    assert letter.cited == ("kst-28844-266", "kst-28844-261", "h-tk-20222023-84-12", "kst-36101-15")
    assert letter.identity.addressee == "de Voorzitter van de Tweede Kamer der Staten-Generaal"


def test_real_tables_read_row_by_row(realdocs: Path) -> None:
    """With the headings of their columns, also where those stand over one another."""
    budget = read_file(realdocs / "kst_xml" / "abridged" / "kst-37020-X-1.abridged.xml").text
    assert (
        "Art.: 1; Omschrijving: Inzet; Vastgestelde begroting Verplichtingen: 2.727.644; Vastgestelde begroting Uitgaven: 2.856.815;"
        in budget
    )
    slots = read_file(realdocs / "kst_xml" / "abridged" / "kst-35470-XIV-4.abridged.xml").text
    assert (
        "(stand ontwerp-begroting) in € miljoen: => 50 en < 200; Beleidsmatige mutaties (ondergrens in € miljoen): 2; Technische" in slots
    )


def test_real_debates_keep_who_says_what(realdocs: Path) -> None:
    """Every paragraph of a debate that somebody speaks has that speaker, under the title of the item."""
    letter = read_file(realdocs / "handelingen_op_xml_repaired" / "h-tk-20172018-70-12.xml")
    assert {p.heading for p in letter.paragraphs} == {"Nederlandse economie na de brexit"}
    speakers = {p.speaker for p in letter.paragraphs}
    assert {"De voorzitter", "De heer Paternotte (D66)", "Minister Wiebes"} <= speakers
    said = next(letter.text[p.start : p.end] for p in letter.paragraphs if p.kind is Kind.TEXT and p.speaker == "De heer Paternotte (D66)")
    assert said.startswith("Dank u wel, mevrouw de voorzitter. Over minder dan één jaar is het zover.")
    assert "stijging van de CO2-uitstoot door de industrie" in letter.text


def test_debates_that_were_encoded_twice_are_read_as_they_were(realdocs: Path) -> None:
    """Not well-formed and garbled as they lie there, they give the same letters as those that were repaired by hand."""
    files = sorted((realdocs / "handelingen_op_xml").glob("*.xml"))
    assert len(files) == 14
    for file in files:
        letter, repaired = read_file(file), read_file(realdocs / "handelingen_op_xml_repaired" / file.name)
        assert (letter.text, letter.paragraphs, letter.identity) == (repaired.text, repaired.paragraphs, repaired.identity)
        assert "hersteld" in letter.notes[0]


def test_of_real_pdfs_only_page_numbers_are_left_out(realdocs: Path) -> None:
    """All words of the pages are in the letter, in which every paragraph has its page; the labels in the left column stay."""
    import pypdfium2

    for file in sorted((realdocs / "tk_pdf_besluitenlijsten").glob("*.pdf")):
        letter = read_file(file)
        with pypdfium2.PdfDocument(file) as document:
            raw = [page.get_textpage().get_text_range() for page in document]
        lost, added = words(" ".join(raw)) - words(letter.text), words(letter.text) - words(" ".join(raw))
        assert all(word.isdecimal() and int(word) <= len(raw) for word in lost), (file.name, lost)
        assert not added
        assert {p.page for p in letter.paragraphs} == set(range(1, len(raw) + 1))
        assert letter.identity.date
        for p in letter.paragraphs:  # a paragraph begins on the page that it says
            assert words(letter.text[p.start : p.end].split(" ")[0]).keys() <= words(raw[p.page - 1]).keys()


def test_real_metadata_are_understood(realdocs: Path) -> None:
    """A paper in two dossiers, with its dates apart; what is no parliamentary paper is refused as metadata."""
    folder = realdocs / "koop_metadata"
    identity = read_bytes(b"Een zin.", (folder / "kst-17050-229.metadata.RECONSTRUCTED.xml").read_bytes(), Path("x.txt")).identity
    assert (identity.id, identity.dossiers, identity.number) == ("kst-17050-229", ("17050", "22343"), "229")
    assert (identity.date, identity.published) == (dt.date(2002, 3, 15), dt.date(2002, 3, 22))
    assert identity.title.startswith("Brief minister over de manier waarop")
    with pytest.raises(UnreadableLetter, match="metadata"):
        read_bytes(b"Een zin.", (folder / "opmeta1.xml").read_bytes(), Path("x.txt"))


def cited_by(realdocs: Path) -> dict[str, list[str]]:
    """The real papers of the citation graph, each with the papers that its publisher links it to."""
    graph: dict[str, list[str]] = {}
    for name in ("kamerstukken-analyse.csv", "nieuwe-kamerstukken.csv"):
        with (realdocs / "kst_citation_graph" / name).open(encoding="utf-8-sig", newline="") as file:
            graph |= {row[0]: list(dict.fromkeys(ast.literal_eval(row[4]))) for row in csv.reader(file)}
    return graph


def written(id: str) -> list[str]:
    """A paper in the variants of real texts that fit its number; one that is not numbered by dossier only by its id."""
    official = parse(id)
    if not official or not official.dossier or not official.dossier[:5].isdecimal() or official.suffixes:
        return [id]
    digits, _, addition = official.dossier.partition("-")
    spaced, number, nr = f"{digits[:2]} {digits[2:]}", official.number or "", f"nr. {official.number}"
    dossier = f"{spaced}-{addition}" if addition else spaced
    senate, roman = not number[0].isdecimal(), addition and not addition.isdecimal()
    kamer = "Kamerstukken I 2019/20," if senate else "Kamerstukken II 2019/20,"
    variants = [
        id,
        f"(Kamerstuk {dossier}, {nr})",
        f"Kamerstuk {dossier}, {nr}".replace(" ", "\u00a0"),
        f"Kamerstuk {dossier}, nr.\n{number}",
    ]
    variants += [f"Kamerstuk {official.dossier}, nr.{number}", f"{kamer} {dossier}, {nr}", f"{kamer} {dossier}, {nr}, p. 7–8"]
    variants += [f"({dossier}, {nr})", f"(Kamerstukken {dossier} en 29 521, {nr})", f"Zij krijgt {nr} ({official.dossier})."]
    variants += (
        [f"I 2020/21, {dossier}, {number}"] if senate else [f"Kamerstuk {id[4:]}", f"TK 2019-2020, {official.dossier}, nummer {number}"]
    )
    return variants + ([f"Kamerstuk {spaced} {addition}, {nr}", f"Kamerstuk {digits}.{addition}, {nr}"] if roman else [])


def test_every_paper_that_real_papers_cite_is_found_however_it_is_written(realdocs: Path) -> None:
    """Of all papers in the citation graph, in all variants: at least 99 % are found as themselves and nothing else."""
    cited = {id for ids in cited_by(realdocs).values() for id in ids}
    tried = [(id, text) for id in sorted(cited) for text in written(id)]
    missed = [(text, id) for id, text in tried if [one.document for one in references(f"Zie {text} hierover.")] != [id]]
    print(f"{len(cited)} stukken op {len(tried)} manieren geschreven, {len(missed)} gemist: {missed}")
    assert len(tried) > 5000
    assert len(missed) <= 0.01 * len(tried)


def test_what_a_person_wrote_beside_a_link_names_the_paper_behind_it(realdocs: Path) -> None:
    """In the list that somebody kept by hand; where words and link are of two papers, the words are believed."""
    with (realdocs / "kst_citation_graph" / "Overzicht-Kamerstukken.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row[2], re.search(r"/(kst-[\w-]+)", row[7])) for row in csv.reader(file)]
    pairs = [(words, link[1]) for words, link in rows if link and words.strip()]
    found = [(words, id, [one.document for one in references(words)]) for words, id in pairs]
    other = [each for each in found if each[2] != [each[1]]]
    print(f"{len(found)} keer opgeschreven, {len(other)} keer iets anders: {other}")
    assert len(found) == 77
    assert [words for words, _id, documents in other if not documents] == ["Kamerstuk 26643 455"]
    assert len(other) == 4  # the other three were linked to another paper than they name


def test_the_links_in_a_paper_are_those_of_the_citation_graph(realdocs: Path) -> None:
    """A paper that links as a real one does has the same links, in their order, whatever its words are."""
    graph = cited_by(realdocs)
    assert len(graph) == 137
    for paper, cited in graph.items():
        linked = "".join(f'<al>Zie <extref doc="{id}" soort="document" status="actief">dit stuk</extref>.</al>' for id in cited)
        xml = f"<officiele-publicatie><kamerstuk><stuk><algemeen><vrije-tekst><tekst><al>Een brief.</al>{linked}</tekst></vrije-tekst></algemeen></stuk></kamerstuk></officiele-publicatie>"
        letter = read_bytes(xml.encode(), f'{{"id": "{paper}"}}'.encode(), Path("stuk.xml"))
        assert [link.document for link in links_of(letter)] == [id for id in cited if id != paper]
