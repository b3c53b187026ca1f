"""Papers know each other: what one cites, replaces or withdraws, what names it, and what an answer says of that."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from index.embedder import WordEmbedder
from rag import Kamervraag, Settings
from rag.reading import NoReader
from sources import read_bytes
from sources.errors import NotInIndex
from sources.links import Link, LinkKind, links_of


def linked(text: str, id: str = "kst-99901-7") -> list[tuple[str, str]]:
    letter = read_bytes(
        f"Den Haag, 3 maart 2024\n\n{text}\n".encode(),
        json.dumps({"id": id, "title": "Proef", "dossier": "99901"}).encode(),
        Path("proef.txt"),
    )
    for link in links_of(letter):
        assert link.start < link.end
    return [(link.document, link.kind.value) for link in links_of(letter)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Zoals gemeld in mijn brief van 2 mei 2019 (Kamerstuk 27 925, nr. 662) gaat de missie door.", "cites"),
        ("Hierbij trek ik mijn brief van 2 mei 2019 (Kamerstuk 27 925, nr. 662) in.", "withdraws"),
        ("Wij trekken Kamerstuk 27 925, nr. 662 in, omdat er een fout in stond.", "withdraws"),
        ("De brief van 2 mei 2019 (Kamerstuk 27 925, nr. 662) wordt hiermee ingetrokken.", "withdraws"),
        ("Deze brief vervangt mijn eerdere brief (Kamerstuk 27 925, nr. 662).", "replaces"),
        ("Deze brief treedt in de plaats van mijn brief van 2 mei 2019 (Kamerstuk 27 925, nr. 662).", "replaces"),
        ("Deze brief treedt daarmee in de plaats van Kamerstuk 27 925, nr. 662.", "replaces"),
        ("Deze antwoorden treden in de plaats van die van 2 mei 2019 (Kamerstuk 27 925, nr. 662).", "replaces"),
        ("Deze antwoorden komen in de plaats van Kamerstuk 27 925, nr. 662.", "replaces"),
        ("Hiermee treedt deze brief in de plaats van Kamerstuk 27 925, nr. 662.", "replaces"),
        ("Hierbij vervangt deze nota mijn brief van 2 mei 2019 (Kamerstuk 27 925, nr. 662).", "replaces"),
        ("Deze brief treedt niet in de plaats van Kamerstuk 27 925, nr. 662.", "cites"),
        ("Nieuwe regels treden in de plaats van de oude (Kamerstuk 27 925, nr. 662).", "cites"),
        ("Daarop komt deze brief terug, zie ook Kamerstuk 27 925, nr. 662.", "cites"),
        ("Ik zend u deze brief ter vervanging van Kamerstuk 27 925, nr. 662.", "replaces"),
        ("Bij brief van 21 januari (Kamerstuk 27 925, nr. 662) heb ik de regeling ingetrokken.", "cites"),
        ("De troepen trekken zich terug in het noorden, zie Kamerstuk 27 925, nr. 662.", "cites"),
        ("Het kabinet trekt in 2020 lessen uit de missie (Kamerstuk 27 925, nr. 662).", "cites"),
    ],
)
def test_what_a_sentence_does_to_the_paper_it_names(text: str, kind: str) -> None:
    """Taken back or replaced only where the sentence does it, here and now."""
    assert linked(text) == [("kst-27925-662", kind)]


def test_a_paper_named_twice_is_one_link_and_the_stronger_stands() -> None:
    """First cited, then withdrawn: withdrawn. Itself it does not cite."""
    text = "Zie Kamerstuk 27 925, nr. 662. Hierbij trek ik Kamerstuk 27 925, nr. 662 in. Dit is Kamerstuk 99 901, nr. 7."
    assert linked(text) == [("kst-27925-662", "withdraws")]


def test_metadata_say_what_is_replaced() -> None:
    """A correction replaces the paper whose number it has."""
    letter = read_bytes(b"Den Haag, 3 maart 2024\n\nEen zin.\n", b'{"id": "kst-99901-7-n1", "title": "Proef"}', Path("p.txt"))
    assert links_of(letter) == (Link("kst-99901-7", LinkKind.REPLACES),)


@pytest.fixture
def program(tmp_path: Path) -> Kamervraag:
    """Two papers, of which the second takes the first back."""
    made = Kamervraag(Settings(home=tmp_path), embedder=WordEmbedder(), reader=NoReader())
    papers = {
        "kst-99901-7": ("2024-03-03", "De brug bij Zaltbommel wordt in oktober gesloten. Zie ook Kamerstuk 27 925, nr. 662."),
        "kst-99901-8": ("2024-05-03", "Hierbij trek ik mijn brief van 3 maart (Kamerstuk 99 901, nr. 7) in."),
    }
    (tmp_path / "letters").mkdir()
    for id, (date, text) in papers.items():
        (tmp_path / "letters" / f"{id}.txt").write_text(f"Den Haag, 3 maart 2024\n\n{text}\n", encoding="utf-8")
        about = {"id": id, "title": f"Brief {id}", "date": date, "dossier": "99901", "number": id[-1]}
        (tmp_path / "letters" / f"{id}.json").write_text(json.dumps(about), encoding="utf-8")
    made.index()
    return made


def test_the_papers_around_a_paper(program: Kamervraag) -> None:
    """What it cites, also what is not here, and what took it back; an id that is not here is an error that says what to do."""
    around = program.references("kst-99901-7")
    assert [(link.document, paper) for link, paper in around.cites] == [("kst-27925-662", None)]
    assert [(paper.id, kind) for paper, kind in around.cited_by] == [("kst-99901-8", LinkKind.WITHDRAWS)]
    assert program.references("kst-99901-8").cites[0][1] == around.paper
    with pytest.raises(NotInIndex, match="kamervraag list"):
        program.references("kst-99901-9")


def test_a_withdrawn_paper_is_never_quoted_without_saying_so(program: Kamervraag) -> None:
    """The quote stands, and so does what happened to it since."""
    answer = program.ask("Wanneer wordt de brug bij Zaltbommel gesloten?")
    cited = answer.citations if answer.declined is None else answer.declined.nearest
    assert any(citation.document == "kst-99901-7" for citation in cited)
    assert any("ingetrokken bij Kamerstuk 99 901, nr. 8" in note for note in answer.notes)


def test_the_command_shows_the_references_of_a_paper(program: Kamervraag) -> None:
    """And how to fetch what is not here."""
    command = [sys.executable, "-m", "cli", "references", "kst-99901-7"]
    environment = {"KAMERVRAAG_HOME": str(program.settings.home), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=Path(__file__).parent.parent)
    assert "kamervraag add kst-27925-662" in done.stdout
    assert "ingetrokken bij  kst-99901-8" in done.stdout
    wrong = subprocess.run([*command[:-1], "kst-1-1"], capture_output=True, text=True, env=environment, cwd=Path(__file__).parent.parent)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "staat niet in de index" in wrong.stderr
