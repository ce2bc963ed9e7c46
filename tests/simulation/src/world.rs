//! The story: what happens next, and what each event does.

use crate::disk::Fault;
use crate::endpoint::Endpoint;
use crate::organisation::{PASSWORD, START};
use crate::phone::{Backup, Expects, Job, Phone, Trip};
use crate::rng::Rng;
use crate::wire::{self, Ask, Heard, Spoil};
use crate::{Mutant, STEPS, Summary, Violation, check, people};
use aisle_protocol::mutation::{DeviceId, Hash, MutationId};
use aisle_protocol::paths;
use aisle_protocol::sync::{Change, PullResponse, PushRequest, What};
use aisle_sync::{Effect, Event, Failure, Table, Trigger, WriteBatch};
use axum::http::Method;
use serde_json::json;
use std::collections::BTreeSet;

/// A year, milliseconds.
const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;
/// Who may have a phone.
const PEOPLE: [&str; 7] = ["rep-a", "rep-a", "rep-b", "sup", "rep-a", "rep-c", "aud"];

/// A request that travels on although nobody waits for its answer.
struct Ghost {
    ask: Ask,
    cookie: Option<String>,
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) rng: Rng,
    /// Decides what happens beside everything else, so that the rest of a story stays what it was.
    pub(crate) beside: Rng,
    /// Work files that lie about.
    pub(crate) files: Vec<String>,
    pub(crate) endpoint: Endpoint,
    pub(crate) phones: Vec<Phone>,
    /// True time, which is the endpoint's.
    pub(crate) now: i64,
    pub(crate) planted: Option<Mutant>,
    /// Shops and people whose scope has changed.
    pub(crate) moved: BTreeSet<String>,
    pub(crate) names: u64,
    pub(crate) trace: Vec<String>,
    pub(crate) summary: Summary,
    /// No more faults.
    pub(crate) healed: bool,
    ghosts: Vec<Ghost>,
    admin: Option<String>,
}

impl World {
    pub(crate) fn new(seed: u64, planted: Option<Mutant>) -> Result<Self, Violation> {
        let mut rng = Rng::new(seed);
        let first = rng.below(PEOPLE.len());
        let many = 2 + rng.below(3);
        let people = PEOPLE.iter().cycle().skip(first).take(many);
        let phones = people.enumerate().map(|(index, person)| Phone::new(index, person)).collect();
        let mut world = Self {
            beside: Rng::new(seed ^ 0x5eed),
            files: Vec::new(),
            rng,
            endpoint: Endpoint::new()?,
            phones,
            now: START,
            planted,
            moved: BTreeSet::new(),
            names: 0,
            trace: Vec::new(),
            summary: Summary::default(),
            healed: false,
            ghosts: Vec::new(),
            admin: None,
        };
        if matches!(planted, Some(Mutant::ScopeUnchecked | Mutant::ForeignSegment)) {
            world.admin = world.session("root")?;
        }
        Ok(world)
    }

    pub(crate) fn note(&mut self, what: String) {
        self.trace.push(what);
    }

    /// The whole story.
    pub(crate) fn story(&mut self) -> Result<(), Violation> {
        // In most stories the endpoint has been there for a while.
        if self.rng.chance(60) {
            self.endpoint.build_snapshot()?;
        }
        for phone in 0..self.phones.len() {
            self.sign_in(phone)?;
            self.open_tab(phone)?;
        }
        for _ in 0..STEPS {
            self.step()?;
            self.aftermath()?;
        }
        self.heal()
    }

