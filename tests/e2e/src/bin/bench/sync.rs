//! Storage and sync: against IndexedDB by hand, Dexie, and PouchDB with express-pouchdb.

use crate::Figure;
use crate::page::{Peers, call, number, numbers};
use aisle_e2e::{Browser, Person, endpoint::free_port, eventually, setting};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const RECORDS: u32 = 10_000;
const FACTS: u32 = 50_000;
/// Turns of each side, one after the other.
const TURNS: usize = 5;
/// Turns of what goes over the network; each takes a minute or so.
const NETWORK_TURNS: usize = 3;
const SINGLE_WRITES: u32 = 200;
const SINGLE_TURNS: usize = 10;

pub(crate) async fn measure(pages: &Path, modules: &Path) -> Result<Vec<Figure>> {
    let peers = Peers::start(pages, modules).await?;
    let mut figures = bulk_writes(&peers).await?;
    figures.push(single_writes(&peers).await?);
    figures.push(cold_starts(&peers).await?);
    figures.extend(network(&peers, pages).await?);
    Ok(figures)
}

async fn bulk_writes(peers: &Peers) -> Result<Vec<Figure>> {
    let browser = Browser::open(&peers.address()).await?;
    call(&browser, "/ours.js", "start", json!([])).await?;
    let mut took: [Vec<f64>; 3] = Default::default();
    // The first turn warms every side up.
    for turn in 0..=TURNS {
        for (side, took) in ["ours", "raw", "dexie"].iter().zip(&mut took) {
            let args = json!([format!("bulk-{side}-{turn}"), RECORDS]);
            let ms = number(&browser, &format!("/{side}.js"), "bulkWrite", args).await?;
            if turn > 0 {
                took.push(ms);
            }
        }
    }
    let [ours, raw, dexie] = took;
    let bulk = "bulk write of 10,000 records";
    Ok(vec![Figure::of_turns(bulk, &ours, &raw, "raw IndexedDB"), Figure::of_turns(bulk, &ours, &dexie, "Dexie")])
}

/// In a browser of their own: after a bulk write it tidies its disk up for a while. Whoever begins a turn ends the next one.
async fn single_writes(peers: &Peers) -> Result<Figure> {
    let browser = Browser::open(&peers.address()).await?;
    call(&browser, "/ours.js", "start", json!([])).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for turn in 0..=SINGLE_TURNS {
        let mut sides = [("ours", &mut ours), ("raw", &mut raw)];
        if turn % 2 == 1 {
            sides.reverse();
        }
        for (side, took) in sides {
            let args = json!([format!("single-{side}-{turn}"), SINGLE_WRITES]);
            let each = numbers(&call(&browser, &format!("/{side}.js"), "singleWrites", args).await?);
            if turn > 0 {
                // The clock of a page ticks every tenth of a millisecond: one write alone is not measured with it.
                took.push(each.iter().sum::<f64>() / each.len() as f64);
            }
        }
    }
    Ok(Figure::of_turns("one confirmed write", &ours, &raw, "raw IndexedDB"))
}

async fn cold_starts(peers: &Peers) -> Result<Figure> {
    let mut here = seeded(peers, "ours", "cold", &[RECORDS, FACTS]).await?;
    let mut there = seeded(peers, "dexie", "cold", &[RECORDS, FACTS]).await?;
    let (mut ours, mut dexie) = (Vec::new(), Vec::new());
    let mut checks = Vec::new();
    for _ in 0..TURNS {
        for (side, browser, took) in [("ours", &mut here, &mut ours), ("dexie", &mut there, &mut dexie)] {
            let outcome = cold(browser, side, "cold").await?;
            ensure!(outcome.1 == f64::from(RECORDS), "{side} found {} records", outcome.1);
            took.push(outcome.0);
            checks.push(outcome.2);
        }
    }
    ensure!(checks.windows(2).all(|two| two[0] == two[1]), "the sides do not agree: {checks:?}");
    Ok(Figure::of_turns("cold start with 10,000 records and 50,000 facts", &ours, &dexie, "Dexie"))
}

/// A browser of its own with a side's database in it, closed: what else lies in an origin takes part in opening any of it, and
/// a phone has one side only.
pub(crate) async fn seeded(peers: &Peers, side: &str, database: &str, of: &[u32]) -> Result<Browser> {
    let mut browser = Browser::open(&peers.address()).await?;
    let args = std::iter::once(json!(database)).chain(of.iter().map(|count| json!(count))).collect();
    call(&browser, &format!("/{side}.js"), "seed", Value::Array(args)).await?;
    browser.close().await?;
    Ok(browser)
}

