//! Packed facts as they lie in storage, each opened when its shop and year are first asked for and kept open until other
//! bytes come in its place.
//!
//! A phone holds the facts of some hundred shops and a tablet those of ten thousand, over years; a figure needs those of a
//! month and of the year before. Not here: what is summed.

use super::table::Table;
use aisle_domain::ShopId;
use aisle_domain::facts::Segment;
use aisle_domain::org::segment_id;
use std::cell::OnceCell;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;

/// One shop's one year.
#[derive(Debug)]
struct Packed {
    bytes: Arc<[u8]>,
    /// A segment that cannot be read counts nothing; it stays in storage and comes again with the feed.
    open: OnceCell<Option<Segment>>,
}

/// Facts of every shop and year on this device.
#[derive(Debug, Default)]
pub struct Segments(Table<String, Rc<Packed>>);

impl Segments {
    /// Of what storage holds, in the order of the ids. What `before` has opened stays open where the bytes are the same ones.
    pub fn over<'a>(packed: impl Iterator<Item = (&'a String, &'a Arc<[u8]>)>, before: Option<&Self>) -> Self {
        let row = |(id, bytes): (&String, &Arc<[u8]>)| {
            let known = before.and_then(|before| before.0.get(id)).filter(|known| Arc::ptr_eq(&known.bytes, bytes));
            let fresh = || Rc::new(Packed { bytes: bytes.clone(), open: OnceCell::new() });
            (id.clone(), known.cloned().unwrap_or_else(fresh))
        };
        Self(Table::from_sorted(packed.map(row).collect()))
    }

    /// The segments of a shop and these years, opened.
    pub fn of(&self, shop: &ShopId, years: RangeInclusive<i32>) -> impl Iterator<Item = &Segment> {
        years.filter_map(move |year| {
            let packed = self.0.get(&segment_id(shop, year))?;
            packed.open.get_or_init(|| Segment::unpack(&packed.bytes).ok()).as_ref()
        })
    }

    /// How many have been opened.
    #[cfg(test)]
    pub fn opened(&self) -> usize {
        self.0.values().filter(|packed| packed.open.get().is_some()).count()
    }

    /// Those of these shops, packed as they come from the endpoint.
    #[cfg(test)]
    pub fn packed(rows: &[(ShopId, Vec<Segment>)]) -> Self {
        let packed = rows.iter().flat_map(|(shop, segments)| {
            segments.iter().map(move |segment| (segment_id(shop, segment.year()), Arc::from(segment.pack())))
        });
        let packed: std::collections::BTreeMap<String, Arc<[u8]>> = packed.collect();
        Self::over(packed.iter(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::facts::SegmentBuilder;
    use aisle_domain::money::Amount;
    use aisle_domain::org::sales;
    use chrono::NaiveDate;
    use std::collections::BTreeMap;

    fn packed(year: i32, amount: i64) -> Arc<[u8]> {
        let mut build = SegmentBuilder::new(year, vec![sales()]);
        assert!(build.add(NaiveDate::from_ymd_opt(year, 3, 1).expect("a day"), "tea", &[amount]));
        build.build().pack().into()
    }

    fn sum(segments: &Segments, shop: &str, years: RangeInclusive<i32>) -> i64 {
        let all = |segment: &Segment| segment.sum(&sales(), NaiveDate::MIN, NaiveDate::MAX);
        segments.of(&shop.into(), years).map(all).sum::<Amount>().0
    }

    /// 300 shops over four years: a figure of one year opens 300 segments, and one that changes is the only one opened again.
    #[test]
    fn only_what_is_asked_for_and_what_has_changed_is_opened() {
        let shop = |n: usize| format!("s{n:03}");
        let mut storage: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
        for n in 0..300 {
            for year in 2023..=2026 {
                storage.insert(segment_id(&shop(n).as_str().into(), year), packed(year, 1));
            }
        }
        let total = |segments: &Segments, years: RangeInclusive<i32>| -> i64 {
            (0..300).map(|n| sum(segments, &shop(n), years.clone())).sum()
        };
        let first = Segments::over(storage.iter(), None);
        assert_eq!((first.opened(), total(&first, 2026..=2026), first.opened()), (0, 300, 300));
        assert_eq!((total(&first, 2025..=2026), first.opened()), (600, 600), "the year before as well");
        storage.insert(segment_id(&"s007".into(), 2026), packed(2026, 5));
        storage.remove(&segment_id(&"s008".into(), 2026));
        let second = Segments::over(storage.iter(), Some(&first));
        assert_eq!(second.opened(), 598, "one went away, one is new");
        assert_eq!((total(&second, 2026..=2026), second.opened()), (303, 599));
        assert_eq!(first.opened(), 600, "what was read before stays as it was");
    }

    #[test]
    fn what_cannot_be_read_counts_nothing() {
        let storage: BTreeMap<String, Arc<[u8]>> =
            [("a:2026".to_owned(), Arc::from([9u8, 9])), ("b:2026".to_owned(), packed(2026, 3))].into();
        let segments = Segments::over(storage.iter(), None);
        assert_eq!((sum(&segments, "a", 2020..=2030), sum(&segments, "b", 2020..=2030)), (0, 3));
    }
}
