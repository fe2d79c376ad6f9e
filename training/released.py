"""A released recogniser as the start of a training: the weights of its ONNX file, back in a net that can learn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.mixture import drawn_cut
from training.nets import ConvBn, Recognizer
from training.norms import restore_norms
from training.recognizer_score import val_strip
from training.synth import draw_lcd_strip, draw_mechanical_strip

_PREFIX, _HALF = "net.", ".half"  # of the names in a released file: the module around the net, 16-bit weights
_LEAST_SPREAD = 1e-8
_DRAWN = 64  # strips from which the statistics of the norms are taken


def load_released(net: Recognizer, path: Path) -> None:
    """Fill ``net`` from a file that :mod:`training.export` wrote; it then computes what the file does.

    The exporter fuses batch norms with their convolutions, and statistics and scales are lost. Statistics are taken
    anew from drawn strips. Scales are those of a new net: the weights of a fused convolution may be so small that
    the steps of a training throw them about. The affine part of each norm makes up for both.

    Raises:
        ValueError: the file's weights do not fit the net.
    """
    named, unnamed = _weights(path)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, ConvBn):
                module.conv.weight.copy_(_fitting(next(unnamed, None), module.conv.weight, path))
                module.norm.bias.copy_(_fitting(next(unnamed, None), module.norm.bias, path))
                _rescale(module)
        for name, slot in net.named_parameters():
            if name in named:
                slot.copy_(_fitting(named[name], slot, path))
            elif name.endswith(".weight") and not isinstance(_owner(net, name), ConvBn):
                found = next(unnamed, None)  # a matrix product, whose second factor is the weight turned round
                slot.copy_(_fitting(None if found is None else found.T, slot, path))
    restore_norms(net, [module.norm for module in net.modules() if isinstance(module, ConvBn)], _drawn_strips())


def _owner(net: nn.Module, name: str) -> nn.Module:
    """The module two levels above a parameter: the ConvBn of ``...skip.conv.weight``."""
    return net.get_submodule(".".join(name.split(".")[:-2]))


def _weights(path: Path) -> tuple[dict[str, Tensor], Iterator[Tensor]]:
    """The file's weights that have kept their names, and the others in the order of their use."""
    named: dict[str, Tensor] = {}
    unnamed: list[Tensor] = []
    for weight in onnx.load(str(path)).graph.initializer:
        value = torch.from_numpy(numpy_helper.to_array(weight).copy())
        if weight.name.startswith(_PREFIX):
            named[weight.name.removeprefix(_PREFIX).removesuffix(_HALF)] = value.float()
        elif weight.name.startswith(("onnx::Conv", "onnx::MatMul")):
            unnamed.append(value.float())
    return named, iter(unnamed)


def _fitting(value: Tensor | None, slot: Tensor, path: Path) -> Tensor:
    if value is None or value.shape != slot.shape:
        got = "nothing" if value is None else f"shape {tuple(value.shape)}"
        raise ValueError(f"expected weights of shape {tuple(slot.shape)}, got {got} in {path}")
    return value


def _rescale(module: ConvBn) -> None:
    """Give each channel of a convolution the spread of a new net's, and undo that in the norm's factor."""
    weight = module.conv.weight
    spread = weight[0].numel() ** -0.5
    factor = spread / weight.flatten(1).square().mean(1).sqrt().clamp(min=_LEAST_SPREAD)
    weight.mul_(factor[:, None, None, None])
    module.norm.weight.copy_(1 / factor)


def _drawn_strips() -> Tensor:
    rng = np.random.default_rng(0)
    drawn = [draw_lcd_strip(rng) if i % 2 else draw_mechanical_strip(rng) for i in range(_DRAWN)]
    return torch.from_numpy(np.stack([val_strip(drawn_cut(strip)) for strip in drawn]))
