//! Short messages at the foot of the screen.

use crate::platform::clock;
use leptos::prelude::*;

/// How long a message stays, milliseconds.
const STAYS_MS: u32 = 10_000;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Tells two messages with the same words apart.
    pub id: u64,
    /// What it says, already in the person's language.
    pub text: String,
}

/// The messages. Context.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
    timers: StoredValue<Vec<(u64, clock::Timer)>, LocalStorage>,
}

impl Toasts {
    /// None at first.
    pub fn provide() -> Self {
        let this =
            Self { list: RwSignal::default(), next: StoredValue::new(1), timers: StoredValue::new_local(Vec::new()) };
        provide_context(this);
        this
    }

    /// The messages in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// What is shown now.
    pub fn list(self) -> Signal<Vec<Toast>> {
        self.list.into()
    }

    /// Shows a message for a while.
    pub fn show(self, text: String) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.list.update(|list| list.push(Toast { id, text }));
        let timer = clock::after_ms(STAYS_MS, move || self.dismiss(id));
        self.timers.update_value(|timers| timers.push((id, timer)));
    }

    /// Takes a message away.
    pub fn dismiss(self, id: u64) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }
}
