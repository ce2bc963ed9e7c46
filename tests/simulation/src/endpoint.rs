//! The endpoint: the real handlers over a real SQLite file, called in this process; and a second connection to the
//! file, through which the invariants read what the handlers wrote without asking them.

use crate::Violation;
use crate::organisation;
use aisle_protocol::mutation::{DeviceId, Mutation, MutationId};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{PushResult, PushStatus};
use aisle_server::blobs::Photos;
use aisle_server::clock::Clock;
use aisle_server::snapshot::SnapshotPlan;
use aisle_server::storage::audit::Entry;
use aisle_server::storage::sqlite::SqliteStorage;
use aisle_server::storage::{Account, Storage, Upsert};
use aisle_server::{App, Settings, api};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt;

/// An answer of the endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A record as the endpoint's file holds it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) rev: u64,
    pub(crate) fields: Fields,
    pub(crate) shop: Option<String>,
    pub(crate) by_auditor: bool,
}

/// A mutation as the endpoint's log holds it.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) device: DeviceId,
    pub(crate) body: Mutation,
    pub(crate) result: PushResult,
}

/// The endpoint.
pub(crate) struct Endpoint {
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    /// Counts restarts: each goes on from a copy of the file.
    lives: u32,
    app: Arc<App>,
    router: Router,
    storage: Arc<SqliteStorage>,
    probe: SqliteConnection,
    hand: Arc<AtomicI64>,
    clock: Clock,
    verdicts: HashMap<String, bool>,
    records: Option<(i64, Rc<BTreeMap<RecordRef, Held>>)>,
}

/// Where files that are thrown away are cheapest to sync.
fn scratch() -> Result<tempfile::TempDir, Violation> {
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new().prefix("aisle-simulation-").tempdir_in(memory);
    builder.or_else(|_| tempfile::tempdir()).map_err(Violation::harness)
}

fn database(folder: &Path, lives: u32) -> PathBuf {
    folder.join(format!("aisle-{lives}.db"))
}

/// The organisation's database, made once for each process.
fn template() -> Result<&'static [u8], Violation> {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    static MAKING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = MAKING.lock().map_err(Violation::harness)?;
    if let Some(bytes) = BYTES.get() {
        return Ok(bytes);
    }
    let folder = scratch()?;
    let file = database(folder.path(), 0);
    let runtime = runtime()?;
    let bytes = runtime.block_on(async {
        let storage = SqliteStorage::open(&file).await.map_err(Violation::harness)?;
        let (clock, _) = Clock::manual(organisation::START);
        let at = aisle_server::moment(&clock);
        storage.upsert(&organisation::records(), at, None).await.map_err(Violation::harness)?;
        let people = organisation::people()?;
        storage.upsert_people(&people, at, entry(at.now)).await.map_err(Violation::harness)?;
        storage.close().await;
        // Whoever closes last may only have been reading, and then the log still holds everything.
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
        let mut last = SqliteConnection::connect_with(&options).await.map_err(Violation::harness)?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut last).await.map_err(Violation::harness)?;
        last.close().await.map_err(Violation::harness)?;
        std::fs::read(&file).map_err(Violation::harness)
    })?;
    Ok(BYTES.get_or_init(|| bytes))
}

fn entry(at: i64) -> Entry {
    Entry { at, actor: "simulation".into(), action: "change".into(), subject: "org/org".into(), detail: String::new() }
}

fn runtime() -> Result<tokio::runtime::Runtime, Violation> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Violation::harness)
}

type Parts = (Arc<App>, Router, Arc<SqliteStorage>, SqliteConnection);

async fn start(folder: &Path, lives: u32, clock: &Clock) -> Result<Parts, Violation> {
    let file = database(folder, lives);
    let storage = Arc::new(SqliteStorage::open(&file).await.map_err(Violation::harness)?);
    let photos = Photos::open(folder).map_err(Violation::harness)?;
    let app = App::new(storage.clone(), photos, clock.clone(), Settings::default());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let probe = SqliteConnection::connect_with(&options).await.map_err(Violation::harness)?;
    Ok((app.clone(), api::router(app), storage, probe))
}

impl Endpoint {
    pub(crate) fn new() -> Result<Self, Violation> {
        let (runtime, folder) = (runtime()?, scratch()?);
        std::fs::write(database(folder.path(), 0), template()?).map_err(Violation::harness)?;
        let (clock, hand) = Clock::manual(organisation::START);
        let (app, router, storage, probe) = runtime.block_on(start(folder.path(), 0, &clock))?;
        Ok(Self {
            runtime,
            folder,
            lives: 0,
            app,
            router,
            storage,
            probe,
            hand,
            clock,
            verdicts: HashMap::new(),
            records: None,
        })
    }

