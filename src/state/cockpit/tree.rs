//! The tree of territories with their shops, in the order in which it is drawn.

use super::lines::{Line, Sum};
use super::{Fault, Territories};
use aisle_domain::calendar::TimeGone;
use aisle_domain::progress::Progress;
use aisle_domain::{ShopId, TerritoryId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    /// A shop's line, with its place among them.
    leaf: Option<(usize, Arc<Line>)>,
}

/// A row of the tree as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The node at this position.
    Node(usize),
    /// What lies below a node goes on: so many of all are shown.
    More {
        /// Position of the node above.
        below: usize,
        /// Shown.
        shown: usize,
        /// All.
        all: usize,
    },
}

/// The tree: a node stands before those below it, children by what they are behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Nodes.
    pub nodes: Vec<Arc<Node>>,
    time: TimeGone,
    /// Lines it has grown from.
    lines: usize,
}

impl Node {
    fn put(&mut self, sum: Sum, time: TimeGone) {
        self.progress = sum.progress(time);
        self.sum = sum;
    }

    /// Where it stands among its siblings: territories first, furthest behind first, then in the order of their ids.
    fn rank(&self) -> (bool, Reverse<Option<i64>>, Option<usize>, &Place) {
        let shop = self.leaf.as_ref().map(|(at, _)| *at);
        (shop.is_some(), Reverse(self.progress.shortfall().map(|amount| amount.0)), shop, &self.place)
    }
}

/// More lines than these that have changed at once make a new tree.
const FEW: usize = 200;

impl Tree {
    /// The root.
    pub fn root(&self) -> Option<&Node> {
        self.nodes.first().map(|node| &**node)
    }

    /// The tree over lines of which few have changed: what lies above those is summed again and put in order, and nothing
    /// else. With it the number of nodes that were summed. `None` where a new one must grow: other shops, other places,
    /// another time, or too much at once.
    pub fn regrown(&self, lines: &[Arc<Line>], time: TimeGone) -> Option<(Self, usize)> {
        if self.lines != lines.len() || self.time != time {
            return None;
        }
        let (mut nodes, mut above, mut summed) = (self.nodes.clone(), BTreeSet::new(), 0);
        for (at, node) in self.nodes.iter().enumerate() {
            let Some((place, known)) = &node.leaf else { continue };
            let line = lines.get(*place)?;
            if Arc::ptr_eq(known, line) {
                continue;
            }
            if line.id != known.id || line.territory != known.territory || line.name != known.name || summed == FEW {
                return None;
            }
            let node = Arc::make_mut(&mut nodes[at]);
            node.leaf = Some((*place, line.clone()));
            node.put(Sum::one(line), time);
            summed += 1;
            above.extend(std::iter::successors(node.parent, |at| self.nodes[*at].parent));
        }
        let mut tree = Self { nodes, time, lines: self.lines };
        // From below: a node stands behind those above it.
        for at in above.iter().rev() {
            let sum = tree.children(*at).fold(Sum::default(), |sum, below| sum.and(&tree.nodes[below].sum));
            Arc::make_mut(&mut tree.nodes[*at]).put(sum, time);
            summed += 1;
        }
        if !above.iter().all(|at| tree.children(*at).is_sorted_by_key(|below| tree.nodes[below].rank())) {
            tree = tree.in_order();
        }
        Some((tree, summed))
    }

    /// The same nodes, children by what they are behind.
    fn in_order(&self) -> Self {
        let mut ordered = Self { nodes: Vec::new(), time: self.time, lines: self.lines };
        let mut waiting = vec![(0, None)];
        while let Some((at, parent)) = waiting.pop() {
            let mut node = self.nodes[at].clone();
            let end = ordered.nodes.len() + node.end - at;
            if (node.parent, node.end) != (parent, end) {
                let node = Arc::make_mut(&mut node);
                (node.parent, node.end) = (parent, end);
            }
            let mut below: Vec<usize> = self.children(at).collect();
            below.sort_by_key(|below| self.nodes[*below].rank());
            waiting.extend(below.into_iter().rev().map(|below| (below, Some(ordered.nodes.len()))));
            ordered.nodes.push(node);
        }
        ordered
    }

