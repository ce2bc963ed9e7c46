//! What was entered and corrected on phones, summed up for the first screen. It reads of an entry only what it needs;
//! [`super::entries`] has entries whole, for the pages that are fetched later.
//!
//! When entries change, those are read again and no others; what each moved is noted, so that sums are moved by it
//! instead of being made anew.

use super::Work;
use super::moves::Moves;
use super::table::Table;
use aisle_domain::ShopId;
use aisle_domain::actuals::heads;
use aisle_domain::calendar::Period;
use aisle_domain::money::Amount;
use aisle_domain::org;
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::{RecordState, Replica};
use chrono::NaiveDate;
use serde_json::Value;
use std::rc::Rc;

/// Day, category, amount.
pub(super) type Sale = (NaiveDate, String, Amount);

/// A sale that has begun to count, or no longer does: then with the opposite amount.
pub(super) type Move = (ShopId, NaiveDate, Amount);

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
struct Read {
    /// The entry it replaces.
    of: Option<String>,
    /// What it counts, if that is sales.
    sale: Option<(ShopId, Sale)>,
    counts: bool,
}

/// Sales that entries count beside the imported facts.
#[derive(Default)]
pub(super) struct Entered {
    entries: Table<String, Read>,
    /// What moved since these were first read.
    pub moves: Moves<Move>,
}

/// Sums up. Subscribes to entries.
pub(super) fn entered(work: Work) -> Rc<Entered> {
    let follow = |entered: &mut Entered, ids: &[String]| {
        work.peek(|replica| entered.follow(ids, |id| read(replica, id)));
    };
    work.keep_up("entered", || entered_whole(work), follow)
}

fn entered_whole(work: Work) -> Entered {
    let all = |replica: &Replica| {
        let rows = replica.values(&Kind::Entry).into_iter().filter(|(id, _)| !refused(replica, id));
        Entered::of(rows.map(|(id, entry)| (id, Read::of(&entry))).collect())
    };
    work.peek(all).unwrap_or_default()
}

fn refused(replica: &Replica, id: &str) -> bool {
    replica.state(&RecordRef::new(Kind::Entry, id), None) == RecordState::Returned
}

/// An entry as it is now; `None` when it has gone, or was refused.
fn read(replica: &Replica, id: &str) -> Option<Read> {
    let entry = replica.view(&RecordRef::new(Kind::Entry, id)).filter(|_| !refused(replica, id))?;
    Some(Read::of(&Value::Object(entry)))
}

impl Read {
    fn of(entry: &Value) -> Self {
        let of = entry["kind"]["of"].as_str().map(str::to_owned);
        Self { of, sale: sale(entry), counts: false }
    }
}

impl Entered {
    /// Of all entries, in the order of their ids.
    fn of(rows: Vec<(String, Read)>) -> Self {
        let mut this = Self { entries: Table::from_sorted(rows), moves: Moves::default() };
        this.settle();
        this.moves = Moves::default();
        this
    }

    /// Takes in that these entries have changed, and notes what moved.
    fn follow(&mut self, ids: &[String], read: impl Fn(&str) -> Option<Read>) {
        let mut corrected = false;
        for id in ids {
            let (now, before) = (read(id), self.entries.remove(id));
            let replaces = |read: &Option<Read>| read.as_ref().is_some_and(|read| read.of.is_some());
            corrected = corrected || replaces(&now) || replaces(&before);
            if let Some(Read { sale: Some(sale), counts: true, .. }) = before {
                self.note(sale, -1);
            }
            if let Some(now) = now {
                self.entries.insert(id.clone(), now);
            }
        }
        // An entry by itself counts. Where one replaces another, heads are looked for.
        corrected = corrected || self.entries.values().any(|read| read.of.as_ref().is_some_and(|of| ids.contains(of)));
        if corrected {
            return self.settle();
        }
        for id in ids {
            let Some(read) = self.entries.get_mut(id) else { continue };
            read.counts = true;
            if let Some(sale) = read.sale.clone() {
                self.note(sale, 1);
            }
        }
    }

    /// Lets the head of each chain of replacements count, and no other entry.
    fn settle(&mut self) {
        let links: Vec<(&str, Option<&str>)> =
            self.entries.iter().map(|(id, read)| (id.as_str(), read.of.as_deref())).collect();
        let mut turned = Vec::new();
        for (counts, read) in heads(&links).into_iter().zip(self.entries.values_mut()) {
            if counts != read.counts {
                read.counts = counts;
                turned.extend(read.sale.clone().map(|sale| (sale, if counts { 1 } else { -1 })));
            }
        }
        for (sale, times) in turned {
            self.note(sale, times);
        }
    }

    fn note(&mut self, (shop, (day, _, amount)): (ShopId, Sale), times: i64) {
        self.moves.note((shop, day, Amount(amount.0 * times)));
    }

    /// What counts, shop by shop.
    pub fn sales(&self) -> impl Iterator<Item = &(ShopId, Sale)> {
        self.entries.values().filter(|read| read.counts).filter_map(|read| read.sale.as_ref())
    }
}

