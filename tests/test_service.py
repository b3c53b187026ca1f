"""The answers by machine, over the wire: HTTP, server-sent events, and the Model Context Protocol."""

import datetime as dt
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import TypeAdapter
from scripted import Endpoints, endpoint, line

from rag import Answer, Citation, Claim, Declined, Draft, Kamervraag, Settings
from rag.answer import Told
from rag.line import Line
from rag.llm import Endpoint
from rag.service import LARGEST_BODY, attach, service
from rag.sign_in import SignIn
from sources.errors import IndexMissing

WHO = "Wie heeft de ingelaste Raad Buitenlandse Zaken bijeengeroepen?"
ABSENT = "Hoeveel F-16's heeft Nederland in Irak?"


class Odd(Kamervraag):
    """Goes wrong where the question says so."""

    def ask(self, question: str, *arguments: Any, **options: Any) -> Answer:
        if question == "geen index":
            raise IndexMissing("Er is nog geen index. Draai eerst 'kamervraag index'.")
        if question == "stuk":
            raise ZeroDivisionError("geheim")
        return super().ask(question, *arguments, **options)


@pytest.fixture(scope="module")
def api(kamervraag: Kamervraag) -> Iterator[httpx.Client]:
    """A real server on the loopback address, ended with the module."""
    with serving(Odd(kamervraag.settings, embedder=kamervraag.embedder, reader=kamervraag.reader)) as client:
        yield client


@contextmanager
def serving(program: Kamervraag, line: Line | None = None) -> Iterator[httpx.Client]:
    app = FastAPI()

    @app.get("/{path:path}")
    def everything_else(path: str) -> str:
        return path

    attach(app, program, line or Line(), SignIn())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    thread.join(timeout=30)