    /// Positions of the nodes right below one.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes.get(at).map_or(at, |node| node.end);
        std::iter::successors(Some(at + 1), |below| Some(self.nodes.get(*below)?.end))
            .take_while(move |below| *below < end)
    }

    /// Shops below a node.
    pub fn shops(&self, at: usize) -> impl Iterator<Item = &ShopId> + '_ {
        let end = self.nodes.get(at).map_or(at, |node| node.end);
        self.nodes[at.min(end)..end].iter().filter_map(|node| match &node.place {
            Place::Shop(id) => Some(id),
            _ => None,
        })
    }

    /// The rows that are shown when these are unfolded, with so many of what lies right below each.
    pub fn shown(&self, is_open: &dyn Fn(&Node) -> bool, most: &dyn Fn(&Node) -> usize) -> Vec<Row> {
        let mut shown = Vec::new();
        if !self.nodes.is_empty() {
            self.show(0, is_open, most, &mut shown);
        }
        shown
    }

    fn show(&self, at: usize, is_open: &dyn Fn(&Node) -> bool, most: &dyn Fn(&Node) -> usize, shown: &mut Vec<Row>) {
        shown.push(Row::Node(at));
        let node = &self.nodes[at];
        if node.end <= at + 1 || !is_open(node) {
            return;
        }
        let few = most(node);
        for below in self.children(at).take(few) {
            self.show(below, is_open, most, shown);
        }
        let all = self.children(at).count();
        if all > few {
            shown.push(Row::More { below: at, shown: few, all });
        }
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
pub fn grow(territories: &Territories, lines: &[Arc<Line>], time: TimeGone) -> Result<Tree, Fault> {
    const MOST: usize = 200_000;
    if lines.len() > MOST {
        return Err(Fault::TooMany(lines.len().to_string()));
    }
    let mut below: BTreeMap<Above, BTreeSet<TerritoryId>> = BTreeMap::new();
    let mut shops: BTreeMap<Above, Vec<(usize, &Arc<Line>)>> = BTreeMap::new();
    let mut sums: BTreeMap<Above, Sum> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let mut above = None;
        sums.entry(None).or_default().add(line);
        for id in path(territories, &line.territory) {
            sums.entry(Some(id.clone())).or_default().add(line);
            below.entry(above).or_default().insert(id.clone());
            above = Some(id);
        }
        shops.entry(above).or_default().push((at, line));
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
    Ok(Tree { nodes: growing.nodes, time, lines: lines.len() })
}

struct Growing<'a> {
    territories: &'a Territories,
    below: &'a BTreeMap<Above, BTreeSet<TerritoryId>>,
    shops: &'a BTreeMap<Above, Vec<(usize, &'a Arc<Line>)>>,
    sums: &'a BTreeMap<Above, Sum>,
    time: TimeGone,
    nodes: Vec<Arc<Node>>,
}

