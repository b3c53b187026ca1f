"""Answers and their sources as HTML: pure, and the same for every page that shows them.

Everything that comes from a paper or a user is escaped here, once, on its way to HTML. Places are named as the Kamer
names them. `say` gives a text in the language of the page. The buttons that are made here (`kopieer`, `overal`, `lees`,
`haal`) do what the script in `rag/look.py` says.
"""

import html
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import quote as percent_encoded
from urllib.parse import urlencode

from rag.answer import Answer, Citation
from rag.kamervraag import Neighbours
from rag.scope import Filter
from rag.telling import Part, Role, above, below, sources_heading
from rag.texts import (
    CITED_BY,
    CITES,
    CONTENTS,
    COPY,
    COPY_ANSWER,
    EARLIER,
    EVERYWHERE,
    FETCH,
    NO_ANSWER,
    NO_SOURCES,
    NOT_IN_INDEX,
    OFFICIAL,
    ON_PAGE,
    OVERTAKEN,
    PARAGRAPH,
    POSSIBLY,
    SHARE,
    SIGNED_BY,
    SOURCE,
    SOURCES,
    UNDER,
    WHOLE_PAPER,
    Say,
    Text,
    in_dutch,
)
from sources import Identity, Kind, Paragraph
from sources.collection import is_identifier

LONGEST_SHOWN = 2_000  # characters of a question; longer ones are refused
LONGEST_LABEL = 200  # of the question that earlier sources are of


EVERYTHING = Filter()
LOOKS = {Role.READ_AS: "stil", Role.SEARCHED: "stil bereik", Role.STATE: "niet", Role.STATE_OF: "stand"}  # the class of a paragraph


@dataclass(frozen=True)
class Paper:
    """A paper as the page shows it: its text, its paragraphs, and the papers around it."""

    text: str
    outline: Sequence[Paragraph]
    around: Neighbours | None = None


@dataclass(frozen=True)
class Shown:
    """A turn as it was shown: the answer, its filter, and the papers of its sources as they were then."""

    answer: Answer
    where: Filter = EVERYTHING
    everywhere: bool = False  # asked of all papers, though the question names one
    papers: Mapping[str, Paper] = field(default_factory=dict)


def plain(text: str) -> str:
    """Text as it is, in a place where Markdown and HTML are read: every sign that either might act on is an entity."""
    return re.sub(r"[^\w\s]|_", lambda sign: f"&#{ord(sign.group())};", text)


def conversation(turns: Sequence[Shown], say: Say = in_dutch, *, newest: bool = True) -> list[dict[str, str]]:
    """Questions and answers, as Gradio's chat takes them; `newest` says whether the last of them is the newest there is."""
    messages = []
    for number, turn in enumerate(turns, start=1):
        shown = message(turn.answer, number, papers=turn.papers, where=turn.where, say=say, newest=newest and number == len(turns))
        messages += [*asked_as(turn.answer.question), {"role": "assistant", "content": shown}]
    return messages


def asked_as(question: str) -> list[dict[str, str]]:
    """The question as the conversation shows it: on one line, and not endless where somebody pasted a book."""
    cut = _cut(question, LONGEST_SHOWN)
    return [{"role": "user", "content": plain(cut)}] if cut else []


