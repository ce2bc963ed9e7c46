//! One shop: its target, what is known of it, and the last visits.

mod check_in;

pub use check_in::reason_said;

use self::check_in::CheckIn;
use super::Page;
use super::frame::Chip;
use super::progress::{Hero, ProgressLine, shortfall_said};
use crate::components::{Back, Empty, Fact, Facts, IconName, Row, ScoreTrend, Shelf, TextLink, TrendPoint, WorkBar};
use crate::i18n::use_i18n;
use crate::state::standings::Cut;
use crate::state::{Account, Catalog, Performance, Words, nearby::Nearby};
use crate::text::{say, tr};
use aisle_domain::ShopId;
use aisle_domain::calendar::{Period, TimeGone};
use aisle_domain::org::{Role, Shop};
use aisle_domain::progress::Progress;
use leptos::prelude::*;

/// Visits shown in the list.
const VISITS_SHOWN: usize = 6;

/// One shop.
#[component]
pub fn ShopPage(
    /// Which shop.
    id: ShopId,
) -> impl IntoView {
    let (i18n, catalog, nearby) = (use_i18n(), Catalog::get(), Nearby::get());
    nearby.look();
    let shop = {
        let id = id.clone();
        Memo::new(move |_| catalog.shop(&id))
    };
    let title = Signal::derive(move || shop.get().map_or_else(|| say!(i18n, shop.unknown), |s| s.name));
    let subtitle = {
        let id = id.clone();
        Signal::derive(move || match shop.get() {
            Some(s) => format!("{id} · {} · {}", channel_said(&s.channel.0), say!(i18n, shop.tier, tier = s.tier.0)),
            None => String::new(),
        })
    };
    let back = Back::Href(Page::Shops.path());
    let here = id.clone();
    view! {
        <div class="app app--cols">
            <WorkBar title subtitle back back_label=tr!(i18n, frame.back)><Chip/></WorkBar>
            <main class="app__main" id="main">
                {move || match shop.get() {
                    Some(shop) => view! { <Known id=id.clone() shop/> }.into_any(),
                    None => view! {
                        <Empty title=tr!(i18n, shop.unknown) text=tr!(i18n, shop.unknown_text)/>
                    }.into_any(),
                }}
            </main>
            {move || shop.get().map(|s| view! { <CheckIn id=here.clone() position=s.position/> })}
        </div>
    }
}

/// A channel in the person's language; codes that are not known are shown as they are.
pub fn channel_said(code: &str) -> String {
    let i18n = use_i18n();
    match code {
        "ka" => say!(i18n, channel.ka),
        "chain" => say!(i18n, channel.chain),
        "convenience" => say!(i18n, channel.convenience),
        "specialty" => say!(i18n, channel.specialty),
        other => other.to_owned(),
    }
}

#[component]
fn Known(id: ShopId, shop: Shop) -> impl IntoView {
    let account = Account::get();
    let has_targets = untrack(|| account.session()).is_some_and(|session| session.role != Role::Auditor);
    view! {
        <div class="cols">
            <div>
                {has_targets.then(|| view! { <ShopFigures id=id.clone()/> })}
                <ShopFacts shop/>
            </div>
            <div>
                <LastVisits id/>
            </div>
        </div>
    }
}

#[component]
fn ShopFigures(id: ShopId) -> impl IntoView {
    let (i18n, words, performance) = (use_i18n(), Words::get(), Performance::get());
    let through = move || performance.data_through();
    let nothing = Progress { target: None, actual: Default::default(), time: TimeGone::default() };
    let month = {
        let id = id.clone();
        Memo::new(move |_| performance.shop_month(&id).unwrap_or(nothing))
    };
    let year = {
        let id = id.clone();
        Memo::new(move |_| performance.shop_year(&id).unwrap_or(nothing))
    };
    let categories = {
        let id = id.clone();
        Memo::new(move |_| performance.shop_categories(&id))
    };
    view! {
        <Shelf
            first=true
            title=Signal::derive(move || say!(i18n, shop.month_sales, month = words.month(through())))
            note=Signal::derive(move || say!(i18n, today.through, day = words.day(through())))
        >
            <Hero progress=month.into()/>
            <ProgressLine
                name=Signal::derive(move || {
                    let year = Period::year_of(through()).to_string();
                    say!(i18n, today.year_sales, year = year)
                })
                progress=year.into()
            />
            <p class="vh">{move || shortfall_said(&month.get())}</p>
            <p class="links">
                <TextLink label=tr!(i18n, shop.targets) href=Page::Targets(Cut::shop(id.clone())).path()/>
                <TextLink label=tr!(i18n, actuals.open) href=Page::Actuals(Some(id.clone())).path()/>
            </p>
        </Shelf>
        <Shelf title=tr!(i18n, shop.categories) note=tr!(i18n, shop.categories_note)>
            <Facts>
                {move || categories.get().into_iter().take(6).map(|(name, amount)| {
                    view! { <Fact term=name value=words.money(amount)/> }
                }).collect_view()}
            </Facts>
        </Shelf>
    }
}

