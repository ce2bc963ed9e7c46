//! Photos over tus: whole, in pieces, cut, wrong, and in the wrong hands.

use crate::support::{Answer, Client, DAY, Device, World, sha256};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use sha2::Digest;

fn png(len: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(len, 7);
    bytes
}

/// A world in which rep-a has a photo record `ph1` for these bytes.
async fn with_photo(bytes: &[u8], mime: &str) -> (World, Client) {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let muts = vec![device.visit("v1", "rep-a", "s1"), device.photo("ph1", "v1", bytes, mime)];
    let response = rep.push("d1", muts).await;
    assert!(response.results.iter().all(|r| r.code.is_none()), "{response:?}");
    (world, rep)
}

pub(crate) async fn create(client: &Client, id: &str, bytes: &[u8], mime: &str) -> Answer {
    let encode = |text: &str| STANDARD.encode(text);
    let metadata = format!("id {},sha256 {},mime {}", encode(id), encode(&sha256(bytes)), encode(mime));
    let length = bytes.len().to_string();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", &length), ("upload-metadata", &metadata)];
    client.request(Method::POST, "/v1/blobs", &headers, Vec::new()).await
}

pub(crate) async fn patch(client: &Client, offset: usize, bytes: &[u8], checksum: Option<&str>) -> Answer {
    let offset = offset.to_string();
    let mut headers = vec![
        ("tus-resumable", "1.0.0"),
        ("content-type", "application/offset+octet-stream"),
        ("upload-offset", offset.as_str()),
    ];
    headers.extend(checksum.map(|c| ("upload-checksum", c)));
    client.request(Method::PATCH, "/v1/blobs/ph1", &headers, bytes.to_vec()).await
}

pub(crate) async fn offset(client: &Client) -> (u16, String) {
    let answer = client.request(Method::HEAD, "/v1/blobs/ph1", &[("tus-resumable", "1.0.0")], vec![]).await;
    (answer.status.as_u16(), answer.header("upload-offset").to_owned())
}

#[tokio::test]
async fn in_pieces_and_read_by_whom_it_concerns() {
    let bytes = png(1000);
    let (world, rep) = with_photo(&bytes, "image/png").await;
    assert_eq!(offset(&rep).await.0, 404);
    let created = create(&rep, "ph1", &bytes, "image/png").await;
    assert_eq!((created.status, created.header("location")), (StatusCode::CREATED, "/v1/blobs/ph1"));
    assert_eq!(created.header("upload-expires"), "Tue, 01 Dec 2026 12:00:00 GMT");
    assert_eq!(patch(&rep, 0, &bytes[..400], None).await.header("upload-offset"), "400");
    assert_eq!(offset(&rep).await, (200, "400".to_owned()));
    assert_eq!(rep.get("/v1/blobs/ph1").await.status, StatusCode::NOT_FOUND, "not before it is whole");
    assert_eq!(patch(&rep, 300, &bytes[300..], None).await.status, StatusCode::CONFLICT);
    let last = patch(&rep, 400, &bytes[400..], None).await;
    assert_eq!((last.status, last.header("upload-offset")), (StatusCode::NO_CONTENT, "1000"));

    for (login, status) in [("rep-a", 200), ("sup", 200), ("boss", 200), ("rep-b", 404), ("aud", 404), ("rep-c", 404)] {
        let answer = world.sign_in(login).await.get("/v1/blobs/ph1").await;
        assert_eq!(answer.status.as_u16(), status, "{login}");
        if status == 200 {
            assert_eq!((answer.header("content-type"), &answer.bytes), ("image/png", &bytes), "{login}");
        }
    }
}

