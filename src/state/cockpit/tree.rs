//! The tree of territories with their shops, in the order in which it is drawn.

use super::lines::{Line, Sum};
use super::{Fault, Territories};
use aisle_domain::calendar::TimeGone;
use aisle_domain::progress::Progress;
use aisle_domain::{ShopId, TerritoryId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Everything in scope, where no one territory holds it all.
    All,
    /// A territory.
    Territory(TerritoryId),
    /// A shop.
    Shop(ShopId),
}

impl Place {
    /// A name for elements and sets.
    pub fn key(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Territory(id) => format!("t-{id}"),
            Self::Shop(id) => format!("s-{id}"),
        }
    }
}

/// A node with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub place: Place,
    /// Its name; empty for [`Place::All`].
    pub name: String,
    /// Depth, 0 for the root.
    pub level: usize,
    /// Position of the node above.
    pub parent: Option<usize>,
    /// Position after the last node below it.
    pub end: usize,
    /// Its sums.
    pub sum: Sum,
    /// Its target and actual.
    pub progress: Progress,
}

/// The tree: a node stands before those below it, children by what they are behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Nodes.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The root.
    pub fn root(&self) -> Option<&Node> {
        self.nodes.first()
    }

    /// Positions of the nodes right below one.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes.get(at).map_or(at, |node| node.end);
        (at + 1..end).filter(move |below| self.nodes[*below].parent == Some(at))
    }

    /// Shops below a node.
    pub fn shops(&self, at: usize) -> impl Iterator<Item = &ShopId> + '_ {
        let end = self.nodes.get(at).map_or(at, |node| node.end);
        self.nodes[at.min(end)..end].iter().filter_map(|node| match &node.place {
            Place::Shop(id) => Some(id),
            _ => None,
        })
    }

    /// Positions of the rows that are shown when these are unfolded.
    pub fn shown(&self, open: &BTreeSet<String>) -> Vec<usize> {
        let mut shown = Vec::new();
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            shown.push(at);
            at = if open.contains(&node.place.key()) { at + 1 } else { node.end.max(at + 1) };
        }
        shown
    }
}

type Above = Option<TerritoryId>;

/// Territories from the top down to one. Whoever names an unknown parent, or itself, stands at the top.
pub fn path(territories: &Territories, id: &TerritoryId) -> Vec<TerritoryId> {
    let mut path = vec![id.clone()];
    while let Some(parent) = path.last().and_then(|id| territories.get(id)).and_then(|t| t.parent.clone()) {
        if path.contains(&parent) || territories.get(&parent).is_none() {
            break;
        }
        path.push(parent);
    }
    path.reverse();
    path
}

/// Puts the tree together. Its root is the lowest territory that holds every line.
///
/// # Errors
/// When there are more nodes than a screen can hold.
pub fn grow(territories: &Territories, lines: &[Line], time: TimeGone) -> Result<Tree, Fault> {
    const MOST: usize = 200_000;
    if lines.len() > MOST {
        return Err(Fault::TooMany(lines.len().to_string()));
    }
    let mut below: BTreeMap<Above, BTreeSet<TerritoryId>> = BTreeMap::new();
    let mut shops: BTreeMap<Above, Vec<&Line>> = BTreeMap::new();
    let mut sums: BTreeMap<Above, Sum> = BTreeMap::new();
    for line in lines {
        let mut above = None;
        sums.entry(None).or_default().add(line);
        for id in path(territories, &line.territory) {
            sums.entry(Some(id.clone())).or_default().add(line);
            below.entry(above).or_default().insert(id.clone());
            above = Some(id);
        }
        shops.entry(above).or_default().push(line);
    }
    let mut root: Above = None;
    while let Some(only) = below.get(&root).filter(|all| all.len() == 1).and_then(BTreeSet::first) {
        if shops.contains_key(&root) {
            break;
        }
        root = Some(only.clone());
    }
    let mut growing = Growing { territories, below: &below, shops: &shops, sums: &sums, time, nodes: Vec::new() };
    if !lines.is_empty() {
        growing.territory(&root, 0, None);
    }
    Ok(Tree { nodes: growing.nodes })
}

struct Growing<'a> {
    territories: &'a Territories,
    below: &'a BTreeMap<Above, BTreeSet<TerritoryId>>,
    shops: &'a BTreeMap<Above, Vec<&'a Line>>,
    sums: &'a BTreeMap<Above, Sum>,
    time: TimeGone,
    nodes: Vec<Node>,
}

