"""Listening to the Tweede Kamer's feed: in which followed dossiers did something change since the last time?

The feed only says where to look; what is new is then asked for in that dossier's list. An entry counts where it names a
followed dossier or a paper of one, which is all that a deletion does, and where it says something else than the last time:
in 2024 the feed sent 25,806 old papers again. `Place` is what must be kept to go on from.
"""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from sources.http import RateLimited, SourceProblem
from sources.tweedekamer import Change, TweedeKamer

TOLD_EVERY = 250  # entries: a page of the feed


@dataclass(frozen=True)
class Place:
    """Up to where the feed was heard, the dossiers behind its guids, and what it said last of each paper in them."""

    cursor: str | None = None
    dossiers: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """The place to go on from, the dossiers to look at, and what kept the feed from being heard to its end."""

    place: Place
    dossiers: frozenset[str]
    problem: SourceProblem | None = None


def listen(kamer: TweedeKamer, before: Place, papers: Mapping[str, Set[str]], tell: Callable[[str, int, int], None]) -> Heard:
    """Hear what changed since `before`; `papers` has the followed dossiers, each with the guids of its papers.

    Where it is not known what changed, all are to be looked at: the first time, and when the feed cannot be heard. A cursor
    that the service does not take, though it takes others, is given up.
    """
    cursor, news = before.cursor, set[str]()
    dossiers = {guid: code for guid, code in before.dossiers.items() if code in papers}
    owners = defaultdict[str, set[str]](set)
    for code, guids in papers.items():
        for guid in guids:
            owners[guid].add(code)
    digests = {guid: digest for guid, digest in before.digests.items() if guid in owners}
    problem, asked = None, False
    try:
        if not cursor:
            tell("Begin van de wijzigingen zoeken", 0, 1)
            cursor = kamer.head()
        for code in papers.keys() - dossiers.values():
            dossiers |= {each.guid: code for each in kamer.dossiers(code) if each.code == code}
        asked = True
        for count, change in enumerate(kamer.changes(cursor), start=1):
            if count % TOLD_EVERY == 0:
                tell("Wijzigingen lezen", count, count)
            if digests.get(change.guid) != change.digest and (touched := _touched(change, dossiers, owners)):
                digests[change.guid] = change.digest
                news |= touched
            cursor = change.cursor or cursor
    except SourceProblem as trouble:
        problem = trouble
        if asked and cursor == before.cursor and not isinstance(trouble, RateLimited):
            with contextlib.suppress(SourceProblem):  # then it is not for the cursor, which is kept
                cursor = kamer.head()
    unheard = papers.keys() if problem or not before.cursor else papers.keys() - dossiers.values()
    return Heard(Place(cursor, dossiers, digests), frozenset(news | unheard), problem)


def _touched(change: Change, dossiers: Mapping[str, str], owners: Mapping[str, Set[str]]) -> set[str]:
    """The dossiers that an entry is about: those it names, and those in which its paper was before."""
    named = [dossiers.get(guid.lower()) for guid in change.references.get("kamerstukdossier", ())]
    return {code for code in named if code} | owners.get(change.guid, set())
