//! The log of mutations: what was taken, from whom, and what became of it. Exactly once means once for each mutation id.

use super::rows::{self, Cell};
use super::{db_int, from_db, json, parse_json};
use crate::access::Actor;
use crate::storage::{Moment, StorageError};
use aisle_protocol::mutation::{DeviceId, Mutation, MutationId};
use aisle_protocol::sync::{PushResult, PushStatus, RejectCode};
use sqlx::{Row, SqliteConnection};
use std::collections::{HashMap, HashSet};

/// What the log says about mutations that are handed in now.
pub(super) struct Log {
    before: HashMap<String, Taken>,
    now: HashSet<MutationId>,
}

/// A mutation that was taken before.
struct Taken {
    person: String,
    body: String,
    result: String,
}

impl Log {
    /// Looks all of them up at once.
    pub(super) async fn about<'a>(
        db: &mut SqliteConnection,
        muts: impl Iterator<Item = &'a Mutation>,
    ) -> Result<Self, StorageError> {
        let ids: Vec<&MutationId> = muts.map(|m| &m.id).collect();
        let rows = sqlx::query(
            "SELECT m.id, m.person, m.body, m.result FROM json_each(?) AS j CROSS JOIN mutation AS m ON m.id = j.value
             ORDER BY m.received_at, m.n",
        )
        .bind(json(&ids)?)
        .fetch_all(db)
        .await?;
        let mut before = HashMap::with_capacity(rows.len());
        for row in rows {
            let taken =
                Taken { person: row.try_get("person")?, body: row.try_get("body")?, result: row.try_get("result")? };
            before.entry(row.try_get("id")?).or_insert(taken);
        }
        Ok(Self { before, now: HashSet::new() })
    }

    /// Notes that one is taken now.
    pub(super) fn add(&mut self, mutation: &Mutation) {
        self.now.insert(mutation.id.clone());
    }

    /// The result of the same mutation handed in before under another device id, as after a fork. The id with another
    /// content is refused.
    pub(super) fn earlier(&self, actor: &Actor, mutation: &Mutation) -> Result<Option<PushResult>, StorageError> {
        let refused = PushResult {
            n: mutation.n,
            st: PushStatus::Rejected,
            rev: None,
            code: Some(RejectCode::Invalid),
            server: None,
        };
        if self.now.contains(&mutation.id) {
            return Ok(Some(refused));
        }
        let Some(taken) = self.before.get(&mutation.id.0) else { return Ok(None) };
        let other: Mutation = parse_json(&taken.body)?;
        let same = (other.op, &other.rec, &other.patch, other.at)
            == (mutation.op, &mutation.rec, &mutation.patch, mutation.at);
        if taken.person != actor.person.as_str() || !same {
            return Ok(Some(refused));
        }
        Ok(Some(repeated(parse_json(&taken.result)?, mutation.n)))
    }
}

/// The stored results of mutations that were taken before; `None` when something else was taken under one of their
/// numbers.
pub(super) async fn replayed(
    db: &mut SqliteConnection,
    device: &DeviceId,
    muts: &[&Mutation],
) -> Result<Option<Vec<PushResult>>, StorageError> {
    if muts.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let numbers: Vec<i64> = muts.iter().map(|m| db_int(m.n)).collect();
    let rows =
        sqlx::query("SELECT n, hash, result FROM mutation WHERE device = ? AND n IN (SELECT value FROM json_each(?))")
            .bind(&device.0)
            .bind(json(&numbers)?)
            .fetch_all(db)
            .await?;
    let mut stored = HashMap::with_capacity(rows.len());
    for row in rows {
        let taken: (String, String) = (row.try_get("hash")?, row.try_get("result")?);
        stored.insert(from_db(row.try_get("n")?), taken);
    }
    let mut results = Vec::with_capacity(muts.len());
    for mutation in muts {
        match stored.get(&mutation.n) {
            Some((hash, result)) if *hash == mutation.hash.0 => {
                results.push(repeated(parse_json(result)?, mutation.n));
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(results))
}

/// A stored result, told again: what took effect is a repetition, a conflict or refusal stays what it was.
fn repeated(mut result: PushResult, n: u64) -> PushResult {
    result.n = n;
    if result.st == PushStatus::Ok {
        result.st = PushStatus::Dup;
    }
    result
}

/// Keeps mutations with their results.
pub(super) async fn save(
    db: &mut SqliteConnection,
    actor: &Actor,
    device: &DeviceId,
    log: &[(&Mutation, PushResult)],
    at: Moment,
) -> Result<(), StorageError> {
    let mut texts = Vec::with_capacity(log.len());
    for (m, result) in log {
        texts.push((json(result)?, json(m)?));
    }
    let rows: Vec<_> = log
        .iter()
        .zip(&texts)
        .map(|((m, _), (result, body))| {
            [
                Cell::from(&device.0),
                Cell::from(m.n),
                Cell::from(&m.id.0),
                Cell::Text(actor.person.as_str()),
                Cell::from(&m.hash.0),
                Cell::from(result),
                Cell::Int(at.now),
                Cell::Int(m.at),
                Cell::from(body),
            ]
        })
        .collect();
    let into = "mutation (device, n, id, person, hash, result, received_at, device_at, body)";
    rows::insert(db, into, "", &rows).await
}
