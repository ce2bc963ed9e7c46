//! Credit: whose share of a shop's figures is whose, and since when.
//!
//! Shares are basis points and sum to exactly 10,000 at any date, so credit is never counted twice. What is divided is one
//! cell of facts (shop × category × day): dividing the same cells always gives the same figures, in whatever order they
//! are added up. Not here: who may assign (authorisation).

use crate::ids::PersonId;
use crate::money::Amount;
use crate::org::Assignment;
use crate::split;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// The whole, in basis points.
pub const WHOLE_BP: u32 = 10_000;

/// Days on which the shares of a shop do not sum to the whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("from {from}: shares sum to {sum_bp} basis points and not to 10,000")]
pub struct CreditFault {
    /// First day.
    pub from: NaiveDate,
    /// First day after; `None` when it stays so.
    pub until: Option<NaiveDate>,
    /// What the shares sum to, basis points.
    pub sum_bp: u32,
}

/// Shares that do not make a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("shares have to be more than nothing and to sum to 10,000 basis points, these sum to {sum_bp}")]
pub struct ShareFault {
    /// What they sum to, basis points.
    pub sum_bp: u32,
}

/// Whether an assignment holds on a day.
pub fn holds(assignment: &Assignment, day: NaiveDate) -> bool {
    assignment.from.is_none_or(|from| from <= day) && assignment.until.is_none_or(|until| day < until)
}

/// The shares of a day by person, those of a person with two assignments added up. Sorted by person, so that the order of
/// the record does not matter. People without a share are left out.
pub fn shares_on(assignments: &[Assignment], day: NaiveDate) -> Vec<(PersonId, u32)> {
    let mut shares = BTreeMap::new();
    for assignment in assignments.iter().filter(|assignment| holds(assignment, day)) {
        *shares.entry(assignment.person.clone()).or_insert(0) += u32::from(assignment.share_bp);
    }
    shares.into_iter().filter(|(_, share)| *share > 0).collect()
}

