//! `POST /v1/import`: takes a table that a person has confirmed, whole or not at all, or says what that would do.

use super::ApiError;
use super::problem::Body;
use super::session::Signed;
use crate::App;
use crate::import::ImportError;
use crate::import::confirm::{ConfirmError, confirm};
use aisle_protocol::import::{ImportRequest, ImportResponse};
use aisle_protocol::session::{Problem, ProblemCode};
use aisle_protocol::{PROTO, PROTO_OLDEST};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Imports a table. Every row is checked again; when one is refused the answer names it and nothing was changed. Under the
/// same name it takes effect once. With `dry` it only says what it would come to.
#[utoipa::path(
    post,
    path = "/v1/import",
    request_body = ImportRequest,
    responses(
        (status = 200, description = "What became of it: in effect, or the rows because of which it is not", body = ImportResponse),
        (status = 400, description = "Malformed, without rows, or of a protocol version that is not taken", body = Problem),
        (status = 401, description = "Signed out", body = Problem),
        (status = 403, description = "Not a table that this person may import, or sent from another site", body = Problem),
        (status = 409, description = "Another import has this name, or the targets changed meanwhile", body = Problem),
        (status = 413, description = "More than 100,000 rows or 32 MB", body = Problem),
        (status = 415, description = "Not application/json", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn import(
    State(app): State<Arc<App>>,
    signed: Signed,
    Body(request): Body<ImportRequest>,
) -> Result<Json<ImportResponse>, ApiError> {
    app.limits.import.take(&signed.token_hash, app.clock.now())?;
    if !(PROTO_OLDEST..=PROTO).contains(&request.proto) {
        return Err(ApiError::bad_request("this protocol version is not taken"));
    }
    Ok(Json(confirm(app.storage.as_ref(), &signed.actor, request, app.moment()).await?))
}

impl From<ConfirmError> for ApiError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::NotYours => Self::forbidden(error.to_string()),
            ConfirmError::Bad(why) => Self::bad_request(why),
            ConfirmError::TooMany => Self::too_large(error.to_string()),
            ConfirmError::Again(why) => Self::new(StatusCode::CONFLICT, ProblemCode::BadRequest, why),
            ConfirmError::Import(ImportError::Storage(error)) => error.into(),
            ConfirmError::Import(error) => Self::internal(&error),
        }
    }
}