#[tokio::test]
async fn sent_again_is_no_harm() {
    let bytes = png(500);
    let (_world, rep) = with_photo(&bytes, "image/png").await;
    for _ in 0..2 {
        assert_eq!(create(&rep, "ph1", &bytes, "image/png").await.status, StatusCode::CREATED);
        let done = patch(&rep, 0, &bytes, None).await;
        assert_eq!((done.status, done.header("upload-offset")), (StatusCode::NO_CONTENT, "500"));
        assert_eq!(offset(&rep).await, (200, "500".to_owned()));
    }
    assert_eq!(rep.get("/v1/blobs/ph1").await.bytes, bytes);
    // Beginning an open upload again starts it anew.
    let (_world, rep) = with_photo(&bytes, "image/png").await;
    create(&rep, "ph1", &bytes, "image/png").await;
    patch(&rep, 0, &bytes[..100], None).await;
    create(&rep, "ph1", &bytes, "image/png").await;
    assert_eq!(offset(&rep).await, (200, "0".to_owned()));
}

#[tokio::test]
async fn a_cut_connection_keeps_what_came() {
    let bytes = png(300);
    let (_world, rep) = with_photo(&bytes, "image/png").await;
    create(&rep, "ph1", &bytes, "image/png").await;
    let cut = |checksum: Option<&'static str>| {
        let chunks = vec![Ok(bytes[..120].to_vec()), Err(std::io::Error::other("cut"))];
        let body = Body::from_stream(futures_util::stream::iter(chunks));
        let mut request = Request::builder()
            .method(Method::PATCH)
            .uri("/v1/blobs/ph1")
            .header("tus-resumable", "1.0.0")
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", "0");
        if let Some(checksum) = checksum {
            request = request.header("upload-checksum", checksum);
        }
        rep.send(request.body(body).expect("a request"))
    };
    cut(Some("sha256 AAAA")).await;
    assert_eq!(offset(&rep).await, (200, "0".to_owned()), "with a checksum it is all or nothing");
    cut(None).await;
    assert_eq!(offset(&rep).await, (200, "120".to_owned()));
    assert_eq!(patch(&rep, 120, &bytes[120..], None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(rep.get("/v1/blobs/ph1").await.bytes, bytes);
}

/// Seen under load: asked in the middle of a piece, the endpoint named bytes that it took back a moment later.
#[tokio::test]
async fn bytes_whose_checksum_is_still_to_come_do_not_count() {
    let bytes = png(300);
    let (_world, rep) = with_photo(&bytes, "image/png").await;
    create(&rep, "ph1", &bytes, "image/png").await;
    let written = std::sync::Arc::new(tokio::sync::Notify::new());
    // When the third part is asked for, the first is in the file.
    let parts = [bytes[..100].to_vec(), bytes[100..200].to_vec()].map(Ok::<_, std::io::Error>);
    let asked = written.clone();
    let rest = futures_util::stream::once(async move {
        asked.notify_one();
        std::future::pending().await
    });
    let request = Request::builder()
        .method(Method::PATCH)
        .uri("/v1/blobs/ph1")
        .header("tus-resumable", "1.0.0")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", "0")
        .header("upload-checksum", "sha256 AAAA")
        .body(Body::from_stream(futures_util::stream::iter(parts).chain(rest)))
        .expect("a request");
    let mut sending = Box::pin(rep.send(request));
    tokio::select! {
        answer = &mut sending => panic!("answered early: {answer:?}"),
        () = written.notified() => {}
    }
    assert_eq!(offset(&rep).await, (200, "0".to_owned()), "while they come");
    assert_eq!(patch(&rep, 0, &bytes, None).await.status, StatusCode::LOCKED);
    drop(sending);
    assert_eq!(offset(&rep).await, (200, "0".to_owned()), "and when the request was given up in the middle");
    assert_eq!(patch(&rep, 0, &bytes, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(rep.get("/v1/blobs/ph1").await.bytes, bytes);
}

#[tokio::test]
async fn checksums_of_pieces() {
    let bytes = png(300);
    let (_world, rep) = with_photo(&bytes, "image/png").await;
    create(&rep, "ph1", &bytes, "image/png").await;
    let right = format!("sha256 {}", STANDARD.encode(sha2::Sha256::digest(&bytes[..100])));
    assert_eq!(patch(&rep, 0, &bytes[..101], Some(&right)).await.status.as_u16(), 460);
    assert_eq!(offset(&rep).await, (200, "0".to_owned()));
    assert_eq!(patch(&rep, 0, &bytes[..100], Some(&right)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(patch(&rep, 100, &bytes[100..], Some("md5 AAAA")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(offset(&rep).await, (200, "100".to_owned()));
}

#[tokio::test]
async fn bytes_that_are_not_what_was_announced() {
    let script = b"<script>alert(1)</script>".to_vec();
    let mut other = png(200);
    other[100] ^= 1;
    // (announced, sent, kind)
    let cases = [
        (png(200), other, "image/png"),        // another digest
        (script.clone(), script, "image/png"), // not a picture
        (png(200), png(200), "image/jpeg"),    // another picture
    ];
    for (i, (announced, sent, mime)) in cases.into_iter().enumerate() {
        let (_world, rep) = with_photo(&announced, mime).await;
        assert_eq!(create(&rep, "ph1", &announced, mime).await.status, StatusCode::CREATED, "case {i}");
        assert_eq!(patch(&rep, 0, &sent, None).await.code(), (400, "bad_request".to_owned()), "case {i}");
        assert_eq!(rep.get("/v1/blobs/ph1").await.status, StatusCode::NOT_FOUND, "case {i}");
        assert_eq!(offset(&rep).await.0, 404, "case {i}: forgotten");
    }
    let bytes = png(200);
    let (_world, rep) = with_photo(&bytes, "image/png").await;
    create(&rep, "ph1", &bytes, "image/png").await;
    assert_eq!(patch(&rep, 0, &png(201), None).await.code(), (413, "too_large".to_owned()));
    assert_eq!(offset(&rep).await, (200, "0".to_owned()));
}

#[tokio::test]
async fn only_what_the_record_says_by_whom_it_says() {
    let bytes = png(200);
    let (world, rep) = with_photo(&bytes, "image/png").await;
    assert_eq!(create(&rep, "unknown", &bytes, "image/png").await.code(), (404, "not_found".to_owned()));
    assert_eq!(create(&rep, "ph1", &png(201), "image/png").await.code(), (400, "bad_request".to_owned()));
    assert_eq!(create(&rep, "ph1", &bytes, "image/webp").await.code(), (400, "bad_request".to_owned()));
    let other = world.sign_in("rep-b").await;
    assert_eq!(create(&other, "ph1", &bytes, "image/png").await.code(), (403, "forbidden".to_owned()));
    create(&rep, "ph1", &bytes, "image/png").await;
    // A supervisor may send it for the rep, from a file, but does not get at what the rep has begun.
    for client in [other, world.sign_in("sup").await] {
        assert_eq!(patch(&client, 0, &bytes, None).await.code(), (404, "not_found".to_owned()));
        assert_eq!(offset(&client).await.0, 404);
    }
    let old = [("upload-length", "5"), ("tus-resumable", "0.9.0")];
    assert_eq!(rep.request(Method::POST, "/v1/blobs", &old, vec![]).await.status.as_u16(), 412);
    let huge = [("upload-length", "10485761"), ("tus-resumable", "1.0.0")];
    assert_eq!(rep.request(Method::POST, "/v1/blobs", &huge, vec![]).await.code(), (413, "too_large".to_owned()));
}

#[tokio::test]
async fn an_abandoned_upload_is_forgotten() {
    let bytes = png(200);
    let (world, rep) = with_photo(&bytes, "image/png").await;
    create(&rep, "ph1", &bytes, "image/png").await;
    patch(&rep, 0, &bytes[..50], None).await;
    world.pass(7 * DAY);
    assert_eq!(offset(&rep).await.0, 404);
    assert_eq!(create(&rep, "ph1", &bytes, "image/png").await.status, StatusCode::CREATED);
    assert_eq!(patch(&rep, 0, &bytes, None).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_the_endpoint_can_do_is_named() {
    let world = World::new().await;
    let answer = world.client().request(Method::OPTIONS, "/v1/blobs", &[], vec![]).await;
    let named = ["tus-version", "tus-extension", "tus-checksum-algorithm", "tus-max-size"].map(|h| answer.header(h));
    assert_eq!(named, ["1.0.0", "creation,checksum,expiration", "sha256", "10485760"]);
}
