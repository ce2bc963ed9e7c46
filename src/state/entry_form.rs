//! What a form for an actual makes of what was typed: an entry, a correction, or an offset beside imported facts. Pure but
//! for [`EntryForm::save`].

use super::entries::Entries;
use aisle_domain::actuals::{Cell, Entry, EntryError, Source};
use aisle_domain::metric::{self, Measure, Unit};
use aisle_domain::money::{Amount, AmountError};
use aisle_domain::{EntryId, MetricId, ProductId, ShopId, VisitId};
use aisle_sync::StoreError;
use chrono::NaiveDate;

/// What is being done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// A new value.
    #[default]
    Entering,
    /// A new value instead of an entry.
    Correcting(EntryId),
    /// The right value of a cell that was imported; the difference counts beside it.
    Offsetting,
}

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryForm {
    /// What is being done.
    pub doing: Doing,
    /// What is counted.
    pub metric: MetricId,
    /// Where.
    pub shop: Option<ShopId>,
    /// Of what.
    pub category: String,
    /// Of which product, where that is known.
    pub product: Option<ProductId>,
    /// When, as the control gives it.
    pub day: String,
    /// How much, as typed.
    pub amount: String,
    /// Why, for corrections.
    pub reason: String,
    /// The visit it is noted in, where it is one.
    pub visit: Option<VisitId>,
}

/// What is wrong with a form, by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No shop.
    Shop,
    /// No category.
    Category,
    /// No day.
    Day,
    /// A day that is not over or under way.
    Future,
    /// No amount, or not one.
    Amount,
    /// More decimals than the unit has.
    Decimals,
    /// Too large.
    TooLarge,
    /// A correction without a reason.
    Reason,
    /// The figure is right as it is.
    Same,
}

impl EntryForm {
    /// A form to correct an entry, filled with what it says.
    pub fn correcting(entry: &Entry, digits: u8) -> Self {
        Self {
            doing: Doing::Correcting(entry.id.clone()),
            metric: entry.cell.metric.clone(),
            shop: Some(entry.cell.shop.clone()),
            category: entry.cell.category.clone(),
            product: entry.cell.product.clone(),
            day: entry.cell.day.to_string(),
            amount: typed(entry.value.amount(), digits_of(&entry.cell.metric, digits)),
            reason: String::new(),
            visit: None,
        }
    }

    /// The cell and the amount, or everything that is wrong. `digits`: decimals of the currency.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(&self, today: NaiveDate, digits: u8) -> Result<(Cell, Amount), Vec<Wrong>> {
        let mut wrong = Vec::new();
        let shop = self.shop.clone();
        if shop.is_none() {
            wrong.push(Wrong::Shop);
        }
        if self.category.trim().is_empty() {
            wrong.push(Wrong::Category);
        }
        let day = self.day.parse::<NaiveDate>().ok();
        match day {
            None => wrong.push(Wrong::Day),
            Some(day) if day > today => wrong.push(Wrong::Future),
            Some(_) => {}
        }
        let amount = Amount::parse(&self.amount, digits_of(&self.metric, digits));
        match &amount {
            Ok(_) => {}
            Err(AmountError::NotANumber) => wrong.push(Wrong::Amount),
            Err(AmountError::TooPrecise { .. }) => wrong.push(Wrong::Decimals),
            Err(AmountError::TooLarge) => wrong.push(Wrong::TooLarge),
        }
        if self.doing != Doing::Entering && self.reason.trim().is_empty() {
            wrong.push(Wrong::Reason);
        }
        match (shop, day, amount) {
            (Some(shop), Some(day), Ok(amount)) if wrong.is_empty() => {
                let (metric, category) = (self.metric.clone(), self.category.clone());
                Ok((Cell { metric, shop, day, category, product: self.product.clone() }, amount))
            }
            _ => Err(wrong),
        }
    }

    /// Where an entry of this form comes from.
    fn source(&self) -> Source {
        self.visit.clone().map_or(Source::Phone, |visit| Source::Visit { visit })
    }

    /// Makes it durable. `then` hears whether it is. `so_far` is what the cell comes to now, for offsets.
    ///
    /// # Errors
    /// Everything that is wrong; nothing is written then.
    pub fn save(
        &self,
        entries: Entries,
        today: NaiveDate,
        digits: u8,
        so_far: Amount,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), Vec<Wrong>> {
        let (cell, amount) = self.read(today, digits)?;
        let value = Measure::Sum { amount };
        let reason = self.reason.trim();
        let saved = match &self.doing {
            Doing::Entering => entries.add(cell, value, self.source(), then),
            Doing::Correcting(of) => entries.correct(of.clone(), cell, value, reason, then),
            Doing::Offsetting if amount == so_far => return Err(vec![Wrong::Same]),
            Doing::Offsetting => {
                let beside = Measure::Sum { amount: Amount(amount.0.saturating_sub(so_far.0)) };
                entries.offset(cell, beside, reason, then)
            }
        };
        saved.map_err(|error| {
            vec![match error {
                EntryError::NoReason | EntryError::Itself => Wrong::Reason,
                EntryError::TooLarge | EntryError::Denominator => Wrong::TooLarge,
            }]
        })
    }
}

