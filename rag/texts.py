"""Everything that a user of the page reads, in Dutch and in English, in one place.

Dutch is what the program says: a `Text` is the Dutch sentence and can be used as such everywhere. It remembers what it was
made of, so that a page in English can say it in English. Names of papers, kinds of paper and quotes are never translated.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sources.dates import WEEKDAYS, written_out

Say = Callable[[Any], str]  # a text in the language of a page

_ENGLISH: dict[str, str] = {}
_MONTHS = "January February March April May June July August September October November December".split()


class Text(str):
    """A Dutch sentence, made of a template and what was filled in: other texts, days, numbers or words."""

    template: str
    parts: tuple[Any, ...]

    def __new__(cls, template: str, *parts: Any) -> "Text":
        text = super().__new__(cls, template.format(*map(in_dutch, parts)) if parts else template)
        text.template, text.parts = template, parts
        return text

    def __getnewargs__(self) -> tuple[Any, ...]:  # what it takes to make it, for copies
        return (self.template, *self.parts)


def in_dutch(text: Any) -> str:
    """A text, day or number as it is said in Dutch."""
    return written_out(text) if isinstance(text, dt.date) else str(text)


def in_english(text: Any) -> str:
    """The same in English; what is no `Text` is somebody else's words and stays as it is."""
    if isinstance(text, dt.date):
        return f"{text.day} {_MONTHS[text.month - 1]} {text.year}"
    if not isinstance(text, Text):
        return str(text)
    template = _ENGLISH.get(text.template, text.template)
    return template.format(*map(in_english, text.parts)) if text.parts else template


SAY: dict[str, Say] = {"nl": in_dutch, "en": in_english}


def both(dutch: str, english: str) -> Text:
    """A text in both languages; places to fill in are '{}' in both, or numbered where the order differs."""
    _ENGLISH[dutch] = english
    return Text(dutch)


def joined(*texts: str, by: str = " ") -> Text:
    """Texts one after the other."""
    return Text(by.join(["{}"] * len(texts)), *texts)


# -- the page -----------------------------------------------------------------------------------------------------------

