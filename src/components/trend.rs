//! The last scores as a small line, with the pass line and a table of the same numbers.

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};

const WIDTH: f64 = 358.0;
const HEIGHT: f64 = 92.0;
/// Where the line may run, top and bottom: room for a number above and below, and the dates under it.
const TOP: f64 = 24.0;
const BOTTOM: f64 = 56.0;
const SIDE: f64 = 18.0;

/// One score.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendPoint {
    /// When, short.
    pub label: String,
    /// The score.
    pub value: f64,
    /// The score, formatted.
    pub text: String,
    /// Whether it passed. Shape and colour follow this, not the line.
    pub passed: bool,
}

/// Where everything is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Plot {
    points: Vec<(f64, f64, TrendPoint)>,
    pass: Option<f64>,
}

impl Plot {
    fn of(points: &[TrendPoint], pass: Option<f64>) -> Self {
        let values = || points.iter().map(|point| point.value).chain(pass);
        let low = values().fold(f64::INFINITY, f64::min);
        let span = values().fold(f64::NEG_INFINITY, f64::max) - low;
        let y = |value: f64| {
            // All alike: the middle.
            let share = if span > 0.0 { (value - low) / span } else { 0.5 };
            BOTTOM - share * (BOTTOM - TOP)
        };
        let gaps = points.len().saturating_sub(1).max(1);
        #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
        let x = |at: usize| SIDE + (WIDTH - 2.0 * SIDE) * at as f64 / gaps as f64;
        Self {
            pass: pass.map(y),
            points: points.iter().enumerate().map(|(at, point)| (x(at), y(point.value), point.clone())).collect(),
        }
    }

    fn line(&self) -> String {
        let mut path = String::new();
        for (at, (x, y, _)) in self.points.iter().enumerate() {
            path.push_str(&format!("{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" }));
        }
        path
    }
}

/// The line of the last scores. Draws nothing for no scores; the caller says “never visited”.
#[component]
pub fn ScoreTrend(
    /// The scores, oldest first; six fit.
    #[prop(into)]
    points: Signal<Vec<TrendPoint>>,
    /// The pass line. `None`: there is none.
    #[prop(into)]
    pass: Signal<Option<f64>>,
    /// All of it as a sentence.
    #[prop(into)]
    label: Signal<String>,
    /// The word that opens the table.
    #[prop(into)]
    table_label: Signal<String>,
    /// The table's column of dates.
    #[prop(into)]
    date_label: Signal<String>,
    /// The table's column of scores.
    #[prop(into)]
    score_label: Signal<String>,
) -> impl IntoView {
    let plot = Memo::new(move |_| Plot::of(&points.read(), pass.get()));
    let present = Memo::new(move |_| !points.read().is_empty());
    let rows = move || {
        points
            .get()
            .into_iter()
            .map(|point| view! { <tr><th scope="row">{point.label}</th><td>{point.text}</td></tr> })
            .collect_view()
    };
    view! {
        <Show when=move || present.get()>
            <svg class="trend" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>
                {move || {
                    plot.get().pass.map(|y| view! { <path class="trend__pass" d=format!("M0 {y:.1}H{WIDTH}")></path> })
                }}
                <path class="trend__line" d=move || plot.get().line()></path>
                {move || plot.get().points.into_iter().map(dot).collect_view()}
            </svg>
            <details class="trend-data">
                <summary>{table_label} <Icon name=IconName::Chev size=IconSize::S16 /></summary>
                <table class="tbl">
                    <thead>
                        <tr>
                            <th scope="col">{date_label}</th>
                            <th scope="col">{score_label}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </Show>
    }
}

/// One score: a disc with its number above, or an outlined square with its number below.
fn dot((x, y, point): (f64, f64, TrendPoint)) -> impl IntoView {
    let shape = if point.passed {
        view! { <circle class="trend__ok" cx=x.to_string() cy=y.to_string() r="5"></circle> }.into_any()
    } else {
        let (left, top) = ((x - 5.0).to_string(), (y - 5.0).to_string());
        view! { <rect class="trend__miss" x=left y=top width="10" height="10"></rect> }.into_any()
    };
    let number_y = if point.passed { y - 11.0 } else { y + 18.0 };
    view! {
        {shape}
        <text class="trend__v" x=x.to_string() y=number_y.to_string() text-anchor="middle">
            {point.text}
        </text>
        <text class="trend__k" x=x.to_string() y=(HEIGHT - 2.0).to_string() text-anchor="middle">
            {point.label}
        </text>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64) -> TrendPoint {
        TrendPoint { label: "23 Nov".into(), value, text: value.to_string(), passed: value >= 80.0 }
    }

    #[test]
    fn the_best_score_is_on_top_and_the_worst_at_the_bottom() {
        let plot = Plot::of(&[point(77.0), point(84.0)], Some(80.0));
        assert_eq!((plot.points[0].1, plot.points[1].1), (BOTTOM, TOP));
        assert!(plot.pass.is_some_and(|y| TOP < y && y < BOTTOM));
    }

    #[test]
    fn equal_scores_and_a_single_one_stay_on_the_page() {
        for points in [vec![point(80.0)], vec![point(80.0), point(80.0)]] {
            for (x, y, _) in Plot::of(&points, None).points {
                assert!(x.is_finite() && (0.0..=WIDTH).contains(&x));
                assert!(y.is_finite() && (TOP..=BOTTOM).contains(&y));
            }
        }
    }
}
