//! Widgets that know no app types: data and callbacks come in as props, nothing else.
//!
//! Not here: what a screen shows (`screens`), where data comes from (`state`), numbers and dates as text (the callers
//! format them for the language). The look is in `style/components`, one file per block.
//!
//! # How props read
//!
//! - Text is `Signal<String>`: a literal, a `String`, a signal or a closure (`label=move || t_string!(…).to_owned()`), so
//!   that it follows the language. Optional text left out (or empty) draws nothing.
//! - Values are controlled: what shows is the signal, a change goes out through a `Callback`, and the caller sets the signal.
//! - Slots are `children`, or `ViewFn` props (`end=|| view! { … }`).
//! - Custom properties are set with `style=("--x", …)`; a style string would be refused by the content security policy.
//!
//! # Frame of a screen
//!
//! ```text
//! div.desk                       signed in; without it the screen stands alone (sign-in)
//!   SideRail                     from 760 px
//!   div.app [.app--cols | .app--wide]
//!     Bar | WorkBar              with SyncChip as child; on wide screens the rail's foot shows it
//!     main.app__main#main        [div.cols > div + div: two columns from 1000 px]
//!       Shelf … Row …            lists: ul.rows > li > Row
//!     Dock                       tools, primary action, tabs=TabBar
//! ToastRegion                    once, outside
//! ```
//!
//! # What there is
//!
//! | Group | Components |
//! |---|---|
//! | frame | [`Bar`], [`WorkBar`], [`SyncChip`], [`TabBar`], [`SideRail`], [`Dock`], [`DockTool`] |
//! | content | [`Shelf`], [`PeriodShelf`], [`Row`], [`Next`], [`Figure`], [`Kpis`], [`Kpi`], [`KpiButton`], [`WhySheet`], [`Facts`], [`Fact`], [`Icon`], [`Logo`] |
//! | twin rule | [`Twin`], [`TwinKey`], [`Delta`], [`ScoreTrend`], [`Columns`] |
//! | controls | [`Button`], [`LinkButton`], [`IconButton`], [`TextLink`], [`Field`], [`SelectField`], [`DayField`], [`SearchBox`], [`Stepper`], [`Segmented`], [`Chips`], [`Pick`], [`AmountCell`] |
//! | visit | [`MeterBar`], [`SectionsNav`], [`Question`], [`Answer`], [`Photos`], [`Photo`], [`PhotoAdd`], [`Route`], [`StopRow`] |
//! | said in place | [`Panel`], [`Note`], [`Empty`], [`Skeleton`], [`Tag`], [`Mark`], [`RecordState`], [`UpdateNotice`], [`Sheet`], [`ToastRegion`] |
//! | progress | [`Load`], [`Meter`], [`Steps`], [`FileDrop`] |
//! | charts | [`FunnelBar`], [`Interval`] |

pub mod answer;
pub mod bar;
pub mod button;
pub mod cell;
pub mod chart;
pub mod choice;
pub mod columns;
pub mod field;
pub mod figure;
pub mod icon;
pub mod meter;
pub mod nav;
pub mod notice;
pub mod period;
pub mod photo;
pub mod pick;
pub mod record;
pub mod route;
pub mod select;
pub mod sheet;
pub mod shelf;
pub mod stepper;
pub mod toast;
pub mod trend;
pub mod twin;
pub mod visit;
pub mod why;

pub use answer::{Answer, AnswerChoice, Tone};
pub use bar::{Back, Bar, SyncChip, SyncState, WorkBar};
pub use button::{Button, ButtonKind, IconButton, LinkButton, TextLink};
pub use cell::{AmountCell, CellKey};
pub use chart::{FunnelBar, Interval};
pub use choice::{Chips, Choice, Segmented};
pub use columns::{Column, ColumnStage, Columns};
pub use field::{Field, FieldKind, SearchBox};
pub use figure::{Fact, Facts, Figure, Kpi, Kpis};
pub use icon::{Icon, IconName, IconSize, Logo};
pub use meter::{Load, Meter, Steps};
pub use nav::{Dock, DockTool, NavItem, SideRail, TabBar};
pub use notice::{Empty, Mark, MarkKind, Note, Panel, PanelKind, Skeleton, SkeletonShape, Tag, UpdateNotice};
pub use period::PeriodShelf;
pub use photo::{FileDrop, Photo, PhotoAdd, Photos};
pub use pick::{Pick, PickOption};
pub use record::{RecordStage, RecordState};
pub use route::{Route, StopRow, StopStage};
pub use select::{DayField, SelectField};
pub use sheet::Sheet;
pub use shelf::{Next, Row, Shelf};
pub use stepper::Stepper;
pub use toast::{ToastItem, ToastRegion};
pub use trend::{ScoreTrend, TrendPoint};
pub use twin::{Band, Delta, Twin, TwinKey, TwinSize};
pub use visit::{MeterBar, Question, SectionItem, SectionsNav};
pub use why::{KpiButton, WhySheet, WhyText};

/// A number with two decimals, as attributes and custom properties take it. Not by `{:.2}`, whose digits are exact for
/// numbers of any size: nothing drawn needs that, and it would be a hundredth of the app.
fn hundredths(value: f64) -> String {
    let whole = (value * 100.0).round() as i64;
    let sign = if whole < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", whole.unsigned_abs() / 100, whole.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn numbers_have_two_decimals() {
        for (value, text) in [(0.0, "0.00"), (12.345, "12.35"), (-0.5, "-0.50"), (99.999, "100.00"), (-0.001, "0.00")] {
            assert_eq!(hundredths(value), text);
        }
    }
}