    fn step(&mut self) -> Result<(), Violation> {
        let phone = self.rng.below(self.phones.len());
        match self.rng.below(1000) {
            0..620 => self.progress(),
            620..700 => self.write(phone),
            700..770 => {
                let longest = if self.rng.chance(15) { 600_000 } else { 20_000 };
                let ms = self.rng.between(0, longest);
                self.pass(ms)
            }
            770..820 => self.trigger(phone),
            820..850 => self.open_tab(phone),
            850..865 => self.close_tab(phone),
            865..880 => self.change_leader(phone),
            880..900 => self.crash(phone),
            900..935 => self.office(),
            935..942 => self.end_session(phone),
            942..960 => self.sign_in(phone),
            960..966 => self.kill(),
            966..976 => self.deliver_ghost(),
            976..981 => self.jump_clock(phone),
            981..990 => self.back_up_or_clone(phone),
            _ => self.deal_with_refused(phone),
        }
    }

    /// Lets one thing that is on its way arrive.
    fn progress(&mut self) -> Result<(), Violation> {
        let mut moving = Vec::new();
        for (p, phone) in self.phones.iter().enumerate() {
            for (t, tab) in phone.tabs.iter().enumerate() {
                if tab.job.is_some() {
                    moving.push((p, t, 0));
                }
                if tab.trip.is_some() {
                    moving.push((p, t, 1));
                }
                if tab.whisper {
                    moving.push((p, t, 2));
                }
            }
        }
        let Some((p, t, what)) = self.rng.pick(&moving).copied() else { return Ok(()) };
        self.arrive(p, t, what)
    }

    pub(crate) fn arrive(&mut self, p: usize, t: usize, what: u8) -> Result<(), Violation> {
        match what {
            0 => self.job(p, t),
            1 => self.trip(p, t),
            _ => {
                if let Some(tab) = self.phones[p].tabs.get_mut(t) {
                    tab.whisper = false;
                }
                self.feed(p, t, Event::OtherTabWrote)
            }
        }
    }

    /// Hands an event to a tab's engine and performs what follows; a crash may come between two effects.
    pub(crate) fn feed(&mut self, p: usize, t: usize, event: Event) -> Result<(), Violation> {
        let now = self.now + self.phones[p].skew;
        let Some(tab) = self.phones[p].tabs.get_mut(t) else { return Ok(()) };
        let effects = tab.engine.step(event, now);
        let crash =
            if !self.healed && self.rng.below(250) == 0 { Some(self.rng.below(effects.len() + 1)) } else { None };
        for (i, effect) in effects.into_iter().enumerate() {
            if crash == Some(i) {
                return self.crash(p);
            }
            self.perform(p, t, effect, now)?;
        }
        self.look(p, t)
    }

    fn perform(&mut self, p: usize, t: usize, effect: Effect, now: i64) -> Result<(), Violation> {
        let limit = u32::try_from(self.rng.between(2, 25)).unwrap_or(25);
        let cut = !self.healed && self.rng.chance(30);
        let phone = &mut self.phones[p];
        let mut noted = None;
        let Some(tab) = phone.tabs.get_mut(t) else { return Ok(()) };
        let busy = |what: &str| Err(Violation::new("one thing at a time", format!("phone {p} tab {t}: {what}")));
        match effect {
            Effect::Load | Effect::Commit(_) if tab.job.is_some() => return busy("storage"),
            Effect::Push(_) | Effect::Pull { .. } | Effect::Manifest | Effect::Segment(_) | Effect::Upload { .. }
                if tab.trip.is_some() =>
            {
                return busy("network");
            }
            Effect::Load => tab.job = Some(Job::Load),
            Effect::Commit(batch) => tab.job = Some(Job::Commit(batch)),
            Effect::Push(request) => {
                noted = Some(format!("asks to push {}", ids_of(&request)));
                tab.trip = Some(Trip::Out(Ask::Push(request)));
            }
            Effect::Pull { device, cursor } => {
                noted = Some(format!("asks for {limit} changes, with a cursor: {}", cursor.is_some()));
                tab.trip = Some(Trip::Out(Ask::Pull { device, cursor, limit }));
            }
            Effect::Manifest => {
                noted = Some("asks for a snapshot".to_owned());
                tab.trip = Some(Trip::Out(Ask::Manifest));
            }
            Effect::Segment(digest) => {
                noted = Some(format!("asks for segment {}", &digest[..8]));
                tab.trip = Some(Trip::Out(Ask::Segment(digest)));
            }
            Effect::Upload { id, upload } => tab.trip = Some(Trip::Out(Ask::Upload { id, upload, cut })),
            Effect::WakeAt(at) => tab.timer = Some(self.now + (at - now).max(0)),
            Effect::Announce => {
                for (other, tab) in phone.tabs.iter_mut().enumerate() {
                    tab.whisper |= other != t;
                }
            }
            Effect::Wrote(id, outcome) => {
                let promises = tab.open.remove(&id).unwrap_or_default();
                phone.attempts.retain(|attempt| !promises.iter().any(|promise| promise.ids == attempt.ids));
                noted = Some(format!("write {} is {outcome:?}", id.0));
                if outcome.is_ok() {
                    self.summary.confirmed += promises.len() as u64;
                    phone.promises.extend(promises);
                }
            }
            Effect::Halt(error) => {
                return Err(Violation::new("storage stays readable", format!("phone {p} tab {t}: {error}")));
            }
            Effect::Changed(_) | Effect::StatusChanged => {}
        }
        if let Some(noted) = noted {
            self.note(format!("phone {p} tab {t}: {noted}"));
        }
        Ok(())
    }

