//! Work that comes as a file: handed in by a supervisor or taken in on the server, judged as its author's, and never
//! twice, whatever the phone itself does before or after.

use crate::photos::{create, offset, patch};
use crate::support::{Client, DAY, Device, NOON, World};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use aisle_protocol::mutation::{DeviceId, Mutation};
use aisle_protocol::sync::{PushStatus, RejectCode};
use aisle_protocol::work::{HandIn, HandedIn, Item, Picture, Seal, Stage, WorkFile, WorkFileError};
use aisle_protocol::{PROTO, SCHEMA};
use aisle_server::blobs::Photos;
use aisle_server::work::{self, WorkError, WorkReport};
use axum::http::StatusCode;
use serde_json::json;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 not much of a picture";

async fn hand_in_raw(client: &Client, person: &str, device: &str, muts: &[Mutation]) -> crate::support::Answer {
    let (person, device) = (person.into(), DeviceId(device.into()));
    let body = HandIn { proto: PROTO, schema: SCHEMA, person, device, muts: muts.to_vec() };
    client.post("/v1/work", &serde_json::to_value(body).expect("json")).await
}

async fn hand_in(client: &Client, person: &str, device: &str, muts: &[Mutation]) -> Vec<PushStatus> {
    let answer = hand_in_raw(client, person, device, muts).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let handed: HandedIn = serde_json::from_slice(&answer.bytes).expect("results");
    handed.results.iter().map(|result| result.st).collect()
}

/// Who handed in what took effect, in the audit log.
async fn handed_in_by(world: &World) -> Vec<String> {
    use sqlx::{Connection, Row};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.folder.path().join("aisle.db"));
    let mut db = sqlx::SqliteConnection::connect_with(&options).await.expect("the store");
    let rows = sqlx::query("SELECT DISTINCT actor FROM audit WHERE action LIKE 'import.%' ORDER BY actor");
    let rows = rows.fetch_all(&mut db).await.expect("rows");
    rows.iter().map(|row| row.get("actor")).collect()
}

/// A visit with one answer, handed in, and a photo.
fn morning(phone: &mut Device) -> Vec<Mutation> {
    vec![
        phone.visit("v1", "rep-a", "s1"),
        phone.answer("a1", "v1"),
        phone.photo("ph1", "v1", JPEG, "image/jpeg"),
        phone.check_out("v1"),
    ]
}

fn file_of(muts: &[Mutation]) -> WorkFile {
    let item = |m: &Mutation| Item { m: m.clone(), st: Stage::Pending, code: None };
    WorkFile {
        person: "rep-a".into(),
        device: DeviceId("phone".into()),
        made: NOON,
        items: muts.iter().map(item).collect(),
        pictures: vec![Picture {
            id: "ph1".into(),
            sha256: crate::support::sha256(JPEG),
            mime: "image/jpeg".into(),
            bytes: JPEG.to_vec(),
        }],
        ..WorkFile::default()
    }
}

#[tokio::test]
async fn work_takes_effect_once_whichever_way_it_comes() {
    use PushStatus::{Dup, Ok};
    // f: the supervisor hands in a file of the whole morning; h: of its first half; p: the phone itself pushes it.
    for order in ["f", "ff", "fp", "pf", "hfp", "hpf", "fpfp", "phf"] {
        let world = World::new().await;
        let (rep, sup) = (world.sign_in("rep-a").await, world.sign_in("sup").await);
        let mut phone = Device::new("phone");
        let muts = morning(&mut phone);
        for way in order.chars() {
            let got = match way {
                'f' => hand_in(&sup, "rep-a", "phone", &muts).await,
                'h' => hand_in(&sup, "rep-a", "phone", &muts[..2]).await,
                _ => rep.push("phone", muts.clone()).await.results.iter().map(|r| r.st).collect(),
            };
            assert!(got.iter().all(|st| matches!(st, Ok | Dup)), "{order}: {way}: {got:?}");
        }
        let sees = sup.sees().await;
        for rec in ["visit/v1", "answer/a1", "photo/ph1"] {
            assert!(sees.contains(rec), "{order}: {rec}");
        }
        let view = {
            let mut view = crate::support::View::default();
            sup.pull_into(&mut view, 1000).await;
            view
        };
        assert!(view.records["visit/v1"].1.contains_key("check_out"), "{order}");
        assert!(!sees.iter().any(|name| name.starts_with("history/")), "{order}: nothing stood against itself");
        // The phone goes on where it was: with its next number, and with what the file held.
        let next = phone.visit("v2", "rep-a", "s1");
        let all: Vec<Mutation> = muts.iter().cloned().chain([next]).collect();
        let results = rep.push("phone", all).await.results;
        assert_eq!(results.last().map(|r| r.st), Some(Ok), "{order}");
        assert!(results[..4].iter().all(|r| r.st == Dup), "{order}: {results:?}");
    }
}

