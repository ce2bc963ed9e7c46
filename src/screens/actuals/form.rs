//! The form: what, where, when, how much, and for corrections why.

use crate::components::{
    Button, ButtonKind, Chips, Choice, DayField, Field, FieldKind, Note, Panel, PanelKind, SelectField, Shelf,
};
use crate::i18n::use_i18n;
use crate::screens::figures::{amount_said, metric_said, unit_of};
use crate::screens::page::unescape;
use crate::state::entries::Entries;
use crate::state::entry_form::{Doing, EntryForm, Wrong};
use crate::state::standings::{Cut, View};
use crate::state::{Catalog, Nav, Standings, Toasts, Words, visits};
use crate::text::{say, tr};
use aisle_domain::calendar::Period;
use aisle_domain::metric::Unit;
use aisle_domain::money::Amount;
use aisle_domain::org::sales;
use aisle_domain::{MetricId, ProductId, ShopId, VisitId};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The form. `shop` follows what is chosen in it.
#[component]
pub fn Form(shop: RwSignal<Option<ShopId>>) -> impl IntoView {
    let i18n = use_i18n();
    let (words, entries, standings, toasts) = (Words::get(), Entries::get(), Standings::get(), Toasts::get());
    let nav = Nav::get();
    let query = move |name: &str| nav.query(name).map(|word| unescape(&word));
    let form = RwSignal::new(fresh(shop.get_untracked()));
    let wrong = RwSignal::new(Vec::<Wrong>::new());
    let failed = RwSignal::new(false);
    // Another address on the same page asks for another form.
    Effect::new(move |_| {
        let of = query("of").and_then(|id| entries.ledger().entries().find(|e| e.id.as_str() == id).cloned());
        let digits = untrack(|| words.money_digits());
        let asked = match of {
            Some(entry) => EntryForm::correcting(&entry, digits),
            None => {
                let blank = fresh(shop.get_untracked());
                if let Some(visit) = query("v").map(VisitId::from) {
                    // Noted in a visit: of today, whatever day the imported figures go to.
                    form.set(EntryForm { visit: Some(visit), day: visits::today().to_string(), ..blank });
                    wrong.set(Vec::new());
                    return;
                }
                EntryForm {
                    doing: if query("fix").is_some() { Doing::Offsetting } else { Doing::Entering },
                    metric: query("m").map_or_else(sales, MetricId::from),
                    category: query("c").unwrap_or_default(),
                    day: query("d").unwrap_or(blank.day),
                    ..blank
                }
            }
        };
        form.set(asked);
        wrong.set(Vec::new());
    });
    let so_far = Memo::new(move |_| so_far(standings, &form.read()));
    let save = move |()| {
        let (today, digits) = (visits::today(), untrack(|| words.money_digits()));
        let form_now = form.get_untracked();
        let saved = say!(i18n, actuals.saved);
        let after =
            EntryForm { doing: Doing::Entering, amount: String::new(), reason: String::new(), ..form_now.clone() };
        let then = move |done: Result<(), _>| {
            failed.set(done.is_err());
            if done.is_ok() {
                form.set(after);
                toasts.show(saved);
            }
        };
        let outcome = form_now.save(entries, today, digits, so_far.get_untracked(), then);
        wrong.set(outcome.err().unwrap_or_default());
    };
    let title = Signal::derive(move || match form.read().doing {
        Doing::Entering => say!(i18n, actuals.enter),
        Doing::Correcting(_) => say!(i18n, actuals.correct_title),
        Doing::Offsetting => say!(i18n, actuals.offset_title),
    });
    let is_correction = move || form.read().doing != Doing::Entering;
    view! {
        <Shelf first=true title>
            <form class="stack" id="entry" on:submit=move |event| { event.prevent_default(); save(()); }>
                <Show when=move || failed.get()>
                    <Panel kind=PanelKind::Gap alert=true title=tr!(i18n, actuals.failed) text=tr!(i18n, actuals.failed_text)/>
                </Show>
                <What form wrong shop/>
                <HowMuch form wrong/>
                <Show when=is_correction>
                    <Field label=tr!(i18n, actuals.reason) value=Signal::derive(move || form.read().reason.clone())
                        on_input=move |text: String| form.update(|form| form.reason = text)
                        error=error(wrong, &[Wrong::Reason]) kind=FieldKind::Area required=true/>
                </Show>
                <Hints form so_far/>
                <Button kind=ButtonKind::Primary label=tr!(i18n, actuals.save) block=true submit=true/>
            </form>
        </Shelf>
    }
}

