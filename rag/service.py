"""The same answers by machine: `/api/ask` over HTTP, streaming where asked, and a tool for assistants at `/api/mcp`.

The Model Context Protocol is spoken here by hand (streamable HTTP without sessions, its revision of 2025-06-18): one
tool needs few lines, and the package that Gradio would use for it pins pydantic down and brings cryptography along.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field
from starlette.routing import Mount

from rag.answer import Answer, Draft, Told, claim_as_json
from rag.kamervraag import Kamervraag
from rag.line import Line, Waiting
from rag.question import LONGEST, Turn
from rag.sign_in import SignIn
from rag.telling import above, below
from rag.texts import SIGN_IN, WENT_WRONG
from sources.errors import BadQuestion, KamervraagError

LOOKED_EVERY_S = 0.2  # at an answer that is being written
LARGEST_BODY = 200_000  # bytes
HUNG_UP = 499  # as some servers log a client that did not wait
PROTOCOLS = ("2025-06-18", "2025-03-26")
NOT_UNDERSTOOD = 'Dit verzoek is niet te lezen. Stuur JSON als {"question": "Wie heeft de brief ondertekend?"}.'
TOO_LARGE = f"Dit verzoek is te groot (ten hoogste {LARGEST_BODY} bytes)."
STRANGER = "Dit verzoek komt van een andere website."
TOOL = {
    "name": "kamervraag",
    "title": "Vraag de Kamerstukken",
    "description": "Beantwoordt een Nederlandse vraag over Kamerstukken met woordelijke citaten en hun vindplaats, of zegt dat het er niet in staat.",
    "inputSchema": {"type": "object", "properties": {"vraag": {"type": "string", "maxLength": LONGEST}}, "required": ["vraag"]},
    "annotations": {"readOnlyHint": True, "openWorldHint": False},
}


class Said(BaseModel):
    """An earlier turn of the conversation."""

    question: str
    answer: str = ""


class Asked(BaseModel):
    """A question, and the conversation it is part of."""

    question: str = Field(description=f"De vraag, ten hoogste {LONGEST} tekens.")
    history: list[Said] = Field(default=[], description="Eerdere vragen en antwoorden, de oudste eerst.")
    stream: bool = Field(default=False, description="Antwoord als server-sent events: elke zin zodra die vaststaat.")


class Failed(BaseModel):
    """What went wrong and what to do, in a Dutch sentence."""

    error: str


Answering = Callable[[Asked, Draft], Waiting[Answer]]  # puts a question in line
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": Told, "description": "Het antwoord, of waarom er geen is.", "content": {"text/event-stream": {}}},
    401: {"model": Failed, "description": "Meld u eerst aan."},
    403: {"model": Failed, "description": "Het verzoek komt van een andere website."},
    413: {"model": Failed, "description": "Het verzoek is te groot."},
    422: {"model": Failed, "description": "Deze vraag kan zo niet worden gesteld."},
    500: {"model": Failed, "description": "Er ging iets mis."},
    503: {"model": Failed, "description": "De index is er niet of is niet in orde."},
}


class _Refused(Exception):
    """The request gets this status and this Dutch sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def attach(app: FastAPI, kamervraag: Kamervraag, line: Line, sign_in: SignIn) -> None:
    """Serve `/api` from this application, before whatever else it serves."""
    app.router.routes.insert(0, Mount("/api", app=service(kamervraag, line, sign_in)))


def service(kamervraag: Kamervraag, line: Line | None = None, sign_in: SignIn | None = None) -> FastAPI:
    """The application behind `/api`; its answers are the objects of `Answer.as_json`, its errors `{"error": sentence}`.

    Status 401 for who did not sign in where that is asked, 422 for what cannot be asked, 413 for what is too large, 503 where the index needs a hand, 403 for a request
    that a page of another site made (MCP, 'Security warning' of its transports).
    """
    api = FastAPI(title="Kamervraag", description="Antwoorden uit Kamerstukken, met citaten.", docs_url=None, redoc_url=None)
    in_line = line or Line()

    def answering(asked: Asked, draft: Draft) -> Waiting[Answer]:
        history = [Turn(said.question, said.answer) for said in asked.history]
        return in_line.join(partial(kamervraag.ask, asked.question, history, draft=draft))

    _refuse(api, sign_in or SignIn())
    _serve_ask(api, answering)
    _serve_mcp(api, answering)
    return api


