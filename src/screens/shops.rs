//! 门店: the list, search over name, address and code, and what is near.

use super::Page;
use super::frame::{Chip, Tabs};
use super::paging::{More, PAGE};
use super::progress::{GapDelta, ProgressTwin};
use crate::components::{
    Bar, Chips, Choice, Dock, Empty, Icon, IconName, IconSize, Note, Row, SearchBox, Shelf, Tag, TwinSize,
};
use crate::i18n::use_i18n;
use crate::state::nearby::Place;
use crate::state::table::ascending;
use crate::state::{Catalog, Performance, Visits, Words, nearby::Nearby};
use crate::text::{say, tr};
use aisle_domain::ShopId;
use aisle_domain::org::Shop;
use aisle_domain::progress::{Band, Progress};
use leptos::prelude::*;
use std::collections::HashMap;

/// Nearer than this is near, metres.
const NEAR_M: f64 = 5_000.0;
/// Not visited for so many days.
const LONG_DAYS: i64 = 14;

/// A filter of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All.
    All,
    /// Within 5 km.
    Near,
    /// On today's route.
    Today,
    /// Not visited for 14 days.
    Long,
    /// Behind target.
    Behind,
}

/// Search and filter, kept while other tabs are shown. Context.
#[derive(Clone, Copy)]
pub struct Finder {
    text: RwSignal<String>,
    filter: RwSignal<Filter>,
}

impl Finder {
    /// Everything is shown at first.
    pub fn provide() {
        provide_context(Self { text: RwSignal::default(), filter: RwSignal::new(Filter::All) });
    }
}

/// A shop of the list.
#[derive(Clone, PartialEq)]
struct Line {
    id: ShopId,
    shop: Shop,
    distance_m: Option<f64>,
    bearing: Option<f64>,
    last: Option<(i64, Option<u32>)>,
    progress: Option<Progress>,
    today: bool,
}

impl Line {
    fn passes(&self, filter: Filter) -> bool {
        match filter {
            Filter::All => true,
            Filter::Near => self.distance_m.is_some_and(|metres| metres <= NEAR_M),
            Filter::Today => self.today,
            Filter::Long => self.last.is_none_or(|(at, _)| Words::get().days_since(at) >= LONG_DAYS),
            Filter::Behind => {
                let band = self.progress.as_ref().and_then(Progress::band);
                matches!(band, Some(Band::Behind | Band::Critical))
            }
        }
    }

    /// Whether every word of the search is in the name, the address, the town or the code.
    fn matches(&self, search: &str) -> bool {
        let hay = format!("{} {} {} {}", self.shop.name, self.shop.address, self.shop.city, self.id).to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| hay.contains(word))
    }
}

fn lines() -> Vec<Line> {
    let (catalog, performance, visits, nearby) = (Catalog::get(), Performance::get(), Visits::get(), Nearby::get());
    let fix = nearby.fix();
    let (route, sums) = (visits.route(), performance.sums());
    let mut last: HashMap<ShopId, (i64, Option<u32>)> = HashMap::new();
    for visit in catalog.visits().values().filter(|visit| !visit.is_open()) {
        let points = visit.result.as_ref().and_then(|result| result.points);
        let slot = last.entry(visit.shop.clone()).or_insert((visit.check_in.at, points));
        if visit.check_in.at > slot.0 {
            *slot = (visit.check_in.at, points);
        }
    }
    let line = |(id, shop): (&ShopId, &Shop)| {
        let from_to = fix.map(|fix| fix.position).zip(shop.position);
        Line {
            distance_m: from_to.map(|(from, to)| from.distance_m(to)),
            bearing: from_to.map(|(from, to)| from.bearing_deg(to)),
            last: last.get(id).copied(),
            progress: sums.month_of(id).filter(|progress| progress.target.is_some()),
            today: route.contains(id),
            id: id.clone(),
            shop: shop.clone(),
        }
    };
    let mut lines: Vec<Line> = catalog.shops().iter().map(line).collect();
    lines.sort_unstable_by(|a, b| a.shop.name.cmp(&b.shop.name));
    ascending(lines, |line| line.distance_m.map_or(i64::MAX, |metres| metres as i64))
}

