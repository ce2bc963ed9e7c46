//! The audit chain: each row's digest covers the row and the digest before it. No storage here.

use aisle_protocol::mutation::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Something worth keeping for ever: who did what to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, server time, milliseconds.
    pub at: i64,
    /// Person id, or `-` for nobody known, or `cli`.
    pub actor: String,
    /// What, such as `push.ok` or `session.open`.
    pub action: String,
    /// To what, such as `visit/…`.
    pub subject: String,
    /// Short facts, never values.
    pub detail: String,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Place in the chain, from 1.
    pub seq: u64,
    /// See [`Entry`].
    pub at: i64,
    /// See [`Entry`].
    pub actor: String,
    /// See [`Entry`].
    pub action: String,
    /// See [`Entry`].
    pub subject: String,
    /// See [`Entry`].
    pub detail: String,
    /// Digest of the row before; empty for the first.
    pub prev_hash: String,
    /// Digest of this row.
    pub hash: String,
}

impl Link {
    /// Appends an entry behind `seq - 1`.
    pub fn after(seq: u64, prev_hash: &str, entry: Entry) -> Self {
        let Entry { at, actor, action, subject, detail } = entry;
        let mut link =
            Self { seq, at, actor, action, subject, detail, prev_hash: prev_hash.to_owned(), hash: String::new() };
        link.hash = link.digest();
        link
    }

    fn digest(&self) -> String {
        let mut sha = Sha256::new();
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        for text in [&self.prev_hash, &seq, &at, &self.actor, &self.action, &self.subject, &self.detail] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        hex(&sha.finalize())
    }
}

/// Checks one row against the one before.
///
/// # Errors
/// Says what is wrong with the row.
pub fn check(previous: Option<&Link>, link: &Link) -> Result<(), String> {
    let (seq, hash) = previous.map_or((0, ""), |p| (p.seq, p.hash.as_str()));
    if link.seq != seq + 1 {
        return Err(format!("row {} is missing", seq + 1));
    }
    if link.prev_hash != hash {
        return Err(format!("row {} does not continue row {seq}", link.seq));
    }
    if link.hash != link.digest() {
        return Err(format!("row {} was changed", link.seq));
    }
    Ok(())
}
