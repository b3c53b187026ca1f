"""Papers made of sentences of the training letters, as many as wanted: for figures of speed and of crashes, not of quality."""

import datetime as dt
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sources import letter_paths, read_file

HERE = Path(__file__).parent
OWN, SERVED = "99001", "99002"  # dossiers: of files that a user has, of what the stand-in serves
SENTENCES = 50  # of a made-up paper


def sentences() -> list[str]:
    """All sentences of the training letters, each once."""
    letters = [read_file(path) for path in letter_paths(HERE / "training" / "letters")]
    found = ((letter, sentence) for letter in letters for paragraph in letter.paragraphs for sentence in paragraph.sentences)
    return sorted({" ".join(letter.text[sentence.start : sentence.end].split()) for letter, sentence in found})


def write_own(folder: Path, number: int, known: list[str], chance: random.Random, *, length: int = SENTENCES) -> None:
    """A text file of `length` of the known sentences under this number, other ones each time."""
    chosen = chance.sample(known, length)
    paragraphs = ["\n".join(chosen[at : at + 5]) for at in range(0, length, 5)]
    file = folder / f"kst-{OWN}-{number}.txt"
    scratch = file.with_suffix(".new")
    scratch.write_text("Den Haag, 3 maart 2021\n\n" + "\n\n".join(paragraphs) + "\n", encoding="utf-8")
    scratch.replace(file)


def write_served(folder: Path, name: str, text: str) -> None:
    """A short paper ('12', '12-n1') as the publisher has it, with its metadata, for the stand-in to serve."""
    id, number = f"kst-{SERVED}-{name}", name.partition("-")[0]
    day = dt.date(2020, 1, 1) + dt.timedelta(days=int(number))
    facts = (
        ("DC.identifier", "OVERHEIDop.ParlID", id),
        ("DC.title", "", f"Verzonnen brief {name}"),
        ("DC.type", "OVERHEIDop.KamerstukTypen", "Brief"),
        ("DC.creator", "OVERHEID.StatenGeneraal", "Tweede Kamer der Staten-Generaal"),
        ("DCTERMS.issued", "DCTERMS.W3CDTF", day.isoformat()),
        ("DCTERMS.available", "DCTERMS.W3CDTF", day.isoformat()),
        ("OVERHEIDop.dossiernummer", "", SERVED),
        ("OVERHEIDop.ondernummer", "", number),
        ("OVERHEIDop.publicationName", "", "Kamerstuk"),
        ("OVERHEIDop.documentStatus", "", "Opgemaakt"),
    )
    lines = "".join(f'<metadata name="{name}" scheme="{scheme}" content="{content}"/>' for name, scheme, content in facts)
    (folder / f"{id}.metadata.xml").write_text(f"<metadata_gegevens>{lines}</metadata_gegevens>", encoding="utf-8")
    body = f"<vrije-tekst><tekst><al>Den Haag, {day:%d-%m-%Y}</al><al>{text}</al></tekst></vrije-tekst>"
    whole = (
        f"<officiele-publicatie><kamerstuk><stuk><titel>BRIEF</titel><algemeen>{body}</algemeen></stuk></kamerstuk></officiele-publicatie>"
    )
    (folder / f"{id}.xml").write_text(whole, encoding="utf-8")


@contextmanager
def served(folder: Path, days: dict[str, dict[str, int]] | None = None) -> Iterator[dict[str, str]]:
    """The stand-in of the services over this folder: name -> address. `days` says from and until which day a paper is there."""
    (folder / "days.json").write_text(json.dumps({"papers": days or {}}), encoding="utf-8")
    command = [sys.executable, "tests/standin.py", "--papers", str(folder)]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield dict(process.stdout.readline().strip().split("=", 1) for _ in range(5))
    finally:
        process.kill()
        process.wait()
