"""Who may ask, where the owner of the program wants to know: users with a password, or whoever a proxy has signed in.

Passwords are kept as scrypt hashes (RFC 7914) in `users.txt` in the home folder, one 'name:salt:hash' a line. A proxy
says in a header who it let in (KAMERVRAAG_PROXY_HEADER); it must not let that header through from outside. Where nobody
need sign in, only this machine may ask, under its own name.
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sources.errors import BadSetting, storage_errors

USERS = "users.txt"
OPEN_TO_ALL = (
    "Op {host} kan iedereen op het netwerk vragen stellen. Maak eerst een gebruiker met 'kamervraag user NAAM', of zet "
    "KAMERVRAAG_PROXY_HEADER; zonder aanmelden is de chat er alleen op 127.0.0.1."
)
OTHER_NAME = "Deze chat is er alleen voor deze computer. Open http://127.0.0.1 met de poort erachter."
BAD_NAME = "'{}' kan geen gebruikersnaam zijn. Kies er een zonder dubbele punt, spaties of regeleinden."
SHORTEST_PASSWORD = 10
BAD_PASSWORD = f"Een wachtwoord heeft ten minste {SHORTEST_PASSWORD} tekens."
DAMAGED = "{} kan niet worden gelezen. Herstel of verwijder dat bestand en maak de gebruikers opnieuw met 'kamervraag user NAAM'."
COST = {"n": 2**14, "r": 8, "p": 1}  # of scrypt: 16 MB and some 50 ms a try


@dataclass(frozen=True)
class SignIn:
    """The ways to sign in; false when there are none."""

    users: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)  # name -> (salt, hash)
    header: str = ""

    @classmethod
    def from_environment(cls, home: Path) -> "SignIn":
        """The users of this home folder, and the header of the environment; raises BadSetting when users cannot be read."""
        header = os.environ.get("KAMERVRAAG_PROXY_HEADER", "").strip()
        return cls({} if header else _users(home / USERS), header)

    def __bool__(self) -> bool:
        """Must anybody sign in?"""
        return bool(self.users or self.header)

    def admits(self, name: str, password: str) -> bool:
        """Is this the password of this user? As slow for a name that is none."""
        salt, kept = self.users.get(name, (b"nobody", b""))
        return secrets.compare_digest(hashlib.scrypt(password.encode(), salt=salt, **COST), kept)

    def behind_proxy(self, request: Request) -> str | None:
        """Whom the proxy let in."""
        return request.headers.get(self.header) or None

    def lets_in(self, request: Request) -> bool:
        """May this request to `/api` be answered: by the proxy's word, or with name and password (RFC 7617)?"""
        if self.header:
            return bool(self.behind_proxy(request))
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return not self
        return not self or (kind.lower() == "basic" and self.admits(name, password))


class OwnNameOnly:
    """Refuses who came here by another name than this machine's own: a site whose name was made to point here (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what was asked of 127.0.0.1, ::1 or localhost, at any port."""
        host = dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1")
        app = self._app if scope["type"] == "lifespan" or is_this_machine(_name(host)) else JSONResponse({"error": OTHER_NAME}, 403)
        await app(scope, receive, send)


def is_this_machine(name: str) -> bool:
    """Does this name or address lead to the machine itself, and to nowhere else?"""
    return name in {"127.0.0.1", "::1", "localhost"}


def _name(host: str) -> str:
    """The name in a Host header, without its port; nothing where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def keep_user(home: Path, name: str, password: str) -> None:
    """Let this user in with this password from the next start on; an earlier password goes. Raises BadSetting or StorageProblem."""
    if not name or any(sign in ":" or sign.isspace() or not sign.isprintable() for sign in name):
        raise BadSetting(BAD_NAME.format(name))
    if len(password) < SHORTEST_PASSWORD:
        raise BadSetting(BAD_PASSWORD)
    salt = secrets.token_bytes(16)
    users = {**_users(home / USERS), name: (salt, hashlib.scrypt(password.encode(), salt=salt, **COST))}
    lines = [f"{each}:{salt.hex()}:{kept.hex()}\n" for each, (salt, kept) in sorted(users.items())]
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        scratch = home / f".{USERS}.new"
        scratch.touch(mode=0o600)
        scratch.write_text("".join(lines), encoding="utf-8")
        scratch.replace(home / USERS)


def _users(file: Path) -> dict[str, tuple[bytes, bytes]]:
    if not file.is_file():
        return {}
    try:
        parts = [line.split(":") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {name: (bytes.fromhex(salt), bytes.fromhex(kept)) for name, salt, kept in parts}
    except (OSError, ValueError) as error:
        raise BadSetting(DAMAGED.format(file)) from error
