"""The chat in the browser: the answer on the left, the words it rests on in their paper on the right.

What a user asked and got lives in that browser session's `gr.State`, an hour longer than the page is open, and the
questions of earlier conversations in the browser itself; a turn keeps its papers as they were (`rag.rendering`), so that a
letter which changes later cannot move the marks of an answer that was given. Models load in the background after the page is up. Papers can be added from
the page where nobody need sign in, which is on this machine alone, because they go into the one index that all see. Nothing is fetched
from any outside address. `tests/test_page.py` drives all this in Chromium.
"""

import base64
import contextlib
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
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio looks at this while it is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount

from rag import Answer, Citation, Claim, Draft, Filter, Kamervraag, Settings, Turn, export, feedback, service
from rag.library import DOSSIER as DOSSIER_CODE
from rag.library import Brought, Library
from rag.line import AT_ONCE, Line
from rag.look import ASK_LINKED, CSS, TAKE, TO_TOP, head
from rag.rendering import Paper, Shown, as_now, asked_as, conversation, for_fold, message, notice, panel, reference, whole_paper
from rag.sign_in import OPEN_TO_ALL, OwnNameOnly, SignIn, is_this_machine
from rag.texts import (
    A_DAY,
    ADD,
    ADD_FILES,
    ADD_NUMBERS,
    ADD_TITLE,
    ADDED,
    ADDING,
    AGAIN,
    AS_MARKDOWN,
    AS_WORD,
    BAD_DAY,
    CHANGE,
    CLEAR,
    CONVERSATION,
    DOSSIER,
    EMPTY_INDEX,
    EXAMPLES_LABEL,
    FILTER_IN_FORCE,
    GONE,
    IN_LINE,
    KEEP_REMARK,
    KIND,
    LOADING,
    NARROW,
    NEW,
    NO_PAPER,
    NOTHING_WANTED,
    OTHER_PAGE,
    PAPER,
    PAPERS,
    PLACEHOLDER,
    REMARK,
    REMARK_KEPT,
    SAY,
    SEARCHING,
    SEND,
    SIGN_IN,
    SIGNER,
    SINCE,
    START,
    STARTING,
    STOP,
    SUBTITLE,
    TAKE_ALONG,
    TALKS,
    THANKS_BAD,
    THANKS_GOOD,
    TITLE,
    UNKNOWN_IN_FILTER,
    UNTIL,
    UP_TO_DATE,
    WENT_WRONG,
    Say,
    Text,
)
from sources import Identity, KamervraagError
from sources.collection import is_identifier
from sources.errors import BadQuestion, BadSetting, IndexDamaged, IndexProblem, PortInUse
from sources.tweedekamer import CASE_NUMBER, DOCUMENT_NUMBER

THEME = gr.themes.Base(primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
    button_primary_background_fill="#154273",
    button_primary_background_fill_hover="#0f3054",
    button_primary_background_fill_dark="#154273",
    button_primary_text_color="#ffffff",
)
Frames = AsyncIterator[tuple[Any, ...]]
Parts = Mapping[str, Any]  # what is on a page, by the `elem_id` that its style, its script and its tests know it by too
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}  # of every event
NARROWING = ("op-dossier", "op-soort", "op-ondertekenaar", "vanaf", "tot")  # the parts of the filter, as `_filter` takes them
_UNTOUCHED = object()  # of a text box: what is in it stays
FILE_NAME = "kamervraag-gesprek"
EXAMPLES = (
    "Aan wie geeft Nederland training in Noord-Irak?",
    "Is het kabinet van tevoren ingelicht over de Amerikaanse aanval?",
    "Waarom zijn de trainingen in Irak stilgelegd?",
    "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?",
    "Hoeveel F-16's heeft Nederland in Irak?",
)
PAGES = {"nl": "/", "en": "/en"}  # language -> where its page is; the last to be served is "/", which takes what no other takes
SWITCH = {"nl": ("en", "en/"), "en": ("nl", "../")}  # language -> the other one, and the way to its page
TAKEN = "Poort {port} op {host} is al in gebruik. Sluit het andere programma, of kies een andere poort: kamervraag chat --port {other}."
UNUSABLE = "Poort {port} op {host} is hier niet te gebruiken ({reason}). Kies een andere: kamervraag chat --host 127.0.0.1 --port {other}."
NO_SUCH_PORT = "poortnummers lopen van 0 tot en met 65535"
MOST_TALKS = 20  # earlier conversations that a browser keeps
MOST_SESSIONS = 400  # whose conversations the program remembers; the one that was used longest ago goes first
ASKABLE = (".pdf", ".docx", ".odt", ".xml", ".html", ".htm", ".txt")
WORDS_A_FRAME = 4  # an answer grows on the page by this many words at a time
PATIENCE_S = 1.0  # that somebody waits before their place in the line is told, and told anew


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
    """Serve the pages and `/api` until interrupted; `ready` is told the address when they are up.

    Raises PortInUse, and BadSetting where others than this machine could ask without signing in.
    """
    _check_port(host, port)
    sign_in = SignIn.from_environment(kamervraag.settings.home)
    if not sign_in and not is_this_machine(host):
        raise BadSetting(OPEN_TO_ALL.format(host=host))
    models = Models(kamervraag)
    app = application(kamervraag, models, sign_in)
    server = _Server(uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2))

    def up() -> None:
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        threading.Thread(target=models.load, daemon=True).start()

    server.up = up
    server.run()


