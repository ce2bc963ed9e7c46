//! 偏差预警: what is behind, why, and what to do next; each shop is one tap away.

use super::Page;
use super::figures::{amount_said, metric_said, period_said};
use super::frame::{Chip, Tabs};
use super::progress::GapDelta;
use super::targets::key_said;
use crate::components::{
    Back, Chips, Choice, Dock, Empty, IconName, Note, Panel, PanelKind, Row, Segmented, Shelf, TextLink, WorkBar,
};
use crate::i18n::use_i18n;
use crate::state::deviations::{Deviations, Found, Warning};
use crate::state::standings::{Cut, Key, View};
use crate::state::{Catalog, Prefs, Standings, Words};
use crate::text::{say, tr};
use aisle_domain::calendar::PeriodKind;
use aisle_domain::deviation::{self, Explained, Say, explain};
use aisle_domain::money::Amount;
use aisle_domain::org::sales;
use aisle_domain::progress::Band;
use aisle_domain::{MetricId, PersonId, ShopId};
use leptos::prelude::*;

/// The page of deviations.
#[component]
pub fn DeviationsPage() -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let (standings, deviations) = (Standings::get(), Deviations::get());
    let kind = RwSignal::new(PeriodKind::Month);
    let metric = RwSignal::new(sales());
    let view = Memo::new(move |_| View {
        period: kind.get().holding(standings.through()),
        metric: metric.get(),
        cut: Cut::default(),
    });
    let found = Memo::new(move |_| deviations.find(&view.read()));
    let kinds = vec![
        Choice::new(PeriodKind::Month, tr!(i18n, targets.month)),
        Choice::new(PeriodKind::Quarter, tr!(i18n, targets.quarter)),
        Choice::new(PeriodKind::Year, tr!(i18n, targets.year)),
    ];
    let metrics = untrack(|| standings.metrics()).into_iter().map(|metric| {
        let id = metric.id.clone();
        Choice::new(metric.id, Signal::derive(move || metric_said(&id)))
    });
    let through = Signal::derive(move || say!(i18n, today.through, day = words.day(standings.through())));
    let whole = move || {
        let view = view.read();
        found.get().map(|found| whole(&view, &found))
    };
    let others = move || {
        let found = found.get()?;
        let list: Vec<Warning> = found.warnings.into_iter().filter(|warning| warning.key.is_some()).collect();
        let metric = view.read().metric.clone();
        Some(list.into_iter().map(|warning| view! { <li><Line warning metric=metric.clone()/></li> }).collect_view())
    };
    let count = move || {
        found.read().as_ref().map_or(0, |found| found.warnings.iter().filter(|warning| warning.key.is_some()).count())
    };
    view! {
        <div class="app app--cols">
            <WorkBar title=tr!(i18n, deviations.title) subtitle=through
                back=Back::Href(Page::Targets(Cut::default()).path()) back_label=tr!(i18n, frame.back)>
                <Chip/>
            </WorkBar>
            <main class="app__main targets" id="main">
                <div class="targets__kinds">
                    <Segmented options=kinds selected=kind on_select=move |to| kind.set(to)
                        legend=tr!(i18n, targets.period) quiet=true/>
                </div>
                <Chips options=metrics.collect() selected=metric on_select=move |to| metric.set(to)
                    label=tr!(i18n, targets.metric)/>
                <div class="cols">
                    <div>
                        <Shelf first=true live=true title=Signal::derive(move || period_said(view.read().period))>
                            {whole}
                        </Shelf>
                        <Note icon=IconName::Info pad=true text=tr!(i18n, deviations.rule)/>
                    </div>
                    <div>
                        <Shelf title=tr!(i18n, deviations.parts) note=Signal::derive(move || count().to_string())>
                            <Show when=move || { count() > 0 } fallback=move || view! {
                                <Empty title=tr!(i18n, deviations.none) text=tr!(i18n, deviations.none_text)/>
                            }>
                                <ul class="rows">{others}</ul>
                            </Show>
                        </Shelf>
                    </div>
                </div>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Targets(Cut::default())/> }/>
        </div>
    }
}

