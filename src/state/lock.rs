//! The unlock code, where the company asks for one (`Org::unlock_after_min`).
//!
//! What is kept of the code is a word sealed with it ([`crate::platform::seal`]), beside the person's records: neither the
//! code nor anything that can be turned back into it without trying. What the code stops and what it does not:
//! docs/device.md. Records are never touched here; who forgets the code signs in with the password and chooses another.
//!
//! Several tabs lock by one moment, when any of them was last in front, so that a tab in the back does not lock while
//! another is worked in, and none stays open when all were in the back for too long.

use super::account::Refusal;
use super::{Account, Catalog, Work};
use crate::platform::seal::{self, SealError};
use crate::platform::{clock, page};
use crate::storage::prefs::{self, Pref};
use aisle_protocol::work::Seal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

/// Digits of a code.
pub const DIGITS: usize = 6;
/// Wrong codes before the first wait.
const FREE: u32 = 5;
/// The first wait, milliseconds; each further wrong code doubles it.
const WAIT_MS: i64 = 60_000;
/// The longest wait, milliseconds.
const WAIT_MAX_MS: i64 = 24 * 60 * WAIT_MS;
/// How often a tab looks at the time, milliseconds.
const LOOK_MS: u64 = 10_000;
/// Name of the row beside the records.
const ROW: &str = "unlock code";
/// What is sealed. Its secrecy does not matter.
const WORD: &str = "aisle";

/// What is kept of a code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// [`WORD`] sealed with the code, base64.
    sealed: String,
    /// Wrong codes since the last right one.
    #[serde(default)]
    wrong: u32,
    /// When the last of them was given, by this device's clock.
    #[serde(default)]
    at: i64,
}

impl Kept {
    /// How long no code is looked at after the last wrong one, milliseconds.
    fn wait_ms(&self) -> i64 {
        match self.wrong.checked_sub(FREE) {
            None => 0,
            Some(more) => WAIT_MS.checked_shl(more).filter(|ms| (1..WAIT_MAX_MS).contains(ms)).unwrap_or(WAIT_MAX_MS),
        }
    }

    /// Until when no code is looked at; `None` when one is.
    fn until(&self, now: i64) -> Option<i64> {
        let until = self.at + self.wait_ms();
        (until > now).then_some(until)
    }

    /// Where the clock has been set back since, the wait begins anew instead of lasting until the clock is there again.
    /// Whether that was so.
    fn follow_clock(&mut self, now: i64) -> bool {
        let ahead = self.at > now;
        self.at = self.at.min(now);
        ahead
    }
}

/// A code that whoever finds the phone tries first: one digit only, or digits in a row.
fn is_weak(code: &str) -> bool {
    let steps: Vec<i16> = code.as_bytes().windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0])).collect();
    [-1, 0, 1].into_iter().any(|step| steps.iter().all(|s| *s == step))
}

/// Whether the code is asked for again: no tab was in front for so long, or nobody knows.
fn is_over(seen: Option<i64>, now: i64, after_min: u32) -> bool {
    seen.is_none_or(|seen| seen > now || now - seen >= i64::from(after_min) * 60_000)
}

/// What the lock asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing yet: what is kept is being read.
    Nothing,
    /// A code of the person's choice.
    Choice,
    /// The same again.
    Again,
    /// The code.
    Code,
    /// The password; `true` when the code could be given instead.
    Password(bool),
    /// Nothing any more: the page may be seen.
    Done,
}

/// What was wrong, or has to be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The two codes differ.
    Differ,
    /// Too easy to guess.
    Weak,
    /// The wrong code; so many more before a wait.
    Wrong(u32),
    /// Until this moment no code is looked at.
    Wait(i64),
    /// The code could not be written, or what is kept of it could not be read.
    Storage,
    /// The password did not do.
    Refused(Refusal),
}

/// The lock of a page.
#[derive(Clone, Copy)]
pub struct Lock {
    account: Account,
    work: Work,
    asks: RwSignal<Asks>,
    said: RwSignal<Option<Said>>,
    busy: RwSignal<bool>,
    /// Grows when what was typed is to be thrown away.
    cleared: RwSignal<u64>,
    chosen: StoredValue<String>,
}

