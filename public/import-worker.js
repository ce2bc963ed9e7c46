// Reads and checks a chosen file apart from the page: it stays quick, and ending the worker leaves no trace.
//
// In:  {bytes: ArrayBuffer, wish: JSON}.
// Out: {done, of} while it reads; then {result: [preview, rows] or [error]}, or {failed} when the module itself did.
//
// The addresses are filled in by `cargo xtask build`.

import init, { check } from "{{glue}}";

const ready = init({ module_or_path: "{{wasm}}" });

self.onmessage = async ({ data }) => {
  try {
    await ready;
    const progress = (done, of) => self.postMessage({ done, of });
    self.postMessage({ result: check(new Uint8Array(data.bytes), data.wish, progress) });
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};
