//! Facts in packed columns: one segment holds one shop's one year at category × day.
//!
//! A segment is one value in the device's database and one record on the wire. Packed, it is: a version byte, the
//! year, the names of categories and metrics, then the columns one after the other as variable-length integers, rows
//! sorted by day and category. Not here: where segments are kept.

use crate::ids::MetricId;
use crate::money::Amount;
use chrono::{Datelike, NaiveDate};

const VERSION: u64 = 1;
/// More than any real segment holds (366 days × 500 categories); guards against garbage.
const ROWS_MAX: u64 = 200_000;

/// One shop's one year, in columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    year: i32,
    categories: Vec<String>,
    metrics: Vec<MetricId>,
    /// Ordinal day of the year, 1 to 366, ascending.
    day: Vec<u16>,
    /// Index into `categories`.
    category: Vec<u16>,
    /// One column for each metric.
    values: Vec<Vec<i64>>,
}

/// Why bytes are no segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("facts segment: {0}")]
pub struct SegmentError(&'static str);

/// Collects facts in any order and adds up what falls on the same day and category.
#[derive(Clone, Debug, Default)]
pub struct SegmentBuilder {
    year: i32,
    metrics: Vec<MetricId>,
    rows: std::collections::BTreeMap<(u16, String), Vec<i64>>,
}

impl SegmentBuilder {
    /// A segment for one year and these metrics.
    pub fn new(year: i32, metrics: Vec<MetricId>) -> Self {
        Self { year, metrics, rows: std::collections::BTreeMap::new() }
    }

    /// Adds one fact; `values` in the order of the metrics. A day of another year is ignored and reported as `false`.
    pub fn add(&mut self, day: NaiveDate, category: &str, values: &[i64]) -> bool {
        let Ok(ordinal) = u16::try_from(day.ordinal()) else { return false };
        if day.year() != self.year || values.len() != self.metrics.len() {
            return false;
        }
        let row = self.rows.entry((ordinal, category.to_owned())).or_insert_with(|| vec![0; values.len()]);
        for (sum, value) in row.iter_mut().zip(values) {
            *sum += value;
        }
        true
    }

    /// The finished segment.
    pub fn build(self) -> Segment {
        let mut categories: Vec<String> = self.rows.keys().map(|(_, c)| c.clone()).collect();
        categories.sort();
        categories.dedup();
        let mut segment = Segment {
            year: self.year,
            values: vec![Vec::with_capacity(self.rows.len()); self.metrics.len()],
            metrics: self.metrics,
            ..Segment::default()
        };
        for ((day, name), values) in self.rows {
            let index = categories.binary_search(&name).unwrap_or_default();
            segment.day.push(day);
            segment.category.push(u16::try_from(index).unwrap_or(u16::MAX));
            for (column, value) in segment.values.iter_mut().zip(values) {
                column.push(value);
            }
        }
        segment.categories = categories;
        segment
    }
}

impl Segment {
    /// The year it covers.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// Number of day × category rows.
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
    }

    /// Sum of one metric over the days `first` to `last`, both included. Days outside the year count nothing.
    pub fn sum(&self, metric: &MetricId, first: NaiveDate, last: NaiveDate) -> Amount {
        let rows = self.rows_between(first, last);
        self.column(metric).map_or(Amount::ZERO, |column| Amount(column[rows].iter().sum()))
    }

    /// Sum of one metric for each category over the days `first` to `last`, both included, added to `sums`.
    pub fn add_by_category(
        &self,
        metric: &MetricId,
        first: NaiveDate,
        last: NaiveDate,
        sums: &mut std::collections::BTreeMap<String, Amount>,
    ) {
        let Some(column) = self.column(metric) else { return };
        let mut by_index = vec![0i64; self.categories.len()];
        for row in self.rows_between(first, last) {
            by_index[usize::from(self.category[row])] += column[row];
        }
        for (name, sum) in self.categories.iter().zip(by_index) {
            if sum != 0 {
                *sums.entry(name.clone()).or_default() += Amount(sum);
            }
        }
    }

    /// Day, category and value of each row of one metric over the days `first` to `last`, both included: what stands
    /// behind a sum.
    pub fn rows(
        &self,
        metric: &MetricId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> impl DoubleEndedIterator<Item = (NaiveDate, &str, Amount)> {
        let column = self.column(metric);
        self.rows_between(first, last).filter_map(move |row| {
            let day = NaiveDate::from_yo_opt(self.year, u32::from(self.day[row]))?;
            let category = self.categories.get(usize::from(self.category[row]))?;
            Some((day, category.as_str(), Amount(*column?.get(row)?)))
        })
    }

    /// Calls `add(ordinal day, value)` for each row of one metric.
    pub fn for_each_day(&self, metric: &MetricId, mut add: impl FnMut(u16, i64)) {
        if let Some(column) = self.column(metric) {
            for (day, value) in self.day.iter().zip(column) {
                add(*day, *value);
            }
        }
    }

    /// The last day on which anything is recorded.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.day.last().and_then(|day| NaiveDate::from_yo_opt(self.year, u32::from(*day)))
    }

    /// The categories it names, sorted; rows point into them.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// The metrics it holds.
    pub fn metrics(&self) -> &[MetricId] {
        &self.metrics
    }

    /// Ordinal day and category of each row, for roll-ups.
    pub(crate) fn keys(&self) -> (&[u16], &[u16]) {
        (&self.day, &self.category)
    }

    /// One metric's column, as long as the keys.
    pub(crate) fn column(&self, metric: &MetricId) -> Option<&[i64]> {
        let index = self.metrics.iter().position(|m| m == metric)?;
        Some(&self.values[index])
    }

    /// The rows of the days `first` to `last`, both included.
    pub(crate) fn rows_between(&self, first: NaiveDate, last: NaiveDate) -> std::ops::Range<usize> {
        let ordinal = |day: NaiveDate| match day.year().cmp(&self.year) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => u16::try_from(day.ordinal()).unwrap_or(u16::MAX),
            std::cmp::Ordering::Greater => u16::MAX,
        };
        let (from, to) = (ordinal(first), ordinal(last));
        let start = self.day.partition_point(|day| *day < from);
        let end = self.day.partition_point(|day| *day <= to);
        start..end.max(start)
    }

    /// The segment as bytes.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.len() * 6);
        put(&mut out, VERSION);
        put(&mut out, zigzag(i64::from(self.year)));
        put(&mut out, self.categories.len() as u64);
        for name in &self.categories {
            put_text(&mut out, name);
        }
        put(&mut out, self.metrics.len() as u64);
        for metric in &self.metrics {
            put_text(&mut out, metric.as_str());
        }
        put(&mut out, self.day.len() as u64);
        let mut before = 0;
        for day in &self.day {
            put(&mut out, u64::from(day - before));
            before = *day;
        }
        for category in &self.category {
            put(&mut out, u64::from(*category));
        }
        for value in self.values.iter().flatten() {
            put(&mut out, zigzag(*value));
        }
        out
    }

    /// Reads bytes written by [`Segment::pack`].
    ///
    /// # Errors
    /// When the bytes are cut short, of another version, or hold indices that point nowhere.
    pub fn unpack(bytes: &[u8]) -> Result<Self, SegmentError> {
        let mut at = Reader(bytes);
        if at.number()? != VERSION {
            return Err(SegmentError("unknown version"));
        }
        let year = i32::try_from(unzigzag(at.number()?)).map_err(|_| SegmentError("year out of range"))?;
        let categories = (0..at.count()?).map(|_| at.text()).collect::<Result<Vec<_>, _>>()?;
        let metrics = (0..at.count()?).map(|_| at.text().map(MetricId::from)).collect::<Result<Vec<_>, _>>()?;
        let rows = at.count()?;
        let mut sum = 0u64;
        let day = at.column(rows, |days| {
            sum = sum.saturating_add(days);
            if sum > 366 { Err(SegmentError("day out of range")) } else { Ok(sum as u16) }
        })?;
        let known = categories.len() as u64;
        let category = at.column(rows, |index| {
            if index >= known { Err(SegmentError("category out of range")) } else { Ok(index as u16) }
        })?;
        let mut values = Vec::with_capacity(metrics.len());
        for _ in &metrics {
            values.push(at.column(rows, |value| Ok(unzigzag(value)))?);
        }
        Ok(Self { year, categories, metrics, day, category, values })
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// The number at a place; the place moves behind it.
#[inline(always)]
fn number(bytes: &[u8], at: &mut usize) -> Result<u64, SegmentError> {
    let (mut value, mut shift) = (0u64, 0);
    while let Some(byte) = bytes.get(*at) {
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(value);
        }
        shift += 7;
        // Ten times seven bits: no number is longer.
        if shift >= 64 {
            break;
        }
    }
    Err(SegmentError("cut short"))
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u64, SegmentError> {
        let mut at = 0;
        let number = number(self.0, &mut at)?;
        self.0 = &self.0[at..];
        Ok(number)
    }

    /// So many numbers, each made into what it stands for. One loop over all of them: a phone reads hundreds of thousands at
    /// a start, before the browser has compiled this for speed.
    fn column<T>(
        &mut self,
        rows: usize,
        mut make: impl FnMut(u64) -> Result<T, SegmentError>,
    ) -> Result<Vec<T>, SegmentError> {
        let bytes = self.0;
        // Each takes a byte at least.
        let mut column = Vec::with_capacity(rows.min(bytes.len()));
        let mut at = 0;
        for _ in 0..rows {
            column.push(make(number(bytes, &mut at)?)?);
        }
        self.0 = &bytes[at..];
        Ok(column)
    }

    fn count(&mut self) -> Result<usize, SegmentError> {
        let count = self.number()?;
        if count > ROWS_MAX { Err(SegmentError("too many rows")) } else { Ok(count as usize) }
    }

    fn text(&mut self) -> Result<String, SegmentError> {
        let len = self.count()?;
        if len > self.0.len() {
            return Err(SegmentError("cut short"));
        }
        let (text, rest) = self.0.split_at(len);
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| SegmentError("text is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::{quantity, sales};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn sample() -> Segment {
        let mut build = SegmentBuilder::new(2026, vec![sales(), quantity()]);
        assert!(build.add(day("2026-11-02"), "RUM", &[1000, 2]));
        assert!(build.add(day("2026-01-05"), "GIN", &[300, 1]));
        assert!(build.add(day("2026-11-02"), "RUM", &[-500, -1])); // a return on the same day
        assert!(build.add(day("2026-12-31"), "GIN", &[7, 1]));
        assert!(!build.add(day("2025-12-31"), "GIN", &[9, 1]), "another year");
        build.build()
    }

    #[test]
    fn sums_a_range_of_days() {
        let cases = [
            ("2026-11-01", "2026-11-30", 500),
            ("2026-01-01", "2026-12-31", 807),
            ("2025-06-01", "2027-01-01", 807), // wider than the year
            ("2026-11-02", "2026-11-02", 500), // one day
            ("2026-11-03", "2026-11-01", 0),   // nothing between
            ("2025-01-01", "2025-12-31", 0),   // another year
        ];
        for (first, last, expect) in cases {
            assert_eq!(sample().sum(&sales(), day(first), day(last)), Amount(expect), "{first} to {last}");
        }
        assert_eq!(sample().sum(&MetricId::from("profit"), day("2026-01-01"), day("2026-12-31")), Amount(0));
        assert_eq!(sample().last_day(), Some(day("2026-12-31")));
    }

    #[test]
    fn groups_by_category() {
        let mut sums = std::collections::BTreeMap::new();
        sample().add_by_category(&sales(), day("2026-01-01"), day("2026-12-31"), &mut sums);
        assert_eq!(
            sums.into_iter().collect::<Vec<_>>(),
            [("GIN".to_owned(), Amount(307)), ("RUM".to_owned(), Amount(500))]
        );
    }

    #[test]
    fn garbage_is_refused_not_believed() {
        let whole = sample().pack();
        for cut in 0..whole.len() {
            assert!(Segment::unpack(&whole[..cut]).is_err(), "cut at {cut}");
        }
        assert!(Segment::unpack(&[9, 1, 2]).is_err());
    }

    proptest! {
        #[test]
        fn packs_and_unpacks(rows in prop::collection::vec((1u32..366, 0usize..40, any::<i32>(), any::<i32>()), 0..300)) {
            let mut build = SegmentBuilder::new(2025, vec![sales(), quantity()]);
            for (ordinal, category, a, b) in rows {
                let day = NaiveDate::from_yo_opt(2025, ordinal).expect("a day of 2025");
                build.add(day, &format!("category {category}"), &[i64::from(a), i64::from(b)]);
            }
            let segment = build.build();
            prop_assert_eq!(Segment::unpack(&segment.pack()), Ok(segment));
        }

        #[test]
        fn never_panics_on_noise(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Segment::unpack(&bytes);
        }
    }
}
