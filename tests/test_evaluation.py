"""The evaluation cannot flatter: its scores on runs whose outcome is known, its gate, its questions and its report."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cli
from eval import gate, suite
from eval.metrics import (
    MEASURES,
    area_under_risk,
    best_threshold,
    interval,
    judged,
    paired_interval,
    ranking,
    risk_coverage,
    separation,
    supports,
)
from eval.questions import FILE, BadQuestions, Place, Words, load, places
from eval.report import by_kind, markdown, page, table
from eval.run import Header, Record, Run, read, write
from eval.systems import LlamaIndex, Outcome, Vectors
from eval.systems import Words as SearchedWords
from index import index_folders
from index.embedder import WordEmbedder
from rag import Kamervraag, Settings
from rag.reading import NoReader
from sources import KamervraagError, Letter, letter_paths, read_file

GOLD = Place("kst-1", 10, 30)
OTHER = Place("kst-1", 40, 60)


def record(
    id: str, *, answerable: bool = True, quotes: tuple[Place, ...] = (GOLD,), declines: bool | None = False, sure: float = 0.9
) -> Record:
    """A question of which the right sentence is GOLD, and what a system made of it."""
    shown = () if declines else (quotes,)
    outcome = Outcome(quotes or (OTHER,), ("Zin.",) * len(shown), shown, sure, declines, 0.1)
    why = None if answerable else "neighbour"
    answers = (GOLD,) if answerable else ()
    return Record(
        "wij", id, "Hoeveel?", (), "kst-1", "count", "dev", answerable, why, answers, (), outcome, (("Zin.",),) * len(shown), ("Zin.",)
    )


PERFECT = [record("1"), record("2"), record("3", answerable=False, declines=True, sure=0.1)]
WORST = [record("1", quotes=(OTHER,)), record("2", declines=True, quotes=(OTHER,)), record("3", answerable=False, quotes=(OTHER,))]
HEADER = Header("nu", "quotes", "woorden", "hier", {"letters": 1, "passages": 2, "vectors": 2}, "abc", 3, 0)


def run_of(*records: Record) -> Run:
    return Run(HEADER, records)


def mean(name: str, records: list[Record]) -> float:
    return float(np.mean(MEASURES[name](judged(records, 0.5))))


@pytest.mark.parametrize(
    ("name", "best", "worst"),
    [
        ("juiste citaat eerst", 1.0, 0.0),
        ("beantwoord", 1.0, 0.5),
        ("afgewezen", 1.0, 0.0),
        ("terecht afgewezen", 1.0, 0.0),
        ("juist, alles bijeen", 1.0, 0.0),
        ("fout antwoord", 0.0, 2 / 3),
        ("citaatdekking (ALCE)", 1.0, 0.5),
        ("citaatprecisie (ALCE)", 1.0, 0.5),
        ("citaat beantwoordt", 1.0, 0.0),
    ],
)
def test_each_measure_knows_the_best_from_the_worst(name: str, best: float, worst: float) -> None:
    """Worked out by hand: one answered wrongly, one declined wrongly, one answered that has no answer."""
    assert mean(name, PERFECT) == best
    assert mean(name, WORST) == pytest.approx(worst)


def test_averages_run_over_the_questions_asked() -> None:
    """A question that was not answered counts as not cited, and does not vanish from the mean."""
    assert mean("citaat beantwoordt", [record("1"), record("2", declines=True)]) == 0.5


def test_a_quote_of_many_sentences_shares_its_credit() -> None:
    """Whoever quotes a page has not pointed at the sentence."""
    assert mean("juiste citaat eerst", [record("1", quotes=(OTHER, GOLD))]) == 0.5


def test_ranking_counts_the_place_of_the_right_sentence() -> None:
    """First of two is perfect, second halves the reciprocal rank, and what was never found still counts."""
    assert ranking([record("1", quotes=(GOLD, OTHER))])["RR@10"] == 1.0
    assert ranking([record("1", quotes=(OTHER, GOLD))])["RR@10"] == 0.5
    assert ranking([record("1", quotes=(OTHER,)), record("2")])["R@5"] == 0.5


def test_risk_grows_with_coverage_when_confidence_means_something() -> None:
    """The surest first: no risk until the question that has no answer."""
    assert [risk for _coverage, risk in risk_coverage(PERFECT)] == [0.0, 0.0, pytest.approx(1 / 3)]
    assert area_under_risk(PERFECT) < area_under_risk(
        [replace(r, outcome=replace(r.outcome, confidence=-r.outcome.confidence)) for r in PERFECT]
    )
    assert separation(PERFECT) == 1.0


def test_a_neighbour_gets_the_threshold_that_is_best_for_it() -> None:
    """One that cannot decline by itself is not made a fool of."""
    items = [record("1", declines=None, sure=0.8), record("2", answerable=False, declines=None, sure=0.4)]
    threshold = best_threshold(items)
    assert [j.answers for j in judged(items, threshold)] == [True, False]


def test_an_interval_is_of_the_paired_differences() -> None:
    """The same on both sides gives nothing; always better gives an interval above zero."""
    ours = {str(id): value for id, value in enumerate([1.0, 1.0, 0.0, 1.0] * 10)}
    assert paired_interval(ours, ours) == (0.0, 0.0)
    low, high = paired_interval(ours, {id: value - 0.2 for id, value in reversed(ours.items())}) or (0.0, 0.0)
    assert low == pytest.approx(0.2)
    assert high == pytest.approx(0.2)


def test_other_questions_are_not_paired_by_their_place() -> None:
    """Two systems that each declined two questions rightly or wrongly, not the same ones: the interval is of the questions drawn."""
    ours = {"1": 1.0, "2": 1.0}
    assert paired_interval(ours, {"3": 1.0, "4": 1.0}) == (0.0, 0.0)
    low, high = paired_interval(ours, {"3": 0.0, "4": 1.0}) or (0.0, 0.0)
    assert low == 0.0
    assert high == 1.0
    assert paired_interval(ours, {}) is None


def test_ranking_and_kinds_of_questions_have_intervals_too() -> None:
    """A difference in rank, and a share of few questions, are not surer than the others."""
    theirs = [replace(record(str(i), quotes=(OTHER, GOLD)), system="zij") for i in range(6)]
    run = run_of(*(record(str(i)) for i in range(6)), *theirs)
    rows = {row.name: row for row in table(run, None)}
    assert rows["RR@10"].interval == (0.5, 0.5)
    assert rows["R@10"].interval == (0.0, 0.0)
    ((_kind, _count, first, _answered, _declined),) = by_kind(run_of(*PERFECT[:2], WORST[0]), None)
    assert interval(first) == (0.0, 1.0)
    assert "| count | 3 | 0.67 (0.00–1.00) |" in markdown(run_of(*PERFECT[:2], replace(WORST[0], id="3")), None)


def test_support_is_verbatim() -> None:
    """But for white space; without a quote nothing is supported."""
    assert supports("Het zijn  er 40.", ["Toen.\nHet zijn er 40. En nu."])
    assert not supports("Het zijn er 41.", ["Het zijn er 40."])
    assert not supports("Het zijn er 40.", [])


def test_a_run_can_be_scored_again_from_its_file(tmp_path: Path) -> None:
    """What comes back is what was kept."""
    run = run_of(*PERFECT, *WORST[:1])
    write(run, tmp_path / "run.jsonl")
    assert read(tmp_path / "run.jsonl") == run


def test_the_gate_closes_on_a_drop_and_on_an_unexplained_rise(tmp_path: Path) -> None:
    """And on another index before anything else; it names the questions that moved."""
    file = tmp_path / "expected.json"
    gate.accept(run_of(*PERFECT), file)
    assert gate.check(run_of(*PERFECT), file) == gate.Verdict(())
    worse = gate.check(run_of(WORST[0], *PERFECT[1:]), file)
    assert worse.problems
    assert worse.lost == ("1",)
    gate.accept(run_of(WORST[0], *PERFECT[1:]), file)
    better = gate.check(run_of(*PERFECT), file)
    assert better.problems
    assert better.gained == ("1",)
    other = gate.check(Run(replace(HEADER, index={"letters": 2}), tuple(PERFECT)), file)
    assert "index" in other.problems[0]


def test_what_moved_is_told_in_words_for_dev_only(tmp_path: Path) -> None:
    """Of `test` the id is enough: whoever reads its questions one by one has no test left."""
    gate.accept(run_of(WORST[0], replace(WORST[1], split="test"), PERFECT[2]), tmp_path / "expected.json")
    now = run_of(replace(PERFECT[0], question="Hoe?"), replace(PERFECT[1], split="test", question="Wie?"), PERFECT[2])
    said: list[str] = []
    with pytest.raises(suite.NotEvaluated):
        suite.pass_gate(now, said.append, tmp_path / "expected.json")
    assert said == ["nu goed: 1 Hoe?", "nu goed: 2"]


def test_a_run_keeps_words_with_any_line_end(tmp_path: Path) -> None:
    """A line separator of Unicode's within a question ends no record."""
    run = run_of(replace(PERFECT[0], question="Hoe\u2028veel?"))
    write(run, tmp_path / "run.jsonl")
    assert read(tmp_path / "run.jsonl") == run


