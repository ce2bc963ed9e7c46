//! `GET /v1/pull`: hands out the change feed, page by page.

use super::ApiError;
use super::session::Signed;
use crate::App;
use crate::storage::{Cursor, Page, PageChange, PageWhat, PullOutcome};
use aisle_protocol::PULL_LIMIT_MAX;
use aisle_protocol::mutation::DeviceId;
use aisle_protocol::session::Problem;
use aisle_protocol::sync::{Bucket, PullReset, PullResponse};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::IntoParams;

/// Changes in a page unless the device asks otherwise.
const LIMIT_DEFAULT: u32 = PULL_LIMIT_MAX;

/// What a pull asks for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Ask {
    /// The device, for the acknowledgement of its mutations.
    device: Option<String>,
    /// `next` of the page before; none to begin.
    c: Option<String>,
    /// Most changes wanted, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Reads the next page of the feed of everything the person may see.
#[utoipa::path(
    get,
    path = "/v1/pull",
    params(Ask),
    responses(
        (status = 200, description = "A page", body = PullResponse),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Signed out", body = Problem),
        (status = 403, description = "Another person's device", body = Problem),
        (status = 410, description = "The cursor means nothing here: begin without one, keep the outbox", body = PullReset),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn pull(
    State(app): State<Arc<App>>,
    signed: Signed,
    ask: Result<Query<Ask>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad_request(e.body_text()))?;
    app.limits.pull.take(&signed.token_hash, app.clock.now())?;
    let cursor = match ask.c.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => match decode(text) {
            Some(cursor) => Some(cursor),
            None => return Ok(reset()),
        },
        None => None,
    };
    let device = ask.device.filter(|id| !id.is_empty()).map(DeviceId);
    let limit = ask.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, PULL_LIMIT_MAX);
    match app.storage.pull(&signed.actor, device.as_ref(), cursor.as_ref(), limit).await? {
        PullOutcome::Page(page) => {
            app.metrics.changes(page.changes.len() as u64);
            let body = json(page, app.clock.now()).map_err(|e| ApiError::internal(&e))?;
            Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
        }
        PullOutcome::Reset => Ok(reset()),
        PullOutcome::NotYourDevice => Err(ApiError::forbidden("the device belongs to somebody else")),
    }
}

fn reset() -> Response {
    (StatusCode::GONE, Json(PullReset { reset: true })).into_response()
}

/// A cursor as devices carry it.
pub(crate) fn encode(cursor: &Cursor) -> Result<String, serde_json::Error> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor)?))
}

fn decode(text: &str) -> Option<Cursor> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// [`PullResponse`] whose records are handed on as the text they are stored as. A test reads it as `PullResponse`.
#[derive(Serialize)]
struct Wire {
    changes: Vec<WireChange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    purge: Vec<Bucket>,
    next: String,
    more: bool,
    ack: u64,
    now: i64,
    left: u64,
}

struct WireChange {
    change: PageChange,
    v: Option<Box<RawValue>>,
}

impl Serialize for WireChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("b", &self.change.bucket)?;
        map.serialize_entry("kind", &self.change.rec.kind)?;
        map.serialize_entry("id", &self.change.rec.id)?;
        match &self.change.what {
            PageWhat::Is(rev, _) => {
                map.serialize_entry("rev", rev)?;
                map.serialize_entry("v", &self.v)?;
            }
            PageWhat::Deleted => map.serialize_entry("del", &true)?,
            PageWhat::Gone => map.serialize_entry("gone", &true)?,
        }
        map.end()
    }
}

fn json(page: Page, now: i64) -> Result<String, serde_json::Error> {
    let wire = |mut change: PageChange| {
        let v = match &mut change.what {
            PageWhat::Is(_, text) => Some(RawValue::from_string(std::mem::take(text))?),
            PageWhat::Deleted | PageWhat::Gone => None,
        };
        Ok(WireChange { change, v })
    };
    serde_json::to_string(&Wire {
        changes: page.changes.into_iter().map(wire).collect::<Result<_, serde_json::Error>>()?,
        purge: page.purge,
        next: encode(&page.next)?,
        more: page.more,
        ack: page.ack,
        now,
        left: page.left,
    })
}
