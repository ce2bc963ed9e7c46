//! The simulation: devices and one endpoint in one process, under every fault that can be thought of, told as a story
//! that a seed decides and replays.
//!
//! Real are the sync engine, the handlers of the endpoint and SQLite. Simulated are what lies between and around them:
//! the device's disk, its tabs, the network, the clocks, people, and the office. docs/simulation.md says what happens
//! and which invariants are held against it.

mod aftermath;
mod check;
mod disk;
mod endpoint;
mod heal;
mod mutant;
mod office;
mod organisation;
mod people;
mod phone;
mod rng;
mod wire;
mod world;

pub use mutant::Mutant;

use std::fmt;

/// Length of a story, events, before everything heals.
pub const STEPS: u32 = 400;

/// Events shown with a failure.
pub const TRACE: usize = 60;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant}: {detail}")]
pub struct Violation {
    /// Which promise.
    pub invariant: &'static str,
    /// How it was broken.
    pub detail: String,
}

impl Violation {
    /// A broken promise.
    pub(crate) fn new(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self { invariant, detail: detail.into() }
    }

    /// The simulation itself cannot go on.
    pub(crate) fn harness(error: impl fmt::Display) -> Self {
        Self::new("the simulation itself works", error.to_string())
    }
}

/// A story that ended badly.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed that tells it again.
    pub seed: u64,
    /// What was broken.
    pub violation: Violation,
    /// Everything that happened before; the last [`TRACE`] events are shown.
    pub trace: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.trace.iter().skip(self.trace.len().saturating_sub(TRACE)) {
            writeln!(f, "    {line}")?;
        }
        writeln!(f, "seed {}: {}", self.seed, self.violation)?;
        write!(f, "replay with: cargo xtask sim --seed {}", self.seed)
    }
}

/// What a story was made of, so that a test can tell that it was not empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Writes the engine confirmed.
    pub confirmed: u64,
    /// Mutations in the endpoint's log.
    pub taken: u64,
    /// Pages that were applied.
    pub pages: u64,
    /// Crashes of a device.
    pub crashes: u64,
    /// Restarts of the endpoint.
    pub kills: u64,
    /// Requests, answers and commits that went wrong.
    pub faults: u64,
    /// Device ids given up for new ones.
    pub renumbered: u64,
    /// Mutations refused.
    pub refused: u64,
    /// Work files written.
    pub exported: u64,
    /// Mutations handed in from files.
    pub handed_in: u64,
    /// Segments of snapshots that reached a device.
    pub segments: u64,
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.confirmed += other.confirmed;
        self.taken += other.taken;
        self.pages += other.pages;
        self.crashes += other.crashes;
        self.kills += other.kills;
        self.faults += other.faults;
        self.renumbered += other.renumbered;
        self.refused += other.refused;
        self.exported += other.exported;
        self.handed_in += other.handed_in;
        self.segments += other.segments;
    }
}

/// Tells the story of a seed, with a mutant planted or without.
///
/// # Errors
/// The first promise that was broken, boxed because it carries the story's end.
pub fn run(seed: u64, planted: Option<Mutant>) -> Result<Summary, Box<Failure>> {
    let bare = |violation| Box::new(Failure { seed, violation, trace: Vec::new() });
    let mut world = world::World::new(seed, planted).map_err(bare)?;
    match world.story() {
        Ok(()) => Ok(world.summary),
        Err(violation) => Err(Box::new(Failure { seed, violation, trace: world.trace })),
    }
}

/// Tells the stories of many seeds on every processor; the failure of the smallest seed that fails, if one does.
///
/// # Errors
/// See [`run`].
pub fn run_many(seeds: std::ops::Range<u64>, planted: Option<Mutant>) -> Result<Summary, Box<Failure>> {
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    let found: std::sync::Mutex<(Summary, Option<Box<Failure>>)> = std::sync::Mutex::default();
    let lock = || found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let work = || {
        loop {
            let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if seed >= seeds.end || lock().1.is_some() {
                return;
            }
            let outcome = run(seed, planted);
            let mut found = lock();
            match outcome {
                Ok(summary) => found.0 += summary,
                Err(failure) if found.1.as_ref().is_none_or(|other| failure.seed < other.seed) => {
                    found.1 = Some(failure);
                }
                Err(_) => {}
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    match found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        (_, Some(failure)) => Err(failure),
        (summary, None) => Ok(summary),
    }
}