def application(kamervraag: Kamervraag, models: Models, sign_in: SignIn) -> FastAPI:
    """The pages and `/api`. Where nobody signs in, all who ask sit at this machine: they may add papers, and no other name may lead here."""
    line = Line(AT_ONCE)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    if not sign_in:
        app.add_middleware(OwnNameOnly)
    service.attach(app, kamervraag, line, sign_in)
    app.add_api_route(PAGES["en"], _with_slash)
    library = Library(kamervraag)
    for language in reversed(PAGES):
        page = build(kamervraag, models, line, library, adding=not sign_in, language=language)
        _mount(app, page, language, sign_in, SAY[language])
    _one_sign_in(app)
    return app


def _with_slash(request: Request) -> RedirectResponse:
    """A mounted page is below its address, not at it."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path.rpartition('/')[2]}/{query}")


class _Server(uvicorn.Server):
    """Tells when it listens."""

    up: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.up()


def _mount(app: FastAPI, page: gr.Blocks, language: str, sign_in: SignIn, say: Say) -> None:
    gr.mount_gradio_app(
        app,
        page,
        PAGES[language],
        auth=sign_in.admits if sign_in.users else None,
        auth_message=f"<title>{say(TITLE)}</title>{say(SIGN_IN)}",  # Gradio's page to sign in has no title of its own
        auth_dependency=sign_in.behind_proxy if sign_in.header else None,
        run_history=False,
        footer_links=[],
        theme=THEME,
        css=CSS,
        head=head(language, say),
    )


def _one_sign_in(app: FastAPI) -> None:
    """Who signed in to the page in one language is signed in to the other."""
    first, *others = [route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, gr.routes.App)]
    for other in others:
        other.cookie_id, other.tokens = first.cookie_id, first.tokens


def build(
    kamervraag: Kamervraag,
    models: Models | None = None,
    line: Line | None = None,
    library: Library | None = None,
    *,
    adding: bool = True,
    language: str = "nl",
) -> gr.Blocks:
    """The page, its parts and what happens when they are touched; without `models` the first question loads them."""
    models, line = models or Models(kamervraag), line or Line(AT_ONCE)
    say = SAY[language]
    asker = Asker(kamervraag, models, line, say, fetching=adding)
    with gr.Blocks(title=say(TITLE), analytics_enabled=False, fill_width=True) as page:
        page.state_session_capacity = MOST_SESSIONS
        turns: gr.State = gr.State([])
        talks: gr.State = gr.BrowserState([], storage_key="kamervraag-gesprekken", secret="kamervraag")
        _lay_out(say, language, adding=adding)
        parts = {block.elem_id: block for block in page.blocks.values() if block.elem_id}
        _on_asking(page, parts, asker, turns, talks)
        _on_filtering(parts, kamervraag, say)
        _on_judging(parts, kamervraag, say, turns)
        _on_taking_along(parts, kamervraag, say, turns)
        _on_reading(parts, kamervraag, asker, say, turns, adding=adding)
        if adding:
            _on_adding(parts, kamervraag, library or Library(kamervraag), language, turns)
        _on_opening(page, parts, kamervraag, models, language, talks)
    return page


# -- how the page is laid out -------------------------------------------------------------------------------------------


def _lay_out(say: Say, language: str, *, adding: bool) -> None:
    """The parts of the page in their places: the conversation and what belongs to it on the left, the sources on the right."""
    gr.HTML(_header("", language), elem_id="kop", padding=False)
    gr.HTML(f'<p role="status">{say(LOADING)}</p>', elem_id="laden", visible=False)
    with gr.Row(elem_id="kolommen"):
        with gr.Column(scale=6, min_width=320):
            _lay_out_conversation(say)
            _lay_out_question(say)
            _lay_out_filter(say)
            with gr.Accordion(say(TAKE_ALONG), open=False, elem_id="meenemen"), gr.Row():
                gr.Button(say(AS_MARKDOWN), size="sm", elem_id="als-markdown")
                gr.Button(say(AS_WORD), size="sm", elem_id="als-word")
            gr.Dropdown([], label=say(TALKS), elem_id="eerdere", value=None)
            with gr.Accordion(say(ADD_TITLE), open=False, elem_id="toevoegen", visible=adding):
                gr.File(label=say(ADD_FILES), file_count="multiple", file_types=list(ASKABLE), elem_id="bestanden", height=120)
                gr.Textbox(label=say(ADD_NUMBERS), elem_id="nummers")
                gr.Button(say(ADD), elem_id="voeg-toe")
            gr.HTML("", elem_id="toegevoegd", visible=adding)
        with gr.Column(scale=5, min_width=320):
            gr.HTML("", elem_id="opgehaald", visible=adding)
            gr.HTML(panel([], say), elem_id="bronnen")
    with gr.Column(elem_classes="weg"):  # what the script of the page (`rag/look.py`) presses, fills and reads
        gr.Textbox(elem_id="opdracht")
        for button in ("doe-overal", "doe-toon", "doe-lees", "doe-haal"):
            gr.Button("", elem_id=button)
        gr.Textbox(elem_id="meegenomen")
        gr.HTML("", elem_id="bijgehaald")


def _lay_out_conversation(say: Say) -> None:
    """The conversation, and below it a remark on an answer that was judged, or examples while nothing was asked."""
    gr.Chatbot(
        label=say(CONVERSATION),
        show_label=False,
        height=None,
        min_height="34vh",
        max_height="62vh",
        elem_id="gesprek",
        buttons=[],
        latex_delimiters=[],
        placeholder=say(START),
        layout="panel",
    )
    with gr.Row(visible=False, elem_id="opmerking"):
        gr.HTML("", elem_id="oordeel")
        gr.Textbox(label=say(REMARK), lines=1, max_lines=4, max_length=feedback.LONGEST_REMARK, elem_id="opmerking-tekst")
        gr.Button(say(KEEP_REMARK), size="sm", elem_id="bewaar-opmerking")
    with gr.Column(elem_id="voorbeelden"):
        gr.HTML(f"<p>{say(EXAMPLES_LABEL)}</p>")
        for example in EXAMPLES:
            gr.Button(example, size="sm", elem_classes="voorbeeld")


def _lay_out_question(say: Say) -> None:
    """The filter that is in force, the text box, and what can be done with a question."""
    gr.HTML("", elem_id="filter", visible=False)
    gr.Textbox(
        label=say(PLACEHOLDER), show_label=False, placeholder=say(PLACEHOLDER), elem_id="vraag", lines=1, max_lines=4, autofocus=True
    )
    with gr.Row(elem_id="knoppen"):
        gr.Button(say(SEND), variant="primary", size="md", elem_id="verstuur")
        gr.Button(say(STOP), elem_id="stop", size="md", visible=False)
        gr.Button(say(AGAIN), elem_id="opnieuw", size="md")
        gr.Button(say(CHANGE), elem_id="wijzig", size="md")
        gr.Button(say(NEW), elem_id="nieuw", size="md")


def _lay_out_filter(say: Say) -> None:
    with gr.Accordion(say(NARROW), open=False, elem_id="zoek-in"):
        with gr.Row():
            gr.Dropdown([], multiselect=True, label=say(DOSSIER), elem_id="op-dossier")
            gr.Dropdown([], multiselect=True, label=say(KIND), elem_id="op-soort")
            gr.Dropdown([], multiselect=True, label=say(SIGNER), elem_id="op-ondertekenaar")
        with gr.Row():
            gr.Textbox(label=say(SINCE), placeholder=say(A_DAY), elem_id="vanaf")
            gr.Textbox(label=say(UNTIL), placeholder=say(A_DAY), elem_id="tot")
            gr.Button(say(CLEAR), size="sm", elem_id="wis-filter")


# -- what happens when its parts are touched ------------------------------------------------------------------------------


def _those(parts: Parts, *names: str) -> list[Any]:
    return [parts[name] for name in names]


def _on_asking(page: gr.Blocks, parts: Parts, asker: "Asker", turns: gr.State, talks: gr.State) -> None:
    """Every way to ask, each of which ends what goes on; and what ends it without asking."""
    pending: gr.State = gr.State("")  # the question that is being answered
    talk: gr.State = gr.State("")
    question, earlier_talks, narrowing = parts["vraag"], parts["eerdere"], _those(parts, *NARROWING)
    outputs = [*_those(parts, "gesprek", "bronnen"), turns, *_those(parts, "vraag", "voorbeelden", "stop"), pending]
    begun: list[tuple[Any, Any]] = []  # (what ends what goes on, what then begins)

    def begins(triggers: list[Any], then: Callable[..., Any], inputs: list[Any], **options: Any) -> Any:
        """Gradio's own `cancels=` is carried out after its event, in the browser; what is registered first goes first."""
        begun.append((gr.on(triggers, None, **PRIVATE), gr.on(triggers, then, inputs, outputs, **PRIVATE, **options)))
        return begun[-1][1]

    at_once = {"concurrency_limit": None}
    examples = [button for button in parts["voorbeelden"].children if isinstance(button, gr.Button)]
    asked = [begins([parts["verstuur"].click, question.submit], asker.answer, [question, turns, *narrowing], **at_once)]
    asked += [begins([button.click], asker.answer, [button, turns, *narrowing], **at_once) for button in examples]
    asked += [begins([parts["opnieuw"].click], asker.again, [turns, *narrowing], **at_once)]
    asked += [begins([parts["doe-overal"].click], partial(asker.again, everywhere=True), [turns, *narrowing], **at_once)]
    for event in asked:
        event.success(_keep_talk, [turns, pending, talk, talks], [talk, talks, earlier_talks], **PRIVATE)
    chosen = begins([earlier_talks.input], asker.talk, [earlier_talks, talks], **at_once)
    chosen.success(_talk_now, [earlier_talks, talks, turns], talk, **PRIVATE)
    asked.append(chosen)
    begins([parts["stop"].click], asker.stopped, [turns, pending, question])
    begins([parts["wijzig"].click], asker.to_change, [turns, pending])
    started_anew = begins([parts["nieuw"].click, parts["gesprek"].clear], lambda: asker.shown([], ""), [])
    for ends, event in begun:
        page.fns[ends["id"]].cancels = [other["id"] for other in asked if other is not event]
    started_anew.then(lambda: ("", None, gr.Row(visible=False)), None, [talk, earlier_talks, parts["opmerking"]], **PRIVATE)


