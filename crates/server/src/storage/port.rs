//! The port itself: what the endpoint asks of storage, and the values that pass through it.

use crate::access::{Actor, Facts, ShopFacts};
use crate::snapshot::{Offer, SnapshotPlan};
use crate::storage::audit::{Entry, Head};
use aisle_domain::org::Role;
use aisle_domain::{PersonId, ProductId, ShopId, TerritoryId};
use aisle_protocol::mutation::{DeviceId, Mutation};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{Bucket, PushConflict, PushRequest, PushResult};
use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why storage did not do what it was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another writer held the store for too long; trying again may help.
    #[error("the store is busy")]
    Busy,
    /// What is stored cannot be read as what it should be.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
    /// Anything else the database says.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Id; also of the person's record.
    pub person: PersonId,
    /// Sign-in name; case does not matter.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Territory of the role.
    pub territory: TerritoryId,
    /// Argon2id digest; `None` when the person cannot sign in.
    pub password_hash: Option<String>,
    /// Whether the account is in use.
    pub active: bool,
}

/// A session that is open.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// The person, with the reach the role has now.
    pub actor: Actor,
    /// Name as shown.
    pub name: String,
}

/// An open session, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Beginning of the digest of its token: names it, and is of no use to a thief.
    pub name: String,
    /// Whose.
    pub person: PersonId,
    /// When it was opened, server time, milliseconds.
    pub created: i64,
    /// When it was last used, to the minute, server time, milliseconds.
    pub last_seen: i64,
}

/// How long sessions last, milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Without use.
    pub idle: i64,
    /// At most.
    pub absolute: i64,
}

/// When something happens at the server.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Server time, milliseconds.
    pub now: i64,
    /// The server's day.
    pub today: NaiveDate,
}

/// What a device is called under which work of its files is logged; no device calls itself that.
pub const FILE_DEVICE: &str = "file:";

/// What became of a push.
#[derive(Clone, Debug, PartialEq)]
pub enum PushOutcome {
    /// Every mutation has a result; all of it is durable.
    Taken {
        /// The device's last counter.
        last: u64,
        /// One result for each mutation.
        results: Vec<PushResult>,
    },
    /// The push does not continue where the device stands. Nothing was changed.
    Conflict(PushConflict),
    /// The device belongs to somebody else. Nothing was changed.
    NotYourDevice,
}

/// Where a device stands in the feed: groups of buckets, each read up to a revision. One group in the steady state;
/// while buckets are being backfilled, one more for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The store it belongs to.
    pub s: String,
    /// The groups.
    pub g: Vec<CursorGroup>,
}

/// A group of buckets that have been read up to the same revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorGroup {
    /// Digest of the bucket set, which the store keeps.
    pub h: String,
    /// Read up to here.
    pub r: u64,
    /// Departures up to here need not be told: the device had nothing of the bucket then.
    #[serde(default)]
    pub q: u64,
}

/// A page of the feed, all from one consistent read.
#[derive(Clone, Debug)]
pub struct Page {
    /// Changes in order.
    pub changes: Vec<PageChange>,
    /// Buckets that left the scope.
    pub purge: Vec<Bucket>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there is more.
    pub more: bool,
    /// The device's last counter as of this read.
    pub ack: u64,
    /// Changes still to come.
    pub left: u64,
}

/// One change.
#[derive(Clone, Debug)]
pub struct PageChange {
    /// Bucket.
    pub bucket: Bucket,
    /// Record.
    pub rec: RecordRef,
    /// What happened.
    pub what: PageWhat,
}

/// What happened to a record.
#[derive(Clone, Debug)]
pub enum PageWhat {
    /// It is like this: revision and fields as JSON text.
    Is(u64, String),
    /// Deleted for everybody.
    Deleted,
    /// Left the bucket.
    Gone,
}