    /// What has to be true of a tab whose memory is as new as the disk.
    fn look(&mut self, p: usize, t: usize) -> Result<(), Violation> {
        let Some(tab) = self.phones[p].tabs.get_mut(t) else { return Ok(()) };
        let meta = &tab.engine.replica().meta;
        let here = |e: &mut Expects| meta.cursor.as_ref() == Some(&e.cursor) && meta.last_success_ms == Some(e.at);
        if let Some(expects) = tab.expects.take_if(here) {
            self.summary.pages += 1;
            check::holds(tab.engine.replica(), &expects.shows)?;
        }
        // Memory that should not have changed is looked at all the same, now and then.
        let now = (tab.engine.replica().revision, tab.engine.replica().meta.last_n);
        if !tab.engine.status().ready || (tab.looked == Some(now) && !self.rng.chance(10)) {
            return Ok(());
        }
        tab.looked = Some(now);
        let phone = &self.phones[p];
        let Some(tab) = phone.tabs.get(t) else { return Ok(()) };
        let replica = tab.engine.replica();
        if !phone.disk.stands_at(replica) {
            return Ok(());
        }
        // Reading everything is the dearest question: it is asked every third time.
        if self.rng.below(3) == 0 {
            check::not_torn(phone, replica)?;
        }
        check::nothing_flickers(phone, replica, &mut self.endpoint, &self.moved)
    }

    fn job(&mut self, p: usize, t: usize) -> Result<(), Violation> {
        let Some(job) = self.phones[p].tabs.get_mut(t).and_then(|tab| tab.job.take()) else { return Ok(()) };
        let event = match job {
            Job::Load => Event::Loaded(self.phones[p].disk.load()),
            Job::Commit(batch) => self.commit(p, t, batch)?,
            Job::Done(event) => return self.feed(p, t, *event),
        };
        if let Some(tab) = self.phones[p].tabs.get_mut(t) {
            tab.job = Some(Job::Done(Box::new(event)));
        }
        Ok(())
    }

