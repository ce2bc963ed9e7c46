//! From a path to the rows of a file: gzip, and what `aisle-import` reads.

use crate::import::ImportError;
use aisle_import::FileError;
use aisle_import::columns::known_tables;
use aisle_import::sheet::{self, Sheet};
use std::io::Read as _;
use std::path::Path;

/// Reads a file, plain or gzipped.
///
/// # Errors
/// When the file cannot be read or is no table.
pub(super) fn read(path: &Path, encoding: Option<&str>) -> Result<Sheet, ImportError> {
    let file = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let unreadable = |why: std::io::Error| ImportError::Unreadable { file: file.clone(), why: why.to_string() };
    let mut bytes = std::fs::read(path).map_err(unreadable)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(unreadable)?;
        bytes = plain;
    }
    sheet::read(&file, &bytes, encoding).map_err(|why| refuse(&file, why))
}

/// A file that is not taken, with what would do.
pub(super) fn refuse(file: &str, why: FileError) -> ImportError {
    let more = match why {
        FileError::Unrecognised { .. } => format!(". Known tables and their columns:\n{}", known_tables()),
        _ => String::new(),
    };
    ImportError::File { file: file.to_owned(), why, more }
}
