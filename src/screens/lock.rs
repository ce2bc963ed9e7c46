//! The unlock code: choosing it, giving it, and the way out for whoever forgot it.
//!
//! A native modal dialog over the whole screen, so that everything else is inert, even a sheet that stands open. What lies
//! behind is made invisible but keeps its place: whoever unlocks finds the page, and what was being typed, as it was.

use crate::components::{Button, ButtonKind, Field, FieldKind, Icon, IconName, IconSize, Logo, Note};
use crate::i18n::use_i18n;
use crate::screens::sign_in::refusal_said;
use crate::state::lock::{self, Asks, DIGITS, Said};
use crate::state::{Account, Catalog, SyncCentre, Words};
use crate::text::{say, tr};
use leptos::ev::{Event, KeyboardEvent};
use leptos::{html, prelude::*};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Id of the heading.
const NAME: &str = "lock-name";

/// The lock.
#[component]
pub fn Lock() -> impl IntoView {
    let i18n = use_i18n();
    let account = Account::get();
    let lock = lock::Lock::begin();
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        lock.cleared();
        typed.set(String::new());
    });
    let dialog = NodeRef::<html::Dialog>::new();
    // Outlives the page: the browser says that the dialog is closed when it has left already.
    let opened = Arc::new(AtomicBool::new(false));
    let raise = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            // Only impossible while the element leaves the page; then nothing is left to cover.
            let _ = dialog.show_modal();
        }
    };
    let opens = Arc::clone(&opened);
    Effect::new(move |_| {
        let (Some(dialog), asks) = (dialog.get(), lock.asks()) else { return };
        if asks == Asks::Done {
            opens.store(true, Ordering::Relaxed);
            // In this order the browser gives the focus back to where it was.
            lock::uncover();
            dialog.close();
            lock.done();
        } else {
            raise();
        }
    });
    lock::cover();
    let by_code = move || matches!(lock.asks(), Asks::Choice | Asks::Again | Asks::Code);
    let by_password = move || matches!(lock.asks(), Asks::Password(_));
    let key = move |event: KeyboardEvent| {
        if by_code() && !event.ctrl_key() && !event.meta_key() && !event.alt_key() {
            match event.key().as_str() {
                "Backspace" => erase(typed),
                digit if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => press(lock, typed, digit),
                _ => {}
            }
        }
    };
    let closed = move || {
        if !opened.load(Ordering::Relaxed) {
            raise();
        }
    };
    let session = move || account.session();
    view! {
        // Esc does not unlock; a browser that closes the dialog all the same gets it back.
        <dialog class="lock" node_ref=dialog aria-labelledby=NAME
            on:cancel=|event: Event| event.prevent_default() on:close=move |_| closed() on:keydown=key>
            <main class="lock__main">
                <div class="lock__head">
                    <Logo large=true/>
                    <h1 class="lock__name" id=NAME tabindex="-1" autofocus>
                        {move || session().map(|session| session.name).unwrap_or_default()}
                    </h1>
                    <p class="mut">{move || session().map(|session| session.org).unwrap_or_default()}</p>
                    <Show when=by_code><Code lock typed/></Show>
                    <Show when=by_password><ByPassword lock/></Show>
                </div>
                <Show when=by_code><Pad lock typed/></Show>
            </main>
            <div class="lock__foot" role="region" aria-label=tr!(i18n, frame.actions)>
                {move || match lock.asks() {
                    Asks::Code => Some(link(tr!(i18n, lock.forgot), move || lock.by_password(true))),
                    Asks::Password(true) => Some(link(tr!(i18n, lock.to_code), move || lock.by_password(false))),
                    _ => None,
                }}
                {link(tr!(i18n, lock.leave), move || lock.leave())}
            </div>
        </dialog>
    }
}

fn link(label: Signal<String>, on_press: impl Fn() + 'static) -> AnyView {
    view! { <button type="button" class="lnk" on:click=move |_| on_press()>{label}</button> }.into_any()
}

fn press(lock: lock::Lock, typed: RwSignal<String>, digit: &str) {
    if typed.with_untracked(String::len) == DIGITS {
        return;
    }
    typed.update(|typed| typed.push_str(digit));
    let code = typed.get_untracked();
    if code.len() == DIGITS {
        lock.take(code);
    }
}

