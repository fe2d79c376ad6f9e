"""Train the recogniser: ``python -m training.train_recognizer CONFIG [--resume] [--smoke]``.

Each run writes its folder: config, data hash, git commit, log (JSON lines), curves (PNG), checkpoint and the
averaged weights ``best.pt`` of the evaluation with the most val readings right.
"""

from __future__ import annotations

import argparse
import json
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from training import plots
from training.align import aligned
from training.mixture import SHOWS, Batch, Mixture, collate
from training.nets import Prediction, Recognizer, load_pp_ocr, pp_ocr_path
from training.prepare import load_quads
from training.recognizer_data import Data, drawn_data, labelled_data
from training.recognizer_score import evaluate, share_right
from training.released import load_released
from training.runs import describe_run, progress_bar, rate, training_parser
from training.strips import ALPHABET, IGNORE, NO_QUADS

Config = dict[str, Any]

PP_OCR, NOTHING = "pp-ocr", "nothing"  # starts that are not the weights of a run

SMOKE: Config = {
    "start": NOTHING,
    "steps": 6,
    "batch": 4,
    "warmup_steps": 2,
    "evaluate_every": 3,
    "mix": {"synth_lcd": 0.5, "synth_mechanical": 0.5},
}
"""What ``--smoke`` changes: a minute on drawn strips, to see that everything works."""

# A forked worker inherits the locks of OpenCV's and PyTorch's threads and can hang for ever.
_SPAWN: dict[str, Any] = {"multiprocessing_context": "spawn"}


def ctc_loss(symbols: Tensor, batch: Batch) -> Tensor:
    """Mean CTC loss per symbol of the labelled strips; :data:`ANY` in a target accepts every digit."""
    log_probs = symbols.float().log_softmax(2)
    any_digit = log_probs[:, :, 1:11].logsumexp(2, keepdim=True)
    extended = torch.cat([log_probs, any_digit], 2).transpose(0, 1)
    steps = torch.full_like(batch.lengths, extended.shape[0])
    losses = F.ctc_loss(extended, batch.targets, steps, batch.lengths, reduction="none", zero_infinity=True)
    losses = losses / batch.lengths.clamp(min=1)
    return (losses * batch.labelled).sum() / batch.labelled.sum().clamp(min=1)


def _known(loss: Any, logits: Tensor, target: Tensor) -> Tensor:
    """``loss`` over the entries whose target is known, 0 when none is."""
    known = target != IGNORE
    if not known.any():
        return logits.sum() * 0.0
    target = target[known]
    value: Tensor = loss(logits[known], target if loss is F.cross_entropy else target.float())
    return value


def _turn_loss(turn: Tensor, target: Tensor) -> Tensor:
    """Mean distance of the turns that are known, in digits; 0 when none is."""
    known = ~target.isnan()
    return F.smooth_l1_loss(turn[known].float(), target[known], beta=0.05) if known.any() else turn.sum() * 0.0


def total_loss(out: Prediction, batch: Batch) -> Tensor:
    """Reading first; the small heads must not pull the body away from it."""
    binary = F.binary_cross_entropy_with_logits
    return (
        ctc_loss(out.symbols, batch)
        + 0.5 * _turn_loss(out.turn, batch.turns)
        + 0.05 * _known(F.cross_entropy, out.shows, batch.shows)
        + 0.1 * _known(binary, out.upright, batch.upright)
        + 0.15 * _known(binary, out.legible, batch.legible)
    )


def _start(net: Recognizer, start: str) -> None:
    """Fill ``net``: :data:`PP_OCR`, :data:`NOTHING`, a released ONNX file, or the path of another run's weights."""
    if start == PP_OCR:
        load_pp_ocr(net.body, pp_ocr_path())
    elif start.endswith(".onnx"):
        load_released(net, Path(start))
    elif start != NOTHING:
        net.load_state_dict(torch.load(start, weights_only=True))


