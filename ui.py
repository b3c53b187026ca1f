"""The chat in the browser: the answer on the left, the words it rests on in their paper on the right.

Everything that comes from a paper or a user is escaped here, once, on its way to HTML. What a user asked and got
lives in that browser session's `gr.State` and nowhere else; the sources of a turn are rendered once, so that a letter
which changes later cannot move the marks of an answer that was given. Models load in the background after the page is
up. Nothing is fetched from any outside address. `tests/test_page.py` drives all this in Chromium.
"""

import errno
import html
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote as percent_encoded

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio looks at this while it is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from rag import Answer, Citation, Claim, Kamervraag, Settings, Turn
from sources import Identity, KamervraagError, Kind, Paragraph
from sources.dates import written_out
from sources.errors import PortInUse

TITLE = "Kamervraag"
SUBTITLE = "Vraag de Kamerstukken. Elk antwoord staat er woordelijk in; wat er niet in staat, wordt niet beantwoord."
PLACEHOLDER = "Stel een vraag over de stukken"
CONVERSATION = "Gesprek"
START = "Typ hieronder een vraag, of kies een voorbeeld."
SEND, NEW = "Stel de vraag", "Nieuw gesprek"
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
STATE_OF = "Stand van zaken op {}"
READ_AS = "Gelezen als: {}"
NOT_IN_PAPERS = "Niet in de stukken"
NEAREST = "Het dichtst in de buurt (geen antwoord)"
NO_ANSWER = "geen antwoord"
POSSIBLE = "Mogelijk relevant"
POSSIBLE_SOURCES = "Mogelijk relevant (geen antwoord)"
SOURCE = "Bron {}"
UNDER = "Onder: {}"
PARAGRAPH = "alinea {}"
ON_PAGE = "p. {}"
COPY, COPIED = "Kopieer met bron", "Gekopieerd"
CONTENTS = "Koppen in dit stuk"
SHARE = "Koppeling naar deze vraag"
SIGNED_BY = "Ondertekend door {}"
SOURCES = "Bronnen"
NO_SOURCES = "Hier verschijnen de stukken waarop een antwoord rust, met de geciteerde woorden gemarkeerd."
EARLIER = "Bij vraag {}: {}"
WHOLE_PAPER = "Lees het hele stuk"
OFFICIAL = "Officiële publicatie"
UP_TO_DATE = "De index loopt tot en met {} ({} {})."
PAPER, PAPERS = "stuk", "stukken"
EMPTY_INDEX = "Er zitten nog geen stukken in de index. Draai eerst 'kamervraag index'."
WENT_WRONG = "Er ging iets mis; de vraag is niet beantwoord. Probeer het opnieuw."
TAKEN = "Poort {port} op {host} is al in gebruik. Sluit het andere programma, of kies een andere poort: kamervraag chat --port {other}."
UNUSABLE = "Poort {port} op {host} is hier niet te gebruiken ({reason}). Kies een andere: kamervraag chat --host 127.0.0.1 --port {other}."
NO_SUCH_PORT = "poortnummers lopen van 0 tot en met 65535"
AT_ONCE = 4  # questions answered at the same time; the others wait their turn
LONGEST_SHOWN = 2_000  # characters of a question; longer ones are refused
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


@dataclass(frozen=True)
class Shown:
    """A turn as it was shown: the answer, and its sources as they stood in their papers then, in HTML."""

    answer: Answer
    sources: str


