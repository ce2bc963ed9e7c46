//! Drafts in words.

use crate::i18n::use_i18n;
use crate::screens::figures::amount_said;
use crate::text::say;
use aisle_domain::MetricId;
use aisle_domain::draft::{DraftAction, DraftState};

/// How a draft stands.
pub fn state_said(state: DraftState) -> String {
    let i18n = use_i18n();
    match state {
        DraftState::Open => say!(i18n, drafts.state_open),
        DraftState::Submitted => say!(i18n, drafts.state_submitted),
        DraftState::Returned => say!(i18n, drafts.state_returned),
        DraftState::Approved => say!(i18n, drafts.state_approved),
        DraftState::Adjusted => say!(i18n, drafts.state_adjusted),
        DraftState::Withdrawn => say!(i18n, drafts.state_withdrawn),
    }
}

/// What was done with a draft.
pub fn step_said(action: DraftAction, metric: &MetricId) -> String {
    let i18n = use_i18n();
    match action {
        DraftAction::Revise { amount } => say!(i18n, drafts.step_revise, amount = amount_said(metric, amount)),
        DraftAction::Submit => say!(i18n, drafts.state_submitted),
        DraftAction::Withdraw => say!(i18n, drafts.state_withdrawn),
        DraftAction::Approve => say!(i18n, drafts.state_approved),
        DraftAction::Adjust { amount } => say!(i18n, drafts.step_adjust, amount = amount_said(metric, amount)),
        DraftAction::Return => say!(i18n, drafts.state_returned),
    }
}
