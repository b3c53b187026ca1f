"""The `kamervraag` command; `_parser` lists its verbs.

Exit codes, for every verb: 2 where the words cannot be meant, whatever this machine holds (no question, no dossier, a
file of questions that is none); 1 where what they mean is not there or was not done, be it in part; else 0, declined or not.
A paper that an index or a sync comes across and cannot read is told, and stops nothing. One line on stderr says what to do.
Nothing heavy is imported before a verb needs it.
"""

import argparse
import datetime as dt
import getpass
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from index import Report, Store
from rag import Answer, Citation, Kamervraag, Settings, Turn, feedback
from rag.library import Library, NothingToAdd, Sync
from rag.sign_in import keep_user
from rag.telling import Role, above, below, sources_heading
from sources import KamervraagError, letter_paths
from sources.collection import is_identifier
from sources.dates import written_out
from sources.errors import BadQuestion, IndexBusy, StorageProblem
from sources.links import LinkKind
from sources.records import NotAnIdentifier

WRONG_USE = 2
FAILED = 1
EVAL_NEEDS = ("ir_measures", "llama_index.vector_stores.chroma")  # imported when the evaluation is well under way
CONTEXT = 160  # characters of the paper shown on either side of a quote
STYLES = {
    Role.READ_AS: "dim",
    Role.SEARCHED: "dim",
    Role.STATE: "bold yellow",
    Role.SAID: "bold",
    Role.STATE_OF: "green",
    Role.NOTE: "",
}  # of the parts of an answer

DOES = {
    LinkKind.CITES: "haalt aan   ",
    LinkKind.ATTACHED: "bijlage bij ",
    LinkKind.REPLACES: "vervangt    ",
    LinkKind.WITHDRAWS: "trekt in    ",
}
UNDERGOES = {
    LinkKind.CITES: "aangehaald in",
    LinkKind.ATTACHED: "heeft bijlage",
    LinkKind.REPLACES: "vervangen door",
    LinkKind.WITHDRAWS: "ingetrokken bij",
}