fn erase(typed: RwSignal<String>) {
    if typed.with_untracked(String::len) < DIGITS {
        typed.update(|typed| {
            typed.pop();
        });
    }
}

/// How many digits are in, what is asked for, and what was wrong.
#[component]
fn Code(lock: lock::Lock, typed: RwSignal<String>) -> impl IntoView {
    let (i18n, catalog, centre) = (use_i18n(), Catalog::get(), SyncCentre::get());
    let many = move || typed.with(String::len);
    let dots = (0..DIGITS).map(|at| view! { <i class:is-on=move || at < many()></i> }).collect_view();
    let asked = move || match lock.asks() {
        _ if lock.is_busy() => say!(i18n, lock.checking),
        Asks::Choice => say!(i18n, lock.choose),
        Asks::Again => say!(i18n, lock.again),
        _ => say!(i18n, lock.enter),
    };
    let note = Signal::derive(move || match (lock.asks(), centre.waiting()) {
        (Asks::Code, 0) => say!(i18n, lock.offline),
        (Asks::Code, n) => say!(i18n, lock.offline_waiting, n = n),
        _ => {
            let after = catalog.org().and_then(|org| org.unlock_after_min).unwrap_or_default();
            say!(i18n, lock.why, n = after)
        }
    });
    view! {
        <div class="pin__dots" role="img" aria-label=tr!(i18n, lock.typed, n = many(), of = DIGITS)>{dots}</div>
        <p aria-live="polite">{asked}</p>
        <Wrong lock/>
        <Note icon=IconName::SPhone text=note/>
    }
}

/// What was wrong, read out at once.
#[component]
fn Wrong(lock: lock::Lock) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let said = move || match lock.said()? {
        Said::Differ => Some(say!(i18n, lock.differ)),
        Said::Weak => Some(say!(i18n, lock.weak)),
        Said::Wrong(left) => Some(say!(i18n, lock.wrong, n = left)),
        // Said to the minute: the next full one is never too early.
        Said::Wait(until) => Some(say!(i18n, lock.wait, at = words.moment(until + 59_999))),
        Said::Storage => Some(say!(i18n, lock.storage)),
        Said::Refused(refusal) => Some(refusal_said(i18n, &refusal)),
    };
    view! { <p class="field__err" role="alert">{said}</p> }
}

/// The digits, for thumbs. A keyboard works as well.
#[component]
fn Pad(lock: lock::Lock, typed: RwSignal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let digit = move |digit: &'static str| {
        view! { <button type="button" on:click=move |_| press(lock, typed, digit)>{digit}</button> }
    };
    view! {
        <div class="pad" role="group" aria-label=tr!(i18n, lock.pad)>
            {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(digit).collect_view()}
            <span></span>
            {digit("0")}
            <button type="button" aria-label=tr!(i18n, lock.erase) on:click=move |_| erase(typed)>
                <Icon name=IconName::Backspace size=IconSize::S32/>
            </button>
        </div>
    }
}

/// The same person's password, with a connection; another code is chosen then.
#[component]
fn ByPassword(lock: lock::Lock) -> impl IntoView {
    let i18n = use_i18n();
    let (login, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        lock.sign_in(login.get_untracked().trim().to_owned(), password.get_untracked());
    };
    let label =
        Signal::derive(move || if lock.is_busy() { say!(i18n, sign_in.asking) } else { say!(i18n, lock.sign_in) });
    view! {
        <form class="lock__form" on:submit=submit>
            <Note icon=IconName::Info text=tr!(i18n, lock.password_text)/>
            <Field label=tr!(i18n, sign_in.login) value=login on_input=move |text: String| login.set(text)
                autocomplete="username" name="login" kind=FieldKind::Code/>
            <Field label=tr!(i18n, sign_in.password) value=password on_input=move |text: String| password.set(text)
                autocomplete="current-password" name="password" kind=FieldKind::Password
                reveal_label=tr!(i18n, sign_in.reveal)/>
            <Wrong lock/>
            <Button kind=ButtonKind::Primary label submit=true block=true disabled=Signal::derive(move || lock.is_busy())/>
        </form>
    }
}
