//! Reading the change feed: scope, purge, backfill and pages, all from one consistent read.

use super::{SqliteStorage, db_int, from_db, json, parse_json, record_ref};
use crate::access::{Actor, scope};
use crate::storage::{Cursor, CursorGroup, Page, PageChange, PageWhat, PullOutcome, StorageError};
use aisle_protocol::mutation::{DeviceId, hex};
use aisle_protocol::record::RecordRef;
use aisle_protocol::sync::Bucket;
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeSet;

/// A page is cut when its records exceed this many bytes.
const PAGE_BYTES_MAX: usize = 600_000;
/// Records fetched by one statement.
const CHUNK: usize = 40;

/// A group of buckets on its way through the feed.
struct Group {
    buckets: BTreeSet<Bucket>,
    rev: u64,
    quiet: u64,
}

/// A row of the feed before its record is fetched.
struct Entry {
    bucket: Bucket,
    rec: RecordRef,
    rev: u64,
    /// 0 it is there, 1 it left the bucket, 2 it was deleted for everybody.
    gone: i64,
}

pub(super) async fn pull(
    store: &SqliteStorage,
    actor: &Actor,
    device: Option<&DeviceId>,
    cursor: Option<&Cursor>,
    limit: u32,
) -> Result<PullOutcome, StorageError> {
    let wanted = scope(actor);
    let mut tx = store.read.begin().await?;
    let ack = match device {
        Some(device) => match acknowledged(&mut tx, actor, device).await? {
            Some(last_n) => last_n,
            None => return Ok(PullOutcome::NotYourDevice),
        },
        None => 0,
    };
    let row = sqlx::query("SELECT id, rev, horizon FROM store").fetch_one(&mut *tx).await?;
    let (id, top): (String, u64) = (row.try_get("id")?, from_db(row.try_get("rev")?));
    let horizon = from_db(row.try_get("horizon")?);
    // Departures between where it was read and the horizon may have been forgotten.
    let forgotten = |g: &CursorGroup| g.r.max(g.q) < horizon;
    if cursor.is_some_and(|cursor| cursor.s != id || cursor.g.iter().any(|g| g.r > top || forgotten(g))) {
        return Ok(PullOutcome::Reset);
    }
    let Some((mut groups, purge)) = groups(&mut tx, cursor, &wanted, top).await? else {
        return Ok(PullOutcome::Reset);
    };

    let mut changes = Vec::new();
    let mut bytes = 0;
    let mut full = false;
    for group in &mut groups {
        if !full {
            full = read(&mut tx, group, top, limit, &mut changes, &mut bytes).await?;
        }
    }
    let mut left = 0;
    for group in &groups {
        if group.rev < top {
            left += count(&mut tx, group, top).await?;
        }
    }
    tx.rollback().await?;

    merge_equal(&mut groups);
    let mut next = Cursor { s: id, g: Vec::new() };
    for group in &groups {
        let h = save_set(store, &group.buckets).await?;
        next.g.push(CursorGroup { h, r: group.rev, q: group.quiet });
    }
    Ok(PullOutcome::Page(Page { changes, purge, next, more: left > 0, ack, left }))
}

/// The device's last counter, 0 for one never seen; `None` when it belongs to somebody else.
async fn acknowledged(
    db: &mut SqliteConnection,
    actor: &Actor,
    device: &DeviceId,
) -> Result<Option<u64>, StorageError> {
    let row = sqlx::query("SELECT person, last_n FROM device WHERE id = ?").bind(&device.0).fetch_optional(db).await?;
    let Some(row) = row else { return Ok(Some(0)) };
    let own = row.try_get::<String, _>("person")? == actor.person.as_str();
    Ok(if own { Some(from_db(row.try_get("last_n")?)) } else { None })
}

/// The groups to read, those farthest behind first, and the buckets that left the scope. `None` for a cursor that
/// means nothing here.
async fn groups(
    db: &mut SqliteConnection,
    cursor: Option<&Cursor>,
    wanted: &BTreeSet<Bucket>,
    top: u64,
) -> Result<Option<(Vec<Group>, Vec<Bucket>)>, StorageError> {
    let mut groups = Vec::new();
    let mut purge = BTreeSet::new();
    let mut fresh = wanted.clone();
    if let Some(cursor) = cursor {
        for group in &cursor.g {
            let Some(had) = load_set(db, &group.h).await? else { return Ok(None) };
            let (kept, lost): (BTreeSet<_>, BTreeSet<_>) = had.into_iter().partition(|b| wanted.contains(b));
            purge.extend(lost);
            fresh.retain(|b| !kept.contains(b));
            groups.push(Group { buckets: kept, rev: group.r, quiet: group.q });
        }
    }
    groups.push(Group { buckets: fresh, rev: 0, quiet: top });
    groups.retain(|group| !group.buckets.is_empty());
    groups.sort_by_key(|group| group.rev);
    Ok(Some((groups, purge.into_iter().collect())))
}

