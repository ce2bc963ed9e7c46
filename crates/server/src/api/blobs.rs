//! Photos over tus 1.0: creation, checksum (sha256), expiration. And reading them.
//!
//! The photo's record comes first, by push; it says who may send which bytes, and who may read them.

use super::ApiError;
use super::session::Signed;
use crate::access::{Action, When, can};
use crate::blobs::{Announced, BlobError};
use crate::storage::BlobRow;
use crate::{App, UPLOAD_LIFE_MS};
use aisle_protocol::PHOTO_BYTES_MAX;
use aisle_protocol::paths::BLOBS;
use aisle_protocol::session::{Problem, ProblemCode};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const CHUNK_TYPE: &str = "application/offset+octet-stream";
/// An upload that brings no byte for this long is cut; what has come is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Names what this endpoint can do.
#[utoipa::path(options, path = "/v1/blobs", responses((status = 204, description = "tus 1.0: creation, checksum, expiration")))]
pub async fn options() -> Response {
    let headers = [
        (RESUMABLE, HeaderValue::from_static("1.0.0")),
        (HeaderName::from_static("tus-version"), HeaderValue::from_static("1.0.0")),
        (HeaderName::from_static("tus-extension"), HeaderValue::from_static("creation,checksum,expiration")),
        (HeaderName::from_static("tus-checksum-algorithm"), HeaderValue::from_static("sha256")),
        (HeaderName::from_static("tus-max-size"), HeaderValue::from(PHOTO_BYTES_MAX)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Begins an upload. `Upload-Metadata` carries `id`, `sha256` and `mime`, which have to be those of the photo's
/// record. Beginning an upload again starts it anew; beginning one that is complete is no error.
#[utoipa::path(
    post,
    path = "/v1/blobs",
    params(
        ("Tus-Resumable" = String, Header, description = "1.0.0"),
        ("Upload-Length" = u64, Header, description = "Length, bytes, at most 10 MiB"),
        ("Upload-Metadata" = String, Header, description = "id, sha256 and mime, each in base64"),
    ),
    responses(
        (status = 201, description = "Send the bytes to Location"),
        (status = 400, description = "Malformed, or not what the photo's record says", body = Problem),
        (status = 401, description = "Signed out", body = Problem),
        (status = 403, description = "Not one's own photo, or sent from another site", body = Problem),
        (status = 404, description = "No record of this photo: push it first", body = Problem),
        (status = 412, description = "Another version of tus", body = Problem),
        (status = 413, description = "Too large", body = Problem),
        (status = 423, description = "Bytes of this upload are on their way in another request", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
    )
)]
pub async fn create(State(app): State<Arc<App>>, signed: Signed, headers: HeaderMap) -> Result<Response, ApiError> {
    check_version(&headers)?;
    let now = app.clock.now();
    app.limits.uploads.take(&signed.token_hash, now)?;
    let length = number(&headers, &LENGTH)?;
    if length > PHOTO_BYTES_MAX {
        return Err(ApiError::too_large("a photo has at most 10 MiB"));
    }
    let metadata = metadata(&headers)?;
    let field = |name: &str| metadata.get(name).cloned().unwrap_or_default();
    let blob = BlobRow {
        id: field("id"),
        owner: signed.actor.person.clone(),
        sha256: field("sha256"),
        length,
        mime: field("mime"),
        published: false,
        created: now,
    };
    let record =
        app.storage.photo(&blob.id).await?.ok_or_else(|| ApiError::not_found("push the photo's record first"))?;
    if !can(&signed.actor, Action::Upload, &record.facts(), When::today(app.clock.today())) {
        return Err(ApiError::forbidden("not your photo"));
    }
    let said = |name: &str, value: &str| record.fields.get(name).and_then(|v| v.as_str()) == Some(value);
    let bytes = record.fields.get("bytes").and_then(serde_json::Value::as_u64);
    if !said("sha256", &blob.sha256) || !said("mime", &blob.mime) || bytes != Some(length) {
        return Err(ApiError::bad_request("not the bytes that the photo's record names"));
    }
    let turn = Turn::take(&app, &blob.id)?;
    if !app.storage.blob(&blob.id).await?.is_some_and(|known| known.published) {
        app.photos.discard(&blob.id).await?;
        turn.doubt_from(None);
        app.storage.begin_blob(&blob).await?;
    }
    let location = HeaderValue::try_from(format!("{BLOBS}/{}", blob.id)).map_err(|e| ApiError::internal(&e))?;
    let mut response = (StatusCode::CREATED, [(header::LOCATION, location)]).into_response();
    tus_headers(response.headers_mut(), &blob);
    Ok(response)
}

/// How far an upload has come.
#[utoipa::path(
    head,
    path = "/v1/blobs/{id}",
    params(("id" = String, Path, description = "Photo")),
    responses(
        (status = 200, description = "Upload-Offset and Upload-Length"),
        (status = 401, description = "Signed out"),
        (status = 404, description = "No upload, or not one's own"),
    )
)]
pub async fn head(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, ApiError> {
    let blob = own(&app, &signed, &id).await?;
    let offset = offset(&app, &blob).await?;
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(offset));
    headers.insert(LENGTH, HeaderValue::from(blob.length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    tus_headers(headers, &blob);
    Ok(response)
}

/// Adds bytes at an offset. With the last one the photo is verified (length, digest, kind) and published; when it is
/// not what was announced, the upload is forgotten.
#[utoipa::path(
    patch,
    path = "/v1/blobs/{id}",
    params(
        ("id" = String, Path, description = "Photo"),
        ("Tus-Resumable" = String, Header, description = "1.0.0"),
        ("Upload-Offset" = u64, Header, description = "Where these bytes belong"),
        ("Upload-Checksum" = Option<String>, Header, description = "sha256 and the digest of these bytes in base64"),
    ),
    request_body(content = String, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Taken; Upload-Offset says up to where"),
        (status = 400, description = "Malformed, or the photo is not what was announced", body = Problem),
        (status = 401, description = "Signed out", body = Problem),
        (status = 403, description = "Sent from another site", body = Problem),
        (status = 404, description = "No upload, or not one's own", body = Problem),
        (status = 409, description = "Not where the upload stands", body = Problem),
        (status = 412, description = "Another version of tus", body = Problem),
        (status = 413, description = "More bytes than announced", body = Problem),
        (status = 415, description = "Not application/offset+octet-stream", body = Problem),
        (status = 423, description = "Bytes of this upload are on their way in another request", body = Problem),
        (status = 429, description = "Wait for the seconds in Retry-After", body = Problem),
        (status = 460, description = "The checksum does not fit; nothing was kept of these bytes", body = Problem),
    )
)]
pub async fn append(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    check_version(&headers)?;
    app.limits.uploads.take(&signed.token_hash, app.clock.now())?;
    if headers.get(header::CONTENT_TYPE).and_then(|h| h.to_str().ok()) != Some(CHUNK_TYPE) {
        let message = format!("the body has to be {CHUNK_TYPE}");
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ProblemCode::BadRequest, message));
    }
    let from = number(&headers, &OFFSET)?;
    let checksum = headers.get(&CHECKSUM).map(checksum).transpose()?;
    let blob = own(&app, &signed, &id).await?;
    let turn = Turn::take(&app, &id)?;
    if blob.published {
        // Sent again from the start by a device that never heard the answer.
        drain(body).await;
        return Ok(taken(&blob, blob.length));
    }
    let offset = offset(&app, &blob).await?;
    if from != offset {
        let message = format!("the upload stands at {offset}");
        return Err(ApiError::new(StatusCode::CONFLICT, ProblemCode::BadRequest, message));
    }
    if checksum.is_some() {
        turn.doubt_from(Some(from));
    }
    let offset = receive(&app, &blob, from, checksum, body).await?;
    turn.doubt_from(None);
    if offset == blob.length {
        publish(&app, &blob).await?;
    }
    Ok(taken(&blob, offset))
}

