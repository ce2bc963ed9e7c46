// Starts the app: loads the glue written by wasm-bindgen, hands it the wasm module, and takes the opening line away.
// The addresses stand in the page, so this file stays the same from release to release.

const here = document.querySelector("script[data-app]");

try {
  const app = await import(here.dataset.app);
  await app.default({ module_or_path: here.dataset.wasm });
  document.getElementById("boot")?.remove();
} catch (error) {
  console.error(error);
  window.dispatchEvent(new CustomEvent("aisle:boot-failed", { detail: error?.message ?? error }));
}
