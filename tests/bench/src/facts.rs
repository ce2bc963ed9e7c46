//! Roll-ups: the sums of every node of two trees, for the stretches of days that progress and its comparisons need.

use crate::data::{self, CATEGORIES, FAN, SHOPS, YEARS};
use crate::{fail, now};
use aisle_domain::calendar::{Period, Window};
use aisle_domain::facts::Segment;
use aisle_domain::org;
use aisle_domain::rollup::{Loader, Names, Place, RollUp};
use chrono::NaiveDate;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The day through which the data go.
fn through() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap_or_default()
}

/// Month and year, each with the same days of the year before, and the month before.
fn windows() -> Vec<Window> {
    let through = through();
    let (month, year) = (Period::month_of(through), Period::year_of(through));
    let day = |m: u32, d: u32| NaiveDate::from_ymd_opt(2025, m, d).unwrap_or_default();
    let before = NaiveDate::from_ymd_opt(2026, 10, 31).unwrap_or_default();
    let this = |period| Window::elapsed(period, through);
    let same = |period: Period, other| this(period).map(|window| window.same_days_of(period, other));
    [
        this(month),
        same(month, Period::month_of(day(11, 1))),
        same(month, Period::month_of(before)),
        this(year),
        same(year, Period::year_of(day(1, 1))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where shops and categories stand in their trees.
pub(crate) struct Trees {
    places: Names<String>,
    categories: Names<String>,
    windows: Vec<Window>,
}

impl Trees {
    /// Shops in territories in regions; categories.
    pub(crate) fn new() -> Result<Self, JsValue> {
        let (territories, regions) = (SHOPS / FAN, SHOPS / FAN / FAN);
        let shops = (0..SHOPS).map(|n| (format!("s{n:04}"), Some(format!("t{:04}", n / FAN))));
        let territories = (0..territories).map(|n| (format!("t{n:04}"), Some(format!("r{:04}", n / FAN))));
        let regions = (0..regions).map(|n| (format!("r{n:04}"), None));
        let categories = (0..CATEGORIES).map(|n| (data::category(n), None));
        Ok(Self {
            places: Names::new(shops.chain(territories).chain(regions)).map_err(fail)?,
            categories: Names::new(categories).map_err(fail)?,
            windows: windows(),
        })
    }

    /// Sums everything.
    pub(crate) fn roll_up(&self, segments: &[(u32, Segment)]) -> Result<RollUp, JsValue> {
        let axes = vec![self.places.axis().clone(), self.categories.axis().clone()];
        let mut loader = Loader::new(axes, self.windows.clone()).map_err(fail)?;
        let sales = org::sales();
        for (shop, segment) in segments {
            let place = self.places.number(&format!("s{shop:04}")).unwrap_or(0);
            let names = segment.categories().iter();
            let nodes: Vec<u32> = names.map(|name| self.categories.number(name).unwrap_or(0)).collect();
            loader.segment(&sales, segment, &[Place::At(place), Place::ByCategory(&nodes)]);
        }
        Ok(loader.finish())
    }

    /// A check that every side has computed the same: the roots of all windows, and one leaf.
    pub(crate) fn check(&self, sums: &RollUp) -> String {
        let leaf = self.places.number(&"s0007".to_owned()).unwrap_or(0);
        let mut all: Vec<i64> = (0..self.windows.len()).map(|window| sums.sum(&[0, 0], window).0).collect();
        all.push(sums.sum(&[leaf, 0], 3).0);
        all.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// Facts in memory, to be rolled up again and again.
#[wasm_bindgen]
pub struct Facts {
    trees: Trees,
    segments: Vec<(u32, Segment)>,
    sums: Option<RollUp>,
}

#[wasm_bindgen]
impl Facts {
    /// Makes `facts` facts.
    ///
    /// # Errors
    /// When the trees are none.
    #[wasm_bindgen(constructor)]
    pub fn new(facts: u32) -> Result<Facts, JsValue> {
        let rows = facts / SHOPS / YEARS.len() as u32;
        let of = |n: u32| YEARS.map(|year| (n, data::segment(n, year, rows)));
        Ok(Self { trees: Trees::new()?, segments: (0..SHOPS).flat_map(of).collect(), sums: None })
    }

    /// The whole tree; milliseconds.
    ///
    /// # Errors
    /// When it has too many nodes.
    pub fn roll_up(&mut self) -> Result<f64, JsValue> {
        let start = now();
        self.sums = Some(self.trees.roll_up(&self.segments)?);
        Ok(now() - start)
    }

    /// One new entry moves every figure above it; milliseconds for each of `times` entries, on average.
    ///
    /// # Errors
    /// Nothing was rolled up before.
    pub fn entry(&mut self, times: u32) -> Result<f64, JsValue> {
        let sums = self.sums.as_mut().ok_or_else(|| fail("roll up first"))?;
        let start = now();
        for n in 0..times {
            let shop = format!("s{:04}", n % SHOPS);
            let place = self.trees.places.number(&shop).unwrap_or(0);
            let category = self.trees.categories.number(&data::category(n % CATEGORIES)).unwrap_or(0);
            let moved = sums.add(&[place, category], through(), 1);
            if moved == 0 {
                return Err(fail("the entry moved nothing"));
            }
        }
        Ok((now() - start) / f64::from(times))
    }

    /// A check that every side has computed the same.
    pub fn check(&self) -> String {
        self.sums.as_ref().map(|sums| self.trees.check(sums)).unwrap_or_default()
    }
}