/// The list of shops.
#[component]
pub fn Shops() -> impl IntoView {
    let i18n = use_i18n();
    let finder: Finder = expect_context();
    let nearby = Nearby::get();
    let all = Memo::new(move |_| lines());
    let count = move |filter: Filter| Signal::derive(move || all.read().iter().filter(|l| l.passes(filter)).count());
    let shown = Memo::new(move |_| {
        let (text, filter) = (finder.text.get(), finder.filter.get());
        all.read().iter().filter(|line| line.passes(filter) && line.matches(&text)).cloned().collect::<Vec<_>>()
    });
    let most = RwSignal::new(PAGE);
    let rows = move || shown.read().iter().take(most.get()).cloned().collect::<Vec<_>>();
    let options = vec![
        Choice::new(Filter::All, tr!(i18n, shops.all)).count(count(Filter::All)),
        Choice::new(Filter::Near, tr!(i18n, shops.near)).icon(IconName::Near).count(count(Filter::Near)),
        Choice::new(Filter::Today, tr!(i18n, shops.today)).count(count(Filter::Today)),
        Choice::new(Filter::Long, tr!(i18n, shops.long)).count(count(Filter::Long)),
        Choice::new(Filter::Behind, tr!(i18n, shops.behind)).count(count(Filter::Behind)),
    ];
    let choose = move |filter: Filter| {
        if filter == Filter::Near {
            nearby.look();
        }
        finder.filter.set(filter);
    };
    let title = Signal::derive(move || {
        let (text, n) = (finder.text.get(), shown.read().len());
        if text.trim().is_empty() {
            say!(i18n, shops.count, n = n)
        } else {
            say!(i18n, shops.found, n = n, text = text)
        }
    });
    let order = Signal::derive(move || match nearby.place() {
        Place::Here(fix) => say!(i18n, shops.by_distance, n = fix.accuracy_m.round() as i64),
        Place::Asking => say!(i18n, shops.looking),
        Place::Nowhere(_) => say!(i18n, shops.no_fix),
        Place::Unasked => say!(i18n, shops.by_name),
    });
    let subtitle = Signal::derive(move || say!(i18n, shops.on_phone, n = all.read().len()));
    view! {
        <div class="app">
            <Bar title=tr!(i18n, shops.title) subtitle><Chip/></Bar>
            <main class="app__main" id="main">
                <Chips
                    options
                    selected=Signal::derive(move || finder.filter.get())
                    on_select=choose
                    label=tr!(i18n, shops.filter)
                />
                <Shelf title note=order live=true>
                    <ul class="rows">
                        <For each=rows key=|line| line.id.clone() let:line>
                            <ShopRow line/>
                        </For>
                    </ul>
                    <More most all=Signal::derive(move || shown.read().len())
                        row=move |at| shown.read_untracked().get(at).map(|line| row_id(&line.id)).unwrap_or_default()/>
                    <Show when=move || shown.read().is_empty()>
                        <Empty title=tr!(i18n, shops.none) text=tr!(i18n, shops.none_text)/>
                    </Show>
                </Shelf>
                <Note icon=IconName::Info pad=true text=tr!(i18n, shops.searchable)/>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Shops/> }>
                <SearchBox
                    value=finder.text
                    on_input=move |text: String| finder.text.set(text)
                    label=tr!(i18n, shops.search)
                    placeholder=tr!(i18n, shops.search)
                    clear_label=tr!(i18n, shops.clear)
                />
            </Dock>
        </div>
    }
}

/// The id of a row.
fn row_id(id: &ShopId) -> String {
    format!("shop-{id}")
}

#[component]
fn ShopRow(line: Line) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let progress = line.progress;
    let place = line.distance_m.zip(line.bearing);
    let tier = format!("{} · {}", line.shop.city, line.shop.tier.0);
    let lead = move || {
        place.map(|(metres, bearing)| {
            view! {
                <span class="row__lead shops__lead">
                    <span class="shops__heading" style=("--bearing", format!("{bearing:.0}"))>
                        <Icon name=Signal::derive(|| IconName::Heading) size=IconSize::S20/>
                    </span>
                    <span class="num">{words.distance(metres)}</span>
                </span>
            }
        })
    };
    let end = move || {
        progress.map(|progress| {
            let progress = Signal::derive(move || progress);
            view! { <span class="shops__end"><GapDelta progress/><ProgressTwin progress size=TwinSize::Sm/></span> }
        })
    };
    let visited = move || match line.last {
        None => view! { <span class="shops__never">{say!(i18n, shops.never)}</span> }.into_any(),
        Some((at, points)) => {
            let days = words.days_since(at);
            let when = if days == 0 { say!(i18n, shops.visited_today) } else { say!(i18n, shops.days_ago, n = days) };
            let score = points.map(|n| format!(" · {}", say!(i18n, today.score, n = n))).unwrap_or_default();
            view! { <span>{when}{score}</span> }.into_any()
        }
    };
    view! {
        <li id=row_id(&line.id) tabindex="-1">
            <Row title=line.shop.name.clone() href=Page::Shop(line.id.clone()).path() lead end>
                {visited}
                <span>{tier}</span>
                {line.today.then(|| view! { <Tag label=tr!(i18n, shops.today)/> })}
            </Row>
        </li>
    }
}
