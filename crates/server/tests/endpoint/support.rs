//! A small organisation to test with, clients that sign in, and devices that count and chain their mutations.
//!
//! ```text
//! root ── north ── north-1   shops s1 (rep-a), s2 (rep-b)
//!      └─ south              shop  s3 (rep-c)
//! ```

use aisle_domain::PersonId;
use aisle_domain::org::Role;
use aisle_protocol::mutation::{DeviceId, Hash, Mutation, MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{Change, PullResponse, PushRequest, PushResponse, What};
use aisle_protocol::{PROTO, SCHEMA};
use aisle_server::blobs::Photos;
use aisle_server::clock::Clock;
use aisle_server::storage::audit::Entry;
use aisle_server::storage::{self, Account, Moment, Storage, Upsert};
use aisle_server::{App, Settings, api, moment};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const METRICS_TOKEN: &str = "count me in";
/// 2026-11-24 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_521_600_000;
pub(crate) const DAY: i64 = 86_400_000;

pub(crate) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

pub(crate) fn upsert(kind: Kind, id: &str, shop: Option<&str>, value: Value) -> Upsert {
    Upsert { rec: RecordRef::new(kind, id), patch: fields(value), shop: shop.map(Into::into) }
}

pub(crate) fn shop(id: &str, territory: &str, assigned: &Value) -> Upsert {
    let view = json!({"name": id, "territory": territory, "channel": "ka", "tier": "A", "assigned": assigned});
    upsert(Kind::Shop, id, Some(id), view)
}

pub(crate) fn person(id: &str, role: Role, territory: &str) -> Account {
    static DIGEST: OnceLock<String> = OnceLock::new();
    let digest = DIGEST.get_or_init(|| aisle_server::password::hash(PASSWORD).expect("a digest"));
    Account {
        person: PersonId::from(id),
        login: id.to_owned(),
        name: format!("Name of {id}"),
        role,
        territory: territory.into(),
        password_hash: Some(digest.clone()),
        active: true,
    }
}

/// An endpoint of its own.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) router: Router,
    pub(crate) clock: Clock,
    pub(crate) hand: Arc<AtomicI64>,
}

impl World {
    /// An empty endpoint.
    pub(crate) async fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = storage::open(folder.path()).await.expect("a store");
        let photos = Photos::open(folder.path()).expect("photos");
        let (clock, hand) = Clock::manual(NOON);
        let metrics_token = Some(METRICS_TOKEN.to_owned());
        let settings = Settings { app: Some(folder.path().join("app")), metrics_token, ..Settings::default() };
        let router = api::router(App::new(storage.clone(), photos, clock.clone(), settings));
        Self { folder, storage, router, clock, hand }
    }

    /// The endpoint of the organisation above.
    pub(crate) async fn new() -> Self {
        let world = Self::empty().await;
        let other = |rep: &str| json!([{"person": rep, "share_bp": 10_000}]);
        let mut records = vec![
            upsert(Kind::Org, "org", None, json!({"name": "Test", "currency": {"code": "CNY", "digits": 2}})),
            upsert(Kind::Territory, "root", None, json!({"name": "Root"})),
            upsert(Kind::Territory, "north", None, json!({"name": "North", "parent": "root"})),
            upsert(Kind::Territory, "north-1", None, json!({"name": "North 1", "parent": "north"})),
            upsert(Kind::Territory, "south", None, json!({"name": "South", "parent": "root"})),
            upsert(Kind::Product, "p1", None, json!({"name": "P1", "category": "RUM"})),
            shop("s1", "north-1", &other("rep-a")),
            shop("s2", "north-1", &other("rep-b")),
            shop("s3", "south", &other("rep-c")),
        ];
        for shop in ["s1", "s2", "s3"] {
            records.push(upsert(Kind::Target, &format!("sales/{shop}/2026-11"), Some(shop), json!({"shop": shop})));
            records.push(upsert(Kind::Facts, &format!("{shop}:2026"), Some(shop), json!({"shop": shop})));
        }
        world.put(&records).await;
        let people = [
            person("rep-a", Role::Rep, "north-1"),
            person("rep-b", Role::Rep, "north-1"),
            person("rep-c", Role::Rep, "south"),
            person("aud", Role::Auditor, "north"),
            person("sup", Role::Supervisor, "north"),
            person("boss", Role::Manager, "root"),
            person("root", Role::Admin, "root"),
        ];
        world.people(&people).await;
        world
    }

    pub(crate) fn at(&self) -> Moment {
        moment(&self.clock)
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.hand.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) async fn put(&self, records: &[Upsert]) {
        self.storage.upsert(records, self.at(), None).await.expect("written");
    }

    pub(crate) async fn people(&self, people: &[Account]) {
        let (actor, action) = ("test".to_owned(), "people".to_owned());
        let entry = Entry { at: self.at().now, actor, action, subject: String::new(), detail: String::new() };
        self.storage.upsert_people(people, self.at(), entry).await.expect("written");
    }

    /// A client that is signed in.
    pub(crate) async fn sign_in(&self, login: &str) -> Client {
        let mut client = self.client();
        let answer = client.post("/v1/session", &json!({"login": login, "password": PASSWORD})).await;
        assert_eq!(answer.status, StatusCode::OK, "{login}: {}", answer.text());
        client.cookie = answer.cookie();
        client
    }

    /// A client that is not.
    pub(crate) fn client(&self) -> Client {
        Client { router: self.router.clone(), cookie: None }
    }

    /// Writes a file below the data folder.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

