"""What somebody wrote beside a paper: our own `.json`, or the publisher's `metadata.xml`. Either becomes fields of an `Identity`.

A JSON file may hold any of those fields by name, as `dataclasses.asdict` writes them; and two that a source gives, which do not
go before what the letter itself says: 'issued', a day, and 'listed_signers'.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from sources.errors import UnreadableLetter
from sources.identifiers import parse
from sources.letter import DATES, LISTS, Identity
from sources.records import Record

TEXTS = {field.name for field in fields(Identity)} - DATES - LISTS - {"signers", "temporary"}


def given_in(content: bytes | None, path: Path) -> dict[str, Any]:
    """The fields that are given; UnreadableLetter, which names `path`, when they cannot be read."""
    if content is None:
        return {}
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return of_publisher(content, path.with_suffix(".metadata.xml"))
    try:
        data = json.loads(content.decode("utf-8-sig"))
        json.dumps(data, ensure_ascii=False).encode()  # no half characters
    except (ValueError, RecursionError) as error:
        raise UnreadableLetter(path, "dit is geen geldige JSON in UTF-8. Herstel het bestand of verwijder het.") from error
    if not isinstance(data, dict):
        raise UnreadableLetter(path, "hier hoort één JSON-object te staan met 'id', 'title' en 'date'.")
    return _checked({name: value for name, value in data.items() if value not in (None, "", [])}, path)


def _checked(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    known = {field.name for field in fields(Identity)} & data.keys()
    if wrong := sorted(name for name in known & TEXTS if not isinstance(data[name], str)):
        raise UnreadableLetter(path, f"'{wrong[0]}' moet tekst zijn. Herstel het bestand.")
    if wrong := sorted(name for name in known & LISTS if not isinstance(data[name], list)):
        raise UnreadableLetter(path, f"'{wrong[0]}' moet een lijst van teksten zijn. Herstel het bestand.")
    try:
        identity = Identity.from_json({"id": "", "title": "", "date": None, **data})
        listed = Identity.from_json({"id": "", "title": "", "date": None, "signers": data.get("listed_signers", [])}).signers
        issued = {"issued": dt.date.fromisoformat(data["issued"])} if "issued" in data else {}
    except (ValueError, TypeError, KeyError) as error:
        message = "'date' moet een datum zijn als 2020-01-06, en 'signers' een lijst van objecten met 'name' en 'office'."
        raise UnreadableLetter(path, message) from error
    return {name: getattr(identity, name) for name in known} | issued | ({"listed_signers": listed} if listed else {})


def of_record(record: Record, url: str) -> dict[str, Any]:
    """What to write beside a paper of which there is no `metadata.xml`: what its source told, with the dossier of its id first."""
    official = parse(record.id)
    own = official.dossier if official else None
    dates = record.dates
    fields_told = {
        "title": record.title,
        "kind": record.kind,
        "dossiers": sorted(record.dossiers, key=lambda dossier: dossier != own),
        "dossier": own or next(iter(record.dossiers), None),
        "dossier_title": next(iter(record.dossier_titles), None),
        "number": record.ondernummer if record.koop_id else None,  # in two dossiers it is not known which counts it
        "issued": dates.letter or dates.document or dates.issued,
        "received": dates.received,
        "url": url,
        "listed_signers": [asdict(signer) for signer in record.signers],
    }
    return {name: value for name, value in fields_told.items() if value}


def of_publisher(content: bytes, path: Path) -> dict[str, Any]:
    """The fields in a `metadata.xml`. Its dates do not go before the one in the letter itself: they are often another day."""
    from sources.http import BadResponse
    from sources.koop import record_of_metadata

    try:
        record = record_of_metadata(path.name, content)
    except BadResponse as error:
        raise UnreadableLetter(path, f"dit zijn geen leesbare metadata ({error.reason}). Haal ze opnieuw op of verwijder het.") from error
    dates = record.dates
    return {
        "id": record.id,
        "title": record.title.removeprefix(f"{record.kind}; "),
        "kind": record.kind if record.kind != "Kamerstuk" else None,
        "dossier": next(iter(record.dossiers), None),
        "dossiers": record.dossiers,
        "dossier_title": next(iter(record.dossier_titles), None),
        "number": (record.ondernummer or "").split(";")[0] or None,
        "issued": dates.letter or dates.meeting or dates.document or dates.issued or dates.submitted or dates.received,
        "received": dates.received,
        "published": dates.published,
        "attached_to": record.hoofddocument,
        "url": f"https://zoek.officielebekendmakingen.nl/{record.id}.html",
    }
