// Every roll-up in one page, one after the other, in turns; so that whatever the machine does meets all of them alike.
const make = {
  ours: async (facts) => (await import('./ours.js')).Facts.make(facts),
  typed: async (facts) => new (await import('./typed.js')).Facts(facts),
  arquero: async (facts) => new (await import('./arquero.js')).Facts(facts),
  duckdb: async (facts) => (await import('./duckdb.js')).Facts.make(facts),
};

// Milliseconds of each turn, by side; the entries' of those that can; and the check of each side.
export async function race(facts, turns) {
  const sides = {};
  for (const [name, side] of Object.entries(make)) sides[name] = await side(facts);
  const took = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let turn = 0; turn < turns + 1; turn += 1) {
    for (const [name, side] of Object.entries(sides)) {
      const ms = await side.rollUp();
      // The first turn warms every side up.
      if (turn > 0) took[name].push(ms);
    }
  }
  const checks = Object.fromEntries(Object.entries(sides).map(([name, side]) => [name, side.check()]));
  const entry = { ours: sides.ours.entry(10000), typed: sides.typed.entry(10000) };
  return { took, checks, entry };
}
