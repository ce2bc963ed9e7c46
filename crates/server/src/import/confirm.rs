//! A table that a person has confirmed in the app: checked again by the same code, within what the person may import, and
//! written whole or not at all. Under its name it takes effect once.

use super::ImportError;
use super::given::{self, By};
use super::run::{account, bulk};
use crate::access::Actor;
use crate::storage::audit::Entry;
use crate::storage::{Bulk, ImportKey, Imported, Moment, Storage, StorageError, Upserted};
use aisle_domain::PersonId;
use aisle_import::columns::{self, name};
use aisle_import::sheet::Sheet;
use aisle_import::{Known, Rows, check};
use aisle_protocol::import::{IMPORT_REFUSED_MAX, IMPORT_ROWS_MAX, ImportRequest, ImportResponse};
use aisle_protocol::mutation::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Why a request is not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The person may not import such a table.
    #[error("you may not import this table")]
    NotYours,
    /// The request itself is not right.
    #[error("{0}")]
    Bad(String),
    /// It is too long.
    #[error("an import has at most {IMPORT_ROWS_MAX} rows")]
    TooMany,
    /// Another import has this name, or a plan came in between: the person has to look again.
    #[error("{0}")]
    Again(&'static str),
    /// The store or the hashing of a password failed.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl From<StorageError> for ConfirmError {
    fn from(error: StorageError) -> Self {
        Self::Import(error.into())
    }
}

/// Imports a table, or says what that would do.
///
/// # Errors
/// See [`ConfirmError`]. A refused row is no error: the answer names it, and nothing was changed.
pub async fn confirm(
    storage: &dyn Storage,
    actor: &Actor,
    request: ImportRequest,
    at: Moment,
) -> Result<ImportResponse, ConfirmError> {
    check_shape(&request)?;
    let key = ImportKey { id: request.id.clone(), person: actor.person.clone(), digest: digest(&request) };
    if let Some(before) = storage.imported(&key).await? {
        return answer(before, request.dry);
    }
    let by = By::Person(actor, at);
    let (given, accounts) = given::load(storage, by, &[request.table]).await?;
    if !by.may_import(request.table, &given) {
        return Err(ConfirmError::NotYours);
    }
    let ImportRequest { table, file, dry, columns, rows, .. } = request;
    let sheet = Sheet::of(file, columns, rows);
    let layout = columns::recognise(&sheet.headers, Some(table), &[]);
    let layout = layout.map_err(|why| ConfirmError::Bad(why.to_string()))?;
    let mut known = Known::from(given);
    let checked = check(&sheet, &layout, &mut known, at.today, &mut |_, _| {});
    let mut refused = checked.refused;
    let refused_more = refused.len().saturating_sub(IMPORT_REFUSED_MAX) as u64;
    refused.truncate(IMPORT_REFUSED_MAX);
    // A dry run says what the other rows would come to.
    if !refused.is_empty() && !dry {
        return Ok(ImportResponse { refused, refused_more, ..ImportResponse::default() });
    }
    let bulk = match checked.rows {
        Rows::People(people) if dry => {
            Bulk::People(people.iter().map(|row| account(row, told(row, &accounts))).collect())
        }
        rows => bulk(rows, &known, &accounts, 0).await?,
    };
    let entry = Entry {
        at: at.now,
        actor: actor.person.to_string(),
        action: format!("import.{}", name(table)),
        subject: sheet.file.clone(),
        detail: format!("{} rows, import {}", checked.accepted, key.id),
    };
    let imported = storage.import(&[(bulk, entry)], Some(&key), dry, at).await?;
    Ok(ImportResponse { refused, refused_more, ..answer(imported, dry)? })
}

fn answer(imported: Imported, dry: bool) -> Result<ImportResponse, ConfirmError> {
    let counts = |done, dup, Upserted { created, updated, unchanged }: Upserted| ImportResponse {
        done,
        dup,
        created,
        updated,
        unchanged,
        ..ImportResponse::default()
    };
    match imported {
        Imported::Now(sum) => Ok(counts(!dry, false, sum)),
        Imported::Before(sum) => Ok(counts(true, true, sum)),
        Imported::OtherName => Err(ConfirmError::Again("another import has this name")),
        Imported::Planned => {
            Err(ConfirmError::Again("a plan has set one of these targets meanwhile: check the file again"))
        }
    }
}

/// A digest for a dry run, which hashes no password: any that is given counts as a new one.
fn told(row: &aisle_import::RowPerson, accounts: &BTreeMap<PersonId, crate::storage::Account>) -> Option<String> {
    let known = accounts.get(&row.person).and_then(|known| known.password_hash.clone());
    if row.password.is_empty() { known } else { Some(String::new()) }
}

fn check_shape(request: &ImportRequest) -> Result<(), ConfirmError> {
    let bad = |why: &str| Err(ConfirmError::Bad(why.to_owned()));
    let named = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !(8..=64).contains(&request.id.len()) || !request.id.chars().all(named) {
        return bad("an import's name has 8 to 64 letters, digits and dashes");
    }
    if request.file.len() > 255 {
        return bad("the file's name is too long");
    }
    if request.rows.is_empty() {
        return bad("there are no rows");
    }
    if request.rows.len() > IMPORT_ROWS_MAX {
        return Err(ConfirmError::TooMany);
    }
    if request.rows.iter().any(|row| row.len() != request.columns.len()) {
        return bad("a row is not as long as there are columns");
    }
    Ok(())
}

/// What it holds. Every part goes in with its length, so that no two tables look alike.
fn digest(request: &ImportRequest) -> String {
    let mut digest = Sha256::new();
    let mut part = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    part(name(request.table));
    for text in request.columns.iter().chain(request.rows.iter().flatten()) {
        part(text);
    }
    hex(&digest.finalize())
}
