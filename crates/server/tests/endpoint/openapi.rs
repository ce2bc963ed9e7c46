//! The document describes every route, and every route of the protocol is there.

use crate::support::World;
use aisle_protocol::paths;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use std::collections::BTreeSet;

fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().expect("paths");
    let of = |(path, item): (&String, &Value)| {
        let item = item.as_object().expect("an item").clone();
        let path = path.clone();
        item.into_iter().map(move |(method, _)| format!("{method} {path}"))
    };
    paths.iter().flat_map(of).collect()
}

#[tokio::test]
async fn every_operation_of_the_protocol_is_described() {
    let world = World::new().await;
    let document = world.client().get(paths::OPENAPI).await.json();
    let blob = format!("{}/{{id}}", paths::BLOBS);
    let expect: BTreeSet<String> = [
        format!("post {}", paths::SESSION),
        format!("get {}", paths::SESSION),
        format!("delete {}", paths::SESSION),
        format!("post {}", paths::PUSH),
        format!("post {}", paths::WORK),
        format!("post {}", paths::IMPORT),
        format!("get {}", paths::PULL),
        format!("get {}", paths::SNAP_MANIFEST),
        format!("get {}/{{id}}", paths::SNAP),
        format!("post {}", paths::BLOBS),
        format!("options {}", paths::BLOBS),
        format!("head {blob}"),
        format!("patch {blob}"),
        format!("get {blob}"),
        format!("get {}", paths::HEALTH),
        format!("get {}", paths::METRICS),
        format!("get {}", paths::OPENAPI),
    ]
    .into();
    assert_eq!(operations(&document), expect);
}

/// What is described is served, and what is not described is not: any other method on a described path is refused.
#[tokio::test]
async fn the_document_and_the_routes_are_the_same() {
    let world = World::new().await;
    let client = world.client();
    let described = operations(&world.client().get(paths::OPENAPI).await.json());
    let all: BTreeSet<&str> = described.iter().filter_map(|op| op.split(' ').nth(1)).collect();
    for path in all {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let name = format!("{} {path}", method.as_str().to_lowercase());
            let answer = client.request(method.clone(), &path.replace("{id}", "x"), &[], vec![]).await;
            let refused = answer.status == StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(refused, !described.contains(&name), "{name}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn references_lead_somewhere() {
    let world = World::new().await;
    let document = world.client().get(paths::OPENAPI).await.json();
    let mut open = vec![&document];
    let mut references = 0;
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{target}");
            references += 1;
        }
        match value {
            Value::Object(map) => open.extend(map.values()),
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    assert!(references > 20, "{references}");
}
