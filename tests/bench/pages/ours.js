// Ours: the app's own storage, engine and roll-ups as wasm.
import init, * as bench from './vendor/aisle_bench.js';

let ready;
const started = () => (ready ??= init({ module_or_path: new URL('./vendor/aisle_bench_bg.wasm', import.meta.url) }));

const after = (call) => async (...args) => {
  await started();
  const result = await call(...args);
  return result instanceof Float64Array ? Array.from(result) : result;
};

export const bulkWrite = after(bench.bulk_write);
export const singleWrites = after(bench.single_writes);
export const seed = after(bench.seed);
export const coldStart = after(bench.cold_start);
export const signIn = after(bench.sign_in);
export const pushAll = after(bench.push_all);
export const pullAll = after(bench.pull_all);
export const start = after(() => null);

export class Facts {
  static async make(facts) {
    await started();
    const made = new Facts();
    made.facts = new bench.Facts(facts);
    return made;
  }

  rollUp() {
    return this.facts.roll_up();
  }

  entry(times) {
    return this.facts.entry(times);
  }

  check() {
    return this.facts.check();
  }
}
