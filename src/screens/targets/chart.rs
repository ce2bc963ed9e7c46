//! What each day or month of the period brought, and what the rest needs.

use crate::components::{Column, ColumnStage, Columns, Shelf};
use crate::i18n::use_i18n;
use crate::screens::figures::{amount_said, period_said, period_short};
use crate::state::standings::{Key, Measured, Part, View};
use crate::text::{say, tr};
use aisle_domain::calendar::{Period, PeriodKind};
use aisle_domain::figures::Standing;
use aisle_domain::money::Amount;
use chrono::Datelike;
use leptos::prelude::*;

/// The columns of a view, from its measure by time.
#[component]
pub fn TimeColumns(
    /// What is shown.
    #[prop(into)]
    view: Signal<View>,
    /// Its measure by time.
    #[prop(into)]
    measured: Signal<Option<Measured>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let columns =
        Signal::derive(move || measured.get().map(|measured| columns(&view.read(), &measured)).unwrap_or_default());
    let by_day = move || matches!(view.read().period.kind(), PeriodKind::Month | PeriodKind::Week);
    let title =
        Signal::derive(move || if by_day() { say!(i18n, targets.each_day) } else { say!(i18n, targets.each_month) });
    let sentence = Signal::derive(move || {
        let (view, measured) = (view.read(), measured.read());
        let Some(Measured { whole, .. }) = measured.as_ref() else { return String::new() };
        let target = whole.target.map_or_else(|| "—".to_owned(), |target| amount_said(&view.metric, target));
        let actual = amount_said(&view.metric, whole.actual);
        say!(i18n, targets.columns_sentence, period = period_said(view.period), actual = actual, target = target)
    });
    // Months need what their days need together: that is in the table, and no single number.
    let needed = Signal::derive(move || {
        let measured = measured.read();
        let daily = measured.as_ref().filter(|_| by_day()).and_then(|m| m.whole.required_daily().amount());
        let daily = daily.filter(|daily| daily.0 > 0);
        daily.map(|n| say!(i18n, targets.need, amount = amount_said(&view.read().metric, n))).unwrap_or_default()
    });
    view! {
        <Show when=move || !columns.read().is_empty()>
            <Shelf title note=tr!(i18n, targets.columns_note)>
                <Columns
                    columns
                    label=sentence
                    needed
                    table_label=tr!(i18n, targets.table)
                    when_label=tr!(i18n, figure.period)
                    value_label=tr!(i18n, targets.brought)
                    plan_label=tr!(i18n, targets.plan_day)
                />
            </Shelf>
        </Show>
    }
}

fn columns(view: &View, measured: &Measured) -> Vec<Column> {
    let parts: Vec<(Period, &Standing)> = measured.parts.iter().filter_map(by_time).collect();
    let through = measured.whole.through;
    let now = parts.iter().position(|(period, _)| period.last() > through);
    let daily = measured.whole.required_daily().amount();
    let column = |(place, (period, standing)): (usize, &(Period, &Standing))| {
        let is_day = period.kind() == PeriodKind::Day;
        let stage = match now {
            Some(now) if place == now => ColumnStage::Now,
            Some(now) if place > now => ColumnStage::Later,
            _ => ColumnStage::Past,
        };
        // What a day to come needs: the same for each that counts, as the figure says. A month shows what it has brought.
        let needed = daily.filter(|_| is_day && stage != ColumnStage::Past && standing.time.total > 0);
        let value = if stage == ColumnStage::Later && !is_day { standing.target } else { needed };
        let value = value.unwrap_or(standing.actual);
        Column {
            label: period_short(*period),
            tick: tick(view.period, *period, place == now.unwrap_or(usize::MAX)),
            stage,
            value: value.0 as f64,
            text: said(stage, is_day, needed, standing.actual, view),
            plan: standing.target.map(|target| target.0 as f64),
            plan_text: standing.target.map_or_else(|| "—".to_owned(), |target| amount_said(&view.metric, target)),
        }
    };
    parts.iter().enumerate().map(column).collect()
}

fn by_time(part: &Part) -> Option<(Period, &Standing)> {
    if let Key::Time(period) = part.key { Some((period, &part.standing)) } else { None }
}

fn said(stage: ColumnStage, is_day: bool, needed: Option<Amount>, actual: Amount, view: &View) -> String {
    let i18n = use_i18n();
    match needed {
        Some(needed) => say!(i18n, targets.need, amount = amount_said(&view.metric, needed)),
        None if stage == ColumnStage::Later || (is_day && stage == ColumnStage::Now) => "—".to_owned(),
        None => amount_said(&view.metric, actual),
    }
}

/// The short word under a column: of a month's days only some have room.
fn tick(whole: Period, part: Period, is_now: bool) -> String {
    let i18n = use_i18n();
    let first = part.first();
    match (whole.kind(), part.kind()) {
        (PeriodKind::Month, _) if is_now => format!("{} {}", say!(i18n, targets.now_tick), first.day()),
        (PeriodKind::Month, _) if matches!(first.day(), 1 | 8 | 15 | 22) => first.day().to_string(),
        (PeriodKind::Month, _) => String::new(),
        (_, PeriodKind::Day) => first.day().to_string(),
        _ => first.month().to_string(),
    }
}
