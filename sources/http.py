"""One polite way onto the network: every byte from an official service comes in through `Client.get`.

At most one request at a time goes to a host, with a pause between two (others use 0.25 to 0.5 s; parallel requests get
their connections reset). What may be over later is tried again with growing pauses, or when the service says so.
An address is asked only if its scheme, host and port are those of an address the caller configured; redirects are
followed by hand under the same rule. A name that leads into the own network is refused; that this check and the connection
look the name up apart does no harm, because the certificate must be that of the name. Proved by tests/test_connectors.py.

SourceProblem         what went wrong at a service, with the address it went wrong at
├── TryLater          it may be over later; `retry_after_s` is what the service asks for
│   ├── Unreachable   no connection, no answer in time, a broken answer, or an error of the service's own (5xx)
│   └── RateLimited   we ask too much (429)
├── NotFound          it is not there; `instead` holds the ids that are
├── BadResponse       an answer, but not the one to this question: an error page, malformed XML, another paper
├── TooLarge          more bytes than we take
└── Refused           an address we do not go to
"""

import email.utils
import functools
import ipaddress
import random
import socket
import ssl
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote, urlencode, urljoin, urlsplit
from xml.etree import ElementTree

import httpx

from sources.errors import KamervraagError
from sources.folder import LARGEST_FILE, MEGABYTE

MOST_REDIRECTS = 5
LONGEST_CLOSED_S = 24 * 3600  # a service that asks for more is asked again the next day
MOST_ELEMENTS = 1_000_000  # a page of 1000 SRU records has some 60,000
DEEPEST_ELEMENT = 100
ERROR_PAGE = ("/errors/", "fout404", "/404.htm")  # where zoek.officielebekendmakingen.nl redirects to for 'not there'


class SourceProblem(KamervraagError):
    """Something went wrong at a service."""

    def __init__(self, message: str, url: str) -> None:
        super().__init__(message)
        self.url = url


class TryLater(SourceProblem):
    """The same request may well succeed later."""

    def __init__(self, message: str, url: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, url)
        self.retry_after_s = retry_after_s


class Unreachable(TryLater):
    """No usable answer came: no connection, too slow, cut off, or an error of the service's own."""

    def __init__(self, url: str, reason: str, retry_after_s: float | None = None) -> None:
        text = f"{host_of(url)} is niet bereikbaar ({reason}). Controleer de internetverbinding en probeer het later opnieuw."
        super().__init__(text, url, retry_after_s)


class RateLimited(TryLater):
    """The service asks us to slow down."""

    def __init__(self, url: str, retry_after_s: float | None = None) -> None:
        wait = "later" if retry_after_s is None else f"over {max(1, round(retry_after_s / 60))} minuten"
        super().__init__(f"{host_of(url)} vraagt om rustiger aan te doen. Probeer het {wait} opnieuw.", url, retry_after_s)


class NotFound(SourceProblem):
    """What was asked for is not there."""

    def __init__(self, url: str, what: str = "", instead: tuple[str, ...] = ()) -> None:
        advice = (
            f"Er is wel {' en '.join(instead)}: haal dat op." if instead else "Controleer het nummer, of kijk of het stuk is ingetrokken."
        )
        super().__init__(f"{what or url} staat niet (meer) bij {host_of(url)}. {advice}", url)
        self.instead = instead


class BadResponse(SourceProblem):
    """An answer came, but it is not what was asked for."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{host_of(url)} gaf een onbruikbaar antwoord: {reason}. Probeer het later opnieuw.", url)
        self.reason = reason


class TooLarge(SourceProblem):
    """The answer is larger than we take."""

    def __init__(self, url: str, limit: int) -> None:
        super().__init__(f"{url} is groter dan {limit / MEGABYTE:.3g} MB en is niet opgehaald. Voeg het zelf als bestand toe.", url)
        self.limit = limit


class Refused(SourceProblem):
    """An address that we do not go to."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} wordt niet opgehaald: {reason}. Meld dit aan de beheerder als het wel de bedoeling is.", url)
        self.reason = reason


@dataclass(frozen=True)
class Response:
    """What came back, whole. `url` is where it came from, after redirects."""

    url: str
    content: bytes


