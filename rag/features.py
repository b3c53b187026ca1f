"""What can be seen of a question and a sentence without a language model, as numbers between roughly 0 and 1.

Pure. Each feature has a name, says one thing and has a reason; `rag.judge` weighs them, and `eval/train.py`
finds the weights. The answer type that a question asks for ('hoeveel', 'wie', 'waarom') is Dutch and English.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.words import STOP_WORDS, term, terms, words
from rag.names import other_names
from rag.synonyms import alternatives
from sources.dates import MONTHS, WEEKDAYS

NUMBER_WORDS = frozenset(
    """
    een één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien
    twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd honderden duizend duizenden miljoen miljard dozijn
    tientallen helft kwart aantal enkele geen
    """.split()
)
CLEAR_NUMBERS = NUMBER_WORDS - {"een", "aantal", "enkele", "geen"}
ASKS = {
    "count": r"\b(?:hoeveel|aantal|how many|hoe groot|hoe vaak|tal|percentage|welk deel)\b",
    "amount": r"\b(?:wat kost|kosten|kost|hoeveel geld|bedrag|budget|euro|duur|prijs|begroot|how much|cost|costs|uitgegeven|betaalt|betalen)\b",
    "date": r"\b(?:wanneer|welke datum|welke dag|sinds wanneer|tot wanneer|welk jaar|welke maand|when|hoe lang|hoelang|datum|deadline|how long)\b",
    "who": r"\b(?:wie|door wie|welke minister|welke persoon|hoe heet|who|whom|naam van|welke partij|welk land|welke organisatie|welke landen)\b",
    "where": r"\b(?:waar|welke plaats|welke stad|where|vanuit welke|waarheen|waarvandaan|locatie)\b",
    "why": r"\b(?:waarom|waardoor|hoezo|reden|redenen|oorzaak|why|op grond waarvan|aanleiding|hoe komt het)\b",
    "opinion": r"\b(?:vindt|vind|vinden|standpunt|oordeel|mening|denkt|kijkt|beoordeelt|think|opinion|position|positie|reactie van het kabinet|hoe staat)\b",
    "next": r"\b(?:gaat|gaan|zal|zullen|van plan|plannen|vervolg|will|wat doet|wat doen|volgende stap|voornemens)\b",
    "reference": r"\b(?:kamerstuk|stuknummer|welke brief|welk stuk|nummer|dossier|which paper)\b",
    "meaning": r"\b(?:wat is|wat zijn|waar staat .{1,25} voor|betekent|betekenis|afkorting|voluit|stand for|what is)\b",
    "condition": r"\b(?:voorwaarde|voorwaarden|mits|indien|onder welke|condition|moet er gebeuren)\b",
}
ASKED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in ASKS.items()}
OFFERS = {
    "why": r"\b(?:vanwege|omdat|doordat|aangezien|wegens|als gevolg van|gelet op|gezien|daardoor|derhalve|om die reden|zodat|naar aanleiding van|aanleiding|hierdoor|dankzij|in verband met|teneinde)\b",
    "opinion": r"\b(?:vindt|acht|oordeel|mening|beschouwt|veroordeelt|verwelkomt|betreurt|zorgen|zorgelijk|onderschrijft|steunt|afkeurt|hecht|essentieel|belang|positief|negatief|standpunt|waardeert|begrip|ernstig)\b",
    "next": r"\b(?:zal|zullen|gaat|voornemens|van plan|beziet|streeft|komende|binnenkort|uiterlijk|aandringen|inzetten|blijft|informeren)\b",
    "reference": r"\b(?:kamerstuk\w*|nr\.|brief|motie)\b",
    "condition": r"\b(?:indien|mits|tenzij|voorwaarde\w*|zodra|pas als|eerst|zolang)\b",
    "where": r"\b(?:in|te|vanuit|nabij|bij|naar) (?:het |de )?(?:[A-Z][\w-]+|noorden|zuiden|oosten|westen)",
    "who": r"\b(?:minister|staatssecretaris|commandant|voorzitter|president|vertegenwoordiger|generaal|directeur|ambassadeur|kabinet|regering|door de|door het)\b",
}
OFFERED = {kind: re.compile(pattern, re.IGNORECASE if kind != "where" else 0) for kind, pattern in OFFERS.items()}
DIGITS = re.compile(r"\d")
MONEY = re.compile(r"€|\beuro\b|\bmiljoen\b|\bmiljard\b|\bmln\b|\bmld\b|\bEUR\b", re.IGNORECASE)
DAY = re.compile(rf"\b(?:{'|'.join([*MONTHS, *WEEKDAYS])}|vandaag|gisteren|morgen|(?:19|20)\d\d|weken|maanden|dagen|jaar)\b", re.IGNORECASE)
INITIALS = re.compile(r"\b(?:[A-Z]\.)+\s?[A-Z]")
NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]+")
EXPANSION = re.compile(r"\([A-Z][\w-]{1,12}\)|, (?:een|de|het) |\bis een\b")
NEGATION = re.compile(r"\b(?:niet|geen|nooit|noch|onduidelijk|zonder|never|not|no)\b", re.IGNORECASE)
POINTS_BACK = re.compile(r"^(?:Deze|Dit|Die|Dat|Daarbij|Daarnaast|Hierbij|Zij|Hij|Hiermee|Daarmee|Derhalve|Voorts|Ook|Tevens|Bovendien)\b")
YES_NO = re.compile(
    r"^(?:is|zijn|was|waren|wordt|worden|werd|heeft|hebben|had|kan|kunnen|mag|mogen|moet|moeten|zal|gaat|komt|klopt|doet|wil|wist|weet|did|does|do|are|has|have|will|can)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer: its words, what stands around it, and how near it is to the question by meaning.

    Nearness is beside that of all sentences looked at for the question, since models differ in what they call near.
    In a conversation also whether it was quoted in an earlier answer, or stands in a paragraph that was.
    """

    sentence: str
    heading: str | None
    paragraph: str
    before: str
    similarity: float
    paragraph_similarity: float
    said_earlier: bool = False
    beside_earlier: bool = False


