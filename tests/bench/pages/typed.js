// The roll-up by hand: JavaScript over typed arrays, one pass, the windows of a day looked up in a table.
import { WINDOWS, addEntry, check, dayOf, forEachFact, rollUp, SHOPS, CATEGORIES } from './data.js';

export class Facts {
  constructor(facts) {
    this.length = 0;
    this.shop = new Uint16Array(facts);
    this.day = new Int32Array(facts);
    this.category = new Uint8Array(facts);
    this.amount = new Int32Array(facts);
    forEachFact(facts, (shop, year, ordinal, category, amount) => {
      this.shop[this.length] = shop;
      this.day[this.length] = dayOf(year, ordinal);
      this.category[this.length] = category;
      this.amount[this.length] = amount;
      this.length += 1;
    });
    this.firstDay = dayOf(2025, 1);
  }

  rollUp() {
    const start = performance.now();
    const masks = new Uint8Array(800);
    WINDOWS.forEach(([first, last], window) => {
      for (let day = first; day <= last; day += 1) masks[day - this.firstDay] |= 1 << window;
    });
    const { shop, day, category, amount, length, firstDay } = this;
    const count = WINDOWS.length;
    this.sums = rollUp((_, sums, shopNode, width) => {
      for (let row = 0; row < length; row += 1) {
        let mask = masks[day[row] - firstDay];
        if (mask !== 0) {
          const at = shopNode(shop[row]) * width + (1 + category[row]) * count;
          for (let window = 0; mask !== 0; window += 1, mask >>= 1) {
            if (mask & 1) sums[at + window] += amount[row];
          }
        }
      }
    });
    return performance.now() - start;
  }

  entry(times) {
    const today = WINDOWS[0][1];
    const start = performance.now();
    for (let n = 0; n < times; n += 1) addEntry(this.sums, n % SHOPS, n % CATEGORIES, today, 1);
    return (performance.now() - start) / times;
  }

  check() {
    return check(this.sums);
  }
}
