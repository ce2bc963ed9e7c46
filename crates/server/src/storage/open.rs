//! Which backend a data folder has: the one place that chooses.

use super::sqlite::SqliteStorage;
use super::{Storage, StorageError};
use std::path::Path;
use std::sync::Arc;

/// Opens the store of a data folder, makes it when there is none, and brings its schema up to date.
///
/// # Errors
/// When it cannot be opened, is no store of this program, or was written by a newer one.
pub async fn open(folder: &Path) -> Result<Arc<dyn Storage>, StorageError> {
    Ok(Arc::new(SqliteStorage::open(&folder.join("aisle.db")).await?))
}