/// What became of a pull.
#[derive(Clone, Debug)]
pub enum PullOutcome {
    /// A page.
    Page(Page),
    /// The cursor is of another store, from its future, or from before what was forgotten: start again.
    Reset,
    /// The device belongs to somebody else.
    NotYourDevice,
}

/// A reference record as an import wants it: fields named here replace their counterparts, `null` removes, others stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsert {
    /// Which record.
    pub rec: RecordRef,
    /// Fields.
    pub patch: Fields,
    /// Shop it belongs to; the shop itself for shops.
    pub shop: Option<ShopId>,
}

/// How many records an import made, changed and found as they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Upserted {
    /// New.
    pub created: u64,
    /// Changed.
    pub updated: u64,
    /// Already so.
    pub unchanged: u64,
}

impl Upserted {
    /// Adds up.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

/// An imported actual: the sum of a shop, day and product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actual {
    /// Index into the shops of the batch.
    pub shop: u32,
    /// Day.
    pub day: NaiveDate,
    /// Index into the products of the batch.
    pub product: u32,
    /// Single units.
    pub quantity: i64,
    /// Minor units.
    pub amount: i64,
}

/// Actuals to be written. A line replaces the stored one of the same shop, day and product.
#[derive(Clone, Debug, Default)]
pub struct ActualBatch {
    /// Shops that lines point to.
    pub shops: Vec<ShopId>,
    /// Products that lines point to.
    pub products: Vec<ProductId>,
    /// Lines, sorted by shop, day, product.
    pub lines: Vec<Actual>,
    /// More parts of the same import are to come: the organisation's data-through day does not move yet.
    pub partial: bool,
}

/// What an import writes.
#[derive(Clone, Debug)]
pub enum Bulk {
    /// Records.
    Records(Vec<Upsert>),
    /// People: accounts and their records.
    People(Vec<Account>),
    /// Actuals.
    Actuals(ActualBatch),
}

/// Names an import that may be sent more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportKey {
    /// The name that the device gave it.
    pub id: String,
    /// Whose it is.
    pub person: PersonId,
    /// Digest of what it holds.
    pub digest: String,
}

/// What became of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It is in effect, or would be; so many rows are new, changed, as they were.
    Now(Upserted),
    /// It was in effect before, under the same name.
    Before(Upserted),
    /// Another import has this name. Nothing was changed.
    OtherName,
    /// A plan has meanwhile set a target that it names. Nothing was changed.
    Planned,
}

/// What is stored of actuals, summed by shop, day and category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryDay {
    /// Shop.
    pub shop: ShopId,
    /// Day.
    pub day: NaiveDate,
    /// Category of the product.
    pub category: String,
    /// Minor units.
    pub amount: i64,
    /// Single units.
    pub quantity: i64,
}

/// What is stored of actuals, by shop, day and product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDay {
    /// Shop.
    pub shop: ShopId,
    /// Day.
    pub day: NaiveDate,
    /// Product.
    pub product: ProductId,
    /// Minor units.
    pub amount: i64,
    /// Single units.
    pub quantity: i64,
}

/// What a photo record says about its bytes.
#[derive(Clone, Debug)]
pub struct PhotoRecord {
    /// The shop it was taken in.
    pub shop: Option<ShopFacts>,
    /// Who took it.
    pub owner: Option<PersonId>,
    /// Whether an auditor took it.
    pub by_auditor: bool,
    /// Its fields.
    pub fields: Fields,
}

impl PhotoRecord {
    /// What [`crate::access::can`] needs to know.
    pub fn facts(&self) -> Facts<'_> {
        Facts { kind: &Kind::Photo, shop: self.shop.as_ref(), owner: self.owner.as_ref(), by_auditor: self.by_auditor }
    }
}

/// The bytes of a photo, as far as they have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRow {
    /// Photo id.
    pub id: String,
    /// Who sends it.
    pub owner: PersonId,
    /// Announced digest.
    pub sha256: String,
    /// Announced length, bytes.
    pub length: u64,
    /// Announced kind.
    pub mime: String,
    /// Whether the bytes have been verified and may be read.
    pub published: bool,
    /// When the upload began, server time, milliseconds.
    pub created: i64,
}

