//! The pages and their paths. Both directions are here and nowhere else.

use crate::state::standings::Cut;
use aisle_domain::{ShopId, VisitId};

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// 今日.
    Today,
    /// 门店.
    Shops,
    /// One shop.
    Shop(ShopId),
    /// A visit's checklist.
    Visit(VisitId),
    /// A visit's summary and check-out.
    Summary(VisitId),
    /// 目标, of a part of the figures.
    Targets(Cut),
    /// 驾驶舱: what a territory's leader begins with; its path is the start for them.
    Cockpit,
    /// 巡店: the latest visits.
    Visits,
    /// 目标, for those who lead: plans and their splits.
    Plans,
    /// The split of a node, by its name.
    Split(String),
    /// Drafts of reps, under review.
    Reviews,
    /// 偏差预警.
    Deviations,
    /// 录入实际, in a shop if that is known.
    Actuals(Option<ShopId>),
    /// 目标草案.
    Drafts,
    /// 导入: files with targets, actuals, shops, products, people.
    Import,
    /// The sync centre.
    Sync,
    /// 更多: settings.
    More,
    /// What to do when storage cannot be read. Shown in place of every page then.
    Rescue,
    /// The unlock code. Shown over every page.
    Lock,
    /// No such page.
    Missing,
}

impl Page {
    /// Its path.
    pub fn path(&self) -> String {
        match self {
            Self::Today => "/".to_owned(),
            Self::Shops => "/shops".to_owned(),
            Self::Shop(id) => format!("/shops/{}", escape(id.as_str())),
            Self::Visit(id) => format!("/visits/{id}"),
            Self::Summary(id) => format!("/visits/{id}/summary"),
            Self::Targets(cut) => {
                let words = cut.words().into_iter().map(|word| format!("/{}", escape(&word)));
                format!("/targets{}", words.collect::<String>())
            }
            Self::Cockpit => "/cockpit".to_owned(),
            Self::Visits => "/visits".to_owned(),
            Self::Plans => "/plans".to_owned(),
            Self::Split(node) => format!("/plans/{}", escape(node)),
            Self::Reviews => "/reviews".to_owned(),
            Self::Deviations => "/deviations".to_owned(),
            Self::Actuals(None) => "/actuals".to_owned(),
            Self::Actuals(Some(id)) => format!("/actuals/{}", escape(id.as_str())),
            Self::Drafts => "/drafts".to_owned(),
            Self::Import => "/import".to_owned(),
            Self::Sync => "/sync".to_owned(),
            Self::More => "/more".to_owned(),
            Self::Rescue => "/rescue".to_owned(),
            Self::Lock => "/lock".to_owned(),
            Self::Missing => "/missing".to_owned(),
        }
    }

    /// The page at a path.
    pub fn parse(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::Today,
            ["shops"] => Self::Shops,
            ["shops", id] => Self::Shop(ShopId::from(unescape(id))),
            ["visits", id] => Self::Visit(VisitId::from(*id)),
            ["visits", id, "summary"] => Self::Summary(VisitId::from(*id)),
            ["targets", words @ ..] => {
                let words: Vec<String> = words.iter().map(|word| unescape(word)).collect();
                Cut::parse(words.iter().map(String::as_str)).map_or(Self::Missing, Self::Targets)
            }
            ["cockpit"] => Self::Cockpit,
            ["visits"] => Self::Visits,
            ["plans"] => Self::Plans,
            ["plans", node] => Self::Split(unescape(node)),
            ["reviews"] => Self::Reviews,
            ["deviations"] => Self::Deviations,
            ["actuals"] => Self::Actuals(None),
            ["actuals", id] => Self::Actuals(Some(ShopId::from(unescape(id)))),
            ["drafts"] => Self::Drafts,
            ["import"] => Self::Import,
            ["sync"] => Self::Sync,
            ["more"] => Self::More,
            _ => Self::Missing,
        }
    }
}

/// Escapes what would end a path segment: codes of customers may hold anything.
pub(super) fn escape(id: &str) -> String {
    id.bytes().fold(String::with_capacity(id.len()), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

/// Reads what [`escape`] wrote.
pub(super) fn unescape(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = segment.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_at_its_own_path() {
        let pages = [
            Page::Today,
            Page::Shops,
            Page::Shop(ShopId::from("2190")),
            Page::Shop(ShopId::from("店 1/7%")),
            Page::Visit(VisitId::from("v")),
            Page::Summary(VisitId::from("v")),
            Page::Targets(Cut::default()),
            Page::Targets(Cut { category: Some("Rum / Ron".to_owned()), ..Cut::shop(ShopId::from("店 1/7%")) }),
            Page::Cockpit,
            Page::Visits,
            Page::Plans,
            Page::Split("sales 2026-12 territory=东/区".to_owned()),
            Page::Reviews,
            Page::Deviations,
            Page::Actuals(None),
            Page::Actuals(Some(ShopId::from("店 1/7%"))),
            Page::Drafts,
            Page::Import,
            Page::Sync,
            Page::More,
        ];
        for page in pages {
            assert_eq!(Page::parse(&page.path()), page, "{}", page.path());
        }
        for path in ["/nowhere", "/targets/nothing", "/targets/person=x"] {
            assert_eq!(Page::parse(path), Page::Missing, "{path}");
        }
    }
}
