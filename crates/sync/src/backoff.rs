//! Full-jitter back-off: after the k-th failure in a row wait anywhere between nothing and base × 2^k, capped.
//!
//! Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

/// First bound, milliseconds.
const BASE_MS: u64 = 2_000;
/// Largest bound, milliseconds.
const CAP_MS: u64 = 5 * 60_000;

/// A small deterministic generator (xorshift64*), seeded from outside; for jitter only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jitter(u64);

impl Jitter {
    /// Seeds it.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// How long to wait after so many failures in a row, milliseconds.
    pub fn wait_ms(&mut self, failures: u32) -> u64 {
        let bound = BASE_MS.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(CAP_MS);
        self.next() % (bound + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_its_bounds_and_uses_them() {
        for (failures, bound) in [(1, 2_000), (2, 4_000), (3, 8_000), (20, CAP_MS)] {
            let mut jitter = Jitter::new(7);
            let waits: Vec<u64> = (0..2_000).map(|_| jitter.wait_ms(failures)).collect();
            assert!(waits.iter().all(|w| *w <= bound), "{failures}");
            assert!(waits.iter().any(|w| *w > bound * 9 / 10) && waits.iter().any(|w| *w < bound / 10), "{failures}");
        }
    }
}
