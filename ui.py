"""The chat in the browser: the answer on the left, the words it rests on in their paper on the right.

What a user asked and got lives in that browser session's `gr.State`, and the questions of earlier conversations in the
browser itself; the sources of a turn are rendered once (`rag.rendering`), so that a letter which changes later cannot
move the marks of an answer that was given. Models load in the background after the page is up. Papers can be added from
the page where it is served to this machine alone, because they go into the one index that all see. Nothing is fetched
from any outside address. `tests/test_page.py` drives all this in Chromium.
"""

import base64
import datetime as dt
import errno
import html
import logging
import os
import queue
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio looks at this while it is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from rag import Answer, Citation, Claim, Filter, Kamervraag, Settings, Turn, export, feedback, service
from rag.library import Library
from rag.rendering import COPIED, COPY, Paper, Shown, asked_as, conversation, message, notice, panel, reference, sources, whole_paper
from sources import Identity, KamervraagError
from sources.dates import written_out
from sources.errors import BadQuestion, PortInUse

TITLE = "Kamervraag"
SUBTITLE = "Vraag de Kamerstukken. Elk antwoord staat er woordelijk in; wat er niet in staat, wordt niet beantwoord."
PLACEHOLDER = "Stel een vraag over de stukken"
CONVERSATION = "Gesprek"
START = "Typ hieronder een vraag, of kies een voorbeeld."
SEND, STOP, AGAIN, CHANGE, NEW = "Stel de vraag", "Stop", "Opnieuw", "Wijzig de vraag", "Nieuw gesprek"
STOPPED = "Gestopt."
TALKS = "Eerdere gesprekken (alleen in deze browser)"
NARROW, CLEAR = "Zoek alleen in…", "Wis filter"
DOSSIER, KIND, SIGNER, SINCE, UNTIL = "Dossier", "Soort stuk", "Ondertekenaar", "Vanaf", "Tot en met"
A_DAY = "bijvoorbeeld 2020-01-06 of 6-1-2020"
FILTER_IN_FORCE = "Filter: {}."
BAD_DAY = "'{}' is geen datum. Schrijf bijvoorbeeld 2020-01-06 of 6-1-2020."
ADD_TITLE = "Stukken toevoegen"
ADD_FILES = "Bestanden (PDF, DOCX, ODT, XML, HTML of tekst)"
ADD_NUMBERS = "Of een nummer, adres of dossier: kst-27925-692, 2020D01452, 27925"
ADD = "Voeg toe"
NOTHING_WANTED = "Kies een bestand, of typ een nummer, een adres of een dossier."
ADDED = "Toegevoegd: {}. U kunt er nu naar vragen."
ADDING = "{} ({} van {})"
STARTING = "Bezig met ophalen en lezen…"
TAKE_ALONG, AS_MARKDOWN, AS_WORD = "Neem het gesprek mee", "Als Markdown", "Als Word-document"
FILE_NAME = "kamervraag-gesprek"
THANKS_GOOD, THANKS_BAD = "Genoteerd: het antwoord klopt.", "Genoteerd: het antwoord klopt niet."
REMARK, KEEP_REMARK, REMARK_KEPT = "Uw opmerking over dit antwoord (mag leeg blijven)", "Bewaar opmerking", "Uw opmerking is bewaard."
GOOD, BAD = "Dit antwoord klopt", "Dit antwoord klopt niet"
EXAMPLES_LABEL = "Bijvoorbeeld"
EXAMPLES = (
    "Aan wie geeft Nederland training in Noord-Irak?",
    "Is het kabinet van tevoren ingelicht over de Amerikaanse aanval?",
    "Waarom zijn de trainingen in Irak stilgelegd?",
    "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?",
    "Hoeveel F-16's heeft Nederland in Irak?",
)
SEARCHING = "Zoeken in de stukken…"
LOADING = "De taalmodellen worden geladen; dat duurt enkele seconden. Een vraag die u nu stelt, wordt daarna beantwoord."
UP_TO_DATE = "De index loopt tot en met {} ({} {})."
PAPER, PAPERS = "stuk", "stukken"
EMPTY_INDEX = "Er zitten nog geen stukken in de index. Draai eerst 'kamervraag index'."
WENT_WRONG = "Er ging iets mis; de vraag is niet beantwoord. Probeer het opnieuw."
TAKEN = "Poort {port} op {host} is al in gebruik. Sluit het andere programma, of kies een andere poort: kamervraag chat --port {other}."
UNUSABLE = "Poort {port} op {host} is hier niet te gebruiken ({reason}). Kies een andere: kamervraag chat --host 127.0.0.1 --port {other}."
NO_SUCH_PORT = "poortnummers lopen van 0 tot en met 65535"
AT_ONCE = max(2, os.cpu_count() or 2)  # questions answered at the same time; the others wait their turn
MOST_TALKS = 20  # earlier conversations that a browser keeps
ASKABLE = (".pdf", ".docx", ".odt", ".xml", ".html", ".htm", ".txt")
WORDS_A_FRAME = 4  # an answer grows on the page by this many words at a time


