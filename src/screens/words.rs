//! Names and units as the pages of those who lead say them, beside those of `figures`.

use super::figures::unit_of;
use crate::state::Words;
use aisle_domain::MetricId;
use aisle_domain::metric::Unit;

/// Whether a metric counts money.
pub fn is_money(metric: &MetricId) -> bool {
    unit_of(metric) == Unit::Money
}

/// Decimals of a metric's amounts.
pub fn digits_of(metric: &MetricId) -> u8 {
    if is_money(metric) { Words::get().money_digits() } else { 0 }
}
