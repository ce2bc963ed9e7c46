//! Storage in which something cannot be read: what can be, and how to go on without the rest.
//!
//! Nothing here happens by itself. The engine stops at the first row that it cannot read; a person exports what there is and
//! chooses to set the rest aside. Set aside is not dropped: the text of such a row stays in the store.

use crate::pages;
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
            // What is in a page is looked at line by line.
            Ok(Stored::Bytes(page)) if self.table == Table::Pages => {
                self.key.parse::<u64>().is_err() || is_spoilt(page)
            }
            Ok(_) if self.table == Table::Pages => true,
            Ok(Stored::Bytes(page)) if self.table == Table::FactPages => {
                self.key.parse::<u64>().is_err() || pages::segments(page).any(|segment| segment.is_none())
            }
            Ok(value) => Replica::decode(self.table, &self.key, value.clone()).is_err(),
            Err(_) => true,
        }
    }
}

/// Whether a page of copies is damaged where no line shows it.
fn is_spoilt(page: &[u8]) -> bool {
    let readable = |(key, text): (&str, &str)| {
        let value = Stored::Text(text.to_owned());
        !Row { table: Table::Records, key: key.to_owned(), value: Ok(value) }.is_unreadable()
    };
    pages::unsealed(page).1 == Some(false) && pages::lines(page).all(|line| line.is_ok_and(readable))
}

fn revision(value: &Stored) -> Option<Revision> {
    value.text()?.parse().ok().map(Revision)
}

/// A row, or a line of a page as the row it stands for.
struct Piece {
    row: Row,
    /// Where it lies, if it is a line: key of the page, and the line as it is there.
    line: Option<(String, Vec<u8>)>,
}

impl Piece {
    fn is_unreadable(&self) -> bool {
        self.row.is_unreadable()
    }
}

/// The rows, and what is in pages record by record: one that is damaged is named, and hides no other.
fn pieces(rows: &[Row]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for row in rows {
        match &row.value {
            Ok(Stored::Bytes(page)) if row.table == Table::Pages && !row.is_unreadable() => {
                let (of, mut number) = (&row.key, 0);
                for line in pages::lines(page) {
                    number += 1;
                    let (row, bytes) = match line {
                        Ok((key, text)) => {
                            let value = Ok(Stored::Text(text.to_owned()));
                            let mut bytes = Vec::new();
                            pages::add_line(&mut bytes, key, text);
                            (Row { table: Table::Records, key: key.to_owned(), value }, bytes)
                        }
                        Err(bytes) => {
                            let key = format!("{of}:{number}");
                            let value = Err(String::from_utf8_lossy(bytes).into_owned());
                            (Row { table: Table::Pages, key, value }, bytes.to_vec())
                        }
                    };
                    pieces.push(Piece { row, line: Some((of.clone(), bytes)) });
                }
            }
            _ => pieces.push(Piece { row: row.clone(), line: None }),
        }
    }
    pieces
}

