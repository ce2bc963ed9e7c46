//! The first download after signing in; resumes where it stopped.

use crate::components::{Button, IconName, Load, Logo, Note, Panel, PanelKind, Skeleton, SkeletonShape, Steps};
use crate::i18n::use_i18n;
use crate::state::sync::{Failure, Reach, Trigger};
use crate::state::{Account, Work};
use crate::text::{say, tr};
use leptos::prelude::*;

/// The first download.
#[component]
pub fn Download() -> impl IntoView {
    let i18n = use_i18n();
    let (work, account) = (Work::get(), Account::get());
    let most = StoredValue::new(0u64);
    let left = move || work.status().and_then(|status| status.left);
    let total = Signal::derive(move || {
        most.update_value(|most| *most = (*most).max(left().unwrap_or(0)));
        most.get_value().max(1) as f64
    });
    let done = Signal::derive(move || left().map(|left| total.get() - left as f64));
    let failed = move || match work.status().map(|status| status.reach) {
        Some(Reach::Failed(failure)) => Some(failure),
        _ => None,
    };
    let steps = vec![tr!(i18n, sign_in.step_sign_in), tr!(i18n, sign_in.step_download)];
    let said = move |failure: &Failure| match failure {
        Failure::SignedOut => say!(i18n, download.signed_out),
        Failure::Broken => say!(i18n, sign_in.broken),
        _ => say!(i18n, download.waiting),
    };
    view! {
        <div class="app">
            <main class="app__main login" id="main">
                <div class="login__head">
                    <Logo large=true/>
                    <div>
                        <h1 class="login__title">"Aisle 巡店"</h1>
                        <p class="login__sub">
                            {move || account.session().map(|session| session.name).unwrap_or_default()}
                        </p>
                    </div>
                </div>
                <Steps steps current=Signal::derive(|| 1) label=tr!(i18n, sign_in.steps)/>
                <Show when=move || work.is_ready() fallback=move || view! {
                    <Skeleton shape=SkeletonShape::Hero label=tr!(i18n, download.opening)/>
                }>
                    <Load label=tr!(i18n, download.title) note=tr!(i18n, download.once) done of=total/>
                    {move || failed().map(|failure| view! {
                        <Panel kind=PanelKind::Gap icon=IconName::Offline title=said(&failure) text=tr!(i18n, download.kept)>
                            <Button label=tr!(i18n, sync.try_now) on_press=move |()| work.trigger(Trigger::Asked)/>
                            <Button
                                label=tr!(i18n, more.sign_out)
                                on_press=move |()| { account.sign_out(say!(i18n, more.unsent)); }
                            />
                        </Panel>
                    })}
                </Show>
                <Note icon=IconName::Info pad=true text=tr!(i18n, download.then_offline)/>
            </main>
        </div>
    }
}