/// A snapshot was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The revision it shows.
    pub rev: u64,
    /// Buckets that had changed.
    pub buckets: u64,
    /// Their segments.
    pub segments: u64,
}

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// Deleted for everybody, with what belonged to it: so many records.
    Yes(u64),
    /// Nothing was changed.
    No(Undeletable),
}

/// Why a record is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undeletable {
    /// There is none.
    Unknown,
    /// Sales or visits name it.
    InUse,
    /// Records of this kind stay for ever.
    Kind,
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Departures and deletions.
    pub forgotten: u64,
    /// Cursors from before this revision start anew.
    pub horizon: u64,
}

/// What storage can do. Every method is one transaction: when it fails, nothing has changed.
#[async_trait]
pub trait Storage: Send + Sync + std::fmt::Debug {
    /// Closes the store: everything confirmed is durable already, and every later call fails.
    async fn close(&self);
    /// Whether the store can be read now.
    async fn check(&self) -> Result<(), StorageError>;

    /// The account of a sign-in name.
    async fn account(&self, login: &str) -> Result<Option<Account>, StorageError>;
    /// All accounts, by id.
    async fn accounts(&self) -> Result<Vec<Account>, StorageError>;
    /// Opens a session under the digest of its token.
    async fn open_session(&self, token_hash: &str, person: &PersonId, now: i64) -> Result<(), StorageError>;
    /// The session of a token, if it has not ended and its person is active; notes that it was used.
    async fn session(
        &self,
        token_hash: &str,
        limits: SessionLimits,
        now: i64,
    ) -> Result<Option<OpenSession>, StorageError>;
    /// Sessions that are open, the last used first; of one person or of all.
    async fn sessions(
        &self,
        person: Option<&PersonId>,
        limits: SessionLimits,
        now: i64,
    ) -> Result<Vec<SessionRow>, StorageError>;
    /// Ends the sessions of a person, or only those whose name begins so, and writes the entry. Returns how many.
    async fn revoke_sessions(&self, person: &PersonId, name: Option<&str>, entry: Entry) -> Result<u64, StorageError>;
    /// Ends a session.
    async fn end_session(&self, token_hash: &str, now: i64) -> Result<(), StorageError>;

