//! What happened to a visit after an answer was first given: answers given again, amendments, conflicts. And the two
//! things a person can do about it: amend with a reason, settle a conflict.
//!
//! Made where it is needed from the records; nothing here is kept from the start.

use super::work::{create, fields, patch};
use super::{Account, Catalog, Work};
use crate::platform::clock;
use aisle_domain::checklist::Value;
use aisle_domain::history::{Choice, History, Settled, Side};
use aisle_domain::org::{Person, Role};
use aisle_domain::visit::{self, Amendment, Visit};
use aisle_domain::{AmendmentId, PersonId, QuestionKey, VisitId};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_sync::{Draft, StoreError};
use leptos::task::spawn_local;

/// One value in the life of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The value.
    pub value: Value,
    /// Who gave it.
    pub by: PersonId,
    /// When, by that person's device.
    pub at: i64,
    /// Why; only amendments have a reason.
    pub reason: Option<String>,
}

/// The life of one answer, oldest value first; the last one counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// The question.
    pub question: QuestionKey,
    /// Every value it has had.
    pub steps: Vec<Step>,
}

/// A record of history with its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Its id.
    pub id: String,
    /// What it says.
    pub history: History,
}

/// What happened after. See the module.
#[derive(Clone, Copy)]
pub struct Aftermath {
    work: Work,
    catalog: Catalog,
    account: Account,
}

impl Aftermath {
    /// Over the records in effect.
    pub fn get() -> Self {
        Self { work: Work::get(), catalog: Catalog::get(), account: Account::get() }
    }

    /// Answers of a visit that were given more than once, or amended.
    pub fn lives(self, id: &VisitId, visit: &Visit) -> Vec<Life> {
        let all = self.catalog.answers();
        let mut given: Vec<_> = all.get(id).cloned().unwrap_or_default();
        given.sort_by(|(a, one), (b, other)| (one.at, a).cmp(&(other.at, b)));
        let mut lives: Vec<Life> = Vec::new();
        let mut add = |question: &QuestionKey, step: Step| match lives.iter_mut().find(|l| l.question == *question) {
            Some(life) => life.steps.push(step),
            None => lives.push(Life { question: question.clone(), steps: vec![step] }),
        };
        for (_, answer) in given {
            let by = visit.person.clone();
            add(&answer.question, Step { value: answer.value, by, at: answer.at, reason: None });
        }
        let amendments = self.catalog.amendments_of(id);
        for (_, amendment) in visit::in_order(&amendments, &visit.amended) {
            let Amendment { value, by, at, reason, question, .. } = amendment.clone();
            add(&question, Step { value, by, at, reason: Some(reason) });
        }
        lives.retain(|life| life.steps.len() > 1);
        lives
    }

    /// Records of history about a visit, oldest first.
    pub fn history_of(self, visit: &VisitId) -> Vec<Past> {
        let name = RecordRef::new(Kind::Visit, visit.as_str()).to_string();
        let mut found = self.all();
        found.retain(|past| past.history.rec == name);
        found
    }

    /// Visits with conflicts nobody has looked at yet and that the person may settle; each with when it happened.
    pub fn open_conflicts(self) -> Vec<(VisitId, i64)> {
        let visits = self.catalog.visits();
        let of_visit = |past: Past| {
            let rec: RecordRef = past.history.rec.parse().ok().filter(|_| past.history.is_open())?;
            let id = VisitId::from(rec.id.as_str());
            let may = rec.kind == Kind::Visit && visits.get(&id).is_some_and(|visit| self.may_amend(visit));
            may.then_some((id, past.history.at))
        };
        self.all().into_iter().filter_map(of_visit).collect()
    }

    fn all(self) -> Vec<Past> {
        let all = self.work.all::<History>(&Kind::History).into_iter().map(|(id, history)| Past { id, history });
        super::table::ascending(all.collect(), |past: &Past| past.history.at)
    }

    /// Whether the person who is signed in may amend a visit that is over: the own, or that of somebody one leads.
    pub fn may_amend(self, visit: &Visit) -> bool {
        let Some(session) = self.account.session() else { return false };
        let author: Option<Person> = self.work.one(Kind::Person, visit.person.as_str());
        let by_auditor = author.is_some_and(|person| person.role == Role::Auditor);
        let leads = matches!(session.role, Role::Supervisor | Role::Manager | Role::Admin);
        !visit.is_open() && (session.person == visit.person || (leads && !by_auditor))
    }

    /// Amends an answer. `then` hears whether that is on the disk.
    pub fn amend(
        self,
        id: &VisitId,
        question: &QuestionKey,
        value: Value,
        reason: String,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) {
        let Some(draft) = self.amendment(id, question, value, reason) else { return };
        self.write(vec![draft], then);
    }

    fn amendment(self, id: &VisitId, question: &QuestionKey, value: Value, reason: String) -> Option<Draft> {
        let by = self.account.session()?.person;
        let visit = self.catalog.visits().get(id).cloned()?;
        let amendments = self.catalog.amendments_of(id);
        let mut of_question = visit::in_order(&amendments, &visit.amended);
        of_question.retain(|(_, amendment)| amendment.question == *question);
        let amends: Option<AmendmentId> = of_question.last().map(|(id, _)| id.clone());
        let (visit, question, at) = (id.clone(), question.clone(), clock::now_ms());
        let amendment = Amendment { visit, question, value, reason, by, amends, at };
        Some(create(Kind::Amendment, &clock::fresh_id(), &amendment))
    }

    /// Settles a conflict: keeps what is kept, or gives the other value again. `reason` goes with the amendment that does.
    /// `then` hears whether that is on the disk.
    pub fn settle(
        self,
        past: &Past,
        choice: Choice,
        reason: String,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) {
        let Some(session) = self.account.session() else { return };
        let Ok(rec) = past.history.rec.parse::<RecordRef>() else { return };
        let mut drafts = Vec::new();
        if choice == Choice::Lost {
            let lost = past.history.lost.value.clone();
            match past.history.question() {
                Some(question) => {
                    let question = question_key(question);
                    let Some(value) = serde_json::from_value(lost).ok() else { return };
                    drafts.extend(self.amendment(&VisitId::from(rec.id.as_str()), &question, value, reason));
                }
                None => {
                    let changed = Fields::from_iter([(past.history.field.clone(), lost)]);
                    drafts.push(patch(rec.kind, &rec.id, changed));
                }
            }
        }
        let settled = Settled { choice, by: session.person, at: clock::now_ms() };
        let settled = Fields::from_iter([("settled".to_owned(), serde_json::Value::Object(fields(&settled)))]);
        drafts.push(patch(Kind::History, &past.id, settled));
        self.write(drafts, then);
    }

    fn write(self, drafts: Vec<Draft>, then: impl FnOnce(Result<(), StoreError>) + 'static) {
        spawn_local(async move { then(self.work.write(drafts, vec![], true).await) });
    }

    /// The name of whoever gave a value; empty when not known.
    pub fn who(self, side: &Side) -> String {
        side.by.as_ref().map(|by| self.catalog.person_name(by)).unwrap_or_default()
    }
}

/// A question's key from its text.
fn question_key(text: &str) -> QuestionKey {
    QuestionKey::item(text)
}
