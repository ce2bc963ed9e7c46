//! Imports that a person has confirmed: one table, whole or not at all. And what is said about rows that are not taken.
//!
//! How a file becomes such a table, and what makes a row right, is `aisle-import`'s business; both sides ask it.

use serde::{Deserialize, Serialize};

/// Most rows of one import over the wire.
pub const IMPORT_ROWS_MAX: usize = 100_000;

/// Most bytes in the body of an import.
pub const IMPORT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Most refused rows that an answer names; `refused_more` counts the rest.
pub const IMPORT_REFUSED_MAX: usize = 1_000;

/// A table that can be imported, in the order in which they build on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// The tree of territories.
    Territories,
    /// People and accounts.
    People,
    /// Products.
    Products,
    /// Shops.
    Shops,
    /// Must-sell lists.
    MustSell,
    /// Targets by metric, shop and month.
    Targets,
    /// Sales by shop, product and day.
    Actuals,
}

/// What is wrong with a row or a field. Its words are `aisle-import`'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Wrong {
    /// A field that has to hold something.
    Empty,
    /// An id that is too long or holds what ids cannot hold.
    BadId {
        /// What stands there.
        value: String,
    },
    /// Names something that is not there, or is nobody's business here.
    Unknown {
        /// What stands there.
        value: String,
    },
    /// The same id or key in a row before.
    Twice {
        /// What stands there.
        value: String,
    },
    /// No whole number from 0 up.
    NotWhole {
        /// What stands there.
        value: String,
    },
    /// No number at all.
    NotNumber {
        /// What stands there.
        value: String,
    },
    /// More decimals than there are.
    Decimals {
        /// What stands there.
        value: String,
        /// How many there may be.
        digits: u8,
    },
    /// Larger than any figure can be.
    TooLarge {
        /// What stands there.
        value: String,
    },
    /// Below zero where that means nothing.
    Negative {
        /// What stands there.
        value: String,
    },
    /// No date.
    NotDate {
        /// What stands there.
        value: String,
    },
    /// A day that has not come yet.
    Future {
        /// What stands there.
        value: String,
    },
    /// No month.
    NotMonth {
        /// What stands there.
        value: String,
    },
    /// No metric that has targets.
    NotMetric {
        /// What stands there.
        value: String,
    },
    /// No barcode.
    NotBarcode {
        /// What stands there.
        value: String,
    },
    /// No number of degrees.
    NotDegrees {
        /// What stands there.
        value: String,
    },
    /// No place on Earth.
    NotPlace {
        /// What stands there.
        value: String,
    },
    /// One of latitude and longitude without the other.
    HalfPlace,
    /// No weekday.
    NotWeekday {
        /// What stands there.
        value: String,
    },
    /// No role.
    NotRole {
        /// What stands there.
        value: String,
    },
    /// Neither yes nor no.
    NotYesNo {
        /// What stands there.
        value: String,
    },
    /// A sign-in name that somebody else has.
    LoginTaken {
        /// What stands there.
        value: String,
    },
    /// A password longer than is taken.
    LongPassword,
    /// A territory that would lie below itself.
    Circle {
        /// The territory.
        id: String,
        /// What it would lie below.
        value: String,
    },
    /// More or fewer fields than there are headings.
    Fields {
        /// Fields of the row.
        has: u32,
        /// Headings.
        wants: u32,
    },
    /// A plan sets this target: it is changed by splitting the plan.
    Planned {
        /// The target's month.
        value: String,
    },
    /// The row cannot be read as text.
    Unreadable,
}

/// A row that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refused {
    /// Of a file: its line or row from 1, as spreadsheets count. Of a request: place among its rows, from 0.
    pub line: u64,
    /// Column by the name Aisle gives it; empty when the whole row is meant.
    pub column: String,
    /// What is wrong.
    pub why: Wrong,
}

/// An import that a person has confirmed, or wants to see the effect of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRequest {
    /// Protocol version.
    pub proto: u32,
    /// Names this import: sent again under the same name it takes no effect again. 8 to 64 letters, digits and dashes.
    pub id: String,
    /// What it is.
    pub table: Table,
    /// Name of the file, for the audit log.
    pub file: String,
    /// Only says what would happen.
    #[serde(default)]
    pub dry: bool,
    /// Names of columns.
    pub columns: Vec<String>,
    /// Rows, as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// What became of an import, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportResponse {
    /// Whether it is in effect now. Never for a dry run, nor when a row is refused.
    pub done: bool,
    /// It was in effect before, under the same name; the counts are those of that time.
    #[serde(default)]
    pub dup: bool,
    /// Rows that are new.
    pub created: u64,
    /// Rows that change something.
    pub updated: u64,
    /// Rows that say what is there already.
    pub unchanged: u64,
    /// Rows that are not taken, and why nothing is. `line` is the place among the request's rows, from 0.
    #[serde(default)]
    pub refused: Vec<Refused>,
    /// Refused rows that are not named.
    #[serde(default)]
    pub refused_more: u64,
}
