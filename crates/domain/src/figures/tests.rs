//! Worked examples by hand for every figure of PRODUCT.md §2 (issue 4, shown by 2).

use super::*;
use crate::calendar::{DayWeights, Window, china, iowa};
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
    let cases: [(&str, Standing, Row); 14] = [
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
            // Forecast 60 × 30 ÷ 15 = 120; so far 60 ÷ 15 = 4. Nothing is divided by a target below zero.
            "negative target, such as planned returns",
            standing("2026-11", "2026-11-15", Some(-100), 60, Calendar),
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
            // −80 ÷ −100 would read as 80 % reached: it is a dash. Forecast −80 × 2; so far −80 ÷ 15 = −5.3, toward zero.
            "negative target and negative actual",
            standing("2026-11", "2026-11-15", Some(-100), -80, Calendar),
            [
                "— TargetNotPositive",
                "50.0 %",
                "— TargetNotPositive",
                "-160",
                "— TargetNotPositive",
                "— TargetNotPositive",
                "-5",
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
fn first_and_last_day_on_a_working_calendar_by_hand() {
    let (china, iowa) = (china(), iowa());
    let not_begun = "— NotBegun";
    // China's October 2026: the 1st to 7th are holidays, Saturday the 10th is worked, Saturday the 31st is not. The 18
    // working days are 8, 9, 10, 12–16, 19–23 and 26–30.
    // Iowa's November 2026: 21 weekdays less the 11th (Veterans Day), 26th and 27th (Thanksgiving) are 18; the 1st is a Sunday.
    let cases = [
        (
            // 90 ÷ 1,800; of 18 working days none has passed; needed 1,710 ÷ 18.
            "the first day of the month is a holiday: sold, but no working day has passed",
            standing("2026-10", "2026-10-01", Some(1_800), 90, DayWeights::Working(&china)),
            ["5.0 %", "0.0 %", "+5.0 pp", not_begun, not_begun, "95", not_begun],
        ),
        (
            // 240 ÷ 1,800 = 13.33; 1 ÷ 18 = 5.56; 240 × 18; 4,320 ÷ 1,800; 1,560 ÷ 17 = 91.8, rounded up.
            "the first working day",
            standing("2026-10", "2026-10-08", Some(1_800), 240, DayWeights::Working(&china)),
            ["13.3 %", "5.6 %", "+7.8 pp", "4320", "240.0 %", "92", "240"],
        ),
        (
            // 1,620 ÷ 1,800; 17 ÷ 18 = 94.44; 1,620 × 18 ÷ 17 = 1,715.3; 1,715 ÷ 1,800 = 95.28; 180 ÷ 1; 1,620 ÷ 17 = 95.3.
            "the last working day but one",
            standing("2026-10", "2026-10-29", Some(1_800), 1_620, DayWeights::Working(&china)),
            ["90.0 %", "94.4 %", "-4.4 pp", "1715", "95.3 %", "180", "95"],
        ),
        (
            // 1,710 ÷ 1,800; 18 of 18; 1,710 ÷ 18.
            "the last working day, with a Saturday to come: no working day left",
            standing("2026-10", "2026-10-30", Some(1_800), 1_710, DayWeights::Working(&china)),
            ["95.0 %", "100.0 %", "-5.0 pp", "1710", "95.0 %", "— NoDayLeft", "95"],
        ),
        (
            // 1,728 ÷ 1,800; what the Saturday brought counts, its weight does not; 1,728 ÷ 18.
            "the last day of the month, a Saturday",
            standing("2026-10", "2026-10-31", Some(1_800), 1_728, DayWeights::Working(&china)),
            ["96.0 %", "100.0 %", "-4.0 pp", "1728", "96.0 %", "— NoDayLeft", "96"],
        ),
        (
            // 18 ÷ 1,800; none of 18; 1,782 ÷ 18.
            "the first day of the month is a Sunday",
            standing("2026-11", "2026-11-01", Some(1_800), 18, DayWeights::Working(&iowa)),
            ["1.0 %", "0.0 %", "+1.0 pp", not_begun, not_begun, "99", not_begun],
        ),
        (
            // 1,530 ÷ 1,800; 17 of 18, as only Monday the 30th is to come; 1,530 × 18 ÷ 17; 1,620 ÷ 1,800; 270 ÷ 1; 1,530 ÷ 17.
            "Sunday before the last day, after four days without work",
            standing("2026-11", "2026-11-29", Some(1_800), 1_530, DayWeights::Working(&iowa)),
            ["85.0 %", "94.4 %", "-9.4 pp", "1620", "90.0 %", "270", "90"],
        ),
        (
            // 1,980 ÷ 1,800; 18 of 18; 1,980 ÷ 18.
            "the last day of the month is worked",
            standing("2026-11", "2026-11-30", Some(1_800), 1_980, DayWeights::Working(&iowa)),
            ["110.0 %", "100.0 %", "+10.0 pp", "1980", "110.0 %", "— NoDayLeft", "110"],
        ),
    ];
    for (why, standing, expect) in cases {
        check(why, &standing, expect);
    }
}

/// Facts by day; those outside the compared windows are large, so that a day too many or too few is seen.
type Facts = &'static [(&'static str, i64)];

