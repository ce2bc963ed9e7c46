//! `POST /v1/work`: takes a part of a work file that somebody hands in for a phone that could not send.

use super::ApiError;
use super::problem::Body;
use super::push::{check_muts, count};
use super::session::Signed;
use crate::App;
use crate::access::may_hand_in;
use aisle_protocol::session::Problem;
use aisle_protocol::work::{HandIn, HandedIn};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// Hands in mutations of a work file. They are judged as their author's, at the time they were done; who handed them in
/// is in the audit log. What was taken before, from the phone or from a file, takes no effect again.
#[utoipa::path(
    post,
    path = "/v1/work",
    request_body = HandIn,
    responses(
        (status = 200, description = "Every mutation has a result, durably", body = HandedIn),
        (status = 400, description = "Malformed, or of a protocol version that is not taken", body = Problem),
        (status = 401, description = "Signed out", body = Problem),
        (status = 403, description = "Neither one's own work nor that of somebody one leads, or sent from another site", body = Problem),
        (status = 413, description = "More than 500 mutations or 512 kB", body = Problem),
        (status = 415, description = "Not application/json", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn hand_in(
    State(app): State<Arc<App>>,
    signed: Signed,
    Body(request): Body<HandIn>,
) -> Result<Json<HandedIn>, ApiError> {
    app.limits.push.take(&signed.token_hash, app.clock.now())?;
    check_muts(request.proto, &request.device, &request.muts)?;
    if request.muts.iter().any(|m| i64::try_from(m.n).is_err()) {
        return Err(ApiError::bad_request("a mutation is counted too high"));
    }
    // Whether somebody has an account is nobody's business who does not lead there.
    let author = app.storage.author(&request.person).await?.filter(|author| may_hand_in(&signed.actor, author));
    let author = author.ok_or_else(|| ApiError::forbidden("not the work of somebody you lead"))?;
    let by = signed.actor.person.to_string();
    let results = app.storage.hand_in(&author, &by, &request.device, &request.muts, app.moment()).await?;
    count(&app, &results);
    Ok(Json(HandedIn { now: app.clock.now(), results }))
}
