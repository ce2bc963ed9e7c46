//! The records of the person who is signed in, as signals.
//!
//! Reading a kind of record inside a memo or a view subscribes to that kind; it is computed again when a record of
//! the kind has changed, on this tab or another, by the person or by the feed.

use super::moves::Moves;
use crate::platform::clock;
use crate::sync_driver::{Driver, Notice};
use aisle_protocol::mutation::{MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::session::Session;
use aisle_sync::{Draft, Event, PhotoDraft, RecordState, Replica, Status, StoreError, Trigger};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The records. Context.
#[derive(Clone, Copy)]
pub struct Work {
    driver: StoredValue<Option<Driver>, LocalStorage>,
    /// Grows with every change of a kind.
    versions: StoredValue<Vec<(Kind, RwSignal<u64>)>>,
    status: RwSignal<Option<Status>>,
    halted: RwSignal<Option<StoreError>>,
    kept: StoredValue<Vec<(&'static str, Kept)>, LocalStorage>,
    /// Entries that have changed, by id: they come one by one, all day, and every figure depends on them.
    entries: StoredValue<Moves<String>>,
}

/// A value computed from records, with the version of them it was computed from, and for those that are brought up to date
/// with how much of that it has taken in.
#[derive(Clone)]
struct Kept {
    version: u64,
    at: u64,
    value: Rc<dyn Any>,
}

/// More entries than these at once are read with all others.
const FEW_ENTRIES: usize = 500;

impl Work {
    /// Nothing is open at first.
    pub fn provide() -> Self {
        let versions = Kind::KNOWN.into_iter().map(|kind| (kind, RwSignal::new(0))).collect();
        let this = Self {
            driver: StoredValue::new_local(None),
            versions: StoredValue::new(versions),
            status: RwSignal::new(None),
            halted: RwSignal::new(None),
            kept: StoredValue::new_local(Vec::new()),
            entries: StoredValue::new(Moves::default()),
        };
        provide_context(this);
        this
    }

    /// The records in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// Opens a person's database on this device.
    pub fn open(self, session: &Session) {
        self.close();
        self.halted.set(None);
        let driver = Driver::open(session, move |notice| match notice {
            Notice::Changed(records) => {
                if records.is_empty() {
                    // Storage has been read, whatever stood in the way before.
                    self.halted.set(None);
                }
                self.note_entries(&records);
                self.bump(records.iter().map(|rec| &rec.kind));
            }
            Notice::Status => self.refresh_status(),
            Notice::Halted(error) => self.halted.set(Some(error)),
        });
        self.driver.set_value(Some(driver));
        self.refresh_status();
    }

    /// Closes it; what it holds stays.
    pub fn close(self) {
        if let Some(driver) = self.driver.get_value() {
            driver.close();
        }
        self.driver.set_value(None);
        self.status.set(None);
        self.note_entries(&BTreeSet::new());
        self.bump(std::iter::empty());
    }

    /// No record at all means any of them.
    fn note_entries(self, records: &BTreeSet<RecordRef>) {
        let ids: Vec<&String> = records.iter().filter(|rec| rec.kind == Kind::Entry).map(|rec| &rec.id).collect();
        self.entries.update_value(|entries| {
            if records.is_empty() || ids.len() > FEW_ENTRIES {
                return entries.forget();
            }
            for id in ids {
                entries.note(id.clone());
            }
        });
    }

    fn bump<'a>(self, kinds: impl Iterator<Item = &'a Kind>) {
        let kinds: Vec<&Kind> = kinds.collect();
        self.versions.with_value(|versions| {
            for (kind, version) in versions {
                if kinds.is_empty() || kinds.contains(&kind) {
                    version.update(|n| *n += 1);
                }
            }
        });
    }

    fn refresh_status(self) {
        let status = self.driver.with_value(|driver| driver.as_ref().map(Driver::status));
        if self.status.with_untracked(|before| *before != status) {
            self.status.set(status);
        }
    }

    /// Subscribes to a kind of record.
    pub fn track(self, kind: &Kind) {
        if let Some(version) = self.version_of(kind) {
            version.track();
        }
    }

    /// A value computed from records of these kinds, and kept until one of them changes. Subscribes to the kinds.
    ///
    /// One cache for every type instead of a memo for each: a memo's code exists once for every type it holds, and the
    /// catalogue's dozen made up a tenth of the app. `name` tells values apart; one name always stands for one type.
    pub fn keep<T: 'static>(self, name: &'static str, kinds: &[Kind], make: impl FnOnce() -> T) -> Rc<T> {
        let version = self.version(kinds);
        let known = self.kept.with_value(|kept| {
            let (_, kept) = kept.iter().find(|(known, kept)| *known == name && kept.version == version)?;
            Some(kept.value.clone())
        });
        if let Some(Ok(value)) = known.map(Rc::downcast::<T>) {
            return value;
        }
        let value = Rc::new(make());
        self.put(name, Kept { version, at: 0, value: value.clone() });
        value
    }

    /// A value computed from records of these kinds and from something that moves by itself, such as entries. `follow`
    /// brings it from what it had taken in to where that is now (`at`), unless it answers that it cannot; then, and when a
    /// record of the kinds has changed or what is kept does not `fit`, it is made anew.
    pub(super) fn keep_along<T: 'static>(
        self,
        name: &'static str,
        kinds: &[Kind],
        at: u64,
        fits: impl FnOnce(&T) -> bool,
        make: impl FnOnce() -> T,
        follow: impl FnOnce(&mut T, u64) -> bool,
    ) -> Rc<T> {
        let version = self.version(kinds);
        let known = self.take(name).filter(|kept| kept.version == version);
        if let Some((before, Ok(mut value))) = known.map(|kept| (kept.at, kept.value.downcast::<T>())) {
            let still =
                fits(&value) && (before == at || Rc::get_mut(&mut value).is_some_and(|value| follow(value, before)));
            if still {
                self.put(name, Kept { version, at, value: value.clone() });
                return value;
            }
        }
        let value = Rc::new(make());
        self.put(name, Kept { version, at, value: value.clone() });
        value
    }

    /// A value computed from all entries, and brought up to date when some have changed: `follow` gets their ids, each once.
    /// Subscribes to entries.
    pub(super) fn keep_up<T: 'static>(
        self,
        name: &'static str,
        make: impl FnOnce() -> T,
        follow: impl FnOnce(&mut T, &[String]),
    ) -> Rc<T> {
        self.track(&Kind::Entry);
        let at = self.entries.with_value(Moves::at);
        self.keep_along(
            name,
            &[],
            at,
            |_| true,
            make,
            |value, before| {
                let Some(ids) = self.entries.with_value(|entries| entries.since(before).map(<[String]>::to_vec)) else {
                    return false;
                };
                let mut ids = aisle_domain::order::sorted(ids, Ord::cmp);
                ids.dedup();
                follow(value, &ids);
                true
            },
        )
    }

    fn take(self, name: &str) -> Option<Kept> {
        let mut taken = None;
        self.kept.update_value(|kept| {
            if let Some(at) = kept.iter().position(|(known, _)| *known == name) {
                taken = Some(kept.swap_remove(at).1);
            }
        });
        taken
    }

    fn put(self, name: &'static str, value: Kept) {
        self.take(name);
        self.kept.update_value(|kept| kept.push((name, value)));
    }

    /// The same, made from what was kept before, if anything was.
    pub fn keep_on<T: 'static>(self, name: &'static str, kinds: &[Kind], make: impl FnOnce(Option<&T>) -> T) -> Rc<T> {
        let before = self.kept.with_value(|kept| {
            let (_, kept) = kept.iter().find(|(known, _)| *known == name)?;
            kept.value.clone().downcast::<T>().ok()
        });
        self.keep(name, kinds, || make(before.as_deref()))
    }

    /// Grows with every change of these kinds. Subscribes to them.
    fn version(self, kinds: &[Kind]) -> u64 {
        kinds.iter().filter_map(|kind| self.version_of(kind)).map(|version| version.get()).sum()
    }

    fn version_of(self, kind: &Kind) -> Option<RwSignal<u64>> {
        self.versions.with_value(|versions| versions.iter().find(|(known, _)| known == kind).map(|(_, v)| *v))
    }

    /// Reads without subscribing; `None` while nothing is open.
    pub fn peek<T>(self, read: impl FnOnce(&Replica) -> T) -> Option<T> {
        self.driver.with_value(|driver| driver.as_ref().map(|driver| driver.with(read)))
    }

    /// Every record of a kind.
    pub fn all<T: DeserializeOwned>(self, kind: &Kind) -> Vec<(String, T)> {
        self.track(kind);
        self.peek(|replica| replica.all(kind)).unwrap_or_default()
    }

    /// One record.
    pub fn one<T: DeserializeOwned>(self, kind: Kind, id: &str) -> Option<T> {
        self.track(&kind);
        self.peek(|replica| replica.get(kind, id)).flatten()
    }

    /// Where a record stands.
    pub fn record_state(self, rec: &RecordRef) -> RecordState {
        self.status.track();
        let state = self.driver.with_value(|driver| driver.as_ref().map(|driver| driver.record_state(rec)));
        state.unwrap_or(RecordState::Accepted)
    }

    /// The engine's state in numbers; `None` while nothing is open.
    pub fn status(self) -> Option<Status> {
        self.status.get()
    }

    /// Whether the device's records have been read.
    pub fn is_ready(self) -> bool {
        self.status.with(|status| status.as_ref().is_some_and(|s| s.ready))
    }

    /// Why storage cannot be used, if it cannot.
    pub fn halted(self) -> Option<StoreError> {
        self.halted.get()
    }

    /// Tries to sync.
    pub fn trigger(self, trigger: Trigger) {
        self.feed(Event::Trigger(trigger));
    }

    /// Sends a refused mutation once more.
    pub fn retry(self, id: &str) {
        self.feed(Event::Retry(MutationId(id.to_owned()), MutationId(clock::fresh_id())));
    }

    /// Drops a refused mutation.
    pub fn withdraw(self, id: &str) {
        self.feed(Event::Withdraw(MutationId(id.to_owned())));
    }

    /// Drops pictures that need not stay on this phone.
    pub fn free_photos(self) {
        self.feed(Event::FreePhotos);
    }

    /// Everything in storage as one text, readable or not.
    ///
    /// # Errors
    /// When not even the keys can be read.
    pub async fn salvage(self) -> Result<String, StoreError> {
        match self.driver.get_value() {
            Some(driver) => driver.salvage().await,
            None => Err(StoreError::Lost),
        }
    }

    /// Sets aside what cannot be read.
    ///
    /// # Errors
    /// When that cannot be written.
    pub async fn mend(self) -> Result<(), StoreError> {
        match self.driver.get_value() {
            Some(driver) => driver.mend().await,
            None => Err(StoreError::Lost),
        }
    }

    fn feed(self, event: Event) {
        if let Some(driver) = self.driver.get_value() {
            driver.feed(event);
        }
    }

    /// Makes changes durable. `Ok` only when they are.
    ///
    /// # Errors
    /// Why they are not; nothing was written then.
    pub async fn write(self, drafts: Vec<Draft>, photos: Vec<PhotoDraft>, strict: bool) -> Result<(), StoreError> {
        match self.driver.get_value() {
            Some(driver) => driver.write(drafts, photos, strict).await,
            None => Err(StoreError::Lost),
        }
    }

    /// What storage holds, for the self-check; `None` when it cannot be read.
    pub async fn stored(self) -> Option<aisle_sync::store::Snapshot> {
        let driver = self.driver.get_value()?;
        driver.stored().await
    }

    /// Reads what the person was working at and has not handed over, by its name; kept on this device and nowhere else.
    pub async fn sketch(self, name: &str) -> Option<String> {
        self.read_sketch(name).await.ok().flatten()
    }

    /// The same, where it matters whether there is none or it cannot be read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read_sketch(self, name: &str) -> Result<Option<String>, StoreError> {
        match self.driver.get_value() {
            Some(driver) => driver.sketch(name).await,
            None => Err(StoreError::Lost),
        }
    }

    /// Keeps such a sketch, or removes it. `Ok` only when that is durable.
    ///
    /// # Errors
    /// Why it is not; what was kept before stays.
    pub async fn keep_sketch(self, name: &str, text: Option<&str>) -> Result<(), StoreError> {
        match self.driver.get_value() {
            Some(driver) => driver.keep_sketch(name, text).await,
            None => Err(StoreError::Lost),
        }
    }

    /// Reads a picture kept on this device.
    pub async fn photo(self, id: &str) -> Option<Vec<u8>> {
        let driver = self.driver.get_value()?;
        driver.photo(id).await
    }
}

/// A draft that makes a record.
pub(super) fn create<T: Serialize>(kind: Kind, id: &str, value: &T) -> Draft {
    draft(Op::Create, kind, id, fields(value))
}

/// A draft that changes some fields of a record.
pub(super) fn patch(kind: Kind, id: &str, fields: Fields) -> Draft {
    draft(Op::Patch, kind, id, fields)
}

fn draft(op: Op, kind: Kind, id: &str, patch: Fields) -> Draft {
    Draft { id: MutationId(clock::fresh_id()), op, rec: RecordRef::new(kind, id), patch }
}

/// A value's fields. Plain structs always are objects.
pub(super) fn fields<T: Serialize>(value: &T) -> Fields {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => Fields::new(),
    }
}
