//! Storage in memory: for tests, for the simulation, and for a browser that gives none.
//!
//! Clones share one store, as tabs share one database.

use crate::store::{Revision, Snapshot, Store, StoreError, Stored, Table, WriteBatch};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Storage in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    inner: Rc<RefCell<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    revision: u64,
    tables: BTreeMap<Table, BTreeMap<String, Stored>>,
    /// The next commits fail with these, oldest first.
    faults: std::collections::VecDeque<StoreError>,
}

impl MemoryStore {
    /// Makes the next commit fail with this error, writing nothing.
    pub fn fail_next(&self, error: StoreError) {
        self.inner.borrow_mut().faults.push_back(error);
    }

    /// A copy of everything as it is now, sharing nothing: what a disk holds at a crash.
    pub fn deep_copy(&self) -> Self {
        let inner = self.inner.borrow();
        Self {
            inner: Rc::new(RefCell::new(Inner {
                revision: inner.revision,
                tables: inner.tables.clone(),
                faults: std::collections::VecDeque::new(),
            })),
        }
    }

    /// Where it stands.
    pub fn revision(&self) -> Revision {
        Revision(self.inner.borrow().revision)
    }

    /// An empty batch, computed from where it stands.
    pub fn batch(&self) -> WriteBatch {
        let inner = self.inner.borrow();
        let outbox = inner.tables.get(&Table::Outbox).and_then(|rows| rows.keys().next_back().cloned());
        WriteBatch { expect: Revision(inner.revision), outbox, ..WriteBatch::default() }
    }

    /// One table: keys and values.
    pub fn table(&self, table: Table) -> Vec<(String, Stored)> {
        let inner = self.inner.borrow();
        inner.tables.get(&table).into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Commits at once: what [`Store::commit`] does, for callers that do not wait.
    ///
    /// # Errors
    /// An injected fault, or `Moved`.
    pub fn commit_now(&self, batch: WriteBatch) -> Result<Revision, StoreError> {
        let mut inner = self.inner.borrow_mut();
        if let Some(fault) = inner.faults.pop_front() {
            return Err(fault);
        }
        let appends = batch.appends();
        let outbox = inner.tables.entry(Table::Outbox).or_default();
        let passed = if appends {
            batch.puts.iter().any(|put| put.table == Table::Outbox && outbox.contains_key(&put.key))
        } else {
            outbox.keys().next_back() > batch.outbox.as_ref()
        };
        if passed || batch.expect.0 != inner.revision {
            return Err(StoreError::Moved { found: Revision(inner.revision) });
        }
        if let Some(through) = &batch.outbox_through {
            inner.tables.entry(Table::Outbox).or_default().retain(|key, _| key > through);
        }
        for (table, key) in batch.deletes {
            inner.tables.entry(table).or_default().remove(&key);
        }
        for put in batch.puts {
            inner.tables.entry(put.table).or_default().insert(put.key, put.value);
        }
        inner.revision += u64::from(!appends);
        Ok(Revision(inner.revision))
    }

    /// Reads everything at once: what [`Store::load`] does, for callers that do not wait.
    pub fn load_now(&self) -> Snapshot {
        let inner = self.inner.borrow();
        let rows = |table: Table| {
            let rows = inner.tables.get(&table).into_iter().flatten();
            rows.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        Snapshot {
            revision: Revision(inner.revision),
            tables: Snapshot::TABLES.iter().map(|table| (*table, rows(*table))).collect(),
        }
    }
}

impl Store for MemoryStore {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        Ok(self.load_now())
    }

    async fn read(&self, table: Table, key: &str) -> Result<Option<Stored>, StoreError> {
        Ok(self.inner.borrow().tables.get(&table).and_then(|rows| rows.get(key)).cloned())
    }

    async fn commit(&self, batch: WriteBatch) -> Result<Revision, StoreError> {
        self.commit_now(batch)
    }
}
