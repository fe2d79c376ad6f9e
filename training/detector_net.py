"""The display detector: YOLOv8n with four corners a display, its start weights and its loss.

The net names corners by their place in the image and says which way the display reads as part of its class, so that
upside down is another class and not another regression: :func:`to_net` and :class:`Decoded` translate.

The start weights are the YOLOv8n inside the PyPI package ``nudenet`` (AGPL-3.0), whose batch norms were folded into
the convolutions: :func:`start_from` puts them back so that training begins with the very function the file computes.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn
from ultralytics.nn.modules.conv import Conv
from ultralytics.nn.tasks import PoseModel
from ultralytics.utils.loss import v8PoseLoss

from training.norms import restore_norms

CORNERS = 4
TURNS = 4  # reading directions a class is split into: right, down, left, up, each +-45 degrees
_NEAR = 0.1  # of the display's height: corner errors below it are what the loss keeps sharpening


def to_net(kinds: NDArray[np.int64], corners: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Classes and corners as the net has them, of displays (n,) with corners (n, 4, 2) in reading order."""
    along = corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]
    turns = np.round(np.arctan2(along[:, 1], along[:, 0]) / (np.pi / 2)).astype(np.int64) % TURNS
    order = (np.arange(CORNERS) - turns[:, None]) % CORNERS
    return kinds * TURNS + turns, np.take_along_axis(corners, order[..., None], axis=1)


class Decoded(nn.Module):
    """The net with predictions (N, A, 4 + kinds + 8): box, score of each kind, corners in reading order, px."""

    def __init__(self, net: nn.Module, kinds: int) -> None:
        super().__init__()
        self.net, self.kinds = net, kinds

    def forward(self, images: Tensor) -> Tensor:
        """Predictions for images (N, 3, H, W), 0..1."""
        out = self.net(images)
        raw = (out[0] if isinstance(out, tuple) else out).transpose(1, 2)
        boxes, scores, corners = raw.split((4, self.kinds * TURNS, 2 * CORNERS), dim=2)
        by_turn = scores.unflatten(2, (self.kinds, TURNS))
        turn = by_turn.amax(2).argmax(2)[..., None]
        in_order = sum(corners.roll(-2 * k, dims=2) * (turn == k).to(corners.dtype) for k in range(TURNS))
        return torch.cat([boxes, by_turn.amax(3), in_order], dim=2)


def build(kinds: int, gains: dict[str, float]) -> PoseModel:
    """YOLOv8n for ``kinds`` of displays; ``gains`` weighs box, cls, dfl and pose losses."""
    net = PoseModel("yolov8n-pose.yaml", nc=kinds * TURNS, data_kpt_shape=(CORNERS, 2), verbose=False)
    head = net.model[-1]
    # 16 channels are too few for corners to a pixel; as wide as the box branch, they can also start from it.
    for level, branch in enumerate(head.cv2):
        width, depth = branch[0].conv.in_channels, branch[1].conv.out_channels
        head.cv4[level] = nn.Sequential(Conv(width, depth, 3), Conv(depth, depth, 3), nn.Conv2d(depth, 2 * CORNERS, 1))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.03
    net.args = SimpleNamespace(**gains, kobj=0.0)
    return net


def start_path() -> Path:
    """Where the installed ``nudenet`` package keeps its YOLOv8n.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    spec = find_spec("nudenet")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("expected the package nudenet (extra train), whose weights the detector starts from")
    return Path(spec.origin).with_name("320n.onnx")


def start_from(net: PoseModel, path: Path, images: Tensor) -> int:
    """Load the folded convolutions of the YOLOv8n ONNX file ``path``; returns how many were taken.

    ``images`` (N, 3, H, W) float 0..1: real photos, from which each batch norm takes the statistics that make it an
    identity in training mode too.
    """
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    for name in list(tensors):  # corners are found by what finds edges of boxes
        if ".22.cv2." in name and name.split(".")[4] != "2":
            tensors[name.replace(".cv2.", ".cv4.")] = tensors[name]
    norms: list[nn.BatchNorm2d] = []
    taken = 0
    for name, module in net.named_modules():
        if not isinstance(module, nn.Conv2d):
            continue
        weight = tensors.get(f"{name}.weight")
        if weight is None or weight.shape != tuple(module.weight.shape) or name.endswith("dfl.conv"):
            continue
        module.weight.data.copy_(torch.from_numpy(np.array(weight)))
        bias = torch.from_numpy(np.array(tensors[f"{name}.bias"]))
        if module.bias is None:
            norm = net.get_submodule(f"{name.removesuffix('.conv')}.bn")
            nn.init.ones_(norm.weight)
            norm.bias.data.copy_(bias)
            norms.append(norm)
        else:
            module.bias.data.copy_(bias)
        taken += 1
    restore_norms(net, norms, images)
    return taken


class CornerLoss(v8PoseLoss):
    """YOLOv8's loss with corners measured in heights of the display.

    The usual similarity (OKS) has no gradient far off and hardly any within a tenth of the box. ``log(1 + d / near)``
    pulls from any distance, keeps sharpening close by, and forgives the labels that are wrong.
    """

    def calculate_keypoints_loss(  # noqa: PLR0913, PLR0917 - the signature is ultralytics'
        self,
        masks: Tensor,
        target_gt_idx: Tensor,
        keypoints: Tensor,
        stride_tensor: Tensor,
        target_bboxes: Tensor,  # noqa: ARG002
        pred_kpts: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Mean corner loss over the assigned anchors; ``keypoints`` in px, ``pred_kpts`` in strides."""
        image, anchor = masks.nonzero(as_tuple=True)
        truth = keypoints[image, target_gt_idx[masks]]
        found = pred_kpts[masks] * stride_tensor[anchor][:, None]
        distance = ((found - truth[..., :2]).square().sum(-1) + 1e-4).sqrt()
        corners = truth[..., :2]
        left, right = corners[:, 3] - corners[:, 0], corners[:, 2] - corners[:, 1]
        height = (left.norm(dim=1) + right.norm(dim=1)) / 2
        loss = torch.log1p(distance / (_NEAR * height.clamp(min=4.0))[:, None])
        return loss.mean(), loss.new_zeros(())
