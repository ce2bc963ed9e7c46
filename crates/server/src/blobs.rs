//! Photos as files: open uploads grow in a folder of their own, verified ones go into the object store.
//!
//! The only place that names `object_store`. Who may send or read which photo is not decided here.

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, PutPayload};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

/// A kind of picture that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
}

impl Image {
    /// The kind of a media type.
    pub fn of_mime(mime: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Webp].into_iter().find(|image| image.mime() == mime)
    }

    /// The kind by its first bytes.
    pub fn of_magic(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// What was announced of a photo.
#[derive(Clone, Copy, Debug)]
pub struct Announced<'a> {
    /// Digest, lower-case hex.
    pub sha256: &'a str,
    /// Length, bytes.
    pub length: u64,
    /// Media type.
    pub mime: &'a str,
}

/// Why a photo was not published.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The bytes are not what was announced.
    #[error("the bytes are not what was announced: {0}")]
    Mismatch(&'static str),
    /// The disk, or the object store.
    #[error("the photo store failed: {0}")]
    Io(#[from] io::Error),
    /// The object store.
    #[error("the photo store failed: {0}")]
    Store(#[from] object_store::Error),
}

/// Where photos are kept.
#[derive(Clone, Debug)]
pub struct Photos {
    parts: PathBuf,
    published: Arc<dyn ObjectStore>,
    root: PathBuf,
}

impl Photos {
    /// Photos below this folder: `uploads/` and `blobs/`, made when missing.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn open(data: &Path) -> Result<Self, BlobError> {
        let (parts, root) = (data.join("uploads"), data.join("blobs"));
        std::fs::create_dir_all(&parts)?;
        std::fs::create_dir_all(&root)?;
        let published = Arc::new(LocalFileSystem::new_with_prefix(&root)?);
        Ok(Self { parts, published, root })
    }

    /// The file of an open upload. Named by a digest of the id, so an id can never be a path.
    fn part(&self, id: &str) -> PathBuf {
        self.parts.join(aisle_protocol::mutation::hex(&Sha256::digest(id.as_bytes())[..16]))
    }

    fn key(sha256: &str) -> Key {
        Key::from_iter([&sha256[..2.min(sha256.len())], sha256])
    }

    /// Bytes of an open upload that have come.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn offset(&self, id: &str) -> Result<u64, BlobError> {
        match tokio::fs::metadata(self.part(id)).await {
            Ok(meta) => Ok(meta.len()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(e) => Err(e.into()),
        }
    }

    /// Opens the file of an upload at its end, cut to `offset`.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn append_at(&self, id: &str, offset: u64) -> Result<Part, BlobError> {
        let options = tokio::fs::OpenOptions::new().create(true).truncate(false).write(true).open(self.part(id)).await;
        let mut file = options?;
        file.set_len(offset).await?;
        file.seek(io::SeekFrom::Start(offset)).await?;
        Ok(Part { file, offset })
    }

    /// Forgets the bytes of an open upload.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn discard(&self, id: &str) -> Result<(), BlobError> {
        match tokio::fs::remove_file(self.part(id)).await {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// Checks a complete upload and puts it where it can be read, durably. The part stays until [`Photos::discard`].
    ///
    /// # Errors
    /// [`BlobError::Mismatch`] when the bytes are not what was announced.
    pub async fn publish(&self, id: &str, announced: Announced<'_>) -> Result<(), BlobError> {
        let bytes = tokio::fs::read(self.part(id)).await?;
        if bytes.len() as u64 != announced.length {
            return Err(BlobError::Mismatch("length"));
        }
        if aisle_protocol::mutation::hex(&Sha256::digest(&bytes)) != announced.sha256 {
            return Err(BlobError::Mismatch("digest"));
        }
        if Image::of_magic(&bytes).map(Image::mime) != Some(announced.mime) {
            return Err(BlobError::Mismatch("kind of picture"));
        }
        let key = Self::key(announced.sha256);
        self.published.put(&key, PutPayload::from(bytes)).await?;
        // The object store leaves flushing to the operating system; a confirmed photo survives a power cut.
        let file = self.root.join(key.as_ref());
        let flush = move || {
            std::fs::File::open(&file)?.sync_all()?;
            file.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
        };
        tokio::task::spawn_blocking(flush).await.map_err(io::Error::other)??;
        Ok(())
    }

    /// The bytes of a published photo.
    ///
    /// # Errors
    /// When they are missing or the store fails.
    pub async fn read(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        Ok(self.published.get(&Self::key(sha256)).await?.bytes().await?.to_vec())
    }
}

/// An open upload that grows.
#[derive(Debug)]
pub struct Part {
    file: tokio::fs::File,
    offset: u64,
}

impl Part {
    /// Where it ends.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn append(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(bytes).await?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Cuts it back to where it was.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn cut_to(&mut self, offset: u64) -> Result<(), BlobError> {
        self.file.set_len(offset).await?;
        self.offset = offset;
        Ok(())
    }

    /// Flushes it to the disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn flush(&mut self) -> Result<(), BlobError> {
        self.file.flush().await?;
        self.file.sync_data().await?;
        Ok(())
    }
}
