//! Below a table: take it along as a file.

use crate::components::{Button, IconName};
use crate::i18n::use_i18n;
use crate::state::sheet::{self, Format, Sheet};
use crate::text::tr;
use leptos::prelude::*;

/// Two buttons that hand a table over as CSV or as a workbook.
#[component]
pub fn Export(
    /// Makes the table, as it is when asked for.
    #[prop(into)]
    sheet: Callback<(), Sheet>,
) -> impl IntoView {
    let i18n = use_i18n();
    let offer = move |format| sheet::offer(&sheet.run(()), format);
    view! {
        <div class="take">
            <Button small=true icon=IconName::Export label=tr!(i18n, export.csv) on_press=move |()| offer(Format::Csv)/>
            <Button small=true icon=IconName::Export label=tr!(i18n, export.xlsx) on_press=move |()| offer(Format::Xlsx)/>
        </div>
    }
}
