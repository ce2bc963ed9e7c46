//! A split while a person works at it: basis, rounding, locks, cells, undo. Pure; nothing here is saved or sent.
//!
//! What is not allotted stays the remainder, in sight, until the person settles it: no operation spreads it by itself.
//! The editor remembers the node's amount it was opened against; when that has changed meanwhile, it keeps the person's
//! work and offers to scale. Not here: which members a node can be split among, weights (the caller's), the screen.

use super::allot::{self, Row, Settle};
use super::node::{Dimension, Member, Node};
use super::version::{Held, Part, Split, SplitBasis};
use crate::ids::{PersonId, SplitId};
use crate::money::Amount;
use crate::visit::DeviceTimeMs;
use serde::{Deserialize, Serialize};

/// So many steps can be taken back.
pub const UNDO_MAX: usize = 100;

/// What can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sheet {
    total: Amount,
    unit: u64,
    basis: SplitBasis,
    parts: Vec<Part>,
}

/// A split being edited. Serialised, it is the draft that survives a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editor {
    node: Node,
    dimension: Dimension,
    /// The versions the edited one will replace.
    after: Vec<SplitId>,
    sheet: Sheet,
    /// Older sheets, the last one the newest.
    past: Vec<Sheet>,
    reason: String,
}

/// Why a split cannot be published yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// There is nothing to split among.
    NoParts,
    /// Not everything is allotted, or too much is (below zero).
    Remainder(Amount),
    /// The node's amount is not the one that was split.
    Changed {
        /// When it was split.
        was: Amount,
        /// Now.
        is: Amount,
    },
    /// A new version without a reason.
    NoReason,
    /// Nothing differs from the version it would replace.
    Unchanged,
}

impl Editor {
    /// A first split of a node among these members, not filled yet.
    pub fn new(node: Node, total: Amount, dimension: Dimension, unit: u64, parts: Vec<Part>) -> Self {
        let sheet = Sheet { total, unit: unit.max(1), basis: SplitBasis::Hand, parts };
        Self { node, dimension, after: Vec::new(), sheet, past: Vec::new(), reason: String::new() }
    }