/// Reads one group as far as the page has room. Returns whether the page is full.
async fn read(
    db: &mut SqliteConnection,
    group: &mut Group,
    top: u64,
    limit: u32,
    changes: &mut Vec<PageChange>,
    bytes: &mut usize,
) -> Result<bool, StorageError> {
    let room = (limit as usize).saturating_sub(changes.len());
    if room == 0 {
        return Ok(true);
    }
    let rows = sqlx::query(
        // A revision belongs to one record; where it left one bucket of the set and entered another, the entry counts.
        "SELECT rev, MIN(gone) AS gone, bucket, kind, id FROM placement
         WHERE bucket IN (SELECT value FROM json_each(?1)) AND rev > ?2 AND rev <= ?3 AND NOT (gone <> 0 AND rev <= ?4)
         GROUP BY rev ORDER BY rev LIMIT ?5",
    )
    .bind(json(&group.buckets)?)
    .bind(db_int(group.rev))
    .bind(db_int(top))
    .bind(db_int(group.quiet))
    .bind(i64::try_from(room).unwrap_or(i64::MAX))
    .fetch_all(&mut *db)
    .await?;
    let all_read = rows.len() < room;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.push(Entry {
            bucket: Bucket(row.try_get("bucket")?),
            rec: record_ref(&row)?,
            rev: from_db(row.try_get("rev")?),
            gone: row.try_get("gone")?,
        });
    }
    for chunk in entries.chunks(CHUNK) {
        let texts = texts(db, chunk).await?;
        for (entry, text) in chunk.iter().zip(texts) {
            let size = text.as_ref().map_or(0, String::len) + 100;
            if *bytes > 0 && *bytes + size > PAGE_BYTES_MAX {
                return Ok(true);
            }
            *bytes += size;
            group.rev = entry.rev;
            let what = match (entry.gone, text) {
                (1, _) => PageWhat::Gone,
                (0, Some(text)) => PageWhat::Is(entry.rev, text),
                _ => PageWhat::Deleted,
            };
            changes.push(PageChange { bucket: entry.bucket.clone(), rec: entry.rec.clone(), what });
        }
    }
    if all_read {
        group.rev = top;
    }
    Ok(!all_read)
}

/// The fields of these records as JSON text, in order; `None` for deleted ones.
async fn texts(db: &mut SqliteConnection, entries: &[Entry]) -> Result<Vec<Option<String>>, StorageError> {
    let names: Vec<_> = entries.iter().map(|e| (e.rec.kind.as_str(), &e.rec.id)).collect();
    let rows = sqlx::query(
        "SELECT r.v FROM json_each(?) AS j LEFT JOIN record AS r
         ON r.kind = j.value->>0 AND r.id = j.value->>1 AND r.deleted = 0 ORDER BY j.key",
    )
    .bind(json(&names)?)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| Ok(row.try_get("v")?)).collect()
}

async fn count(db: &mut SqliteConnection, group: &Group, top: u64) -> Result<u64, StorageError> {
    let row = sqlx::query(
        "SELECT COUNT(DISTINCT rev) AS n FROM placement
         WHERE bucket IN (SELECT value FROM json_each(?1)) AND rev > ?2 AND rev <= ?3 AND NOT (gone <> 0 AND rev <= ?4)",
    )
    .bind(json(&group.buckets)?)
    .bind(db_int(group.rev))
    .bind(db_int(top))
    .bind(db_int(group.quiet))
    .fetch_one(db)
    .await?;
    Ok(from_db(row.try_get("n")?))
}

/// Groups that have come equally far go on as one.
fn merge_equal(groups: &mut Vec<Group>) {
    groups.sort_by_key(|group| group.rev);
    let mut merged: Vec<Group> = Vec::new();
    for group in groups.drain(..) {
        match merged.last_mut() {
            // Departures up to here are behind both.
            Some(last) if last.rev == group.rev && last.quiet.max(group.quiet) <= group.rev => {
                last.buckets.extend(group.buckets);
                last.quiet = 0;
            }
            _ => merged.push(group),
        }
    }
    *groups = merged;
}

async fn load_set(db: &mut SqliteConnection, hash: &str) -> Result<Option<BTreeSet<Bucket>>, StorageError> {
    let row = sqlx::query("SELECT buckets FROM bucket_set WHERE hash = ?").bind(hash).fetch_optional(db).await?;
    row.map(|row| parse_json(row.try_get("buckets")?)).transpose()
}

/// Keeps a bucket set under its digest, so that cursors stay short. Written once for each set.
pub(super) async fn save_set(store: &SqliteStorage, buckets: &BTreeSet<Bucket>) -> Result<String, StorageError> {
    let text = json(buckets)?;
    let hash = hex(&Sha256::digest(text.as_bytes())[..12]);
    let known = sqlx::query("SELECT 1 FROM bucket_set WHERE hash = ?").bind(&hash).fetch_optional(&store.read).await?;
    if known.is_none() {
        sqlx::query("INSERT OR IGNORE INTO bucket_set (hash, buckets) VALUES (?, ?)")
            .bind(&hash)
            .bind(text)
            .execute(&store.write)
            .await?;
    }
    Ok(hash)
}
