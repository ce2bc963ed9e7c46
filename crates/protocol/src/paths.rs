//! Paths of the endpoint, named once for both sides.

/// `POST` signs in, `GET` tells who is signed in, `DELETE` signs out.
pub const SESSION: &str = "/v1/session";
/// `POST` hands over mutations.
pub const PUSH: &str = "/v1/push";
/// `POST` hands in a part of a work file.
pub const WORK: &str = "/v1/work";
/// `POST` imports a table, or says what that would do.
pub const IMPORT: &str = "/v1/import";
/// `GET` reads the change feed.
pub const PULL: &str = "/v1/pull";
/// `GET` lists the segments of a snapshot.
pub const SNAP_MANIFEST: &str = "/v1/snap/manifest";
/// `GET {SNAP}/{sha256}.json` reads one segment.
pub const SNAP: &str = "/v1/snap";
/// Beside an app without an endpoint: for whom there are published snapshots.
pub const STATIC_SITE: &str = "/aisle.json";
/// tus 1.0: `POST` creates an upload, `PATCH`/`HEAD` on `{BLOBS}/{id}`, `GET` reads a published photo.
pub const BLOBS: &str = "/v1/blobs";
/// The OpenAPI document.
pub const OPENAPI: &str = "/api/openapi.json";
/// `GET` answers 200 when the endpoint can serve.
pub const HEALTH: &str = "/health";
/// Counters in Prometheus text format.
pub const METRICS: &str = "/metrics";

/// Header of requests about somebody's records: whose they are, as [`person_header`] writes it. All tabs of a browser share
/// one session; an endpoint answers 401 when it is another person's, so that nobody's work is taken as another's.
pub const PERSON: &str = "aisle-person";

/// A person's id as a header may hold it: everything but letters, digits, `-`, `_`, `.` and `~` is percent-encoded.
pub fn person_header(id: &str) -> String {
    id.bytes().fold(String::with_capacity(id.len()), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_id_becomes_a_header() {
        assert_eq!(person_header("rep-1_a.b~"), "rep-1_a.b~");
        assert_eq!(person_header("王 %"), "%E7%8E%8B%20%25");
    }
}
