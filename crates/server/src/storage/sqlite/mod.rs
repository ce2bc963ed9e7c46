//! SQLite behind the storage port: WAL, `synchronous=FULL`, one writer, many readers.
//!
//! One connection writes, under `BEGIN IMMEDIATE`, so revisions become visible in the order they are given out. Bulk
//! writes are few statements, however many rows: values are bound (`rows.rs`), lists of keys and lines of actuals travel as one JSON
//! parameter that `json_each` spreads.

mod accounts;
mod actuals;
mod blobs;
mod feed;
mod imports;
mod log;
mod plans;
mod push;
mod reference;
mod rows;
mod snapshot;
#[cfg(test)]
mod tests;
mod tombstones;
mod visits;
mod writer;

use crate::access::{Actor, Facts, ShopFacts};
use crate::apply::Stored;
use crate::snapshot::{Offer, SnapshotPlan};
use crate::storage::audit::{Entry, Head, Link, Walk};
use crate::storage::{
    Account, ActualBatch, BlobRow, Bulk, CategoryDay, Compacted, Cursor, Deleted, ImportKey, Imported, Moment,
    OpenSession, PhotoRecord, ProductDay, PullOutcome, PushOutcome, Rebuilt, SCHEMA_STEPS, SchemaStep, SessionLimits,
    SessionRow, Storage, StorageError, Upsert, Upserted,
};
use aisle_domain::PersonId;
use aisle_protocol::mutation::{DeviceId, Mutation};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{PushRequest, PushResult};
use async_trait::async_trait;
use chrono::{Datelike, NaiveDate};
use futures_util::TryStreamExt;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Row, SqliteConnection, SqlitePool};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another process to finish.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// Connections that read.
const READERS: u32 = 6;

/// A store in one SQLite file.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    write: SqlitePool,
    read: SqlitePool,
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) if matches!(db.code().as_deref(), Some("5" | "6" | "261" | "517")) => Self::Busy,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// The schema steps as sqlx wants them.
#[derive(Debug)]
struct Steps(&'static [SchemaStep]);

impl MigrationSource<'static> for Steps {
    fn resolve(self) -> futures_util::future::BoxFuture<'static, Result<Vec<Migration>, sqlx::error::BoxDynError>> {
        Box::pin(async {
            let step = |s: &SchemaStep| {
                let kind = MigrationType::Simple;
                Migration::new(s.version, Cow::Borrowed(s.name), kind, Cow::Borrowed(s.sql), false)
            };
            Ok(self.0.iter().map(step).collect())
        })
    }
}

impl SqliteStorage {
    /// Opens the store in this file, makes it when there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or is no store of this program.
    pub async fn open(file: &Path) -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", "-32000")
            .pragma("temp_store", "memory")
            // Statements carry people's answers; none is ever logged.
            .disable_statement_logging();
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        migrate(&write, SCHEMA_STEPS).await?;
        let read = SqlitePoolOptions::new().max_connections(READERS).connect_with(options.read_only(true)).await?;
        let id = uuid::Uuid::new_v4().to_string();
        sqlx::query("INSERT OR IGNORE INTO store (one, id, rev) VALUES (1, ?, 0)").bind(id).execute(&write).await?;
        Ok(Self { write, read })
    }

    /// A transaction that may write.
    async fn begin(&self) -> Result<sqlx::Transaction<'_, sqlx::Sqlite>, StorageError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Brings the schema up to the last of these steps, all at once: sqlx takes no lock of its own on SQLite, and a server and
/// a command may well start at the same moment after an update.
async fn migrate(db: &SqlitePool, steps: &'static [SchemaStep]) -> Result<(), StorageError> {
    let migrator = Migrator::new(Steps(steps)).await.map_err(|e| StorageError::Failed(e.to_string()))?;
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    // `run` on a connection is not general enough for a future that moves between threads; sqlx keeps this one for that.
    migrator.run_direct(&mut *tx).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StorageError::Failed(format!(
            "the data folder was written by a newer aisle-server (schema {version}); this one knows up to {}",
            steps.last().map_or(0, |step| step.version)
        )),
        MigrateError::VersionMismatch(version) => {
            StorageError::Failed(format!("schema {version} of the data folder is another one than this program's"))
        }
        other => StorageError::Failed(other.to_string()),
    })?;
    Ok(tx.commit().await?)
}

