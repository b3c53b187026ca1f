"""The evaluation as one line: papers → index → questions asked → run → report, and the gate.

The index is made anew in a folder of its own, by the same code as a user's. Papers that ship with the program are
always there; the real ones are added where they are found, and the questions about absent ones are left out and counted.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from eval import gate
from eval.questions import load
from eval.report import markdown, page
from eval.run import Progress, Run, make, read, write
from index import index_folders
from rag import Kamervraag, Settings
from sources import SHIPPED_LETTERS, KamervraagError, letter_paths, read_file

OWN_PAPERS = (SHIPPED_LETTERS, Path(__file__).parent / "letters")
REAL_PAPERS = Path(__file__).parents[2] / "shared" / "realdocs"
REAL_FOLDERS = ("kst_xml/full", "kst_xml/abridged", "handelingen_op_xml_repaired")


class NotEvaluated(KamervraagError):
    """The evaluation could not be made, or the gate is closed."""


def run_suite(settings: Settings, *, real: bool = True, alone: bool = False, progress: Progress | None = None) -> Run:
    """Index the papers in a folder of their own and ask everything; `settings.home` is left alone."""
    known = load()  # first: what is wrong with the questions is told at once
    folders = [*OWN_PAPERS, *(REAL_PAPERS / name for name in REAL_FOLDERS if real and (REAL_PAPERS / name).is_dir())]
    with tempfile.TemporaryDirectory(prefix="kamervraag-eval-") as home:
        program = Kamervraag(Settings(home=Path(home), model=settings.model))
        report = index_folders(Path(home), folders, program.embedder, progress=progress)
        if report.failed:
            raise NotEvaluated(f"Niet alle stukken zijn gelezen: {'; '.join(report.failed[:3])}")
        letters = [read_file(path) for folder in folders for path in letter_paths(folder)]
        return make(program, letters, known, alone=alone, progress=progress)


def make_room(folder: Path) -> None:
    """A folder that can be written; raises NotEvaluated where there can be none, before anything is asked."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise NotEvaluated(f"In {folder} kan niet worden geschreven ({error.strerror}). Kies met --out een andere map.") from error


def publish(run: Run, folder: Path, split: str | None) -> Path:
    """Write the run, the page and the table; gives the page."""
    make_room(folder)
    write(run, folder / "run.jsonl")
    (folder / "report.md").write_text(markdown(run, split), encoding="utf-8")
    (folder / "report.html").write_text(page(run, split), encoding="utf-8")
    return folder / "report.html"


def rescore(file: Path) -> Run:
    """The run in a file; raises NotEvaluated when it is none."""
    try:
        return read(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotEvaluated(f"{file} is geen run van 'kamervraag eval' en kan niet opnieuw worden gescoord.") from error


def pass_gate(run: Run, say: Callable[[str], None], expected: Path = gate.FILE) -> None:
    """Say what moved; raises NotEvaluated when something moved that should not."""
    verdict = gate.check(run, expected)
    for word, ids in (("nu goed", verdict.gained), ("nu fout", verdict.lost)):
        _say_questions(word, ids, run, say)
    if verdict.problems:
        raise NotEvaluated("De evaluatie is veranderd: " + "; ".join(verdict.problems))


def _say_questions(word: str, ids: Sequence[str], run: Run, say: Callable[[str], None]) -> None:
    """The questions of `dev` in words; of `test` their ids alone, so that nobody mends them one by one."""
    shown = {record.id: f" {record.question}" for record in run.records if record.split == "dev"}
    for id in ids:
        say(f"{word}: {id}{shown.get(id, '')}")