#[tokio::test]
async fn who_may_hand_in_whose_work_and_how_it_is_judged() {
    let world = World::new().await;
    let mut phone = Device::new("phone");
    let muts = morning(&mut phone);
    // (who, 200 or 403): nobody hands in the work of somebody they do not lead.
    for (login, status) in [("rep-b", 403), ("rep-c", 403), ("aud", 403), ("rep-a", 200), ("sup", 200), ("boss", 200)] {
        let client = world.sign_in(login).await;
        assert_eq!(hand_in_raw(&client, "rep-a", "phone", &muts).await.status.as_u16(), status, "{login}");
    }
    let sup = world.sign_in("sup").await;
    for stranger in ["rep-c", "boss", "nobody"] {
        assert_eq!(hand_in_raw(&sup, stranger, "x", &muts).await.code(), (403, "forbidden".to_owned()), "{stranger}");
    }
    // Judged as the author's: a shop the author does not look after, though the supervisor leads there.
    let mut other = Device::new("other");
    let foreign = other.visit("v9", "rep-a", "s2");
    let answer = hand_in_raw(&sup, "rep-a", "other", &[foreign]).await;
    let handed: HandedIn = serde_json::from_slice(&answer.bytes).expect("results");
    assert_eq!(handed.results[0].code, Some(RejectCode::Forbidden));
    // A visit in somebody else's name is not made by pretending a file.
    let pretended = other.visit("v8", "rep-b", "s2");
    let answer = hand_in_raw(&sup, "rep-a", "other", &[pretended]).await;
    let handed: HandedIn = serde_json::from_slice(&answer.bytes).expect("results");
    assert_eq!(handed.results[0].code, Some(RejectCode::Forbidden));
    assert_eq!(handed_in_by(&world).await, ["rep-a", "sup"], "who did it is in the audit log");
}

