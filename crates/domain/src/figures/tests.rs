//! Worked examples by hand for every figure of PRODUCT.md §2 (issue 4, shown by 2).

use super::*;
use crate::calendar::{DayWeights, china};
use proptest::prelude::*;

fn standing(period: &str, through: &str, target: Option<i64>, actual: i64, weights: DayWeights<'_>) -> Standing {
    let period = Period::parse(period).expect("a period");
    let through = through.parse().expect("a date");
    Standing {
        period,
        through,
        basis: weights.basis(),
        time: TimeGone::weigh(period, through, weights),
        target: target.map(Amount),
        actual: Amount(actual),
        last_year: None,
        last_period: None,
    }
}

/// What a figure shows: percent and points with one decimal, amounts in minor units, a dash with its reason.
fn shown(figure: &Figure) -> String {
    match figure.value {
        Ok(Value::Share(share)) => format!("{:.1} %", share * 100.0),
        Ok(Value::Points(points)) => format!("{points:+.1} pp"),
        Ok(Value::Amount(amount)) => amount.0.to_string(),
        Err(dash) => format!("— {dash:?}"),
    }
}

/// Achievement, time gone, pacing gap, forecast, forecast rate, required daily, daily so far.
type Row = [&'static str; 7];

fn check(why: &str, standing: &Standing, expect: Row) {
    let seen: Vec<String> = standing.figures().iter().take(7).map(shown).collect();
    assert_eq!(seen, expect, "{why}");
}

#[test]
fn every_figure_by_hand() {
    use DayWeights::Calendar;
    let not_begun = "— NotBegun";
    let cases: [(&str, Standing, Row); 12] = [
        (
            "the drawing: 286,400.00 of 420,000.00 after 22 of 30 days",
            standing("2026-11", "2026-11-22", Some(42_000_000), 28_640_000, Calendar),
            ["68.2 %", "73.3 %", "-5.1 pp", "39054545", "93.0 %", "1670000", "1301818"],
        ),
        (
            "the first day: 1 of 30",
            standing("2026-11", "2026-11-01", Some(3_000), 90, Calendar),
            ["3.0 %", "3.3 %", "-0.3 pp", "2700", "90.0 %", "101", "90"], // 2,910 ÷ 29 = 100.3, rounded up
        ),
        (
            "the last day: nothing remains, and the forecast is the actual",
            standing("2026-11", "2026-11-30", Some(3_000), 2_700, Calendar),
            ["90.0 %", "100.0 %", "-10.0 pp", "2700", "90.0 %", "— NoDayLeft", "90"],
        ),
        (
            "data-through before the period",
            standing("2026-11", "2026-10-31", Some(3_000), 0, Calendar),
            ["0.0 %", "0.0 %", "+0.0 pp", not_begun, not_begun, "100", not_begun],
        ),
        (
            "data-through after the period",
            standing("2026-11", "2026-12-24", Some(3_000), 3_300, Calendar),
            ["110.0 %", "100.0 %", "+10.0 pp", "3300", "110.0 %", "— NoDayLeft", "110"],
        ),
        (
            "target zero: no denominator, but the forecast needs none",
            standing("2026-11", "2026-11-15", Some(0), 60, Calendar),
            [
                "— TargetNotPositive",
                "50.0 %",
                "— TargetNotPositive",
                "120",
                "— TargetNotPositive",
                "— TargetNotPositive",
                "4",
            ],
        ),
        (
            "no target",
            standing("2026-11", "2026-11-15", None, 60, Calendar),
            ["— NoTarget", "50.0 %", "— NoTarget", "120", "— NoTarget", "— NoTarget", "4"],
        ),
        (
            "reached early: nothing more is needed",
            standing("2026-11", "2026-11-15", Some(100), 130, Calendar),
            ["130.0 %", "50.0 %", "+80.0 pp", "260", "260.0 %", "0", "8"],
        ),
        (
            "more came back than went out",
            standing("2026-11", "2026-11-15", Some(100), -30, Calendar),
            ["-30.0 %", "50.0 %", "-80.0 pp", "-60", "-60.0 %", "9", "-2"], // 130 ÷ 15 = 8.7, rounded up
        ),
        (
            "a leap February: 29 days",
            standing("2024-02", "2024-02-28", Some(2_900), 2_800, Calendar),
            ["96.6 %", "96.6 %", "+0.0 pp", "2900", "100.0 %", "100", "100"],
        ),
        (
            "a week across two years: Monday 28 December to Sunday 3 January, through Friday",
            standing("2026-W53", "2027-01-01", Some(700), 400, Calendar),
            ["57.1 %", "71.4 %", "-14.3 pp", "560", "80.0 %", "150", "80"],
        ),
        (
            "the same week by weekdays: no working day left, though the weekend is to come",
            standing("2026-W53", "2027-01-01", Some(700), 400, DayWeights::WeekdaysOnly),
            ["57.1 %", "100.0 %", "-42.9 pp", "400", "57.1 %", "— NoDayLeft", "80"],
        ),
    ];
    for (why, standing, expect) in cases {
        check(why, &standing, expect);
    }
}

#[test]
fn on_a_working_calendar_by_hand() {
    let mut china = china();
    // October 2026 has 18 working days, 3 of them (8, 9 and Saturday 10) through the 10th.
    let by_days = standing("2026-10", "2026-10-10", Some(1_800), 240, DayWeights::Working(&china));
    check("working days", &by_days, ["13.3 %", "16.7 %", "-3.3 pp", "1440", "80.0 %", "104", "80"]);
    assert_eq!(by_days.time_gone().basis, Some(Basis::WorkingDays { calendar: Some("cn".into()) }));
    // National Day's week before any working day: nothing has elapsed by weight, and there is still all to do.
    let holiday = standing("2026-10", "2026-10-07", Some(1_800), 50, DayWeights::Working(&china));
    check("holidays", &holiday, ["2.8 %", "0.0 %", "+2.8 pp", "— NotBegun", "— NotBegun", "98", "— NotBegun"]);
    // A week that sells most at the weekend: weights 10, 10, 10, 12, 15, 30, 25; through Friday 57 of 112.
    china.weekday = [10, 10, 10, 12, 15, 30, 25];
    let pattern = standing("2026-W46", "2026-11-13", Some(1_120), 560, DayWeights::Pattern(&china));
    // Forecast 560 × 112 ÷ 57 = 1,100.3; needed a day 560 ÷ 2; so far 560 ÷ 5.
    check("weekday pattern", &pattern, ["50.0 %", "50.9 %", "-0.9 pp", "1100", "98.2 %", "280", "112"]);
    // A calendar on which no day counts.
    china.weekday = [0; 7];
    let none = standing("2026-W46", "2026-11-13", Some(1_120), 560, DayWeights::Pattern(&china));
    let (no_weight, not_begun) = ("— NoWeight", "— NotBegun");
    check("no weight", &none, ["50.0 %", no_weight, no_weight, not_begun, not_begun, "— NoDayLeft", not_begun]);
}

#[test]
fn compared_by_hand() {
    let at = |actual, last_year: Option<i64>, last_period: Option<i64>| Standing {
        last_year: last_year.map(Amount),
        last_period: last_period.map(Amount),
        ..standing("2026-11", "2026-11-22", Some(1), actual, DayWeights::Calendar)
    };
    let cases = [
        (at(120, Some(100), Some(160)), "20.0 %", "-25.0 %"),
        (at(0, Some(100), Some(0)), "-100.0 %", "— NothingToCompare"),
        (at(120, None, Some(-5)), "— NothingToCompare", "— NothingToCompare"),
    ];
    for (standing, year, period) in cases {
        assert_eq!((shown(&standing.vs_last_year()), shown(&standing.vs_last_period())), (year.into(), period.into()));
    }
    let early =
        Standing { last_year: Some(Amount(9)), ..standing("2026-11", "2026-10-31", None, 0, DayWeights::Calendar) };
    assert_eq!(shown(&early.vs_last_year()), "— NotBegun");
}

#[test]
fn a_figure_names_what_it_was_made_of() {
    let standing = standing("2026-11", "2026-11-22", Some(42_000_000), 28_640_000, DayWeights::Calendar);
    let gap = standing.pacing_gap();
    let of = |what, value| Term { what, value };
    assert_eq!(gap.numerator, Some(of(What::Actual, 28_640_000)));
    assert_eq!(gap.denominator, Some(of(What::Target, 42_000_000)));
    assert_eq!(gap.minus, Some((of(What::ElapsedWeight, 22), of(What::TotalWeight, 30))));
    assert_eq!((gap.basis, gap.period, gap.through), (Some(Basis::CalendarDays), standing.period, standing.through));
    let needed = standing.required_daily();
    assert_eq!(
        needed.numerator.zip(needed.denominator),
        Some((of(What::StillNeeded, 13_360_000), of(What::DaysLeft, 8)))
    );
    assert_eq!(standing.forecast().times, Some(of(What::TotalWeight, 30)));
    assert_eq!(standing.band(), Some(Band::Behind));
}

#[test]
fn ratios_by_hand() {
    let ratio = |numerator, denominator, target_bp| RatioStanding {
        period: Period::Month(2026, 11),
        through: "2026-11-22".parse().expect("a date"),
        numerator: Amount(numerator),
        denominator: Amount(denominator),
        target_bp,
    };
    let cases = [
        (ratio(170, 250, Some(8_500)), "68.0 %", "80.0 %", "-17.0 pp"),
        (ratio(170, 250, None), "68.0 %", "— NoTarget", "— NoTarget"),
        (ratio(170, 250, Some(0)), "68.0 %", "— TargetNotPositive", "— TargetNotPositive"),
        (ratio(0, 0, Some(8_500)), "— NothingChecked", "— NothingChecked", "— NothingChecked"),
    ];
    for (standing, value, achievement, gap) in cases {
        let seen = [standing.ratio(), standing.achievement(), standing.gap()].map(|figure| shown(&figure));
        assert_eq!(seen, [value, achievement, gap]);
    }
}

#[test]
fn samples_by_hand() {
    // Wilson's interval: 8 of 10 is 49.0 to 94.3 % (Wilson 1927, as tabulated in textbooks); 0 of 10 is 0 to 27.8 %.
    let cases = [
        ((8, 10, 20), Some("80.0 50.0 49.0 94.3"), false),
        ((0, 10, 20), Some("0.0 50.0 0.0 27.8"), false),
        ((10, 10, 100), Some("100.0 10.0 72.2 100.0"), true), // all passed, and few
        ((9, 12, 54), Some("75.0 22.2 46.8 91.1"), true),     // the drawing: 12 of 54, “Few”
        ((0, 0, 54), None, true),                             // not visited is not compliant
    ];
    for ((passed, checked, in_scope), expect, few) in cases {
        let sample = Sample { passed, checked, in_scope };
        let seen =
            sample.rate().zip(sample.coverage()).zip(sample.interval()).map(|((rate, coverage), (low, high))| {
                let [rate, coverage, low, high] = [rate, coverage, low, high].map(|share| share * 100.0);
                format!("{rate:.1} {coverage:.1} {low:.1} {high:.1}")
            });
        assert_eq!((seen.as_deref(), sample.is_few()), (expect, few), "{sample:?}");
    }
    let both = Sample { passed: 1, checked: 2, in_scope: 3 }.and(Sample { passed: 9, checked: 10, in_scope: 40 });
    assert_eq!(both, Sample { passed: 10, checked: 12, in_scope: 43 });
    let period = Period::Month(2026, 11);
    let figure = both.figure(period, period.last());
    assert_eq!(figure.denominator, Some(Term { what: What::Checked, value: 12 }));
    assert_eq!(shown(&both.coverage_figure(period, period.last())), "27.9 %");
}

proptest! {
    #[test]
    fn nothing_overflows(target in any::<i64>(), actual in any::<i64>(), elapsed in any::<u64>(), more in any::<u64>(), days in any::<(u16, u16)>()) {
        let time = TimeGone {
            elapsed, total: elapsed.saturating_add(more), days_elapsed: days.0.into(), days_left: days.1.into(),
        };
        let standing = Standing {
            time, last_year: Some(Amount(target)), last_period: Some(Amount(actual)),
            ..standing("2026-11", "2026-11-22", Some(target), actual, DayWeights::Calendar)
        };
        for figure in standing.figures() {
            prop_assert!(figure.share().is_none_or(f64::is_finite) && figure.points().is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn the_interval_holds_the_rate(passed in 0u64..1_000, failed in 0u64..1_000) {
        let sample = Sample { passed, checked: passed + failed, in_scope: 2_000 };
        if let (Some(rate), Some((low, high))) = (sample.rate(), sample.interval()) {
            prop_assert!(0.0 <= low && low <= rate + 1e-9 && rate <= high + 1e-9 && high <= 1.0);
        }
    }
}
