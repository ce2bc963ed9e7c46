// PouchDB against express-pouchdb on the same origin.
import './vendor/pouchdb.min.js';

const remote = (name) => `${location.origin}/db/${name}`;
const doc = (n) => ({ _id: `answer/a${n}`, kind: 'answer', visit: 'v1', question: `q${n}`, value: n % 2 ? 'no' : 'yes', at: 1780000000000 });

// 10,000 documents that are on the device already, to the server.
export async function pushAll(name, count) {
  const db = new PouchDB(name);
  await db.bulkDocs(Array.from({ length: count }, (_, n) => doc(n)));
  const start = performance.now();
  const { docs_written: written } = await db.replicate.to(remote(name), { batch_size: 500 });
  const took = performance.now() - start;
  await db.close();
  if (written !== count) throw new Error(`only ${written} documents were written`);
  return took;
}

// The same, into an empty database.
export async function pullAll(local, name, count) {
  const start = performance.now();
  const db = new PouchDB(local);
  const { docs_written: written } = await db.replicate.from(remote(name), { batch_size: 1000 });
  const took = performance.now() - start;
  await db.close();
  if (written !== count) throw new Error(`only ${written} documents were written`);
  return took;
}
