//! Deriving targets from the year before.

use crate::storage::audit::Entry;
use crate::storage::{CategoryDay, Moment, Storage, StorageError, Upsert, Upserted};
use aisle_domain::calendar::Period;
use aisle_domain::money::Amount;
use aisle_domain::org::{quantity, sales};
use aisle_domain::target::{Target, TargetBasis, scale};
use aisle_domain::{MetricId, ShopId};
use aisle_protocol::record::{Kind, RecordRef};
use chrono::{Datelike, NaiveDate};
use serde_json::Value;
use std::collections::BTreeMap;

/// The years for which targets could be derived: those with actuals in the year before.
///
/// # Errors
/// When the store fails.
pub async fn years(storage: &dyn Storage) -> Result<Vec<i32>, StorageError> {
    let days = storage.actual_days().await?;
    Ok(days.map(|(first, last)| (first.year() + 1..=last.year() + 1).collect()).unwrap_or_default())
}

/// Derives the targets of every shop and month of these years, for sales and quantity: the same days of the year
/// before times a factor in basis points. No target is made for a month whose days a year before are not all covered
/// by actuals, nor where they sum to nothing. A target that a person has set or a plan hands down stays.
///
/// # Errors
/// When the store fails.
pub async fn derive(
    storage: &dyn Storage,
    years: &[i32],
    factor_bp: u32,
    at: Moment,
) -> Result<Upserted, StorageError> {
    let Some(covered) = storage.actual_days().await? else { return Ok(Upserted::default()) };
    let set = storage.records(&Kind::Target).await?;
    let is_set = |id: &str| {
        let fields = set.get(id);
        let basis = fields.and_then(|fields| fields.get("basis")).and_then(Value::as_str);
        basis == Some("set") || fields.is_some_and(|fields| fields.contains_key("plan"))
    };
    let mut upserts = Vec::new();
    for year in years {
        let before = Period::Year(year - 1);
        let Some(last) = before.end().pred_opt() else { continue };
        let days = storage.category_days(before.first(), last).await?;
        for target in of_year(*year, &days, covered, factor_bp) {
            let id = target.record_id();
            if is_set(&id) {
                continue;
            }
            let fields = serde_json::to_value(&target).map_err(|e| StorageError::Failed(e.to_string()))?;
            let patch = fields.as_object().cloned().unwrap_or_default();
            upserts.push(Upsert { rec: RecordRef::new(Kind::Target, id), patch, shop: Some(target.shop) });
        }
    }
    let entry = Entry {
        at: at.now,
        actor: "cli".to_owned(),
        action: "targets.derive".to_owned(),
        subject: years.iter().map(i32::to_string).collect::<Vec<_>>().join(" "),
        detail: format!("factor {factor_bp} bp"),
    };
    storage.upsert(&upserts, at, Some(entry)).await
}

/// The targets of one year from the actuals of the year before.
fn of_year(year: i32, days: &[CategoryDay], covered: (NaiveDate, NaiveDate), factor_bp: u32) -> Vec<Target> {
    let mut sums: BTreeMap<(&ShopId, u32), (i64, i64)> = BTreeMap::new();
    for line in days {
        let month = line.day.month();
        // The same days: 29 February has no counterpart in another year.
        if line.day.year() == year - 1 && line.day.with_year(year).is_some() {
            let sum = sums.entry((&line.shop, month)).or_default();
            *sum = (sum.0 + line.amount, sum.1 + line.quantity);
        }
    }
    let mut targets = Vec::new();
    for ((shop, month), (amount, units)) in sums {
        let before = Period::Month(year - 1, month);
        let is_covered = covered.0 <= before.first() && before.end().pred_opt().is_some_and(|last| last <= covered.1);
        let mut push = |metric: MetricId, value: i64| {
            let amount = scale(Amount(value), factor_bp);
            if is_covered && amount > Amount::ZERO {
                let basis = TargetBasis::PriorYear { factor_bp };
                targets.push(Target { metric, shop: shop.clone(), period: Period::Month(year, month), amount, basis });
            }
        };
        push(sales(), amount);
        push(quantity(), units);
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn line(shop: &str, at: &str, amount: i64, quantity: i64) -> CategoryDay {
        CategoryDay { shop: shop.into(), day: day(at), category: "RUM".into(), amount, quantity }
    }

    #[test]
    fn same_days_of_the_year_before() {
        let days = [
            line("1", "2024-02-01", 1_000, 10),
            line("1", "2024-02-28", 500, 5),
            line("1", "2024-02-29", 9_999, 99), // has no counterpart in 2025
            line("1", "2024-03-05", -40, -1),   // nothing but a return
            line("1", "2024-01-31", 700, 7),    // the data begin within January
            line("2", "2024-12-31", 100, 1),    // and reach the end of the year
        ];
        let targets = of_year(2025, &days, (day("2024-01-15"), day("2024-12-31")), 10_500);
        let read: Vec<_> = targets.iter().map(|t| (t.record_id(), t.amount.0)).collect();
        let expect = [
            ("sales/1/2025-02", 1_575),
            ("quantity/1/2025-02", 16), // 15 × 1.05 = 15.75
            ("sales/2/2025-12", 105),
            ("quantity/2/2025-12", 1),
        ];
        assert_eq!(read, expect.map(|(id, amount)| (id.to_owned(), amount)));
    }
}
