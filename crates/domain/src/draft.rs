//! Bottom-up (自下而上): drafts of reps for their own shops, and what becomes of them.
//!
//! A draft is an append-only row of steps; its state is what the steps lead to. The manager sees the total of drafts
//! against the top-down figure, and approves, adjusts or returns with a comment. Not here: the split that approved drafts
//! become (`cascade`).

use crate::calendar::Period;
use crate::ids::{DraftId, MetricId, PersonId, ShopId};
use crate::money::Amount;
use crate::org::Role;
use crate::visit::DeviceTimeMs;
use serde::{Deserialize, Serialize};

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DraftState {
    /// 草稿: the rep is at it.
    Open,
    /// 已提交: waits for the manager.
    Submitted,
    /// 退回: back at the rep, with a comment.
    Returned,
    /// 已批准: as drafted.
    Approved,
    /// 已调整: approved with another amount, and a comment why.
    Adjusted,
    /// 已撤回: taken back by the rep.
    Withdrawn,
}

impl DraftState {
    /// Whether nothing more happens to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Approved | Self::Adjusted | Self::Withdrawn)
    }
}

/// What can be done with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum DraftAction {
    /// Another amount.
    Revise {
        /// How much.
        amount: Amount,
    },
    /// Hand it in.
    Submit,
    /// Take it back.
    Withdraw,
    /// Accept as drafted.
    Approve,
    /// Accept with another amount; needs a comment.
    Adjust {
        /// How much.
        amount: Amount,
    },
    /// Give it back; needs a comment.
    Return,
}

impl DraftAction {
    /// Who may do this: the person whose draft it is, or the one who reviews it.
    fn is_review(self) -> bool {
        matches!(self, Self::Approve | Self::Adjust { .. } | Self::Return)
    }

    fn needs_comment(self) -> bool {
        matches!(self, Self::Adjust { .. } | Self::Return)
    }
}

/// Whether a role may do this to a draft that stands so, and where it leads. Reps draft; managers and admins review;
/// supervisors see both and may return a draft they have to coach.
pub fn next_state(state: DraftState, role: Role, action: DraftAction) -> Option<DraftState> {
    use DraftState::{Adjusted, Approved, Open, Returned, Submitted, Withdrawn};
    let may = match (role, action) {
        (Role::Rep, action) => !action.is_review(),
        (Role::Supervisor, DraftAction::Return) => true,
        (Role::Manager | Role::Admin, action) => action.is_review(),
        (Role::Supervisor | Role::Auditor, _) => false,
    };
    let next = match (state, action) {
        (Open | Returned, DraftAction::Revise { .. }) => Open,
        (Open | Returned, DraftAction::Submit) => Submitted,
        (Open | Returned | Submitted, DraftAction::Withdraw) => Withdrawn,
        (Submitted, DraftAction::Approve) => Approved,
        (Submitted, DraftAction::Adjust { .. }) => Adjusted,
        (Submitted, DraftAction::Return) => Returned,
        _ => return None,
    };
    may.then_some(next)
}

/// One step in the life of a draft. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftStep {
    /// What was done.
    pub action: DraftAction,
    /// Who.
    pub by: PersonId,
    /// In which role.
    pub role: Role,
    /// Said with it; adjusting and returning need it.
    #[serde(default)]
    pub comment: String,
    /// When, by the person's device.
    pub at: DeviceTimeMs,
}

/// A step as a record of its own: steps are made on several devices. Their order is the endpoint's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledStep {
    /// The draft it belongs to.
    pub draft: DraftId,
    /// The step.
    #[serde(flatten)]
    pub step: DraftStep,
}

/// A rep's figure for one own shop. On the wire without its steps, which are records of their own ([`FiledStep`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Whose draft it is.
    pub person: PersonId,
    /// For which shop.
    pub shop: ShopId,
    /// What is counted.
    pub metric: MetricId,
    /// When.
    pub period: Period,
    /// The first figure.
    pub amount: Amount,
    /// What happened since, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<DraftStep>,
}

/// Why a step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Not possible in this state, or not for this role.
    #[error("a {} may not do this to a draft that is {state:?}", .role.as_str())]
    NotAllowed {
        /// How the draft stands.
        state: DraftState,
        /// Who tried.
        role: Role,
    },
    /// Somebody else's draft.
    #[error("only the person who drafted may do this")]
    NotOwn,
    /// One's own draft.
    #[error("nobody reviews the own draft")]
    Own,
    /// Adjusting and returning take a sentence.
    #[error("needs a comment")]
    NoComment,
}

