//! The app's files: precompressed copies where the browser takes them, hashed files for ever, the shell never from a
//! cache without asking. A path that is a page of the app is answered with the shell.

use super::ApiError;
use crate::App;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// Serves the app.
pub async fn serve(State(app): State<Arc<App>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::not_found("no such endpoint").into_response();
    }
    let path = request.uri().path();
    if path.starts_with("/v1/") || path.starts_with("/api/") {
        return ApiError::not_found("no such endpoint").into_response();
    }
    let Some(root) = &app.settings.app else {
        return ApiError::not_found("this endpoint serves no app").into_response();
    };
    let head = *request.method() == Method::HEAD;
    if let Some(file) = locate(root, path)
        && let Some(response) = file_response(&file, cache_control(path), request.headers(), head).await
    {
        return response;
    }
    if is_navigation(path, request.headers()) {
        let shell = file_response(&root.join("index.html"), ASK_FIRST, request.headers(), head).await;
        return shell.unwrap_or_else(|| ApiError::not_found("the app is not built").into_response());
    }
    ApiError::not_found("no such file").into_response()
}

/// The file of a path; `None` for anything that is not plainly below the root.
fn locate(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = path.trim_start_matches('/');
    let relative = if relative.is_empty() { "index.html" } else { relative };
    let plain = !relative.contains(['\\', '%', '\0', ':'])
        && Path::new(relative).components().all(|c| matches!(c, Component::Normal(_)));
    plain.then(|| root.join(relative))
}

fn cache_control(path: &str) -> &'static str {
    if path.starts_with("/assets/") { FOR_EVER } else { ASK_FIRST }
}

/// A page of the app: asked for as a document, and not named like a file.
fn is_navigation(path: &str, headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|h| h.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !path.contains('.')
}

async fn file_response(file: &Path, cache: &'static str, asked: &HeaderMap, head: bool) -> Option<Response> {
    let mut variants = accepted(asked);
    variants.push(("", None));
    for (suffix, encoding) in variants {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        let variant = PathBuf::from(name);
        let Ok(meta) = tokio::fs::metadata(&variant).await else { continue };
        if !meta.is_file() {
            continue;
        }
        let modified = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let etag = format!("W/\"{:x}-{:x}{suffix}\"", meta.len(), modified.as_millis());
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(header::ETAG, HeaderValue::try_from(etag.as_str()).ok()?);
        let known = asked.get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok()).unwrap_or_default();
        if known.split(',').any(|tag| tag.trim() == etag) {
            return Some((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(file)));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if head {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(meta.len()));
            return Some((headers, Body::empty()).into_response());
        }
        let bytes = tokio::fs::read(&variant).await.ok()?;
        return Some((headers, bytes).into_response());
    }
    None
}

/// Precompressed copies the browser takes, best first.
fn accepted(headers: &HeaderMap) -> Vec<(&'static str, Option<&'static str>)> {
    let accept = headers.get(header::ACCEPT_ENCODING).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| {
        accept.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case(name));
            named && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    };
    let copies = [("br", ".br"), ("gzip", ".gz")];
    copies.into_iter().filter(|(name, _)| takes(name)).map(|(name, suffix)| (suffix, Some(name))).collect()
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
