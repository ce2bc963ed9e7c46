//! A worker with the module that reads files. It is fetched when somebody has chosen one; ending it leaves nothing behind.

use super::window;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// What the worker says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// So many rows of about so many have been read.
    Read(f64, f64),
    /// It is done; see `crates/import-worker`.
    Result(Vec<String>),
    /// The module could not be had, or failed.
    Failed,
}

/// A worker that reads. Dropping it ends it.
pub struct Reader {
    worker: Worker,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _failed: Closure<dyn FnMut(JsValue)>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// Begins to read a file. `None` when this browser has no such workers.
pub fn read(bytes: &[u8], wish: &str, on: impl Fn(Said) + Clone + 'static) -> Option<Reader> {
    let document = window()?.document()?;
    let address = document.query_selector("meta[name=aisle-import-worker]").ok()??.get_attribute("content")?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&address, &options).ok()?;
    let heard = {
        let on = on.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| on(said(&event.data())))
    };
    let failed = Closure::<dyn FnMut(JsValue)>::new(move |_| on(Said::Failed));
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
    let message = Object::new();
    Reflect::set(&message, &"bytes".into(), &Uint8Array::from(bytes).buffer()).ok()?;
    Reflect::set(&message, &"wish".into(), &wish.into()).ok()?;
    worker.post_message(&message).ok()?;
    Some(Reader { worker, _heard: heard, _failed: failed })
}

fn said(data: &JsValue) -> Said {
    let field = |name: &str| Reflect::get(data, &name.into()).unwrap_or_default();
    if let (Some(done), Some(of)) = (field("done").as_f64(), field("of").as_f64()) {
        return Said::Read(done, of);
    }
    match field("result").dyn_into::<Array>() {
        Ok(texts) => Said::Result(texts.iter().filter_map(|text| text.as_string()).collect()),
        Err(_) => Said::Failed,
    }
}
