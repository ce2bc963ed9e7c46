//! docs/sync-protocol.md names every field that travels: each in the section it belongs to.

use aisle_protocol::mutation::{DeviceId, Hash, Mutation, MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::session::{Session, SignIn};
use aisle_protocol::snapshot::{Manifest, STATIC_FORMAT, Segment, SegmentRef, StaticSite};
use aisle_protocol::sync::{
    Bucket, Change, PullReset, PullResponse, PushRequest, PushResponse, PushResult, PushStatus, RejectCode, What,
};
use serde_json::{Value, to_value};
use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../../docs/sync-protocol.md");

fn section(title: &str) -> &'static str {
    let start = DOCUMENT.find(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no section {title}"));
    let rest = &DOCUMENT[start + 4..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                found.insert(name.clone());
                names(value, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

fn session(manifest: Option<&str>) -> Session {
    Session {
        person: "rep1".into(),
        name: "R".into(),
        role: aisle_domain::org::Role::Rep,
        org: "O".into(),
        manifest: manifest.map(str::to_owned),
    }
}

fn changes() -> Vec<Change> {
    let change = |what| Change { b: Bucket("b".into()), kind: Kind::Shop, id: "1".into(), what };
    let is = What::Is { rev: 1, v: Fields::new() };
    vec![change(is), change(What::Del { del: true }), change(What::Gone { gone: true })]
}

fn mutation() -> Mutation {
    Mutation {
        n: 1,
        id: MutationId("m".into()),
        op: Op::Create,
        rec: RecordRef::new(Kind::Visit, "v"),
        base: Some(1),
        patch: Fields::new(),
        at: 1,
        prev: Hash::default(),
        hash: Hash::default(),
    }
}

fn push_response() -> PushResponse {
    let (st, code, server) = (PushStatus::Rejected, Some(RejectCode::Invalid), Some(Fields::new()));
    PushResponse { last: 1, now: 1, results: vec![PushResult { n: 1, st, rev: Some(1), code, server }] }
}

fn page() -> PullResponse {
    let (purge, next) = (vec![Bucket("b".into())], String::new());
    PullResponse { changes: changes(), purge, next, more: true, ack: 1, now: 1, left: Some(1) }
}

fn manifest() -> Manifest {
    let segment = SegmentRef { b: Bucket("b".into()), rev: 1, records: 1, bytes: 1, sha256: String::new() };
    Manifest { proto: 1, id: String::new(), rev: 1, cursor: String::new(), segments: vec![segment], now: 1 }
}

#[test]
fn every_field_is_in_the_document() {
    let cases = [
        ("Session", to_value(SignIn { login: String::new(), password: String::new() })),
        ("Session", to_value(session(None))),
        ("Records and mutations", to_value(mutation())),
        ("Push", to_value(PushRequest { proto: 1, schema: 1, device: DeviceId::default(), muts: vec![] })),
        ("Push", to_value(push_response())),
        ("Pull", to_value(page())),
        ("Pull", to_value(PullReset { reset: true })),
        ("Snapshots", to_value(manifest())),
        ("Snapshots", to_value(Segment { changes: changes()[..1].to_vec() })),
        (
            "Without an endpoint",
            to_value(StaticSite { format: STATIC_FORMAT.into(), version: 1, people: vec![session(Some("/m"))] }),
        ),
    ];
    for (title, value) in cases {
        let text = section(title);
        let mut found = BTreeSet::new();
        names(&value.expect("JSON"), &mut found);
        for name in found {
            let said = text.contains(&format!("\"{name}\"")) || text.contains(&format!("`{name}`"));
            assert!(said, "the section “{title}” does not name {name}");
        }
    }
}
