//! Requests and answers: what the app's driver makes of effects, and what it makes of what comes back.

use crate::Violation;
use crate::endpoint::{Answer, Endpoint};
use aisle_protocol::mutation::DeviceId;
use aisle_protocol::paths;
use aisle_protocol::record::RecordRef;
use aisle_protocol::sync::{PullResponse, PushConflict, PushRequest};
use aisle_sync::replica::Upload;
use aisle_sync::{Event, Failure};
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// A request.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Push(PushRequest),
    Pull { device: DeviceId, cursor: Option<String>, limit: u32 },
    Manifest,
    Segment(String),
    Upload { id: String, upload: Upload, cut: bool },
}

/// What a tab will hear.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) event: Event,
    /// With the last page of a feed: what the endpoint shows this person at that moment.
    pub(crate) shows: Option<BTreeMap<RecordRef, u64>>,
}

/// How an answer is spoilt on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoil {
    /// A page of a captive portal instead.
    Portal,
    /// Cut off.
    Cut,
    /// One character is another.
    Garbled,
    /// A gateway's failure instead.
    Broken,
    /// A gateway's wish to slow down instead.
    SlowDown,
}

/// The bytes of a picture.
pub(crate) fn picture(id: &str) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend_from_slice(id.as_bytes());
    bytes
}

/// Performs a request. `fresh` is a device id nobody has.
pub(crate) fn send(
    endpoint: &mut Endpoint,
    cookie: Option<&str>,
    ask: &Ask,
    spoil: Option<Spoil>,
    fresh: DeviceId,
) -> Result<Event, Violation> {
    match ask {
        Ask::Push(request) => {
            let body = serde_json::to_vec(request).map_err(Violation::harness)?;
            let json = [("content-type", "application/json".to_owned())];
            let mut answer = endpoint.call(Method::POST, paths::PUSH, cookie, &json, body)?;
            spoil_answer(&mut answer, spoil);
            Ok(failure(&answer).unwrap_or_else(|| read_push(&answer, fresh)))
        }
        Ask::Pull { device, cursor, limit } => {
            let mut path = format!("{}?limit={limit}", paths::PULL);
            if !device.0.is_empty() {
                path.push_str(&format!("&device={device}"));
            }
            if let Some(cursor) = cursor {
                path.push_str(&format!("&c={cursor}"));
            }
            let mut answer = endpoint.call(Method::GET, &path, cookie, &[], Vec::new())?;
            spoil_answer(&mut answer, spoil);
            Ok(failure(&answer).unwrap_or_else(|| read_pull(&answer)))
        }
        Ask::Manifest => {
            let mut answer = endpoint.call(Method::GET, paths::SNAP_MANIFEST, cookie, &[], Vec::new())?;
            spoil_answer(&mut answer, spoil);
            Ok(failure(&answer).unwrap_or_else(|| match answer.status {
                200 => serde_json::from_str(&answer.text).map_or(Event::NoSnapshot, Event::Manifest),
                _ => Event::NoSnapshot,
            }))
        }
        Ask::Segment(digest) => {
            let path = format!("{}/{digest}.json", paths::SNAP);
            let mut answer = endpoint.call(Method::GET, &path, cookie, &[], Vec::new())?;
            spoil_answer(&mut answer, spoil);
            Ok(failure(&answer).unwrap_or_else(|| match answer.status {
                200 => Event::Segment(digest.clone(), answer.text),
                _ => Event::SegmentMissing,
            }))
        }
        Ask::Upload { id, upload, cut } => send_picture(endpoint, cookie, id, upload, *cut),
    }
}

fn spoil_answer(answer: &mut Answer, spoil: Option<Spoil>) {
    match spoil {
        Some(Spoil::Portal) => {
            (answer.status, answer.text) = (200, "<!doctype html><title>Sign in to the Wi-Fi</title>".to_owned());
        }
        Some(Spoil::Cut) => {
            let half = answer.text.len() / 2;
            let at = (0..=half).rev().find(|at| answer.text.is_char_boundary(*at)).unwrap_or(0);
            answer.text.truncate(at);
        }
        Some(Spoil::Garbled) => answer.text = answer.text.replacen("name", "nome", 1),
        Some(Spoil::Broken) => answer.status = 502,
        Some(Spoil::SlowDown) => answer.status = 429,
        None => {}
    }
}

