"""An OpenAI-compatible endpoint that plays by a script: a real server, ended by the test that started it."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Script(BaseHTTPRequestHandler):
    """Answers each request with what the test wrote on the server."""

    server: "Endpoints"

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.keys.append(self.headers.get("Authorization"))
        self.send_response(self.server.status)
        self.end_headers()
        for piece in self.server.pieces:
            time.sleep(self.server.pause_s)
            try:
                self.wfile.write(piece)
                self.wfile.flush()
            except OSError:
                self.server.left = True  # whoever asked has gone
                return
        if self.server.drops:
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Endpoints(ThreadingHTTPServer):
    """A scripted OpenAI-compatible endpoint."""

    status, pause_s, drops, left = 200, 0.0, False, False
    pieces: Iterable[bytes] = ()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Script)
        self.asked: list[dict[str, object]] = []
        self.keys: list[str | None] = []

    def says(self, text: str, *, size: int = 7) -> None:
        """This text, in pieces, as server-sent events."""
        parts = [text[i : i + size] for i in range(0, len(text), size)]
        self.pieces = [
            *(f"data: {json.dumps({'choices': [{'delta': {'content': part}}]})}\n\n".encode() for part in parts),
            b"data: [DONE]\n\n",
        ]

    def never_ends_a_line(self) -> None:
        """Text without end and without a newline."""
        self.pieces = itertools.repeat(b"x" * 1_000)


@contextmanager
def endpoint(server: Endpoints) -> Iterator[Endpoints]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def line(sentence: str | None, words: str, passage: int = 1) -> str:
    return json.dumps({"zin": sentence, "citaten": [{"passage": passage, "woorden": words}]}, ensure_ascii=False) + "\n"
