//! What is known of photos' bytes. The bytes themselves are `crate::blobs`' business.

use super::writer::append_audit;
use super::{db_int, from_db, load_record, shop_facts};
use crate::storage::audit::Entry;
use crate::storage::{BlobRow, PhotoRecord, StorageError};
use aisle_domain::PersonId;
use aisle_protocol::record::{Kind, RecordRef};
use sqlx::{Row, SqliteConnection, SqlitePool};

pub(super) async fn photo(db: &SqlitePool, id: &str) -> Result<Option<PhotoRecord>, StorageError> {
    let mut tx = db.begin().await?;
    let Some(photo) = load_record(&mut tx, &RecordRef::new(Kind::Photo, id)).await? else { return Ok(None) };
    let shop = match &photo.shop {
        Some(shop) => load_record(&mut tx, &RecordRef::new(Kind::Shop, shop.as_str())).await?,
        None => None,
    };
    let shop = shop.map(|stored| shop_facts(&stored.fields)).transpose()?;
    Ok(Some(PhotoRecord { shop, owner: photo.owner, by_auditor: photo.by_auditor, fields: photo.fields }))
}

pub(super) async fn blob(db: &SqlitePool, id: &str) -> Result<Option<BlobRow>, StorageError> {
    let row = sqlx::query("SELECT * FROM blob WHERE id = ?").bind(id).fetch_optional(db).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(BlobRow {
        id: row.try_get("id")?,
        owner: PersonId::new(row.try_get::<String, _>("owner")?),
        sha256: row.try_get("sha256")?,
        length: from_db(row.try_get("length")?),
        mime: row.try_get("mime")?,
        published: row.try_get::<String, _>("state")? == "published",
        created: row.try_get("created")?,
    }))
}

pub(super) async fn begin(db: &SqlitePool, blob: &BlobRow) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO blob (id, owner, sha256, length, mime, state, created) VALUES (?, ?, ?, ?, ?, 'open', ?)
         ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, sha256 = excluded.sha256, length = excluded.length,
             mime = excluded.mime, created = excluded.created WHERE state = 'open'",
    )
    .bind(&blob.id)
    .bind(blob.owner.as_str())
    .bind(&blob.sha256)
    .bind(db_int(blob.length))
    .bind(&blob.mime)
    .bind(blob.created)
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn publish(db: &mut SqliteConnection, id: &str, now: i64) -> Result<(), StorageError> {
    let row =
        sqlx::query("UPDATE blob SET state = 'published' WHERE id = ? AND state = 'open' RETURNING owner, sha256")
            .bind(id)
            .fetch_optional(&mut *db)
            .await?;
    let Some(row) = row else { return Ok(()) };
    let entry = Entry {
        at: now,
        actor: row.try_get("owner")?,
        action: "blob.publish".to_owned(),
        subject: format!("photo/{id}"),
        detail: row.try_get("sha256")?,
    };
    append_audit(db, vec![entry]).await
}

pub(super) async fn drop(db: &SqlitePool, id: &str) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM blob WHERE id = ? AND state = 'open'").bind(id).execute(db).await?;
    Ok(())
}

pub(super) async fn stale(db: &SqlitePool, before: i64) -> Result<Vec<String>, StorageError> {
    let rows =
        sqlx::query("SELECT id FROM blob WHERE state = 'open' AND created < ?").bind(before).fetch_all(db).await?;
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}
