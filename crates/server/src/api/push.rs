//! `POST /v1/push`: takes what devices did.

use super::ApiError;
use super::problem::Body;
use super::session::Signed;
use crate::App;
use crate::storage::{FILE_DEVICE, PushOutcome};
use aisle_protocol::mutation::{DeviceId, Mutation};
use aisle_protocol::session::Problem;
use aisle_protocol::sync::{PushConflict, PushRequest, PushResponse, PushResult, PushStatus};
use aisle_protocol::{PROTO, PROTO_OLDEST, PUSH_BYTES_MAX, PUSH_MUTATIONS_MAX};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Longest id of a device or mutation, bytes.
const ID_BYTES_MAX: usize = 64;

/// Hands over mutations, in the device's order, without gaps. Every one gets a result; a refusal of the business is a
/// result too. Handing over the same again is safe.
#[utoipa::path(
    post,
    path = "/v1/push",
    request_body = PushRequest,
    responses(
        (status = 200, description = "Every mutation has a result, durably", body = PushResponse),
        (status = 400, description = "Malformed, or of a protocol version that is not taken", body = Problem),
        (status = 401, description = "Signed out", body = Problem),
        (status = 403, description = "Another person's device, or sent from another site", body = Problem),
        (status = 409, description = "Does not continue where the endpoint stands; nothing was taken", body = PushConflict),
        (status = 413, description = "More than 500 mutations or 512 kB", body = Problem),
        (status = 415, description = "Not application/json", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn push(
    State(app): State<Arc<App>>,
    signed: Signed,
    Body(request): Body<PushRequest>,
) -> Result<Response, ApiError> {
    app.limits.push.take(&signed.token_hash, app.clock.now())?;
    check(&request)?;
    match app.storage.push(&signed.actor, &request, app.moment()).await? {
        PushOutcome::Taken { last, results } => {
            count(&app, &results);
            Ok(Json(PushResponse { last, now: app.clock.now(), results }).into_response())
        }
        PushOutcome::Conflict(conflict) => Ok((StatusCode::CONFLICT, Json(conflict)).into_response()),
        PushOutcome::NotYourDevice => Err(ApiError::forbidden("the device belongs to somebody else")),
    }
}

fn check(request: &PushRequest) -> Result<(), ApiError> {
    check_muts(request.proto, &request.device, &request.muts)?;
    if request.device.0.starts_with(FILE_DEVICE) {
        return Err(ApiError::bad_request("no device is called that"));
    }
    let in_order = request.muts.windows(2).all(|pair| pair[0].n.checked_add(1) == Some(pair[1].n));
    let counted = request.muts.first().is_none_or(|m| m.n >= 1);
    if !in_order || !counted || request.muts.iter().any(|m| i64::try_from(m.n).is_err()) {
        return Err(ApiError::bad_request("mutations have to be counted from 1, without gaps"));
    }
    Ok(())
}

/// What holds of mutations however they come: the version, how many, how large, and their names.
pub(super) fn check_muts(proto: u32, device: &DeviceId, muts: &[Mutation]) -> Result<(), ApiError> {
    if !(PROTO_OLDEST..=PROTO).contains(&proto) {
        let message = format!("protocol {proto} is not taken, only {PROTO_OLDEST} to {PROTO}");
        return Err(ApiError::bad_request(message));
    }
    if muts.len() > PUSH_MUTATIONS_MAX {
        return Err(ApiError::too_large(format!("more than {PUSH_MUTATIONS_MAX} mutations")));
    }
    let id_fits = |id: &str| (1..=ID_BYTES_MAX).contains(&id.len());
    if !id_fits(&device.0) || muts.iter().any(|m| !id_fits(&m.id.0)) {
        return Err(ApiError::bad_request("an id is empty or too long"));
    }
    // One mutation alone may be larger than a device would ever batch; the body limit still holds.
    let bytes = serde_json::to_string(muts).map_or(usize::MAX, |text| text.len());
    if bytes > PUSH_BYTES_MAX && muts.len() > 1 {
        return Err(ApiError::too_large(format!("more than {PUSH_BYTES_MAX} bytes of mutations")));
    }
    Ok(())
}

/// Counts results.
pub(super) fn count(app: &App, results: &[PushResult]) {
    for result in results {
        app.metrics.mutation(match result.st {
            PushStatus::Ok => "ok",
            PushStatus::Dup => "dup",
            PushStatus::Conflict => "conflict",
            PushStatus::Rejected => "rejected",
        });
    }
}
