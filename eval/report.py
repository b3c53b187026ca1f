"""A run as a page that a person can judge: one HTML file that needs nothing else, and the same table in Markdown."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.metrics import (
    LOWER_IS_BETTER,
    MEASURES,
    Judged,
    answered,
    area_under_risk,
    best_threshold,
    declined,
    each,
    first_quote,
    interval,
    judged,
    paired_interval,
    ranking_each,
    risk_coverage,
    separation,
)
from eval.run import Record, Run

COLOURS = ("#154273", "#b36b00", "#4a7c59", "#8a5a9e")
WIDTH, HEIGHT, EDGE = 520, 260, 40


@dataclass(frozen=True)
class Row:
    """One measure of one split: a number for each system, and the interval of ours over the best neighbour."""

    name: str
    values: dict[str, float]
    interval: tuple[float, float] | None = None


def table(run: Run, split: str | None) -> list[Row]:
    """All measures; neighbours answer from the threshold that was best for them on `dev`."""
    items = {system: judged(run.of(system, split), best_threshold(run.of(system, "dev"))) for system in run.systems}
    rows = [_row(name, {system: each(measure, items[system]) for system in items}) for name, measure in MEASURES.items()]
    ranks = {system: ranking_each(run.of(system, split)) for system in run.systems}
    rows += [_row(name, {system: ranks[system][name] for system in ranks}) for name in next(iter(ranks.values()))]
    rows.append(Row("oppervlak risico", {system: area_under_risk(run.of(system, split)) for system in run.systems}))
    rows.append(Row("oppervlak ROC", {system: separation(run.of(system, split)) for system in run.systems}))
    for name, quantile in (("seconden p50", 0.5), ("seconden p95", 0.95)):
        rows.append(Row(name, {s: float(np.quantile([r.outcome.seconds for r in run.of(s, split)], quantile)) for s in run.systems}))
    return rows


def _row(name: str, scores: dict[str, dict[str, float]]) -> Row:
    """A measure from what it gives each question, by system, ours first."""
    values = {system: sum(of.values()) / len(of) if of else 0.0 for system, of in scores.items()}
    ours, *others = scores
    comparable = [other for other in others if scores[other]]
    if not comparable:
        return Row(name, values)
    best = (min if name in LOWER_IS_BETTER else max)(comparable, key=lambda other: values[other])
    return Row(name, values, paired_interval(scores[ours], scores[best]))


def by_kind(run: Run, split: str | None) -> list[tuple[str, int, np.ndarray, np.ndarray, np.ndarray]]:
    """(kind, questions, first quote, answered, declined) of our own system, a number a question each."""
    items = judged(run.of(run.systems[0], split), 0.0)
    kinds = sorted({j.record.kind for j in items})
    return [(k, len(of), first_quote(of), answered(of), declined(of)) for k in kinds if (of := _of_kind(items, k))]


def _of_kind(items: Sequence[Judged], kind: str) -> list[Judged]:
    return [j for j in items if j.record.kind == kind]


# -- Markdown ----------------------------------------------------------------------------------------------------------


def markdown(run: Run, split: str | None) -> str:
    """The table with neighbours, and the kinds of questions."""
    systems = run.systems
    lines = [
        f"# Evaluatie van {run.header.made_at}",
        "",
        f"{len(run.of(systems[0], split))} vragen ({split or 'alle'}); {run.header.index['letters']} stukken, {run.header.index['passages']} passages; {run.header.left_out} vragen over stukken die hier niet zijn.",
        "",
        f"| maat | {' | '.join(systems)} | verschil met de beste buur, 95 % |",
        f"|---|{'---|' * len(systems)}---|",
        *(f"| {r.name} | {' | '.join(f'{r.values[s]:.3f}' for s in systems)} | {_interval(r)} |" for r in table(run, split)),
        "",
        "| soort vraag | vragen | juiste citaat eerst, 95 % | beantwoord | afgewezen |",
        "|---|---|---|---|---|",
        *(f"| {kind} | {count} | {_share(first)} | {_share(yes)} | {_share(no)} |" for kind, count, first, yes, no in by_kind(run, split)),
    ]
    return "\n".join(lines) + "\n"


def _interval(row: Row) -> str:
    return f"{row.interval[0]:+.3f} tot {row.interval[1]:+.3f}" if row.interval else ""


def _share(values: np.ndarray) -> str:
    """A mean and between what it lies, 95 %; nothing of nothing."""
    if not len(values):
        return ""
    low, high = interval(values)
    return f"{np.mean(values):.2f} ({low:.2f}–{high:.2f})"


# -- HTML ----------------------------------------------------------------------------------------------------------------


def page(run: Run, split: str | None) -> str:
    """One self-contained page: table, plots, and every failed question of `dev` with its evidence.

    Failures of `test` are counted and not shown: whoever mends them one by one has no test left.
    """
    systems = run.systems
    head = "".join(f"<th>{html.escape(s)}</th>" for s in systems)
    rows = "".join(_table_row(row, systems) for row in table(run, split))
    kinds = "".join(
        f"<tr><td>{html.escape(kind)}</td><td>{count}</td><td>{_share(first)}</td><td>{_share(yes)}</td><td>{_share(no)}</td></tr>"
        for kind, count, first, yes, no in by_kind(run, split)
    )
    failures = [j for j in judged(run.of(systems[0]), 0.0) if j.is_right < 1]
    shown = "".join(_failure(j) for j in failures if j.record.split == "dev")
    hidden = sum(j.record.split == "test" for j in failures)
    return f"""<!doctype html><html lang="nl"><meta charset="utf-8"><title>Evaluatie van Kamervraag</title><style>{STYLE}</style>