impl Growing<'_> {
    fn territory(&mut self, id: &Above, level: usize, parent: Option<usize>) {
        let name = id.as_ref().map(|id| self.territories.get(id).map_or_else(|| id.to_string(), |t| t.name.clone()));
        let place = id.clone().map_or(Place::All, Place::Territory);
        let at = self.push(place, name.unwrap_or_default(), (level, parent), self.sums.get(id).copied(), None);
        let children = self.below.get(id).into_iter().flatten().map(|child| Some(child.clone()));
        let mut children: Vec<(Above, Option<i64>)> =
            children.map(|child| (child.clone(), self.sums.get(&child).and_then(|sum| self.behind(sum)))).collect();
        children.sort_by_key(|(_, behind)| Reverse(*behind));
        for (child, _) in children {
            self.territory(&child, level + 1, Some(at));
        }
        let mut shops: Vec<(usize, &Arc<Line>)> = self.shops.get(id).into_iter().flatten().copied().collect();
        shops.sort_by_key(|(_, line)| Reverse(line.progress.shortfall().map(|amount| amount.0)));
        for (place, line) in shops {
            let (leaf, below) = (Some((place, line.clone())), (level + 1, Some(at)));
            self.push(Place::Shop(line.id.clone()), line.name.clone(), below, Some(Sum::one(line)), leaf);
        }
        let end = self.nodes.len();
        Arc::make_mut(&mut self.nodes[at]).end = end;
    }

    fn push(
        &mut self,
        place: Place,
        name: String,
        (level, parent): (usize, Option<usize>),
        sum: Option<Sum>,
        leaf: Option<(usize, Arc<Line>)>,
    ) -> usize {
        let (at, sum) = (self.nodes.len(), sum.unwrap_or_default());
        let progress = sum.progress(self.time);
        self.nodes.push(Arc::new(Node { place, name, level, parent, end: at + 1, sum, progress, leaf }));
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

    fn line(id: &str, territory: &str, target: Option<i64>, actual: i64) -> Arc<Line> {
        Arc::new(Line {
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
        })
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
        let shown = |keys: &[&str]| {
            let rows = tree.shown(&|node| keys.contains(&node.place.key().as_str()), &|_| usize::MAX);
            let name = |row: Row| if let Row::Node(at) = row { tree.nodes[at].name.as_str() } else { "more" };
            rows.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), ["LAND"]);
        assert_eq!(shown(&["t-land"]), ["LAND", "EAST", "WEST"]);
        assert_eq!(shown(&["t-land", "t-west"]), ["LAND", "EAST", "WEST", "a"]);
    }

    #[test]
    fn long_branches_are_shown_in_parts_and_say_how_much_is_left() {
        let land = territories(&[("land", None), ("east", Some("land")), ("west", Some("land"))]);
        let many: Vec<Arc<Line>> = (0..7).map(|n| line(&format!("w{n}"), "west", Some(100), n)).collect();
        let lines: Vec<Arc<Line>> = many.into_iter().chain([line("e", "east", None, 2)]).collect();
        let tree = grow(&land, &lines, half_gone()).expect("a tree");
        let shown = |of_west: usize| tree.shown(&|_| true, &|node| if node.name == "WEST" { of_west } else { 5 });
        let named = |rows: Vec<Row>| -> Vec<String> {
            let say = |row: &Row| match row {
                Row::Node(at) => tree.nodes[*at].name.clone(),
                Row::More { below, shown, all } => format!("{} {shown}/{all}", tree.nodes[*below].name),
            };
            rows.iter().map(say).collect()
        };
        // Furthest behind first, over all of them, and not over those that are shown.
        assert_eq!(named(shown(2)), ["LAND", "WEST", "w0", "w1", "WEST 2/7", "EAST", "e"]);
        assert_eq!(named(shown(7)).len(), 11);
        assert!(!named(shown(7)).iter().any(|row| row.contains('/')));
    }

    /// Not the time is held, but how much is touched: of ten thousand shops in four levels.
    #[test]
    fn a_moved_figure_is_summed_where_it_lies_and_above() {
        let names: Vec<String> = (0..10).flat_map(|n| (0..10).map(move |m| format!("t{n}{m}"))).collect();
        let regions: Vec<String> = (0..10).map(|n| format!("r{n}")).collect();
        let mut rows: Vec<(&str, Option<&str>)> = vec![("land", None)];
        rows.extend(regions.iter().map(|name| (name.as_str(), Some("land"))));
        rows.extend(
            names.iter().map(|name| (name.as_str(), Some(regions[usize::from(name.as_bytes()[1] - b'0')].as_str()))),
        );
        let land = territories(&rows);
        let mut lines: Vec<Arc<Line>> =
            (0..10_000).map(|n| line(&format!("s{n:05}"), &names[n / 100], Some(100), n as i64 % 90)).collect();
        let tree = grow(&land, &lines, half_gone()).expect("a tree");
        assert_eq!(tree.nodes.len(), 1 + 10 + 100 + 10_000);
        lines[4_321] = line("s04321", &names[43], Some(100), 77);
        let (regrown, summed) = tree.regrown(&lines, half_gone()).expect("one line has changed");
        assert_eq!(summed, 4, "the shop, its town, its region, the whole: depth + 1");
        assert_eq!(regrown, grow(&land, &lines, half_gone()).expect("a tree"));
        let same = regrown.nodes.iter().zip(&tree.nodes).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert!(same > 9_000, "nodes that did not move are the same ones: {same}");
        assert_eq!(tree.regrown(&lines[1..], half_gone()), None, "other shops");
    }

    proptest::proptest! {
        #[test]
        fn regrowing_comes_to_the_same_as_growing(
            start in proptest::collection::vec((0usize..6, proptest::option::of(0i64..200), -50i64..200), 1..40),
            steps in proptest::collection::vec(proptest::collection::vec((0usize..40, proptest::option::of(0i64..200), -50i64..200), 1..4), 1..8),
        ) {
            let land = territories(&[("a", None), ("b", Some("a")), ("c", Some("a")), ("d", Some("c")), ("e", Some("c")), ("f", None)]);
            let places = ["a", "b", "c", "d", "e", "f"];
            let made = |n: usize, at: usize, target, actual| line(&format!("s{n:02}"), places[at], target, actual);
            let mut lines: Vec<Arc<Line>> =
                start.iter().enumerate().map(|(n, (at, target, actual))| made(n, *at, *target, *actual)).collect();
            let mut tree = grow(&land, &lines, half_gone()).expect("a tree");
            for step in steps {
                for (n, target, actual) in step {
                    let n = n % lines.len();
                    lines[n] = made(n, start[n].0, target, actual);
                }
                tree = tree.regrown(&lines, half_gone()).expect("the same shops").0;
                proptest::prop_assert_eq!(&tree, &grow(&land, &lines, half_gone()).expect("a tree"));
            }
        }
    }
}
