//! `/health`, `/metrics` and the OpenAPI document.

use super::ApiError;
use super::guard::is_local;
use crate::App;
use crate::password::token_hash;
use aisle_protocol::session::Problem;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use utoipa::ToSchema;

/// The endpoint can serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct Healthy {
    /// Always true.
    ok: bool,
    /// Version of the endpoint.
    version: &'static str,
}

/// Whether the endpoint can serve: its store answers.
#[utoipa::path(
    get,
    path = "/health",
    responses(
        (status = 200, description = "It can", body = Healthy),
        (status = 500, description = "It cannot", body = Problem),
        (status = 503, description = "Not at the moment", body = Problem),
    )
)]
pub async fn health(State(app): State<Arc<App>>) -> Result<Json<Healthy>, ApiError> {
    app.storage.check().await?;
    Ok(Json(Healthy { ok: true, version: env!("CARGO_PKG_VERSION") }))
}

/// Counters in Prometheus text format: counts and times, nothing about anybody. For whoever has the operator's token
/// (`--metrics-token`); where there is none, for this machine itself.
#[utoipa::path(
    get,
    path = "/metrics",
    params(("Authorization" = Option<String>, Header, description = "Bearer and the operator's token")),
    responses(
        (status = 200, description = "Counters", body = String, content_type = "text/plain"),
        (status = 403, description = "Not from this machine, or not with the token", body = Problem),
    )
)]
pub async fn metrics(
    State(app): State<Arc<App>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let allowed = match &app.settings.metrics_token {
        Some(token) => {
            let sent = headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok());
            let sent = sent.and_then(|text| text.strip_prefix("Bearer ")).map(str::trim);
            // Digests are compared, so that time tells nothing about the token.
            sent.is_some_and(|sent| token_hash(sent) == token_hash(token))
        }
        None => is_local(peer.map(|Extension(ConnectInfo(peer))| peer), &headers),
    };
    if !allowed {
        return Err(ApiError::forbidden("counters are for this machine, or with the operator's token"));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render()))
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn openapi() -> impl IntoResponse {
    Json(super::document())
}
