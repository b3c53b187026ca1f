"""Dates as letters write them: '18 oktober 2019', '3 januari jl.', 'vrijdag 10 januari aanstaande', 'vandaag'.

Pure: a text and the date of the letter in, mentions out. A mention without a year is resolved against the letter's
date, in a year in which its weekday fits; a weekday that does not fit a whole date is reported with the nearest year in
which it does.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

MONTHS = ("januari februari maart april mei juni juli augustus september oktober november december").split()
WEEKDAYS = "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split()
SHORT_MONTHS = {"jan": 1, "feb": 2, "febr": 2, "mrt": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9}
SHORT_MONTHS |= {"okt": 10, "nov": 11, "dec": 12}
MONTH_NUMBERS = SHORT_MONTHS | {name: number for number, name in enumerate(MONTHS, start=1)}

_MONTH = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
_WEEKDAY = "|".join(WEEKDAYS)
_PAST = r"jl\.?|j\.l\.|jongstleden|laatstleden|ll\.|afgelopen"
_COMING = r"a\.s\.|aanstaande|aankomende|eerstkomende"
WRITTEN_DATE = re.compile(
    rf"\b(?:(?P<weekday>{_WEEKDAY})\s+)?(?P<day>[1-3]?\d)\s+(?P<month>{_MONTH})\b\.?(?:\s+(?P<year>(?:19|20)\d\d)\b)?"
    rf"(?:\s+(?P<direction>{_PAST}|{_COMING})(?!\w))?",
    re.IGNORECASE,
)
DAY_BEFORE = re.compile(  # '5' in '5 en 6 januari', '5-6 januari' and 'van 5 tot en met 6 januari'
    rf"(?<![\w.,/-])(?:(?P<weekday>{_WEEKDAY})\s+)?(?P<day>[1-3]?\d)(?:\s*[-–]\s*|\s+(?:en|of|tot en met|t/m|tot)\s+)$", re.IGNORECASE
)
FARTHEST = 40  # characters that such a day stands before the other
_THE_MORNING = "".join(rf"(?<!{word}\s)" for word in (r"\bde", r"\bdeze", r"\bdie", r"\belke", r"\bvolgende", r"\bvroege", "dag"))
RELATIVE_DAY = re.compile(
    r"\b(?P<word>vandaag|heden|gisteren|eergisteren|overmorgen|gisteravond|vanmorgen|vanochtend|vanmiddag|vanavond|"
    rf"{_THE_MORNING}morgen)\b",
    re.IGNORECASE,
)
RELATIVE_WEEKDAY = re.compile(
    rf"\b(?:(?P<before>afgelopen|aanstaande|komende|aankomende)\s+(?P<day1>{_WEEKDAY})|(?P<day2>{_WEEKDAY})\s+(?P<after>{_PAST}|{_COMING}))(?!\w)",
    re.IGNORECASE,
)
DAYS_AWAY = {"vandaag": 0, "heden": 0, "vanmorgen": 0, "vanochtend": 0, "vanmiddag": 0, "vanavond": 0}
DAYS_AWAY |= {"gisteren": -1, "gisteravond": -1, "eergisteren": -2, "morgen": 1, "overmorgen": 2}


@dataclass(frozen=True)
class DateMention:
    """Words that name a day: their place in the text, the day they mean, and what is wrong with them, if anything.

    `relative` says that the words alone do not name the full date; `likely` is the date probably meant where the
    weekday contradicts the date as written.
    """

    start: int
    end: int
    date: dt.date
    relative: bool
    likely: dt.date | None = None


def written_out(day: dt.date) -> str:
    """'6 januari 2020'."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def date_mentions(text: str, letter_date: dt.date | None) -> list[DateMention]:
    """All days that `text` names, in order of place; what needs the letter's date is left out where there is none."""
    found = list(_written_dates(text, letter_date))
    if letter_date:
        taken = [(m.start, m.end) for m in found]
        for mention in _relative_days(text, letter_date):
            if not any(start < mention.end and mention.start < end for start, end in taken):
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _written_dates(text: str, letter_date: dt.date | None) -> Iterator[DateMention]:
    for match in WRITTEN_DATE.finditer(text):
        date = _written(match, letter_date)
        if date is None:
            continue
        yield DateMention(match.start(), match.end(), date, not match["year"], _likely(match, date, letter_date))
        before = DAY_BEFORE.search(text, max(0, match.start() - FARTHEST), match.start())
        if before and 0 < int(before["day"]) < date.day:
            yield DateMention(before.start(), match.end(), date.replace(day=int(before["day"])), not match["year"])


def _written(match: re.Match[str], letter_date: dt.date | None) -> dt.date | None:
    """The day that a written date names, or None where there is no such day or nothing that tells its year."""
    day, month = int(match["day"]), MONTH_NUMBERS[match["month"].lower()]
    if match["year"]:
        return _date(int(match["year"]), month, day)
    return _nearest(month, day, letter_date, weekday=_weekday(match), direction=_direction(match["direction"])) if letter_date else None


def _weekday(match: re.Match[str]) -> int | None:
    return WEEKDAYS.index(match["weekday"].lower()) if match["weekday"] else None


def _relative_days(text: str, letter_date: dt.date) -> Iterator[DateMention]:
    for match in RELATIVE_DAY.finditer(text):
        date = letter_date + dt.timedelta(days=DAYS_AWAY[match["word"].lower()])
        yield DateMention(match.start(), match.end(), date, relative=True)
    for match in RELATIVE_WEEKDAY.finditer(text):
        weekday = WEEKDAYS.index((match["day1"] or match["day2"]).lower())
        direction = _direction(match["before"] or match["after"])
        step = (weekday - letter_date.weekday()) % 7 or 7
        date = letter_date + dt.timedelta(days=step if direction > 0 else step - 7 if step < 7 else -7)
        yield DateMention(match.start(), match.end(), date, relative=True)


def _direction(word: str | None) -> int:
    """-1 for words that point back, 1 for words that point ahead, 0 without one."""
    if not word:
        return 0
    return 1 if re.fullmatch(rf"(?:{_COMING}|komende)", word, re.IGNORECASE) else -1


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, to: dt.date, *, weekday: int | None, direction: int) -> dt.date | None:
    """The day and month in the year nearest to `to`, before it, after it, or either; rather one in which the weekday fits."""
    years = [date for year in (to.year - 1, to.year, to.year + 1) if (date := _date(year, month, day))]
    ahead = [date for date in years if direction == 0 or (date - to).days * direction >= 0]
    return min(ahead, key=lambda date: (weekday not in (None, date.weekday()), abs((date - to).days)), default=None)


def _likely(match: re.Match[str], date: dt.date, letter_date: dt.date | None) -> dt.date | None:
    """Where the weekday contradicts a whole date, the same day in the nearest year in which it fits; else None."""
    weekday = _weekday(match)
    if weekday in (None, date.weekday()) or not match["year"]:
        return None
    around = letter_date or date
    years = [other for year in range(date.year - 6, date.year + 7) if (other := _date(year, date.month, date.day))]
    return min((d for d in years if d.weekday() == weekday), key=lambda d: abs((d - around).days), default=None)
