"""The `kamervraag` command, run as a user runs it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import cli
from rag import Kamervraag, Turn

ROOT = Path(__file__).parents[1]


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; it never shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=os.environ | {"KAMERVRAAG_HOME": str(home), "COLUMNS": "100"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def home(kamervraag: Kamervraag) -> Path:
    return kamervraag.settings.home


def test_an_answer_is_readable_at_a_glance(home: Path) -> None:
    """What it says, where it stands, of which date, and where to read it."""
    done = run(home, "ask", "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?")
    shown = " ".join(done.stdout.split())
    assert done.returncode == 0
    for part in (
        "Josep Borrell",
        "[1] Kamerstuk 27 925, nr. 692, 6 januari 2020",
        "Stand van zaken op 6 januari 2020",
        "kst-27925-692.html",
    ):
        assert part in shown


def test_the_terminal_says_where_was_searched(kamervraag: Kamervraag) -> None:
    """Where the question names the paper itself."""
    written = io.StringIO()
    cli.show(kamervraag.ask("Hoeveel F-16's noemt de brief van 6 januari 2020?"), kamervraag, Console(file=written, width=100))
    assert "Gezocht in: Kamerstuk 27 925, nr. 692" in written.getvalue()


def test_questions_from_a_file_are_answered_in_order(home: Path, tmp_path: Path) -> None:
    """One JSON object a line, from one process; one that cannot be asked stops no other."""
    items = [
        {"id": "a", "question": "Wie krijgen er training van Nederland in Noord-Irak?"},
        {"id": "b", "question": ""},
        {
            "id": 3,
            "question": "En in Bagdad?",
            "history": [{"question": "Wie krijgen er training van Nederland in Noord-Irak?", "answer": "…"}],
        },
    ]
    file = tmp_path / "vragen.jsonl"
    file.write_text("\n".join(json.dumps(item) for item in items) + "\n\n")
    done = run(home, "ask", "--json", "--questions", str(file))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [answer["id"] for answer in answers] == ["a", "b", 3]
    assert "leeg" in answers[1]["declined"]["reason"]
    assert answers[2]["standalone_question"].endswith("in Bagdad?")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "OPDRACHT"),
        (("vraag",), "ken ik niet"),
        (("ask",), "één vraag"),
        (("ask", ""), "leeg"),
        (("ask", "x" * 20_000), "te lang"),
        (("ask", "Wie?", "--questions", "x.jsonl"), "één vraag"),
        (("ask", "--questions", "bestaat-niet.jsonl"), "bestaat-niet.jsonl"),
        (("chat", "--port", "tien"), "geen getal"),
    ],
)
def test_wrong_use_is_told_in_one_line(home: Path, arguments: tuple[str, ...], word: str) -> None:
    """Exit code 2, one Dutch line on stderr, nothing on stdout."""
    done = run(home, *arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert word in done.stderr


@pytest.mark.parametrize("line", ["geen json", "[]", '{"question": "zonder id"}', '{"id": 1, "question": "x", "history": ["y"]}'])
def test_a_broken_question_file_is_told_with_its_line(home: Path, tmp_path: Path, line: str) -> None:
    """Before anything is answered."""
    file = tmp_path / "vragen.jsonl"
    file.write_text(f'{{"id": 1, "question": "Wie?"}}\n{line}\n')
    done = run(home, "ask", "--questions", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert "regel 2" in done.stderr


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str]:
    """(exit code, what stood on stderr) of the command in this process."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    return stopped.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (2, "follow Irak"),
        (2, "unfollow Irak"),
        (2, "add onzin"),
        (2, "eval --rescore pyproject.toml"),
        (1, "unfollow 27925"),
        (1, "remove kst-27925-1"),
        (1, "references kst-27925-1"),
        (1, "feedback --question 9"),
        (1, "sync"),
        (1, "eval --out pyproject.toml"),
    ],
)
def test_every_verb_ends_by_one_rule(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, arguments: str
) -> None:
    """2 where the words cannot be meant, whatever this machine has; 1 where what they mean is not there or cannot be done."""
    monkeypatch.setenv("KAMERVRAAG_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    ended, said = told(capsys, *arguments.split())
    assert (ended, len(said.strip().splitlines())) == (code, 1)


@pytest.mark.parametrize("gate", ["--check", "--accept"])
def test_an_old_run_passes_no_gate(capsys: pytest.CaptureFixture[str], tmp_path: Path, gate: str) -> None:
    """The gate is about the program as it is now."""
    code, said = told(capsys, "eval", gate, "--rescore", str(tmp_path / "oud.jsonl"))
    assert code == 2
    assert "--rescore" in said


@pytest.mark.parametrize("absent", ["ir_measures", "llama_index.vector_stores.chroma"])
def test_what_the_evaluation_lacks_is_told_before_it_begins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, absent, None)
    code, said = told(capsys, "eval")
    assert code == 1
    assert absent in said
    assert "pip install -e '.[eval]'" in said


