//! A device with a network: everything up, everything down, through the app's own driver and a real endpoint.

use crate::{fail, now};
use aisle::sync_driver::{Driver, Notice};
use aisle_protocol::mutation::{MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::session::Session;
use aisle_sync::{Draft, Event, Status, Trigger};
use js_sys::{Float64Array, Function, Promise};
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

/// A driver, and who waits for its next word.
struct Online {
    driver: Driver,
    waiting: Rc<RefCell<Vec<Function>>>,
}

impl Online {
    /// `session` is what signing in returned.
    fn open(session: &str) -> Result<Self, JsValue> {
        // What mounting the app does first. A second time is no harm.
        let _ = any_spawner::Executor::init_wasm_bindgen();
        let waiting: Rc<RefCell<Vec<Function>>> = Rc::default();
        let heard = Rc::clone(&waiting);
        let session: Session = serde_json::from_str(session).map_err(fail)?;
        let driver = Driver::open(&session, move |notice| {
            if matches!(notice, Notice::Status | Notice::Changed(_)) {
                for wake in heard.borrow_mut().drain(..) {
                    // Nobody waits any more: that is no failure.
                    let _ = wake.call0(&JsValue::NULL);
                }
            }
        });
        driver.feed(Event::Trigger(Trigger::Start));
        Ok(Self { driver, waiting })
    }

    /// Waits until the status is as asked for.
    async fn until(&self, reached: impl Fn(&Status) -> bool) -> Result<(), JsValue> {
        while !reached(&self.driver.status()) {
            let promise = Promise::new(&mut |resolve, _| self.waiting.borrow_mut().push(resolve));
            JsFuture::from(promise).await?;
        }
        Ok(())
    }
}

/// A visit with `count` answers: written on the device, sent, confirmed and read back with the feed. `visit` is the visit's
/// fields as JSON. Returns milliseconds from the moment the answers are durable on the device: until the endpoint has confirmed all
/// of them and the device has made a note of it, and until they have also come back.
///
/// # Errors
/// When storage or the endpoint fails, or the endpoint refuses something.
#[wasm_bindgen]
pub async fn push_all(session: String, visit: String, count: u32) -> Result<Float64Array, JsValue> {
    let online = Online::open(&session)?;
    online.until(|status| status.complete).await?;
    let fields: Fields = serde_json::from_str(&visit).map_err(fail)?;
    let draft = |kind: Kind, id: String, patch: Fields| Draft {
        id: MutationId(format!("m-{id}")),
        op: Op::Create,
        rec: RecordRef::new(kind, id),
        patch,
    };
    let mut drafts = vec![draft(Kind::Visit, "visit".to_owned(), fields)];
    for n in 0..count {
        let answer = json!({
            "visit": "visit", "question": format!("q{n}"), "value": {"t": if n % 2 == 0 { "yes" } else { "no" }}, "at": 1_780_000_000_000_i64,
        });
        drafts.push(draft(Kind::Answer, format!("a{n}"), answer.as_object().cloned().unwrap_or_default()));
    }
    online.driver.write(drafts, vec![], false).await.map_err(fail)?;
    let start = now();
    online.driver.feed(Event::Trigger(Trigger::Asked));
    online.until(|status| status.returned > 0 || status.unconfirmed == 0).await?;
    let confirmed = now() - start;
    let driver = &online.driver;
    online.until(|status| status.returned > 0 || driver.with(|replica| replica.pending().next().is_none())).await?;
    let back = now() - start;
    let refused = online.driver.status().returned;
    online.driver.close();
    if refused > 0 {
        return Err(fail(format!("the endpoint refused {refused}")));
    }
    Ok(Float64Array::from([confirmed, back].as_slice()))
}

/// Everything in the person's scope, into an empty database; milliseconds, from opening to complete. `at_least` records must have
/// come.
///
/// # Errors
/// When storage or the endpoint fails, or less has come.
#[wasm_bindgen]
pub async fn pull_all(session: String, at_least: u32) -> Result<f64, JsValue> {
    let start = now();
    let online = Online::open(&session)?;
    online.until(|status| status.complete).await?;
    let took = now() - start;
    let count = online.driver.with(|replica| replica.copies().count());
    online.driver.close();
    if count < at_least as usize { Err(fail(format!("only {count} records have come"))) } else { Ok(took) }
}

/// Signs in, as the app does; returns the session as JSON.
///
/// # Errors
/// When the endpoint says no.
#[wasm_bindgen]
pub async fn sign_in(login: String, password: String) -> Result<String, JsValue> {
    use aisle::platform::net::{Body, Call, call};
    let body = json!({"login": login, "password": password}).to_string();
    let request = Call {
        method: "POST",
        path: aisle_protocol::paths::SESSION,
        headers: vec![],
        body: Body::Json(&body),
        timeout_ms: 30_000,
    };
    let answer = call(request).await.map_err(fail)?;
    if answer.status == 200 {
        Ok(answer.text)
    } else {
        Err(fail(format!("signing in: {} {}", answer.status, answer.text)))
    }
}
