//! 导入: a file is chosen, read and looked at before it takes effect; templates to fill in.

mod choose;
mod errors;
mod preview;

use super::Page;
use super::frame::{Chip, Tabs};
use crate::components::{Back, Button, ButtonKind, Dock, IconName, LinkButton, Load, Panel, PanelKind, Shelf, WorkBar};
use crate::i18n::use_i18n;
use crate::state::importing::files::lang;
use crate::state::importing::{Checked, ImportResponse, Importing, Step, words};
use crate::state::standings::Cut;
use crate::state::{Prefs, Words};
use crate::text::{say, tr};
use leptos::prelude::*;

/// The page of imports.
#[component]
pub fn ImportPage() -> impl IntoView {
    let i18n = use_i18n();
    let importing = Importing::new();
    // What is drawn changes with the kind of step, not with every row that is read.
    let stage = Memo::new(move |_| Stage::of(&importing.step()));
    let body = move || match stage.get() {
        Stage::Choose => view! { <choose::Choose importing/> }.into_any(),
        Stage::Reading => view! { <Reading importing/> }.into_any(),
        Stage::Looked => match importing.step() {
            Step::Checked(checked) | Step::Sending(checked) => preview::preview(importing, &checked),
            _ => ().into_any(),
        },
        Stage::Done => match importing.step() {
            Step::Done(checked, done) => finished(importing, &checked, &done),
            _ => ().into_any(),
        },
    };
    let may = move || !importing.tables().is_empty();
    view! {
        <div class="app">
            <WorkBar title=tr!(i18n, import.title) subtitle=tr!(i18n, import.meta)
                back=Back::Href(Page::More.path()) back_label=tr!(i18n, frame.back)>
                <Chip/>
            </WorkBar>
            <main class="app__main import" id="main">
                <Show when=may fallback=move || view! {
                    <Panel kind=PanelKind::Info title=tr!(i18n, import.not_yours)/>
                }>
                    {body}
                </Show>
            </main>
            {move || {
                let (label, tabs) = (tr!(i18n, frame.actions), || view! { <Tabs current=Page::Import/> });
                if stage.get() == Stage::Looked {
                    view! { <Dock label tabs><Decide importing/></Dock> }.into_any()
                } else {
                    view! { <Dock label tabs/> }.into_any()
                }
            }}
        </div>
    }
}

/// What kind of step it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Choose,
    Reading,
    Looked,
    Done,
}

impl Stage {
    fn of(step: &Step) -> Self {
        match step {
            Step::Choose(_) => Self::Choose,
            Step::Reading(..) => Self::Reading,
            Step::Checked(_) | Step::Sending(_) => Self::Looked,
            Step::Done(..) => Self::Done,
        }
    }
}

/// A bar while the worker reads, and the way out.
#[component]
fn Reading(importing: Importing) -> impl IntoView {
    let (i18n, shown) = (use_i18n(), Words::get());
    let at = move || match importing.step() {
        Step::Reading(file, done, of) => (file, done, of),
        _ => (String::new(), 0.0, 0.0),
    };
    let label = Signal::derive(move || say!(i18n, import.reading, file = at().0));
    let note = Signal::derive(move || match at() {
        (_, done, of) if of > 0.0 => {
            say!(i18n, import.rows_of, n = shown.whole(done as i64), all = shown.whole(of as i64))
        }
        _ => String::new(),
    });
    let done = Signal::derive(move || Some(at()).filter(|(_, _, of)| *of > 0.0).map(|(_, done, _)| done));
    view! {
        <Shelf first=true title=label live=true>
            <div class="import__bar"><Load label note done of=Signal::derive(move || at().2)/></div>
            <Button label=tr!(i18n, import.cancel) block=true on_press=move |()| importing.cancel()/>
        </Shelf>
    }
}

/// The two buttons under a file that has been looked at.
#[component]
fn Decide(importing: Importing) -> impl IntoView {
    let (i18n, shown) = (use_i18n(), Words::get());
    let checked = move || match importing.step() {
        Step::Checked(checked) => Some(checked),
        _ => None,
    };
    let rows = move || match importing.step() {
        Step::Checked(checked) | Step::Sending(checked) => checked.preview.lines.len(),
        _ => 0,
    };
    let label = Signal::derive(move || match importing.step() {
        Step::Sending(_) => say!(i18n, import.sending),
        _ => say!(i18n, import.confirm, n = shown.whole(rows() as i64)),
    });
    // What is on its way takes effect or not; there is nothing left to cancel.
    let sending = Signal::derive(move || matches!(importing.step(), Step::Sending(_)));
    let disabled = Signal::derive(move || !checked().is_some_and(|checked| checked.is_right()));
    view! {
        <Button label=tr!(i18n, import.cancel) disabled=sending on_press=move |()| importing.cancel()/>
        <Button kind=ButtonKind::Primary label disabled block=true on_press=move |()| importing.confirm()/>
    }
}

/// What has taken effect.
fn finished(importing: Importing, checked: &Checked, done: &ImportResponse) -> AnyView {
    let (i18n, prefs) = (use_i18n(), Prefs::get());
    let (table, file) = (checked.preview.table, checked.preview.file.clone());
    let title =
        Signal::derive(move || say!(i18n, import.done, what = words::table(table, lang(prefs.lang())), file = file));
    let text = counts_said(done);
    let text = if done.dup { format!("{text} {}", say!(i18n, import.dup)) } else { text };
    view! {
        <Panel kind=PanelKind::Done title text alert=true acts=move || view! {
            <LinkButton label=tr!(i18n, targets.title) href=Page::Targets(Cut::default()).path()/>
            <Button icon=IconName::Import label=tr!(i18n, import.another) on_press=move |()| importing.cancel()/>
        }/>
    }
    .into_any()
}

/// “3 new, 2 changed, 5 as they were.”
fn counts_said(told: &ImportResponse) -> String {
    let (i18n, shown) = (use_i18n(), Words::get());
    let n = |n: u64| rows_said(shown, n);
    say!(i18n, import.counts, new = n(told.created), changed = n(told.updated), same = n(told.unchanged))
}

/// A number of rows.
fn rows_said(shown: Words, n: u64) -> String {
    shown.whole(i64::try_from(n).unwrap_or(i64::MAX))
}
