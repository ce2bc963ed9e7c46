//! How much of the device's storage is used, and whether it is kept.

use crate::platform::device;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Storage of this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageUse {
    /// Used and given, bytes; `None` where the browser does not say.
    pub bytes: Option<(u64, u64)>,
    /// Whether the browser has promised to keep it; `None` until it has answered.
    pub persisted: Option<bool>,
}

impl StorageUse {
    /// Asks the browser; the signal fills in when it answers.
    pub fn read() -> RwSignal<Self> {
        let signal = RwSignal::new(Self::default());
        spawn_local(async move {
            let bytes = device::storage_use().await.map(|s| (s.used, s.quota));
            let persisted = Some(device::is_persisted().await);
            signal.try_set(Self { bytes, persisted });
        });
        signal
    }

    /// Asks the browser to keep it; `then` hears the answer.
    pub fn ask_to_keep(signal: RwSignal<Self>) {
        spawn_local(async move {
            let kept = device::ask_to_persist().await;
            signal.try_update(|state| state.persisted = Some(kept));
        });
    }
}
