//! Versions that meet: what a newer app wrote survives the older endpoint, and an older app may still push.

use crate::support::{Device, View, World, fields};
use aisle_protocol::mutation::{DeviceId, Op};
use aisle_protocol::record::Kind;
use aisle_protocol::sync::{PushStatus, RejectCode};
use aisle_protocol::work::{Item, Stage, WorkFile};
use aisle_protocol::{PROTO, PROTO_OLDEST, SCHEMA};
use aisle_server::blobs::Photos;
use aisle_server::work;
use serde_json::json;

#[tokio::test]
async fn pushes_of_older_and_newer_apps_are_taken() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    // Two versions back where there are two, and an app that is newer than its endpoint.
    let schemas = SCHEMA.saturating_sub(2)..=SCHEMA + 1;
    for (i, (proto, schema)) in (PROTO_OLDEST..=PROTO).flat_map(|p| schemas.clone().map(move |s| (p, s))).enumerate() {
        let mut device = Device::new(&format!("d{i}"));
        let muts = [device.visit(&format!("v{i}"), "rep-a", "s1")];
        let body = json!({"proto": proto, "schema": schema, "device": device.id, "muts": muts, "later": 1});
        let answer = rep.post("/v1/push", &body).await;
        assert_eq!(answer.json()["results"][0]["st"], json!("ok"), "{proto}/{schema}: {}", answer.text());
    }
}

#[tokio::test]
async fn what_a_later_version_added_survives_push_merge_and_file() {
    let world = World::new().await;
    let (rep, sup) = (world.sign_in("rep-a").await, world.sign_in("sup").await);
    let photos = Photos::open(world.folder.path()).expect("photos");
    let (mut phone, mut tablet) = (Device::new("phone"), Device::new("tablet"));
    let mut visit = fields(crate::support::visit("rep-a", "s1"));
    visit.insert("mood".to_owned(), json!({"deep": [1, {"er": null}], "心": "好"}));
    let create = phone.make(Op::Create, Kind::Visit, "v1", None, json!(visit));
    // By file, so that it passes through that as well.
    let item = Item { m: create, st: Stage::Pending, code: None };
    let (person, device) = ("rep-a".to_owned(), DeviceId("phone".into()));
    let file = WorkFile { person, device, items: vec![item], ..WorkFile::default() };
    let file = WorkFile::read(&file.write()).expect("a file");
    let report = work::import(world.storage.as_ref(), &photos, &file, "test", world.at()).await.expect("taken");
    assert_eq!(report.taken, 1);
    // An older app changes another field of the same record.
    let patch = tablet.make(Op::Patch, Kind::Visit, "v1", None, json!({"check_out": {"at": 1, "later": true}}));
    assert_eq!(rep.push("tablet", vec![patch]).await.results[0].st, PushStatus::Ok);
    let mut view = View::default();
    sup.pull_into(&mut view, 1000).await;
    let seen = &view.records["visit/v1"].1;
    assert_eq!(seen["mood"], json!({"deep": [1, {"er": null}], "心": "好"}));
    assert_eq!(seen["check_out"]["later"], json!(true));
}

#[tokio::test]
async fn a_kind_of_a_later_version_is_refused_and_blocks_nothing() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut phone = Device::new("phone");
    let hologram = Kind::Unknown("hologram".to_owned());
    let muts =
        vec![phone.make(Op::Create, hologram, "h1", None, json!({"shop": "s1"})), phone.visit("v1", "rep-a", "s1")];
    let results = rep.push("phone", muts).await.results;
    let read: Vec<_> = results.iter().map(|r| (r.st, r.code.clone())).collect();
    assert_eq!(read, [(PushStatus::Rejected, Some(RejectCode::NotWritable)), (PushStatus::Ok, None)]);
}