TITLE = both("Kamervraag", "Kamervraag")
SUBTITLE = both(
    "Vraag de Kamerstukken. Elk antwoord staat er woordelijk in; wat er niet in staat, wordt niet beantwoord.",
    "Ask the Dutch parliamentary papers, in Dutch. Every answer is in them word for word; what is not in them is not answered.",
)
OTHER_PAGE = both("English", "Nederlands")
PLACEHOLDER = both("Stel een vraag over de stukken", "Ask a question about the papers, in Dutch")
CONVERSATION = both("Gesprek", "Conversation")
START = both("Typ hieronder een vraag, of kies een voorbeeld.", "Type a question below, or choose an example.")
SEND, STOP = both("Stel de vraag", "Ask"), both("Stop", "Stop")
AGAIN, CHANGE, NEW = both("Opnieuw", "Again"), both("Wijzig de vraag", "Change the question"), both("Nieuw gesprek", "New conversation")
TALKS = both("Eerdere gesprekken (alleen in deze browser)", "Earlier conversations (in this browser only)")
NARROW, CLEAR = both("Zoek alleen in…", "Search only in…"), both("Wis filter", "Clear filter")
DOSSIER, KIND, SIGNER = both("Dossier", "Dossier"), both("Soort stuk", "Kind of paper"), both("Ondertekenaar", "Signer")
SINCE, UNTIL = both("Vanaf", "From"), both("Tot en met", "Up to and including")
A_DAY = both("bijvoorbeeld 2020-01-06 of 6-1-2020", "such as 2020-01-06 or 6-1-2020")
FILTER_IN_FORCE = both("Filter: {}.", "Filter: {}.")
UNKNOWN_IN_FILTER = both(
    "Niet in de index: {}. Met dit filter is daar niets van te vinden; wis het of haal de stukken eerst op.",
    "Not in the index: {}. Nothing of it can be found with this filter; clear it or fetch the papers first.",
)
BAD_DAY = both(
    "'{}' is geen datum. Schrijf bijvoorbeeld 2020-01-06 of 6-1-2020.", "'{}' is no date. Write for example 2020-01-06 or 6-1-2020."
)
ADD_TITLE, ADD = both("Stukken toevoegen", "Add papers"), both("Voeg toe", "Add")
ADD_FILES = both("Bestanden (PDF, DOCX, ODT, XML, HTML of tekst)", "Files (PDF, DOCX, ODT, XML, HTML or text)")
ADD_NUMBERS = both(
    "Of een nummer, adres of dossier: kst-27925-692, 2020D01452, 27925", "Or a number, address or dossier: kst-27925-692, 2020D01452, 27925"
)
GONE = both(
    "{} staat niet meer in de index: het is zojuist weggehaald. Stel de vraag opnieuw.",
    "{} is no longer in the index: it was just removed. Ask the question again.",
)
NOTHING_WANTED = both(
    "Kies een bestand, of typ een nummer, een adres of een dossier.", "Choose a file, or type a number, an address or a dossier."
)
NO_PAPER = both(
    "'{}' is geen nummer, adres of dossier. Typ bijvoorbeeld kst-27925-692, 2020D01452 of 27925.",
    "'{}' is no number, address or dossier. Type for example kst-27925-692, 2020D01452 or 27925.",
)
ADDED = both("Toegevoegd: {}. U kunt er nu naar vragen.", "Added: {}. You can ask about it now.")
ADDING, STARTING = both("{} ({} van {})", "{} ({} of {})"), both("Bezig met ophalen en lezen…", "Fetching and reading…")
TAKE_ALONG = both("Neem het gesprek mee", "Take the conversation along")
AS_MARKDOWN, AS_WORD = both("Als Markdown", "As Markdown"), both("Als Word-document", "As a Word document")
THANKS_GOOD = both("Genoteerd: het antwoord klopt.", "Noted: the answer is right.")
THANKS_BAD = both("Genoteerd: het antwoord klopt niet.", "Noted: the answer is not right.")
REMARK = both("Uw opmerking over dit antwoord (mag leeg blijven)", "Your remark on this answer (may stay empty)")
KEEP_REMARK, REMARK_KEPT = both("Bewaar opmerking", "Keep remark"), both("Uw opmerking is bewaard.", "Your remark is kept.")
GOOD, BAD = both("Dit antwoord klopt", "This answer is right"), both("Dit antwoord klopt niet", "This answer is not right")
EXAMPLES_LABEL = both("Bijvoorbeeld", "For example")
SEARCHING = both("Zoeken in de stukken…", "Searching the papers…")
IN_LINE = both("Er zijn meer vragen tegelijk: u bent nummer {} in de rij.", "There are more questions at once: you are number {} in line.")
LOADING = both(
    "De zoekmodellen worden geladen; dat duurt enkele seconden. Een vraag die u nu stelt, wordt daarna beantwoord.",
    "The search models are being loaded; that takes some seconds. A question that you ask now is answered after that.",
)
UP_TO_DATE = both("De index loopt tot en met {} ({} {}).", "The index goes up to {} ({} {}).")
PAPER, PAPERS = both("stuk", "paper"), both("stukken", "papers")
EMPTY_INDEX = both(
    "Er zitten nog geen stukken in de index. Draai eerst 'kamervraag index'.",
    "There are no papers in the index yet. Run 'kamervraag index' first.",
)
WENT_WRONG = both(
    "Er ging iets mis; de vraag is niet beantwoord. Probeer het opnieuw.", "Something went wrong; the question was not answered. Try again."
)
SIGN_IN = both("Meld u aan om vragen te stellen over de Kamerstukken.", "Sign in to ask questions about the parliamentary papers.")

# -- answers and sources ------------------------------------------------------------------------------------------------

