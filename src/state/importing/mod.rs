//! Importing a file: chosen, read and checked by a worker, asked about at the endpoint, confirmed, in effect.
//!
//! Until it is confirmed nothing is kept anywhere; leaving the page or cancelling ends it without a trace. What makes a row
//! right is `aisle-import`'s business, and taking effect is the endpoint's, whole or not at all (ADR 6).

pub mod files;
mod given;

use super::{Account, Work};
use crate::platform::net::{self, Body, Call};
use crate::platform::reader::{self, Reader, Said};
use crate::platform::{clock, seal};
use aisle_domain::org::Role;
use aisle_import::preview::{Preview, Wish};
use aisle_import::{FileError, Refused};
use aisle_protocol::{PROTO, paths};
use aisle_sync::Trigger;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

pub use aisle_import::Table;
pub use aisle_import::{columns, words};
pub use aisle_protocol::import::{IMPORT_ROWS_MAX, ImportResponse};

/// How long an import may take, milliseconds.
const TIMEOUT_MS: u32 = 300_000;

/// What the endpoint says that a file would do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It has been asked.
    Asking,
    /// So many rows are new, changed, as they were.
    Known(ImportResponse),
    /// It cannot be reached, or is busy: trying again may help.
    Unreachable,
    /// This person may not import such a table.
    NotYours,
    /// Something has changed meanwhile: read the file again.
    Again,
    /// It will not have the request: its status.
    Failed(u16),
}

/// A file that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Its name for the endpoint.
    id: String,
    /// The rows taken, as JSON.
    rows: String,
    /// What is in it.
    pub preview: Preview,
    /// What it would do.
    pub effect: Effect,
}

impl Checked {
    /// Rows that are refused, by the device or by the endpoint.
    pub fn refused(&self) -> u64 {
        self.preview.refused.len() as u64 + self.preview.refused_more
    }

    /// The same file, and what the endpoint has said since.
    fn with(&self, effect: Effect) -> Self {
        let mut checked = self.clone();
        if let Effect::Known(told) = &effect {
            add_refused(&mut checked.preview, told);
        }
        checked.effect = effect;
        checked
    }

    /// Whether it can be confirmed.
    pub fn is_right(&self) -> bool {
        matches!(self.effect, Effect::Known(_)) && self.refused() == 0
    }
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The file.
    File(FileError),
    /// The module that reads it could not be had.
    Module,
}

/// Where an import is.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A file is to be chosen; why the last one was not taken.
    Choose(Option<(String, NotTaken)>),
    /// It is read: its name, rows of about so many.
    Reading(String, f64, f64),
    /// It has been read.
    Checked(Arc<Checked>),
    /// It is confirmed and on its way.
    Sending(Arc<Checked>),
    /// It is in effect.
    Done(Arc<Checked>, ImportResponse),
}

/// An import. Lives as long as its page.
#[derive(Clone, Copy)]
pub struct Importing {
    work: Work,
    account: Account,
    step: RwSignal<Step>,
    reader: StoredValue<Option<Reader>, LocalStorage>,
    /// Counts what was begun: an answer to something that was cancelled is nobody's.
    turn: StoredValue<u32>,
}

impl Importing {
    /// Nothing chosen yet.
    pub fn new() -> Self {
        let step = RwSignal::new(Step::Choose(None));
        let (reader, turn) = (StoredValue::new_local(None), StoredValue::new(0));
        let this = Self { work: Work::get(), account: Account::get(), step, reader, turn };
        on_cleanup(move || {
            let _ = reader.try_set_value(None);
        });
        this
    }

    /// Where it is.
    pub fn step(self) -> Step {
        self.step.get()
    }

    /// Tables that this person may import.
    pub fn tables(self) -> Vec<Table> {
        match self.account.session().map(|session| session.role) {
            Some(Role::Admin) => vec![
                Table::Targets,
                Table::Actuals,
                Table::Shops,
                Table::Products,
                Table::People,
                Table::Territories,
                Table::MustSell,
            ],
            Some(Role::Manager) => vec![Table::Targets, Table::Actuals],
            _ => Vec::new(),
        }
    }

