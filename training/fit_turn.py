"""Fit the recogniser's ``turn`` head anew, its body left as it is: ``python -m training.fit_turn WEIGHTS.pt OUT.pt``.

For the middle of several nets (:mod:`training.average`): a head that only one of them has learned does not fit the
body in the middle. The head is linear, and drawn counters say how far each wheel has turned, so least squares find it.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.average import load_weights
from training.crops import CropBank
from training.mixture import SHOWS, Mixture, collate
from training.nets import Recognizer
from training.runs import progress_bar
from training.strips import ALPHABET

_BATCH = 32
_RIDGE = 1.0  # keeps the weights small where features go together


@torch.inference_mode()
def fit_turn(net: Recognizer, samples: Mixture, batches: int) -> float:
    """Replace the weights of ``net.turn``; gives the mean distance in digits that is left on what was fitted."""
    net.eval()
    features, turns = list[Tensor](), list[Tensor]()
    hook = net.turn.register_forward_pre_hook(lambda _, given: features.append(given[0].detach()))
    stream = iter(samples)
    with progress_bar("strips", batches) as advance:
        for _ in range(batches):
            batch = collate(list(islice(stream, _BATCH)))
            net(batch.strips)
            known = ~batch.turns.isnan()
            features[-1] = features[-1][known]
            turns.append(batch.turns[known])
            advance("")
    hook.remove()
    x = torch.cat(features).double().numpy()
    y = torch.cat(turns).double().numpy()
    x = np.column_stack([x, np.ones(len(x))])
    weights = np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T @ y)
    net.turn.weight.copy_(torch.from_numpy(weights[None, :-1]))
    net.turn.bias.copy_(torch.from_numpy(weights[-1:]))
    return float(np.abs(x @ weights - y).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="its photographed wheels are used")
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    net.load_state_dict(load_weights(args.weights))
    drawn = Mixture({}, {"synth_mechanical": 1.0}, seed=args.seed, crops=CropBank.load(args.data))
    left = fit_turn(net, drawn, args.batches)
    torch.save(net.state_dict(), args.out)
    print(f"turns of drawn wheels are off by {left:.3f} digits on average")


if __name__ == "__main__":
    main()
