"""Text as it comes out of a PDF, put back the way it was written: one string a paragraph.

Lines are joined, words that were hyphenated at a line end are mended, sentences and paragraphs that a page break
tore are healed, running feet are dropped. Pure; nothing here knows what a letter is.

A line end tells more than it seems: a line is broken where the next word did not fit. Where it would have fitted,
somebody pressed Enter. `tests/test_layout.py` sets real paragraphs in narrow columns and reads them back.
"""

import re
from collections import Counter
from collections.abc import Iterable

SOFT_HYPHEN = "\u00ad"
LONGEST_PARAGRAPH, LONGEST_WORD = 10_000, 100  # characters; without bounds, joining takes the square of the length
INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
UNWRAPPED = 200  # lines this wide were never broken: each is a paragraph
SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
RUNNING_FOOT = re.compile(
    r"(?:Tweede|Eerste) Kamer,? .*vergaderjaar \d{4}.{0,60}|\d{0,4}\s?kst-\S+(?: ISSN .*)?|ISSN \d{4} ?[-–] ?\d{3}[\dX]"
    r"|['’]s-Gravenhage \d{4}|(?:Pagina|pagina|blz\.)? ?\d{1,3} (?:van|/) \d{1,3}|Pagina \d{1,3}|- \d{1,3} -"
)
ENDS_SENTENCE = re.compile(r"[.!?:;…][\"'»”’)\]]*$")
LIST_ITEM = re.compile(r"(?:[-–—•*·▪]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
VOWEL = re.compile("[aeiouyàáâäèéêëìíîïòóôöùúûü]")
LAST_PART = re.compile(r"[\w'’]+(?:[-/][\w'’]+)*$")
FIRST_PART = re.compile(r"[\w'’]+(?:-[\w'’]+)*")

# First parts that stay apart from what follows, as the Woordenlijst Nederlandse Taal writes them.
TITLES = frozenset(
    """
    majoor luitenant brigade generaal kapitein sergeant kolonel korporaal schout minister secretaris directeur procureur
    inspecteur advocaat gouverneur viceminister plaatsvervangend adjunct aspirant chef collega ex interim kandidaat leerling
    niet non oud pro privé semi quasi sint st vice assistent stagiair substituut bijna zuid noord oost west noordoost noordwest zuidoost
    zuidwest links rechts
    """.split()
)
SECOND_PARTS_OF_TITLES = frozenset("generaal kolonel admiraal majoor president adjudant commandant kapitein ter".split())
ALWAYS_APART = frozenset("ex oud non niet vice adjunct aspirant interim kandidaat privé semi quasi pro sint st bijna".split())
JOINING_WORDS = frozenset("en of tot noch c.q. respectievelijk dan als".split())
# Vowels that would be read as one sound when they meet (Leidraad 6.3 of the Woordenlijst: the hyphen of the clash).
CLASHES = frozenset("aa ae ai au ee ei eu ie ii ij oe oi oo ou ui uu éé".split()) | {"eé"}
TREMA = {"a": "ä", "e": "ë", "i": "ï", "o": "ö", "u": "ü"}


def mend_paragraphs(raw: str) -> list[str]:
    """The paragraphs of a text with hard line ends, each as one line; a list item is a paragraph of its own."""
    pages = _clean(raw).split("\f")
    lines = [line for number, page in enumerate(pages) for line in _page_lines(page, later=number > 0)]
    known = vocabulary(lines)
    width = _width(lines)
    paragraphs: list[str] = []
    for block in _blocks(lines):
        paragraphs += _paragraphs_of(block, known, width)
    return _heal(paragraphs, known)


def join_lines(first: str, second: str, known: Counter[str]) -> str:
    """Two lines of one paragraph as one, with a word that was broken between them made whole."""
    first, second = first.rstrip(), second.lstrip()
    if first.endswith(SOFT_HYPHEN):
        return first[:-1] + second
    if not first.endswith("-") or first.endswith((" -", "--")) or not second or not second[0].isalnum():
        return f"{first} {second}" if first and second else first + second
    start = max(len(first) - 1 - LONGEST_WORD, 0)
    left, right = LAST_PART.search(first[start:-1]), FIRST_PART.match(second[:LONGEST_WORD])
    if not left or not right:
        return first + second
    if right.group().lower() in JOINING_WORDS:
        return f"{first} {second}"  # 'in- en uitvoer'
    return first[: start + left.start()] + _whole_word(left.group(), right.group(), known) + second[right.end() :]


def _whole_word(left: str, right: str, known: Counter[str]) -> str:
    """The word of which `left` stood before the line end and `right` after it."""
    apart, together = f"{left}-{right}", left + right
    times_apart, times_together = known[apart.lower()], known[together.lower()]
    if times_apart != times_together:
        return apart if times_apart > times_together else together
    last = re.split(r"[-/]", left)[-1]
    if right[0].isupper() or right[0].isdigit() or last[-1].isdigit():
        return apart
    if len(last) == 1 or last.isupper() or any(letter.isupper() for letter in last[1:]):
        return apart  # 'A-status', 'ISIS-coalitie'
    if not VOWEL.search(last.lower()) or (last != left and len(last) <= 3):
        return apart  # 'ggz-instelling', 'een-na-laatste'
    if last.lower() in ALWAYS_APART or (last.lower() in TITLES and right.lower() in SECOND_PARTS_OF_TITLES):
        return apart
    if (last[-1] + right[0]).lower() in CLASHES:
        return left + TREMA[right[0]] + right[1:] if last.lower() in ("be", "ge", "co") and right[0] in TREMA else apart
    return together


def vocabulary(lines: Iterable[str]) -> Counter[str]:
    """How often each word stands whole in the text, that is: not touching a line end with a hyphen."""
    words: Counter[str] = Counter()
    after_hyphen = False
    for line in lines:
        found = [m.group().lower() for m in WORD.finditer(line)]
        if after_hyphen:
            found = found[1:]
        after_hyphen = line.rstrip().endswith("-")
        words.update(found[:-1] if after_hyphen else found)
    return words


def _clean(raw: str) -> str:
    """One kind of line end, one kind of space, nothing invisible; page breaks stay."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = text.replace("\x0b", "\n").replace("\x85", "\n")
    return SPACES.sub(" ", INVISIBLE.sub("", text))


def _page_lines(page: str, *, later: bool) -> list[str]:
    """The lines of a page without its running feet; the first line of a later page is marked by a leading space."""
    lines = [line for line in page.split("\n") if not RUNNING_FOOT.fullmatch(line.strip())]
    while later and lines and not lines[0].strip():
        lines.pop(0)
    if later and lines:
        lines[0] = " " + lines[0].lstrip()
    return lines


def _width(lines: list[str]) -> int:
    """How many characters a full line has: 19 in 20 lines stay within it."""
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip())
    return lengths[int(len(lengths) * 0.95)] if lengths else 0


def _blocks(lines: list[str]) -> list[list[str]]:
    """Runs of lines without a blank one between them."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _paragraphs_of(block: list[str], known: Counter[str], width: int) -> list[str]:
    """The paragraphs of a block, cut where somebody pressed Enter and where a list item begins."""
    paragraphs: list[str] = []
    previous = ""
    for line in block:
        text = line.strip()
        if not paragraphs or _starts_anew(previous, line, width) or len(paragraphs[-1]) > LONGEST_PARAGRAPH:
            paragraphs.append(text)
        else:
            paragraphs[-1] = join_lines(paragraphs[-1], text, known)
        previous = line.rstrip()
    return paragraphs


def _starts_anew(previous: str, line: str, width: int) -> bool:
    text = line.strip()
    if width >= UNWRAPPED:
        return True
    if LIST_ITEM.match(text):
        return bool(ENDS_SENTENCE.search(previous[-LONGEST_WORD:])) or previous.endswith((",", " en", " of"))
    if previous.endswith("-") or not (text[0].isupper() or text[0] in "«„“‘\"'([1234567890"):
        return False
    first_word = text.split(" ", 1)[0]
    pressed_enter = len(previous.strip()) + 1 + len(first_word) <= width * 0.8
    if pressed_enter and previous.endswith(","):
        return False  # 'De Minister van Defensie,' goes with the name below it
    return pressed_enter and (bool(ENDS_SENTENCE.search(previous[-LONGEST_WORD:])) or len(previous.strip()) < width * 0.6)


def _heal(paragraphs: list[str], known: Counter[str]) -> list[str]:
    """Join what a page break tore: a paragraph that ends in mid-sentence and one that goes on in lower case."""
    healed: list[str] = []
    for text in paragraphs:
        torn = bool(healed) and text[0].islower() and not ENDS_SENTENCE.search(healed[-1][-LONGEST_WORD:]) and not LIST_ITEM.match(text)
        if torn and len(healed[-1]) <= LONGEST_PARAGRAPH:
            healed[-1] = join_lines(healed[-1], text, known)
        else:
            healed.append(text)
    return healed
