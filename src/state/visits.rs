//! Visits: checking in, answering, checking out. Every step is durable before it is called saved.

use super::table::ascending;
use super::work::{create, fields, patch};
use super::{Account, Catalog, Work, keeping};
use crate::platform::photo::{self, PhotoError};
use crate::platform::{clock, device, page};
use crate::storage::prefs::{self, Pref};
use aisle_domain::checklist::{Answers, Question, Score, Template, Value};
use aisle_domain::geo::Fix;
use aisle_domain::visit::{self, Answer, AwayReason, Photo, Presence, Visit, VisitResult};
use aisle_domain::{PersonId, PhotoId, ProductId, QuestionKey, ShopId, VisitId};
use aisle_protocol::record::{Fields, Kind};
use aisle_sync::replica::Upload;
use aisle_sync::{PhotoDraft, StoreError};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

/// Whether what was just given is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Nothing was given yet.
    Nothing,
    /// Not yet durable.
    UnderWay,
    /// Durable since this moment of the device's clock.
    Saved(i64),
    /// Not durable, and why. What was given is still on the screen.
    Failed(StoreError),
    /// The file is no picture.
    NoPicture(PhotoError),
}

/// A visit with everything its screens show. Equal when nothing shown differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The visit.
    pub visit: Visit,
    /// Its checklist.
    pub template: Template,
    /// Its questions.
    pub questions: Vec<Question>,
    /// The latest answers, as amended.
    pub answers: Answers,
    /// The score of them.
    pub score: Score,
    /// Answers of the visit before, with its time; empty when there was none.
    pub last: Option<(i64, Answers)>,
    /// Last answered question.
    pub latest: Option<QuestionKey>,
}

impl Walk {
    /// Questions that are asked now, in order.
    pub fn asked(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|q| self.template.is_asked(q, &self.answers))
    }

    /// The question to go on with: the first open one after the last answered, else the first open one.
    pub fn current(&self) -> Option<&Question> {
        let open = |q: &&Question| self.score.open.contains(&q.key);
        let after = self.latest.as_ref().and_then(|key| self.questions.iter().position(|q| q.key == *key));
        let after = after.map_or(0, |at| at + 1);
        let asked: Vec<&Question> = self.asked().collect();
        let later = |q: &&&Question| self.questions.iter().position(|other| other == **q).is_some_and(|at| at >= after);
        asked.iter().filter(|q| open(q)).find(later).or_else(|| asked.iter().find(|q| open(q))).copied()
    }
}

/// Visits. Context.
#[derive(Clone, Copy)]
pub struct Visits {
    work: Work,
    catalog: Catalog,
    account: Account,
    saving: RwSignal<Saving>,
    open: Memo<Option<(VisitId, ShopId)>>,
}

impl Visits {
    /// Needs the records, the catalogue and the account.
    pub fn provide() -> Self {
        let (work, catalog, account) = (Work::get(), Catalog::get(), Account::get());
        let this = Self {
            work,
            catalog,
            account,
            saving: RwSignal::new(Saving::Nothing),
            open: Memo::new(move |_| {
                let me = account.session()?.person;
                let visits = catalog.visits();
                let mine = visits.iter().filter(|(_, v)| v.person == me && v.is_open());
                let newest = mine.max_by_key(|(_, v)| v.check_in.at);
                newest.map(|(id, visit)| (id.clone(), visit.shop.clone()))
            }),
        };
        provide_context(this);
        this
    }

    /// Visits in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// Whether the last thing given is durable.
    pub fn saving(self) -> Saving {
        self.saving.get()
    }

    /// The person's own visit that goes on, if any.
    pub fn open(self) -> Option<(VisitId, ShopId)> {
        self.open.get()
    }

    /// Shops on the person's route of today, in the order of their day; for a leader, none.
    pub fn route(self) -> Vec<ShopId> {
        let Some(me) = self.me() else { return Vec::new() };
        let today = clock::today();
        let shops = self.catalog.shops();
        let due = shops.iter().filter(|(_, shop)| shop.is_assigned(&me, today) && shop.is_due(today));
        due.map(|(id, _)| id.clone()).collect()
    }

