//! Who is signed in on this device.

use super::{Toasts, Work};
use crate::platform::net::{self, Body, Call};
use crate::platform::{clock, device};
use crate::storage::prefs::{self, Pref};
use crate::storage::{IdbStore, schema};
use aisle_domain::PersonId;
use aisle_protocol::paths;
pub use aisle_protocol::session::Session;
use aisle_protocol::session::{Problem, ProblemCode, SignIn};
use aisle_protocol::snapshot::{STATIC_FORMAT, StaticSite};
use aisle_sync::Trigger;
use futures::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;

const TIMEOUT_MS: u32 = 20_000;
/// So long nothing is drawn while the databases are asked who is signed in; an old tab may hold them.
const PATIENCE_MS: u32 = 1_000;

/// Where signing in stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The preference is not there: the databases are asked who is signed in. Nothing is drawn meanwhile.
    Looking,
    /// Nobody is signed in.
    SignedOut,
    /// There is no endpoint, and these people's records lie beside the app as files: whose are wanted?
    Choosing(Vec<Session>),
    /// The endpoint is being asked.
    Asking,
    /// The endpoint or the network said no.
    Refused(Refusal),
    /// This person's records are open.
    SignedIn(Session),
}

/// Why signing in did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Account or password is wrong; attempts left, where known.
    Wrong(Option<u32>),
    /// Too many attempts: seconds to wait.
    Wait(i64),
    /// The session to renew is another person's.
    OtherPerson,
    /// No answer, or one that is not the endpoint's.
    Unreachable,
    /// The endpoint failed.
    Broken,
}

/// Why signing out did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// Done.
    Done,
    /// Something on this device has not been sent.
    Unsent,
}

/// Who is signed in. Context.
#[derive(Clone, Copy)]
pub struct Account {
    stage: RwSignal<Stage>,
    /// The unlock code, where the company asks for one, has not been given since the page was loaded.
    locked: RwSignal<bool>,
    /// The password has been given, and nothing was asked since.
    proven: RwSignal<bool>,
    // Held rather than looked up: tasks and event handlers have no owner to look in.
    work: Work,
    toasts: Toasts,
}

impl Account {
    /// Goes on as whoever was signed in before; that needs no network.
    pub fn provide() -> Self {
        let this = Self {
            stage: RwSignal::new(Stage::Looking),
            locked: RwSignal::new(true),
            proven: RwSignal::new(false),
            work: Work::get(),
            toasts: Toasts::get(),
        };
        provide_context(this);
        match prefs::get::<Session>(Pref::Session) {
            Some(session) => this.enter(session),
            None => spawn_local(async move {
                // The browser may have lost the preference; the database remembers.
                let (looking, patience) = (Box::pin(IdbStore::remembered()), Box::pin(clock::sleep_ms(PATIENCE_MS)));
                let text = match select(looking, patience).await {
                    Either::Left((text, _)) => text,
                    Either::Right(((), looking)) => {
                        this.stage.set(Stage::SignedOut);
                        looking.await
                    }
                };
                if this.stage.get_untracked() == Stage::Looking {
                    this.stage.set(Stage::SignedOut);
                }
                let session = text.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
                let session = session.and_then(|value| serde_json::from_value::<Session>(value).ok());
                match session.filter(|_| this.stage.get_untracked() == Stage::SignedOut) {
                    Some(session) => {
                        prefs::set(Pref::Session, &session);
                        this.enter(session);
                    }
                    None => this.look_for_published(true).await,
                }
            }),
        }
        this
    }

    /// The account in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// Where signing in stands.
    pub fn stage(self) -> Stage {
        self.stage.get()
    }

    /// Whether it is not known yet who is signed in.
    pub fn is_looking(self) -> bool {
        self.stage.with(|stage| *stage == Stage::Looking)
    }

    /// Whether somebody is signed in.
    pub fn is_signed_in(self) -> bool {
        self.stage.with(|stage| matches!(stage, Stage::SignedIn(_)))
    }

    /// Whether the unlock code is still to be given, if the company asks for one. Published records have no password that
    /// would help whoever forgets it.
    pub fn is_locked(self) -> bool {
        self.locked.get() && !self.is_published()
    }

    /// Whether this person has just signed in with the password.
    pub fn is_proven(self) -> bool {
        self.proven.get_untracked()
    }

    /// Asks for the unlock code, or has had it; a password given before counts no more.
    pub fn set_locked(self, locked: bool) {
        self.proven.set(false);
        self.locked.set(locked);
    }

    /// The person who is signed in.
    pub fn session(self) -> Option<Session> {
        self.stage.with(|stage| match stage {
            Stage::SignedIn(session) => Some(session.clone()),
            _ => None,
        })
    }

    fn enter(self, session: Session) {
        self.work.open(&session);
        self.stage.set(Stage::SignedIn(session));
        spawn_local(async {
            if !device::is_persisted().await {
                device::ask_to_persist().await;
            }
        });
    }

    /// Looks whether published snapshots lie beside the app. Where there is an endpoint, nothing does. `alone`: a single
    /// person's need no choice.
    async fn look_for_published(self, alone: bool) {
        let mut people = published().await;
        if self.stage.get_untracked() != Stage::SignedOut || people.is_empty() {
            return;
        }
        match people.pop() {
            Some(only) if alone && people.is_empty() => self.go_on_as(only).await,
            last => {
                people.extend(last);
                self.stage.set(Stage::Choosing(people));
            }
        }
    }