def _refuse(api: FastAPI, sign_in: SignIn) -> None:
    """What is not let in, not understood or not foreseen gets a calm sentence."""

    @api.exception_handler(_Refused)
    async def refused(_request: Request, error: _Refused) -> JSONResponse:
        return JSONResponse({"error": str(error)}, error.status)

    @api.exception_handler(RequestValidationError)
    async def misunderstood(_request: Request, _error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": NOT_UNDERSTOOD}, 422)

    @api.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        """Refuses what is too large or comes from another site's page."""
        if not await asyncio.to_thread(sign_in.lets_in, request):
            return JSONResponse({"error": SIGN_IN}, 401, {} if sign_in.header else {"WWW-Authenticate": 'Basic realm="Kamervraag"'})
        origin, host = request.headers.get("origin"), request.headers.get("host")
        if origin and urlsplit(origin).netloc != host:
            return JSONResponse({"error": STRANGER}, 403)
        length = request.headers.get("content-length", "0" if request.method == "GET" else "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return JSONResponse({"error": TOO_LARGE}, 413)
        try:
            given: Response = await call_next(request)
        except Exception:
            logging.exception("a request was not answered")
            return JSONResponse({"error": WENT_WRONG}, 500)
        return given


def _serve_ask(api: FastAPI, answering: Answering) -> None:
    @api.post("/ask", summary="Stel een vraag", responses=ANSWERS)
    async def ask(asked: Asked, request: Request) -> Response:
        """De vraag, met het gesprek ervoor; het antwoord heeft elke zin met zijn citaten, of zegt waarom er geen is."""
        if asked.stream or "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(_events(asked, answering), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        try:
            return JSONResponse((await _answered(asked, answering, request)).as_json())
        except KamervraagError as error:
            raise _Refused(_status(error), str(error)) from error

    @api.get("/ask", summary="Stel een vraag in een adres", responses=ANSWERS)
    async def ask_in_address(vraag: Annotated[str, Query(description="De vraag.")], request: Request) -> Response:
        """Hetzelfde, voor een vraag zonder gesprek ervoor: `/api/ask?vraag=…`."""
        return await ask(Asked(question=vraag), request)


async def _answered(asked: Asked, answering: Answering, request: Request) -> Answer:
    """The answer; who hangs up wants no more, and does not stand in line."""
    draft = Draft()
    waiting, gone = answering(asked, draft), asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({waiting.task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.task.done():
            raise _Refused(HUNG_UP, "")
        return waiting.result()
    finally:
        gone.cancel()
        draft.stopped = True
        waiting.leave()


async def _events(asked: Asked, answering: Answering) -> AsyncIterator[str]:
    """The answer as server-sent events: each claim as soon as it stands, the whole at the end."""
    draft, told = Draft(), 0
    waiting = answering(asked, draft)
    try:
        while not await waiting.done_within(LOOKED_EVERY_S):
            fresh = draft.claims[told:]  # once: more may come while these are sent
            told += len(fresh)
            for claim in fresh:
                yield _event("claim", claim_as_json(claim))
        answer = waiting.result()
        for claim in answer.claims[told if answer.engine == "llm" else 0 :]:
            yield _event("claim", claim_as_json(claim))
        yield _event("answer", answer.as_json())
    except KamervraagError as error:
        yield _event("error", {"error": str(error)})
    except Exception:
        logging.exception("a question was not answered")
        yield _event("error", {"error": WENT_WRONG})
    finally:
        draft.stopped = True
        waiting.leave()


def _serve_mcp(api: FastAPI, answering: Answering) -> None:
    @api.post("/mcp", summary="Model Context Protocol", include_in_schema=False)
    async def mcp(request: Request) -> Response:
        """One JSON-RPC 2.0 message in, one out."""
        try:
            message = json.loads(await request.body())
        except (ValueError, RecursionError):
            return JSONResponse(_rpc_error(None, -32700, "Parse error"), 400)
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
            return JSONResponse(_rpc_error(None, -32600, "Invalid Request"), 400)
        if "id" not in message:
            return Response(status_code=202)  # a notification wants no answer
        given = message.get("params")
        params = given if isinstance(given, dict) else {}
        match message["method"]:
            case "initialize":
                result = _introduced(params)
            case "ping":
                result = {}
            case "tools/list":
                result = {"tools": [TOOL]}
            case "tools/call":
                arguments = params.get("arguments")
                asked = arguments.get("vraag") if isinstance(arguments, dict) else None
                if params.get("name") != TOOL["name"] or not isinstance(asked, str):
                    return JSONResponse(_rpc_error(message["id"], -32602, "Unknown tool or no 'vraag'"))
                result = await _called(asked, answering, request)
            case _:
                return JSONResponse(_rpc_error(message["id"], -32601, "Method not found"))
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result})


def _introduced(params: dict[str, Any]) -> dict[str, Any]:
    """Who we are, in the revision of the protocol that the assistant wants where we speak it."""
    wanted = params.get("protocolVersion")
    server = {"name": "kamervraag", "title": "Kamervraag", "version": "1"}
    return {"protocolVersion": wanted if wanted in PROTOCOLS else PROTOCOLS[0], "capabilities": {"tools": {}}, "serverInfo": server}


async def _called(asked: str, answering: Answering, request: Request) -> dict[str, Any]:
    """What the tool gives: the answer in words and as JSON, or why there is none."""
    try:
        answer = await _answered(Asked(question=asked), answering, request)
    except KamervraagError as error:
        return {"content": [{"type": "text", "text": str(error)}], "isError": True}
    return {"content": [{"type": "text", "text": _told(answer)}], "structuredContent": answer.as_json(), "isError": False}


async def _hung_up(request: Request) -> None:
    """Return when whoever asked has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _status(error: KamervraagError) -> int:
    return 422 if isinstance(error, BadQuestion) else 503


def _event(name: str, data: dict[str, Any]) -> str:
    """One server-sent event (WHATWG HTML, 9.2)."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _rpc_error(id: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}


def _told(answer: Answer) -> str:
    """The answer in words an assistant can cite: its states and sentences, each quote with its paper, date and address, and the notes."""
    names = {document.id: document.name for document in answer.documents}
    lines = [part.line() for part in above(answer)]
    for number, citation in enumerate(answer.citations, start=1):
        parts = [
            names[citation.document],
            *([citation.date.isoformat()] if citation.date else []),
            *([citation.url] if citation.url else []),
        ]
        lines.append(f"[{number}] «{citation.quote}» ({', '.join(parts)})")
    return "\n".join([*lines, *(part.line() for part in below(answer))])