class Trainer:
    """One run: the net, the average of its weights, and all that a checkpoint needs to go on."""

    def __init__(self, config: Config, run: Path) -> None:
        torch.manual_seed(config["seed"])
        self.config, self.run = config, run
        self.net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
        _start(self.net, config["start"])
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(config["average"]))
        rates = {"lr": config["learning_rate"], "weight_decay": config["weight_decay"]}
        self.optimizer = torch.optim.AdamW(self.net.parameters(), **rates)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: rate(config, step))
        self.step, self.best = 0, -1.0
        self._parts: dict[str, Any] = {
            "net": self.net,
            "average": self.average,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
        }

    @property
    def can_read(self) -> bool:
        """Whether the start weights are those of a net that reads meters."""
        return self.config["start"] not in (PP_OCR, NOTHING)

    @property
    def checkpoint(self) -> Path:
        return self.run / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint; a stop in the middle leaves the one before."""
        part = self.checkpoint.with_suffix(".part")
        states = {name: part.state_dict() for name, part in self._parts.items()}
        torch.save({"step": self.step, "best": self.best, **states}, part)
        part.replace(self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint."""
        saved = torch.load(self.checkpoint, weights_only=True)
        self.step, self.best = saved["step"], saved["best"]
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])

    def learn(self, batch: Batch) -> float:
        """One step; gives the loss."""
        with torch.autocast("cpu", torch.bfloat16):
            out = self.net(batch.strips)
        loss = total_loss(out, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.schedule.step()
        self.average.update_parameters(self.net)
        self.step += 1
        return loss.item()

    def measure(self, data: Data) -> dict[str, Any]:
        """Evaluate the average and keep it if it is the best so far; gives the scores for the log."""
        module = self.average.module
        module.load_state_dict({**module.state_dict(), **dict(self.net.named_buffers())})
        scores = evaluate(module, data.val)
        score = share_right(scores)
        if score >= self.best:
            self.best = score
            torch.save(module.state_dict(), self.run / "best.pt")
        return {"step": self.step, "score": score, "scores": scores}


def train(trainer: Trainer, data: Data) -> None:
    """Run to the end of the configured steps; log, curves and checkpoint after every evaluation."""
    config, log = trainer.config, trainer.run / "log.jsonl"
    batches = _batches(config, data, seed=config["seed"] + trainer.step)
    losses: list[float] = []
    began = time.monotonic()
    with progress_bar("recogniser", config["steps"], done=trainer.step) as advance:
        while trainer.step < config["steps"]:
            losses.append(trainer.learn(next(batches)))
            advance(f"loss {np.mean(losses[-100:]):.3f}")
            if trainer.step % config["evaluate_every"] == 0 or trainer.step == config["steps"]:
                entry = {"loss": float(np.mean(losses)), **trainer.measure(data)}
                entry["seconds"] = time.monotonic() - began
                with log.open("a") as lines:
                    lines.write(json.dumps(entry) + "\n")
                losses.clear()
                trainer.save()
                plots.save(plots.learning_curves(log), trainer.run / "curves.png")


def _batches(config: Config, data: Data, *, seed: int) -> Iterator[Batch]:
    mixture = Mixture(data.train, config["mix"], seed=seed, crops=data.crops)
    return iter(DataLoader(mixture, config["batch"], collate_fn=collate, num_workers=1, prefetch_factor=4, **_SPAWN))


def prepared(description: str | None) -> tuple[argparse.Namespace, Config, Data]:
    """What the command line says, the config that it names, and what there is to learn from."""
    parser = training_parser(description, data=Path("../shared/data"))
    parser.add_argument("--quads", type=Path, help="corners to use instead of the manifest's (training.refine)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = tomllib.loads(args.config.read_text()) | (SMOKE if args.smoke else {})
    quads = load_quads(args.quads) if args.quads else NO_QUADS
    seed, splits = config["seed"], config["splits"]
    data = drawn_data(seed=seed) if args.smoke else labelled_data(args.data, seed=seed, quads=quads, splits=splits)
    return args, config, data


def main() -> None:
    args, config, data = prepared(__doc__)
    run = args.runs / config["id"]
    describe_run(run, config, data.hash)
    trainer = Trainer(config, run)
    if trainer.can_read:
        data = replace(data, train={name: list(aligned(trainer.net.eval(), cuts)) for name, cuts in data.train.items()})
        trainer.net.train()
    if args.resume and trainer.checkpoint.exists():
        trainer.resume()
    else:
        (run / "log.jsonl").unlink(missing_ok=True)
    train(trainer, data)
    print(run / "best.pt")


if __name__ == "__main__":
    main()