/// The whole: what is behind and what to do, or that nothing is.
fn whole(view: &View, found: &Found) -> AnyView {
    let i18n = use_i18n();
    let Some(warning) = found.warnings.iter().find(|warning| warning.key.is_none()) else {
        let gap = found.whole.pacing_gap().points();
        let title = gap.map_or_else(
            || say!(i18n, figure.no_target),
            |gap| say!(i18n, deviations.on_course, gap = Words::get().points(gap)),
        );
        return view! { <Panel kind=if gap.is_some() { PanelKind::Done } else { PanelKind::Info } title/> }.into_any();
    };
    let said = said(warning, &view.metric);
    let kind = if warning.deviation.band == Band::Critical { PanelKind::Crit } else { PanelKind::Gap };
    let metric = view.metric.clone();
    let shops: Vec<ShopId> = warning.action.iter().flat_map(|action| action.shops.clone()).collect();
    let behind = move |shop: &ShopId| {
        let cause = warning.deviation.causes.iter().find(|cause| cause.child.as_ref() == Some(shop));
        cause.map(|cause| cause.shortfall).unwrap_or_default()
    };
    let rows = shops
        .iter()
        .map(|shop| view! { <li><ShopRow shop=shop.clone() behind=behind(shop) metric=metric.clone()/></li> });
    let rows = rows.collect_view();
    let again = warning.split.as_ref().map(|node| Page::Split(node.to_string()).path());
    let again = again.map(|href| view! { <TextLink href label=tr!(i18n, deviations.to_split)/> });
    view! {
        <Panel kind title=said.headline text=said.reason>
            <p><b>{said.action}</b></p>
            {again}
        </Panel>
        <ul class="rows">{rows}</ul>
    }
    .into_any()
}

/// A shop of a next action: one tap from its visit.
#[component]
fn ShopRow(shop: ShopId, behind: Amount, metric: MetricId) -> impl IntoView {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let name = catalog.shop(&shop).map(|shop| shop.name).unwrap_or_default();
    view! {
        <Row icon=IconName::Pin title=name href=Page::Shop(shop).path()
            meta=Signal::derive(move || say!(i18n, progress.short, amount = amount_said(&metric, behind)))/>
    }
}

/// One part that is behind.
#[component]
fn Line(warning: Warning, metric: MetricId) -> impl IntoView {
    let i18n = use_i18n();
    let progress = warning.standing.progress();
    let (href, label) = match (&warning.split, &warning.key) {
        (Some(node), _) => (Page::Split(node.to_string()).path(), tr!(i18n, deviations.to_split)),
        (None, Some(Key::Shop(shop))) => (Page::Shop(shop.clone()).path(), tr!(i18n, deviations.to_shop)),
        (None, Some(key)) => (Page::Targets(Cut::default().narrowed(key)).path(), tr!(i18n, deviations.to_targets)),
        (None, None) => (Page::Targets(Cut::default()).path(), tr!(i18n, deviations.to_targets)),
    };
    let key = warning.key.clone();
    let title = Signal::derive(move || key.as_ref().map(key_said).unwrap_or_default());
    let said = Memo::new(move |_| said(&warning, &metric));
    view! {
        <div class="row row--prog dev">
            <span class="pline__t">
                <span class="pline__n">{title}</span>
                <span class="pline__v"><GapDelta progress=Signal::derive(move || progress)/></span>
            </span>
            <span class="row__meta"><span>{move || said.get().headline}</span></span>
            <span class="dev__do">
                <b>{move || said.get().action}</b>
                <TextLink href label/>
            </span>
        </div>
    }
}

/// A warning in the words of the language in effect.
fn said(warning: &Warning, metric: &MetricId) -> Said {
    let i18n = use_i18n();
    let formats = Formats { metric: metric.clone() };
    let Some(action) = &warning.action else {
        let amount = amount_said(metric, warning.deviation.shortfall);
        return Said {
            headline: say!(i18n, progress.short, amount = amount),
            reason: String::new(),
            action: String::new(),
        };
    };
    let Explained { headline, reason, action } = explain(&warning.deviation, action, &formats);
    let lang = Prefs::get().lang();
    Said { headline: lang.pick(&headline), reason: lang.pick(&reason), action: lang.pick(&action) }
}

#[derive(Clone, PartialEq)]
struct Said {
    headline: String,
    reason: String,
    action: String,
}

/// Numbers and names as this app writes them. The domain asks for both languages; only the one in effect is shown.
struct Formats {
    metric: MetricId,
}

impl Say for Formats {
    fn amount(&self, amount: Amount, _: deviation::Lang) -> String {
        amount_said(&self.metric, amount)
    }

    fn share(&self, share_bp: u32, _: deviation::Lang) -> String {
        Words::get().percent_whole(f64::from(share_bp) / 10_000.0)
    }

    fn points(&self, points: f64, _: deviation::Lang) -> String {
        Words::get().points(points)
    }

    fn count(&self, count: u64, _: deviation::Lang) -> String {
        Words::get().whole(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn shop(&self, shop: &ShopId, lang: deviation::Lang) -> String {
        let name = Catalog::get().shop(shop).map_or_else(|| shop.to_string(), |shop| shop.name);
        // 中文和外文之间空一格。
        let foreign = |c: Option<char>| c.is_some_and(|c| c.is_ascii());
        match lang {
            deviation::Lang::Zh if foreign(name.chars().next()) || foreign(name.chars().last()) => format!(" {name} "),
            _ => name,
        }
    }

    fn person(&self, person: &PersonId, _: deviation::Lang) -> String {
        Catalog::get().person_name(person)
    }
}
