//! What has moved, in order: sums that were made earlier are moved by what came since, instead of being made anew.

use std::sync::atomic::{AtomicU32, Ordering};

/// So many are kept: more than come at once while somebody looks.
const MOST: usize = 1_000;

/// Notes of what has moved, the latest of them.
#[derive(Clone, Debug)]
pub(super) struct Moves<T> {
    latest: Vec<T>,
    /// How many there were before these, counted from where no other list has counted.
    before: u64,
}

static LISTS: AtomicU32 = AtomicU32::new(0);

impl<T> Default for Moves<T> {
    fn default() -> Self {
        let list = LISTS.fetch_add(1, Ordering::Relaxed);
        Self { latest: Vec::new(), before: u64::from(list) << 32 }
    }
}

impl<T> Moves<T> {
    /// Notes one more.
    pub fn note(&mut self, moved: T) {
        if self.latest.len() == MOST * 2 {
            self.latest.drain(..MOST);
            self.before += MOST as u64;
        }
        self.latest.push(moved);
    }

    /// Something moved that is not noted: whoever is not at this point must begin anew.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Where this is now.
    pub fn at(&self) -> u64 {
        self.before + self.latest.len() as u64
    }

    /// What came after a point; `None` when that is not all kept, or the point is of another list.
    pub fn since(&self, at: u64) -> Option<&[T]> {
        self.latest.get(usize::try_from(at.checked_sub(self.before)?).ok()?..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_since_or_nothing() {
        let mut moves = Moves::default();
        let start = moves.at();
        for n in 0..MOST * 5 / 2 {
            moves.note(n);
        }
        assert_eq!(moves.at() - start, MOST as u64 * 5 / 2);
        assert_eq!(moves.since(moves.at()), Some(&[][..]));
        assert_eq!(moves.since(moves.at() - 2), Some(&[MOST * 5 / 2 - 2, MOST * 5 / 2 - 1][..]));
        assert_eq!(moves.since(start), None, "too long ago");
        assert_eq!(moves.since(Moves::<usize>::default().at()), None, "of another list");
        let at = moves.at();
        moves.forget();
        assert_eq!((moves.since(at), moves.since(moves.at())), (None, Some(&[][..])));
    }
}
