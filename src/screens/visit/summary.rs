//! The summary of a visit: score, sections, what stays open, and checking out.

use super::super::Page;
use super::super::frame::Chip;
use super::after::After;
use super::noted::Noted;
use super::question::value_said;
use crate::components::{
    Back, Button, ButtonKind, Dock, Empty, Fact, Facts, IconName, LinkButton, Mark, MarkKind, Note, Shelf, Twin,
    TwinKey, TwinSize, WorkBar,
};
use crate::i18n::use_i18n;
use crate::state::visits::Walk;
use crate::state::{Account, Catalog, Nav, Prefs, Toasts, Visits, Words, nearby::Nearby};
use crate::text::{say, tr};
use aisle_domain::VisitId;
use aisle_domain::checklist::Verdict;
use leptos::prelude::*;
use std::sync::Arc;

/// The summary of a visit, before and after check-out.
#[component]
pub fn Summary(
    /// Which visit.
    id: VisitId,
) -> impl IntoView {
    let (i18n, words, catalog, visits) = (use_i18n(), Words::get(), Catalog::get(), Visits::get());
    let account = Account::get();
    let walk = {
        let id = id.clone();
        Memo::new(move |_| visits.walk(&id))
    };
    let subtitle = Signal::derive(move || {
        let walk = walk.get();
        let shop = walk.as_ref().and_then(|walk| catalog.shop(&walk.visit.shop)).map(|s| s.name);
        let day = walk.map(|walk| words.day_of(walk.visit.check_in.at)).unwrap_or_default();
        format!("{} · {day}", shop.unwrap_or_default())
    });
    let first = untrack(|| walk.get());
    let mine = first.as_ref().is_some_and(|walk| {
        account.session().is_some_and(|session| session.person == walk.visit.person) && walk.visit.is_open()
    });
    let back = match &first {
        Some(_) if mine => Page::Visit(id.clone()),
        Some(walk) => Page::Shop(walk.visit.shop.clone()),
        None => Page::Today,
    };
    if mine {
        visits.resume_at(&Page::Summary(id.clone()).path());
    }
    let leaving = id.clone();
    view! {
        <div class="app">
            <WorkBar title=tr!(i18n, summary.title) subtitle back=Back::Href(back.path())
                back_label=tr!(i18n, frame.back)><Chip/></WorkBar>
            <main class="app__main" id="main">
                {move || match walk.get() {
                    Some(walk) => {
                        let over = (!walk.visit.is_open()).then(|| view! { <After id=id.clone() walk=walk.clone()/> });
                        view! { <Body id=id.clone() walk mine/> {over} }.into_any()
                    }
                    None => view! {
                        <Empty title=tr!(i18n, visit.unknown) text=tr!(i18n, visit.unknown_text)/>
                    }.into_any(),
                }}
            </main>
            <Show when=move || mine><CheckOut id=leaving.clone() walk/></Show>
        </div>
    }
}

/// A visit that is over, where its checklist would be.
#[component]
pub fn Finished(
    /// Which visit.
    id: VisitId,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <main class="app__main" id="main">
            <Empty title=tr!(i18n, summary.over) text=tr!(i18n, summary.over_text)>
                <LinkButton label=tr!(i18n, summary.see) href=Page::Summary(id).path()/>
            </Empty>
        </main>
    }
}

#[component]
fn Body(id: VisitId, walk: Arc<Walk>, mine: bool) -> impl IntoView {
    view! {
        <Score walk=walk.clone()/>
        <SectionScores walk=walk.clone()/>
        <Failed walk=walk.clone()/>
        <Noted visit=id shop=walk.visit.shop.clone() mine/>
        <OnSite walk/>
    }
}

#[component]
fn Score(walk: Arc<Walk>) -> impl IntoView {
    let (i18n, words, visits) = (use_i18n(), Words::get(), Visits::get());
    let verdict = walk.template.verdict(&walk.score);
    let (kind, icon) = match verdict {
        Verdict::Passed => (MarkKind::Done, IconName::Check),
        Verdict::BelowMark => (MarkKind::Gap, IconName::Gap),
        Verdict::CriticalFail => (MarkKind::Crit, IconName::Crit),
        Verdict::NotScored => (MarkKind::Plain, IconName::Info),
    };
    let pass = walk.template.pass_mark;
    let label = Signal::derive(move || match verdict {
        Verdict::Passed => say!(i18n, summary.passed, pass = pass),
        Verdict::BelowMark => say!(i18n, summary.below, pass = pass),
        Verdict::CriticalFail => say!(i18n, summary.critical),
        Verdict::NotScored => say!(i18n, summary.not_scored),
    });
    let points = walk.score.points().map_or_else(|| "—".to_owned(), |n| n.to_string());
    let visit = walk.visit.clone();
    let last = move || {
        let (at, result) = visits.last_result(&visit)?;
        Some(say!(i18n, summary.last, day = words.day_of(at), n = result.points?))
    };
    view! {
        <section class="sum__score" aria-label=tr!(i18n, summary.title)>
            <p class="sum__n">{points}</p>
            <div class="sum__say">
                <p class="sum__verdict"><Mark kind=Signal::derive(move || kind) icon label/></p>
                <p class="sum__last">{last}</p>
            </div>
        </section>
    }
}

