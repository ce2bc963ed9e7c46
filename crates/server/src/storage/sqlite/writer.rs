//! Collects the changes of one transaction and writes them in a handful of statements.

use super::rows::{self, Cell};
use super::{db_int, facts_of, from_db, json, load_record, load_records, record_ref, shop_facts};
use crate::access::{ShopFacts, buckets_of};
use crate::apply::Stored;
use crate::history;
use crate::plan::{Place, place_of};
use crate::storage::StorageError;
use crate::storage::audit::{Entry, Link};
use aisle_domain::{PersonId, ShopId};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::sync::Bucket;
use chrono::NaiveDate;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Rows that one statement moves.
const CHUNK: usize = 500;

/// The changes of one transaction. Reads see what was written before.
pub(super) struct Writer<'c> {
    db: &'c mut SqliteConnection,
    today: NaiveDate,
    rev: u64,
    known: HashMap<RecordRef, Option<Stored>>,
    shops: HashMap<ShopId, Option<ShopFacts>>,
    dirty: BTreeMap<u64, RecordRef>,
    /// What was not there before this transaction and has not been flushed.
    fresh: HashSet<RecordRef>,
    /// What was deleted, as it was.
    deleted: HashMap<RecordRef, Stored>,
    audit: Vec<Entry>,
}

impl<'c> Writer<'c> {
    /// Begins where the store stands.
    pub(super) async fn begin(db: &'c mut SqliteConnection, today: NaiveDate) -> Result<Self, StorageError> {
        let rev = sqlx::query("SELECT rev FROM store").fetch_one(&mut *db).await?.try_get("rev")?;
        let (known, shops, deleted) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (dirty, fresh) = (BTreeMap::new(), HashSet::new());
        Ok(Self { db, today, rev: from_db(rev), known, shops, dirty, fresh, deleted, audit: Vec::new() })
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
        match self.known.get(&rec) {
            Some(Some(before)) => drop(self.dirty.remove(&before.rev)),
            Some(None) if !self.deleted.contains_key(&rec) => drop(self.fresh.insert(rec.clone())),
            _ => {}
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
            recs.push(record_ref(&row)?);
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
        let fresh = std::mem::take(&mut self.fresh);
        let mut lines = Vec::with_capacity(dirty.len());
        for (rev, rec) in dirty {
            let gone = self.deleted.contains_key(&rec);
            let Some(stored) = self.now_or_then(&rec) else { continue };
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
            let Some(stored) = self.now_or_then(&rec) else { continue };
            let kind = history::scope_kind(&rec, &stored.fields);
            let buckets = buckets_of(&facts_of(&kind, stored, shop), self.today);
            let (fields, field_revs) = (json(&stored.fields)?, json(&stored.field_revs)?);
            let by_auditor = stored.by_auditor;
            let owner = stored.owner.clone();
            lines.push(Line { rec, rev, gone, fields, field_revs, shop: shop_id, owner, by_auditor, buckets });
        }
        put_records(self.db, &lines).await?;
        // What was not there before has no bucket to leave.
        let moved: Vec<&Line> = lines.iter().filter(|line| !fresh.contains(&line.rec)).collect();
        for chunk in moved.chunks(CHUNK) {
            leave_buckets(self.db, chunk).await?;
        }
        put_placements(self.db, &lines).await?;
        sqlx::query("UPDATE store SET rev = ?").bind(db_int(self.rev)).execute(&mut *self.db).await?;
        Ok(())
    }

    /// A record as it is now; one that was deleted, as it was.
    fn now_or_then(&self, rec: &RecordRef) -> Option<&Stored> {
        self.known.get(rec).and_then(Option::as_ref).or_else(|| self.deleted.get(rec))
    }
}

/// A record on its way into its tables.
struct Line {
    rec: RecordRef,
    rev: u64,
    gone: bool,
    fields: String,
    field_revs: String,
    shop: Option<ShopId>,
    owner: Option<PersonId>,
    by_auditor: bool,
    buckets: BTreeSet<Bucket>,
}

fn record_row(line: &Line) -> [Cell<'_>; 9] {
    [
        Cell::Text(line.rec.kind.as_str()),
        Cell::from(&line.rec.id),
        Cell::from(line.rev),
        Cell::from(&line.fields),
        Cell::Int(line.gone.into()),
        Cell::Maybe(line.shop.as_ref().map(ShopId::as_str)),
        Cell::Maybe(line.owner.as_ref().map(PersonId::as_str)),
        Cell::Int(line.by_auditor.into()),
        Cell::from(&line.field_revs),
    ]
}

async fn put_records(db: &mut SqliteConnection, lines: &[Line]) -> Result<(), StorageError> {
    let rows: Vec<_> = lines.iter().map(record_row).collect();
    let into = "record (kind, id, rev, v, deleted, shop, owner, by_auditor, field_revs)";
    let after = "ON CONFLICT (kind, id) DO UPDATE SET rev = excluded.rev, v = excluded.v, deleted = excluded.deleted,
        shop = excluded.shop, owner = excluded.owner, by_auditor = excluded.by_auditor, field_revs = excluded.field_revs";
    rows::insert(db, into, after, &rows).await
}

/// A record leaves every bucket and then enters those it is in now: what it does not enter, it has left.
async fn leave_buckets(db: &mut SqliteConnection, lines: &[&Line]) -> Result<(), StorageError> {
    let names: Vec<_> = lines.iter().map(|line| (line.rec.kind.as_str(), &line.rec.id, line.rev)).collect();
    sqlx::query(
        "UPDATE placement SET gone = 1, rev = new.rev
         FROM (SELECT value->>0 AS kind, value->>1 AS id, value->>2 AS rev FROM json_each(?)) AS new
         WHERE placement.kind = new.kind AND placement.id = new.id AND placement.gone = 0",
    )
    .bind(json(&names)?)
    .execute(db)
    .await?;
    Ok(())
}

async fn put_placements(db: &mut SqliteConnection, lines: &[Line]) -> Result<(), StorageError> {
    let mut rows = Vec::new();
    for line in lines {
        for bucket in &line.buckets {
            rows.push([
                Cell::Text(line.rec.kind.as_str()),
                Cell::from(&line.rec.id),
                Cell::from(&bucket.0),
                Cell::from(line.rev),
                Cell::Int(if line.gone { 2 } else { 0 }),
            ]);
        }
    }
    let after = "ON CONFLICT (kind, id, bucket) DO UPDATE SET rev = excluded.rev, gone = excluded.gone";
    rows::insert(db, "placement (kind, id, bucket, rev, gone)", after, &rows).await
}

fn audit_row(link: &Link) -> [Cell<'_>; 8] {
    [
        Cell::from(link.seq),
        Cell::Int(link.at),
        Cell::Text(&link.actor),
        Cell::Text(&link.action),
        Cell::Text(&link.subject),
        Cell::Text(&link.detail),
        Cell::Text(&link.prev_hash),
        Cell::Text(&link.hash),
    ]
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
    let rows: Vec<_> = links.iter().map(audit_row).collect();
    rows::insert(db, "audit (seq, at, actor, action, subject, detail, prev_hash, hash)", "", &rows).await
}
