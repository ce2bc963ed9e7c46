//! `/v1/snap`: the snapshot that a first download reads instead of the feed.

use super::ApiError;
use super::session::Signed;
use crate::App;
use crate::snapshot;
use aisle_protocol::session::Problem;
use aisle_protocol::snapshot::{Manifest, Segment};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// A segment never changes; it is one person's business, so no cache in between may keep it.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Lists the segments of the person's buckets. There need not be a snapshot: then the feed is read from its start.
#[utoipa::path(
    get,
    path = "/v1/snap/manifest",
    responses(
        (status = 200, description = "The segments of everything the person may see", body = Manifest),
        (status = 401, description = "Signed out", body = Problem),
        (status = 404, description = "No snapshot: pull from the start", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn manifest(State(app): State<Arc<App>>, signed: Signed) -> Result<Json<Manifest>, ApiError> {
    app.limits.pull.take(&signed.token_hash, app.clock.now())?;
    let offer = app.storage.snapshot(&signed.actor).await?;
    let offer = offer.ok_or_else(|| ApiError::not_found("there is no snapshot"))?;
    Ok(Json(snapshot::manifest(offer, app.clock.now()).map_err(|e| ApiError::internal(&e))?))
}

/// Reads a segment by the digest of its bytes, `{sha256}.json`. It never changes.
#[utoipa::path(
    get,
    path = "/v1/snap/{id}",
    params(("id" = String, Path, description = "SHA-256 of the segment in lower-case hex, then `.json`")),
    responses(
        (status = 200, description = "The segment, gzipped where the client takes that", body = Segment),
        (status = 401, description = "Signed out", body = Problem),
        (status = 404, description = "Not known, or not of the person's buckets: pull from the start", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn segment(
    State(app): State<Arc<App>>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    app.limits.pull.take(&signed.token_hash, app.clock.now())?;
    let missing = || ApiError::not_found("no such segment");
    let digest = id.strip_suffix(".json").ok_or_else(missing)?;
    let gz = app.storage.snapshot_segment(&signed.actor, digest).await?.ok_or_else(missing)?;
    let always = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if takes_gzip(&headers) {
        return Ok((always, [(header::CONTENT_ENCODING, "gzip")], gz).into_response());
    }
    let plain = tokio::task::spawn_blocking(move || snapshot::unpack(&gz)).await;
    let plain = plain.map_err(|e| ApiError::internal(&e))?.map_err(|e| ApiError::internal(&e))?;
    Ok((always, plain).into_response())
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|h| h.to_str().ok());
    accepted.flat_map(|list| list.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && parts.next() != Some("q=0")
    })
}