    /// The person's visits of today that are over, oldest first.
    pub fn done_today(self) -> Vec<(VisitId, Visit)> {
        let Some(me) = self.me() else { return Vec::new() };
        let today = clock::today();
        let visits = self.catalog.visits();
        let of_today = |v: &Visit| !v.is_open() && clock::local(v.check_in.at).date() == today;
        let done = visits.iter().filter(|(_, v)| v.person == me && of_today(v));
        let list: Vec<(VisitId, Visit)> = done.map(|(id, v)| (id.clone(), v.clone())).collect();
        ascending(list, |(_, v)| v.check_in.at)
    }

    fn me(self) -> Option<PersonId> {
        self.account.session().map(|session| session.person)
    }

    /// A visit with everything its screens show.
    pub fn walk(self, id: &VisitId) -> Option<Arc<Walk>> {
        let visit = self.catalog.visits().get(id).cloned()?;
        let template = self.catalog.templates().get(&visit.template).cloned()?;
        let questions = template.questions(&visit.must_sell);
        let all = self.catalog.answers();
        let given = all.get(id).map_or(&[][..], Vec::as_slice);
        let latest = given.iter().max_by_key(|(id, answer)| (answer.at, id)).map(|(_, answer)| answer.question.clone());
        let answers = visit::amended(visit::latest(given), &self.catalog.amendments_of(id), &visit.amended);
        let score = template.score(&questions, &answers, &self.catalog.prices());
        let last = self.last_answers(&visit);
        Some(Arc::new(Walk { visit, template, questions, answers, score, last, latest }))
    }

    /// The answers of the last finished visit to the same shop before this one.
    fn last_answers(self, visit: &Visit) -> Option<(i64, Answers)> {
        let before = self.catalog.visits_of(&visit.shop);
        let (id, last) = before.into_iter().find(|(_, v)| v.check_in.at < visit.check_in.at)?;
        let answers = visit::latest(self.catalog.answers().get(&id)?);
        let answers = visit::amended(answers, &self.catalog.amendments_of(&id), &last.amended);
        Some((last.check_in.at, answers))
    }

    /// The result of the last finished visit before this one.
    pub fn last_result(self, visit: &Visit) -> Option<(i64, VisitResult)> {
        let before = self.catalog.visits_of(&visit.shop);
        let (_, last) = before.into_iter().find(|(_, v)| v.check_in.at < visit.check_in.at)?;
        Some((last.check_in.at, last.result?))
    }

    fn presence(self, shop: &ShopId, fix: Option<Fix>, reason: Option<AwayReason>) -> Presence {
        let position = self.catalog.shop(shop).and_then(|shop| shop.position);
        let distance_m = fix.zip(position).map(|(fix, shop)| fix.position.distance_m(shop));
        Presence { at: clock::now_ms(), fix, distance_m, reason }
    }

    /// Checks in. `then` hears the new visit once it is durable.
    pub fn check_in(
        self,
        shop: ShopId,
        fix: Option<Fix>,
        reason: Option<AwayReason>,
        then: impl FnOnce(VisitId) + 'static,
    ) {
        let Some((person, template)) = self.me().zip(self.catalog.checklist()) else { return };
        let must_sell = self.catalog.shop(&shop).map(|s| self.catalog.must_sell_of(&s)).unwrap_or_default();
        let visit = Visit {
            planned: self.route().contains(&shop),
            check_in: self.presence(&shop, fix, reason),
            shop,
            person,
            template: template.0,
            must_sell,
            check_out: None,
            result: None,
            amended: Default::default(),
        };
        let id = VisitId::from(clock::fresh_id());
        self.saving.set(Saving::UnderWay);
        spawn_local(async move {
            let draft = create(Kind::Visit, id.as_str(), &visit);
            if self.finish(self.work.write(vec![draft], vec![], false).await) {
                device::vibrate(30);
                then(id);
            }
        });
    }

    /// Gives an answer.
    pub fn answer(self, visit: &VisitId, question: &QuestionKey, value: Value) {
        let answer = Answer { visit: visit.clone(), question: question.clone(), value, at: clock::now_ms() };
        self.saving.set(Saving::UnderWay);
        spawn_local(async move {
            let draft = create(Kind::Answer, &clock::fresh_id(), &answer);
            self.finish(self.work.write(vec![draft], vec![], false).await);
        });
    }

