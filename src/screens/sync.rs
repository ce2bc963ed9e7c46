//! The sync centre: what waits, what was returned, how the endpoint answers, and what this phone holds.

use super::Page;
use super::frame::Chip;
use super::hand_over::{ExportSheet, Files, Wanted};
use super::stage::StageOf;
use crate::components::{
    Back, Button, ButtonKind, Dock, Empty, Field, FieldKind, Icon, IconName, IconSize, Kpi, Kpis, Panel, PanelKind,
    Row, Shelf, WorkBar,
};
use crate::i18n::use_i18n;
use crate::screens::kept::ThisPhone;
use crate::screens::sign_in::refusal_said;
use crate::state::sync::{Failure, Indicator, Item, Reach, Refused, RejectCode, Trigger};
use crate::state::{Account, Catalog, SyncCentre, Words, Work};
use crate::text::{say, tr};
use leptos::prelude::*;

/// The sync centre.
#[component]
pub fn SyncPage() -> impl IntoView {
    let i18n = use_i18n();
    let (account, centre, work) = (Account::get(), SyncCentre::get(), Work::get());
    let name = move || account.session().map(|session| session.name).unwrap_or_default();
    let subtitle = Signal::derive(move || say!(i18n, sync.this_phone, name = name()));
    let wanted = RwSignal::new(None::<Wanted>);
    let signed_out = move || centre.status().is_some_and(|s| s.reach == Reach::Failed(Failure::SignedOut));
    view! {
        <div class="app">
            <WorkBar title=tr!(i18n, sync.title) subtitle back=Back::Href(Page::More.path())
                back_label=tr!(i18n, frame.back)><Chip/></WorkBar>
            <main class="app__main" id="main">
                <Said/>
                <Show when=signed_out><SignInAgain/></Show>
                <NeedsYou wanted/>
                <super::conflicts::OpenConflicts/>
                <Records/>
                <Files/>
                <ThisPhone/>
            </main>
            <Dock label=tr!(i18n, frame.actions)>
                <Button icon=IconName::Export label=tr!(i18n, sync.export) on_press=move |()| wanted.set(Some(Wanted::All))/>
                <Button kind=ButtonKind::Primary icon=IconName::Sync
                    label=Signal::derive(move || if account.is_published() { say!(i18n, published.look) } else { say!(i18n, sync.send_now) })
                    on_press=move |()| work.trigger(Trigger::Asked)/>
            </Dock>
            <ExportSheet wanted/>
        </div>
    }
}

/// Where the data is, in one line; then the numbers.
#[component]
fn Said() -> impl IntoView {
    let (i18n, words, centre) = (use_i18n(), Words::get(), SyncCentre::get());
    let account = Account::get();
    let icon = Signal::derive(move || match centre.signal() {
        Indicator::Settled => IconName::SOk,
        Indicator::Sending | Indicator::Waiting => IconName::Sync,
        _ => IconName::SPhone,
    });
    let title = move || match centre.signal() {
        _ if account.is_published() => say!(i18n, published.title),
        Indicator::Settled => say!(i18n, sync.all_sent),
        Indicator::Sending | Indicator::Waiting => say!(i18n, sync.on_the_way),
        _ => say!(i18n, sync.safe_here),
    };
    let text = move || {
        let Some(status) = centre.status() else { return String::new() };
        if status.trouble.is_some() {
            return say!(i18n, sync.storage_trouble);
        }
        match status.reach {
            _ if account.is_published() => say!(i18n, published.text),
            Reach::Failed(Failure::Unreachable) => say!(i18n, sync.no_signal),
            Reach::Failed(Failure::Broken) => say!(i18n, sync.endpoint_broken),
            Reach::Failed(Failure::SlowDown(_)) => say!(i18n, sync.slow_down),
            Reach::Failed(Failure::SignedOut) => say!(i18n, sync.signed_out),
            Reach::Failed(Failure::Refused(code)) => say!(i18n, sync.refused_request, code = code),
            Reach::Reached | Reach::Unknown => say!(i18n, sync.by_itself),
        }
    };
    let photos = move || centre.status().map_or((0, 0), |status| status.photos);
    let last = move || centre.status().and_then(|status| status.last_success_ms);
    let clock_off = move || {
        let offset = centre.status().map_or(0, |status| status.clock_offset_ms);
        (offset.abs() > CLOCK_LIMIT_MS).then(|| say!(i18n, sync.clock_off, n = offset / 60_000))
    };
    view! {
        <section class="shelf shelf--first" aria-live="polite">
            <div class="sc__say">
                <Icon name=icon size=IconSize::S32/>
                <div><h2 class="sc__title">{title}</h2><p class="sc__sub">{text}</p></div>
            </div>
            <div class="sc__kpis">
                <Kpis>
                    <Kpi name=tr!(i18n, sync.records) value=Signal::derive(move || words.whole(centre.waiting() as i64))/>
                    <Kpi
                        name=tr!(i18n, sync.photos)
                        value=Signal::derive(move || words.whole(photos().0 as i64))
                        note=Signal::derive(move || if photos().0 > 0 { words.bytes(photos().1) } else { String::new() })
                    />
                    <Kpi
                        name=tr!(i18n, sync.last_success)
                        value=Signal::derive(move || last().map_or_else(|| "—".to_owned(), |at| words.time(at)))
                        note=Signal::derive(move || last().map(|at| words.day_of(at)).unwrap_or_default())
                    />
                </Kpis>
            </div>
        </section>
        {move || clock_off().map(|said| view! {
            <Panel kind=PanelKind::Gap icon=IconName::Clock title=said text=tr!(i18n, sync.clock_text)/>
        })}
    }
}