/// Text of a JSON value that always serialises: plain data with string keys.
fn json<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|e| StorageError::Failed(e.to_string()))
}

fn parse_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StorageError> {
    serde_json::from_str(text).map_err(|e| StorageError::Corrupt(e.to_string()))
}

/// Counters are non-negative and far below 2⁶³.
fn db_int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn from_db(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

fn day_number(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

fn day_from(number: i64) -> Result<NaiveDate, StorageError> {
    let day = i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    day.ok_or_else(|| StorageError::Corrupt(format!("day {number}")))
}

/// A record as stored.
async fn load_record(db: &mut SqliteConnection, rec: &RecordRef) -> Result<Option<Stored>, StorageError> {
    let row = sqlx::query(
        "SELECT rev, v, shop, owner, by_auditor, field_revs FROM record WHERE kind = ? AND id = ? AND deleted = 0",
    )
    .bind(rec.kind.as_str())
    .bind(&rec.id)
    .fetch_optional(db)
    .await?;
    row.map(|row| stored(&row)).transpose()
}

/// Those of these records that there are.
async fn load_records(db: &mut SqliteConnection, recs: &[RecordRef]) -> Result<Vec<(RecordRef, Stored)>, StorageError> {
    let names: Vec<(&str, &str)> = recs.iter().map(|rec| (rec.kind.as_str(), rec.id.as_str())).collect();
    let rows = sqlx::query(
        "SELECT r.kind, r.id, r.rev, r.v, r.shop, r.owner, r.by_auditor, r.field_revs FROM json_each(?) AS j
         CROSS JOIN record AS r ON r.kind = j.value->>0 AND r.id = j.value->>1 WHERE r.deleted = 0",
    )
    .bind(json(&names)?)
    .fetch_all(db)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let rec = record_ref(&row)?;
        found.push((rec, stored(&row)?));
    }
    Ok(found)
}

/// Which record a row is about.
fn record_ref(row: &SqliteRow) -> Result<RecordRef, StorageError> {
    Ok(RecordRef::new(Kind::from(row.try_get::<String, _>("kind")?), row.try_get::<String, _>("id")?))
}

fn stored(row: &SqliteRow) -> Result<Stored, StorageError> {
    Ok(Stored {
        rev: from_db(row.try_get("rev")?),
        fields: parse_json(row.try_get("v")?)?,
        shop: row.try_get::<Option<String>, _>("shop")?.map(Into::into),
        owner: row.try_get::<Option<String>, _>("owner")?.map(Into::into),
        by_auditor: row.try_get("by_auditor")?,
        field_revs: parse_json(row.try_get("field_revs")?)?,
    })
}

/// What authorisation needs to know of a shop.
fn shop_facts(fields: &Fields) -> Result<ShopFacts, StorageError> {
    #[derive(serde::Deserialize)]
    struct View {
        territory: aisle_domain::TerritoryId,
        #[serde(default)]
        assigned: Vec<aisle_domain::org::Assignment>,
    }
    let view: View = serde_json::from_value(serde_json::Value::Object(fields.clone()))
        .map_err(|e| StorageError::Corrupt(format!("shop: {e}")))?;
    Ok(ShopFacts { territory: view.territory, assigned: view.assigned })
}

fn facts_of<'a>(kind: &'a Kind, stored: &'a Stored, shop: Option<&'a ShopFacts>) -> Facts<'a> {
    Facts { kind, shop, owner: stored.owner.as_ref(), by_auditor: stored.by_auditor }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    async fn check(&self) -> Result<(), StorageError> {
        sqlx::query("SELECT rev FROM store").fetch_one(&self.read).await?;
        Ok(())
    }

    async fn account(&self, login: &str) -> Result<Option<Account>, StorageError> {
        accounts::by_login(&self.read, login).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StorageError> {
        accounts::all(&self.read).await
    }

    async fn open_session(&self, token_hash: &str, person: &PersonId, now: i64) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        accounts::open_session(&mut tx, token_hash, person, now).await?;
        Ok(tx.commit().await?)
    }

    async fn session(
        &self,
        token_hash: &str,
        limits: SessionLimits,
        now: i64,
    ) -> Result<Option<OpenSession>, StorageError> {
        accounts::session(&self.read, &self.write, token_hash, limits, now).await
    }

    async fn sessions(
        &self,
        person: Option<&PersonId>,
        limits: SessionLimits,
        now: i64,
    ) -> Result<Vec<SessionRow>, StorageError> {
        accounts::sessions(&self.read, person, limits, now).await
    }

    async fn revoke_sessions(&self, person: &PersonId, name: Option<&str>, entry: Entry) -> Result<u64, StorageError> {
        let mut tx = self.begin().await?;
        let ended = accounts::revoke_sessions(&mut tx, person, name, entry).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn end_session(&self, token_hash: &str, now: i64) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        accounts::end_session(&mut tx, token_hash, now).await?;
        Ok(tx.commit().await?)
    }

    async fn push(&self, actor: &Actor, request: &PushRequest, at: Moment) -> Result<PushOutcome, StorageError> {
        let mut tx = self.begin().await?;
        let outcome = push::push(&mut tx, actor, request, at).await?;
        // Only a push that was taken has anything to keep.
        if matches!(outcome, PushOutcome::Taken { .. }) {
            tx.commit().await?;
        }
        Ok(outcome)
    }

    async fn author(&self, person: &PersonId) -> Result<Option<Actor>, StorageError> {
        accounts::author(&self.read, person).await
    }

    async fn hand_in(
        &self,
        author: &Actor,
        by: &str,
        device: &DeviceId,
        muts: &[Mutation],
        at: Moment,
    ) -> Result<Vec<PushResult>, StorageError> {
        let mut tx = self.begin().await?;
        let results = push::hand_in(&mut tx, author, by, device, muts, at).await?;
        tx.commit().await?;
        Ok(results)
    }

    async fn pull(
        &self,
        actor: &Actor,
        device: Option<&DeviceId>,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<PullOutcome, StorageError> {
        feed::pull(self, actor, device, cursor, limit).await
    }

    async fn actor(&self, person: &PersonId) -> Result<Option<Actor>, StorageError> {
        accounts::actor(&self.read, person).await
    }

    async fn rebuild_snapshot(&self, plan: SnapshotPlan, now: i64) -> Result<Option<Rebuilt>, StorageError> {
        snapshot::rebuild(self, plan, now).await
    }

    async fn snapshot(&self, actor: &Actor) -> Result<Option<Offer>, StorageError> {
        snapshot::offer(self, actor).await
    }

    async fn snapshot_segment(&self, actor: &Actor, digest: &str) -> Result<Option<Vec<u8>>, StorageError> {
        snapshot::segment(self, actor, digest).await
    }

    async fn delete(&self, rec: &RecordRef, entry: Entry) -> Result<Deleted, StorageError> {
        let mut tx = self.begin().await?;
        let deleted = tombstones::delete(&mut tx, rec, entry).await?;
        tx.commit().await?;
        Ok(deleted)
    }

    async fn compact(&self, now: i64, before: i64) -> Result<Compacted, StorageError> {
        let mut tx = self.begin().await?;
        let compacted = tombstones::compact(&mut tx, now, before).await?;
        tx.commit().await?;
        Ok(compacted)
    }

    async fn photo(&self, id: &str) -> Result<Option<PhotoRecord>, StorageError> {
        blobs::photo(&self.read, id).await
    }

    async fn blob(&self, id: &str) -> Result<Option<BlobRow>, StorageError> {
        blobs::blob(&self.read, id).await
    }

    async fn begin_blob(&self, blob: &BlobRow) -> Result<(), StorageError> {
        blobs::begin(&self.write, blob).await
    }

    async fn publish_blob(&self, id: &str, now: i64) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        blobs::publish(&mut tx, id, now).await?;
        Ok(tx.commit().await?)
    }

    async fn drop_blob(&self, id: &str) -> Result<(), StorageError> {
        blobs::drop(&self.write, id).await
    }

    async fn stale_blobs(&self, before: i64) -> Result<Vec<String>, StorageError> {
        blobs::stale(&self.read, before).await
    }

    async fn record(&self, rec: &RecordRef) -> Result<Option<Fields>, StorageError> {
        let mut db = self.read.acquire().await?;
        Ok(load_record(&mut db, rec).await?.map(|stored| stored.fields))
    }

    async fn records(&self, kind: &Kind) -> Result<BTreeMap<String, Fields>, StorageError> {
        let mut rows = sqlx::query("SELECT id, v FROM record WHERE kind = ? AND deleted = 0")
            .bind(kind.as_str().to_owned())
            .fetch(&self.read);
        let mut records = BTreeMap::new();
        while let Some(row) = rows.try_next().await? {
            records.insert(row.try_get("id")?, parse_json(row.try_get("v")?)?);
        }
        Ok(records)
    }

    async fn upsert(&self, batch: &[Upsert], at: Moment, entry: Option<Entry>) -> Result<Upserted, StorageError> {
        let mut tx = self.begin().await?;
        let upserted = reference::upsert(&mut tx, batch, at, entry).await?;
        tx.commit().await?;
        Ok(upserted)
    }

    async fn upsert_people(&self, people: &[Account], at: Moment, entry: Entry) -> Result<Upserted, StorageError> {
        let mut tx = self.begin().await?;
        let upserted = reference::upsert_people(&mut tx, people, at, entry).await?;
        tx.commit().await?;
        Ok(upserted)
    }

    async fn replace_actuals(&self, batch: &ActualBatch, at: Moment, entry: Entry) -> Result<Upserted, StorageError> {
        let mut tx = self.begin().await?;
        let upserted = actuals::replace(&mut tx, batch, at, entry).await?;
        tx.commit().await?;
        Ok(upserted)
    }

    async fn import(
        &self,
        parts: &[(Bulk, Entry)],
        key: Option<&ImportKey>,
        dry: bool,
        at: Moment,
    ) -> Result<Imported, StorageError> {
        let mut tx = self.begin().await?;
        let imported = imports::import(&mut tx, parts, key, at).await?;
        if !dry && matches!(imported, Imported::Now(_)) {
            tx.commit().await?;
        }
        Ok(imported)
    }

    async fn imported(&self, key: &ImportKey) -> Result<Option<Imported>, StorageError> {
        let mut db = self.read.acquire().await?;
        imports::before(&mut db, key).await
    }

    async fn rebuild_facts(&self, at: Moment) -> Result<Upserted, StorageError> {
        let mut tx = self.begin().await?;
        let upserted = actuals::rebuild_all(&mut tx, at).await?;
        tx.commit().await?;
        Ok(upserted)
    }

    async fn category_days(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<CategoryDay>, StorageError> {
        let mut db = self.read.acquire().await?;
        actuals::category_days(&mut db, None, first, last).await
    }

    async fn product_days(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<ProductDay>, StorageError> {
        let mut db = self.read.acquire().await?;
        actuals::product_days(&mut db, first, last).await
    }

    async fn actual_days(&self) -> Result<Option<(NaiveDate, NaiveDate)>, StorageError> {
        let mut db = self.read.acquire().await?;
        actuals::days(&mut db).await
    }

    async fn settle_assignments(&self, at: Moment) -> Result<u64, StorageError> {
        let mut tx = self.begin().await?;
        let moved = reference::settle_assignments(&mut tx, at).await?;
        tx.commit().await?;
        Ok(moved)
    }

    async fn audit(&self, entry: Entry) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        writer::append_audit(&mut tx, vec![entry]).await?;
        Ok(tx.commit().await?)
    }

    async fn verify_audit(&self, kept: Option<&Head>) -> Result<Result<Head, String>, StorageError> {
        let mut rows = sqlx::query("SELECT * FROM audit ORDER BY seq").fetch(&self.read);
        let mut walk = Walk::new(kept);
        while let Some(row) = rows.try_next().await? {
            let link = Link {
                seq: from_db(row.try_get("seq")?),
                at: row.try_get("at")?,
                actor: row.try_get("actor")?,
                action: row.try_get("action")?,
                subject: row.try_get("subject")?,
                detail: row.try_get("detail")?,
                prev_hash: row.try_get("prev_hash")?,
                hash: row.try_get("hash")?,
            };
            if let Err(why) = walk.step(link) {
                return Ok(Err(why));
            }
        }
        Ok(walk.end())
    }
}
