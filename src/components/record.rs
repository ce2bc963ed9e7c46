//! The state of one record on its way to the endpoint: icon and word.

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// Where a record is. Readable by shape alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordStage {
    /// Only on this phone.
    Phone,
    /// Being sent.
    Sending,
    /// The endpoint has it.
    Received,
    /// The endpoint has taken it over.
    Accepted,
    /// It came back and needs a person.
    Returned,
}

impl RecordStage {
    /// Its icon.
    pub const fn icon(self) -> IconName {
        match self {
            Self::Phone => IconName::SPhone,
            Self::Sending => IconName::SSend,
            Self::Received => IconName::SGot,
            Self::Accepted => IconName::SOk,
            Self::Returned => IconName::SBack,
        }
    }
}

/// A record's state.
#[component]
pub fn RecordState(
    /// Where it is.
    #[prop(into)]
    stage: Signal<RecordStage>,
    /// The word for it.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! {
        <span
            class="state"
            class:state--ok=move || stage.get() == RecordStage::Accepted
            class:state--back=move || stage.get() == RecordStage::Returned
        >
            <Icon name=Signal::derive(move || stage.get().icon()) />
            {label}
        </span>
    }
}
