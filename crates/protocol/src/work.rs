//! The work file: what a phone has not been able to send, as a file somebody else can hand in. And handing it in.
//!
//! Lines of JSON: a header, one line for each mutation in the device's order, one for each picture with its bytes, and an
//! end that counts and digests what came before. A line this build does not know is kept. docs/work-file.md is the prose.
//! Sealing with a passphrase happens around the text, see [`Seal`]; the ciphers are the platform's.

use crate::mutation::{DeviceId, Mutation, MutationId, hex};
use crate::record::Fields;
use crate::sync::{PushResult, RejectCode};
use crate::{PROTO, SCHEMA};
use aisle_domain::PersonId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What the first line calls itself.
pub const FORMAT: &str = "aisle-work";
/// Version of the format; a reader takes all up to its own.
pub const VERSION: u32 = 1;
/// What the first line of a sealed file calls itself.
pub const SEALED_FORMAT: &str = "aisle-work-sealed";
/// Rounds of PBKDF2-HMAC-SHA256 for a new sealed file.
pub const SEAL_ROUNDS: u32 = 600_000;
/// Rounds a reader goes along with: less would be too weak to have been written by Aisle, more would hang.
pub const SEAL_ROUNDS_TAKEN: std::ops::RangeInclusive<u32> = 100_000..=5_000_000;

/// How far a mutation had come when the file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Not confirmed by the endpoint.
    Pending,
    /// Confirmed, not yet seen in the feed.
    Received,
    /// Refused.
    Returned,
}

/// One mutation of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The mutation as the phone keeps it.
    #[serde(rename = "mut")]
    pub m: Mutation,
    /// How far it had come.
    pub st: Stage,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<RejectCode>,
}

/// One picture of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its id.
    pub id: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Kind, such as `image/jpeg`.
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A work file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkFile {
    /// Whose work it is.
    pub person: String,
    /// The phone it was done on.
    pub device: DeviceId,
    /// When the file was written, by the phone's clock, milliseconds.
    pub made: i64,
    /// Mutations, in the device's order.
    pub items: Vec<Item>,
    /// Pictures.
    pub pictures: Vec<Picture>,
    /// Header fields and lines of a later version, kept as they are.
    pub others: (Fields, Vec<Value>),
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkFileError {
    /// Something else.
    #[error("this is no work file of Aisle")]
    Foreign,
    /// Sealed: a passphrase has to open it first.
    #[error("the file is sealed with a passphrase")]
    Sealed,
    /// Written by a later version.
    #[error("the file is of version {0}; this program reads up to {VERSION}")]
    Newer(u32),
    /// A line that cannot be read; counted from 1.
    #[error("line {0} cannot be read: {1}")]
    Line(usize, String),
    /// It does not reach its end.
    #[error("the file has been cut off")]
    CutOff,
    /// It is not what was written.
    #[error("the file has been changed since it was written")]
    Changed,
}

impl WorkFile {
    /// The file as text.
    pub fn write(&self) -> String {
        let mut header = self.others.0.clone();
        header.extend(object(json!({
            "format": FORMAT, "version": VERSION, "proto": PROTO, "schema": SCHEMA, "person": self.person,
            "device": self.device, "made": self.made,
        })));
        let mut text = line(&Value::Object(header));
        for item in &self.items {
            text.push_str(&line(&serde_json::to_value(item).unwrap_or_default()));
        }
        for picture in &self.pictures {
            let Picture { id, sha256, mime, bytes } = picture;
            let photo = json!({"id": id, "sha256": sha256, "mime": mime, "bytes": bytes.len()});
            text.push_str(&line(&json!({"photo": photo, "data": STANDARD.encode(bytes)})));
        }
        for other in &self.others.1 {
            text.push_str(&line(other));
        }
        let (muts, photos) = (self.items.len(), self.pictures.len());
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        text.push_str(&line(&json!({"end": {"muts": muts, "photos": photos, "sha256": sha256}})));
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is not a whole, unchanged work file.
    pub fn read(text: &str) -> Result<Self, WorkFileError> {
        let mut lines = text.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line));
        let (_, first) = lines.next().ok_or(WorkFileError::Foreign)?;
        let header: Value = serde_json::from_str(first).map_err(|_| WorkFileError::Foreign)?;
        let mut file = Self::read_header(header)?;
        let mut before = first.len();
        for (at, one) in lines {
            let wrong = |why: String| WorkFileError::Line(at, why);
            if !one.ends_with('\n') {
                return Err(WorkFileError::CutOff);
            }
            let value: Value = serde_json::from_str(one).map_err(|e| wrong(e.to_string()))?;
            if let Some(end) = value.get("end") {
                let whole = text.len() == before + one.len();
                let digest = hex(&Sha256::digest(&text.as_bytes()[..before]));
                let counts = json!({"muts": file.items.len(), "photos": file.pictures.len(), "sha256": digest});
                return if whole && *end == counts { Ok(file) } else { Err(WorkFileError::Changed) };
            }
            before += one.len();
            file.take_line(value).map_err(wrong)?;
        }
        Err(WorkFileError::CutOff)
    }

    fn read_header(header: Value) -> Result<Self, WorkFileError> {
        let Value::Object(mut header) = header else { return Err(WorkFileError::Foreign) };
        match header.remove("format").as_ref().and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(SEALED_FORMAT) => return Err(WorkFileError::Sealed),
            _ => return Err(WorkFileError::Foreign),
        }
        let version = header.remove("version").as_ref().and_then(Value::as_u64).ok_or(WorkFileError::Foreign)?;
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        if version > VERSION {
            return Err(WorkFileError::Newer(version));
        }
        let mut text = |name: &str| header.remove(name).as_ref().and_then(Value::as_str).map(str::to_owned);
        let (person, device) = text("person").zip(text("device")).ok_or(WorkFileError::Foreign)?;
        let made = header.remove("made").as_ref().and_then(Value::as_i64).ok_or(WorkFileError::Foreign)?;
        header.remove("proto");
        header.remove("schema");
        Ok(Self { person, device: DeviceId(device), made, others: (header, Vec::new()), ..Self::default() })
    }

    fn take_line(&mut self, value: Value) -> Result<(), String> {
        if value.get("mut").is_some() {
            let item: Item = serde_json::from_value(value).map_err(|e| e.to_string())?;
            if !item.m.is_intact() {
                return Err("the mutation does not fit its digest".to_owned());
            }
            if self.items.iter().any(|other| other.m.id == item.m.id) {
                return Err("the mutation is there twice".to_owned());
            }
            self.items.push(item);
        } else if let Some(photo) = value.get("photo") {
            let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
            let data = text(&value, "data").ok_or("a picture without bytes")?;
            let bytes = STANDARD.decode(data).map_err(|e| e.to_string())?;
            let said = text(photo, "id").zip(text(photo, "sha256")).zip(text(photo, "mime"));
            let ((id, sha256), mime) = said.ok_or("a picture without a name")?;
            if hex(&Sha256::digest(&bytes)) != sha256 {
                return Err("the picture does not fit its digest".to_owned());
            }
            self.pictures.push(Picture { id, sha256, mime, bytes });
        } else {
            self.others.1.push(value);
        }
        Ok(())
    }

    /// Ids of the mutations.
    pub fn ids(&self) -> BTreeSet<&MutationId> {
        self.items.iter().map(|item| &item.m.id).collect()
    }
}

