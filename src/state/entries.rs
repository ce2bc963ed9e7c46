//! Actuals entered and corrected on phones: the ledger and the intents. Corrections are new entries with a reason.
//!
//! For the pages that are fetched after the first paint; the first screen sums up by `entered`.

#![allow(dead_code, reason = "the pages over it are built at the same time; to be taken out with the last of them")]

use super::filed::{Filed, filed};
use super::work::create;
use super::{Account, Work};
use crate::platform::clock;
use aisle_domain::actuals::{Cell, Entry, EntryError, EntryKind, Ledger, Source};
use aisle_domain::metric::Measure;
use aisle_domain::{EntryId, ShopId};
use aisle_protocol::record::Kind;
use aisle_sync::StoreError;
use leptos::task::spawn_local;
use std::rc::Rc;

/// Every entry that counts for this person, put together. Kept until an entry changes. Subscribes to entries.
pub fn ledger(work: Work) -> Rc<Ledger> {
    work.keep("ledger", &[Kind::Entry], || {
        let mut ledger = Ledger::default();
        for entry in filed::<Entry>(work, &Kind::Entry).into_iter().filter(Filed::counts) {
            ledger.insert(entry.value);
        }
        ledger
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
    pub fn ledger(self) -> Rc<Ledger> {
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