# argparse speaks English; these are the sentences a user of ours can meet.
DUTCH_ERRORS = (
    ("the following arguments are required: ", "er ontbreekt iets: "),
    ("unrecognized arguments: ", "dit ken ik niet: "),
    ("invalid choice: ", "dit ken ik niet: "),
    ("expected one argument", "hier hoort een waarde achter"),
    ("invalid int value: ", "dit is geen getal: "),
    ("not allowed with argument", "kan niet samen met"),
    ("argument ", ""),
    (" (choose from ", " (kies uit "),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        for english, dutch in DUTCH_ERRORS:
            message = message.replace(english, dutch)
        _fail(f"{message}. Zie '{self.prog} --help'.", WRONG_USE)


class WrongUse(KamervraagError):
    """The command was called in a way that cannot be carried out."""


CANNOT_BE_MEANT = (WrongUse, BadQuestion, NotAnIdentifier, NothingToAdd)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exits with 0, 1 or 2."""
    logging.getLogger().setLevel(logging.ERROR)
    options = _parser().parse_args(arguments)
    try:
        options.verb(options, Kamervraag(Settings.from_environment()))
    except KamervraagError as error:
        _fail(str(error), WRONG_USE if isinstance(error, CANNOT_BE_MEANT) else FAILED)
    except KeyboardInterrupt:
        _fail("Afgebroken.", FAILED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; that is no error to report
        raise SystemExit(FAILED) from None
    except OSError as error:
        _fail(f"{error.filename or 'Een bestand'} kan niet worden gebruikt ({error.strerror}). Controleer de naam en de rechten.", FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="kamervraag", description="Vraag de Kamerstukken: elk antwoord staat woordelijk in een stuk.")
    verbs = parser.add_subparsers(title="opdrachten", required=True, metavar="OPDRACHT", parser_class=_Parser)

    verb = verbs.add_parser("index", help="de brieven indexeren: alleen wat nieuw of gewijzigd is")
    verb.add_argument("--rebuild", action="store_true", help="alles opnieuw, ook wat niet veranderd is")
    verb.set_defaults(verb=_index)

    verb = verbs.add_parser("ask", help="een vraag stellen")
    verb.add_argument("question", nargs="?", metavar="VRAAG", help="de vraag, tussen aanhalingstekens")
    verb.add_argument("--json", action="store_true", help="het antwoord als JSON")
    verb.add_argument("--questions", type=Path, metavar="BESTAND", help="vragen uit een JSONL-bestand, antwoorden als JSON per regel")
    verb.set_defaults(verb=_ask)

    verb = verbs.add_parser("chat", help="de chat in de browser openen")
    verb.add_argument("--host", default="127.0.0.1", help="adres om op te luisteren (127.0.0.1)")
    verb.add_argument("--port", type=int, default=7860, help="poort (7860)")
    verb.set_defaults(verb=_chat)

    verb = verbs.add_parser("user", help="een gebruiker met een wachtwoord maken; wie vraagt moet zich dan aanmelden")
    verb.add_argument("name", metavar="NAAM")
    verb.set_defaults(verb=_user)

    verb = verbs.add_parser("status", help="wat er in de index zit en hoe actueel het is")
    verb.add_argument("--json", action="store_true", help="als JSON")
    verb.set_defaults(verb=_status)

    verb = verbs.add_parser("add", help="een stuk toevoegen: een bestand, een nummer (kst-27925-692) of het webadres ervan")
    verb.add_argument("wanted", nargs="+", metavar="STUK", help="bestand, nummer of webadres")
    verb.set_defaults(verb=_add)

    verb = verbs.add_parser("remove", help="eigen stukken weghalen")
    verb.add_argument("ids", nargs="+", metavar="NUMMER", help="nummer of bestandsnaam, zoals 'kamervraag list' die geeft")
    verb.set_defaults(verb=_remove)

    verb = verbs.add_parser("follow", help="een dossier volgen: nieuwe stukken komen er bij elke sync bij")
    verb.add_argument("dossiers", nargs="+", metavar="DOSSIER", help="dossiernummer, zoals 27925")
    verb.add_argument("--since", type=_day, metavar="DATUM", help="alleen stukken vanaf die dag of maand (2019-09)")
    verb.set_defaults(verb=_follow)

    verb = verbs.add_parser("unfollow", help="een dossier niet langer volgen; de stukken blijven")
    verb.add_argument("dossiers", nargs="+", metavar="DOSSIER")
    verb.set_defaults(verb=_unfollow)

    verb = verbs.add_parser("sync", help="de gevolgde dossiers bijwerken")
    verb.add_argument("--every", type=_interval, metavar="TIJD", help="blijf bijwerken, elke 30m, 1h of 1d")
    verb.set_defaults(verb=_sync)

    verb = verbs.add_parser("list", help="de stukken en de gevolgde dossiers")
    verb.set_defaults(verb=_list)

    verb = verbs.add_parser("references", help="wat een stuk aanhaalt, wat het aanhaalt, en wat daarvan niet in de index staat")
    verb.add_argument("id", metavar="NUMMER", help="zoals kst-27925-692")
    verb.add_argument("--json", action="store_true", help="als JSON")
    verb.set_defaults(verb=_references)

    verb = verbs.add_parser("feedback", help="wat gebruikers van antwoorden vonden")
    verb.add_argument("--json", action="store_true", help="als JSON, een oordeel per regel")
    verb.add_argument("--question", type=int, metavar="NR", help="maak van dit oordeel een vraag voor eval/questions.jsonl")
    how = verb.add_mutually_exclusive_group()
    how.add_argument("--quote", action="append", default=[], metavar="WOORDEN", help="de woorden die het antwoord hadden moeten zijn")
    how.add_argument("--not-in-papers", action="store_true", help="het antwoord had 'niet in de stukken' moeten zijn")
    verb.set_defaults(verb=_feedback)

    verb = verbs.add_parser("eval", help="hoe goed zijn de antwoorden? Stelt alle vragen van de evaluatie")
    verb.add_argument("--split", choices=("dev", "test"), help="alleen deze helft van de vragen in het verslag")
    verb.add_argument("--check", action="store_true", help="de poort: mislukt als de uitkomst is veranderd")
    verb.add_argument("--accept", action="store_true", help="de uitkomst van nu wordt wat --check verwacht")
    verb.add_argument("--rescore", type=Path, metavar="BESTAND", help="een bewaarde run opnieuw scoren, zonder te vragen")
    verb.add_argument("--out", type=Path, default=Path("eval-verslag"), metavar="MAP", help="waar run en verslag komen (eval-verslag)")
    verb.set_defaults(verb=_eval)
    return parser


# -- verbs ----------------------------------------------------------------------------------------------------------


def _index(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    console = Console(stderr=True)
    with _progress() as tell:
        report = kamervraag.index(rebuild=options.rebuild, progress=tell)
    for note in report.notes:
        console.print(f"Let op: {note}", style="yellow", markup=False, highlight=False)
    for failure in report.failed:
        console.print(f"Niet gelezen: {failure}", style="red", markup=False, highlight=False)
    counted = (("nieuw", report.added), ("gewijzigd", report.changed), ("verwijderd", report.removed), ("niet gelezen", report.failed))
    parts = [f"{len(items)} {word}" for word, items in counted if items] + [f"{report.unchanged} ongewijzigd"]
    print(f"De index is bijgewerkt: {', '.join(parts)}; {report.embedded} passages geïndexeerd.")


def _ask(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    if (options.question is None) == (options.questions is None):
        raise WrongUse("Geef één vraag tussen aanhalingstekens, of een bestand met --questions.")
    if options.questions:
        for line in _answers(kamervraag, _read_questions(options.questions)):
            print(_printable(json.dumps(line, ensure_ascii=False)), flush=True)
    elif options.json:
        print(json.dumps(kamervraag.ask(_printable(options.question)).as_json(), ensure_ascii=False, indent=2))
    else:
        show(kamervraag.ask(_printable(options.question)), kamervraag, Console(highlight=False))


def _chat(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    kamervraag.status()  # says at once when there is no index
    import ui

    ui.serve(
        kamervraag, host=options.host, port=options.port, ready=lambda url: print(f"De chat staat klaar op {url} (stoppen met Ctrl+C).")
    )


def _user(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    password = getpass.getpass(f"Wachtwoord voor {options.name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    keep_user(kamervraag.settings.home, options.name, password)
    print(f"{options.name} kan zich aanmelden zodra de chat opnieuw is gestart.")


def _status(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    status = kamervraag.status()
    if options.json:
        documents = [
            {"id": d.id, "name": d.name, "title": d.title, "date": d.date.isoformat() if d.date else None} for d in status.documents
        ]
        newest = status.newest.isoformat() if status.newest else None
        counts = {"letters": status.letters, "passages": status.passages, "vectors": status.vectors}
        visits = Library(kamervraag).followed().values()
        followed = [{"dossier": f.dossier, "since": f.since, "visited_at": f.visited_at, "failed": f.failed} for f in visits]
        values: dict[str, Any] = {"newest": newest, "changed_at": status.changed_at, "home": str(status.home), "documents": documents}
        print(json.dumps(counts | values | {"followed": followed, "not_indexed": _not_indexed(kamervraag)}, ensure_ascii=False, indent=2))
        return
    newest = f", het nieuwste van {written_out(status.newest)}" if status.newest else ""
    print(f"{status.letters} {'stuk' if status.letters == 1 else 'stukken'} in de index ({status.passages} passages){newest}.")
    print(f"Map: {status.home}; laatst bijgewerkt: {status.changed_at or 'nooit'}.")
    for document in status.documents:
        date = f"{document.date:%Y-%m-%d}" if document.date else "zonder datum"
        print(f"  {date}  {document.id}  {document.title}")
    if waiting := _not_indexed(kamervraag):
        print(f"Niet in de index: {', '.join(waiting)}. 'kamervraag index' leest ze, of zegt waarom dat niet kan.")
    _show_followed(kamervraag)


def _not_indexed(kamervraag: Kamervraag) -> list[str]:
    """The user's files that are not in the index: added since, unreadable, or of a paper that another file has."""
    home = kamervraag.settings.home
    indexed = {origin for origin, _hash in Store(home / "index").letters().values()}
    return [path.name for path in letter_paths(home / "letters") if str(path) not in indexed]


def _add(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    files = [each for each in options.wanted if Path(each).is_file()]
    typed = [each for each in options.wanted if each not in files]
    with _progress() as tell:
        brought = Library(kamervraag).bring(files=[Path(file) for file in files], typed=typed, progress=tell)
    if brought.added:
        print(f"Toegevoegd: {', '.join(brought.added)}; {brought.report.embedded} passages geïndexeerd.")
    _tell([*brought.notes, *(str(error) for error in brought.failed.values())])
    _complain(brought.report)
    if brought.failed:
        is_wrong = not brought.added and all(isinstance(error, CANNOT_BE_MEANT) for error in brought.failed.values())
        raise SystemExit(WRONG_USE if is_wrong else FAILED)


def _remove(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    report = Library(kamervraag).remove(options.ids)
    print(f"Weggehaald: {', '.join(report.removed) or 'niets uit de index'}.")


def _follow(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    followed = Library(kamervraag).follow(options.dossiers, options.since)
    print(f"Gevolgd: {', '.join(followed)}. Haal de stukken op met 'kamervraag sync'.")


def _unfollow(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    print(f"Niet langer gevolgd: {', '.join(Library(kamervraag).unfollow(options.dossiers))}. De stukken blijven.")


def _sync(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    library = Library(kamervraag)
    if not library.followed():
        raise KamervraagError("Er wordt nog geen dossier gevolgd. Begin met bijvoorbeeld 'kamervraag follow 27925 --since 2019-09'.")
    while options.every:
        try:
            _sync_once(library)
        except (IndexBusy, StorageProblem) as problem:
            _tell([str(problem)])
        time.sleep(options.every)
    raise SystemExit(FAILED if _sync_once(library).failed else 0)


def _sync_once(library: Library) -> Sync:
    with _progress() as tell:
        done = library.sync(tell)
    for visit in done.visits:
        counts = (("nieuw", visit.new), ("gewijzigd", visit.changed), ("ingetrokken", visit.withdrawn), ("mislukt", list(visit.failed)))
        nothing = "niets nieuws" if visit.found else "geen stukken gevonden"
        print(f"{visit.dossier}: {', '.join(f'{len(ids)} {word} ({_few(ids)})' for word, ids in counts if ids) or nothing}")
    failed = [*done.failed.items(), *(pair for visit in done.visits for pair in visit.failed.items())]
    _tell([*(f"{name}: {reason}" for name, reason in failed), *(note for visit in done.visits for note in visit.notes)])
    _complain(done.report)
    return done


def _list(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    for document in kamervraag.status().documents:
        date = f"{document.date:%Y-%m-%d}" if document.date else "zonder datum"
        print(f"{date}  {document.id}  {document.title}")
    _show_followed(kamervraag)


def _show_followed(kamervraag: Kamervraag) -> None:
    """Each followed dossier with its last visit, and below it what failed there and why."""
    for followed in Library(kamervraag).followed().values():
        since = f" sinds {followed.since}" if followed.since else ""
        visited = f"laatst bijgewerkt: {followed.visited_at}" if followed.visited_at else "wacht op 'kamervraag sync'"
        print(f"gevolgd: {followed.dossier}{since}, {visited}")
        for name, reason in followed.failed.items():
            print(f"  mislukt: {name}: {reason}")


def _references(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    around = kamervraag.references(options.id)
    if options.json:
        cites = [{"document": link.document, "kind": link.kind, "in_index": paper is not None} for link, paper in around.cites]
        cited_by = [{"document": paper.id, "kind": kind} for paper, kind in around.cited_by]
        print(json.dumps({"document": around.paper.id, "cites": cites, "cited_by": cited_by}, ensure_ascii=False, indent=2))
        return
    print(f"{around.paper.name}: {around.paper.title}")
    absent = [link.document for link, paper in around.cites if paper is None]
    for link, paper in around.cites:
        print(f"  {DOES[link.kind]}  {link.document}  {paper.title if paper else 'staat niet in de index'}")
    for paper, kind in around.cited_by:
        print(f"  {UNDERGOES[kind]}  {paper.id}  {paper.title}")
    if not around.cites and not around.cited_by:
        print("  Geen verwijzingen gevonden.")
    if wanted := [id for id in absent if is_identifier(id)]:
        print(f"Ophalen wat ontbreekt: kamervraag add {' '.join(wanted)}")


def _feedback(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    given = feedback.kept(kamervraag.settings.home)
    if options.question is not None:
        if not 1 <= options.question <= len(given):
            raise feedback.FeedbackProblem(f"Er is geen oordeel {options.question}. Zie 'kamervraag feedback'.")
        chosen = given[options.question - 1]
        line = feedback.as_question(chosen, quotes=options.quote, unanswerable=options.not_in_papers)
        if options.quote:
            line["document"] = feedback.paper_with(options.quote, kamervraag.store, first=line["document"])
        print(json.dumps(line, ensure_ascii=False))
        return
    for number, each in enumerate(given, start=1):
        if options.json:
            print(json.dumps(asdict(each), ensure_ascii=False))
            continue
        print(f"{number:>3}. {each.at[:10]}  {'klopt' if each.good else 'klopt niet'}: {each.answer['question']}")
        print(f"     {each.answer['text']}")
        if each.remark:
            print(f"     Opmerking: {each.remark}")
    if not given and not options.json:
        print("Er is nog geen oordeel gegeven.")


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (", …" if len(ids) > 3 else "")


def _complain(report: Report) -> None:
    """On stderr, what could not be read or was odd."""
    _tell([*report.notes, *(f"Niet gelezen: {failure}" for failure in report.failed)])


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def _day(text: str) -> dt.date:
    """'2019-09-01' or '2019-09'."""
    try:
        return dt.date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is geen datum als 2019-09-01 of 2019-09") from error


def _interval(text: str) -> float:
    """Seconds in '30m', '1h' or '1d'; at least a minute."""
    match = re.fullmatch(r"(\d{1,4})([mhd])", text)
    seconds = int(match[1]) * {"m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text} is geen tijd als 30m, 1h of 1d")
    return float(seconds)


def _eval(options: argparse.Namespace, kamervraag: Kamervraag) -> None:
    gated = options.check or options.accept
    if options.rescore and gated:
        raise WrongUse("--check en --accept gaan over een nieuwe run, --rescore leest een oude. Laat een van beide weg.")
    if absent := [name for name in EVAL_NEEDS if not _is_installed(name)]:
        raise KamervraagError(f"Voor de evaluatie ontbreekt {absent[0]}. Installeer met: pip install -e '.[eval]'.")
    from eval import gate, suite
    from eval.report import markdown

    suite.make_room(options.out)
    if options.rescore:
        try:
            run = suite.rescore(options.rescore)
        except suite.NotEvaluated as error:
            raise WrongUse(str(error)) from error
    else:
        with _progress() as tell:
            run = suite.run_suite(kamervraag.settings, real=not gated, alone=gated, progress=tell)
    page = suite.publish(run, options.out, options.split)
    print(markdown(run, options.split))
    print(f"Verslag: {page}")
    if options.accept:
        gate.accept(run)
    if options.check:
        suite.pass_gate(run, print)
        print("De evaluatie is zoals verwacht.")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # what it is part of is not there
        return False


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr that tells what is being done, and how much of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Brieven zoeken", total=None)
        yield lambda doing, done, total: bar.update(task, description=doing, completed=done, total=total)


# -- questions from a file --------------------------------------------------------------------------------------------


def _read_questions(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file, all checked before the first is answered."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # a string may hold other line ends
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path} is geen UTF-8. Sla het bestand op als UTF-8.") from error
    except OSError as error:
        raise WrongUse(f"{path} kan niet worden gelezen ({error.strerror}). Controleer de naam.") from error
    return [_question(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
        history = item.get("history") or []
        turns = [Turn(_printable(turn["question"]), _printable(turn.get("answer") or "")) for turn in history]
        return {"id": item["id"], "question": _printable(item["question"]), "history": turns}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WrongUse(
            f"{path}, regel {number}: hier hoort een JSON-object met 'id', 'question' en eventueel 'history' te staan."
        ) from error


def _printable(value: Any) -> str:
    """As text, with a question mark for half a character, which cannot be searched for or printed."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _answers(kamervraag: Kamervraag, questions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """An answer an item, in order; a question that cannot be asked is declined with the reason, and the rest goes on."""
    for item in questions:
        try:
            answer = kamervraag.ask(item["question"], item["history"])
        except BadQuestion as error:
            answer = Answer.refused(item["question"], str(error))
        yield answer.as_json(item["id"])


# -- in the terminal ---------------------------------------------------------------------------------------------------


def show(answer: Answer, kamervraag: Kamervraag, console: Console) -> None:
    """Print an answer so that it can be read at a glance: what it says, then where that stands."""
    console.print()
    for part in above(answer):
        console.print(escape(part.line()), style=STYLES[part.role])
    console.print()
    names = {document.id: document.name for document in answer.documents}
    cited = answer.citations if answer.declined is None else answer.declined.nearest
    if answer.declined and cited:
        console.print(f"{sources_heading(answer)}:", style="dim")
    for number, citation in enumerate(cited, start=1):
        mark = f"[{number}]" if answer.answered else "•"
        console.print(f"{escape(mark)} {escape(_place(citation, names))}", style="cyan")
        console.print(Padding(_in_context(citation, kamervraag.store.text(citation.document)), (0, 0, 0, 4), expand=False))
        if citation.url:
            console.print(Padding(escape(citation.url), (0, 0, 0, 4), expand=False), style="dim")
        console.print()
    for part in below(answer):
        console.print(f"{'• ' if part.role is Role.NOTE else ''}{escape(part.line())}", style=STYLES[part.role])


def _place(citation: Citation, names: dict[str, str]) -> str:
    parts = [names.get(citation.document, citation.document)]
    parts += [written_out(citation.date)] if citation.date else []
    parts += [f"onder '{citation.heading}'"] if citation.heading else []
    parts += [f"alinea {citation.paragraph}"] if citation.paragraph else []
    return ", ".join(parts)


def _in_context(citation: Citation, text: str) -> str:
    """The quote among the words around it, as rich markup."""
    start = max(0, text.rfind("\n\n", 0, citation.start) + 2, citation.start - CONTEXT)
    end = text.find("\n\n", citation.end)
    end = min(len(text) if end < 0 else end, citation.end + CONTEXT)
    before, after = escape(text[start : citation.start]), escape(text[citation.end : end])
    return f"[dim]{before}[/dim]«[bold]{escape(citation.quote)}[/bold]»[dim]{after}[/dim]"


def _fail(message: str, code: int) -> NoReturn:
    print(" ".join(message.split()), file=sys.stderr)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
