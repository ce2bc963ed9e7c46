//! Snapshots: what a bucket held at a revision, as files that never change and are named by their digest. A first
//! download reads them instead of the feed; any static host can serve them.

use crate::mutation::hex;
use crate::session::Session;
use crate::sync::{Bucket, Change};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Answer to `GET /v1/snap/manifest`: every segment of the person's buckets, and where the feed goes on behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Manifest {
    /// Protocol version.
    pub proto: u32,
    /// Digest over the segments' digests: two manifests with the same id hold the same records.
    pub id: String,
    /// The revision the snapshot shows.
    pub rev: u64,
    /// Cursor of the first pull behind the snapshot. Opaque.
    pub cursor: String,
    /// Segments; applied in any order they give the same.
    pub segments: Vec<SegmentRef>,
    /// The clock of whoever wrote the manifest, milliseconds.
    pub now: i64,
}

/// Names one segment: `{SNAP}/{sha256}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentRef {
    /// The bucket whose records it holds.
    pub b: Bucket,
    /// Newest revision in it.
    pub rev: u64,
    /// How many records.
    pub records: u64,
    /// Size before compression, bytes.
    pub bytes: u64,
    /// SHA-256 of the uncompressed bytes, lower-case hex.
    pub sha256: String,
}

/// The name of a segment with this content: SHA-256 in lower-case hex.
pub fn digest(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// A segment: records of one bucket as the feed would bring them, none of them deleted or gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Segment {
    /// Records, oldest revision first.
    pub changes: Vec<Change>,
}

/// `/aisle.json` beside an app that has no endpoint: it reads published snapshots, and work leaves as files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticSite {
    /// Always [`STATIC_FORMAT`].
    pub format: String,
    /// Version of this shape.
    pub version: u32,
    /// For whom there is a snapshot; each names its manifest.
    pub people: Vec<Session>,
}

/// Says that a file is a [`StaticSite`].
pub const STATIC_FORMAT: &str = "aisle-static";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes_are_those_of_the_document() {
        let manifest = json!({
            "proto": 1, "id": "9f…", "rev": 812, "cursor": "eyJ…", "now": 1,
            "segments": [{"b": "org", "rev": 40, "records": 12, "bytes": 3456, "sha256": "ab…"}],
        });
        let read: Manifest = serde_json::from_value(manifest.clone()).expect("a manifest");
        assert_eq!(serde_json::to_value(&read).expect("json"), manifest);
        let segment = json!({"changes": [{"b": "org", "kind": "shop", "id": "1", "rev": 7, "v": {"name": "A"}}]});
        let read: Segment = serde_json::from_value(segment.clone()).expect("a segment");
        assert_eq!(serde_json::to_value(&read).expect("json"), segment);
        let site = json!({
            "format": STATIC_FORMAT, "version": 1,
            "people": [{"person": "rep1", "name": "R", "role": "rep", "org": "O", "manifest": "/v1/snap/manifest.json"}],
        });
        let read: StaticSite = serde_json::from_value(site.clone()).expect("a site");
        assert_eq!(serde_json::to_value(&read).expect("json"), site);
    }
}
