//! Where the phone is, with what is known of the fix.

use super::{clock, window};
use aisle_domain::geo::{Fix, Position};
use futures::channel::oneshot;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::PositionOptions;

/// After this without a fix a person goes on without one (UX.md §3), milliseconds.
const TIMEOUT_MS: u32 = 10_000;
/// A fix may be this old, milliseconds.
const AGE_MAX_MS: u32 = 30_000;

/// `GeolocationPositionError.PERMISSION_DENIED`.
const PERMISSION_DENIED: f64 = 1.0;

/// Why there is no fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFix {
    /// The person or the browser said no.
    Denied,
    /// None came in time, or the device has none to give.
    Unavailable,
}

/// Asks for a fix. The browser may ask the person first.
///
/// # Errors
/// When the person said no or none came in time.
pub async fn fix() -> Result<Fix, NoFix> {
    let geolocation = window().and_then(|w| w.navigator().geolocation().ok()).ok_or(NoFix::Unavailable)?;
    let (send, receive) = oneshot::channel();
    let send = Rc::new(RefCell::new(Some(send)));
    let answer = {
        let send = Rc::clone(&send);
        move |result| {
            if let Some(send) = send.borrow_mut().take() {
                let _ = send.send(result);
            }
        }
    };
    let answer_error = answer.clone();
    let found = Closure::once(move |position: JsValue| answer(read(&position).ok_or(NoFix::Unavailable)));
    let failed = Closure::once(move |error: JsValue| {
        let denied = number(&error, "code") == Some(PERMISSION_DENIED);
        answer_error(Err(if denied { NoFix::Denied } else { NoFix::Unavailable }));
    });
    let options = PositionOptions::new();
    options.set_enable_high_accuracy(true);
    options.set_timeout(TIMEOUT_MS);
    options.set_maximum_age(AGE_MAX_MS);
    geolocation
        .get_current_position_with_error_callback_and_options(
            found.as_ref().unchecked_ref(),
            Some(failed.as_ref().unchecked_ref()),
            &options,
        )
        .map_err(|_| NoFix::Unavailable)?;
    // Some browsers never answer while their own question is open: go on without a fix.
    let result = futures::future::select(receive, Box::pin(clock::sleep_ms(TIMEOUT_MS + 1_000))).await;
    match result {
        futures::future::Either::Left((Ok(result), _)) => result,
        _ => Err(NoFix::Unavailable),
    }
}

/// Reads a `GeolocationPosition`; its types are not in every release of web-sys.
fn read(position: &JsValue) -> Option<Fix> {
    let coords = js_sys::Reflect::get(position, &"coords".into()).ok()?;
    let taken_ms = number(position, "timestamp")? as i64;
    Some(Fix {
        position: Position::new(number(&coords, "latitude")?, number(&coords, "longitude")?)?,
        accuracy_m: number(&coords, "accuracy")?,
        age_ms: (clock::now_ms() - taken_ms).max(0),
    })
}

fn number(of: &JsValue, name: &str) -> Option<f64> {
    js_sys::Reflect::get(of, &name.into()).ok()?.as_f64()
}
