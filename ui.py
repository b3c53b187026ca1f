"""The chat in the browser: the answer on the left, the words it rests on in their paper on the right.

Everything that comes from a paper or a user is escaped here, once, on its way to HTML. What a user asked and got
lives in that browser session's `gr.State` and nowhere else. Models load in the background after the page is up.
Nothing is fetched from any outside address.
"""

import html
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote as percent_encoded

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio looks at this while it is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from rag import Answer, Citation, Kamervraag, Settings, Turn
from sources import Identity, KamervraagError
from sources.dates import written_out
from sources.errors import PortInUse

TITLE = "Kamervraag"
SUBTITLE = "Vraag de Kamerstukken. Elk antwoord staat er woordelijk in; wat er niet in staat, wordt niet beantwoord."
PLACEHOLDER = "Stel een vraag over de stukken"
CONVERSATION = "Gesprek"
SEND, NEW = "Stel de vraag", "Nieuw gesprek"
EXAMPLES_LABEL = "Bijvoorbeeld"
EXAMPLES = (
    "Hoeveel Nederlandse militairen trainen er in Noord-Irak?",
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
SOURCES = "Bronnen"
NO_SOURCES = "Hier verschijnen de stukken waarop een antwoord rust, met de geciteerde woorden gemarkeerd."
EARLIER = "Bij vraag {}: {}"
WHOLE_PAPER = "Lees het hele stuk"
OFFICIAL = "Officiële publicatie"
UP_TO_DATE = "De index loopt tot en met {} ({} {})."
EMPTY_INDEX = "Er zitten nog geen stukken in de index. Draai eerst 'kamervraag index'."
WENT_WRONG = "Er ging iets mis; de vraag is niet beantwoord. Probeer het opnieuw."
TAKEN = "Poort {port} op {host} is al in gebruik. Sluit het andere programma, of kies een andere poort: kamervraag chat --port {other}."
AT_ONCE = 4  # questions answered at the same time; the others wait their turn


class Models:
    """The models, loading in the background; the one thing that all sessions share."""

    def __init__(self, kamervraag: Kamervraag) -> None:
        self._kamervraag = kamervraag
        self._done = threading.Event()

    def load(self) -> None:
        """Load them; what goes wrong is told to whoever asks a question, which tries again."""
        try:
            self._kamervraag.prepare()
        except KamervraagError as error:
            logging.warning("%s", error)
        finally:
            self._done.set()

    @property
    def ready(self) -> bool:
        """Has loading ended?"""
        return self._done.is_set()

    def wait(self) -> None:
        """Return when loading has ended."""
        self._done.wait()


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


def build(kamervraag: Kamervraag, models: Models) -> gr.Blocks:
    """The page, its parts and what happens when they are touched."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        turns: gr.State = gr.State([])
        status = gr.HTML(_header(""), elem_id="kop", padding=False)
        loading = gr.HTML(f'<p role="status">{LOADING}</p>', elem_id="laden", visible=True)
        with gr.Row(elem_id="kolommen"):
            with gr.Column(scale=6, min_width=320):
                chat = gr.Chatbot(
                    label=CONVERSATION,
                    show_label=False,
                    height=None,
                    min_height="14vh",
                    max_height="62vh",
                    elem_id="gesprek",
                    buttons=[],
                    latex_delimiters=[],
                    placeholder=SUBTITLE,
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

        def answer(asked: str, earlier: list[Answer]) -> Iterator[tuple[Any, ...]]:
            yield from _answer(kamervraag, models, asked, earlier)

        private = {"api_visibility": "private", "show_progress": "hidden"}
        outputs = [chat, panel, turns, question, examples]
        for trigger in (send.click, question.submit):
            trigger(answer, [question, turns], outputs, concurrency_limit=AT_ONCE, concurrency_id="ask", **private)
        for button in buttons:
            button.click(answer, [button, turns], outputs, concurrency_limit=AT_ONCE, concurrency_id="ask", **private)
        for trigger in (new.click, chat.clear):
            trigger(lambda: ([], _panel([]), [], "", gr.Column(visible=True)), None, outputs, **private)
        page.load(lambda: _status(kamervraag), None, status, **private)
        timer = gr.Timer(1.0)
        timer.tick(lambda: (gr.HTML(visible=not models.ready), gr.Timer(active=not models.ready)), None, [loading, timer], **private)
    return page


def _answer(kamervraag: Kamervraag, models: Models, asked: str, earlier: list[Answer]) -> Iterator[tuple[Any, ...]]:
    """What the page shows while a question is answered: (conversation, sources, turns, text box, examples)."""
    shown = _conversation(earlier)
    user = {"role": "user", "content": plain(asked)}
    hide = gr.Column(visible=False)

    def frame(content: str, turns: list[Answer], panel: Any = None) -> tuple[Any, ...]:
        messages = [*shown, user, {"role": "assistant", "content": content}]
        return messages, gr.skip() if panel is None else panel, turns, "", hide

    yield frame(_notice("zoekt", SEARCHING if models.ready else LOADING), earlier)
    models.wait()
    try:
        given = kamervraag.ask(asked, [Turn(a.standalone_question, a.text) for a in earlier])
    except KamervraagError as error:
        yield frame(_notice("fout", str(error)), earlier)
        return
    except Exception:
        logging.exception("a question was not answered")
        yield frame(_notice("fout", WENT_WRONG), earlier)
        return
    turns = [*earlier, given]
    panel = _panel([(each, _outlines(kamervraag, each)) for each in turns])
    for claims in range(1, len(given.claims)):
        yield frame(_message(given, len(turns), claims), turns, panel)
    yield frame(_message(given, len(turns)), turns, panel)


def _status(kamervraag: Kamervraag) -> str:
    try:
        status = kamervraag.status()
    except KamervraagError as error:
        return _header(str(error))
    if not status.newest:
        return _header(EMPTY_INDEX)
    return _header(UP_TO_DATE.format(written_out(status.newest), status.letters, "stuk" if status.letters == 1 else "stukken"))


def _header(status: str) -> str:
    return f'<header><h1>{TITLE}</h1><p>{SUBTITLE} <span id="actueel">{html.escape(status)}</span></p></header>'


# -- from answers to HTML: pure --------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Text as it is, in a place where Markdown and HTML are read: every sign that either might act on is an entity."""
    return re.sub(r"[^\w\s]", lambda sign: f"&#{ord(sign.group())};", text)


def _conversation(turns: Sequence[Answer]) -> list[dict[str, str]]:
    messages = []
    for number, turn in enumerate(turns, start=1):
        messages.append({"role": "user", "content": plain(turn.question)})
        messages.append({"role": "assistant", "content": _message(turn, number)})
    return messages


def _message(answer: Answer, turn: int, claims: int | None = None) -> str:
    """An answer as one block of HTML; `claims` is how many of its claims have streamed in."""
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(f'<p class="stil">{READ_AS.format(plain(answer.standalone_question))}</p>')
    if answer.declined:
        parts.append(f'<p class="niet">{NOT_IN_PAPERS}</p><p>{plain(answer.declined.reason)}</p>')
    else:
        parts += [f"<p>{plain(claim.text)} {_links(claim.citations, answer, turn)}</p>" for claim in answer.claims[:claims]]
        if answer.as_of:
            parts.append(f'<p class="stand">{STATE_OF.format(written_out(answer.as_of))}</p>')
    if answer.notes:
        parts.append('<ul class="stil">' + "".join(f"<li>{plain(note)}</li>" for note in answer.notes) + "</ul>")
    kind = "antwoord" if answer.answered else "geen-antwoord"
    return f'<div class="{kind}">{"".join(parts)}</div>'


def _links(citations: Sequence[Citation], answer: Answer, turn: int) -> str:
    numbers = [answer.citations.index(citation) + 1 for citation in citations]
    links = zip(numbers, citations, strict=True)
    return "".join(f'<a class="citaat" href="#bron-{turn}-{n}" title="{plain(c.quote)}">&#91;{n}&#93;</a>' for n, c in links)


def _notice(kind: str, text: str) -> str:
    return f'<div class="{kind}"><p>{plain(text)}</p></div>'


Outline = list[tuple[int, int, bool]]  # the paragraphs of a letter: start, end, is it a heading


def _outlines(kamervraag: Kamervraag, answer: Answer) -> dict[str, tuple[str, Outline]]:
    """The text of each paper that an answer shows, and its paragraphs."""
    return {document.id: (kamervraag.store.text(document.id), kamervraag.store.outline(document.id)) for document in answer.documents}


def _panel(turns: list[tuple[Answer, dict[str, tuple[str, Outline]]]]) -> str:
    """The sources of the newest answer, and those of the earlier ones folded below it."""
    if not turns:
        return f'<section aria-label="{SOURCES}"><h2>{SOURCES}</h2><p class="stil">{NO_SOURCES}</p></section>'
    folded = []
    for number, (answer, papers) in enumerate(turns, start=1):
        inside = _sources(answer, papers, number)
        if number == len(turns):
            newest = inside
        else:
            folded.append(f"<details><summary>{EARLIER.format(number, html.escape(answer.question))}</summary>{inside}</details>")
    heading = SOURCES if turns[-1][0].answered else NEAREST
    return f'<section aria-label="{SOURCES}" aria-live="polite"><h2>{heading}</h2>{newest}{"".join(reversed(folded))}</section>'


def _sources(answer: Answer, papers: dict[str, tuple[str, Outline]], turn: int) -> str:
    cited = answer.citations if answer.declined is None else answer.declined.nearest
    identities = {document.id: document for document in answer.documents}
    parts = []
    for number, citation in enumerate(cited, start=1):
        parts.append(
            _card(citation, identities[citation.document], *papers[citation.document], anchor=f"bron-{turn}-{number}", number=number)
        )
    for document in answer.documents:
        marked = [c for c in cited if c.document == document.id]
        text, outline = papers[document.id]
        whole = "".join(_paragraph(text, span, marked) for span in outline)
        parts.append(f'<details class="stuk"><summary>{WHOLE_PAPER}: {html.escape(document.name)}</summary>{whole}</details>')
    return "".join(parts)


def _card(citation: Citation, document: Identity, text: str, outline: Outline, *, anchor: str, number: int) -> str:
    """One citation: which paper, where in it, and the words among the paragraphs around them."""
    place = [written_out(citation.date)] if citation.date else []
    place += [document.kind, f"alinea {citation.paragraph}"] if citation.paragraph else [document.kind]
    signers = "; ".join(f"{signer.name} ({signer.office})" for signer in document.signers)
    at = next(i for i, (start, end, _heading) in enumerate(outline) if start <= citation.start < end)
    around = (("voor", outline[at - 1 : at] if at else []), ("hier", [outline[at]]), ("na", outline[at + 1 : at + 2]))
    context = "".join(f'<div class="{name}">{_paragraph(text, span, [citation])}</div>' for name, spans in around for span in spans)
    link = f'<a href="{html.escape(_official(citation))}" target="_blank" rel="noopener">{OFFICIAL}</a>' if citation.url else ""
    return (
        f'<article id="{anchor}" tabindex="-1" aria-label="Bron {number}"><h3><span>[{number}]</span> {html.escape(document.name)}</h3>'
        f'<p class="plaats">{html.escape(" · ".join(place))}</p>'
        + (f'<p class="onder">Onder: {html.escape(citation.heading)}</p>' if citation.heading else "")
        + f'<blockquote>{context}</blockquote><p class="titel">{html.escape(citation.title)}</p>'
        + (f'<p class="titel">Ondertekend door {html.escape(signers)}</p>' if signers else "")
        + f"<p>{link}</p></article>"
    )


def _paragraph(text: str, span: tuple[int, int, bool], citations: Sequence[Citation]) -> str:
    """A paragraph with the quoted words marked; citations that lie elsewhere mark nothing."""
    start, end, heading = span
    inside = sorted({(max(start, c.start), min(end, c.end)) for c in citations if c.start < end and start < c.end})
    parts, at = [], start
    for first, last in inside:
        parts += [html.escape(text[at:first]), f"<mark>{html.escape(text[first:last])}</mark>"]
        at = last
    tag = "h4" if heading else "p"
    return f"<{tag}>{''.join(parts)}{html.escape(text[at:end])}</{tag}>"


def _official(citation: Citation) -> str:
    """The publication at the place of the quote, where the browser can find it (text fragment, WICG)."""
    words = citation.quote.split()
    ends = [" ".join(words)] if len(words) < 9 else [" ".join(words[:4]), " ".join(words[-4:])]
    return f"{citation.url}#:~:text={','.join(percent_encoded(part, safe='').replace('-', '%2D') for part in ends)}"


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except (OSError, OverflowError) as error:
            raise PortInUse(TAKEN.format(host=host, port=port, other=port + 1 if port < 65535 else 7861)) from error


HEAD = """
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
  source.querySelector("mark").scrollIntoView({ block: "center" });
  source.focus({ preventScroll: true });
});
</script>
"""

CSS = """
:root { --lint: #154273; --stil: #4a5560; --vlak: #f3f6f9; --rand: #c9d3de; --merk: #fff1b8; --link: #154273; }
.dark { --stil: #b6c2cf; --vlak: #18212b; --rand: #3a4958; --merk: #6b5600; --link: #9cc4f0; }
.gradio-container { max-width: 1400px !important; margin: 0 auto; }
#kop header { border-top: 6px solid var(--lint); padding-top: 0.8rem; }
#kop #actueel { font-weight: 600; white-space: nowrap; }
#kop h1 { font-size: 1.6rem; margin: 0; color: var(--link); }
#kop p, .stil, .titel { color: var(--stil); margin: 0.1rem 0; }
#laden p { background: var(--vlak); border-left: 4px solid #b36b00; padding: 0.5rem 0.8rem; margin: 0; }
#verstuur { background: var(--lint); color: #fff; }
#voorbeelden p { color: var(--stil); margin: 0; }
#voorbeelden { gap: 0.4rem; }
.voorbeeld { justify-content: flex-start; text-align: left; font-weight: 400; }
#gesprek .antwoord p, #gesprek .geen-antwoord p { margin: 0.2rem 0 0.5rem; }
#gesprek .niet { font-weight: 700; color: #a3470c; }
.dark #gesprek .niet { color: #ffb37a; }
#gesprek .geen-antwoord { border-left: 4px solid #a3470c; padding-left: 0.8rem; }
#gesprek .antwoord { border-left: 4px solid var(--link); padding-left: 0.8rem; }
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
#bronnen h4 { font-size: 0.95rem; margin: 0.8rem 0 0.2rem; }
#bronnen .plaats, #bronnen .onder { margin: 0.1rem 0; font-size: 0.9rem; }
#bronnen .titel { font-size: 0.85rem; }
#bronnen blockquote { border-left: 3px solid var(--rand); margin: 0.6rem 0; padding: 0 0 0 0.9rem; }
#bronnen blockquote, #bronnen .stuk p { font-family: Georgia, 'Times New Roman', serif; line-height: 1.5; }
#bronnen blockquote p, #bronnen blockquote h4 { margin: 0.3rem 0; }
#bronnen .voor, #bronnen .na { opacity: 0.72; font-size: 0.9em; }
#bronnen mark { background: var(--merk); color: inherit; padding: 0.05em 0; }
#bronnen details { border-top: 1px solid var(--rand); padding: 0.5rem 0; }
#bronnen summary { cursor: pointer; color: var(--link); }
#bronnen .stuk p { margin: 0.5rem 0; }
#bronnen a { color: var(--link); }
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
