//! Today's route, and the one thing to do next.

use crate::components::{Button, ButtonKind, Empty, IconName, LinkButton, Route, Shelf, StopRow, StopStage};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::state::table::ascending;
use crate::state::{Account, Catalog, Nav, Performance, Visits, Words, nearby::Nearby};
use crate::text::{say, tr};
use aisle_domain::ShopId;
use aisle_domain::org::Role;
use aisle_domain::progress::Progress;
use leptos::prelude::*;

/// The route of the day, nearest stop first when the phone knows where it is.
#[component]
pub fn TodaysRoute() -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let (catalog, visits, performance, nearby) = (Catalog::get(), Visits::get(), Performance::get(), Nearby::get());
    let done = Memo::new(move |_| visits.done_today());
    let stops = Memo::new(move |_| stops_left(catalog, visits, nearby));
    let total = move || done.get().len() + stops.get().len();
    let worth = move |shop: &ShopId| {
        let short = performance.shop_month(shop).as_ref().and_then(Progress::shortfall).filter(|amount| amount.0 > 0);
        short.map(|amount| words.money(amount)).unwrap_or_default()
    };
    let stop = move |index: usize, shop: ShopId| {
        let number = u32::try_from(done.get().len() + index + 1).unwrap_or(0);
        let name = catalog.shop(&shop).map(|s| s.name).unwrap_or_default();
        let city = catalog.shop(&shop).map(|s| s.city).unwrap_or_default();
        let stage = if index == 0 { StopStage::Next } else { StopStage::Later };
        view! {
            <StopRow
                stage=Signal::derive(move || stage)
                number=Signal::derive(move || number)
                name
                href=Page::Shop(shop.clone()).path()
                distance=distance_said(&shop)
                worth=worth(&shop)
                next_label=tr!(i18n, today.next)
                done_label=tr!(i18n, today.done)
            >
                <span>{city}</span>
            </StopRow>
        }
    };
    view! {
        <div id="route">
            <Shelf
                title=tr!(i18n, today.route)
                note=Signal::derive(move || say!(i18n, today.visited, done = done.get().len(), all = total()))
            >
                <Show when=move || total() != 0 fallback=move || view! {
                    <Empty title=tr!(i18n, today.no_route) text=tr!(i18n, today.no_route_text)>
                        <LinkButton label=tr!(i18n, today.pick_shop) href=Page::Shops.path()/>
                    </Empty>
                }>
                    <Route>
                        {move || done.get().into_iter().enumerate().map(|(index, (id, visit))| {
                            let name = catalog.shop(&visit.shop).map(|s| s.name).unwrap_or_default();
                            let score = visit.result.and_then(|r| r.points).map_or_else(String::new, |n| {
                                say!(i18n, today.score, n = n)
                            });
                            view! {
                                <StopRow
                                    stage=Signal::derive(|| StopStage::Done)
                                    number=Signal::derive(move || u32::try_from(index + 1).unwrap_or(0))
                                    name
                                    href=Page::Summary(id).path()
                                    next_label=tr!(i18n, today.next)
                                    done_label=tr!(i18n, today.done)
                                >
                                    <span>{score}</span>
                                </StopRow>
                            }
                        }).collect_view()}
                        {move || stops.get().into_iter().enumerate().map(|(i, shop)| stop(i, shop)).collect_view()}
                    </Route>
                </Show>
            </Shelf>
        </div>
    }
}

/// Stops of the route that have not been visited today, nearest first where a fix is known.
fn stops_left(catalog: Catalog, visits: Visits, nearby: Nearby) -> Vec<ShopId> {
    let done: Vec<ShopId> = visits.done_today().into_iter().map(|(_, visit)| visit.shop).collect();
    let stops: Vec<ShopId> = visits.route().into_iter().filter(|shop| !done.contains(shop)).collect();
    let Some(fix) = nearby.fix() else { return stops };
    ascending(stops, |id| {
        let position = catalog.shop(id).and_then(|shop| shop.position);
        position.map_or(i64::MAX, |at| fix.position.distance_m(at) as i64)
    })
}

/// Distance to a shop in words; empty when the place is not known.
pub fn distance_said(shop: &ShopId) -> String {
    let position = Catalog::get().shop(shop).and_then(|shop| shop.position);
    let metres = Nearby::get().fix().zip(position).map(|(fix, at)| fix.position.distance_m(at));
    metres.map(|metres| Words::get().distance(metres)).unwrap_or_default()
}

/// The one thing to do next.
#[component]
pub fn NextStop() -> impl IntoView {
    let i18n = use_i18n();
    let (account, catalog, visits, nearby) = (Account::get(), Catalog::get(), Visits::get(), Nearby::get());
    let nav = Nav::get();
    let is_rep = move || account.session().is_some_and(|session| session.role == Role::Rep);
    // An open visit comes before the next stop.
    let next = Memo::new(move |_| {
        if !is_rep() {
            return None;
        }
        if let Some((visit, shop)) = visits.open() {
            return Some((true, shop, Page::Visit(visit)));
        }
        let shop = stops_left(catalog, visits, nearby).into_iter().next()?;
        Some((false, shop.clone(), Page::Shop(shop)))
    });
    move || {
        next.get().map(|(open, shop, page)| {
            let name = catalog.shop(&shop).map(|s| s.name).unwrap_or_default();
            let distance = distance_said(&shop);
            let note = if distance.is_empty() { name } else { format!("{name} · {distance}") };
            let label = if open { tr!(i18n, today.continue_visit) } else { tr!(i18n, today.go_next) };
            view! {
                <Button
                    kind=ButtonKind::Primary
                    icon=IconName::Pin
                    end=IconName::Go
                    label
                    note
                    block=true
                    on_press=move |()| nav.go(&page.path())
                />
            }
        })
    }
}