@dataclass
class _Lane:
    """The way to one host: one at a time, and not before `free_at` (monotonic, so a clock that jumps does no harm)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0


class Client:
    """GETs for all connectors. One for a whole program: it keeps the pace for each host, also between threads."""

    def __init__(
        self,
        *,
        contact_url: str | None = None,
        pace_s: float = 0.3,
        tries: int = 4,
        backoff_s: float = 1.0,
        longest_wait_s: float = 120.0,
        connect_timeout_s: float = 10.0,
        read_timeout_s: float = 30.0,
        deadline_s: float = 300.0,
        max_bytes: int = LARGEST_FILE,
        own_hosts: frozenset[str] = frozenset(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`own_hosts` are the names that may lead to private addresses: those of an organisation's own mirror."""
        self.pace_s, self.tries, self.backoff_s, self.longest_wait_s = pace_s, tries, backoff_s, longest_wait_s
        self.deadline_s, self.max_bytes, self.own_hosts = deadline_s, max_bytes, own_hosts
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}
        self._lanes_lock = threading.Lock()
        direct = httpx.HTTPTransport(verify=_tls())
        self._http = httpx.Client(
            headers={"User-Agent": user_agent(contact_url), "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
            verify=_tls(),
            mounts={f"all://{host}": direct for host in ("localhost", "127.0.0.1", "[::1]")},  # never by a proxy
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def get(self, url: str, *, origins: frozenset[str], max_bytes: int | None = None) -> Response:
        """The answer from an address at one of `origins`, redirects followed as long as they stay there."""
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            self._guard(url, origins)
            answer = self._patiently(url, min(max_bytes or self.max_bytes, self.max_bytes))
            if isinstance(answer, Response):
                return answer
            if any(mark in answer.lower() for mark in ERROR_PAGE):
                raise NotFound(url)
            url = answer
        raise Refused(asked, "de doorverwijzingen houden niet op")

    def _guard(self, url: str, origins: frozenset[str]) -> None:
        """Refuse an address elsewhere, or one whose name leads into the own network."""
        if origin(url) not in origins:
            raise Refused(url, "dat is niet het adres van de ingestelde bron")
        host = host_of(url)
        if host in self.own_hosts or is_private(host) or _goes_by_proxy(url):  # a private address is here only if configured so
            return
        if any(is_private(address) for address in _addresses(host)):
            raise Refused(url, f"{host} leidt naar een adres in het eigen netwerk")

    def _patiently(self, url: str, limit: int) -> Response | str:
        """Try, wait, and try again; waiting happens in the lane, so others who want this host wait as well."""
        lane = self._lane(host_of(url))
        with lane.lock:
            if (closed_s := lane.free_at - time.monotonic()) > self.longest_wait_s:  # told earlier; asking again would not help
                raise RateLimited(url, closed_s)
            for attempt in range(1, self.tries + 1):
                self._sleep(max(0.0, lane.free_at - time.monotonic()))
                wait_s = self.pace_s
                try:
                    return self._once(url, limit)
                except TryLater as problem:
                    wait_s = self._wait_s(problem, attempt)
                    if attempt == self.tries or wait_s > self.longest_wait_s:
                        raise
                finally:
                    lane.free_at = time.monotonic() + min(wait_s, LONGEST_CLOSED_S)
        raise AssertionError("a client that never tries")

    def _lane(self, host: str) -> _Lane:
        with self._lanes_lock:
            return self._lanes.setdefault(host, _Lane())

    def _wait_s(self, problem: TryLater, attempt: int) -> float:
        """What the service asks for; else twice as long each time, with jitter so that many clients do not march in step."""
        if problem.retry_after_s is not None:
            return max(self.pace_s, problem.retry_after_s)
        return max(self.pace_s, self.backoff_s * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.5))

    def _once(self, url: str, limit: int) -> Response | str:
        """One request: the answer, or the address that it redirects to."""
        try:
            with self._http.stream("GET", url) as answer:
                _judge(url, answer)
                if answer.has_redirect_location:
                    return urljoin(url, answer.headers["location"])
                return Response(url, b"".join(self._body(url, answer, limit)))
        except httpx.TimeoutException as error:
            raise Unreachable(url, "er kwam geen antwoord binnen de tijd") from error
        except httpx.TransportError as error:  # refused, reset, or cut off before the promised length
            raise Unreachable(url, f"de verbinding mislukte of brak af: {error}") from error
        except httpx.InvalidURL as error:
            raise Refused(url, "dat is geen webadres") from error

    def _body(self, url: str, answer: httpx.Response, limit: int) -> Iterator[bytes]:
        """The bytes as they come, never more than `limit` nor longer than the deadline; unpacked here, so a bomb stops early."""
        packed = answer.headers.get("content-encoding", "identity").lower()
        if packed not in ("identity", "gzip"):
            raise BadResponse(url, f"de inhoud is verpakt als '{packed}'")
        unpacker = zlib.decompressobj(wbits=31) if packed == "gzip" else None
        if int(answer.headers.get("content-length", 0)) > limit:
            raise TooLarge(url, limit)
        size, started = 0, time.monotonic()
        for raw in answer.iter_raw():
            try:
                piece = unpacker.decompress(raw, limit - size + 1) if unpacker else raw
            except zlib.error as error:
                raise BadResponse(url, "de verpakte inhoud is beschadigd") from error
            size += len(piece)
            if size > limit:
                raise TooLarge(url, limit)
            if time.monotonic() - started > self.deadline_s:
                raise Unreachable(url, "het antwoord komt te langzaam binnen")
            yield piece
        if unpacker and not unpacker.eof:
            raise Unreachable(url, "het verpakte antwoord brak af")


@functools.cache
def _tls() -> ssl.SSLContext:
    """What is trusted; reading it takes longer than a request."""
    return httpx.create_ssl_context()


def user_agent(contact_url: str | None) -> str:
    """'Kamervraag/0.1.0 (+https://…)': who asks, and where to complain."""
    try:
        name = f"Kamervraag/{version('kamervraag')}"
    except PackageNotFoundError:  # run from a folder that was never installed
        name = "Kamervraag"
    return f"{name} (+{contact_url})" if contact_url else name


def host_of(url: str) -> str:
    """The host in an address; the address itself where there is none to see."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def origin(url: str) -> str:
    """'https://host:443': what decides whether two addresses are at the same service."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or {'https': 443, 'http': 80}.get(parts.scheme)}"
    except ValueError as error:
        raise Refused(url, "dat is geen webadres") from error


def origins_of(*bases: str) -> frozenset[str]:
    """The services that a connector may ask: those of its configured addresses, and only over https or on this machine."""
    for base in bases:
        if urlsplit(base).scheme != "https" and not is_loopback(host_of(base)):
            raise Refused(base, "een bron moet een https-adres hebben")
    return frozenset(origin(base) for base in bases)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    return host == "localhost" or bool((address := _address(host)) and address.is_loopback)


def is_private(host: str) -> bool:
    """Whether a host is written as an address that is not on the public internet: private, loopback, link-local, reserved."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return host == "localhost" or bool(address and (not address.is_global or address.is_multicast))


def with_query(base: str, **parameters: str | int) -> str:
    """An address with parameters; spaces as %20, which every one of these services reads, and `$` left as it is."""
    return f"{base}?{urlencode(parameters, quote_via=quote, safe='$')}"


def read_xml(url: str, content: bytes) -> ElementTree.Element:
    """The root of an XML answer. A doctype (and so every entity), great depth and great numbers are refused while reading."""
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise BadResponse(url, "een webpagina in plaats van gegevens")
    try:
        parser = ElementTree.XMLParser(target=_Builder(url))
        parser.feed(content.lstrip(b" \r\n\t"))
        root: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last two: encodings that do not exist
        raise BadResponse(url, f"de gegevens zijn geen geldige XML ({error})") from error
    if local_name(root).lower() == "html":
        raise BadResponse(url, "een webpagina in plaats van gegevens")
    return root


def local_name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


class _Builder(ElementTree.TreeBuilder):
    """Builds a tree of bounded depth and size out of XML without a doctype."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.depth, self.count = url, 0, 0

    def doctype(self, name: str, public_id: str | None, system: str | None) -> None:
        raise BadResponse(self.url, f"de XML heeft een doctype ({name}), en dat doen de officiële bronnen niet")

    def start(self, tag: str, attributes: dict[str, str]) -> ElementTree.Element:
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > DEEPEST_ELEMENT or self.count > MOST_ELEMENTS:
            raise BadResponse(self.url, "de XML is te diep of te groot")
        return super().start(tag, attributes)

    def end(self, tag: str) -> ElementTree.Element:
        self.depth -= 1
        return super().end(tag)


def _judge(url: str, answer: httpx.Response) -> None:
    """Raise what a status means; 200 and a redirect with an address are left to the caller."""
    status = answer.status_code
    if status == 429:
        raise RateLimited(url, retry_after_s(answer.headers))
    if status >= 500 or status == 408:
        raise Unreachable(url, f"status {status}", retry_after_s(answer.headers))
    if status in (204, 404, 410):  # 204: a single item of the OData service that is gone
        raise NotFound(url)
    if status != 200 and not answer.has_redirect_location:
        raise BadResponse(url, f"status {status}")


def retry_after_s(headers: httpx.Headers) -> float | None:
    """The wait that `Retry-After` asks for: seconds, or a date, which counts from the service's own clock where it tells it."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked[:9])
    try:
        now = headers.get("date")
        since = email.utils.parsedate_to_datetime(now).timestamp() if now else time.time()
        return max(0.0, email.utils.parsedate_to_datetime(asked).timestamp() - since)
    except (TypeError, ValueError):
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _addresses(host: str) -> set[str]:
    """What a name leads to; nothing where it does not resolve: the connection will then say so."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()


def _goes_by_proxy(url: str) -> bool:
    """Then the proxy looks the name up, and often nobody else can."""
    return urlsplit(url).scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host_of(url))
