// arquero: a column table, filtered and grouped for each window; then the nodes above by the same code as everybody's.
import './vendor/arquero.min.js';
import { WINDOWS, check, dayOf, forEachFact, rollUp } from './data.js';

export class Facts {
  constructor(facts) {
    const [shop, day, category, amount] = [[], [], [], []];
    forEachFact(facts, (s, year, ordinal, c, a) => {
      shop.push(s);
      day.push(dayOf(year, ordinal));
      category.push(c);
      amount.push(a);
    });
    this.table = window.aq.table({
      shop: Uint16Array.from(shop), day: Int32Array.from(day), category: Uint8Array.from(category), amount: Int32Array.from(amount),
    });
  }

  rollUp() {
    const start = performance.now();
    const { op } = window.aq;
    this.sums = rollUp((add) => {
      WINDOWS.forEach(([first, last], at) => {
        this.table.params({ first, last })
          .filter((row, $) => row.day >= $.first && row.day <= $.last)
          .groupby('shop', 'category')
          .rollup({ amount: op.sum('amount') })
          .objects({ limit: Infinity })
          .forEach((row) => add(row.shop, row.category, at, row.amount));
      });
    });
    return performance.now() - start;
  }

  check() {
    return check(this.sums);
  }
}