    /// Sets the endpoint's clock.
    pub(crate) fn set_now(&self, now: i64) {
        self.hand.store(now, Ordering::Relaxed);
    }

    /// Takes the process away between two transactions and starts another one over what is on the disk: the file and
    /// its log as they are, without the farewell of a proper end.
    pub(crate) fn kill(&mut self) -> Result<(), Violation> {
        let (from, to) = (database(self.folder.path(), self.lives), database(self.folder.path(), self.lives + 1));
        std::fs::copy(&from, &to).map_err(Violation::harness)?;
        let log = |file: &Path| PathBuf::from(format!("{}-wal", file.display()));
        if log(&from).exists() {
            std::fs::copy(log(&from), log(&to)).map_err(Violation::harness)?;
        }
        self.lives += 1;
        let parts = self.runtime.block_on(start(self.folder.path(), self.lives, &self.clock))?;
        (self.app, self.router, self.storage, self.probe) = parts;
        Ok(())
    }

    /// One request.
    pub(crate) fn call(
        &mut self,
        method: Method,
        path: &str,
        cookie: Option<&str>,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, Violation> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Body::from(body)).map_err(Violation::harness)?;
        let router = self.router.clone();
        let answer = self.runtime.block_on(async {
            let response = router.oneshot(request).await.map_err(Violation::harness)?;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.map_err(Violation::harness)?.to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok::<_, Violation>(Answer { status: parts.status.as_u16(), headers: parts.headers, text })
        })?;
        if answer.status >= 500 {
            return Err(Violation::new("the endpoint never fails", format!("{} {}", answer.status, answer.text)));
        }
        Ok(answer)
    }

    /// Writes reference records, as an import does.
    pub(crate) fn upsert(&mut self, batch: &[Upsert]) -> Result<(), Violation> {
        let at = self.app.moment();
        let done = self.storage.upsert(batch, at, Some(entry(at.now)));
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// Changes people, as an import does.
    pub(crate) fn upsert_person(&mut self, account: Account) -> Result<(), Violation> {
        let at = self.app.moment();
        let people = [account];
        let done = self.storage.upsert_people(&people, at, entry(at.now));
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// Builds the snapshot anew, cut into small pieces.
    pub(crate) fn build_snapshot(&mut self) -> Result<(), Violation> {
        let plan = SnapshotPlan { every: 1, least_bytes: 400, most_bytes: 900, keep_ms: 3_600_000 };
        let done = aisle_server::snapshot::keep(&self.app, plan);
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// Deletes records for everybody, where that is possible.
    pub(crate) fn delete(&mut self, rec: &RecordRef) -> Result<(), Violation> {
        let done = self.storage.delete(rec, entry(self.app.moment().now));
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// Planted: whoever was away too long is not told.
    pub(crate) fn forget_horizon(&mut self) -> Result<(), Violation> {
        let done = sqlx::query("UPDATE store SET horizon = 0").execute(&mut self.probe);
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// What the endpoint does once in a while.
    pub(crate) fn housekeeping(&mut self) -> Result<(), Violation> {
        self.runtime.block_on(aisle_server::housekeeping(&self.app)).map_err(Violation::harness)
    }

    /// Makes every cursor invalid, as a store set up anew from an export would.
    pub(crate) fn invalidate_cursors(&mut self, name: u64) -> Result<(), Violation> {
        let done = sqlx::query("UPDATE store SET id = ?").bind(format!("store-{name}")).execute(&mut self.probe);
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// Planted: what lost is not kept.
    pub(crate) fn forget_history(&mut self) -> Result<(), Violation> {
        self.records = None;
        let done = sqlx::query("DELETE FROM record WHERE kind = 'history'").execute(&mut self.probe);
        self.runtime.block_on(done).map(|_| ()).map_err(Violation::harness)
    }

    /// The day by the endpoint's clock.
    pub(crate) fn today(&self) -> String {
        self.clock.today().to_string()
    }

    /// The day after.
    pub(crate) fn tomorrow(&self) -> String {
        let today = self.clock.today();
        today.succ_opt().unwrap_or(today).to_string()
    }

    /// Every record; read anew whenever the newest revision has moved.
    pub(crate) fn records(&mut self) -> Result<Rc<BTreeMap<RecordRef, Held>>, Violation> {
        let top = sqlx::query("SELECT rev FROM store").fetch_one(&mut self.probe);
        let top: i64 = self.runtime.block_on(top).map_err(Violation::harness)?.get("rev");
        match &self.records {
            Some((rev, records)) if *rev == top => return Ok(records.clone()),
            _ => {}
        }
        let records = Rc::new(self.read_records()?);
        self.records = Some((top, records.clone()));
        Ok(records)
    }

    fn read_records(&mut self) -> Result<BTreeMap<RecordRef, Held>, Violation> {
        let rows = sqlx::query("SELECT kind, id, rev, v, shop, by_auditor FROM record WHERE deleted = 0")
            .fetch_all(&mut self.probe);
        let rows = self.runtime.block_on(rows).map_err(Violation::harness)?;
        let mut records = BTreeMap::new();
        for row in rows {
            let rec = RecordRef::new(Kind::from(row.get::<String, _>("kind")), row.get::<String, _>("id"));
            let fields = serde_json::from_str(row.get("v")).map_err(Violation::harness)?;
            let rev = u64::try_from(row.get::<i64, _>("rev")).map_err(Violation::harness)?;
            let (shop, by_auditor) = (row.get("shop"), row.get("by_auditor"));
            records.insert(rec, Held { rev, fields, shop, by_auditor });
        }
        Ok(records)
    }

    /// Everybody's role and territory.
    pub(crate) fn people(&mut self) -> Result<BTreeMap<String, (String, String)>, Violation> {
        let rows = sqlx::query("SELECT id, role, territory FROM person").fetch_all(&mut self.probe);
        let rows = self.runtime.block_on(rows).map_err(Violation::harness)?;
        Ok(rows.into_iter().map(|r| (r.get("id"), (r.get("role"), r.get("territory")))).collect())
    }

    /// The log of mutations, in each device's order.
    pub(crate) fn log(&mut self) -> Result<Vec<Logged>, Violation> {
        self.logged("SELECT device, body, result FROM mutation WHERE ? = '' ORDER BY device, n", "")
    }

    /// Whether some device's mutation of this id was taken, and did not get refused.
    pub(crate) fn has_taken(&mut self, id: &str) -> Result<bool, Violation> {
        Ok(self.verdict(id)? == Some(true))
    }

    /// Whether it was handed in and every time refused.
    pub(crate) fn has_refused(&mut self, id: &str) -> Result<bool, Violation> {
        Ok(self.verdict(id)? == Some(false))
    }

    /// Whether a mutation was taken; a verdict stands for ever.
    fn verdict(&mut self, id: &str) -> Result<Option<bool>, Violation> {
        if let Some(taken) = self.verdicts.get(id) {
            return Ok(Some(*taken));
        }
        let logged = self.logged("SELECT device, body, result FROM mutation WHERE id = ?", id)?;
        if logged.is_empty() {
            return Ok(None);
        }
        let taken = logged.iter().any(|logged| logged.result.st != PushStatus::Rejected);
        self.verdicts.insert(id.to_owned(), taken);
        Ok(Some(taken))
    }

    /// Whether one of these was taken.
    pub(crate) fn has_taken_any(&mut self, ids: &[MutationId]) -> Result<bool, Violation> {
        for id in ids {
            if self.has_taken(&id.0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn logged(&mut self, sql: &'static str, id: &str) -> Result<Vec<Logged>, Violation> {
        let rows = sqlx::query(sql).bind(id.to_owned()).fetch_all(&mut self.probe);
        let rows = self.runtime.block_on(rows).map_err(Violation::harness)?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            Ok(Logged {
                device: DeviceId(row.get("device")),
                body: serde_json::from_str(row.get("body")).map_err(Violation::harness)?,
                result: serde_json::from_str(row.get("result")).map_err(Violation::harness)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Photos whose bytes have been verified.
    pub(crate) fn published(&mut self) -> Result<Vec<String>, Violation> {
        let rows = sqlx::query("SELECT id FROM blob WHERE state = 'published'").fetch_all(&mut self.probe);
        let rows = self.runtime.block_on(rows).map_err(Violation::harness)?;
        Ok(rows.into_iter().map(|row| row.get("id")).collect())
    }

    /// Walks the audit chain.
    pub(crate) fn verify_audit(&mut self) -> Result<(), Violation> {
        let verdict = self.runtime.block_on(self.storage.verify_audit(None)).map_err(Violation::harness)?;
        verdict.map(|_| ()).map_err(|why| Violation::new("the audit chain is whole", why))
    }
}