def _filter_told(parts: Parts, kamervraag: Kamervraag, say: Say) -> dict[str, Any]:
    """The event that says above the text box which filter is in force."""
    narrowing = _those(parts, *NARROWING)
    return {"fn": partial(_filter_shown, kamervraag, say), "inputs": narrowing, "outputs": parts["filter"], **PRIVATE}


def _on_filtering(parts: Parts, kamervraag: Kamervraag, say: Say) -> None:
    dossiers, kinds, signers, since, until = narrowing = _those(parts, *NARROWING)
    by_hand = [dossiers.input, kinds.input, signers.input, since.change, until.change]  # what a link sets comes with its words
    gr.on(by_hand, **_filter_told(parts, kamervraag, say), trigger_mode="always_last")
    cleared = [*narrowing, parts["filter"]]
    parts["wis-filter"].click(lambda: ([], [], [], "", "", gr.HTML(visible=False)), None, cleared, **PRIVATE)


def _on_judging(parts: Parts, kamervraag: Kamervraag, say: Say, turns: gr.State) -> None:
    """A verdict on an answer, and a remark on that."""
    judged: gr.State = gr.State(None)

    def judge(earlier: list[Shown], given: gr.LikeData) -> tuple[Any, ...]:
        return _judge(kamervraag, say, earlier, given)

    thanks, remark = _those(parts, "oordeel", "opmerking-tekst")
    parts["gesprek"].like(judge, [turns], [judged, thanks, remark, parts["opmerking"]], **PRIVATE)
    parts["bewaar-opmerking"].click(partial(_remark, kamervraag, say), [judged, remark], [thanks, remark], **PRIVATE)


