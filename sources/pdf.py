"""PDF: what is set on the pages, without what is on each of them, as the paragraphs that it was.

Lines come with their place and size, so that running heads and feet, the margin and its numbers, and footnotes are told from
the text; joining lines over columns and pages is `sources/layout.py`. Which page a paragraph begins on follows from counting
letters, which no mending changes. A file of some kilobytes can hold gigabytes, so each is read in a process of its own that
may have only so much memory and time, and may fall over alone. A text layer that is absent or only glyph codes is refused, or read anew with Debian's
`tesseract` where that is installed, and said. Proved by tests/test_readers.py and tests/test_real_papers.py.
"""

import contextlib
import ctypes
import json
import logging
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import astuple, dataclass, field
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from sources.assemble import Draft, Part
from sources.errors import UnreadableLetter
from sources.layout import RUNNING_FOOT, join_lines, mend_paragraphs, vocabulary
from sources.letter import Kind
from sources.records import identifier_or_none
from sources.references import references

MOST_PAGES, MOST_LETTERS, LONGEST_S = 3000, 5_000_000, 120
MOST_MEMORY = 1_000_000_000  # of the process that reads a file; one without a bomb in it needs some 300 MB of addresses
MOST_PAGES_TO_RECOGNISE, RECOGNISE_S = 100, 90
FEWEST_LETTERS = 20  # a page with fewer has no text
EDGE = 0.1  # of a page: where running heads and feet are
MARGIN = 0.3  # of its width, at least, is the left margin of a Kamerstuk
SMALL, RAISED = 0.88, 0.75  # of the size of the text: footnotes, and the marks of them
MARGIN_TEXT = re.compile(  # what a Kamerstuk has in its wide left margin; other papers have words there
    r"\d{2}[ .]?\d{3}(?:[ -][A-Z\d]{1,5})?|\(R ?\d{4}\)|[IVX]{1,6}|[A-Z]{1,2}|Nrs?\. ?\w{1,5}|kst-\S+|ISSN .*|['’]s-Gravenhage \d{4}|\d{1,2}"
)
NOTE = re.compile(r"(?P<number>\d{1,3})(?!\d|[.,]\d)\s*(?P<text>\S.*)")
FOOT = re.compile(r"(?P<kamer>Tweede|Eerste) Kamer,? vergaderjaar (?P<year>\d{4})\D(?P<until>\d{4}), (?P<paper>.{4,40}?)(?: \d{1,4})?")
HEAD = re.compile(r"(?:Tweede|Eerste) Kamer der Staten-Generaal(?: [12])?|Staten-Generaal|1/2|Vergaderjaar \d{4}\D\d{4}", re.IGNORECASE)
COMMON = frozenset("de het een van en in is dat op te voor met niet zijn aan er om bij als door of the of and to in".split())
ONE_AT_A_TIME = threading.Lock()  # so that many at once need no more memory than one
IMAGES = "deze PDF bevat geen tekst, alleen beelden (een scan)"
GLYPHS = "de tekst in deze PDF is onleesbaar gecodeerd (glyphnummers in plaats van letters)"
TOO_MUCH = "deze PDF vraagt meer geheugen dan een stuk nodig heeft. Haal het stuk opnieuw op bij de bron."
TOO_SLOW = "het lezen van deze PDF duurt te lang. Voeg alleen het deel toe waarom het gaat."
CRASHED = "het lezen van deze PDF loopt vast; het bestand is waarschijnlijk beschadigd. Haal het stuk opnieuw op bij de bron."
REMEDY = "{}. Voeg een versie met tekst toe, of installeer 'tesseract-ocr-nld' voor tekstherkenning."


@dataclass(frozen=True)
class Line:
    """A stretch of one line: its words, from where to where it is set, the height of its foot and the size of its letters."""

    text: str
    left: float
    right: float
    foot: float
    size: float
    marks: tuple[tuple[int, int], ...] = ()  # (place, length) of raised numbers