class Models:
    """The models, loading in the background; the one thing that all sessions share."""

    def __init__(self, kamervraag: Kamervraag) -> None:
        self._kamervraag = kamervraag
        self._loading = threading.Lock()
        self.ready = False

    def load(self) -> None:
        """Return when they are loaded; what goes wrong is told to whoever asks a question, which tries again."""
        with self._loading:
            if self.ready:
                return
            try:
                self._kamervraag.prepare()
            except KamervraagError as error:
                logging.warning("%s", error)
            except Exception:
                logging.exception("the models were not loaded")
            self.ready = True


def serve(kamervraag: Kamervraag, *, host: str = "127.0.0.1", port: int = 7860, ready: Callable[[str], None] = print) -> None:
    """Serve the page until interrupted; `ready` is told the address when the page is up. Raises PortInUse."""
    _check_port(host, port)
    models = Models(kamervraag)
    page = build(kamervraag, models, adding=_is_this_machine(host))
    app, url, _share = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        run_history=False,
        footer_links=[],
        theme=gr.themes.Base(primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css=CSS,
        head=HEAD,
    )
    service.attach(app, kamervraag)
    ready(url.rstrip("/"))
    threading.Thread(target=models.load, daemon=True).start()
    page.block_thread()


def build(kamervraag: Kamervraag, models: Models | None = None, *, adding: bool = True) -> gr.Blocks:
    """The page, its parts and what happens when they are touched; without `models` the first question loads them."""
    models = models or Models(kamervraag)
    library = Library(kamervraag)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        turns: gr.State = gr.State([])
        talk: gr.State = gr.State("")
        judged: gr.State = gr.State(None)
        talks_kept = gr.BrowserState([], storage_key="kamervraag-gesprekken", secret="kamervraag")
        status = gr.HTML(_header(""), elem_id="kop", padding=False)
        loading = gr.HTML(f'<p role="status">{LOADING}</p>', elem_id="laden", visible=False)
        timer = gr.Timer(1.0, active=False)
        with gr.Row(elem_id="kolommen"):
            with gr.Column(scale=6, min_width=320):
                chat = gr.Chatbot(
                    label=CONVERSATION,
                    show_label=False,
                    height=None,
                    min_height="34vh",
                    max_height="62vh",
                    elem_id="gesprek",
                    buttons=[],
                    latex_delimiters=[],
                    placeholder=START,
                    layout="panel",
                )
                with gr.Row(visible=False, elem_id="opmerking") as remarking:
                    thanks = gr.HTML("", elem_id="oordeel")
                    remark = gr.Textbox(label=REMARK, lines=1, max_lines=4, max_length=feedback.LONGEST_REMARK, elem_id="opmerking-tekst")
                    keep_remark = gr.Button(KEEP_REMARK, size="sm", elem_id="bewaar-opmerking")
                with gr.Column(elem_id="voorbeelden") as examples:
                    gr.HTML(f"<p>{EXAMPLES_LABEL}</p>")
                    buttons = [gr.Button(example, size="sm", elem_classes="voorbeeld") for example in EXAMPLES]
                in_force = gr.HTML("", elem_id="filter", visible=False)
                question = gr.Textbox(
                    label=PLACEHOLDER, show_label=False, placeholder=PLACEHOLDER, elem_id="vraag", lines=1, max_lines=4, autofocus=True
                )
                with gr.Row(elem_id="knoppen"):
                    send = gr.Button(SEND, variant="primary", size="md", elem_id="verstuur")
                    stop = gr.Button(STOP, elem_id="stop", size="md", visible=False)
                    again = gr.Button(AGAIN, elem_id="opnieuw", size="md")
                    change = gr.Button(CHANGE, elem_id="wijzig", size="md")
                    new = gr.Button(NEW, elem_id="nieuw", size="md")
                with gr.Accordion(NARROW, open=False, elem_id="zoek-in"):
                    with gr.Row():
                        dossiers = gr.Dropdown([], multiselect=True, label=DOSSIER, elem_id="op-dossier")
                        kinds = gr.Dropdown([], multiselect=True, label=KIND, elem_id="op-soort")
                        signers = gr.Dropdown([], multiselect=True, label=SIGNER, elem_id="op-ondertekenaar")
                    with gr.Row():
                        since = gr.Textbox(label=SINCE, placeholder=A_DAY, elem_id="vanaf")
                        until = gr.Textbox(label=UNTIL, placeholder=A_DAY, elem_id="tot")
                        clear = gr.Button(CLEAR, size="sm", elem_id="wis-filter")
                with gr.Accordion(TAKE_ALONG, open=False, elem_id="meenemen"), gr.Row():
                    take_markdown = gr.Button(AS_MARKDOWN, size="sm", elem_id="als-markdown")
                    take_word = gr.Button(AS_WORD, size="sm", elem_id="als-word")
                earlier_talks = gr.Dropdown([], label=TALKS, elem_id="eerdere", value=None)
                with gr.Accordion(ADD_TITLE, open=False, elem_id="toevoegen", visible=adding):
                    files = gr.File(label=ADD_FILES, file_count="multiple", file_types=list(ASKABLE), elem_id="bestanden", height=120)
                    numbers = gr.Textbox(label=ADD_NUMBERS, elem_id="nummers")
                    add = gr.Button(ADD, elem_id="voeg-toe")
                added = gr.HTML("", elem_id="toegevoegd", visible=adding)
            with gr.Column(scale=5, min_width=320):
                sources_panel = gr.HTML(panel([]), elem_id="bronnen")
        with gr.Column(elem_classes="weg"):  # what buttons inside an answer or a paper press
            order = gr.Textbox(elem_id="opdracht")
            everywhere = gr.Button("", elem_id="doe-overal")
            read = gr.Button("", elem_id="doe-lees")
            fetch = gr.Button("", elem_id="doe-haal")
            taken = gr.Textbox(elem_id="meegenomen")

        narrowing = [dossiers, kinds, signers, since, until]

        def answer(asked: str, earlier: list[Shown], *narrow: Any) -> Iterator[tuple[Any, ...]]:
            yield from _answer(kamervraag, models, asked, earlier, narrow, fetching=adding)

        def once_more(earlier: list[Shown], *narrow: Any, everywhere: bool = False) -> Iterator[tuple[Any, ...]]:
            if earlier:
                asked = earlier[-1].answer.question
                yield from _answer(kamervraag, models, asked, earlier[:-1], narrow, everywhere=everywhere, fetching=adding)

        def whole_talk(chosen: str, talks: list[Any]) -> Iterator[tuple[Any, ...]]:
            yield from _asked_again(kamervraag, models, dict(talks).get(chosen, []), fetching=adding)

        def judge(earlier: list[Shown], given: gr.LikeData) -> tuple[Any, ...]:
            return _judge(kamervraag, earlier, given)

        def linked(request: gr.Request) -> tuple[Any, ...]:
            return _from_link(kamervraag, request)

        def waiting() -> tuple[Any, ...]:
            return gr.HTML(visible=not models.ready), gr.Timer(active=not models.ready)

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asking: dict[str, Any] = private | {"concurrency_limit": AT_ONCE, "concurrency_id": "ask"}
        outputs = [chat, sources_panel, turns, question, examples, stop]
        asked = [gr.on([send.click, question.submit], answer, [question, turns, *narrowing], outputs, **asking)]
        asked += [button.click(answer, [button, turns, *narrowing], outputs, **asking) for button in buttons]
        asked += [again.click(once_more, [turns, *narrowing], outputs, **asking)]
        asked += [everywhere.click(partial(once_more, everywhere=True), [turns, *narrowing], outputs, **asking)]
        for event in asked:
            event.then(_keep_talk, [turns, talk, talks_kept], [talk, talks_kept, earlier_talks], **private)
        chosen = earlier_talks.input(whole_talk, [earlier_talks, talks_kept], outputs, **asking)
        chosen.then(lambda chosen: chosen, earlier_talks, talk, **private)
        asked.append(chosen)
        stop.click(_stopped, [turns], outputs, cancels=asked, **private)
        change.click(_to_change, [turns], outputs, **private)
        started_anew = gr.on([new.click, chat.clear], lambda: _shown([], gr.Button(visible=False)), None, outputs, cancels=asked, **private)
        started_anew.then(lambda: ("", None, gr.Row(visible=False)), None, [talk, earlier_talks, remarking], **private)

        gr.on([each.change for each in narrowing], _filter_shown, narrowing, in_force, **private)
        clear.click(lambda: ([], [], [], "", ""), None, narrowing, **private)

        chat.like(judge, [turns], [judged, thanks, remark, remarking], **private)
        keep_remark.click(partial(_remark, kamervraag), [judged, remark], [thanks, remark], **private)

        take_markdown.click(partial(_markdown, kamervraag), turns, taken, **private).then(None, taken, None, js=TAKE)
        take_word.click(partial(_word, kamervraag), turns, taken, **private).then(None, taken, None, js=TAKE)

        read.click(partial(_read, kamervraag, adding), [order, turns], sources_panel, **private)
        if adding:
            adds = [add.click(partial(_add, library), [files, numbers], [added, files, numbers], **private | {"concurrency_limit": 1})]
            adds += [fetch.click(partial(_add, library, None), [order], [added, files, numbers], **private | {"concurrency_limit": 1})]
            for event in adds:
                event.then(partial(_status, kamervraag), None, status, **private)
                event.then(partial(_choices, kamervraag), None, [dossiers, kinds, signers], **private)

        page.load(partial(_status, kamervraag), None, status, **private)
        page.load(_talks, talks_kept, earlier_talks, **private)
        page.load(linked, None, narrowing, **private).then(None, None, None, js=ASK_LINKED)
        gr.on([page.load, timer.tick], waiting, None, [loading, timer], **private)
    return page


