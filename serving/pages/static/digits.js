// The boxes of digits: on to the next one, and the button says what it does.
"use strict";
(() => {
  const form = document.getElementById("digits");
  if (!form) return;
  const boxes = [...form.querySelectorAll(".boxes input")], button = document.getElementById("confirm");
  const right = button.textContent;
  const changed = () => boxes.some((box) => box.value !== box.defaultValue);
  const tell = () => { button.textContent = changed() ? form.dataset.changed : right; };
  addEventListener("pageshow", tell); // going back keeps what was typed
  boxes.forEach((box, i) => {
    box.addEventListener("focus", () => box.select());
    box.addEventListener("input", () => {
      box.value = box.value.replace(/\D/g, "").slice(-1);
      box.classList.toggle("changed", box.value !== box.defaultValue);
      tell();
      if (box.value && boxes[i + 1]) boxes[i + 1].focus();
    });
  });
})();
