//! Fifty times SIGKILL under twenty devices that push: nothing that was acknowledged is missing, nothing has taken effect
//! twice, and the audit chain is whole.

use aisle_blackbox::device::Device;
use aisle_blackbox::endpoint::Endpoint;
use aisle_blackbox::http::Client;
use aisle_blackbox::rng::Rng;
use aisle_protocol::mutation::Mutation;
use aisle_protocol::sync::{PushResponse, PushResult, PushStatus};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const DEVICES: usize = 20;
const KILLS: u64 = 50;
/// Nothing here takes longer unless something hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// What all devices share with the one who kills.
#[derive(Default)]
struct Shared {
    /// Pushes that have been sent.
    sent: AtomicU64,
    /// Answers that never came.
    broken: AtomicU64,
    /// No more kills: hand in what is left.
    finish: AtomicBool,
}

/// Everything one device did, with the endpoint's word on it.
struct Told {
    device: Device,
    client: Client,
    muts: Vec<Mutation>,
    results: BTreeMap<u64, PushResult>,
}

impl Told {
    /// Pushes until the endpoint acknowledges.
    async fn push(&mut self, muts: Vec<Mutation>, shared: &Shared, rng: &mut Rng) -> Result<()> {
        let request = self.device.request(muts.clone());
        let since = Instant::now();
        loop {
            ensure!(since.elapsed() < PATIENCE, "{}: no push goes through any more", self.device.id);
            shared.sent.fetch_add(1, Ordering::SeqCst);
            let answer = match self.client.post("/v1/push", &request).await {
                Ok(answer) => answer,
                Err(_) => {
                    shared.broken.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(rng.between(1, 25))).await;
                    continue;
                }
            };
            if answer.status == 503 {
                tokio::time::sleep(Duration::from_millis(rng.between(5, 25))).await;
                continue;
            }
            ensure!(answer.status == 200, "{}: {} {}", self.device.id, answer.status, answer.text());
            let response: PushResponse = serde_json::from_slice(&answer.body).context("a push response")?;
            ensure!(response.results.len() == muts.len(), "{}: a result is missing", self.device.id);
            for result in response.results {
                let taken = matches!(result.st, PushStatus::Ok | PushStatus::Dup) && result.rev.is_some();
                ensure!(taken, "{}: {result:?}", self.device.id);
                self.results.insert(result.n, result);
            }
            self.muts.extend(muts);
            return Ok(());
        }
    }
}

/// One device at work: visits with answers and a check-out, in pushes of every size.
async fn work(mut told: Told, number: usize, shared: Arc<Shared>, mut rng: Rng) -> Result<Told> {
    let (rep, shop) = (format!("r{number}"), format!("n{number}"));
    for round in 0.. {
        if shared.finish.load(Ordering::SeqCst) {
            return Ok(told);
        }
        let visit = format!("{}-v{round}", told.device.id);
        let mut open = vec![told.device.visit(&visit, &rep, &shop)];
        for i in 0..rng.between(1, 8) {
            let note = "巡店 ".repeat(usize::try_from(rng.between(1, 40))?);
            open.push(told.device.answer(&format!("{visit}-a{i}"), &visit, &note));
        }
        open.push(told.device.check_out(&visit));
        while !open.is_empty() {
            let size = usize::try_from(rng.between(1, open.len() as u64))?;
            let batch: Vec<Mutation> = open.drain(..size).collect();
            told.push(batch, &shared, &mut rng).await?;
        }
    }
    Ok(told)
}

