//! Choosing a file and saying what it is; why the last one was not taken; templates.

use crate::components::{Button, FileDrop, IconName, Note, Panel, PanelKind, Row, SelectField, Shelf};
use crate::i18n::use_i18n;
use crate::state::importing::files::{lang, offer_template};
use crate::state::importing::{IMPORT_ROWS_MAX, Importing, NotTaken, Step, Table, columns, words};
use crate::state::sheet::Format;
use crate::state::{Prefs, Words};
use crate::text::{say, tr};
use leptos::prelude::*;

/// The beginning.
#[component]
pub(super) fn Choose(
    /// The import.
    importing: Importing,
) -> impl IntoView {
    let (i18n, prefs, shown) = (use_i18n(), Prefs::get(), Words::get());
    let kind = RwSignal::new(String::new());
    let options = Signal::derive(move || {
        let of = lang(prefs.lang());
        let kinds = importing
            .tables()
            .into_iter()
            .map(|table| (columns::name(table).to_owned(), words::table(table, of).to_owned()));
        std::iter::once((String::new(), say!(i18n, import.kind_auto))).chain(kinds).collect::<Vec<_>>()
    });
    let table = move || {
        let kind = kind.get_untracked();
        importing.tables().into_iter().find(|table| columns::name(*table) == kind)
    };
    let pick = move |event: leptos::ev::Event| importing.choose(&event, untrack(table));
    let why = move || match importing.step() {
        Step::Choose(Some((file, why))) => Some(view! {
            <Panel kind=PanelKind::Gap alert=true title=say!(i18n, import.not_taken, file = file)
                text=match why {
                    NotTaken::File(why) => words::file(&why, lang(prefs.lang())),
                    NotTaken::Module => say!(i18n, import.no_module),
                }/>
        }),
        _ => None,
    };
    let most = Signal::derive(move || say!(i18n, import.most, n = shown.whole(IMPORT_ROWS_MAX as i64)));
    view! {
        <Shelf first=true title=tr!(i18n, import.choose)>
            {why}
            <SelectField label=tr!(i18n, import.kind) options value=kind on_change=move |to| kind.set(to)/>
            <FileDrop label=tr!(i18n, import.file) note=most accept=".csv,.tsv,.txt,.xlsx".to_owned() on_pick=pick/>
            <Note icon=IconName::Info text=tr!(i18n, import.how)/>
        </Shelf>
        <Shelf title=tr!(i18n, import.templates) note=tr!(i18n, import.templates_note)>
            <ul class="rows">
                {move || importing.tables().into_iter().map(|table| view! { <li><Template table/></li> }).collect_view()}
            </ul>
        </Shelf>
    }
}

/// A template of one kind, in both forms.
#[component]
fn Template(table: Table) -> impl IntoView {
    let (i18n, prefs) = (use_i18n(), Prefs::get());
    let title = Signal::derive(move || words::table(table, lang(prefs.lang())).to_owned());
    let meta = Signal::derive(move || columns::template(table, lang(prefs.lang())).join(" · "));
    let offer = move |format| offer_template(table, untrack(|| prefs.lang()), format);
    let named = move |form: String| Signal::derive(move || format!("{} · {form}", title.get()));
    view! {
        <Row title meta light=true end=move || view! {
            <div class="take">
                <span aria-label=named("CSV".to_owned()) role="group">
                    <Button small=true icon=IconName::Export label=tr!(i18n, export.csv) on_press=move |()| offer(Format::Csv)/>
                </span>
                <span aria-label=named("Excel".to_owned()) role="group">
                    <Button small=true icon=IconName::Export label=tr!(i18n, export.xlsx) on_press=move |()| offer(Format::Xlsx)/>
                </span>
            </div>
        }/>
    }
}
