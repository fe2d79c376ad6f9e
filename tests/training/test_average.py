from pathlib import Path

import pytest
import torch

from training.average import average, load_weights


def net(value: float, *, seen: int = 1) -> dict[str, torch.Tensor]:
    return {"conv.weight": torch.full((2, 3), value), "norm.num_batches_tracked": torch.tensor(seen)}


def test_the_mean_of_each_weight() -> None:
    mean = average([net(1.0, seen=5), net(2.0, seen=9), net(6.0)])
    assert torch.equal(mean["conv.weight"], torch.full((2, 3), 3.0))
    assert mean["norm.num_batches_tracked"] == 5


def test_of_a_checkpoint_the_running_average_counts(tmp_path: Path) -> None:
    inside = {"n_averaged": torch.tensor(7), **{f"module.{name}": w for name, w in net(4.0).items()}}
    torch.save({"step": 3, "net": net(1.0), "average": inside}, tmp_path / "checkpoint.pt")
    torch.save(net(4.0), tmp_path / "best.pt")
    for name in ("checkpoint.pt", "best.pt"):
        weights = load_weights(tmp_path / name)
        assert weights.keys() == net(0.0).keys()
        assert torch.equal(weights["conv.weight"], net(4.0)["conv.weight"])


@pytest.mark.parametrize("nets", [[], [net(1.0), {"conv.weight": torch.zeros(2, 4)}]], ids=["none", "other shapes"])
def test_what_cannot_be_averaged_is_refused(nets: list[dict[str, torch.Tensor]]) -> None:
    with pytest.raises(ValueError, match="expected"):
        average(nets)
