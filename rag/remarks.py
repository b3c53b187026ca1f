"""What a reader of a quote should know besides its words: which day 'vandaag' was, and which cited paper is not here.

Pure: quotes, the letter's date and the ids in the index in; Dutch sentences out.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.answer import Citation
from sources.dates import WEEKDAYS, DateMention, date_mentions, with_weekday, written_out
from sources.references import references


def remarks(citations: Iterable[Citation], in_index: Callable[[str], bool]) -> tuple[str, ...]:
    """The remarks on some citations, in order, each once."""
    citations = tuple(citations)
    found = [*_overtaken(citations)]
    for citation in citations:
        found += _dates(citation)
        found += _references(citation, in_index)
    return tuple(dict.fromkeys(found))


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
            yield f"{words} wordt aangehaald, maar staat niet in de index ({reference.document})."