    /// Answers with the picture a person has just chosen or taken. Picture, its facts and the answer become durable
    /// together.
    pub fn answer_photo(self, visit: VisitId, question: QuestionKey, chosen: &leptos::ev::Event) {
        self.saving.set(Saving::UnderWay);
        let picture = photo::from_input(chosen);
        spawn_local(async move {
            let picture = match picture.await {
                Ok(picture) => picture,
                Err(error) => {
                    self.saving.set(Saving::NoPicture(error));
                    return;
                }
            };
            // Text goes on when there is no room for pictures.
            if !keeping::has_room_for(picture.bytes.len() as u64).await {
                self.saving.set(Saving::Failed(StoreError::Quota));
                return;
            }
            let id = clock::fresh_id();
            let at = clock::now_ms();
            let facts = Photo {
                visit: visit.clone(),
                question: question.clone(),
                sha256: picture.sha256.clone(),
                bytes: picture.bytes.len() as u64,
                mime: photo::MIME.to_owned(),
                width: picture.width,
                height: picture.height,
                at,
            };
            let answer = Answer { visit, question, value: Value::Photo(PhotoId::from(id.as_str())), at };
            let upload =
                Upload { sha256: picture.sha256, mime: photo::MIME.to_owned(), bytes: facts.bytes, sent: false };
            let drafts = vec![create(Kind::Photo, &id, &facts), create(Kind::Answer, &clock::fresh_id(), &answer)];
            let photos = vec![PhotoDraft { id, upload, bytes: picture.bytes }];
            self.finish(self.work.write(drafts, photos, false).await);
        });
    }

    /// Checks out with the result of the answers as they are. `then` is called once that is on the disk.
    pub fn check_out(self, id: VisitId, fix: Option<Fix>, then: impl FnOnce() + 'static) {
        let Some(walk) = self.walk(&id) else { return };
        let result = VisitResult::of_score(&walk.template, &walk.score);
        let presence = self.presence(&walk.visit.shop, fix, None);
        let mut changed = Fields::new();
        changed.insert("check_out".to_owned(), serde_json::Value::Object(fields(&presence)));
        changed.insert("result".to_owned(), serde_json::Value::Object(fields(&result)));
        self.saving.set(Saving::UnderWay);
        spawn_local(async move {
            let draft = patch(Kind::Visit, id.as_str(), changed);
            if self.finish(self.work.write(vec![draft], vec![], true).await) {
                prefs::clear(Pref::Resume);
                then();
            }
        });
    }

    fn finish(self, result: Result<(), StoreError>) -> bool {
        let saved = result.is_ok();
        self.saving.set(result.map_or_else(Saving::Failed, |()| Saving::Saved(clock::now_ms())));
        saved
    }

    /// Remembers the page to come back to after the browser was closed in the middle of a visit.
    pub fn resume_at(self, path: &str) {
        prefs::set(Pref::Resume, &path);
    }

    /// The page of a visit that was shown last, if the browser has kept it.
    pub fn take_resume(self) -> Option<String> {
        prefs::get(Pref::Resume)
    }

    /// Names of must-sell products.
    pub fn product_name(self, id: &ProductId) -> String {
        self.catalog.products().get(id).map_or_else(|| id.to_string(), |product| product.name.clone())
    }

    /// A picture kept on this device, as an address for an `<img>`; empty until it has been read. The address is given
    /// back when the view that asked goes away.
    pub fn picture(self, id: PhotoId) -> RwSignal<String> {
        let url = RwSignal::new(String::new());
        let kept = StoredValue::new_local(None::<photo::PictureUrl>);
        spawn_local(async move {
            let bytes = self.work.photo(id.as_str()).await;
            if let Some(made) = bytes.and_then(|bytes| photo::PictureUrl::new(&bytes, photo::MIME)) {
                url.try_set(made.as_str().to_owned());
                kept.try_set_value(Some(made));
            }
        });
        url
    }
}

/// Today, by the device's clock and time zone.
pub fn today() -> chrono::NaiveDate {
    clock::today()
}

/// Scrolls to an element after the view has been drawn; moves the focus there when asked.
pub fn show_soon(id: String, focus: bool) {
    spawn_local(async move {
        clock::sleep_ms(0).await;
        page::show_element(&id, focus);
    });
}

/// Scrolls to the top.
pub fn scroll_to_top() {
    page::scroll_to_top();
}

/// Whole minutes since a moment, growing while somebody looks.
pub fn minutes_since(at_ms: i64) -> RwSignal<i64> {
    let minutes = move || (clock::now_ms() - at_ms).max(0) / 60_000;
    let signal = RwSignal::new(minutes());
    leptos_use::use_interval_fn(move || signal.set(minutes()), 20_000);
    signal
}