    fn commit(&mut self, p: usize, t: usize, batch: WriteBatch) -> Result<Event, Violation> {
        let fault = if !self.healed && self.rng.chance(6) {
            self.summary.faults += 1;
            self.rng.pick(&[Fault::Quota, Fault::Transient, Fault::Lost, Fault::LostAfter]).copied()
        } else {
            None
        };
        let outbox = |table: Table| matches!(table, Table::Outbox | Table::Returned);
        let drops = batch.deletes.iter().any(|(table, _)| outbox(*table));
        let keeps = batch.puts.iter().any(|put| outbox(put.table));
        let tables: BTreeSet<&str> = batch.puts.iter().map(|put| put.table.name()).collect();
        let what = format!("phone {p} tab {t}: commits {tables:?} at {} {fault:?}", batch.expect.0);
        let outcome = self.phones[p].disk.commit(batch, fault, self.planted);
        self.note(format!("{what}: {outcome:?}"));
        if drops {
            check::nothing_lost(&self.phones[p], &mut self.endpoint)?;
        }
        if drops || keeps {
            check::nothing_made_up(&self.phones[p], &mut self.endpoint)?;
        }
        Ok(outcome.map_or_else(Event::CommitFailed, Event::Committed))
    }

    fn trip(&mut self, p: usize, t: usize) -> Result<(), Violation> {
        let Some(trip) = self.phones[p].tabs.get_mut(t).and_then(|tab| tab.trip.take()) else { return Ok(()) };
        let heard = match trip {
            Trip::Out(ask) => self.at_endpoint(p, ask)?,
            Trip::Back(heard) => return self.hear(p, t, *heard),
        };
        if let Some(tab) = self.phones[p].tabs.get_mut(t) {
            tab.trip = Some(Trip::Back(Box::new(heard)));
        }
        Ok(())
    }

    fn hear(&mut self, p: usize, t: usize, heard: Heard) -> Result<(), Violation> {
        if let (Event::Forked(_) | Event::PushExpected(..), _) = (&heard.event, ()) {
            self.summary.renumbered += 1;
        }
        let skew = self.phones[p].skew;
        if let (Event::Pulled(page), Some(shows), Some(tab)) =
            (&heard.event, heard.shows, self.phones[p].tabs.get_mut(t))
        {
            tab.expects = Some(Expects { cursor: page.next.clone(), at: self.now + skew, shows });
        }
        self.note(format!("phone {p} tab {t}: hears {}", short(&heard.event)));
        self.feed(p, t, heard.event)
    }

    /// A request has come as far as the endpoint, unless something happens to it.
    fn at_endpoint(&mut self, p: usize, ask: Ask) -> Result<Heard, Violation> {
        let failed = |failure| Heard { event: Event::Failed(failure), shows: None };
        let fate = if self.healed { 99 } else { self.rng.below(100) };
        if fate < 20 {
            self.summary.faults += 1;
        }
        let cookie = self.phones[p].cookie.clone();
        let spoil = match fate {
            0..4 => return Ok(failed(Failure::Unreachable)),
            4..6 => {
                // Given up by the phone, still on its way.
                self.ghosts.push(Ghost { ask, cookie });
                return Ok(failed(Failure::Unreachable));
            }
            6..11 => {
                self.send(p, &ask, cookie.as_deref(), None)?;
                return Ok(failed(Failure::Unreachable));
            }
            11..13 => Some(Spoil::Portal),
            13..16 => Some(Spoil::Cut),
            16..18 => Some(Spoil::Broken),
            18..20 => Some(Spoil::SlowDown),
            20..22 if matches!(ask, Ask::Segment(_)) => Some(Spoil::Garbled),
            20..24 => {
                // Arrives twice, the second time whenever it likes.
                self.ghosts.push(Ghost { ask: ask.clone(), cookie: cookie.clone() });
                None
            }
            _ => None,
        };
        let mut event = self.send(p, &ask, cookie.as_deref(), spoil)?;
        let mut shows = None;
        if let Event::Segment(digest, text) = &event {
            self.summary.segments += 1;
            let person = self.phones[p].person.clone();
            check::is_served_to(&mut self.endpoint, &person, digest, text)?;
        }
        if let Event::Manifest(manifest) = &mut event
            && self.planted == Some(Mutant::SegmentUnlisted)
        {
            manifest.segments.pop();
        }
        if let Event::Pulled(page) = &mut event {
            if !page.more {
                let person = self.phones[p].person.clone();
                shows = Some(check::revisions(&check::scope(&mut self.endpoint, &person)?));
            }
            self.tamper(page);
        }
        Ok(Heard { event, shows })
    }

