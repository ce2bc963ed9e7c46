//! What every request passes: the log, the security headers, the origin check.

use super::ApiError;
use crate::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// What a page may load and where it may go.
pub(crate) const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; \
                   connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; \
                   base-uri 'none'; form-action 'self'";
const PERMISSIONS: &str = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), serial=(), \
                           hid=(), midi=(), display-capture=(), accelerometer=(), gyroscope=(), magnetometer=(), \
                           browsing-topics=()";

/// Counts and logs a request: pattern, status, time. Never a path, an address or a person.
pub(super) async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("app", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics.request(method.as_str(), &route, status, took);
    let ms = took.as_secs_f64() * 1000.0;
    tracing::info!(method = method.as_str(), route, status, ms, "request");
    response
}

/// Adds the security headers.
pub(super) async fn headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let secure = is_secure(&app, request.headers());
    let api = request.uri().path().starts_with("/v1/") || request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let always = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if secure {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses what another site sends in a person's name.
pub(super) async fn same_origin(State(_): State<Arc<App>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_same_origin(request.headers()) {
        let why = "the Origin is not this host; a proxy in front has to pass the Host header on";
        return ApiError::forbidden(why).into_response();
    }
    next.run(request).await
}

/// A request without an Origin does not come from another site's page.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let named = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    !host.is_empty() && named.is_some_and(|named| named.eq_ignore_ascii_case(host))
}

/// Whether browsers reach this endpoint over HTTPS. It never speaks TLS itself: a proxy does, and passes the Host on.
/// Only a loopback name is reached without.
pub(super) fn is_secure(app: &App, headers: &HeaderMap) -> bool {
    !has_loopback_host(headers) && !app.settings.insecure_http
}

/// Whether a request comes from this machine itself, and not through a proxy on it.
pub(super) fn is_local(peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    peer.is_some_and(|peer| peer.ip().is_loopback()) && !forwarded && has_loopback_host(headers)
}

fn has_loopback_host(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_is_this_machine_and_no_proxy_on_it() {
        let cases = [
            (Some("127.0.0.1:5000"), &[("host", "localhost:8080")][..], true),
            (Some("[::1]:5000"), &[("host", "[::1]:8080")], true),
            (Some("127.0.0.1:5000"), &[], true),
            (Some("192.168.1.5:5000"), &[("host", "localhost")], false), // another machine that says so
            (Some("127.0.0.1:5000"), &[("host", "aisle.example")], false), // a proxy that keeps the Host
            (Some("127.0.0.1:5000"), &[("host", "localhost"), ("x-forwarded-for", "127.0.0.1")], false),
            (None, &[("host", "localhost")], false),
        ];
        for (peer, sent, expect) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            let peer = peer.map(|text| text.parse().expect("an address"));
            assert_eq!(is_local(peer, &headers), expect, "{peer:?} {sent:?}");
        }
    }

    #[test]
    fn origins() {
        let cases = [
            (Some("http://localhost:8080"), "localhost:8080", true),
            (Some("https://aisle.example"), "aisle.example", true),
            (Some("https://AISLE.example"), "aisle.example", true),
            (None, "aisle.example", true),
            (Some("https://evil.example"), "aisle.example", false),
            (Some("https://aisle.example.evil.example"), "aisle.example", false),
            (Some("https://aisle.example:444"), "aisle.example", false),
            (Some("null"), "aisle.example", false),
            (Some(""), "", false),
        ];
        for (origin, host, expect) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_same_origin(&headers), expect, "{origin:?} at {host}");
        }
    }
}
