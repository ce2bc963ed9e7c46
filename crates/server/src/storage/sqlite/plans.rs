//! What plans, splits, drafts and entries are checked against, and the records that a plan hands down, written in the
//! transaction of the push that changed it.

use super::writer::Writer;
use super::{from_db, parse_json};
use crate::apply::Stored;
use crate::plan::{Beside, Handed, Parents, Planned, changes, entry_replaced, in_order};
use crate::storage::StorageError;
use aisle_domain::calendar::WorkCalendar;
use aisle_domain::cascade::{Goal, Member, Part, Split};
use aisle_domain::draft::FiledStep;
use aisle_domain::{MetricId, ShopId, TerritoryId};
use aisle_protocol::mutation::Mutation;
use aisle_protocol::record::{Fields, Kind, RecordRef};
use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

/// What this mutation is checked against; `None` for kinds that need nothing beside themselves.
pub(super) async fn beside(writer: &mut Writer<'_>, mutation: &Mutation) -> Result<Option<Beside>, StorageError> {
    let mut beside = Beside::default();
    match mutation.rec.kind {
        Kind::Plan | Kind::Split => {
            writer.flush().await?;
            beside.parents = parents(writer.db()).await?;
            let metric = mutation.patch.get("node").and_then(|node| node.get("metric")).and_then(Value::as_str);
            let goals: Vec<Goal> = in_order(of_metric(writer.db(), &Kind::Plan, metric.unwrap_or_default()).await?);
            beside.goals = goals.into_iter().filter(|goal| goal.from.is_none()).collect();
            let parts = mutation.patch.get("parts").cloned().unwrap_or_default();
            for part in serde_json::from_value::<Vec<Part>>(parts).unwrap_or_default() {
                if let Member::Shop(id) = part.member
                    && let Some(shop) = writer.shop(&id).await?
                {
                    beside.shops.insert(id, shop.territory.clone());
                }
            }
        }
        Kind::DraftStep => {
            writer.flush().await?;
            let draft = mutation.patch.get("draft").and_then(Value::as_str).unwrap_or_default();
            let steps: Vec<FiledStep> = in_order(steps_of(writer.db(), draft).await?);
            beside.steps = steps.into_iter().map(|filed| filed.step).collect();
        }
        Kind::Entry => {
            if let Some(id) = entry_replaced(mutation) {
                let rec = RecordRef::new(Kind::Entry, id.as_str());
                beside.replaced = writer.record(&rec).await?.and_then(|stored| stored.shop.clone());
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(beside))
}

/// Hands down anew what these records, just written, may have changed.
pub(super) async fn after<'a>(
    writer: &mut Writer<'_>,
    written: impl Iterator<Item = (&'a Kind, &'a Fields)>,
) -> Result<(), StorageError> {
    let of_plans = written.filter(|(kind, _)| matches!(kind, Kind::Plan | Kind::Split));
    let metric = |fields: &Fields| Some(fields.get("node")?.get("metric")?.as_str()?.to_owned());
    let metrics: BTreeSet<MetricId> = of_plans.filter_map(|(_, fields)| metric(fields)).map(MetricId::from).collect();
    for metric in &metrics {
        hand_down(writer, metric).await?;
    }
    Ok(())
}

/// Writes what the plans of a metric hand down, and takes back what they hand down no more.
pub(super) async fn hand_down(writer: &mut Writer<'_>, metric: &MetricId) -> Result<(), StorageError> {
    writer.flush().await?;
    let planned = planned(writer, metric).await?;
    let mut stored: BTreeMap<(Kind, String), Fields> = BTreeMap::new();
    for kind in [Kind::Target, Kind::Plan] {
        for (id, record) in named(writer.db(), &kind, &format!("{metric}/")).await? {
            stored.insert((kind.clone(), id), record.fields);
        }
    }
    let (writes, gone) = changes(planned.hand_down(), &stored);
    for Handed { kind, id, fields, shop } in writes {
        let rec = RecordRef::new(kind, id);
        let before = writer.record(&rec).await?.cloned().unwrap_or_default();
        writer.write(rec, Stored { fields, shop, ..before });
    }
    for (kind, id) in gone {
        writer.delete(&RecordRef::new(kind, id)).await?;
    }
    Ok(())
}

async fn planned(writer: &mut Writer<'_>, metric: &MetricId) -> Result<Planned, StorageError> {
    let org = writer.record(&RecordRef::new(Kind::Org, "org")).await?;
    let org = org.and_then(|stored| serde_json::from_value(Value::Object(stored.fields.clone())).ok());
    let calendars: Vec<WorkCalendar> = in_order(named(writer.db(), &Kind::Calendar, "").await?.into_values().collect());
    let goals: Vec<Goal> = in_order(of_metric(writer.db(), &Kind::Plan, metric.as_str()).await?);
    let splits: Vec<Split> = in_order(of_metric(writer.db(), &Kind::Split, metric.as_str()).await?);
    Ok(Planned {
        org,
        calendars: calendars.into_iter().map(|calendar| (calendar.id.clone(), calendar)).collect(),
        parents: parents(writer.db()).await?,
        goals: goals.into_iter().filter(|goal| goal.from.is_none()).collect(),
        splits,
    })
}

async fn parents(db: &mut SqliteConnection) -> Result<Parents, StorageError> {
    let above = |stored: &Stored| stored.fields.get("parent").and_then(Value::as_str).map(TerritoryId::from);
    let territories = named(db, &Kind::Territory, "").await?;
    Ok(territories.into_iter().map(|(id, stored)| (TerritoryId::from(id), above(&stored))).collect())
}

/// Records of a kind whose ids begin so, as they are in the database.
async fn named(db: &mut SqliteConnection, kind: &Kind, prefix: &str) -> Result<BTreeMap<String, Stored>, StorageError> {
    let rows = sqlx::query(
        "SELECT id, rev, v, shop FROM record WHERE kind = ?1 AND id >= ?2 AND substr(id, 1, length(?2)) = ?2 AND deleted = 0",
    )
    .bind(kind.as_str())
    .bind(prefix);
    let mut rows = rows.fetch(db);
    let mut records = BTreeMap::new();
    while let Some(row) = rows.try_next().await? {
        records.insert(row.try_get("id")?, stored(&row)?);
    }
    Ok(records)
}

async fn of_metric(db: &mut SqliteConnection, kind: &Kind, metric: &str) -> Result<Vec<Stored>, StorageError> {
    let rows = sqlx::query(
        "SELECT rev, v, shop FROM record WHERE kind = ? AND deleted = 0 AND v->'node'->>'metric' = ? ORDER BY rev",
    )
    .bind(kind.as_str())
    .bind(metric)
    .fetch_all(db)
    .await?;
    rows.iter().map(stored).collect()
}

async fn steps_of(db: &mut SqliteConnection, draft: &str) -> Result<Vec<Stored>, StorageError> {
    let rows =
        sqlx::query("SELECT rev, v, shop FROM record WHERE kind = 'draft_step' AND v->>'draft' = ? AND deleted = 0")
            .bind(draft)
            .fetch_all(db)
            .await?;
    rows.iter().map(stored).collect()
}

fn stored(row: &sqlx::sqlite::SqliteRow) -> Result<Stored, StorageError> {
    Ok(Stored {
        rev: from_db(row.try_get("rev")?),
        fields: parse_json(row.try_get("v")?)?,
        shop: row.try_get::<Option<String>, _>("shop")?.map(ShopId::from),
        ..Stored::default()
    })
}