def _on_taking_along(parts: Parts, kamervraag: Kamervraag, say: Say, turns: gr.State) -> None:
    taken = parts["meegenomen"]
    for button, made in (("als-markdown", _markdown), ("als-word", _word)):
        parts[button].click(partial(made, kamervraag, say), turns, taken, **PRIVATE).then(None, taken, None, js=TAKE)


def _on_reading(parts: Parts, kamervraag: Kamervraag, asker: "Asker", say: Say, turns: gr.State, *, adding: bool) -> None:
    """The sources of an earlier answer, and a paper that another one names."""
    asked = [parts["opdracht"], turns]
    parts["doe-toon"].click(asker.unfolded, asked, parts["bijgehaald"], trigger_mode="multiple", **PRIVATE)
    parts["doe-lees"].click(partial(_read, kamervraag, say, adding), asked, parts["bronnen"], **PRIVATE)


def _on_adding(parts: Parts, kamervraag: Kamervraag, library: Library, language: str, turns: gr.State) -> None:
    """Papers that are added or fetched, and all that then is no longer as it was shown."""
    say, one = SAY[language], PRIVATE | {"concurrency_limit": 1}
    order, sources, files, numbers = _those(parts, "opdracht", "bronnen", "bestanden", "nummers")
    adding = parts["voeg-toe"].click(partial(_add, library, say), [files, numbers], [parts["toegevoegd"], files, numbers], **one)
    adding.then(partial(_refreshed, kamervraag, say), turns, [sources, turns], **PRIVATE)
    fetching = parts["doe-haal"].click(partial(_fetch, library, say), order, parts["opgehaald"], **one)
    refreshed = fetching.then(partial(_refreshed, kamervraag, say), [turns, order], [sources, turns], **PRIVATE)
    refreshed.then(None, None, None, js=TO_TOP)
    chosen_of = _those(parts, *NARROWING[:3])
    for event in (adding, fetching):
        event.then(partial(_status, kamervraag, language), None, parts["kop"], **PRIVATE)
        event.then(partial(_choices, kamervraag), chosen_of, chosen_of, **PRIVATE).then(**_filter_told(parts, kamervraag, say))