<h1>Evaluatie van Kamervraag</h1>
<p>{html.escape(run.header.made_at)} · {len(run.of(systems[0], split))} vragen ({split or "alle"}) · {run.header.index["letters"]} stukken, {run.header.index["passages"]} passages · {html.escape(run.header.embedder)} · {html.escape(run.header.machine)}</p>
<table><tr><th>maat</th>{head}<th>verschil met de beste buur, 95 %</th></tr>{rows}</table>
<h2>Risico en dekking</h2><p>Van links naar rechts: steeds meer vragen beantwoord, de zekerste eerst; omhoog: het deel daarvan dat fout is.</p>
{_plot({s: risk_coverage(run.of(s, split)) for s in systems}, "dekking", "risico")}
<h2>Tijd</h2><p>Het deel van de vragen dat binnen zoveel seconden beantwoord was.</p>
{_plot({s: _latency(run.of(s, split)) for s in systems}, "seconden", "deel")}
<h2>Per soort vraag, met 95 %</h2>
<table><tr><th>soort</th><th>vragen</th><th>juiste citaat eerst</th><th>beantwoord</th><th>afgewezen</th></tr>{kinds}</table>
<h2>Wat misging (dev)</h2><p>{hidden} vragen van test gingen ook mis; die staan hier niet, zodat test blijft meten.</p>{shown}</html>
"""


def _table_row(row: Row, systems: Sequence[str]) -> str:
    best = (min if row.name in LOWER_IS_BETTER or row.name.startswith("seconden") else max)(row.values.values())
    cells = "".join(f"<td{' class=best' if row.values[s] == best else ''}>{row.values[s]:.3f}</td>" for s in systems)
    return f"<tr><td>{html.escape(row.name)}</td>{cells}<td>{_interval(row)}</td></tr>"


def _failure(item: Judged) -> str:
    record = item.record
    history = "".join(f"<p class=stil>eerder: {html.escape(turn)}</p>" for turn in record.history)
    wanted = (
        f"geen antwoord ({html.escape(record.why or '')})"
        if not record.answerable
        else f"{len(record.answers)} goede plaatsen in {record.document}"
    )
    did = "beantwoordde met" if item.answers else "wees af; het dichtst in de buurt"
    texts = [text for quote in record.cited for text in quote] if item.answers else record.nearest
    quotes = "".join(f"<blockquote>{html.escape(text)}</blockquote>" for text in texts)
    return (
        f"<details><summary>{html.escape(record.question)} <span class=stil>{record.id} · {record.kind} · {wanted}</span></summary>"
        f"{history}{_wanted(record)}<p>Zekerheid {record.outcome.confidence:.2f}; {did}:</p>{quotes}</details>"
    )


def _wanted(record: Record) -> str:
    """The words that answer, where there are any."""
    quotes = "".join(f"<blockquote>{html.escape(words)}</blockquote>" for words in record.wanted)
    return f"<p>Wat antwoord geeft:</p>{quotes}" if quotes else ""


def _latency(records: Sequence[Record]) -> list[tuple[float, float]]:
    seconds = sorted(r.outcome.seconds for r in records)
    return [(second, (i + 1) / len(seconds)) for i, second in enumerate(seconds)]


def _plot(curves: dict[str, list[tuple[float, float]]], across: str, up: str) -> str:
    """Curves as one SVG with a legend."""
    most = [max((point[axis] for curve in curves.values() for point in curve), default=1.0) or 1.0 for axis in (0, 1)]
    lines: list[Any] = []
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        points = " ".join(
            f"{EDGE + x / most[0] * (WIDTH - 2 * EDGE):.1f},{HEIGHT - EDGE - y / most[1] * (HEIGHT - 2 * EDGE):.1f}" for x, y in curve
        )
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{WIDTH - EDGE + 6}" y="{EDGE + 18 * len(lines) // 2}" fill="{colour}">{html.escape(name)}</text>')
    axes = f'<path d="M{EDGE} {EDGE}V{HEIGHT - EDGE}H{WIDTH - EDGE}" fill="none" stroke="#888"/>'
    labels = f'<text x="{WIDTH // 2}" y="{HEIGHT - 8}">{across} (tot {most[0]:.2g})</text><text x="4" y="{EDGE - 12}">{up} (tot {most[1]:.2g})</text>'
    return f'<svg viewBox="0 0 {WIDTH + 80} {HEIGHT}" width="{WIDTH + 80}" role="img" aria-label="{up} naar {across}">{axes}{"".join(lines)}{labels}</svg>'


STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; }
h1, h2 { color: #154273; } table { border-collapse: collapse; } td, th { border-bottom: 1px solid #c9d3de; padding: .2rem .8rem; text-align: right; }
td:first-child, th:first-child { text-align: left; } .best { font-weight: 700; } .stil { color: #4a5560; font-size: .85rem; }
details { border-top: 1px solid #c9d3de; padding: .3rem 0; } blockquote { border-left: 3px solid #c9d3de; margin: .4rem 0; padding-left: .8rem; }
svg text { font: 12px system-ui, sans-serif; }"""
