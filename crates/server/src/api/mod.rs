//! HTTP: one file for each endpoint, and what they share. Handlers translate; they decide nothing.

pub mod assets;
pub mod blobs;
mod guard;
pub mod health;
pub mod import;
pub mod problem;
pub mod pull;
pub mod push;
pub mod session;
pub mod snap;
pub mod work;

pub(crate) use guard::CSP;
pub use problem::ApiError;

use crate::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use std::sync::Arc;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// How long a request other than an upload may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an import may take: a hundred thousand rows, or a thousand passwords. Cut off, it has changed nothing.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(300);

/// The document, without its paths: they come from the routes themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aisle endpoint",
        description = "Exchanges records with devices. The protocol is described in docs/sync-protocol.md."
    ),
    components(schemas(aisle_protocol::session::Problem, aisle_protocol::session::ProblemCode))
)]
struct Document;

/// Every route with its description. What is routed is documented: there is no other way to add a route.
fn routes() -> OpenApiRouter<Arc<App>> {
    let timeout = || TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT);
    let quick = OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::who, session::sign_out).layer(DefaultBodyLimit::max(16 * 1024)))
        .routes(routes!(push::push))
        .routes(routes!(work::hand_in))
        .routes(routes!(pull::pull))
        .routes(routes!(snap::manifest))
        .routes(routes!(snap::segment))
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .routes(routes!(health::openapi))
        .layer(CompressionLayer::new())
        .layer(DefaultBodyLimit::max(aisle_protocol::BODY_BYTES_MAX))
        .layer(timeout());
    let imports = OpenApiRouter::new()
        .routes(routes!(import::import))
        .layer(CompressionLayer::new())
        .layer(DefaultBodyLimit::max(aisle_protocol::import::IMPORT_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, IMPORT_TIMEOUT));
    // Uploads limit themselves: by length, and by the time without a byte.
    let uploads = OpenApiRouter::new()
        .routes(routes!(blobs::create, blobs::options))
        .routes(routes!(blobs::head, blobs::append, blobs::read))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::with_openapi(Document::openapi()).merge(quick).merge(imports).merge(uploads)
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// The whole endpoint.
pub fn router(app: Arc<App>) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .fallback(assets::serve)
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(from_fn_with_state(app.clone(), guard::same_origin))
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .layer(from_fn_with_state(app.clone(), guard::observe))
        .with_state(app)
}
