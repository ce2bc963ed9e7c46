//! Actuals: entries and corrections, append-only, and the one figure they meet in with imported facts.
//!
//! A correction is a new entry with a reason; nothing is overwritten. What counts depends only on which entries there are,
//! never on the order in which they came: entries are a set, a replacement counts instead of what it replaces, and of two
//! replacements of the same entry the one that was itself replaced further counts, then the one with the larger id. Such a
//! contest is listed, so that a person can settle it. No clock decides a sum.

use crate::ids::{EntryId, MetricId, PersonId, ProductId, ShopId, VisitId};
use crate::metric::Measure;
use crate::money::Amount;
use crate::visit::DeviceTimeMs;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// No single value is larger than this, in minor units: ten thousand such values still fit an [`Amount`].
pub const VALUE_MAX: i64 = 900_000_000_000_000;

/// Where a value belongs: the smallest thing that is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// What is counted.
    pub metric: MetricId,
    /// Where.
    pub shop: ShopId,
    /// When.
    pub day: NaiveDate,
    /// Category of products.
    pub category: String,
    /// Product, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum EntryKind {
    /// Counts.
    Count,
    /// 更正: counts instead of another entry, which may lie in another cell (a wrong day, a wrong shop).
    Replaces {
        /// The entry that is wrong.
        of: EntryId,
        /// Why.
        reason: String,
    },
    /// 冲销: counts beside what is there; for imported facts that are wrong.
    Offset {
        /// Why.
        reason: String,
    },
}

/// Where an entry came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Source {
    /// Typed on the phone.
    Phone,
    /// An order noted in a visit.
    Visit {
        /// Which.
        visit: VisitId,
    },
    /// A line of a file.
    Import {
        /// The file's name.
        file: String,
        /// How often this line was imported again with other contents. The highest counts.
        revision: u32,
    },
}

/// One entry. Append-only; record id its own. Lines of a file have ids made of file and line key, so that importing twice
/// counts once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Where the value belongs.
    pub cell: Cell,
    /// The value.
    pub value: Measure,
    /// What it does.
    pub kind: EntryKind,
    /// Where it came from.
    pub source: Source,
    /// Who.
    pub by: PersonId,
    /// When, by the person's device.
    pub at: DeviceTimeMs,
}

/// Why an entry is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A correction without a reason.
    #[error("a correction needs a reason")]
    NoReason,
    /// An entry that replaces itself.
    #[error("an entry cannot replace itself")]
    Itself,
    /// Larger than [`VALUE_MAX`].
    #[error("is too large")]
    TooLarge,
    /// A ratio with a denominator below zero.
    #[error("has a denominator below zero")]
    Denominator,
}

impl Entry {
    /// Checks what can be said without other entries.
    ///
    /// # Errors
    /// Names what is wrong.
    pub fn check(&self) -> Result<(), EntryError> {
        match &self.kind {
            EntryKind::Replaces { of, .. } if *of == self.id => return Err(EntryError::Itself),
            EntryKind::Replaces { reason, .. } | EntryKind::Offset { reason } if reason.trim().is_empty() => {
                return Err(EntryError::NoReason);
            }
            _ => {}
        }
        let fits = |amount: Amount| amount.0.unsigned_abs() <= VALUE_MAX.unsigned_abs();
        match self.value {
            Measure::Sum { amount } | Measure::Latest { amount, .. } if !fits(amount) => Err(EntryError::TooLarge),
            Measure::Ratio { numerator, denominator } if !fits(numerator) || !fits(denominator) => {
                Err(EntryError::TooLarge)
            }
            Measure::Ratio { denominator, .. } if denominator.0 < 0 => Err(EntryError::Denominator),
            _ => Ok(()),
        }
    }

    fn replaces(&self) -> Option<&EntryId> {
        match &self.kind {
            EntryKind::Replaces { of, .. } => Some(of),
            EntryKind::Count | EntryKind::Offset { .. } => None,
        }
    }