def test_the_questions_are_many_and_of_all_kinds() -> None:
    """At least 300, a third of them without an answer, half about the shipped letter, split in two."""
    questions = load()
    assert len(questions) >= 300
    assert 0.3 < sum(not q.answerable for q in questions) / len(questions) < 0.42
    assert 0.4 < sum(q.split == "dev" for q in questions) / len(questions) < 0.6
    assert sum(bool(q.history) for q in questions) >= 40


def test_the_words_that_answer_are_in_the_letter(letter: Letter) -> None:
    """Each quote of each question is found at least once."""
    for question in load():
        if question.document == letter.identity.id:
            found = places(question.answers, {letter.identity.id: letter})
            assert all(letter.text[p.start : p.end] in {w.quote for w in question.answers} for p in found)


@pytest.mark.parametrize("change", [{"quotes": []}, {"why": "topic"}, {"answerable": False}])
def test_a_question_that_contradicts_itself_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """Answerable without words, or with a reason why it is not."""
    item = json.loads(FILE.read_text(encoding="utf-8").splitlines()[0]) | change
    (tmp_path / "q.jsonl").write_text(json.dumps(item), encoding="utf-8")
    with pytest.raises(BadQuestions):
        load(tmp_path / "q.jsonl")


@pytest.mark.parametrize("line", [b"geen json", b"[]", b"{}", b"[" * 100_000, b"dubbel", b"nummer"])
def test_what_is_no_question_is_told_with_its_line(tmp_path: Path, line: bytes) -> None:
    """In a sentence that says what belongs there."""
    first = FILE.read_bytes().split(b"\n")[0]
    second = {b"dubbel": first, b"nummer": first.replace(b'"brief-01"', b"3")}.get(line, line)
    (tmp_path / "q.jsonl").write_bytes(first + b"\n" + second + b"\n")
    with pytest.raises(KamervraagError, match=r"q.jsonl, regel 2: .*\.$"):
        load(tmp_path / "q.jsonl")


