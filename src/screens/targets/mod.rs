//! 目标: where a part of the figures stands over a period, why, what it is made of, and the records at the bottom of it.
//!
//! The cut (a channel, a shop, a category) is in the path: following a line leads one level down, going back leads up.

mod address;
mod breakdown;
mod chart;
mod hero;
pub mod records;

use self::address::Shown;
pub use self::breakdown::key_said;

use self::breakdown::Breakdown;
use self::chart::TimeColumns;
use self::hero::{StandingHero, figure_of};
use self::records::RecordsBehind;
use super::Page;
use super::figures::{amount_said, metric_said, period_said, why};
use super::frame::{Chip, Tabs};
use super::shop::channel_said;
use crate::components::{
    Back, Bar, Chips, Choice, Dock, Empty, IconName, Note, PeriodShelf, Row, Segmented, Shelf, WhySheet, WhyText,
    WorkBar,
};
use crate::i18n::use_i18n;
use crate::state::deviations::Deviations;
use crate::state::standings::{Cut, Dimension, Measured, View};
use crate::state::sync::Indicator;
use crate::state::{Account, Catalog, Standings, SyncCentre, Words};
use crate::text::{say, tr};
use aisle_domain::calendar::{Basis, PeriodKind};
use aisle_domain::figures::FigureKind;
use aisle_domain::org::Role;
use leptos::prelude::*;

/// The page of targets.
#[component]
pub fn Targets(
    /// Which part.
    cut: Cut,
) -> impl IntoView {
    let (i18n, account, catalog) = (use_i18n(), Account::get(), Catalog::get());
    let person = move || account.session().map(|session| session.name).unwrap_or_default();
    let title = {
        let cut = cut.clone();
        Signal::derive(move || if cut == Cut::default() { say!(i18n, targets.title) } else { cut_said(&cut) })
    };
    let known = cut.shop.as_ref().is_none_or(|shop| untrack(|| catalog.shop(shop)).is_some());
    let back = up(&cut);
    view! {
        <div class="app app--cols">
            {match back {
                None => view! { <Bar title subtitle=Signal::derive(person)><Chip/></Bar> }.into_any(),
                Some(up) => view! {
                    <WorkBar title subtitle=tr!(i18n, targets.title) back=Back::Href(up) back_label=tr!(i18n, frame.back)>
                        <Chip/>
                    </WorkBar>
                }.into_any(),
            }}
            <main class="app__main targets" id="main">
                {if known {
                    view! { <Figures cut/> }.into_any()
                } else {
                    view! { <Empty title=tr!(i18n, shop.unknown) text=tr!(i18n, shop.unknown_text)/> }.into_any()
                }}
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Targets(Cut::default())/> }/>
        </div>
    }
}

/// One level up: the last narrowing is taken back. `None` at the top.
fn up(cut: &Cut) -> Option<String> {
    let mut cut = cut.clone();
    let taken = cut.category.take().map(drop).or_else(|| cut.shop.take().map(drop));
    taken.or_else(|| cut.channel.take().map(drop)).map(|()| Page::Targets(cut).path())
}

/// A cut in words.
fn cut_said(cut: &Cut) -> String {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let shop = cut.shop.as_ref().map(|id| catalog.shop(id).map_or_else(|| id.to_string(), |shop| shop.name));
    let channel = cut.channel.as_ref().filter(|_| shop.is_none()).map(|channel| channel_said(&channel.0));
    let parts: Vec<String> = channel.into_iter().chain(shop).chain(cut.category.clone()).collect();
    if parts.is_empty() { say!(i18n, targets.all) } else { parts.join(" · ") }
}

