//! Work as a file: exporting what this phone holds, handing in what another phone could not send, and the weekly check
//! that an export would bring everything back.

use super::{Account, Work};
use crate::platform::net::{self, Body, Call};
use crate::platform::seal::{self, SealError};
use crate::platform::{clock, download};
use crate::storage::prefs::{self, Pref};
use crate::sync_driver;
use aisle_domain::PersonId;
use aisle_protocol::mutation::{Mutation, MutationId};
use aisle_protocol::sync::PushStatus;
use aisle_protocol::work::{HandIn, HandedIn, Picture, Seal, WorkFile, WorkFileError};
use aisle_protocol::{PROTO, SCHEMA, paths};
use aisle_sync::export;
use aisle_sync::replica::Upload;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// Mutations handed in by one request; far below what one may hold.
const PART: usize = 100;
/// A request is given up after this, milliseconds.
const TIMEOUT_MS: u32 = 60_000;
/// The self-check is due again after this, milliseconds.
const CHECK_EVERY_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Why a file was not written or handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOverError {
    /// Nothing is open, or nobody is signed in.
    NotReady,
    /// Sealing or opening.
    Seal(SealError),
    /// No file was chosen, or it cannot be read.
    Unreadable,
    /// The file.
    File(WorkFileError),
    /// The endpoint cannot be reached. What has been handed in until now stays.
    Unreachable,
    /// The endpoint does not take it from this person.
    NotYours,
    /// The endpoint refused the request.
    Refused(u16),
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// Whose work it was.
    pub person: String,
    /// Records taken now.
    pub taken: usize,
    /// Records that had come before.
    pub known: usize,
    /// Records that are refused.
    pub refused: usize,
    /// Pictures taken or known.
    pub pictures: usize,
    /// Pictures that were not taken.
    pub pictures_refused: usize,
}

/// What the last self-check said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When, by this device's clock.
    pub at: i64,
    /// Whose records.
    pub person: String,
    /// Differences found; none is good.
    pub differences: u32,
    /// Records that wait and were compared.
    pub records: u32,
}

/// Work as a file. See the module.
#[derive(Clone, Copy)]
pub struct HandOver {
    work: Work,
    account: Account,
}

impl HandOver {
    /// Over the records in effect.
    pub fn get() -> Self {
        Self { work: Work::get(), account: Account::get() }
    }

    /// Whether this page can seal a file.
    pub fn can_seal(self) -> bool {
        seal::is_available()
    }

    /// Offers what has not been accepted as a file; `only` one record of it. Without a passphrase the file is plain.
    /// `then` hears how many records are in it, and how many pictures
    /// are not because they cannot be read.
    pub fn export(
        self,
        passphrase: String,
        only: Option<String>,
        then: impl FnOnce(Result<(usize, usize), HandOverError>) + 'static,
    ) {
        spawn_local(async move { then(self.write(&passphrase, only).await) });
    }

    async fn write(self, passphrase: &str, only: Option<String>) -> Result<(usize, usize), HandOverError> {
        let (file, missing) = self.file(only.map(MutationId)).await?;
        let (many, text) = (file.items.len(), file.write());
        let name = format!("aisle-work-{}-{}", file.person, clock::today());
        let offered = if passphrase.is_empty() {
            download::offer_text(&format!("{name}.jsonl"), "application/x-ndjson", &text)
        } else {
            let sealed = seal::seal(&text, passphrase).await.map_err(HandOverError::Seal)?;
            download::offer_bytes(&format!("{name}.sealed"), "application/octet-stream", &sealed)
        };
        offered.map(|()| (many, missing)).ok_or(HandOverError::NotReady)
    }

    async fn file(self, only: Option<MutationId>) -> Result<(WorkFile, usize), HandOverError> {
        let person = self.account.session().ok_or(HandOverError::NotReady)?.person;
        let ids = self.work.peek(export::unsent_pictures).ok_or(HandOverError::NotReady)?;
        let (mut bytes, mut missing) = (Vec::with_capacity(ids.len()), 0);
        for id in ids {
            // What cannot be read does not hold back what can.
            match self.work.photo(&id).await {
                Some(picture) => bytes.push((id, picture)),
                None => missing += 1,
            }
        }
        let made = clock::now_ms();
        let file = self.work.peek(|replica| export::work_file(replica, person.as_str(), made, bytes, only.as_ref()));
        file.map(|file| (file, missing)).ok_or(HandOverError::NotReady)
    }

