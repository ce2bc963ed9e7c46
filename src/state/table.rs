//! A sorted table: what the catalogue keeps records in.
//!
//! Records come from the replica in the order of their ids, so a sorted list with binary search does what a tree would,
//! without a copy of the tree's code for every kind of record in a download that phones pay for. For the same reason
//! lists are put in order by one function over numbers instead of a sort for every type.

use aisle_domain::order;
use std::cmp::Ordering;

/// Rows by key, in the order of the keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<K, T>(Vec<(K, T)>);

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, T> Table<K, T> {
    /// Rows that already are in the order of their keys.
    pub fn from_sorted(rows: Vec<(K, T)>) -> Self {
        debug_assert!(rows.windows(2).all(|pair| pair[0].0.cmp(&pair[1].0) == Ordering::Less), "rows are out of order");
        Self(rows)
    }

    fn place(&self, key: &K) -> Option<usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).ok()
    }

    /// The row of this key.
    pub fn get(&self, key: &K) -> Option<&T> {
        let at = self.place(key)?;
        Some(&self.0[at].1)
    }

    /// The row of this key, with the key as it is kept.
    pub fn row(&self, key: &K) -> Option<(&K, &T)> {
        let at = self.place(key)?;
        Some((&self.0[at].0, &self.0[at].1))
    }

    /// Every row, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &T)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The row of this key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut T> {
        let at = self.place(key)?;
        Some(&mut self.0[at].1)
    }

    /// Puts a row in its place. There must be none of this key.
    pub fn insert(&mut self, key: K, value: T) {
        let at = self.0.partition_point(|(known, _)| *known < key);
        self.0.insert(at, (key, value));
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &K) -> Option<T> {
        let at = self.place(key)?;
        Some(self.0.remove(at).1)
    }

    /// Every value, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Every value, in the order of the keys.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Every key, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The same keys with other values.
    pub fn map<U>(&self, mut value: impl FnMut(&K, &T) -> U) -> Table<K, U>
    where
        K: Clone,
    {
        Table(self.0.iter().map(|(key, old)| (key.clone(), value(key, old))).collect())
    }
}

/// A list in ascending order of a number; equals stay as they were.
pub fn ascending<T>(list: Vec<T>, number: impl Fn(&T) -> i64) -> Vec<T> {
    let order = order_of(&list.iter().map(number).collect::<Vec<_>>());
    let mut rows: Vec<Option<T>> = list.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| rows[at].take()).collect()
}

/// A list in descending order of a number; equals stay as they were.
pub fn descending<T>(list: Vec<T>, number: impl Fn(&T) -> i64) -> Vec<T> {
    ascending(list, |row| -number(row))
}

/// Places of numbers in ascending order.
fn order_of(numbers: &[i64]) -> Vec<usize> {
    order::places(numbers.len(), &|a, b| numbers[a].cmp(&numbers[b]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_rows_by_key() {
        let table = Table::from_sorted(vec![("a", 1), ("c", 3), ("d", 4)]);
        assert_eq!((table.get(&"a"), table.get(&"b"), table.get(&"d")), (Some(&1), None, Some(&4)));
        assert_eq!(table.map(|_, n| n * 2).get(&"c"), Some(&6));
    }

    #[test]
    fn orders_by_a_number_and_keeps_equals_as_they_were() {
        let list = vec![("a", 2), ("b", 1), ("c", 2), ("d", 1)];
        let names = |list: Vec<(&'static str, i64)>| list.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(ascending(list.clone(), |row| row.1)), ["b", "d", "a", "c"]);
        assert_eq!(names(descending(list, |row| row.1)), ["a", "c", "b", "d"]);
    }
}
