"""The trained reader: what makes it small and fast changes nothing of what it says."""

import torch

from rag.reader import Network, Smooth, page_of, smooth, smoothable, unsmoothed


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
        assert not any(isinstance(layer, Smooth) for layer in unsmoothed(network).modules())
        torch.testing.assert_close(network([page]), first, rtol=1e-3, atol=1e-3)


def test_no_page_sees_another() -> None:
    """Pages go through the network end to end; each is scored as if it were alone."""
    pages = [
        page_of("Wie traint er?", "Missie", ["Nederland traint.", "Het regent in Bagdad."]),
        page_of("Wanneer begon de missie?", None, ["In 2015 begon zij.", "Zij duurt nog.", "Meer is niet bekend."], "En in Irak?"),
    ]
    network = Network().eval()
    with torch.inference_mode():
        torch.testing.assert_close(network(pages), torch.cat([network([page]) for page in pages]), rtol=1e-3, atol=1e-3)
