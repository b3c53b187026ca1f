"""Trained weights as they lie on disk: matrices as int8 with a float scale a row, a quarter of their size.

The vocabulary is not among them: it is that of the packaged model. Heavy (torch).
"""

import torch
from torch import nn


def quantised(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights to be written: an encoder's matrices in 8 bits, its embeddings left out, all else as it is."""
    out = {}
    for name, value in state.items():
        if "encoder.layer" in name and value.dim() == 2:
            scale = value.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
            out[name], out[f"{name}.scale"] = (value / scale).round().to(torch.int8), scale.squeeze(1).contiguous()
        elif "embeddings." not in name:
            out[name] = value.contiguous()
    return out


def fill(network: nn.Module, stored: dict[str, torch.Tensor]) -> None:
    """The reverse of `quantised`: put the weights in place, one matrix at a time, since all at once weigh 85 MB."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name in stored:
                scale = stored.get(f"{name}.scale")
                value.copy_(stored[name] if scale is None else stored[name].float() * scale[:, None])