    fn revision(&self) -> u32 {
        match self.source {
            Source::Import { revision, .. } => revision,
            Source::Phone | Source::Visit { .. } => 0,
        }
    }
}

/// Which entries count, as a [`Ledger`] of them would have it: of each chain of replacements its head. Takes each entry's
/// id and what it replaces, in the order of the ids, every id once.
///
/// For the first screen, which sums what counts and shows no entry: the ledger with its entries is a tenth of that
/// screen's code.
pub fn heads(entries: &[(&str, Option<&str>)]) -> Vec<bool> {
    let of = |id: &str| entries.binary_search_by(|(known, _)| (*known).cmp(id)).ok().and_then(|at| entries[at].1);
    let mut best: Vec<(&str, usize, usize)> = Vec::new();
    for (at, (id, _)) in entries.iter().enumerate() {
        let root = root(id, entries.len(), of);
        let mut depth = 0;
        let mut step = *id;
        while step != root {
            step = of(step).unwrap_or(root);
            depth += 1;
        }
        match best.binary_search_by(|(known, ..)| (*known).cmp(root)) {
            // Ids come in order: of two as deep, the later one is the larger.
            Ok(known) if depth >= best[known].1 => best[known] = (root, depth, at),
            Ok(_) => {}
            Err(place) => best.insert(place, (root, depth, at)),
        }
    }
    let mut counts = vec![false; entries.len()];
    for (.., at) in best {
        counts[at] = true;
    }
    counts
}

/// The first of the chain that leads to an entry; of a circle its smallest id, as in [`Ledger`].
fn root<'a>(id: &'a str, most: usize, of: impl Fn(&str) -> Option<&'a str>) -> &'a str {
    let mut at = id;
    for _ in 0..=most {
        match of(at) {
            Some(next) => at = next,
            None => return at,
        }
    }
    // More steps than entries: now inside a circle.
    let (mut smallest, inside) = (at, at);
    while let Some(next) = of(at) {
        smallest = smallest.min(next);
        at = next;
        if at == inside {
            break;
        }
    }
    smallest
}

/// A cell whose figure moved; `None` where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// The cell.
    pub cell: Cell,
    /// Its figure before.
    pub before: Option<Measure>,
    /// Its figure after.
    pub after: Option<Measure>,
}

impl CellChange {
    /// After − before, for metrics that add up: what roll-ups are moved by.
    pub fn delta(&self) -> Amount {
        let amount = |measure: Option<Measure>| measure.map_or(Amount::ZERO, Measure::amount);
        amount(self.after) - amount(self.before)
    }
}

/// All entries, and what counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: BTreeMap<EntryId, Entry>,
    /// Contents that came under an id and lost to a later revision.
    outdated: BTreeSet<Entry>,
    /// Replacements by what they replace, which may not have arrived.
    replacements: BTreeMap<EntryId, BTreeSet<EntryId>>,
    /// Entries that count, by cell.
    counting: BTreeMap<Cell, BTreeSet<EntryId>>,
}

