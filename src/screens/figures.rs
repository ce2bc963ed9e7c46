//! Figures of the domain in words: names, values, reasons for a dash, and the sheet that says why.

use crate::components::WhyText;
use crate::i18n::use_i18n;
use crate::state::Words;
use crate::text::say;
use aisle_domain::MetricId;
use aisle_domain::calendar::{Basis, Period};
use aisle_domain::figures::{Dash, Figure, FigureKind, Term, Value, What};
use aisle_domain::metric::{self, Unit};
use aisle_domain::money::Amount;
use aisle_domain::target::TargetBasis;
use chrono::{Datelike, NaiveDate};

/// An amount of a metric: money with its sign, everything else as a whole number.
pub fn amount_said(metric: &MetricId, amount: Amount) -> String {
    let words = Words::get();
    match unit_of(metric) {
        Unit::Money => words.money(amount),
        Unit::Count | Unit::Share => words.whole(amount.0),
    }
}

/// What one unit of a metric is; money for metrics that are not known.
pub fn unit_of(metric: &MetricId) -> Unit {
    metric::standard().into_iter().find(|known| known.id == *metric).map_or(Unit::Money, |known| known.unit)
}

/// The name of a metric.
pub fn metric_said(metric: &MetricId) -> String {
    let known = metric::standard().into_iter().find(|known| known.id == *metric);
    known.map_or_else(|| metric.to_string(), |known| Words::get().text(&known.name))
}

/// A period in words.
pub fn period_said(period: Period) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    match period {
        Period::Year(year) => say!(i18n, targets.year_said, year = year),
        Period::Quarter(year, n) => say!(i18n, targets.quarter_said, year = year, n = n),
        Period::Month(year, _) => say!(i18n, targets.month_said, year = year, month = words.month(period.first())),
        Period::Week(year, n) => say!(i18n, targets.week_said, year = year, n = n),
        Period::Day(day) => words.day_full(day),
    }
}

/// A period as short as a row has room for.
pub fn period_short(period: Period) -> String {
    let words = Words::get();
    match period {
        Period::Day(day) => words.day_heading(day),
        Period::Month(..) => words.month(period.first()),
        _ => period_said(period),
    }
}

fn days_said(first: NaiveDate, last: NaiveDate) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    if first == last {
        return words.day_full(first);
    }
    let from = if first.year() == last.year() { words.day(first) } else { words.day_full(first) };
    say!(i18n, figure.days_shown, first = from, last = words.day_full(last))
}

/// The name of a figure.
pub fn name_of(kind: FigureKind) -> String {
    let i18n = use_i18n();
    match kind {
        FigureKind::Achievement | FigureKind::RatioAchievement => say!(i18n, figure.achievement),
        FigureKind::TimeGone => say!(i18n, figure.time_gone),
        FigureKind::PacingGap => say!(i18n, figure.gap),
        FigureKind::Forecast => say!(i18n, figure.forecast),
        FigureKind::ForecastRate => say!(i18n, figure.forecast_rate),
        FigureKind::RequiredDaily => say!(i18n, figure.needed),
        FigureKind::DailySoFar => say!(i18n, figure.so_far),
        FigureKind::VsLastYear => say!(i18n, figure.last_year),
        FigureKind::VsLastPeriod => say!(i18n, figure.last_period),
        FigureKind::Ratio => say!(i18n, figure.ratio),
        FigureKind::RatioGap => say!(i18n, figure.ratio_gap),
        FigureKind::Rate => say!(i18n, figure.rate),
        FigureKind::Coverage => say!(i18n, figure.coverage),
    }
}

/// The rule of a figure in words.
fn rule_of(kind: FigureKind) -> String {
    let i18n = use_i18n();
    match kind {
        FigureKind::Achievement | FigureKind::RatioAchievement => say!(i18n, figure.achievement_rule),
        FigureKind::TimeGone => say!(i18n, figure.time_gone_rule),
        FigureKind::PacingGap => say!(i18n, figure.gap_rule),
        FigureKind::Forecast => say!(i18n, figure.forecast_rule),
        FigureKind::ForecastRate => say!(i18n, figure.forecast_rate_rule),
        FigureKind::RequiredDaily => say!(i18n, figure.needed_rule),
        FigureKind::DailySoFar => say!(i18n, figure.so_far_rule),
        FigureKind::VsLastYear => say!(i18n, figure.last_year_rule),
        FigureKind::VsLastPeriod => say!(i18n, figure.last_period_rule),
        FigureKind::Ratio => say!(i18n, figure.ratio_rule),
        FigureKind::RatioGap => say!(i18n, figure.ratio_gap_rule),
        FigureKind::Rate => say!(i18n, figure.rate_rule),
        FigureKind::Coverage => say!(i18n, figure.coverage_rule),
    }
}

/// Why there is a dash, in one sentence.
pub fn dash_said(dash: Dash) -> String {
    let i18n = use_i18n();
    match dash {
        Dash::NoTarget => say!(i18n, figure.no_target),
        Dash::TargetNotPositive => say!(i18n, figure.not_positive),
        Dash::NotBegun => say!(i18n, figure.not_begun),
        Dash::NoWeight => say!(i18n, figure.no_weight),
        Dash::NoDayLeft => say!(i18n, figure.no_day_left),
        Dash::NothingToCompare => say!(i18n, figure.nothing_to_compare),
        Dash::NothingChecked => say!(i18n, figure.nothing_checked),
        Dash::TooLarge => say!(i18n, figure.too_large),
    }
}