    /// Planted mistakes of the feed.
    fn tamper(&mut self, page: &mut PullResponse) {
        match self.planted {
            Some(Mutant::GoneSwallowed) => page.changes.retain(|change| !matches!(change.what, What::Gone { .. })),
            Some(Mutant::PurgeSwallowed) => page.purge.clear(),
            Some(Mutant::PageShortened) => {
                page.changes.pop();
            }
            _ => {}
        }
    }

    fn send(&mut self, p: usize, ask: &Ask, cookie: Option<&str>, spoil: Option<Spoil>) -> Result<Event, Violation> {
        let fresh = DeviceId(self.phones[p].name("d"));
        match (ask, self.planted) {
            (Ask::Pull { cursor, limit, .. }, Some(Mutant::ScopeUnchecked)) => {
                let ask = Ask::Pull { device: DeviceId::default(), cursor: cursor.clone(), limit: *limit };
                let admin = self.admin.clone();
                wire::send(&mut self.endpoint, admin.as_deref(), &ask, spoil, fresh)
            }
            (Ask::Manifest | Ask::Segment(_), Some(Mutant::ForeignSegment)) => {
                let admin = self.admin.clone();
                wire::send(&mut self.endpoint, admin.as_deref(), ask, spoil, fresh)
            }
            (Ask::Push(request), Some(Mutant::IdempotenceForgotten)) => {
                self.send_unrecognised(p, request, cookie, spoil, fresh)
            }
            _ => wire::send(&mut self.endpoint, cookie, ask, spoil, fresh),
        }
    }

    /// Planted: what was taken before comes to the endpoint as if it were new.
    fn send_unrecognised(
        &mut self,
        p: usize,
        request: &PushRequest,
        cookie: Option<&str>,
        spoil: Option<Spoil>,
        fresh: DeviceId,
    ) -> Result<Event, Violation> {
        let ids: Vec<MutationId> = request.muts.iter().map(|m| m.id.clone()).collect();
        if !self.endpoint.has_taken_any(&ids)? {
            return wire::send(&mut self.endpoint, cookie, &Ask::Push(request.clone()), spoil, fresh);
        }
        let mut request = request.clone();
        request.device = DeviceId(self.phones[p].name("d"));
        let mut prev = Hash::default();
        let mut shift = 0;
        for (i, m) in request.muts.iter_mut().enumerate() {
            shift = m.n - (i as u64 + 1);
            m.n = i as u64 + 1;
            m.id = MutationId(format!("{}-{}", m.id, request.device));
            m.prev = prev;
            *m = m.clone().sealed();
            prev = m.hash.clone();
        }
        let mut event = wire::send(&mut self.endpoint, cookie, &Ask::Push(request), spoil, fresh)?;
        if let Event::Pushed(response) = &mut event {
            response.results.iter_mut().for_each(|result| result.n += shift);
        }
        Ok(event)
    }

    fn deliver_ghost(&mut self) -> Result<(), Violation> {
        if self.ghosts.is_empty() {
            return Ok(());
        }
        let at = self.rng.below(self.ghosts.len());
        let ghost = self.ghosts.swap_remove(at);
        self.note("a request arrives that nobody waits for".to_owned());
        self.send(0, &ghost.ask, ghost.cookie.as_deref(), None).map(|_| ())
    }

    pub(crate) fn deliver_ghosts(&mut self) -> Result<(), Violation> {
        while !self.ghosts.is_empty() {
            self.deliver_ghost()?;
        }
        Ok(())
    }

