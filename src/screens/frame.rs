//! The frame of a signed-in page: rail or tabs, the sync chip, the page.

use super::Page;
use crate::components::{IconName, NavItem, SideRail, SyncChip, SyncState, TabBar};
use crate::i18n::use_i18n;
use crate::state::standings::Cut;
use crate::state::{Account, Catalog, SyncCentre, sync::Indicator};
use crate::text::{say, tr};
use aisle_domain::org::Role;
use leptos::prelude::*;

/// The frame. `page` decides which entry of the navigation is current.
#[component]
pub fn Frame(
    /// The page shown.
    page: Memo<Page>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let (account, catalog) = (Account::get(), Catalog::get());
    let person = move || account.session().map(|session| session.name).unwrap_or_default();
    let org = move || catalog.org().map(|org| org.name.clone()).unwrap_or_default();
    view! {
        <a class="skip" href="#main">{tr!(i18n, frame.skip)}</a>
        <div class="desk">
            <SideRail items=nav(page) label=tr!(i18n, frame.main) brand="Aisle 巡店">
                <Chip/>
                <p><b>{person}</b><br/>{org}</p>
            </SideRail>
            {children()}
        </div>
    }
}

/// The entries of the navigation.
fn nav(page: Memo<Page>) -> Signal<Vec<NavItem>> {
    let (i18n, account) = (use_i18n(), Account::get());
    let item = move |icon, label, target: Page, current: fn(&Page) -> bool| NavItem {
        icon,
        label,
        href: target.path(),
        current: Signal::derive(move || page.with(current)),
        badge: Signal::derive(|| 0),
        badge_label: Signal::derive(String::new),
    };
    let leads = move || account.session().is_some_and(|session| session.role.leads());
    let in_shops = |page: &Page| matches!(page, Page::Shops | Page::Shop(_) | Page::Visit(_) | Page::Summary(_));
    Signal::derive(move || {
        let mut items = Vec::new();
        if leads() {
            let cockpit = |page: &Page| matches!(page, Page::Today | Page::Cockpit);
            items.push(item(IconName::Cockpit, tr!(i18n, cockpit.title), Page::Today, cockpit));
        } else {
            items.push(item(IconName::Today, tr!(i18n, today.title), Page::Today, |page| *page == Page::Today));
            items.push(item(IconName::Shop, tr!(i18n, shops.title), Page::Shops, in_shops));
        }
        if leads() {
            let plans = |page: &Page| matches!(page, Page::Plans | Page::Split(_) | Page::Reviews | Page::Targets(_));
            items.push(item(IconName::Target, tr!(i18n, plan.title), Page::Plans, plans));
            items.push(item(IconName::List, tr!(i18n, today.visits), Page::Visits, |page| *page == Page::Visits));
            items.push(item(IconName::Shop, tr!(i18n, shops.title), Page::Shops, in_shops));
        } else if account.session().is_some_and(|session| session.role != Role::Auditor) {
            // Auditors do not see the reps' targets.
            let label = tr!(i18n, targets.title);
            let targets =
                |page: &Page| matches!(page, Page::Targets(_) | Page::Deviations | Page::Actuals(_) | Page::Drafts);
            items.push(item(IconName::Target, label, Page::Targets(Cut::default()), targets));
        }
        let more = |page: &Page| matches!(page, Page::More | Page::Sync | Page::Import);
        items.push(item(IconName::More, tr!(i18n, more.title), Page::More, more));
        items
    })
}

/// The tabs at the foot of a phone.
#[component]
pub fn Tabs(
    /// The tab that is current.
    current: Page,
) -> impl IntoView {
    let i18n = use_i18n();
    let page = Memo::new(move |_| current.clone());
    view! { <TabBar items=nav(page) label=tr!(i18n, frame.main)/> }
}

/// The sync chip: always in sight, never alarming.
#[component]
pub fn Chip() -> impl IntoView {
    let i18n = use_i18n();
    let centre = SyncCentre::get();
    let state = Signal::derive(move || match centre.signal() {
        Indicator::Settled | Indicator::Waiting => SyncState::Online,
        Indicator::Sending => SyncState::Sending,
        Indicator::Offline => SyncState::Offline,
        Indicator::NeedsYou => SyncState::Attention,
    });
    let text = Signal::derive(move || match centre.signal() {
        Indicator::Settled => say!(i18n, chip.settled),
        Indicator::Waiting => say!(i18n, chip.waiting),
        Indicator::Sending => say!(i18n, chip.sending),
        Indicator::Offline => say!(i18n, chip.offline),
        Indicator::NeedsYou => say!(i18n, chip.needs_you),
    });
    let count = Signal::derive(move || match centre.waiting() {
        0 => String::new(),
        n => say!(i18n, chip.count, n = n),
    });
    view! { <SyncChip state text count spoken=tr!(i18n, chip.open) href=Page::Sync.path()/> }
}
