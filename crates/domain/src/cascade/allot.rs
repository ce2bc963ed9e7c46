//! Giving an amount to rows: what is held stays, the rest goes by weight in steps of the rounding unit, and what is left
//! over stays in sight.

use crate::money::Amount;
use crate::split;

/// One row of a split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Weight among the rows that are free.
    pub weight: u64,
    /// What the row had before: ties of remainders go to the larger base.
    pub base: u64,
    /// The amount of a row that is locked or given by hand; `None` for a free row.
    pub held: Option<Amount>,
}

/// The result: amounts of the rows in their order, and what is not given. Amounts and remainder sum to the total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allotment {
    /// Amount of each row.
    pub amounts: Vec<Amount>,
    /// Total − Σ amounts (余额): above zero when something is missing, below when too much is given.
    pub remainder: Amount,
}

/// Allots `total` in steps of `unit` minor units (0 counts as 1).
///
/// Held rows keep their amounts. The free rows share the rest, in whole steps, by largest remainder; what is less than a
/// step remains. When the held rows already exceed the total, or no free row weighs anything, the free rows get
/// nothing and the whole rest remains: it is for a person to decide.
pub fn allot(total: Amount, unit: u64, rows: &[Row]) -> Allotment {
    let held: Amount = rows.iter().filter_map(|row| row.held).sum();
    let rest = total - held;
    let free =
        |value: fn(&Row) -> u64| -> Vec<u64> { rows.iter().filter(|row| row.held.is_none()).map(value).collect() };
    let given =
        if overheld(total, rest) { None } else { in_steps(rest, unit, &free(|row| row.weight), &free(|row| row.base)) };
    let mut given = given.unwrap_or_default().into_iter();
    let amounts: Vec<Amount> = rows.iter().map(|row| row.held.or_else(|| given.next()).unwrap_or_default()).collect();
    let remainder = total - amounts.iter().copied().sum();
    Allotment { amounts, remainder }
}

/// Scales amounts to a new total: the difference goes to the rows that are not held, in proportion to the size of
/// their amounts (to their weights where all are zero). Rows of one sign keep their proportions; of mixed signs, each
/// moves by its share of the difference and none explodes.
pub fn scale(total: Amount, unit: u64, rows: &[Row], amounts: &[Amount]) -> Allotment {
    let pairs = || rows.iter().zip(amounts.iter().copied());
    let held: Amount = pairs().filter(|(row, _)| row.held.is_some()).map(|(_, amount)| amount).sum();
    let free: Vec<(Row, Amount)> =
        pairs().filter(|(row, _)| row.held.is_none()).map(|(row, amount)| (*row, amount)).collect();
    let rest = total - held;
    let mut moved = vec![Amount::ZERO; free.len()];
    if overheld(total, rest) {
        moved = free.iter().map(|(_, amount)| -*amount).collect();
    } else {
        let difference = rest - free.iter().map(|(_, amount)| *amount).sum();
        let sizes: Vec<u64> = free.iter().map(|(_, amount)| amount.0.unsigned_abs()).collect();
        let weights: Vec<u64> = free.iter().map(|(row, _)| row.weight).collect();
        let by = if sizes.iter().any(|size| *size > 0) { &sizes } else { &weights };
        let bases: Vec<u64> = free.iter().map(|(row, _)| row.base).collect();
        if let Some(parts) = in_steps(difference, unit, by, &bases) {
            moved = parts;
        }
    }
    let mut moved = moved.into_iter();
    let amounts: Vec<Amount> = pairs()
        .map(|(row, amount)| if row.held.is_some() { amount } else { amount + moved.next().unwrap_or_default() })
        .collect();
    let remainder = total - amounts.iter().copied().sum();
    Allotment { amounts, remainder }
}

/// How a person settles a remainder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// 给一个人: all to the row at this place.
    ToOne(usize),
    /// 平均: evenly among the free rows, ties to the larger base.
    Evenly,
    /// 按去年占比: among the free rows by base.
    ByBase,
    /// By the weights of the split.
    ByWeight,
}

/// What each row gets when a remainder is settled: whole steps by largest remainder, and the tail that is less than a
/// step to the free row with the largest base. Sums to the remainder exactly. `None` when no row can take it.
pub fn settle(remainder: Amount, unit: u64, rows: &[Row], how: Settle) -> Option<Vec<Amount>> {
    let open = |row: &Row| row.held.is_none();
    let weights: Vec<u64> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| match how {
            Settle::ToOne(chosen) => u64::from(place == chosen),
            Settle::Evenly => u64::from(open(row)),
            Settle::ByBase => {
                if open(row) {
                    row.base
                } else {
                    0
                }
            }
            Settle::ByWeight => {
                if open(row) {
                    row.weight
                } else {
                    0
                }
            }
        })
        .collect();
    let bases: Vec<u64> = rows.iter().map(|row| row.base).collect();
    let mut parts = in_steps(remainder, unit, &weights, &bases)?;
    let tail = remainder - parts.iter().copied().sum();
    if tail != Amount::ZERO {
        let takers = (0..rows.len()).filter(|place| weights[*place] > 0);
        let largest = takers.max_by_key(|place| (bases[*place], std::cmp::Reverse(*place)))?;
        parts[largest] += tail;
    }
    Some(parts)
}

/// Held amounts leave a rest of the wrong sign.
fn overheld(total: Amount, rest: Amount) -> bool {
    if total.0 >= 0 { rest.0 < 0 } else { rest.0 > 0 }
}

