//! Requests to the endpoint. Every request ends: with an answer, a failure, or a time-out.

use super::{describe, window};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCredentials, RequestInit, Response};

/// A request.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Verb.
    pub method: &'a str,
    /// Path on this origin.
    pub path: &'a str,
    /// Headers beside those of the body.
    pub headers: Vec<(&'a str, String)>,
    /// Body.
    pub body: Body<'a>,
    /// Given up after this, milliseconds.
    pub timeout_ms: u32,
}

/// A request's body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// None.
    Empty,
    /// JSON text.
    Json(&'a str),
    /// Bytes of this content type.
    Bytes(&'a str, &'a [u8]),
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Whether the endpoint says it is JSON.
    pub is_json: bool,
    /// `Retry-After`, seconds.
    pub retry_after: Option<i64>,
    /// tus `Upload-Offset`.
    pub upload_offset: Option<u64>,
    /// `Location`.
    pub location: Option<String>,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The body, read as `T`. By way of `Value`, so that each type's reader is in the app once.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(serde_json::from_str(&self.text).ok()?).ok()
    }
}

/// No answer came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no answer: {0}")]
pub struct NoAnswer(String);

/// Performs a request. The body of the answer is read under the same time-out.
///
/// # Errors
/// When no complete answer came in time.
pub async fn call(call: Call<'_>) -> Result<Answer, NoAnswer> {
    let fail = |e: JsValue| NoAnswer(describe(&e));
    let window = window().ok_or_else(|| NoAnswer("no window".to_owned()))?;
    let abort = AbortController::new().map_err(fail)?;
    let timer = {
        let abort = abort.clone();
        super::clock::after_ms(call.timeout_ms, move || abort.abort())
    };
    let headers = Headers::new().map_err(fail)?;
    for (name, value) in &call.headers {
        headers.set(name, value).map_err(fail)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_signal(Some(&abort.signal()));
    match call.body {
        Body::Empty => {}
        Body::Json(text) => {
            headers.set("content-type", "application/json").map_err(fail)?;
            init.set_body(&text.into());
        }
        Body::Bytes(mime, bytes) => {
            headers.set("content-type", mime).map_err(fail)?;
            init.set_body(&Uint8Array::from(bytes));
        }
    }
    init.set_headers(&headers);
    let response = JsFuture::from(window.fetch_with_str_and_init(call.path, &init)).await.map_err(fail)?;
    let response: Response = response.dyn_into().map_err(fail)?;
    let text = JsFuture::from(response.text().map_err(fail)?).await.map_err(fail)?;
    drop(timer);
    let header = |name: &str| response.headers().get(name).ok().flatten();
    Ok(Answer {
        status: response.status(),
        is_json: header("content-type").is_some_and(|t| t.starts_with("application/json")),
        retry_after: header("retry-after").and_then(|s| s.parse().ok()),
        upload_offset: header("upload-offset").and_then(|s| s.parse().ok()),
        location: header("location"),
        text: text.as_string().unwrap_or_default(),
    })
}
