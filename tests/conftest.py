"""What tests share: the shipped letter, the real papers beside the project, and a home folder that nobody else uses."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from rag import Kamervraag, Settings
from sources import SHIPPED_LETTERS, Letter, read_file

os.environ.setdefault("HF_HUB_OFFLINE", "1")
settings.register_profile("kamervraag", deadline=None)  # dictionaries load at first use, and machines are noisy
settings.load_profile("kamervraag")
REALDOCS = Path(__file__).parents[2] / "shared" / "realdocs"


@pytest.fixture(scope="session")
def letter() -> Letter:
    """The letter of 6 January 2020."""
    return read_file(SHIPPED_LETTERS / "kst-27925-692.txt")


@pytest.fixture(scope="session")
def realdocs() -> Path:
    """The folder with real official files; without it the tests that need it are skipped, and say so."""
    if not REALDOCS.is_dir():
        pytest.skip(f"LET OP: {REALDOCS} ontbreekt, dus deze belofte is hier niet getoetst")
    return REALDOCS


@pytest.fixture(scope="session")
def kamervraag(tmp_path_factory: pytest.TempPathFactory) -> Kamervraag:
    """The real thing: the packaged model, the trained reader and an index of the shipped letter."""
    program = Kamervraag(Settings(home=tmp_path_factory.mktemp("home")))
    program.index()
    return program
