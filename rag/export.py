"""A conversation to take along: Markdown or a Word document, each answer with its quotes, their places and their links."""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from rag.answer import Answer, Citation
from rag.telling import Role, above, below, sources_heading
from rag.texts import TALK_WITH, Say, in_dutch

Place = Callable[[Citation], str]  # how the Kamer names where a quote stands: 'Kamerstuk 27 925, nr. 692, p. 2'


def markdown(answers: Sequence[Answer], place: Place, say: Say = in_dutch) -> str:
    """The conversation as CommonMark; what comes from papers and users cannot act as markup in it."""
    parts = [f"# {say(TALK_WITH)}"]
    for answer in answers:
        parts.append(f"## {_escaped(answer.question)}")
        for part in above(answer):
            line = _escaped(part.line(say))
            parts.append(f"**{line}**" if part.role is Role.STATE else line)
        parts += [f"{say(sources_heading(answer))}:"] if answer.declined and answer.declined.nearest else []
        for label, citation in _cited(answer):
            link = f" <{citation.url}>" if _on_the_web(citation) else ""
            parts.append(f"> {_escaped(citation.quote)}\n>\n> {_escaped(label)} {_escaped(place(citation))}{link}")
        parts += [f"*{_escaped(part.line(say))}*" for part in below(answer)]
    return "\n\n".join(parts) + "\n"


def docx(answers: Sequence[Answer], place: Place, say: Say = in_dutch) -> bytes:
    """The conversation as an Office Open XML document (ECMA-376), made with python-docx."""
    from docx import Document  # not needed before somebody asks for one

    document = Document()
    document.core_properties.title = say(TALK_WITH)
    document.core_properties.author = ""
    document.add_heading(say(TALK_WITH), level=1)
    for answer in answers:
        document.add_heading(_printable(answer.question), level=2)
        for part in above(answer):
            document.add_paragraph().add_run(_printable(part.line(say))).bold = part.role is Role.STATE
        if answer.declined and answer.declined.nearest:
            document.add_paragraph(f"{say(sources_heading(answer))}:")
        for label, citation in _cited(answer):
            document.add_paragraph(_printable(f"«{citation.quote}»"), style="Quote")
            placed = document.add_paragraph(_printable(f"{label} {place(citation)}"))
            if citation.url and _on_the_web(citation):
                placed.add_run(", ")
                _link(placed, _printable(citation.url))
        for part in below(answer):
            document.add_paragraph().add_run(_printable(part.line(say))).italic = True
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _link(paragraph: Any, address: str) -> None:
    """Add an address that can be clicked (ECMA-376, 17.16.22); python-docx reads such links and does not write them."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = paragraph.add_run(address)
    run.underline = True
    link.append(run._r)
    paragraph._p.append(link)


def _cited(answer: Answer) -> list[tuple[str, Citation]]:
    """Each citation with its number; what only comes near has none."""
    if answer.declined:
        return [("–", citation) for citation in answer.declined.nearest]
    return [(f"[{number}]", citation) for number, citation in enumerate(answer.citations, start=1)]


def _on_the_web(citation: Citation) -> bool:
    return bool(re.fullmatch(r"https?://[^\s<>]+", citation.url or ""))


def _escaped(text: str) -> str:
    """On one line, with every sign that Markdown might act on made literal."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&$-])", r"\\\1", " ".join(text.split()))


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")
