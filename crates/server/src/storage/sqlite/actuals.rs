//! Imported actuals and the facts segments made of them.

use super::reference::upsert_into;
use super::writer::Writer;
use super::{day_from, day_number, from_db, json};
use crate::facts::segments;
use crate::storage::audit::Entry;
use crate::storage::{Actual, ActualBatch, CategoryDay, Moment, ProductDay, StorageError, Upsert, Upserted};
use aisle_domain::{ProductId, ShopId};
use aisle_protocol::record::{Kind, RecordRef};
use chrono::{Datelike, NaiveDate};
use futures_util::TryStreamExt;
use serde_json::json;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lines written by one statement.
const CHUNK: usize = 5_000;

/// Lines as JSON. Written by hand: only numbers, and hundreds of thousands of rows pass here.
fn as_json(lines: &[Actual]) -> String {
    let mut rows = String::with_capacity(lines.len() * 32);
    let mut separator = '[';
    for line in lines {
        let day = day_number(line.day);
        let _ = write!(rows, "{separator}[{},{day},{},{},{}]", line.shop, line.product, line.quantity, line.amount);
        separator = ',';
    }
    rows.push(']');
    rows
}

/// How many lines are new, change what is stored, and say what is stored.
pub(super) async fn compare(db: &mut SqliteConnection, batch: &ActualBatch) -> Result<Upserted, StorageError> {
    let mut counts = Upserted::default();
    for chunk in batch.lines.chunks(CHUNK) {
        let row = sqlx::query(
            "WITH shop AS MATERIALIZED (SELECT key, value FROM json_each(?2)),
                  product AS MATERIALIZED (SELECT key, value FROM json_each(?3))
             SELECT COUNT(f.day) AS there,
                    COUNT(CASE WHEN f.quantity = row.value->>3 AND f.amount = row.value->>4 THEN 1 END) AS same
             FROM json_each(?1) AS row CROSS JOIN shop ON shop.key = row.value->>0
                  CROSS JOIN product ON product.key = row.value->>2
                  LEFT JOIN fact AS f ON f.shop = shop.value AND f.day = row.value->>1 AND f.product = product.value",
        )
        .bind(as_json(chunk))
        .bind(json(&batch.shops)?)
        .bind(json(&batch.products)?)
        .fetch_one(&mut *db)
        .await?;
        let (there, same) = (from_db(row.try_get("there")?), from_db(row.try_get("same")?));
        let created = chunk.len() as u64 - there;
        counts.add(Upserted { created, updated: there - same, unchanged: same });
    }
    Ok(counts)
}

pub(super) async fn replace(
    db: &mut SqliteConnection,
    batch: &ActualBatch,
    at: Moment,
    entry: Entry,
) -> Result<Upserted, StorageError> {
    let mut touched: BTreeMap<ShopId, (i32, i32)> = BTreeMap::new();
    for chunk in batch.lines.chunks(CHUNK) {
        let rows = as_json(chunk);
        sqlx::query(
            "WITH shop AS MATERIALIZED (SELECT key, value FROM json_each(?2)),
                  product AS MATERIALIZED (SELECT key, value FROM json_each(?3))
             INSERT INTO fact (shop, day, product, quantity, amount)
             SELECT shop.value, row.value->>1, product.value, row.value->>3, row.value->>4
             FROM json_each(?1) AS row CROSS JOIN shop ON shop.key = row.value->>0
                  CROSS JOIN product ON product.key = row.value->>2
             WHERE true
             ON CONFLICT (shop, day, product) DO UPDATE SET quantity = excluded.quantity, amount = excluded.amount",
        )
        .bind(rows)
        .bind(json(&batch.shops)?)
        .bind(json(&batch.products)?)
        .execute(&mut *db)
        .await?;
    }
    for line in &batch.lines {
        if let Some(shop) = batch.shops.get(line.shop as usize) {
            let year = line.day.year();
            match touched.get_mut(shop) {
                Some((first, last)) => (*first, *last) = ((*first).min(year), (*last).max(year)),
                None => {
                    touched.insert(shop.clone(), (year, year));
                }
            }
        }
    }
    rebuild(db, &touched, at, Some(entry), !batch.partial).await
}

pub(super) async fn rebuild_all(db: &mut SqliteConnection, at: Moment) -> Result<Upserted, StorageError> {
    let rows = sqlx::query("SELECT shop, MIN(day) AS first, MAX(day) AS last FROM fact GROUP BY shop")
        .fetch_all(&mut *db)
        .await?;
    let mut touched = BTreeMap::new();
    for row in rows {
        let years = (day_from(row.try_get("first")?)?.year(), day_from(row.try_get("last")?)?.year());
        touched.insert(ShopId::new(row.try_get::<String, _>("shop")?), years);
    }
    rebuild(db, &touched, at, None, true).await
}

