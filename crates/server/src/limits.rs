//! Rate limits: a token bucket for each key, in memory. A restart forgives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Keys kept before full buckets, which mean nothing, are thrown out.
const KEYS_MAX: usize = 10_000;

/// How often something may happen.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Again, per minute.
    pub per_minute: u32,
}

impl Rate {
    /// So many times as often.
    pub fn times(self, factor: u32) -> Self {
        Self { burst: self.burst.saturating_mul(factor), per_minute: self.per_minute.saturating_mul(factor) }
    }
}

/// The buckets of one limit.
#[derive(Debug)]
pub struct Limit {
    rate: Rate,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: i64,
}

/// The limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Whole seconds until it may be tried again.
    pub retry_after: u64,
}

impl Limit {
    /// A limit with full buckets.
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one token of the key at `now` (milliseconds). Returns how many whole ones are left.
    ///
    /// # Errors
    /// [`TooMany`] when there is none.
    pub fn take(&self, key: &str, now: i64) -> Result<u32, TooMany> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEYS_MAX {
            buckets.retain(|_, bucket| self.filled(*bucket, now).tokens < f64::from(self.rate.burst));
        }
        let full = Bucket { tokens: f64::from(self.rate.burst), at: now };
        let mut bucket = self.filled(buckets.get(key).copied().unwrap_or(full), now);
        let taken = if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            // At most `burst`, which is a u32.
            Ok(bucket.tokens as u32)
        } else {
            let seconds = (1.0 - bucket.tokens) * 60.0 / f64::from(self.rate.per_minute);
            Err(TooMany { retry_after: seconds.ceil().max(1.0) as u64 })
        };
        buckets.insert(key.to_owned(), bucket);
        taken
    }

    /// Fills the bucket of a key.
    pub fn forgive(&self, key: &str) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn filled(&self, bucket: Bucket, now: i64) -> Bucket {
        let minutes = (now - bucket.at).max(0) as f64 / 60_000.0;
        let tokens = bucket.tokens + minutes * f64::from(self.rate.per_minute);
        Bucket { tokens: tokens.min(f64::from(self.rate.burst)), at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empties_and_fills() {
        let limit = Limit::new(Rate { burst: 2, per_minute: 6 });
        let wait = |retry_after| Err(TooMany { retry_after });
        // (at, key, expected)
        let steps = [
            (0, "a", Ok(1)),
            (0, "a", Ok(0)),
            (0, "a", wait(10)),
            (4_000, "a", wait(6)),
            (0, "b", Ok(1)),      // another key, another bucket
            (10_000, "a", Ok(0)), // one token every ten seconds
            (10_000, "a", wait(10)),
            (5_000, "a", wait(10)),  // a clock that went back gives nothing
            (3_600_000, "a", Ok(1)), // never more than the burst
        ];
        for (i, (at, key, expect)) in steps.into_iter().enumerate() {
            assert_eq!(limit.take(key, at), expect, "step {i}");
        }
        limit.forgive("a");
        assert_eq!(limit.take("a", 3_600_000), Ok(1));
    }
}
