"""The `quotes` answerer: no language model, only sentences of the papers that answer the question, word for word."""

import datetime as dt

from rag.answer import Citation, Claim
from rag.reading import Evidence

MOST_QUOTES = 3
ALSO_ANSWERS = 0.4  # a further sentence is quoted when its chance is at least this share of the best one's
NEWER_ANSWERS = 0.25  # and one of a newer paper already from this share: what is newer may have overtaken the best


def compose(evidence: tuple[Evidence, ...]) -> tuple[Claim, ...]:
    """The sentences to quote, each a claim of its own: those of the newest paper first, within a paper the best first."""
    if not evidence:
        return ()
    chosen = [e for e in evidence if e.chance >= _share(e, evidence[0]) * evidence[0].chance][:MOST_QUOTES]
    chosen.sort(key=lambda e: e.identity.date or dt.date.min, reverse=True)
    return tuple(Claim(e.passage.quote, (cite(e),)) for e in chosen)


def _share(evidence: Evidence, best: Evidence) -> float:
    newer = evidence.identity.date and best.identity.date and evidence.identity.date > best.identity.date
    return NEWER_ANSWERS if newer else ALSO_ANSWERS


def cite(evidence: Evidence) -> Citation:
    """Evidence as a citation: the sentence, its place and its paper."""
    identity, passage = evidence.identity, evidence.passage
    return Citation(
        document=identity.id,
        title=identity.title,
        date=identity.date,
        url=identity.url,
        heading=passage.heading,
        paragraph=passage.paragraph,
        start=passage.sentence.start,
        end=passage.sentence.end,
        quote=passage.quote,
    )