def _on_opening(page: gr.Blocks, parts: Parts, kamervraag: Kamervraag, models: Models, language: str, talks: gr.State) -> None:
    """What the index has, the earlier conversations, what a link asks, and whether the models are there."""
    timer = gr.Timer(1.0, active=False)

    def linked(request: gr.Request) -> tuple[Any, ...]:
        return _from_link(kamervraag, SAY[language], request)

    def waiting() -> tuple[Any, ...]:
        return gr.HTML(visible=not models.ready), gr.Timer(active=not models.ready)

    page.load(partial(_status, kamervraag, language), None, parts["kop"], **PRIVATE)
    page.load(_talks, talks, parts["eerdere"], **PRIVATE)
    page.load(linked, None, _those(parts, *NARROWING, "filter"), **PRIVATE).then(None, None, None, js=ASK_LINKED)
    gr.on([page.load, timer.tick], waiting, None, [parts["laden"], timer], **PRIVATE)


class Asker:
    """Asks for one page, in its language, and says what it shows meanwhile.

    A frame is (conversation, sources, turns, text box, examples, stop button, the question while it is being answered).
    """

    def __init__(self, kamervraag: Kamervraag, models: Models, line: Line, say: Say, *, fetching: bool = False) -> None:
        self._kamervraag, self._models, self._line, self._say, self._fetching = kamervraag, models, line, say, fetching

    async def answer(self, asked: str, earlier: list[Shown], *narrow: Any, everywhere: bool = False) -> Frames:
        """The frames while a question is answered."""
        say, number = self._say, len(earlier) + 1
        before = [*conversation(earlier, say, newest=False), *asked_as(asked)]
        same = gr.skip()

        def frame(content: str, panel: Any = same, turns: Any = same, box: Any = same, *, busy: bool = True) -> tuple[Any, ...]:
            shown = [*before, {"role": "assistant", "content": content}]
            return shown, panel, turns, box, gr.Column(visible=False), gr.Button(visible=busy), asked if busy else ""

        yield frame(notice("zoekt", say(SEARCHING if self._models.ready else LOADING)), box="")  # cleared once: what is typed next stays
        draft, written = Draft(), 0
        waiting = self._line.join(partial(self._ask, asked, earlier, narrow, everywhere, draft))
        try:
            while not await waiting.done_within(PATIENCE_S):
                if waiting.place:
                    yield frame(notice("zoekt", say(Text(IN_LINE, waiting.place))))
                elif len(draft.claims) > written:
                    written = len(draft.claims)
                    so_far = tuple(Claim(claim.text, ()) for claim in draft.claims)  # their numbers come with the sources
                    yield frame(message(Answer(asked, asked, "llm", so_far), number, kind="schrijft", say=say))
            turn = waiting.result()
        except KamervraagError as error:
            yield frame(notice("fout", _told(error, say)), box=asked, busy=False)
            return
        except Exception:
            logging.exception("a question was not answered")
            yield frame(notice("fout", say(WENT_WRONG)), box=asked, busy=False)
            return
        finally:
            draft.stopped = True
            waiting.leave()
        turns = [*earlier, turn]
        shown_sources = self._panel(turns)
        grown = [turn.answer.claims] if written or not turn.answer.claims else _growing(turn.answer.claims)
        for claims in grown:
            part = replace(turn.answer, claims=claims, notes=(), as_of=None)
            yield frame(message(part, number, kind="schrijft", say=say), shown_sources)
            shown_sources = same  # once, and never in the last frame, which Gradio sends twice
        yield frame(message(turn.answer, number, papers=turn.papers, where=turn.where, say=say), same, turns, busy=False)

    def _ask(self, asked: str, earlier: Sequence[Shown], narrow: Sequence[Any], everywhere: bool, draft: Draft) -> Shown:
        self._models.load()
        where = _filter(*narrow) if narrow else Filter()
        history = [Turn(turn.answer.question, turn.answer.text) for turn in earlier]
        given = self._kamervraag.ask(asked, history, where, everywhere=everywhere, draft=draft)
        known = {id: paper for turn in earlier for id, paper in turn.papers.items()}
        papers = {document.id: _paper(self._kamervraag, document.id) for document in given.documents}
        papers = {id: known[id] if known.get(id) == paper else paper for id, paper in papers.items()}  # kept once for all turns
        return Shown(replace(given, read=()), where, everywhere, papers)

    async def again(self, turns: list[Shown], *narrow: Any, everywhere: bool = False) -> Frames:
        """The frames of the newest question, asked anew: of all papers once it was asked so. What is typed stays."""
        if turns:
            *earlier, newest = turns
            async for shown in self.answer(newest.answer.question, earlier, *narrow, everywhere=everywhere or newest.everywhere):
                yield _as_typed(shown)

    async def talk(self, chosen: str, talks: list[Any]) -> Frames:
        """The frames of this one of the earlier conversations."""
        async for shown in self.answer_all(dict(talks).get(chosen, [])):
            yield shown

    async def answer_all(self, questions: Sequence[str]) -> Frames:
        """The frames of an earlier conversation, asked anew of the papers as they are now. What is typed stays."""
        turns: list[Shown] = []
        for question in questions:
            async for shown in self.answer(question, turns):
                yield _as_typed(shown)
                turns = shown[2] if isinstance(shown[2], list) else turns

    def shown(self, turns: list[Shown], box: Any = _UNTOUCHED) -> tuple[Any, ...]:
        """The page with these turns and nothing going on."""
        box = gr.skip() if box is _UNTOUCHED else box
        hidden = gr.Button(visible=False)
        return conversation(turns, self._say), self._panel(turns), turns, box, gr.Column(visible=not turns), hidden, ""

    def stopped(self, turns: list[Shown], pending: str, typed: str) -> tuple[Any, ...]:
        """The conversation as it was, and the question back in the text box, unless something else is typed there."""
        return self.shown(turns, typed or pending)

    def to_change(self, turns: list[Shown], pending: str) -> tuple[Any, ...]:
        """The last question back in the text box, and its answer gone or not awaited."""
        if pending:
            return self.shown(turns, pending)
        return self.shown(turns[:-1], turns[-1].answer.question if turns else _UNTOUCHED)

    def unfolded(self, number: str, turns: list[Shown]) -> str:
        """The sources of this earlier turn."""
        return for_fold(turns, int(number) if number.isdecimal() else 0, self._say, fetching=self._fetching)

    def _panel(self, turns: list[Shown]) -> str:
        return panel(turns, self._say, fetching=self._fetching)


