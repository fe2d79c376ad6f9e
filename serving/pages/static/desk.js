// The photo: zoom, rotate, move. The keys: accept, correct, reject, next, candidates.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const pan = $("pan"), whole = $("whole");
  if (!pan) return;
  let zoom = 1, turned = 0, x = 0, y = 0;
  const draw = () => { whole.style.transform = `translate(${x}px, ${y}px) rotate(${turned}deg) scale(${zoom})`; };
  const zoomBy = (factor) => { zoom = Math.min(8, Math.max(1, zoom * factor)); if (zoom === 1) x = y = 0; draw(); };
  const turn = () => { turned = (turned + 90) % 360; draw(); };
  $("in").addEventListener("click", () => zoomBy(1.5));
  $("out").addEventListener("click", () => zoomBy(1 / 1.5));
  $("turn").addEventListener("click", turn);
  pan.addEventListener("wheel", (event) => { event.preventDefault(); zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2); }, { passive: false });
  let held = null;
  pan.addEventListener("pointerdown", (event) => { held = [event.clientX - x, event.clientY - y]; pan.setPointerCapture(event.pointerId); });
  pan.addEventListener("pointermove", (event) => { if (held && zoom > 1) { x = event.clientX - held[0]; y = event.clientY - held[1]; draw(); } });
  pan.addEventListener("pointerup", () => { held = null; });
  const arrows = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

  const value = $("value");
  const choose = (text) => { value.value = text; value.focus(); };
  const candidates = [...document.querySelectorAll(".candidate")];
  candidates.forEach((one) => one.addEventListener("click", () => choose(one.dataset.text)));
  const keys = {
    a: () => $("accept")?.click(), c: () => value && (value.focus(), value.select()), r: () => $("reject")?.click(),
    n: () => $("next")?.click(), t: turn, "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (arrows[event.key] && event.target === pan) { x += arrows[event.key][0]; y += arrows[event.key][1]; draw(); event.preventDefault(); return; }
    const action = keys[event.key.toLowerCase()] || (candidates[event.key - 1] && (() => choose(candidates[event.key - 1].dataset.text)));
    if (action) { event.preventDefault(); action(); }
  });
  // Enter in the note would press the first button of the form, which accepts.
  $("note")?.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); $("reject").click(); } });
  value?.addEventListener("keydown", (event) => { if (event.key === "Enter" && $("correct")) { event.preventDefault(); $("correct").click(); } });
})();
