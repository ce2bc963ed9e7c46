//! Between memory and tables: how a replica is read from storage, and how edits become a batch.

use super::{Copy, Edit, META_KEY, Replica};
use crate::pages::{self, Changed, Held, Moves, Paging, Shelf};
use crate::store::{Put, Snapshot, StoreError, Stored, Table, WriteBatch};
use aisle_domain::order::sorted;
use aisle_protocol::record::{Kind, RecordRef};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Replica {
    /// Reads a snapshot.
    ///
    /// # Errors
    /// `Corrupt` names the first row that cannot be read. Nothing is dropped for being unreadable.
    pub fn read(snapshot: Snapshot) -> Result<Self, StoreError> {
        let mut replica = Self { revision: snapshot.revision, ..Self::default() };
        for (table, rows) in snapshot.tables {
            for (key, value) in rows {
                match table {
                    Table::Pages | Table::FactPages => {
                        let read = replica.read_page(table, &key, value);
                        read.map_err(|(what, why)| StoreError::Corrupt { what, why })?;
                        continue;
                    }
                    Table::Records => replica.shelf.found_row(key.clone()),
                    Table::Facts => replica.facts_shelf.found_row(key.clone()),
                    _ => {}
                }
                let corrupt = |why: String| StoreError::Corrupt { what: format!("{}/{key}", table.name()), why };
                let edit = Self::decode(table, &key, value).map_err(corrupt)?;
                if let Some(edit) = edit {
                    replica.apply(edit);
                }
            }
        }
        Ok(replica)
    }

    /// Reads a page; an error names what is wrong, and why.
    fn read_page(&mut self, table: Table, key: &str, value: Stored) -> Result<(), (String, String)> {
        let page = |why: &str| (format!("{}/{key}", table.name()), why.to_owned());
        let number = key.parse().map_err(|_| page("the key is no number"))?;
        let bytes = value.bytes().ok_or_else(|| page("the value is of the wrong type"))?;
        if table == Table::FactPages {
            self.facts_shelf.found_page(number);
            for segment in pages::segments(&bytes) {
                let (id, bytes) = segment.ok_or_else(|| page("it is cut off"))?;
                self.facts_shelf.found_line();
                self.facts.insert(id.to_owned(), bytes.into());
            }
            return Ok(());
        }
        self.shelf.found_page(number);
        let (lines, fits) = pages::unsealed(&bytes);
        // Most lines are of the same kind as the one before.
        let mut kind = Kind::Shop;
        if let (Some(true), Ok(text)) = (fits, std::str::from_utf8(lines)) {
            for (key, text) in text.split('\n').filter_map(|line| line.split_once('\t')) {
                self.read_line(key, text, &mut kind, Copy::written(text))?;
            }
            return Ok(());
        }
        for line in pages::lines(&bytes) {
            let (key, text) = line.map_err(|_| page("a line names no record"))?;
            self.read_line(key, text, &mut kind, None)?;
        }
        if fits == Some(false) { Err(page("it is not what was written")) } else { Ok(()) }
    }

    /// Reads a line of a page; `copy` is what it is where that is known.
    fn read_line(
        &mut self,
        key: &str,
        text: &str,
        kind: &mut Kind,
        copy: Option<Copy>,
    ) -> Result<(), (String, String)> {
        let id = key.strip_prefix(kind.as_str()).and_then(|rest| rest.strip_prefix('/')).filter(|id| !id.is_empty());
        let rec = id.map_or_else(|| key.parse(), |id| Ok(RecordRef::new(kind.clone(), id)));
        let read = rec.and_then(|rec: RecordRef| Ok((rec, copy.map_or_else(|| Copy::read(text), Ok)?)));
        let (rec, copy) = read.map_err(|why| (format!("{}/{key}", Table::Records.name()), why))?;
        if rec.kind != *kind {
            *kind = rec.kind.clone();
        }
        self.shelf.found_line();
        self.apply(Edit::Copy(rec, copy));
        Ok(())
    }

    /// A copy, as a row by itself and a line of a page have it.
    fn decode_copy(rec: RecordRef, text: &str) -> Result<Edit, String> {
        Ok(Edit::Copy(rec, Copy::read(text)?))
    }

    pub(crate) fn decode(table: Table, key: &str, value: Stored) -> Result<Option<Edit>, String> {
        // By way of `Value`, so that each type's reader is in the app once.
        fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
            let value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
            serde_json::from_value(value).map_err(|e| e.to_string())
        }
        Ok(Some(match (table, value) {
            (Table::Records, Stored::Text(text)) => Self::decode_copy(key.parse()?, &text)?,
            (Table::Facts, Stored::Bytes(bytes)) => Edit::Facts(key.to_owned(), bytes),
            (Table::Outbox, Stored::Text(text)) => Edit::Pending(parse(&text)?),
            (Table::Returned, Stored::Text(text)) => Edit::Returned(parse(&text)?),
            (Table::Uploads, Stored::Text(text)) => Edit::Upload(key.to_owned(), parse(&text)?),
            (Table::Meta, Stored::Text(text)) if key == META_KEY => Edit::Meta(parse(&text)?),
            (Table::Meta, _) => return Ok(None),
            _ => return Err("the value is of the wrong type".to_owned()),
        }))
    }

    /// The storage batch of these edits, to be committed at the current revision.
    pub fn batch(&self, edits: &[Edit]) -> WriteBatch {
        let text = |table, key: String, text| Some(((table, key), Some(Stored::Text(text))));
        let bytes =
            |table, key: &String, bytes: &[u8]| Some(((table, key.clone()), Some(Stored::Bytes(bytes.to_vec()))));
        let none = |table, key: String| Some(((table, key), None));
        let photo = |edit: &Edit| match edit {
            Edit::DropPhoto(id) => Some(((Table::Photos, id.clone()), None)),
            _ => None,
        };
        let rows = edits.iter().filter_map(|edit| match edit {
            Edit::Copy(..) | Edit::DropCopy(_) | Edit::Facts(..) | Edit::DropFacts(_) => None,
            Edit::Pending(pending) => text(Table::Outbox, outbox_key(pending.m.n), json(pending)),
            Edit::DropPending(n) => none(Table::Outbox, outbox_key(*n)),
            Edit::Returned(returned) => text(Table::Returned, returned.m.id.0.clone(), json(returned)),
            Edit::DropReturned(id) => none(Table::Returned, id.0.clone()),
            Edit::Photo(id, picture) => bytes(Table::Photos, id, picture),
            Edit::Upload(id, upload) => text(Table::Uploads, id.clone(), json(upload)),
            Edit::DropPhoto(id) => none(Table::Uploads, id.clone()),
            Edit::Meta(meta) => text(Table::Meta, META_KEY.to_owned(), json(meta)),
        });
        let rows = rows.chain(edits.iter().filter_map(photo)).collect();
        let rows: Vec<((Table, String), Option<Stored>)> = sorted(rows, |a, b| a.0.cmp(&b.0));
        let mut batch = WriteBatch { expect: self.revision, outbox: self.outbox(), ..WriteBatch::default() };
        self.put_copies(edits, &mut batch);
        self.put_facts(edits, &mut batch);
        let mut rows = rows.into_iter().peekable();
        while let Some(((table, key), value)) = rows.next() {
            // A batch sets each key once: the last edit of a key wins, as it does in memory.
            if rows.peek().is_some_and(|(next, _)| next.0 == table && next.1 == key) {
                continue;
            }
            match value {
                Some(value) => batch.puts.push(Put { table, key, value }),
                None => batch.deletes.push((table, key)),
            }
        }
        self.drop_the_front(&mut batch);
        batch
    }

    /// The last key of the outbox.
    fn outbox(&self) -> Option<String> {
        self.pending.keys().next_back().map(|n| outbox_key(*n))
    }

    /// Whether a snapshot should hold what this replica does: nothing was written since. Where the outbox ends earlier than
    /// here, nobody wrote: something is lost.
    pub(crate) fn covers(&self, snapshot: &Snapshot) -> bool {
        self.revision == snapshot.revision && snapshot.outbox() <= self.outbox().as_ref()
    }

    /// Where the front of the outbox goes, as when a page acknowledges ten thousand mutations, one word says so.
    fn drop_the_front(&self, batch: &mut WriteBatch) {
        let dropped = batch.deletes.iter().filter(|(table, _)| *table == Table::Outbox).map(|(_, key)| key);
        let front = self.pending.keys().map(|n| outbox_key(*n)).zip(dropped).take_while(|(here, key)| here == *key);
        if let Some((through, _)) = front.last() {
            batch.deletes.retain(|(table, key)| *table != Table::Outbox || *key > through);
            batch.outbox_through = Some(through);
        }
    }

    /// The part of a batch that is about copies.
    fn put_copies(&self, edits: &[Edit], batch: &mut WriteBatch) {
        let changed = changed(edits, copy_key);
        let text = |key: &str| {
            let copy = match found(edits, &changed, key) {
                Some(Some(Edit::Copy(_, copy))) => Some(copy),
                Some(_) => None,
                None => key.parse().ok().and_then(|rec| self.server.get(&rec)),
            };
            copy.map(Copy::text).unwrap_or_default()
        };
        let layout = Layout {
            pages: Table::Pages,
            rows: Table::Records,
            add: &|page, key| pages::add_line(page, key, &text(key)),
            row: &|key| Stored::Text(text(key)),
        };
        layout.put(self.copy_moves(&changed), &self.shelf, self.paging, batch);
    }

    /// The part of a batch that is about facts.
    fn put_facts(&self, edits: &[Edit], batch: &mut WriteBatch) {
        let changed = changed(edits, facts_key);
        let bytes = |key: &str| match found(edits, &changed, key) {
            Some(Some(Edit::Facts(_, bytes))) => bytes.as_slice(),
            Some(_) => &[],
            None => self.facts.get(key).map_or(&[][..], |bytes| bytes),
        };
        let layout = Layout {
            pages: Table::FactPages,
            rows: Table::Facts,
            add: &|page, key| pages::add_segment(page, key, bytes(key)),
            row: &|key| Stored::Bytes(bytes(key).to_vec()),
        };
        layout.put(self.facts_moves(&changed), &self.facts_shelf, self.paging.of_facts(), batch);
    }

    /// Memory of where copies and facts lie, after the batch of these edits.
    pub(super) fn follow(&mut self, edits: &[Edit]) {
        let copies = self.copy_moves(&changed(edits, copy_key));
        let facts = self.facts_moves(&changed(edits, facts_key));
        self.shelf.follow(copies, self.paging);
        self.facts_shelf.follow(facts, self.paging.of_facts());
    }

    fn copy_moves(&self, changed: &Changed) -> Moves {
        self.shelf.moves(changed, &self.server, self.paging)
    }

    fn facts_moves(&self, changed: &Changed) -> Moves {
        self.facts_shelf.moves(changed, &self.facts, self.paging.of_facts())
    }
}

