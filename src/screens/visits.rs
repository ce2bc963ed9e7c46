//! 巡店: the latest visits in the territory, for those who lead.

use super::Page;
use super::frame::{Chip, Tabs};
use crate::components::{Bar, Dock, Empty, IconName, Row, Shelf};
use crate::i18n::use_i18n;
use crate::state::table::descending;
use crate::state::{Catalog, Words};
use crate::text::{say, tr};
use leptos::prelude::*;

/// So many are listed.
const MOST: usize = 60;

/// The page.
#[component]
pub fn VisitsPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="app">
            <Bar title=tr!(i18n, today.visits) subtitle=tr!(i18n, today.recent_note)><Chip/></Bar>
            <main class="app__main visits" id="main">
                <RecentVisits/>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Visits/> }/>
        </div>
    }
}

/// The latest visits, newest first.
#[component]
fn RecentVisits() -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let catalog = Catalog::get();
    let recent = Memo::new(move |_| {
        let visits = catalog.visits();
        let list: Vec<_> = visits.iter().map(|(id, visit)| (id.clone(), visit.clone())).collect();
        let mut list = descending(list, |(_, visit)| visit.check_in.at);
        list.truncate(MOST);
        list
    });
    view! {
        <Shelf first=true title=tr!(i18n, today.recent) note=tr!(i18n, today.recent_note)>
            <Show when=move || !recent.get().is_empty() fallback=move || view! {
                <Empty title=tr!(i18n, today.no_visits) text=tr!(i18n, today.no_visits_text)/>
            }>
                <ul class="rows">
                    {move || recent.get().into_iter().map(|(id, visit)| {
                        let shop = catalog.shop(&visit.shop).map(|s| s.name).unwrap_or_default();
                        let person = catalog.person_name(&visit.person);
                        let score = match visit.result.as_ref().and_then(|r| r.points) {
                            Some(points) => say!(i18n, today.score, n = points),
                            None => say!(i18n, shop.in_progress),
                        };
                        let at = words.moment(visit.check_in.at);
                        view! {
                            <li>
                                <Row title=shop href=Page::Summary(id).path() icon=IconName::List light=true
                                    end=move || view! { <b>{score.clone()}</b> }>
                                    <span>{person}</span>
                                    <span>{at}</span>
                                </Row>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            </Show>
        </Shelf>
    }
}
