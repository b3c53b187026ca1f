"""What a reader of a quote should know besides its words: which day 'vandaag' was, which cited paper is not here, what took its place.

Pure: quotes, the letter's date and what the index knows of other papers in; Dutch sentences out.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.answer import Citation
from sources import Identity
from sources.dates import WEEKDAYS, DateMention, date_mentions, with_weekday, written_out
from sources.identifiers import parse
from sources.links import LinkKind
from sources.references import references

TAKES_ITS_PLACE = {LinkKind.REPLACES: "vervangen door", LinkKind.WITHDRAWS: "ingetrokken bij"}
LinksTo = Callable[[str], Sequence[tuple[Identity, LinkKind]]]


def remarks(citations: Iterable[Citation], in_index: Callable[[str], bool], links_to: LinksTo = lambda _: ()) -> tuple[str, ...]:
    """The remarks on some citations, in order, each once."""
    citations = tuple(citations)
    found = [*superseded(citations, links_to), *_overtaken(citations)]
    for citation in citations:
        found += _dates(citation)
        found += _references(citation, in_index)
    return tuple(dict.fromkeys(found))


def superseded(citations: Iterable[Citation], links_to: LinksTo) -> Iterator[str]:
    """Which of the papers cited another one in the index has replaced or withdrawn."""
    for document, title in dict.fromkeys((citation.document, citation.title) for citation in citations):
        for by, kind in links_to(document):
            if kind in TAKES_ITS_PLACE:
                day = f" van {written_out(by.date)}" if by.date else ""
                yield f"Let op: «{title}» ({document}) is {TAKES_ITS_PLACE[kind]} {by.name}{day}."


def _overtaken(citations: Sequence[Citation]) -> Iterator[str]:
    """Which of the citations is of an older paper than the first, so that nobody takes it for today's state."""
    newest = citations[0].date if citations else None
    for number, citation in enumerate(citations, start=1):
        if newest and citation.date and citation.date < newest:
            yield f"[{number}] is van een eerder stuk ({written_out(citation.date)}) dan [1] ({written_out(newest)})."


def _dates(citation: Citation) -> Iterator[str]:
    for mention in date_mentions(citation.quote, citation.date):
        words = citation.quote[mention.start : mention.end]
        if mention.likely:
            yield _wrong_weekday(words, mention, mention.likely)
        elif mention.relative:
            yield f"«{words}» is {with_weekday(mention.date)} (gerekend vanaf de datum van het stuk)."


def _wrong_weekday(words: str, mention: DateMention, likely: dt.date) -> str:
    actual = WEEKDAYS[mention.date.weekday()]
    return f"Let op: in het stuk staat «{words}», maar die dag was een {actual}. Waarschijnlijk is {with_weekday(likely)} bedoeld."


def _references(citation: Citation, in_index: Callable[[str], bool]) -> Iterator[str]:
    for reference in references(citation.quote):
        if reference.document != citation.document and not in_index(reference.document):
            words = citation.quote[reference.start : reference.end]
            how = f" Ophalen kan met: kamervraag add {reference.document}" if parse(reference.document) else ""
            yield f"{words} wordt aangehaald, maar staat niet in de index ({reference.document}).{how}"
