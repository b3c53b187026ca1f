"""The `quotes` answerer: no language model, only sentences of the papers that answer the question, word for word."""

from rag.answer import Citation, Claim
from rag.reading import Evidence

MOST_QUOTES = 3
ALSO_ANSWERS = 0.4  # a further sentence is quoted when its chance is at least this share of the best one's


def compose(evidence: tuple[Evidence, ...]) -> tuple[Claim, ...]:
    """The sentences to quote, best first, each a claim of its own."""
    if not evidence:
        return ()
    chosen = [e for e in evidence[:MOST_QUOTES] if e.chance >= ALSO_ANSWERS * evidence[0].chance]
    return tuple(Claim(e.passage.quote, (cite(e),)) for e in chosen)


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
