//! Collects the changes of one transaction and writes them in a handful of statements.

use super::{db_int, facts_of, from_db, json, load_record, load_records, shop_facts};
use crate::access::{ShopFacts, buckets_of};
use crate::apply::Stored;
use crate::history;
use crate::plan::{Place, place_of};
use crate::storage::StorageError;
use crate::storage::audit::{Entry, Link};
use aisle_domain::ShopId;
use aisle_protocol::record::{Kind, RecordRef};
use chrono::NaiveDate;
use serde_json::json;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, HashMap};

/// Rows written by one statement.
const CHUNK: usize = 500;

/// The changes of one transaction. Reads see what was written before.
pub(super) struct Writer<'c> {
    db: &'c mut SqliteConnection,
    today: NaiveDate,
    rev: u64,
    known: HashMap<RecordRef, Option<Stored>>,
    shops: HashMap<ShopId, Option<ShopFacts>>,
    dirty: BTreeMap<u64, RecordRef>,
    /// What was deleted, as it was.
    deleted: HashMap<RecordRef, Stored>,
    audit: Vec<Entry>,
}

impl<'c> Writer<'c> {
    /// Begins where the store stands.
    pub(super) async fn begin(db: &'c mut SqliteConnection, today: NaiveDate) -> Result<Self, StorageError> {
        let rev = sqlx::query("SELECT rev FROM store").fetch_one(&mut *db).await?.try_get("rev")?;
        let (known, shops, deleted) = (HashMap::new(), HashMap::new(), HashMap::new());
        Ok(Self { db, today, rev: from_db(rev), known, shops, dirty: BTreeMap::new(), deleted, audit: Vec::new() })
    }

    /// The connection, for statements of the operation's own.
    pub(super) fn db(&mut self) -> &mut SqliteConnection {
        self.db
    }

    /// A record as it is now.
    pub(super) async fn record(&mut self, rec: &RecordRef) -> Result<Option<&Stored>, StorageError> {
        if !self.known.contains_key(rec) {
            let stored = load_record(self.db, rec).await?;
            self.known.insert(rec.clone(), stored);
        }
        Ok(self.known.get(rec).and_then(Option::as_ref))
    }

    /// Reads many records in one statement, for [`Self::record`] to find them.
    pub(super) async fn look_up(&mut self, recs: impl IntoIterator<Item = RecordRef>) -> Result<(), StorageError> {
        let wanted: Vec<RecordRef> = recs.into_iter().filter(|rec| !self.known.contains_key(rec)).collect();
        let found = load_records(self.db, &wanted).await?;
        self.known.extend(wanted.into_iter().map(|rec| (rec, None)));
        self.known.extend(found.into_iter().map(|(rec, stored)| (rec, Some(stored))));
        Ok(())
    }

    /// What authorisation needs to know of a shop.
    pub(super) async fn shop(&mut self, id: &ShopId) -> Result<Option<&ShopFacts>, StorageError> {
        if !self.shops.contains_key(id) {
            let rec = RecordRef::new(Kind::Shop, id.as_str());
            let facts = self.record(&rec).await?.map(|stored| shop_facts(&stored.fields)).transpose()?;
            self.shops.insert(id.clone(), facts);
        }
        Ok(self.shops.get(id).and_then(Option::as_ref))
    }

    /// Writes a record; gives it the next revision.
    pub(super) fn write(&mut self, rec: RecordRef, mut stored: Stored) -> u64 {
        self.rev += 1;
        stored.rev = self.rev;
        for field in stored.field_revs.values_mut() {
            if field.rev == 0 {
                field.rev = self.rev;
            }
        }
        if let Some(before) = self.known.get(&rec).and_then(Option::as_ref) {
            self.dirty.remove(&before.rev);
        }
        if rec.kind == Kind::Shop {
            self.shops.remove(&ShopId::from(rec.id.as_str()));
        }
        self.deleted.remove(&rec);
        self.dirty.insert(self.rev, rec.clone());
        self.known.insert(rec, Some(stored));
        self.rev
    }

    /// Records of a kind that this transaction has written so far, with what they are now.
    pub(super) fn written(&self, kind: &Kind) -> impl Iterator<Item = &RecordRef> {
        self.dirty.values().filter(move |rec| rec.kind == *kind)
    }

    /// Deletes a record for everybody who has it.
    pub(super) async fn delete(&mut self, rec: &RecordRef) -> Result<(), StorageError> {
        if let Some(stored) = self.record(rec).await?.cloned() {
            self.write(rec.clone(), stored.clone());
            self.known.insert(rec.clone(), None);
            self.deleted.insert(rec.clone(), stored);
        }
        Ok(())
    }

    /// Adds an audit entry.
    pub(super) fn audit(&mut self, entry: Entry) {
        self.audit.push(entry);
    }

    /// Writes a new revision of everything that belongs to the shop, so that it follows the shop into other buckets.
    pub(super) async fn move_records_of(&mut self, shop: &ShopId) -> Result<(), StorageError> {
        let rows = sqlx::query("SELECT kind, id FROM record WHERE shop = ? AND kind <> 'shop' ORDER BY rev")
            .bind(shop.as_str())
            .fetch_all(&mut *self.db)
            .await?;
        let mut recs = Vec::with_capacity(rows.len());
        for row in rows {
            recs.push(RecordRef::new(Kind::from(row.try_get::<String, _>("kind")?), row.try_get::<String, _>("id")?));
        }
        self.look_up(recs.iter().cloned()).await?;
        for rec in recs {
            if let Some(stored) = self.record(&rec).await?.cloned() {
                self.write(rec, stored);
            }
        }
        Ok(())
    }