def call(api: httpx.Client, method: str, **params: Any) -> Any:
    given = api.post("/api/mcp", json={"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
    assert given.json()["id"] == 7
    return given.json()


def bare(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"seconds": 0}


@pytest.mark.parametrize("question", [WHO, ABSENT])
def test_the_answer_is_the_one_that_the_program_gives(api: httpx.Client, kamervraag: Kamervraag, question: str) -> None:
    """By POST and in an address, word for word."""
    expected = bare(kamervraag.ask(question).as_json())
    assert bare(api.post("/api/ask", json={"question": question}).json()) == expected
    assert bare(api.get("/api/ask", params={"vraag": question}).json()) == expected


def test_a_follow_up_is_read_with_what_went_before(api: httpx.Client) -> None:
    """`history` counts."""
    earlier = [{"question": "Wie krijgen er training van Nederland in Noord-Irak?", "answer": "…"}]
    given = api.post("/api/ask", json={"question": "En in Bagdad?", "history": earlier}).json()
    assert given["standalone_question"].endswith("in Bagdad?")


@pytest.mark.parametrize("how", [{"stream": True}, {}])
def test_claims_stream_before_the_whole(api: httpx.Client, kamervraag: Kamervraag, how: dict[str, Any]) -> None:
    """Asked for in the body or in the header: first each claim, then the answer."""
    headers = {} if how else {"Accept": "text/event-stream"}
    given = api.post("/api/ask", json={"question": WHO} | how, headers=headers)
    assert given.headers["content-type"].startswith("text/event-stream")
    events = re.findall(r"event: (\w+)\ndata: (.+)\n\n", given.text)
    answer = kamervraag.ask(WHO).as_json()
    assert [name for name, _data in events] == ["claim"] * len(answer["claims"]) + ["answer"]
    assert json.loads(events[0][1]) == answer["claims"][0]
    failed = api.post("/api/ask", json={"question": "?", "stream": True})
    assert failed.text.startswith("event: error\n")


def test_a_claim_is_sent_before_the_next_is_written(kamervraag: Kamervraag) -> None:
    """With a language model: each sentence as soon as it stands; who hangs up ends its answer."""
    words = "De Nederlandse trainersbijdrage bestaat in Noord-Irak uit maximaal 50 militairen"
    with endpoint(Endpoints()) as server:
        server.says(line("Nederland heeft er maximaal 50 militairen.", words) + "blijf praten " * 2000, size=40)
        server.pause_s = 0.05
        llm = Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", "script")
        program = Kamervraag(replace(kamervraag.settings, llm=llm), embedder=kamervraag.embedder, reader=kamervraag.reader)
        asked = {"question": "Hoe groot is de Nederlandse trainersbijdrage in Noord-Irak?", "stream": True}
        with serving(program) as client, client.stream("POST", "/api/ask", json=asked) as given:
            assert next(given.iter_lines()) == "event: claim"
            given.close()
            deadline = time.monotonic() + 30
            while not server.left:
                assert time.monotonic() < deadline, "het eindpunt schrijft nog"
                time.sleep(0.05)


class Writing(Kamervraag):
    """Writes many claims, faster than they are sent; one that is asked to wait writes nothing before it may."""

    def __init__(self, home: Path) -> None:
        super().__init__(Settings(home=home))
        self.asked: list[str] = []
        self.may_go_on = threading.Event()

    def ask(self, question: str, *_arguments: Any, draft: Draft | None = None, **_options: Any) -> Answer:
        self.asked.append(question)
        if question != "Schrijf":
            self.may_go_on.wait(30)
        draft = draft or Draft()
        for number in range(500):
            draft.claims += (Claim(f"zin {number}", ()),)
            time.sleep(0.0005)
        return Answer(question, question, "llm", draft.claims)


def test_each_claim_is_sent_once(tmp_path: Path) -> None:
    """Also one that is written while those before it are on their way."""
    with serving(Writing(tmp_path)) as client:
        given = client.post("/api/ask", json={"question": "Schrijf", "stream": True})
    events = re.findall(r"event: claim\ndata: (.+)\n\n", given.text)
    assert [json.loads(event)["text"] for event in events] == [f"zin {number}" for number in range(500)]


@pytest.mark.parametrize("stream", [True, False])
def test_who_hung_up_stands_in_line_no_more(tmp_path: Path, stream: bool) -> None:
    """The next is served instead."""
    program = Writing(tmp_path)
    with serving(program, Line(1)) as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "/api/ask", json={"question": "Eerste"})
        while program.asked != ["Eerste"]:
            time.sleep(0.05)
        with (
            pytest.raises(httpx.ReadTimeout),
            client.stream("POST", "/api/ask", json={"question": "Weg", "stream": stream}, timeout=0.5) as given,
        ):
            given.read()
        last = pool.submit(client.post, "/api/ask", json={"question": "Schrijf"})
        time.sleep(0.5)
        program.may_go_on.set()
        assert [first.result().status_code, last.result().status_code] == [200, 200]
    assert program.asked == ["Eerste", "Schrijf"]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b'{"question": "?"}', 422, "leeg"),
        (b'{"vraag": "Wie?"}', 422, "niet te lezen"),
        (b"geen json", 422, "niet te lezen"),
        (b'{"question": "geen index"}', 503, "kamervraag index"),
        (b'{"question": "stuk"}', 500, "Probeer het opnieuw"),
        (b" " * (LARGEST_BODY + 1), 413, "te groot"),
    ],
)
def test_what_goes_wrong_is_a_dutch_sentence(api: httpx.Client, body: bytes, status: int, told: str) -> None:
    """With a status that fits, and nothing of the inside."""
    given = api.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert given.status_code == status
    assert told in given.json()["error"]
    assert "geheim" not in given.text


def test_a_page_of_another_site_gets_nothing(api: httpx.Client) -> None:
    """Neither by its own address nor by a name that was made to point here; this page itself may ask."""
    for origin in ("https://elders.example", "null"):
        assert api.post("/api/ask", json={"question": WHO}, headers={"Origin": origin}).status_code == 403
    own = f"http://{api.base_url.host}:{api.base_url.port}"
    assert api.post("/api/ask", json={"question": WHO}, headers={"Origin": own}).status_code == 200


def test_it_describes_itself(api: httpx.Client) -> None:
    """OpenAPI, and what else is served is left alone."""
    described = api.get("/api/openapi.json").json()
    assert set(described["paths"]) == {"/ask"}
    assert api.get("/iets").json() == "iets"


