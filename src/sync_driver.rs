//! Performs what the sync engine asks for: storage, requests, timers, other tabs.
//!
//! Decides nothing. What an answer means for a request is decided here in one table per request; what to do about it
//! is the engine's business.

use crate::platform::net::{self, Answer, Body, Call};
use crate::platform::tabs::Tabs;
use crate::platform::{clock, device, tabs};
use crate::storage::{Gone, IdbStore, schema};
use aisle_protocol::paths;
use aisle_protocol::record::RecordRef;
use aisle_protocol::session::Session;
use aisle_protocol::sync::{PushConflict, PushRequest};
use aisle_protocol::{PULL_LIMIT_MAX, mutation::DeviceId};
use aisle_sync::repair;
use aisle_sync::replica::Upload;
use aisle_sync::{
    Draft, Effect, Engine, Event, Failure, PhotoDraft, RecordState, Replica, Status, Store, StoreError, Stored, Table,
    Trigger, WriteId,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::channel::oneshot;
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// A request that moves records is given up after this, milliseconds.
const SYNC_TIMEOUT_MS: u32 = 30_000;
/// A picture is given up after this, milliseconds.
const UPLOAD_TIMEOUT_MS: u32 = 120_000;
/// Less room than this explains an aborted write, bytes.
const ROOM_MIN_BYTES: u64 = 5_000_000;

/// What the driver tells the app.
#[derive(Clone, Debug)]
pub enum Notice {
    /// These records look different now; empty means everything may.
    Changed(BTreeSet<RecordRef>),
    /// The status may read differently now.
    Status,
    /// Storage cannot be used.
    Halted(StoreError),
}

/// The engine of one person on this device, with everything it needs.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    engine: RefCell<Engine>,
    store: IdbStore,
    /// Whose records these are, for [`paths::PERSON`].
    person: String,
    /// Path of the manifest where there is no endpoint.
    published: Option<String>,
    tabs: RefCell<Option<Tabs>>,
    writers: RefCell<HashMap<WriteId, oneshot::Sender<Result<(), StoreError>>>>,
    next_write: Cell<u64>,
    timer: RefCell<Option<clock::Timer>>,
    observer: Box<dyn Fn(Notice)>,
    /// Set when the person signs out: whatever still arrives is ignored.
    closed: Cell<bool>,
}

impl Driver {
    /// Opens a person's database and starts the engine over it.
    pub fn open(session: &Session, observer: impl Fn(Notice) + 'static) -> Self {
        let name = &schema::database_name(session.person.as_str());
        let published = session.manifest.clone();
        let engine = Engine::new(DeviceId(clock::fresh_id()), clock::seed());
        let engine = if published.is_some() { engine.without_endpoint() } else { engine };
        let driver = Self(Rc::new(Inner {
            engine: RefCell::new(engine),
            store: IdbStore::new(name),
            person: paths::person_header(session.person.as_str()),
            published,
            tabs: RefCell::new(None),
            writers: RefCell::default(),
            next_write: Cell::new(1),
            timer: RefCell::default(),
            observer: Box::new(observer),
            closed: Cell::new(false),
        }));
        let heard = driver.clone();
        *driver.0.tabs.borrow_mut() = Some(Tabs::join(name, move || heard.feed(Event::OtherTabWrote)));
        let told = driver.clone();
        driver.0.store.on_gone(move |gone| match gone {
            // Writing on would fail, and the person would learn it only then.
            Gone::Upgraded => told.feed(Event::LoadFailed(StoreError::Outdated)),
            Gone::Deleted | Gone::Closed => told.feed(Event::OtherTabWrote),
        });
        let leader = driver.clone();
        tabs::when_leading(name, move || leader.feed(Event::Leads(true)));
        driver.perform(vec![Effect::Load]);
        driver
    }

    /// Reads what the device knows.
    pub fn with<T>(&self, read: impl FnOnce(&Replica) -> T) -> T {
        read(self.0.engine.borrow().replica())
    }

    /// The engine's state in numbers.
    pub fn status(&self) -> Status {
        self.0.engine.borrow().status()
    }

    /// Where a record stands.
    pub fn record_state(&self, rec: &RecordRef) -> RecordState {
        self.0.engine.borrow().record_state(rec)
    }

