// DuckDB-WASM: one query with a filtered sum for each window; then the nodes above by the same code as everybody's.
import * as duckdb from './vendor/duckdb-browser.mjs';
import { WINDOWS, check, dayOf, forEachFact, rollUp } from './data.js';

export class Facts {
  static async make(facts) {
    const here = (file) => new URL(`./vendor/${file}`, import.meta.url).href;
    const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(here('duckdb-browser-eh.worker.js')));
    await db.instantiate(here('duckdb-eh.wasm'));
    const made = new Facts();
    made.connection = await db.connect();
    const lines = [];
    forEachFact(facts, (shop, year, ordinal, category, amount) => {
      lines.push(`${shop},${dayOf(year, ordinal)},${category},${amount}`);
    });
    await db.registerFileText('facts.csv', `shop,day,category,amount\n${lines.join('\n')}\n`);
    await made.connection.query(
      "create table facts as select * from read_csv('facts.csv', header = true, columns = "
        + "{'shop': 'usmallint', 'day': 'integer', 'category': 'utinyint', 'amount': 'integer'})",
    );
    return made;
  }

  async rollUp() {
    const start = performance.now();
    const sums = WINDOWS.map(
      ([first, last], at) => `coalesce(sum(amount) filter (day between ${first} and ${last}), 0)::double as w${at}`,
    );
    const rows = await this.connection.query(`select shop, category, ${sums.join(', ')} from facts group by all`);
    const column = (name) => rows.getChild(name).toArray();
    const [shops, categories] = [column('shop'), column('category')];
    const windows = WINDOWS.map((_, at) => column(`w${at}`));
    this.sums = rollUp((add) => {
      windows.forEach((amounts, at) => amounts.forEach((amount, row) => add(shops[row], categories[row], at, amount)));
    });
    return performance.now() - start;
  }

  check() {
    return check(this.sums);
  }
}
