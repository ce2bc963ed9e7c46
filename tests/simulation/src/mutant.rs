//! Mistakes planted on purpose, to show that the invariants would catch them. docs/simulation.md lists them.
//!
//! Those of the engine live behind its `mutants` feature; all others are played by the simulated disk, network, tab
//! or endpoint.

use aisle_sync::mutants::Planted;

/// A planted mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// One inside the engine.
    Engine(Planted),
    /// "Saved" is said before the commit.
    SavedBeforeCommit,
    /// An aborted commit is taken for a success.
    AbortTakenForSuccess,
    /// A crash takes the last commit with it, though it was confirmed.
    CrashLosesLastCommit,
    /// The cursor is written in a transaction of its own, before the page.
    CursorBeforePage,
    /// A batch is written row by row.
    TornBatch,
    /// Storage does not look at the revision a batch was computed from.
    RevisionIgnored,
    /// Signing in anew empties the outbox.
    SignInEmptiesOutbox,
    /// The endpoint does not remember what it took.
    IdempotenceForgotten,
    /// The endpoint reads the feed as if everybody were an administrator.
    ScopeUnchecked,
    /// Departures are not told.
    GoneSwallowed,
    /// Purged buckets are not told.
    PurgeSwallowed,
    /// A page loses its last change on the way.
    PageShortened,
    /// What has been exported is dropped from the phone.
    ExportEmptiesOutbox,
    /// The endpoint keeps no record of what lost.
    HistoryForgotten,
    /// Snapshots are handed out as if everybody were an administrator.
    ForeignSegment,
    /// A manifest loses its last segment on the way.
    SegmentUnlisted,
    /// Who was away while departures were forgotten goes on from the old cursor.
    HorizonIgnored,
}

impl Mutant {
    /// Every mutant.
    pub const ALL: [Self; 32] = [
        Self::Engine(Planted::OverlayDroppedAtAnswer),
        Self::Engine(Planted::OverlayDroppedMidFeed),
        Self::Engine(Planted::PurgeTakesOutbox),
        Self::Engine(Planted::ResetTakesOutbox),
        Self::Engine(Planted::ForkForgetsIds),
        Self::Engine(Planted::ForkReversesOrder),
        Self::Engine(Planted::ForkDropsOutbox),
        Self::Engine(Planted::MemoryBeforeDisk),
        Self::Engine(Planted::RefusalDiscarded),
        Self::Engine(Planted::AnotherCursorsPage),
        Self::Engine(Planted::WrittenTwice),
        Self::Engine(Planted::TimerUnheard),
        Self::Engine(Planted::SegmentUnchecked),
        Self::Engine(Planted::SnapshotCursorEarly),
        Self::Engine(Planted::SnapshotLeftovers),
        Self::SavedBeforeCommit,
        Self::AbortTakenForSuccess,
        Self::CrashLosesLastCommit,
        Self::CursorBeforePage,
        Self::TornBatch,
        Self::RevisionIgnored,
        Self::SignInEmptiesOutbox,
        Self::IdempotenceForgotten,
        Self::ScopeUnchecked,
        Self::GoneSwallowed,
        Self::PurgeSwallowed,
        Self::PageShortened,
        Self::ExportEmptiesOutbox,
        Self::HistoryForgotten,
        Self::ForeignSegment,
        Self::SegmentUnlisted,
        Self::HorizonIgnored,
    ];

    /// The mistake to plant in an engine, if it is one of those.
    pub(crate) fn of_engine(self) -> Option<Planted> {
        match self {
            Self::Engine(planted) => Some(planted),
            _ => None,
        }
    }
}
