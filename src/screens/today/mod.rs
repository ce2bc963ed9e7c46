//! 今日: where the month stands, what to do next, what waits to be sent.

mod route;

use self::route::{NextStop, TodaysRoute};
use super::Page;
use super::frame::{Chip, Tabs};
use super::progress::{Hero, ProgressLine};
use super::update::UpdateBar;
use crate::components::{Bar, Dock, IconName, Next, Note, Row, Shelf};
use crate::i18n::use_i18n;
use crate::state::{Account, Catalog, Nav, Performance, SyncCentre, Visits, Words};
use crate::text::{say, tr};
use aisle_domain::calendar::Period;
use aisle_domain::org::{DayBasis, Role};
use aisle_domain::progress::Progress;
use aisle_domain::target::TargetBasis;
use leptos::prelude::*;

/// After a start in the middle of a visit, goes back to where it was. That there is an open visit is read from the
/// records: a small preference may be lost when the browser is killed. It only tells whether the summary was shown.
pub fn resume_once() {
    let (visits, nav) = (Visits::get(), Nav::get());
    let at_start = Page::parse(&untrack(|| nav.path())) == Page::Today;
    let Some((open, _)) = untrack(|| visits.open()).filter(|_| at_start) else { return };
    let summary = Page::Summary(open.clone()).path();
    let path = visits.take_resume().filter(|path| *path == summary).unwrap_or_else(|| Page::Visit(open).path());
    nav.replace(&path);
}

/// Today.
#[component]
pub fn Today() -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let account = Account::get();
    let role = move || account.session().map(|session| session.role);
    let subtitle = Signal::derive(move || words.day_heading(crate::state::visits::today()));
    let has_targets = move || role().is_some_and(|role| role != Role::Auditor);
    view! {
        <div class="app app--cols">
            <Bar title=tr!(i18n, today.title) subtitle><Chip/></Bar>
            <main class="app__main today" id="main">
                <UpdateBar/>
                <div class="cols">
                    <div>
                        <Show when=has_targets fallback=move || view! {
                            <Note icon=IconName::Info pad=true text=tr!(i18n, today.no_targets_for_auditor)/>
                        }>
                            <Figures/>
                        </Show>
                        <Waiting/>
                    </div>
                    <div>
                        {move || match role() {
                            Some(Role::Rep) => view! { <TodaysRoute/> }.into_any(),
                            _ => view! { <OthersVisits/> }.into_any(),
                        }}
                    </div>
                </div>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Today/> }>
                <NextStop/>
            </Dock>
        </div>
    }
}

/// Targets of month and year, with the next action.
#[component]
fn Figures() -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let (performance, visits, catalog) = (Performance::get(), Visits::get(), Catalog::get());
    let month: Signal<Progress> = Signal::derive(move || performance.month());
    let year: Signal<Progress> = Signal::derive(move || performance.year());
    let through = move || performance.data_through();
    let catchable = Memo::new(move |_| performance.catchable(&visits.route()));
    let basis = move || match catalog.targets().basis {
        Some(TargetBasis::PriorYear { factor_bp }) => {
            say!(i18n, today.derived, factor = format!("{}.{:02}", factor_bp / 10_000, factor_bp % 10_000 / 100))
        }
        _ => String::new(),
    };
    let demo = move || {
        let note = catalog.org().and_then(|org| org.demo.clone());
        note.map(|note| say!(i18n, today.demo, weeks = note.shifted_weeks, source = note.source)).unwrap_or_default()
    };
    let day_basis = move || match catalog.org().map(|org| org.day_basis) {
        Some(DayBasis::Working) => say!(i18n, today.working_days),
        _ => say!(i18n, today.calendar_days),
    };
    view! {
        <Shelf
            first=true
            title=Signal::derive(move || say!(i18n, today.month_sales, month = words.month(through())))
            note=Signal::derive(move || say!(i18n, today.through, day = words.day(through())))
        >
            <Hero progress=month/>
            <ProgressLine
                name=Signal::derive(move || {
                    let year = Period::year_of(through()).to_string();
                    say!(i18n, today.year_sales, year = year)
                })
                progress=year
            />
        </Shelf>
        {move || catchable.get().map(|catchable| view! {
            <Next
                title=say!(i18n, today.catchable, n = catchable.shops.len(), percent = catchable.percent)
                note=say!(i18n, today.catchable_note, amount = words.money(catchable.amount))
                href=Page::Deviations.path()
            />
        })}
        <Note icon=IconName::Info pad=true>
            <span>{day_basis}" "{basis}" "{demo}</span>
        </Note>
    }
}

/// What waits on this phone; nothing when nothing does.
#[component]
fn Waiting() -> impl IntoView {
    let i18n = use_i18n();
    let centre = SyncCentre::get();
    let photos = move || centre.status().map_or(0, |status| status.photos.0);
    let waits = move || centre.waiting() > 0 || photos() > 0;
    view! {
        <Show when=waits>
            <Shelf title=tr!(i18n, today.waiting)>
                <Row
                    icon=IconName::SPhone
                    light=true
                    title=Signal::derive(move || say!(i18n, today.waiting_records, n = centre.waiting()))
                    meta=Signal::derive(move || say!(i18n, today.waiting_photos, n = photos()))
                    href=Page::Sync.path()
                />
            </Shelf>
        </Show>
    }
}

/// For those who walk no route: the way to the visits of others.
#[component]
fn OthersVisits() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Shelf title=tr!(i18n, today.recent)>
            <Row icon=IconName::List light=true title=tr!(i18n, today.visits) href=Page::Visits.path()/>
        </Shelf>
    }
}
