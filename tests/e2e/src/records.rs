//! What is in the endpoint's database and photo folder, read from outside.

use aisle_domain::visit::{Answer, Photo, Visit};
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use std::fs;
use std::path::{Path, PathBuf};

/// The records of an endpoint.
#[derive(Debug)]
pub struct Records {
    pool: SqlitePool,
    data: PathBuf,
}

impl Records {
    /// Opens the database in a data folder, to read.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open(data: &Path) -> Result<Self> {
        let files = fs::read_dir(data)?.flatten().map(|entry| entry.path());
        let is_database =
            |path: &PathBuf| path.extension().is_some_and(|e| matches!(e.to_str(), Some("db" | "sqlite")));
        let file = files.into_iter().find(is_database).context("the data folder holds no database")?;
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { pool, data: data.to_owned() })
    }

    /// Visits, with their ids.
    ///
    /// # Errors
    /// When the database cannot be read or holds something else.
    pub async fn visits(&self) -> Result<Vec<(String, Visit)>> {
        self.of_kind("visit").await
    }

    /// Answers, with their ids.
    ///
    /// # Errors
    /// When the database cannot be read or holds something else.
    pub async fn answers(&self) -> Result<Vec<(String, Answer)>> {
        self.of_kind("answer").await
    }

    /// Facts of photos, with their ids.
    ///
    /// # Errors
    /// When the database cannot be read or holds something else.
    pub async fn photos(&self) -> Result<Vec<(String, Photo)>> {
        self.of_kind("photo").await
    }

    /// Records of a kind, with their ids.
    ///
    /// # Errors
    /// When the database cannot be read or holds something else.
    pub async fn all<T: serde::de::DeserializeOwned>(&self, kind: &str) -> Result<Vec<(String, T)>> {
        self.of_kind(kind).await
    }

    /// How many shops there are, by the account of the rep they are assigned to.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn shops_of(&self, person: &str) -> Result<Vec<(String, aisle_domain::org::Shop)>> {
        let all: Vec<(String, aisle_domain::org::Shop)> = self.of_kind("shop").await?;
        let assigned = |shop: &aisle_domain::org::Shop| shop.assigned.iter().any(|a| a.person.as_str() == person);
        Ok(all.into_iter().filter(|(_, shop)| assigned(shop)).collect())
    }

    /// Mutations taken from devices: how many rows, how many different ids, how many were refused.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn mutations(&self) -> Result<Taken> {
        let sql = "SELECT count(*) AS rows, count(DISTINCT id) AS ids, \
                   count(*) FILTER (WHERE json_extract(result, '$.st') = 'rejected') AS refused FROM mutation";
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        Ok(Taken { rows: row.get("rows"), ids: row.get("ids"), refused: row.get("refused") })
    }

    /// The digest of a published photo's bytes as they are on the disk; `None` while it is not published.
    ///
    /// # Errors
    /// When it is said to be published but cannot be read.
    pub async fn published(&self, photo: &str) -> Result<Option<String>> {
        let sql = "SELECT sha256 FROM blob WHERE id = ? AND state = 'published'";
        let Some(row) = sqlx::query(sql).bind(photo).fetch_optional(&self.pool).await? else { return Ok(None) };
        let sha256: String = row.get("sha256");
        let file = self.data.join("blobs").join(sha256.get(..2).unwrap_or_default()).join(&sha256);
        let bytes = fs::read(&file).with_context(|| format!("a published photo has no {}", file.display()))?;
        Ok(Some(aisle_protocol::mutation::hex(&Sha256::digest(bytes))))
    }

    async fn of_kind<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<(String, T)>> {
        let sql = "SELECT id, v FROM record WHERE kind = ? AND deleted = 0 ORDER BY id";
        let rows = sqlx::query(sql).bind(kind).fetch_all(&self.pool).await?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            let (id, v): (String, String) = (row.get("id"), row.get("v"));
            let record = serde_json::from_str(&v).with_context(|| format!("{kind}/{id} is not as expected: {v}"))?;
            Ok((id, record))
        };
        rows.into_iter().map(read).collect()
    }
}

/// Mutations an endpoint has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Rows.
    pub rows: i64,
    /// Different ids among them.
    pub ids: i64,
    /// Refused ones.
    pub refused: i64,
}