/// A figure's value; a dash where it has none. Comparisons carry their sign.
pub fn value_said(figure: &Figure, metric: &MetricId) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    let signed = matches!(figure.kind, FigureKind::VsLastYear | FigureKind::VsLastPeriod);
    match figure.value {
        Ok(Value::Share(share)) if signed => words.signed_percent(share),
        Ok(Value::Share(share)) => words.percent(Some(share)),
        Ok(Value::Points(points)) => say!(i18n, progress.points, n = words.points(points)),
        Ok(Value::Amount(amount)) => amount_said(metric, amount),
        Err(_) => "—".to_owned(),
    }
}

fn what_said(what: What) -> String {
    let i18n = use_i18n();
    match what {
        What::Actual => say!(i18n, figure.actual),
        What::Target | What::TargetBp => say!(i18n, figure.target),
        What::StillNeeded => say!(i18n, figure.still_needed),
        What::Forecast => say!(i18n, figure.forecast_amount),
        What::ElapsedWeight => say!(i18n, figure.elapsed),
        What::TotalWeight => say!(i18n, figure.total),
        What::DaysElapsed => say!(i18n, figure.days_elapsed),
        What::DaysLeft => say!(i18n, figure.days_left),
        What::Change => say!(i18n, figure.change),
        What::LastYear => say!(i18n, figure.of_last_year),
        What::LastPeriod => say!(i18n, figure.of_last_period),
        What::Numerator => say!(i18n, figure.numerator),
        What::Denominator => say!(i18n, figure.denominator),
        What::WholeBp => say!(i18n, figure.whole),
        What::Passed => say!(i18n, figure.passed),
        What::Checked => say!(i18n, figure.checked),
        What::InScope => say!(i18n, figure.in_scope),
    }
}

fn term_said(term: Term, basis: Option<&Basis>, metric: &MetricId) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    let whole = words.whole(i64::try_from(term.value).unwrap_or(i64::MAX));
    match term.what {
        What::Actual
        | What::Target
        | What::StillNeeded
        | What::Forecast
        | What::Change
        | What::LastYear
        | What::LastPeriod => amount_said(metric, Amount(i64::try_from(term.value).unwrap_or(i64::MAX))),
        What::DaysElapsed | What::DaysLeft => say!(i18n, figure.days, n = whole),
        What::ElapsedWeight | What::TotalWeight => match basis {
            // On these a day weighs one: the weight is a number of days.
            Some(Basis::CalendarDays | Basis::WorkingDays { .. }) => say!(i18n, figure.days, n = whole),
            _ => say!(i18n, figure.weight, n = whole),
        },
        What::TargetBp | What::WholeBp => words.percent(Some(term.value as f64 / 10_000.0)),
        What::Numerator | What::Denominator | What::Passed | What::Checked | What::InScope => whole,
    }
}

/// How days are weighed, in words.
pub fn basis_said(basis: &Basis) -> String {
    let i18n = use_i18n();
    match basis {
        Basis::CalendarDays => say!(i18n, figure.calendar_days),
        Basis::WorkingDays { calendar: None } => say!(i18n, figure.weekdays),
        Basis::WorkingDays { calendar: Some(calendar) } => say!(i18n, figure.working_days, calendar = calendar),
        Basis::WeekdayPattern { calendar } => say!(i18n, figure.pattern, calendar = calendar),
        Basis::History { .. } => say!(i18n, figure.history),
    }
}

/// Where targets come from, in words.
pub fn source_said(basis: &TargetBasis) -> String {
    let i18n = use_i18n();
    match basis {
        TargetBasis::Set => say!(i18n, figure.set),
        TargetBasis::Cascade => say!(i18n, figure.cascade),
        TargetBasis::PriorYear { factor_bp } => {
            say!(i18n, figure.derived, factor = format!("{:.2}", f64::from(*factor_bp) / 10_000.0))
        }
    }
}

/// Everything a figure was made of: for the sheet that says why.
pub fn why(figure: &Figure, metric: &MetricId, of: &str, sources: &[TargetBasis]) -> WhyText {
    let i18n = use_i18n();
    let basis = figure.basis.as_ref();
    let said = |term: Term| (what_said(term.what), term_said(term, basis, metric));
    let prefixed =
        |word: String, term: Term| (format!("{word} {}", what_said(term.what)), term_said(term, basis, metric));
    let mut terms: Vec<(String, String)> = Vec::new();
    terms.extend(figure.numerator.map(said));
    terms.extend(figure.denominator.map(|term| prefixed("÷".to_owned(), term)));
    terms.extend(figure.times.map(|term| prefixed("×".to_owned(), term)));
    if let Some((numerator, denominator)) = figure.minus {
        terms.push(prefixed("−".to_owned(), numerator));
        terms.push(prefixed("÷".to_owned(), denominator));
    }
    terms.push((say!(i18n, figure.of_what), format!("{} · {of}", metric_said(metric))));
    terms.push((say!(i18n, figure.period), days_said(figure.period.first(), figure.period.last())));
    terms.extend(basis.map(|basis| (say!(i18n, figure.basis), basis_said(basis))));
    terms.push((say!(i18n, figure.through), Words::get().day_full(figure.through)));
    let uses_target = [figure.numerator, figure.denominator].into_iter().flatten();
    if uses_target.into_iter().any(|term| matches!(term.what, What::Target | What::StillNeeded)) && !sources.is_empty()
    {
        let list: Vec<String> = sources.iter().map(source_said).collect();
        terms.push((say!(i18n, figure.target_from), list.join(" / ")));
    }
    let notes = figure.value.err().map(dash_said).into_iter().collect();
    WhyText {
        title: name_of(figure.kind),
        value: value_said(figure, metric),
        rule: rule_of(figure.kind),
        terms,
        notes,
        way: None,
    }
}
