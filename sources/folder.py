"""Where letters lie: the folder that comes with the program, and the user's own.

A letter is a `.txt` file; the `.json` beside it holds its metadata. Nothing here reads what is in them.
"""

from pathlib import Path

SHIPPED_LETTERS = Path(__file__).parent / "letters"


def letter_paths(folder: Path) -> list[Path]:
    """The letters in a folder and the folders below it, in a fixed order; an absent folder holds none."""
    return sorted(path for path in folder.rglob("*.txt") if path.is_file()) if folder.is_dir() else []
