//! The end of every story: no more faults; everybody syncs until there is nothing left to say; then all promises are
//! looked at.

use crate::check;
use crate::world::World;
use crate::{Mutant, Violation};
use aisle_sync::{Event, Failure, Reach, Trigger};

/// How often everybody may have to wait for a timer before the story counts as endless.
const WAITS: u32 = 80;
/// Things that may arrive between two waits.
const ARRIVALS: u32 = 3_000;

impl World {
    /// Heals everything and checks every promise.
    pub(crate) fn heal(&mut self) -> Result<(), Violation> {
        self.healed = true;
        self.note("everything heals".to_owned());
        self.deliver_ghosts()?;
        for p in 0..self.phones.len() {
            self.ensure_leader(p)?;
        }
        let mut waits = 0;
        loop {
            self.drain()?;
            self.deliver_ghosts()?;
            match self.at_rest()? {
                None => break,
                Some(why) if waits == WAITS => return Err(Violation::new("everybody comes to rest", why)),
                Some(_) => waits += 1,
            }
            self.wait()?;
        }
        self.photos_arrive()?;
        self.judge()
    }

    /// Lets arrive whatever is on its way, and signs in whoever has been signed out.
    fn drain(&mut self) -> Result<(), Violation> {
        for _ in 0..ARRIVALS {
            let mut still = true;
            for p in 0..self.phones.len() {
                let out = Reach::Failed(Failure::SignedOut);
                if self.phones[p].tabs.iter().any(|tab| tab.trip.is_none() && tab.engine.status().reach == out) {
                    self.sign_in(p)?;
                }
                for t in 0..self.phones[p].tabs.len() {
                    let Some(tab) = self.phones[p].tabs.get(t) else { continue };
                    let moving = [(tab.job.is_some(), 0), (tab.trip.is_some(), 1), (tab.whisper, 2)];
                    for what in moving.into_iter().filter(|(moves, _)| *moves).map(|(_, what)| what) {
                        still = false;
                        self.arrive(p, t, what)?;
                    }
                }
            }
            if still {
                return Ok(());
            }
        }
        Err(Violation::new("everybody comes to rest", "something is always on its way"))
    }

    /// Until the next timer rings: nothing else wakes anybody up.
    fn wait(&mut self) -> Result<(), Violation> {
        let timers = self.phones.iter().flat_map(|phone| &phone.tabs).filter_map(|tab| tab.timer);
        let next = timers.min().map_or(60_000, |at| (at - self.now).max(1));
        self.pass(next)
    }

    /// Why it is not over yet.
    fn at_rest(&mut self) -> Result<Option<String>, Violation> {
        for p in 0..self.phones.len() {
            let person = self.phones[p].person.clone();
            let shows = check::revisions(&check::scope(&mut self.endpoint, &person)?);
            for (t, tab) in self.phones[p].tabs.iter().enumerate() {
                let waiting = tab.engine.replica().pending().count();
                if waiting > 0 {
                    let status = tab.engine.status();
                    return Ok(Some(format!("phone {p} tab {t} holds {waiting} mutations: {status:?}")));
                }
                if let Err(violation) = check::holds(tab.engine.replica(), &shows) {
                    return Ok(Some(format!("phone {p} tab {t}: {violation}")));
                }
            }
        }
        Ok(None)
    }

    /// Asked once more, every phone sends the pictures of records that were accepted; those that the endpoint has told to wait do
    /// so when that is over.
    fn photos_arrive(&mut self) -> Result<(), Violation> {
        let mut waits = 0;
        loop {
            for p in 0..self.phones.len() {
                for t in 0..self.phones[p].tabs.len() {
                    self.feed(p, t, Event::Trigger(Trigger::Asked))?;
                }
            }
            self.drain()?;
            match self.missing_photo()? {
                None => return Ok(()),
                Some(missing) if waits == WAITS => {
                    return Err(Violation::new("no picture of an accepted record is lost", missing));
                }
                Some(_) => waits += 1,
            }
            self.wait()?;
        }
    }

    fn missing_photo(&mut self) -> Result<Option<String>, Violation> {
        let published = self.endpoint.published()?;
        for phone in &self.phones {
            for promise in &phone.promises {
                let photo = promise.rec.kind == aisle_protocol::record::Kind::Photo;
                if photo && !published.contains(&promise.rec.id) && self.endpoint.has_taken_any(&promise.ids)? {
                    return Ok(Some(format!("phone {}: {}", phone.index, promise.rec)));
                }
            }
        }
        Ok(None)
    }

    fn judge(&mut self) -> Result<(), Violation> {
        for p in 0..self.phones.len() {
            let person = self.phones[p].person.clone();
            let scope = check::scope(&mut self.endpoint, &person)?;
            for tab in &self.phones[p].tabs {
                check::converged(tab.engine.replica(), &scope)?;
                let replica = tab.engine.replica();
                check::nothing_flickers(&self.phones[p], replica, &mut self.endpoint, &self.moved)?;
            }
            check::nothing_lost(&self.phones[p], &mut self.endpoint)?;
            check::nothing_made_up(&self.phones[p], &mut self.endpoint)?;
            self.summary.refused += self.phones[p].disk.mutations().len() as u64;
            if !self.phones[p].disk.keeps_strangers() {
                return Err(Violation::new("what a later version stored is kept", format!("phone {p}")));
            }
        }
        if self.planted == Some(Mutant::HistoryForgotten) {
            self.endpoint.forget_history()?;
        }
        self.summary.taken += check::log_is_sound(&mut self.endpoint, &self.phones)?.len() as u64;
        self.endpoint.verify_audit()
    }
}
