//! A deviation and its next action in words, in both languages.
//!
//! The sentences are here, so that the same rule says the same thing on every screen and in every export; numbers, money
//! and names are formatted by the caller, who knows the locale.

use super::{ActionKind, Deviation, NextAction};
use crate::checklist::Text;
use crate::ids::{PersonId, ShopId};
use crate::money::Amount;

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

/// Formats what a sentence holds.
pub trait Say {
    /// An amount of the deviation's metric, such as `¥18,240` or `240 cases`.
    fn amount(&self, amount: Amount, lang: Lang) -> String;
    /// A share in basis points, such as `70 %`.
    fn share(&self, share_bp: u32, lang: Lang) -> String;
    /// A gap in percentage points with its sign, without the unit, such as `−5.1`.
    fn points(&self, points: f64, lang: Lang) -> String;
    /// A whole number.
    fn count(&self, count: u64, lang: Lang) -> String;
    /// A shop's name.
    fn shop(&self, shop: &ShopId, lang: Lang) -> String;
    /// A person's name.
    fn person(&self, person: &PersonId, lang: Lang) -> String;
}

/// What is behind, and what to do next: the headline, the reason and the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// “¥18,240 behind (−5.1 pt)”.
    pub headline: Text,
    /// “four shops on today's route hold 70 % of it”.
    pub reason: Text,
    /// “Visit Hengtai and 3 more first today”.
    pub action: Text,
}

/// Says a deviation and its next action in both languages (UX.md §5: short, verb first, no blame).
pub fn explain<T>(deviation: &Deviation<T>, action: &NextAction, say: &dyn Say) -> Explained {
    let both = |of: &dyn Fn(Lang) -> String| Text { zh: of(Lang::Zh), en: of(Lang::En) };
    Explained {
        headline: both(&|lang| headline(deviation, say, lang)),
        reason: both(&|lang| reason(action, say, lang)),
        action: both(&|lang| to_do(action, say, lang)),
    }
}

fn headline<T>(deviation: &Deviation<T>, say: &dyn Say, lang: Lang) -> String {
    let (amount, points) = (say.amount(deviation.shortfall, lang), say.points(deviation.gap_pp, lang));
    match (lang, deviation.provisional) {
        (Lang::Zh, false) => format!("少 {amount}（{points} 点）"),
        (Lang::Zh, true) => format!("少 {amount}（{points} 点，还有手机没同步）"),
        (Lang::En, false) => format!("{amount} behind ({points} pt)"),
        (Lang::En, true) => format!("{amount} behind ({points} pt, some phones have not synced)"),
    }
}

fn reason(action: &NextAction, say: &dyn Say, lang: Lang) -> String {
    let (zh, one, share) = (lang == Lang::Zh, action.shops.len() == 1, say.share(action.share_bp, lang));
    let shops = say.count(action.shops.len() as u64, lang);
    let held = |zh_where: &str, en_where: &str| {
        if zh {
            format!("{zh_where} {shops} 家店占其中 {share}")
        } else {
            let (noun, verb) = if one { ("shop", "holds") } else { ("shops", "hold") };
            format!("{shops} {noun} {en_where} {verb} {share} of it")
        }
    };
    match action.kind {
        ActionKind::Resplit if zh => "下级合计和目标不等".to_owned(),
        ActionKind::Resplit => "The parts do not sum to the target".to_owned(),
        ActionKind::Refill => held("缺货的", "with items out of stock"),
        ActionKind::VisitToday => held("今天路线上的", "on today’s route"),
        ActionKind::PlanVisits => held("这段时间没去过的", "not visited in this period"),
        ActionKind::Coach => {
            let visits = action.visits.unwrap_or_default();
            let (visited, planned) = (say.count(visits.visited.into(), lang), say.count(visits.planned.into(), lang));
            if zh {
                format!("计划 {planned} 家，去了 {visited} 家")
            } else {
                format!("Visited {visited} of {planned} planned shops")
            }
        }
        ActionKind::LookInto if action.shops.is_empty() && zh => "没有门店落后".to_owned(),
        ActionKind::LookInto if action.shops.is_empty() => "No single shop is behind".to_owned(),
        ActionKind::LookInto => held("差得最多的", "furthest behind"),
    }
}

fn to_do(action: &NextAction, say: &dyn Say, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let shops = named(action, say, lang);
    let person = action.person.as_ref().map(|person| say.person(person, lang)).unwrap_or_default();
    let (beside, with) = (apart(&shops), apart(&person));
    match action.kind {
        ActionKind::VisitToday if zh => format!("今天先去{beside}").trim_end().to_owned(),
        ActionKind::VisitToday => format!("Visit {shops} first today"),
        ActionKind::PlanVisits if zh => format!("把{beside}排进路线"),
        ActionKind::PlanVisits => format!("Put {shops} on the route"),
        ActionKind::Refill => {
            let products = say.count(action.products.into(), lang);
            let item = if action.products == 1 { "item" } else { "items" };
            if zh {
                format!("给{beside}补货，缺 {products} 个品项")
            } else {
                format!("Refill {products} {item} at {shops}")
            }
        }
        ActionKind::Coach if zh => format!("和{with}协访：{shops}"),
        ActionKind::Coach => format!("Joint visit with {person}: {shops}"),
        ActionKind::Resplit if zh => "重新拆分".to_owned(),
        ActionKind::Resplit => "Split again".to_owned(),
        ActionKind::LookInto if action.shops.is_empty() && zh => "看品类和时间".to_owned(),
        ActionKind::LookInto if action.shops.is_empty() => "Look at categories and days".to_owned(),
        ActionKind::LookInto if zh => format!("看{beside}").trim_end().to_owned(),
        ActionKind::LookInto => format!("Look at {shops}"),
    }
}

/// The first shop by name, the others by number.
fn named(action: &NextAction, say: &dyn Say, lang: Lang) -> String {
    let Some(first) = action.shops.first() else {
        return if lang == Lang::Zh { "门店".to_owned() } else { "the shops".to_owned() };
    };
    let (first, others) = (say.shop(first, lang), action.shops.len() - 1);
    let count = say.count(others as u64, lang);
    match (lang, others) {
        (_, 0) => first,
        (Lang::Zh, _) => {
            let all = say.count(action.shops.len() as u64, lang);
            format!("{}等 {all} 家", apart(&first).trim_start())
        }
        (Lang::En, _) => format!("{first} and {count} more"),
    }
}

/// A name as it stands in a Chinese sentence: Latin letters and digits are set apart from Chinese ones by a space.
fn apart(name: &str) -> String {
    let space = |letter: Option<char>| if letter.is_some_and(|c| c.is_ascii_alphanumeric()) { " " } else { "" };
    format!("{}{name}{}", space(name.chars().next()), space(name.chars().next_back()))
}
