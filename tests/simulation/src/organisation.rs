//! The organisation of every story: small enough to be read in a few pages of the feed, with every role that syncs.
//!
//! ```text
//! root ┬ north ┬ north-1   shops s0 s1 s2 (rep-a), s3 s4 (rep-b)
//!      │       └ north-2   shop  s5 (rep-b)
//!      └ south             shops s6 s7 (rep-c)
//! ```

use crate::Violation;
use aisle_domain::PersonId;
use aisle_domain::org::Role;
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_server::storage::{Account, Upsert};
use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::{Value, json};

/// When every story begins: 2026-11-24 12:00 UTC.
pub(crate) const START: i64 = 1_795_521_600_000;
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse";
/// Territories a shop can be moved to.
pub(crate) const TERRITORIES: [&str; 3] = ["north-1", "north-2", "south"];
/// People who look after shops.
pub(crate) const REPS: [&str; 3] = ["rep-a", "rep-b", "rep-c"];
/// How many shops there are.
pub(crate) const SHOPS: usize = 8;

/// An object's fields.
pub(crate) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// A reference record.
pub(crate) fn upsert(kind: Kind, id: &str, shop: Option<&str>, value: Value) -> Upsert {
    Upsert { rec: RecordRef::new(kind, id), patch: fields(value), shop: shop.map(Into::into) }
}

/// Every reference record at the beginning.
pub(crate) fn records() -> Vec<Upsert> {
    let mut records = vec![
        upsert(Kind::Org, "org", None, json!({"name": "Test", "currency": {"code": "CNY", "digits": 2}})),
        upsert(Kind::Product, "p1", None, json!({"name": "P1", "category": "RUM"})),
        upsert(Kind::Product, "p2", None, json!({"name": "P2", "category": "GIN"})),
    ];
    let text = json!({"zh": "问", "en": "Ask"});
    let item = |id: &str| json!({"id": id, "text": text, "kind": "yes_no", "weight": 1, "pass": "yes"});
    let items: Vec<Value> = ["q0", "q1", "q2", "q3", "q-last"].into_iter().map(item).collect();
    let template = json!({
        "id": "distribution", "version": 1, "name": text, "pass_mark": 80, "minutes": 10,
        "sections": [{"id": "s", "title": text, "items": items}],
    });
    records.push(upsert(Kind::Template, "distribution/1", None, template));
    for (id, parent) in [("root", None), ("north", Some("root")), ("south", Some("root"))] {
        records.push(upsert(Kind::Territory, id, None, json!({"name": id, "parent": parent})));
    }
    for id in ["north-1", "north-2"] {
        records.push(upsert(Kind::Territory, id, None, json!({"name": id, "parent": "north"})));
    }
    for i in 0..SHOPS {
        let (territory, rep) = match i {
            0..3 => ("north-1", "rep-a"),
            3..5 => ("north-1", "rep-b"),
            5 => ("north-2", "rep-b"),
            _ => ("south", "rep-c"),
        };
        let id = format!("s{i}");
        let of_shop = |kind, name: String, value| upsert(kind, &name, Some(&id), value);
        records.push(of_shop(
            Kind::Shop,
            id.clone(),
            json!({
                "name": id, "territory": territory, "channel": "ka", "tier": "A",
                "assigned": [{"person": rep, "share_bp": 10_000}],
            }),
        ));
        records.push(of_shop(Kind::Target, format!("sales/{id}/2026-11"), json!({"shop": id})));
        records.push(of_shop(Kind::Facts, format!("{id}:2026"), json!({"shop": id, "data": "AAEC"})));
    }
    records
}

/// One account. The digest of its password is cheap to verify: what is simulated is the session, not the hashing.
pub(crate) fn person(id: &str, role: Role, territory: &str) -> Result<Account, Violation> {
    let params = Params::new(8, 1, 1, None).map_err(Violation::harness)?;
    let salt = SaltString::encode_b64(b"simulation").map_err(Violation::harness)?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let digest = argon.hash_password(PASSWORD.as_bytes(), &salt).map_err(Violation::harness)?;
    Ok(Account {
        person: PersonId::from(id),
        login: id.to_owned(),
        name: id.to_owned(),
        role,
        territory: territory.into(),
        password_hash: Some(digest.to_string()),
        active: true,
    })
}

/// Everybody at the beginning.
pub(crate) fn people() -> Result<Vec<Account>, Violation> {
    let people = [
        ("rep-a", Role::Rep, "north-1"),
        ("rep-b", Role::Rep, "north-1"),
        ("rep-c", Role::Rep, "south"),
        ("sup", Role::Supervisor, "north"),
        ("aud", Role::Auditor, "north"),
        ("root", Role::Admin, "root"),
    ];
    people.into_iter().map(|(id, role, territory)| person(id, role, territory)).collect()
}