def serve(kamervraag: Kamervraag, *, host: str = "127.0.0.1", port: int = 7860, ready: Callable[[str], None] = print) -> None:
    """Serve the page until interrupted; `ready` is told the address when the page is up. Raises PortInUse."""
    _check_port(host, port)
    models = Models(kamervraag)
    page = build(kamervraag, models)
    _app, url, _share = page.launch(
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
    ready(url.rstrip("/"))
    threading.Thread(target=models.load, daemon=True).start()
    page.block_thread()


def build(kamervraag: Kamervraag, models: Models | None = None) -> gr.Blocks:
    """The page, its parts and what happens when they are touched; without `models` the first question loads them."""
    models = models or Models(kamervraag)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        turns: gr.State = gr.State([])
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
                with gr.Column(elem_id="voorbeelden") as examples:
                    gr.HTML(f"<p>{EXAMPLES_LABEL}</p>")
                    buttons = [gr.Button(example, size="sm", elem_classes="voorbeeld") for example in EXAMPLES]
                question = gr.Textbox(
                    label=PLACEHOLDER, show_label=False, placeholder=PLACEHOLDER, elem_id="vraag", lines=1, max_lines=4, autofocus=True
                )
                with gr.Row():
                    send = gr.Button(SEND, variant="primary", elem_id="verstuur")
                    new = gr.Button(NEW, elem_id="nieuw")
            with gr.Column(scale=5, min_width=320):
                panel = gr.HTML(_panel([]), elem_id="bronnen")

        def answer(asked: str, earlier: list[Shown]) -> Iterator[tuple[Any, ...]]:
            yield from _answer(kamervraag, models, asked, earlier)

        def waiting() -> tuple[Any, ...]:
            return gr.HTML(visible=not models.ready), gr.Timer(active=not models.ready)

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asking: dict[str, Any] = private | {"concurrency_limit": AT_ONCE, "concurrency_id": "ask"}
        outputs = [chat, panel, turns, question, examples]
        asked = [gr.on([send.click, question.submit], answer, [question, turns], outputs, **asking)]
        asked += [button.click(answer, [button, turns], outputs, **asking) for button in buttons]
        gr.on([new.click, chat.clear], lambda: ([], _panel([]), [], "", gr.Column(visible=True)), None, outputs, cancels=asked, **private)
        page.load(lambda: _status(kamervraag), None, status, **private)
        page.load(None, None, None, js=ASK_LINKED)
        gr.on([page.load, timer.tick], waiting, None, [loading, timer], **private)
    return page


def _answer(kamervraag: Kamervraag, models: Models, asked: str, earlier: list[Shown]) -> Iterator[tuple[Any, ...]]:
    """What the page shows while a question is answered: (conversation, sources, turns, text box, examples)."""
    number = len(earlier) + 1
    before = [*_conversation([turn.answer for turn in earlier]), *_asked(asked)]

    same = gr.skip()

    def frame(content: str, panel: Any = same, turns: Any = same, box: Any = same) -> tuple[Any, ...]:
        return [*before, {"role": "assistant", "content": content}], panel, turns, box, gr.Column(visible=False)

    yield frame(_notice("zoekt", SEARCHING if models.ready else LOADING), box="")  # cleared once: what is typed next stays
    models.load()
    try:
        given = kamervraag.ask(asked, [Turn(turn.answer.question, turn.answer.text) for turn in earlier])
        turns = [*earlier, Shown(given, _sources(given, _papers(kamervraag, given), number))]
    except KamervraagError as error:
        yield frame(_notice("fout", str(error)), box=asked)
        return
    except Exception:
        logging.exception("a question was not answered")
        yield frame(_notice("fout", WENT_WRONG), box=asked)
        return
    panel = _panel(turns)
    for claims in _growing(given.claims):
        yield frame(_message(replace(given, claims=claims, notes=(), as_of=None), number, kind="schrijft"), panel)
        panel = same
    yield frame(_message(given, number), panel, turns)


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


# -- from answers to HTML: pure --------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Text as it is, in a place where Markdown and HTML are read: every sign that either might act on is an entity."""
    return re.sub(r"[^\w\s]|_", lambda sign: f"&#{ord(sign.group())};", text)


def _conversation(answers: Sequence[Answer]) -> list[dict[str, str]]:
    messages = []
    for number, answer in enumerate(answers, start=1):
        messages += [*_asked(answer.question), {"role": "assistant", "content": _message(answer, number)}]
    return messages


def _asked(question: str) -> list[dict[str, str]]:
    """The question as the conversation shows it: on one line, and not endless where somebody pasted a book."""
    line = " ".join(question.split())
    cut = line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"
    return [{"role": "user", "content": plain(cut)}] if cut else []


def _message(answer: Answer, turn: int, kind: str | None = None) -> str:
    """An answer as one block of HTML."""
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(f'<p class="stil">{READ_AS.format(plain(answer.standalone_question))}</p>')
    if answer.declined:
        state = POSSIBLE if answer.declined.possible else NOT_IN_PAPERS
        parts.append(f'<p class="niet">{state}</p><p>{plain(answer.declined.reason)}</p>')
    else:
        parts += [f"<p>{plain(claim.text)} {_links(claim.citations, answer, turn)}</p>" for claim in answer.claims]
        if answer.as_of:
            parts.append(f'<p class="stand">{STATE_OF.format(written_out(answer.as_of))}</p>')
    if answer.notes:
        parts.append('<ul class="stil">' + "".join(f"<li>{plain(note)}</li>" for note in answer.notes) + "</ul>")
    if kind is None:
        parts.append(f'<p class="stil deel"><a href="?vraag={percent_encoded(answer.question, safe="")}">{SHARE}</a></p>')
    kind = kind or _kind(answer)
    return f'<div class="{kind}">{"".join(parts)}</div>'


def _kind(answer: Answer) -> str:
    """The state of an answer, as the page colours it."""
    if answer.declined is None:
        return "antwoord"
    return "mogelijk" if answer.declined.possible else "geen-antwoord"


def _links(citations: Sequence[Citation], answer: Answer, turn: int) -> str:
    numbers = [answer.citations.index(citation) + 1 for citation in citations]
    links = zip(numbers, citations, strict=True)
    return "".join(f'<a class="citaat" href="#bron-{turn}-{n}" title="{plain(c.quote)}">&#91;{n}&#93;</a>' for n, c in links)


def _notice(kind: str, text: str) -> str:
    return f'<div class="{kind}"><p>{plain(text)}</p></div>'


Outline = list[Paragraph]


def _papers(kamervraag: Kamervraag, answer: Answer) -> dict[str, tuple[str, Outline]]:
    """The text of each paper that an answer shows, and its paragraphs."""
    return {document.id: (kamervraag.store.text(document.id), kamervraag.store.outline(document.id)) for document in answer.documents}


def _panel(turns: Sequence[Shown]) -> str:
    """The sources of the newest answer, and those of the earlier ones folded below it."""
    if not turns:
        return f'<section aria-label="{SOURCES}"><h2>{SOURCES}</h2><p class="stil">{NO_SOURCES}</p></section>'
    *earlier, newest = turns
    folded = [
        f"<details><summary>{EARLIER.format(number, html.escape(turn.answer.question))}</summary>{turn.sources}</details>"
        for number, turn in enumerate(earlier, start=1)
    ]
    declined = newest.answer.declined
    heading = SOURCES if declined is None else POSSIBLE_SOURCES if declined.possible else NEAREST
    return f'<section aria-label="{SOURCES}"><h2>{heading}</h2>{newest.sources}{"".join(reversed(folded))}</section>'


def _sources(answer: Answer, papers: dict[str, tuple[str, Outline]], turn: int) -> str:
    """A card for each citation, then each paper as a whole."""
    cited = answer.declined.nearest if answer.declined else answer.citations
    identities = {document.id: document for document in answer.documents}
    parts = []
    for number, citation in enumerate(cited, start=1):
        label = f"[{number}]" if answer.declined is None else POSSIBLE.lower() if answer.declined.possible else NO_ANSWER
        parts.append(_card(citation, identities[citation.document], *papers[citation.document], f"bron-{turn}-{number}", label))
    for document in answer.documents:
        marked = [c for c in cited if c.document == document.id]
        parts.append(_whole(document, *papers[document.id], marked, f"stuk-{turn}-{document.id}"))
    return f'<div class="{"bewijs" if answer.answered else "dichtbij"}">{"".join(parts)}</div>'


def _whole(document: Identity, text: str, outline: Outline, marked: Sequence[Citation], anchor: str) -> str:
    """A whole paper, folded, with its headings as a table of contents above it."""
    headings = [(at, each) for at, each in enumerate(outline) if each.kind is Kind.HEADING]
    links = "".join(f'<li><a href="#{anchor}-{at}">{html.escape(text[each.start : each.end])}</a></li>' for at, each in headings)
    contents = f'<nav aria-label="{CONTENTS}"><ul>{links}</ul></nav>' if links else ""
    whole = "".join(
        f'<div id="{anchor}-{at}">{shown}</div>' if each.kind is Kind.HEADING else shown
        for at, each in enumerate(outline)
        for shown in [_paragraph(text, each, marked)]
    )
    return f'<details class="stuk"><summary>{WHOLE_PAPER}: {html.escape(document.name)}</summary>{contents}{whole}</details>'


def _card(citation: Citation, document: Identity, text: str, outline: Outline, anchor: str, label: str) -> str:
    """One citation: which paper, where in it, and the words among the paragraphs around them."""
    here = next((each for each in outline if each.start <= citation.start < each.end), None)
    where = [ON_PAGE.format(here.page)] if here and here.page else []
    where += [PARAGRAPH.format(citation.paragraph)] if citation.paragraph else []
    place = [written_out(citation.date)] if citation.date else []
    place += [document.kind, *([here.speaker] if here and here.speaker else []), *where]
    copied = f"«{citation.quote}» ({', '.join([document.name, *where[:1]])})"
    signers = "; ".join(f"{signer.name} ({signer.office})" for signer in document.signers)
    parts = [
        f"<h3><span>{label}</span> {html.escape(document.name)}</h3>",
        f'<p class="plaats">{html.escape(" · ".join(place))}</p>',
        f'<p class="onder">{UNDER.format(html.escape(citation.heading))}</p>' if citation.heading else "",
        f"<blockquote>{_context(citation, text, outline)}</blockquote>",
        f'<p class="titel">{html.escape(citation.title)}</p>' if citation.title != document.name else "",
        f'<p class="titel">{SIGNED_BY.format(html.escape(signers))}</p>' if signers else "",
        f'<p><a href="{html.escape(link)}" target="_blank" rel="noopener">{OFFICIAL}</a></p>' if (link := _official(citation)) else "",
        f'<p><button type="button" class="kopieer" data-tekst="{html.escape(copied)}">{COPY}</button></p>',
    ]
    return f'<article id="{anchor}" tabindex="-1" aria-label="{SOURCE.format(label)}">{"".join(parts)}</article>'


def _context(citation: Citation, text: str, outline: Outline) -> str:
    """The paragraph with the quote between its neighbours; the quote alone where the paper changed after the answer."""
    here = [i for i, paragraph in enumerate(outline) if paragraph.start < citation.end and citation.start < paragraph.end]
    if not here or text[citation.start : citation.end] != citation.quote:
        return f'<div class="hier"><p><mark>{html.escape(citation.quote)}</mark></p></div>'
    first, last = here[0], here[-1] + 1
    around = (("voor", outline[max(0, first - 1) : first]), ("hier", outline[first:last]), ("na", outline[last : last + 1]))
    return "".join(f'<div class="{name}">{_paragraph(text, each, [citation])}</div>' for name, those in around for each in those)


def _paragraph(text: str, paragraph: Paragraph, citations: Sequence[Citation]) -> str:
    """A paragraph with the quoted words marked; citations that lie elsewhere mark nothing."""
    start, end = paragraph.start, paragraph.end
    inside = sorted({(max(start, c.start), min(end, c.end)) for c in citations if c.start < end and start < c.end})
    parts, at = [], start
    for first, last in inside:
        first, last = max(first, at), max(last, at)  # quotes may overlap; the text stands there once
        parts += [html.escape(text[at:first]), f"<mark>{html.escape(text[first:last])}</mark>"]
        at = last
    tag = "h4" if paragraph.kind is Kind.HEADING else "p"
    return f"<{tag}>{''.join(parts)}{html.escape(text[at:end])}</{tag}>"


def _official(citation: Citation) -> str:
    """The publication at the place of the quote, where the browser can find it (text fragment, WICG); only on the web."""
    if not re.match("https?://", citation.url or ""):
        return ""
    words = citation.quote.split()
    ends = [" ".join(words)] if len(words) < 9 else [" ".join(words[:4]), " ".join(words[-4:])]
    return f"{citation.url}#:~:text={','.join(percent_encoded(part, safe='').replace('-', '%2D') for part in ends)}"


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
}).observe(document, { subtree: true, childList: true });
</script>
""".replace("CONVERSATION", CONVERSATION)
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
#vraag textarea::placeholder { color: var(--stil); opacity: 1; }
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
#bronnen .kopieer { border: 1px solid var(--rand); border-radius: 4px; padding: 0.15rem 0.6rem; color: var(--link); font-size: 0.85rem; cursor: pointer; }
#bronnen nav ul { margin: 0.4rem 0 0.8rem; padding-left: 1.2rem; font-size: 0.9rem; }
#bronnen details { border-top: 1px solid var(--rand); padding: 0.5rem 0; }
#bronnen summary { cursor: pointer; color: var(--link); }
#bronnen .stuk p { margin: 0.5rem 0; }
#bronnen a { color: var(--link); margin: 0; padding: 0; }
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
