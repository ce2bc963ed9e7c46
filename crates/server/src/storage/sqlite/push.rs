//! Taking mutations: one transaction for the whole push; a refused mutation does not undo its neighbours.

use super::log::{self, Log};
use super::plans;
use super::writer::Writer;
use super::{db_int, from_db, visits};
use crate::access::{Actor, ShopFacts};
use crate::apply::{self, Decision, Handing, Known};
use crate::history::{self, Past};
use crate::plan::{self, Place};
use crate::storage::audit::Entry;
use crate::storage::{FILE_DEVICE, Moment, PushOutcome, StorageError};
use aisle_protocol::mutation::{DeviceId, Hash, Mutation};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::sync::{PushConflict, PushRequest, PushResult, PushStatus, RejectCode};
use serde_json::Value;
use sqlx::{Row, SqliteConnection};
use std::collections::HashSet;

/// Where a device stands.
struct Standing {
    last_n: u64,
    last_hash: Hash,
}

pub(super) async fn push(
    db: &mut SqliteConnection,
    actor: &Actor,
    request: &PushRequest,
    at: Moment,
) -> Result<PushOutcome, StorageError> {
    let Some(standing) = standing(db, actor, &request.device).await? else { return Ok(PushOutcome::NotYourDevice) };
    if let Some(first) = request.muts.first()
        && first.n > standing.last_n + 1
    {
        return Ok(PushOutcome::Conflict(PushConflict::Expect(standing.last_n + 1)));
    }
    let (repeated, fresh): (Vec<_>, Vec<_>) = request.muts.iter().partition(|m| m.n <= standing.last_n);
    let Some(mut results) = log::replayed(db, &request.device, &repeated).await? else {
        return Ok(PushOutcome::Conflict(PushConflict::DeviceForked));
    };
    let mut last_hash = &standing.last_hash;
    for mutation in &fresh {
        if mutation.prev != *last_hash {
            return Ok(PushOutcome::Conflict(PushConflict::DeviceForked));
        }
        last_hash = &mutation.hash;
    }
    let last = fresh.last().map_or(standing.last_n, |m| m.n);
    let last_hash = last_hash.clone();

    let mut known = Log::about(db, fresh.iter().copied()).await?;
    let mut writer = Writer::begin(db, at.today).await?;
    look_up(&mut writer, fresh.iter().copied()).await?;
    let mut log = Vec::with_capacity(fresh.len());
    for mutation in fresh {
        let result = match known.earlier(actor, mutation)? {
            Some(result) => result,
            None => take(&mut writer, actor, &request.device, mutation, at).await?,
        };
        writer.audit(Entry {
            at: at.now,
            actor: actor.person.to_string(),
            action: format!("push.{}", word(result.st)),
            subject: mutation.rec.to_string(),
            detail: format!("{} n={} {}", request.device, mutation.n, code_word(result.code.as_ref())),
        });
        known.add(mutation);
        log.push((mutation, result.clone()));
        results.push(result);
    }
    let planned = log.iter().filter(|(_, result)| result.rev.is_some()).map(|(m, _)| (&m.rec.kind, &m.patch));
    plans::after(&mut writer, planned).await?;
    log::save(writer.db(), actor, &request.device, &log, at).await?;
    set_standing(writer.db(), &request.device, last, &last_hash).await?;
    writer.finish().await?;
    Ok(PushOutcome::Taken { last, results })
}

pub(super) async fn hand_in(
    db: &mut SqliteConnection,
    author: &Actor,
    by: &str,
    device: &DeviceId,
    muts: &[Mutation],
    at: Moment,
) -> Result<Vec<PushResult>, StorageError> {
    // What the phone itself may still push goes on under its own name; what a file brings is counted apart.
    let log_as = DeviceId(format!("{FILE_DEVICE}{}:{device}", author.person));
    let standing = standing(db, author, &log_as).await?;
    let standing = standing.ok_or_else(|| StorageError::Corrupt(format!("device {log_as} is somebody else's")))?;
    let (mut last_n, mut last_hash) = (standing.last_n, standing.last_hash);
    let mut known = Log::about(db, muts.iter()).await?;
    let mut writer = Writer::begin(db, at.today).await?;
    look_up(&mut writer, muts.iter()).await?;
    let mut results = Vec::with_capacity(muts.len());
    let mut taken: Vec<(Mutation, PushResult)> = Vec::new();
    for mutation in muts {
        if let Some(result) = known.earlier(author, mutation)? {
            results.push(result);
            continue;
        }
        let result = take(&mut writer, author, device, mutation, at).await?;
        writer.audit(Entry {
            at: at.now,
            actor: by.to_owned(),
            action: format!("import.{}", word(result.st)),
            subject: mutation.rec.to_string(),
            detail: format!("{} {device} n={} {}", author.person, mutation.n, code_word(result.code.as_ref())),
        });
        let logged = Mutation { n: last_n + 1, prev: last_hash, ..mutation.clone() }.sealed();
        (last_n, last_hash) = (logged.n, logged.hash.clone());
        known.add(mutation);
        taken.push((logged, PushResult { n: last_n, ..result.clone() }));
        results.push(result);
    }
    let log: Vec<(&Mutation, PushResult)> = taken.iter().map(|(m, result)| (m, result.clone())).collect();
    log::save(writer.db(), author, &log_as, &log, at).await?;
    set_standing(writer.db(), &log_as, last_n, &last_hash).await?;
    writer.finish().await?;
    Ok(results)
}

