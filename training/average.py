"""Average the weights of several recognisers: ``python -m training.average OUT.pt WEIGHTS.pt...``.

Nets that descend from one another lie in one valley of the loss, and the middle of it generalises better than any
point that a training stopped at (Wortsman et al., "Model soups", ICML 2022). Each file is a run's ``best.pt`` or
``checkpoint.pt``, of which the running average counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

_PREFIX = "module."  # of the names in a checkpoint's average

Weights = dict[str, Tensor]


def load_weights(path: Path) -> Weights:
    """The weights of a ``best.pt`` or of the running average in a ``checkpoint.pt``."""
    saved = torch.load(path, weights_only=True)
    if "average" not in saved:
        return dict(saved)
    return {name.removeprefix(_PREFIX): w for name, w in saved["average"].items() if name.startswith(_PREFIX)}


def average(nets: Sequence[Weights]) -> Weights:
    """The mean of each weight; whole numbers (how many batches a norm has seen) are those of the first net.

    Raises:
        ValueError: there are none, or they are not of one architecture.
    """
    if not nets:
        raise ValueError("expected the weights of at least one net, got none")
    shapes = [{name: tuple(weight.shape) for name, weight in net.items()} for net in nets]
    for other in shapes[1:]:
        if other != shapes[0]:
            names = sorted(n for n in shapes[0] | other if shapes[0].get(n) != other.get(n))
            raise ValueError(f"expected nets of one architecture, got different weights {names[:3]}")
    return {
        name: torch.stack([net[name] for net in nets]).mean(0) if first.is_floating_point() else first
        for name, first in nets[0].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("weights", type=Path, nargs="+")
    args = parser.parse_args()
    torch.save(average([load_weights(path) for path in args.weights]), args.out)


if __name__ == "__main__":
    main()