/// A clock further off than this is said, milliseconds.
const CLOCK_LIMIT_MS: i64 = 5 * 60_000;

/// The session has ended: the work stays, a password lets it go on.
#[component]
fn SignInAgain() -> impl IntoView {
    let i18n = use_i18n();
    let account = Account::get();
    let login = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let error = RwSignal::new(String::new());
    let submit = move |()| {
        account.sign_in_again(login.get_untracked(), password.get_untracked(), move |outcome| match outcome {
            Ok(()) => error.set(String::new()),
            Err(refusal) => error.set(untrack(|| refusal_said(i18n, &refusal))),
        });
    };
    view! {
        <Shelf title=tr!(i18n, sync.sign_in_again)>
            <Field label=tr!(i18n, sign_in.login) value=login on_input=move |t: String| login.set(t)
                autocomplete="username" name="login" kind=FieldKind::Code/>
            <Field label=tr!(i18n, sign_in.password) value=password on_input=move |t: String| password.set(t)
                autocomplete="current-password" name="password" kind=FieldKind::Password error
                reveal_label=tr!(i18n, sign_in.reveal)/>
            <Button label=tr!(i18n, sync.sign_in_again) on_press=submit block=true/>
        </Shelf>
    }
}

/// Refused mutations, each with its reason and what can be done.
#[component]
fn NeedsYou(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    let (i18n, centre, work) = (use_i18n(), SyncCentre::get(), Work::get());
    let refused = Memo::new(move |_| centre.refused());
    let row = move |refused: Refused| {
        let (retry, withdraw, one) = (refused.id.clone(), refused.id.clone(), refused.id.clone());
        let said = Signal::derive(move || code_said(&refused.code));
        let (kind, at) = (refused.rec.kind.as_str().to_owned(), refused.at);
        let words = Words::get();
        view! {
            <li>
                <Row icon=IconName::SBack top=true
                    title=Signal::derive(move || say!(i18n, sync.returned, what = kind, at = words.moment(at)))
                    meta=said
                    end=move || {
                        let (retry, withdraw, one) = (retry.clone(), withdraw.clone(), one.clone());
                        view! {
                            <Button small=true label=tr!(i18n, sync.retry) on_press=move |()| work.retry(&retry)/>
                            <Button small=true label=tr!(i18n, hand.one)
                                on_press=move |()| wanted.set(Some(Wanted::One(one.clone())))/>
                            <Button small=true label=tr!(i18n, sync.withdraw) on_press=move |()| work.withdraw(&withdraw)/>
                        }
                    }
                />
            </li>
        }
    };
    view! {
        <Show when=move || !refused.get().is_empty()>
            <Shelf title=tr!(i18n, sync.needs_you) note=Signal::derive(move || refused.get().len().to_string())>
                <ul class="rows">{move || refused.get().into_iter().map(row).collect_view()}</ul>
            </Shelf>
        </Show>
    }
}

fn code_said(code: &RejectCode) -> String {
    let i18n = use_i18n();
    match code {
        RejectCode::Forbidden => say!(i18n, reject.forbidden),
        RejectCode::UnknownParent => say!(i18n, reject.unknown_parent),
        RejectCode::Immutable => say!(i18n, reject.immutable),
        RejectCode::Invalid => say!(i18n, reject.invalid),
        RejectCode::NotWritable => say!(i18n, reject.not_writable),
        RejectCode::Damaged => say!(i18n, reject.damaged),
        RejectCode::DoesNotAddUp => say!(i18n, reject.does_not_add_up),
        RejectCode::NoReason => say!(i18n, reject.no_reason),
        RejectCode::WrongState => say!(i18n, reject.wrong_state),
        RejectCode::Overlaps => say!(i18n, reject.overlaps),
        RejectCode::Unknown => say!(i18n, reject.unknown),
    }
}

/// The day's records and how far each has come.
#[component]
fn Records() -> impl IntoView {
    let (i18n, centre) = (use_i18n(), SyncCentre::get());
    view! {
        <Shelf title=tr!(i18n, sync.today) note=tr!(i18n, sync.text_first)>
            <Show when=move || !centre.items().is_empty() fallback=move || view! {
                <Empty title=tr!(i18n, sync.nothing) text=tr!(i18n, sync.nothing_text)/>
            }>
                <ul class="rows">
                    {move || centre.items().into_iter().map(|item| view! { <li><Record item/></li> }).collect_view()}
                </ul>
            </Show>
        </Shelf>
    }
}

#[component]
fn Record(item: Item) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let shop = catalog.shop(&item.shop).map(|s| s.name).unwrap_or_default();
    let (sent, of) = item.photos;
    let photos = move || if of > 0 { say!(i18n, sync.photos_sent, n = sent, of = of) } else { String::new() };
    let page = if item.open { Page::Visit(item.id.clone().into()) } else { Page::Summary(item.id.clone().into()) };
    let at = item.at;
    view! {
        <Row
            icon=IconName::List
            light=true
            title=Signal::derive(move || say!(i18n, sync.visit, shop = shop))
            href=page.path()
            end=move || view! { <StageOf state=Signal::derive(move || item.state)/> }
        >
            <span>{move || words.moment(at)}</span>
            <span>{photos}</span>
            {item.open.then(|| view! { <span>{tr!(i18n, shop.in_progress)}</span> })}
        </Row>
    }
}
