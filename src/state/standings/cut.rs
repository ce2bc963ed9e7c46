//! What is looked at: a part of the shops and products, over a period, in one metric. Pure; no records here.

use aisle_domain::calendar::{Period, PeriodKind};
use aisle_domain::org::{Channel, Shop};
use aisle_domain::{MetricId, ShopId};

/// A part of what a person sees: everything, or one channel, shop, category, or several of these at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// Only shops of this channel.
    pub channel: Option<Channel>,
    /// Only this shop.
    pub shop: Option<ShopId>,
    /// Only products of this category.
    pub category: Option<String>,
}

impl Cut {
    /// One shop, whole.
    pub fn shop(shop: ShopId) -> Self {
        Self { shop: Some(shop), ..Self::default() }
    }

    /// As words of a path, each `name=value`.
    pub fn words(&self) -> Vec<String> {
        let channel = self.channel.as_ref().map(|channel| format!("channel={}", channel.0));
        let shop = self.shop.as_ref().map(|shop| format!("shop={shop}"));
        let category = self.category.as_ref().map(|category| format!("category={category}"));
        channel.into_iter().chain(shop).chain(category).collect()
    }

    /// Reads what [`Cut::words`] wrote; words it does not know are `None`.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut cut = Self::default();
        for word in words {
            let (name, value) = word.split_once('=').filter(|(_, value)| !value.is_empty())?;
            match name {
                "channel" => cut.channel = Some(Channel(value.to_owned())),
                "shop" => cut.shop = Some(ShopId::from(value)),
                "category" => cut.category = Some(value.to_owned()),
                _ => return None,
            }
        }
        Some(cut)
    }

    /// Whether the shop's facts are part of it.
    pub fn includes(&self, id: &ShopId, shop: &Shop) -> bool {
        self.shop.as_ref().is_none_or(|only| only == id)
            && self.channel.as_ref().is_none_or(|only| *only == shop.channel)
    }

    /// The part of it below one key; time narrows the period instead and leaves the cut as it is.
    #[must_use]
    pub fn narrowed(&self, key: &Key) -> Self {
        let mut cut = self.clone();
        match key {
            Key::Shop(shop) => cut.shop = Some(shop.clone()),
            Key::Channel(channel) => cut.channel = Some(channel.clone()),
            Key::Category(category) => cut.category = Some(category.clone()),
            Key::Time(_) => {}
        }
        cut
    }

    /// What it can be broken down by, over a period of this kind.
    pub fn dimensions(&self, kind: PeriodKind) -> Vec<Dimension> {
        let open = |dimension: &Dimension| match dimension {
            Dimension::Shop => self.shop.is_none(),
            Dimension::Channel => self.shop.is_none() && self.channel.is_none(),
            Dimension::Category => self.category.is_none(),
            Dimension::Time => kind != PeriodKind::Day,
        };
        Dimension::ALL.into_iter().filter(open).collect()
    }
}

/// What a figure is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Shops.
    Shop,
    /// Categories of products.
    Category,
    /// Channels.
    Channel,
    /// Months of a year or quarter, days of a month or week.
    Time,
}

impl Dimension {
    /// In the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Shop, Self::Category, Self::Channel, Self::Time];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Category => "category",
            Self::Channel => "channel",
            Self::Time => "time",
        }
    }

    /// Reads [`Dimension::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == word)
    }
}

/// One child of a figure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A shop.
    Shop(ShopId),
    /// A channel.
    Channel(Channel),
    /// A category.
    Category(String),
    /// A shorter period.
    Time(Period),
}

/// A cut over a period in one metric: all that a figure is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// When.
    pub period: Period,
    /// What is counted.
    pub metric: MetricId,
    /// Of which part.
    pub cut: Cut,
}

impl View {
    /// The part of it below one key.
    #[must_use]
    pub fn narrowed(&self, key: &Key) -> Self {
        let period = if let Key::Time(period) = key { *period } else { self.period };
        Self { period, metric: self.metric.clone(), cut: self.cut.narrowed(key) }
    }
}

/// The kind of period that tiles one of this kind; days are tiled by nothing.
pub fn tiles_of(kind: PeriodKind) -> Option<PeriodKind> {
    match kind {
        PeriodKind::Year | PeriodKind::Quarter => Some(PeriodKind::Month),
        PeriodKind::Month | PeriodKind::Week => Some(PeriodKind::Day),
        PeriodKind::Day => None,
    }
}

/// The period of another kind to go to from one: around the data-through day while that lies in it, else its beginning.
pub fn switched(from: Period, kind: PeriodKind, through: chrono::NaiveDate) -> Period {
    kind.holding(if from.contains(through) { through } else { from.first() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(words: &[&str]) -> Option<Cut> {
        Cut::parse(words.iter().copied())
    }

    #[test]
    fn cuts_read_as_they_are_written() {
        for words in [&[][..], &["shop=2190"], &["channel=ka", "category=Rum / Ron=1"], &["shop=a", "category=茶饮"]]
        {
            assert_eq!(
                cut(words).map(|cut| cut.words()).as_deref(),
                Some(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()[..])
            );
        }
        for words in [&["shop="][..], &["person=x"], &["shop"]] {
            assert_eq!(cut(words), None, "{words:?}");
        }
    }

    #[test]
    fn a_figure_is_broken_down_by_what_it_is_not_yet() {
        use Dimension::{Category, Channel, Shop, Time};
        let cases = [
            (&[][..], PeriodKind::Month, &[Shop, Category, Channel, Time][..]),
            (&["channel=ka"], PeriodKind::Year, &[Shop, Category, Time]),
            (&["shop=1"], PeriodKind::Week, &[Category, Time]), // a shop has one channel
            (&["shop=1", "category=Rum"], PeriodKind::Month, &[Time]),
            (&["shop=1", "category=Rum"], PeriodKind::Day, &[]), // nothing is left but the records themselves
        ];
        for (words, kind, expect) in cases {
            assert_eq!(cut(words).map(|cut| cut.dimensions(kind)).as_deref(), Some(expect), "{words:?} {kind:?}");
        }
    }

    #[test]
    fn switching_the_kind_stays_near_today() {
        let period = |text: &str| Period::parse(text).expect("a period");
        let through = "2026-11-22".parse().expect("a date");
        let cases = [
            ("2026", PeriodKind::Month, "2026-11"),
            ("2026-11", PeriodKind::Week, "2026-W47"),
            ("2026-11-22", PeriodKind::Quarter, "2026-Q4"),
            ("2026-02", PeriodKind::Week, "2026-W05"), // a month that is over: its first day's week
            ("2027", PeriodKind::Day, "2027-01-01"),
        ];
        for (from, kind, expect) in cases {
            assert_eq!(switched(period(from), kind, through), period(expect), "{from} by {kind:?}");
        }
    }
}