impl Draft {
    /// Where it stands.
    pub fn state(&self) -> DraftState {
        self.steps
            .iter()
            .fold(DraftState::Open, |state, step| next_state(state, step.role, step.action).unwrap_or(state))
    }

    /// The figure as it stands: as drafted, revised or adjusted.
    pub fn figure(&self) -> Amount {
        let given = |step: &DraftStep| match step.action {
            DraftAction::Revise { amount } | DraftAction::Adjust { amount } => Some(amount),
            _ => None,
        };
        self.steps.iter().rev().find_map(given).unwrap_or(self.amount)
    }

    /// The figure as the rep last gave it, whatever the manager made of it.
    pub fn drafted(&self) -> Amount {
        let revised = |step: &DraftStep| match step.action {
            DraftAction::Revise { amount } => Some(amount),
            _ => None,
        };
        self.steps.iter().rev().find_map(revised).unwrap_or(self.amount)
    }

    /// The draft with one more step.
    ///
    /// # Errors
    /// When the state or the role does not allow it, when it is not for this person to do, or when a comment is missing.
    pub fn step(&self, step: DraftStep) -> Result<Self, DraftError> {
        let (state, role) = (self.state(), step.role);
        if next_state(state, role, step.action).is_none() {
            return Err(DraftError::NotAllowed { state, role });
        }
        match (step.action.is_review(), step.by == self.person) {
            (true, true) => return Err(DraftError::Own),
            (false, false) => return Err(DraftError::NotOwn),
            _ => {}
        }
        if step.action.needs_comment() && step.comment.trim().is_empty() {
            return Err(DraftError::NoComment);
        }
        let mut next = self.clone();
        next.steps.push(step);
        Ok(next)
    }
}

/// Drafts against the top-down figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftTotals {
    /// Sum of the figures that count: every draft that is not withdrawn, as it stands.
    pub drafted: Amount,
    /// Of that, approved or adjusted.
    pub approved: Amount,
    /// Of that, waiting for the manager.
    pub submitted: Amount,
    /// Shops without a draft that counts: their figures are not zero, they are not there yet.
    pub missing: Vec<ShopId>,
    /// The top-down figure, where one is set.
    pub top_down: Option<Amount>,
}

impl DraftTotals {
    /// Drafted − top-down; `None` without a top-down figure. Below zero the drafts fall short.
    pub fn gap(&self) -> Option<Amount> {
        self.top_down.map(|top_down| self.drafted - top_down)
    }

    /// Whether every shop has a draft and nothing waits.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.approved == self.drafted && self.submitted == Amount::ZERO
    }
}

