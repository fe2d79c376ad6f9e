"""Batch norms that an exporter has fused with their convolutions, put back so that a net can learn again."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


@torch.no_grad()
def restore_norms(net: nn.Module, norms: Sequence[nn.BatchNorm2d], inputs: Tensor) -> None:
    """Give ``norms`` the statistics of ``inputs``, so that each computes ``x * weight + bias`` of what it holds now.

    Weight and bias are those that the fused convolution leaves to do, such as 1 and its own bias. The norms are
    set as they run, so that each sees what the ones before it make.
    """

    def restore(norm: nn.BatchNorm2d, given: tuple[Tensor]) -> None:
        variance, mean = torch.var_mean(given[0], dim=(0, 2, 3), correction=0)
        norm.running_mean, norm.running_var = mean, variance
        norm.bias.add_(mean * norm.weight)
        norm.weight.mul_((variance + norm.eps).sqrt())

    hooks = [norm.register_forward_pre_hook(restore) for norm in norms]
    was_training = net.training
    net.eval()(inputs)
    net.train(was_training)
    for hook in hooks:
        hook.remove()
