//! Every operation that is served has a row here that says who gets past its door. What somebody may then do with which
//! record is the matrix of `authorisation`.

use crate::support::{METRICS_TOKEN, World};
use aisle_protocol::record::Kind;
use axum::http::{Method, StatusCode};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Anybody.
    Open,
    /// Whoever is signed in.
    Session,
    /// Whoever has the operator's token.
    Operator,
}

const DOORS: &[(&str, Door)] = &[
    ("post /v1/session", Door::Open),
    ("get /v1/session", Door::Session),
    ("delete /v1/session", Door::Open), // signing out twice is no error
    ("post /v1/push", Door::Session),
    ("get /v1/pull", Door::Session),
    ("post /v1/work", Door::Session),
    ("post /v1/import", Door::Session),
    ("get /v1/snap/manifest", Door::Session),
    ("get /v1/snap/{id}", Door::Session),
    ("post /v1/blobs", Door::Session),
    ("options /v1/blobs", Door::Open),
    ("head /v1/blobs/{id}", Door::Session),
    ("patch /v1/blobs/{id}", Door::Session),
    ("get /v1/blobs/{id}", Door::Session),
    ("get /health", Door::Open),
    ("get /metrics", Door::Operator),
    ("get /api/openapi.json", Door::Open),
];

#[tokio::test]
async fn every_operation_has_a_door_and_it_holds() {
    let world = World::new().await;
    let nobody = world.client();
    let document = nobody.get("/api/openapi.json").await.json();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("an item").keys() {
            let name = format!("{method} {path}");
            // Signing out is one of them: each gets a session of its own.
            let rep = world.sign_in("rep-a").await;
            let door = DOORS.iter().find(|(row, _)| *row == name).map(|(_, door)| *door);
            let door = door.unwrap_or_else(|| panic!("{name} has no row in DOORS: say who gets past its door"));
            let method: Method = method.to_uppercase().parse().expect("a method");
            let at = path.replace("{id}", "x");
            let bearer = format!("Bearer {METRICS_TOKEN}");
            let token = [("authorization", bearer.as_str())];
            let ask = async |client: &crate::support::Client, headers: &[(&str, &str)]| {
                client.request(method.clone(), &at, headers, vec![]).await.status
            };
            let inside = |status: StatusCode| !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            let (outside, signed, operator) =
                (ask(&nobody, &[]).await, ask(&rep, &[]).await, ask(&nobody, &token).await);
            let (expect, said) = match door {
                Door::Open => ((true, true, true), outside),
                Door::Session => ((false, true, false), StatusCode::UNAUTHORIZED),
                Door::Operator => ((false, false, true), StatusCode::FORBIDDEN),
            };
            assert_eq!((inside(outside), inside(signed), inside(operator)), expect, "{name}: {outside} {signed}");
            assert_eq!(outside, said, "{name}");
            operations += 1;
        }
    }
    assert!(operations >= 14, "{operations}");
}

/// Kinds that nobody reads or makes by themselves: history is judged as the record it is about.
const NOBODYS: [&str; 1] = ["history"];

/// A kind that nobody has thought about is read by nobody, or by somebody who should not.
#[test]
fn every_kind_has_a_row_in_the_matrix() {
    for kind in Kind::KNOWN {
        let words: Vec<&str> = crate::authorisation::ORACLE.iter().flat_map(|row| row.2.split(' ')).collect();
        let kind = kind.as_str();
        let known = words.contains(&kind) || NOBODYS.contains(&kind);
        assert!(known, "{kind} has no row in ORACLE (authorisation.rs): say who reads and makes it");
    }
}
