// Keeps the round's page and its files on the phone: from the server while it answers, else as they were.
"use strict";
const FILES = {{ files|tojson }};
const KEPT = "round-1";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll([...FILES, "/round"])));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(KEPT);
    for (const request of await cache.keys()) {
      const url = new URL(request.url);
      if (url.pathname.startsWith("/static/") && !FILES.includes(url.pathname + url.search)) await cache.delete(request);
    }
    await self.clients.claim();
  })());
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const ours = url.pathname === "/round" || FILES.includes(url.pathname + url.search);
  if (event.request.method === "GET" && ours) event.respondWith(answer(event.request, url));
});

async function answer(request, url) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept && url.pathname.startsWith("/static/")) return kept;
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(kept ? 5000 : 60000) });
    if (fresh.ok && !fresh.redirected) await cache.put(request, fresh.clone());
    const away = fresh.status >= 500 || fresh.status === 429; // as a proxy says while the server starts
    return away && kept ? kept : fresh;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