/// Decimals in which a metric is typed.
pub fn digits_of(metric: &MetricId, currency: u8) -> u8 {
    let known = metric::standard().into_iter().find(|known| known.id == *metric);
    if known.is_none_or(|known| known.unit == Unit::Money) { currency } else { 0 }
}

/// An amount as it is typed.
fn typed(amount: Amount, digits: u8) -> String {
    let unit = 10i64.pow(u32::from(digits.min(9)));
    let (whole, rest) = (amount.0.abs() / unit, amount.0.abs() % unit);
    let sign = if amount.0 < 0 { "-" } else { "" };
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0>width$}", width = usize::from(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::actuals::EntryKind;
    use aisle_domain::org::{quantity, sales};

    fn form() -> EntryForm {
        EntryForm {
            doing: Doing::Entering,
            metric: sales(),
            shop: Some("2190".into()),
            category: "RUM".into(),
            product: None,
            day: "2026-11-23".into(),
            amount: "1,204.5".into(),
            reason: String::new(),
            visit: None,
        }
    }

    fn today() -> NaiveDate {
        "2026-11-23".parse().expect("a date")
    }

    #[test]
    fn reads_what_was_typed() {
        let (cell, amount) = form().read(today(), 2).expect("a good form");
        assert_eq!((cell.day, cell.category.as_str(), amount), (today(), "RUM", Amount(120_450)));
        let units = EntryForm { metric: quantity(), amount: "12".into(), ..form() };
        assert_eq!(units.read(today(), 2).map(|(_, amount)| amount), Ok(Amount(12)), "single units have no decimals");
    }

    #[test]
    fn names_everything_that_is_wrong() {
        let correcting = Doing::Correcting("e".into());
        let cases = [
            (EntryForm { shop: None, ..form() }, vec![Wrong::Shop]),
            (EntryForm { category: " ".into(), amount: String::new(), ..form() }, vec![Wrong::Category, Wrong::Amount]),
            (EntryForm { day: String::new(), ..form() }, vec![Wrong::Day]),
            (EntryForm { day: "2026-11-24".into(), ..form() }, vec![Wrong::Future]),
            (EntryForm { amount: "12.345".into(), ..form() }, vec![Wrong::Decimals]),
            (EntryForm { metric: quantity(), amount: "1.5".into(), ..form() }, vec![Wrong::Decimals]),
            (EntryForm { amount: "9".repeat(30), ..form() }, vec![Wrong::TooLarge]),
            (EntryForm { doing: correcting, ..form() }, vec![Wrong::Reason]),
            (EntryForm { doing: Doing::Offsetting, reason: "  ".into(), ..form() }, vec![Wrong::Reason]),
        ];
        for (form, expect) in cases {
            assert_eq!(form.read(today(), 2), Err(expect), "{form:?}");
        }
    }

    #[test]
    fn an_order_noted_in_a_visit_names_it() {
        assert_eq!(form().source(), Source::Phone);
        let noted = EntryForm { visit: Some("v".into()), ..form() };
        assert_eq!(noted.source(), Source::Visit { visit: "v".into() });
    }

    #[test]
    fn a_correction_begins_with_what_is_there() {
        for (minor, metric, expect) in
            [(120_450, sales(), "1204.50"), (-7, sales(), "-0.07"), (12, quantity(), "12"), (0, sales(), "0.00")]
        {
            let cell =
                Cell { metric, shop: "s".into(), day: today(), category: "RUM".into(), product: Some("p".into()) };
            let value = Measure::Sum { amount: Amount(minor) };
            let entry = Entry {
                id: "e".into(),
                cell,
                value,
                kind: EntryKind::Count,
                source: Source::Phone,
                by: "me".into(),
                at: 0,
            };
            let form = EntryForm::correcting(&entry, 2);
            assert_eq!((form.amount.as_str(), form.product.is_some()), (expect, true));
            let read = EntryForm { reason: "typo".into(), ..form }.read(today(), 2);
            assert_eq!(read, Ok((entry.cell, Amount(minor))), "and reads back the same");
        }
    }
}