#[component]
fn Figures(cut: Cut) -> impl IntoView {
    let standings = Standings::get();
    let shown = Shown::read(cut);
    let view = Signal::derive(move || shown.get().view);
    let measured = Memo::new(move |_| {
        let shown = shown.read();
        standings.measure(&shown.view, shown.by)
    });
    // The columns go by time whatever the breakdown goes by.
    let by_time = Memo::new(move |_| {
        let shown = shown.read();
        let tiled = shown.view.period.kind() != PeriodKind::Day;
        if tiled { standings.measure(&shown.view, Some(Dimension::Time)) } else { None }
    });
    let asked = RwSignal::new(None::<FigureKind>);
    let to_records = move || is_bottom(&view.read());
    view! {
        <Choices shown/>
        <div class="cols">
            <div>
                <Period shown measured asked/>
                <TimeColumns view measured=by_time/>
                <Notes view measured/>
                <ToDo view/>
            </div>
            <div>
                <Show when=move || shown.read().by.is_some()>
                    <Breakdown shown measured/>
                </Show>
                <Show when=to_records>
                    <RecordsBehind view/>
                </Show>
            </div>
        </div>
        <WhySheet text=Signal::derive(move || reason(asked.get()?, &view.read(), measured.read().as_ref()?)) on_close=move |()| asked.set(None)/>
    }
}

/// Far enough down for the records themselves to be read: one shop, or one day.
fn is_bottom(view: &View) -> bool {
    view.cut.shop.is_some() || view.period.kind() == PeriodKind::Day
}

/// Why a figure is what it is.
fn reason(kind: FigureKind, view: &View, measured: &Measured) -> Option<WhyText> {
    let i18n = use_i18n();
    let figure = figure_of(&measured.whole, kind)?;
    let sources = Standings::get().bases(&view.metric);
    let mut text = why(&figure, &view.metric, &cut_said(&view.cut), &sources);
    if is_bottom(view) {
        text.way = Some((say!(i18n, targets.to_records), "#records".to_owned()));
    }
    Some(text)
}

/// Kind of period, and metric.
#[component]
fn Choices(shown: Memo<Shown>) -> impl IntoView {
    let (i18n, standings) = (use_i18n(), Standings::get());
    let kind = |kind, label| Choice::new(kind, label);
    let kinds = vec![
        kind(PeriodKind::Year, tr!(i18n, targets.year)),
        kind(PeriodKind::Quarter, tr!(i18n, targets.quarter)),
        kind(PeriodKind::Month, tr!(i18n, targets.month)),
        kind(PeriodKind::Week, tr!(i18n, targets.week)),
        kind(PeriodKind::Day, tr!(i18n, targets.day)),
    ];
    let metrics = untrack(|| standings.metrics()).into_iter().map(|metric| {
        let id = metric.id.clone();
        Choice::new(metric.id, Signal::derive(move || metric_said(&id)))
    });
    let (replace, other) = (address::replace(), address::replace());
    view! {
        <div class="targets__kinds">
            <Segmented options=kinds selected=Signal::derive(move || shown.read().view.period.kind())
                on_select=move |kind| replace(shown.get_untracked().by_kind(kind)) legend=tr!(i18n, targets.period) quiet=true/>
        </div>
        <Chips options=metrics.collect() selected=Signal::derive(move || shown.read().view.metric.clone())
            on_select=move |metric| {
                let mut shown = shown.get_untracked();
                shown.view.metric = metric;
                other(shown);
            }
            label=tr!(i18n, targets.metric)/>
    }
}

