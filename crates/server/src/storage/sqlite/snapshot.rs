//! Snapshots: built from one consistent read, apart from the writer; put into effect by one short transaction.

use super::feed::save_set;
use super::{SqliteStorage, db_int, from_db, json, record_ref};
use crate::access::{Actor, scope};
use crate::snapshot::{Cutter, Offer, Open, SnapshotPlan};
use crate::storage::{Cursor, CursorGroup, Rebuilt, StorageError};
use aisle_protocol::snapshot::SegmentRef;
use aisle_protocol::sync::Bucket;
use futures_util::TryStreamExt;
use sqlx::{Row, SqliteConnection};

/// Builds the snapshot anew where it is due. Readers and the writer go on meanwhile.
pub(super) async fn rebuild(
    store: &SqliteStorage,
    plan: SnapshotPlan,
    now: i64,
) -> Result<Option<Rebuilt>, StorageError> {
    let mut tx = store.read.begin().await?;
    let Some((top, last)) = due(&mut tx, plan.every).await? else { return Ok(None) };
    // A bucket that records have only left shows nothing of it once departures are forgotten: then none stays as it was.
    let rows = sqlx::query(
        "SELECT DISTINCT bucket FROM placement WHERE rev > ?1
         UNION SELECT bucket FROM snapshot_segment WHERE ?1 = 0 AND unlisted IS NULL",
    )
    .bind(db_int(last))
    .fetch_all(&mut *tx)
    .await?;
    let mut lists = Vec::with_capacity(rows.len());
    for row in rows {
        let bucket = Bucket(row.try_get("bucket")?);
        let digests = cut(store, &mut tx, &bucket, plan, now).await?;
        lists.push((bucket, digests));
    }
    tx.rollback().await?;
    let segments = lists.iter().map(|(_, digests)| digests.len() as u64).sum();
    put_into_effect(store, top, &lists, plan, now).await?;
    Ok(Some(Rebuilt { rev: top, buckets: lists.len() as u64, segments }))
}

/// The newest revision and that of the snapshot in effect, if a new one is due; 0 before the first, and where departures since
/// then may have been forgotten.
async fn due(db: &mut SqliteConnection, every: u64) -> Result<Option<(u64, u64)>, StorageError> {
    let row = sqlx::query("SELECT store.rev, store.horizon, snapshot.rev AS last FROM store LEFT JOIN snapshot")
        .fetch_one(db)
        .await?;
    let (top, horizon) = (from_db(row.try_get("rev")?), from_db(row.try_get("horizon")?));
    let last = row.try_get::<Option<i64>, _>("last")?.map(from_db);
    let due = match last {
        None => top > 0,
        Some(last) => last < horizon || top - last.min(top) >= every.max(1),
    };
    Ok(due.then_some((top, last.filter(|last| *last >= horizon).unwrap_or(0))))
}

/// Cuts a bucket into segments and keeps those that are new, not yet listed. Returns their digests in order.
async fn cut(
    store: &SqliteStorage,
    db: &mut SqliteConnection,
    bucket: &Bucket,
    plan: SnapshotPlan,
    now: i64,
) -> Result<Vec<String>, StorageError> {
    let mut rows = sqlx::query(
        "SELECT p.kind, p.id, p.rev, r.v FROM placement AS p JOIN record AS r ON r.kind = p.kind AND r.id = p.id
         WHERE p.bucket = ? AND p.gone = 0 AND r.deleted = 0 ORDER BY p.rev",
    )
    .bind(&bucket.0)
    .fetch(db);
    let mut cutter = Cutter::new(bucket.clone(), plan);
    let mut digests = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let rec = record_ref(&row)?;
        if let Some(open) = cutter.add(&rec, from_db(row.try_get("rev")?), row.try_get("v")?)? {
            digests.push(keep(store, bucket, open, now).await?);
        }
    }
    if let Some(open) = cutter.end() {
        digests.push(keep(store, bucket, open, now).await?);
    }
    Ok(digests)
}