/// Everything as one text, readable or not, for somebody who can make sense of it. Pictures are not in it.
pub fn export(rows: &[Row]) -> String {
    let row = |Piece { row, .. }: &Piece| {
        serde_json::json!({
            "table": row.table.name(), "key": row.key, "value": row.text(),
            "bytes": matches!(row.value, Ok(Stored::Bytes(_))), "readable": !row.is_unreadable(),
        })
    };
    let rows: Vec<serde_json::Value> = pieces(rows).iter().map(row).collect();
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
    let pieces = pieces(rows);
    let bad: Vec<&Piece> = pieces.iter().filter(|piece| piece.is_unreadable()).collect();
    if bad.is_empty() {
        return None;
    }
    let mut replica = Replica::default();
    for row in rows.iter().filter(|row| matches!(row.table, Table::Outbox | Table::Meta)) {
        if let Ok(value) = &row.value
            && let Ok(Some(edit)) = Replica::decode(row.table, &row.key, value.clone())
        {
            replica.apply(edit);
        }
    }
    let at = rows.iter().find(|row| row.table == Table::Meta && row.key == REVISION_KEY);
    let found = at.map_or(Some(Revision(0)), |row| row.value.as_ref().ok().and_then(revision));
    let outbox = rows.iter().filter(|row| row.table == Table::Outbox).map(|row| row.key.clone()).max();
    let mut batch = WriteBatch { expect: found.unwrap_or_default(), outbox, ..WriteBatch::default() };
    for Piece { row, line } in &bad {
        let mut aside = format!("{ASIDE}{}/{}", row.table.name(), row.key);
        match line {
            None => batch.delete(row.table, row.key.as_str()),
            // Another page may hold a line of the same record.
            Some((page, _)) => aside = format!("{aside}#{page}"),
        }
        batch.put_text(Table::Meta, aside, row.text());
    }
    // A page goes on without its damaged lines.
    let of = |piece: &Piece| piece.line.as_ref().map(|(page, _)| page.clone());
    let mut damaged: Vec<String> = bad.iter().filter_map(|piece| of(piece)).collect();
    damaged.dedup();
    for page in damaged {
        let good = pieces.iter().filter(|piece| of(piece).as_ref() == Some(&page) && !piece.is_unreadable());
        let lines: Vec<u8> = good.filter_map(|piece| piece.line.as_ref()).flat_map(|(_, line)| line.clone()).collect();
        batch.put_bytes(Table::Pages, page, lines);
    }
    let mut meta = Meta { cursor: None, generation: replica.meta.generation + 1, ..replica.meta.clone() };
    if meta.device.0.is_empty() {
        meta.device = fresh;
        meta.complete = false;
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
    use crate::replica::{Copy, Draft, Edit};
    use aisle_protocol::mutation::{MutationId, Op};
    use aisle_protocol::record::{Kind, RecordRef};
    use aisle_protocol::sync::Bucket;

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
        let mut batch = store.batch();
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
            assert_eq!(unreadable(&all), 1, "{key}");
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

    /// Rows that cannot be read.
    fn unreadable(rows: &[Row]) -> usize {
        pieces(rows).iter().filter(|piece| piece.is_unreadable()).count()
    }

    /// Three shops in a page, one of them damaged so.
    fn damaged_page(line: &[u8]) -> MemoryStore {
        let store = MemoryStore::default();
        let mut page = Vec::new();
        let copy = |rev: u64| format!("{{\"rev\":{rev},\"b\":\"b\",\"g\":0,\"v\":{{\"name\":\"{rev}\"}}}}");
        pages::add_line(&mut page, "shop/1", &copy(1));
        page.extend_from_slice(line);
        page.push(b'\n');
        pages::add_line(&mut page, "shop/3", &copy(3));
        let mut batch = WriteBatch::default();
        batch.put_bytes(Table::Pages, pages::page_key(1), page);
        batch.put_text(Table::Records, "shop/4", copy(4));
        store.commit_now(batch).expect("commits");
        store
    }

    #[test]
    fn a_damaged_line_of_a_page_is_named_and_its_neighbours_stay() {
        let not_utf8 = b"shop/2\t{\"rev\":2,\"b\":\"\xff\"}";
        let cases: [(&[u8], &str, &str); 3] = [
            (b"shop/2\t{half of a rec", "records/shop/2", "aside/records/shop/2#00000001"),
            (b"no tab and no name", "pages/00000001", "aside/pages/00000001:2#00000001"),
            (not_utf8, "pages/00000001", "aside/pages/00000001:2#00000001"),
        ];
        for (line, name, aside) in cases {
            let store = damaged_page(line);
            let mut engine = Engine::new(device("d"), 1);
            let effects = feed(&mut engine, &store, Event::Loaded(store.load_now()));
            let halted = effects.iter().find_map(|effect| match effect {
                Effect::Halt(StoreError::Corrupt { what, .. }) => Some(what.as_str()),
                _ => None,
            });
            assert_eq!(halted, Some(name));
            let all = rows(&store);
            assert_eq!(unreadable(&all), 1, "{name}");
            let text: serde_json::Value = serde_json::from_str(&export(&all)).expect("JSON");
            let exported: Vec<(&str, bool)> = text["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| (row["key"].as_str().unwrap_or_default(), row["readable"] == true))
                .collect();
            for key in ["shop/1", "shop/3", "shop/4"] {
                assert!(exported.contains(&(key, true)), "{key} can be read: {exported:?}");
            }
            assert_eq!(exported.iter().filter(|(_, readable)| !readable).count(), 1);

            let mending = mend(&all, device("fresh")).expect("something to mend");
            store.commit_now(mending.batch).expect("commits");
            let kept = store.table(Table::Meta).into_iter().find(|(key, _)| key == aside);
            let lossy = String::from_utf8_lossy(line).into_owned();
            let kept = kept.and_then(|(_, value)| value.text().map(str::to_owned)).expect("it is kept");
            assert!(lossy.ends_with(&kept), "{kept}");
            let read = Replica::read(store.load_now()).expect("readable again");
            let shops: Vec<String> = read.copies().map(|(rec, _)| rec.to_string()).collect();
            assert_eq!(shops, ["shop/1", "shop/3", "shop/4"]);
            assert_eq!(mend(&rows(&store), device("x")), None, "nothing is left to mend");
        }
    }

    #[test]
    fn a_letter_that_has_changed_in_a_page_is_found_and_the_page_comes_again() {
        let store = MemoryStore::default();
        let mut replica = Replica::default();
        replica.paging = pages::Paging { bulk: 2, page: 10, loose: 5 };
        let copy = |n: u64| {
            let fields = serde_json::json!({"name": format!("Shop {n}")});
            let copy = Copy::new(n, Bucket("b".to_owned()), 0, fields.as_object().expect("an object"));
            Edit::Copy(RecordRef::new(Kind::Shop, n.to_string()), copy)
        };
        let edits: Vec<Edit> = (1..=3).map(copy).collect();
        let revision = store.commit_now(replica.batch(&edits)).expect("commits");
        replica.apply_all(edits, revision);
        assert_eq!(Replica::read(store.load_now()).map(|read| read.copies().count()), Ok(3));
        let (key, page) = store.table(Table::Pages).pop().expect("a page");
        let text = String::from_utf8(page.bytes().expect("bytes")).expect("text");
        let mut batch = store.batch();
        batch.put_bytes(Table::Pages, key.as_str(), text.replace("Shop 2", "Shop 7").into_bytes());
        store.commit_now(batch).expect("commits");
        let Err(StoreError::Corrupt { what, .. }) = Replica::read(store.load_now()) else {
            panic!("it is not passed over")
        };
        assert_eq!(what, format!("pages/{key}"));
        let mending = mend(&rows(&store), device("fresh")).expect("something to mend");
        store.commit_now(mending.batch).expect("commits");
        let read = Replica::read(store.load_now()).expect("readable again");
        assert_eq!((read.copies().count(), read.meta.cursor), (0, None));
    }

    #[test]
    fn a_page_of_which_nothing_can_be_read_is_set_aside_whole() {
        let mut all = rows(&damaged_page(b"shop/2\t"));
        let at = all.iter().position(|row| row.table == Table::Pages).expect("a page");
        all[at].value = Err("a Date".to_owned());
        let mending = mend(&all, device("fresh")).expect("something to mend");
        assert_eq!(mending.batch.deletes, [(Table::Pages, "00000001".to_owned())]);
        assert!(mending.batch.puts.iter().any(|put| put.key == "aside/pages/00000001"));
    }

    #[test]
    fn a_page_of_facts_that_is_cut_off_is_set_aside_and_the_feed_is_read_anew() {
        let store = MemoryStore::default();
        let mut batch = WriteBatch::default();
        batch.put_bytes(Table::FactPages, pages::page_key(1), vec![200, 0, 0, 0, b'x']);
        batch.put_text(Table::Outbox, "0000000000000001", "{half".to_owned());
        store.commit_now(batch).expect("commits");
        let all = rows(&store);
        assert_eq!(unreadable(&all), 2);
        let mending = mend(&all, device("fresh")).expect("something to mend");
        store.commit_now(mending.batch).expect("commits");
        let read = Replica::read(store.load_now()).expect("readable again");
        assert_eq!((read.meta.cursor.clone(), read.meta.generation), (None, 1));
        let aside = store.table(Table::Meta).into_iter().map(|(key, _)| key).filter(|key| key.starts_with(ASIDE));
        assert_eq!(aside.collect::<Vec<_>>(), ["aside/fact_pages/00000001", "aside/outbox/0000000000000001"]);
        assert_eq!(mend(&rows(&store), device("x")), None, "nothing is left to mend");
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