@dataclass
class Page:
    """What is on a page; `dropped` is what stands on all of them, or in the margin."""

    width: float
    height: float
    lines: list[Line]
    dropped: list[str] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)


log = logging.getLogger(__name__)


def read_pdf(content: bytes, path: Path) -> Draft:
    """The paragraphs of a PDF with their pages and footnotes."""
    house = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", "sources.pdf", path.name, str(MOST_MEMORY), str(LONGEST_S)]
    with ONE_AT_A_TIME:
        done = subprocess.run(command, input=content, capture_output=True, env=os.environ | {"PYTHONPATH": house})
    if done.returncode:
        log.warning("%s: %s", path.name, done.stderr[-500:].decode(errors="replace"))
        raise UnreadableLetter(path, why_it_ended(done.returncode, done.stderr))
    told = json.loads(done.stdout)
    if "reason" in told:
        raise UnreadableLetter(path, told["reason"], lasting=told["lasting"])
    parts = [Part(text, Kind(kind) if kind else None, *rest) for text, kind, *rest in told["parts"]]
    return Draft(parts, told["facts"], notes=tuple(told["notes"]))


def why_it_ended(code: int, said: bytes) -> str:
    """Why the process that read a PDF ended before it had: by the signal (negative) and by what it said on its way."""
    out_of_memory = code == -signal.SIGKILL or (code == -signal.SIGABRT and (not said or b"bad_alloc" in said))  # pdfium says nothing
    return TOO_MUCH if out_of_memory else TOO_SLOW if code == -signal.SIGXCPU else CRASHED


def main() -> None:
    """Read the PDF on standard input within the bounds given, and write what is in it, or why it cannot be read, as JSON."""
    memory, seconds = (int(most) for most in sys.argv[2:4])
    for bound, most in ((resource.RLIMIT_AS, (memory, memory)), (resource.RLIMIT_CPU, (seconds, seconds + 5))):
        with contextlib.suppress(ValueError, OSError):  # not every system has every bound
            resource.setrlimit(bound, most)
    told: dict[str, Any]
    try:
        draft = _read_within(sys.stdin.buffer.read(), Path(sys.argv[1]))
        told = {"parts": [astuple(part) for part in draft.parts], "facts": draft.facts, "notes": draft.notes}
    except UnreadableLetter as error:
        told = {"reason": error.reason, "lasting": error.lasting}
    except MemoryError:
        told = {"reason": TOO_MUCH, "lasting": True}
    json.dump(told, sys.stdout)


def _read_within(content: bytes, path: Path) -> Draft:
    try:
        with pypdfium2.PdfDocument(content) as document:
            return _read(document, path)
    except pypdfium2.PdfiumError as error:
        raise UnreadableLetter(path, _why_not(str(error))) from error


def _read(document: pypdfium2.PdfDocument, path: Path) -> Draft:
    if len(document) > MOST_PAGES:
        raise UnreadableLetter(path, f"deze PDF heeft meer dan {MOST_PAGES} bladzijden. Voeg alleen het deel toe waarom het gaat.")
    pages = list(_pages(document, path))
    if problem := _problem("\n".join(line.text for page in pages for line in page.lines), len(pages)):
        return _recognised(document, problem, path)
    bare = [str(at) for at, page in enumerate(pages, 1) if not page.lines]
    return _draft(pages, (f"{path.name}: zonder leesbare tekst is bladzijde {', '.join(bare)}.",) if bare else ())


def _why_not(error: str) -> str:
    if "password" in error.lower():
        return "deze PDF is met een wachtwoord beveiligd. Sla het stuk op zonder wachtwoord en voeg dat toe."
    return "deze PDF is beschadigd: de binaire inhoud is niet te lezen. Haal het stuk opnieuw op."


