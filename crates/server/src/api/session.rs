//! `/v1/session`: sign in, who is it, sign out.

use super::ApiError;
use super::guard::is_secure;
use super::problem::Body;
use crate::access::Actor;
use crate::storage::audit::Entry;
use crate::{App, SESSION_LIMITS, password};
use aisle_protocol::RecordRef;
use aisle_protocol::paths;
use aisle_protocol::record::Kind;
use aisle_protocol::session::{Problem, Session, SignIn};
use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

/// Name of the cookie where browsers come over HTTPS, and where they come over plain HTTP from their own machine.
const COOKIE_SECURE: &str = "__Host-aisle";
const COOKIE_PLAIN: &str = "aisle";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// For authorisation.
    pub actor: Actor,
    /// Name as shown.
    pub name: String,
    /// Names the session without being of use to a thief.
    pub token_hash: String,
}

impl FromRequestParts<Arc<App>> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let token = token(app, &parts.headers).ok_or_else(ApiError::signed_out)?;
        let token_hash = password::token_hash(token);
        let session = app.storage.session(&token_hash, SESSION_LIMITS, app.clock.now()).await?;
        let session = session.ok_or_else(ApiError::signed_out)?;
        if !is_meant(&parts.headers, &session.actor) {
            return Err(ApiError::signed_out());
        }
        Ok(Self { actor: session.actor, name: session.name, token_hash })
    }
}

/// Whether a request is about this person's records, where it says. Tabs share the session: one may still show the
/// records of whoever was signed in before.
fn is_meant(headers: &HeaderMap, actor: &Actor) -> bool {
    let meant = headers.get(paths::PERSON).map(HeaderValue::as_bytes);
    meant.is_none_or(|meant| meant == paths::person_header(actor.person.as_str()).as_bytes())
}

/// Where a request comes from, for limits.
#[derive(Clone, Debug)]
pub struct Address(String);

impl FromRequestParts<Arc<App>> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
        // The last entry is the one that the proxy in front added itself.
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|h| h.to_str().ok());
        let forwarded = forwarded.and_then(|list| list.rsplit(',').next()).map(|last| last.trim().to_owned());
        Ok(Self(forwarded.filter(|_| app.settings.behind_proxy).or(peer).unwrap_or_default()))
    }
}

fn token<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(app, headers);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|h| h.to_str().ok());
    let mut pairs = cookies.flat_map(|h| h.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn cookie_name(app: &App, headers: &HeaderMap) -> &'static str {
    if is_secure(app, headers) { COOKIE_SECURE } else { COOKIE_PLAIN }
}

fn cookie(app: &App, headers: &HeaderMap, value: &str, max_age_ms: i64) -> Result<HeaderValue, ApiError> {
    let name = cookie_name(app, headers);
    let secure = if is_secure(app, headers) { " Secure;" } else { "" };
    let seconds = max_age_ms / 1000;
    let text = format!("{name}={value}; Path=/; Max-Age={seconds};{secure} HttpOnly; SameSite=Lax");
    HeaderValue::try_from(text).map_err(|e| ApiError::internal(&e))
}

async fn describe(app: &App, actor: &Actor, name: String) -> Result<Session, ApiError> {
    let org = app.storage.record(&RecordRef::new(Kind::Org, "org")).await?;
    let org = org.as_ref().and_then(|fields| fields.get("name")).and_then(|n| n.as_str()).unwrap_or_default();
    Ok(Session { person: actor.person.clone(), name, role: actor.role, org: org.to_owned(), manifest: None })
}

/// Signs in. The session travels in an HttpOnly cookie.
#[utoipa::path(
    post,
    path = "/v1/session",
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in; the cookie is set", body = Session),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Account or password is wrong", body = Problem),
        (status = 403, description = "Sent from another site", body = Problem),
        (status = 415, description = "Not application/json", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Address(address): Address,
    headers: HeaderMap,
    Body(SignIn { login, password }): Body<SignIn>,
) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let key = format!("{}\n{address}", login.trim().to_lowercase());
    app.limits.sign_in_by_address.take(&address, now)?;
    let attempts_left = app.limits.sign_in.take(&key, now)?;
    if password.len() > password::PASSWORD_BYTES_MAX {
        return Err(ApiError::wrong_credentials(attempts_left));
    }
    let account = app.storage.account(login.trim()).await?.filter(|account| account.active);
    let digest = account.as_ref().and_then(|account| account.password_hash.clone());
    let turn = app.hashing.acquire().await.map_err(|e| ApiError::internal(&e))?;
    let verify = move || password::verify(&password, digest.as_deref());
    let fits = tokio::task::spawn_blocking(verify).await.map_err(|e| ApiError::internal(&e))?;
    drop(turn);
    let Some(account) = account.filter(|_| fits) else {
        let (actor, action) = ("-".to_owned(), "session.refused".to_owned());
        app.storage.audit(Entry { at: now, actor, action, subject: "-".to_owned(), detail: String::new() }).await?;
        return Err(ApiError::wrong_credentials(attempts_left));
    };
    app.limits.sign_in.forgive(&key);
    if let Some(old) = token(&app, &headers) {
        app.storage.end_session(&password::token_hash(old), now).await?;
    }
    let token = password::token().map_err(|e| ApiError::internal(&e))?;
    let token_hash = password::token_hash(&token);
    app.storage.open_session(&token_hash, &account.person, now).await?;
    let session = app.storage.session(&token_hash, SESSION_LIMITS, now).await?.ok_or_else(ApiError::signed_out)?;
    let body = describe(&app, &session.actor, session.name).await?;
    let cookie = cookie(&app, &headers, &token, SESSION_LIMITS.absolute)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// Tells who is signed in.
#[utoipa::path(
    get,
    path = "/v1/session",
    responses(
        (status = 200, description = "Signed in", body = Session),
        (status = 401, description = "Nobody is", body = Problem),
    )
)]
pub async fn who(State(app): State<Arc<App>>, signed: Signed) -> Result<Json<Session>, ApiError> {
    Ok(Json(describe(&app, &signed.actor, signed.name).await?))
}

/// Signs out: the session ends here and now. Signing out twice is no error.
#[utoipa::path(
    delete,
    path = "/v1/session",
    responses(
        (status = 204, description = "Signed out"),
        (status = 403, description = "Sent from another site", body = Problem),
    )
)]
pub async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(token) = token(&app, &headers) {
        let session = app.storage.session(&password::token_hash(token), SESSION_LIMITS, app.clock.now()).await?;
        if session.is_some_and(|session| !is_meant(&headers, &session.actor)) {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        app.storage.end_session(&password::token_hash(token), app.clock.now()).await?;
    }
    let cookie = cookie(&app, &headers, "", 0)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