impl Growing<'_> {
    fn territory(&mut self, id: &Above, level: usize, parent: Option<usize>) {
        let name = id.as_ref().map(|id| self.territories.get(id).map_or_else(|| id.to_string(), |t| t.name.clone()));
        let place = id.clone().map_or(Place::All, Place::Territory);
        let at = self.push(place, name.unwrap_or_default(), level, parent, self.sums.get(id).copied());
        let children = self.below.get(id).into_iter().flatten().map(|child| Some(child.clone()));
        let mut children: Vec<(Above, Option<i64>)> =
            children.map(|child| (child.clone(), self.sums.get(&child).and_then(|sum| self.behind(sum)))).collect();
        children.sort_by_key(|(_, behind)| Reverse(*behind));
        for (child, _) in children {
            self.territory(&child, level + 1, Some(at));
        }
        let mut shops: Vec<&Line> = self.shops.get(id).into_iter().flatten().copied().collect();
        shops.sort_by_key(|line| Reverse(line.progress.shortfall().map(|amount| amount.0)));
        for line in shops {
            let sum = Sum::of([line]);
            self.push(Place::Shop(line.id.clone()), line.name.clone(), level + 1, Some(at), Some(sum));
        }
        self.nodes[at].end = self.nodes.len();
    }

    fn push(&mut self, place: Place, name: String, level: usize, parent: Option<usize>, sum: Option<Sum>) -> usize {
        let (at, sum) = (self.nodes.len(), sum.unwrap_or_default());
        let progress = sum.progress(self.time);
        self.nodes.push(Node { place, name, level, parent, end: at + 1, sum, progress });
        at
    }

    fn behind(&self, sum: &Sum) -> Option<i64> {
        sum.progress(self.time).shortfall().map(|amount| amount.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::money::Amount;
    use aisle_domain::org::Territory;

    fn territories(rows: &[(&str, Option<&str>)]) -> Territories {
        let mut rows: Vec<_> = rows
            .iter()
            .map(|(id, parent)| {
                let parent = parent.map(TerritoryId::from);
                (TerritoryId::from(*id), Territory { name: (*id).to_uppercase(), parent })
            })
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Territories::from_sorted(rows)
    }

    fn half_gone() -> TimeGone {
        TimeGone { elapsed: 1, total: 2, days_elapsed: 15, days_left: 15 }
    }

    fn line(id: &str, territory: &str, target: Option<i64>, actual: i64) -> Line {
        Line {
            id: id.into(),
            name: id.into(),
            territory: territory.into(),
            keeper: None,
            progress: Progress { target: target.map(Amount), actual: Amount(actual), time: half_gone() },
            last_year: None,
            funnel: Default::default(),
            today: Default::default(),
            sample: Default::default(),
            last_visit: None,
        }
    }

    fn drawn(tree: &Tree) -> Vec<String> {
        tree.nodes.iter().map(|node| format!("{}{} {}", "-".repeat(node.level), node.name, node.sum.actual.0)).collect()
    }

    #[test]
    fn every_figure_is_the_sum_of_what_lies_below() {
        let land =
            territories(&[("land", None), ("east", Some("land")), ("west", Some("land")), ("city", Some("west"))]);
        let lines = [
            line("a", "city", Some(100), 10), // 40 behind
            line("b", "city", Some(100), 60), // ahead
            line("c", "east", Some(100), 45), // 5 behind
            line("d", "west", None, 7),       // no target
        ];
        let tree = grow(&land, &lines, half_gone()).expect("a tree");
        assert_eq!(
            drawn(&tree),
            ["LAND 122", "-WEST 77", "--CITY 70", "---a 10", "---b 60", "--d 7", "-EAST 45", "--c 45"],
            "furthest behind first"
        );
        let west = &tree.nodes[1];
        assert_eq!((west.progress.target, west.sum.shops, west.sum.untargeted), (Some(Amount(200)), 3, 1));
        assert_eq!(tree.children(0).collect::<Vec<_>>(), [1, 6]);
        assert_eq!(tree.shops(1).map(ShopId::as_str).collect::<Vec<_>>(), ["a", "b", "d"]);
    }

    #[test]
    fn the_root_is_the_lowest_that_holds_everything() {
        let land =
            territories(&[("land", None), ("west", Some("land")), ("city", Some("west")), ("town", Some("west"))]);
        let lines = [line("a", "city", None, 1), line("b", "town", None, 2)];
        assert_eq!(grow(&land, &lines, half_gone()).expect("a tree").nodes[0].name, "WEST");
        assert!(grow(&land, &[], half_gone()).expect("a tree").nodes.is_empty());
        // A territory whose parent is out of scope, and two that hold each other: nothing is lost.
        let broken = territories(&[("x", Some("gone")), ("p", Some("q")), ("q", Some("p"))]);
        let lines = [line("a", "x", None, 1), line("b", "p", None, 2), line("c", "nowhere", None, 4)];
        let tree = grow(&broken, &lines, half_gone()).expect("a tree");
        assert_eq!((&tree.nodes[0].place, tree.nodes[0].sum.actual), (&Place::All, Amount(7)));
        assert_eq!(tree.shops(0).count(), 3);
    }

    #[test]
    fn folded_rows_hide_what_lies_below() {
        let land = territories(&[("land", None), ("east", Some("land")), ("west", Some("land"))]);
        let lines = [line("a", "west", None, 1), line("b", "east", None, 2)];
        let tree = grow(&land, &lines, half_gone()).expect("a tree");
        let open = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
        let shown = |keys: &[&str]| {
            tree.shown(&open(keys)).into_iter().map(|at| tree.nodes[at].name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), ["LAND"]);
        assert_eq!(shown(&["t-land"]), ["LAND", "EAST", "WEST"]);
        assert_eq!(shown(&["t-land", "t-west"]), ["LAND", "EAST", "WEST", "a"]);
    }
}
