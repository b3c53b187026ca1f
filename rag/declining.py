"""What a question names that a paper does not have, and what is no question at all.

However much a sentence about trainers looks like an answer to a question about F-16's, the paper does not mention
them. So every name, abbreviation and number in a question should occur in the paper that would answer it: as written,
as another form of the name ('de Amerikanen' for 'de VS'), or but for a slip of the pen ('Soleimani', 'Suleimani').
How much it counts that one does not, `rag.reading` says.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from index import Hit, Store
from index.words import STOP_WORDS, term, terms_of, words
from rag.names import other_names
from rag.scope import without_papers

ASKED_WORD = re.compile(r"[^\s?!.,;:()«»„“”\"]+(?:[.,]\d+)*")
CAPITAL = re.compile(r"[^\W\d_]*[A-ZÀ-Ý][\w’'-]*")
YES_NO = re.compile(
    r"(?:is|zijn|was|waren|wordt|worden|werd|werden|heeft|hebben|had|hadden|kan|kunnen|mag|mogen|moet|moeten|zal|zullen|gaat|gaan|komt|komen|klopt|doet|doen|"
    r"wil|willen|wist|weet|did|does|do|are|has|have|will|can)\b",
    re.IGNORECASE,
)
ORDER = re.compile(
    r"\b(?:negeer|vergeet|ignore|disregard|forget)\b(?! (?:de|het) (?:minister|staatssecretaris|kabinet|regering)\b).{0,40}\b(?:instructie\w*|opdracht\w*|regels|vorige|eerdere|vraag|instructions?|rules|previous)\b"
    r"|\b(?:system ?prompt|systeemprompt)\b|^(?:doe alsof|gedraag je|je bent (?:nu|voortaan)|you are now|pretend|act as)\b"
    r"|^(?:antwoord|zeg|schrijf|print|herhaal|vertaal|verzin|say|write|repeat|translate)\b(?!.*\?)"
    r"|^(?:antwoord|zeg|schrijf|bevestig|say|answer|confirm) (?:nu |eens )?(?:gewoon|maar|alleen|slechts|simpelweg|ja|nee|yes|no|just|only)\b",
    re.IGNORECASE,
)  # words that tell the program what to do, where a question asks what the papers say
TO_A_PROGRAM = re.compile(
    r"\b(?:negeer|vergeet|ignore|disregard|forget|overschrijf|override)\b.{0,60}\b(?:vraag|vragen|instructies?|opdracht\w*|regels|prompt|passages|stukken|bronnen|"
    r"question|instructions?|rules|sources|bovenstaande|voorgaande|eerdere|above|previous)\b"
    r"|(?<!\bik )\b(?:antwoord|beantwoord|reageer|zeg|schrijf|answer|respond|reply|say|write|output)\b (?:\w+ ){0,4}?(?:alleen|altijd|uitsluitend|voortaan|steeds|slechts|only|always)\b"
    r"|\b(?:antwoord|reageer|answer|respond|reply)\b (?:nu |hier |dan |now )?(?:met|with)\b"
    r"|\b(?:system|systeem)[ -]?(?:prompt|message|bericht|instructie)\b|\bjailbreak\b|<\|?(?:im_start|system|assistant)"
    r"|\b(?:je|jij|u|you) (?:bent|are) (?:nu|voortaan|now|vanaf nu)\b"
    r"|\b(?:beste|geachte|dear|attention|let op,?) (?:AI|assistent|assistant|chatbot|taalmodel|language model|model|bot)\b"
    r"|\b(?:AI|assistent|assistant|chatbot|taalmodel|language model)\b[^.]{0,40}\b(?:moet|must|dient te|should)\b[^.]{0,40}\b(?:antwoord\w*|zeggen|answer|say|respond)\b",
    re.IGNORECASE,
)  # what a paper says to whatever program reads it
SHORTEST_STEM = 4  # letters that two forms of a name must share
SLIP_FROM = 6  # letters; shorter names differ by one letter and are others ('Irak', 'Iran')


def is_order(question: str) -> bool:
    """Does this tell the program what to do, or what to say? Nothing of that is followed, and no paper answers it."""
    return bool(ORDER.search(question.strip()))


def speaks_to_a_program(text: str) -> bool:
    """Does a paper tell the program that reads it what to do? Such words are never evidence, whoever put them there."""
    return bool(TO_A_PROGRAM.search(text))


def missing_words(question: str, store: Store, letter_id: str) -> list[str]:
    """The specific words of a question that a letter does not have, as they were typed."""
    return [word for word in specific_words(question) if not store.letter_has_term(letter_id, known_forms(word, store))]


def able_to_answer(question: str, store: Store, hits: Sequence[Hit]) -> list[Hit]:
    """The hits from the letters that lack the fewest specific words: another paper need not be read."""
    wanted = [known_forms(word, store) for word in specific_words(question)]
    letters = dict.fromkeys(hit.identity.id for hit in hits)
    if not wanted or len(letters) < 2:
        return list(hits)
    lacking = {id: sum(not store.letter_has_term(id, forms) for forms in wanted) for id in letters}
    return [hit for hit in hits if lacking[hit.identity.id] == min(lacking.values())]


def specific_words(question: str) -> list[str]:
    """Names, abbreviations and numbers, but for those that name a paper: what an answer can hardly do without.

    A number in a question that asks for yes or no may be the very thing that the paper contradicts, so it is not one.
    """
    return list(_specific_words(question))


@lru_cache(maxsize=64)  # searching, judging and reading one question each want them
def _specific_words(question: str) -> tuple[str, ...]:
    found = []
    question = without_papers(question)
    yes_no = bool(YES_NO.match(question.strip()))
    starts = {0, *(m.end() for m in re.finditer(r"[.?!:]\s+", question))}
    for match in ASKED_WORD.finditer(question):
        word = match.group().strip("'’")
        if not words(word) or all(part in STOP_WORDS for part in words(word)):
            continue
        if word[0].isdigit() and word.replace(".", "").replace(",", "").isdigit():
            if not yes_no or is_year(word):
                found.append(word)
        elif (CAPITAL.fullmatch(word) and (match.start() not in starts or word.isupper())) or has_digit(word):
            found.append(word)
    return tuple(dict.fromkeys(found))


def is_year(word: str) -> bool:
    """1900 to 2099."""
    return bool(re.fullmatch(r"(?:19|20)\d\d", word))


def has_digit(word: str) -> bool:
    """'F-16', 'A400M': a name, whatever its capitals."""
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


def known_forms(word: str, store: Store) -> set[str]:
    """The terms of the index that this word may stand for; empty when there are none."""
    forms: set[str] = set()
    for part in words(word):
        if part in STOP_WORDS or (len(part) == 1 and not part.isdigit()):
            continue
        own = set(terms_of(part)) | other_names().get(term(part), frozenset())
        forms |= set(store.passages_with(own))
        if part.isalpha() and len(part) >= SHORTEST_STEM:
            forms |= {other for other in _neighbours(part, store) if _same_name(term(part), other)}
    return forms


def _neighbours(part: str, store: Store) -> list[str]:
    """Terms that begin with the same letter."""
    first = term(part)[:1]
    return store.terms_between(first, chr(ord(first) + 1))


def _same_name(asked: str, written: str) -> bool:
    """Another form ('Koerden', 'Koerdisch'), the first part of a compound ('Golf', 'Golfregio') or another spelling ('Soleimani', 'Suleimani') of the same name."""
    shared = next((i for i, (a, b) in enumerate(zip(asked, written, strict=False)) if a != b), min(len(asked), len(written)))
    if shared >= SHORTEST_STEM and len(asked) - shared <= 3 and (len(written) - shared <= 4 or shared == len(asked)):
        return True
    if sorted(asked) == sorted(written) and len(asked) >= SHORTEST_STEM:
        return True  # letters swapped: 'EAUM'
    return len(asked) >= SLIP_FROM and abs(len(asked) - len(written)) <= 2 and distance(asked, written) <= (1 if len(asked) < 8 else 2)


def distance(first: str, second: str) -> int:
    """Edit distance (Levenshtein 1966): letters to insert, delete or change."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]