def _as_typed(frame: tuple[Any, ...]) -> tuple[Any, ...]:
    """A frame that leaves the text box alone."""
    return (*frame[:3], gr.skip(), *frame[4:])


def _told(error: KamervraagError, say: Say) -> str:
    """What an error says, in the language of the page where it is known in both."""
    return say(error.args[0]) if error.args else str(error)


def _paper(kamervraag: Kamervraag, id: str) -> Paper:
    """A paper as it is now; raises a KamervraagError that says so where it has just been removed."""
    try:
        return Paper(kamervraag.store.text(id), kamervraag.store.outline(id), kamervraag.references(id))
    except IndexProblem as error:
        if kamervraag.store.identity(id):
            raise
        raise KamervraagError(Text(GONE, id)) from error


def _read(kamervraag: Kamervraag, say: Say, fetching: bool, id: str, turns: list[Shown]) -> str:
    """A paper that another one names, above the sources."""
    try:
        identity = kamervraag.paper(id)
        if identity is None:
            raise KamervraagError(Text(GONE, id))
        paper = _paper(kamervraag, identity.id)
        above = whole_paper(identity, paper, (), f"gelezen-{id}", fetching=fetching, unfolded=True, say=say)
    except KamervraagError as error:
        above = f'<p class="fout" role="alert">{html.escape(_told(error, say))}</p>'
    return above + panel(turns, say, fetching=fetching)


def _refreshed(kamervraag: Kamervraag, say: Say, turns: list[Shown], fetched: str = "") -> tuple[Any, Any]:
    """(sources, turns) after papers were added; what was fetched stands above them, and nothing moves where nothing was."""
    if fetched and kamervraag.paper(fetched) is None:
        return gr.skip(), gr.skip()
    papers: dict[str, Paper] = {}
    for id in {id for turn in turns for id in turn.papers}:
        with contextlib.suppress(KamervraagError):  # a paper that has gone stays as it was shown
            papers[id] = _paper(kamervraag, id)
    turns = [as_now(turn, papers) for turn in turns]
    return _read(kamervraag, say, True, fetched, turns) if fetched else panel(turns, say, fetching=True), turns


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
        raise BadQuestion(Text(BAD_DAY, text))
    return None


def _filter_shown(kamervraag: Kamervraag, say: Say, *narrow: Any) -> Any:
    """The filter in words; and what of it the index does not know, so that nothing can be found with it."""
    try:
        where = _filter(*narrow)
    except BadQuestion as error:
        return gr.HTML(f'<p class="fout">{html.escape(_told(error, say))}</p>', visible=True)
    chosen = (where.dossiers, where.kinds, where.signers)
    unknown = [value for values, known in zip(chosen, _names(kamervraag), strict=True) for value in values if value not in known]
    shown = f'<p role="status">{html.escape(say(Text(FILTER_IN_FORCE, where.described())))}</p>'
    shown += f'<p class="fout">{html.escape(say(Text(UNKNOWN_IN_FILTER, ", ".join(unknown))))}</p>' if unknown else ""
    return gr.HTML(shown, visible=bool(where))


