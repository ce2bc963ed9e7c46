//! `/health`, `/metrics` and the OpenAPI document.

use super::ApiError;
use crate::App;
use aisle_protocol::session::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
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

/// Counters in Prometheus text format: counts and times, nothing about anybody.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "Counters", body = String, content_type = "text/plain"))
)]
pub async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render())
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn openapi() -> impl IntoResponse {
    Json(super::document())
}
