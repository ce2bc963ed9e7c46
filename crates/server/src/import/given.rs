//! What rows may refer to, as the store has it.

use crate::access::{Action, Actor, Facts, ShopFacts, When, can};
use crate::storage::{Account, Moment, Storage, StorageError};
use aisle_domain::PersonId;
use aisle_domain::org::{Org, Shop};
use aisle_import::{Given, Table};
use aisle_protocol::record::{Fields, Kind};
use std::collections::BTreeMap;

/// What a table's rows become.
pub fn kind_of(table: Table) -> Kind {
    match table {
        Table::Territories => Kind::Territory,
        Table::People => Kind::Person,
        Table::Products => Kind::Product,
        Table::Shops => Kind::Shop,
        Table::MustSell => Kind::MustSell,
        Table::Targets => Kind::Target,
        Table::Actuals => Kind::Facts,
    }
}

/// Who imports: a person, as far as that person's hand reaches, or whoever sits at the server.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The command line.
    Operator,
    /// A person.
    Person(&'a Actor, Moment),
}

impl By<'_> {
    fn may(self, kind: &Kind, shop: Option<&ShopFacts>) -> bool {
        match self {
            Self::Operator => true,
            Self::Person(actor, at) => {
                let facts = Facts { kind, shop, owner: None, by_auditor: false };
                can(actor, Action::Import, &facts, When::today(at.today))
            }
        }
    }

    /// Whether such a table may be imported at all; for figures, whether there is a shop that they may be of.
    pub fn may_import(self, table: Table, given: &Given) -> bool {
        match table {
            Table::Targets | Table::Actuals => !given.shops.is_empty(),
            _ => self.may(&kind_of(table), None),
        }
    }
}

fn view<T: serde::de::DeserializeOwned>(fields: Fields) -> Option<T> {
    serde_json::from_value(serde_json::Value::Object(fields)).ok()
}

/// Reads what there is, and the accounts. For figures only shops that they may be imported of; what is not there is as
/// unknown as what does not exist.
pub async fn load(
    storage: &dyn Storage,
    by: By<'_>,
    tables: &[Table],
) -> Result<(Given, BTreeMap<PersonId, Account>), StorageError> {
    let parent = |fields: &Fields| fields.get("parent").and_then(|p| p.as_str()).map(str::to_owned);
    let org = storage.records(&Kind::Org).await?.remove("org").and_then(view::<Org>);
    let territories = storage.records(&Kind::Territory).await?;
    let accounts: BTreeMap<PersonId, Account> =
        storage.accounts().await?.into_iter().map(|account| (account.person.clone(), account)).collect();
    let mut given = Given {
        territories: territories.iter().map(|(id, fields)| (id.clone(), parent(fields))).collect(),
        people: accounts.values().map(|a| (a.person.to_string(), Some(a.login.clone()))).collect(),
        products: storage.records(&Kind::Product).await?.into_keys().collect(),
        digits: org.map_or(2, |org| org.currency.digits),
        ..Given::default()
    };
    let figures: Vec<Kind> =
        tables.iter().filter(|table| matches!(table, Table::Targets | Table::Actuals)).map(|t| kind_of(*t)).collect();
    for (id, fields) in storage.records(&Kind::Shop).await? {
        let shop = view::<Shop>(fields);
        let facts =
            shop.as_ref().map(|shop| ShopFacts { territory: shop.territory.clone(), assigned: shop.assigned.clone() });
        if figures.iter().all(|kind| by.may(kind, facts.as_ref())) {
            given.shops.insert(id, shop.map(|shop| shop.assigned).unwrap_or_default());
        }
    }
    if tables.contains(&Table::Targets) {
        let planned = |(id, fields): (String, Fields)| fields.contains_key("plan").then_some(id);
        given.planned = storage.records(&Kind::Target).await?.into_iter().filter_map(planned).collect();
    }
    Ok((given, accounts))
}
