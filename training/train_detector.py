"""Train the display detector: ``python -m training.train_detector CONFIG [--data FOLDER] [--resume] [--smoke]``.

``FOLDER`` comes from :mod:`training.prepare`. Each run writes its folder: config, data hash, git commit, log (JSON
lines), curves (PNG), checkpoint, and ``best.pt``: the averaged weights that found most val displays most exactly.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset
from ultralytics.nn.tasks import PoseModel
from ultralytics.utils.torch_utils import ModelEMA

from training import plots
from training.detector_data import Example, View, draw_order, letterbox, load_examples, random_view, to_batch
from training.detector_net import CornerLoss, build, start_from, start_path
from training.detector_score import evaluate, score_of
from training.prepare import CLASSES, ORIGIN, drawn, read_photo, write
from training.runs import describe_run, progress_bar, rate, training_parser

Config = dict[str, Any]
_CALIBRATION = 32  # photos whose statistics go into the start weights' batch norms


class Views(IterableDataset[View]):
    """Endless random views of the training photos."""

    def __init__(self, examples: list[Example], config: Config, *, seed: int) -> None:
        self._examples, self._config, self._seed = examples, config, seed

    def __iter__(self) -> Iterator[View]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self._seed)
        for example in draw_order(self._examples, self._config["weights"], rng):
            yield random_view(read_photo(example.path), example.labels, rng, self._config["input_size"])


def usable(example: Example) -> bool:
    """Whether all its displays have corners; one without them would be taught as background."""
    return all(label.corners is not None for label in example.labels)


def optimizer_of(net: nn.Module, config: Config) -> torch.optim.Optimizer:
    """AdamW; biases and norms are not pulled towards zero."""
    plain = [p for p in net.parameters() if p.requires_grad and p.ndim <= 1]
    decayed = [p for p in net.parameters() if p.requires_grad and p.ndim > 1]
    groups = [{"params": decayed, "weight_decay": config["weight_decay"]}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, config["learning_rate"])


def start(config: Config, examples: list[Example]) -> PoseModel:
    """The net before the first step."""
    torch.manual_seed(config["seed"])
    net = build(len(CLASSES), config["gains"])
    if config["start"] == "nudenet":
        rng = np.random.default_rng(config["seed"])
        chosen = rng.permutation(len(examples))[:_CALIBRATION]
        plain = [letterbox(read_photo(examples[i].path), config["input_size"])[0] for i in chosen]
        images = torch.from_numpy(np.stack(plain)).permute(0, 3, 1, 2).float() / 255
        start_from(net, start_path(), images)
    elif config["start"] != "nothing":
        net.load_state_dict(torch.load(config["start"], weights_only=True))
    return net.to(memory_format=torch.channels_last)


class Run:
    """Everything that changes while a detector trains; it is kept in ``checkpoint.pt`` and taken up from there."""

    def __init__(self, config: Config, examples: list[Example], folder: Path) -> None:
        self.config, self.folder = config, folder
        self.net = start(config, examples).train()
        self.average = ModelEMA(self.net, decay=config["average"], tau=200)
        self.loss_of = CornerLoss(self.net)
        self.optimizer = optimizer_of(self.net, config)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: rate(config, step))
        self.step, self.best = 0, -1.0

    @property
    def _parts(self) -> dict[str, Any]:
        return {
            "net": self.net,
            "average": self.average.ema,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }

    def take_up(self) -> None:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        saved = torch.load(path, weights_only=True)
        self.step, self.best = saved["step"], saved["best"]
        self.average.updates = self.step
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])

    def learn(self, batch: Mapping[str, Tensor]) -> dict[str, float]:
        """One step; the losses by name."""
        with torch.autocast("cpu", torch.bfloat16):
            out = self.net(batch["images"])
        exact = {k: v if isinstance(v, list) else v.float() for k, v in out.items()}
        losses, named = self.loss_of(exact, batch)
        (losses.sum() / len(batch["images"])).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.schedule.step()
        self.average.update(self.net)
        self.step += 1
        return {name: float(value) for name, value in named.items()}

    def record(self, losses: Mapping[str, float], scores: dict[str, dict[str, float]], seconds: float) -> None:
        """Write log, checkpoint and curves, and the averaged weights if they are the best so far."""
        score = score_of(scores)
        entry = {"step": self.step, "loss": sum(losses.values()), "losses": losses, "score": score}
        log = self.folder / "log.jsonl"
        with log.open("a") as lines:
            lines.write(json.dumps({**entry, "seconds": round(seconds), "scores": scores}) + "\n")
        if score >= self.best:
            self.best = score
            torch.save(self.average.ema.state_dict(), self.folder / "best.pt")
        state = {name: part.state_dict() for name, part in self._parts.items()}
        torch.save({"step": self.step, "best": self.best, **state}, self.folder / "checkpoint.pt")
        plots.save(plots.learning_curves(log), self.folder / "curves.png")


def train(config: Config, data: Path, folder: Path, *, resume: bool) -> Path:
    """Train and return the path of the best averaged weights."""
    examples = [example for split in config["splits"] for example in load_examples(data, split) if usable(example)]
    held_out = load_examples(data, "val")
    run = Run(config, examples, folder)
    if resume:
        run.take_up()
    else:
        (folder / "log.jsonl").unlink(missing_ok=True)
    views = Views(examples, config, seed=config["seed"] + run.step)
    loader = iter(DataLoader(views, config["batch"], collate_fn=to_batch, num_workers=1, prefetch_factor=3))
    recent: list[dict[str, float]] = []
    began = time.monotonic()
    with progress_bar("detector", config["steps"], done=run.step) as advance:
        while run.step < config["steps"]:
            recent.append(run.learn(next(loader)))
            advance(f"loss {np.mean([sum(r.values()) for r in recent[-50:]]):.3f}")
            if run.step % config["evaluate_every"] == 0 or run.step == config["steps"]:
                means = {name: round(float(np.mean([r[name] for r in recent])), 4) for name in recent[0]}
                scores = evaluate(run.average.ema, held_out, config["input_size"])
                run.record(means, scores, time.monotonic() - began)
                recent = []
    return folder / "best.pt"


def smoke(config: Config, folder: Path) -> Config:
    """Write a few drawn photos into ``folder``; returns ``config`` cut down to a minute."""
    if not (folder / ORIGIN).exists():
        write(chain(drawn(24, 1, None), drawn(8, 2, None, split="val")), folder, "smoke")
    return {
        **config,
        "start": "nudenet",
        "steps": 8,
        "batch": 4,
        "input_size": 160,
        "evaluate_every": 4,
        "warmup_steps": 2,
    }


def main() -> None:
    args = training_parser(__doc__, data=Path("build/detector")).parse_args()
    torch.set_num_threads(args.threads)
    config = tomllib.loads(args.config.read_text())
    run, data = args.runs / config["id"], args.data
    if args.smoke:
        data = run / "data"
        config = smoke(config, data)
    describe_run(run, config, json.loads((data / ORIGIN).read_text())["data_hash"])
    print(train(config, data, run, resume=args.resume))


if __name__ == "__main__":
    main()