    /// Opens the published records of this person.
    pub fn choose(self, session: Session) {
        spawn_local(self.go_on_as(session));
    }

    /// Whether the records are published ones: nothing is sent, work leaves as files.
    pub fn is_published(self) -> bool {
        self.stage.with(|stage| matches!(stage, Stage::SignedIn(session) if session.manifest.is_some()))
    }

    async fn go_on_as(self, session: Session) {
        prefs::set(Pref::Session, &session);
        let database = IdbStore::new(&schema::database_name(session.person.as_str()));
        // A browser that keeps nothing says so when the records are opened.
        let text = serde_json::to_string(&session).unwrap_or_default();
        let _ = database.remember(&text, &session.name).await;
        self.enter(session);
    }

    /// Signs in. The outcome shows in [`Account::stage`].
    pub fn sign_in(self, login: String, password: String) {
        self.stage.set(Stage::Asking);
        spawn_local(async move {
            match ask(&SignIn { login, password }).await {
                Ok(session) => {
                    self.proven.set(true);
                    self.go_on_as(session).await;
                }
                Err(refusal) => self.stage.set(Stage::Refused(refusal)),
            }
        });
    }

    /// Renews an ended session of the same person; records stay as they are. `done` hears the outcome.
    pub fn sign_in_again(self, login: String, password: String, done: impl FnOnce(Result<(), Refusal>) + 'static) {
        let Some(current) = self.session() else { return };
        spawn_local(async move {
            let outcome = match ask(&SignIn { login, password }).await {
                Ok(session) if session.person == current.person => {
                    self.work.trigger(Trigger::Start);
                    Ok(())
                }
                Ok(other) => {
                    // Their session ends again: nothing here is theirs to send.
                    end_session(&other.person).await;
                    Err(Refusal::OtherPerson)
                }
                Err(refusal) => Err(refusal),
            };
            done(outcome);
        });
    }

    /// Signs out, unless something on this device has not been sent. `unsent_said` is shown then.
    pub fn sign_out(self, unsent_said: String) -> SignOut {
        if self.work.peek(aisle_sync::Replica::has_unsent).unwrap_or(false) {
            self.toasts.show(unsent_said);
            return SignOut::Unsent;
        }
        self.leave();
        SignOut::Done
    }

    /// Signs out and leaves everything on this device as it is, for the same person to go on with: another may sign in
    /// meanwhile. Nothing of it is sent until its owner is back.
    pub fn leave(self) {
        self.work.close();
        self.locked.set(true);
        self.proven.set(false);
        let session = untrack(|| self.session());
        prefs::clear(Pref::Session);
        prefs::clear(Pref::Resume);
        self.stage.set(Stage::SignedOut);
        let Some(session) = session else { return };
        spawn_local(async move {
            let _ = IdbStore::new(&schema::database_name(session.person.as_str())).forget().await;
            if session.manifest.is_some() {
                self.look_for_published(false).await;
            } else {
                end_session(&session.person).await;
            }
        });
    }

    /// What the sign-in page has to say about this device before anybody signs in; fills in when it is known.
    pub fn device(self) -> RwSignal<Device> {
        let signal = RwSignal::new(Device::default());
        spawn_local(async move {
            let keeps = IdbStore::is_any().await;
            let waiting = IdbStore::waiting_here().await;
            signal.try_set(Device { keeps_nothing: !keeps, waiting });
        });
        signal
    }
}

/// A device before anybody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The browser keeps nothing: a private window, or a policy.
    pub keeps_nothing: bool,
    /// People whose unsent work lies here, by name, with how many changes.
    pub waiting: Vec<(String, u32)>,
}

/// Ends a person's session at the endpoint. Without a connection it ends by itself.
async fn end_session(person: &PersonId) {
    let headers = vec![(paths::PERSON, paths::person_header(person.as_str()))];
    let call = Call { method: "DELETE", path: paths::SESSION, headers, body: Body::Json("{}"), timeout_ms: TIMEOUT_MS };
    let _ = net::call(call).await;
}

/// For whom there are published snapshots beside the app.
async fn published() -> Vec<Session> {
    let call =
        Call { method: "GET", path: paths::STATIC_SITE, headers: vec![], body: Body::Empty, timeout_ms: TIMEOUT_MS };
    let Ok(answer) = net::call(call).await else { return Vec::new() };
    match answer.json::<StaticSite>() {
        Some(site) if site.format == STATIC_FORMAT => site.people,
        _ => Vec::new(),
    }
}

async fn ask(body: &SignIn) -> Result<Session, Refusal> {
    let text = serde_json::to_string(body).unwrap_or_default();
    let call =
        Call { method: "POST", path: paths::SESSION, headers: vec![], body: Body::Json(&text), timeout_ms: TIMEOUT_MS };
    let answer = net::call(call).await.map_err(|_| Refusal::Unreachable)?;
    match answer.status {
        200 if answer.is_json => answer.json().ok_or(Refusal::Unreachable),
        429 => Err(Refusal::Wait(answer.retry_after.unwrap_or(60))),
        500.. => Err(Refusal::Broken),
        _ => match answer.json::<Problem>() {
            Some(problem) if problem.code == ProblemCode::WrongCredentials => {
                Err(Refusal::Wrong(problem.attempts_left))
            }
            Some(_) => Err(Refusal::Broken),
            None => Err(Refusal::Unreachable),
        },
    }
}