/// Nothing typed yet: the last day for which figures are in.
fn fresh(shop: Option<ShopId>) -> EntryForm {
    let (amount, reason, category) = (String::new(), String::new(), String::new());
    let day = untrack(|| Standings::get().through()).to_string();
    EntryForm {
        doing: Doing::Entering,
        metric: sales(),
        shop,
        category,
        product: None,
        day,
        amount,
        reason,
        visit: None,
    }
}

/// What the cell of a form comes to now, everything counted.
fn so_far(standings: Standings, form: &EntryForm) -> Amount {
    let (Some(shop), Ok(day)) = (form.shop.clone(), form.day.parse()) else { return Amount::ZERO };
    let cut = Cut { category: Some(form.category.clone()), ..Cut::shop(shop) };
    let view = View { period: Period::Day(day), metric: form.metric.clone(), cut };
    standings.measure(&view, None).map(|measured| measured.whole.actual + measured.later).unwrap_or_default()
}

/// What is wrong with a field, in words; only of these kinds.
fn error(wrong: RwSignal<Vec<Wrong>>, of: &'static [Wrong]) -> Signal<String> {
    let i18n = use_i18n();
    Signal::derive(move || {
        let first = wrong.read().iter().copied().find(|wrong| of.contains(wrong));
        match first {
            None => String::new(),
            Some(Wrong::Shop) => say!(i18n, actuals.wrong_shop),
            Some(Wrong::Category) => say!(i18n, actuals.wrong_category),
            Some(Wrong::Day) => say!(i18n, actuals.wrong_day),
            Some(Wrong::Future) => say!(i18n, actuals.wrong_future),
            Some(Wrong::Amount) => say!(i18n, actuals.wrong_amount),
            Some(Wrong::Decimals) => say!(i18n, actuals.wrong_decimals),
            Some(Wrong::TooLarge) => say!(i18n, figure.too_large),
            Some(Wrong::Reason) => say!(i18n, actuals.wrong_reason),
            Some(Wrong::Same) => say!(i18n, actuals.wrong_same),
        }
    })
}