/// Adds up the drafts of these shops. Of two drafts for the same shop the one with the larger id counts (UUIDv7: made
/// later); the caller hands in the drafts of one metric and period.
pub fn totals(drafts: &[Draft], shops: &[ShopId], top_down: Option<Amount>) -> DraftTotals {
    let mut totals = DraftTotals { top_down, ..DraftTotals::default() };
    for shop in shops {
        let of_shop = drafts.iter().filter(|draft| draft.shop == *shop && draft.state() != DraftState::Withdrawn);
        let Some(draft) = of_shop.max_by(|a, b| a.id.cmp(&b.id)) else {
            totals.missing.push(shop.clone());
            continue;
        };
        let figure = draft.figure();
        totals.drafted += figure;
        match draft.state() {
            DraftState::Approved | DraftState::Adjusted => totals.approved += figure,
            DraftState::Submitted => totals.submitted += figure,
            DraftState::Open | DraftState::Returned | DraftState::Withdrawn => {}
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use DraftAction::{Adjust, Approve, Return, Revise, Submit, Withdraw};

    fn draft(id: &str, shop: &str, amount: i64) -> Draft {
        Draft {
            id: id.into(),
            person: "rep".into(),
            shop: shop.into(),
            metric: "sales".into(),
            period: Period::Month(2026, 12),
            amount: Amount(amount),
            steps: vec![],
        }
    }

    fn step(by: &str, role: Role, action: DraftAction, comment: &str) -> DraftStep {
        DraftStep { action, by: by.into(), role, comment: comment.into(), at: 0 }
    }

    fn after(draft: Draft, steps: &[(&str, Role, DraftAction)]) -> Draft {
        steps
            .iter()
            .fold(draft, |draft, (by, role, action)| draft.step(step(by, *role, *action, "because")).expect("allowed"))
    }

    #[test]
    fn who_may_do_what() {
        use DraftState::{Adjusted, Approved, Open, Returned, Submitted, Withdrawn};
        let (revise, adjust) = (Revise { amount: Amount(1) }, Adjust { amount: Amount(1) });
        let rep = [
            (Open, revise, Open),
            (Open, Submit, Submitted),
            (Open, Withdraw, Withdrawn),
            (Returned, revise, Open),
            (Returned, Submit, Submitted),
            (Returned, Withdraw, Withdrawn),
            (Submitted, Withdraw, Withdrawn),
        ];
        let manager = [(Submitted, Approve, Approved), (Submitted, adjust, Adjusted), (Submitted, Return, Returned)];
        let states = [Open, Submitted, Returned, Approved, Adjusted, Withdrawn];
        for role in Role::ALL {
            for state in states {
                for action in [revise, Submit, Withdraw, Approve, adjust, Return] {
                    let allowed: &[_] = match role {
                        Role::Rep => &rep,
                        Role::Manager | Role::Admin => &manager,
                        Role::Supervisor => &manager[2..],
                        Role::Auditor => &[],
                    };
                    let expect = allowed.iter().find(|(s, a, _)| *s == state && *a == action).map(|(_, _, next)| *next);
                    assert_eq!(next_state(state, role, action), expect, "{role:?} {action:?} in {state:?}");
                }
            }
        }
    }

    #[test]
    fn a_draft_goes_back_and_forth() {
        let returned = after(draft("d", "s", 100), &[("rep", Role::Rep, Submit), ("boss", Role::Manager, Return)]);
        assert_eq!((returned.state(), returned.figure()), (DraftState::Returned, Amount(100)));
        let rest = [
            ("rep", Role::Rep, Revise { amount: Amount(120) }),
            ("rep", Role::Rep, Submit),
            ("boss", Role::Manager, Adjust { amount: Amount(130) }),
        ];
        let adjusted = after(returned, &rest);
        assert_eq!(adjusted.state(), DraftState::Adjusted);
        assert_eq!((adjusted.drafted(), adjusted.figure()), (Amount(120), Amount(130)), "both stay readable");
        assert!(adjusted.state().is_final());
    }

    #[test]
    fn refusals_by_hand() {
        let submitted = after(draft("d", "s", 100), &[("rep", Role::Rep, Submit)]);
        let cases = [
            (step("rep", Role::Manager, Approve, ""), DraftError::Own), // a rep made manager meanwhile
            (step("other", Role::Rep, Withdraw, ""), DraftError::NotOwn),
            (step("boss", Role::Manager, Return, " "), DraftError::NoComment),
            (step("boss", Role::Manager, Adjust { amount: Amount(1) }, ""), DraftError::NoComment),
            (
                step("rep", Role::Rep, Submit, ""),
                DraftError::NotAllowed { state: DraftState::Submitted, role: Role::Rep },
            ),
        ];
        for (step, expect) in cases {
            assert_eq!(submitted.step(step.clone()), Err(expect), "{step:?}");
        }
    }

    #[test]
    fn totals_against_the_top_down_figure() {
        let (submit, approve) = (("rep", Role::Rep, Submit), ("boss", Role::Manager, Approve));
        let adjust = ("boss", Role::Manager, Adjust { amount: Amount(350) });
        let drafts = [
            after(draft("1", "a", 100), &[submit, approve]),
            after(draft("2", "b", 200), &[submit]),
            after(draft("3", "c", 300), &[submit, adjust]),
            draft("4", "d", 50),
            after(draft("5", "e", 70), &[("rep", Role::Rep, Withdraw)]),
            draft("6", "elsewhere", 999),
        ];
        let shops: Vec<ShopId> = ["a", "b", "c", "d", "e"].map(ShopId::from).into();
        let totals = totals(&drafts, &shops, Some(Amount(1_000)));
        assert_eq!((totals.drafted, totals.approved, totals.submitted), (Amount(700), Amount(450), Amount(200)));
        assert_eq!((totals.gap(), totals.missing.as_slice()), (Some(Amount(-300)), &["e".into()][..]));
        assert!(!totals.is_complete());
    }
}