/// Reads a photo that has been published.
#[utoipa::path(
    get,
    path = "/v1/blobs/{id}",
    params(("id" = String, Path, description = "Photo")),
    responses(
        (status = 200, description = "The picture", body = String, content_type = "image/jpeg"),
        (status = 401, description = "Signed out", body = Problem),
        (status = 404, description = "Not there, or not for this person", body = Problem),
    )
)]
pub async fn read(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> Result<Response, ApiError> {
    let nothing = || ApiError::not_found("no such photo");
    let record = app.storage.photo(&id).await?.ok_or_else(nothing)?;
    if !can(&signed.actor, Action::Read, &record.facts(), When::today(app.clock.today())) {
        return Err(nothing());
    }
    let blob = app.storage.blob(&id).await?.filter(|blob| blob.published).ok_or_else(nothing)?;
    let bytes = app.photos.read(&blob.sha256).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::try_from(&blob.mime).map_err(|e| ApiError::internal(&e))?),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300")),
    ];
    Ok((headers, bytes).into_response())
}

/// An upload of one's own, or one that is complete and that one might have sent: a photo that came with a file is not
/// asked for again. Another person's looks like none.
async fn own(app: &App, signed: &Signed, id: &str) -> Result<BlobRow, ApiError> {
    let mut blob = app.storage.blob(id).await?;
    if blob.as_ref().is_some_and(|blob| blob.owner != signed.actor.person) {
        let today = When::today(app.clock.today());
        let record = app.storage.photo(id).await?;
        let may = record.is_some_and(|record| can(&signed.actor, Action::Upload, &record.facts(), today));
        blob = blob.filter(|blob| blob.published && may);
    }
    let blob = blob.filter(|blob| blob.published || blob.created + UPLOAD_LIFE_MS > app.clock.now());
    blob.ok_or_else(|| ApiError::not_found("no such upload"))
}

