//! Paths of the endpoint, named once for both sides.

/// `POST` signs in, `GET` tells who is signed in, `DELETE` signs out.
pub const SESSION: &str = "/v1/session";
/// `POST` hands over mutations.
pub const PUSH: &str = "/v1/push";
/// `GET` reads the change feed.
pub const PULL: &str = "/v1/pull";
/// tus 1.0: `POST` creates an upload, `PATCH`/`HEAD` on `{BLOBS}/{id}`, `GET` reads a published photo.
pub const BLOBS: &str = "/v1/blobs";
/// The OpenAPI document.
pub const OPENAPI: &str = "/api/openapi.json";
/// `GET` answers 200 when the endpoint can serve.
pub const HEALTH: &str = "/health";
/// Counters in Prometheus text format.
pub const METRICS: &str = "/metrics";
