//! A device without a network: writing, and starting cold.

use crate::data::{self, SHOPS, YEARS};
use crate::facts::Trees;
use crate::{fail, now};
use aisle::storage::IdbStore;
use aisle_domain::facts::Segment;
use aisle_domain::org::segment_id;
use aisle_protocol::mutation::{DeviceId, MutationId, Op};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::replica::Edit;
use aisle_sync::{Draft, Effect, Engine, Event, Store, WriteId};
use js_sys::{Array, Float64Array};
use serde_json::json;
use std::collections::VecDeque;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The engine over the app's storage, without a network.
pub(crate) struct Device {
    engine: Engine,
    store: IdbStore,
}

impl Device {
    /// Reads storage, as the app does at its start.
    pub(crate) async fn start(name: &str) -> Result<Self, JsValue> {
        let store = IdbStore::new(name);
        let snapshot = store.load().await.map_err(fail)?;
        let mut device = Self { engine: Engine::new(DeviceId("bench".to_owned()), 1), store };
        let effects = device.engine.step(Event::Loaded(snapshot), 1);
        device.perform(effects).await?;
        Ok(device)
    }

    /// Performs the effects of storage; the others are the network's.
    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), JsValue> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Commit(batch) => {
                    let revision = self.store.commit(batch).await.map_err(fail)?;
                    effects.extend(self.engine.step(Event::Committed(revision), 1));
                }
                Effect::Wrote(_, Err(error)) | Effect::Halt(error) => return Err(fail(error)),
                _ => {}
            }
        }
        Ok(())
    }

    async fn commit(&self, edits: &[Edit]) -> Result<(), JsValue> {
        self.store.commit(self.engine.replica().batch(edits)).await.map(|_| ()).map_err(fail)
    }
}

/// Writes `count` records in one batch, as a page of the feed is written; milliseconds until it is durable.
///
/// # Errors
/// When storage fails.
#[wasm_bindgen]
pub async fn bulk_write(name: String, count: u32) -> Result<f64, JsValue> {
    let device = Device::start(&name).await?;
    let records: Vec<_> = (0..count).map(data::record).collect();
    let start = now();
    let edits = data::edits(records);
    device.commit(&edits).await?;
    Ok(now() - start)
}

/// Gives an answer `times` times, as a person does: one mutation each, durable before the next; milliseconds of each.
///
/// # Errors
/// When storage fails.
#[wasm_bindgen]
pub async fn single_writes(name: String, times: u32) -> Result<Float64Array, JsValue> {
    let mut device = Device::start(&name).await?;
    let mut took = Vec::new();
    for n in 0..times {
        let patch = json!({"visit": "v1", "question": format!("q{n}"), "value": {"t": "yes"}, "at": n});
        let start = now();
        let draft = Draft {
            id: MutationId(format!("m{n}")),
            op: Op::Create,
            rec: RecordRef::new(Kind::Answer, format!("a{n}")),
            patch: patch.as_object().cloned().unwrap_or_default(),
        };
        let write = Event::Write { id: WriteId(u64::from(n)), drafts: vec![draft], photos: vec![], strict: false };
        let effects = device.engine.step(write, 1);
        device.perform(effects).await?;
        took.push(now() - start);
    }
    Ok(Float64Array::from(took.as_slice()))
}

/// Fills a database with records and facts, for a cold start. Milliseconds for the facts.
///
/// # Errors
/// When storage fails.
#[wasm_bindgen]
pub async fn seed(name: String, records: u32, facts: u32) -> Result<f64, JsValue> {
    let device = Device::start(&name).await?;
    if records > 0 {
        device.commit(&data::edits((0..records).map(data::record).collect())).await?;
    }
    let device = Device::start(&name).await?;
    let segments = data::segments(facts);
    let start = now();
    let edits: Vec<Edit> = segments.into_iter().map(|(id, packed)| Edit::Facts(id, packed)).collect();
    device.commit(&edits).await?;
    Ok(now() - start)
}

/// Opens a database in a browser that has just started, reads everything and rolls the facts up. Returns milliseconds,
/// the number of records, and the check of the sums.
///
/// # Errors
/// When storage fails.
#[wasm_bindgen]
pub async fn cold_start(name: String) -> Result<Array, JsValue> {
    let start = now();
    let device = Device::start(&name).await?;
    let replica = device.engine.replica();
    let trees = Trees::new()?;
    let unpack = |n: u32, year: i32| {
        let packed = replica.facts(&segment_id(&data::shop(n), year))?;
        Segment::unpack(&packed).ok().map(|segment| (n, segment))
    };
    let segments: Vec<(u32, Segment)> = (0..SHOPS).flat_map(|n| YEARS.map(|year| unpack(n, year))).flatten().collect();
    let sums = trees.roll_up(&segments)?;
    let took = now() - start;
    let records = replica.copies().count();
    Ok(Array::of3(&took.into(), &(records as f64).into(), &trees.check(&sums).into()))
}
