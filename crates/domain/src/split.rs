//! Exact splits: parts of an amount by weight that sum to the amount, to the last minor unit.

use crate::money::Amount;

/// Splits `total` by non-negative `weights` with the largest-remainder method (Hamilton): every part gets the whole
/// units of its quota, and the units left over go to the largest remainders, ties to the larger weight, then to the
/// earlier place. The parts always sum to `total`; a negative total is split like its positive twin.
///
/// `None` when there is no weight to split by (no parts, or only zeros) although something has to be split.
pub fn by_largest_remainder(total: Amount, weights: &[u64]) -> Option<Vec<Amount>> {
    by_weight_and_base(total, weights, weights)
}

/// [`by_largest_remainder`], with ties to the larger `base` instead of the larger weight (UX.md, target split: an even split
/// gives its odd units to whoever sold most last year), then to the earlier place. A missing base counts as zero.
pub fn by_weight_and_base(total: Amount, weights: &[u64], bases: &[u64]) -> Option<Vec<Amount>> {
    let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if sum == 0 {
        return (total == Amount::ZERO).then(|| vec![Amount::ZERO; weights.len()]);
    }
    let sign = total.0.signum();
    let size = u128::from(total.0.unsigned_abs());
    let mut parts: Vec<(i64, u128)> = Vec::with_capacity(weights.len());
    for weight in weights {
        let quota = size * u128::from(*weight);
        parts.push((i64::try_from(quota / sum).ok()?, quota % sum));
    }
    let given: i64 = parts.iter().map(|p| p.0).sum();
    let left = usize::try_from(i64::try_from(size).ok()? - given).ok()?;
    let base = |i: usize| bases.get(i).copied().unwrap_or(0);
    let first = |a: usize, b: usize| (parts[b].1, base(b)).cmp(&(parts[a].1, base(a)));
    let order = crate::order::places(parts.len(), &first);
    for &i in order.iter().take(left) {
        parts[i].0 += 1;
    }
    Some(parts.into_iter().map(|(part, _)| Amount(part * sign)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_examples() {
        let cases: [(i64, &[u64], &[i64]); 5] = [
            (100, &[1, 1, 1], &[34, 33, 33]),     // tie of remainders: the earlier place
            (10, &[5, 3, 2], &[5, 3, 2]),         // no remainder
            (1, &[1, 2], &[0, 1]),                // the larger remainder
            (-100, &[1, 1, 1], &[-34, -33, -33]), // a return splits like a sale
            (7, &[0, 1], &[0, 7]),                // no weight, no part
        ];
        for (total, weights, expect) in cases {
            let parts = by_largest_remainder(Amount(total), weights).expect("weights");
            assert_eq!(parts.iter().map(|a| a.0).collect::<Vec<_>>(), expect, "{total} by {weights:?}");
        }
        // UX.md: 14,000.00 in steps of 100.00 among three, evenly; the odd steps to the larger bases.
        let parts = by_weight_and_base(Amount(140), &[1, 1, 1], &[405, 366, 392]).expect("weights");
        assert_eq!(parts, [Amount(47), Amount(46), Amount(47)]);
        assert_eq!(by_largest_remainder(Amount(5), &[0, 0]), None);
        assert_eq!(by_largest_remainder(Amount(0), &[0, 0]), Some(vec![Amount(0); 2]));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_total(total in -1_000_000_000_000i64..1_000_000_000_000, weights in prop::collection::vec(0u64..1_000_000, 1..60)) {
            if let Some(parts) = by_largest_remainder(Amount(total), &weights) {
                prop_assert_eq!(parts.iter().copied().sum::<Amount>(), Amount(total));
            } else {
                prop_assert!(weights.iter().all(|w| *w == 0) && total != 0);
            }
        }

        #[test]
        fn no_part_is_a_unit_off_its_quota(total in 0i64..1_000_000_000, weights in prop::collection::vec(1u64..10_000, 1..40)) {
            let parts = by_largest_remainder(Amount(total), &weights).expect("weights");
            let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let off = i128::from(part.0) * sum - i128::from(total) * i128::from(*weight);
                prop_assert!(off.abs() < sum, "{} of {}", part.0, total);
            }
        }
    }
}
