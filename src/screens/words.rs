//! Names and units as the pages of those who lead say them, beside those of `figures`.

use super::figures::{metric_said, period_said, unit_of};
use crate::i18n::use_i18n;
use crate::state::{Catalog, Words};
use crate::text::say;
use aisle_domain::MetricId;
use aisle_domain::cascade::{Member, Node, Scope};
use aisle_domain::metric::Unit;

/// Whether a metric counts money.
pub fn is_money(metric: &MetricId) -> bool {
    unit_of(metric) == Unit::Money
}

/// Decimals of a metric's amounts.
pub fn digits_of(metric: &MetricId) -> u8 {
    if is_money(metric) { Words::get().money_digits() } else { 0 }
}

/// Name of a member of a split.
pub fn member_said(member: &Member) -> String {
    let catalog = Catalog::get();
    match member {
        Member::Territory(id) => catalog.territories().get(id).map_or_else(|| id.to_string(), |t| t.name.clone()),
        Member::Channel(channel) => channel.0.clone(),
        Member::Category(category) => category.clone(),
        Member::Product(id) => catalog.products().get(id).map_or_else(|| id.to_string(), |p| p.name.clone()),
        Member::Shop(id) => catalog.shop(id).map_or_else(|| id.to_string(), |shop| shop.name),
        Member::Person(id) => {
            Some(catalog.person_name(id)).filter(|name| !name.is_empty()).unwrap_or_else(|| id.to_string())
        }
        Member::Time(period) => period_said(*period),
    }
}

/// A scope in words, the narrowest part first.
pub fn scope_said(scope: &Scope) -> String {
    let parts = [
        scope.shop.clone().map(Member::Shop),
        scope.person.clone().map(Member::Person),
        scope.product.clone().map(Member::Product),
        scope.category.clone().map(Member::Category),
        scope.channel.clone().map(Member::Channel),
        scope.territory.clone().map(Member::Territory),
    ];
    let names: Vec<String> = parts.iter().flatten().map(member_said).collect();
    if names.is_empty() { say!(use_i18n(), words.everything) } else { names.join(" · ") }
}

/// Period and metric of a node.
pub fn subject_said(node: &Node) -> String {
    format!("{} · {}", period_said(node.period), metric_said(&node.metric))
}
