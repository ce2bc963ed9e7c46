// IndexedDB by hand: an object for each record, one index.
import { complete, open, records } from './data.js';

const database = (name) =>
  open(name, (db) => db.createObjectStore('records', { keyPath: 'id' }).createIndex('kind', 'kind'));

export async function bulkWrite(name, count) {
  const db = await database(name);
  const rows = records(count);
  const start = performance.now();
  const transaction = db.transaction('records', 'readwrite');
  const store = transaction.objectStore('records');
  for (const row of rows) store.put(row);
  await complete(transaction);
  const took = performance.now() - start;
  db.close();
  return took;
}

export async function singleWrites(name, times) {
  const db = await database(name);
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const row = { id: `answer/a${n}`, kind: 'answer', visit: 'v1', question: `q${n}`, value: { t: 'yes' }, at: n };
    const start = performance.now();
    const transaction = db.transaction('records', 'readwrite');
    transaction.objectStore('records').put(row);
    await complete(transaction);
    took.push(performance.now() - start);
  }
  db.close();
  return took;
}