/// Failures every request shares; as in the app's driver.
fn failure(answer: &Answer) -> Option<Event> {
    let failure = match answer.status {
        401 => Failure::SignedOut,
        429 => {
            let seconds = answer.header("retry-after").and_then(|text| text.parse::<i64>().ok());
            Failure::SlowDown(seconds.unwrap_or(30) * 1000)
        }
        500.. => Failure::Broken,
        _ => return None,
    };
    Some(Event::Failed(failure))
}

fn unreachable() -> Event {
    Event::Failed(Failure::Unreachable)
}

fn read_push(answer: &Answer, fresh: DeviceId) -> Event {
    match answer.status {
        200 => serde_json::from_str(&answer.text).map_or_else(|_| unreachable(), Event::Pushed),
        409 => match serde_json::from_str(&answer.text) {
            Ok(PushConflict::Expect(n)) => Event::PushExpected(n, fresh),
            Ok(PushConflict::DeviceForked) => Event::Forked(fresh),
            Err(_) => unreachable(),
        },
        status => Event::Failed(Failure::Refused(format!("{status} {}", answer.text))),
    }
}

fn read_pull(answer: &Answer) -> Event {
    match answer.status {
        200 => serde_json::from_str::<PullResponse>(&answer.text).map_or_else(|_| unreachable(), Event::Pulled),
        410 => Event::PullReset,
        status => Event::Failed(Failure::Refused(format!("{status} {}", answer.text))),
    }
}

/// By tus: create, ask how far it came, send the rest. `cut` ends after the first half of the rest.
fn send_picture(
    endpoint: &mut Endpoint,
    cookie: Option<&str>,
    id: &str,
    upload: &Upload,
    cut: bool,
) -> Result<Event, Violation> {
    let bytes = picture(id);
    let tus = || ("tus-resumable", "1.0.0".to_owned());
    let encode = |text: &str| STANDARD.encode(text);
    let metadata = format!("id {},sha256 {},mime {}", encode(id), encode(&upload.sha256), encode(&upload.mime));
    let headers = [tus(), ("upload-length", bytes.len().to_string()), ("upload-metadata", metadata)];
    let path = format!("{}/{id}", paths::BLOBS);
    let skipped = || Event::UploadSkipped(id.to_owned());

    let created = endpoint.call(Method::POST, paths::BLOBS, cookie, &headers, Vec::new())?;
    if let Some(event) = failure(&created) {
        return Ok(event);
    }
    if !(200..300).contains(&created.status) {
        return Ok(skipped());
    }
    let head = endpoint.call(Method::HEAD, &path, cookie, &[tus()], Vec::new())?;
    if let Some(event) = failure(&head) {
        return Ok(event);
    }
    let Some(offset) = head.header("upload-offset").and_then(|text| text.parse::<usize>().ok()) else {
        return Ok(skipped());
    };
    let Some(rest) = bytes.get(offset..) else { return Ok(skipped()) };
    if rest.is_empty() {
        return Ok(Event::Uploaded(id.to_owned()));
    }
    let part = if cut { rest.get(..rest.len() / 2).unwrap_or_default() } else { rest };
    let headers =
        [tus(), ("content-type", "application/offset+octet-stream".to_owned()), ("upload-offset", offset.to_string())];
    let sent = endpoint.call(Method::PATCH, &path, cookie, &headers, part.to_vec())?;
    if let Some(event) = failure(&sent) {
        return Ok(event);
    }
    match (sent.status, cut) {
        (200..300, false) => Ok(Event::Uploaded(id.to_owned())),
        (200..300, true) => Ok(unreachable()),
        _ => Ok(skipped()),
    }
}