/// Somebody at the other end.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) cookie: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().expect("text")).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    fn cookie(&self) -> Option<String> {
        self.header("set-cookie").split(';').next().map(str::to_owned)
    }
}

impl Client {
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(header::COOKIE, cookie.parse().expect("a header"));
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub(crate) async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        self.request(Method::POST, path, &json, body.to_string().into_bytes()).await
    }

    pub(crate) async fn push_raw(&self, device: &str, muts: Vec<Mutation>) -> Answer {
        let request = PushRequest { proto: PROTO, schema: SCHEMA, device: DeviceId(device.into()), muts };
        self.post("/v1/push", &serde_json::to_value(request).expect("json")).await
    }

    pub(crate) async fn push(&self, device: &str, muts: Vec<Mutation>) -> PushResponse {
        let answer = self.push_raw(device, muts).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        serde_json::from_slice(&answer.bytes).expect("a push response")
    }

    pub(crate) async fn page(&self, device: &str, cursor: Option<&str>, limit: u32) -> PullResponse {
        let cursor = cursor.map(|c| format!("&c={c}")).unwrap_or_default();
        let answer = self.get(&format!("/v1/pull?device={device}&limit={limit}{cursor}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        serde_json::from_slice(&answer.bytes).expect("a page")
    }

    /// Pulls to the end and applies as a device does.
    pub(crate) async fn pull_into(&self, view: &mut View, limit: u32) {
        loop {
            let page = self.page("viewer", view.cursor.as_deref(), limit).await;
            view.apply(&page);
            if !page.more {
                return;
            }
        }
    }

    /// Everything the person sees.
    pub(crate) async fn sees(&self) -> BTreeSet<String> {
        let mut view = View::default();
        self.pull_into(&mut view, 1000).await;
        view.names()
    }
}

/// The server's records as a device keeps them: each with the bucket it came through last.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct View {
    pub(crate) records: BTreeMap<String, (String, Fields)>,
    pub(crate) cursor: Option<String>,
    pub(crate) purged: Vec<String>,
    pub(crate) ack: u64,
}

impl View {
    pub(crate) fn apply(&mut self, page: &PullResponse) {
        let fresh: BTreeSet<String> = page.changes.iter().map(|c| format!("{}/{}", c.kind.as_str(), c.id)).collect();
        for Change { b, kind, id, what } in &page.changes {
            let name = format!("{}/{id}", kind.as_str());
            match what {
                What::Is { v, .. } => {
                    self.records.insert(name, (b.0.clone(), v.clone()));
                }
                What::Del { .. } => {
                    self.records.remove(&name);
                }
                What::Gone { .. } => {
                    if self.records.get(&name).is_some_and(|(bucket, _)| *bucket == b.0) {
                        self.records.remove(&name);
                    }
                }
            }
        }
        let lost: BTreeSet<&str> = page.purge.iter().map(|b| b.0.as_str()).collect();
        self.records.retain(|name, (bucket, _)| fresh.contains(name) || !lost.contains(bucket.as_str()));
        self.purged.extend(page.purge.iter().map(|b| b.0.clone()));
        self.cursor = Some(page.next.clone());
        self.ack = page.ack;
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.records.keys().cloned().collect()
    }
}

/// A device's own history.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) n: u64,
    pub(crate) last: Hash,
    pub(crate) at: i64,
}

impl Device {
    pub(crate) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), n: 0, last: Hash::default(), at: NOON }
    }

    pub(crate) fn make(&mut self, op: Op, kind: Kind, id: &str, base: Option<u64>, patch: Value) -> Mutation {
        self.n += 1;
        let mutation = Mutation {
            n: self.n,
            id: MutationId(format!("{}-{}", self.id, self.n)),
            op,
            rec: RecordRef::new(kind, id),
            base,
            patch: fields(patch),
            at: self.at,
            prev: self.last.clone(),
            hash: Hash::default(),
        }
        .sealed();
        self.last = mutation.hash.clone();
        mutation
    }

    pub(crate) fn visit(&mut self, id: &str, person: &str, shop: &str) -> Mutation {
        self.make(Op::Create, Kind::Visit, id, None, visit(person, shop))
    }

    pub(crate) fn answer(&mut self, id: &str, visit: &str) -> Mutation {
        let patch = json!({"visit": visit, "question": "q1", "value": {"t": "yes"}, "at": NOON});
        self.make(Op::Create, Kind::Answer, id, None, patch)
    }

    pub(crate) fn photo(&mut self, id: &str, visit: &str, bytes: &[u8], mime: &str) -> Mutation {
        let patch = json!({
            "visit": visit, "question": "q1", "sha256": sha256(bytes), "bytes": bytes.len(), "mime": mime,
            "width": 1, "height": 1, "at": NOON,
        });
        self.make(Op::Create, Kind::Photo, id, None, patch)
    }

    pub(crate) fn check_out(&mut self, id: &str) -> Mutation {
        self.make(Op::Patch, Kind::Visit, id, None, json!({"check_out": {"at": NOON}}))
    }
}

pub(crate) fn visit(person: &str, shop: &str) -> Value {
    json!({
        "shop": shop, "person": person, "planned": true, "template": "distribution/1", "must_sell": [],
        "check_in": {"at": NOON},
    })
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    aisle_protocol::mutation::hex(&sha2::Sha256::digest(bytes))
}
