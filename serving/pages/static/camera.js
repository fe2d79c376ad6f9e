// The camera with a frame and live advice. Without it, the form below sends a photo as well.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const viewer = $("camera"), video = $("video"), advice = $("advice"), form = $("form");
  // What is looked at: the frame, and as much again around it, above and below.
  const WIDE = 160, TALL = 120, TOP = 30, BOTTOM = 90;
  const small = document.createElement("canvas");
  small.width = WIDE; small.height = TALL;
  const pen = small.getContext("2d", { willReadFrequently: true });
  let photo = null;

  function look() {
    const w = video.videoWidth, h = video.videoHeight;
    if (!w) return;
    const shown = Math.max(video.clientWidth / w, video.clientHeight / h);
    const width = video.clientWidth * 0.84 / shown, height = video.clientHeight * 0.24 / shown;
    const left = (w - width) / 2, top = h / 2 - video.clientHeight * 0.18 / shown;
    pen.drawImage(video, left, top - height / 2, width, 2 * height, 0, 0, WIDE, TALL);
    const data = pen.getImageData(0, 0, WIDE, TALL).data, grey = new Float32Array(WIDE * TALL);
    for (let i = 0; i < grey.length; i++) grey[i] = 0.3 * data[4 * i] + 0.59 * data[4 * i + 1] + 0.11 * data[4 * i + 2];
    tell(judge(light(grey), edges(grey), grey));
  }

  // Brightness, contrast and the share of burnt-out pixels, in the frame only.
  function light(grey) {
    const inside = grey.subarray(TOP * WIDE, BOTTOM * WIDE), n = inside.length;
    let sum = 0, squares = 0, burnt = 0;
    for (const v of inside) { sum += v; squares += v * v; if (v > 250) burnt++; }
    return { mean: sum / n, spread: Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)), burnt: burnt / n };
  }

  // Sharpness: the mean squared Laplacian, in the frame only.
  function edges(grey) {
    let sum = 0;
    for (let y = TOP + 1; y < BOTTOM - 1; y++)
      for (let x = 1; x < WIDE - 1; x++) {
        const i = y * WIDE + x;
        sum += (4 * grey[i] - grey[i - 1] - grey[i + 1] - grey[i - WIDE] - grey[i + WIDE]) ** 2;
      }
    return sum / ((BOTTOM - TOP - 2) * (WIDE - 2));
  }

  // A row of digits is a band with many upright strokes, and more of them than above and below the frame: a text in
  // small print has no strokes that high, and a wall or a curtain has the same everywhere.
  const BAND = 16, STROKES = 10, MORE = 1.15;
  function band(grey, top) {
    const profile = new Float32Array(WIDE);
    let most = 0, sum = 0, turns = 0, last = 0;
    for (let x = 1; x < WIDE - 1; x++) {
      for (let y = top; y < top + BAND; y++) profile[x] += (grey[y * WIDE + x + 1] - grey[y * WIDE + x - 1]) / BAND;
      most = Math.max(most, Math.abs(profile[x]));
      sum += Math.abs(profile[x]);
    }
    const least = Math.max(8, 0.25 * most);
    for (const v of profile) if (Math.abs(v) > least && Math.sign(v) !== last) { last = Math.sign(v); turns++; }
    return { turns, contrast: sum / WIDE };
  }
  function digits(grey) {
    const bands = (from, to) => Array.from({ length: Math.floor((to - from - BAND) / 4) + 1 }, (_, i) => band(grey, from + 4 * i));
    const inside = bands(TOP, BOTTOM), around = [...bands(0, TOP), ...bands(BOTTOM, TALL)];
    const most = (name) => Math.max(...inside.map((one) => one[name]));
    const usual = around.reduce((sum, one) => sum + one.contrast, 0) / around.length;
    return most("turns") >= STROKES && most("contrast") > MORE * usual;
  }

  function judge({ mean, spread, burnt }, sharp, grey) {
    if (mean < 45) return "dark";
    if (mean > 225) return "bright";
    if (burnt > 0.06) return "glare";
    if (sharp < 25) return spread < 10 ? "nothing" : "blurred";
    return digits(grey) ? "good" : "nothing";
  }

  function tell(state) {
    viewer.dataset.state = state === "good" ? "good" : "bad";
    if (advice.textContent !== viewer.dataset[state]) advice.textContent = viewer.dataset[state];
  }

  async function start() {
    try {
      const wish = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    } catch {
      $("none").hidden = false;
      return;
    }
    viewer.hidden = false;
    $("other").open = false;
    setInterval(look, 300);
  }

  function shrunk(source, width, height) {
    const scale = Math.min(1, 1920 / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale); canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no photo"))), "image/jpeg", 0.88));
  }

  // Always under the key of this page: however often a photo is sent, it is one; another photo is another one.
  async function send() {
    $("failed").hidden = true; $("sending").hidden = false;
    const data = new FormData(form);
    data.set("photo", photo, "photo.jpg");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      if (answer.redirected) return void location.assign(answer.url);
      if (answer.status < 500 && answer.status !== 429) {
        document.documentElement.innerHTML = await answer.text();
        return;
      }
      throw new Error("busy");
    } catch {
      $("sending").hidden = true; $("failed").hidden = false;
      $("again").focus();
    }
  }

  $("shoot").addEventListener("click", async () => {
    $("shoot").disabled = true; $("not-taken").hidden = true;
    try {
      photo = await shrunk(video, video.videoWidth, video.videoHeight);
    } catch {  // no memory, or no picture yet
      $("not-taken").hidden = false;
      return;
    } finally {
      $("shoot").disabled = false;
    }
    video.srcObject.getTracks().forEach((track) => track.stop());
    viewer.hidden = true;
    send();
  });
  $("again").addEventListener("click", send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    photo = $("photo").files[0];
    send();
  });
  if (navigator.mediaDevices) start(); else $("none").hidden = false;
})();