STATE_OF = both("Stand van zaken op {}", "State of affairs on {}")
READ_AS = both("Gelezen als: {}", "Read as: {}")
NOT_IN_PAPERS = both("Niet in de stukken", "Not in the papers")
NEAREST = both("Het dichtst in de buurt (geen antwoord)", "What comes nearest (no answer)")
NO_ANSWER = both("geen antwoord", "no answer")
POSSIBLE, POSSIBLY = both("Mogelijk relevant", "Possibly relevant"), both("mogelijk relevant", "possibly relevant")
POSSIBLE_SOURCES = both("Mogelijk relevant (geen antwoord)", "Possibly relevant (no answer)")
OUT_OF_DATE = both("Achterhaald", "Out of date")
NEWER_SAYS, EARLIER_SAID = (
    both("Een nieuwer stuk ({}) zegt", "A newer paper ({}) says"),
    both("Eerder ({}) stond er", "Earlier ({}) it was said"),
)
ALSO_SAID = both("Ook staat in de stukken", "Also in the papers")
OVERTAKEN = both("eerder stuk", "earlier paper")
SOURCES, SOURCE = both("Bronnen", "Sources"), both("Bron {}", "Source {}")
UNDER = both("Onder: {}", "Under: {}")
PARAGRAPH, ON_PAGE = both("alinea {}", "paragraph {}"), both("p. {}", "p. {}")
COPY, COPIED = both("Kopieer met bron", "Copy with source"), both("Gekopieerd", "Copied")
COPY_ANSWER = both("Kopieer antwoord met bronnen", "Copy answer with sources")
CONTENTS = both("Koppen in dit stuk", "Headings in this paper")
SHARE = both("Koppeling naar deze vraag", "Link to this question")
SIGNED_BY = both("Ondertekend door {}", "Signed by {}")
NO_SOURCES = both(
    "Hier verschijnen de stukken waarop een antwoord rust, met de geciteerde woorden gemarkeerd.",
    "Here the papers appear on which an answer rests, with the quoted words marked.",
)
EARLIER = both("Bij vraag {}: {}", "To question {}: {}")
WHOLE_PAPER = both("Lees het hele stuk: {}", "Read the whole paper: {}")
OFFICIAL = both("Officiële publicatie", "Official publication")
SEARCHED = both("Gezocht in: {}", "Searched in: {}")
EVERYWHERE = both("Zoek in alle stukken", "Search all papers")
CITES, CITED_BY = both("Dit stuk noemt", "This paper names"), both("Dit stuk wordt genoemd in", "This paper is named in")
NOT_IN_INDEX, FETCH = both("staat niet in de index", "is not in the index"), both("Ophalen", "Fetch")
TALK_WITH = both("Gesprek met Kamervraag", "Conversation with Kamervraag")

# -- what the program says of a question, of its answer and of the papers it rests on -------------------------------------