/// Kills and starts again, each time once some pushes have been sent since the start.
async fn kill(endpoint: &mut Endpoint, shared: &Shared, rng: &mut Rng) -> Result<()> {
    for round in 1..=KILLS {
        let due = shared.sent.load(Ordering::SeqCst) + rng.between(5, 60);
        let since = Instant::now();
        while shared.sent.load(Ordering::SeqCst) < due {
            ensure!(endpoint.is_running()?, "the endpoint ended by itself:\n{}", endpoint.log());
            ensure!(since.elapsed() < PATIENCE, "nobody pushes any more (kill {round})");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Somewhere between the first byte of a request and the answer to another.
        tokio::time::sleep(Duration::from_micros(rng.between(0, 8_000))).await;
        endpoint.kill()?;
        endpoint.start_again().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_takes_effect_twice() -> Result<()> {
    let seed = match std::env::var("AISLE_SEED") {
        Ok(seed) => seed.parse().context("AISLE_SEED")?,
        Err(_) => Rng::any_seed(),
    };
    println!("seed {seed} (AISLE_SEED={seed} draws the same sizes and moments)");
    let began = Instant::now();
    let mut rng = Rng::new(seed);
    let mut endpoint = Endpoint::start(DEVICES, "south").await?;
    let revision = revision(&endpoint).await?;
    let kept = head(&endpoint)?;

    let shared = Arc::new(Shared::default());
    let mut devices = Vec::new();
    for number in 1..=DEVICES {
        let client = endpoint.sign_in(&format!("r{number}")).await?;
        let device = Device::new(&format!("phone-{number}"));
        let told = Told { device, client, muts: Vec::new(), results: BTreeMap::new() };
        devices.push(tokio::spawn(work(told, number, Arc::clone(&shared), Rng::new(rng.draw()))));
    }
    let killed = kill(&mut endpoint, &shared, &mut rng).await;
    shared.finish.store(true, Ordering::SeqCst);
    killed?;
    let mut all = Vec::new();
    for device in devices {
        all.push(device.await??);
    }

    let acknowledged: usize = all.iter().map(|told| told.muts.len()).sum();
    let (sent, broken) = (shared.sent.load(Ordering::SeqCst), shared.broken.load(Ordering::SeqCst));
    ensure!(broken > 0, "no push was ever cut: the kills hit nothing");
    everything_is_there(&endpoint, &all).await?;
    told_again_it_is_the_same(&all).await?;
    endpoint.kill()?;
    nothing_took_effect_twice(&endpoint, &all, revision).await?;
    endpoint.command(&["audit", "verify", "--kept", &kept])?;
    println!(
        "{KILLS} kills, {DEVICES} devices: {sent} pushes sent, {broken} without an answer, {acknowledged} mutations \
         acknowledged, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// The head of the audit log as the command line prints it.
fn head(endpoint: &Endpoint) -> Result<String> {
    let said = endpoint.command(&["audit", "verify"])?;
    let head = said.lines().find_map(|line| line.strip_prefix("Head: "));
    Ok(head.context("no head")?.to_owned())
}

/// Reads the whole feed as the manager of all: every acknowledged mutation shows.
async fn everything_is_there(endpoint: &Endpoint, all: &[Told]) -> Result<()> {
    let boss = endpoint.sign_in("boss").await?;
    let mut records: BTreeMap<String, Value> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = boss.get(&format!("/v1/pull?limit=1000{cursor}")).await?.json()?;
        for change in page["changes"].as_array().context("changes")? {
            let name = format!("{}/{}", change["kind"].as_str().unwrap_or(""), change["id"].as_str().unwrap_or(""));
            records.insert(name, change["v"].clone());
        }
        if page["more"] != json!(true) {
            break;
        }
        cursor = format!("&c={}", page["next"].as_str().context("a cursor")?);
    }
    let mut expect = BTreeSet::new();
    for mutation in all.iter().flat_map(|told| &told.muts) {
        let name = mutation.rec.to_string();
        let fields = records.get(&name).with_context(|| format!("{name} was acknowledged and is missing"))?;
        for (field, value) in &mutation.patch {
            ensure!(fields[field] == *value, "{name}: {field} was acknowledged and is not what it was");
        }
        expect.insert(name);
    }
    let made = records.keys().filter(|name| name.starts_with("visit/") || name.starts_with("answer/"));
    let strangers: Vec<&String> = made.filter(|name| !expect.contains(*name)).collect();
    ensure!(strangers.is_empty(), "nobody was told of {strangers:?}");
    Ok(())
}

/// Pushes everything once more: all of it is known, under the revisions that were told.
async fn told_again_it_is_the_same(all: &[Told]) -> Result<()> {
    for told in all {
        for muts in told.muts.chunks(200) {
            let answer = told.client.post("/v1/push", &told.device.request(muts.to_vec())).await?;
            ensure!(answer.status == 200, "{}: {} {}", told.device.id, answer.status, answer.text());
            let response: PushResponse = serde_json::from_slice(&answer.body)?;
            for result in response.results {
                let before = told.results.get(&result.n).context("a result")?;
                ensure!(result.st == PushStatus::Dup, "{}: {result:?} was acknowledged before", told.device.id);
                ensure!(result.rev == before.rev, "{}: {result:?} was told as {before:?}", told.device.id);
            }
        }
    }
    Ok(())
}

async fn file(endpoint: &Endpoint) -> Result<SqliteConnection> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(endpoint.data().join("aisle.db"));
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// The newest revision.
async fn revision(endpoint: &Endpoint) -> Result<i64> {
    Ok(sqlx::query("SELECT rev FROM store").fetch_one(&mut file(endpoint).await?).await?.try_get("rev")?)
}

/// Looks at the file itself: every mutation has one row, one audit row and one revision, no more and no less.
async fn nothing_took_effect_twice(endpoint: &Endpoint, all: &[Told], revision_before: i64) -> Result<()> {
    let acknowledged = i64::try_from(all.iter().map(|told| told.muts.len()).sum::<usize>())?;
    let mut db = file(endpoint).await?;
    let counts = [
        ("rows of mutations", "SELECT COUNT(*) AS n FROM mutation"),
        ("different mutations", "SELECT COUNT(DISTINCT id) AS n FROM mutation"),
        ("audit rows of effects", "SELECT COUNT(*) AS n FROM audit WHERE action = 'push.ok'"),
        ("audit rows of pushes", "SELECT COUNT(*) AS n FROM audit WHERE action LIKE 'push.%'"),
    ];
    for (what, sql) in counts {
        let count: i64 = sqlx::query(sql).fetch_one(&mut db).await?.try_get("n")?;
        ensure!(count == acknowledged, "{what}: {count}, acknowledged: {acknowledged}");
    }
    let given = revision(endpoint).await? - revision_before;
    ensure!(given == acknowledged, "revisions given: {given}, mutations: {acknowledged}");
    for told in all {
        let row =
            sqlx::query("SELECT last_n FROM device WHERE id = ?").bind(&told.device.id).fetch_one(&mut db).await?;
        let last: i64 = row.try_get("last_n")?;
        if last != i64::try_from(told.muts.len())? {
            bail!("{} stands at {last}, {} were acknowledged", told.device.id, told.muts.len());
        }
    }
    Ok(())
}