/// Metric, shop, category and product.
#[component]
fn What(form: RwSignal<EntryForm>, wrong: RwSignal<Vec<Wrong>>, shop: RwSignal<Option<ShopId>>) -> impl IntoView {
    let (i18n, catalog, standings) = (use_i18n(), Catalog::get(), Standings::get());
    let metrics = untrack(|| standings.metrics()).into_iter().map(|metric| {
        let id = metric.id.clone();
        Choice::new(metric.id, Signal::derive(move || metric_said(&id)))
    });
    let nothing = move || (String::new(), say!(i18n, actuals.choose));
    let shops = Signal::derive(move || {
        let all = catalog.shops();
        let mut list: Vec<(String, String)> =
            all.iter().map(|(id, shop)| (id.to_string(), shop.name.clone())).collect();
        list.sort_by(|(_, a), (_, b)| a.cmp(b));
        std::iter::once(nothing()).chain(list).collect()
    });
    let categories = Signal::derive(move || {
        let products = catalog.products();
        let mut names: BTreeSet<String> = products.values().map(|product| product.category.clone()).collect();
        names.insert(form.read().category.clone());
        names.remove("");
        let named = names.into_iter().map(|name| (name.clone(), name));
        std::iter::once(nothing()).chain(named).collect()
    });
    let products = Signal::derive(move || {
        let (all, category) = (catalog.products(), form.read().category.clone());
        let of_category = all.iter().filter(|(_, product)| product.category == category);
        let mut list: Vec<(String, String)> =
            of_category.map(|(id, product)| (id.to_string(), product.name.clone())).collect();
        list.sort_by(|(_, a), (_, b)| a.cmp(b));
        std::iter::once((String::new(), say!(i18n, actuals.whole_category))).chain(list).collect()
    });
    // What was imported is known by category only.
    let by_product = move || form.read().doing != Doing::Offsetting && !form.read().category.is_empty();
    let text = move |of: fn(&EntryForm) -> String| Signal::derive(move || of(&form.read()));
    view! {
        <div class="stack__chips">
            <Chips options=metrics.collect() selected=Signal::derive(move || form.read().metric.clone())
                on_select=move |metric| form.update(|form| form.metric = metric) label=tr!(i18n, targets.metric)/>
        </div>
        <SelectField label=tr!(i18n, targets.by_shop) options=shops error=error(wrong, &[Wrong::Shop])
            value=text(|form| form.shop.as_ref().map(ToString::to_string).unwrap_or_default())
            on_change=move |id: String| {
                let id = Some(id).filter(|id| !id.is_empty()).map(ShopId::from);
                shop.set(id.clone());
                form.update(|form| form.shop = id);
            }/>
        <SelectField label=tr!(i18n, targets.by_category) options=categories error=error(wrong, &[Wrong::Category])
            value=text(|form| form.category.clone())
            on_change=move |category| form.update(|form| { form.category = category; form.product = None; })/>
        <Show when=by_product>
            <SelectField label=tr!(i18n, actuals.product) options=products
                value=text(|form| form.product.as_ref().map(ToString::to_string).unwrap_or_default())
                on_change=move |id: String| form.update(|form| form.product = Some(id).filter(|id| !id.is_empty()).map(ProductId::from))/>
        </Show>
    }
}

/// Day and amount.
#[component]
fn HowMuch(form: RwSignal<EntryForm>, wrong: RwSignal<Vec<Wrong>>) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let unit = move || if unit_of(&form.read().metric) == Unit::Money { words.symbol() } else { String::new() };
    let label = Signal::derive(move || match form.read().doing {
        Doing::Entering => say!(i18n, actuals.amount),
        Doing::Correcting(_) | Doing::Offsetting => say!(i18n, actuals.right_amount),
    });
    view! {
        <DayField label=tr!(i18n, actuals.day) value=Signal::derive(move || form.read().day.clone())
            last=visits::today().to_string() error=error(wrong, &[Wrong::Day, Wrong::Future])
            on_change=move |day| form.update(|form| form.day = day)/>
        <Field label value=Signal::derive(move || form.read().amount.clone()) kind=FieldKind::Decimal name="amount"
            prefix=Signal::derive(unit) required=true
            error=error(wrong, &[Wrong::Amount, Wrong::Decimals, Wrong::TooLarge, Wrong::Same])
            on_input=move |text: String| form.update(|form| form.amount = text)/>
    }
}

/// What the cell holds now, what a new figure changes, and when it counts.
#[component]
fn Hints(form: RwSignal<EntryForm>, so_far: Memo<Amount>) -> impl IntoView {
    let (i18n, words, standings) = (use_i18n(), Words::get(), Standings::get());
    let list = move || {
        let form = form.read();
        let mut list = Vec::new();
        if form.shop.is_some() && !form.category.is_empty() {
            list.push(say!(i18n, actuals.so_far, amount = amount_said(&form.metric, so_far.get())));
        }
        let read = form.read(visits::today(), words.money_digits());
        if form.doing == Doing::Offsetting
            && let Ok((_, amount)) = &read
        {
            let change = *amount - so_far.get();
            list.push(say!(i18n, actuals.difference, amount = amount_said(&form.metric, change)));
        }
        let through = standings.through();
        if form.day.parse().is_ok_and(|day: chrono::NaiveDate| day > through) {
            list.push(say!(i18n, actuals.later, day = words.day(through)));
        }
        list
    };
    view! {
        <Show when=move || !list().is_empty()>
            <Note text=Signal::derive(move || list().join(" "))/>
        </Show>
    }
}