/// A standing whose actual, last year's and last period's are summed from facts over the windows of the calendar.
fn from_facts(period: &str, through: &str, facts: Facts, weights: DayWeights<'_>) -> Standing {
    let standing = standing(period, through, None, 0, weights);
    let elapsed = Window::elapsed(standing.period, standing.through);
    let sum = |window: Window| {
        let of = |(day, amount): &(&str, i64)| window.contains(day.parse().expect("a date")).then_some(Amount(*amount));
        facts.iter().filter_map(of).sum::<Amount>()
    };
    let same = |other: Option<Period>| Some(sum(elapsed?.same_days_of(standing.period, other?)));
    let (last_year, last_period) = (same(standing.period.year_before()), same(standing.period.previous()));
    Standing { actual: elapsed.map(sum).unwrap_or_default(), last_year, last_period, ..standing }
}

#[test]
fn compared_on_the_same_elapsed_days_by_hand() {
    use DayWeights::Calendar;
    // Why, period, data-through day, facts, against last year, against last period.
    let cases: [(&str, &str, &str, Facts, &str, &str); 16] = [
        (
            // 120 against 100 of 1 November 2025: +20 %; against 160 of 1 October: −40 ÷ 160.
            "the first day of a month meets one day of each",
            "2026-11",
            "2026-11-01",
            &[("2026-11-01", 120), ("2025-11-01", 100), ("2025-11-02", 900), ("2026-10-01", 160), ("2026-10-02", 900)],
            "20.0 %",
            "-25.0 %",
        ),
        (
            // 29 days meet the 1st to 29th: 150 against 120, +30 ÷ 120; against 200, −50 ÷ 200. The 30th and 31st wait.
            "the last day but one",
            "2026-11",
            "2026-11-29",
            &[
                ("2026-11-29", 150),
                ("2025-11-29", 120),
                ("2025-11-30", 900),
                ("2026-10-29", 200),
                ("2026-10-30", 900),
                ("2026-10-31", 900),
            ],
            "25.0 %",
            "-25.0 %",
        ),
        (
            // The month is over and meets the whole of October, 31 days: 150 against 60 + 40 = 100; against 50 + 250 = 300.
            "the last day meets whole periods, though the one before is longer",
            "2026-11",
            "2026-11-30",
            &[
                ("2026-11-01", 70),
                ("2026-11-30", 80),
                ("2025-11-01", 60),
                ("2025-11-30", 40),
                ("2026-10-01", 50),
                ("2026-10-31", 250),
                ("2025-12-01", 900),
            ],
            "50.0 %",
            "-50.0 %",
        ),
        (
            // 30 elapsed days of March meet all 28 of February: 90 against 60; 30 of March 2025: against 100.
            "a longer month, one day before its end",
            "2026-03",
            "2026-03-30",
            &[("2026-03-30", 90), ("2025-03-30", 100), ("2025-03-31", 900), ("2026-02-28", 60), ("2026-01-31", 900)],
            "-10.0 %",
            "50.0 %",
        ),
        (
            // February 2024 is over with its 29th: all 28 days of 2023, all 31 of January. 116 against 100; against 145.
            "a month that ends with the leap day",
            "2024-02",
            "2024-02-29",
            &[("2024-02-28", 56), ("2024-02-29", 60), ("2023-02-28", 100), ("2023-03-01", 900), ("2024-01-31", 145)],
            "16.0 %",
            "-20.0 %",
        ),
        (
            // 28 days of a leap February meet 28 of 2023 and 28 of January: 56 against 100; against 70.
            "the day before the leap day",
            "2024-02",
            "2024-02-28",
            &[("2024-02-28", 56), ("2024-02-29", 900), ("2023-02-28", 100), ("2024-01-28", 70), ("2024-01-29", 900)],
            "-44.0 %",
            "-20.0 %",
        ),
        (
            // The leap day itself meets 28 February 2023, and the day before: 60 against 48; against 80.
            "the leap day as a period",
            "2024-02-29",
            "2024-02-29",
            &[("2024-02-29", 60), ("2023-02-28", 48), ("2023-03-01", 900), ("2024-02-28", 80)],
            "25.0 %",
            "-25.0 %",
        ),
        (
            // 31 + 29 = 60 days of 2024 meet 60 of 2023: up to 1 March. 60 against 40 + 10; the year before is the period before.
            "a leap year through its leap day",
            "2024",
            "2024-02-29",
            &[("2024-02-29", 60), ("2023-02-28", 40), ("2023-03-01", 10), ("2023-03-02", 900)],
            "20.0 %",
            "20.0 %",
        ),
        (
            // 31 + 28 = 59 days of 2025 meet 59 of 2024: up to 28 February. 30 against 40.
            "a year after a leap year does not meet the leap day on 28 February",
            "2025",
            "2025-02-28",
            &[("2025-02-28", 30), ("2024-02-28", 40), ("2024-02-29", 900)],
            "-25.0 %",
            "-25.0 %",
        ),
        (
            // February 2025 is over: all 29 days of February 2024, 20 + 30; all of January.
            "a February that ends meets the whole leap February",
            "2025-02",
            "2025-02-28",
            &[("2025-02-28", 60), ("2024-02-28", 20), ("2024-02-29", 30), ("2025-01-31", 80)],
            "20.0 %",
            "-25.0 %",
        ),
        (
            // 60 days: 2023's first quarter up to 1 March, 2023's fourth up to 29 November (31 + 29). 90 against 75; against 120.
            "a leap quarter through the leap day",
            "2024-Q1",
            "2024-02-29",
            &[("2024-01-01", 90), ("2023-03-01", 75), ("2023-03-02", 900), ("2023-11-29", 120), ("2023-11-30", 900)],
            "20.0 %",
            "-25.0 %",
        ),
        (
            // Monday 28 December 2026 to Friday 1 January 2027. 2025 has no week 53: Monday 22 to Friday 26 December 2025.
            // Week 52: Monday 21 to Friday 25 December 2026. 40 + 20 against 50; against 80.
            "week 53, across two years, through Friday",
            "2026-W53",
            "2027-01-01",
            &[
                ("2026-12-28", 40),
                ("2027-01-01", 20),
                ("2025-12-22", 30),
                ("2025-12-26", 20),
                ("2025-12-27", 900),
                ("2026-12-25", 80),
                ("2026-12-26", 900),
            ],
            "20.0 %",
            "-25.0 %",
        ),
        (
            // The whole week 53 meets the whole week 52 of 2025 (to Sunday the 28th) and week 52 of 2026 (to Sunday the 27th).
            "week 53 on its last day",
            "2026-W53",
            "2027-01-03",
            &[("2027-01-03", 60), ("2025-12-28", 48), ("2025-12-29", 900), ("2026-12-27", 80), ("2027-01-04", 900)],
            "25.0 %",
            "-25.0 %",
        ),
        (
            // Monday 4 January 2027 meets Monday 28 December 2026 (week 53) and Monday 29 December 2025 (week 1 of 2026).
            "the first day of the week after week 53",
            "2027-W01",
            "2027-01-04",
            &[
                ("2027-01-04", 60),
                ("2026-12-28", 80),
                ("2026-12-29", 900),
                ("2025-12-29", 50),
                ("2025-12-30", 900),
                ("2026-01-04", 900),
            ],
            "20.0 %",
            "-25.0 %",
        ),
        (
            // −30 against 100: −130 ÷ 100. Last period's sum is −20, and nothing is divided by that.
            "more came back than went out",
            "2026-11",
            "2026-11-02",
            &[("2026-11-01", 10), ("2026-11-02", -40), ("2025-11-01", 100), ("2026-10-02", -20)],
            "-130.0 %",
            "— NothingToCompare",
        ),
        (
            "data-through before the period",
            "2026-11",
            "2026-10-31",
            &[("2025-11-01", 100), ("2026-10-31", 100)],
            "— NotBegun",
            "— NotBegun",
        ),
    ];
    for (why, period, through, facts, year, before) in cases {
        let standing = from_facts(period, through, facts, Calendar);
        assert_eq!([standing.vs_last_year(), standing.vs_last_period()].map(|f| shown(&f)), [year, before], "{why}");
    }
}

/// Comparisons are on the same elapsed days of the calendar, whatever the days weigh: shops sell on holidays too.
#[test]
fn compared_on_a_working_calendar_by_hand() {
    let china = china();
    let facts: Facts = &[
        ("2026-10-01", 90),
        ("2026-10-08", 30),
        ("2025-10-01", 75),
        ("2025-10-02", 25),
        ("2026-09-01", 120),
        ("2026-09-02", 40),
    ];
    let cases = [
        // A holiday: 90 against 75 of 1 October 2025; against 120 of 1 September. No working day has passed, one day has.
        ("2026-10-01", "20.0 %", "-25.0 %"),
        // The first working day, eight days in: 120 against 75 + 25; against 120 + 40.
        ("2026-10-08", "20.0 %", "-25.0 %"),
        // The last day, no working day: the same sums.
        ("2026-10-31", "20.0 %", "-25.0 %"),
    ];
    for (through, year, before) in cases {
        let standing = from_facts("2026-10", through, facts, DayWeights::Working(&china));
        assert_eq!(
            [standing.vs_last_year(), standing.vs_last_period()].map(|f| shown(&f)),
            [year, before],
            "{through}"
        );
    }
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
