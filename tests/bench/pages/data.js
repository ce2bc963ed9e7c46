// The data of the benches, by the same arithmetic as src/data.rs: every side stores and sums the same.
export const SHOPS = 300;
export const YEARS = [2025, 2026];
export const CATEGORIES = 10;
export const FAN = 10;
const DAYS = 365;

export function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

// A record as an object: a shop with what phones know of one, its bucket and revision.
export function record(n) {
  const next = numbers(n);
  return {
    id: `shop/${String(n).padStart(6, '0')}`,
    kind: 'shop',
    rev: n + 1,
    b: 't:west',
    v: {
      name: `Shop ${n} at the corner`,
      address: `${next(9000)} Main Street`,
      city: `Town ${next(300)}`,
      territory: `t${Math.floor(n / FAN)}`,
      channel: 'convenience',
      tier: 'B',
      position: { lat: 41.5 + next(1000) / 1000, lon: -93 - next(1000) / 1000 },
      assigned: [{ person: `p${Math.floor(n / 20)}`, share_bp: 10000 }],
      visit_weekdays: [1, 4],
    },
  };
}

export const records = (count) => Array.from({ length: count }, (_, n) => record(n));

// Calls add(shop, year, ordinal day, category, amount) for every fact.
export function forEachFact(facts, add) {
  const rows = Math.floor(facts / SHOPS / YEARS.length);
  for (let shop = 0; shop < SHOPS; shop += 1) {
    for (const year of YEARS) {
      const next = numbers(shop * 4000 + year);
      for (let row = 0; row < rows; row += 1) {
        const slot = Math.floor((row * DAYS * CATEGORIES) / rows);
        add(shop, year, Math.floor(slot / CATEGORIES) + 1, slot % CATEGORIES, next(100000));
      }
    }
  }
}

// Whole days since 1970.
const epochDay = (year, month, day) => Date.UTC(year, month - 1, day) / 86400000;
export const dayOf = (year, ordinal) => epochDay(year, 1, 1) + ordinal - 1;

// Month and year to 2026-11-24, each with the same days of the year before, and the month before: first and last day.
export const WINDOWS = [
  [epochDay(2026, 11, 1), epochDay(2026, 11, 24)],
  [epochDay(2025, 11, 1), epochDay(2025, 11, 24)],
  [epochDay(2026, 10, 1), epochDay(2026, 10, 24)],
  [epochDay(2026, 1, 1), epochDay(2026, 11, 24)],
  [epochDay(2025, 1, 1), epochDay(2025, 11, 24)],
];

// The trees: node 0 is everything, then regions, territories, shops; category nodes are 1 + category.
const TERRITORIES = SHOPS / FAN;
const REGIONS = TERRITORIES / FAN;
export const PLACES = 1 + REGIONS + TERRITORIES + SHOPS;
export const CATEGORY_NODES = 1 + CATEGORIES;
const shopNode = (shop) => 1 + REGIONS + TERRITORIES + shop;
const parentOfPlace = (node) => {
  if (node <= REGIONS) return 0;
  if (node <= REGIONS + TERRITORIES) return 1 + Math.floor((node - 1 - REGIONS) / FAN);
  return 1 + REGIONS + Math.floor((node - 1 - REGIONS - TERRITORIES) / FAN);
};

const WIDTH = CATEGORY_NODES * WINDOWS.length;

// Sums at leaves (shop, category, window), which fill() adds to; then every node above them.
export function rollUp(fill) {
  const sums = new Float64Array(PLACES * WIDTH);
  fill((shop, category, window, amount) => {
    sums[shopNode(shop) * WIDTH + (1 + category) * WINDOWS.length + window] += amount;
  }, sums, shopNode, WIDTH);
  for (let node = PLACES - 1; node > 0; node -= 1) {
    const into = parentOfPlace(node) * WIDTH;
    for (let at = 0; at < WIDTH; at += 1) sums[into + at] += sums[node * WIDTH + at];
  }
  for (let place = 0; place < PLACES; place += 1) {
    for (let at = WINDOWS.length; at < WIDTH; at += 1) {
      sums[place * WIDTH + (at % WINDOWS.length)] += sums[place * WIDTH + at];
    }
  }
  return sums;
}

// One new entry: every figure above it.
export function addEntry(sums, shop, category, day, amount) {
  for (let window = 0; window < WINDOWS.length; window += 1) {
    if (WINDOWS[window][0] <= day && day <= WINDOWS[window][1]) {
      for (let node = shopNode(shop); ; node = parentOfPlace(node)) {
        sums[node * WIDTH + (1 + category) * WINDOWS.length + window] += amount;
        sums[node * WIDTH + window] += amount;
        if (node === 0) break;
      }
    }
  }
}

// What every side must agree on: the roots of all windows, and one shop's year.
export function check(sums) {
  const roots = WINDOWS.map((_, window) => sums[window]);
  return [...roots, sums[shopNode(7) * WIDTH + 3]].join(' ');
}

export const request = (asked) =>
  new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

export const complete = (transaction) =>
  new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = () => failed(transaction.error);
  });

export function open(name, upgrade) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => upgrade(opening.result);
  return request(opening);
}
