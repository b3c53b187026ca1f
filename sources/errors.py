"""What can go wrong, named for what the caller can do about it.

KamervraagError             everything a user may see: one Dutch sentence that says what to do
├── UnreadableLetter        this file is no letter we can read; the others go on
├── BadQuestion             ask again, otherwise
├── IndexProblem            the index needs a hand
│   ├── IndexMissing        make it
│   ├── IndexMismatch       it was made with other settings: make it anew
│   ├── IndexDamaged        it does not open or contradicts itself: make it anew
│   ├── IndexBusy           another process is writing it: wait
│   └── NotInIndex          the paper that was asked for is not in it
├── StorageProblem          a folder or file that cannot be read or written, a disk that is full
├── ModelMissing            the embedding model is not on this machine
├── SourceProblem           (`sources.http`) an official service could not give what was asked
├── NotAnIdentifier         (`sources.records`) what was given names no paper or dossier
├── NotInCollection         (`sources.state`) what should go is not there
├── NothingToAdd            (`rag.library`) what was given is no file, id or address
├── DossierFailed           (`rag.library`) there are no papers in a dossier that was to be added
├── FeedbackProblem         (`rag.feedback`) no such verdict, or more must be said to make a question of it
├── BadSetting              set it otherwise
└── PortInUse               choose another port
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # no room, no room for this user, no room for so large a file
CLOSED = "{} kan niet worden gelezen of geschreven ({}). Controleer de rechten, of kies met KAMERVRAAG_HOME een andere map."


class KamervraagError(Exception):
    """Base of all errors that carry a message for the user; `str(error)` is that message, in Dutch."""


class UnreadableLetter(KamervraagError):
    """A file or its metadata cannot be read as a letter; `lasting` is whether that is so until the file changes."""

    def __init__(self, path: Path, reason: str, *, lasting: bool = True) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path, self.reason, self.lasting = path, reason, lasting


class BadQuestion(KamervraagError):
    """The question cannot be asked as it is."""


class IndexProblem(KamervraagError):
    """The index cannot be used as it is."""


class IndexMissing(IndexProblem):
    """There is no index yet."""


class IndexMismatch(IndexProblem):
    """The index was built with other settings than the ones now in force."""


class IndexDamaged(IndexProblem):
    """The index does not open, or its parts contradict each other."""


class IndexBusy(IndexProblem):
    """Another process is writing the index."""


class NotInIndex(IndexProblem):
    """A paper was asked for by its id, and the index does not have it."""

    def __init__(self, id: str) -> None:
        super().__init__(f"'{id[:80]}' staat niet in de index. 'kamervraag list' laat zien wat er is; 'kamervraag add' haalt een stuk op.")


class StorageProblem(KamervraagError):
    """A folder or file cannot be read or written, or the disk is full."""


class ModelMissing(KamervraagError):
    """The embedding model cannot be loaded from this machine."""


class PortInUse(KamervraagError):
    """Something else listens on the port that was asked for."""


class BadSetting(KamervraagError):
    """An environment variable has a value that cannot be used."""


def storage_problem(error: Exception, place: Path) -> StorageProblem | None:
    """What an error says of the disk: by its number, or by its words where it has none (SQLite, Chroma); None where nothing."""
    number, words = getattr(error, "errno", None), str(error).lower()

    def says(*signs: str) -> bool:
        return number is None and any(sign in words for sign in signs)

    if number in FULL or says("full", "no space"):
        return StorageProblem(
            f"De schijf is vol: in {place} past niets meer. Maak ruimte vrij en probeer het opnieuw; er is niets verloren."
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or says("readonly", "read-only", "permission", "not permitted", "unable to open"):
        return StorageProblem(CLOSED.format(place, getattr(error, "strerror", None) or error))
    if says("locked", "busy"):
        return StorageProblem(f"{place} is in gebruik door een ander programma. Probeer het zo opnieuw.")
    return None


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Say what a full disk, a folder or file that is closed, or a text that is none means for the user."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise StorageProblem(f"{place} is geen UTF-8. Herstel of verwijder dat bestand.") from error
    except OSError as error:
        raise storage_problem(error, place) or StorageProblem(CLOSED.format(place, error.strerror or error)) from error
