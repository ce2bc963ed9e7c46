//! A visit: the checklist, question by question. Every answer is durable before it is called saved.

mod after;
mod control;
mod noted;
mod question;
pub mod summary;

use super::Page;
use super::frame::Chip;
use super::kept::FreePhotos;
use crate::components::{
    Back, Button, ButtonKind, Dock, DockTool, Empty, Field, FieldKind, IconName, MeterBar, Note, Panel, PanelKind,
    SectionItem, SectionsNav, Sheet, WorkBar,
};
use crate::i18n::use_i18n;
use crate::state::sync::StoreError;
use crate::state::visits::{self, Saving, Walk};
use crate::state::{Catalog, Nav, Prefs, Visits, Words};
use crate::text::{say, tr};
use aisle_domain::checklist::{Question, SectionScore, Text, Value};
use aisle_domain::{QuestionKey, VisitId};
use leptos::prelude::*;
use std::sync::Arc;

/// The element of a question.
fn element_id(key: &QuestionKey) -> String {
    format!("q-{}", key.as_str().replace(':', "-"))
}

/// The checklist of a visit.
#[component]
pub fn VisitPage(
    /// Which visit.
    id: VisitId,
) -> impl IntoView {
    let i18n = use_i18n();
    let (catalog, visits, words) = (Catalog::get(), Visits::get(), Words::get());
    let walk = {
        let id = id.clone();
        Memo::new(move |_| visits.walk(&id))
    };
    let title = Signal::derive(move || {
        let shop = walk.get().and_then(|walk| catalog.shop(&walk.visit.shop));
        shop.map_or_else(|| say!(i18n, visit.title), |shop| shop.name)
    });
    let subtitle = Signal::derive(move || match walk.get() {
        Some(walk) => {
            let at = words.time(walk.visit.check_in.at);
            match walk.visit.check_in.distance_m {
                Some(metres) => say!(i18n, visit.since_at, at = at, distance = words.metres(metres)),
                None => say!(i18n, visit.since, at = at),
            }
        }
        None => String::new(),
    });
    let back = untrack(|| walk.get()).map_or(Page::Today, |walk| Page::Shop(walk.visit.shop.clone()));
    visits.resume_at(&Page::Visit(id.clone()).path());
    view! {
        <div class="app">
            <WorkBar title subtitle back=Back::Href(back.path()) back_label=tr!(i18n, visit.pause)><Chip/></WorkBar>
            {move || match untrack(|| walk.get()) {
                Some(first) if first.visit.is_open() => view! { <Checklist id=id.clone() walk first/> }.into_any(),
                Some(_) => view! { <summary::Finished id=id.clone()/> }.into_any(),
                None => view! {
                    <main class="app__main" id="main">
                        <Empty title=tr!(i18n, visit.unknown) text=tr!(i18n, visit.unknown_text)/>
                    </main>
                }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Checklist(id: VisitId, walk: Memo<Option<Arc<Walk>>>, first: Arc<Walk>) -> impl IntoView {
    let questions = first.questions.clone();
    let current = Memo::new(move |_| walk.get().and_then(|walk| walk.current().map(|q| q.key.clone())));
    let section = RwSignal::new(first.current().map_or(0, |q| q.section));
    // Coming back lands on the same question; a visit that has just begun starts at the top.
    if let Some(key) = untrack(|| current.get()).filter(|_| !first.answers.is_empty()) {
        visits::show_soon(element_id(&key), false);
    }
    let in_section = Memo::new(move |_| {
        let section = section.get();
        let of_section =
            |walk: Arc<Walk>| walk.asked().filter(|q| q.section == section).cloned().collect::<Vec<Question>>();
        walk.get().map(of_section).unwrap_or_default()
    });
    let go_to = move |key: QuestionKey| {
        if let Some(question) = questions.iter().find(|q| q.key == key) {
            section.set(question.section);
            visits::show_soon(element_id(&key), true);
        }
    };
    let visit = id.clone();
    view! {
        <main class="app__main" id="main">
            <Meter walk/>
            <Sections walk section/>
            <Said/>
            <For each=move || in_section.get() key=|q| q.key.clone() let:q>
                <question::Ask visit=visit.clone() walk question=q current/>
            </For>
        </main>
        <Foot id walk current go_to/>
    }
}

/// Answered, time used and the live score.
#[component]
fn Meter(walk: Memo<Option<Arc<Walk>>>) -> impl IntoView {
    let i18n = use_i18n();
    let minutes = visits::minutes_since(untrack(|| walk.get()).map_or(0, |walk| walk.visit.check_in.at));
    let counts = move || walk.get().map_or((0, 0, 1), |w| (w.score.answered(), w.score.asked(), w.template.minutes));
    let time = move || minutes.get() as f64 / f64::from(counts().2.max(1)) * 100.0;
    let done = move || f64::from(counts().0) / f64::from(counts().1.max(1)) * 100.0;
    let score = Signal::derive(move || {
        let points = walk.get().and_then(|walk| walk.score.points());
        points.map_or_else(|| "—".to_owned(), |points| points.to_string())
    });
    let score_note = Signal::derive(move || match walk.get() {
        Some(w) => {
            let (earned, applicable) = (w.score.earned(), w.score.applicable());
            say!(i18n, visit.score_note, earned = earned, applicable = applicable, pass = w.template.pass_mark)
        }
        None => String::new(),
    });
    view! {
        <MeterBar
            answered=Signal::derive(move || say!(i18n, visit.answered, n = counts().0, of = counts().1))
            elapsed=Signal::derive(move || say!(i18n, visit.minutes, n = minutes.get(), of = counts().2))
            time_percent=Signal::derive(move || Some(time()))
            answered_percent=Signal::derive(move || Some(done()))
            label=Signal::derive(move || {
                say!(i18n, visit.meter, time = format!("{:.0}", time()), done = format!("{:.0}", done()))
            })
            score
            score_note
        />
    }
}

#[component]
fn Sections(walk: Memo<Option<Arc<Walk>>>, section: RwSignal<usize>) -> impl IntoView {
    let (i18n, prefs) = (use_i18n(), Prefs::get());
    let titles: Vec<_> = untrack(|| walk.get())
        .map(|walk| walk.template.sections.iter().map(|section| section.title.clone()).collect())
        .unwrap_or_default();
    let count = move |at: usize, read: fn(&SectionScore) -> u32| {
        let read = move || walk.get().and_then(|walk| walk.score.sections.get(at).map(read)).unwrap_or(0);
        Signal::derive(move || usize::try_from(read()).unwrap_or(0))
    };
    let item = |(at, title): (usize, Text)| SectionItem {
        id: at.to_string(),
        label: Signal::derive(move || prefs.lang().pick(&title)),
        answered: count(at, |score| score.answered),
        total: count(at, |score| score.asked),
    };
    let items: Vec<SectionItem> = titles.into_iter().enumerate().map(item).collect();
    let items = Signal::stored(items);
    let choose = move |id: String| {
        section.set(id.parse().unwrap_or(0));
        visits::scroll_to_top();
    };
    view! {
        <SectionsNav
            items
            current=Signal::derive(move || Some(section.get().to_string()))
            on_select=choose
            label=tr!(i18n, visit.sections)
        />
    }
}

/// Whether the last answer is safe; what to do when it is not.
#[component]
fn Said() -> impl IntoView {
    let (i18n, words, visits) = (use_i18n(), Words::get(), Visits::get());
    let saved = move || match visits.saving() {
        Saving::Saved(at) => say!(i18n, visit.saved, at = words.time(at)),
        Saving::UnderWay => say!(i18n, visit.saving),
        _ => String::new(),
    };
    let problem = move || match visits.saving() {
        Saving::Failed(StoreError::Quota) => Some((say!(i18n, visit.full), say!(i18n, visit.full_text))),
        Saving::Failed(error) => Some((say!(i18n, visit.not_saved), error.to_string())),
        Saving::NoPicture(error) => Some((say!(i18n, visit.no_picture), error.to_string())),
        _ => None,
    };
    view! {
        <p class="visit__saved" aria-live="polite">{saved}</p>
        {move || problem().map(|(title, text)| view! {
            <Panel kind=PanelKind::Crit icon=IconName::Gap title text alert=true acts=|| view! { <FreePhotos/> }/>
        })}
    }
}

/// The foot: what cannot be done, and the next open question or the way out.
#[component]
fn Foot(
    id: VisitId,
    walk: Memo<Option<Arc<Walk>>>,
    current: Memo<Option<QuestionKey>>,
    go_to: impl Fn(QuestionKey) + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let (i18n, visits) = (use_i18n(), Visits::get());
    let nav = Nav::get();
    let cannot = RwSignal::new(false);
    let why = RwSignal::new(String::new());
    let open = move || walk.get().map_or(0, |walk| walk.score.open.len());
    let label =
        Signal::derive(move || if open() > 0 { say!(i18n, visit.next_open) } else { say!(i18n, visit.to_summary) });
    let count = Signal::derive(move || match open() {
        0 => String::new(),
        n => say!(i18n, visit.open_left, n = n),
    });
    let summary = Page::Summary(id.clone()).path();
    let press = move |()| match current.get_untracked() {
        Some(key) => go_to(key),
        None => nav.go(&summary),
    };
    let give_up = move |()| {
        let reason = why.get_untracked().trim().to_owned();
        if let Some(key) = current.get_untracked().filter(|_| !reason.is_empty()) {
            visits.answer(&id, &key, Value::Cannot(reason));
            cannot.set(false);
            why.set(String::new());
        }
    };
    view! {
        <Dock label=tr!(i18n, frame.actions)>
            <DockTool icon=IconName::Blocked label=tr!(i18n, visit.cannot) wide=true
                on_press=move |()| cannot.set(true) disabled=Signal::derive(move || current.get().is_none())/>
            <Button kind=ButtonKind::Primary label count end=IconName::Go on_press=press/>
        </Dock>
        <Sheet
            open=cannot
            title=tr!(i18n, visit.cannot_title)
            subtitle=tr!(i18n, visit.cannot_text)
            acts=move || view! {
                <Button kind=ButtonKind::Primary label=tr!(i18n, visit.cannot_save) block=true on_press=give_up.clone()
                    disabled=Signal::derive(move || why.with(|why| why.trim().is_empty()))/>
            }
        >
            <Field kind=FieldKind::Area label=tr!(i18n, visit.reason) value=why
                on_input=move |text: String| why.set(text)/>
            <Note icon=IconName::Info text=tr!(i18n, visit.cannot_counts)/>
        </Sheet>
    }
}