def _answer(
    kamervraag: Kamervraag,
    models: Models,
    asked: str,
    earlier: list[Shown],
    narrow: Sequence[Any] = (),
    *,
    everywhere: bool = False,
    fetching: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """What the page shows while a question is answered: (conversation, sources, turns, text box, examples, stop button)."""
    number = len(earlier) + 1
    before = [*conversation(earlier), *asked_as(asked)]

    same = gr.skip()

    def frame(content: str, panel: Any = same, turns: Any = same, box: Any = same, *, busy: bool = True) -> tuple[Any, ...]:
        shown = [*before, {"role": "assistant", "content": content}]
        return shown, panel, turns, box, gr.Column(visible=False), gr.Button(visible=busy)

    yield frame(notice("zoekt", SEARCHING if models.ready else LOADING), box="")  # cleared once: what is typed next stays
    models.load()
    try:
        where = _filter(*narrow) if narrow else Filter()
        history = [Turn(turn.answer.question, turn.answer.text) for turn in earlier]
        given = kamervraag.ask(asked, history, where, everywhere=everywhere)
        turns = [*earlier, Shown(given, sources(given, _papers(kamervraag, given), number, fetching=fetching), where)]
    except KamervraagError as error:
        yield frame(notice("fout", str(error)), box=asked, busy=False)
        return
    except Exception:
        logging.exception("a question was not answered")
        yield frame(notice("fout", WENT_WRONG), box=asked, busy=False)
        return
    shown_sources = panel(turns)
    for claims in _growing(given.claims):
        yield frame(message(replace(given, claims=claims, notes=(), as_of=None), number, kind="schrijft"), shown_sources)
        shown_sources = same
    yield frame(message(given, number, where=where), shown_sources, turns, busy=False)


def _asked_again(kamervraag: Kamervraag, models: Models, questions: Sequence[str], *, fetching: bool) -> Iterator[tuple[Any, ...]]:
    """An earlier conversation, asked anew of the papers as they are now."""
    turns: list[Shown] = []
    for question in questions:
        for shown in _answer(kamervraag, models, question, turns, fetching=fetching):
            yield (*shown[:3], "", *shown[4:])
            turns = shown[2] if isinstance(shown[2], list) else turns


def _shown(turns: list[Shown], stop: Any, box: Any = "") -> tuple[Any, ...]:
    """The page with these turns and nothing going on."""
    return conversation(turns), panel(turns), turns, box, gr.Column(visible=not turns), stop


def _stopped(turns: list[Shown]) -> tuple[Any, ...]:
    return _shown(turns, gr.Button(visible=False), gr.skip())


def _to_change(turns: list[Shown]) -> tuple[Any, ...]:
    """The last question back in the text box, and its answer gone."""
    box = turns[-1].answer.question if turns else gr.skip()
    return _shown(turns[:-1], gr.Button(visible=False), box)


def _papers(kamervraag: Kamervraag, answer: Answer) -> dict[str, Paper]:
    """The papers that an answer shows."""
    return {document.id: _paper(kamervraag, document.id) for document in answer.documents}


def _paper(kamervraag: Kamervraag, id: str) -> Paper:
    return Paper(kamervraag.store.text(id), kamervraag.store.outline(id), kamervraag.references(id))


def _read(kamervraag: Kamervraag, fetching: bool, id: str, turns: list[Shown]) -> str:
    """A paper that another one names, above the sources."""
    identity = kamervraag.paper(id)
    if identity is None:  # taken away in the meantime
        return panel(turns)
    return whole_paper(identity, _paper(kamervraag, identity.id), (), f"gelezen-{id}", fetching=fetching, unfolded=True) + panel(turns)


# -- which papers are searched ----------------------------------------------------------------------------------------


def _filter(dossiers: Sequence[str], kinds: Sequence[str], signers: Sequence[str], since: str, until: str) -> Filter:
    """What the user chose; raises BadQuestion for a day that is none."""
    return Filter(tuple(dossiers or ()), tuple(kinds or ()), tuple(signers or ()), _day(since), _day(until))


def _day(text: str | None) -> dt.date | None:
    """'2020-01-06' or '6-1-2020'; nothing for nothing."""
    text = (text or "").strip()
    match = re.fullmatch(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4})", text)
    try:
        if match:
            return dt.date(*(int(match[name] or match[f"{name}2"]) for name in "ymd"))
    except ValueError:
        match = None
    if text:
        raise BadQuestion(BAD_DAY.format(text))
    return None


