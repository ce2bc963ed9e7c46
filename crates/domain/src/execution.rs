//! Execution (巡店执行): planned → visited → passed, and how much of it is known.
//!
//! What has not been received is not called missed: days of a person after the last record that came from them are
//! counted apart, until their phone has synced. Not here: scores (`checklist`), sales (`progress`).

use crate::figures::Sample;
use crate::ids::PersonId;
use crate::org::Shop;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Planned, visited, passed: counts of shop-days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Days on which a shop was on the route.
    pub planned: u32,
    /// Of these, with a finished visit.
    pub visited: u32,
    /// Of these, passed.
    pub passed: u32,
    /// Planned, not visited as far as is known, and after the last record of the person who looks after the shop.
    pub not_received: u32,
    /// Finished visits on days that were not planned; not in the figures above.
    pub unplanned: u32,
}

impl Funnel {
    /// 拜访达成率: visited ÷ planned; `None` without a plan.
    pub fn visited_share(self) -> Option<f64> {
        share(self.visited, self.planned)
    }

    /// Passed ÷ visited; `None` without visits.
    pub fn passed_share(self) -> Option<f64> {
        share(self.passed, self.visited)
    }

    /// Both added.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            planned: self.planned + other.planned,
            visited: self.visited + other.visited,
            passed: self.passed + other.passed,
            not_received: self.not_received + other.not_received,
            unplanned: self.unplanned + other.unplanned,
        }
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// What is known of a shop's visits: by day, whether the last finished one passed.
pub type Visited = BTreeMap<NaiveDate, bool>;

/// The funnel of one shop over some days. `received` is the day of the last record of the person who looks after it;
/// `None` when nothing of theirs has ever come.
pub fn funnel(
    shop: &Shop,
    days: impl Iterator<Item = NaiveDate>,
    visited: &Visited,
    received: Option<NaiveDate>,
) -> Funnel {
    let mut funnel = Funnel::default();
    for day in days {
        let seen = visited.get(&day);
        match (shop.is_due(day), seen) {
            (true, Some(passed)) => {
                funnel.planned += 1;
                funnel.visited += 1;
                funnel.passed += u32::from(*passed);
            }
            (true, None) => {
                funnel.planned += 1;
                funnel.not_received += u32::from(received.is_none_or(|received| day > received));
            }
            (false, Some(_)) => funnel.unplanned += 1,
            (false, None) => {}
        }
    }
    funnel
}

/// A shop as one of those in scope: checked when it was visited in these days, passed by its last visit.
pub fn sample(visited: &Visited, first: NaiveDate, last: NaiveDate) -> Sample {
    let latest = if first <= last { visited.range(first..=last).next_back() } else { None };
    let (checked, passed) = (u64::from(latest.is_some()), u64::from(latest.is_some_and(|(_, passed)| *passed)));
    Sample { passed, checked, in_scope: 1 }
}

/// Who looks after a shop on a day: the largest share, of equals the first by id.
pub fn keeper(shop: &Shop, day: NaiveDate) -> Option<PersonId> {
    let shares = crate::credit::shares_on(&shop.assigned, day);
    let largest = shares.iter().map(|(_, share)| *share).max()?;
    shares.into_iter().find(|(_, share)| *share == largest).map(|(person, _)| person)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::{Assignment, Channel, Tier};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    /// On the route on Mondays and Thursdays.
    fn shop() -> Shop {
        let assigned = |person: &str, share_bp| Assignment { person: person.into(), share_bp, from: None, until: None };
        Shop {
            name: "S".into(),
            address: String::new(),
            city: String::new(),
            territory: "t".into(),
            channel: Channel("ka".into()),
            tier: Tier("A".into()),
            position: None,
            assigned: vec![assigned("b", 5_000), assigned("a", 5_000)],
            visit_weekdays: vec![1, 4],
        }
    }

    #[test]
    fn planned_visited_passed_by_hand() {
        // November 2026 begins on a Sunday: Mondays 2, 9, 16; Thursdays 5, 12, 19.
        let visited: Visited = [("2026-11-02", true), ("2026-11-05", false), ("2026-11-07", true)]
            .map(|(at, passed)| (day(at), passed))
            .into();
        let days = || day("2026-11-01").iter_days().take(15); // to the 15th
        let of = |received: Option<&str>| funnel(&shop(), days(), &visited, received.map(day));
        // Planned on 2, 5, 9, 12. On the 9th nothing came from the shop, although the phone has synced since.
        let known = Funnel { planned: 4, visited: 2, passed: 1, not_received: 1, unplanned: 1 };
        assert_eq!(of(Some("2026-11-10")), known);
        assert_eq!(of(Some("2026-11-15")), Funnel { not_received: 0, ..known }, "everything has come");
        assert_eq!(of(None), Funnel { not_received: 2, ..known }, "nothing has ever come");
        assert_eq!((known.visited_share(), known.passed_share()), (Some(0.5), Some(0.5)));
        assert_eq!(Funnel::default().visited_share(), None, "no plan is not 0 %");
    }

    #[test]
    fn a_shop_counts_by_its_last_visit_of_the_days() {
        let visited: Visited = [("2026-10-31", true), ("2026-11-02", true), ("2026-11-05", false)]
            .map(|(at, passed)| (day(at), passed))
            .into();
        let of = |first: &str, last: &str| sample(&visited, day(first), day(last));
        let one = |passed, checked| Sample { passed, checked, in_scope: 1 };
        assert_eq!(of("2026-11-01", "2026-11-30"), one(0, 1));
        assert_eq!(of("2026-11-01", "2026-11-03"), one(1, 1));
        assert_eq!(of("2026-11-06", "2026-11-30"), one(0, 0), "not visited is neither passed nor failed");
        assert_eq!(of("2026-11-30", "2026-11-01"), one(0, 0), "no days");
    }

    #[test]
    fn of_equal_shares_the_first_by_id_looks_after_it() {
        assert_eq!(keeper(&shop(), day("2026-11-01")), Some("a".into()));
        let nobody = Shop { assigned: vec![], ..shop() };
        assert_eq!(keeper(&nobody, day("2026-11-01")), None);
    }
}
