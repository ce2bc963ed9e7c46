//! Signing in.

use aisle_domain::PersonId;
use aisle_domain::org::Role;
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/session`. The session itself travels in an HttpOnly cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// Account name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// Who is signed in: the answer to a sign-in and to `GET /v1/session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The person.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub person: PersonId,
    /// Name as it is shown.
    pub name: String,
    /// Role.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// Name of the organisation.
    pub org: String,
    /// Where there is no endpoint: path of the published manifest that the person's records come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

/// Body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What is wrong, for programs.
    pub code: ProblemCode,
    /// What is wrong, for people who read logs. The app words its own messages.
    pub message: String,
    /// How many sign-in attempts are left before the account has to wait, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
}

/// Why a request was not served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemCode {
    /// Account or password is wrong.
    WrongCredentials,
    /// No session, or it has ended: sign in again; nothing on the device is touched.
    SignedOut,
    /// The request is not allowed to this person.
    Forbidden,
    /// The request is malformed.
    BadRequest,
    /// Too large.
    TooLarge,
    /// Too many requests: wait for the seconds in `Retry-After`.
    SlowDown,
    /// No such thing.
    NotFound,
    /// The endpoint failed.
    Internal,
    /// Written by a newer endpoint.
    #[serde(other)]
    Unknown,
}