def _problem(text: str, pages: int) -> str | None:
    """Why the text layer cannot be used; None if it can."""
    letters = sum(letter.isalnum() for letter in text)
    if letters < FEWEST_LETTERS * min(pages, 5):
        signs = sum(not letter.isspace() for letter in text)
        return GLYPHS if signs > 2 * FEWEST_LETTERS * pages else IMAGES if letters < FEWEST_LETTERS else None
    words = re.findall(r"[^\W\d_]+", text.lower())
    odd = sum(1 for letter in text if (letter < " " and letter not in "\n\r\t\x02") or "\ue000" <= letter <= "\uf8ff" or letter == "\ufffd")
    unknown = len(words) > 50 and sum(word in COMMON for word in words) < 0.03 * len(words)
    return GLYPHS if unknown or odd > 0.1 * len(text) else None


def _pages(document: pypdfium2.PdfDocument, path: Path) -> Iterator[Page]:
    """Page after page, until it takes too long or there is too much."""
    began, letters = time.monotonic(), 0
    for page in document:
        text = page.get_textpage()
        letters += pdfium.FPDFText_CountChars(text)
        if letters > MOST_LETTERS:
            raise UnreadableLetter(path, "deze PDF is te groot om te lezen. Voeg alleen het deel toe waarom het gaat.")
        if time.monotonic() - began > LONGEST_S:
            raise UnreadableLetter(path, TOO_SLOW)
        width, height = page.get_size()
        yield Page(width, height, _lines(text))


def _lines(text: Any) -> list[Line]:
    """The lines of a page, in the order in which they are set; a wide gap in a line begins a new stretch."""
    lines: list[Line] = []
    letters: list[tuple[str, float, float, float, float]] = []  # letter, left, right, foot, size
    box = [ctypes.c_double() for _ in range(4)]
    for at in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, at)
        letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
        if letter in "\r\n\x02\ufffe":
            letters += [("-", *letters[-1][1:])] if letter in "\x02\ufffe" and letters else []  # a hyphen at a line end
            lines += [_line(letters)] if letters else []
            letters = []
            continue
        if not letter.isspace():
            pdfium.FPDFText_GetCharBox(text, at, *(ctypes.byref(side) for side in box))
            left, right, foot = box[0].value, box[1].value, box[2].value
            size = pdfium.FPDFText_GetFontSize(text, at)
            previous = next((one for one in reversed(letters) if not one[0].isspace()), None)
            if previous and (left - previous[2] > 2 * max(size, previous[4], 4) or left < previous[1] - 20 * max(size, 4)):
                lines.append(_line(letters))
                letters = []
            letters.append((letter, left, right, foot, size))
        elif letters:
            letters.append((" ", *letters[-1][1:]))
    lines += [_line(letters)] if letters else []
    return [line for line in lines if line.text.strip()]


