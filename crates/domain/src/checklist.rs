//! Checklists: templates, the questions they become in a given shop, and the score.
//!
//! A template is versioned and never edited in place; a visit names the version it began with. Not here: XLSForm.

use crate::ids::{PhotoId, ProductId, QuestionKey, TemplateId};
use crate::money::Amount;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A text in both languages of the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One version of a checklist template. Record id `id/version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Which checklist.
    pub id: TemplateId,
    /// Which version of it.
    pub version: u32,
    /// Its name.
    pub name: Text,
    /// Score from which a visit passes, percent.
    pub pass_mark: u32,
    /// Planned minutes in the shop.
    pub minutes: u32,
    /// Sections in the order they are walked.
    pub sections: Vec<Section>,
}

/// A section of a checklist, such as 铺货 or 陈列.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Short code, unique in the template.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// What is asked.
    pub items: Vec<Item>,
}

/// One item: asked once, or once for every must-sell product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Short code, unique in the template.
    pub id: String,
    /// The question. `{product}` stands for the product's name where the item repeats.
    pub text: Text,
    /// What passes, in words.
    #[serde(default)]
    pub hint: Option<Text>,
    /// What kind of answer it takes.
    pub kind: ItemKind,
    /// Weight in the score; 0 is asked but not scored.
    #[serde(default)]
    pub weight: u32,
    /// A fail fails the whole visit (一票否决).
    #[serde(default)]
    pub critical: bool,
    /// May be answered "not applicable", which leaves the denominator.
    #[serde(default)]
    pub na: bool,
    /// May stay unanswered at check-out.
    #[serde(default)]
    pub optional: bool,
    /// Asked for every product of the shop's must-sell list.
    #[serde(default)]
    pub each_must_sell: bool,
    /// Condition that earns the weight.
    #[serde(default)]
    pub pass: Pass,
    /// Asked only when this other item (of the same product, where it repeats) was answered yes.
    #[serde(default)]
    pub only_if_yes: Option<String>,
}

/// What kind of answer an item takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Yes or no.
    YesNo,
    /// A whole number, not negative.
    Number,
    /// A price in the organisation's currency.
    Price,
    /// Free text.
    Note,
    /// One photo.
    Photo,
}

/// Condition that earns an item's weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// Any answer does.
    #[default]
    Answered,
    /// Yes.
    Yes,
    /// No: 是 can be the bad answer.
    No,
    /// A number from this one up.
    AtLeast(i64),
    /// A number up to this one.
    AtMost(i64),
    /// A price no further from the product's planned price than this many basis points of it; passes where no price
    /// is planned.
    PlannedPrice(u32),
}

/// A given answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum Value {
    /// Yes.
    Yes,
    /// No.
    No,
    /// A whole number.
    Number(i64),
    /// A price, minor units.
    Price(Amount),
    /// Free text. Empty text takes an answer back.
    Note(String),
    /// A photo kept on the device and sent apart.
    Photo(PhotoId),
    /// Not applicable (不适用): leaves the denominator.
    NotApplicable,
    /// Cannot be executed (不能执行), with the reason; leaves the denominator and is counted apart.
    Cannot(String),
}

impl Value {
    /// Whether this takes an earlier answer back.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Note(text) if text.trim().is_empty())
    }
}

/// A question put in one shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its key, under which answers are kept.
    pub key: QuestionKey,
    /// Index of the section.
    pub section: usize,
    /// Index of the item in the section.
    pub item: usize,
    /// Running number in the section, from 1.
    pub number: usize,
    /// The product asked about.
    pub product: Option<ProductId>,
}

/// What the score needs to know of a product.
pub type PlannedPrices = BTreeMap<ProductId, Amount>;

/// Latest answer of every question.
pub type Answers = BTreeMap<QuestionKey, Value>;

impl Template {
    /// The id of the record that holds this version.
    pub fn record_id(&self) -> String {
        format!("{}/{}", self.id, self.version)
    }

    /// The item behind a question.
    pub fn item(&self, question: &Question) -> &Item {
        &self.sections[question.section].items[question.item]
    }

    /// The questions of this template in a shop with this must-sell list, in the order they are walked: items that
    /// repeat are asked product by product.
    pub fn questions(&self, must_sell: &[ProductId]) -> Vec<Question> {
        let mut all = Vec::new();
        for (section, body) in self.sections.iter().enumerate() {
            let mut number = 0;
            let mut push = |item: usize, key: QuestionKey, product: Option<ProductId>| {
                number += 1;
                all.push(Question { key, section, item, number, product });
            };
            let mut i = 0;
            while i < body.items.len() {
                let repeating = body.items[i..].iter().take_while(|item| item.each_must_sell).count();
                if repeating == 0 {
                    push(i, QuestionKey::item(&body.items[i].id), None);
                    i += 1;
                    continue;
                }
                for product in must_sell {
                    for (at, item) in body.items.iter().enumerate().skip(i).take(repeating) {
                        push(at, QuestionKey::of_product(&item.id, product), Some(product.clone()));
                    }
                }
                i += repeating;
            }
        }
        all
    }

    /// Whether the question is asked, given the answers so far.
    pub fn is_asked(&self, question: &Question, answers: &Answers) -> bool {
        let Some(other) = &self.item(question).only_if_yes else { return true };
        let key = match &question.product {
            Some(product) => QuestionKey::of_product(other, product),
            None => QuestionKey::item(other),
        };
        answers.get(&key) == Some(&Value::Yes)
    }

    /// Whether the value is one that the item takes.
    pub fn accepts(&self, question: &Question, value: &Value) -> bool {
        let item = self.item(question);
        match value {
            Value::Yes | Value::No => item.kind == ItemKind::YesNo,
            Value::Number(n) => item.kind == ItemKind::Number && *n >= 0,
            Value::Price(price) => item.kind == ItemKind::Price && price.0 >= 0,
            Value::Note(_) => item.kind == ItemKind::Note,
            Value::Photo(_) => item.kind == ItemKind::Photo,
            Value::NotApplicable => item.na,
            Value::Cannot(reason) => !reason.trim().is_empty(),
        }
    }

    /// Scores the answers given so far.
    pub fn score(&self, questions: &[Question], answers: &Answers, prices: &PlannedPrices) -> Score {
        let mut score = Score { sections: vec![SectionScore::default(); self.sections.len()], ..Score::default() };
        for question in questions {
            if !self.is_asked(question, answers) {
                continue;
            }
            let item = self.item(question);
            let section = &mut score.sections[question.section];
            section.asked += 1;
            let Some(value) = answers.get(&question.key).filter(|v| !v.is_blank()) else {
                if !item.optional {
                    score.open.push(question.key.clone());
                }
                continue;
            };
            section.answered += 1;
            match value {
                Value::NotApplicable => score.not_applicable += 1,
                Value::Cannot(_) => score.cannot += 1,
                _ => {
                    section.applicable += item.weight;
                    let planned = question.product.as_ref().and_then(|p| prices.get(p)).copied();
                    if item.pass.holds(value, planned) {
                        section.earned += item.weight;
                        score.passed += u32::from(item.weight > 0);
                    } else {
                        score.failed.push(question.key.clone());
                        if item.critical {
                            score.critical.push(question.key.clone());
                        }
                    }
                }
            }
        }
        score
    }

    /// The verdict over a score.
    pub fn verdict(&self, score: &Score) -> Verdict {
        if !score.critical.is_empty() {
            return Verdict::CriticalFail;
        }
        match score.basis_points() {
            None => Verdict::NotScored,
            Some(bp) if bp >= self.pass_mark * 100 => Verdict::Passed,
            Some(_) => Verdict::BelowMark,
        }
    }
}

impl Pass {
    fn holds(self, value: &Value, planned: Option<Amount>) -> bool {
        match (self, value) {
            (Self::Answered, _) | (Self::Yes, Value::Yes) | (Self::No, Value::No) => true,
            (Self::AtLeast(bound), Value::Number(n)) => *n >= bound,
            (Self::AtMost(bound), Value::Number(n)) => *n <= bound,
            (Self::PlannedPrice(tolerance_bp), Value::Price(price)) => planned.is_none_or(|planned| {
                let off = i128::from((price.0 - planned.0).abs());
                off * 10_000 <= i128::from(planned.0) * i128::from(tolerance_bp)
            }),
            _ => false,
        }
    }
}

/// Σ earned weight ÷ Σ applicable weight × 100; N/A leaves both sums, and so does what cannot be executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// By section, in the template's order.
    pub sections: Vec<SectionScore>,
    /// Required questions without an answer.
    pub open: Vec<QuestionKey>,
    /// Scored items that passed.
    pub passed: u32,
    /// Items that failed.
    pub failed: Vec<QuestionKey>,
    /// Critical items that failed.
    pub critical: Vec<QuestionKey>,
    /// Answered "not applicable".
    pub not_applicable: u32,
    /// Answered "cannot be executed".
    pub cannot: u32,
}

/// Score of one section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionScore {
    /// Weight earned.
    pub earned: u32,
    /// Weight that could have been earned.
    pub applicable: u32,
    /// Questions asked.
    pub asked: u32,
    /// Questions answered.
    pub answered: u32,
}

impl Score {
    /// Weight earned in all sections.
    pub fn earned(&self) -> u32 {
        self.sections.iter().map(|s| s.earned).sum()
    }

    /// Weight that could have been earned in all sections.
    pub fn applicable(&self) -> u32 {
        self.sections.iter().map(|s| s.applicable).sum()
    }

    /// Questions answered in all sections.
    pub fn answered(&self) -> u32 {
        self.sections.iter().map(|s| s.answered).sum()
    }

    /// Questions asked in all sections.
    pub fn asked(&self) -> u32 {
        self.sections.iter().map(|s| s.asked).sum()
    }

    /// The score in basis points, rounded half up; `None` while nothing scored has been answered.
    pub fn basis_points(&self) -> Option<u32> {
        let applicable = self.applicable();
        (applicable > 0).then(|| (self.earned() * 20_000 + applicable) / (applicable * 2))
    }

    /// The score as people read it, rounded half up to a whole number.
    pub fn points(&self) -> Option<u32> {
        let applicable = self.applicable();
        (applicable > 0).then(|| (self.earned() * 200 + applicable) / (applicable * 2))
    }
}

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At or above the pass mark.
    Passed,
    /// Below the pass mark.
    BelowMark,
    /// A critical item failed.
    CriticalFail,
    /// Nothing that scores was answered.
    NotScored,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(en: &str) -> Text {
        Text { zh: en.to_owned(), en: en.to_owned() }
    }

    fn item(id: &str, kind: ItemKind, weight: u32, pass: Pass) -> Item {
        Item {
            id: id.to_owned(),
            text: text(id),
            hint: None,
            kind,
            weight,
            critical: false,
            na: true,
            optional: false,
            each_must_sell: false,
            pass,
            only_if_yes: None,
        }
    }

    fn template() -> Template {
        let on_shelf = Item { each_must_sell: true, ..item("on_shelf", ItemKind::YesNo, 2, Pass::Yes) };
        let price = Item {
            each_must_sell: true,
            only_if_yes: Some("on_shelf".to_owned()),
            ..item("price", ItemKind::Price, 1, Pass::PlannedPrice(100))
        };
        let clean = Item { critical: true, ..item("clean", ItemKind::YesNo, 3, Pass::Yes) };
        let expired = item("expired", ItemKind::Number, 2, Pass::AtMost(0));
        let note = Item { optional: true, ..item("note", ItemKind::Note, 0, Pass::Answered) };
        Template {
            id: TemplateId::from("t"),
            version: 1,
            name: text("t"),
            pass_mark: 80,
            minutes: 25,
            sections: vec![
                Section { id: "a".into(), title: text("a"), items: vec![on_shelf, price] },
                Section { id: "b".into(), title: text("b"), items: vec![clean, expired, note] },
            ],
        }
    }

    fn score_of(given: &[(&str, Value)]) -> (Score, Verdict) {
        let template = template();
        let questions = template.questions(&["p1".into(), "p2".into()]);
        let answers: Answers = given.iter().map(|(key, value)| (QuestionKey::item(key), value.clone())).collect();
        let prices = PlannedPrices::from([("p1".into(), Amount(1000))]);
        let score = template.score(&questions, &answers, &prices);
        let verdict = template.verdict(&score);
        (score, verdict)
    }

    #[test]
    fn repeats_product_by_product() {
        let keys: Vec<String> =
            template().questions(&["p1".into(), "p2".into()]).iter().map(|q| q.key.to_string()).collect();
        assert_eq!(keys, ["on_shelf:p1", "price:p1", "on_shelf:p2", "price:p2", "clean", "expired", "note"]);
    }

    #[test]
    fn an_item_is_asked_only_when_the_other_was_answered_yes() {
        let (score, _) = score_of(&[("on_shelf:p1", Value::Yes), ("on_shelf:p2", Value::No)]);
        assert_eq!(score.asked(), 6, "the price of the missing product is not asked");
        assert_eq!(score.open.iter().map(QuestionKey::as_str).collect::<Vec<_>>(), ["price:p1", "clean", "expired"]);
    }

    #[test]
    fn scores_worked_by_hand() {
        use Value::{Cannot, No, NotApplicable, Number, Price, Yes};
        let full = |p1: Value, price: i64, clean: Value, expired: Value| {
            vec![
                ("on_shelf:p1", p1),
                ("price:p1", Price(Amount(price))),
                ("on_shelf:p2", No),
                ("clean", clean),
                ("expired", expired),
            ]
        };
        let cases = [
            // 2 + 1 + 0/2 + 3 + 2 of 10
            (full(Yes, 1000, Yes, Number(0)), 8, 10, Verdict::Passed),
            // 1 % off still passes, more does not
            (full(Yes, 1010, Yes, Number(0)), 8, 10, Verdict::Passed),
            (full(Yes, 1011, Yes, Number(0)), 7, 10, Verdict::BelowMark),
            // critical fail
            (full(Yes, 1000, No, Number(0)), 5, 10, Verdict::CriticalFail),
            // N/A and cannot leave both sums
            (full(Yes, 1000, NotApplicable, Number(0)), 5, 7, Verdict::BelowMark),
            (full(Yes, 1000, Cannot("locked".into()), Number(0)), 5, 7, Verdict::BelowMark),
            // a price that is no longer asked does not count
            (full(No, 1000, Yes, Number(0)), 5, 9, Verdict::BelowMark),
            // nothing answered
            (vec![], 0, 0, Verdict::NotScored),
        ];
        for (given, earned, applicable, verdict) in cases {
            let (score, got) = score_of(&given);
            assert_eq!((score.earned(), score.applicable(), got), (earned, applicable, verdict), "{given:?}");
        }
    }

    #[test]
    fn rounds_half_up() {
        let section = |earned, applicable| Score {
            sections: vec![SectionScore { earned, applicable, ..Default::default() }],
            ..Default::default()
        };
        assert_eq!(section(37, 47).points(), Some(79)); // 78.7
        assert_eq!(section(1, 8).points(), Some(13)); // 12.5
        assert_eq!(section(2, 3).basis_points(), Some(6667));
    }

    #[test]
    fn takes_only_fitting_answers() {
        let template = template();
        let questions = template.questions(&["p1".into()]);
        let cases = [
            (0, Value::Yes, true),
            (0, Value::Number(1), false),
            (1, Value::Price(Amount(-1)), false),
            (3, Value::Number(-1), false),
            (3, Value::Cannot(" ".into()), false),
            (2, Value::NotApplicable, true),
        ];
        for (at, value, expect) in cases {
            assert_eq!(template.accepts(&questions[at], &value), expect, "{} {value:?}", questions[at].key);
        }
    }
}
