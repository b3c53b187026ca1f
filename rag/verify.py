"""Nothing is shown that the paper does not say. Whatever wrote the claims, this judges them, and it is pure.

A claim stays when each of its quotes stands in its letter at its offsets, to the letter, when every number, date and
name in its text stands in its quotes, and when it denies just what they deny. What does not stay is dropped, and the
drop is reported.
"""

import re
from collections.abc import Callable

from rag.answer import Claim
from rag.texts import LEFT_OUT, NO_QUOTE, NOT_IN_QUOTE, NOT_VERBATIM, TURNED_ROUND, Text
from sources.dates import MONTHS, WEEKDAYS

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NUMBER_WORDS = frozenset(
    """
    twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien
    twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend miljoen miljard procent
    """.split()
) | frozenset([*MONTHS, *WEEKDAYS])
NAME = re.compile(r"[A-Z][\w’'-]*")
NEGATION = re.compile(r"\b(?:niet|geen|nooit|noch|niemand|niets|zonder|evenmin|nergens)\b", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")


def verify(claims: tuple[Claim, ...], text_of: Callable[[str], str]) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """(the claims that stand, why the others were dropped); `text_of` gives the text of a letter by its id."""
    kept, dropped = [], []
    for claim in claims:
        reason = fault(claim, text_of)
        if reason:
            dropped.append(Text(LEFT_OUT, reason))
        else:
            kept.append(claim)
    return tuple(kept), tuple(dropped)


def fault(claim: Claim, text_of: Callable[[str], str]) -> str | None:
    """What is wrong with a claim, in Dutch, or None."""
    if not claim.citations:
        return NO_QUOTE
    for citation in claim.citations:
        if not citation.quote.strip() or text_of(citation.document)[citation.start : citation.end] != citation.quote:
            return NOT_VERBATIM
    quotes = " ".join(citation.quote for citation in claim.citations)
    if unsupported := unsupported_words(claim.text, quotes):
        return Text(NOT_IN_QUOTE, unsupported[0])
    return TURNED_ROUND if turns_round(claim.text, quotes) else None


def turns_round(text: str, quotes: str) -> bool:
    """Does one of them deny and the other not? Words taken over as they stand cannot turn anything round."""
    return text not in quotes and bool(NEGATION.search(text)) != bool(NEGATION.search(quotes))


def unsupported_words(text: str, quotes: str) -> list[str]:
    """The numbers, dates and names in `text` that do not occur in `quotes`; a capital at the start of a sentence is none."""
    there = {word.lower() for word in WORD.findall(quotes)} | set(NUMBER.findall(quotes))
    there |= {part for word in there for part in re.split(r"[’'-]", word)}
    missing = [number for number in NUMBER.findall(text) if number not in there]
    for match in WORD.finditer(text):
        word = match.group()
        name = NAME.fullmatch(word) and not _opens_sentence(text, match.start())
        if (name or word.lower() in NUMBER_WORDS) and word.lower() not in there:
            missing.append(word)
    return missing


def _opens_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" «„“‘\"'(")
    return not before or before[-1] in ".!?:"
