//! Time, days and fresh identifiers.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime};

/// Milliseconds since 1970-01-01 UTC by this device's clock.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The device's offset from UTC at a moment, minutes east.
fn offset_minutes(at_ms: i64) -> i64 {
    let date = js_sys::Date::new(&(at_ms as f64).into());
    -(date.get_timezone_offset() as i64)
}

/// The device's local date and time of a moment.
pub fn local(at_ms: i64) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_millis(at_ms).unwrap_or_default().naive_utc();
    utc + Duration::minutes(offset_minutes(at_ms))
}

/// Today, by the device's clock and time zone.
pub fn today() -> NaiveDate {
    local(now_ms()).date()
}

/// A fresh UUIDv7. Those made on one device grow.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A number nobody can foresee; for jitter, not for secrets.
pub fn seed() -> u64 {
    uuid::Uuid::now_v7().as_u64_pair().1
}

/// Waits.
pub async fn sleep_ms(ms: u32) {
    gloo_timers::future::TimeoutFuture::new(ms).await;
}

/// Runs `then` after a while, unless the returned timer is dropped.
pub fn after_ms(ms: u32, then: impl FnOnce() + 'static) -> Timer {
    Timer { _timeout: gloo_timers::callback::Timeout::new(ms, then) }
}

/// A timer that is cancelled when dropped.
#[derive(Debug)]
pub struct Timer {
    _timeout: gloo_timers::callback::Timeout,
}