/// Where and what an entry of sales counts.
fn sale(entry: &Value) -> Option<(ShopId, Sale)> {
    let (cell, value) = (&entry["cell"], &entry["value"]);
    let text = |name: &str| cell[name].as_str();
    if text("metric")? != org::sales().as_str() {
        return None;
    }
    let Period::Day(day) = Period::parse(text("day")?)? else { return None };
    let amount = value["amount"].as_i64().or_else(|| value["numerator"].as_i64())?;
    Some((ShopId::from(text("shop")?), (day, text("category")?.to_owned(), Amount(amount))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::actuals::{Cell, Entry, EntryKind, Ledger, Source};
    use aisle_domain::metric::Measure;

    /// What this reads is what entries are written as, and comes to what the ledger says.
    #[test]
    fn it_agrees_with_the_ledger() {
        let entry = |id: &str, shop: &str, metric: &str, amount: i64, kind: EntryKind| Entry {
            id: id.into(),
            cell: Cell {
                metric: metric.into(),
                shop: shop.into(),
                day: NaiveDate::from_ymd_opt(2026, 11, 2).expect("a day"),
                category: "tea".into(),
                product: None,
            },
            value: Measure::Sum { amount: Amount(amount) },
            kind,
            source: Source::Phone,
            by: "rep".into(),
            at: 0,
        };
        let replaces = |of: &str| EntryKind::Replaces { of: of.into(), reason: "mistyped".into() };
        let entries = [
            entry("a", "s2", "sales", 100, EntryKind::Count),
            entry("b", "s1", "sales", 40, EntryKind::Count),
            entry("c", "s1", "sales", 70, replaces("a")),
            entry("d", "s1", "sales", -15, EntryKind::Offset { reason: "returned".into() }),
            entry("e", "s1", "quantity", 7, EntryKind::Count),
            entry("f", "s2", "sales", 9, replaces("not here")),
        ];
        let mut ledger = Ledger::default();
        let mut rows = Vec::new();
        for entry in entries {
            rows.push((entry.id.to_string(), serde_json::to_value(&entry).expect("an entry")));
            ledger.insert(entry);
        }
        let of_ledger = |shop: &str| -> i64 {
            let cells = ledger.cells().filter(|(cell, _)| cell.metric == org::sales() && cell.shop == shop.into());
            cells.map(|(_, value)| value.amount().0).sum()
        };
        let entered = Entered::of(rows.iter().map(|(id, entry)| (id.clone(), Read::of(entry))).collect());
        for (shop, expect) in [("s1", 95), ("s2", 9)] {
            let of_shop = entered.sales().filter(|(of, _)| *of == shop.into());
            let sum: i64 = of_shop.map(|(_, (.., amount))| amount.0).sum();
            assert_eq!((sum, of_ledger(shop)), (expect, expect), "{shop}");
        }
    }

    /// Entries that come, are corrected, change and go away, some at once: what counts and what has moved are as if all of
    /// them had been read again.
    #[test]
    fn following_comes_to_the_same_as_reading_everything() {
        use proptest::prelude::*;
        let step = (0usize..8, prop::option::of(prop::option::of(0usize..8)), 1i64..100, 0usize..3);
        proptest!(|(steps in prop::collection::vec(prop::collection::vec(step, 1..4), 1..40))| {
            let name = |n: usize| format!("e{n}");
            let mut storage: std::collections::BTreeMap<String, Read> = Default::default();
            let mut entered = Entered::default();
            let mut sums: std::collections::BTreeMap<(ShopId, NaiveDate), i64> = Default::default();
            for step in steps {
                let (at, mut ids) = (entered.moves.at(), Vec::new());
                for (n, becomes, amount, shop) in step {
                    match becomes {
                        // Goes away, or is refused.
                        None => drop(storage.remove(&name(n))),
                        Some(of) => {
                            let day = NaiveDate::from_ymd_opt(2026, 11, 1 + n as u32 % 3).expect("a day");
                            let sale = Some((format!("s{shop}").as_str().into(), (day, "tea".into(), Amount(amount))));
                            let of = of.filter(|of| *of != n).map(name);
                            storage.insert(name(n), Read { of, sale, counts: false });
                        }
                    }
                    ids.push(name(n));
                }
                ids.sort();
                ids.dedup();
                entered.follow(&ids, |id| storage.get(id).cloned());
                for (shop, day, delta) in entered.moves.since(at).expect("all of them are kept") {
                    *sums.entry((shop.clone(), *day)).or_default() += delta.0;
                }
                let whole = Entered::of(storage.clone().into_iter().collect());
                prop_assert_eq!(&entered.entries, &whole.entries);
                let mut expect: std::collections::BTreeMap<(ShopId, NaiveDate), i64> = Default::default();
                for (shop, (day, _, amount)) in whole.sales() {
                    *expect.entry((shop.clone(), *day)).or_default() += amount.0;
                }
                sums.retain(|_, sum| *sum != 0);
                prop_assert_eq!(&sums, &expect);
            }
        });
    }
}
