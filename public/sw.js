// Aisle's service worker: keeps one whole release on the device and serves it without a network.
//
// What it promises:
// - A release is taken whole or not at all: every file is fetched with its digest, and one failure fails the install.
// - A page gets only files of its own release. Their names carry their digests, and the cache of the release before
//   this one stays until the next, for pages that were open across the update.
// - A new release waits until a page sends {type: "apply-update"}, which the app does with the person's consent.
// - It never touches the endpoint: anything under /v1/, /api/, /health and /metrics goes to the network as it is.
//
// What it does not do: synchronise, keep data, or cache anything that is not part of a release.
//
// The two values below are filled in by `cargo xtask build`.

const RELEASE = "{{release}}";
/** [path, digest] of every file of this release; "/" is index.html. */
const FILES = {{files}};

const CACHE = `aisle-${RELEASE}`;
/** Written into a cache when its release became the active one; its text is the time in ms. */
const ACTIVE_MARK = "/__aisle/activated";
const ENDPOINT = /^\/(v1|api|health|metrics)(\/|$)/;
const OWN = new Set(FILES.map(([path]) => path));

self.addEventListener("install", (event) => event.waitUntil(takeRelease()));
self.addEventListener("activate", (event) => event.waitUntil(becomeActive()));

self.addEventListener("message", (event) => {
  switch (event.data?.type) {
    case "apply-update":
      self.skipWaiting();
      break;
    case "release":
      event.ports[0]?.postMessage({ release: RELEASE });
      break;
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || ENDPOINT.test(url.pathname)) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(asset(request));
  } else if (OWN.has(url.pathname)) {
    event.respondWith(own(url.pathname, request));
  } else if (request.mode === "navigate") {
    event.respondWith(own("/", request));
  }
});

async function takeRelease() {
  try {
    const cache = await caches.open(CACHE);
    await Promise.all(FILES.map(([path, integrity]) => take(cache, path, integrity)));
  } catch (error) {
    // Half a release is worse than none, but a cache that is in use (the same release, installed again) stays.
    if ((await activated(CACHE)) === 0) await caches.delete(CACHE);
    throw error;
  }
}

async function take(cache, path, integrity) {
  // A hashed name can come out of the HTTP cache, a plain one must come from the server.
  const mode = path.startsWith("/assets/") ? "default" : "reload";
  const response = await fetch(new Request(path, { cache: mode, integrity, credentials: "same-origin" }));
  if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`);
  await cache.put(path, response);
}

async function becomeActive() {
  // First the mark: should the browser end this worker here, the next release still knows that this one was active.
  await (await caches.open(CACHE)).put(ACTIVE_MARK, new Response(String(Date.now())));
  const others = (await caches.keys()).filter((name) => name.startsWith("aisle-") && name !== CACHE);
  const times = new Map(await Promise.all(others.map(async (name) => [name, await activated(name)])));
  // The release before this one is the one that was active last; those that never were need not stay.
  const before = others.filter((name) => times.get(name) > 0).sort((a, b) => times.get(b) - times.get(a))[0];
  await Promise.all(others.filter((name) => name !== before).map((name) => caches.delete(name)));
  // On the very first install the page that is open came from the network: take it, so that it works offline at once.
  if (before === undefined) await self.clients.claim();
}

/** When the release in this cache became active, or 0. */
async function activated(name) {
  const mark = await (await caches.open(name)).match(ACTIVE_MARK);
  return mark ? Number(await mark.text()) : 0;
}

/** A file of this release; the network only if the browser lost it. */
async function own(path, request) {
  const kept = await (await caches.open(CACHE)).match(path, { ignoreVary: true });
  return kept ?? fetch(request);
}

/** A file with its digest in its name: from this release, from the one before, or from the network. */
async function asset(request) {
  const options = { ignoreVary: true, ignoreSearch: true };
  const kept = await (await caches.open(CACHE)).match(request, options);
  return kept ?? (await caches.match(request, options)) ?? fetch(request);
}
