//! Files handed to the person.

use super::{clock, window};
use wasm_bindgen::JsCast;

/// How long the browser may take to read a file it was offered, milliseconds. Taken back at once, WebKit saves nothing.
const READ_WITHIN_MS: u32 = 60_000;

/// Offers text as a file to save. Whether it was saved is the person's choice and cannot be known.
pub fn offer_text(name: &str, mime: &str, text: &str) -> Option<()> {
    offer(name, mime, &text.into())
}

/// Offers bytes as a file to save.
pub fn offer_bytes(name: &str, mime: &str, bytes: &[u8]) -> Option<()> {
    offer(name, mime, &js_sys::Uint8Array::from(bytes).into())
}

fn offer(name: &str, mime: &str, content: &wasm_bindgen::JsValue) -> Option<()> {
    let parts = js_sys::Array::of1(content);
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(mime);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    let url = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let document = window()?.document()?;
    let link: web_sys::HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    wasm_bindgen_futures::spawn_local(async move {
        clock::sleep_ms(READ_WITHIN_MS).await;
        let _ = web_sys::Url::revoke_object_url(&url);
    });
    Some(())
}
