"""Whether to answer, and what to say when not. Pure but for looking words up in the index.

A question that names what occurs nowhere in the papers ('F-16') is not answered from them, however much a sentence
looks like it; what was missing is told. Otherwise the reader's chance decides.
"""

import re
from collections.abc import Callable, Iterable

from index.words import STOP_WORDS, term, terms_of, words

ANSWER_FROM = 0.5  # chance that there is an answer; below it we decline
NAME = re.compile(r"[A-Z0-9][\w’'-]*")


def specific_words(question: str) -> list[str]:
    """Names, abbreviations and numbers in a question, as typed: what an answer cannot do without."""
    found = []
    for i, match in enumerate(re.finditer(r"[^\s?!.,;:()«»\"]+", question)):
        word = match.group()
        if any(c.isdigit() for c in word) or (NAME.fullmatch(word) and (i > 0 or word.isupper()) and word.lower() not in STOP_WORDS):
            found.append(word)
    return found


def missing_words(question: str, passages_with: Callable[[Iterable[str]], dict[str, int]]) -> list[str]:
    """The specific words of a question of which no term occurs in the index."""
    specific = specific_words(question)
    wanted = {word: [t for part in words(word) for t in terms_of(part)] or [term(word.lower())] for word in specific}
    known = passages_with({t for all_terms in wanted.values() for t in all_terms})
    return [word for word, all_terms in wanted.items() if not any(t in known for t in all_terms)]
