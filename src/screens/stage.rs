//! How far a record has come, in the words of every page that lists records.

use crate::components::{RecordStage, RecordState};
use crate::i18n::use_i18n;
use crate::state::sync::RecordState as Stage;
use crate::text::say;
use leptos::prelude::*;

/// The state of a record.
#[component]
pub fn StageOf(
    /// How far it has come.
    #[prop(into)]
    state: Signal<Stage>,
) -> impl IntoView {
    let i18n = use_i18n();
    let stage = Signal::derive(move || match state.get() {
        Stage::OnPhone => RecordStage::Phone,
        Stage::Sending => RecordStage::Sending,
        Stage::Received => RecordStage::Received,
        Stage::Accepted => RecordStage::Accepted,
        Stage::Returned => RecordStage::Returned,
    });
    let label = Signal::derive(move || match state.get() {
        Stage::OnPhone => say!(i18n, state.phone),
        Stage::Sending => say!(i18n, state.sending),
        Stage::Received => say!(i18n, state.received),
        Stage::Accepted => say!(i18n, state.accepted),
        Stage::Returned => say!(i18n, state.returned),
    });
    view! { <RecordState stage label/> }
}