def test_a_file_of_questions_that_cannot_be_read_is_told_before_anything_is_indexed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not there, not UTF-8, or with a line that is none: exit code 1 and one sentence."""
    (tmp_path / "q.jsonl").write_text("kapot\n")
    (tmp_path / "latijn.jsonl").write_bytes(b"\xe9\n")
    for name, word in (("q.jsonl", "regel 1"), ("latijn.jsonl", "UTF-8"), ("er-niet.jsonl", "kan niet worden gelezen")):
        monkeypatch.setattr(load, "__defaults__", (tmp_path / name,))
        with pytest.raises(SystemExit) as stopped:
            cli.main(["eval", "--out", str(tmp_path / "verslag")])
        said = capsys.readouterr().err.strip()  # the bar of progress leaves an empty line
        assert (stopped.value.code, len(said.splitlines())) == (1, 1)
        assert name in said
        assert word in said


def test_words_that_are_not_there_are_noticed(letter: Letter) -> None:
    """A reader that changes a text cannot do so unseen."""
    with pytest.raises(BadQuestions):
        places([Words(letter.identity.id, "dit staat er niet")], {letter.identity.id: letter})


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Kamervraag, list[Letter]]:
    """Two short papers in an index, by their words alone."""
    home = tmp_path_factory.mktemp("buren")
    (home / "letters").mkdir()
    for name, words in (("brug", "De brug bij Zaltbommel gaat in oktober dicht."), ("dijk", "De dijk bij Tiel wordt versterkt.")):
        (home / "letters" / f"{name}.txt").write_text(f"Den Haag, 6 januari 2020\n\n{words} Dit is alles.\n", encoding="utf-8")
    program = Kamervraag(Settings(home=home), embedder=WordEmbedder(), reader=NoReader())
    index_folders(home, [home / "letters"], program.embedder)
    return program, [read_file(path) for path in letter_paths(home / "letters")]


@pytest.mark.parametrize("neighbour", ["BM25", "vectoren", "LlamaIndex"])
def test_a_neighbour_answers_with_the_top_of_its_search(papers: tuple[Kamervraag, list[Letter]], neighbour: str) -> None:
    """The sentence that says it, in its place in its paper (LlamaIndex: the chunk with it); it never declines, and is surer of it than of what nobody says."""
    program, letters = papers
    made = {
        "BM25": lambda: SearchedWords(program),
        "vectoren": lambda: Vectors(program),
        "LlamaIndex": lambda: LlamaIndex(letters, program.embedder),
    }
    system = made[neighbour]()
    outcome = system.answer("Wanneer gaat de brug bij Zaltbommel dicht?", ())
    texts = {letter.identity.id: letter.text for letter in letters}
    assert system.name == neighbour
    assert outcome.declines is None
    assert [place for place in outcome.quotes[0] if "in oktober" in texts[place.document][place.start : place.end]]
    assert outcome.quotes[0][0] == outcome.ranking[0]
    assert "in oktober" in outcome.statements[0]
    assert outcome.confidence > system.answer("Hoeveel vliegtuigen zijn verkocht?", ()).confidence


def test_the_report_needs_nothing_else_and_hides_the_failures_of_test() -> None:
    """No outside address; a failed question of `dev` is there with its evidence, one of `test` is only counted."""
    failed = replace(WORST[0], question="Hoeveel <b>trainers</b>?", wanted=("Er zijn <i>40</i> trainers.",))
    hidden = replace(WORST[2], question="Wat kost het?", split="test")
    text = page(run_of(failed, hidden), None)
    assert "Hoeveel &lt;b&gt;trainers&lt;/b&gt;?" in text
    assert "Er zijn &lt;i&gt;40&lt;/i&gt; trainers." in text
    assert "Wat kost het?" not in text
    assert "http" not in text
    assert "| juiste citaat eerst | 0.000 |" in markdown(run_of(failed, hidden), None)