impl Ledger {
    /// Takes an entry in and says which figures moved. Taking the same entry in again moves nothing. Of different contents
    /// under one id the higher revision counts.
    pub fn insert(&mut self, entry: Entry) -> Vec<CellChange> {
        let known = self.entries.get(&entry.id);
        if let Some(known) = known.filter(|known| (known.revision(), *known) >= (entry.revision(), &entry)) {
            if *known != entry {
                self.outdated.insert(entry);
            }
            return Vec::new();
        }
        let id = entry.id.clone();
        let mut roots: BTreeSet<EntryId> = [self.root_of(&id)].into();
        roots.extend(entry.replaces().map(|of| self.root_of(of)));
        let mut cells: BTreeSet<Cell> = [entry.cell.clone()].into();
        for root in &roots {
            cells.extend(self.family(root).into_iter().map(|(_, entry)| entry.cell.clone()));
        }
        let before: Vec<Option<Measure>> = cells.iter().map(|cell| self.figure(cell)).collect();
        for root in &roots {
            self.count(root, false);
        }
        if let Some(of) = entry.replaces() {
            self.replacements.entry(of.clone()).or_default().insert(id.clone());
        }
        if let Some(old) = self.entries.insert(id.clone(), entry) {
            let now = self.entries.get(&id).and_then(Entry::replaces).cloned();
            if let Some(of) = old.replaces().filter(|of| Some(*of) != now.as_ref()) {
                let left = self.replacements.get_mut(of);
                if left.is_some_and(|left| left.remove(&id) && left.is_empty()) {
                    self.replacements.remove(of);
                }
            }
            self.outdated.insert(old);
        }
        roots = roots.iter().chain([&id]).map(|root| self.root_of(root)).collect();
        for root in &roots {
            self.count(root, true);
        }
        self.moved(cells, before)
    }

    /// Takes an entry out, as if it had never come, with all contents its id has had: it has left the scope, was refused,
    /// or comes again with other contents. Says which figures moved.
    pub fn remove(&mut self, id: &EntryId) -> Vec<CellChange> {
        if !self.entries.contains_key(id) {
            return Vec::new();
        }
        let root = self.root_of(id);
        let family: Vec<EntryId> = self.family(&root).into_iter().map(|(_, entry)| entry.id.clone()).collect();
        let cells: BTreeSet<Cell> = family.iter().filter_map(|id| Some(self.entries.get(id)?.cell.clone())).collect();
        let before: Vec<Option<Measure>> = cells.iter().map(|cell| self.figure(cell)).collect();
        self.count(&root, false);
        let gone = self.entries.remove(id);
        if let Some(of) = gone.as_ref().and_then(Entry::replaces) {
            let left = self.replacements.get_mut(of);
            if left.is_some_and(|left| left.remove(id) && left.is_empty()) {
                self.replacements.remove(of);
            }
        }
        self.outdated.retain(|entry| entry.id != *id);
        let roots: BTreeSet<EntryId> = family.iter().map(|id| self.root_of(id)).collect();
        for root in &roots {
            self.count(root, true);
        }
        self.moved(cells, before)
    }

    fn moved(&self, cells: BTreeSet<Cell>, before: Vec<Option<Measure>>) -> Vec<CellChange> {
        let moved = cells.into_iter().zip(before).map(|(cell, before)| {
            let after = self.figure(&cell);
            CellChange { cell, before, after }
        });
        moved.filter(|change| change.before != change.after).collect()
    }

    /// The figure of a cell from entries; `None` when none counts there. Sums and ratios add; of stocks the newest count
    /// counts: the latest day, then the later time, then the larger id.
    pub fn figure(&self, cell: &Cell) -> Option<Measure> {
        let mut counting: Vec<&Entry> = self.counting.get(cell)?.iter().filter_map(|id| self.entries.get(id)).collect();
        let as_of = |entry: &Entry| if let Measure::Latest { as_of, .. } = entry.value { Some(as_of) } else { None };
        if counting.iter().any(|entry| as_of(entry).is_some()) {
            return counting.iter().max_by_key(|entry| (as_of(entry), entry.at, &entry.id)).map(|entry| entry.value);
        }
        // Kinds are never mixed in a cell that has a metric; if they are, the smaller kind is left for a person to see.
        counting.sort_by_key(|entry| entry.value.adds() as u8);
        counting.iter().map(|entry| entry.value).reduce(|a, b| a.over_time(b).unwrap_or(a))
    }

    /// The figure of a cell from entries and imported facts together.
    pub fn figure_with(&self, cell: &Cell, imported: Option<Measure>) -> Option<Measure> {
        match (self.figure(cell), imported) {
            (Some(entered), Some(imported)) => Some(entered.over_time(imported).unwrap_or(entered)),
            (entered, imported) => entered.or(imported),
        }
    }