/// Checks the shares of every day from `first` on (up to `end`, without it, where one is given).
///
/// # Errors
/// Every stretch of days on which the shares do not sum to the whole, in order.
pub fn validate(assignments: &[Assignment], first: NaiveDate, end: Option<NaiveDate>) -> Result<(), Vec<CreditFault>> {
    let inside = |day: &NaiveDate| *day > first && end.is_none_or(|end| *day < end);
    let changes = assignments.iter().flat_map(|assignment| [assignment.from, assignment.until]).flatten();
    let mut bounds: BTreeSet<NaiveDate> = changes.filter(inside).collect();
    bounds.insert(first);
    let mut faults: Vec<CreditFault> = Vec::new();
    let bounds: Vec<NaiveDate> = bounds.into_iter().collect();
    for (place, from) in bounds.iter().enumerate() {
        let until = bounds.get(place + 1).copied().or(end);
        let sum_bp = sum_on(assignments, *from);
        match faults.last_mut() {
            _ if sum_bp == WHOLE_BP => {}
            Some(last) if last.until == Some(*from) && last.sum_bp == sum_bp => last.until = until,
            _ => faults.push(CreditFault { from: *from, until, sum_bp }),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The assignments once these people, with these shares, have a shop from `from` on (`None`: since ever). What held before
/// stays up to that day; what would have begun later falls away. Who has it already in these shares goes on without a
/// seam.
///
/// # Errors
/// When the shares do not sum to the whole, or one of them is nothing. Nothing is guessed.
pub fn hand_over(
    assignments: &[Assignment],
    to: &[(PersonId, u32)],
    from: Option<NaiveDate>,
) -> Result<Vec<Assignment>, ShareFault> {
    let sum_bp: u32 = to.iter().map(|(_, share)| share).sum();
    if sum_bp != WHOLE_BP || to.iter().any(|(_, share)| *share == 0) {
        return Err(ShareFault { sum_bp });
    }
    let begins = |a: &Assignment| a.from.is_some_and(|begin| from.is_none_or(|from| begin > from));
    let ends = |a: &Assignment| a.until.is_some_and(|end| from.is_none_or(|from| end > from));
    let mut wanted: Vec<(PersonId, u32)> = to.to_vec();
    wanted.sort();
    let settled = !assignments.iter().any(|a| begins(a) || ends(a));
    if settled && from.is_some_and(|from| shares_on(assignments, from) == wanted) {
        return Ok(assignments.to_vec());
    }
    let before = assignments.iter().filter_map(|a| {
        let from = from.filter(|from| a.from.is_none_or(|begin| begin < *from))?;
        Some(Assignment { until: Some(a.until.map_or(from, |until| until.min(from))), ..a.clone() })
    });
    let after = to.iter().map(|(person, share)| {
        // Each share is at most the whole, which a u16 holds.
        let share_bp = u16::try_from(*share).unwrap_or(u16::MAX);
        Assignment { person: person.clone(), share_bp, from, until: None }
    });
    Ok(before.chain(after).collect())
}

/// Divides an amount of one cell among the people who had the shop that day, by largest remainder. The parts always sum
/// to the amount.
///
/// # Errors
/// When the shares of the day do not sum to the whole. Nothing is guessed; see [`divide_or_keep`] for figures.
pub fn divide(
    amount: Amount,
    assignments: &[Assignment],
    day: NaiveDate,
) -> Result<Vec<(PersonId, Amount)>, CreditFault> {
    let shares = shares_on(assignments, day);
    let sum_bp = shares.iter().map(|(_, share)| share).sum();
    if sum_bp != WHOLE_BP {
        return Err(CreditFault { from: day, until: day.succ_opt(), sum_bp });
    }
    Ok(by_shares(amount, shares))
}

/// [`divide`], where a day nobody or not everybody is assigned keeps its rest under `None` (未分配): figures lose nothing
/// while an assignment waits to be mended. Shares above the whole count in proportion.
pub fn divide_or_keep(amount: Amount, assignments: &[Assignment], day: NaiveDate) -> Vec<(Option<PersonId>, Amount)> {
    let mut shares: Vec<(Option<PersonId>, u32)> =
        shares_on(assignments, day).into_iter().map(|(person, share)| (Some(person), share)).collect();
    let sum: u32 = shares.iter().map(|(_, share)| share).sum();
    if sum < WHOLE_BP {
        shares.push((None, WHOLE_BP - sum));
    }
    by_shares(amount, shares)
}

fn sum_on(assignments: &[Assignment], day: NaiveDate) -> u32 {
    assignments.iter().filter(|assignment| holds(assignment, day)).map(|a| u32::from(a.share_bp)).sum()
}

fn by_shares<T>(amount: Amount, shares: Vec<(T, u32)>) -> Vec<(T, Amount)> {
    let weights: Vec<u64> = shares.iter().map(|(_, share)| u64::from(*share)).collect();
    let parts = split::by_largest_remainder(amount, &weights).unwrap_or_default();
    shares.into_iter().zip(parts).map(|((whose, _), part)| (whose, part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn assigned(person: &str, share_bp: u16, from: Option<&str>, until: Option<&str>) -> Assignment {
        Assignment { person: person.into(), share_bp, from: from.map(day), until: until.map(day) }
    }

    #[test]
    fn a_handover_by_hand() {
        let shop = [
            assigned("li", 10_000, None, Some("2026-03-01")),
            assigned("wang", 6_667, Some("2026-03-01"), None),
            assigned("chen", 3_333, Some("2026-03-01"), None),
        ];
        assert_eq!(validate(&shop, day("2025-01-01"), None), Ok(()));
        type Case<'a> = (&'a str, i64, &'a [(&'a str, i64)]);
        let cases: [Case<'_>; 4] = [
            ("2026-02-28", 101, &[("li", 101)]),
            ("2026-03-01", 100, &[("chen", 33), ("wang", 67)]),
            ("2026-03-01", -1, &[("chen", 0), ("wang", -1)]),
            ("2026-03-01", 0, &[("chen", 0), ("wang", 0)]),
        ];
        for (on, amount, expect) in cases {
            let parts = divide(Amount(amount), &shop, day(on)).expect("whole");
            let seen: Vec<_> = parts.iter().map(|(person, part)| (person.as_str(), part.0)).collect();
            assert_eq!(seen, expect, "{amount} on {on}");
        }
    }

    #[test]
    fn a_shop_is_handed_over() {
        let whole = |person: &str, from, until| assigned(person, 10_000, from, until);
        let to = |people: &[(&str, u32)]| -> Vec<(PersonId, u32)> {
            people.iter().map(|(person, share)| ((*person).into(), *share)).collect()
        };
        let march = Some("2026-03-01");
        // (before, to, from, after)
        let cases = [
            (vec![], to(&[("li", 10_000)]), None, vec![whole("li", None, None)]),
            (
                vec![whole("li", None, None)],
                to(&[("wang", 6_000), ("chen", 4_000)]),
                march,
                vec![
                    whole("li", None, march),
                    assigned("wang", 6_000, march, None),
                    assigned("chen", 4_000, march, None),
                ],
            ),
            // Who has it already goes on without a seam.
            (vec![whole("li", None, None)], to(&[("li", 10_000)]), march, vec![whole("li", None, None)]),
            // But not where somebody else would have come.
            (
                vec![whole("li", None, Some("2026-05-01")), whole("wang", Some("2026-05-01"), None)],
                to(&[("li", 10_000)]),
                march,
                vec![whole("li", None, march), whole("li", march, None)],
            ),
            // What ended before stays as it was.
            (
                vec![whole("old", None, Some("2026-01-01")), whole("li", Some("2026-01-01"), None)],
                to(&[("wang", 10_000)]),
                march,
                vec![
                    whole("old", None, Some("2026-01-01")),
                    whole("li", Some("2026-01-01"), march),
                    whole("wang", march, None),
                ],
            ),
            // A hand-over of the same day takes the place of the earlier one.
            (
                vec![whole("li", None, march), whole("wang", march, None)],
                to(&[("chen", 10_000)]),
                march,
                vec![whole("li", None, march), whole("chen", march, None)],
            ),
            (vec![whole("li", None, None)], to(&[("wang", 10_000)]), None, vec![whole("wang", None, None)]),
        ];
        for (i, (before, to, from, after)) in cases.into_iter().enumerate() {
            let done = hand_over(&before, &to, from.map(day));
            assert_eq!(done.as_ref(), Ok(&after), "case {i}");
            assert_eq!(validate(&after, day("2026-01-15"), None), Ok(()), "case {i}");
            assert_eq!(
                hand_over(&after, &to, from.map(day)).map(|again| shares_on(&again, day("2026-04-01"))),
                Ok({
                    let mut shares = to.clone();
                    shares.sort();
                    shares
                })
            );
        }
        for shares in [&[("li", 9_999)][..], &[("li", 10_000), ("wang", 1)], &[("li", 10_000), ("wang", 0)], &[]] {
            assert!(hand_over(&[], &to(shares), None).is_err(), "{shares:?}");
        }
    }

    #[test]
    fn a_fault_names_the_date_and_the_sum() {
        let shop = [
            assigned("li", 10_000, Some("2026-01-01"), Some("2026-03-02")), // one day too long
            assigned("wang", 6_000, Some("2026-03-01"), Some("2026-06-01")),
            assigned("chen", 4_000, Some("2026-03-01"), None),
        ];
        let faults = validate(&shop, day("2025-12-01"), Some(day("2026-12-31"))).expect_err("faulty");
        let seen: Vec<_> =
            faults.iter().map(|f| (f.from.to_string(), f.until.map(|d| d.to_string()), f.sum_bp)).collect();
        let expect = [
            ("2025-12-01", Some("2026-01-01"), 0),
            ("2026-03-01", Some("2026-03-02"), 20_000),
            ("2026-06-01", Some("2026-12-31"), 4_000),
        ];
        assert_eq!(seen, expect.map(|(from, until, sum)| (from.to_owned(), until.map(str::to_owned), sum)));
        assert_eq!(faults[1].to_string(), "from 2026-03-01: shares sum to 20000 basis points and not to 10,000");
        assert_eq!(divide(Amount(5), &shop, day("2026-07-01")).expect_err("not whole").sum_bp, 4_000);
        let kept = divide_or_keep(Amount(10), &shop, day("2026-07-01"));
        assert_eq!(kept, [(Some("chen".into()), Amount(4)), (None, Amount(6))], "the rest is nobody’s, and not lost");
        assert_eq!(divide_or_keep(Amount(10), &[], day("2026-07-01")), [(None, Amount(10))]);
    }

    proptest! {
        #[test]
        fn credit_is_never_created_or_lost(
            amount in -1_000_000_000_000i64..1_000_000_000_000,
            shares in prop::collection::vec((0u16..12_000, 0u64..40, 1u64..40), 0..6),
            on in 0u64..60,
        ) {
            let start = day("2026-01-01");
            let date = |offset| start.checked_add_days(Days::new(offset)).expect("a date");
            let shop: Vec<Assignment> = shares.iter().enumerate().map(|(i, (share_bp, from, days))| Assignment {
                person: format!("p{}", i % 4).into(), share_bp: *share_bp, from: Some(date(*from)), until: Some(date(from + days)),
            }).collect();
            let kept: Amount = divide_or_keep(Amount(amount), &shop, date(on)).into_iter().map(|(_, part)| part).sum();
            prop_assert_eq!(kept, Amount(amount));
            let faulty = validate(&shop, date(on), Some(date(on + 1)));
            match divide(Amount(amount), &shop, date(on)) {
                Ok(parts) => {
                    prop_assert_eq!(parts.into_iter().map(|(_, part)| part).sum::<Amount>(), Amount(amount));
                    prop_assert_eq!(faulty, Ok(()));
                }
                Err(fault) => prop_assert_eq!(faulty, Err(vec![fault])),
            }
            let mut turned = shop.clone();
            turned.reverse();
            prop_assert_eq!(divide_or_keep(Amount(amount), &turned, date(on)), divide_or_keep(Amount(amount), &shop, date(on)));
        }

        /// Over many dates, with people coming and going: what all people and nobody have is what was sold, for each stretch
        /// of days and altogether, whatever the order of the dates.
        #[test]
        fn credit_over_dates_is_never_created_or_lost(
            sold in prop::collection::vec((0u64..90, -1_000_000i64..1_000_000), 0..40),
            shares in prop::collection::vec((0usize..4, 0u16..12_000, prop::option::of(0u64..60), prop::option::of(1u64..90)), 0..8),
            turn in any::<usize>(),
        ) {
            let start = day("2024-01-15"); // over a leap day
            let date = |offset| start.checked_add_days(Days::new(offset)).expect("a date");
            let shop: Vec<Assignment> = shares.iter().map(|(person, share_bp, from, until)| Assignment {
                person: format!("p{person}").into(), share_bp: *share_bp, from: from.map(date), until: until.map(date),
            }).collect();
            let by_person = |sold: &[(u64, i64)]| {
                let mut sums: BTreeMap<Option<PersonId>, Amount> = BTreeMap::new();
                for (on, amount) in sold {
                    for (person, part) in divide_or_keep(Amount(*amount), &shop, date(*on)) {
                        *sums.entry(person).or_default() += part;
                    }
                }
                sums
            };
            let sums = by_person(&sold);
            let all: Amount = sold.iter().map(|(_, amount)| Amount(*amount)).sum();
            prop_assert_eq!(sums.values().copied().sum::<Amount>(), all);
            let mut turned = sold.clone();
            turned.rotate_left(turn % sold.len().max(1));
            prop_assert_eq!(&by_person(&turned), &sums);
            // Two stretches of days sum to the whole for each person, and nobody has a part on days that are whole.
            let (early, late): (Vec<_>, Vec<_>) = sold.iter().copied().partition(|(on, _)| *on < 45);
            let (early, late) = (by_person(&early), by_person(&late));
            for (person, sum) in &sums {
                let part = |of: &BTreeMap<Option<PersonId>, Amount>| of.get(person).copied().unwrap_or_default();
                prop_assert_eq!(part(&early) + part(&late), *sum);
            }
            for (on, amount) in &sold {
                let nobody = divide_or_keep(Amount(*amount), &shop, date(*on)).iter().any(|(person, _)| person.is_none());
                let sum = sum_on(&shop, date(*on));
                prop_assert_eq!(nobody, sum < WHOLE_BP, "{} on {}", sum, date(*on));
            }
        }

        /// Any number of hand-overs: at every date exactly the whole is shared, so `divide` never refuses and loses nothing.
        #[test]
        fn hand_overs_keep_the_whole_at_every_date(
            moves in prop::collection::vec((prop::collection::btree_map(0usize..4, 1u32..50, 1..4), prop::option::of(0u64..90)), 1..8),
            amount in -1_000_000i64..1_000_000,
        ) {
            let start = day("2024-01-15");
            let date = |offset| start.checked_add_days(Days::new(offset)).expect("a date");
            let mut shop = hand_over(&[], &[("first".into(), WHOLE_BP)], None).expect("whole");
            for (weights, from) in moves {
                let parts: Vec<u64> = weights.values().map(|weight| u64::from(*weight)).collect();
                let parts = split::by_largest_remainder(Amount(WHOLE_BP.into()), &parts).expect("weights");
                let to: Vec<(PersonId, u32)> =
                    weights.keys().zip(parts).map(|(p, part)| (format!("p{p}").into(), u32::try_from(part.0).expect("a share"))).collect();
                let before = shop.clone();
                shop = hand_over(&shop, &to, from.map(date)).expect("whole");
                prop_assert_eq!(validate(&shop, date(0), None), Ok(()));
                for on in (0..90).filter(|on| from.is_some_and(|from| *on < from)) {
                    prop_assert_eq!(shares_on(&shop, date(on)), shares_on(&before, date(on)), "what was before stays");
                }
            }
            for on in 0..100 {
                let parts = divide(Amount(amount), &shop, date(on)).expect("whole");
                prop_assert_eq!(parts.into_iter().map(|(_, part)| part).sum::<Amount>(), Amount(amount));
            }
        }

        #[test]
        fn validation_finds_the_days_that_division_refuses(
            shares in prop::collection::vec((prop::sample::select(vec![2_500u16, 5_000, 7_500, 10_000]), 0u64..20, 1u64..20), 0..6),
        ) {
            let start = day("2026-01-01");
            let date = |offset| start.checked_add_days(Days::new(offset)).expect("a date");
            let shop: Vec<Assignment> = shares.iter().enumerate().map(|(i, (share_bp, from, days))| Assignment {
                person: format!("p{i}").into(), share_bp: *share_bp, from: Some(date(*from)), until: Some(date(from + days)),
            }).collect();
            let faults = validate(&shop, start, Some(date(50))).err().unwrap_or_default();
            for offset in 0..50 {
                let named = faults.iter().any(|f| f.from <= date(offset) && f.until.is_none_or(|until| date(offset) < until));
                prop_assert_eq!(named, divide(Amount(1), &shop, date(offset)).is_err(), "day {}", offset);
            }
        }
    }
}