    /// The node's current version, to be split again; `heads` are the versions that compete for the node.
    pub fn again(current: &Split, heads: &[SplitId]) -> Self {
        let Split { node, dimension, total, unit, basis, parts, id, .. } = current.clone();
        let after = if heads.is_empty() { vec![id] } else { heads.to_vec() };
        let sheet = Sheet { total, unit: unit.max(1), basis, parts };
        Self { node, dimension, after, sheet, past: Vec::new(), reason: String::new() }
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Along what it is split.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// The rows.
    pub fn parts(&self) -> &[Part] {
        &self.sheet.parts
    }

    /// Where the weights came from.
    pub fn basis(&self) -> &SplitBasis {
        &self.sheet.basis
    }

    /// Rounding unit, minor units.
    pub fn unit(&self) -> u64 {
        self.sheet.unit
    }

    /// What is split.
    pub fn total(&self) -> Amount {
        self.sheet.total
    }

    /// The versions the edited one will replace.
    pub fn after(&self) -> &[SplitId] {
        &self.after
    }

    /// What is allotted.
    pub fn allotted(&self) -> Amount {
        self.sheet.parts.iter().map(|part| part.amount).sum()
    }

    /// 余额: what is not.
    pub fn remainder(&self) -> Amount {
        self.sheet.total - self.allotted()
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Sets the reason. Not a step that is taken back: the field has its own undo.
    pub fn set_reason(&mut self, reason: &str) {
        reason.clone_into(&mut self.reason);
    }

    /// Whether a step can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Takes the last step back; false when there is none.
    pub fn undo(&mut self) -> bool {
        let Some(sheet) = self.past.pop() else { return false };
        self.sheet = sheet;
        true
    }

    /// Gives a row an amount by hand; false when the row is locked, or there already.
    pub fn set_amount(&mut self, row: usize, amount: Amount) -> bool {
        self.step(|sheet| {
            if let Some(part) = sheet.parts.get_mut(row).filter(|part| part.held != Held::Locked)
                && part.amount != amount
            {
                (part.amount, part.held) = (amount, Held::Manual);
            }
        })
    }

    /// Locks a row, or unlocks it; its amount stays.
    pub fn toggle_lock(&mut self, row: usize) -> bool {
        self.step(|sheet| {
            if let Some(part) = sheet.parts.get_mut(row) {
                part.held = if part.held == Held::Locked { Held::Free } else { Held::Locked };
            }
        })
    }

    /// Fills the rows that are not locked by weight, in whole rounding units; what is less than a unit remains. One weight
    /// for each row. By hand keeps every amount.
    pub fn fill(&mut self, basis: SplitBasis, weights: &[u64]) -> bool {
        self.step(|sheet| {
            if basis != SplitBasis::Hand {
                for (part, weight) in sheet.parts.iter_mut().zip(weights) {
                    part.weight = *weight;
                    if part.held == Held::Manual {
                        part.held = Held::Free;
                    }
                }
                sheet.allot();
            }
            sheet.basis = basis;
        })
    }

    /// Another rounding unit. Rows that are free are filled again; locked ones and those given by hand keep their amounts.
    pub fn round_to(&mut self, unit: u64) -> bool {
        self.step(|sheet| {
            sheet.unit = unit.max(1);
            if sheet.basis != SplitBasis::Hand && sheet.basis != SplitBasis::Scaled {
                sheet.allot();
            }
        })
    }

    /// What each row would get if the remainder were settled so; for the preview in the cells. `None` when no row can
    /// take it, or there is nothing to settle.
    pub fn preview(&self, how: Settle) -> Option<Vec<Amount>> {
        let remainder = self.remainder();
        let locked_alone = matches!(how, Settle::ToOne(row) if self.sheet.is_locked(row));
        if remainder == Amount::ZERO || locked_alone {
            return None;
        }
        allot::settle(remainder, self.sheet.unit, &self.sheet.rows(|held| held == Held::Locked), how)
    }

    /// Settles the remainder as previewed.
    pub fn settle(&mut self, how: Settle) -> bool {
        let Some(more) = self.preview(how) else { return false };
        self.step(|sheet| {
            for (part, more) in sheet.parts.iter_mut().zip(more) {
                if more != Amount::ZERO {
                    part.amount += more;
                    part.held = if part.held == Held::Locked { Held::Locked } else { Held::Manual };
                }
            }
        })
    }

    /// Takes the node's amount of now, in the same proportions; locked rows keep their value.
    pub fn scale_to(&mut self, total: Amount) -> bool {
        self.step(|sheet| {
            let amounts: Vec<Amount> = sheet.parts.iter().map(|part| part.amount).collect();
            let scaled = allot::scale(total, sheet.unit, &sheet.rows(|held| held == Held::Locked), &amounts);
            for (part, amount) in sheet.parts.iter_mut().zip(scaled.amounts) {
                part.amount = amount;
            }
            (sheet.total, sheet.basis) = (total, SplitBasis::Scaled);
        })
    }

    /// Takes the node's amount of now and leaves every row: the difference becomes the remainder.
    pub fn keep_against(&mut self, total: Amount) -> bool {
        self.step(|sheet| sheet.total = total)
    }

    /// Names the versions that compete for the node now; whoever publishes has seen them.
    pub fn follow(&mut self, heads: &[SplitId]) {
        self.after = heads.to_vec();
    }

    /// Why it cannot be published, when the node's amount is `is` and `current` is the version it would replace.
    pub fn blocked(&self, is: Amount, current: Option<&Split>) -> Option<Blocked> {
        let was = self.sheet.total;
        if self.sheet.parts.is_empty() {
            Some(Blocked::NoParts)
        } else if was != is {
            Some(Blocked::Changed { was, is })
        } else if self.remainder() != Amount::ZERO {
            Some(Blocked::Remainder(self.remainder()))
        } else if self.after.len() < 2 && current.is_some_and(|split| self.is_same(split)) {
            Some(Blocked::Unchanged)
        } else if !self.after.is_empty() && self.reason.trim().is_empty() {
            Some(Blocked::NoReason)
        } else {
            None
        }
    }

    /// The version these edits make.
    pub fn split(&self, id: SplitId, author: PersonId, at: DeviceTimeMs) -> Split {
        let Sheet { total, unit, basis, parts } = self.sheet.clone();
        let (node, dimension) = (self.node.clone(), self.dimension);
        let (reason, after) = (self.reason.trim().to_owned(), self.after.clone());
        Split { id, node, dimension, total, unit, basis, parts, author, reason, at, after }
    }

    fn is_same(&self, split: &Split) -> bool {
        let state = |part: &Part| (part.member.clone(), part.amount, part.held == Held::Locked);
        self.dimension == split.dimension
            && self.sheet.total == split.total
            && self.sheet.parts.iter().map(state).eq(split.parts.iter().map(state))
    }

    /// Does something that can be taken back; false when it changed nothing.
    fn step(&mut self, change: impl FnOnce(&mut Sheet)) -> bool {
        let before = self.sheet.clone();
        change(&mut self.sheet);
        if self.sheet == before {
            return false;
        }
        if self.past.len() == UNDO_MAX {
            self.past.remove(0);
        }
        self.past.push(before);
        true
    }
}

impl Sheet {
    fn is_locked(&self, row: usize) -> bool {
        self.parts.get(row).is_some_and(|part| part.held == Held::Locked)
    }

    fn rows(&self, held: impl Fn(Held) -> bool) -> Vec<Row> {
        let row =
            |part: &Part| Row { weight: part.weight, base: part.base, held: held(part.held).then_some(part.amount) };
        self.parts.iter().map(row).collect()
    }

    fn allot(&mut self) {
        let allotment = allot::allot(self.total, self.unit, &self.rows(|held| held != Held::Free));
        for (part, amount) in self.parts.iter_mut().zip(allotment.amounts) {
            part.amount = amount;
        }
    }
}

/// Parts for members that have no amount yet, with what each had before.
pub fn blank(members: Vec<Member>, bases: &[u64]) -> Vec<Part> {
    let base = |place: usize| bases.get(place).copied().unwrap_or(0);
    let part = |(place, member)| Part { member, weight: 0, base: base(place), amount: Amount::ZERO, held: Held::Free };
    members.into_iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;
    use crate::cascade::Scope;

    fn node() -> Node {
        Node { metric: "sales".into(), period: Period::Month(2026, 12), scope: Scope::default() }
    }

    fn people(count: usize) -> Vec<Member> {
        (0..count).map(|n| Member::Person(format!("p{n}").into())).collect()
    }

    /// Three people, last year 1 : 1 : 2, filled by that, in whole hundreds.
    fn filled(total: i64) -> Editor {
        let mut editor = Editor::new(node(), Amount(total), Dimension::Person, 100, blank(people(3), &[1, 1, 2]));
        let month = Period::Month(2025, 12);
        editor.fill(SplitBasis::History { first: month, last: month }, &[1, 1, 2]);
        editor
    }

    fn amounts(editor: &Editor) -> Vec<i64> {
        editor.parts().iter().map(|part| part.amount.0).collect()
    }

    #[test]
    fn a_basis_fills_and_the_rest_stays_in_sight() {
        let editor = filled(10_050);
        assert_eq!((amounts(&editor), editor.remainder()), (vec![2_500, 2_500, 5_000], Amount(50)));
        assert_eq!(editor.blocked(Amount(10_050), None), Some(Blocked::Remainder(Amount(50))));
    }

    #[test]
    fn a_cell_given_by_hand_moves_no_other() {
        let mut editor = filled(10_000);
        assert!(editor.set_amount(0, Amount(3_000)));
        assert_eq!((amounts(&editor), editor.remainder()), (vec![3_000, 2_500, 5_000], Amount(-500)));
        assert!(!editor.set_amount(0, Amount(3_000)), "the same amount is no step");
        assert!(editor.toggle_lock(1));
        assert!(!editor.set_amount(1, Amount(1)), "a locked cell is not edited");
        // Another rounding unit moves only what is free: the locked row and the one given by hand stay.
        editor.round_to(1_000);
        assert_eq!((amounts(&editor), editor.remainder()), (vec![3_000, 2_500, 4_000], Amount(500)));
        // Filling again takes back what was given by hand, but not locks.
        editor.fill(SplitBasis::Even, &[1, 1, 1]);
        assert_eq!((amounts(&editor), editor.remainder()), (vec![3_000, 2_500, 4_000], Amount(500)));
    }

    #[test]
    fn every_step_can_be_taken_back() {
        let mut editor = filled(10_000);
        let start = editor.clone();
        let steps: [&dyn Fn(&mut Editor) -> bool; 6] = [
            &|e| e.set_amount(2, Amount(4_000)),
            &|e| e.toggle_lock(2),
            &|e| e.settle(Settle::Evenly),
            &|e| e.round_to(10),
            &|e| e.scale_to(Amount(12_000)),
            &|e| e.keep_against(Amount(11_000)),
        ];
        for (number, step) in steps.iter().enumerate() {
            assert!(step(&mut editor), "step {number} changes something");
        }
        for number in 0..steps.len() {
            assert!(editor.undo(), "step {number}");
        }
        assert_eq!(editor, start);
        editor.undo();
        assert!(!editor.can_undo() && !editor.undo(), "back at the empty sheet");
        assert_eq!(amounts(&editor), [0, 0, 0]);
    }

    #[test]
    fn steps_are_kept_within_bounds() {
        let mut editor = filled(10_000);
        for n in 0..(UNDO_MAX as i64 + 20) {
            editor.set_amount(0, Amount(n));
        }
        let mut taken = 0;
        while editor.undo() {
            taken += 1;
        }
        assert_eq!(taken, UNDO_MAX);
    }

    #[test]
    fn a_remainder_is_settled_as_previewed() {
        let mut editor = filled(10_000);
        editor.set_amount(2, Amount(4_600));
        editor.toggle_lock(0);
        assert_eq!(editor.preview(Settle::ToOne(0)), None, "not to a locked row");
        let preview = editor.preview(Settle::Evenly).expect("free rows");
        assert_eq!(preview, [0, 200, 200].map(Amount));
        let before = amounts(&editor);
        assert!(editor.settle(Settle::Evenly));
        assert_eq!(amounts(&editor), [before[0], before[1] + 200, before[2] + 200]);
        assert_eq!((editor.remainder(), editor.preview(Settle::Evenly)), (Amount::ZERO, None));
    }

    #[test]
    fn what_stands_in_the_way_of_publishing() {
        let fresh = filled(10_000);
        assert_eq!(fresh.blocked(Amount(10_000), None), None, "a first version needs no reason");
        assert_eq!(
            fresh.blocked(Amount(9_000), None),
            Some(Blocked::Changed { was: Amount(10_000), is: Amount(9_000) })
        );
        let empty = Editor::new(node(), Amount(1), Dimension::Person, 1, vec![]);
        assert_eq!(empty.blocked(Amount(1), None), Some(Blocked::NoParts));

        let first = fresh.split("v1".into(), "boss".into(), 1);
        let mut again = Editor::again(&first, &[]);
        let is = Amount(10_000);
        assert_eq!(again.blocked(is, Some(&first)), Some(Blocked::Unchanged));
        again.set_amount(0, Amount(2_600));
        assert_eq!(again.blocked(is, Some(&first)), Some(Blocked::Remainder(Amount(-100))));
        again.set_amount(1, Amount(2_400));
        assert_eq!(again.blocked(is, Some(&first)), Some(Blocked::NoReason));
        again.set_reason("p0 took over a shop");
        assert_eq!(again.blocked(is, Some(&first)), None);
        let second = again.split("v2".into(), "boss".into(), 2);
        assert_eq!((second.after.as_slice(), second.remainder()), (&["v1".into()][..], Amount::ZERO));

        // Somebody else split the node too: taking one of the two as it is settles it, with a reason.
        let mut contest = Editor::again(&first, &["v1".into(), "w1".into()]);
        assert_eq!(contest.blocked(is, Some(&first)), Some(Blocked::NoReason));
        contest.set_reason("as agreed");
        assert_eq!(contest.blocked(is, Some(&first)), None);
        assert_eq!(contest.split("v3".into(), "boss".into(), 3).after.len(), 2);
    }

    #[test]
    fn the_parent_changed_meanwhile() {
        let mut editor = filled(10_000);
        editor.toggle_lock(0);
        let kept = {
            let mut kept = editor.clone();
            kept.keep_against(Amount(11_000));
            kept
        };
        assert_eq!((amounts(&kept), kept.remainder()), (amounts(&editor), Amount(1_000)));
        editor.scale_to(Amount(11_000));
        assert_eq!((amounts(&editor), editor.remainder()), (vec![2_500, 2_800, 5_700], Amount::ZERO));
        assert_eq!(editor.blocked(Amount(11_000), None), None);
    }

    #[test]
    fn a_draft_survives_a_reload() {
        let mut editor = filled(10_050);
        editor.set_amount(0, Amount(2_550));
        editor.toggle_lock(1);
        editor.set_reason("new shop");
        let text = serde_json::to_string(&editor).expect("writes");
        let mut back: Editor = serde_json::from_str(&text).expect("reads");
        assert_eq!(back, editor);
        assert!(back.undo() && back.undo(), "with its steps");
    }
}