#[tokio::test]
async fn a_part_of_a_file_that_is_malformed_is_refused_as_a_whole() {
    let world = World::new().await;
    let sup = world.sign_in("sup").await;
    let mut phone = Device::new("phone");
    let good = phone.visit("v1", "rep-a", "s1");
    let body = |proto: u32, device: &str, muts: &[Mutation]| json!({"proto": proto, "schema": 1, "person": "rep-a", "device": device, "muts": muts});
    let many: Vec<Mutation> = (0..501).map(|i| phone.answer(&format!("m{i}"), "v1")).collect();
    let cases = [
        (body(9, "phone", std::slice::from_ref(&good)), 400),
        (body(1, "", std::slice::from_ref(&good)), 400),
        (body(1, "phone", &[Mutation { n: u64::MAX, ..good.clone() }]), 400),
        (body(1, "phone", &many), 413),
        (json!({"proto": 1}), 400),
    ];
    for (i, (body, status)) in cases.into_iter().enumerate() {
        assert_eq!(sup.post("/v1/work", &body).await.status.as_u16(), status, "case {i}");
    }
    let damaged = Mutation { at: 1, ..good.clone() };
    assert_eq!(hand_in(&sup, "rep-a", "phone", &[damaged]).await, [PushStatus::Rejected]);
    // No device may call itself what files are logged under.
    let answer = world.sign_in("rep-a").await.push_raw("file:rep-a:phone", vec![good]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pictures_of_a_file_come_with_it() {
    let world = World::new().await;
    let (rep, sup) = (world.sign_in("rep-a").await, world.sign_in("sup").await);
    let mut phone = Device::new("phone");
    let muts = morning(&mut phone);
    hand_in(&sup, "rep-a", "phone", &muts).await;
    // The supervisor sends the bytes for the rep; the digest in the rep's record says which bytes.
    assert_eq!(create(&sup, "ph1", JPEG, "image/jpeg").await.status, StatusCode::CREATED);
    assert_eq!(patch(&sup, 0, JPEG, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(rep.get("/v1/blobs/ph1").await.bytes, JPEG);
    // The phone, later, finds it complete.
    assert_eq!(create(&rep, "ph1", JPEG, "image/jpeg").await.status, StatusCode::CREATED);
    assert_eq!(offset(&rep).await, (200, JPEG.len().to_string()));
    // A colleague neither sends nor sees it.
    let other = world.sign_in("rep-b").await;
    assert_eq!(create(&other, "ph1", JPEG, "image/jpeg").await.status, StatusCode::FORBIDDEN);
    assert_eq!(offset(&other).await.0, 404);
}

#[tokio::test]
async fn a_file_taken_in_on_the_server_twice_is_taken_in_once() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let photos = Photos::open(world.folder.path()).expect("photos");
    let mut phone = Device::new("phone");
    let mut file = file_of(&morning(&mut phone));
    file.pictures.push(Picture { id: "unknown".into(), ..file.pictures[0].clone() });
    let file = WorkFile::read(&file.write()).expect("what was written");
    let import =
        async || work::import(world.storage.as_ref(), &photos, &file, "test", world.at()).await.expect("taken");
    let first = WorkReport { taken: 4, pictures: 1, pictures_refused: 1, ..WorkReport::default() };
    assert_eq!(import().await, first);
    let again = WorkReport { known: 4, pictures_known: 1, pictures_refused: 1, ..WorkReport::default() };
    assert_eq!(import().await, again);
    assert_eq!(rep.get("/v1/blobs/ph1").await.bytes, JPEG);
    let results = rep.push("phone", file.items.iter().map(|item| item.m.clone()).collect()).await.results;
    assert!(results.iter().all(|result| result.st == PushStatus::Dup), "{results:?}");

    let stranger = WorkFile { person: "nobody".into(), ..file.clone() };
    let refused = work::import(world.storage.as_ref(), &photos, &stranger, "test", world.at()).await;
    assert!(matches!(refused, Err(WorkError::Author(who)) if who == "nobody"));
}

#[tokio::test]
async fn what_a_file_holds_is_judged_by_when_it_was_done() {
    let world = World::new().await;
    let photos = Photos::open(world.folder.path()).expect("photos");
    let mut phone = Device::new("phone");
    phone.at = NOON - 5 * DAY;
    let muts = vec![phone.visit("v1", "rep-a", "s1")];
    let assigned = json!([{"person": "rep-b", "share_bp": 10_000, "from": "2026-11-22"},
        {"person": "rep-a", "share_bp": 10_000, "until": "2026-11-22"}]);
    world.put(&[crate::support::shop("s1", "north-1", &assigned)]).await;
    let file = WorkFile { pictures: Vec::new(), ..file_of(&muts) };
    let report = work::import(world.storage.as_ref(), &photos, &file, "test", world.at()).await.expect("taken");
    assert_eq!(report.taken, 1);
}

#[test]
fn sealed_files_open_with_their_passphrase_only() {
    let mut phone = Device::new("phone");
    let file = file_of(&morning(&mut phone));
    let mut seal = Seal::new(&[7; 16], &[9; 12]);
    seal.rounds = 100_000;
    let mut key = [0_u8; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>("长城 42".as_bytes(), &[7; 16], seal.rounds, &mut key);
    let line = seal.line();
    let text = file.write();
    let payload = Payload { msg: text.as_bytes(), aad: line.as_bytes() };
    let sealed = Aes256Gcm::new(&key.into()).encrypt(Nonce::from_slice(&[9; 12]), payload).expect("sealed");
    let bytes = [line.as_bytes(), b"\n", &sealed].concat();
    assert_eq!(work::open(&bytes, Some("长城 42")).expect("opened"), file);
    assert!(matches!(work::open(&bytes, Some("长城 43")), Err(WorkError::Passphrase)));
    assert!(matches!(work::open(&bytes, None), Err(WorkError::NoPassphrase)));
    let mut changed = bytes.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    assert!(matches!(work::open(&changed, Some("长城 42")), Err(WorkError::Passphrase)));
    assert_eq!(work::open(file.write().as_bytes(), None).expect("plain"), file);
    assert!(matches!(work::open(b"PK\x03\x04", None), Err(WorkError::File(WorkFileError::Foreign))));
}
