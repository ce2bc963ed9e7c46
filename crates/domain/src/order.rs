//! Putting lists in order by one function. A sort is a few kilobytes of code for every type it is used with, and phones
//! download the app over poor connections.

use std::cmp::Ordering;

/// Places of `len` things in the order that `compare` says of two of them; equals stay as they were.
pub fn places(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// The list in the order that `compare` says; equals stay as they were.
pub fn sorted<T>(list: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = places(list.len(), &|a, b| compare(&list[a], &list[b]));
    let mut rows: Vec<Option<T>> = list.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| rows[at].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_a_stable_sort(list in prop::collection::vec((0u8..5, any::<u32>()), 0..80)) {
            let mut expect = list.clone();
            expect.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(sorted(list, |a, b| a.0.cmp(&b.0)), expect);
        }
    }
}
