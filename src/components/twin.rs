//! The twin rule 应实尺 and its reading in words.
//!
//! A thin upper rule is what should be, the bar below is what is, the hatch between them is the gap. Both are percent of
//! the same whole. Which percent, and what they mean, is the caller's: this module does no arithmetic on targets.

use super::hundredths;
use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// How tall a twin rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TwinSize {
    /// Once per screen, with day ticks and words on the bar.
    Lg,
    /// In lists.
    #[default]
    Md,
    /// In tight rows.
    Sm,
}

/// Below this reading of both rules (percent) the words stand to the right of the bar, because they do not fit on it.
const WORDS_FIT_FROM: f64 = 34.0;

/// Both numbers of a twin rule, cleaned for drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    reference: f64,
    actual: f64,
}

impl Reading {
    /// `None` where there is nothing honest to draw: a missing, infinite or undefined number.
    fn of(reference: Option<f64>, actual: Option<f64>) -> Option<Self> {
        let (reference, actual) = (reference?, actual?);
        (reference.is_finite() && actual.is_finite())
            .then_some(Self { reference: reference.max(0.0), actual: actual.max(0.0) })
    }

    fn words_beside(self) -> bool {
        self.actual.min(self.reference) < WORDS_FIT_FROM
    }
}

/// The twin rule. Always stands beside a number. Without a target (`reference` or `actual` is `None`) no bar is drawn:
/// the caller shows a dash and one sentence why.
#[component]
pub fn Twin(
    /// What should be, percent (73.3 is 73.3 %). `None`: no target.
    #[prop(into)]
    reference: Signal<Option<f64>>,
    /// What is, percent. Over 100 the bar stops at 100 and the number beside it says the rest.
    #[prop(into)]
    actual: Signal<Option<f64>>,
    /// The whole reading as a sentence, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// How tall.
    #[prop(optional)]
    size: TwinSize,
    /// Day ticks on the large rule: days of the period. 0: no ticks.
    #[prop(optional, into)]
    days: Signal<u32>,
    /// How many of them are gone.
    #[prop(optional, into)]
    days_gone: Signal<u32>,
    /// Words on the bar of the large rule, such as “Achieved 68.2%”. Empty: none.
    #[prop(optional, into)]
    value_label: Signal<String>,
    /// Words on the yellow tag of the large rule, such as “Time 73.3%”. Empty: none.
    #[prop(optional, into)]
    now_label: Signal<String>,
) -> impl IntoView {
    let reading = Memo::new(move |_| Reading::of(reference.get(), actual.get()));
    let present = Memo::new(move |_| reading.get().is_some());
    let px = move |pick: fn(Reading) -> f64| reading.get().map_or_else(String::new, |r| hundredths(pick(r)));
    let words = move |class: &'static str, text: Signal<String>| {
        (size == TwinSize::Lg && !text.read().is_empty()).then(|| view! { <span class=class>{text}</span> })
    };
    view! {
        <Show when=move || present.get()>
            <span
                class="twin"
                class:twin--lg=size == TwinSize::Lg
                class:twin--md=size == TwinSize::Md
                class:twin--sm=size == TwinSize::Sm
                class:twin--low=move || reading.get().is_some_and(Reading::words_beside)
                role="img"
                aria-label=label
                style=("--ref", move || px(|r| r.reference))
                style=("--act", move || px(|r| r.actual))
                style=("--days", move || days.get().max(1).to_string())
                style=("--gone", move || days_gone.get().max(1).to_string())
            >
                <span class="twin__ref"></span>
                <span class="twin__act">{move || words("twin__value", value_label)}</span>
                <span class="twin__now"></span>
                {move || words("twin__label", now_label)}
            </span>
        </Show>
    }
}

/// The three things a twin rule shows, in words. At most once per screen.
#[component]
pub fn TwinKey(
    /// The word for the thin rule.
    #[prop(into)]
    reference: Signal<String>,
    /// The word for the bar.
    #[prop(into)]
    actual: Signal<String>,
    /// The word for the hatch. Empty: left out.
    #[prop(optional, into)]
    gap: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="twin-key">
            <span><i></i>{reference}</span>
            <span><i class="is-act"></i>{actual}</span>
            {move || (!gap.read().is_empty()).then(|| view! { <span><i class="is-gap"></i>{gap}</span> })}
        </span>
    }
}

/// The band a gap falls into. The thresholds are the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Band {
    /// At or over what should be.
    Ahead,
    /// Within the neutral band.
    Even,
    /// Behind.
    Behind,
    /// Far behind.
    Crit,
}

impl Band {
    const fn class(self) -> &'static str {
        match self {
            Self::Ahead => "delta delta--ahead",
            Self::Even => "delta delta--even",
            Self::Behind => "delta delta--behind",
            Self::Crit => "delta delta--crit",
        }
    }

    const fn icon(self) -> IconName {
        match self {
            Self::Ahead => IconName::Up,
            Self::Even => IconName::Even,
            Self::Behind | Self::Crit => IconName::Down,
        }
    }
}

/// A gap in words: arrow, sign, number, unit.
#[component]
pub fn Delta(
    /// Colour and arrow.
    #[prop(into)]
    band: Signal<Band>,
    /// The number with its sign and unit, such as “−5.1 pt”.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <span class=move || band.get().class()>
            <Icon name=Signal::derive(move || band.get().icon()) />
            {text}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_without_two_real_numbers() {
        for (reference, actual) in [
            (None, Some(10.0)),
            (Some(10.0), None),
            (Some(f64::NAN), Some(1.0)),
            (Some(50.0), Some(f64::INFINITY)), // a target of nought
        ] {
            assert_eq!(Reading::of(reference, actual), None, "{reference:?} {actual:?}");
        }
    }

    #[test]
    fn returns_over_sales_draw_an_empty_bar() {
        assert_eq!(Reading::of(Some(50.0), Some(-3.0)), Some(Reading { reference: 50.0, actual: 0.0 }));
    }

    #[test]
    fn words_leave_a_short_bar() {
        let beside = |reference, actual| Reading { reference, actual }.words_beside();
        assert!(beside(10.0, 4.2)); // first days of the month
        assert!(beside(73.3, 5.0)); // far behind
        assert!(!beside(73.3, 68.2));
    }
}
