// The camera with a frame and live advice. Without it, the form below sends a photo as well.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const viewer = $("camera"), video = $("video"), advice = $("advice"), form = $("form");
  const small = document.createElement("canvas");
  small.width = 160; small.height = 60;
  const pen = small.getContext("2d", { willReadFrequently: true });
  let photo = null;

  // Brightness, sharpness (mean squared Laplacian) and the share of burnt-out pixels, in the frame only.
  function look() {
    const w = video.videoWidth, h = video.videoHeight;
    if (!w) return;
    const shown = Math.max(video.clientWidth / w, video.clientHeight / h);
    const width = video.clientWidth * 0.84 / shown, height = video.clientHeight * 0.24 / shown;
    const left = (w - width) / 2, top = h / 2 - video.clientHeight * 0.18 / shown;
    pen.drawImage(video, left, top, width, height, 0, 0, 160, 60);
    const data = pen.getImageData(0, 0, 160, 60).data, grey = new Float32Array(9600);
    let sum = 0, burnt = 0;
    for (let i = 0; i < 9600; i++) {
      grey[i] = 0.3 * data[4 * i] + 0.59 * data[4 * i + 1] + 0.11 * data[4 * i + 2];
      sum += grey[i];
      if (grey[i] > 250) burnt++;
    }
    let edges = 0;
    for (let y = 1; y < 59; y++)
      for (let x = 1; x < 159; x++) {
        const i = y * 160 + x;
        const d = 4 * grey[i] - grey[i - 1] - grey[i + 1] - grey[i - 160] - grey[i + 160];
        edges += d * d;
      }
    tell(judge(sum / 9600, burnt / 9600, edges / 9164));
  }

  function judge(mean, burnt, edges) {
    if (mean < 45) return "dark";
    if (mean > 225) return "bright";
    if (burnt > 0.06) return "glare";
    return edges < 25 ? "blurred" : "good";
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
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
  }

  // Always under the key of this page: however often it is sent, it is one photo.
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
    $("shoot").disabled = true;
    photo = await shrunk(video, video.videoWidth, video.videoHeight);
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