    /// Every cell with a figure from entries, in order.
    pub fn cells(&self) -> impl Iterator<Item = (&Cell, Measure)> {
        self.counting.keys().filter_map(|cell| Some((cell, self.figure(cell)?)))
    }

    /// The cells of one metric and shop, as [`Self::cells`].
    pub fn cells_of(&self, metric: &MetricId, shop: &ShopId) -> impl Iterator<Item = (&Cell, Measure)> {
        let (metric, shop) = (metric.clone(), shop.clone());
        let first = Cell {
            metric: metric.clone(),
            shop: shop.clone(),
            day: NaiveDate::MIN,
            category: String::new(),
            product: None,
        };
        let from = self.counting.range(first..).map(|(cell, _)| cell);
        let own = from.take_while(move |cell| cell.metric == metric && cell.shop == shop);
        own.filter_map(|cell| Some((cell, self.figure(cell)?)))
    }

    /// Every entry, those that no longer count too: what stands behind a figure.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Contents that an id had before a later revision.
    pub fn outdated(&self) -> impl Iterator<Item = &Entry> {
        self.outdated.iter()
    }

    /// Whether an entry counts.
    pub fn counts(&self, id: &EntryId) -> bool {
        let cell = self.entries.get(id).map(|entry| &entry.cell);
        cell.and_then(|cell| self.counting.get(cell)).is_some_and(|ids| ids.contains(id))
    }

    /// Entries that two people corrected at once, with the corrections.
    pub fn contested(&self) -> impl Iterator<Item = (&EntryId, &BTreeSet<EntryId>)> {
        self.replacements.iter().filter(|(_, by)| by.len() > 1)
    }

    /// Entries that are replaced but have not arrived: their replacement counts meanwhile.
    pub fn awaited(&self) -> impl Iterator<Item = &EntryId> {
        self.replacements.keys().filter(|id| !self.entries.contains_key(*id))
    }

    /// The first entry of the chain of replacements that leads to this one. It may not have arrived. A circle, which no
    /// honest device makes, begins at its smallest id.
    fn root_of(&self, id: &EntryId) -> EntryId {
        let mut seen = BTreeSet::new();
        let mut at = id;
        while let Some(of) = self.entries.get(at).and_then(Entry::replaces) {
            if !seen.insert(at) {
                // Once around the circle, to leave out what merely leads into it.
                let mut circle = BTreeSet::new();
                while circle.insert(at) {
                    at = self.entries.get(at).and_then(Entry::replaces).unwrap_or(at);
                }
                return circle.first().map_or_else(|| id.clone(), |first| (*first).clone());
            }
            at = of;
        }
        at.clone()
    }

    /// The entries that come from one root, each with its number of steps from there.
    fn family(&self, root: &EntryId) -> Vec<(usize, &Entry)> {
        let (mut family, mut seen) = (Vec::new(), BTreeSet::new());
        let mut waiting = vec![(0, root)];
        while let Some((depth, id)) = waiting.pop() {
            if seen.insert(id) {
                family.extend(self.entries.get(id).map(|entry| (depth, entry)));
                waiting.extend(self.replacements.get(id).into_iter().flatten().map(|id| (depth + 1, id)));
            }
        }
        family
    }

    /// Lets the one entry of a family that counts count, or not.
    fn count(&mut self, root: &EntryId, counts: bool) {
        let head = self.family(root).into_iter().max_by_key(|(depth, entry)| (*depth, &entry.id));
        let Some((cell, id)) = head.map(|(_, entry)| (entry.cell.clone(), entry.id.clone())) else { return };
        if counts {
            self.counting.entry(cell).or_default().insert(id);
        } else if let Some(ids) = self.counting.get_mut(&cell) {
            ids.remove(&id);
            if ids.is_empty() {
                self.counting.remove(&cell);
            }
        }
    }
}

#[cfg(test)]
mod tests;