def _filter_shown(*narrow: Any) -> Any:
    try:
        where = _filter(*narrow)
    except BadQuestion as error:
        return gr.HTML(f'<p class="fout">{html.escape(str(error))}</p>', visible=True)
    return gr.HTML(f'<p role="status">{html.escape(FILTER_IN_FORCE.format(where.described()))}</p>', visible=bool(where))


def _from_link(kamervraag: Kamervraag, request: gr.Request) -> tuple[Any, ...]:
    """The choices of the filter, and what a link ('?dossier=27925&vanaf=2020-01-01') sets of it."""
    asked = request.query_params
    named = [asked.getlist(name) for name in ("dossier", "soort", "ondertekenaar")]
    choices = _names(kamervraag)
    lists = (gr.Dropdown(choices=each, value=[v for v in value if v in each]) for each, value in zip(choices, named, strict=True))
    return (*lists, asked.get("vanaf", ""), asked.get("tot", ""))


def _choices(kamervraag: Kamervraag) -> tuple[Any, ...]:
    return tuple(gr.Dropdown(choices=each) for each in _names(kamervraag))


def _names(kamervraag: Kamervraag) -> tuple[list[str], list[str], list[str]]:
    """(dossiers, kinds, signers) that the index knows."""
    try:
        documents: tuple[Identity, ...] = kamervraag.status().documents
    except KamervraagError:
        return [], [], []
    dossiers = {dossier for each in documents for dossier in (*each.dossiers, each.dossier) if dossier}
    return sorted(dossiers), sorted({each.kind for each in documents}), sorted({s.name for each in documents for s in each.signers})


