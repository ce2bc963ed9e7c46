// Packed columns in plain JavaScript: what remains when nothing stands between a page and IndexedDB. The limit, not a product.
import { SHOPS, WINDOWS, YEARS, check, complete, dayOf, forEachFact, open, request, rollUp } from './data.js';

const database = (name) => open(name, (db) => db.createObjectStore('facts'));

export async function seed(name, facts) {
  const db = await database(name);
  const columns = new Map();
  forEachFact(facts, (shop, year, ordinal, category, amount) => {
    const key = `${shop}:${year}`;
    if (!columns.has(key)) columns.set(key, []);
    columns.get(key).push(shop, dayOf(year, ordinal), category, amount);
  });
  const transaction = db.transaction('facts', 'readwrite');
  for (const [key, rows] of columns) transaction.objectStore('facts').put(Int32Array.from(rows), key);
  await complete(transaction);
  db.close();
}

export async function coldStart(name) {
  const start = performance.now();
  const db = await database(name);
  const columns = await request(db.transaction('facts').objectStore('facts').getAll());
  const sums = rollUp((add) => {
    for (const rows of columns) {
      for (let at = 0; at < rows.length; at += 4) {
        for (let window = 0; window < WINDOWS.length; window += 1) {
          if (WINDOWS[window][0] <= rows[at + 1] && rows[at + 1] <= WINDOWS[window][1]) {
            add(rows[at], rows[at + 2], window, rows[at + 3]);
          }
        }
      }
    }
  });
  const took = performance.now() - start;
  db.close();
  if (columns.length !== SHOPS * YEARS.length) throw new Error(`only ${columns.length} columns`);
  return [took, 0, check(sums)];
}
