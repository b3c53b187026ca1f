"""Sentences as Dutch is written: 'd.d. 18 oktober 2019, Kamerstuk 27 925, nr. 662' and 'A.Th.B.' end nothing.

Pure: a text in, spans out. The spans are in order, do not overlap, start and end on a visible character, and
leave out nothing but white space (`tests/test_sentences.py` holds this for any text).
"""

import re
from collections.abc import Iterator

# Abbreviations after which a sentence always goes on: something belongs to them.
NEVER_LAST = frozenset(
    """
    a.d. aant. afd. afl. alg. arr. art. artt. b.g.g. bijv. bijz. bl. blz. bv. ca. cf. d.d. dd. d.w.z. dhr. div. dr. drs. ds.
    d.m.v. eerw. evt. fa. fig. gem. gen. geb. hfst. hr. i.c. i.h.b. i.h.k.v. i.o. i.p.v. i.s.m. i.t.t. i.v.m. incl. inz. ing.
    ir. jhr. jkvr. k.b. kst. luit. m.a.w. m.b.t. m.b.v. m.i.v. m.m.v. m.n. m.u.v. maj. mej. mevr. mr. mw. n.a.v. nr. nrs. nos.
    o.a. o.b.v. o.g.v. o.i.v. o.l.v. o.v.v. p. pag. par. pp. prof. resp. s.v. st. stb. stcrt. t.a.v. t.b.v. t.g.v. t.h.v. t.k.v.
    t.n.v. t.o.v. t.w. t/m. tel. v.a. v.d. vgl. vnl. vs. w.o. z.g. z.k.h. zgn. zg. zr.
    jan. feb. febr. mrt. apr. aug. sep. sept. okt. nov. dec.
    """.split()
)
# Abbreviations that may also stand last: a capital after them starts a sentence.
MAYBE_LAST = frozenset(
    """
    jl. a.s. a.i. e.a. e.d. e.o. e.v. enz. etc. c.a. c.q. c.s. mln. mld. m.v. n.chr. v.chr. p.j. p.m. p.w. p.p. z.s.m. s.v.p.
    o.i. m.i. b.v. n.v. t.v.v. sr. jr.
    """.split()
)
COMMON_STARTS = frozenset(
    """
    Het Een Dit Dat Deze Die Er Wij We Ik Zij Ze Hij In Op Bij Voor Met Na Ook Daarnaast Als Om Aan Uit Over Voorts Verder Tevens De
    """.split()
)
INITIALS = re.compile(  # one capital each, but for some of more letters; 'Wmo.' and 'Kok.' are words at the end of a sentence
    r"(?:(?:[A-ZÀ-ÖØ-Þ]|IJ|Ij|Ch|Chr|Ph|Th|Wm|Fr|Sj|Tj|Hj|Dj|Joh|Jac|Jos|Alb|Abr|Ant|Ger|Nic)\.)+"
)
ENUMERATOR = re.compile(r"(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})\.")
DOTTED = re.compile(r"(?:[a-z]{1,3}\.){2,}")  # an abbreviation we do not know: it has dots inside
STOP = re.compile(r"[.!?…]+[\"'»”’)\]]*(?=\s)")
STARTS_SENTENCE = re.compile(r"[\"'«„“‘(\[]*[A-Z0-9ÁÀÂÄÉÈÊËÍÎÏÓÔÖÚÛÜŠŽ]|[\"'«„“‘(\[]*['’][a-z] [A-Z]|[-–—•]\s")
WORD_BEFORE = re.compile(r"\S+$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The sentences of `text` as (start, end) offsets."""
    spans = []
    start = 0
    for cut in _cuts(text):
        spans.append((start, cut))
        start = cut
    spans.append((start, len(text)))
    return [trimmed for span in spans if (trimmed := _trim(text, *span))]


def _cuts(text: str) -> Iterator[int]:
    """Where one sentence ends and the next may begin."""
    sentence_start = 0
    for stop in STOP.finditer(text):
        if _ends_sentence(text, sentence_start, stop):
            yield stop.end()
            sentence_start = stop.end()


def _ends_sentence(text: str, sentence_start: int, stop: re.Match[str]) -> bool:
    after = text[stop.end() : stop.end() + 40].lstrip()
    if not after:
        return False  # what follows is white space: the text ends anyway
    if not STARTS_SENTENCE.match(after):
        return False
    if stop.group().rstrip("\"'»”’)]") != ".":
        return True
    before = WORD_BEFORE.search(text, sentence_start, stop.start() + 1)
    if not before:
        return True
    word = before.group().lstrip("\"'«„“‘([-–")
    if word.lower() in NEVER_LAST:
        return False
    if word.lower() in MAYBE_LAST and not word[0].isupper():  # 'P.W. Hoogstraten' is a person, not a price a week
        return not after[0].isdigit()
    if ENUMERATOR.fullmatch(word) and not text[sentence_start : before.start()].strip():
        return False  # '1.' or 'a.' opens a numbered paragraph
    if INITIALS.fullmatch(word):
        return not _name_follows(text, before.start(), after)
    return not DOTTED.fullmatch(word)


def _name_follows(text: str, initials_start: int, after: str) -> bool:
    """Do these initials belong to a name ('S.A. Blok')? 'vitamine C. Het' does not: a name is no article or pronoun."""
    following = re.match(r"\w+", after)
    return not (following and following.group() in COMMON_STARTS)


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