/// The period with the ways to its neighbours, and where the whole stands.
#[component]
fn Period(shown: Memo<Shown>, measured: Memo<Option<Measured>>, asked: RwSignal<Option<FigureKind>>) -> impl IntoView {
    let (i18n, words, standings) = (use_i18n(), Words::get(), Standings::get());
    let replace = address::replace();
    let step = Callback::new(move |by: i32| {
        let shown = shown.get_untracked();
        let period = shown.view.period;
        if let Some(period) = if by < 0 { period.previous() } else { Some(period.next()) } {
            replace(shown.over(period));
        }
    });
    let has_next = Signal::derive(move || {
        let view = &shown.read().view;
        let next = view.period.next();
        next.first() <= standings.through() || standings.reaches(&view.metric, next)
    });
    let elapsed = Signal::derive(move || {
        let measured = measured.read();
        let Some(Measured { whole, .. }) = measured.as_ref() else { return String::new() };
        let (n, of, day) = (whole.time.days_elapsed, whole.time.days(), words.day(whole.through));
        if whole.through < whole.period.first() {
            say!(i18n, targets.not_begun, of = of)
        } else if whole.through >= whole.period.last() {
            say!(i18n, targets.over, of = of)
        } else {
            say!(i18n, targets.elapsed, day = day, n = n, of = of)
        }
    });
    let metric = Signal::derive(move || shown.read().view.metric.clone());
    view! {
        <PeriodShelf
            title=Signal::derive(move || period_said(shown.read().view.period))
            note=elapsed
            back_label=tr!(i18n, targets.before)
            on_label=tr!(i18n, targets.after)
            on_step=step
            has_next
        >
            {move || {
                let standing = Memo::new(move |_| measured.get().map(|measured| measured.whole));
                standing.get().map(|first| {
                    let standing = Signal::derive(move || standing.get().unwrap_or_else(|| first.clone()));
                    view! { <StandingHero standing metric asked/> }
                })
            }}
        </PeriodShelf>
    }
}

/// What has to be said beside the figures: how days count, who is missing, what waits, how old they are.
#[component]
fn Notes(view: Signal<View>, measured: Memo<Option<Measured>>) -> impl IntoView {
    let (i18n, words, centre) = (use_i18n(), Words::get(), SyncCentre::get());
    let list = move || {
        let (view, measured) = (view.read(), measured.get());
        let Some(Measured { whole, shops, without_target, later, .. }) = measured else { return Vec::new() };
        let mut list = vec![match whole.basis {
            Basis::WorkingDays { .. } => say!(i18n, today.working_days),
            _ => say!(i18n, today.calendar_days),
        }];
        if centre.signal() == Indicator::Offline {
            list.push(say!(i18n, targets.offline, day = words.day(whole.through)));
        }
        if view.cut.category.is_some() {
            list.push(say!(i18n, targets.no_category_target));
        } else if without_target > 0 && whole.target.is_some() {
            list.push(say!(i18n, targets.without_target, n = without_target, of = shops));
        }
        if later.0 != 0 {
            let amount = amount_said(&view.metric, later);
            list.push(say!(i18n, targets.later, amount = amount, day = words.day(whole.through)));
        }
        list
    };
    view! {
        <Note icon=IconName::Info pad=true>
            <span>{move || list().join(" ")}</span>
        </Note>
    }
}

/// What can be done about the figures.
#[component]
fn ToDo(view: Signal<View>) -> impl IntoView {
    let (i18n, account) = (use_i18n(), Account::get());
    let deviations = Deviations::get();
    let is_rep = account.session().is_some_and(|session| session.role == Role::Rep);
    let behind = Signal::derive(move || {
        let view = View { period: PeriodKind::Month.holding(Standings::get().through()), ..view.get() };
        let found = deviations.find(&View { cut: Cut::default(), ..view });
        match found.map_or(0, |found| found.warnings.len()) {
            0 => say!(i18n, deviations.open_none),
            n => say!(i18n, deviations.open_note, n = n),
        }
    });
    let shop = Memo::new(move |_| view.read().cut.shop.clone());
    view! {
        <Shelf title=tr!(i18n, targets.to_do)>
            <ul class="rows">
                <li><Row icon=IconName::Gap light=true title=tr!(i18n, deviations.open) meta=behind href=Page::Deviations.path()/></li>
                {move || view! {
                    <li><Row icon=IconName::Edit light=true title=tr!(i18n, actuals.open) meta=tr!(i18n, actuals.open_note)
                        href=Page::Actuals(shop.get()).path()/></li>
                }}
                {is_rep.then(|| view! {
                    <li><Row icon=IconName::Target light=true title=tr!(i18n, drafts.open) meta=tr!(i18n, drafts.open_note)
                        href=Page::Drafts.path()/></li>
                })}
            </ul>
        </Shelf>
    }
}