def described(path: str, method: str) -> dict[str, Any]:
    """What OpenAPI says of this way to ask, references followed."""
    whole = service(Kamervraag(Settings(home=Path("nergens")))).openapi()

    def followed(part: Any) -> Any:
        if isinstance(part, list):
            return [followed(each) for each in part]
        if not isinstance(part, dict):
            return part
        name = part.get("$ref", "").rpartition("/")[2]
        return followed(whole["components"]["schemas"][name]) if name else {key: followed(each) for key, each in part.items()}

    return followed(whole["paths"][path][method])  # type: ignore[no-any-return]  # JSON


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_comes_back_is_described(method: str) -> None:
    """The answer's shape down to its citations, and every status with its sentence."""
    answers = described("/ask", method)["responses"]
    assert set(answers) == {"200", "401", "403", "413", "422", "500", "503"}
    assert all(
        set(answers[status]["content"]["application/json"]["schema"]["properties"]) == {"error"} for status in set(answers) - {"200"}
    )
    assert set(answers["200"]["content"]) == {"application/json", "text/event-stream"}
    cited = Citation("x", "Titel", dt.date(2020, 1, 6), None, None, 3, 0, 9, "…")
    declined = Answer("?", "?", "quotes", declined=Declined("Niets.", ("F-16",), (cited,)))
    answered = Answer("?", "?", "quotes", (Claim("…", (cited,)),), as_of=cited.date, notes=("…",))
    for given in (answered.as_json(), declined.as_json()):
        assert TypeAdapter(Told).dump_python(TypeAdapter(Told).validate_python(given), mode="json") == given
    shape = answers["200"]["content"]["application/json"]["schema"]["properties"]
    assert shape.keys() == answered.as_json().keys()
    assert (
        shape["claims"]["items"]["properties"]["citations"]["items"]["properties"].keys()
        == answered.as_json()["claims"][0]["citations"][0].keys()
    )


def test_an_assistant_shakes_hands_and_asks(api: httpx.Client, kamervraag: Kamervraag) -> None:
    """Initialize, list, call: the answer in words with its sources, and as the object."""
    assert call(api, "initialize", protocolVersion="2025-03-26")["result"]["protocolVersion"] == "2025-03-26"
    assert api.post("/api/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    (tool,) = call(api, "tools/list")["result"]["tools"]
    result = call(api, "tools/call", name=tool["name"], arguments={"vraag": WHO})["result"]
    assert not result["isError"]
    assert bare(result["structuredContent"]) == bare(kamervraag.ask(WHO).as_json())
    (citation,) = result["structuredContent"]["claims"][0]["citations"]
    assert kamervraag.store.text(citation["document"])[citation["start"] : citation["end"]] == citation["quote"]
    for part in (
        citation["quote"],
        "Kamerstuk 27 925, nr. 692",
        "2020-01-06",
        "https://zoek.officielebekendmakingen.nl/",
        "Stand van zaken op 6 januari 2020",
    ):
        assert part in result["content"][0]["text"]


def test_what_an_assistant_gets_wrong_has_its_code(api: httpx.Client) -> None:
    """JSON-RPC's own codes; what a user can mend is a result that says so."""
    assert call(api, "tools/call", name="kamervraag", arguments={"vraag": "?"})["result"]["isError"]
    assert call(api, "tools/call", name="anders", arguments={})["error"]["code"] == -32602
    assert call(api, "resources/list")["error"]["code"] == -32601
    assert api.post("/api/mcp", content=b"{").json()["error"]["code"] == -32700
    assert api.post("/api/mcp", json=[]).json()["error"]["code"] == -32600


def test_many_may_ask_at_once(api: httpx.Client) -> None:
    """Each gets the answer to its own question."""
    questions = [WHO, ABSENT] * 6
    with ThreadPoolExecutor(12) as pool:
        given = list(pool.map(lambda question: api.post("/api/ask", json={"question": question}).json(), questions))
    assert [answer["question"] for answer in given] == questions
    assert [answer["answered"] for answer in given] == [True, False] * 6
