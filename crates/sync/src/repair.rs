//! Storage in which something cannot be read: what can be, and how to go on without the rest.
//!
//! Nothing here happens by itself. The engine stops at the first row that it cannot read; a person exports what there is and
//! chooses to set the rest aside. Set aside is not dropped: the text of such a row stays in the store.

use crate::replica::{META_KEY, Meta, Replica};
use crate::store::{Revision, StoreError, Stored, Table, WriteBatch};
use aisle_protocol::mutation::DeviceId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Key of the store's own revision in [`Table::Meta`].
const REVISION_KEY: &str = "revision";
/// What keys of rows that were set aside begin with, in [`Table::Meta`].
const ASIDE: &str = "aside/";

/// A row as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its table.
    pub table: Table,
    /// Its key.
    pub key: String,
    /// Its value; where it is neither text nor bytes, what it looks like.
    pub value: Result<Stored, String>,
}

impl Row {
    fn text(&self) -> String {
        match &self.value {
            Ok(Stored::Text(text)) | Err(text) => text.clone(),
            Ok(Stored::Bytes(bytes)) => STANDARD.encode(bytes),
        }
    }

    /// Whether the engine needs it and cannot read it.
    fn is_unreadable(&self) -> bool {
        match &self.value {
            Ok(value) if self.table == Table::Meta && self.key == REVISION_KEY => revision(value).is_none(),
            Ok(value) => Replica::decode(self.table, &self.key, value).is_err(),
            Err(_) => true,
        }
    }
}

fn revision(value: &Stored) -> Option<Revision> {
    value.text()?.parse().ok().map(Revision)
}

/// The rows that cannot be read.
pub fn unreadable(rows: &[Row]) -> Vec<&Row> {
    rows.iter().filter(|row| row.is_unreadable()).collect()
}

/// Everything as one text, readable or not, for somebody who can make sense of it. Pictures are not in it.
pub fn export(rows: &[Row]) -> String {
    let row = |row: &Row| {
        serde_json::json!({
            "table": row.table.name(), "key": row.key, "value": row.text(),
            "bytes": matches!(row.value, Ok(Stored::Bytes(_))), "readable": !row.is_unreadable(),
        })
    };
    let rows: Vec<serde_json::Value> = rows.iter().map(row).collect();
    serde_json::json!({ "format": "aisle-salvage", "version": 1, "rows": rows }).to_string()
}

/// How to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Mending {
    /// Sets every unreadable row aside and asks for the feed from its start. Unsent work that can be read stays.
    pub batch: WriteBatch,
    /// Whether even the revision cannot be read, so that the batch has to be written over any.
    pub blindly: bool,
}

/// How to go on without what cannot be read; `None` when everything can be. `fresh` names the device anew where even that
/// is gone.
pub fn mend(rows: &[Row], fresh: DeviceId) -> Option<Mending> {
    let bad = unreadable(rows);
    if bad.is_empty() {
        return None;
    }
    let mut replica = Replica::default();
    for row in rows {
        if let Ok(value) = &row.value
            && let Ok(Some(edit)) = Replica::decode(row.table, &row.key, value)
        {
            replica.apply_all(vec![edit], Revision(0));
        }
    }
    let at = rows.iter().find(|row| row.table == Table::Meta && row.key == REVISION_KEY);
    let found = at.map_or(Some(Revision(0)), |row| row.value.as_ref().ok().and_then(revision));
    let mut batch = WriteBatch { expect: found.unwrap_or_default(), ..WriteBatch::default() };
    for row in bad {
        batch.delete(row.table, row.key.as_str());
        batch.put_text(Table::Meta, format!("{ASIDE}{}/{}", row.table.name(), row.key), row.text());
    }
    let mut meta = Meta { cursor: None, generation: replica.meta.generation + 1, ..replica.meta.clone() };
    if meta.device.0.is_empty() {
        meta.device = fresh;
        meta.complete = false;
    }
    // A new mutation never takes the place of one that waits.
    if let Some(last) = replica.pending().last().filter(|last| last.m.n > meta.last_n) {
        (meta.last_n, meta.last_hash) = (last.m.n, last.m.hash.clone());
    }
    batch.put_text(Table::Meta, META_KEY, serde_json::to_string(&meta).unwrap_or_default());
    Some(Mending { batch, blindly: found.is_none() })
}