fn object(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// How a file is sealed: the first line of the sealed file. Behind it comes the text of the work file, encrypted with
/// AES-256-GCM; the first line, without its line feed, is authenticated with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// [`SEALED_FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// `PBKDF2-HMAC-SHA256`.
    pub kdf: String,
    /// Rounds of it.
    pub rounds: u32,
    /// Salt of it, base64, 16 bytes.
    pub salt: String,
    /// `AES-256-GCM`.
    pub cipher: String,
    /// Its nonce, base64, 12 bytes.
    pub nonce: String,
}

impl Seal {
    /// A seal of this salt and nonce, which have to be random.
    pub fn new(salt: &[u8; 16], nonce: &[u8; 12]) -> Self {
        Self {
            format: SEALED_FORMAT.to_owned(),
            version: VERSION,
            kdf: "PBKDF2-HMAC-SHA256".to_owned(),
            rounds: SEAL_ROUNDS,
            salt: STANDARD.encode(salt),
            cipher: "AES-256-GCM".to_owned(),
            nonce: STANDARD.encode(nonce),
        }
    }

    /// The first line, without its line feed.
    pub fn line(&self) -> String {
        serde_json::to_value(self).unwrap_or_default().to_string()
    }

    /// Takes a sealed file apart: the seal, its line as it stands, and what is encrypted. `None` for a file that is not
    /// sealed.
    ///
    /// # Errors
    /// [`WorkFileError::Foreign`] for a seal this version does not know.
    pub fn split(file: &[u8]) -> Result<Option<Sealed<'_>>, WorkFileError> {
        let Some(end) = file.iter().take(4096).position(|b| *b == b'\n') else { return Ok(None) };
        let (line, rest) = (&file[..end], &file[end + 1..]);
        let Ok(first) = serde_json::from_slice::<Value>(line) else { return Ok(None) };
        if first.get("format").and_then(Value::as_str) != Some(SEALED_FORMAT) {
            return Ok(None);
        }
        let seal: Self = serde_json::from_value(first).map_err(|_| WorkFileError::Foreign)?;
        if seal.version > VERSION {
            return Err(WorkFileError::Newer(seal.version));
        }
        let known = seal.kdf == "PBKDF2-HMAC-SHA256" && seal.cipher == "AES-256-GCM";
        let sizes = (seal.salt_bytes().len(), seal.nonce_bytes().len()) == (16, 12);
        if !known || !sizes || !SEAL_ROUNDS_TAKEN.contains(&seal.rounds) {
            return Err(WorkFileError::Foreign);
        }
        Ok(Some(Sealed { seal, line, rest }))
    }

    /// The salt.
    pub fn salt_bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.salt).unwrap_or_default()
    }

    /// The nonce.
    pub fn nonce_bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.nonce).unwrap_or_default()
    }
}

