"""The recogniser network: the body of PP-OCRv6-small with heads of our own.

The body (a MetaFormer-like stack of depthwise blocks and a two-layer SVTR neck) follows the graph of
``PP-OCRv6_rec_small.onnx`` as shipped in the PyPI package ``rapidocr`` (Apache-2.0), from which
:func:`load_pp_ocr` takes the start weights. Convolutions there are fused with their batch norms, so the
body trains without normalisation, which suits small batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

STRIDE = 8  # px of strip width per time step
WIDTH = 120  # channels of the sequence features


class Prediction(NamedTuple):
    """What the network says of N strips, T steps each; logits throughout.

    Shapes: symbols (N, T, C) for CTC with blank 0; turn (N, T); shows (N, S); upright (N,); legible (N,).
    """

    symbols: Tensor
    turn: Tensor
    shows: Tensor
    upright: Tensor
    legible: Tensor


class LocalContrast(nn.Module):
    """Light of (N, 3, H, W) in -1..1 as (N, 1, H, W): less its surroundings, over their spread.

    Shadow, a dark drum in a bright plate and a faint display all look alike then. The surroundings are about one
    digit wide; a spread below a few grey levels is noise and is not stretched further.
    """

    CELL, REACH, LEAST = 8, (5, 7), 0.06

    def forward(self, x: Tensor) -> Tensor:
        light = x.mean(1, keepdim=True)
        mean, square = self._around(light), self._around(light * light)
        return (light - mean) / ((square - mean * mean).clamp(min=0).sqrt() + self.LEAST)

    def _around(self, x: Tensor) -> Tensor:
        coarse = F.avg_pool2d(x, self.CELL)
        pad = (self.REACH[0] // 2, self.REACH[1] // 2)
        smooth = F.avg_pool2d(coarse, self.REACH, 1, pad, count_include_pad=False)
        return F.interpolate(smooth, scale_factor=float(self.CELL), mode="bilinear", align_corners=False)


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // 4, 1)
        self.expand = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = self.expand(F.relu(self.reduce(x.mean((2, 3), keepdim=True))))
        return x * F.hardsigmoid(scale)


class Block(nn.Module):
    """Depthwise token mixing, then a channel MLP; residual where the shape stays."""

    def __init__(self, channels: int, out: int, *, excite: bool = False) -> None:
        super().__init__()
        self.residual = channels == out
        self.mix = nn.Conv2d(channels, channels, 3, (1, 1) if self.residual else (2, 1), 1, groups=channels)
        self.excite = SqueezeExcite(channels) if excite else nn.Identity()
        hidden = 2 * channels if self.residual else out
        self.rise = nn.Conv2d(channels, hidden, 1)
        self.fall = nn.Conv2d(hidden, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.excite(self.mix(x))
        y = self.fall(F.gelu(self.rise(x)))
        return x + y if self.residual else y


class Stem(nn.Module):
    """(N, 4, H, W), colour and local contrast, to (N, 96, H/4, W/4)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 48, 3, 2, 1)
        self.conv2 = nn.Conv2d(48, 24, 2)
        self.conv3 = nn.Conv2d(24, 48, 2)
        self.conv4 = nn.Conv2d(96, 48, 3, 2, 1)
        self.conv5 = nn.Conv2d(48, 96, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        y = F.relu(self.conv2(F.pad(x, (0, 1, 0, 1))))
        y = F.relu(self.conv3(F.pad(y, (0, 1, 0, 1))))
        x = F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1)
        x = F.relu(self.conv4(torch.cat([x, y], 1)))
        return F.relu(self.conv5(x))


class ConvBn(nn.Module):
    def __init__(self, channels: int, kernel: tuple[int, int], *, groups: int = 1) -> None:
        super().__init__()
        pad = (kernel[0] // 2, kernel[1] // 2)
        self.conv = nn.Conv2d(channels, WIDTH, kernel, padding=pad, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH, eps=1e-5)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.norm(self.conv(x)))


