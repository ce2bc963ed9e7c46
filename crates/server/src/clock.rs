//! Time. Handlers ask this clock and never the system, so that tests decide what time it is.
//!
//! Server time only: what a device's clock said is data, kept and compared, never used to order anything.

use chrono::{DateTime, Local, NaiveDate};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Milliseconds since 1970-01-01 UTC, by the server's clock.
pub type ServerTimeMs = i64;

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The operating system.
    #[default]
    System,
    /// A hand-set clock, milliseconds.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until it is moved through the returned handle.
    pub fn manual(start: ServerTimeMs) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start));
        (Self::Manual(hand.clone()), hand)
    }

    /// Now.
    pub fn now(&self) -> ServerTimeMs {
        match self {
            Self::System => chrono::Utc::now().timestamp_millis(),
            Self::Manual(hand) => hand.load(Ordering::Relaxed),
        }
    }

    /// Today in the server's time zone (`TZ`): the day on which assignments begin and end.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now())
    }
}

/// The day in the server's time zone that holds this instant.
pub fn day_of(at: i64) -> NaiveDate {
    DateTime::from_timestamp_millis(at).map_or(NaiveDate::MIN, |utc| utc.with_timezone(&Local).date_naive())
}
