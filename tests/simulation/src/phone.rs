//! A phone: one disk, one session, any number of tabs over them. And what its person has been promised.

use crate::disk::Disk;
use crate::wire::{Ask, Heard};
use aisle_protocol::mutation::{DeviceId, MutationId};
use aisle_protocol::record::{Fields, RecordRef};
use aisle_sync::{Engine, Event, Paging, Revision, WriteBatch, WriteId};
use std::collections::BTreeMap;

/// A storage operation of a tab, on its way.
#[derive(Debug)]
pub(crate) enum Job {
    /// Asked for.
    Load,
    /// Asked for.
    Commit(WriteBatch),
    /// Done, the tab does not know yet.
    Done(Box<Event>),
}

/// A request of a tab, on its way.
#[derive(Debug)]
pub(crate) enum Trip {
    /// Not at the endpoint yet.
    Out(Ask),
    /// The answer, not at the tab yet.
    Back(Box<Heard>),
}

/// One tab.
#[derive(Debug)]
pub(crate) struct Tab {
    pub(crate) name: String,
    pub(crate) engine: Engine,
    pub(crate) job: Option<Job>,
    pub(crate) trip: Option<Trip>,
    /// The revision and the counter at which its memory was looked at last.
    pub(crate) looked: Option<(Revision, u64)>,
    /// When the timer rings, by true time.
    pub(crate) timer: Option<i64>,
    /// Another tab has said that it wrote; this one has not listened yet.
    pub(crate) whisper: bool,
    pub(crate) leads: bool,
    /// Writes without an answer.
    pub(crate) open: BTreeMap<WriteId, Vec<Promise>>,
    /// The last page of a feed on its way into storage.
    pub(crate) expects: Option<Expects>,
}

/// What a tab will show when the last page of a feed has become durable.
#[derive(Clone, Debug)]
pub(crate) struct Expects {
    /// The page's cursor.
    pub(crate) cursor: String,
    /// When it was heard, by the phone's clock.
    pub(crate) at: i64,
    /// What the endpoint showed this person when it gave the page.
    pub(crate) shows: BTreeMap<RecordRef, u64>,
}

/// What a person was told is saved.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    /// The mutation, and after retries those that took its place.
    pub(crate) ids: Vec<MutationId>,
    /// The record.
    pub(crate) rec: RecordRef,
    /// Its shop.
    pub(crate) shop: String,
    /// What was written.
    pub(crate) patch: Fields,
    /// The tab it was written in; what one tab wrote has an order.
    pub(crate) tab: String,
    /// Its place in that order.
    pub(crate) made: u64,
    /// The person took it back after it was refused.
    pub(crate) withdrawn: bool,
}

/// A copy of the disk, and what had been written and confirmed at that moment.
#[derive(Clone, Debug)]
pub(crate) struct Backup {
    pub(crate) disk: Disk,
    pub(crate) attempts: Vec<Promise>,
    pub(crate) promises: Vec<Promise>,
}

/// A phone.
#[derive(Debug)]
pub(crate) struct Phone {
    /// For names.
    pub(crate) index: usize,
    pub(crate) person: String,
    pub(crate) disk: Disk,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) cookie: Option<String>,
    /// The phone's clock minus true time.
    pub(crate) skew: i64,
    /// Writes without an answer, some of them for ever: they may have become durable, or not.
    pub(crate) attempts: Vec<Promise>,
    /// Everything confirmed, in the order in which it was.
    pub(crate) promises: Vec<Promise>,
    /// Names given so far.
    pub(crate) names: u64,
    /// What a backup service keeps.
    pub(crate) backup: Option<Backup>,
}

impl Phone {
    pub(crate) fn new(index: usize, person: &str) -> Self {
        Self {
            index,
            person: person.to_owned(),
            disk: Disk::new(),
            tabs: Vec::new(),
            cookie: None,
            skew: 0,
            attempts: Vec::new(),
            promises: Vec::new(),
            names: 0,
            backup: None,
        }
    }

    /// A name nobody else gives.
    pub(crate) fn name(&mut self, what: &str) -> String {
        self.names += 1;
        format!("{what}{}-{:04}", self.index, self.names)
    }

    /// Opens a tab; its first act will be to read storage.
    pub(crate) fn open_tab(&mut self, seed: u64) -> usize {
        let fresh = DeviceId(self.name("d"));
        // So small that a handful of records makes pages, folds rows into them and writes them anew.
        let engine = Engine::new(fresh.clone(), seed).with_paging(Paging { bulk: 3, page: 2, loose: 8 });
        self.tabs.push(Tab {
            name: fresh.0.clone(),
            engine,
            job: Some(Job::Load),
            trip: None,
            looked: None,
            timer: None,
            whisper: false,
            leads: false,
            open: BTreeMap::new(),
            expects: None,
        });
        self.tabs.len() - 1
    }

    /// The promise a mutation belongs to.
    pub(crate) fn promise_of(&mut self, id: &MutationId) -> Option<&mut Promise> {
        self.promises.iter_mut().find(|promise| promise.ids.contains(id))
    }
}