def test_a_folder_for_the_report_that_cannot_be_written_is_told_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A run takes minutes; this takes none."""
    (tmp_path / "bestand").write_text("")
    for out in (tmp_path / "bestand", tmp_path / "bestand" / "verslag"):
        code, said = told(capsys, "eval", "--out", str(out))
        assert code == 1
        assert "--out" in said


def test_odd_signs_in_a_file_of_questions_stop_nothing(tmp_path: Path) -> None:
    """Half a character, a line separator of Unicode's and an answer that is not there: each line is a question that can be printed."""
    file = tmp_path / "vragen.jsonl"
    file.write_text(
        '{"id": "\\ud800", "question": "\\ud800", "history": [{"question": "Wie\\udc00?", "answer": null}]}\r\n{"id": 2, "question": "Wie\u2028is dat?"}\n',
        encoding="utf-8",
    )
    first, second = cli._read_questions(file)
    assert (first["question"], first["history"]) == ("?", [Turn("Wie??", "")])
    assert second["question"] == "Wie\u2028is dat?"
    cli._printable(json.dumps(first["id"], ensure_ascii=False)).encode("utf-8")


def test_half_a_character_is_answered_like_any_other(home: Path, tmp_path: Path) -> None:
    """As id, question or history, in a file or as an argument; the rest of the file goes on."""
    file = tmp_path / "vragen.jsonl"
    file.write_text('{"id": "\\ud800", "question": "\\ud800"}\n{"id": 2, "question": "Wie?", "history": [{"question": "Wie\\udc00?"}]}\n')
    done = run(home, "ask", "--questions", str(file))
    assert done.returncode == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["?", 2]
    assert run(home, "ask", "Wie\udcff is Borrell?", "--json").returncode == 0


def test_a_missing_index_is_told_with_the_remedy(tmp_path: Path) -> None:
    """For every verb that needs one: exit code 1 and one line."""
    for arguments in (("ask", "Wie?"), ("status",), ("chat",)):
        done = run(tmp_path / "leeg", *arguments)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "Draai eerst 'kamervraag index'" in done.stderr


def test_a_port_in_use_is_told_with_the_remedy(home: Path) -> None:
    """Another program listens there: choose another port."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(home, "chat", "--port", str(port))
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "--port" in done.stderr


def test_status_says_what_is_there(home: Path) -> None:
    """For people and for programs."""
    status = json.loads(run(home, "status", "--json").stdout)
    assert (status["letters"], status["newest"]) == (1, "2020-01-06")
    assert status["passages"] == status["vectors"] > 50
    assert f"1 stuk in de index ({status['passages']} passages), het nieuwste van 6 januari 2020" in run(home, "status").stdout
    assert status["documents"][0]["id"] == "kst-27925-692"


def test_an_index_of_another_model_is_told_with_the_remedy(home: Path) -> None:
    """Before the model is even looked for."""
    done = run(home, "ask", "Wie?", KAMERVRAAG_MODEL="een/ander-model")
    assert done.returncode == 1
    assert "--rebuild" in done.stderr


def test_indexing_reports_what_could_not_be_read(tmp_path: Path) -> None:
    """Own letters lie in the home folder; a bad one is named, a Latin-1 one is read and noted, the rest is indexed."""
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "leeg.txt").write_bytes(b"")
    (letters / "plaatje.txt").write_bytes(b"\x89PNG\x00\x00")
    (letters / "oud.txt").write_bytes("Den Haag, 1 mei 2015\n\nDe reünie ging door.\n".encode("latin-1"))
    done = run(tmp_path, "index")
    assert done.returncode == 0
    assert "2 nieuw" in done.stdout
    assert "2 niet gelezen" in done.stdout
    for part in ("leeg.txt", "plaatje.txt", "oud.txt", "Latin-1"):
        assert part in done.stderr
    again = run(tmp_path, "index")
    assert "2 ongewijzigd" in again.stdout
