//! Signing in and out, and everything that may go wrong with it.

use crate::support::{DAY, PASSWORD, World, person};
use aisle_domain::org::Role;
use aisle_protocol::paths;
use axum::http::{Method, StatusCode};
use serde_json::json;

const JSON: (&str, &str) = ("content-type", "application/json");

fn sign_in(login: &str, password: &str) -> Vec<u8> {
    json!({"login": login, "password": password}).to_string().into_bytes()
}

#[tokio::test]
async fn in_and_out() {
    let world = World::new().await;
    let client = world.sign_in("  REP-A ").await;
    let who = client.get("/v1/session").await;
    let expect = json!({"person": "rep-a", "name": "Name of rep-a", "role": "rep", "org": "Test"});
    assert_eq!((who.status, who.json()), (StatusCode::OK, expect));
    let out = client.request(Method::DELETE, "/v1/session", &[], vec![]).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(client.get("/v1/session").await.code(), (401, "signed_out".to_owned()));
    assert_eq!(client.get("/v1/pull").await.code(), (401, "signed_out".to_owned()));
    let again = client.request(Method::DELETE, "/v1/session", &[], vec![]).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
}

/// A tab that still shows one person's records while another has signed in beside it.
#[tokio::test]
async fn nothing_for_a_tab_of_another_person() {
    let world = World::new().await;
    let client = world.sign_in("rep-b").await;
    let body = json!({"proto": 1, "schema": 1, "device": "fresh", "muts": []}).to_string().into_bytes();
    for (meant, expect) in [("rep-a", StatusCode::UNAUTHORIZED), ("rep-b", StatusCode::OK)] {
        let headers = [JSON, (paths::PERSON, meant)];
        assert_eq!(client.request(Method::POST, "/v1/push", &headers, body.clone()).await.status, expect, "{meant}");
        assert_eq!(client.request(Method::GET, "/v1/pull", &headers, vec![]).await.status, expect, "{meant}");
    }
    let out = client.request(Method::DELETE, "/v1/session", &[(paths::PERSON, "rep-a")], vec![]).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/v1/pull").await.status, StatusCode::OK, "and does not sign the other one out");
}

#[tokio::test]
async fn nothing_without_a_session() {
    let world = World::new().await;
    let mut client = world.client();
    for cookie in [None, Some("aisle=guessed".to_owned()), Some("__Host-aisle=x".to_owned())] {
        client.cookie = cookie;
        for path in ["/v1/session", "/v1/pull", "/v1/blobs/x"] {
            assert_eq!(client.get(path).await.code(), (401, "signed_out".to_owned()), "{path}");
        }
        let body = json!({"proto": 1, "schema": 1, "device": "d", "muts": []});
        assert_eq!(client.post("/v1/push", &body).await.code(), (401, "signed_out".to_owned()));
        let upload = client.request(Method::POST, "/v1/blobs", &[("tus-resumable", "1.0.0")], vec![]).await;
        assert_eq!(upload.code(), (401, "signed_out".to_owned()));
    }
}

#[tokio::test]
async fn five_wrong_passwords_a_minute() {
    let world = World::new().await;
    let client = world.client();
    for left in (0..5).rev() {
        let answer = client.post("/v1/session", &json!({"login": "rep-a", "password": "wrong"})).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let problem = answer.json();
        assert_eq!((&problem["code"], &problem["attempts_left"]), (&json!("wrong_credentials"), &json!(left)));
    }
    let right = json!({"login": "rep-a", "password": PASSWORD});
    let answer = client.post("/v1/session", &right).await;
    assert_eq!((answer.code(), answer.header("retry-after")), ((429, "slow_down".to_owned()), "12"));
    assert_eq!(
        client.post("/v1/session", &json!({"login": "rep-b", "password": PASSWORD})).await.status,
        StatusCode::OK
    );
    world.pass(12_000);
    assert_eq!(client.post("/v1/session", &right).await.status, StatusCode::OK);
    let answer = client.post("/v1/session", &json!({"login": "rep-a", "password": "wrong"})).await;
    assert_eq!(answer.json()["attempts_left"], json!(4), "a right password forgives the wrong ones");
}