class Encoder(nn.Module):
    """Pre-norm transformer layer over the steps of the strip."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-5)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-5)
        self.rise = nn.Linear(WIDTH, 2 * WIDTH)
        self.fall = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        n, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, 8, WIDTH // 8).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        x = x + self.out(y.transpose(1, 2).reshape(n, t, WIDTH))
        return x + self.fall(F.silu(self.rise(self.norm2(x))))


class Body(nn.Module):
    """(N, 4, H, W) to sequence features (N, W/8, 120). H is a multiple of 16."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.blocks = nn.Sequential(
            Block(96, 96, excite=True),
            Block(96, 96),
            Block(96, 96),
            Block(96, 192),
            Block(192, 192, excite=True),
            Block(192, 192),
            Block(192, 192, excite=True),
            Block(192, 192),
            Block(192, 192, excite=True),
            Block(192, 192),
            Block(192, 384),
            Block(384, 384, excite=True),
            Block(384, 384),
        )
        self.skip = ConvBn(384, (1, 1))
        self.squeeze = ConvBn(384, (1, 1))
        self.local = ConvBn(WIDTH, (1, 7), groups=WIDTH)
        self.encoders = nn.Sequential(Encoder(), Encoder())
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.stem(x))
        x = F.avg_pool2d(x.mean(2, keepdim=True), (1, 2))
        skip, y = self.skip(x), self.squeeze(x)
        y = (y + self.local(y)).squeeze(2).transpose(1, 2)
        return self.norm(self.encoders(y)) + skip.squeeze(2).transpose(1, 2)


class Recognizer(nn.Module):
    """Strips (N, H, W, 3) uint8 RGB to a :class:`Prediction`; normalisation happens inside."""

    def __init__(self, symbols: int, quantities: int) -> None:
        super().__init__()
        self.contrast = LocalContrast()
        self.body = Body()
        self.symbols = nn.Linear(WIDTH, symbols)
        self.turn = nn.Linear(WIDTH, 1)
        self.glance = nn.Sequential(nn.Linear(2 * WIDTH, 64), nn.ReLU(), nn.Linear(64, quantities + 2))

    def forward(self, strips: Tensor) -> Prediction:
        x = strips.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        y = self.body(torch.cat([x, self.contrast(x)], 1)).float()
        whole = self.glance(torch.cat([y.mean(1), y.amax(1)], 1))
        return Prediction(self.symbols(y), self.turn(y).squeeze(2), whole[:, :-2], whole[:, -2], whole[:, -1])


def _constants(path: Path) -> Iterator[Tensor]:
    """The weights of an ONNX graph in the order in which its nodes use them, without scalars and shapes."""
    graph = onnx.load(str(path)).graph
    weights = {w.name: w for w in graph.initializer}
    renamed: dict[str, str] = {}
    for node in graph.node:
        if node.op_type == "Identity":
            renamed[node.output[0]] = renamed.get(node.input[0], node.input[0])
            continue
        if node.op_type not in {"Conv", "Add", "Mul", "MatMul", "BatchNormalization"}:
            continue
        for name in (renamed.get(i, i) for i in node.input):
            if name in weights:
                value = torch.from_numpy(numpy_helper.to_array(weights[name]).copy())
                if value.numel() > 4:
                    yield value.T if node.op_type == "MatMul" else value


def _slots(module: nn.Module) -> Iterator[Tensor]:
    """The tensors of a body in the same order: weight then bias, batch norms with their running statistics."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            yield from (part.weight, part.bias)
            yield from (b for b in (part.running_mean, part.running_var) if b is not None)
        elif isinstance(part, nn.Conv2d | nn.Linear | nn.LayerNorm):
            yield part.weight
            if part.bias is not None:
                yield part.bias


@torch.no_grad()
def load_pp_ocr(body: Body, path: Path) -> None:
    """Fill ``body`` from ``PP-OCRv6_rec_small.onnx``; its input there is BGR, ours RGB.

    Raises:
        ValueError: the file's weights do not fit the body.
    """
    first = body.stem.conv1.weight
    for slot, constant in zip(_slots(body), _constants(path), strict=False):
        weights = with_contrast(constant.flip(1)) if slot is first and constant.dim() == first.dim() else constant
        if slot.numel() != weights.numel():
            raise ValueError(f"expected weights of shape {tuple(slot.shape)}, got {tuple(weights.shape)} in {path}")
        slot.copy_(weights.reshape(slot.shape))


def with_contrast(weights: Tensor) -> Tensor:
    """First-layer weights for colour (K, 3, h, w) as weights for colour and local contrast (K, 4, h, w).

    Each gives half of the answer; local contrast spreads about 2.5 times as wide as colour.
    """
    return torch.cat([0.5 * weights, 0.2 * weights.sum(1, keepdim=True)], 1)


def pp_ocr_path() -> Path:
    """Where the installed ``rapidocr`` package keeps the start weights.

    Raises:
        ModuleNotFoundError: the ``train`` extra is not installed.
    """
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("expected the package rapidocr (extra 'train') for the start weights")
    return Path(spec.origin).parent / "models" / "PP-OCRv6_rec_small.onnx"