    /// Time passes for everybody; timers ring.
    pub(crate) fn pass(&mut self, ms: i64) -> Result<(), Violation> {
        self.now += ms;
        self.endpoint.set_now(self.now);
        for p in 0..self.phones.len() {
            for t in 0..self.phones[p].tabs.len() {
                let now = self.now;
                let rings = self.phones[p].tabs.get_mut(t).and_then(|tab| tab.timer.take_if(|at| *at <= now)).is_some();
                if rings {
                    self.feed(p, t, Event::Trigger(Trigger::Timer))?;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, p: usize) -> Result<(), Violation> {
        let now = self.now + self.phones[p].skew;
        let t = self.rng.below(self.phones[p].tabs.len());
        if !self.phones[p].tabs.get(t).is_some_and(|tab| tab.engine.status().ready) {
            return Ok(());
        }
        let Some(deed) = people::write(&mut self.phones[p], t, &mut self.rng, now) else { return Ok(()) };
        self.perform_deed(p, t, deed)
    }

    /// A person does something in a tab.
    pub(crate) fn perform_deed(&mut self, p: usize, t: usize, deed: people::Deed) -> Result<(), Violation> {
        let what: Vec<String> = deed.promises.iter().map(|d| format!("{} {}", d.ids[0], d.rec)).collect();
        self.note(format!("phone {p} tab {t}: {} writes {}", self.phones[p].person, what.join(", ")));
        let phone = &mut self.phones[p];
        if self.planted == Some(Mutant::SavedBeforeCommit) {
            phone.promises.extend(deed.promises);
        } else if let Some(tab) = phone.tabs.get_mut(t) {
            phone.attempts.extend(deed.promises.clone());
            tab.open.insert(deed.id, deed.promises);
        }
        self.feed(p, t, deed.event)
    }

    fn trigger(&mut self, p: usize) -> Result<(), Violation> {
        let t = self.rng.below(self.phones[p].tabs.len());
        let trigger = self.rng.pick(&[Trigger::Online, Trigger::Visible, Trigger::Asked]).copied();
        trigger.map_or(Ok(()), |trigger| self.feed(p, t, Event::Trigger(trigger)))
    }

    /// Opens a tab; it leads when no other does, and sometimes when another does: the lock is not to be relied on.
    pub(crate) fn open_tab(&mut self, p: usize) -> Result<(), Violation> {
        if self.phones[p].tabs.len() >= 3 {
            return Ok(());
        }
        let seed = self.rng.next();
        let t = self.phones[p].open_tab(seed);
        let planted = self.planted.and_then(Mutant::of_engine);
        let leads = !self.phones[p].tabs.iter().any(|tab| tab.leads) || (!self.healed && self.rng.chance(10));
        let Some(tab) = self.phones[p].tabs.get_mut(t) else { return Ok(()) };
        tab.engine.plant(planted);
        tab.leads = leads;
        self.note(format!("phone {p} tab {t}: opens, leads: {leads}"));
        if leads { self.feed(p, t, Event::Leads(true)) } else { Ok(()) }
    }

    fn close_tab(&mut self, p: usize) -> Result<(), Violation> {
        if self.phones[p].tabs.len() < 2 {
            return Ok(());
        }
        let t = self.rng.below(self.phones[p].tabs.len());
        self.note(format!("phone {p} tab {t}: closes; later tabs count one down"));
        self.end_tab(p, t)?;
        self.ensure_leader(p)
    }

    pub(crate) fn ensure_leader(&mut self, p: usize) -> Result<(), Violation> {
        if self.phones[p].tabs.is_empty() {
            return self.open_tab(p);
        }
        if self.phones[p].tabs.iter().any(|tab| tab.leads) {
            return Ok(());
        }
        if let Some(tab) = self.phones[p].tabs.first_mut() {
            tab.leads = true;
        }
        self.feed(p, 0, Event::Leads(true))
    }

    fn change_leader(&mut self, p: usize) -> Result<(), Violation> {
        let t = self.rng.below(self.phones[p].tabs.len());
        let both = self.rng.chance(30);
        let leads = |tab: &crate::phone::Tab| tab.leads;
        for other in 0..self.phones[p].tabs.len() {
            if other != t && !both && self.phones[p].tabs.get(other).is_some_and(leads) {
                if let Some(tab) = self.phones[p].tabs.get_mut(other) {
                    tab.leads = false;
                }
                self.feed(p, other, Event::Leads(false))?;
            }
        }
        if let Some(tab) = self.phones[p].tabs.get_mut(t) {
            tab.leads = true;
        }
        self.note(format!("phone {p} tab {t}: leads; others too: {both}"));
        self.feed(p, t, Event::Leads(true))
    }

    /// A tab's memory is gone; what it asked for may still happen.
    fn end_tab(&mut self, p: usize, t: usize) -> Result<(), Violation> {
        let tab = self.phones[p].tabs.remove(t);
        if let Some(Job::Commit(batch)) = tab.job {
            if self.rng.chance(50) {
                self.phones[p].disk.crash_during(batch, self.planted);
            } else {
                self.note("  its last batch was written".to_owned());
                // Nobody is left to be told.
                let _ = self.commit(p, t, batch)?;
            }
        }
        if let Some(Trip::Out(ask)) = tab.trip
            && self.rng.chance(50)
        {
            let cookie = self.phones[p].cookie.clone();
            self.ghosts.push(Ghost { ask, cookie });
        }
        Ok(())
    }

    /// The phone loses its memory, and starts again from the disk.
    fn crash(&mut self, p: usize) -> Result<(), Violation> {
        self.note(format!("phone {p}: crashes"));
        self.summary.crashes += 1;
        while !self.phones[p].tabs.is_empty() {
            self.end_tab(p, 0)?;
        }
        self.phones[p].disk.crash_after();
        check::nothing_lost(&self.phones[p], &mut self.endpoint)?;
        self.open_tab(p)
    }

    fn end_session(&mut self, p: usize) -> Result<(), Violation> {
        let Some(cookie) = self.phones[p].cookie.clone() else { return Ok(()) };
        self.note(format!("phone {p}: the session ends"));
        self.endpoint.call(Method::DELETE, paths::SESSION, Some(&cookie), &[], Vec::new()).map(|_| ())
    }

    pub(crate) fn session(&mut self, login: &str) -> Result<Option<String>, Violation> {
        let json = [("content-type", "application/json".to_owned())];
        let body = json!({"login": login, "password": PASSWORD}).to_string().into_bytes();
        let answer = self.endpoint.call(Method::POST, paths::SESSION, None, &json, body)?;
        let cookie = answer.header("set-cookie").and_then(|text| text.split(';').next()).map(str::to_owned);
        Ok(cookie.filter(|_| answer.status == 200))
    }

    /// Signs in, and says so to every tab, as the app does.
    pub(crate) fn sign_in(&mut self, p: usize) -> Result<(), Violation> {
        let person = self.phones[p].person.clone();
        let Some(cookie) = self.session(&person)? else { return Ok(()) };
        self.note(format!("phone {p}: {person} signs in"));
        let again = self.phones[p].cookie.replace(cookie).is_some();
        if again && self.planted == Some(Mutant::SignInEmptiesOutbox) {
            self.phones[p].disk.empty_outbox();
        }
        for t in 0..self.phones[p].tabs.len() {
            self.feed(p, t, Event::Trigger(Trigger::Start))?;
        }
        Ok(())
    }

    fn kill(&mut self) -> Result<(), Violation> {
        self.note("the endpoint is killed and starts again".to_owned());
        self.summary.kills += 1;
        self.endpoint.kill()
    }

    fn jump_clock(&mut self, p: usize) -> Result<(), Violation> {
        let skews = [-YEAR, YEAR, 0, 400_000, -400_000];
        if let Some(skew) = self.rng.pick(&skews).copied() {
            self.note(format!("phone {p}: the clock jumps to {} days off", skew / (YEAR / 365)));
            self.phones[p].skew = skew;
        }
        Ok(())
    }

    /// Keeps a copy of a phone's disk, or brings one to life beside the phone it was taken from.
    fn back_up_or_clone(&mut self, p: usize) -> Result<(), Violation> {
        let now = &self.phones[p];
        let (attempts, promises) = (now.attempts.clone(), now.promises.clone());
        let copy = Backup { disk: now.disk.copy(), attempts, promises };
        let many = self.phones.len();
        match self.phones[p].backup.take() {
            Some(Backup { disk, attempts, promises }) if many < 6 && self.rng.chance(60) => {
                let person = self.phones[p].person.clone();
                self.note(format!("phone {many}: comes to life from a backup of phone {p}"));
                let mut phone = Phone::new(many, &person);
                (phone.disk, phone.attempts, phone.promises) = (disk, attempts, promises);
                self.phones.push(phone);
                self.sign_in(many)?;
                self.open_tab(many)
            }
            _ => {
                self.note(format!("phone {p}: is backed up"));
                self.phones[p].backup = Some(copy);
                Ok(())
            }
        }
    }

    fn deal_with_refused(&mut self, p: usize) -> Result<(), Violation> {
        let t = self.rng.below(self.phones[p].tabs.len());
        let Some(tab) = self.phones[p].tabs.get(t) else { return Ok(()) };
        let refused: Vec<MutationId> = tab.engine.replica().returned().map(|r| r.m.id.clone()).collect();
        let Some(old) = self.rng.pick(&refused).cloned() else { return Ok(()) };
        let new = MutationId(self.phones[p].name("m"));
        let again = self.rng.chance(50);
        let Some(promise) = self.phones[p].promise_of(&old) else { return Ok(()) };
        if again {
            promise.ids.push(new.clone());
            self.note(format!("phone {p} tab {t}: {old} is tried again as {new}"));
            self.feed(p, t, Event::Retry(old, new))
        } else {
            promise.withdrawn = true;
            // It is shown until the withdrawal is durable.
            let until = promise.clone();
            self.phones[p].attempts.push(until);
            self.note(format!("phone {p} tab {t}: {old} is withdrawn"));
            self.feed(p, t, Event::Withdraw(old))
        }
    }
}

fn ids_of(request: &PushRequest) -> String {
    let ids: Vec<String> = request.muts.iter().map(|m| format!("{}:{}", m.n, m.id)).collect();
    format!("{} {}", request.device, ids.join(" "))
}

/// An event in few words.
fn short(event: &Event) -> String {
    match event {
        Event::Pulled(page) => {
            let name = |c: &Change| match &c.what {
                What::Is { rev, .. } => format!("{}:{}/{}@{rev}", c.b.0, c.kind.as_str(), c.id),
                What::Gone { .. } => format!("{}:{}/{} gone", c.b.0, c.kind.as_str(), c.id),
                What::Del { .. } => format!("{}:{}/{} deleted", c.b.0, c.kind.as_str(), c.id),
            };
            let changes: Vec<String> = page.changes.iter().map(name).collect();
            let purged: Vec<&str> = page.purge.iter().map(|b| b.0.as_str()).collect();
            let (changes, purged) = (changes.join(" "), purged.join(" "));
            format!("a page: {changes}; purged: {purged}; more: {}, ack {}", page.more, page.ack)
        }
        Event::Manifest(manifest) => {
            let digests: Vec<&str> = manifest.segments.iter().map(|s| &s.sha256[..8]).collect();
            format!("a snapshot at {}: {}", manifest.rev, digests.join(" "))
        }
        Event::Segment(digest, text) => format!("segment {} of {} bytes", &digest[..8], text.len()),
        Event::Pushed(response) => {
            let results: Vec<String> = response.results.iter().map(|r| format!("{}:{:?}", r.n, r.st)).collect();
            format!("results {}", results.join(" "))
        }
        other => format!("{other:?}"),
    }
}
