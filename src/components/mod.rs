//! Widgets that know no app types: data and callbacks come in as props, nothing else.
//!
//! Not here: what a screen shows (`screens`), where data comes from (`state`), numbers and dates as text (the callers
//! format them for the language).
pub mod answer;
pub mod bar;
pub mod button;
pub mod choice;
pub mod field;
pub mod figure;
pub mod icon;
pub mod meter;
pub mod nav;
pub mod notice;
pub mod photo;
pub mod record;
pub mod route;
pub mod sheet;
pub mod shelf;
pub mod stepper;
pub mod toast;
pub mod trend;
pub mod twin;
pub mod visit;

pub use answer::{Answer, AnswerChoice, Tone};
pub use bar::{Back, Bar, SyncChip, SyncState, WorkBar};
pub use button::{Button, ButtonKind, IconButton, LinkButton, TextLink};
pub use choice::{Chips, Choice, Segmented};
pub use field::{Field, FieldKind, SearchBox};
pub use figure::{Fact, Facts, Figure, Kpi, Kpis};
pub use icon::{Icon, IconName, IconSize, Logo};
pub use meter::{Load, Meter, Steps};
pub use nav::{Dock, DockTool, NavItem, SideRail, TabBar};
pub use notice::{Empty, Mark, MarkKind, Note, Panel, PanelKind, Skeleton, SkeletonShape, Tag, UpdateNotice};
pub use photo::{FileDrop, Photo, PhotoAdd, Photos};
pub use record::{RecordStage, RecordState};
pub use route::{Route, StopRow, StopStage};
pub use sheet::Sheet;
pub use shelf::{Next, Row, Shelf};
pub use stepper::Stepper;
pub use toast::{ToastItem, ToastRegion};
pub use trend::{ScoreTrend, TrendPoint};
pub use twin::{Band, Delta, Twin, TwinKey, TwinSize};
pub use visit::{MeterBar, Question, SectionItem, SectionsNav};
