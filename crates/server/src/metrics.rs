//! Counters in Prometheus text format. Counts and times only, never who or what.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// All counters.
#[derive(Debug, Default)]
pub struct Metrics {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    requests: BTreeMap<(String, String, u16), (u64, f64)>,
    mutations: BTreeMap<&'static str, u64>,
    changes: u64,
    photos: u64,
}

impl Metrics {
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request was answered. `route` is the pattern, not the path.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.with(|inner| {
            let slot = inner.requests.entry((method.to_owned(), route.to_owned(), status)).or_default();
            slot.0 += 1;
            slot.1 += took.as_secs_f64();
        });
    }

    /// A mutation got this result.
    pub fn mutation(&self, result: &'static str) {
        self.with(|inner| *inner.mutations.entry(result).or_default() += 1);
    }

    /// Changes were handed out.
    pub fn changes(&self, count: u64) {
        self.with(|inner| inner.changes += count);
    }

    /// A photo was published.
    pub fn photo(&self) {
        self.with(|inner| inner.photos += 1);
    }

    /// All counters as text.
    pub fn render(&self) -> String {
        self.with(|inner| {
            let mut out = String::from("# TYPE aisle_requests_total counter\n");
            for ((method, route, status), (count, _)) in &inner.requests {
                let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
                let _ = writeln!(out, "aisle_requests_total{{{labels}}} {count}");
            }
            out.push_str("# TYPE aisle_request_seconds_total counter\n");
            for ((method, route, status), (_, seconds)) in &inner.requests {
                let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
                let _ = writeln!(out, "aisle_request_seconds_total{{{labels}}} {seconds:.6}");
            }
            out.push_str("# TYPE aisle_push_mutations_total counter\n");
            for (result, count) in &inner.mutations {
                let _ = writeln!(out, "aisle_push_mutations_total{{result=\"{result}\"}} {count}");
            }
            let _ =
                writeln!(out, "# TYPE aisle_pull_changes_total counter\naisle_pull_changes_total {}", inner.changes);
            let _ = writeln!(out, "# TYPE aisle_photos_total counter\naisle_photos_total {}", inner.photos);
            out
        })
    }
}
