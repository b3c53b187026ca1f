"""The `quotes` answerer: no language model, only sentences of the papers that answer the question, word for word."""

import datetime as dt
from collections.abc import Sequence

from rag.answer import Citation, Claim, cited_by
from rag.reading import Evidence
from sources import Identity
from sources.references import references

MOST_QUOTES = 3
ALSO_ANSWERS = 0.4  # a further sentence is quoted when its chance is at least this share of the best one's
NEWER_ANSWERS = 0.25  # and one of a newer paper on the same matter already from this share: it may have overtaken the best


def compose(evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
    """The sentences to quote, each a claim of its own, in the order of `newest_first`; within a paper the best first."""
    if not evidence:
        return ()
    chosen = [e for e in evidence if e.chance >= _share(e, evidence[0]) * evidence[0].chance][:MOST_QUOTES]
    return newest_first([Claim(e.passage.quote, (cite(e),)) for e in chosen], evidence)


def newest_first(claims: Sequence[Claim], evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
    """Claims in the order in which they are read: the matter of the likeliest evidence, as its newest paper has it, leads."""
    of_the_matter = _of_the_matter(evidence)

    def rank(citation: Citation) -> tuple[bool, dt.date]:
        return citation.document in of_the_matter, citation.date or dt.date.min

    return tuple(sorted(claims, key=lambda claim: max(map(rank, claim.citations)), reverse=True))


def overtaken(claims: Sequence[Claim], evidence: Sequence[Evidence]) -> tuple[tuple[Citation, ...], tuple[Citation, ...]]:
    """(the citations on the matter of the likeliest evidence that are older than the newest on it, those newest); both or none."""
    of_the_matter = _of_the_matter(evidence)
    cited = [citation for citation in cited_by(claims) if citation.document in of_the_matter and citation.date]
    newest = max((citation.date for citation in cited if citation.date), default=None)
    older = tuple(citation for citation in cited if citation.date != newest)
    return older, tuple(citation for citation in cited if older and citation.date == newest)


def _share(evidence: Evidence, best: Evidence) -> float:
    newer = evidence.identity.date and best.identity.date and evidence.identity.date > best.identity.date
    return NEWER_ANSWERS if newer and _same_matter(evidence, best) else ALSO_ANSWERS


def _of_the_matter(evidence: Sequence[Evidence]) -> set[str]:
    """The papers that are on the matter of the likeliest evidence."""
    return {e.identity.id for e in evidence if _same_matter(e, evidence[0])}


def _same_matter(evidence: Evidence, best: Evidence) -> bool:
    """Is it of the best one's paper, of one in a dossier with it, or of one that names or replaces it?"""
    named = {*evidence.identity.replaces, *(reference.document for reference in references(evidence.passage.quote))}
    shared = _dossiers(evidence.identity) & _dossiers(best.identity)
    return bool(shared) or best.identity.id in {evidence.identity.id, *named}


def _dossiers(identity: Identity) -> set[str]:
    return {dossier for dossier in (identity.dossier, *identity.dossiers) if dossier}


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