/// Makes the segments of these shops and years anew, and writes those that differ.
async fn rebuild(
    db: &mut SqliteConnection,
    touched: &BTreeMap<ShopId, (i32, i32)>,
    at: Moment,
    entry: Option<Entry>,
    complete: bool,
) -> Result<Upserted, StorageError> {
    let mut writer = Writer::begin(db, at.today).await?;
    let mut upserted = Upserted::default();
    for (shop, (first, last)) in touched {
        let first = NaiveDate::from_ymd_opt(*first, 1, 1).unwrap_or(NaiveDate::MIN);
        let last = NaiveDate::from_ymd_opt(*last, 12, 31).unwrap_or(NaiveDate::MAX);
        let days = category_days(writer.db(), Some(shop), first, last).await?;
        let done = upsert_into(&mut writer, &segments(shop, &days), at).await?;
        upserted.created += done.created;
        upserted.updated += done.updated;
        upserted.unchanged += done.unchanged;
    }
    let through = if complete { days(writer.db()).await?.map(|(_, last)| last) } else { None };
    let org = RecordRef::new(Kind::Org, "org");
    if let Some(through) = through
        && writer.record(&org).await?.is_some()
    {
        let patch = json!({"data_through": through}).as_object().cloned().unwrap_or_default();
        upsert_into(&mut writer, &[Upsert { rec: org, patch, shop: None }], at).await?;
    }
    if let Some(entry) = entry {
        writer.audit(entry);
    }
    writer.finish().await?;
    Ok(upserted)
}

/// Sums by shop, day and category of the facts for which a condition holds. Facts first, each with its product by key: left to
/// itself, SQLite looks through the facts once for every product there is.
macro_rules! by_category_sql {
    ($shop:literal) => {
        concat!(
            "SELECT f.shop, f.day, COALESCE(p.v->>'category', '') AS category,
                    SUM(f.amount) AS amount, SUM(f.quantity) AS quantity
             FROM fact AS f CROSS JOIN record AS p ON p.kind = 'product' AND p.id = f.product
             WHERE ",
            $shop,
            " AND f.day BETWEEN ?2 AND ?3
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
    };
}

pub(super) async fn category_days(
    db: &mut SqliteConnection,
    shop: Option<&ShopId>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<CategoryDay>, StorageError> {
    let sql = match shop {
        Some(_) => by_category_sql!("f.shop = ?1"),
        None => by_category_sql!("?1 IS NULL"),
    };
    let mut rows = sqlx::query(sql)
        .bind(shop.map(|s| s.as_str().to_owned()))
        .bind(day_number(first))
        .bind(day_number(last))
        .fetch(db);
    let mut days = Vec::new();
    while let Some(row) = rows.try_next().await? {
        days.push(CategoryDay {
            shop: ShopId::new(row.try_get::<String, _>("shop")?),
            day: day_from(row.try_get("day")?)?,
            category: row.try_get("category")?,
            amount: row.try_get("amount")?,
            quantity: row.try_get("quantity")?,
        });
    }
    Ok(days)
}

pub(super) async fn product_days(
    db: &mut SqliteConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<ProductDay>, StorageError> {
    let mut rows = sqlx::query(
        "SELECT shop, day, product, amount, quantity FROM fact WHERE day BETWEEN ? AND ? ORDER BY shop, day, product",
    )
    .bind(day_number(first))
    .bind(day_number(last))
    .fetch(db);
    let mut days = Vec::new();
    while let Some(row) = rows.try_next().await? {
        days.push(ProductDay {
            shop: ShopId::new(row.try_get::<String, _>("shop")?),
            day: day_from(row.try_get("day")?)?,
            product: ProductId::new(row.try_get::<String, _>("product")?),
            amount: row.try_get("amount")?,
            quantity: row.try_get("quantity")?,
        });
    }
    Ok(days)
}

pub(super) async fn days(db: &mut SqliteConnection) -> Result<Option<(NaiveDate, NaiveDate)>, StorageError> {
    let row = sqlx::query("SELECT MIN(day) AS first, MAX(day) AS last FROM fact").fetch_one(db).await?;
    let (first, last): (Option<i64>, Option<i64>) = (row.try_get("first")?, row.try_get("last")?);
    match (first, last) {
        (Some(first), Some(last)) => Ok(Some((day_from(first)?, day_from(last)?))),
        _ => Ok(None),
    }
}
