//! The port to a device's storage: tables of text and bytes, written one atomic batch at a time.
//!
//! A backend knows nothing of records or mutations. It promises three things, and `conformance` holds it to them: a
//! batch takes effect whole or not at all; a commit that returned `Ok` survives the process; a batch that was computed from
//! another state than storage is in is refused.
//!
//! Where storage stands is its revision and the last key of its outbox. What a person does only adds to the outbox
//! ([`WriteBatch::appends`]): such a batch leaves the revision as it is, and two that were computed from the same state want the
//! same key, so that the second is refused. One value is written for one answer given (docs/adr/0010).

use std::future::Future;

/// One table. Every backend has them all, for ever: an upgrade may add tables, never drop one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Most of the server's copies, many to a value, as bytes. Key: a number, zero-padded; a later page counts more.
    Pages,
    /// The server's copies that have changed since, as text. Key `kind/id`. They count more than any page.
    Records,
    /// Most of the packed facts, many to a value, as bytes. Key: a number, zero-padded; a later page counts more.
    FactPages,
    /// Packed facts that have changed since, as bytes. Key: segment id. They count more than any page.
    Facts,
    /// Mutations not yet acknowledged, as text. Key: the counter, zero-padded.
    Outbox,
    /// Mutations the endpoint refused, as text. Key: the mutation's id.
    Returned,
    /// Pictures, as bytes. Key: photo id.
    Photos,
    /// What is still to be done with a picture, as text. Key: photo id.
    Uploads,
    /// The engine's own bookkeeping, as text.
    Meta,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 9] = [
        Self::Pages,
        Self::Records,
        Self::FactPages,
        Self::Facts,
        Self::Outbox,
        Self::Returned,
        Self::Photos,
        Self::Uploads,
        Self::Meta,
    ];

    /// Its name in storage.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Records => "records",
            Self::FactPages => "fact_pages",
            Self::Facts => "facts",
            Self::Outbox => "outbox",
            Self::Returned => "returned",
            Self::Photos => "photos",
            Self::Uploads => "uploads",
            Self::Meta => "meta",
        }
    }

    /// Whether its values are bytes rather than text.
    pub fn holds_bytes(self) -> bool {
        matches!(self, Self::Pages | Self::FactPages | Self::Facts | Self::Photos)
    }
}

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Text, usually JSON.
    Text(String),
    /// Bytes. Kept as an ArrayBuffer in the browser: WebKit fails on Blobs.
    Bytes(Vec<u8>),
}

impl Stored {
    /// The text; `None` for bytes.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    /// The bytes; `None` for text.
    pub fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Text(_) => None,
        }
    }
}

/// How often storage has been written: grows by one with every commit of any tab that does more than append to the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Where.
    pub table: Table,
    /// Under which key.
    pub key: String,
    /// What.
    pub value: Stored,
}

/// How hard the platform should try to have it on the disk before it says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Survives the browser; the operating system may still hold it back.
    #[default]
    Relaxed,
    /// Flushed to the disk: for a submitted visit.
    Strict,
}

/// Everything one step changes: records, mutation, cursor together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteBatch {
    /// The revision it was computed from. Refused when storage has moved on.
    pub expect: Revision,
    /// The last key of the outbox it was computed from. Refused when there is a later one, or one of its own.
    pub outbox: Option<String>,
    /// Values to write.
    pub puts: Vec<Put>,
    /// Keys to remove; removing what is not there is no error.
    pub deletes: Vec<(Table, String)>,
    /// Every key of the outbox up to this one is removed.
    pub outbox_through: Option<String>,
    /// How hard to try.
    pub durability: Durability,
}

impl WriteBatch {
    /// Whether it only adds to the outbox what comes after everything in it, with the pictures that this names.
    pub fn appends(&self) -> bool {
        let later = |put: &Put| self.outbox.as_ref().is_none_or(|last| put.key > *last);
        let fits = |put: &Put| match put.table {
            Table::Outbox => later(put),
            table => matches!(table, Table::Photos | Table::Uploads),
        };
        self.deletes.is_empty()
            && self.outbox_through.is_none()
            && self.puts.iter().any(|put| put.table == Table::Outbox)
            && self.puts.iter().all(fits)
    }

    /// Adds a text.
    pub fn put_text(&mut self, table: Table, key: impl Into<String>, text: String) {
        self.puts.push(Put { table, key: key.into(), value: Stored::Text(text) });
    }

    /// Adds bytes.
    pub fn put_bytes(&mut self, table: Table, key: impl Into<String>, bytes: Vec<u8>) {
        self.puts.push(Put { table, key: key.into(), value: Stored::Bytes(bytes) });
    }

    /// Removes a key.
    pub fn delete(&mut self, table: Table, key: impl Into<String>) {
        self.deletes.push((table, key.into()));
    }
}

/// Everything the engine needs at start, read at one revision. Pictures stay where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was read.
    pub revision: Revision,
    /// Every table but the pictures: key and value.
    pub tables: Vec<(Table, Vec<(String, Stored)>)>,
}

impl Snapshot {
    /// The last key of the outbox.
    pub fn outbox(&self) -> Option<&String> {
        let outbox = self.tables.iter().find(|(table, _)| *table == Table::Outbox)?;
        outbox.1.last().map(|(key, _)| key)
    }

    /// Tables a snapshot holds, in this order.
    pub const TABLES: [Table; 8] = [
        Table::Pages,
        Table::Records,
        Table::FactPages,
        Table::Facts,
        Table::Outbox,
        Table::Returned,
        Table::Uploads,
        Table::Meta,
    ];
}

/// Why storage did not do what it was asked. Telling these apart is what keeps data: only `Corrupt` is a loss, and
/// nothing else may be treated like one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk or the browser's share of it is full. Nothing was written.
    #[error("storage is full")]
    Quota,
    /// Another tab holds an older version of the database open.
    #[error("another tab holds the database open")]
    Blocked,
    /// This tab is older than the database: it has to be reloaded.
    #[error("the database is newer than this page")]
    Outdated,
    /// The connection to the database went away; reopening may help.
    #[error("the connection to the database was lost")]
    Lost,
    /// Storage moved on since the batch was computed. Nothing was written; read again.
    #[error("storage has moved on, at revision {}", found.0)]
    Moved {
        /// Its revision: the same where another tab has only added to the outbox.
        found: Revision,
    },
    /// What is stored cannot be read.
    #[error("{what} cannot be read: {why}")]
    Corrupt {
        /// Table and key.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// This browser gives no storage (private mode, blocked by policy).
    #[error("this browser gives no storage: {0}")]
    Unavailable(String),
    /// Anything else; trying again may help.
    #[error("storage failed: {0}")]
    Transient(String),
}

/// Where a device keeps its tables.
pub trait Store {
    /// Reads every table but the pictures, all at one revision.
    fn load(&self) -> impl Future<Output = Result<Snapshot, StoreError>>;

    /// Reads one value.
    fn read(&self, table: Table, key: &str) -> impl Future<Output = Result<Option<Stored>, StoreError>>;

    /// Writes a batch whole or not at all; `Ok` only after the transaction completed.
    fn commit(&self, batch: WriteBatch) -> impl Future<Output = Result<Revision, StoreError>>;
}
