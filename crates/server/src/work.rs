//! Taking in a work file on the server itself, as `aisle-server import-work` does: mutations through the same door as
//! `POST /v1/work`, pictures through the same checks as an upload. Doing it twice does nothing twice.

use crate::blobs::{Announced, BlobError, Photos};
use crate::storage::{BlobRow, Moment, Storage, StorageError};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use aisle_domain::PersonId;
use aisle_protocol::PUSH_MUTATIONS_MAX;
use aisle_protocol::mutation::Mutation;
use aisle_protocol::sync::{PushStatus, RejectCode};
use aisle_protocol::work::{Picture, Seal, Sealed, WorkFile, WorkFileError};
use serde_json::Value;

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] WorkFileError),
    /// It is sealed, and no passphrase was given.
    #[error("the file is sealed: give its passphrase")]
    NoPassphrase,
    /// The passphrase does not open it, or it was changed.
    #[error("the passphrase does not open the file, or the file has been changed")]
    Passphrase,
    /// Nobody of that id has an account.
    #[error("it is the work of {0:?}, who has no account here")]
    Author(String),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The pictures.
    #[error(transparent)]
    Photos(#[from] BlobError),
}

/// Reads a file, sealed or not.
///
/// # Errors
/// When it is no work file, or the passphrase is missing or wrong.
pub fn open(bytes: &[u8], passphrase: Option<&str>) -> Result<WorkFile, WorkError> {
    let text = match Seal::split(bytes)? {
        None => String::from_utf8_lossy(bytes).into_owned(),
        Some(Sealed { seal, line, rest: sealed }) => {
            let passphrase = passphrase.ok_or(WorkError::NoPassphrase)?;
            let mut key = [0_u8; 32];
            pbkdf2::pbkdf2_hmac::<sha2::Sha256>(passphrase.as_bytes(), &seal.salt_bytes(), seal.rounds, &mut key);
            let cipher = Aes256Gcm::new(&key.into());
            let nonce = seal.nonce_bytes();
            let opened = cipher.decrypt(Nonce::from_slice(&nonce), Payload { msg: sealed, aad: line });
            String::from_utf8(opened.map_err(|_| WorkError::Passphrase)?).map_err(|_| WorkError::Passphrase)?
        }
    };
    Ok(WorkFile::read(&text)?)
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkReport {
    /// Mutations that took effect now, those with a conflict among them.
    pub taken: usize,
    /// Of these, with a conflict: both values are in the history.
    pub conflicts: usize,
    /// Mutations that had come before.
    pub known: usize,
    /// Mutations that are refused, as `kind/id` and why.
    pub refused: Vec<(String, RejectCode)>,
    /// Pictures published now.
    pub pictures: usize,
    /// Pictures that had come before.
    pub pictures_known: usize,
    /// Pictures whose record was not taken, or which are not what their record says.
    pub pictures_refused: usize,
}

/// Takes a file in. `by` is who does it, for the audit log.
///
/// # Errors
/// When the author is not known, or the store or the disk fails; what was taken until then stays, and doing it again goes
/// on from there.
pub async fn import(
    storage: &dyn Storage,
    photos: &Photos,
    file: &WorkFile,
    by: &str,
    at: Moment,
) -> Result<WorkReport, WorkError> {
    let author = storage.author(&PersonId::from(file.person.as_str())).await?;
    let author = author.ok_or_else(|| WorkError::Author(file.person.clone()))?;
    let mut report = WorkReport::default();
    let muts: Vec<Mutation> = file.items.iter().map(|item| item.m.clone()).collect();
    for part in muts.chunks(PUSH_MUTATIONS_MAX) {
        let results = storage.hand_in(&author, by, &file.device, part, at).await?;
        for (mutation, result) in part.iter().zip(results) {
            match result.st {
                PushStatus::Ok => report.taken += 1,
                PushStatus::Conflict => {
                    report.taken += 1;
                    report.conflicts += 1;
                }
                PushStatus::Dup => report.known += 1,
                PushStatus::Rejected => {
                    report.refused.push((mutation.rec.to_string(), result.code.unwrap_or(RejectCode::Unknown)));
                }
            }
        }
    }
    for picture in &file.pictures {
        take_picture(storage, photos, picture, &author.person, at, &mut report).await?;
    }
    Ok(report)
}

async fn take_picture(
    storage: &dyn Storage,
    photos: &Photos,
    picture: &Picture,
    owner: &PersonId,
    at: Moment,
    report: &mut WorkReport,
) -> Result<(), WorkError> {
    let length = picture.bytes.len() as u64;
    let record = storage.photo(&picture.id).await?.filter(|record| {
        let said = |name: &str, value: &str| record.fields.get(name).and_then(Value::as_str) == Some(value);
        said("sha256", &picture.sha256)
            && said("mime", &picture.mime)
            && record.fields.get("bytes").and_then(Value::as_u64) == Some(length)
    });
    if record.is_none() {
        report.pictures_refused += 1;
        return Ok(());
    }
    if storage.blob(&picture.id).await?.is_some_and(|known| known.published) {
        report.pictures_known += 1;
        return Ok(());
    }
    photos.discard(&picture.id).await?;
    storage
        .begin_blob(&BlobRow {
            id: picture.id.clone(),
            owner: owner.clone(),
            sha256: picture.sha256.clone(),
            length,
            mime: picture.mime.clone(),
            published: false,
            created: at.now,
        })
        .await?;
    let mut part = photos.append_at(&picture.id, 0).await?;
    part.append(&picture.bytes).await?;
    part.flush().await?;
    let announced = Announced { sha256: &picture.sha256, length, mime: &picture.mime };
    match photos.publish(&picture.id, announced).await {
        Ok(()) => {
            storage.publish_blob(&picture.id, at.now).await?;
            photos.discard(&picture.id).await?;
            report.pictures += 1;
        }
        Err(_) => {
            photos.discard(&picture.id).await?;
            storage.drop_blob(&picture.id).await?;
            report.pictures_refused += 1;
        }
    }
    Ok(())
}
