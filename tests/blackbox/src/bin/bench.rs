//! What a push costs beside bare inserts of the same bytes, and what 1,000 devices cost in memory. Prints the measured
//! figures as one JSON object; `cargo xtask bench endpoint` makes a table of them.
//!
//! Both sides run on the same disk, one after the other, with the same durability (WAL, `synchronous=FULL`) and the same
//! batches: a push is one transaction of [`BATCH`] mutations, and so is a batch of bare inserts, one row a mutation by a
//! prepared statement. Ours takes HTTP, JSON, session, authorisation, digests, feed, log and audit chain on top.

use aisle_blackbox::device::Device;
use aisle_blackbox::endpoint::Endpoint;
use aisle_blackbox::http::Client;
use aisle_protocol::mutation::Mutation;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::time::Instant;
use tokio::net::TcpStream;

const PHONES: usize = 20;
/// Pushes of each phone.
const PUSHES: usize = 30;
/// Mutations in a push: a visit with its answers and the check-out.
const BATCH: usize = 25;
/// Devices of the measurement of memory.
const DEVICES: usize = 1_000;

#[tokio::main]
async fn main() -> Result<()> {
    let mut endpoint = Endpoint::start(PHONES, "south").await?;
    let idle = endpoint.memory()?;
    let (requests, bodies) = work(&endpoint).await?;
    let ours = push(requests).await?;
    let peer = insert(&endpoint, &bodies).await?;
    let (resident, peak) = crowd(&mut endpoint).await?;
    let bytes: usize = bodies.iter().flatten().map(String::len).sum();
    let figures = json!({
        "pushes": PHONES * PUSHES, "batch": BATCH, "bytes": bytes, "ours_per_s": ours, "peer_per_s": peer,
        "idle_bytes": idle.0, "resident_bytes": resident, "peak_bytes": peak, "devices": DEVICES,
    });
    println!("{figures}");
    Ok(())
}

/// Every phone's pushes, made before the clock runs, and the same mutations as text.
async fn work(endpoint: &Endpoint) -> Result<(Vec<(Client, Vec<Value>)>, Vec<Vec<String>>)> {
    let (mut all, mut bodies) = (Vec::new(), Vec::new());
    for phone in 1..=PHONES {
        let client = endpoint.sign_in(&format!("r{phone}")).await?;
        let mut device = Device::new(&format!("bench-{phone}"));
        let mut requests = Vec::new();
        for push in 0..PUSHES {
            let muts = visit(&mut device, &format!("b{phone}-{push}"), phone, BATCH);
            bodies.push(muts.iter().map(serde_json::to_string).collect::<Result<_, _>>()?);
            requests.push(device.request(muts));
        }
        all.push((client, requests));
    }
    Ok((all, bodies))
}

/// A visit of so many mutations.
fn visit(device: &mut Device, id: &str, phone: usize, mutations: usize) -> Vec<Mutation> {
    let mut muts = vec![device.visit(id, &format!("r{phone}"), &format!("n{phone}"))];
    for i in 2..mutations {
        muts.push(device.answer(&format!("{id}-{i}"), id, "the shelf is full, the price tag is missing"));
    }
    muts.push(device.check_out(id));
    muts
}

/// Pushes a second, all phones at the same time.
async fn push(all: Vec<(Client, Vec<Value>)>) -> Result<f64> {
    let began = Instant::now();
    let phones: Vec<_> = all
        .into_iter()
        .map(|(client, requests)| {
            tokio::spawn(async move {
                for request in requests {
                    let answer = client.post("/v1/push", &request).await?;
                    ensure!(answer.status == 200 && !answer.text().contains("rejected"), "{}", answer.text());
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for phone in phones {
        phone.await??;
    }
    Ok((PHONES * PUSHES) as f64 / began.elapsed().as_secs_f64())
}

/// Batches of bare inserts a second.
async fn insert(endpoint: &Endpoint, bodies: &[Vec<String>]) -> Result<f64> {
    let options = SqliteConnectOptions::new()
        .filename(endpoint.data().join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut db = SqliteConnection::connect_with(&options).await?;
    sqlx::query("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT NOT NULL)").execute(&mut db).await?;
    let began = Instant::now();
    for batch in bodies {
        let mut tx = db.begin().await?;
        for body in batch {
            sqlx::query("INSERT INTO bare (body) VALUES (?)").bind(body).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    let per_second = bodies.len() as f64 / began.elapsed().as_secs_f64();
    db.close().await?;
    Ok(per_second)
}

/// Memory after 1,000 devices have each pushed a visit and read their feed, while 1,000 connections stand open: now, and at
/// its highest.
async fn crowd(endpoint: &mut Endpoint) -> Result<(u64, u64)> {
    let mut open = Vec::new();
    for _ in 0..DEVICES {
        open.push(TcpStream::connect(endpoint.address()).await?);
    }
    let mut phones = Vec::new();
    for phone in 1..=PHONES {
        let client = endpoint.sign_in(&format!("r{phone}")).await?;
        phones.push(tokio::spawn(async move {
            for i in 0..DEVICES / PHONES {
                let id = format!("crowd-{phone}-{i}");
                let mut device = Device::new(&id);
                let muts = visit(&mut device, &format!("{id}-v"), phone, 10);
                let answer = client.post("/v1/push", &device.request(muts)).await?;
                ensure!(answer.status == 200, "{}", answer.text());
                let page = client.get(&format!("/v1/pull?device={id}&limit=1000")).await?;
                ensure!(page.status == 200, "{}", page.text());
            }
            anyhow::Ok(())
        }));
    }
    for phone in phones {
        phone.await??;
    }
    let memory = endpoint.memory().context("memory")?;
    drop(open);
    Ok(memory)
}
