// Dexie: an object for each record and each fact, one index each.
import Dexie from './vendor/dexie.mjs';
import { WINDOWS, check, dayOf, forEachFact, records, rollUp } from './data.js';

function database(name) {
  const db = new Dexie(name);
  db.version(1).stores({ records: 'id, kind', facts: '++id, shop' });
  return db;
}

export async function bulkWrite(name, count) {
  const db = database(name);
  await db.open();
  const rows = records(count);
  const start = performance.now();
  await db.records.bulkPut(rows);
  const took = performance.now() - start;
  db.close();
  return took;
}

export async function seed(name, count, facts) {
  const db = database(name);
  if (count > 0) await db.records.bulkPut(records(count));
  const rows = [];
  forEachFact(facts, (shop, year, ordinal, category, amount) => {
    rows.push({ shop, day: dayOf(year, ordinal), category, amount });
  });
  const start = performance.now();
  await db.facts.bulkAdd(rows);
  const took = performance.now() - start;
  db.close();
  return took;
}

export async function coldStart(name) {
  const start = performance.now();
  const db = database(name);
  const [rows, facts] = await Promise.all([db.records.toArray(), db.facts.toArray()]);
  const sums = rollUp((add) => {
    for (const { shop, day, category, amount } of facts) {
      for (let window = 0; window < WINDOWS.length; window += 1) {
        if (WINDOWS[window][0] <= day && day <= WINDOWS[window][1]) add(shop, category, window, amount);
      }
    }
  });
  const took = performance.now() - start;
  db.close();
  return [took, rows.length, check(sums)];
}
