//! The data of the benches, the same on every side: `pages/data.js` makes them by the same arithmetic.

use aisle_domain::ShopId;
use aisle_domain::facts::Segment;
use aisle_domain::facts::SegmentBuilder;
use aisle_domain::org::{self, segment_id};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::Bucket;
use aisle_sync::replica::{Copy, Edit};
use chrono::NaiveDate;
use serde_json::json;

/// Shops of the facts.
pub(crate) const SHOPS: u32 = 300;
/// Years of the facts.
pub(crate) const YEARS: [i32; 2] = [2025, 2026];
/// Categories of the facts.
pub(crate) const CATEGORIES: u32 = 10;
/// Shops in a territory, territories in a region.
pub(crate) const FAN: u32 = 10;
/// Days of each year that hold facts.
const DAYS: u32 = 365;

/// Numbers that look random and are the same everywhere.
pub(crate) struct Numbers(u32);

impl Numbers {
    /// The sequence of a seed.
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// The next, below `below`.
    pub(crate) fn next(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % below
    }
}

/// A record as a feed brings it: a shop with what phones know of one.
pub(crate) fn record(n: u32) -> (RecordRef, Fields) {
    let mut numbers = Numbers::new(n);
    let fields = json!({
        "name": format!("Shop {n} at the corner"),
        "address": format!("{} Main Street", numbers.next(9000)),
        "city": format!("Town {}", numbers.next(300)),
        "territory": format!("t{}", n / FAN),
        "channel": "convenience",
        "tier": "B",
        "position": {"lat": 41.5 + f64::from(numbers.next(1000)) / 1000.0, "lon": -93.0 - f64::from(numbers.next(1000)) / 1000.0},
        "assigned": [{"person": format!("p{}", n / 20), "share_bp": 10_000}],
        "visit_weekdays": [1, 4],
    });
    (RecordRef::new(Kind::Shop, format!("{n:06}")), fields.as_object().cloned().unwrap_or_default())
}

/// The edits that keep records, as the engine makes them of a page of the feed.
pub(crate) fn edits(records: Vec<(RecordRef, Fields)>) -> Vec<Edit> {
    let copy = |fields: &Fields, rev: u64| Copy::new(rev, Bucket("t:west".to_owned()), 0, fields);
    records.into_iter().zip(1..).map(|((rec, fields), rev)| Edit::Copy(rec, copy(&fields, rev))).collect()
}

/// A shop's name in the facts.
pub(crate) fn shop(n: u32) -> ShopId {
    ShopId::from(format!("{n:06}"))
}

/// A category's name.
pub(crate) fn category(n: u32) -> String {
    format!("category {n}")
}

/// One shop's one year with `rows` facts, spread evenly over days and categories.
pub(crate) fn segment(shop: u32, year: i32, rows: u32) -> Segment {
    let mut numbers = Numbers::new(shop * 4000 + year.unsigned_abs());
    let mut builder = SegmentBuilder::new(year, vec![org::sales()]);
    for row in 0..rows {
        let slot = (u64::from(row) * u64::from(DAYS * CATEGORIES) / u64::from(rows)) as u32;
        let day = NaiveDate::from_yo_opt(year, slot / CATEGORIES + 1).unwrap_or_default();
        builder.add(day, &category(slot % CATEGORIES), &[i64::from(numbers.next(100_000))]);
    }
    builder.build()
}

/// `facts` facts in all, as packed segments under their ids.
pub(crate) fn segments(facts: u32) -> Vec<(String, Vec<u8>)> {
    let rows = facts / SHOPS / YEARS.len() as u32;
    let of = |n: u32, year: i32| (segment_id(&shop(n), year), segment(n, year, rows).pack());
    (0..SHOPS).flat_map(|n| YEARS.map(|year| of(n, year))).collect()
}