impl Lock {
    /// Reads what is kept and says what has to be asked. Keeps watch from now on.
    pub fn begin() -> Self {
        let this = Self {
            account: Account::get(),
            work: Work::get(),
            asks: RwSignal::new(Asks::Nothing),
            said: RwSignal::new(None),
            busy: RwSignal::new(false),
            cleared: RwSignal::new(0),
            chosen: StoredValue::new(String::new()),
        };
        watch(this.account, Catalog::get());
        if seal::is_available() {
            spawn_local(this.look());
        } else {
            // Over plain HTTP from another machine, which is for trials only, a browser has no ciphers.
            this.open();
        }
        this
    }

    async fn look(self) {
        match self.read().await {
            Ok(None) => self.asks.set(Asks::Choice),
            Ok(Some(_)) if self.account.is_proven() => self.open(),
            Ok(Some(kept)) => {
                self.said.set(kept.until(clock::now_ms()).map(Said::Wait));
                self.asks.set(Asks::Code);
            }
            Err(said) => {
                self.said.set(Some(said));
                self.asks.set(Asks::Password(false));
            }
        }
    }

    /// What is asked for.
    pub fn asks(self) -> Asks {
        self.asks.get()
    }

    /// What was wrong.
    pub fn said(self) -> Option<Said> {
        self.said.get()
    }

    /// Whether something is being looked at.
    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Changes when what was typed is to be thrown away.
    pub fn cleared(self) -> u64 {
        self.cleared.get()
    }

    /// A whole code was typed.
    pub fn take(self, code: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.said.set(None);
        match self.asks.get_untracked() {
            Asks::Choice if is_weak(&code) => self.again(Asks::Choice, Some(Said::Weak)),
            Asks::Choice => {
                self.chosen.set_value(code);
                self.again(Asks::Again, None);
            }
            Asks::Again if self.chosen.with_value(|chosen| *chosen != code) => {
                self.again(Asks::Choice, Some(Said::Differ));
            }
            Asks::Again => self.while_busy(async move {
                if self.keep(&code).await.is_err() {
                    self.again(Asks::Choice, Some(Said::Storage));
                } else {
                    self.open();
                }
            }),
            Asks::Code => self.while_busy(async move {
                match self.fits(&code).await {
                    Ok(()) => self.open(),
                    Err(said) => self.again(Asks::Code, Some(said)),
                }
            }),
            Asks::Nothing | Asks::Password(_) | Asks::Done => {}
        }
    }

    fn while_busy(self, work: impl Future<Output = ()> + 'static) {
        self.busy.set(true);
        spawn_local(async move {
            work.await;
            self.busy.set(false);
        });
    }

    fn again(self, asks: Asks, said: Option<Said>) {
        self.said.set(said);
        self.asks.set(asks);
        self.cleared.update(|n| *n += 1);
    }

    /// The password instead of the code, or back again.
    pub fn by_password(self, wanted: bool) {
        self.again(if wanted { Asks::Password(true) } else { Asks::Code }, None);
    }

    /// The same person's password: another code is chosen then. Records stay as they are.
    pub fn sign_in(self, login: String, password: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.said.set(None);
        self.account.sign_in_again(login, password, move |outcome| {
            self.busy.set(false);
            match outcome {
                Ok(()) => self.again(Asks::Choice, None),
                Err(refusal) => self.said.set(Some(Said::Refused(refusal))),
            }
        });
    }

    /// Somebody else signs in; the work of this person stays on the phone.
    pub fn leave(self) {
        self.account.leave();
    }

    fn open(self) {
        prefs::set(Pref::Seen, &clock::now_ms());
        self.asks.set(Asks::Done);
    }

    /// The lock has been taken away.
    pub fn done(self) {
        self.account.set_locked(false);
    }

    async fn read(self) -> Result<Option<Kept>, Said> {
        let Some(text) = self.work.read_sketch(ROW).await.map_err(|_| Said::Storage)? else { return Ok(None) };
        let mut kept: Kept = serde_json::from_str(&text).map_err(|_| Said::Storage)?;
        if kept.follow_clock(clock::now_ms()) {
            self.write(&kept).await?;
        }
        Ok(Some(kept))
    }

    async fn write(self, kept: &Kept) -> Result<(), Said> {
        let text = serde_json::to_string(kept).map_err(|_| Said::Storage)?;
        self.work.keep_sketch(ROW, Some(&text)).await.map_err(|_| Said::Storage)
    }

    async fn keep(self, code: &str) -> Result<(), Said> {
        let sealed = seal::seal(WORD, code).await.map_err(|_| Said::Storage)?;
        self.write(&Kept { sealed: STANDARD.encode(sealed), ..Kept::default() }).await
    }

