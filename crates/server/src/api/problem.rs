//! Answers that are not a success, always with a [`Problem`] as body.

use crate::blobs::BlobError;
use crate::limits::TooMany;
use crate::storage::StorageError;
use aisle_protocol::session::{Problem, ProblemCode};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

/// An answer that is not a success.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    problem: Problem,
    retry_after: Option<u64>,
}

impl ApiError {
    /// A status, a code and words for the log.
    pub fn new(status: StatusCode, code: ProblemCode, message: impl Into<String>) -> Self {
        let problem = Problem { code, message: message.into(), attempts_left: None };
        Self { status, problem, retry_after: None }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ProblemCode::BadRequest, message)
    }

    /// 401: no session.
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ProblemCode::SignedOut, "sign in first")
    }

    /// 401: wrong account or password.
    pub fn wrong_credentials(attempts_left: u32) -> Self {
        let mut error =
            Self::new(StatusCode::UNAUTHORIZED, ProblemCode::WrongCredentials, "account or password is wrong");
        error.problem.attempts_left = Some(attempts_left);
        error
    }

    /// 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, ProblemCode::Forbidden, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ProblemCode::NotFound, message)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ProblemCode::BadRequest, "this path does not take this method")
    }

    /// 413.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::TooLarge, message)
    }

    /// 500. The cause goes to the log, not to the client.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, "the endpoint failed")
    }
}

impl From<TooMany> for ApiError {
    fn from(TooMany { retry_after }: TooMany) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemCode::SlowDown, "too many requests");
        error.retry_after = Some(retry_after);
        error
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Busy => {
                tracing::warn!("the store is busy");
                let mut busy = Self::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Internal, "the store is busy");
                busy.retry_after = Some(2);
                busy
            }
            StorageError::Corrupt(_) | StorageError::Failed(_) => Self::internal(&error),
        }
    }
}

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Mismatch(_) => Self::bad_request(error.to_string()),
            BlobError::Io(_) | BlobError::Store(_) => Self::internal(&error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.problem)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A JSON body; what is wrong with it is told as a [`Problem`].
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::too_large("the body is too large"))
            }
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                ProblemCode::BadRequest,
                "the body has to be application/json",
            )),
            Err(rejection) => Err(ApiError::bad_request(rejection.body_text())),
        }
    }
}