#[component]
fn SectionScores(walk: Arc<Walk>) -> impl IntoView {
    let (i18n, prefs) = (use_i18n(), Prefs::get());
    let score = walk.score.clone();
    let titles: Vec<_> = walk.template.sections.iter().map(|section| section.title.clone()).collect();
    let rows = move || {
        let rows = titles.clone().into_iter().zip(score.sections.clone());
        rows.map(|(title, section)| {
            let percent =
                (section.applicable > 0).then(|| f64::from(section.earned) / f64::from(section.applicable) * 100.0);
            let name = prefs.lang().pick(&title);
            let said = say!(i18n, summary.section, name = name, n = section.earned, of = section.applicable);
            view! {
                <li class="sum__sec">
                    <span>{name.clone()}</span>
                    <Twin
                        reference=Signal::derive(move || percent.map(|_| 100.0))
                        actual=Signal::derive(move || percent)
                        label=said
                        size=TwinSize::Md
                    />
                    <span class="sum__of"><b>{section.earned}</b>"/"{section.applicable}</span>
                </li>
            }
        })
        .collect_view()
    };
    let counts = {
        let score = walk.score.clone();
        move || {
            let (asked, passed, failed) = (score.asked(), score.passed, score.failed.len());
            let (na, cannot) = (score.not_applicable, score.cannot);
            say!(i18n, summary.counts, asked = asked, passed = passed, failed = failed, na = na, cannot = cannot)
        }
    };
    view! {
        <Shelf title=tr!(i18n, summary.sections)
            end=move || view! { <TwinKey reference=tr!(i18n, summary.full) actual=tr!(i18n, summary.this_time)/> }>
            <ul>{rows}</ul>
            <p class="denom">{counts}</p>
        </Shelf>
    }
}

#[component]
fn Failed(walk: Arc<Walk>) -> impl IntoView {
    let (i18n, prefs, visits) = (use_i18n(), Prefs::get(), Visits::get());
    let failed: Vec<_> = walk.questions.iter().filter(|q| walk.score.failed.contains(&q.key)).cloned().collect();
    if failed.is_empty() {
        return ().into_any();
    }
    let count = failed.len();
    let rows = move || {
        let row = |question: &aisle_domain::checklist::Question| {
            let item = walk.template.item(question);
            let text = prefs.lang().pick(&item.text);
            let text = match &question.product {
                Some(product) => text.replace("{product}", &visits.product_name(product)),
                None => text,
            };
            let given = walk.answers.get(&question.key).map(value_said).unwrap_or_default();
            let (kind, icon) =
                if item.critical { (MarkKind::Crit, IconName::Crit) } else { (MarkKind::Gap, IconName::Gap) };
            view! { <li class="sum__fail"><Mark kind=Signal::derive(move || kind) icon label=given/><span>{text}</span></li> }
        };
        failed.iter().map(row).collect_view()
    };
    view! {
        <Shelf title=tr!(i18n, summary.failed) note=count.to_string()>
            <ul>{rows}</ul>
        </Shelf>
    }
    .into_any()
}

#[component]
fn OnSite(walk: Arc<Walk>) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let (check_in, check_out) = (walk.visit.check_in.clone(), walk.visit.check_out.clone());
    let planned = walk.template.minutes;
    let time = {
        let (from, to) = (check_in.at, check_out.as_ref().map(|presence| presence.at));
        Signal::derive(move || match to {
            Some(to) => {
                let minutes = (to - from) / 60_000;
                say!(
                    i18n,
                    summary.in_shop,
                    n = minutes,
                    from = words.time(from),
                    to = words.time(to),
                    planned = planned
                )
            }
            None => say!(i18n, visit.since, at = words.time(from)),
        })
    };
    let place = Signal::derive(move || match (check_in.distance_m, check_in.fix) {
        (Some(metres), Some(fix)) => {
            say!(i18n, summary.place, distance = words.metres(metres), accuracy = words.metres(fix.accuracy_m))
        }
        _ => say!(i18n, shop.no_fix_short),
    });
    let reason = check_in.reason;
    let photos = aisle_domain::visit::photos(&walk.answers).count();
    let person = walk.visit.person.clone();
    let name = Signal::derive(move || catalog.person_name(&person));
    view! {
        <Shelf title=tr!(i18n, summary.on_site)>
            <Facts>
                <Fact term=tr!(i18n, summary.person) value=name/>
                <Fact term=tr!(i18n, summary.time) value=time/>
                <Fact term=tr!(i18n, summary.position) value=place/>
                {reason.map(|reason| view! {
                    <Fact term=tr!(i18n, summary.reason)
                        value=Signal::derive(move || super::super::shop::reason_said(reason))/>
                })}
                <Fact term=tr!(i18n, summary.photos) value=photos.to_string()/>
            </Facts>
        </Shelf>
    }
}

#[component]
fn CheckOut(id: VisitId, walk: Memo<Option<Arc<Walk>>>) -> impl IntoView {
    let (i18n, visits, nearby) = (use_i18n(), Visits::get(), Nearby::get());
    let toasts = Toasts::get();
    let nav = Nav::get();
    let open = move || walk.get().map_or(0, |walk| walk.score.open.len());
    let leave = move |()| {
        let said = untrack(|| say!(i18n, summary.saved_here));
        visits.check_out(id.clone(), untrack(|| nearby.fix()), move || {
            toasts.show(said);
            nav.replace(&Page::Today.path());
        });
    };
    let why = move || {
        view! {
            <Note icon=IconName::SPhone>
                <span>
                    {move || if open() > 0 { say!(i18n, summary.open_left, n = open()) } else { say!(i18n, summary.no_signal) }}
                </span>
            </Note>
        }
    };
    view! {
        <Dock label=tr!(i18n, frame.actions) why>
            <Button kind=ButtonKind::Primary icon=IconName::Check label=tr!(i18n, summary.leave) block=true
                on_press=leave disabled=Signal::derive(move || open() > 0)/>
        </Dock>
    }
}