/// Keeps a segment, unlisted as of now. One that is there already stays as it is, or stays longer.
async fn keep(store: &SqliteStorage, bucket: &Bucket, open: Open, now: i64) -> Result<String, StorageError> {
    let failed = |why: &dyn std::fmt::Display| StorageError::Failed(why.to_string());
    let sealed = tokio::task::spawn_blocking(move || open.seal()).await.map_err(|e| failed(&e))?;
    let sealed = sealed.map_err(|e| failed(&e))?;
    sqlx::query(
        "INSERT INTO snapshot_segment (digest, bucket, place, rev, records, bytes, gz, unlisted)
         VALUES (?, ?, 0, ?, ?, ?, ?, ?)
         ON CONFLICT (digest) DO UPDATE SET unlisted = excluded.unlisted WHERE unlisted IS NOT NULL",
    )
    .bind(&sealed.digest)
    .bind(&bucket.0)
    .bind(db_int(sealed.rev))
    .bind(db_int(sealed.records))
    .bind(db_int(sealed.bytes))
    .bind(sealed.gz)
    .bind(now)
    .execute(&store.write)
    .await?;
    Ok(sealed.digest)
}

/// Lists the new segments instead of the old. A snapshot that another process has put into effect meanwhile stays if it
/// is newer.
async fn put_into_effect(
    store: &SqliteStorage,
    rev: u64,
    lists: &[(Bucket, Vec<String>)],
    plan: SnapshotPlan,
    now: i64,
) -> Result<(), StorageError> {
    let mut tx = store.begin().await?;
    let last = sqlx::query("SELECT rev FROM snapshot").fetch_optional(&mut *tx).await?;
    if last.map(|row| row.try_get::<i64, _>("rev")).transpose()?.is_some_and(|last| from_db(last) > rev) {
        return Ok(());
    }
    for (bucket, digests) in lists {
        sqlx::query("UPDATE snapshot_segment SET unlisted = ? WHERE bucket = ? AND unlisted IS NULL")
            .bind(now)
            .bind(&bucket.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE snapshot_segment SET unlisted = NULL, place = new.key
             FROM (SELECT key, value FROM json_each(?)) AS new WHERE digest = new.value",
        )
        .bind(json(digests)?)
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query("DELETE FROM snapshot_segment WHERE unlisted < ?").bind(now - plan.keep_ms).execute(&mut *tx).await?;
    sqlx::query(
        "INSERT INTO snapshot (one, rev, built) VALUES (1, ?, ?)
         ON CONFLICT (one) DO UPDATE SET rev = excluded.rev, built = excluded.built",
    )
    .bind(db_int(rev))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

/// What the snapshot holds for a person. `None` before the first was built, or when it shows departures no longer.
pub(super) async fn offer(store: &SqliteStorage, actor: &Actor) -> Result<Option<Offer>, StorageError> {
    let buckets = scope(actor);
    let mut tx = store.read.begin().await?;
    let row = sqlx::query("SELECT store.id, snapshot.rev FROM snapshot, store WHERE snapshot.rev >= store.horizon")
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (id, rev): (String, u64) = (row.try_get("id")?, from_db(row.try_get("rev")?));
    let rows = sqlx::query(
        "SELECT bucket, rev, records, bytes, digest FROM snapshot_segment
         WHERE unlisted IS NULL AND bucket IN (SELECT value FROM json_each(?)) ORDER BY bucket, place",
    )
    .bind(json(&buckets)?)
    .fetch_all(&mut *tx)
    .await?;
    tx.rollback().await?;
    let mut segments = Vec::with_capacity(rows.len());
    for row in rows {
        segments.push(SegmentRef {
            b: Bucket(row.try_get("bucket")?),
            rev: from_db(row.try_get("rev")?),
            records: from_db(row.try_get("records")?),
            bytes: from_db(row.try_get("bytes")?),
            sha256: row.try_get("digest")?,
        });
    }
    let h = save_set(store, &buckets).await?;
    let cursor = Cursor { s: id, g: vec![CursorGroup { h, r: rev, q: 0 }] };
    Ok(Some(Offer { rev, cursor, segments }))
}

/// A segment's gzipped bytes, if its bucket is in the person's scope.
pub(super) async fn segment(
    store: &SqliteStorage,
    actor: &Actor,
    digest: &str,
) -> Result<Option<Vec<u8>>, StorageError> {
    let row = sqlx::query("SELECT bucket, gz FROM snapshot_segment WHERE digest = ?")
        .bind(digest)
        .fetch_optional(&store.read)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let may = scope(actor).contains(&Bucket(row.try_get("bucket")?));
    Ok(if may { Some(row.try_get("gz")?) } else { None })
}