    /// Makes changes durable. `Ok` only when they are.
    ///
    /// # Errors
    /// Why they are not; nothing was written then.
    pub async fn write(&self, drafts: Vec<Draft>, photos: Vec<PhotoDraft>, strict: bool) -> Result<(), StoreError> {
        let id = WriteId(self.0.next_write.replace(self.0.next_write.get() + 1));
        let (send, receive) = oneshot::channel();
        self.0.writers.borrow_mut().insert(id, send);
        self.feed(Event::Write { id, drafts, photos, strict });
        receive.await.unwrap_or(Err(StoreError::Lost))
    }

    /// Reads a picture's bytes.
    pub async fn photo(&self, id: &str) -> Option<Vec<u8>> {
        self.0.store.read(Table::Photos, id).await.ok().flatten().and_then(Stored::bytes)
    }

    /// Everything in storage but the pictures as one text, readable or not.
    ///
    /// # Errors
    /// When not even the keys can be read.
    pub async fn salvage(&self) -> Result<String, StoreError> {
        Ok(repair::export(&self.0.store.rows().await?))
    }

    /// Sets aside what cannot be read.
    ///
    /// # Errors
    /// When that cannot be written.
    pub async fn mend(&self) -> Result<(), StoreError> {
        let rows = self.0.store.rows().await?;
        match repair::mend(&rows, DeviceId(clock::fresh_id())) {
            Some(mending) => self.0.store.mend(mending).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Reads what storage holds.
    pub async fn stored(&self) -> Option<aisle_sync::store::Snapshot> {
        self.0.store.load().await.ok()
    }

    /// Reads what a person was working at and has not handed over.
    ///
    /// # Errors
    /// When the browser does not read it.
    pub async fn sketch(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.0.store.sketch(name).await
    }

    /// Keeps it, or removes it. `Ok` only when that is durable.
    ///
    /// # Errors
    /// Why it is not; what was kept before stays.
    pub async fn keep_sketch(&self, name: &str, text: Option<&str>) -> Result<(), StoreError> {
        self.0.store.keep_sketch(name, text).await
    }

    /// Stops: nothing is sent or read any more.
    pub fn close(&self) {
        self.0.closed.set(true);
        *self.0.timer.borrow_mut() = None;
    }

    /// Hands an event to the engine and performs what follows.
    pub fn feed(&self, event: Event) {
        if self.0.closed.get() {
            return;
        }
        let effects = self.0.engine.borrow_mut().step(event, clock::now_ms());
        self.perform(effects);
    }

    fn later(&self, task: impl Future<Output = Event> + 'static) {
        let driver = self.clone();
        spawn_local(async move { driver.feed(task.await) });
    }

    fn perform(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Load => {
                    let store = self.0.store.clone();
                    self.later(async move { store.load().await.map_or_else(Event::LoadFailed, Event::Loaded) });
                }
                Effect::Commit(batch) => {
                    let store = self.0.store.clone();
                    self.later(async move {
                        match store.commit(batch).await {
                            Ok(revision) => Event::Committed(revision),
                            Err(error) => Event::CommitFailed(explain(error).await),
                        }
                    });
                }
                Effect::Push(request) => self.later(push(self.0.person.clone(), request)),
                Effect::Pull { device, cursor } => self.later(pull(self.0.person.clone(), device, cursor)),
                Effect::Manifest => self.later(manifest(self.0.person.clone(), self.0.published.clone())),
                Effect::Segment(digest) => self.later(segment(self.0.person.clone(), digest)),
                Effect::Upload { id, upload: facts } => {
                    let (store, person) = (self.0.store.clone(), self.0.person.clone());
                    self.later(async move { upload(&store, person, id, facts).await });
                }
                Effect::WakeAt(at) => {
                    let wait = u32::try_from((at - clock::now_ms()).max(0)).unwrap_or(u32::MAX);
                    let driver = self.clone();
                    let timer = clock::after_ms(wait, move || driver.feed(Event::Trigger(Trigger::Timer)));
                    *self.0.timer.borrow_mut() = Some(timer);
                }
                Effect::Changed(records) => (self.0.observer)(Notice::Changed(records)),
                Effect::Announce => {
                    if let Some(tabs) = &*self.0.tabs.borrow() {
                        tabs.announce();
                    }
                }
                Effect::Wrote(id, result) => {
                    if let Some(writer) = self.0.writers.borrow_mut().remove(&id) {
                        let _ = writer.send(result);
                    }
                }
                Effect::Halt(error) => (self.0.observer)(Notice::Halted(error)),
                Effect::StatusChanged => (self.0.observer)(Notice::Status),
            }
        }
    }
}