    fn begin(self) -> u32 {
        self.reader.set_value(None);
        self.turn.update_value(|turn| *turn += 1);
        self.turn.get_value()
    }

    /// Ends it, whatever is under way. What is confirmed already is not taken back.
    pub fn cancel(self) {
        self.begin();
        self.step.set(Step::Choose(None));
    }

    /// Reads the file that a person has chosen; as this table, if one is said.
    pub fn choose(self, chosen: &leptos::ev::Event, table: Option<Table>) {
        let (name, bytes) = (seal::file_name(chosen), seal::file_of(chosen));
        let turn = self.begin();
        self.step.set(Step::Reading(name.clone(), 0.0, 0.0));
        spawn_local(async move {
            let bytes = bytes.await.unwrap_or_default();
            if self.turn.try_get_value() == Some(turn) {
                self.read(turn, name, &bytes, table);
            }
        });
    }

    fn read(self, turn: u32, file: String, bytes: &[u8], table: Option<Table>) {
        let given = untrack(|| given::given(self.work));
        let wish = Wish { file: file.clone(), table, given, today: clock::today(), rows_max: IMPORT_ROWS_MAX as u64 };
        let wish = serde_json::to_string(&wish).unwrap_or_default();
        let name = file.clone();
        let reader = reader::read(bytes, &wish, move |said| {
            if self.turn.try_get_value() == Some(turn) {
                self.hear(turn, &name, said);
            }
        });
        match reader {
            Some(reader) => self.reader.set_value(Some(reader)),
            None => self.step.set(Step::Choose(Some((file, NotTaken::Module)))),
        }
    }

    fn hear(self, turn: u32, file: &str, said: Said) {
        let not_taken = |why| self.step.set(Step::Choose(Some((file.to_owned(), why))));
        match said {
            Said::Read(done, of) => self.step.set(Step::Reading(file.to_owned(), done, of)),
            Said::Failed => not_taken(NotTaken::Module),
            Said::Result(texts) => match texts.as_slice() {
                [preview, rows] => match serde_json::from_str::<Preview>(preview) {
                    Ok(preview) => self.ask(turn, preview, rows.clone()),
                    Err(_) => not_taken(NotTaken::Module),
                },
                [why] => not_taken(serde_json::from_str(why).map_or(NotTaken::Module, NotTaken::File)),
                _ => not_taken(NotTaken::Module),
            },
        }
    }

    fn ask(self, turn: u32, preview: Preview, rows: String) {
        let checked = Checked { id: clock::fresh_id(), rows, preview, effect: Effect::Asking };
        if checked.preview.lines.is_empty() {
            let effect = Effect::Known(ImportResponse::default());
            self.step.set(Step::Checked(Arc::new(Checked { effect, ..checked })));
            return;
        }
        self.ask_again(turn, checked);
    }

    /// Asks the endpoint again what the file would do.
    pub fn retry(self) {
        if let Step::Checked(checked) = self.step.get_untracked() {
            self.ask_again(self.turn.get_value(), Checked { effect: Effect::Asking, ..(*checked).clone() });
        }
    }

    fn ask_again(self, turn: u32, checked: Checked) {
        let checked = Arc::new(checked);
        self.step.set(Step::Checked(checked.clone()));
        spawn_local(async move {
            let effect = self.send(&checked, true).await;
            if self.turn.try_get_value() == Some(turn) {
                self.step.set(Step::Checked(Arc::new(checked.with(effect))));
            }
        });
    }

    /// Brings what has been read into effect.
    pub fn confirm(self) {
        let Step::Checked(checked) = self.step.get_untracked() else { return };
        if !checked.is_right() {
            return;
        }
        let turn = self.turn.get_value();
        self.step.set(Step::Sending(checked.clone()));
        spawn_local(async move {
            let effect = self.send(&checked, false).await;
            if matches!(&effect, Effect::Known(done) if done.done) {
                self.work.trigger(Trigger::Asked);
            }
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            let step = match effect {
                Effect::Known(done) if done.done => Step::Done(checked, done),
                effect => Step::Checked(Arc::new(checked.with(effect))),
            };
            self.step.set(step);
        });
    }