    /// Writes everything that was collected. The transaction is still to be committed.
    pub(super) async fn finish(mut self) -> Result<(), StorageError> {
        self.flush().await?;
        append_audit(self.db, self.audit).await
    }

    /// Writes the records collected so far, so that statements of the operation's own see them.
    pub(super) async fn flush(&mut self) -> Result<(), StorageError> {
        let dirty = std::mem::take(&mut self.dirty);
        let mut records = Vec::new();
        let mut placements = Vec::new();
        for (rev, rec) in dirty {
            let gone = self.deleted.contains_key(&rec);
            let stored = match self.known.get(&rec) {
                Some(Some(stored)) => stored,
                _ => match self.deleted.get(&rec) {
                    Some(stored) => stored,
                    None => continue,
                },
            };
            let shop_id = stored.shop.clone();
            let territory = place_of(&rec.kind, &stored.fields).and_then(|place| match place {
                Place::Territory(id) => Some(ShopFacts::territory(id)),
                Place::Shop(_) => None,
            });
            if let Some(id) = &shop_id {
                self.shop(id).await?;
            }
            let shop = shop_id.as_ref().and_then(|id| self.shops.get(id)).and_then(Option::as_ref);
            let shop = shop.or(territory.as_ref());
            let known = self.known.get(&rec).and_then(Option::as_ref);
            let Some(stored) = known.or_else(|| self.deleted.get(&rec)) else { continue };
            let kind = history::scope_kind(&rec, &stored.fields);
            for bucket in buckets_of(&facts_of(&kind, stored, shop), self.today) {
                placements.push(json!({"b": bucket.0, "k": rec.kind.as_str(), "i": rec.id, "r": rev, "g": if gone { 2 } else { 0 }}));
            }
            records.push(json!({
                "k": rec.kind.as_str(),
                "i": rec.id,
                "r": rev,
                "v": json(&stored.fields)?,
                "s": stored.shop,
                "o": stored.owner,
                "a": stored.by_auditor,
                "f": json(&stored.field_revs)?,
                "d": u8::from(gone),
            }));
        }
        for chunk in records.chunks(CHUNK) {
            put_records(self.db, &json(&chunk)?).await?;
        }
        for chunk in placements.chunks(CHUNK * 2) {
            put_placements(self.db, &json(&chunk)?).await?;
        }
        sqlx::query("UPDATE store SET rev = ?").bind(db_int(self.rev)).execute(&mut *self.db).await?;
        Ok(())
    }
}

async fn put_records(db: &mut SqliteConnection, rows: &str) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO record (kind, id, rev, v, deleted, shop, owner, by_auditor, field_revs)
         SELECT value->>'k', value->>'i', value->>'r', value->>'v', value->>'d', value->>'s', value->>'o', value->>'a', value->>'f'
         FROM json_each(?) WHERE true
         ON CONFLICT (kind, id) DO UPDATE SET rev = excluded.rev, v = excluded.v, deleted = excluded.deleted, shop = excluded.shop,
             owner = excluded.owner, by_auditor = excluded.by_auditor, field_revs = excluded.field_revs",
    )
    .bind(rows)
    .execute(&mut *db)
    .await?;
    // A record leaves every bucket and then enters those it is in now: what it does not enter, it has left.
    sqlx::query(
        "UPDATE placement SET gone = 1, rev = new.rev
         FROM (SELECT value->>'k' AS kind, value->>'i' AS id, value->>'r' AS rev FROM json_each(?)) AS new
         WHERE placement.kind = new.kind AND placement.id = new.id AND placement.gone = 0",
    )
    .bind(rows)
    .execute(db)
    .await?;
    Ok(())
}

async fn put_placements(db: &mut SqliteConnection, rows: &str) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO placement (kind, id, bucket, rev, gone)
         SELECT value->>'k', value->>'i', value->>'b', value->>'r', value->>'g' FROM json_each(?) WHERE true
         ON CONFLICT (kind, id, bucket) DO UPDATE SET rev = excluded.rev, gone = excluded.gone",
    )
    .bind(rows)
    .execute(db)
    .await?;
    Ok(())
}

/// Appends entries to the audit chain.
pub(super) async fn append_audit(db: &mut SqliteConnection, entries: Vec<Entry>) -> Result<(), StorageError> {
    if entries.is_empty() {
        return Ok(());
    }
    let last = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&mut *db).await?;
    let (mut seq, mut hash) = match last {
        Some(row) => (from_db(row.try_get("seq")?), row.try_get::<String, _>("hash")?),
        None => (0, String::new()),
    };
    let mut links = Vec::with_capacity(entries.len());
    for entry in entries {
        let link = Link::after(seq + 1, &hash, entry);
        (seq, hash) = (link.seq, link.hash.clone());
        links.push(link);
    }
    for chunk in links.chunks(CHUNK) {
        sqlx::query(
            "INSERT INTO audit (seq, at, actor, action, subject, detail, prev_hash, hash)
             SELECT value->>'seq', value->>'at', value->>'actor', value->>'action', value->>'subject',
                    value->>'detail', value->>'prev_hash', value->>'hash' FROM json_each(?)",
        )
        .bind(json(&chunk)?)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