@dataclass(frozen=True)
class Asked:
    """A question, looked at once: its kinds, its terms with their weights, its specific words."""

    text: str
    kinds: frozenset[str]
    weights: dict[str, float]
    families: dict[str, frozenset[str]]
    specific: frozenset[str]
    yes_no: bool


def look_at(question: str, specific: Sequence[str], share_of_passages: Callable[[str], float]) -> Asked:
    """`share_of_passages` gives for a term the share of all passages in which it occurs: rare terms weigh more."""
    wanted = dict.fromkeys(term(word) for word in words(question) if word not in STOP_WORDS)
    weights = {each: -math.log(min(1.0, share_of_passages(each) + 0.002)) for each in wanted}
    families = {each: frozenset({each}) | other_names().get(each, frozenset()) | alternatives(each) for each in wanted}
    kinds = frozenset(kind for kind, pattern in ASKED.items() if pattern.search(question))
    named = frozenset(term(part) for word in specific for part in words(word) if part not in STOP_WORDS)
    return Asked(question, kinds, weights, families, named, bool(YES_NO.match(question.split("? ")[-1])))


def features(asked: Asked, candidate: Candidate) -> dict[str, float]:
    """Name -> value, for one candidate."""
    text = candidate.sentence
    said = terms_in(text)
    above = terms_in(candidate.heading or "")
    around = terms_in(candidate.paragraph)
    said_before = terms_in(candidate.before)
    total = sum(asked.weights.values()) or 1.0

    def covered(there: frozenset[str]) -> float:
        return sum(weight for each, weight in asked.weights.items() if asked.families[each] & there) / total

    def named(there: frozenset[str]) -> float:
        if not asked.specific:
            return 1.0
        return sum(bool(asked.families.get(each, frozenset({each})) & there) for each in asked.specific) / len(asked.specific)

    length = len(words(text))
    found = {
        "similarity": 10 * candidate.similarity,
        "paragraph similarity": 10 * candidate.paragraph_similarity,
        "words in sentence": covered(said),
        "words in sentence or heading": covered(said | above),
        "words in sentence or the one before": covered(said | said_before),
        "words in paragraph": covered(said | above | around),
        "names in sentence": named(said),
        "names in paragraph": named(said | above | around),
        "length": min(length, 60) / 60,
        "very short": float(length < 6),
        "points back": float(bool(POINTS_BACK.match(text))),
        "negation": float(bool(NEGATION.search(text))),
        "negation asked": float(asked.yes_no and bool(NEGATION.search(text))),
        "said earlier": float(candidate.said_earlier),
        "beside what was said earlier": float(candidate.beside_earlier and not candidate.said_earlier),
        "signature": float(bool(re.match(r"De (?:Minister|Staatssecretaris)[^.]*, [A-Z]", text)) and length < 16),
    }
    offered = offers(text)
    for kind in ASKS:
        wants = float(kind in asked.kinds)
        found[f"{kind} asked and offered"] = wants * offered.get(kind, 0.0)
        found[f"{kind} asked, not offered"] = wants * (1.0 - offered.get(kind, 0.0)) if kind in offered else 0.0
    return found


@lru_cache(maxsize=20_000)
def terms_in(text: str) -> frozenset[str]:
    """The terms of a text; remembered, since the same sentences are looked at for many questions."""
    return frozenset(terms(text))


@lru_cache(maxsize=20_000)
def offers(sentence: str) -> dict[str, float]:
    """For each kind of answer whether the sentence has the like of it; kinds of which one cannot tell are left out."""
    lower = words(sentence)
    number = bool(DIGITS.search(DAY.sub("", sentence))) or any(word in CLEAR_NUMBERS for word in lower)
    found = {kind: float(bool(pattern.search(sentence))) for kind, pattern in OFFERED.items()}
    found["count"] = float(number or any(word in NUMBER_WORDS - {"een"} for word in lower))
    found["amount"] = float(bool(MONEY.search(sentence)))
    found["date"] = float(bool(DAY.search(sentence)))
    found["who"] = max(found["who"], float(bool(INITIALS.search(sentence))), 0.5 * float(bool(NAME.search(sentence))))
    found["meaning"] = float(bool(EXPANSION.search(sentence)))
    return found


FEATURES = tuple(features(look_at("?", (), lambda _term: 1.0), Candidate("x", None, "", "", 0.0, 0.0)))