/// Bytes that are here to stay. A piece whose checksum is still to come, or never came because the connection was cut, does not
/// count.
async fn offset(app: &App, blob: &BlobRow) -> Result<u64, ApiError> {
    if blob.published {
        return Ok(blob.length);
    }
    let doubted = || uploads(app).get(&blob.id).and_then(|u| u.doubted);
    // Asked on both sides of looking: a piece may begin or end meanwhile.
    let before = doubted();
    let offset = app.photos.offset(&blob.id).await?;
    Ok([before, doubted()].into_iter().flatten().fold(offset, u64::min))
}

/// Writes what comes. Without a checksum, what came before a cut is kept; with one, all or nothing.
async fn receive(app: &App, blob: &BlobRow, from: u64, checksum: Option<Vec<u8>>, body: Body) -> Result<u64, ApiError> {
    let mut part = app.photos.append_at(&blob.id, from).await?;
    let mut sha = Sha256::new();
    let mut stream = body.into_data_stream();
    let mut whole = true;
    loop {
        match tokio::time::timeout(IDLE, stream.next()).await {
            Ok(Some(Ok(bytes))) => {
                if part.offset() + bytes.len() as u64 > blob.length {
                    part.cut_to(from).await?;
                    return Err(ApiError::too_large("more bytes than announced"));
                }
                sha.update(&bytes);
                part.append(&bytes).await?;
            }
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => {
                whole = false;
                break;
            }
        }
    }
    if checksum.is_some_and(|expected| !whole || sha.finalize().as_slice() != expected) {
        part.cut_to(from).await?;
        part.flush().await?;
        let status = StatusCode::from_u16(460).map_err(|e| ApiError::internal(&e))?;
        return Err(ApiError::new(status, ProblemCode::BadRequest, "the checksum does not fit"));
    }
    part.flush().await?;
    Ok(part.offset())
}

