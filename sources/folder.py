"""Where letters lie: the folder that comes with the program, and the user's own.

A letter is a file in any format that can be read; the `.json` or `metadata.xml` beside it holds its metadata.
Nothing here reads what is in a letter.
"""

from pathlib import Path

SHIPPED_LETTERS = Path(__file__).parent / "letters"
MEGABYTE = 1_000_000
LARGEST_FILE = 60 * MEGABYTE  # that is fetched or read
EXTENSIONS = (".txt", ".xml", ".html", ".htm", ".pdf", ".docx", ".odt")


def letter_paths(folder: Path) -> list[Path]:
    """The letters in a folder and the folders below it, in a fixed order; an absent folder holds none."""
    return sorted(path for path in folder.rglob("*") if _is_letter(path) and path.is_file()) if folder.is_dir() else []


def metadata_beside(path: Path) -> Path | None:
    """The metadata of a letter: `brief.json`, `brief.metadata.xml`, or `metadata.xml` where the folder has no other letter."""
    for own in (path.with_suffix(".json"), path.with_suffix(".metadata.xml")):
        if own.is_file():
            return own
    shared = path.with_name("metadata.xml")
    alone = shared.is_file() and sum(map(_is_letter, path.parent.iterdir())) == 1
    return shared if alone else None


def _is_letter(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(EXTENSIONS) and name != "metadata.xml" and not name.endswith(".metadata.xml")
