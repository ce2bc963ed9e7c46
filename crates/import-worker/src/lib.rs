//! `aisle-import` as a module of its own, for the app's worker: `public/import-worker.js` calls it, and only when somebody
//! has chosen a file. Nothing here but the border.

use aisle_import::FileError;
use aisle_import::preview::{Preview, Wish, preview};
use wasm_bindgen::prelude::wasm_bindgen;

/// Reads and checks a file. `progress` is called with how many rows of about how many have been read. Returns two texts,
/// the preview and the rows taken, both JSON; or one, why the file is not taken.
#[wasm_bindgen]
pub fn check(bytes: &[u8], wish: &str, progress: &js_sys::Function) -> Vec<String> {
    let read = |wish: &str| -> Result<(Preview, String), FileError> {
        let wish: Wish = serde_json::from_str(wish).map_err(|_| FileError::NotATable)?;
        preview(bytes, wish, &mut |done, of| {
            let (done, of) = ((done as f64).into(), (of as f64).into());
            // Whether anybody listens is nothing to reading.
            let _ = progress.call2(&wasm_bindgen::JsValue::NULL, &done, &of);
        })
    };
    let json = |text: Result<String, serde_json::Error>| text.unwrap_or_default();
    match read(wish) {
        Ok((preview, rows)) => vec![json(serde_json::to_string(&preview)), rows],
        Err(why) => vec![json(serde_json::to_string(&why))],
    }
}