async fn publish(app: &App, blob: &BlobRow) -> Result<(), ApiError> {
    let announced = Announced { sha256: &blob.sha256, length: blob.length, mime: &blob.mime };
    match app.photos.publish(&blob.id, announced).await {
        Ok(()) => {
            app.storage.publish_blob(&blob.id, app.clock.now()).await?;
            app.photos.discard(&blob.id).await?;
            app.metrics.photo();
            Ok(())
        }
        Err(error @ BlobError::Mismatch(_)) => {
            app.photos.discard(&blob.id).await?;
            app.storage.drop_blob(&blob.id).await?;
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn taken(blob: &BlobRow, offset: u64) -> Response {
    let mut response = (StatusCode::NO_CONTENT, [(OFFSET, HeaderValue::from(offset))]).into_response();
    tus_headers(response.headers_mut(), blob);
    response
}

async fn drain(body: Body) {
    let mut stream = body.into_data_stream();
    let mut left = PHOTO_BYTES_MAX;
    while let Ok(Some(Ok(bytes))) = tokio::time::timeout(IDLE, stream.next()).await {
        left = left.saturating_sub(bytes.len() as u64);
        if left == 0 {
            return;
        }
    }
}

fn tus_headers(headers: &mut HeaderMap, blob: &BlobRow) {
    headers.insert(RESUMABLE, HeaderValue::from_static("1.0.0"));
    let expires = chrono::DateTime::from_timestamp_millis(blob.created + UPLOAD_LIFE_MS).filter(|_| !blob.published);
    let text = expires.map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(EXPIRES, value);
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get(&RESUMABLE).is_some_and(|version| version == "1.0.0") {
        return Ok(());
    }
    let status = StatusCode::PRECONDITION_FAILED;
    Err(ApiError::new(status, ProblemCode::BadRequest, "Tus-Resumable has to be 1.0.0"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, ApiError> {
    let text = headers.get(name).and_then(|h| h.to_str().ok());
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| ApiError::bad_request(format!("{name} has to be a number")))
}

fn metadata(headers: &HeaderMap) -> Result<BTreeMap<String, String>, ApiError> {
    let text = headers.get(&METADATA).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let mut fields = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let value = value.ok_or_else(|| ApiError::bad_request("Upload-Metadata is malformed"))?;
        fields.insert(key.to_owned(), value);
    }
    Ok(fields)
}

fn checksum(value: &HeaderValue) -> Result<Vec<u8>, ApiError> {
    let malformed = || ApiError::bad_request("Upload-Checksum has to be sha256 and a digest in base64");
    let (algorithm, digest) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if algorithm != "sha256" {
        return Err(malformed());
    }
    STANDARD.decode(digest.trim()).map_err(|_| malformed())
}

/// An upload that somebody is writing, or that was cut in the middle of a piece with a checksum.
#[derive(Debug, Default)]
pub(crate) struct Uploading {
    busy: bool,
    /// Bytes from here on are not known to be right.
    doubted: Option<u64>,
}

fn uploads(app: &App) -> MutexGuard<'_, HashMap<String, Uploading>> {
    app.uploading.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to write an upload; one request at a time has it.
struct Turn<'a> {
    app: &'a App,
    id: String,
}

impl<'a> Turn<'a> {
    fn take(app: &'a App, id: &str) -> Result<Self, ApiError> {
        let mut uploading = uploads(app);
        if std::mem::replace(&mut uploading.entry(id.to_owned()).or_default().busy, true) {
            let message = "bytes of this upload are on their way in another request";
            return Err(ApiError::new(StatusCode::LOCKED, ProblemCode::SlowDown, message));
        }
        Ok(Self { app, id: id.to_owned() })
    }

    /// Bytes from this offset on may have to go again; `None`: they stay.
    fn doubt_from(&self, offset: Option<u64>) {
        if let Some(upload) = uploads(self.app).get_mut(&self.id) {
            upload.doubted = offset;
        }
    }
}

impl Drop for Turn<'_> {
    /// Also when the request is given up in the middle: then what is doubted stays doubted, until the next piece cuts it off.
    fn drop(&mut self) {
        let mut uploading = uploads(self.app);
        match uploading.get_mut(&self.id) {
            Some(upload) if upload.doubted.is_some() => upload.busy = false,
            _ => drop(uploading.remove(&self.id)),
        }
    }
}