def _from_link(kamervraag: Kamervraag, say: Say, request: gr.Request) -> tuple[Any, ...]:
    """The filter with what a link ('?dossier=27925&vanaf=2020-01-01') sets of it, known to the index or not, and that in words.

    What it does not set stays as it is: somebody may have been quicker than the link.
    """
    asked = request.query_params
    named = [asked.getlist(name) for name in ("dossier", "soort", "ondertekenaar")]
    days = [asked.get(name, "") for name in ("vanaf", "tot")]
    shown = _filter_shown(kamervraag, say, *named, *days) if any((*named, *days)) else gr.skip()
    return (*_choices(kamervraag, *named), *(day or gr.skip() for day in days), shown)


def _choices(kamervraag: Kamervraag, *chosen: list[str]) -> tuple[Any, ...]:
    """What can be chosen in the filter: what the index knows, and what is chosen already."""
    names = zip(_names(kamervraag), chosen, strict=True)
    return tuple(
        gr.Dropdown(list(dict.fromkeys((*known, *values))), multiselect=True, **({"value": values} if values else {}))
        for known, values in names
    )


def _names(kamervraag: Kamervraag) -> tuple[list[str], list[str], list[str]]:
    """(dossiers, kinds, signers) that the index knows."""
    try:
        documents: tuple[Identity, ...] = kamervraag.status().documents
    except KamervraagError:
        return [], [], []
    dossiers = {dossier for each in documents for dossier in (*each.dossiers, each.dossier) if dossier}
    return sorted(dossiers), sorted({each.kind for each in documents}), sorted({s.name for each in documents for s in each.signers})


# -- earlier conversations: questions only, in the browser only ----------------------------------------------------------


def _keep_talk(turns: list[Shown], pending: str, talk: str, talks: list[Any]) -> tuple[Any, ...]:
    """Keep the questions of this conversation; of one that is ended in the middle of a question (Gradio calls that success) nothing new."""
    if pending or not turns:
        return talk, gr.skip(), gr.skip()
    talk = talk or uuid.uuid4().hex
    questions = [turn.answer.question for turn in turns]
    kept = [[talk, questions], *([id, asked] for id, asked in talks or [] if id != talk)][:MOST_TALKS]
    return talk, kept, gr.Dropdown(choices=_titles(kept), value=talk)


def _talk_now(chosen: str, talks: list[Any], turns: list[Shown]) -> str:
    """The earlier conversation that goes on; what was asked anew in part is another one, and takes no place."""
    return chosen if [turn.answer.question for turn in turns] == dict(talks or []).get(chosen) else ""


def _talks(talks: list[Any]) -> Any:
    return gr.Dropdown(choices=_titles(talks or []), value=None)


def _titles(talks: Sequence[Any]) -> list[tuple[str, str]]:
    return [(questions[0][:80] + (f" (+{len(questions) - 1})" if len(questions) > 1 else ""), id) for id, questions in talks]


# -- feedback, and a conversation to take along ---------------------------------------------------------------------------


def _judge(kamervraag: Kamervraag, say: Say, turns: list[Shown], given: gr.LikeData) -> tuple[Any, ...]:
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
    return verdict, f'<p role="status">{say(THANKS_GOOD if given.liked else THANKS_BAD)}</p>', "", gr.Row(visible=True)


def _remark(kamervraag: Kamervraag, say: Say, judged: feedback.Feedback | None, remark: str) -> tuple[Any, ...]:
    if judged is None or not remark.strip():
        return gr.skip(), gr.skip()
    try:
        feedback.keep(kamervraag.settings.home, replace(judged, remark=remark.strip()[: feedback.LONGEST_REMARK]))
    except KamervraagError as error:
        return f'<p class="fout">{html.escape(str(error))}</p>', gr.skip()
    return f'<p role="status">{say(REMARK_KEPT)}</p>', ""


def _markdown(kamervraag: Kamervraag, say: Say, turns: list[Shown]) -> str:
    text = export.markdown([turn.answer for turn in turns], _placed(kamervraag, turns), say)
    return _download(f"{FILE_NAME}.md", "text/markdown", text.encode())


def _word(kamervraag: Kamervraag, say: Say, turns: list[Shown]) -> str:
    content = export.docx([turn.answer for turn in turns], _placed(kamervraag, turns), say)
    return _download(f"{FILE_NAME}.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", content)


def _download(name: str, kind: str, content: bytes) -> str:
    """What the script of the page makes a file of, so that nothing of a conversation lies on the server."""
    return f"{name}|data:{kind};base64,{base64.b64encode(content).decode()}"


def _placed(kamervraag: Kamervraag, turns: Sequence[Shown]) -> Callable[[Citation], str]:
    """How the Kamer names the place of a citation; without its page where the paper has left the index since."""
    identities = {document.id: document for turn in turns for document in turn.answer.documents}

    def place(citation: Citation) -> str:
        try:
            outline = kamervraag.store.outline(citation.document)
        except IndexDamaged:  # how the index says that a paper is not there
            outline = []
        return reference(citation, identities[citation.document], outline)

    return place


