"""Train the recogniser: ``python -m training.train_recognizer CONFIG [--resume] [--smoke]``.

Each run writes its folder: config, data hash, git commit, log (JSON lines), curves (PNG), checkpoint and the
averaged weights ``best.pt`` of the evaluation with the most val readings right.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from training.manifest import data_hash, load_scenes, load_strips
from training.mixture import SHOWS, Batch, Mixture, collate
from training.nets import Prediction, Recognizer, load_pp_ocr, pp_ocr_path
from training.runs import draw_curves, git_commit, progress_bar
from training.strips import ALPHABET, ANY, IGNORE, Cut, cut_strip, other_cuts, scene_cuts, strip_cuts
from training.crops import CropBank

Config = dict[str, Any]

# A forked worker inherits the locks of OpenCV's and PyTorch's threads and can hang for ever.
_SPAWN: dict[str, Any] = {"multiprocessing_context": "spawn"}


@dataclass(frozen=True, slots=True)
class Data:
    """Cuts by source for training, and the val cuts."""

    train: dict[str, list[Cut]]
    val: list[Cut]
    crops: CropBank | None
    hash: str


def load_data(root: Path, *, seed: int) -> Data:
    """Everything that is labelled under ``root`` (the layout of ``../shared/data``)."""
    scenes, strips = load_scenes(root), load_strips(root)
    train: dict[str, list[Cut]] = defaultdict(list)
    fit = [s for s in scenes if s.split == "train"]
    for cut in [*scene_cuts(root, fit), *strip_cuts(root, [s for s in strips if s.split == "train"])]:
        train[cut.source].append(cut)
    train["other"] = list(other_cuts(root, fit, np.random.default_rng(seed)))
    val = [
        *scene_cuts(root, [s for s in scenes if s.split == "val"]),
        *strip_cuts(root, [s for s in strips if s.split == "val"]),
    ]
    return Data(dict(train), val, CropBank.load(root), data_hash(root))


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


def total_loss(out: Prediction, batch: Batch) -> Tensor:
    """Reading first; the small heads must not pull the body away from it."""
    binary = F.binary_cross_entropy_with_logits
    return (
        ctc_loss(out.symbols, batch)
        + 0.1 * _known(binary, out.transition, batch.transition)
        + 0.05 * _known(F.cross_entropy, out.shows, batch.shows)
        + 0.1 * _known(binary, out.upright, batch.upright)
        + 0.15 * _known(binary, out.legible, batch.legible)
    )


def greedy(symbols: Tensor) -> list[list[int]]:
    """Best-path decoding of (N, T, C) logits to CTC classes."""
    paths = symbols.argmax(2).tolist()
    return [[c for i, c in enumerate(p) if c and (i == 0 or p[i - 1] != c)] for p in paths]


def matches(target: tuple[int, ...], got: list[int]) -> bool:
    """Every symbol the same; an unlabelled or unreadable digit of the truth accepts any."""
    free = {ANY, ALPHABET.index("?") + 1}
    return len(target) == len(got) and all(
        t == g or (t in free and g <= 10) or t == g for t, g in zip(target, got, strict=True)
    )


def integer_part(classes: tuple[int, ...] | list[int]) -> list[int]:
    """The classes before the point, without leading zeros."""
    point = ALPHABET.index(".") + 1
    whole = list(classes)[: list(classes).index(point)] if point in classes else list(classes)
    while len(whole) > 1 and whole[0] == 1:
        whole.pop(0)
    return whole


@torch.inference_mode()
def evaluate(net: nn.Module, cuts: list[Cut]) -> dict[str, dict[str, float]]:
    """Per source: n, share of whole strings right, of integer parts right, mean probability of legible."""
    net.eval()
    rows: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
    for start in range(0, len(cuts), 32):
        part = cuts[start : start + 32]
        strips = np.stack(
            [
                cut_strip(c.image, c.quad) if not c.tight else cut_strip(c.image, c.quad, margin=(0.02, 0.1))
                for c in part
            ]
        )
        with torch.autocast("cpu", torch.bfloat16):
            out = net(torch.from_numpy(strips))
        for cut, got, legible in zip(part, greedy(out.symbols), out.legible.sigmoid().tolist(), strict=True):
            whole = matches(cut.targets, got)
            integer = matches(tuple(integer_part(cut.targets)), integer_part(got))
            name = cut.source if cut.legible else f"{cut.source}-unreadable"
            rows[name].append((whole, integer, legible))
    net.train()
    return {
        name: dict(zip(("n", "whole", "integer", "legible"), (len(r), *np.mean(r, axis=0).tolist()), strict=True))
        for name, r in sorted(rows.items())
    }


def rate(config: Config, step: int) -> float:
    """Warm-up, then a cosine to a fiftieth of the peak."""
    if step < config["warmup_steps"]:
        return (step + 1) / float(config["warmup_steps"])
    done = (step - config["warmup_steps"]) / max(1, config["steps"] - config["warmup_steps"])
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def train(config: Config, data: Data, run: Path, *, resume: bool) -> Path:
    """Train and return the path of the best averaged weights."""
    torch.manual_seed(config["seed"])
    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    if config["start"] == "pp-ocr":
        load_pp_ocr(net.body, pp_ocr_path())
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(config["average"]))
    optimizer = torch.optim.AdamW(net.parameters(), config["learning_rate"], weight_decay=config["weight_decay"])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(config, step))
    state: dict[str, Any] = {"step": 0, "best": -1.0}
    checkpoint, log, best = run / "checkpoint.pt", run / "log.jsonl", run / "best.pt"
    parts = {"net": net, "average": average, "optimizer": optimizer, "schedule": schedule}
    if resume and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        state = saved["state"]
        for name, part in parts.items():
            part.load_state_dict(saved[name])
    elif log.exists():
        log.unlink()
    mixture = Mixture(data.train, config["mix"], seed=config["seed"] + state["step"], crops=data.crops)
    loader = iter(DataLoader(mixture, config["batch"], collate_fn=collate, num_workers=1, prefetch_factor=4, **_SPAWN))
    running, began = [], time.monotonic()
    with progress_bar("recogniser", config["steps"], done=state["step"]) as advance:
        while state["step"] < config["steps"]:
            batch: Batch = next(loader)
            with torch.autocast("cpu", torch.bfloat16):
                out = net(batch.strips)
            loss = total_loss(out, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
            average.update_parameters(net)
            running.append(loss.item())
            state["step"] += 1
            advance(f"loss {np.mean(running[-100:]):.3f}")
            if state["step"] % config["evaluate_every"] and state["step"] != config["steps"]:
                continue
            average.module.load_state_dict(_with_buffers(average.module, net))
            scores = evaluate(average.module, data.val)
            readable = [s for name, s in scores.items() if not name.endswith("-unreadable")]
            score = sum(s["whole"] * s["n"] for s in readable) / max(1, sum(s["n"] for s in readable))
            entry = {"step": state["step"], "loss": float(np.mean(running)), "score": score, "scores": scores}
            entry["seconds"] = time.monotonic() - began
            with log.open("a") as lines:
                lines.write(json.dumps(entry) + "\n")
            running = []
            if score >= state["best"]:
                state["best"] = score
                torch.save(average.module.state_dict(), best)
            torch.save({"state": state, **{name: part.state_dict() for name, part in parts.items()}}, checkpoint)
            draw_curves(log, run / "curves.png")
    return best


def _with_buffers(average: nn.Module, net: nn.Module) -> dict[str, Tensor]:
    """The averaged parameters with the batch-norm statistics of the net that is training."""
    return {**average.state_dict(), **dict(net.named_buffers())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = tomllib.loads(args.config.read_text())
    run = args.runs / config["id"]
    run.mkdir(parents=True, exist_ok=True)
    shutil.copy(args.config, run / "config.toml")
    data = load_data(args.data, seed=config["seed"])
    (run / "origin.json").write_text(json.dumps({"data": data.hash, "commit": git_commit()}))
    print(train(config, data, run, resume=args.resume))


if __name__ == "__main__":
    main()
