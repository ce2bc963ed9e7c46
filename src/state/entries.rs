//! Actuals entered and corrected on phones: the ledger and the intents. Corrections are new entries with a reason.
//!
//! For the pages that are fetched after the first paint; the first screen sums up by `entered`.

use super::filed::{Filed, filed};
use super::moves::Moves;
use super::work::create;
use super::{Account, Work};
use crate::platform::clock;
use aisle_domain::actuals::{Cell, CellChange, Entry, EntryError, EntryKind, Ledger, Source};
use aisle_domain::metric::Measure;
use aisle_domain::{EntryId, ShopId};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::{RecordState, Replica, StoreError};
use leptos::task::spawn_local;
use std::ops::Deref;
use std::rc::Rc;

/// The ledger, with the figures that have moved since it was put together.
#[derive(Default)]
pub struct Journal {
    ledger: Ledger,
    pub(super) moves: Moves<CellChange>,
}

impl Deref for Journal {
    type Target = Ledger;

    fn deref(&self) -> &Ledger {
        &self.ledger
    }
}

impl Journal {
    fn of(entries: impl Iterator<Item = Entry>) -> Self {
        let mut this = Self::default();
        for entry in entries {
            this.ledger.insert(entry);
        }
        this
    }

    /// Takes in that these entries have changed, and notes what moved. `read` says what an entry is now; nothing when it has
    /// gone, or was refused.
    fn follow(&mut self, ids: &[String], read: impl Fn(&str) -> Option<Entry>) {
        for id in ids {
            let gone = self.ledger.remove(&EntryId::from(id.as_str()));
            let come = read(id).map(|entry| self.ledger.insert(entry)).unwrap_or_default();
            gone.into_iter().chain(come).for_each(|change| self.moves.note(change));
        }
    }
}

/// Every entry that counts for this person, put together. Entries that change later are taken in one by one. Subscribes to
/// entries.
pub fn ledger(work: Work) -> Rc<Journal> {
    let all = || {
        let all: Vec<Filed<Entry>> = filed(work, &Kind::Entry);
        Journal::of(all.into_iter().filter(Filed::counts).map(|filed| filed.value))
    };
    let read = |replica: &Replica, id: &str| {
        let counts = replica.state(&RecordRef::new(Kind::Entry, id), None) != RecordState::Returned;
        if counts { replica.get(Kind::Entry, id) } else { None }
    };
    work.keep_up("ledger", all, |journal: &mut Journal, ids: &[String]| {
        work.peek(|replica| journal.follow(ids, |id| read(replica, id)));
    })
}

/// Entries. Made where it is needed: it holds nothing but the contexts below it.
#[derive(Clone, Copy)]
pub struct Entries {
    work: Work,
    account: Account,
}

impl Entries {
    /// Entries as this person sees them.
    pub fn get() -> Self {
        Self { work: Work::get(), account: Account::get() }
    }

    /// The ledger.
    pub fn ledger(self) -> Rc<Journal> {
        ledger(self.work)
    }

    /// Entries of a shop, newest first, refused and replaced ones too.
    pub fn of_shop(self, shop: &ShopId) -> Vec<Filed<Entry>> {
        let all: Vec<Filed<Entry>> = filed(self.work, &Kind::Entry);
        all.into_iter().rev().filter(|filed| filed.value.cell.shop == *shop).collect()
    }

    /// Enters a value. `then` hears whether it is durable.
    ///
    /// # Errors
    /// Names what is wrong; nothing is written then.
    pub fn add(
        self,
        cell: Cell,
        value: Measure,
        source: Source,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), EntryError> {
        self.enter(cell, value, EntryKind::Count, source, then)
    }

    /// Corrects an entry: the new value counts instead of it, in its own cell or another. `then` hears whether it is durable.
    ///
    /// # Errors
    /// Names what is wrong; nothing is written then.
    pub fn correct(
        self,
        of: EntryId,
        cell: Cell,
        value: Measure,
        reason: &str,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), EntryError> {
        self.enter(cell, value, EntryKind::Replaces { of, reason: reason.to_owned() }, Source::Phone, then)
    }

    /// Corrects what was imported: the value, often a negative one, counts beside it. `then` hears whether it is durable.
    ///
    /// # Errors
    /// Names what is wrong; nothing is written then.
    pub fn offset(
        self,
        cell: Cell,
        value: Measure,
        reason: &str,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), EntryError> {
        self.enter(cell, value, EntryKind::Offset { reason: reason.to_owned() }, Source::Phone, then)
    }

    fn enter(
        self,
        cell: Cell,
        value: Measure,
        kind: EntryKind,
        source: Source,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), EntryError> {
        let Some(by) = self.account.session().map(|session| session.person) else { return Ok(()) };
        let id = EntryId::new(clock::fresh_id());
        let entry = Entry { id, cell, value, kind, source, by, at: clock::now_ms() };
        entry.check()?;
        let draft = create(Kind::Entry, entry.id.as_str(), &entry);
        let work = self.work;
        spawn_local(async move { then(work.write(vec![draft], vec![], true).await) });
        Ok(())
    }
}
