"""What a reader of a quote should know besides its words: which day 'vandaag' was, whether a cited paper is here, what took its place.

Pure: quotes, the letter's date and what the index knows of other papers in; Dutch sentences out.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag.answer import Citation
from rag.texts import (
    ABSENT,
    HOW_TO_FETCH,
    NO_SUCH_WEEKDAY,
    OLDER,
    PRESENT,
    REPLACED,
    REPLACED_ON,
    THAT_DAY_IS,
    UNDATED,
    WITHDRAWN,
    WITHDRAWN_ON,
    WRONG_WEEKDAY,
    Text,
    joined,
    weekday,
    whole_day,
)
from sources import Identity
from sources.collection import is_identifier
from sources.dates import WEEKDAYS, date_mentions
from sources.links import LinkKind
from sources.references import references

TAKES_ITS_PLACE = {LinkKind.REPLACES: (REPLACED, REPLACED_ON), LinkKind.WITHDRAWS: (WITHDRAWN, WITHDRAWN_ON)}  # (without, with its day)
LinksTo = Callable[[str], Sequence[tuple[Identity, LinkKind]]]


def remarks(
    citations: Sequence[Citation], in_index: Callable[[str], bool], older: Sequence[Citation] = (), newer: Sequence[Citation] = ()
) -> tuple[str, ...]:
    """The remarks on the citations of an answer, in order, each once; the `older` ones are overtaken by the `newer`."""
    found = [*_overtaken(citations, older, newer), *_undated(citations)]
    for citation in citations:
        found += _dates(citation)
        found += _references(citation, in_index)
    return tuple(dict.fromkeys(found))


def superseded(citations: Iterable[Citation], links_to: LinksTo) -> dict[Text, str]:
    """What to say of the papers cited that another one in the index has replaced or withdrawn, each with the id of the paper."""
    found = {}
    for document, title in dict.fromkeys((citation.document, citation.title) for citation in citations):
        for by, kind in links_to(document):
            if kind in TAKES_ITS_PLACE:
                undated, dated = TAKES_ITS_PLACE[kind]
                found[Text(dated, title, document, by.name, by.date) if by.date else Text(undated, title, document, by.name)] = document
    return found


def _overtaken(citations: Sequence[Citation], older: Sequence[Citation], newer: Sequence[Citation]) -> Iterator[str]:
    """Which of the citations are of an older paper on the same matter, so that nobody takes them for today's state."""
    for citation in older:
        yield Text(OLDER, citations.index(citation) + 1, citation.date, citations.index(newer[0]) + 1, newer[0].date)


def _undated(citations: Sequence[Citation]) -> Iterator[str]:
    """Which of the papers cited has no date, so that nobody can tell of when its state of affairs is."""
    for document, title in dict.fromkeys((citation.document, citation.title) for citation in citations if not citation.date):
        yield Text(UNDATED, title, document)


def _dates(citation: Citation) -> Iterator[str]:
    for mention in date_mentions(citation.quote, citation.date):
        words = citation.quote[mention.start : mention.end]
        named = words.split()[0].lower()
        if mention.likely:
            yield Text(WRONG_WEEKDAY, words, weekday(mention.date), whole_day(mention.likely))
        elif named in WEEKDAYS and named != weekday(mention.date):
            nearby = whole_day(_nearest(mention.date, WEEKDAYS.index(named)))
            yield Text(NO_SUCH_WEEKDAY, words, mention.date, weekday(mention.date), whole_day(mention.date), nearby)
        elif mention.relative:
            yield Text(THAT_DAY_IS, words, whole_day(mention.date))


def _nearest(day: dt.date, wanted: int) -> dt.date:
    """The day nearest to this one that is Monday (0), Tuesday (1), …"""
    return day + dt.timedelta(days=(wanted - day.weekday() + 3) % 7 - 3)


def _references(citation: Citation, in_index: Callable[[str], bool]) -> Iterator[str]:
    named = references(citation.quote)
    for reference in named:
        words = citation.quote[reference.start : reference.end]
        if reference.document == citation.document:
            continue
        if in_index(reference.document):
            alone = sum(other.start == reference.start for other in named) == 1
            yield Text(PRESENT, words if alone else f"{words} ({reference.document})")
        else:
            absent = Text(ABSENT, words, reference.document)
            yield joined(absent, Text(HOW_TO_FETCH, reference.document)) if is_identifier(reference.document) else absent
