"""The trained reader: what makes its weights fit in 8 bits changes nothing of what it says."""

import torch

from rag.reader import Network, Smooth, page_of, smooth, smoothable, undo_smooth


def test_scales_are_moved_to_the_weights_and_back() -> None:
    """Neither moves a logit; afterwards the network can be trained on as it was."""
    page = page_of("Wie traint er?", "Missie", ["Nederland traint.", "Het regent in Bagdad."])
    with torch.inference_mode():
        network = smoothable(Network().eval())
        first = network([page])
        smooth(network, [page])
        scaled = [layer.inverse.clone() for layer in network.modules() if isinstance(layer, Smooth)]
        assert not any(torch.allclose(each, torch.ones_like(each)) for each in scaled)
        torch.testing.assert_close(network([page]), first, rtol=1e-3, atol=1e-3)
        undo_smooth(network)
        assert all((layer.inverse == 1).all() for layer in network.modules() if isinstance(layer, Smooth))
        torch.testing.assert_close(network([page]), first, rtol=1e-3, atol=1e-3)