/// IndexedDB says only "aborted" when the disk is full; the room that is left tells the rest.
async fn explain(error: StoreError) -> StoreError {
    if !matches!(error, StoreError::Transient(_)) {
        return error;
    }
    match device::storage_use().await {
        Some(use_) if use_.quota.saturating_sub(use_.used) < ROOM_MIN_BYTES => StoreError::Quota,
        _ => error,
    }
}

/// Failures every request shares. `None` means the answer is one to read.
fn failure(answer: &Answer) -> Option<Failure> {
    match answer.status {
        401 => Some(Failure::SignedOut),
        429 => Some(Failure::SlowDown(answer.retry_after.unwrap_or(30) * 1000)),
        500.. => Some(Failure::Broken),
        // A captive portal answers anything with a page of its own.
        _ if !answer.is_json => Some(Failure::Unreachable),
        _ => None,
    }
}

async fn push(person: String, request: PushRequest) -> Event {
    let Ok(body) = serde_json::to_string(&request) else {
        return Event::Failed(Failure::Refused("a mutation that cannot be written".to_owned()));
    };
    let call = Call {
        method: "POST",
        path: paths::PUSH,
        headers: vec![(paths::PERSON, person)],
        body: Body::Json(&body),
        timeout_ms: SYNC_TIMEOUT_MS,
    };
    let Ok(answer) = net::call(call).await else { return Event::Failed(Failure::Unreachable) };
    if let Some(failure) = failure(&answer) {
        return Event::Failed(failure);
    }
    let fresh = || DeviceId(clock::fresh_id());
    match answer.status {
        200 => answer.json().map_or(Event::Failed(Failure::Unreachable), Event::Pushed),
        409 => match answer.json() {
            Some(PushConflict::Expect(n)) => Event::PushExpected(n, fresh()),
            Some(PushConflict::DeviceForked) => Event::Forked(fresh()),
            None => Event::Failed(Failure::Unreachable),
        },
        status => Event::Failed(Failure::Refused(status.to_string())),
    }
}

/// Reads a path; `Err` when there is no answer to read. That there is nothing is an answer, whoever words it: a static
/// host shows a page of its own.
async fn get(person: String, path: &str) -> Result<Answer, Event> {
    let headers = vec![(paths::PERSON, person)];
    let call = Call { method: "GET", path, headers, body: Body::Empty, timeout_ms: SYNC_TIMEOUT_MS };
    let answer = net::call(call).await.map_err(|_| Event::Failed(Failure::Unreachable))?;
    match failure(&answer) {
        Some(failure) if answer.status != 404 => Err(Event::Failed(failure)),
        _ => Ok(answer),
    }
}

/// The list of segments.
async fn manifest(person: String, published: Option<String>) -> Event {
    let answer = match get(person, published.as_deref().unwrap_or(paths::SNAP_MANIFEST)).await {
        Ok(answer) => answer,
        Err(event) => return event,
    };
    match answer.status {
        200 => answer.json().map_or(Event::NoSnapshot, Event::Manifest),
        _ => Event::NoSnapshot,
    }
}

async fn segment(person: String, digest: String) -> Event {
    match get(person, &format!("{}/{digest}.json", paths::SNAP)).await {
        // Whether it is the right one is the engine's business.
        Ok(answer) if answer.status == 200 => Event::Segment(digest, answer.text),
        Ok(_) => Event::SegmentMissing,
        Err(event) => event,
    }
}

async fn pull(person: String, device: DeviceId, cursor: Option<String>) -> Event {
    let mut path = format!("{}?device={device}&limit={PULL_LIMIT_MAX}", paths::PULL);
    if let Some(cursor) = cursor {
        path.push_str("&c=");
        path.push_str(&cursor);
    }
    let answer = match get(person, &path).await {
        Ok(answer) => answer,
        Err(event) => return event,
    };
    match answer.status {
        200 => answer.json().map_or(Event::Failed(Failure::Unreachable), Event::Pulled),
        410 => Event::PullReset,
        404 => Event::Failed(Failure::Unreachable),
        status => Event::Failed(Failure::Refused(status.to_string())),
    }
}