def _line(letters: Sequence[tuple[str, float, float, float, float]]) -> Line:
    """A stretch of letters, with the raised numbers in it marked."""
    text = "".join(letter for letter, *_ in letters)
    sizes = Counter[float]()
    for letter, _left, _right, _foot, size in letters:
        sizes[round(size, 1)] += letter.isalnum()
    size = sizes.most_common(1)[0][0]
    feet = sorted(foot for letter, _left, _right, foot, own in letters if letter.isalnum() and own >= RAISED * size) or [letters[0][3]]
    marks, at = [], 0
    for raised, run in groupby(letters, key=lambda one: one[0].isdigit() and one[4] < RAISED * size):
        length = len(list(run))
        marks += [(at, length)] if raised else []
        at += length
    return Line(text, letters[0][1], max(one[2] for one in letters), feet[len(feet) // 2], size, tuple(marks))


def _draft(pages: list[Page], notes: tuple[str, ...]) -> Draft:
    size = _most_common([(round(line.size, 1), len(line.text)) for page in pages for line in page.lines])
    column = _most_common(
        [(round(line.left / 2) * 2, len(line.text)) for page in pages for line in page.lines if line.size >= SMALL * size]
    )
    for page in pages:
        _drop_margin(page, column)
    shapes = Counter(shape for page in pages for shape in _edges(page))
    running = {shape for shape, times in shapes.items() if times > max(1, len(pages) // 2)}
    for page in pages:
        _drop_running(page, running, first=page is pages[0])
        _take_notes(page, size)
    _carry_notes_over(pages)
    gaps = sorted(gap for page in pages for gap in _gaps(page) if gap > 0.8 * size)
    pitch = gaps[len(gaps) // 4] if gaps else size
    marked = [_page_text(page, size, pitch) for page in pages]
    return Draft(list(_parts(pages, marked)), _facts(pages), notes=notes)


def _most_common(weighted: Sequence[tuple[float, int]]) -> float:
    weights = Counter[float]()
    for value, weight in weighted:
        weights[value] += weight
    return weights.most_common(1)[0][0] if weights else 0.0


def _drop_running(page: Page, shapes: Set[str], *, first: bool) -> None:
    """Leave out heads and feet: at the edge what has the shape of what runs over many pages, known ones, and a number by itself."""
    for line in sorted(page.lines, key=lambda line: line.text.strip().isdecimal()):
        at_edge = not EDGE * page.height < line.foot < (1 - EDGE) * page.height
        text = " ".join(line.text.split())
        if text.isdecimal():
            running = at_edge and sum(abs(other.foot - line.foot) < 3 for other in page.lines) == 1
        else:
            running = at_edge and _shape(text) in shapes
        if running or RUNNING_FOOT.fullmatch(text) or (first and HEAD.fullmatch(text) and line.foot > 0.6 * page.height):
            page.lines.remove(line)
            page.dropped.append(text)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _edges(page: Page) -> set[str]:
    """The shapes of what stood at the edges of a page."""
    at_edge = (line.text for line in page.lines if not EDGE * page.height < line.foot < (1 - EDGE) * page.height)
    return {_shape(" ".join(text.split())) for text in (*at_edge, *page.dropped)}


def _drop_margin(page: Page, column: float) -> None:
    """Leave out what a Kamerstuk has in its margin, and numbers of lines; keep words, and the number that a line begins with."""
    outside = [line for line in page.lines if line.right < column - 3]
    numbers = [int(line.text) for line in outside if line.text.strip().isdecimal()]
    counted = len(numbers) >= 4 and all(first < second for first, second in pairwise(numbers))
    for line in outside:
        text = line.text.strip()
        if counted if text.isdecimal() else MARGIN_TEXT.fullmatch(text) and column > MARGIN * page.width:
            page.lines.remove(line)
            page.dropped.append(text)


def _take_notes(page: Page, size: float) -> None:
    """Take the footnotes apart: small letters below the last line of the text. What goes on from the page before is note 0."""
    lowest = min((line.foot for line in page.lines if line.size >= SMALL * size), default=page.height)
    below = [line for line in page.lines if line.size < SMALL * size and line.foot < lowest]
    number, known = 0, vocabulary(line.text for line in below)
    for line in below:
        match = NOTE.match(line.text.strip())
        if match and int(match["number"]) > number:
            number = int(match["number"])
            page.notes[number] = match["text"].strip()
        else:
            page.notes[number] = join_lines(page.notes.get(number, ""), line.text.strip(), known)
        page.lines.remove(line)


def _carry_notes_over(pages: list[Page]) -> None:
    """Join the rest of a note to where it began; small print that belongs to no note is text."""
    for page, following in pairwise([Page(0, 0, []), *pages]):
        rest = following.notes.pop(0, None)
        if rest and page.notes:
            last = max(page.notes)
            page.notes[last] = join_lines(page.notes[last], rest, vocabulary([]))
        elif rest:
            following.lines.append(Line(rest, 0, 0, 0, 0))


def _gaps(page: Page) -> list[float]:
    """How far each line is set below the one before it."""
    return [above.foot - line.foot for above, line in pairwise(page.lines)]


def _page_text(page: Page, size: float, pitch: float) -> tuple[str, list[tuple[int, int]]]:
    """The text of a page, a blank line where it has room between lines, and (letters before it, number) of each mark."""
    pieces: list[str] = []
    marks: list[tuple[int, int]] = []
    letters = 0
    for above, line in pairwise([None, *page.lines]):
        if line is None:
            continue
        text = line.text
        for at, length in reversed(line.marks):
            number = int(text[at : at + length])
            if number in page.notes and at:
                marks.append((letters + _letters(text[:at]) - sum(n for start, n in line.marks if start < at), number))
                text = text[:at] + text[at + length :]
        if above is not None:
            same_line = abs(above.foot - line.foot) < 0.3 * size
            pieces.append(" " if same_line else "\n\n" if above.foot - line.foot > 1.45 * pitch else "\n")
        pieces.append(text)
        letters += _letters(text)
    return "".join(pieces), sorted(marks)


def _letters(text: str) -> int:
    return sum(letter.isalnum() for letter in text)


def _parts(pages: list[Page], marked: list[tuple[str, list[tuple[int, int]]]]) -> Iterator[Part]:
    """The paragraphs, each with the page on which it begins, and below it the footnotes that it calls."""
    texts = [text for text, _ in marked]
    before = [0, *accumulate(_letters(text) for text in texts)]
    calls = [(before[at] + place, at, number) for at, (_, marks) in enumerate(marked) for place, number in marks]
    left = {(at, number) for at, page in enumerate(pages) for number in page.notes}
    done, at = 0, 0
    for paragraph in mend_paragraphs("\f".join(texts)):
        at = max(bisect_right(before, done) - 1, 0)
        yield Part(paragraph, page=at + 1)
        done += _letters(paragraph)
        for place, on, number in calls:
            if place <= done and (on, number) in left:
                left.remove((on, number))
                yield Part(f"{number} {pages[on].notes[number]}", Kind.NOTE, page=on + 1)
    for on, number in sorted(left):
        yield Part(f"{number} {pages[on].notes[number]}", Kind.NOTE, page=on + 1)


def _facts(pages: list[Page]) -> dict[str, Any]:
    """Which paper it is, by its feet: 'kst-36067-90' on the first page, or 'vergaderjaar 2022–2023, 36 067, nr. 90' on each."""
    dropped = [text for page in pages for text in page.dropped]
    for text in dropped:
        official = re.search(r"\bkst-\S+", text)
        if official and (identifier := identifier_or_none(official[0])):
            return {"id": identifier}
    for match in filter(None, (FOOT.fullmatch(text) for text in dropped)):
        chamber = "I" if match["kamer"] == "Eerste" else "II"
        for reference in references(f"Kamerstukken {chamber} {match['year']}/{match['until']}, {match['paper']}"):
            return {"id": reference.document}
    return {}


def _recognised(document: pypdfium2.PdfDocument, problem: str, path: Path) -> Draft:
    """The paragraphs as tesseract reads them off the pages; without it, or without Dutch, the paper is refused."""
    command = shutil.which("tesseract")
    if not command or len(document) > MOST_PAGES_TO_RECOGNISE:
        raise UnreadableLetter(path, REMEDY.format(problem), lasting=bool(command))
    texts: list[str] = []
    for page in document:
        picture = page.render(scale=min(300 / 72, 5000 / max(page.get_size())), grayscale=True)
        rows = bytes(picture.buffer)
        packed = b"".join(rows[at * picture.stride : at * picture.stride + picture.width] for at in range(picture.height))
        image = f"P5 {picture.width} {picture.height} 255\n".encode() + packed
        try:
            done = subprocess.run([command, "-", "-", "-l", "nld"], input=image, capture_output=True, timeout=RECOGNISE_S, check=True)
        except (subprocess.SubprocessError, OSError) as error:
            at_once = not texts and not isinstance(error, subprocess.TimeoutExpired)  # it may only be Dutch that is missing
            raise UnreadableLetter(path, REMEDY.format(f"{problem}, en tekstherkenning mislukte"), lasting=not at_once) from error
        texts.append(done.stdout.decode(errors="replace").replace("\f", "\n"))
    note = f"{path.name} is gelezen met tekstherkenning (OCR), want {problem}; leg citaten naast het origineel."
    return Draft(list(_parts([Page(1, 1, []) for _ in texts], [(text, []) for text in texts])), notes=(note,))


if __name__ == "__main__":
    main()