/// Whether setting rows aside may help after this error.
pub fn may_help(error: &StoreError) -> bool {
    matches!(error, StoreError::Corrupt { .. } | StoreError::Transient(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Effect, Engine, Event, WriteId};
    use crate::memory::MemoryStore;
    use crate::replica::Draft;
    use aisle_protocol::mutation::{MutationId, Op};
    use aisle_protocol::record::{Kind, RecordRef};

    fn device(id: &str) -> DeviceId {
        DeviceId(id.to_owned())
    }

    /// Feeds an event and performs commits and loads.
    fn feed(engine: &mut Engine, store: &MemoryStore, event: Event) -> Vec<Effect> {
        let mut seen = Vec::new();
        let mut waiting = vec![event];
        while let Some(event) = waiting.pop() {
            for effect in engine.step(event, 1) {
                match effect {
                    Effect::Load => waiting.push(Event::Loaded(store.load_now())),
                    Effect::Commit(batch) => {
                        waiting.push(store.commit_now(batch).map_or_else(Event::CommitFailed, Event::Committed));
                    }
                    other => seen.push(other),
                }
            }
        }
        seen
    }

    fn write(engine: &mut Engine, store: &MemoryStore, id: u64) -> Vec<Effect> {
        let rec = RecordRef::new(Kind::Answer, format!("a{id}"));
        let draft = Draft { id: MutationId(format!("m{id}")), op: Op::Create, rec, patch: Default::default() };
        feed(engine, store, Event::Write { id: WriteId(id), drafts: vec![draft], photos: vec![], strict: false })
    }

    fn rows(store: &MemoryStore) -> Vec<Row> {
        let mut rows = Vec::new();
        for table in Table::ALL {
            rows.extend(store.table(table).into_iter().map(|(key, value)| Row { table, key, value: Ok(value) }));
        }
        let revision = Stored::Text(store.revision().0.to_string());
        rows.push(Row { table: Table::Meta, key: REVISION_KEY.to_owned(), value: Ok(revision) });
        rows
    }

    /// Three answers wait; this row is damaged.
    fn damaged(table: Table, key: &str) -> MemoryStore {
        let store = MemoryStore::default();
        let mut engine = Engine::new(device("d"), 1);
        feed(&mut engine, &store, Event::Loaded(store.load_now()));
        for id in 1..=3 {
            write(&mut engine, &store, id);
        }
        let mut batch = WriteBatch { expect: store.revision(), ..WriteBatch::default() };
        batch.put_text(table, key, "{half of a rec".to_owned());
        store.commit_now(batch).expect("commits");
        let effects = feed(&mut Engine::new(device("d"), 1), &store, Event::Loaded(store.load_now()));
        assert!(effects.iter().any(|e| matches!(e, Effect::Halt(StoreError::Corrupt { .. }))), "never passed over");
        store
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_and_the_rest_goes_on() {
        let cases = [
            // A copy of the server's comes again with the feed.
            (Table::Records, "shop/1", 3, "d"),
            // One of our own is lost to the feed, but not to somebody who reads the file; its neighbours go on.
            (Table::Outbox, "0000000000000002", 2, "d"),
            // Even which device this was: it is a new one then.
            (Table::Meta, META_KEY, 3, "fresh"),
        ];
        for (table, key, pending, name) in cases {
            let store = damaged(table, key);
            let all = rows(&store);
            assert_eq!(unreadable(&all).len(), 1, "{key}");
            assert!(export(&all).contains("{half of a rec") && export(&all).contains("\"m1\\\""), "{key}");
            let mending = mend(&all, device("fresh")).expect("something to mend");
            assert!(!mending.blindly);
            store.commit_now(mending.batch).expect("commits");
            let aside = store.table(Table::Meta).into_iter().find(|(key, _)| key.starts_with(ASIDE));
            assert_eq!(
                aside.and_then(|(_, v)| v.text().map(str::to_owned)).as_deref(),
                Some("{half of a rec"),
                "{key}"
            );

            let mut engine = Engine::new(device("another"), 1);
            feed(&mut engine, &store, Event::Loaded(store.load_now()));
            assert!(engine.status().ready, "{key}");
            let meta = &engine.replica().meta;
            assert_eq!((meta.device.0.as_str(), &meta.cursor), (name, &None), "{key}");
            assert_eq!(engine.replica().pending().count(), pending, "{key}");
            // What is written from now on takes nobody's place.
            write(&mut engine, &store, 4);
            let counters: Vec<u64> = engine.replica().pending().map(|p| p.m.n).collect();
            assert_eq!((counters.len(), counters.last()), (pending + 1, Some(&4)), "{key}");
            assert_eq!(mend(&rows(&store), device("x")), None, "{key}: nothing is left to mend");
        }
    }

    #[test]
    fn a_revision_that_cannot_be_read_is_written_over() {
        let row = |key: &str, value| Row { table: Table::Meta, key: key.to_owned(), value };
        let all = [row(REVISION_KEY, Ok(Stored::Text("many".to_owned()))), row("x", Err("a Date".to_owned()))];
        let mending = mend(&all, device("fresh")).expect("something to mend");
        assert!(mending.blindly);
        assert_eq!(mending.batch.deletes.len(), 2);
    }
}
