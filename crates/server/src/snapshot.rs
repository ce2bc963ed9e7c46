//! Snapshots: how the records of a bucket become segments, and how a manifest names them. Pure but for the clock that
//! tells [`keep`] when to look again; storage decides when and keeps the bytes.

use crate::App;
use crate::api::pull::encode;
use crate::storage::{Cursor, Rebuilt, StorageError};
use aisle_protocol::PROTO;
use aisle_protocol::mutation::hex;
use aisle_protocol::record::RecordRef;
use aisle_protocol::snapshot::{Manifest, SegmentRef, digest};
use aisle_protocol::sync::Bucket;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};

/// When a snapshot is built and how it is cut.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotPlan {
    /// Built again after so many changes.
    pub every: u64,
    /// A segment may end from this size on, bytes.
    pub least_bytes: usize,
    /// A segment ends at this size, bytes; a single larger record makes a larger one.
    pub most_bytes: usize,
    /// Segments stay readable so long after they were last listed, milliseconds.
    pub keep_ms: i64,
}

/// Changes after which a snapshot is built again, unless the operator says otherwise.
pub const SNAPSHOT_EVERY: u64 = 2_000;

impl SnapshotPlan {
    /// The usual cut.
    pub fn every(changes: u64) -> Self {
        Self { every: changes, least_bytes: 128 * 1024, most_bytes: 512 * 1024, keep_ms: crate::DAY_MS }
    }
}

/// A segment on its way into storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Newest revision in it.
    pub rev: u64,
    /// How many records.
    pub records: u64,
    /// Size before compression.
    pub bytes: u64,
    /// SHA-256 of the uncompressed bytes, lower-case hex.
    pub digest: String,
    /// The bytes, gzipped.
    pub gz: Vec<u8>,
}

/// Cuts the records of one bucket, in the order of their revisions, into segments. Where it cuts depends on the records
/// and not on their number: a changed record leaves most segments of its bucket as they were.
#[derive(Debug)]
pub struct Cutter {
    bucket: Bucket,
    plan: SnapshotPlan,
    open: String,
    rev: u64,
    records: u64,
}

/// A segment may end behind every revision that this divides.
const CUTS: u64 = 16;
const HEAD: &str = "{\"changes\":[";
const TAIL: &str = "]}";

impl Cutter {
    /// Nothing in it yet.
    pub fn new(bucket: Bucket, plan: SnapshotPlan) -> Self {
        Self { bucket, plan, open: String::new(), rev: 0, records: 0 }
    }

    /// Adds a record, its fields as JSON text; the uncompressed segment it completes, if it does.
    ///
    /// # Errors
    /// Never for names that are text.
    pub fn add(&mut self, rec: &RecordRef, rev: u64, fields: &str) -> Result<Option<Open>, StorageError> {
        let name = |text: &str| serde_json::to_string(text).map_err(|e| StorageError::Failed(e.to_string()));
        let (b, kind, id) = (name(&self.bucket.0)?, name(rec.kind.as_str())?, name(&rec.id)?);
        self.open.push_str(if self.open.is_empty() { HEAD } else { "," });
        self.open.push_str(&format!("{{\"b\":{b},\"kind\":{kind},\"id\":{id},\"rev\":{rev},\"v\":{fields}}}"));
        (self.rev, self.records) = (rev, self.records + 1);
        let size = self.open.len();
        let ends = size >= self.plan.most_bytes || (size >= self.plan.least_bytes && rev.is_multiple_of(CUTS));
        Ok(if ends { self.end() } else { None })
    }

    /// The last segment, if anything is left for one.
    pub fn end(&mut self) -> Option<Open> {
        if self.open.is_empty() {
            return None;
        }
        let mut text = std::mem::take(&mut self.open);
        text.push_str(TAIL);
        Some(Open { text, rev: self.rev, records: std::mem::take(&mut self.records) })
    }
}

/// A complete segment before it is compressed.
#[derive(Debug)]
pub struct Open {
    text: String,
    rev: u64,
    records: u64,
}