#[tokio::test]
async fn an_unknown_account_looks_like_a_wrong_password() {
    let world = World::new().await;
    let mut gone = person("gone", Role::Rep, "root");
    gone.active = false;
    let mut mute = person("mute", Role::Rep, "root");
    mute.password_hash = None;
    world.people(&[gone, mute]).await;
    let client = world.client();
    let wrong = client.post("/v1/session", &json!({"login": "rep-a", "password": "wrong"})).await;
    let long = "x".repeat(2000);
    for (login, password) in [("nobody", "wrong"), ("gone", PASSWORD), ("mute", ""), ("", ""), ("sup", long.as_str())] {
        let answer = client.post("/v1/session", &json!({"login": login, "password": password})).await;
        assert_eq!((answer.status, answer.json()), (wrong.status, wrong.json()), "{login:?}");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let world = World::new().await;
    let (used, idle) = (world.sign_in("rep-a").await, world.sign_in("rep-b").await);
    world.pass(14 * DAY - 1);
    assert_eq!(used.get("/v1/session").await.status, StatusCode::OK);
    world.pass(1);
    assert_eq!(idle.get("/v1/session").await.status, StatusCode::UNAUTHORIZED, "idle for 14 days");
    world.pass(13 * DAY);
    assert_eq!(used.get("/v1/session").await.status, StatusCode::OK);
    world.pass(3 * DAY);
    assert_eq!(used.get("/v1/session").await.status, StatusCode::UNAUTHORIZED, "30 days are the end");
}

#[tokio::test]
async fn who_leaves_is_out_at_once() {
    let world = World::new().await;
    let client = world.sign_in("rep-a").await;
    let mut left = person("rep-a", Role::Rep, "north-1");
    left.active = false;
    world.people(&[left]).await;
    assert_eq!(client.get("/v1/pull").await.code(), (401, "signed_out".to_owned()));
}

#[tokio::test]
async fn the_cookie_says_what_the_connection_is() {
    let world = World::new().await;
    let cases = [
        ("localhost:8080", "aisle=", false),
        ("127.0.0.1:8080", "aisle=", false),
        ("[::1]:8080", "aisle=", false),
        ("aisle.example", "__Host-aisle=", true),
        ("192.168.1.5:8080", "__Host-aisle=", true),
        ("localhost.evil.example", "__Host-aisle=", true),
    ];
    for (host, name, secure) in cases {
        let client = world.client();
        let answer =
            client.request(Method::POST, "/v1/session", &[JSON, ("host", host)], sign_in("rep-a", PASSWORD)).await;
        let cookie = answer.header("set-cookie").to_owned();
        assert!(cookie.starts_with(name), "{host}: {cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{host}: {cookie}");
        }
        assert_eq!(cookie.contains("Secure"), secure, "{host}: {cookie}");
        assert_eq!(!answer.header("strict-transport-security").is_empty(), secure, "{host}");
    }
}

#[tokio::test]
async fn other_sites_get_nowhere() {
    let world = World::new().await;
    let client = world.sign_in("rep-a").await;
    let foreign = [JSON, ("origin", "https://evil.example"), ("host", "localhost")];
    let own = [JSON, ("origin", "http://localhost"), ("host", "localhost")];
    let plain = [("content-type", "text/plain"), ("host", "localhost")];
    for (method, path) in [
        (Method::POST, "/v1/session"),
        (Method::DELETE, "/v1/session"),
        (Method::POST, "/v1/push"),
        (Method::POST, "/v1/blobs"),
        (Method::PATCH, "/v1/blobs/x"),
    ] {
        let answer = client.request(method.clone(), path, &foreign, sign_in("rep-a", PASSWORD)).await;
        assert_eq!(answer.code(), (403, "forbidden".to_owned()), "{method} {path}");
        let answer = client.request(method.clone(), path, &own, sign_in("rep-a", PASSWORD)).await;
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    let form = client.request(Method::POST, "/v1/session", &plain, sign_in("rep-a", PASSWORD)).await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form of another site cannot send JSON");
}

#[tokio::test]
async fn the_token_itself_is_not_stored() {
    let world = World::new().await;
    let client = world.sign_in("rep-a").await;
    let token = client.cookie.as_deref().and_then(|c| c.split_once('=')).map(|(_, t)| t.to_owned()).expect("a token");
    assert!(token.len() >= 43, "256 bits");
    world.storage.close().await;
    let bytes = std::fs::read(world.folder.path().join("aisle.db")).expect("the store");
    assert!(!bytes.windows(token.len()).any(|w| w == token.as_bytes()));
    assert!(!bytes.windows(PASSWORD.len()).any(|w| w == PASSWORD.as_bytes()));
    assert!(world.storage.check().await.is_err(), "closed");
}

#[tokio::test]
async fn a_failing_store_is_said_and_not_explained() {
    let world = World::new().await;
    let client = world.sign_in("rep-a").await;
    assert_eq!(client.get("/health").await.status, StatusCode::OK);
    world.storage.close().await;
    for path in ["/health", "/v1/session", "/v1/pull"] {
        let answer = client.get(path).await;
        assert_eq!(answer.code(), (500, "internal".to_owned()), "{path}");
        assert!(!answer.text().to_lowercase().contains("sql"), "{}", answer.text());
    }
}