/// Sends a picture by tus 1.0: create (or find) the upload, ask how far it came, send the rest.
async fn upload(store: &IdbStore, person: String, id: String, facts: Upload) -> Event {
    let bytes = match store.read(Table::Photos, &id).await {
        Ok(Some(Stored::Bytes(bytes))) => bytes,
        // One picture that cannot be read does not hold up the others.
        Ok(_) | Err(StoreError::Corrupt { .. }) => return Event::UploadSkipped(id),
        Err(_) => return Event::Failed(Failure::Unreachable),
    };
    send(person, id, facts, bytes).await
}

/// Sends a picture out of a file. Whether the endpoint has it now.
///
/// # Errors
/// When the endpoint cannot be reached.
pub async fn send_picture(person: String, id: String, facts: Upload, bytes: Vec<u8>) -> Result<bool, ()> {
    match send(person, id, facts, bytes).await {
        Event::Uploaded(_) => Ok(true),
        Event::UploadSkipped(_) => Ok(false),
        _ => Err(()),
    }
}

async fn send(person: String, id: String, facts: Upload, bytes: Vec<u8>) -> Event {
    let (tus, person) = (("tus-resumable", "1.0.0".to_owned()), (paths::PERSON, person));
    let encode = |text: &str| STANDARD.encode(text);
    let metadata = format!("id {},sha256 {},mime {}", encode(&id), encode(&facts.sha256), encode(&facts.mime));
    let create = Call {
        method: "POST",
        path: paths::BLOBS,
        headers: vec![
            person.clone(),
            tus.clone(),
            ("upload-length", bytes.len().to_string()),
            ("upload-metadata", metadata),
        ],
        body: Body::Empty,
        timeout_ms: SYNC_TIMEOUT_MS,
    };
    let Ok(created) = net::call(create).await else { return Event::Failed(Failure::Unreachable) };
    let location = match upload_status(&created) {
        Ok(()) => created.location.unwrap_or_else(|| format!("{}/{id}", paths::BLOBS)),
        Err(Some(failure)) => return Event::Failed(failure),
        Err(None) => return Event::UploadSkipped(id),
    };
    let head = Call {
        method: "HEAD",
        path: &location,
        headers: vec![person.clone(), tus.clone()],
        body: Body::Empty,
        timeout_ms: SYNC_TIMEOUT_MS,
    };
    let Ok(head) = net::call(head).await else { return Event::Failed(Failure::Unreachable) };
    let offset = match (upload_status(&head), head.upload_offset) {
        (Ok(()), Some(offset)) => usize::try_from(offset).unwrap_or(usize::MAX),
        (Err(Some(failure)), _) => return Event::Failed(failure),
        (Ok(()), None) => return Event::Failed(Failure::Unreachable),
        (Err(None), _) => return Event::UploadSkipped(id),
    };
    let Some(rest) = bytes.get(offset..) else { return Event::UploadSkipped(id) };
    if rest.is_empty() {
        return Event::Uploaded(id);
    }
    let send = Call {
        method: "PATCH",
        path: &location,
        headers: vec![person, tus, ("upload-offset", offset.to_string())],
        body: Body::Bytes("application/offset+octet-stream", rest),
        timeout_ms: UPLOAD_TIMEOUT_MS,
    };
    let Ok(sent) = net::call(send).await else { return Event::Failed(Failure::Unreachable) };
    match upload_status(&sent) {
        Ok(()) if sent.upload_offset == Some(bytes.len() as u64) => Event::Uploaded(id),
        Ok(()) => Event::Failed(Failure::Unreachable),
        Err(Some(failure)) => Event::Failed(failure),
        Err(None) => Event::UploadSkipped(id),
    }
}

/// `Err(None)`: this picture will not be taken as it is.
fn upload_status(answer: &Answer) -> Result<(), Option<Failure>> {
    match answer.status {
        200..=299 => Ok(()),
        401 => Err(Some(Failure::SignedOut)),
        429 => Err(Some(Failure::SlowDown(answer.retry_after.unwrap_or(30) * 1000))),
        500.. => Err(Some(Failure::Broken)),
        _ => Err(None),
    }
}