    /// Whether the code is the one that was chosen. It counts as wrong until it has turned out right: who closes the page
    /// in between wins nothing.
    async fn fits(self, code: &str) -> Result<(), Said> {
        let mut kept = self.read().await?.ok_or(Said::Storage)?;
        let now = clock::now_ms();
        if let Some(until) = kept.until(now) {
            return Err(Said::Wait(until));
        }
        (kept.wrong, kept.at) = (kept.wrong.saturating_add(1), now);
        self.write(&kept).await?;
        let file = STANDARD.decode(&kept.sealed).map_err(|_| Said::Storage)?;
        let sealed = Seal::split(&file).ok().flatten().ok_or(Said::Storage)?;
        match seal::open(&sealed, code).await {
            Ok(_) => self.write(&Kept { wrong: 0, ..kept }).await,
            Err(SealError::Passphrase) => Err(match kept.until(now) {
                Some(until) => Said::Wait(until),
                None => Said::Wrong(FREE.saturating_sub(kept.wrong)),
            }),
            Err(SealError::Unavailable | SealError::Other(_)) => Err(Said::Storage),
        }
    }
}

/// Makes what lies behind the lock invisible, for as long as whoever calls is on the page.
pub fn cover() {
    page::set_root_attribute("data-locked", Some(""));
    on_cleanup(uncover);
}

/// Makes it visible again.
pub fn uncover() {
    page::set_root_attribute("data-locked", None);
}

/// Locks when no tab was in front for as long as the company says. Once for a page.
fn watch(account: Account, catalog: Catalog) {
    thread_local! {
        static WATCHED: Cell<bool> = const { Cell::new(false) };
    }
    if WATCHED.replace(true) {
        return;
    }
    let look = move || {
        let after = untrack(|| catalog.org()).and_then(|org| org.unlock_after_min);
        let (Some(after), false) = (after, untrack(|| account.is_locked())) else { return };
        let now = clock::now_ms();
        if is_over(prefs::get(Pref::Seen), now, after) {
            account.set_locked(true);
        } else if page::is_visible() {
            prefs::set(Pref::Seen, &now);
        }
    };
    page::on_visible(look);
    set_interval(look, std::time::Duration::from_millis(LOOK_MS));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(wrong: u32) -> Kept {
        Kept { wrong, at: 1_000_000, ..Kept::default() }
    }

    #[test]
    fn five_wrong_codes_cost_a_minute_and_each_further_one_twice_as_long_up_to_a_day() {
        let minutes: Vec<i64> =
            [0, 4, 5, 6, 7, 14, 15, 16, 64, 69, u32::MAX].map(|wrong| after(wrong).wait_ms() / 60_000).to_vec();
        assert_eq!(minutes, [0, 0, 1, 2, 4, 512, 1024, 1440, 1440, 1440, 1440]);
    }

    #[test]
    fn a_wait_ends_and_begins_anew_where_the_clock_was_set_back() {
        let mut kept = after(5);
        let until = kept.at + 60_000;
        assert_eq!(kept.until(kept.at), Some(until));
        assert_eq!(kept.until(until - 1), Some(until));
        assert_eq!(kept.until(until), None);
        assert_eq!(after(4).until(kept.at), None);
        assert!(!kept.follow_clock(kept.at + 5));
        assert_eq!(kept, after(5));
        assert!(kept.follow_clock(300));
        assert_eq!((kept.until(300), kept.until(60_300)), (Some(60_300), None));
    }

    #[test]
    fn codes_that_anybody_tries_first_are_refused() {
        for (code, weak) in [
            ("000000", true),
            ("123456", true),
            ("987654", true),
            ("123457", false),
            ("112233", false),
            ("901234", false),
        ] {
            assert_eq!(is_weak(code), weak, "{code}");
        }
    }

    #[test]
    fn the_code_is_asked_for_when_no_tab_was_in_front_for_long_enough() {
        let (minute, now) = (60_000, 100 * 60_000);
        assert!(!is_over(Some(now), now, 5));
        assert!(!is_over(Some(now - 5 * minute + 1), now, 5));
        assert!(is_over(Some(now - 5 * minute), now, 5));
        assert!(is_over(Some(now + 1), now, 5), "a clock that was set back");
        assert!(is_over(None, now, 5), "nobody knows");
    }
}