# -- earlier conversations: questions only, in the browser only ----------------------------------------------------------


def _keep_talk(turns: list[Shown], talk: str, talks: list[Any]) -> tuple[Any, ...]:
    if not turns:
        return talk, gr.skip(), gr.skip()
    talk = talk or uuid.uuid4().hex
    questions = [turn.answer.question for turn in turns]
    kept = [[talk, questions], *([id, asked] for id, asked in talks or [] if id != talk)][:MOST_TALKS]
    return talk, kept, gr.Dropdown(choices=_titles(kept), value=talk)


def _talks(talks: list[Any]) -> Any:
    return gr.Dropdown(choices=_titles(talks or []), value=None)


def _titles(talks: Sequence[Any]) -> list[tuple[str, str]]:
    return [(questions[0][:80] + (f" (+{len(questions) - 1})" if len(questions) > 1 else ""), id) for id, questions in talks]


# -- feedback, and a conversation to take along ---------------------------------------------------------------------------


def _judge(kamervraag: Kamervraag, turns: list[Shown], given: gr.LikeData) -> tuple[Any, ...]:
    """Keep a verdict at once, and ask for a remark."""
    index = given.index[0] if isinstance(given.index, tuple | list) else given.index
    if index // 2 >= len(turns) or not isinstance(given.liked, bool):
        return gr.skip(), gr.skip(), gr.skip(), gr.skip()
    turn = turns[index // 2]
    earlier = tuple({"question": each.answer.question, "answer": each.answer.text} for each in turns[: index // 2])
    settings = {"engine": turn.answer.engine, "model": kamervraag.embedder.name, "where": turn.where.described()}
    verdict = feedback.Feedback(given.liked, turn.answer.as_json(), settings=settings, history=earlier)
    try:
        feedback.keep(kamervraag.settings.home, verdict)
    except KamervraagError as error:
        return None, f'<p class="fout">{html.escape(str(error))}</p>', "", gr.Row(visible=True)
    return verdict, f'<p role="status">{THANKS_GOOD if given.liked else THANKS_BAD}</p>', "", gr.Row(visible=True)


def _remark(kamervraag: Kamervraag, judged: feedback.Feedback | None, remark: str) -> tuple[Any, ...]:
    if judged is None or not remark.strip():
        return gr.skip(), gr.skip()
    try:
        feedback.keep(kamervraag.settings.home, replace(judged, remark=remark.strip()[: feedback.LONGEST_REMARK]))
    except KamervraagError as error:
        return f'<p class="fout">{html.escape(str(error))}</p>', gr.skip()
    return f'<p role="status">{REMARK_KEPT}</p>', ""


def _markdown(kamervraag: Kamervraag, turns: list[Shown]) -> str:
    text = export.markdown([turn.answer for turn in turns], _placed(kamervraag, turns))
    return _download(f"{FILE_NAME}.md", "text/markdown", text.encode())


def _word(kamervraag: Kamervraag, turns: list[Shown]) -> str:
    content = export.docx([turn.answer for turn in turns], _placed(kamervraag, turns))
    return _download(f"{FILE_NAME}.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", content)


def _download(name: str, kind: str, content: bytes) -> str:
    """What the script of the page makes a file of, so that nothing of a conversation lies on the server."""
    return f"{name}|data:{kind};base64,{base64.b64encode(content).decode()}"


def _placed(kamervraag: Kamervraag, turns: Sequence[Shown]) -> Callable[[Citation], str]:
    identities = {document.id: document for turn in turns for document in turn.answer.documents}
    return lambda citation: reference(citation, identities[citation.document], kamervraag.store.outline(citation.document))


# -- adding papers ------------------------------------------------------------------------------------------------------


def _add(library: Library, files: Sequence[str] | None, wanted: str) -> Iterator[tuple[Any, ...]]:
    """Add files, numbers and dossiers, and tell how far it is: (what to show, files, numbers)."""
    same = gr.skip()
    asked = [*(files or []), *re.split(r"[\s,;]+", wanted.strip())] if wanted.strip() else list(files or [])
    if not asked:
        yield f'<p class="fout">{NOTHING_WANTED}</p>', same, same
        return
    steps: queue.Queue[tuple[str, int, int] | None] = queue.Queue()
    outcome: list[str] = []

    def work() -> None:
        try:
            added, report = library.fetch(asked, lambda *step: steps.put(step))
            shown = f'<p role="status">{html.escape(ADDED.format(", ".join(added)))}</p>' if added else ""
            troubles = [*report.notes, *report.failed]
            outcome.append(shown + "".join(f'<p class="fout">{html.escape(each)}</p>' for each in troubles))
        except KamervraagError as error:
            outcome.append(f'<p class="fout">{html.escape(str(error))}</p>')
        except Exception:
            logging.exception("papers were not added")
            outcome.append(f'<p class="fout">{WENT_WRONG}</p>')
        steps.put(None)

    yield f'<p role="status">{STARTING}</p>', same, same
    threading.Thread(target=work, daemon=True).start()
    while step := steps.get():
        doing, done, total = step
        bar = f'<progress max="{max(total, 1)}" value="{done}"></progress>'
        yield f'<p role="status">{html.escape(ADDING.format(doing, done, total))} {bar}</p>', same, same
    for path in files or []:
        Path(path).unlink(missing_ok=True)  # the collection has its own copy
    yield outcome[0], None, ""


def _is_this_machine(host: str) -> bool:
    return host in {"127.0.0.1", "::1", "localhost"}


def _growing(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """The claims as they appear, a few words at a time; a claim has its citations once its last word is there."""
    for at, claim in enumerate(claims):
        words = claim.text.split(" ")
        for end in range(WORDS_A_FRAME, len(words), WORDS_A_FRAME):
            yield (*claims[:at], Claim(" ".join(words[:end]), ()))
        yield tuple(claims[: at + 1])


def _status(kamervraag: Kamervraag) -> str:
    try:
        status = kamervraag.status()
    except KamervraagError as error:
        return _header(str(error))
    if not status.newest:
        return _header(EMPTY_INDEX)
    return _header(UP_TO_DATE.format(written_out(status.newest), status.letters, PAPER if status.letters == 1 else PAPERS))


def _header(status: str) -> str:
    return f'<header><h1>{TITLE}</h1><p>{SUBTITLE} <span id="actueel">{html.escape(status)}</span></p></header>'


def _check_port(host: str, port: int) -> None:
    other = 7861 if port != 7861 else 7862
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as error:
        message = TAKEN if error.errno == errno.EADDRINUSE else UNUSABLE
        raise PortInUse(message.format(host=host, port=port, other=other, reason=error.strerror)) from error
    except OverflowError as error:
        raise PortInUse(UNUSABLE.format(host=host, port=port, other=other, reason=NO_SUCH_PORT)) from error


HEAD = (
    """
<meta name="viewport" content="width=device-width, initial-scale=1">
<script>
document.documentElement.lang = "nl";
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.citaat");
  const source = link && document.getElementById(link.getAttribute("href").slice(1));
  if (!source) return;
  event.preventDefault();
  for (let fold = source.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  document.querySelectorAll("article.gekozen").forEach((other) => other.classList.remove("gekozen"));
  source.classList.add("gekozen");
  (source.querySelector("mark") ?? source).scrollIntoView({ block: "center" });
  source.focus({ preventScroll: true });
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.kopieer");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.tekst);
  } catch {  // without https a browser has no clipboard for us; the old way still works
    const field = Object.assign(document.createElement("textarea"), { value: button.dataset.tekst });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = "COPIED";
  setTimeout(() => { button.textContent = "COPY"; }, 2000);
});
const order = (what, button) => {  // hand an id to a hidden text box and press the hidden button beside it
  const box = document.querySelector("#opdracht textarea, #opdracht input");
  box.value = what;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => document.getElementById(button).click(), 150);
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.lees, button.haal, button.overal");
  if (!button) return;
  if (button.matches(".overal")) document.getElementById("doe-overal").click();
  else order(button.dataset.id, button.matches(".lees") ? "doe-lees" : "doe-haal");
  if (button.matches(".lees")) setTimeout(() => document.getElementById("bronnen").scrollTo(0, 0), 400);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#bronnen nav a");
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.getAttribute("href").slice(1))?.scrollIntoView({ block: "start" });
});
let length = 0;
const showNewest = (talk) => {  // Gradio scrolls a conversation of a fixed height only; ours grows
  const asked = [...(talk?.querySelectorAll(".user.message") ?? [])].pop();
  if (!asked || talk.textContent.length === length) return;
  length = talk.textContent.length;
  talk.scrollTop += asked.getBoundingClientRect().top - talk.getBoundingClientRect().top - 12;
};
// Gradio names a message by its source, in English ("bot's message: <div class=…"): a screen reader shall read the message itself.
new MutationObserver(() => {
  showNewest(document.getElementById("gesprek"));
  document.querySelectorAll('#gesprek [aria-label*="s message: "]').forEach((message) => message.removeAttribute("aria-label"));
  document.querySelector("#gesprek [role=log]")?.setAttribute("aria-label", "CONVERSATION");
  for (const [name, shown] of [["like", "GOOD"], ["vind ik leuk", "GOOD"], ["dislike", "BAD"], ["vind ik niet leuk", "BAD"]])
    document.querySelectorAll(`#gesprek button[aria-label="${name}" i]`).forEach((button) => {  // Gradio's words for a verdict
      button.setAttribute("aria-label", shown);
      button.setAttribute("title", shown);
    });
}).observe(document, { subtree: true, childList: true });
</script>
""".replace("CONVERSATION", CONVERSATION)
    .replace("GOOD", GOOD)
    .replace("BAD", BAD)
    .replace("COPIED", COPIED)
    .replace("COPY", COPY)
)

# a link to a question ('?vraag=…'): the page types and sends it, as its reader would
ASK_LINKED = """() => {
  const asked = new URLSearchParams(location.search).get("vraag");
  const box = document.querySelector("#vraag textarea");
  if (!asked || !box) return;
  box.value = asked;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => document.getElementById("verstuur").click(), 200);
}"""

# 'name|data:…' becomes a file in the browser's downloads
TAKE = """(given) => {
  const at = given.indexOf("|");
  const link = Object.assign(document.createElement("a"), { download: given.slice(0, at), href: given.slice(at + 1) });
  document.body.append(link);
  link.click();
  link.remove();
}"""

CSS = """
:root { --lint: #154273; --stil: #4a5560; --vlak: #f3f6f9; --rand: #c9d3de; --merk: #fff1b8; --link: #154273; }
.dark { --stil: #b6c2cf; --vlak: #18212b; --rand: #3a4958; --merk: #6b5600; --link: #9cc4f0; }
.gradio-container { max-width: 1400px !important; width: 100%; margin: 0 auto; }
#kolommen { gap: 1.5rem; }
#kop .html-container, #laden .html-container, #voorbeelden .html-container, #bronnen .html-container { padding: 0; }
#kop header { border-top: 6px solid var(--lint); padding-top: 0.8rem; }
#kop #actueel { font-weight: 600; white-space: nowrap; }
#kop h1 { font-size: 1.6rem; margin: 0; color: var(--link); }
#kop p, .stil, .titel { color: var(--stil); margin: 0.1rem 0; }
#laden p { background: var(--vlak); border-left: 4px solid #b36b00; padding: 0.5rem 0.8rem; margin: 0; }
#verstuur { background: var(--lint); color: #fff; }
#voorbeelden p { color: var(--stil); margin: 0; }
#voorbeelden { gap: 0.4rem; }
.voorbeeld { justify-content: flex-start; text-align: left; font-weight: 400; font-size: 0.9rem; padding: 0.45rem 0.8rem; }
.voorbeeld { background: var(--vlak); border: 1px solid var(--rand); color: var(--link); }
.voorbeeld:hover { border-color: var(--link); }
.gradio-container input::placeholder, .gradio-container textarea::placeholder, .gradio-container input[role=combobox] { color: var(--stil); opacity: 1; }
#bestanden .or { color: var(--stil); }
#gesprek .message, #gesprek .message * { opacity: 1; }
#gesprek .placeholder-content { padding: 1rem; }
#gesprek .user.message { max-height: 10rem; overflow-y: auto; }
#gesprek .antwoord p, #gesprek .schrijft p, #gesprek .geen-antwoord p, #gesprek .mogelijk p { margin: 0.2rem 0 0.5rem; }
#gesprek .niet { font-weight: 700; color: #a3470c; }
.dark #gesprek .niet { color: #ffb37a; }
#gesprek .geen-antwoord { border-left: 4px solid #a3470c; padding-left: 0.8rem; }
#gesprek .mogelijk { border-left: 4px dashed #7a5a00; padding-left: 0.8rem; }
#gesprek .mogelijk .niet { color: #7a5a00; }
.dark #gesprek .mogelijk .niet { color: #f0c85a; }
#gesprek .antwoord, #gesprek .schrijft { border-left: 4px solid var(--link); padding-left: 0.8rem; }
#gesprek .fout { border-left: 4px solid #a3001f; padding-left: 0.8rem; }
#gesprek .stand { font-size: 0.9rem; font-weight: 600; }
#gesprek .stil { font-size: 0.85rem; }
a.citaat { color: var(--link); font-weight: 700; text-decoration: none; padding: 0 0.1rem; }
a.citaat:hover, a.citaat:focus-visible { text-decoration: underline; }
#bronnen { max-height: 82vh; overflow-y: auto; }
#bronnen h2 { font-size: 1.1rem; margin: 0 0 0.6rem; }
#bronnen article { border: 1px solid var(--rand); border-radius: 6px; padding: 0.8rem 1rem; margin-bottom: 0.8rem; }
#bronnen { overflow-wrap: anywhere; }
#bronnen article.gekozen, #bronnen article:target { border-color: var(--link); box-shadow: 0 0 0 2px var(--link); }
#bronnen article:focus { outline: none; }
#bronnen h3 { font-size: 1rem; margin: 0; }
#bronnen h3 span { color: var(--link); }
#bronnen .dichtbij h3 span { color: #a3470c; border: 1px solid; border-radius: 4px; padding: 0 0.35rem; font-size: 0.8rem; font-weight: 400; }
.dark #bronnen .dichtbij h3 span { color: #ffb37a; }
#bronnen h4 { font-size: 0.95rem; margin: 0.8rem 0 0.2rem; }
#bronnen .plaats, #bronnen .onder { margin: 0.1rem 0; font-size: 0.9rem; }
#bronnen .titel { font-size: 0.85rem; }
#bronnen blockquote { border-left: 3px solid var(--rand); margin: 0.6rem 0; padding: 0 0 0 0.9rem; }
#bronnen blockquote, #bronnen .stuk p { font-family: Georgia, 'Times New Roman', serif; line-height: 1.5; }
#bronnen blockquote p, #bronnen blockquote h4 { margin: 0.3rem 0; }
#bronnen .voor, #bronnen .na { opacity: 0.72; font-size: 0.9em; }
#bronnen mark { background: var(--merk); color: inherit; padding: 0.05em 0; }
#bronnen .kopieer { background: var(--vlak); border: 1px solid var(--rand); border-radius: 4px; padding: 0.15rem 0.6rem; color: var(--link); font-size: 0.85rem; cursor: pointer; }
#bronnen nav ul { margin: 0.4rem 0 0.8rem; padding-left: 1.2rem; font-size: 0.9rem; }
#bronnen details { border-top: 1px solid var(--rand); padding: 0.5rem 0; }
#bronnen summary { cursor: pointer; color: var(--link); }
#bronnen .stuk p { margin: 0.5rem 0; }
#bronnen a { color: var(--link); margin: 0; padding: 0; }
.weg { display: none !important; }
#gesprek .bereik button, #bronnen .rond button { border: 1px solid var(--rand); border-radius: 4px; padding: 0 0.5rem; color: var(--link); cursor: pointer; }
#bronnen .rond button.lees { border: 0; padding: 0; text-align: left; text-decoration: underline; }
#bronnen .rond ul { padding-left: 1.2rem; font-size: 0.9rem; }
#filter p, #toegevoegd p, #oordeel p { margin: 0; color: var(--stil); }
#filter p[role], #toegevoegd p[role] { border-left: 4px solid var(--link); padding-left: 0.6rem; }
#filter .fout, #toegevoegd .fout, #oordeel .fout { border-left: 4px solid #a3001f; padding-left: 0.6rem; }
#knoppen { flex-wrap: wrap; gap: 0.5rem; }
#knoppen button { min-width: fit-content; white-space: nowrap; padding-inline: 0.8rem; }
@media print {
  #vraag, #knoppen, #voorbeelden, #zoek-in, #meenemen, #eerdere, #toevoegen, #opmerking, .deel, .kopieer, .bereik button, .haal { display: none !important; }
  #gesprek, #bronnen, #gesprek * { max-height: none !important; overflow: visible !important; height: auto !important; }
  #kolommen { display: block !important; }
  #bronnen article { break-inside: avoid; }
}
@media (max-width: 760px) {
  #kolommen { flex-direction: column; }
  #kolommen > .column { min-width: 0 !important; width: 100%; }
  #bronnen { max-height: none; }
  #kop #actueel { white-space: normal; }
}
"""


def main() -> None:
    """`python ui.py`: the chat with the settings of the environment."""
    serve(Kamervraag(Settings.from_environment()), port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))


if __name__ == "__main__":
    main()