/// Starts the browser and opens a database: milliseconds, records, check. The side's code is loaded before the clock starts, on
/// every side.
pub(crate) async fn cold(browser: &mut Browser, side: &str, database: &str) -> Result<(f64, f64, String)> {
    browser.start().await?;
    browser.go("/").await?;
    let module = format!("/{side}.js");
    if side == "ours" {
        call(browser, &module, "start", json!([])).await?;
    } else {
        browser.run_async("const [m, done] = arguments; import(m).then(() => done(1))", vec![json!(module)]).await?;
    }
    let outcome = call(browser, &module, "coldStart", json!([database])).await?;
    let figure = |at: usize| outcome.get(at).and_then(Value::as_f64).context("no figure");
    let check = outcome.get(2).and_then(Value::as_str).unwrap_or_default().to_owned();
    browser.close().await?;
    Ok((figure(0)?, figure(1)?, check))
}

/// Each turn has a new endpoint, new databases on both sides, and a browser that starts anew.
async fn network(peers: &Peers, pages: &Path) -> Result<Vec<Figure>> {
    let visit = json!({
        "shop": "1", "person": REP.login, "planned": true, "template": "distribution:1", "must_sell": [],
        "check_in": {"at": 1_780_000_000_000_i64},
    });
    let mut took: [Vec<f64>; 5] = Default::default();
    for turn in 0..NETWORK_TURNS {
        let endpoint = Endpoint::start(pages).await?;
        let mut browser = Browser::open(&endpoint.address()).await?;
        let sign_in = async |browser: &Browser, person: Person| {
            call(browser, "/ours.js", "signIn", json!([person.login, person.password])).await
        };
        let session = sign_in(&browser, REP).await?;
        let up = call(&browser, "/ours.js", "pushAll", json!([session, visit.to_string(), RECORDS])).await?;
        for (took, ms) in took[3..].iter_mut().zip(numbers(&up)) {
            took.push(ms);
        }
        let session = sign_in(&browser, SUPERVISOR).await?;
        took[0].push(number(&browser, "/ours.js", "pullAll", json!([session, RECORDS])).await?);
        browser.close().await?;
        let mut browser = Browser::open(&peers.address()).await?;
        let (here, there) = (format!("down-{turn}"), format!("up-{turn}"));
        took[1].push(number(&browser, "/pouch.js", "pushAll", json!([there, RECORDS])).await?);
        took[2].push(number(&browser, "/pouch.js", "pullAll", json!([here, there, RECORDS])).await?);
        browser.close().await?;
    }
    let [down, up_theirs, down_theirs, up, back] = took;
    let peer_name = "PouchDB with express-pouchdb";
    Ok(vec![
        Figure::of_turns("10,000 records up", &up, &up_theirs, peer_name),
        Figure::of_turns("up and read back, 10,000 records", &back, &up_theirs, peer_name),
        Figure::of_turns("10,000 records down", &down, &down_theirs, peer_name),
    ])
}

const REP: Person = Person { login: "rep", password: "bench-rep" };
const SUPERVISOR: Person = Person { login: "sup", password: "bench-sup" };

/// A real endpoint with a small organisation, which serves the pages as its app.
struct Endpoint {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Endpoint {
    async fn start(pages: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix("aisle-bench-endpoint-")?;
        let data = folder.path().join("data");
        let tables = [
            ("territories.csv", "id,name,parent\nnorth,North,\n".to_owned()),
            (
                "people.csv",
                format!(
                    "id,login,password,name,role,territory\n{0},{0},{1},Rep,rep,north\n{2},{2},{3},Sup,supervisor,north\n",
                    REP.login, REP.password, SUPERVISOR.login, SUPERVISOR.password
                ),
            ),
            (
                "shops.csv",
                "id,name,address,city,territory,channel,tier,rep\n1,Shop,1 Main,Town,north,kiosk,A,rep\n".to_owned(),
            ),
        ];
        let run = |command: &mut Command| -> Result<()> {
            let output = command.arg("--data").arg(&data).output().context("cannot run the endpoint")?;
            ensure!(output.status.success(), "the endpoint says: {}", String::from_utf8_lossy(&output.stderr));
            Ok(())
        };
        let server = setting::server()?;
        run(Command::new(&server).args(["init", "--name", "Bench", "--currency", "USD"]))?;
        let mut import = Command::new(&server);
        import.arg("import");
        for (name, text) in tables {
            let file = folder.path().join(name);
            fs::write(&file, text)?;
            import.arg(file);
        }
        run(&mut import)?;
        let port = free_port()?;
        let mut serve = Command::new(&server);
        serve.arg("serve").arg("--data").arg(&data).arg("--app").arg(pages);
        serve.arg("--listen").arg(format!("127.0.0.1:{port}"));
        let child = serve.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("cannot start the endpoint")?;
        let endpoint = Self { child, port, _folder: folder };
        eventually("the endpoint to listen", async || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())).await?;
        Ok(endpoint)
    }

    fn address(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // Its data are thrown away with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