/// Whole steps of an amount, by largest remainder; `None` without weight.
fn in_steps(amount: Amount, unit: u64, weights: &[u64], bases: &[u64]) -> Option<Vec<Amount>> {
    let unit = i64::try_from(unit.max(1)).unwrap_or(i64::MAX);
    let steps = split::by_weight_and_base(Amount(amount.0 / unit), weights, bases)?;
    Some(steps.into_iter().map(|steps| Amount(steps.0 * unit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(u64, Option<i64>)]) -> Vec<Row> {
        rows.iter().map(|(weight, held)| Row { weight: *weight, base: *weight, held: held.map(Amount) }).collect()
    }

    #[test]
    fn allots_by_hand() {
        type Case<'a> = (i64, u64, &'a [(u64, Option<i64>)], &'a [i64], i64, &'a str);
        let cases: &[Case<'_>] = &[
            (100, 1, &[(1, None), (1, None), (1, None)], &[34, 33, 33], 0, "ties to the earlier place"),
            (1_000, 1, &[(1, Some(400)), (1, None), (2, None)], &[400, 200, 400], 0, "what is held stays"),
            (1_050, 100, &[(1, None), (1, None)], &[500, 500], 50, "less than a step remains"),
            (1_000, 1, &[(1, Some(700)), (1, Some(200))], &[700, 200], 100, "all held: something is missing"),
            (1_000, 1, &[(1, Some(1_200)), (1, None)], &[1_200, 0], -200, "held exceed the total"),
            (1_000, 1, &[(0, None), (0, None)], &[0, 0], 1_000, "nothing weighs anything"),
            (-100, 1, &[(1, None), (2, None)], &[-33, -67], 0, "a return splits like a sale"),
            (-100, 1, &[(1, Some(-150)), (1, None)], &[-150, 0], 50, "and can be overheld too"),
            (0, 1, &[(1, None), (1, None)], &[0, 0], 0, "nothing to split"),
            (0, 1, &[(1, Some(-30)), (1, None)], &[-30, 30], 0, "a held return is made good"),
            (10, 1, &[], &[], 10, "no rows"),
        ];
        for (total, unit, given, amounts, remainder, why) in cases {
            let allotment = allot(Amount(*total), *unit, &rows(given));
            assert_eq!(allotment.amounts.iter().map(|a| a.0).collect::<Vec<_>>(), *amounts, "{why}");
            assert_eq!(allotment.remainder, Amount(*remainder), "{why}");
        }
    }

    #[test]
    fn settles_as_drawn() {
        // The drawing: 14,000.00 in steps of 100.00; two of five are locked; ties to what they sold last year.
        let locked = Some(Amount(1));
        let base = [398, 405, 369, 366, 392];
        let held = [locked, None, locked, None, None];
        let rows: Vec<Row> = base.iter().zip(held).map(|(base, held)| Row { weight: 1, base: *base, held }).collect();
        let cases = [
            (1_400_000, Settle::Evenly, vec![0, 470_000, 0, 460_000, 470_000]),
            (1_400_000, Settle::ToOne(3), vec![0, 0, 0, 1_400_000, 0]),
            (1_400_050, Settle::ToOne(3), vec![0, 0, 0, 1_400_050, 0]),
            (-50, Settle::Evenly, vec![0, -50, 0, 0, 0]), // less than a step: to the largest base
            // 140 steps by 405 : 366 : 392 are 48.75, 44.06 and 47.19.
            (1_400_000, Settle::ByBase, vec![0, 490_000, 0, 440_000, 470_000]),
        ];
        for (remainder, how, expect) in cases {
            let parts = settle(Amount(remainder), 10_000, &rows, how).expect("free rows");
            assert_eq!(parts.into_iter().map(|a| a.0).collect::<Vec<_>>(), expect, "{how:?}");
        }
        assert_eq!(settle(Amount(5), 1, &rows, Settle::ToOne(9)), None);
    }

    #[test]
    fn scales_by_hand() {
        type Case<'a> = (i64, &'a [(u64, Option<i64>)], &'a [i64], &'a [i64], i64);
        let cases: &[Case<'_>] = &[
            (200, &[(1, None), (1, None)], &[30, 70], &[60, 140], 0),
            (50, &[(1, None), (1, None)], &[30, 70], &[15, 35], 0),
            (200, &[(1, Some(30)), (1, None)], &[30, 70], &[30, 170], 0), // locked
            (20, &[(1, Some(30)), (1, None)], &[30, 70], &[30, 0], -10),  // the lock exceeds
            (100, &[(1, None), (3, None)], &[0, 0], &[25, 75], 0),        // nothing before: by weight
            (10, &[(1, None), (1, None)], &[1_000, -999], &[1_005, -995], 0), // mixed signs do not explode
            (-100, &[(1, None), (1, None)], &[30, 70], &[-30, -70], 0),
            (0, &[(1, None), (1, None)], &[30, 70], &[0, 0], 0),
        ];
        for (total, given, before, after, remainder) in cases {
            let before: Vec<Amount> = before.iter().map(|a| Amount(*a)).collect();
            let scaled = scale(Amount(*total), 1, &rows(given), &before);
            assert_eq!(scaled.amounts.iter().map(|a| a.0).collect::<Vec<_>>(), *after, "{before:?} to {total}");
            assert_eq!(scaled.remainder, Amount(*remainder));
        }
    }
}