def _cut(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def message(
    answer: Answer,
    turn: int,
    kind: str | None = None,
    where: Filter | None = None,
    say: Say = in_dutch,
    *,
    papers: Mapping[str, Paper] | None = None,
    newest: bool = True,
) -> str:
    """An answer as one block of HTML; `kind` is the state of one that is still being written.

    The link to the question has the filter with it, so that a colleague gets the same page. Only the newest answer can be
    asked anew of all papers. What is still being written stands in one piece: where its sentences belong, shows at its end.
    """
    parts = []
    for earlier, those in groupby(above(replace(answer, overtaken=()) if kind else answer), key=lambda part: part.earlier):
        shown = "".join(_shown(part, turn, say, undo=answer.named and newest and kind is None) for part in those)
        parts.append(f'<div class="eerder">{shown}</div>' if earlier else shown)
    for role, those in groupby(below(answer), key=lambda part: part.role):
        shown = "".join(_shown(part, turn, say) for part in those)
        parts.append(f'<ul class="stil">{shown}</ul>' if role is Role.NOTE else shown)
    if kind is None:
        copy = f"{_copy(with_sources(answer, papers or {}, say), COPY_ANSWER, say)} " if answer.answered else ""
        parts.append(f'<p class="stil deel">{copy}<a href="?{html.escape(_linked(answer, where or Filter()))}">{say(SHARE)}</a></p>')
    kind = kind or _kind(answer)
    return f'<div class="{kind}">{"".join(parts)}</div>'


def _shown(part: Part, turn: int, say: Say, *, undo: bool = False) -> str:
    """A part of an answer as HTML; `undo` gives what narrowed the search a button."""
    text = plain(say(part.text))
    match part.role:
        case Role.SAID:
            return f"<p>{text} {''.join(_link(number, citation, turn) for number, citation in part.citations)}</p>"
        case Role.NOTE:
            return f"<li>{text}</li>"
        case Role.SEARCHED if undo:
            text += f' <button type="button" class="overal">{say(EVERYWHERE)}</button>'
    return f'<p class="{LOOKS[part.role]}">{text}</p>'


def with_sources(answer: Answer, papers: Mapping[str, Paper], say: Say = in_dutch) -> str:
    """An answer to paste elsewhere: its states and sentences, each quote with its place as the Kamer names it, and the notes."""
    identities = {document.id: document for document in answer.documents}
    quotes = []
    for number, citation in enumerate(answer.citations, start=1):
        paper, document = papers.get(citation.document), identities.get(citation.document)
        place = reference(citation, document, paper.outline if paper else ()) if document else citation.title
        quotes.append(f"[{number}] «{citation.quote}» ({place})")
    return "\n".join([*(part.line(say) for part in above(answer)), *quotes, *(part.line(say) for part in below(answer))])


def _copy(text: str, label: Text, say: Say) -> str:
    """A button that copies this text; Gradio leaves its value alone, in answers too."""
    return f'<button type="button" class="kopieer" value="{plain(text).replace(chr(10), "&#10;")}">{say(label)}</button>'


def _kind(answer: Answer) -> str:
    """The state of an answer, as the page colours it."""
    if answer.declined:
        return "mogelijk" if answer.declined.possible else "geen-antwoord"
    states = (("achterhaald", answer.outdated), ("nieuwer", answer.earlier), ("uitwijk", answer.model_failed))
    return " ".join(["antwoord", *[name for name, holds in states if holds][:1]])


def _link(number: int, citation: Citation, turn: int) -> str:
    return f'<a class="citaat" href="#bron-{turn}-{number}" title="{plain(citation.quote)}">&#91;{number}&#93;</a>'


def _linked(answer: Answer, where: Filter) -> str:
    """The query of a link that asks this question again, whole and with its filter."""
    pairs = [("vraag", answer.standalone_question)]
    for name, values in (("dossier", where.dossiers), ("soort", where.kinds), ("ondertekenaar", where.signers)):
        pairs += [(name, value) for value in values]
    pairs += [(name, day.isoformat()) for name, day in (("vanaf", where.since), ("tot", where.until)) if day]
    return urlencode(pairs, quote_via=percent_encoded)


def notice(kind: str, text: str) -> str:
    """What goes on ('zoekt') or went wrong ('fout'), told to who cannot see it too."""
    role = "alert" if kind == "fout" else "status"
    return f'<div class="{kind}" role="{role}"><p>{plain(text)}</p></div>'


def panel(turns: Sequence[Shown], say: Say = in_dutch, *, fetching: bool = False) -> str:
    """The sources of the newest answer, and an empty fold for those of each earlier one.

    What goes over the wire with each answer so stays as small in a long conversation as in a short one; the script in
    `rag/look.py` asks for what belongs in a fold (`for_fold`) when it is opened, or a citation in it is clicked.
    """
    if not turns:
        return f'<section aria-label="{say(SOURCES)}"><h2>{say(SOURCES)}</h2><p class="stil">{say(NO_SOURCES)}</p></section>'
    *earlier, newest = turns
    folded = []
    for number, turn in enumerate(earlier, start=1):
        label = html.escape(say(Text(EARLIER, number, _cut(turn.answer.question, LONGEST_LABEL))))
        folded.append(f'<details class="beurt" data-id="{number}"><summary>{label}</summary></details>')
    heading = sources_heading(newest.answer)
    shown = _sources(newest, len(turns), say, fetching=fetching)
    return f'<section aria-label="{say(SOURCES)}"><h2>{say(heading)}</h2>{shown}{"".join(reversed(folded))}</section>'


def for_fold(turns: Sequence[Shown], number: int, say: Say = in_dutch, *, fetching: bool = False) -> str:
    """The sources of an earlier turn in an attribute, which the script puts in its fold: so nothing is on the page twice."""
    if not 0 < number < len(turns):
        return ""
    shown = html.escape(_sources(turns[number - 1], number, say, fetching=fetching))
    return f'<i data-id="{number}" data-at="{time.monotonic_ns()}" data-sources="{shown}"></i>'


def _sources(turn: Shown, number: int, say: Say, *, fetching: bool) -> str:
    return sources(turn.answer, turn.papers, number, fetching=fetching, say=say)


def as_now(turn: Shown, papers: Mapping[str, Paper]) -> Shown:
    """A turn with what is around its papers now; a paper whose words have changed stays as it was shown, marks and all."""
    same = {id: papers[id] if id in papers and papers[id].text == shown.text else shown for id, shown in turn.papers.items()}
    return replace(turn, papers=same)


def sources(answer: Answer, papers: Mapping[str, Paper], turn: int, *, fetching: bool = False, say: Say = in_dutch) -> str:
    """A card for each citation, then each paper as a whole; `fetching` says whether papers may be added from the page."""
    cited = answer.declined.nearest if answer.declined else answer.citations
    identities = {document.id: document for document in answer.documents}
    parts = []
    for number, citation in enumerate(cited, start=1):
        label = f"[{number}]" if answer.declined is None else say(POSSIBLY) if answer.declined.possible else say(NO_ANSWER)
        old = citation in answer.overtaken
        parts.append(
            _card(citation, identities[citation.document], papers[citation.document], f"bron-{turn}-{number}", label, say, old=old)
        )
    for document in answer.documents:
        marked = [c for c in cited if c.document == document.id]
        parts.append(whole_paper(document, papers[document.id], marked, f"stuk-{turn}-{document.id}", fetching=fetching, say=say))
    look = "" if answer.answered else ' class="dichtbij"'
    return f"<div{look}>{''.join(parts)}</div>"


def whole_paper(
    document: Identity,
    paper: Paper,
    marked: Sequence[Citation],
    anchor: str,
    *,
    fetching: bool = False,
    unfolded: bool = False,
    say: Say = in_dutch,
) -> str:
    """A whole paper, folded or not: its headings as a table of contents, its text, and the papers that it names."""
    text, anchor = paper.text, html.escape(anchor)
    headings = [(at, each) for at, each in enumerate(paper.outline) if each.kind is Kind.HEADING]
    links = "".join(f'<li><a href="#{anchor}-{at}">{html.escape(text[each.start : each.end])}</a></li>' for at, each in headings)
    contents = f'<nav aria-label="{say(CONTENTS)}"><ul>{links}</ul></nav>' if links else ""
    named = _named(paper.around, say, fetching=fetching) if paper.around else []
    whole = "".join(
        f'<div id="{anchor}-{at}">{shown}</div>' if each.kind is Kind.HEADING else shown
        for at, each in enumerate(paper.outline)
        for shown in [_paragraph(text, each, marked, named)]
    )
    summary = f"<summary>{html.escape(say(Text(WHOLE_PAPER, document.name)))}</summary>"
    around = _around(paper.around, say, fetching=fetching) if paper.around else ""
    return f'<details class="stuk" id="{anchor}"{" open" if unfolded else ""}>{summary}{contents}{whole}{around}</details>'


def _named(around: Neighbours, say: Say, *, fetching: bool) -> list[tuple[int, int, str]]:
    """Where the text names a paper that can be read or fetched, in order: (start, end, the button's tag)."""
    places = []
    for link, known in around.cites:
        what, title = ("lees", known.title) if known else ("haal", f"{say(FETCH)}: {link.document}")
        if link.start < link.end and (known or (fetching and is_identifier(link.document))):
            id = html.escape(known.id if known else link.document)
            places.append((link.start, link.end, f'<button type="button" class="{what}" data-id="{id}" title="{html.escape(title)}">'))
    return sorted(places)


def _around(around: Neighbours, say: Say, *, fetching: bool) -> str:
    """What a paper names and what names it: to read what is in the index, to fetch what is not."""
    cites = []
    for link, known in around.cites:
        if known:
            cites.append(_readable(known))
        else:
            fetch = f' <button type="button" class="haal" data-id="{html.escape(link.document)}">{say(FETCH)}</button>'
            cites.append(
                f"<li>{html.escape(link.document)}: {say(NOT_IN_INDEX)}{fetch if fetching and is_identifier(link.document) else ''}</li>"
            )
    named = [_readable(known) for known in dict.fromkeys(known for known, _kind in around.cited_by)]
    lists = ((CITES, cites), (CITED_BY, named))
    return "".join(f'<div class="rond"><h4>{say(title)}</h4><ul>{"".join(items)}</ul></div>' for title, items in lists if items)


def _readable(document: Identity) -> str:
    title = f": {document.title}" if document.title != document.name else ""
    label = html.escape(f"{document.name}{title}")
    return f'<li><button type="button" class="lees" data-id="{html.escape(document.id)}">{label}</button></li>'


def _card(citation: Citation, document: Identity, paper: Paper, anchor: str, label: str, say: Say, *, old: bool) -> str:
    """One citation: which paper, where in it, and the words among the paragraphs around them; `old` when a newer one is cited."""
    earlier = f' <span class="eerder">{say(OVERTAKEN)}</span>' if old else ""
    here = _paragraph_of(citation, paper.outline)
    where = _where(citation, here, say)
    place = [say(citation.date)] if citation.date else []
    place += [document.kind, *([here.speaker] if here and here.speaker else []), *where]
    copied = f"«{citation.quote}» ({reference(citation, document, paper.outline)})"
    signers = "; ".join(f"{signer.name} ({signer.office})" for signer in document.signers)
    parts = [
        f"<h3><span>{label}</span> {html.escape(document.name)}{earlier}</h3>",
        f'<p class="plaats">{html.escape(" · ".join(place))}</p>',
        f'<p class="onder">{html.escape(say(Text(UNDER, citation.heading)))}</p>' if citation.heading else "",
        f"<blockquote>{_context(citation, paper.text, paper.outline)}</blockquote>",
        f'<p class="titel">{html.escape(citation.title)}</p>' if citation.title != document.name else "",
        f'<p class="titel">{html.escape(say(Text(SIGNED_BY, signers)))}</p>' if signers else "",
        f'<p><a href="{html.escape(link)}" target="_blank" rel="noopener">{say(OFFICIAL)}</a></p>' if (link := _official(citation)) else "",
        f"<p>{_copy(copied, COPY, say)}</p>",
    ]
    return f'<article id="{anchor}" tabindex="-1" aria-label="{say(Text(SOURCE, label))}">{"".join(parts)}</article>'


def reference(citation: Citation, document: Identity, outline: Sequence[Paragraph]) -> str:
    """A place as the Kamer names it: 'Kamerstuk 27 925, nr. 692, p. 2', with the paragraph where there are no pages."""
    return ", ".join([document.name, *_where(citation, _paragraph_of(citation, outline), in_dutch)[:1]])


def _paragraph_of(citation: Citation, outline: Sequence[Paragraph]) -> Paragraph | None:
    return next((each for each in outline if each.start <= citation.start < each.end), None)


def _where(citation: Citation, here: Paragraph | None, say: Say) -> list[str]:
    """Page and paragraph, as far as they are known."""
    page = [say(Text(ON_PAGE, here.page))] if here and here.page else []
    return page + ([say(Text(PARAGRAPH, citation.paragraph))] if citation.paragraph else [])


def _context(citation: Citation, text: str, outline: Sequence[Paragraph]) -> str:
    """The paragraph with the quote between its neighbours; the quote alone where the paper changed after the answer."""
    here = [i for i, paragraph in enumerate(outline) if paragraph.start < citation.end and citation.start < paragraph.end]
    if not here or text[citation.start : citation.end] != citation.quote:
        return f'<div class="hier"><p><mark>{html.escape(citation.quote)}</mark></p></div>'
    first, last = here[0], here[-1] + 1
    around = (("voor", outline[max(0, first - 1) : first]), ("hier", outline[first:last]), ("na", outline[last : last + 1]))
    return "".join(f'<div class="{name}">{_paragraph(text, each, [citation])}</div>' for name, those in around for each in those)


def _paragraph(text: str, paragraph: Paragraph, citations: Sequence[Citation], named: Sequence[tuple[int, int, str]] = ()) -> str:
    """A paragraph with the quoted words marked, and what names a paper as a button; what lies elsewhere does nothing."""
    start, end = paragraph.start, paragraph.end
    inside = sorted({(max(start, c.start), min(end, c.end)) for c in citations if c.start < end and start < c.end})
    parts, at = [], start
    for first, last in inside:
        first, last = max(first, at), max(last, at)  # quotes may overlap; the text stands there once
        parts += [_with_buttons(text, at, first, named), f"<mark>{_with_buttons(text, first, last, named)}</mark>"]
        at = last
    tag = "h4" if paragraph.kind is Kind.HEADING else "p"
    return f"<{tag}>{''.join(parts)}{_with_buttons(text, at, end, named)}</{tag}>"


def _with_buttons(text: str, start: int, end: int, named: Sequence[tuple[int, int, str]]) -> str:
    """A stretch of the text as HTML; a name that lies partly in it is a button as far as it does."""
    parts, at = [], start
    for name_start, name_end, button in named:
        first, last = max(name_start, at), min(name_end, end)
        if first < last:
            parts += [html.escape(text[at:first]), f"{button}{html.escape(text[first:last])}</button>"]
            at = last
    return "".join([*parts, html.escape(text[at:end])])


def _official(citation: Citation) -> str:
    """The publication at the place of the quote, where the browser can find it (text fragment, WICG); only on the web."""
    if not re.match("https?://", citation.url or ""):
        return ""
    words = citation.quote.split()
    ends = [" ".join(words)] if len(words) < 9 else [" ".join(words[:4]), " ".join(words[-4:])]
    return f"{citation.url}#:~:text={','.join(percent_encoded(part, safe='').replace('-', '%2D') for part in ends)}"
