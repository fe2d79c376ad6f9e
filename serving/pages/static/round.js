// The round. What is done goes into the phone's own database first, and from there to the server, in order, each thing
// under its own key: sent twice, it is taken once. What somebody did is sent only while they are logged in themselves.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const root = $("round"), words = JSON.parse(root.dataset.words), book = root.dataset.book;
  const me = root.dataset.me, NOT_READ = ["locked", "refused", "meter_faulty"];
  const RETRY = 5000, LONGEST = 1920, SETTLES = 500;
  let doors = [], chosen = null, told = {}, loggedOut = false, unreachable = false;
  // The door on the screen, the one that the camera was opened at, and what makes the buttons wait.
  let shown = null, aimed = null, settling = 0;
  // What could not be kept in the database: the last of a kind at each door. It stays here until it can be.
  let unkept = [];

  const opened = new Promise((done, fail) => {
    const request = indexedDB.open("round", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore("told", { keyPath: "number" });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  async function store(name, mode, work) {
    const transaction = (await opened).transaction(name, mode);
    const request = work(transaction.objectStore(name));
    return new Promise((done, fail) => {
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }
  const queued = () => store("queue", "readonly", (s) => s.getAll());
  const keep = (item) => store("queue", "readwrite", (s) => s.put(item));
  const drop = (item) => store("queue", "readwrite", (s) => s.delete(item.id));

  // The phone has changed hands: what was kept for the one before is not for this one, but for what they have to send.
  async function arrive() {
    if (localStorage.getItem("round of") === me) return;
    for (const name of Object.keys(localStorage)) if (name.startsWith("doors ")) localStorage.removeItem(name);
    await store("told", "readwrite", (s) => s.clear());
    localStorage.setItem("round of", me);
  }

  // navigator.onLine is true on a network that leads nowhere: what counts is whether the server answered last time, and
  // not for a proxy to say that it is away, nor to ask for patience.
  const offline = () => unreachable || !navigator.onLine;
  async function ask(path, options) {
    try {
      const answer = await fetch(path, options);
      if (answer.status >= 500 || [408, 429].includes(answer.status)) throw new Error(`away: ${answer.status}`);
      unreachable = false;
      return answer;
    } catch (error) {
      unreachable = true;
      throw error;
    }
  }

  // What is done, when, and at which door: made at once, because the phone may take a while, and the next door may come.
  function done(door, kind) {
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
    return { key, kind, by: me, name: root.dataset.name, number: door.number, at: new Date().toISOString() };
  }

  // Says whether it is kept.
  async function add(item) {
    const kept = await store("queue", "readwrite", (s) => s.add(item)).then(() => true, () => false);
    unkept = unkept.filter((other) => other.kind !== item.kind || other.number !== item.number);
    if (!kept) unkept.push(item);
    trouble(unkept.length ? words.unkept.replace("{count}", unkept.length) : "");
    if (!kept) return false;
    if (item.kind !== "phone" && chosen?.number === item.number) chosen = null;
    await draw();
    send();
    return true;
  }

  function trouble(text) {
    $("unkept").hidden = !text;
    $("unkept-why").textContent = text;
    $("again").hidden = !unkept.length;
  }

  // Only one tab sends; a second one that tried would change nothing, because of the keys.
  const send = () => (navigator.locks ? navigator.locks.request("round", { ifAvailable: true }, (lock) => lock && sendAll()) : sendAll());
  async function sendAll() {
    for (const item of await queued()) {
      if (item.failed || item.by !== me) continue;
      const data = new FormData();
      for (const name of ["number", "at", "phone", "consent"]) if (item[name]) data.append(name, item[name]);
      if (item.photo) data.append("photo", item.photo, "photo.jpg");
      let answer;
      try {
        answer = await ask(`/round/${item.kind}`, { method: "POST", body: data, headers: { "X-Form-Token": root.dataset.token, "Idempotency-Key": item.key } });
      } catch {
        break;
      }
      if (answer.redirected || answer.status === 403) { loggedOut = true; break; }
      if (answer.ok) {
        const result = await answer.json();
        await drop(item);  // first, because that makes space
        await store("told", "readwrite", (s) => s.put({ number: item.number, at: item.at, ...result }));
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        await keep({ ...item, failed: page.querySelector("[role=alert]")?.textContent || words.failed });
      }
      await draw();
    }
    await draw();
  }

  async function load() {
    const place = `doors ${book}`;
    try {
      const answer = await ask(`/round/doors?book=${encodeURIComponent(book)}`);
      if (answer.redirected || answer.status === 403) loggedOut = true;
      else if (!answer.ok) throw new Error(`no doors: ${answer.status}`);
      else {
        doors = (await answer.json()).doors;
        try {
          localStorage.setItem(place, JSON.stringify(doors));
        } catch { /* no space: the list that was kept stays */ }
      }
    } catch {
      unreachable = true;
      if (!doors.length) doors = JSON.parse(localStorage.getItem(place) || "[]");
    }
    await draw();
  }

  async function draw() {
    const waiting = await queued();
    const days = Date.now() - 20 * 864e5;
    told = Object.fromEntries((await store("told", "readonly", (s) => s.getAll())).filter((t) => Date.parse(t.at) > days).map((t) => [t.number, t]));
    const waits = (door) => waiting.filter((item) => item.number === door.number);
    const again = (door) => told[door.number]?.verdict === "retake" && !waits(door).length;
    const finished = (door) => !again(door) && (door.done || waits(door).some((i) => i.kind !== "phone" && !i.failed) || ["accepted", "review", ...NOT_READ].includes(told[door.number]?.verdict));
    if (!chosen) chosen = doors.find((door) => !finished(door)) || null;
    const count = doors.filter(finished).length, open = waiting.filter((item) => !item.failed && item.by === me).length;
    $("progress").textContent = doors.length ? words.left.replace("{done}", count).replace("{of}", doors.length) : "";
    state(open);
    others(waiting.filter((item) => item.by !== me));
    $("door").hidden = !chosen;
    if (chosen && chosen.number !== shown?.number) settle();
    shown = chosen;
    if (chosen) {
      $("door-title").textContent = chosen.name;
      $("door-where").textContent = `${chosen.address} · ${chosen.number} · ${chosen.meter}`;
      const failed = waits(chosen).filter((item) => item.failed && item.by === me);
      $("failed").hidden = !failed.length;
      $("failed-why").textContent = [words.failed, ...new Set(failed.map((item) => item.failed))].join(": ");
      $("door-why").hidden = !(again(chosen) && told[chosen.number].reason);
      $("door-why").textContent = told[chosen.number]?.reason || "";
      $("phone-known").textContent = chosen.phone ? words.has_phone : words.no_phone;
    } else if (doors.length) $("progress").textContent = words.no_door;
    $("doors").replaceChildren(...doors.map((door) => row(door, waits(door), finished(door), again(door))));
  }

  // For a moment the buttons do nothing: the second of two quick taps is not about the next door.
  const visits = (does) => NOT_READ.forEach((kind) => $(kind).setAttribute("aria-disabled", !does));
  function settle() {
    visits(false);
    clearTimeout(settling);
    settling = setTimeout(visits, SETTLES, true);
  }

  function state(open) {
    const box = $("state");
    box.hidden = !(open || loggedOut || offline());
    box.dataset.open = open;
    box.replaceChildren();
    if (loggedOut) {
      const link = document.createElement("a");
      link.href = "/staff?to=/round"; link.textContent = words.log_in;
      box.append(link);
    } else {
      const text = [open ? words.waits.replace("{count}", open) : "", offline() ? words.offline : ""];
      box.textContent = text.filter(Boolean).join(". ");
    }
  }

  function others(items) {
    const names = [...new Set(items.map((item) => item.name))];
    $("others").hidden = !names.length;
    $("others").textContent = names.map((name) => words.others.replace("{count}", items.filter((item) => item.name === name).length).replace("{name}", name)).join(". ");
  }

  function row(door, waits, finished, again) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button"; button.className = "row";
    button.setAttribute("aria-current", door === chosen ? "true" : "false");
    const left = document.createElement("span"), name = document.createElement("strong"), where = document.createElement("span");
    name.textContent = door.name;
    where.className = "small"; where.textContent = door.address;
    left.append(name, document.createElement("br"), where);
    if (again && told[door.number].reason) {
      const why = document.createElement("span");
      why.className = "small"; why.textContent = told[door.number].reason;
      left.append(document.createElement("br"), why);
    }
    const tag = document.createElement("span"), verdict = told[door.number]?.verdict;
    const failed = waits.some((w) => w.failed && w.by === me);
    tag.className = "tag " + (failed || again ? "bad" : waits.length ? "wait" : finished ? "good" : "");
    tag.textContent = failed ? words.failed : waits.length ? words.kept : verdict ? words[`verdict_${verdict}`] : finished ? words.done : "";
    button.append(left, tag);
    button.addEventListener("click", async () => {
      chosen = door;
      await draw();
      $("door").scrollIntoView({ block: "nearest" });
    });
    item.append(button);
    return item;
  }

  async function shrunk(file) {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale); canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no memory"))), "image/jpeg", 0.88));
  }

  $("shot").addEventListener("click", () => { aimed = shown; });
  $("shot").addEventListener("change", async () => {
    const file = $("shot").files[0], door = aimed ?? shown;
    aimed = null;
    $("shot").value = "";
    if (!file) return;
    const item = done(door, "photo");
    add({ ...item, photo: await shrunk(file).catch(() => file) });
  });
  for (const kind of NOT_READ) $(kind).addEventListener("click", () => {
    if ($(kind).getAttribute("aria-disabled") === "true") return;
    settle();
    add(done(shown, kind));
  });
  const failures = async (then) => {
    const { number } = shown;
    for (const item of await queued()) if (item.failed && item.by === me && item.number === number) await then(item);
    await draw();
  };
  $("discard").addEventListener("click", () => failures(drop));
  $("retry").addEventListener("click", () => failures((item) => keep({ ...item, failed: "" })).then(send));
  $("phone-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!await add({ ...done(shown, "phone"), phone: $("phone").value, consent: "yes" })) return;
    $("phone-form").reset(); $("phone-box").open = false;
  });
  $("again").addEventListener("click", async () => {
    for (const item of unkept) await add(item);
  });
  addEventListener("beforeunload", (event) => {
    if (unkept.length) event.preventDefault();
  });
  if (navigator.serviceWorker) navigator.serviceWorker.register("/round/worker.js", { scope: "/round" });
  navigator.storage?.persist?.();
  opened.then(async () => {
    addEventListener("online", () => { load(); send(); });
    addEventListener("offline", draw);
    setInterval(() => (unreachable ? load().then(send) : send()), RETRY);
    await arrive();
    await load();
    send();
  }, () => trouble(words.no_store));
})();
