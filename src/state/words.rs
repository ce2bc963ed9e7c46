//! Figures and dates in words of the person's language and the organisation's currency.
//!
//! Every method subscribes to the language (and the currency where it is used), so views follow a change of either.

use super::{Catalog, Prefs};
use crate::platform::{clock, format};
use aisle_domain::money::Amount;
use chrono::NaiveDate;
use leptos::prelude::*;

/// Wordings. Context.
#[derive(Clone, Copy)]
pub struct Words {
    prefs: Prefs,
    catalog: Catalog,
}

/// A minus sign of the width of a digit.
const MINUS: &str = "−";

impl Words {
    /// Needs the preferences and the catalogue.
    pub fn provide() -> Self {
        let this = Self { prefs: Prefs::get(), catalog: Catalog::get() };
        provide_context(this);
        this
    }

    /// The wordings in effect.
    pub fn get() -> Self {
        expect_context()
    }

    fn tag(self) -> &'static str {
        self.prefs.lang().tag()
    }

    fn money_with(self, amount: Amount, whole: bool) -> String {
        let currency = self.catalog.currency();
        let (code, digits) = currency.as_ref().map_or(("CNY", 2), |c| (c.code.as_str(), c.digits));
        format::money(self.tag(), code, digits, amount.0, whole).replace('-', MINUS)
    }

    /// An amount without decimals: for summaries.
    pub fn money(self, amount: Amount) -> String {
        self.money_with(amount, true)
    }

    /// An amount to the last minor unit: for prices and entries.
    pub fn money_exact(self, amount: Amount) -> String {
        self.money_with(amount, false)
    }

    /// The currency's symbol.
    pub fn symbol(self) -> String {
        let code = self.catalog.currency().map_or_else(|| "CNY".to_owned(), |c| c.code);
        format::currency_symbol(self.tag(), &code)
    }

    /// Decimals of the currency.
    pub fn money_digits(self) -> u8 {
        self.catalog.currency().map_or(2, |c| c.digits)
    }

    /// An amount without its symbol, as typed into a field.
    pub fn money_input(self, amount: Amount) -> String {
        let digits = self.money_digits();
        format!("{:.*}", usize::from(digits), amount.0 as f64 / 10f64.powi(i32::from(digits)))
    }

    /// A share as a percentage with one decimal; a dash when there is none.
    pub fn percent(self, share: Option<f64>) -> String {
        share.map_or_else(|| "—".to_owned(), |share| format!("{}%", format::decimals(self.tag(), share * 100.0, 1)))
    }

    /// A share as a percentage with its sign and one decimal: for comparisons.
    pub fn signed_percent(self, share: f64) -> String {
        format!("{}%", self.points(share * 100.0))
    }

    /// A share as a percentage without decimals.
    pub fn percent_whole(self, share: f64) -> String {
        format!("{}%", format::decimals(self.tag(), share * 100.0, 0))
    }

    /// The words of a text in the language in effect.
    pub fn text(self, text: &aisle_domain::checklist::Text) -> String {
        self.prefs.lang().pick(text)
    }

    /// Percentage points with a sign and one decimal, without the unit.
    pub fn points(self, points: f64) -> String {
        let rounded = (points * 10.0).round() / 10.0;
        let sign = if rounded > 0.0 {
            "+"
        } else if rounded < 0.0 {
            MINUS
        } else {
            "±"
        };
        format!("{sign}{}", format::decimals(self.tag(), rounded.abs(), 1))
    }

    /// A whole number.
    pub fn whole(self, value: i64) -> String {
        format::whole(self.tag(), value).replace('-', MINUS)
    }

    /// Metres or kilometres.
    pub fn distance(self, metres: f64) -> String {
        if metres < 1_000.0 {
            return format!("{} m", (metres / 10.0).round() as i64 * 10);
        }
        let km = metres / 1_000.0;
        format!("{} km", format::decimals(self.tag(), km, u8::from(km < 10.0)))
    }

    /// Exact metres: for check-ins.
    pub fn metres(self, metres: f64) -> String {
        if metres < 10_000.0 { format!("{} m", metres.round() as i64) } else { self.distance(metres) }
    }

    /// Day and month.
    pub fn day(self, day: NaiveDate) -> String {
        format::day_short(self.tag(), day)
    }

    /// Day, month, year.
    pub fn day_full(self, day: NaiveDate) -> String {
        format::day_full(self.tag(), day)
    }

    /// Weekday, day, month.
    pub fn day_heading(self, day: NaiveDate) -> String {
        format::day_heading(self.tag(), day)
    }

    /// The month in words.
    pub fn month(self, day: NaiveDate) -> String {
        format::month(self.tag(), day)
    }

    /// Day of a moment of the device's clock.
    pub fn day_of(self, at_ms: i64) -> String {
        self.day(clock::local(at_ms).date())
    }

    /// Time of day of a moment of the device's clock.
    pub fn time(self, at_ms: i64) -> String {
        format::time(clock::local(at_ms))
    }

    /// Time of day, with the day before it unless it is today.
    pub fn moment(self, at_ms: i64) -> String {
        let day = clock::local(at_ms).date();
        let time = self.time(at_ms);
        if day == clock::today() { time } else { format!("{} {time}", self.day(day)) }
    }

    /// Bytes.
    pub fn bytes(self, bytes: u64) -> String {
        format::bytes(self.tag(), bytes)
    }

    /// Days between a moment and today.
    pub fn days_since(self, at_ms: i64) -> i64 {
        (clock::today() - clock::local(at_ms).date()).num_days()
    }
}
