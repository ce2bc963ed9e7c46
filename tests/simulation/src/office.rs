//! What the office changes while the phones are out: shops, people, reference data, the store itself.

use crate::organisation::{REPS, SHOPS, TERRITORIES, person, upsert};
use crate::world::World;
use crate::{Mutant, Violation};
use aisle_domain::org::Role;
use aisle_protocol::record::{Kind, RecordRef};
use serde_json::{Value, json};

/// A day, milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

impl World {
    /// The office does something.
    pub(crate) fn office(&mut self) -> Result<(), Violation> {
        self.names += 1;
        let shop = format!("s{}", self.rng.below(SHOPS));
        match self.rng.below(100) {
            0..35 => self.reassign(&shop),
            35..50 => {
                let territory = self.rng.pick(&TERRITORIES).copied().unwrap_or_default();
                self.moved.insert(shop.clone());
                self.change_shop(&shop, json!({"territory": territory}))
            }
            50..65 => self.promote(),
            65..85 => {
                let name = format!("P1 as of change {}", self.names);
                self.note(format!("the office calls p1 {name}"));
                let mut batch = vec![upsert(Kind::Product, "p1", None, json!({"name": name}))];
                for i in 0..self.rng.below(SHOPS) {
                    let shop = format!("s{i}");
                    let target = format!("sales/{shop}/2026-11");
                    batch.push(upsert(Kind::Target, &target, Some(&shop), json!({"amount": self.names})));
                }
                self.endpoint.upsert(&batch)
            }
            85..90 => {
                self.note("a night passes".to_owned());
                self.pass(DAY)?;
                self.endpoint.housekeeping()
            }
            90..92 => self.quarter(),
            92..94 => self.delete(),
            94..97 => {
                self.note("a new snapshot is built".to_owned());
                self.endpoint.build_snapshot()
            }
            _ => {
                self.note("the store is set up anew: every cursor is void".to_owned());
                self.endpoint.invalidate_cursors(self.names)
            }
        }
    }

    /// More than 90 days pass: departures are forgotten, and whoever was away starts anew.
    fn quarter(&mut self) -> Result<(), Violation> {
        self.note("more than 90 days pass".to_owned());
        self.endpoint.housekeeping()?;
        self.pass(91 * DAY)?;
        self.endpoint.housekeeping()?;
        if self.planted == Some(Mutant::HorizonIgnored) {
            self.endpoint.forget_horizon()?;
        }
        Ok(())
    }

    /// A target or a product is not wanted any more. Either may come back.
    fn delete(&mut self) -> Result<(), Violation> {
        let rec = match self.rng.below(3) {
            0 => RecordRef::new(Kind::Product, "p1"),
            _ => RecordRef::new(Kind::Target, format!("sales/s{}/2026-11", self.rng.below(SHOPS))),
        };
        self.note(format!("the office deletes {rec}"));
        self.endpoint.delete(&rec)
    }

    fn change_shop(&mut self, shop: &str, patch: Value) -> Result<(), Violation> {
        self.note(format!("the office changes shop {shop}: {patch}"));
        self.endpoint.upsert(&[upsert(Kind::Shop, shop, Some(shop), patch)])
    }

    /// Another rep, two reps, or a change of reps tomorrow.
    fn reassign(&mut self, shop: &str) -> Result<(), Violation> {
        self.moved.insert(shop.to_owned());
        let one = self.rng.pick(&REPS).copied().unwrap_or_default();
        let two = self.rng.pick(&REPS).copied().unwrap_or_default();
        let tomorrow = self.endpoint.tomorrow();
        let assigned = match self.rng.below(4) {
            0 if one != two => json!([{"person": one, "share_bp": 5000}, {"person": two, "share_bp": 5000}]),
            1 => json!([
                {"person": one, "share_bp": 10_000, "until": tomorrow},
                {"person": two, "share_bp": 10_000, "from": tomorrow},
            ]),
            _ => json!([{"person": one, "share_bp": 10_000}]),
        };
        self.change_shop(shop, json!({"assigned": assigned}))
    }

    /// Somebody gets another role or territory: other buckets, a purge and a backfill.
    fn promote(&mut self) -> Result<(), Violation> {
        let at = self.rng.below(self.phones.len());
        let Some(id) = self.phones.get(at).map(|phone| phone.person.clone()) else { return Ok(()) };
        let role = self.rng.pick(&[Role::Rep, Role::Supervisor, Role::Manager, Role::Auditor]).copied();
        let territory = self.rng.pick(&["root", "north", "north-1", "north-2", "south"]).copied();
        let (Some(role), Some(territory)) = (role, territory) else { return Ok(()) };
        self.note(format!("{id} becomes {} of {territory}", role.as_str()));
        self.moved.insert(id.clone());
        let account = person(&id, role, territory)?;
        self.endpoint.upsert_person(account)
    }
}
