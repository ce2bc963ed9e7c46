//! What rows may refer to: what is there already, and what rows before them have brought.

use aisle_domain::org::Assignment;
use aisle_domain::{ProductId, ShopId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What is there, as far as whoever imports may refer to it. Travels to the app's worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Given {
    /// Territory → the one above.
    pub territories: BTreeMap<String, Option<String>>,
    /// Person → sign-in name, where those are known: devices do not know them.
    pub people: BTreeMap<String, Option<String>>,
    /// Shop → who looks after it.
    pub shops: BTreeMap<String, Vec<Assignment>>,
    /// Products.
    pub products: BTreeSet<String>,
    /// Ids of targets that a plan sets.
    pub planned: BTreeSet<String>,
    /// Decimals of the currency.
    pub digits: u8,
}

/// The same while a file is read.
#[derive(Debug)]
pub struct Known {
    pub(crate) territories: HashMap<String, Option<String>>,
    pub(crate) people: BTreeMap<String, Option<String>>,
    /// Sign-in name, in small letters → whose.
    logins: HashMap<String, String>,
    /// Shops, each with its place in `shop_ids`.
    pub(crate) shops: HashMap<String, u32>,
    /// Shops by their places, which lines of actuals name.
    pub shop_ids: Vec<ShopId>,
    /// Products, each with its place in `product_ids`.
    pub(crate) products: HashMap<String, u32>,
    /// Products by their places.
    pub product_ids: Vec<ProductId>,
    /// Shops as stored, for their assignments.
    pub(crate) stored_shops: BTreeMap<String, Vec<Assignment>>,
    pub(crate) planned: BTreeSet<String>,
    /// Decimals of the currency.
    pub digits: u8,
}

impl From<Given> for Known {
    fn from(given: Given) -> Self {
        let login = |(id, login): (&String, &Option<String>)| Some((login.as_ref()?.to_lowercase(), id.clone()));
        let logins = given.people.iter().filter_map(login).collect();
        let mut known = Self {
            logins,
            territories: given.territories.into_iter().collect(),
            people: given.people,
            shops: HashMap::new(),
            shop_ids: Vec::new(),
            products: HashMap::new(),
            product_ids: Vec::new(),
            stored_shops: given.shops,
            planned: given.planned,
            digits: given.digits,
        };
        for id in known.stored_shops.keys().cloned().collect::<Vec<_>>() {
            known.add_shop(&id);
        }
        for id in given.products {
            known.add_product(&id);
        }
        known
    }
}

impl Known {
    /// Whether somebody else signs in by this name.
    pub(crate) fn is_login_taken(&self, login: &str, id: &str) -> bool {
        self.logins.get(&login.to_lowercase()).is_some_and(|of| of != id)
    }

    pub(crate) fn add_person(&mut self, id: &str, login: &str) {
        let before = self.people.insert(id.to_owned(), Some(login.to_owned())).flatten();
        if let Some(before) = before.map(|login| login.to_lowercase())
            && self.logins.get(&before).is_some_and(|of| of == id)
        {
            self.logins.remove(&before);
        }
        self.logins.insert(login.to_lowercase(), id.to_owned());
    }

    pub(crate) fn add_shop(&mut self, id: &str) {
        if !self.shops.contains_key(id) {
            self.shops.insert(id.to_owned(), place(self.shop_ids.len()));
            self.shop_ids.push(ShopId::from(id));
        }
    }

    pub(crate) fn add_product(&mut self, id: &str) {
        if !self.products.contains_key(id) {
            self.products.insert(id.to_owned(), place(self.product_ids.len()));
            self.product_ids.push(ProductId::from(id));
        }
    }

    /// Whether putting `id` below `parent` would make a circle.
    pub(crate) fn makes_circle(&self, id: &str, parent: &str) -> bool {
        let mut seen = HashSet::new();
        let mut at = Some(parent.to_owned());
        while let Some(here) = at {
            if here == id || !seen.insert(here.clone()) {
                return true;
            }
            at = self.territories.get(&here).cloned().flatten();
        }
        false
    }
}

fn place(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