# -- adding papers ------------------------------------------------------------------------------------------------------


def _add(library: Library, say: Say, files: Sequence[str] | None, wanted: str) -> Iterator[tuple[Any, ...]]:
    """Add files, numbers and dossiers, and tell how far it is: (what to show, files, numbers); what could not be added stays there."""
    same, files, words = gr.skip(), files or [], [word for word in re.split(r"[\s,;]+", wanted) if word]
    for shown, left in _adding(library, say, files, words):
        if left == {*files, *words}:
            yield shown, same, same
        else:
            yield shown, [each for each in files if each in left] or None, " ".join(each for each in words if each in left)


def _fetch(library: Library, say: Say, wanted: str) -> Iterator[str]:
    """Add a paper that another one names, and tell how far it is."""
    for shown, _left in _adding(library, say, (), [wanted]):
        yield shown


def _adding(library: Library, say: Say, files: Sequence[str], words: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """(what to show, what is not added) while papers are; an uploaded file goes once the collection has its own copy."""
    asked, stray = {*files, *words}, [word for word in words if not _names_paper(word)]
    if stray or not asked:
        told = Text(NO_PAPER, "', '".join(stray)) if stray else NOTHING_WANTED
        yield f'<p class="fout">{html.escape(say(told))}</p>', asked
        return
    dossiers = [word for word in words if re.fullmatch(DOSSIER_CODE, word)]
    papers = [word for word in words if word not in dossiers]
    steps: queue.Queue[tuple[str, int, int] | None] = queue.Queue()
    outcome: list[tuple[str, set[str]]] = []

    def work() -> None:
        try:
            brought = library.bring(
                files=[Path(file) for file in files], typed=papers, dossiers=dossiers, progress=lambda *step: steps.put(step)
            )
            outcome.append((_brought(brought, say), asked & brought.failed.keys()))
        except KamervraagError as error:
            outcome.append((f'<p class="fout">{html.escape(_told(error, say))}</p>', asked))
        except Exception:
            logging.exception("papers were not added")
            outcome.append((f'<p class="fout">{say(WENT_WRONG)}</p>', asked))
        steps.put(None)

    yield f'<p role="status">{say(STARTING)}</p>', asked
    threading.Thread(target=work, daemon=True).start()
    while step := steps.get():
        doing, done, total = step
        bar = f'<progress max="{max(total, 1)}" value="{done}"></progress>'
        yield f'<p role="status">{html.escape(say(Text(ADDING, doing, done, total)))} {bar}</p>', asked
    shown, left = outcome[0]
    for file in {*files} - left:
        Path(file).unlink(missing_ok=True)
    yield shown, left


def _brought(brought: Brought, say: Say) -> str:
    """What adding brought, and why the rest did not come."""
    shown = f'<p role="status">{html.escape(say(Text(ADDED, ", ".join(brought.added))))}</p>' if brought.added else ""
    failed = [_told(error, say) for error in brought.failed.values()]
    troubles = [*brought.notes, *brought.report.notes, *failed, *brought.report.failed]
    return shown + "".join(f'<p class="fout">{html.escape(each)}</p>' for each in troubles)


def _names_paper(word: str) -> bool:
    """Is this a dossier, a number or an address of a paper? What looks like a path is none."""
    if re.search(r"[/\\]", word) and not re.match(r"https?://", word):
        return False
    return bool(re.fullmatch(DOSSIER_CODE, word) or DOCUMENT_NUMBER.fullmatch(word) or CASE_NUMBER.fullmatch(word) or is_identifier(word))


def _growing(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """The claims as they appear, a few words at a time; a claim has its citations once its last word is there."""
    for at, claim in enumerate(claims):
        words = claim.text.split(" ")
        for end in range(WORDS_A_FRAME, len(words), WORDS_A_FRAME):
            yield (*claims[:at], Claim(" ".join(words[:end]), ()))
        yield tuple(claims[: at + 1])


def _status(kamervraag: Kamervraag, language: str) -> str:
    try:
        status = kamervraag.status()
    except KamervraagError as error:
        return _header(_told(error, SAY[language]), language)
    if not status.newest:
        return _header(EMPTY_INDEX, language)
    return _header(Text(UP_TO_DATE, status.newest, status.letters, PAPER if status.letters == 1 else PAPERS), language)


def _header(status: str, language: str) -> str:
    say, (other, path) = SAY[language], SWITCH[language]
    switch = f'<a id="taal" href="{path}" lang="{other}" hreflang="{other}">{say(OTHER_PAGE)}</a>'
    current = f'<span id="actueel">{html.escape(say(status))}</span>'
    return f"<header>{switch}<h1>{say(TITLE)}</h1><p>{say(SUBTITLE)} {current}</p></header>"


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


def main() -> None:
    """`python ui.py`: the chat with the settings of the environment."""
    serve(Kamervraag(Settings.from_environment()), port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))


if __name__ == "__main__":
    main()