/// A sealed file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// How it is sealed.
    pub seal: Seal,
    /// The first line as it stands: what is authenticated.
    pub line: &'a [u8],
    /// What is encrypted.
    pub rest: &'a [u8],
}

/// Body of `POST /v1/work`: a part of a work file, at most as much as a push may hold, handed in by somebody who leads
/// its author, or by the author.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandIn {
    /// Protocol version.
    pub proto: u32,
    /// Record schema version.
    pub schema: u32,
    /// Whose work it is: it is judged as this person's.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub person: PersonId,
    /// The phone it was done on.
    pub device: DeviceId,
    /// Mutations as they stand in the file, in its order.
    pub muts: Vec<Mutation>,
}

/// 200: what became of each mutation. What had been taken before, from the phone or from a file, is `dup` or what it was
/// then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandedIn {
    /// The endpoint's clock, milliseconds.
    pub now: i64,
    /// One for each mutation, in order.
    pub results: Vec<PushResult>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutation::{Hash, Op};
    use crate::record::{Kind, RecordRef};

    fn mutation(n: u64) -> Mutation {
        Mutation {
            n,
            id: MutationId(format!("m{n}")),
            op: Op::Create,
            rec: RecordRef::new(Kind::Unknown("hologram".into()), format!("h{n}")),
            base: None,
            patch: object(json!({"later": {"deep": [1, null]}, "名": "门店"})),
            at: 5,
            prev: Hash::default(),
            hash: Hash::default(),
        }
        .sealed()
    }

    fn sample() -> WorkFile {
        let item = |n, st, code| Item { m: mutation(n), st, code };
        let bytes = b"\xff\xd8\xff a picture".to_vec();
        WorkFile {
            person: "rep-a".into(),
            device: DeviceId("d1".into()),
            made: 7,
            items: vec![
                item(1, Stage::Returned, Some(RejectCode::Forbidden)),
                item(2, Stage::Received, None),
                item(3, Stage::Pending, None),
            ],
            pictures: vec![Picture {
                id: "ph".into(),
                sha256: hex(&Sha256::digest(&bytes)),
                mime: "image/jpeg".into(),
                bytes,
            }],
            others: (object(json!({"later": true})), vec![json!({"sound": {"id": "s1"}})]),
        }
    }

    #[test]
    fn what_is_written_is_read_with_what_this_version_does_not_know() {
        assert_eq!(WorkFile::read(&sample().write()), Ok(sample()));
        let empty = WorkFile { person: "p".into(), ..WorkFile::default() };
        assert_eq!(WorkFile::read(&empty.write()), Ok(empty));
    }

    #[test]
    fn what_is_not_a_whole_work_file_is_refused() {
        let text = sample().write();
        let cut = |bytes: usize| text[..text.len() - bytes].to_owned();
        let last = text.lines().last().expect("an end").len() + 1;
        let cases: [(&str, String, WorkFileError); 10] = [
            ("nothing", String::new(), WorkFileError::Foreign),
            ("a picture", "\u{ff}\u{d8}".into(), WorkFileError::Foreign),
            ("other JSON", "{\"format\": \"x\"}\n".into(), WorkFileError::Foreign),
            ("a later version", text.replacen("\"version\":1", "\"version\":9", 1), WorkFileError::Newer(9)),
            ("sealed", Seal::new(&[1; 16], &[2; 12]).line() + "\n…", WorkFileError::Sealed),
            ("without its end", cut(last), WorkFileError::CutOff),
            ("cut in its end", cut(10), WorkFileError::CutOff),
            (
                "a line taken out",
                {
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    lines.remove(5);
                    lines.concat()
                },
                WorkFileError::Changed,
            ),
            ("something after its end", text.clone() + "{}\n", WorkFileError::Changed),
            (
                "a mutation changed",
                text.replacen("门店", "门口", 1),
                WorkFileError::Line(2, "the mutation does not fit its digest".into()),
            ),
        ];
        for (name, text, expect) in cases {
            assert_eq!(WorkFile::read(&text), Err(expect), "{name}");
        }
    }

    #[test]
    fn seals_are_taken_apart_and_weak_ones_refused() {
        let seal = Seal::new(&[1; 16], &[2; 12]);
        let file = [seal.line().as_bytes(), b"\n\x00\nciphertext"].concat();
        let line = seal.line();
        let apart = Sealed { seal: seal.clone(), line: line.as_bytes(), rest: b"\x00\nciphertext" };
        assert_eq!(Seal::split(&file), Ok(Some(apart)));
        assert_eq!(Seal::split(sample().write().as_bytes()), Ok(None));
        let changes: [fn(&mut Seal); 4] =
            [|s| s.rounds = 1, |s| s.rounds = u32::MAX, |s| s.cipher = "none".into(), |s| s.salt = String::new()];
        for (i, change) in changes.into_iter().enumerate() {
            let mut seal = Seal::new(&[1; 16], &[2; 12]);
            change(&mut seal);
            assert_eq!(Seal::split((seal.line() + "\n").as_bytes()), Err(WorkFileError::Foreign), "change {i}");
        }
    }
}
