//! Sign-in: the only step that needs a network.

use crate::components::{
    Button, ButtonKind, Choice, Dock, Field, FieldKind, IconName, Logo, Note, Panel, PanelKind, Segmented, Steps,
};
use crate::i18n::use_i18n;
use crate::state::account::{Refusal, Session};
use crate::state::{Account, Lang, Prefs, Stage};
use crate::text::I18n;
use crate::text::{say, tr};
use leptos::prelude::*;

/// Id of the form, so that the button in the dock submits it.
const FORM: &str = "sign-in";

/// The sign-in screen; where there is no endpoint, the choice whose published records to open.
#[component]
pub fn SignIn() -> impl IntoView {
    let account = Account::get();
    let people = Memo::new(move |_| match account.stage() {
        Stage::Choosing(people) => people,
        _ => Vec::new(),
    });
    move || match people.get() {
        people if people.is_empty() => view! { <Form/> }.into_any(),
        people => view! { <Whose people/> }.into_any(),
    }
}

/// Whose published records to open.
#[component]
fn Whose(people: Vec<Session>) -> impl IntoView {
    let i18n = use_i18n();
    let account = Account::get();
    let one = move |session: Session| {
        let name = session.name.clone();
        view! {
            <Button label=Signal::stored(name) block=true on_press=move |()| account.choose(session.clone())/>
        }
    };
    view! {
        <div class="app">
            <main class="app__main login" id="main">
                <div class="login__head">
                    <Logo large=true/>
                    <div>
                        <h1 class="login__title">"Aisle 巡店"</h1>
                        <p class="login__sub">{tr!(i18n, published.whose)}</p>
                    </div>
                </div>
                <LanguageChoice/>
                <div class="login__form">{people.into_iter().map(one).collect_view()}</div>
                <Note icon=IconName::Info pad=true text=tr!(i18n, published.about)/>
            </main>
        </div>
    }
}

#[component]
fn Form() -> impl IntoView {
    let i18n = use_i18n();
    let account = Account::get();
    let login = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let missing = RwSignal::new(false);
    let asking = Signal::derive(move || account.stage() == Stage::Asking);
    let submit = move || {
        let (login, password) = (login.get_untracked().trim().to_owned(), password.get_untracked());
        missing.set(login.is_empty() || password.is_empty());
        if !missing.get_untracked() && !asking.get_untracked() {
            account.sign_in(login, password);
        }
    };
    let login_error = Signal::derive(move || {
        let empty = missing.get() && login.with(|text| text.trim().is_empty());
        if empty { say!(i18n, sign_in.login_missing) } else { String::new() }
    });
    let password_error = Signal::derive(move || {
        if missing.get() && password.with(String::is_empty) {
            return say!(i18n, sign_in.password_missing);
        }
        match account.stage() {
            Stage::Refused(refusal) => refusal_said(i18n, &refusal),
            _ => String::new(),
        }
    });
    let steps = vec![tr!(i18n, sign_in.step_sign_in), tr!(i18n, sign_in.step_download)];
    view! {
        <div class="app">
            <main class="app__main login" id="main">
                <div class="login__head">
                    <Logo large=true/>
                    <div>
                        <h1 class="login__title">"Aisle 巡店"</h1>
                        <p class="login__sub">{tr!(i18n, sign_in.first_time)}</p>
                    </div>
                </div>
                <LanguageChoice/>
                <ThisDevice/>
                <Steps steps current=Signal::derive(|| 0) label=tr!(i18n, sign_in.steps)/>
                <form
                    id=FORM
                    class="login__form"
                    on:submit=move |event| {
                        event.prevent_default();
                        submit();
                    }
                >
                    <Field
                        label=tr!(i18n, sign_in.login)
                        value=login
                        on_input=move |text: String| login.set(text)
                        error=login_error
                        autocomplete="username"
                        name="login"
                        kind=FieldKind::Code
                        required=true
                    />
                    <Field
                        label=tr!(i18n, sign_in.password)
                        value=password
                        on_input=move |text: String| password.set(text)
                        error=password_error
                        autocomplete="current-password"
                        name="password"
                        kind=FieldKind::Password
                        reveal_label=tr!(i18n, sign_in.reveal)
                        required=true
                    />
                </form>
                <Note icon=IconName::Info pad=true text=tr!(i18n, sign_in.needs_network)/>
            </main>
            <Dock label=tr!(i18n, frame.actions)>
                <Button
                    kind=ButtonKind::Primary
                    label=Signal::derive(move || {
                        if asking.get() { say!(i18n, sign_in.asking) } else { say!(i18n, sign_in.go) }
                    })
                    end=IconName::Go
                    submit=true
                    form=FORM
                    disabled=asking
                    block=true
                />
            </Dock>
        </div>
    }
}

/// What has to be known of this device before anybody signs in.
#[component]
fn ThisDevice() -> impl IntoView {
    let i18n = use_i18n();
    let device = Account::get().device();
    let waiting = move || {
        let people = device.get().waiting;
        let said = |(name, n): (String, u32)| {
            let text = say!(i18n, device.waits, name = name, n = n);
            view! { <Note icon=IconName::SPhone pad=true text=text/> }
        };
        people.into_iter().map(said).collect_view()
    };
    view! {
        <Show when=move || device.get().keeps_nothing>
            <Panel kind=PanelKind::Gap icon=IconName::Gap alert=true
                title=tr!(i18n, halted.private_title) text=tr!(i18n, halted.private_text)/>
        </Show>
        {waiting}
    }
}

/// Why signing in did not work, in the person's language.
pub fn refusal_said(i18n: I18n, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Wrong(Some(left)) => say!(i18n, sign_in.wrong_left, n = *left),
        Refusal::Wrong(None) => say!(i18n, sign_in.wrong),
        Refusal::Wait(seconds) => say!(i18n, sign_in.wait, n = *seconds),
        Refusal::OtherPerson => say!(i18n, sync.other_person),
        Refusal::Unreachable => say!(i18n, sign_in.unreachable),
        Refusal::Broken => say!(i18n, sign_in.broken),
    }
}

/// The choice of language, each in its own.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let i18n = use_i18n();
    let prefs = Prefs::get();
    let options = vec![Choice::new(Lang::Zh, "简体中文").lang("zh-CN"), Choice::new(Lang::En, "English").lang("en")];
    view! {
        <Segmented
            options
            selected=Signal::derive(move || prefs.lang())
            on_select=move |lang| prefs.set_lang(lang)
            legend=tr!(i18n, more.language)
        />
    }
}
