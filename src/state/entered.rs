//! What was entered and corrected on phones, summed up for the first screen. It reads of an entry only what it needs;
//! [`super::entries`] has entries whole, for the pages that are fetched later.

use super::Work;
use super::table::Table;
use aisle_domain::ShopId;
use aisle_domain::actuals::heads;
use aisle_domain::calendar::Period;
use aisle_domain::money::Amount;
use aisle_domain::order::sorted;
use aisle_domain::org;
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::RecordState;
use chrono::NaiveDate;
use serde_json::Value;

/// Day, category, amount.
pub(super) type Sale = (NaiveDate, String, Amount);

/// Sales that entries count beside the imported facts, by shop.
pub(super) type Entered = Table<ShopId, Vec<Sale>>;

/// Sums up. Subscribes to entries.
pub(super) fn entered(work: Work) -> Entered {
    work.track(&Kind::Entry);
    let refused = |replica: &aisle_sync::Replica, id: &str| {
        replica.state(&RecordRef::new(Kind::Entry, id), None) == RecordState::Returned
    };
    let read = |replica: &aisle_sync::Replica| {
        let mut rows = replica.values(&Kind::Entry);
        rows.retain(|(id, _)| !refused(replica, id));
        rows
    };
    by_shop(&work.peek(read).unwrap_or_default())
}

fn by_shop(entries: &[(String, Value)]) -> Entered {
    let links: Vec<(&str, Option<&str>)> =
        entries.iter().map(|(id, entry)| (id.as_str(), entry["kind"]["of"].as_str())).collect();
    let counted = entries.iter().zip(heads(&links)).filter(|(_, counts)| *counts);
    let sales = counted.filter_map(|((_, entry), _)| sale(entry)).collect();
    let mut rows: Vec<(ShopId, Vec<Sale>)> = Vec::new();
    for (shop, sale) in sorted(sales, |a: &(ShopId, Sale), b| a.0.cmp(&b.0)) {
        match rows.last_mut() {
            Some((last, of_shop)) if *last == shop => of_shop.push(sale),
            _ => rows.push((shop, vec![sale])),
        }
    }
    Table::from_sorted(rows)
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
        let entered = by_shop(&rows);
        assert_eq!(entered.len(), 2);
        for (shop, expect) in [("s1", 95), ("s2", 9)] {
            let sum: i64 = entered.get(&shop.into()).into_iter().flatten().map(|(.., amount)| amount.0).sum();
            assert_eq!((sum, of_ledger(shop)), (expect, expect), "{shop}");
        }
    }
}
