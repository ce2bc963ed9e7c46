//! Deletions for everybody, and forgetting them and departures once every device may be expected to know.

use super::writer::append_audit;
use super::{from_db, record_ref};
use crate::storage::audit::Entry;
use crate::storage::{Compacted, Deleted, StorageError, Undeletable};
use aisle_protocol::record::{Kind, RecordRef};
use sqlx::{Row, SqliteConnection};

/// Deletes one record where that is possible; its buckets tell everybody who had it.
pub(super) async fn delete(db: &mut SqliteConnection, rec: &RecordRef, entry: Entry) -> Result<Deleted, StorageError> {
    let there = sqlx::query("SELECT 1 FROM record WHERE kind = ? AND id = ? AND deleted = 0")
        .bind(rec.kind.as_str())
        .bind(&rec.id)
        .fetch_optional(&mut *db)
        .await?;
    if there.is_none() {
        return Ok(Deleted::No(Undeletable::Unknown));
    }
    let mut doomed = vec![rec.clone()];
    match rec.kind {
        Kind::Target | Kind::MustSell | Kind::Template => {}
        Kind::Product if !has_facts(db, "product", &rec.id).await? => {}
        Kind::Shop if !has_facts(db, "shop", &rec.id).await? => {
            for row in sqlx::query("SELECT kind, id FROM record WHERE shop = ? AND kind <> 'shop' AND deleted = 0")
                .bind(&rec.id)
                .fetch_all(&mut *db)
                .await?
            {
                let of_shop = record_ref(&row)?;
                if !matches!(of_shop.kind, Kind::Target | Kind::Facts) {
                    return Ok(Deleted::No(Undeletable::InUse));
                }
                doomed.push(of_shop);
            }
        }
        Kind::Territory if !is_lived_in(db, &rec.id).await? => {}
        Kind::Product | Kind::Shop | Kind::Territory => return Ok(Deleted::No(Undeletable::InUse)),
        _ => return Ok(Deleted::No(Undeletable::Kind)),
    }
    let mut rev: i64 = sqlx::query("SELECT rev FROM store").fetch_one(&mut *db).await?.try_get("rev")?;
    for rec in &doomed {
        rev += 1;
        sqlx::query("UPDATE record SET deleted = 1, rev = ? WHERE kind = ? AND id = ?")
            .bind(rev)
            .bind(rec.kind.as_str())
            .bind(&rec.id)
            .execute(&mut *db)
            .await?;
        sqlx::query("UPDATE placement SET gone = 2, rev = ? WHERE kind = ? AND id = ? AND gone = 0")
            .bind(rev)
            .bind(rec.kind.as_str())
            .bind(&rec.id)
            .execute(&mut *db)
            .await?;
    }
    sqlx::query("UPDATE store SET rev = ?").bind(rev).execute(&mut *db).await?;
    append_audit(db, vec![entry]).await?;
    Ok(Deleted::Yes(doomed.len() as u64))
}

/// Whether a territory holds others, a shop, or a person's account.
async fn is_lived_in(db: &mut SqliteConnection, id: &str) -> Result<bool, StorageError> {
    let sql = "SELECT 1 FROM record WHERE deleted = 0
                   AND (kind = 'territory' AND v->>'parent' = ?1 OR kind = 'shop' AND v->>'territory' = ?1)
               UNION ALL SELECT 1 FROM person WHERE territory = ?1 LIMIT 1";
    Ok(sqlx::query(sql).bind(id).fetch_optional(db).await?.is_some())
}

async fn has_facts(db: &mut SqliteConnection, column: &'static str, id: &str) -> Result<bool, StorageError> {
    let sql = match column {
        "product" => "SELECT 1 FROM fact WHERE product = ? LIMIT 1",
        _ => "SELECT 1 FROM fact WHERE shop = ? LIMIT 1",
    };
    Ok(sqlx::query(sql).bind(id).fetch_optional(db).await?.is_some())
}

/// Notes which revision is the newest now, and forgets departures and deletions that are older than `before`.
pub(super) async fn compact(db: &mut SqliteConnection, now: i64, before: i64) -> Result<Compacted, StorageError> {
    sqlx::query(
        "INSERT OR REPLACE INTO mark (at, rev)
         SELECT ?, rev FROM store WHERE rev > COALESCE((SELECT MAX(rev) FROM mark), 0)",
    )
    .bind(now)
    .execute(&mut *db)
    .await?;
    let old = sqlx::query("SELECT MAX(rev) AS rev FROM mark WHERE at <= ?").bind(before).fetch_one(&mut *db).await?;
    let Some(old) = old.try_get::<Option<i64>, _>("rev")? else { return Ok(Compacted::default()) };
    let row = sqlx::query("SELECT COUNT(*) AS n, MAX(rev) AS rev FROM placement WHERE gone <> 0 AND rev <= ?")
        .bind(old)
        .fetch_one(&mut *db)
        .await?;
    let (forgotten, newest) = (from_db(row.try_get("n")?), row.try_get::<Option<i64>, _>("rev")?);
    // Cursors from before the newest of them have to start anew, others miss nothing.
    if let Some(newest) = newest {
        sqlx::query("UPDATE store SET horizon = ? WHERE horizon < ?")
            .bind(newest)
            .bind(newest)
            .execute(&mut *db)
            .await?;
        sqlx::query("DELETE FROM placement WHERE gone <> 0 AND rev <= ?").bind(old).execute(&mut *db).await?;
        sqlx::query("DELETE FROM record WHERE deleted = 1 AND rev <= ?").bind(old).execute(&mut *db).await?;
    }
    sqlx::query("DELETE FROM mark WHERE rev < ?").bind(old).execute(&mut *db).await?;
    let horizon = sqlx::query("SELECT horizon FROM store").fetch_one(db).await?.try_get::<i64, _>("horizon")?;
    Ok(Compacted { forgotten, horizon: from_db(horizon) })
}
