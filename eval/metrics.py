"""Scores of a run. Pure; every average runs over the questions asked, whether they were answered or not.

Ranking is scored by `ir_measures`. A statement is supported when its words stand in the words it cites: verbatim, in
place of the language model that ALCE asks (Gao et al. 2023, https://arxiv.org/abs/2305.14627).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.questions import Place
from eval.run import Record

RESAMPLES = 2_000
SEED = 1


@dataclass(frozen=True)
class Judged:
    """A record and the outcome of it: did the system answer, at the threshold that it was given?"""

    record: Record
    answers: bool

    @property
    def first_quote(self) -> float:
        """Is the first sentence that it would quote one that answers? Shared over the sentences of a longer quote."""
        places = self.record.outcome.quotes[0] if self.record.outcome.quotes else self.record.outcome.ranking[:1]
        return sum(is_right(place, self.record) for place in places) / len(places) if places else 0.0

    @property
    def is_right(self) -> float:
        """Credit for the whole: answered with the right words first, or declined what has no answer."""
        return (self.first_quote if self.answers else 0.0) if self.record.answerable else float(not self.answers)


def is_right(place: Place, record: Record) -> bool:
    """Does this sentence hold words that answer?"""
    return any(place.overlaps(answer) for answer in record.answers)


def judged(records: Sequence[Record], threshold: float) -> list[Judged]:
    """Whether each was answered: as the system decided, or by its confidence where it cannot decline by itself."""
    return [Judged(r, r.outcome.confidence >= threshold if r.outcome.declines is None else not r.outcome.declines) for r in records]


def best_threshold(records: Sequence[Record]) -> float:
    """The confidence from which answering pays: the most right outcomes on these records, which should be `dev`."""
    candidates = sorted({r.outcome.confidence for r in records})
    return max(candidates, key=lambda t: sum(j.is_right for j in judged(records, t)), default=0.0)


# -- one number each: (questions asked) -> mean ------------------------------------------------------------------------


def first_quote(items: Sequence[Judged]) -> np.ndarray:
    """(answerable,) credit for the first quote, whether or not it was shown: what the reading is worth by itself."""
    return np.array([j.first_quote for j in items if j.record.answerable])


def answered(items: Sequence[Judged]) -> np.ndarray:
    """(answerable,) was it answered?"""
    return np.array([float(j.answers) for j in items if j.record.answerable])


def declined(items: Sequence[Judged]) -> np.ndarray:
    """(unanswerable,) was it declined? The recall of declining."""
    return np.array([float(not j.answers) for j in items if not j.record.answerable])


def declined_rightly(items: Sequence[Judged]) -> np.ndarray:
    """(declined,) had it no answer? The precision of declining."""
    return np.array([float(not j.record.answerable) for j in items if not j.answers])


def answer_accuracy(items: Sequence[Judged]) -> np.ndarray:
    """(asked,) answered with the right words first, or rightly declined."""
    return np.array([j.is_right for j in items])


def wrong_answers(items: Sequence[Judged]) -> np.ndarray:
    """(asked,) answered with words that do not answer: what costs a Member of Parliament dearly."""
    return np.array([1.0 - (j.first_quote if j.record.answerable else 0.0) if j.answers else 0.0 for j in items])


def citation_recall(items: Sequence[Judged]) -> np.ndarray:
    """(answerable,) ALCE: the share of statements that their citations, together, support; none where nothing was answered."""
    asked = [j for j in items if j.record.answerable]
    return np.array([_mean([supports(s, c) for s, c in _statements(j.record)]) if j.answers else 0.0 for j in asked])


def citation_precision(items: Sequence[Judged]) -> np.ndarray:
    """(answerable,) ALCE: the share of citations that are needed: they support alone, or the others do not without them."""
    asked = [j for j in items if j.record.answerable]
    return np.array([_mean([n for s, c in _statements(j.record) for n in _needed(s, c)]) if j.answers else 0.0 for j in asked])


def citation_answers(items: Sequence[Judged]) -> np.ndarray:
    """(answerable,) the share of cited sentences that answer the question; none where nothing was answered."""
    asked = [j for j in items if j.record.answerable]
    return np.array(
        [_mean([is_right(p, j.record) for quote in j.record.outcome.quotes for p in quote]) if j.answers else 0.0 for j in asked]
    )


def _statements(record: Record) -> list[tuple[str, tuple[str, ...]]]:
    return list(zip(record.outcome.statements, record.cited, strict=True))


def _needed(statement: str, cited: Sequence[str]) -> list[bool]:
    if not supports(statement, cited):
        return [False] * len(cited)
    return [supports(statement, [quote]) or not supports(statement, [*cited[:i], *cited[i + 1 :]]) for i, quote in enumerate(cited)]


def supports(statement: str, quotes: Sequence[str]) -> bool:
    """Do the words of a statement stand, in order, in what it cites? Spaces and line ends count alike."""
    return bool(quotes) and " ".join(statement.split()) in " ".join(" ".join(quote.split()) for quote in quotes)


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


MEASURES: dict[str, Callable[[Sequence[Judged]], np.ndarray]] = {
    "juiste citaat eerst": first_quote,
    "beantwoord": answered,
    "afgewezen": declined,
    "terecht afgewezen": declined_rightly,
    "juist, alles bijeen": answer_accuracy,
    "fout antwoord": wrong_answers,
    "citaatdekking (ALCE)": citation_recall,
    "citaatprecisie (ALCE)": citation_precision,
    "citaat beantwoordt": citation_answers,
}
LOWER_IS_BETTER = {"fout antwoord", "oppervlak risico"}


def each(measure: Callable[[Sequence[Judged]], np.ndarray], items: Sequence[Judged]) -> dict[str, float]:
    """What a measure gives each question that it is about, by the question's id."""
    return {j.record.id: float(values[0]) for j in items if len(values := measure([j]))}


