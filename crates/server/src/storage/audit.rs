//! The audit chain: each row's digest covers the row and the digest before it. No storage here.

use aisle_protocol::mutation::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

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

/// The end of the chain: how many rows there are, and the digest of the last. Written as `ROWS:DIGEST`.
///
/// The chain itself cannot show that rows are missing at its end, nor that somebody computed all of it anew; a head kept
/// elsewhere shows both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Rows.
    pub rows: u64,
    /// Digest of the last row; empty without rows.
    pub hash: String,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.rows, self.hash)
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let head = text.trim().split_once(':').and_then(|(rows, hash)| {
            let is_digest = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            let rows: u64 = rows.parse().ok()?;
            (is_digest == (rows > 0)).then(|| Self { rows, hash: hash.to_owned() })
        });
        head.ok_or_else(|| format!("{text:?} is no head of an audit log; write it as `audit verify` printed it"))
    }
}

/// A walk along the chain from its first row.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    at: Head,
    kept: Option<&'a Head>,
}

impl<'a> Walk<'a> {
    /// Stands before the first row.
    pub fn new(kept: Option<&'a Head>) -> Self {
        Self { at: Head::default(), kept }
    }

    /// Goes on to the next row.
    ///
    /// # Errors
    /// Says what is wrong with the row.
    pub fn step(&mut self, link: Link) -> Result<(), String> {
        let due = self.at.rows + 1;
        if link.seq != due {
            return Err(format!("row {due} is missing"));
        }
        if link.prev_hash != self.at.hash {
            return Err(format!("row {due} does not continue row {}", self.at.rows));
        }
        if link.hash != link.digest() {
            return Err(format!("row {due} was changed"));
        }
        if let Some(kept) = self.kept.filter(|kept| kept.rows == due && kept.hash != link.hash) {
            return Err(format!("row {due} is not the one whose digest was kept ({})", kept.hash));
        }
        self.at = Head { rows: due, hash: link.hash };
        Ok(())
    }

    /// Where the chain ends.
    ///
    /// # Errors
    /// It ends before the kept head.
    pub fn end(self) -> Result<Head, String> {
        match self.kept {
            Some(kept) if kept.rows > self.at.rows => {
                Err(format!("rows {} to {} are missing at the end", self.at.rows + 1, kept.rows))
            }
            _ => Ok(self.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_read_as_written() {
        let digest = "0123456789abcdef".repeat(4);
        for text in ["0:".to_owned(), format!("17:{digest}")] {
            assert_eq!(text.parse::<Head>().expect("a head").to_string(), text);
        }
        for text in ["", "17", "17:abc", &format!("0:{digest}"), "x:", &format!("-1:{digest}")] {
            assert!(text.parse::<Head>().is_err(), "{text:?}");
        }
    }
}