EMPTY_QUESTION = both(
    "Uw vraag is leeg. Typ een vraag over de stukken, bijvoorbeeld: Wie heeft de brief ondertekend?",
    "Your question is empty. Type a question about the papers, such as: Wie heeft de brief ondertekend?",
)
LONG_QUESTION = both(
    "Uw vraag is te lang ({} tekens; ten hoogste {}). Stel de vraag korter, zonder bijgevoegde tekst.",
    "Your question is too long ({} characters; at most {}). Ask it shorter, without text pasted in.",
)
OTHER_LANGUAGE = both(
    "Uw vraag lijkt niet in het Nederlands te zijn; de stukken zijn dat wel. Stel de vraag in het Nederlands voor het beste antwoord.",
    "Your question does not seem to be in Dutch; the papers are. Ask it in Dutch for the best answer.",
)
NO_ORDERS = both(
    "Opdrachten worden niet uitgevoerd. Stel een vraag over wat er in de stukken staat.",
    "Orders are not carried out. Ask a question about what is in the papers.",
)
NOT_THERE = both("Dit staat niet in de stukken.", "This is not in the papers.")
NOT_SURE = both(
    "Een zeker antwoord staat niet in de stukken. Wat het dichtst in de buurt komt, is mogelijk relevant.",
    "There is no certain answer in the papers. What comes nearest is possibly relevant.",
)
NOWHERE = both("Nergens gevonden: {}.", "Found nowhere: {}.")
LOOKED_THROUGH = both("Doorzocht: {} {}, het nieuwste van {}.", "Searched: {} {}, the newest of {}.")
LOOKED_THROUGH_UNDATED = both("Doorzocht: {} {}.", "Searched: {} {}.")
ONLY_QUOTES = both("Dit antwoord bestaat uit citaten.", "This answer consists of quotes.")
NOTHING_STOOD = both(
    "Het taalmodel gaf geen zin die in de stukken staat; dit antwoord bestaat uit citaten.",
    "The language model gave no sentence that is in the papers; this answer consists of quotes.",
)
MODEL_SLOW = both("Het taalmodel op {} deed er langer over dan {} seconden.", "The language model at {} took longer than {} seconds.")
MODEL_SILENT = both("Het taalmodel op {} antwoordde niet binnen {} seconden.", "The language model at {} did not answer within {} seconds.")
MODEL_ENDLESS = both("Het taalmodel op {} hield niet op.", "The language model at {} did not stop.")
MODEL_ABSENT = both(
    "Het taalmodel op {} is niet bereikbaar. Controleer KAMERVRAAG_LLM_URL.",
    "The language model at {} cannot be reached. Check KAMERVRAAG_LLM_URL.",
)
BAD_KEY = both(
    "De sleutel voor het taalmodel op {} bevat tekens die in een sleutel niet kunnen. Controleer KAMERVRAAG_LLM_KEY.",
    "The key for the language model at {} has characters that a key cannot have. Check KAMERVRAAG_LLM_KEY.",
)
MODEL_REFUSES = both("Het taalmodel op {} {} (status {}).", "The language model at {} {} (status {}).")
MODEL_FAILED = both("Zonder taalmodel: alleen citaten", "Without the language model: quotes only")
NO_KEY, TOO_BUSY = both("weigert de sleutel", "refuses the key"), both("heeft het te druk", "is too busy")
NO_SUCH_MODEL, GAVE_ERROR = both("kent het model '{}' niet", "does not know the model '{}'"), both("gaf een fout", "gave an error")
LEFT_OUT = both("Een zin is weggelaten: {}.", "A sentence was left out: {}.")
NO_QUOTE = both("er hoort geen citaat bij", "it has no quote")
NOT_VERBATIM = both("het citaat staat niet letterlijk in het stuk", "its quote is not word for word in the paper")
NOT_IN_QUOTE = both("'{}' staat niet in het citaat", "'{}' is not in the quote")
TURNED_ROUND = both("de zin ontkent wat het citaat zegt, of andersom", "the sentence denies what the quote says, or the other way round")
REPLACED = both("Let op: «{}» ({}) is vervangen door {}.", "Note: «{}» ({}) was replaced by {}.")
REPLACED_ON = both("Let op: «{}» ({}) is vervangen door {} van {}.", "Note: «{}» ({}) was replaced by {} of {}.")
WITHDRAWN = both("Let op: «{}» ({}) is ingetrokken bij {}.", "Note: «{}» ({}) was withdrawn by {}.")
WITHDRAWN_ON = both("Let op: «{}» ({}) is ingetrokken bij {} van {}.", "Note: «{}» ({}) was withdrawn by {} of {}.")
OLDER = both("[{}] is van een eerder stuk ({}) dan [{}] ({}).", "[{}] is from an earlier paper ({}) than [{}] ({}).")
THAT_DAY_IS = both("«{}» is {} (gerekend vanaf de datum van het stuk).", "«{}» is {} (counted from the date of the paper).")
WRONG_WEEKDAY = both(
    "Let op: in het stuk staat «{}», maar die dag was een {}. Waarschijnlijk is {} bedoeld.",
    "Note: the paper says «{}», but that day was a {}. Probably {} is meant.",
)
NO_SUCH_WEEKDAY = both(
    "Let op: in het stuk staat «{}», maar {} is een {}. Waarschijnlijk is {} of {} bedoeld.",
    "Note: the paper says «{}», but {} is a {}. Probably {} or {} is meant.",
)
UNDATED = both(
    "«{}» ({}) heeft geen datum: van wanneer deze stand van zaken is, is onbekend.",
    "«{}» ({}) has no date: of when this state of affairs is, is unknown.",
)
PRESENT = both("{} staat in de index.", "{} is in the index.")
ABSENT = both("{} wordt aangehaald, maar staat niet in de index ({}).", "{} is cited, but is not in the index ({}).")
HOW_TO_FETCH = both("Ophalen kan met: kamervraag add {}", "It can be fetched with: kamervraag add {}")
ASKED_FOR = both("U vraagt naar {}; dat staat niet in de index.", "You ask for {}; that is not in the index.")
PAPER_OF = both("een stuk van {}", "a paper of {}")
IN_DOSSIER = both("dossier {}", "dossier {}")
OR, AND = both(" of ", " or "), both(" en ", " and ")
BY_SIGNER, FROM_DAY = both("ondertekend door {}", "signed by {}"), both("vanaf {}", "from {}")
UNTIL_DAY = both("tot en met {}", "up to and including {}")
WEEKDAY_NAMES = tuple(map(both, WEEKDAYS, "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()))


def either(words: tuple[Any, ...]) -> Text:
    """'27925, 29521 of 36045'."""
    return _listed(words, OR)


def each_of(words: tuple[Any, ...]) -> Text:
    """'27925, 29521 en 36045'."""
    return _listed(words, AND)


def _listed(words: tuple[Any, ...], last: Text) -> Text:
    *firsts, final = words
    return joined(joined(*firsts, by=", "), last, final, by="") if firsts else joined(final)


def weekday(day: dt.date) -> Text:
    """'vrijdag'."""
    return WEEKDAY_NAMES[day.weekday()]


def whole_day(day: dt.date) -> Text:
    """'vrijdag 10 januari 2020'."""
    return joined(weekday(day), day)  # type: ignore[arg-type]  # a day is said in the language of the page