impl Held for BTreeMap<RecordRef, Copy> {
    fn count(&self) -> usize {
        self.len()
    }

    fn has(&self, key: &str) -> bool {
        key.parse().is_ok_and(|rec| self.contains_key(&rec))
    }

    fn keys(&self) -> Vec<String> {
        self.keys().map(RecordRef::to_string).collect()
    }
}

impl Held for BTreeMap<String, Arc<[u8]>> {
    fn count(&self) -> usize {
        self.len()
    }

    fn has(&self, key: &str) -> bool {
        self.contains_key(key)
    }

    fn keys(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

fn outbox_key(n: u64) -> String {
    format!("{n:016}")
}

fn json<T: Serialize>(value: &T) -> String {
    // Plain data with string keys always serialises.
    serde_json::to_string(value).unwrap_or_default()
}

/// The copy an edit changes: its key, and whether it is there afterwards.
fn copy_key(edit: &Edit) -> Option<(String, bool)> {
    match edit {
        Edit::Copy(rec, _) => Some((rec.to_string(), true)),
        Edit::DropCopy(rec) => Some((rec.to_string(), false)),
        _ => None,
    }
}

/// Likewise, of facts.
fn facts_key(edit: &Edit) -> Option<(String, bool)> {
    match edit {
        Edit::Facts(id, _) => Some((id.clone(), true)),
        Edit::DropFacts(id) => Some((id.clone(), false)),
        _ => None,
    }
}

/// What edits change, in the order of the keys. The last edit of a key wins.
fn changed(edits: &[Edit], key: fn(&Edit) -> Option<(String, bool)>) -> Changed {
    let mut changed: Changed = Vec::new();
    for (at, edit) in edits.iter().enumerate().rev() {
        if let Some((key, there)) = key(edit) {
            changed.push((key, there.then_some(at)));
        }
    }
    let mut changed = pages::in_order(changed);
    changed.dedup_by(|earlier, kept| earlier.0 == kept.0);
    changed
}

/// The edit that keeps a key, `Some(None)` where one drops it, `None` where none is about it.
fn found<'a>(edits: &'a [Edit], changed: &Changed, key: &str) -> Option<Option<&'a Edit>> {
    let at = pages::place(changed, key)?;
    Some(changed[at].1.map(|at| &edits[at]))
}

/// How a shelf's keys become values.
struct Layout<'a> {
    pages: Table,
    rows: Table,
    /// Adds a key with what it stands for to a page.
    add: &'a dyn Fn(&mut Vec<u8>, &str),
    /// The value of a key by itself.
    row: &'a dyn Fn(&str) -> Stored,
}

impl Layout<'_> {
    fn put(&self, moves: Moves, shelf: &Shelf, paging: Paging, batch: &mut WriteBatch) {
        for number in moves.dropped {
            batch.delete(self.pages, pages::page_key(number));
        }
        for (keys, number) in moves.lines.chunks(paging.page).zip(shelf.next_page()..) {
            let mut page = Vec::new();
            for key in keys {
                (self.add)(&mut page, key);
            }
            if self.pages == Table::Pages {
                pages::seal(&mut page);
            }
            batch.put_bytes(self.pages, pages::page_key(number), page);
        }
        for key in moves.freed {
            batch.delete(self.rows, key);
        }
        for key in moves.rows {
            let value = (self.row)(&key);
            batch.puts.push(Put { table: self.rows, key, value });
        }
    }
}
