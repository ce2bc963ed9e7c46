// Development builds only: no service worker. Takes the place of one that an earlier release build left in this
// browser, empties its caches, and goes.

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  const left = (await caches.keys()).filter((name) => name.startsWith("aisle-"));
  await Promise.all(left.map((name) => caches.delete(name)));
  await self.registration.unregister();
  if (left.length === 0) return;
  // Pages served from the deleted caches are of the release build: load them anew, once.
  for (const page of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    await page.navigate(page.url).catch(() => {});
  }
}
