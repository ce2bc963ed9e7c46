//! Columns: what each day (or month) of a period brought, against what was planned for it, and what the rest still needs.
//!
//! Past days are solid, the first one still to come carries the tag's yellow (now), the others are outlined. The numbers
//! are in a table under the chart.

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};

const WIDTH: f64 = 358.0;
/// Where columns may stand: room for a word above and the axis below.
const TOP: f64 = 16.0;
const FLOOR: f64 = 96.0;
const HEIGHT: f64 = 120.0;
/// Of the room of a column, what stays free.
const FREE: f64 = 0.22;

/// Where a column is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnStage {
    /// Over: what it brought.
    Past,
    /// The first one to come: what it needs.
    Now,
    /// Later: what it needs.
    Later,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// When, for the table.
    pub label: String,
    /// When, short, under the axis. Empty: nothing there.
    pub tick: String,
    /// Where it is in time.
    pub stage: ColumnStage,
    /// How high: what it brought, or what it needs.
    pub value: f64,
    /// The same, formatted.
    pub text: String,
    /// What was planned, as high as that. `None`: nothing.
    pub plan: Option<f64>,
    /// The same, formatted.
    pub plan_text: String,
}

/// A column as it is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    x: f64,
    width: f64,
    y: f64,
    plan: Option<f64>,
    of: Column,
}

/// Places columns. Returns below zero stand on the floor: their number is in the table.
fn draw(columns: &[Column]) -> Vec<Drawn> {
    let heights = columns.iter().flat_map(|column| [Some(column.value), column.plan]).flatten();
    let most = heights.filter(|height| height.is_finite()).fold(0.0, f64::max);
    let y = |value: f64| if most > 0.0 { FLOOR - (value / most).clamp(0.0, 1.0) * (FLOOR - TOP) } else { FLOOR };
    #[expect(clippy::cast_precision_loss, reason = "as many as days in a month")]
    let room = WIDTH / columns.len().max(1) as f64;
    let at = |(place, column): (usize, &Column)| {
        #[expect(clippy::cast_precision_loss, reason = "as many as days in a month")]
        let x = place as f64 * room + room * FREE / 2.0;
        Drawn { x, width: room * (1.0 - FREE), y: y(column.value), plan: column.plan.map(y), of: column.clone() }
    };
    columns.iter().enumerate().map(at).collect()
}

/// The columns of a period.
#[component]
pub fn Columns(
    /// The columns, oldest first.
    #[prop(into)]
    columns: Signal<Vec<Column>>,
    /// All of it as a sentence.
    #[prop(into)]
    label: Signal<String>,
    /// What the days to come need, above them. Empty: nothing.
    #[prop(optional, into)]
    needed: Signal<String>,
    /// The word that opens the table.
    #[prop(into)]
    table_label: Signal<String>,
    /// The table's column of days.
    #[prop(into)]
    when_label: Signal<String>,
    /// The table's column of what was brought or is needed.
    #[prop(into)]
    value_label: Signal<String>,
    /// The table's column of what was planned.
    #[prop(into)]
    plan_label: Signal<String>,
) -> impl IntoView {
    let drawn = Memo::new(move |_| draw(&columns.read()));
    let rows = move || {
        let row = |column: Column| {
            view! {
                <tr>
                    <th scope="row">{column.label}</th>
                    <td>{column.text}</td>
                    <td>{column.plan_text}</td>
                </tr>
            }
        };
        columns.get().into_iter().map(row).collect_view()
    };
    view! {
        <svg class="cols-chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>
            {move || drawn.get().into_iter().map(column).collect_view()}
            <path class="cols-chart__floor" d=format!("M0 {FLOOR}H{WIDTH}")></path>
            <text class="cols-chart__need" x=WIDTH y="11" text-anchor="end">
                {needed}
            </text>
        </svg>
        <details class="trend-data">
            <summary>{table_label} <Icon name=IconName::Chev size=IconSize::S16 /></summary>
            <table class="tbl">
                <thead>
                    <tr>
                        <th scope="col">{when_label}</th>
                        <th scope="col">{value_label}</th>
                        <th scope="col">{plan_label}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

fn column(drawn: Drawn) -> impl IntoView {
    let Drawn { x, width, y, plan, of } = drawn;
    let class = match of.stage {
        ColumnStage::Past => "cols-chart__past",
        ColumnStage::Now => "cols-chart__now",
        ColumnStage::Later => "cols-chart__later",
    };
    let middle = x + width / 2.0;
    view! {
        <rect class=class x=format!("{x:.1}") y=format!("{y:.1}") width=format!("{width:.1}") height=format!("{:.1}", FLOOR - y)></rect>
        {plan
            .map(|plan| {
                let d = format!("M{:.1} {plan:.1}h{:.1}", x - width * FREE / 2.0, width * (1.0 + FREE));
                view! { <path class="cols-chart__plan" d=d></path> }
            })}
        {(!of.tick.is_empty())
            .then(|| {
                let now = of.stage == ColumnStage::Now;
                view! {
                    <text
                        class=if now { "cols-chart__tick cols-chart__tick--now" } else { "cols-chart__tick" }
                        x=format!("{middle:.1}")
                        y="114"
                        text-anchor="middle"
                    >
                        {of.tick}
                    </text>
                }
            })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(value: f64, plan: Option<f64>) -> Column {
        let text = String::new();
        Column {
            label: text.clone(),
            tick: text.clone(),
            stage: ColumnStage::Past,
            value,
            text: text.clone(),
            plan,
            plan_text: text,
        }
    }

    #[test]
    fn columns_stand_on_the_floor_and_the_highest_reaches_the_top() {
        let drawn = draw(&[past(50.0, Some(100.0)), past(0.0, None), past(-20.0, None)]);
        assert_eq!(drawn.iter().map(|d| d.y).collect::<Vec<_>>(), [FLOOR - (FLOOR - TOP) / 2.0, FLOOR, FLOOR]);
        assert_eq!((drawn[0].plan, drawn[1].plan), (Some(TOP), None));
        assert!(drawn.windows(2).all(|pair| pair[0].x + pair[0].width < pair[1].x), "columns do not touch");
    }

    #[test]
    fn a_period_without_anything_is_flat() {
        assert!(draw(&[past(0.0, None), past(0.0, Some(0.0))]).iter().all(|drawn| drawn.y == FLOOR));
        assert!(draw(&[]).is_empty());
    }
}
