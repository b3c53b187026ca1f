"""Dutch words as they are matched: lower case, lemma, stem; compounds also by their parts.

'Trainingen', 'training' and 'trainingsactiviteiten' share a term. The lemma comes from simplemma's Dutch dictionary
(it knows that 'besloot' is 'besluiten', which no stemmer does), the stem from Snowball's Dutch stemmer (Kraaij and
Pohlmann), and the parts of a compound are words of that same dictionary. Pure, but for what is remembered.
`VERSION` and the versions of both libraries are stored with the index.
"""

import re
import unicodedata
from functools import lru_cache
from importlib.metadata import version

import simplemma
import Stemmer

VERSION = 2
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
SMALLEST_PART = 4  # letters; shorter parts are found in nearly every word
SMALLEST_COMPOUND = 9  # letters; 'minister' is no 'mini-ster'
NO_FIRST_PART = frozenset("voor door over onder achter tegen boven binnen buiten tussen samen".split())  # separable verbs
LINKS = ("", "s", "e", "n", "en", "er")
STOP_WORDS = frozenset(
    """
    de het een en of maar want dus als dan dat die dit deze der des den te om op in aan van voor met bij naar door over uit tot
    er is zijn was waren wordt worden werd werden geworden ben bent geweest heeft hebben had hadden gehad zal zullen zou zouden
    kan kunnen kon konden mag mogen moet moeten moest hij zij ze het wij we ik je jij u hem haar hun hen ons onze uw mijn zich
    niet geen wel ook nog al reeds zo zoals toen nu hier daar waar wie wat welke welk hoe waarom wanneer waarin waarvan waarmee
    waarvoor waardoor hoeveel hierbij daarbij hierover daarover daarmee hiermee daarin hierin ervan erop erover aldus
    the of and to in is are was were a an for on at by with from what which who when where how why does did do it this that
    """.split()
)
_stemmer = Stemmer.Stemmer("dutch")


def words(text: str) -> list[str]:
    """The words of a text, lower case, each letter one character, in order; hyphens divide, digits count, apostrophes are straight."""
    return [match.group().lower() for match in WORD.finditer(unicodedata.normalize("NFC", text).replace("’", "'"))]


def terms(text: str) -> list[str]:
    """What a text is matched on: a term for each word that means something, and one for each part of a compound."""
    return [term for word in words(text) if word not in STOP_WORDS for term in terms_of(word)]


@lru_cache(maxsize=100_000)
def terms_of(word: str) -> tuple[str, ...]:
    """The terms of one lower-case word: itself first, then its parts where it is a compound."""
    return (term(word), *(term(part) for part in compound_parts(word)))


@lru_cache(maxsize=100_000)
def term(word: str) -> str:
    """The stem of the lemma of a lower-case word, without diacritics."""
    stem = _stemmer.stemWord(simplemma.lemmatize(word, lang="nl").lower())
    return "".join(c for c in unicodedata.normalize("NFD", stem) if not unicodedata.combining(c))


@lru_cache(maxsize=100_000)
def compound_parts(word: str) -> tuple[str, ...]:
    """The two words that a Dutch compound is made of, or nothing: 'trainersbijdrage' gives 'trainers', 'bijdrage'.

    The longest known second part wins: it carries the meaning ('veiligheids|personeel').
    """
    if len(word) < SMALLEST_COMPOUND:
        return ()
    for cut in range(SMALLEST_PART, len(word) - SMALLEST_PART + 1):
        second = word[cut:]
        if not simplemma.is_known(second, lang="nl"):
            continue
        for link in LINKS:
            first = word[:cut].removesuffix(link) if link else word[:cut]
            if len(first) < SMALLEST_PART or word[:cut] != first + link or first in NO_FIRST_PART:
                continue
            if simplemma.is_known(first, lang="nl"):
                return (first, second)
    return ()


def word_settings() -> str:
    """What decides how words match, for the stamp of an index."""
    return f"{VERSION}/simplemma {version('simplemma')}/PyStemmer {version('PyStemmer')}"