impl Open {
    /// Takes its digest and compresses it. Takes its time: not for a thread that serves.
    ///
    /// # Errors
    /// Never in memory.
    pub fn seal(self) -> std::io::Result<Sealed> {
        let mut gz = GzEncoder::new(Vec::new(), Compression::default());
        gz.write_all(self.text.as_bytes())?;
        Ok(Sealed {
            rev: self.rev,
            records: self.records,
            bytes: self.text.len() as u64,
            digest: digest(self.text.as_bytes()),
            gz: gz.finish()?,
        })
    }
}

/// The uncompressed bytes of a segment.
///
/// # Errors
/// When it is no gzip.
pub fn unpack(gz: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(gz).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a snapshot holds for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The revision it shows.
    pub rev: u64,
    /// Where the feed goes on behind it.
    pub cursor: Cursor,
    /// Segments of the person's buckets.
    pub segments: Vec<SegmentRef>,
}

/// The manifest of an offer.
///
/// # Errors
/// Never for a cursor that storage made.
pub fn manifest(offer: Offer, now: i64) -> Result<Manifest, serde_json::Error> {
    let mut sha = Sha256::new();
    for segment in &offer.segments {
        sha.update(segment.sha256.as_bytes());
    }
    Ok(Manifest {
        proto: PROTO,
        id: hex(&sha.finalize()),
        rev: offer.rev,
        cursor: encode(&offer.cursor)?,
        segments: offer.segments,
        now,
    })
}

/// Builds the snapshot when it is due.
///
/// # Errors
/// When the store fails; the snapshot before stays in effect.
pub async fn keep(app: &App, plan: SnapshotPlan) -> Result<Option<Rebuilt>, StorageError> {
    let rebuilt = app.storage.rebuild_snapshot(plan, app.clock.now()).await?;
    if let Some(Rebuilt { rev, buckets, segments }) = rebuilt {
        tracing::info!(rev, buckets, segments, "snapshot built");
    }
    Ok(rebuilt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_protocol::record::Kind;
    use aisle_protocol::snapshot::Segment;

    fn plan() -> SnapshotPlan {
        SnapshotPlan { every: 1, least_bytes: 600, most_bytes: 3_000, keep_ms: 0 }
    }

    fn cut(revs: impl Iterator<Item = u64>) -> Vec<Sealed> {
        let mut cutter = Cutter::new(Bucket("t:\"north\"".to_owned()), plan());
        let mut sealed = Vec::new();
        for rev in revs {
            let fields = format!("{{\"name\":\"shop {rev}\"}}");
            let full = cutter.add(&RecordRef::new(Kind::Shop, format!("s/{rev}")), rev, &fields).expect("text");
            sealed.extend(full.map(|open| open.seal().expect("sealed")));
        }
        sealed.extend(cutter.end().map(|open| open.seal().expect("sealed")));
        sealed
    }

    #[test]
    fn segments_hold_every_record_once_in_order() {
        let sealed = cut(1..=500);
        assert!(sealed.len() > 5, "{}", sealed.len());
        let mut revs = Vec::new();
        for segment in &sealed {
            let bytes = unpack(&segment.gz).expect("gzip");
            assert_eq!((bytes.len() as u64, digest(&bytes)), (segment.bytes, segment.digest.clone()));
            let read: Segment = serde_json::from_slice(&bytes).expect("a segment");
            assert_eq!(read.changes.len() as u64, segment.records);
            revs.extend(read.changes.iter().map(|change| match change.what {
                aisle_protocol::sync::What::Is { rev, .. } => rev,
                _ => panic!("{change:?} in a snapshot"),
            }));
            assert_eq!(revs.last(), Some(&segment.rev));
        }
        assert_eq!(revs, (1..=500).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_makes_no_segment() {
        assert_eq!(cut(std::iter::empty()), []);
    }

    /// A record that changes leaves its old place and goes to the end.
    #[test]
    fn a_change_leaves_most_segments_as_they_were() {
        let before = cut(1..=2_000);
        let after = cut((1..=2_000).filter(|rev| *rev != 700).chain([2_001]));
        let kept = after.iter().filter(|segment| before.contains(segment)).count();
        assert!(kept * 10 >= before.len() * 8, "{kept} of {} stayed", before.len());
    }
}
