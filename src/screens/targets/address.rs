//! What is looked at, as an address: the cut is the path, period, metric and dimension are the query, so that going back
//! goes back through what was looked at and a reload shows the same.

use crate::screens::Page;
use crate::screens::page::{escape, unescape};
use crate::state::standings::{Cut, Dimension, View, cut};
use crate::state::{Nav, Standings};
use aisle_domain::MetricId;
use aisle_domain::calendar::{Period, PeriodKind};
use aisle_domain::org::sales;
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Of which part, when, in which metric.
    pub view: View,
    /// By what it is broken down; `None` where nothing is left to break down.
    pub by: Option<Dimension>,
}

impl Shown {
    /// What the address says; what it leaves open is as it was looked at last.
    pub fn read(cut: Cut) -> Memo<Self> {
        let (nav, standings) = (Nav::get(), Standings::get());
        Memo::new(move |_| {
            let query = |name| nav.query(name).map(|word| unescape(&word));
            let through = standings.through();
            let last = standings.remembered();
            let kind = last.as_ref().map_or(PeriodKind::Month, |(kind, ..)| *kind);
            let period = query("p").and_then(|text| Period::parse(&text)).unwrap_or_else(|| kind.holding(through));
            let metric = query("m").map(MetricId::from).or_else(|| last.as_ref().map(|(_, metric, _)| metric.clone()));
            let asked = query("by").and_then(|word| Dimension::parse(&word));
            let choices = cut.dimensions(period.kind());
            let by = asked.or(last.and_then(|(.., by)| by)).filter(|by| choices.contains(by));
            let view = View { period, metric: metric.unwrap_or_else(sales), cut: cut.clone() };
            Self { view, by: by.or(choices.first().copied()) }
        })
    }

    /// Its address.
    pub fn href(&self) -> String {
        href(&self.view, self.by)
    }

    /// The same over another period. What it cannot be broken down by over that period is left open.
    #[must_use]
    pub fn over(mut self, period: Period) -> Self {
        self.view.period = period;
        self.by = self.by.filter(|by| self.view.cut.dimensions(period.kind()).contains(by));
        self
    }

    /// The same over a period of another kind.
    #[must_use]
    pub fn by_kind(self, kind: PeriodKind) -> Self {
        let through = Standings::get().through();
        let period = cut::switched(self.view.period, kind, through);
        self.over(period)
    }
}

/// The address of a view.
pub fn href(view: &View, by: Option<Dimension>) -> String {
    let by = by.map(|by| format!("&by={}", by.as_str())).unwrap_or_default();
    let path = Page::Targets(view.cut.clone()).path();
    format!("{path}?p={}&m={}{by}", view.period, escape(view.metric.as_str()))
}

/// Shows something else in place of what is shown, and remembers it.
pub fn replace() -> impl Fn(Shown) + Clone {
    let (nav, standings) = (Nav::get(), Standings::get());
    move |shown: Shown| {
        if let Some(by) = shown.by {
            standings.remember(shown.view.period.kind(), &shown.view.metric, by);
        }
        nav.amend(&shown.href());
    }
}
