//! Reference records: what imports write. A record is written again only when its content changes.

use super::writer::Writer;
use super::{accounts, plans, shop_facts};
use crate::access::{Facts, ShopFacts, buckets_of};
use crate::apply::Stored;
use crate::storage::audit::Entry;
use crate::storage::{Account, Moment, StorageError, Upsert, Upserted};
use aisle_domain::ShopId;
use aisle_protocol::record::{Fields, Kind, RecordRef, apply_patch};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

pub(super) async fn upsert(
    db: &mut SqliteConnection,
    batch: &[Upsert],
    at: Moment,
    entry: Option<Entry>,
) -> Result<Upserted, StorageError> {
    let mut writer = Writer::begin(db, at.today).await?;
    let upserted = upsert_into(&mut writer, batch, at).await?;
    plans::after(&mut writer, batch.iter().map(|upsert| (&upsert.rec.kind, &upsert.patch))).await?;
    if let Some(entry) = entry {
        writer.audit(entry);
    }
    writer.finish().await?;
    Ok(upserted)
}

pub(super) async fn upsert_into(
    writer: &mut Writer<'_>,
    batch: &[Upsert],
    at: Moment,
) -> Result<Upserted, StorageError> {
    let mut upserted = Upserted::default();
    for Upsert { rec, patch, shop } in batch {
        let before = writer.record(rec).await?.cloned();
        let mut record = before.clone().unwrap_or_default();
        apply_patch(&mut record.fields, patch);
        record.shop.clone_from(shop);
        if before.as_ref() == Some(&record) {
            upserted.unchanged += 1;
            continue;
        }
        match &before {
            Some(before) => {
                upserted.updated += 1;
                if rec.kind == Kind::Shop && moves(rec, before, &record, at)? {
                    writer.write(rec.clone(), record);
                    writer.move_records_of(&ShopId::from(rec.id.as_str())).await?;
                    continue;
                }
            }
            None => upserted.created += 1,
        }
        writer.write(rec.clone(), record);
    }
    Ok(upserted)
}

/// Whether a shop's change takes it, and what belongs to it, into other buckets.
fn moves(rec: &RecordRef, before: &Stored, after: &Stored, at: Moment) -> Result<bool, StorageError> {
    let buckets = |fields: &Fields| -> Result<_, StorageError> {
        let shop: ShopFacts = shop_facts(fields)?;
        let facts = Facts { kind: &rec.kind, shop: Some(&shop), owner: None, by_auditor: false };
        Ok(buckets_of(&facts, at.today))
    };
    Ok(buckets(&before.fields)? != buckets(&after.fields)?)
}

pub(super) async fn upsert_people(
    db: &mut SqliteConnection,
    people: &[Account],
    at: Moment,
    entry: Entry,
) -> Result<Upserted, StorageError> {
    let mut records = Vec::with_capacity(people.len());
    let mut counts = Upserted::default();
    for person in people {
        let before = accounts::by_id(db, &person.person).await?;
        match before {
            None => counts.created += 1,
            Some(before) if before == *person => counts.unchanged += 1,
            Some(_) => counts.updated += 1,
        }
        sqlx::query(
            "DELETE FROM session WHERE person = ?1
             AND (?2 = 0 OR (SELECT password_hash FROM person WHERE id = ?1) IS NOT ?3)",
        )
        .bind(person.person.as_str())
        .bind(person.active)
        .bind(&person.password_hash)
        .execute(&mut *db)
        .await?;
        sqlx::query(
            "INSERT INTO person (id, login, name, role, territory, password_hash, active) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, role = excluded.role,
                 territory = excluded.territory, password_hash = excluded.password_hash, active = excluded.active",
        )
        .bind(person.person.as_str())
        .bind(&person.login)
        .bind(&person.name)
        .bind(person.role.as_str())
        .bind(person.territory.as_str())
        .bind(&person.password_hash)
        .bind(person.active)
        .execute(&mut *db)
        .await?;
        let view = json!({"name": person.name, "role": person.role, "territory": person.territory});
        let patch = view.as_object().cloned().unwrap_or_default();
        records.push(Upsert { rec: RecordRef::new(Kind::Person, person.person.as_str()), patch, shop: None });
    }
    upsert(db, &records, at, Some(entry)).await?;
    Ok(counts)
}

/// Shops in which somebody's time begins or ends are put where they belong on this day.
pub(super) async fn settle_assignments(db: &mut SqliteConnection, at: Moment) -> Result<u64, StorageError> {
    let rows = sqlx::query(
        "SELECT DISTINCT r.id FROM record AS r, json_each(r.v->'assigned') AS a
         WHERE r.kind = 'shop' AND r.deleted = 0 AND (a.value->>'from' IS NOT NULL OR a.value->>'until' IS NOT NULL)",
    )
    .fetch_all(&mut *db)
    .await?;
    let mut writer = Writer::begin(db, at.today).await?;
    let mut moved = 0;
    for row in rows {
        let rec = RecordRef::new(Kind::Shop, row.try_get::<String, _>("id")?);
        let Some(stored) = writer.record(&rec).await?.cloned() else { continue };
        let shop = shop_facts(&stored.fields)?;
        let facts = Facts { kind: &rec.kind, shop: Some(&shop), owner: None, by_auditor: false };
        let due: Vec<String> = buckets_of(&facts, at.today).into_iter().map(|b| b.0).collect();
        let rows =
            sqlx::query("SELECT bucket FROM placement WHERE kind = 'shop' AND id = ? AND gone = 0 ORDER BY bucket")
                .bind(&rec.id)
                .fetch_all(writer.db())
                .await?;
        let is: Vec<String> = rows.iter().map(|row| row.try_get("bucket")).collect::<Result<_, _>>()?;
        if due != is {
            moved += 1;
            let id = ShopId::from(rec.id.as_str());
            writer.write(rec, stored);
            writer.move_records_of(&id).await?;
        }
    }
    writer.finish().await?;
    Ok(moved)
}