#[component]
fn ShopFacts(shop: Shop) -> impl IntoView {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let people = shop.assigned.clone();
    let responsible =
        Signal::derive(move || people.iter().map(|a| catalog.person_name(&a.person)).collect::<Vec<_>>().join(", "));
    let weekdays = shop.visit_weekdays.clone();
    let days = Signal::derive(move || weekdays.iter().map(|day| weekday_said(*day)).collect::<Vec<_>>().join(", "));
    let territory = shop.territory.clone();
    let path = Signal::derive(move || catalog.territory_path(&territory).join(" › "));
    let channel = shop.channel.0.clone();
    view! {
        <Shelf title=tr!(i18n, shop.facts)>
            <Facts>
                <Fact term=tr!(i18n, shop.address) value=format!("{}, {}", shop.address, shop.city)/>
                <Fact term=tr!(i18n, shop.territory) value=path/>
                <Fact term=tr!(i18n, shop.channel) value=Signal::derive(move || channel_said(&channel))/>
                <Fact term=tr!(i18n, shop.responsible) value=responsible/>
                <Fact term=tr!(i18n, shop.visit_days) value=days/>
            </Facts>
        </Shelf>
    }
}

fn weekday_said(day: u8) -> String {
    let i18n = use_i18n();
    match day {
        1 => say!(i18n, weekday.d1),
        2 => say!(i18n, weekday.d2),
        3 => say!(i18n, weekday.d3),
        4 => say!(i18n, weekday.d4),
        5 => say!(i18n, weekday.d5),
        6 => say!(i18n, weekday.d6),
        _ => say!(i18n, weekday.d7),
    }
}

#[component]
fn LastVisits(id: ShopId) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let visits = Memo::new(move |_| catalog.visits_of(&id));
    let pass = move || catalog.checklist().map(|(_, template)| f64::from(template.pass_mark));
    let points = Signal::derive(move || {
        let all = visits.get();
        let scored = all.iter().take(VISITS_SHOWN).filter_map(|(_, visit)| {
            let result = visit.result.as_ref()?;
            let value = f64::from(result.points?);
            let label = words.day_of(visit.check_in.at);
            let passed = pass().is_none_or(|pass| value >= pass);
            Some(TrendPoint { label, value, text: format!("{value:.0}"), passed })
        });
        let mut points: Vec<TrendPoint> = scored.collect();
        points.reverse();
        points
    });
    let trend_said = Signal::derive(move || {
        let list: Vec<String> = points.get().iter().map(|p| format!("{} {}", p.label, p.text)).collect();
        say!(i18n, shop.trend_sentence, list = list.join(", "))
    });
    view! {
        <Show when=move || { points.get().len() > 1 }>
            <Shelf title=tr!(i18n, shop.scores)>
                <ScoreTrend
                    points
                    pass=Signal::derive(pass)
                    label=trend_said
                    table_label=tr!(i18n, shop.as_table)
                    date_label=tr!(i18n, shop.date)
                    score_label=tr!(i18n, shop.score)
                />
            </Shelf>
        </Show>
        <Shelf title=tr!(i18n, shop.last_visits)>
            <Show when=move || !visits.get().is_empty() fallback=move || view! {
                <Empty title=tr!(i18n, shop.never) text=tr!(i18n, shop.never_text)/>
            }>
                <ul class="rows">
                    {move || visits.get().into_iter().take(VISITS_SHOWN).map(|(id, visit)| {
                        let person = catalog.person_name(&visit.person);
                        let score = visit.result.as_ref().and_then(|r| r.points);
                        let score = score.map_or_else(|| "—".to_owned(), |n| say!(i18n, today.score, n = n));
                        view! {
                            <li>
                                <Row title=words.moment(visit.check_in.at) href=Page::Summary(id).path() light=true
                                    icon=IconName::List end=move || view! { <b>{score.clone()}</b> }>
                                    <span>{person}</span>
                                </Row>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            </Show>
        </Shelf>
    }
}