    async fn send(self, checked: &Checked, dry: bool) -> Effect {
        let Some(session) = self.account.session() else { return Effect::Unreachable };
        let body = body(checked, dry);
        let call = Call {
            method: "POST",
            path: paths::IMPORT,
            headers: vec![(paths::PERSON, paths::person_header(session.person.as_str()))],
            body: Body::Json(&body),
            timeout_ms: TIMEOUT_MS,
        };
        let Ok(answer) = net::call(call).await else { return Effect::Unreachable };
        match answer.status {
            200 => answer.json().map_or(Effect::Unreachable, Effect::Known),
            403 => Effect::NotYours,
            409 => Effect::Again,
            401 | 408 | 429 | 500.. => Effect::Unreachable,
            status => Effect::Failed(status),
        }
    }
}

/// The request: [`aisle_protocol::import::ImportRequest`] as text, around rows that are text already.
fn body(checked: &Checked, dry: bool) -> String {
    let Checked { id, rows, preview, .. } = checked;
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let columns: Vec<String> = preview.columns.iter().map(|column| text(column)).collect();
    format!(
        r#"{{"proto":{PROTO},"id":{},"table":{},"file":{},"dry":{dry},"columns":[{}],"rows":{rows}}}"#,
        text(id),
        text(columns::name(preview.table)),
        text(&preview.file),
        columns.join(",")
    )
}

/// The endpoint counts rows of the request; a person looks for lines of the file.
fn add_refused(preview: &mut Preview, told: &ImportResponse) {
    let line = |row: &Refused| {
        let at = usize::try_from(row.line).unwrap_or(usize::MAX);
        preview.lines.get(at).copied().unwrap_or_default()
    };
    let rows: Vec<Refused> = told.refused.iter().map(|row| Refused { line: line(row), ..row.clone() }).collect();
    preview.refused.extend(rows);
    preview.refused.sort_by_key(|row| row.line);
    preview.refused_more += told.refused_more;
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_import::Wrong;
    use aisle_protocol::import::ImportRequest;

    fn checked() -> Checked {
        let preview = Preview {
            file: "七月 \"final\".csv".to_owned(),
            table: Table::MustSell,
            encoding: "UTF-8".to_owned(),
            ignored: Vec::new(),
            columns: vec!["month".to_owned(), "shop".to_owned()],
            first: Vec::new(),
            read: 4,
            lines: vec![2, 5],
            refused: vec![Refused { line: 3, column: String::new(), why: Wrong::Empty }],
            refused_more: 0,
            negative: 0,
            summed: 0,
            totals: Default::default(),
        };
        let rows = r#"[["2026-11","s1"],["2026-12","s\"2"]]"#.to_owned();
        Checked { id: "import-0001".to_owned(), rows, preview, effect: Effect::Asking }
    }

    #[test]
    fn the_request_is_what_the_protocol_says() {
        let request: ImportRequest = serde_json::from_str(&body(&checked(), true)).expect("a request");
        let expect = ImportRequest {
            proto: PROTO,
            id: "import-0001".to_owned(),
            table: Table::MustSell,
            file: "七月 \"final\".csv".to_owned(),
            dry: true,
            columns: vec!["month".to_owned(), "shop".to_owned()],
            rows: [["2026-11", "s1"], ["2026-12", "s\"2"]].map(|row| row.map(str::to_owned).to_vec()).to_vec(),
        };
        assert_eq!(request, expect);
    }

    #[test]
    fn what_the_endpoint_refuses_is_named_by_the_line_of_the_file() {
        let mut checked = checked();
        let row = Refused { line: 0, column: "login".to_owned(), why: Wrong::Empty };
        let told = ImportResponse { refused: vec![row], refused_more: 7, ..ImportResponse::default() };
        add_refused(&mut checked.preview, &told);
        let lines: Vec<u64> = checked.preview.refused.iter().map(|row| row.line).collect();
        assert_eq!((lines, checked.refused()), (vec![2, 3], 9));
        checked.effect = Effect::Known(told);
        assert!(!checked.is_right());
    }
}
