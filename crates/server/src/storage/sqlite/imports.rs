//! Imports that are written whole or not at all, each under its name once.

use super::{actuals, json, parse_json, reference};
use crate::storage::audit::Entry;
use crate::storage::{Bulk, ImportKey, Imported, Moment, StorageError, Upsert, Upserted};
use aisle_protocol::record::Kind;
use sqlx::{Row, SqliteConnection};

/// What became of the import of this name.
pub(super) async fn before(db: &mut SqliteConnection, key: &ImportKey) -> Result<Option<Imported>, StorageError> {
    let row = sqlx::query("SELECT person, digest, counts FROM import WHERE id = ?")
        .bind(&key.id)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (person, digest): (String, String) = (row.try_get("person")?, row.try_get("digest")?);
    if person != key.person.as_str() || digest != key.digest {
        return Ok(Some(Imported::OtherName));
    }
    let (created, updated, unchanged) = parse_json(row.try_get("counts")?)?;
    Ok(Some(Imported::Before(Upserted { created, updated, unchanged })))
}

/// Writes all parts. To be committed only when the answer is [`Imported::Now`].
pub(super) async fn import(
    db: &mut SqliteConnection,
    parts: &[(Bulk, Entry)],
    key: Option<&ImportKey>,
    at: Moment,
) -> Result<Imported, StorageError> {
    if let Some(key) = key
        && let Some(before) = before(db, key).await?
    {
        return Ok(before);
    }
    let mut sum = Upserted::default();
    for (bulk, entry) in parts {
        match bulk {
            Bulk::Records(records) => {
                if is_planned(db, records).await? {
                    return Ok(Imported::Planned);
                }
                let done = reference::upsert(db, records, at, Some(entry.clone())).await?;
                // Facts are kept by category: a product that changed its own takes its facts along.
                if done.updated > 0 && records.iter().any(|upsert| upsert.rec.kind == Kind::Product) {
                    actuals::rebuild_all(db, at).await?;
                }
                sum.add(done);
            }
            Bulk::People(people) => sum.add(reference::upsert_people(db, people, at, entry.clone()).await?),
            Bulk::Actuals(batch) => {
                sum.add(actuals::compare(db, batch).await?);
                actuals::replace(db, batch, at, entry.clone()).await?;
            }
        }
    }
    if let Some(key) = key {
        sqlx::query("INSERT INTO import (id, person, digest, at, counts) VALUES (?, ?, ?, ?, ?)")
            .bind(&key.id)
            .bind(key.person.as_str())
            .bind(&key.digest)
            .bind(at.now)
            .bind(json(&(sum.created, sum.updated, sum.unchanged))?)
            .execute(&mut *db)
            .await?;
    }
    Ok(Imported::Now(sum))
}

/// Whether a plan sets one of these targets.
async fn is_planned(db: &mut SqliteConnection, records: &[Upsert]) -> Result<bool, StorageError> {
    let targets = records.iter().filter(|upsert| upsert.rec.kind == Kind::Target);
    let ids: Vec<&str> = targets.map(|upsert| upsert.rec.id.as_str()).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM json_each(?) AS named CROSS JOIN record AS r
         ON r.kind = 'target' AND r.id = named.value
         WHERE r.deleted = 0 AND r.v->>'plan' IS NOT NULL",
    )
    .bind(json(&ids)?)
    .fetch_one(&mut *db)
    .await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}
