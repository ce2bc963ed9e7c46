//! Facts segments as records: one for each shop and year, packed by the domain, base64 on the wire.

use crate::storage::{CategoryDay, Upsert};
use aisle_domain::ShopId;
use aisle_domain::facts::SegmentBuilder;
use aisle_domain::org::{quantity, sales, segment_id};
use aisle_protocol::record::{Kind, RecordRef};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Datelike;
use serde_json::json;
use std::collections::BTreeMap;

/// The segments of one shop from its sums by day and category.
pub fn segments(shop: &ShopId, days: &[CategoryDay]) -> Vec<Upsert> {
    let mut years: BTreeMap<i32, SegmentBuilder> = BTreeMap::new();
    for line in days {
        let year = line.day.year();
        let build = years.entry(year).or_insert_with(|| SegmentBuilder::new(year, vec![sales(), quantity()]));
        build.add(line.day, &line.category, &[line.amount, line.quantity]);
    }
    let record = |(year, build): (i32, SegmentBuilder)| {
        let data = STANDARD.encode(build.build().pack());
        let patch = json!({"shop": shop, "year": year, "data": data}).as_object().cloned().unwrap_or_default();
        Upsert { rec: RecordRef::new(Kind::Facts, segment_id(shop, year)), patch, shop: Some(shop.clone()) }
    };
    years.into_iter().map(record).collect()
}
