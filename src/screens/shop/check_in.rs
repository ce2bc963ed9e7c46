//! Checking in: distance, accuracy and time before it; outside the fence a reason, never a block.

use crate::components::{Answer, AnswerChoice, Button, ButtonKind, Dock, IconName, Note, Sheet, Tone};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::state::nearby::Place;
use crate::state::{Account, Catalog, Nav, Visits, Words, nearby::Nearby};
use crate::text::{say, tr};
use aisle_domain::ShopId;
use aisle_domain::geo::Position;
use aisle_domain::org::Role;
use aisle_domain::visit::{AwayReason, needs_reason};
use leptos::prelude::*;

/// The foot of a shop's page.
#[component]
pub fn CheckIn(
    /// Which shop.
    id: ShopId,
    /// Where the shop is, if that is known.
    position: Option<Position>,
) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let (account, visits, nearby) = (Account::get(), Visits::get(), Nearby::get());
    let nav = Nav::get();
    let asking_reason = RwSignal::new(false);
    let reason = RwSignal::new(None::<AwayReason>);
    let distance = move || nearby.fix().zip(position).map(|(fix, at)| fix.position.distance_m(at));
    let fence = move || catalog.org().map_or(150, |org| org.fence_m);
    let outside = move || needs_reason(distance(), nearby.fix().map(|fix| fix.accuracy_m), fence());
    let place = move || match (nearby.place(), distance()) {
        (Place::Asking, _) => say!(i18n, shop.looking),
        (Place::Here(fix), Some(metres)) => {
            let accuracy = words.metres(fix.accuracy_m);
            if metres <= f64::from(fence()) {
                say!(i18n, shop.inside, distance = words.metres(metres), accuracy = accuracy, fence = fence())
            } else {
                say!(i18n, shop.outside, distance = words.metres(metres), accuracy = accuracy, fence = fence())
            }
        }
        (Place::Here(_), None) => say!(i18n, shop.no_position),
        _ => say!(i18n, shop.no_fix),
    };
    let may_visit = move || account.session().is_some_and(|session| session.role == Role::Rep);
    let here = {
        let id = id.clone();
        Memo::new(move |_| visits.open().map(|(visit, shop)| (shop == id, visit)))
    };
    let go = move |visit| nav.go(&Page::Visit(visit).path());
    let check_in = move || visits.check_in(id.clone(), untrack(|| nearby.fix()), reason.get_untracked(), go);
    let press = {
        let check_in = check_in.clone();
        Callback::new(move |()| match here.get_untracked() {
            Some((_, visit)) => go(visit),
            None if untrack(outside) && reason.get_untracked().is_none() => asking_reason.set(true),
            None => check_in(),
        })
    };
    let label = Signal::derive(move || match here.get() {
        Some((true, _)) => say!(i18n, today.continue_visit),
        Some((false, _)) => say!(i18n, shop.other_open),
        None => say!(i18n, shop.check_in),
    });
    let choice = |value| AnswerChoice { value, label: Signal::derive(move || reason_said(value)), tone: Tone::Plain };
    let choices = StoredValue::new(AwayReason::ALL.map(choice).to_vec());
    let confirm = Callback::new(move |()| {
        asking_reason.set(false);
        check_in();
    });
    let no_list = move || catalog.checklist().is_none();
    view! {
        <Show when=may_visit>
            <Dock
                label=tr!(i18n, frame.actions)
                why=move || view! { <Note icon=IconName::Pin><span>{place}</span></Note> }
            >
                <Button kind=ButtonKind::Primary icon=IconName::Pin label block=true on_press=press
                    disabled=Signal::derive(no_list)/>
            </Dock>
        </Show>
        <Sheet
            open=asking_reason
            title=tr!(i18n, shop.reason_title)
            subtitle=tr!(i18n, shop.reason_text)
            acts=move || view! {
                <Button kind=ButtonKind::Primary label=tr!(i18n, shop.check_in) block=true on_press=confirm
                    disabled=Signal::derive(move || reason.get().is_none())/>
            }
        >
            <Answer choices=choices.get_value() selected=Signal::derive(move || reason.get()) on_select=move |r| reason.set(Some(r))
                legend=tr!(i18n, shop.reason_title) list=true/>
        </Sheet>
    }
}

/// A reason in the person's language.
pub fn reason_said(reason: AwayReason) -> String {
    let i18n = use_i18n();
    match reason {
        AwayReason::WrongPosition => say!(i18n, reason.wrong_position),
        AwayReason::PoorFix => say!(i18n, reason.poor_fix),
        AwayReason::NoFix => say!(i18n, reason.no_fix),
        AwayReason::Moved => say!(i18n, reason.moved),
        AwayReason::Other => say!(i18n, reason.other),
    }
}
