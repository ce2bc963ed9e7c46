//! Small preferences of this device. Never work: work lives in the database.

use gloo_storage::{LocalStorage, Storage};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pref {
    /// Language chosen by the person.
    Language,
    /// Theme chosen by the person. Also read by the page before the app starts.
    Theme,
    /// Text size chosen by the person.
    TextSize,
    /// Who is signed in on this device.
    Session,
    /// The page to come back to while a visit goes on.
    Resume,
    /// How targets were looked at last.
    Targets,
    /// What the last self-check said.
    Checked,
    /// When a tab of the app was last in front; for the unlock code.
    Seen,
}

impl Pref {
    fn key(self) -> &'static str {
        match self {
            Self::Language => "aisle.language",
            Self::Theme => "aisle.theme",
            Self::TextSize => "aisle.text",
            Self::Session => "aisle.session",
            Self::Resume => "aisle.resume",
            Self::Targets => "aisle.targets",
            Self::Checked => "aisle.checked",
            Self::Seen => "aisle.seen",
        }
    }
}

/// Whether the browser keeps any: one that is told to keep nothing throws at the first touch, which gloo takes for a bug.
fn are_kept() -> bool {
    js_sys::Reflect::get(&js_sys::global(), &"localStorage".into()).is_ok_and(|storage| storage.is_object())
}

/// Reads a preference; `None` when it was never set or cannot be read.
pub fn get<T: DeserializeOwned>(pref: Pref) -> Option<T> {
    if !are_kept() {
        return None;
    }
    let value: serde_json::Value = LocalStorage::get(pref.key()).ok()?;
    serde_json::from_value(value).ok()
}

/// Keeps a preference. A browser that keeps none makes no difference to work.
pub fn set<T: Serialize>(pref: Pref, value: &T) {
    if are_kept() {
        let _ = LocalStorage::set(pref.key(), value);
    }
}

/// Forgets a preference.
pub fn clear(pref: Pref) {
    if are_kept() {
        LocalStorage::delete(pref.key());
    }
}
