//! Records in the endpoint's order, each with how far it has come. What is still on this device comes last; what was
//! refused is told apart, because nobody else has it.

use super::Work;
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::RecordState;
use serde::de::DeserializeOwned;

/// A record and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Filed<T> {
    /// The record.
    pub value: T,
    /// Where it stands. Never [`RecordState::Sending`]: ask [`Work::record_state`] for that.
    pub state: RecordState,
}

impl<T> Filed<T> {
    /// Whether it counts: everything but what was refused.
    pub fn counts(&self) -> bool {
        self.state != RecordState::Returned
    }
}

/// Every record of a kind in the endpoint's order. Subscribes to the kind.
pub fn filed<T: DeserializeOwned>(work: Work, kind: &Kind) -> Vec<Filed<T>> {
    let rows = work.all::<T>(kind);
    let place = |id: &str| {
        let rec = RecordRef::new(kind.clone(), id);
        let place = work.peek(|replica| {
            let rev = replica.copy(&rec).map_or(u64::MAX, |copy| copy.rev);
            (rev, replica.state(&rec, None))
        });
        place.unwrap_or((u64::MAX, RecordState::Accepted))
    };
    let mut rows: Vec<(u64, String, Filed<T>)> = rows
        .into_iter()
        .map(|(id, value)| {
            let (rev, state) = place(&id);
            (rev, id, Filed { value, state })
        })
        .collect();
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    rows.into_iter().map(|(_, _, filed)| filed).collect()
}
