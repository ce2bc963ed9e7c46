//! Work as a file, in the sync centre: exporting this phone's, handing in another's, and what the last check said.

use crate::components::{
    Button, ButtonKind, Field, FieldKind, FileDrop, IconName, Note, Panel, PanelKind, Row, Sheet, Shelf,
};
use crate::i18n::use_i18n;
use crate::state::hand_over::{Checked, HandOver, HandOverError};
use crate::state::{Account, Toasts, Words};
use crate::text::{say, tr};
use aisle_domain::org::Role;
use leptos::prelude::*;

/// What is to be exported: everything, or one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Everything that has not been accepted.
    All,
    /// One mutation.
    One(String),
}

/// The sheet that exports; `wanted` opens it.
#[component]
pub fn ExportSheet(
    /// What to export; `None` while closed.
    wanted: RwSignal<Option<Wanted>>,
) -> impl IntoView {
    let (i18n, toasts, hand_over) = (use_i18n(), Toasts::get(), HandOver::get());
    let open = RwSignal::new(false);
    let (passphrase, error) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        if wanted.get().is_some() {
            passphrase.set(String::new());
            error.set(String::new());
            open.set(true);
        }
    });
    let can_seal = hand_over.can_seal();
    let write = move |()| {
        let only = match wanted.get_untracked() {
            Some(Wanted::One(id)) => Some(id),
            _ => None,
        };
        hand_over.export(passphrase.get_untracked(), only, move |outcome| match outcome {
            Ok((many, missing)) => {
                toasts.show(untrack(|| say!(i18n, hand.exported, n = many)));
                if missing > 0 {
                    error.set(untrack(|| say!(i18n, hand.picture, n = missing)));
                } else {
                    open.set(false);
                }
            }
            Err(why) => error.set(untrack(|| why_said(&why))),
        });
    };
    let label = Signal::derive(move || match passphrase.read().is_empty() {
        true => say!(i18n, hand.export_plain),
        false => say!(i18n, hand.export_sealed),
    });
    view! {
        <Sheet open title=tr!(i18n, hand.export) subtitle=tr!(i18n, hand.export_text) on_close=move |()| wanted.set(None)
            acts=move || view! { <Button kind=ButtonKind::Primary label block=true on_press=write/> }
        >
            {if can_seal {
                view! {
                    <Field kind=FieldKind::Password label=tr!(i18n, hand.passphrase) value=passphrase error
                        on_input=move |text: String| passphrase.set(text) autocomplete="new-password"
                        reveal_label=tr!(i18n, sign_in.reveal)/>
                }.into_any()
            } else {
                view! { <Note icon=IconName::Info text=tr!(i18n, hand.cannot_seal)/> }.into_any()
            }}
            <Note icon=IconName::Info text=tr!(i18n, hand.plain_warning)/>
        </Sheet>
    }
}

fn why_said(why: &HandOverError) -> String {
    let i18n = use_i18n();
    match why {
        HandOverError::NotReady => say!(i18n, hand.not_ready),
        HandOverError::Seal(error) => error.to_string(),
        HandOverError::Unreadable => say!(i18n, hand.unreadable),
        HandOverError::File(error) => error.to_string(),
        HandOverError::Unreachable => say!(i18n, hand.unreachable),
        HandOverError::NotYours => say!(i18n, hand.not_yours),
        HandOverError::Refused(status) => say!(i18n, hand.refused, code = status),
    }
}

/// Handing in another phone's file, for those who lead; and the self-check.
#[component]
pub fn Files() -> impl IntoView {
    let (i18n, account) = (use_i18n(), Account::get());
    let leads = move || {
        let role = account.session().map(|session| session.role);
        matches!(role, Some(Role::Supervisor | Role::Manager | Role::Admin))
    };
    view! {
        <Shelf title=tr!(i18n, hand.title)>
            <Check/>
            <Show when=leads><HandIn/></Show>
        </Shelf>
    }
}

#[component]
fn HandIn() -> impl IntoView {
    let (i18n, hand_over) = (use_i18n(), HandOver::get());
    let passphrase = RwSignal::new(String::new());
    let said = RwSignal::new(None::<(PanelKind, String)>);
    let pick = move |event: leptos::ev::Event| {
        said.set(Some((PanelKind::Info, untrack(|| say!(i18n, hand.reading)))));
        hand_over.hand_in(&event, passphrase.get_untracked(), move |outcome| {
            said.set(Some(untrack(|| match outcome {
                Ok(handed) => {
                    let text = say!(
                        i18n,
                        hand.handed,
                        who = handed.person,
                        taken = handed.taken,
                        known = handed.known,
                        refused = handed.refused,
                        photos = handed.pictures,
                        missing = handed.pictures_refused,
                    );
                    (PanelKind::Done, text)
                }
                Err(why) => (PanelKind::Gap, why_said(&why)),
            })));
        });
    };
    view! {
        <p class="hand__text">{tr!(i18n, hand.in_text)}</p>
        <Field kind=FieldKind::Password label=tr!(i18n, hand.passphrase_of) value=passphrase
            on_input=move |text: String| passphrase.set(text) autocomplete="off" reveal_label=tr!(i18n, sign_in.reveal)/>
        <FileDrop label=tr!(i18n, hand.choose) accept=".jsonl,.sealed".to_owned() on_pick=pick/>
        {move || said.get().map(|(kind, text)| view! { <Panel kind title=text alert=true/> })}
    }
}

/// What the last check said; made now when it is due.
#[component]
fn Check() -> impl IntoView {
    let (i18n, words, hand_over) = (use_i18n(), Words::get(), HandOver::get());
    let last = RwSignal::new(untrack(|| hand_over.last_check()));
    hand_over.check_when_due(move |checked| last.set(Some(checked)));
    let meta = Signal::derive(move || match last.get() {
        Some(Checked { at, differences: 0, records, .. }) => {
            say!(i18n, hand.check_good, at = words.moment(at), n = records)
        }
        Some(Checked { at, differences, .. }) => say!(i18n, hand.check_bad, at = words.moment(at), n = differences),
        None => say!(i18n, hand.check_never),
    });
    let bad = move || last.get().is_some_and(|checked| checked.differences > 0);
    view! {
        <Row title=tr!(i18n, hand.check) meta light=true end=move || view! {
            <Button small=true label=tr!(i18n, hand.check_now)
                on_press=move |()| hand_over.check(move |checked| last.set(Some(checked)))/>
        }/>
        <Show when=bad>
            <Panel kind=PanelKind::Crit icon=IconName::Gap title=tr!(i18n, hand.check_title)
                text=tr!(i18n, hand.check_text) alert=true/>
        </Show>
    }
}
