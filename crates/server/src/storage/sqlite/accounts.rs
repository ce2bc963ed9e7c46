//! Accounts and sessions.

use super::writer::append_audit;
use crate::access::Actor;
use crate::storage::audit::Entry;
use crate::storage::{Account, OpenSession, SessionLimits, SessionRow, StorageError};
use aisle_domain::org::Role;
use aisle_domain::{PersonId, TerritoryId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};
use std::collections::BTreeSet;

/// A session's last use is written down no more often than this, milliseconds.
const TOUCH_EVERY: i64 = 60_000;

fn account(row: &SqliteRow) -> Result<Account, StorageError> {
    Ok(Account {
        person: PersonId::new(row.try_get::<String, _>("id")?),
        login: row.try_get("login")?,
        name: row.try_get("name")?,
        role: role(row)?,
        territory: TerritoryId::new(row.try_get::<String, _>("territory")?),
        password_hash: row.try_get("password_hash")?,
        active: row.try_get("active")?,
    })
}

fn role(row: &SqliteRow) -> Result<Role, StorageError> {
    let word: String = row.try_get("role")?;
    Role::parse(&word).ok_or_else(|| StorageError::Corrupt(format!("role {word:?}")))
}

pub(super) async fn by_login(db: &SqlitePool, login: &str) -> Result<Option<Account>, StorageError> {
    let row = sqlx::query("SELECT * FROM person WHERE login = ?").bind(login).fetch_optional(db).await?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn by_id(db: &mut SqliteConnection, person: &PersonId) -> Result<Option<Account>, StorageError> {
    let row = sqlx::query("SELECT * FROM person WHERE id = ?").bind(person.as_str()).fetch_optional(db).await?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn all(db: &SqlitePool) -> Result<Vec<Account>, StorageError> {
    let rows = sqlx::query("SELECT * FROM person ORDER BY id").fetch_all(db).await?;
    rows.iter().map(account).collect()
}

pub(super) async fn open_session(
    db: &mut SqliteConnection,
    token_hash: &str,
    person: &PersonId,
    now: i64,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO session (token_hash, person, created, last_seen) VALUES (?, ?, ?, ?)")
        .bind(token_hash)
        .bind(person.as_str())
        .bind(now)
        .bind(now)
        .execute(&mut *db)
        .await?;
    append_audit(db, vec![entry(now, person.as_str(), "session.open")]).await
}

pub(super) async fn end_session(db: &mut SqliteConnection, token_hash: &str, now: i64) -> Result<(), StorageError> {
    let row = sqlx::query("DELETE FROM session WHERE token_hash = ? RETURNING person")
        .bind(token_hash)
        .fetch_optional(&mut *db)
        .await?;
    match row {
        Some(row) => {
            let person: String = row.try_get("person")?;
            append_audit(db, vec![entry(now, &person, "session.end")]).await
        }
        None => Ok(()),
    }
}

/// How much of a token's digest names a session.
const NAME: i64 = 12;

pub(super) async fn sessions(
    db: &SqlitePool,
    person: Option<&PersonId>,
    limits: SessionLimits,
    now: i64,
) -> Result<Vec<SessionRow>, StorageError> {
    let rows = sqlx::query(
        "SELECT substr(s.token_hash, 1, ?1) AS name, s.person, s.created, s.last_seen
         FROM session AS s JOIN person AS p ON p.id = s.person
         WHERE (?2 IS NULL OR s.person = ?2) AND p.active = 1 AND s.last_seen > ?3 AND s.created > ?4
         ORDER BY s.last_seen DESC, s.token_hash",
    )
    .bind(NAME)
    .bind(person.map(|person| person.as_str().to_owned()))
    .bind(now - limits.idle)
    .bind(now - limits.absolute)
    .fetch_all(db)
    .await?;
    let row = |row: &SqliteRow| {
        let person = PersonId::new(row.try_get::<String, _>("person")?);
        let (created, last_seen) = (row.try_get("created")?, row.try_get("last_seen")?);
        Ok(SessionRow { name: row.try_get("name")?, person, created, last_seen })
    };
    rows.iter().map(row).collect()
}

pub(super) async fn revoke_sessions(
    db: &mut SqliteConnection,
    person: &PersonId,
    name: Option<&str>,
    entry: Entry,
) -> Result<u64, StorageError> {
    let ended =
        sqlx::query("DELETE FROM session WHERE person = ?1 AND (?2 IS NULL OR substr(token_hash, 1, length(?2)) = ?2)")
            .bind(person.as_str())
            .bind(name)
            .execute(&mut *db)
            .await?;
    append_audit(db, vec![entry]).await?;
    Ok(ended.rows_affected())
}

fn entry(at: i64, person: &str, action: &str) -> Entry {
    let subject = format!("person/{person}");
    Entry { at, actor: person.to_owned(), action: action.to_owned(), subject, detail: String::new() }
}

pub(super) async fn session(
    read: &SqlitePool,
    write: &SqlitePool,
    token_hash: &str,
    limits: SessionLimits,
    now: i64,
) -> Result<Option<OpenSession>, StorageError> {
    let row = sqlx::query(
        "SELECT p.id, p.name, p.role, p.territory, s.last_seen FROM session AS s JOIN person AS p ON p.id = s.person
         WHERE s.token_hash = ? AND p.active = 1 AND s.last_seen > ? AND s.created > ?",
    )
    .bind(token_hash)
    .bind(now - limits.idle)
    .bind(now - limits.absolute)
    .fetch_optional(read)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if now - row.try_get::<i64, _>("last_seen")? >= TOUCH_EVERY {
        let touched = sqlx::query("UPDATE session SET last_seen = ? WHERE token_hash = ?")
            .bind(now)
            .bind(token_hash)
            .execute(write)
            .await;
        // While a long import holds the store, the next request notes it.
        match touched.map_err(StorageError::from) {
            Ok(_) | Err(StorageError::Busy) => {}
            Err(error) => return Err(error),
        }
    }
    let role = role(&row)?;
    let reach = reach(read, role, &row.try_get::<String, _>("territory")?).await?;
    let actor = Actor { person: PersonId::new(row.try_get::<String, _>("id")?), role, reach };
    Ok(Some(OpenSession { actor, name: row.try_get("name")? }))
}

/// A person as authorisation sees them.
pub(super) async fn actor(db: &SqlitePool, person: &PersonId) -> Result<Option<Actor>, StorageError> {
    let row = sqlx::query("SELECT role, territory FROM person WHERE id = ? AND active = 1")
        .bind(person.as_str())
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role = role(&row)?;
    let reach = reach(db, role, &row.try_get::<String, _>("territory")?).await?;
    Ok(Some(Actor { person: person.clone(), role, reach }))
}

/// A person as authorisation sees them, whether or not the account is in use.
pub(super) async fn author(db: &SqlitePool, person: &PersonId) -> Result<Option<Actor>, StorageError> {
    let row =
        sqlx::query("SELECT role, territory FROM person WHERE id = ?").bind(person.as_str()).fetch_optional(db).await?;
    let Some(row) = row else { return Ok(None) };
    let role = role(&row)?;
    let reach = reach(db, role, &row.try_get::<String, _>("territory")?).await?;
    Ok(Some(Actor { person: person.clone(), role, reach }))
}

/// The territories a role reaches. A circle in the tree ends the walk, it does not hang it.
async fn reach(db: &SqlitePool, role: Role, territory: &str) -> Result<BTreeSet<TerritoryId>, StorageError> {
    let rows = if role == Role::Admin {
        sqlx::query("SELECT id FROM record WHERE kind = 'territory' AND deleted = 0").fetch_all(db).await?
    } else {
        sqlx::query(
            "WITH RECURSIVE below (id) AS (
                 SELECT id FROM record WHERE kind = 'territory' AND id = ? AND deleted = 0
                 UNION
                 SELECT r.id FROM record AS r JOIN below ON r.v->>'parent' = below.id
                 WHERE r.kind = 'territory' AND r.deleted = 0
             ) SELECT id FROM below",
        )
        .bind(territory)
        .fetch_all(db)
        .await?
    };
    rows.iter().map(|row| Ok(TerritoryId::new(row.try_get::<String, _>("id")?))).collect()
}