    /// Takes mutations: effects, results, audit rows and the device's counter together.
    async fn push(&self, actor: &Actor, request: &PushRequest, at: Moment) -> Result<PushOutcome, StorageError>;
    /// A person as authorisation sees them now, whether or not the account is in use.
    async fn author(&self, person: &PersonId) -> Result<Option<Actor>, StorageError>;
    /// Takes mutations out of a work file, judged as the author's and noted as handed in `by` somebody. What was taken
    /// before under its id, from the device or from a file, takes no effect again. One result for each mutation.
    async fn hand_in(
        &self,
        author: &Actor,
        by: &str,
        device: &DeviceId,
        muts: &[Mutation],
        at: Moment,
    ) -> Result<Vec<PushResult>, StorageError>;
    /// Reads a page of the feed.
    async fn pull(
        &self,
        actor: &Actor,
        device: Option<&DeviceId>,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<PullOutcome, StorageError>;

    /// A person as authorisation sees them, without a session: for work at the terminal. `None` when inactive.
    async fn actor(&self, person: &PersonId) -> Result<Option<Actor>, StorageError>;
    /// Builds the snapshot anew where `plan` says that it is due. Not one transaction but several, so that pushes go on
    /// meanwhile: a new snapshot comes into effect whole or not at all.
    async fn rebuild_snapshot(&self, plan: SnapshotPlan, now: i64) -> Result<Option<Rebuilt>, StorageError>;
    /// What the snapshot holds for a person; `None` while there is none.
    async fn snapshot(&self, actor: &Actor) -> Result<Option<Offer>, StorageError>;
    /// The gzipped bytes of a segment; `None` when it is not known or its bucket is not the person's.
    async fn snapshot_segment(&self, actor: &Actor, digest: &str) -> Result<Option<Vec<u8>>, StorageError>;
    /// Deletes a reference record for everybody.
    async fn delete(&self, rec: &RecordRef, entry: Entry) -> Result<Deleted, StorageError>;
    /// Forgets departures and deletions from before `before`, server time, milliseconds; pulls from before them answer
    /// [`PullOutcome::Reset`]. To be called now and then: what is told apart is only as fine as the calls.
    async fn compact(&self, now: i64, before: i64) -> Result<Compacted, StorageError>;

    /// The record of a photo.
    async fn photo(&self, id: &str) -> Result<Option<PhotoRecord>, StorageError>;
    /// The state of a photo's bytes.
    async fn blob(&self, id: &str) -> Result<Option<BlobRow>, StorageError>;
    /// Begins an upload, or begins an open one anew.
    async fn begin_blob(&self, blob: &BlobRow) -> Result<(), StorageError>;
    /// Makes a photo's bytes readable.
    async fn publish_blob(&self, id: &str, now: i64) -> Result<(), StorageError>;
    /// Forgets an open upload. A published one stays.
    async fn drop_blob(&self, id: &str) -> Result<(), StorageError>;
    /// Open uploads begun before `before`.
    async fn stale_blobs(&self, before: i64) -> Result<Vec<String>, StorageError>;

    /// Fields of one record.
    async fn record(&self, rec: &RecordRef) -> Result<Option<Fields>, StorageError>;
    /// Fields of every record of a kind, by id.
    async fn records(&self, kind: &Kind) -> Result<BTreeMap<String, Fields>, StorageError>;
    /// Writes reference records; only those whose content changes get a new revision.
    async fn upsert(&self, batch: &[Upsert], at: Moment, entry: Option<Entry>) -> Result<Upserted, StorageError>;
    /// Writes people: accounts and their records. A new password, and leaving, ends a person's sessions.
    async fn upsert_people(&self, people: &[Account], at: Moment, entry: Entry) -> Result<Upserted, StorageError>;
    /// Writes actuals, rebuilds the facts segments they touch, and moves the organisation's data-through day.
    async fn replace_actuals(&self, batch: &ActualBatch, at: Moment, entry: Entry) -> Result<Upserted, StorageError>;
    /// Writes everything in these parts, or nothing; under a name, once. A dry run only says what it would come to. Counts
    /// are of rows; a line of actuals is one.
    async fn import(
        &self,
        parts: &[(Bulk, Entry)],
        key: Option<&ImportKey>,
        dry: bool,
        at: Moment,
    ) -> Result<Imported, StorageError>;
    /// What became of the import of this name, if there was one.
    async fn imported(&self, key: &ImportKey) -> Result<Option<Imported>, StorageError>;
    /// Rebuilds the facts segments of every shop, as after products changed their categories.
    async fn rebuild_facts(&self, at: Moment) -> Result<Upserted, StorageError>;
    /// Stored actuals of these days, summed by shop, day and category.
    async fn category_days(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<CategoryDay>, StorageError>;
    /// Stored actuals of these days as they were imported, summed by shop, day and product.
    async fn product_days(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<ProductDay>, StorageError>;
    /// First and last day of any actual.
    async fn actual_days(&self) -> Result<Option<(NaiveDate, NaiveDate)>, StorageError>;
    /// Puts every shop whose assignments begin or end over time into the buckets of this day. Returns how many moved.
    async fn settle_assignments(&self, at: Moment) -> Result<u64, StorageError>;

    /// Appends to the audit log.
    async fn audit(&self, entry: Entry) -> Result<(), StorageError>;
    /// Walks the audit chain up to its head, past a head that was kept elsewhere if one is given; or says what is wrong
    /// first.
    async fn verify_audit(&self, kept: Option<&Head>) -> Result<Result<Head, String>, StorageError>;
}