    /// Hands in the file a person has chosen. `then` hears what became of it.
    pub fn hand_in(
        self,
        chosen: &leptos::ev::Event,
        passphrase: String,
        then: impl FnOnce(Result<Handed, HandOverError>) + 'static,
    ) {
        let bytes = seal::file_of(chosen);
        spawn_local(async move {
            let outcome = match bytes.await {
                Some(bytes) => self.take(&bytes, &passphrase).await,
                None => Err(HandOverError::Unreadable),
            };
            then(outcome);
        });
    }

    async fn take(self, bytes: &[u8], passphrase: &str) -> Result<Handed, HandOverError> {
        let me = self.account.session().ok_or(HandOverError::NotReady)?.person;
        let text = match Seal::split(bytes).map_err(HandOverError::File)? {
            Some(sealed) => seal::open(&sealed, passphrase).await.map_err(HandOverError::Seal)?,
            None => String::from_utf8_lossy(bytes).into_owned(),
        };
        let file = WorkFile::read(&text).map_err(HandOverError::File)?;
        let mut handed = Handed { person: file.person.clone(), ..Handed::default() };
        let muts: Vec<Mutation> = file.items.iter().map(|item| item.m.clone()).collect();
        for part in muts.chunks(PART) {
            let part = HandIn {
                proto: PROTO,
                schema: SCHEMA,
                person: PersonId::from(file.person.as_str()),
                device: file.device.clone(),
                muts: part.to_vec(),
            };
            for result in send(&me, &part).await?.results {
                match result.st {
                    PushStatus::Ok | PushStatus::Conflict => handed.taken += 1,
                    PushStatus::Dup => handed.known += 1,
                    PushStatus::Rejected => handed.refused += 1,
                }
            }
        }
        for Picture { id, sha256, mime, bytes } in file.pictures {
            let upload = Upload { sha256, mime, bytes: bytes.len() as u64, sent: false };
            match sync_driver::send_picture(paths::person_header(me.as_str()), id, upload, bytes).await {
                Ok(true) => handed.pictures += 1,
                Ok(false) => handed.pictures_refused += 1,
                Err(()) => return Err(HandOverError::Unreachable),
            }
        }
        Ok(handed)
    }

    /// What the last self-check of this person's records said.
    pub fn last_check(self) -> Option<Checked> {
        let me = self.account.session()?.person;
        prefs::get::<Checked>(Pref::Checked).filter(|checked| checked.person == me.as_str())
    }

    /// Checks when the last check is more than a week ago. `then` hears what was found, if a check was made.
    pub fn check_when_due(self, then: impl FnOnce(Checked) + 'static) {
        let due = self.last_check().is_none_or(|last| (clock::now_ms() - last.at).abs() >= CHECK_EVERY_MS);
        if due {
            self.check(then);
        }
    }

    /// Writes an export, restores it into memory, and compares it and what storage holds with what the device shows.
    pub fn check(self, then: impl FnOnce(Checked) + 'static) {
        spawn_local(async move {
            let Some(session) = self.account.session() else { return };
            let Ok((file, _)) = self.file(None).await else { return };
            let text = file.write();
            let Some(stored) = self.work.stored().await else { return };
            let look = move |replica: &aisle_sync::Replica| {
                let records = replica.pending().count() + replica.returned().count();
                (export::check(replica, stored, &text).len(), records)
            };
            let Some((differences, records)) = self.work.peek(look) else { return };
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let checked = Checked {
                at: clock::now_ms(),
                person: session.person.to_string(),
                differences: count(differences),
                records: count(records),
            };
            prefs::set(Pref::Checked, &checked);
            then(checked);
        });
    }
}

async fn send(me: &PersonId, part: &HandIn) -> Result<HandedIn, HandOverError> {
    let body = serde_json::to_string(part).map_err(|_| HandOverError::Unreadable)?;
    let call = Call {
        method: "POST",
        path: paths::WORK,
        headers: vec![(paths::PERSON, paths::person_header(me.as_str()))],
        body: Body::Json(&body),
        timeout_ms: TIMEOUT_MS,
    };
    let answer = net::call(call).await.map_err(|_| HandOverError::Unreachable)?;
    match answer.status {
        200 => answer.json().ok_or(HandOverError::Unreachable),
        403 => Err(HandOverError::NotYours),
        401 | 429 | 500.. => Err(HandOverError::Unreachable),
        status => Err(HandOverError::Refused(status)),
    }
}
