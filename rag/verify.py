"""Nothing is shown that the paper does not say. Whatever wrote the claims, this judges them, and it is pure.

A claim stays when each of its quotes stands in its letter at its offsets, to the letter, when every number, date and
name in its text stands in its quotes, and when it denies just what they deny. A sentence that is copied from a quote
stays. What does not stay is dropped, and the drop is reported.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.words import STOP_WORDS, term, terms
from rag.answer import Citation, Claim
from rag.texts import LEFT_OUT, NO_QUOTE, NOT_IN_QUOTE, NOT_VERBATIM, TURNED_ROUND, Text
from sources.dates import MONTHS, WEEKDAYS, date_mentions
from sources.sentences import sentence_spans

NUMBER = re.compile(r"(?<!\w)(?<![^\W\d_]-)\d+(?:[.,]\d+)*")  # the digits in 'F-16' and 'A400M' are part of a name
_FIGURE = (
    "[eé]{2}n|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien|zestien|zeventien|achttien|negentien|"
    "twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig|honderd|duizend|miljoen|miljard|biljoen|procent"
)
NUMBER_WORD = re.compile(  # 'vijfentwintig', 'tweehonderdste', 'honderden', 'tientallen'; 'een' alone is an article, 'eenvoudig' no number
    rf"(?!een(?:$|voud|maal))(?:(?:{_FIGURE})(?:[eë]n(?={_FIGURE}))?)+(?:de|ste|tal|tallen|maal|voud|voudige?|jarige?|(?<=honderd)en|(?<=duizend)en|(?<=[jl]oen)en|(?<=miljard)en)?"
    rf"|derde|helft|halve|half|(?:drie)?kwart|anderhal(?:f|ve)|dozijn(?:en)?|{'|'.join([*MONTHS, *WEEKDAYS])}"
)
FUNCTION_WORDS = STOP_WORDS | frozenset(
    """
    alle alleen allen alles andere beide bij binnen binnenkort bovendien buiten daarna daarnaast daardoor daarentegen daarmee daarom daarvan daarvoor
    dankzij dat deels desondanks derhalve doen doet eerder eerst elk elke enkele er evenals eveneens gedurende gezien hierdoor hierna
    hiernaast hiertoe hiervan hiervoor hoewel iedere ieder immers in indien inmiddels kortom laatstgenoemde later lang meer men mede met
    mits momenteel na namelijk namens nadat nu om omdat omstreeks omtrent ondanks onder ondertussen onlangs ongeveer ook opnieuw over
    overigens per pas rond samen sinds slechts soms steeds sommige tegen tenzij terwijl tevens thans tijdens toch toen totdat tot tussen
    uiteindelijk vaak vanaf vanuit vanwege veel verder via volgens vooral voorafgaand voordat voorlopig voorts vrijwel waarna waarbij
    daarop hierop iedereen iets ja nee nergens niemand niets nooit waarop waarnaast wel weer wellicht welke wie willen wil wilde wilden worden zal zij zelf zelfs zodat zodra zonder zowel zulke zoals
    """.split()
)  # articles, pronouns, prepositions, conjunctions, auxiliaries and adverbs: what may begin a sentence and names nothing
NEGATION = re.compile(r"\b(?:niet|geen|nooit|noch|niemand|niets|zonder|evenmin|nergens)\b", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
ANY_DAY = dt.date(2000, 1, 1)  # from which days without a year are counted where a paper has no date


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
    own = " ".join(_own_sentences(claim.text, quotes))
    if unsupported := [*unsupported_words(own, quotes), *_unsupported_days(own, claim.citations)]:
        return Text(NOT_IN_QUOTE, unsupported[0])
    return TURNED_ROUND if turns_round(claim.text, quotes) else None


def turns_round(text: str, quotes: str) -> bool:
    """Does one of them deny and the other not? Words taken over as they stand cannot turn anything round."""
    return text not in quotes and bool(NEGATION.search(text)) != bool(NEGATION.search(quotes))


def _own_sentences(text: str, quotes: str) -> Iterator[str]:
    """The sentences of a text that do not stand in the quotes as they are; a piece of a word or number is not it."""
    text, quotes = (" ".join(each.split()) for each in (text, quotes))
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if not re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(sentence.rstrip('.'))}(?!\w|[.,]\d)", quotes):
            yield sentence


def unsupported_words(text: str, quotes: str) -> list[str]:
    """The numbers and names in `text` that do not occur in `quotes`; a word that names nothing may begin a sentence.

    A name may be inflected, or be a part of a compound ('Nederland', 'de Nederlandse bijdrage'); a number may not.
    """
    text, quotes = _plain(text), _plain(quotes)
    there = {word.lower() for word in WORD.findall(quotes)}
    there |= {part for word in there for part in re.split("['-]", word)}
    there |= {word.replace("é", "e") for word in there}
    numbers, stems = set(NUMBER.findall(quotes)), set(terms(quotes))
    missing = [number for number in NUMBER.findall(text) if number not in numbers]
    for match in WORD.finditer(text):
        word = match.group()
        if word.lower() in there or (word.lower() in FUNCTION_WORDS and _opens_sentence(text, match.start())):
            continue
        if _is_number(word, there) or (_is_name(word) and term(word.lower()) not in stems):
            missing.append(word)
    return missing


def _plain(text: str) -> str:
    """Each letter one character, and one apostrophe."""
    return unicodedata.normalize("NFC", text).replace("’", "'")


def _is_name(word: str) -> bool:
    """Has it a capital, or letters before digits?"""
    return any(c.isupper() for c in word) or (word[0].isalpha() and any(c.isdigit() for c in word))


def _is_number(word: str, there: set[str]) -> bool:
    """Is it, or a part of it, a number in words that is not there? 'één' is where 'een' is."""
    return any(NUMBER_WORD.fullmatch(part) for part in re.split("['-]", word.lower()) if not {part, part.replace("é", "e")} & there)


def _unsupported_days(text: str, citations: tuple[Citation, ...]) -> list[str]:
    """The days in a text that no quote names: the day of one date and the month of another make no third."""
    named: dict[str, bool] = {}
    for citation in citations:
        there = list(_days(citation.quote, citation.date))
        for day in _days(text, citation.date):
            named[day.words] = named.get(day.words, False) or any(map(day.is_said_by, there))
    return [words for words, said in named.items() if not said]


@dataclass(frozen=True)
class _Day:
    """A day that a text names, its weekday where that is written, and the words."""

    date: dt.date
    relative: bool
    weekday: str | None
    words: str

    def is_said_by(self, other: "_Day") -> bool:
        """Does the other name this day, and no other weekday? Who leaves out the year says less, not something else."""
        same = (self.date.month, self.date.day) == (other.date.month, other.date.day) if self.relative else self.date == other.date
        return same and self.weekday in (None, other.weekday)


def _days(text: str, written: dt.date | None) -> Iterator[_Day]:
    for mention in date_mentions(text, written or ANY_DAY):
        words = text[mention.start : mention.end]
        first = words.split()[0].lower()
        yield _Day(mention.date, mention.relative, first if first in WEEKDAYS else None, words)


def _opens_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" «„“‘\"'(")
    return not before or before[-1] in ".!?:"
