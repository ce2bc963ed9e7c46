//! Mistakes that can be planted in an engine, so that the simulation can show that its invariants would notice them.
//!
//! Without the feature `mutants` nothing can be planted, and the compiler removes every question for it.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A pending mutation is dropped as soon as the endpoint has answered, before the feed shows it.
    OverlayDroppedAtAnswer,
    /// An acknowledgement in the middle of the feed drops the overlay.
    OverlayDroppedMidFeed,
    /// A purge empties the outbox.
    PurgeTakesOutbox,
    /// A fresh start of the feed empties the outbox.
    ResetTakesOutbox,
    /// After a fork mutations get new ids.
    ForkForgetsIds,
    /// After a fork mutations are sent in the opposite order.
    ForkReversesOrder,
    /// After a fork the outbox is dropped.
    ForkDropsOutbox,
    /// Memory changes before the disk does.
    MemoryBeforeDisk,
    /// A refused mutation is dropped.
    RefusalDiscarded,
    /// A page is applied wherever the feed stands.
    AnotherCursorsPage,
    /// A batch whose fate was unknown is planned again though it was written.
    WrittenTwice,
    /// A timer that rings early by a clock that was set back is not heard.
    TimerUnheard,
    /// A segment is applied whatever its digest.
    SegmentUnchecked,
    /// The cursor behind a snapshot is taken when the first of its segments is there.
    SnapshotCursorEarly,
    /// After a snapshot was given up, what it had brought counts as brought by the feed.
    SnapshotLeftovers,
}