async fn set_standing(
    db: &mut SqliteConnection,
    device: &DeviceId,
    last_n: u64,
    last_hash: &Hash,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE device SET last_n = ?, last_hash = ? WHERE id = ?")
        .bind(db_int(last_n))
        .bind(&last_hash.0)
        .bind(&device.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The device's standing; a device belongs to the first person that uses it. `None` when that is somebody else.
async fn standing(
    db: &mut SqliteConnection,
    actor: &Actor,
    device: &DeviceId,
) -> Result<Option<Standing>, StorageError> {
    sqlx::query("INSERT OR IGNORE INTO device (id, person, last_n, last_hash) VALUES (?, ?, 0, '')")
        .bind(&device.0)
        .bind(actor.person.as_str())
        .execute(&mut *db)
        .await?;
    let row =
        sqlx::query("SELECT person, last_n, last_hash FROM device WHERE id = ?").bind(&device.0).fetch_one(db).await?;
    if row.try_get::<String, _>("person")? != actor.person.as_str() {
        return Ok(None);
    }
    Ok(Some(Standing { last_n: from_db(row.try_get("last_n")?), last_hash: Hash(row.try_get("last_hash")?) }))
}

/// Reads the records that mutations name in one statement instead of one for each.
async fn look_up<'a>(writer: &mut Writer<'_>, muts: impl Iterator<Item = &'a Mutation>) -> Result<(), StorageError> {
    let mut named = HashSet::new();
    for mutation in muts {
        named.insert(mutation.rec.clone());
        named.extend(apply::visit_named(mutation));
    }
    writer.look_up(named).await
}

async fn take(
    writer: &mut Writer<'_>,
    actor: &Actor,
    device: &DeviceId,
    mutation: &Mutation,
    at: Moment,
) -> Result<PushResult, StorageError> {
    let current = writer.record(&mutation.rec).await?.cloned();
    let visit = match apply::visit_named(mutation) {
        Some(rec) => writer.record(&rec).await?.cloned(),
        None => None,
    };
    let work = match &visit {
        Some(visit) if mutation.rec.kind == Kind::Amendment => {
            let id = mutation.patch.get("visit").and_then(Value::as_str).unwrap_or_default();
            Some(visits::work(writer, id, visit).await?)
        }
        _ => None,
    };
    let beside = plans::beside(writer, mutation).await?;
    let shop = match plan::place_of(&mutation.rec.kind, &mutation.patch) {
        Some(Place::Territory(id)) => Some(ShopFacts::territory(id)),
        Some(Place::Shop(id)) => writer.shop(&id).await?.cloned(),
        None => match apply::shop_of(mutation, current.as_ref(), visit.as_ref()) {
            Some(id) => writer.shop(&id).await?.cloned(),
            None => None,
        },
    };
    let known = Known {
        current: current.as_ref(),
        visit: visit.as_ref(),
        work: work.as_ref(),
        shop: shop.as_ref(),
        beside: beside.as_ref(),
    };
    let done = |st, rev, code, server| PushResult { n: mutation.n, st, rev, code, server };
    let handing = Handing { actor, device, today: at.today };
    Ok(match apply::decide(&handing, mutation, known) {
        Decision::Reject(code) => done(PushStatus::Rejected, None, Some(code), None),
        Decision::Refuse { code, detail } => done(PushStatus::Rejected, None, Some(code), Some(detail)),
        Decision::Write { record, also, past } => {
            let unchanged = current.as_ref().is_some_and(|before| before.fields == record.fields);
            let rev = match &current {
                Some(before) if unchanged => before.rev,
                _ => writer.write(mutation.rec.clone(), record),
            };
            for (rec, stored) in also {
                writer.write(rec, stored);
            }
            write_history(writer, &past, rev, at).await?;
            match history::stood_against(&past) {
                None => done(PushStatus::Ok, Some(rev), None, None),
                server => done(PushStatus::Conflict, Some(rev), None, server),
            }
        }
    })
}

/// Writes what lost as records of history, where the records they are about are seen.
async fn write_history(writer: &mut Writer<'_>, past: &[Past], rev: u64, at: Moment) -> Result<(), StorageError> {
    for (index, one) in past.iter().enumerate() {
        let rec: &RecordRef = &one.rec;
        let Some(about) = writer.record(rec).await?.cloned() else { continue };
        let (rec, stored) = history::record(one, &about, rev, index, at.now);
        writer.write(rec, stored);
    }
    Ok(())
}

fn word(status: PushStatus) -> &'static str {
    match status {
        PushStatus::Ok => "ok",
        PushStatus::Dup => "dup",
        PushStatus::Conflict => "conflict",
        PushStatus::Rejected => "rejected",
    }
}

/// The word of a refusal on the wire.
fn code_word(code: Option<&RejectCode>) -> String {
    let value = code.and_then(|code| serde_json::to_value(code).ok());
    value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}
