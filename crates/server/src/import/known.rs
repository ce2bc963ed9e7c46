//! What rows may refer to: ids that the store has, and those of rows taken before.

use crate::storage::{Account, Storage, StorageError};
use aisle_domain::org::{Org, Shop};
use aisle_domain::{PersonId, ProductId, ShopId};
use aisle_protocol::record::{Fields, Kind};
use std::collections::{BTreeMap, HashMap, HashSet};

/// See the module.
#[derive(Debug)]
pub(super) struct Known {
    /// Territory → the one above.
    pub(super) territories: HashMap<String, Option<String>>,
    /// Accounts by id.
    pub(super) people: BTreeMap<PersonId, Account>,
    /// Shops, each with its place in `shop_ids`.
    pub(super) shops: HashMap<String, u32>,
    pub(super) shop_ids: Vec<ShopId>,
    /// Products, each with its place in `product_ids`.
    pub(super) products: HashMap<String, u32>,
    pub(super) product_ids: Vec<ProductId>,
    /// Shops as stored, for their assignments.
    pub(super) stored_shops: BTreeMap<String, Shop>,
    /// Decimals of the currency.
    pub(super) digits: u8,
}

fn view<T: serde::de::DeserializeOwned>(fields: Fields) -> Option<T> {
    serde_json::from_value(serde_json::Value::Object(fields)).ok()
}

impl Known {
    pub(super) async fn load(storage: &dyn Storage) -> Result<Self, StorageError> {
        let parent = |fields: &Fields| fields.get("parent").and_then(|p| p.as_str()).map(str::to_owned);
        let territories = storage.records(&Kind::Territory).await?;
        let org = storage.records(&Kind::Org).await?.remove("org").and_then(view::<Org>);
        let shops = storage.records(&Kind::Shop).await?;
        let mut known = Self {
            territories: territories.iter().map(|(id, fields)| (id.clone(), parent(fields))).collect(),
            people: storage.accounts().await?.into_iter().map(|a| (a.person.clone(), a)).collect(),
            shops: HashMap::new(),
            shop_ids: Vec::new(),
            products: HashMap::new(),
            product_ids: Vec::new(),
            stored_shops: BTreeMap::new(),
            digits: org.map_or(2, |org| org.currency.digits),
        };
        for (id, fields) in shops {
            known.add_shop(&id);
            if let Some(shop) = view::<Shop>(fields) {
                known.stored_shops.insert(id, shop);
            }
        }
        for id in storage.records(&Kind::Product).await?.keys() {
            known.add_product(id);
        }
        Ok(known)
    }

    pub(super) fn add_shop(&mut self, id: &str) {
        if !self.shops.contains_key(id) {
            self.shops.insert(id.to_owned(), place(self.shop_ids.len()));
            self.shop_ids.push(ShopId::from(id));
        }
    }

    pub(super) fn add_product(&mut self, id: &str) {
        if !self.products.contains_key(id) {
            self.products.insert(id.to_owned(), place(self.product_ids.len()));
            self.product_ids.push(ProductId::from(id));
        }
    }

    /// Whether putting `id` below `parent` would make a circle.
    pub(super) fn makes_circle(&self, id: &str, parent: &str) -> bool {
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
