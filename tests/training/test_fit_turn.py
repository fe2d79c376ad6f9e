"""The turn head is found by least squares on drawn wheels; nothing else of the net changes."""

from __future__ import annotations

import torch

from training.fit_turn import fit_turn
from training.mixture import SHOWS, Mixture
from training.nets import Recognizer
from training.strips import ALPHABET


def test_only_the_head_changes_and_it_fits_better_than_before() -> None:
    torch.manual_seed(3)
    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    left = fit_turn(net, Mixture({}, {"synth_mechanical": 1.0}, seed=3), batches=1)
    changed = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"turn.weight", "turn.bias"}
    assert 0 < left < 0.2  # a net that has learned nothing is off by as much as wheels turn
