//! Pictures chosen or taken by the person: made smaller, hashed, and turned into something an `<img>` can show.

use super::{describe, window};
use js_sys::{Array, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, Event, HtmlCanvasElement, HtmlInputElement, ImageBitmap,
};

/// Longer side after downscaling, pixels.
const SIDE_MAX_PX: f64 = 1600.0;
/// JPEG quality, 0 to 1.
const QUALITY: f64 = 0.8;

/// A picture ready to be kept.
#[derive(Clone, Debug)]
pub struct Picture {
    /// JPEG bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of them, lower-case hex.
    pub sha256: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
}

/// Kind of every picture made here.
pub const MIME: &str = "image/jpeg";

/// Why a file is no usable picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Nothing was chosen.
    #[error("no file was chosen")]
    Nothing,
    /// The file cannot be read as a picture.
    #[error("the file is no picture that this browser can read: {0}")]
    Unreadable(String),
}

/// Reads the file of an `<input type=file>` change event, downscales it to 1,600 px JPEG and hashes it. The file is taken out
/// at once, not when the future is first polled: the input is emptied as soon as the event has been heard.
///
/// # Errors
/// When nothing was chosen or the browser cannot decode it.
pub fn from_input(event: &Event) -> impl Future<Output = Result<Picture, PhotoError>> + use<> {
    let input: Option<HtmlInputElement> = event.target().and_then(|target| target.dyn_into().ok());
    let file = input.and_then(|input| input.files()).and_then(|files| files.get(0));
    async move {
        let file = file.ok_or(PhotoError::Nothing)?;
        shrink(&file).await.map_err(|e| PhotoError::Unreadable(describe(&e)))
    }
}

async fn shrink(file: &Blob) -> Result<Picture, JsValue> {
    let window = window().ok_or("no window")?;
    let bitmap = JsFuture::from(window.create_image_bitmap_with_blob(file)?).await?;
    let bitmap: ImageBitmap = bitmap.dyn_into()?;
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let scale = (SIDE_MAX_PX / width.max(height)).min(1.0);
    let (width, height) = ((width * scale).round().max(1.0), (height * scale).round().max(1.0));
    let document = window.document().ok_or("no document")?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d")?.ok_or("no canvas")?;
    let context: CanvasRenderingContext2d = context.dyn_into()?;
    context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width, height)?;
    bitmap.close();
    let blob = encode(&canvas).await?;
    let buffer = JsFuture::from(blob.array_buffer()).await?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    let sha256 = aisle_protocol::mutation::hex(&Sha256::digest(&bytes));
    Ok(Picture { bytes, sha256, width: width as u32, height: height as u32 })
}

async fn encode(canvas: &HtmlCanvasElement) -> Result<Blob, JsValue> {
    let promise = js_sys::Promise::new(&mut |resolve, reject| {
        let done = Closure::once_into_js(move |blob: JsValue| {
            let _ = resolve.call1(&JsValue::NULL, &blob);
        });
        if let Err(e) = canvas.to_blob_with_type_and_encoder_options(done.unchecked_ref(), MIME, &QUALITY.into()) {
            let _ = reject.call1(&JsValue::NULL, &e);
        }
    });
    JsFuture::from(promise).await?.dyn_into()
}

/// A picture's address for an `<img>`; the address is given back when dropped.
#[derive(Debug)]
pub struct PictureUrl(String);

impl PictureUrl {
    /// Makes an address for bytes of this kind.
    pub fn new(bytes: &[u8], mime: &str) -> Option<Self> {
        let options = BlobPropertyBag::new();
        options.set_type(mime);
        let parts = Array::of1(&Uint8Array::from(bytes));
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
        web_sys::Url::create_object_url_with_blob(&blob).ok().map(Self)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for PictureUrl {
    fn drop(&mut self) {
        let _ = web_sys::Url::revoke_object_url(&self.0);
    }
}