# -- ranking -----------------------------------------------------------------------------------------------------------


def ranking(records: Sequence[Record]) -> dict[str, float]:
    """Recall@k, reciprocal rank and nDCG@10 of the sentences ranked, over the answerable questions."""
    return {name: sum(each.values()) / len(each) for name, each in ranking_each(records).items()}


def ranking_each(records: Sequence[Record], depths: Sequence[int] = (1, 5, 10)) -> dict[str, dict[str, float]]:
    """The same for each answerable question by its id, a name of a measure each."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    asked = [r for r in records if r.answerable]
    relevant, found = [], []
    for record in asked:
        unfound = list(record.answers)
        for rank, place in enumerate(record.outcome.ranking):
            name = f"{place.document}:{place.start}"
            found.append(ir_measures.ScoredDoc(record.id, name, -float(rank)))
            if is_right(place, record):
                relevant.append(ir_measures.Qrel(record.id, name, 1))
                unfound = [answer for answer in unfound if not answer.overlaps(place)]
        relevant += [ir_measures.Qrel(record.id, f"{answer.document}:unfound:{answer.start}", 1) for answer in unfound]
    measures = [*(R @ k for k in depths), RR @ 10, nDCG @ 10]
    if not asked:
        return {}
    scores = {str(measure): {record.id: 0.0 for record in asked} for measure in measures}
    for score in ir_measures.iter_calc(measures, relevant, found):
        scores[str(score.measure)][score.query_id] = float(score.value)
    return scores


# -- risk and coverage ---------------------------------------------------------------------------------------------------


def risk_coverage(records: Sequence[Record]) -> list[tuple[float, float]]:
    """(share answered, share of those answers that are wrong), answering the surest first (El-Yaniv and Wiener 2010)."""
    items = sorted((Judged(r, True) for r in records), key=lambda j: -j.record.outcome.confidence)
    wrong = np.cumsum([1.0 - (j.first_quote if j.record.answerable else 0.0) for j in items])
    return [((i + 1) / len(items), float(wrong[i]) / (i + 1)) for i in range(len(items))]


def area_under_risk(records: Sequence[Record]) -> float:
    """The mean risk over all coverages; lower is better."""
    curve = risk_coverage(records)
    return float(np.mean([risk for _coverage, risk in curve])) if curve else 0.0


def separation(records: Sequence[Record]) -> float:
    """The chance that an answerable question gets more confidence than an unanswerable one (area under the ROC)."""
    yes = np.array([r.outcome.confidence for r in records if r.answerable])
    return area(yes, np.array([r.outcome.confidence for r in records if not r.answerable]))


def area(yes: np.ndarray, no: np.ndarray) -> float:
    """The chance that a number from `yes` is above one from `no`, equals counting half (Mann and Whitney 1947)."""
    return float(np.mean((yes[:, None] > no) + 0.5 * (yes[:, None] == no))) if len(yes) and len(no) else 0.0


# -- how sure are we -------------------------------------------------------------------------------------------------------


def paired_interval(ours: Mapping[str, float], theirs: Mapping[str, float]) -> tuple[float, float] | None:
    """The 95 % interval of the difference of two means (bootstrap paired by question, Efron 1979); None of nothing.

    Either may lack questions that the other has, as where different ones were declined; questions are drawn, not scores.
    """
    if not ours or not theirs:
        return None
    ids = list(dict.fromkeys([*ours, *theirs]))
    chosen = np.random.default_rng(SEED).integers(0, len(ids), (RESAMPLES, len(ids)))
    first, second = (_means(np.array([scores.get(id, np.nan) for id in ids])[chosen]) for scores in (ours, theirs))
    low, high = np.nanquantile(first - second, [0.025, 0.975])
    return float(low), float(high)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a mean (bootstrap)."""
    chosen = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[chosen].mean(1), [0.025, 0.975])
    return float(low), float(high)


def _means(drawn: np.ndarray) -> np.ndarray:
    """(draws,) the mean of each draw over what is a number in it; not a number where nothing is."""
    counted = (~np.isnan(drawn)).sum(1)
    means: np.ndarray = np.divide(np.nansum(drawn, 1), counted, out=np.full(len(drawn), np.nan), where=counted > 0)
    return means
