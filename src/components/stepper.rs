//! A whole number with minus and plus: tap, hold to repeat, or type.

use std::time::Duration;

use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::icon::{Icon, IconName};

/// How long a key is held before it repeats.
const HOLD: Duration = Duration::from_millis(450);
/// The pause between two repeats.
const REPEAT: Duration = Duration::from_millis(90);

/// What is shown, and what was handed out but has not come back as `value` yet. Saving takes a moment: without this, the
/// echo of an early tap would overwrite a later one.
#[derive(Debug, Default)]
struct Draft {
    pending: Vec<Option<i64>>,
}

impl Draft {
    /// Notes a value that is handed out.
    fn sent(&mut self, value: Option<i64>) {
        self.pending.push(value);
    }

    /// Takes a value that came in; says whether it shall be shown.
    fn echoed(&mut self, value: Option<i64>) -> bool {
        match self.pending.iter().position(|sent| *sent == value) {
            Some(at) => drop(self.pending.drain(..=at)),
            None => self.pending.clear(),
        }
        self.pending.is_empty()
    }
}

/// Reads what was typed. Empty text is no number, which is different from nought.
fn parse(text: &str, min: i64, max: i64) -> Result<Option<i64>, std::num::ParseIntError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse::<i64>().map(|number| Some(number.clamp(min, max)))
}

/// The number one step further. An empty field counts as nought, except that minus on it says nought, not less.
fn stepped(value: Option<i64>, by: i64, min: i64, max: i64) -> i64 {
    value.map_or_else(|| by.max(0), |number| number.saturating_add(by)).clamp(min, max)
}

/// A number field with keys at its sides.
#[component]
pub fn Stepper(
    /// The number; `None` is an empty field.
    #[prop(into)]
    value: Signal<Option<i64>>,
    /// Runs on each tap, once after a hold, and when typing ends. `None`: emptied.
    #[prop(into)]
    on_commit: Callback<Option<i64>>,
    /// The field's name for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The minus key's name.
    #[prop(into)]
    minus_label: Signal<String>,
    /// The plus key's name.
    #[prop(into)]
    plus_label: Signal<String>,
    /// What an empty field says, such as the unit.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// Smallest number.
    #[prop(optional)]
    min: i64,
    /// Largest number.
    #[prop(default = 999_999)]
    max: i64,
    /// Full width.
    #[prop(optional)]
    wide: bool,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let shown = RwSignal::new(value.get_untracked());
    let draft = StoredValue::new(Draft::default());
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let held = StoredValue::new(false);

    Effect::new(move |_| {
        let value = value.get();
        if draft.try_update_value(|draft| draft.echoed(value)).unwrap_or(false) {
            shown.set(value);
        }
    });

    let commit = move |number: Option<i64>| {
        draft.update_value(|draft| draft.sent(number));
        on_commit.run(number);
    };
    let bump = move |by: i64| shown.set(Some(stepped(shown.get_untracked(), by, min, max)));
    let release = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        if held.get_value() {
            commit(shown.get_untracked());
        }
    };
    on_cleanup(move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    });

    let key = move |by: i64, icon: IconName, name: Signal<String>| {
        view! {
            <button
                type="button"
                aria-label=name
                disabled=disabled
                on:pointerdown=move |_| {
                    held.set_value(false);
                    repeat(timer, held, HOLD, Callback::new(move |()| bump(by)));
                }
                on:pointerup=move |_| release()
                on:pointerleave=move |_| release()
                on:pointercancel=move |_| release()
                on:contextmenu=|event| event.prevent_default()
                on:click=move |_| {
                    if held.get_value() {
                        held.set_value(false);
                    } else {
                        let before = shown.get_untracked();
                        bump(by);
                        let now = shown.get_untracked();
                        if now != before {
                            commit(now);
                        }
                    }
                }
            >
                <Icon name=icon />
            </button>
        }
    };
    let typed = move |_| {
        let Some(field) = field.get_untracked() else { return };
        match parse(&field.value(), min, max) {
            Ok(number) if number != shown.get_untracked() => {
                shown.set(number);
                commit(number);
            }
            // The same number, or no number at all: what stood there comes back.
            Ok(_) | Err(_) => field.set_value(&text_of(shown.get_untracked())),
        }
    };
    view! {
        <div class="stepr" class:stepr--wide=wide>
            {key(-1, IconName::Minus, minus_label)}
            <input
                node_ref=field
                inputmode=if min < 0 { "text" } else { "numeric" }
                autocomplete="off"
                aria-label=label
                placeholder=placeholder
                disabled=disabled
                prop:value=move || text_of(shown.get())
                on:change=typed
            />
            {key(1, IconName::Plus, plus_label)}
        </div>
    }
}

fn text_of(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// Runs `step` after `wait`, then again and again until the timer is cleared.
fn repeat(timer: StoredValue<Option<TimeoutHandle>>, held: StoredValue<bool>, wait: Duration, step: Callback<()>) {
    let next = set_timeout_with_handle(
        move || {
            // The field may be gone by now.
            if held.try_update_value(|held| *held = true).is_some() {
                step.run(());
                repeat(timer, held, REPEAT, step);
            }
        },
        wait,
    );
    timer.try_update_value(|timer| *timer = next.ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_not_nought() {
        assert_eq!(parse("  ", 0, 99), Ok(None));
        assert_eq!(parse("0", 0, 99), Ok(Some(0)));
        assert_eq!(parse("120", 0, 99), Ok(Some(99)));
        assert!(parse("4 of 5", 0, 99).is_err());
    }

    #[test]
    fn steps_stay_within_the_limits() {
        assert_eq!(stepped(None, 1, 0, 9), 1);
        assert_eq!(stepped(None, -1, 0, 9), 0); // "none there" in one tap
        assert_eq!(stepped(Some(9), 1, 0, 9), 9);
        assert_eq!(stepped(Some(0), -1, 0, 9), 0);
    }

    #[test]
    fn an_early_echo_does_not_overwrite_a_later_tap() {
        let mut draft = Draft::default();
        draft.sent(Some(1));
        draft.sent(Some(2));
        assert!(!draft.echoed(Some(1)), "2 is still on its way");
        assert!(draft.echoed(Some(2)));
    }

    #[test]
    fn a_change_from_elsewhere_is_shown() {
        let mut draft = Draft::default();
        draft.sent(Some(1));
        assert!(draft.echoed(Some(40)));
    }
}
