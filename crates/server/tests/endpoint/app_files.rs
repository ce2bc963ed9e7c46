//! The app's files, and the headers of everything.

use crate::support::{METRICS_TOKEN, World};
use axum::http::{Method, StatusCode};

const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

async fn with_app() -> World {
    let world = World::new().await;
    for (name, content) in [
        ("app/index.html", "shell"),
        ("app/index.html.br", "shell in br"),
        ("app/sw.js", "worker"),
        ("app/assets/app-1a2b.wasm", "wasm"),
        ("app/assets/app-1a2b.wasm.br", "wasm in br"),
        ("app/assets/app-1a2b.wasm.gz", "wasm in gz"),
        ("app/manifest.webmanifest", "{}"),
    ] {
        world.file(name, content);
    }
    world
}

#[tokio::test]
async fn files_by_path_encoding_and_age() {
    let world = with_app().await;
    let client = world.client();
    let for_ever = "public, max-age=31536000, immutable";
    // path, accept-encoding → body, encoding, type, cache
    let cases = [
        ("/", "", "shell", "", "text/html; charset=utf-8", "no-cache"),
        ("/", "gzip, br", "shell in br", "br", "text/html; charset=utf-8", "no-cache"),
        ("/sw.js", "br", "worker", "", "text/javascript; charset=utf-8", "no-cache"),
        ("/manifest.webmanifest", "", "{}", "", "application/manifest+json", "no-cache"),
        ("/assets/app-1a2b.wasm", "gzip, deflate, br", "wasm in br", "br", "application/wasm", for_ever),
        ("/assets/app-1a2b.wasm", "gzip", "wasm in gz", "gzip", "application/wasm", for_ever),
        ("/assets/app-1a2b.wasm", "br;q=0, gzip;q=0.5", "wasm in gz", "gzip", "application/wasm", for_ever),
        ("/assets/app-1a2b.wasm", "identity", "wasm", "", "application/wasm", for_ever),
    ];
    for (path, accept, body, encoding, media, cache) in cases {
        let answer = client.request(Method::GET, path, &[("accept-encoding", accept)], vec![]).await;
        let is = (answer.text(), answer.header("content-encoding"), answer.header("content-type"));
        assert_eq!(is, (body.to_owned(), encoding, media), "{path} {accept:?}");
        assert_eq!((answer.header("cache-control"), answer.header("vary")), (cache, "Accept-Encoding"), "{path}");
        let known = [("accept-encoding", accept), ("if-none-match", answer.header("etag"))];
        let again = client.request(Method::GET, path, &known, vec![]).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
    }
}

#[tokio::test]
async fn pages_of_the_app_are_the_shell_and_nothing_else_is() {
    let world = with_app().await;
    world.file("secret.txt", "secret");
    let client = world.client();
    let html = "text/html,application/xhtml+xml,*/*;q=0.8";
    let cases = [
        ("/shops/2190", html, 200),
        ("/visit/0190-abc/question", html, 200),
        ("/shops/2190", "*/*", 404),    // not a navigation
        ("/assets/gone.js", html, 404), // a file of another release
        ("/logo.png", html, 404),
        ("/v1/nothing", html, 404),
        ("/api/nothing", html, 404),
        ("/../secret.txt", "*/*", 404),
        ("/assets/../../secret.txt", "*/*", 404),
        ("/%2e%2e/secret.txt", "*/*", 404),
        ("/assets/%2e%2e/%2e%2e/secret.txt", "*/*", 404),
        ("/..%2fsecret.txt", "*/*", 404),
        ("/assets", "*/*", 404), // a folder
    ];
    for (path, accept, status) in cases {
        let answer = client.request(Method::GET, path, &[("accept", accept)], vec![]).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {accept}");
        if status == 200 {
            assert_eq!((answer.text().as_str(), answer.header("cache-control")), ("shell", "no-cache"), "{path}");
        } else {
            assert_eq!(answer.json()["code"], "not_found", "{path}");
        }
    }
    let head = client.request(Method::HEAD, "/", &[], vec![]).await;
    assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (StatusCode::OK, "5", 0));
    assert_eq!(client.request(Method::POST, "/shops", &[], vec![]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = with_app().await;
    let client = world.client();
    for path in ["/", "/assets/app-1a2b.wasm", "/nothing", "/v1/session", "/v1/pull", "/health", "/api/openapi.json"] {
        let answer = client.get(path).await;
        assert_eq!(answer.header("content-security-policy"), CSP, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        let policy = answer.header("permissions-policy");
        assert!(policy.starts_with("camera=(self), geolocation=(self), microphone=()"), "{path}: {policy}");
    }
    assert_eq!(client.get("/v1/session").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn counters_count_and_name_nobody() {
    let world = with_app().await;
    let client = world.sign_in("rep-a").await;
    client.get("/v1/pull").await;
    client.get("/shops/2190").await;
    let bearer = format!("Bearer {METRICS_TOKEN}");
    let metrics = async |headers: &[(&str, &str)]| client.request(Method::GET, "/metrics", headers, vec![]).await;
    for headers in [&[][..], &[("authorization", "Bearer guessed")], &[("authorization", METRICS_TOKEN)]] {
        assert_eq!(metrics(headers).await.code(), (403, "forbidden".to_owned()), "{headers:?}");
    }
    let text = metrics(&[("authorization", &bearer)]).await.text();
    assert!(text.contains("aisle_requests_total{method=\"GET\",route=\"/v1/pull\",status=\"200\"} 1\n"), "{text}");
    assert!(text.contains("route=\"app\""), "{text}");
    for word in ["rep-a", "2190", "shops"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}
