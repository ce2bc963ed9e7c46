//! Commands as they are typed, on a store of their own.

use super::run;
use crate::SESSION_LIMITS;
use crate::cli::{Cli, CliError, Command};
use crate::clock::Clock;
use crate::storage::{self, Storage, Upsert};
use crate::{moment, password};
use aisle_domain::org::{Org, Shop};
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use clap::Parser;
use serde_json::{Value, json};
use std::sync::Arc;

struct Office {
    storage: Arc<dyn Storage>,
    _folder: tempfile::TempDir,
}

impl Office {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = storage::open(folder.path()).await.expect("a store");
        let office = Self { storage, _folder: folder };
        for line in ["territory add root", "territory add north --parent root", "territory add south --parent root"] {
            office.ok(line).await;
        }
        office
    }

    /// A command line, without data folder.
    async fn say(&self, line: &str) -> Result<String, CliError> {
        let words = ["aisle-server"].into_iter().chain(line.split(' ')).chain(["--data", "unused"]);
        let cli = Cli::try_parse_from(words).map_err(|error| CliError::Other(error.to_string()))?;
        let Command::Admin(command) = cli.command else { panic!("{line} is another command") };
        run(self.storage.as_ref(), command).await
    }

    async fn ok(&self, line: &str) -> String {
        self.say(line).await.unwrap_or_else(|why| panic!("{line}: {why}"))
    }

    async fn refused(&self, line: &str) -> String {
        let before = self.audit_rows().await;
        let why = self.say(line).await.expect_err(line).to_string();
        assert_eq!(self.audit_rows().await, before, "{line}: what is refused changes nothing");
        why
    }

    async fn audit_rows(&self) -> u64 {
        self.storage.verify_audit(None).await.expect("read").expect("whole").rows
    }

    async fn shop(&self, id: &str, territory: &str) {
        let view = json!({"name": id, "territory": territory, "channel": "ka", "tier": "A"});
        let patch = view.as_object().cloned().expect("an object");
        let upsert = Upsert { rec: RecordRef::new(Kind::Shop, id), patch, shop: Some(id.into()) };
        self.storage.upsert(&[upsert], moment(&Clock::System), None).await.expect("written");
    }

    async fn assigned(&self, id: &str) -> Vec<(String, u16, Option<String>, Option<String>)> {
        let fields = self.storage.record(&RecordRef::new(Kind::Shop, id)).await.expect("read").expect("there");
        let shop: Shop = serde_json::from_value(Value::Object(fields)).expect("a shop");
        let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
        shop.assigned.into_iter().map(|a| (a.person.to_string(), a.share_bp, day(a.from), day(a.until))).collect()
    }
}

#[tokio::test]
async fn a_person_from_the_first_day_to_the_last() {
    let office = Office::new().await;
    let added = office.ok("user add Ann --name Ann --role rep --territory north --id 17").await;
    let secret = added.lines().find_map(|line| line.strip_prefix("Password, shown only now: ")).expect("a password");
    assert!(secret.len() >= 20, "{added}");
    let account = office.storage.account("ann").await.expect("read").expect("there");
    assert_eq!((account.person.as_str(), account.active), ("17", true));
    assert!(password::verify(secret, account.password_hash.as_deref()));
    assert!(office.storage.record(&RecordRef::new(Kind::Person, "17")).await.expect("read").is_some());

    // By sign-in name in any case, or by id.
    assert_eq!(
        office.ok("user set ANN --role supervisor --territory root").await,
        "Ann is changed: role, territory.\n"
    );
    assert_eq!(office.ok("user set 17 --login anna").await, "anna is changed: login.\n");
    let list = office.ok("user list").await;
    let row: Vec<&str> = list.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(row, ["17", "anna", "supervisor", "root", "active", "Ann"]);

    let now = Clock::System.now();
    for token in ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] {
        office.storage.open_session(token, &account.person, now).await.expect("opened");
    }
    let open = async || office.storage.sessions(None, SESSION_LIMITS, now).await.expect("read").len();
    assert_eq!(office.ok("user sessions anna").await.lines().count(), 3);
    assert_eq!(office.ok("user revoke anna --session aaaa").await, "anna is signed out of 1 session(s).\n");
    assert_eq!(open().await, 1);
    office.ok("user password anna").await;
    assert_eq!(open().await, 0, "a new password ends the sessions of the old one");
    office.storage.open_session("cccccccccccccccc", &account.person, now).await.expect("opened");
    office.ok("user disable anna").await;
    assert_eq!((open().await, office.ok("user sessions anna").await), (0, "anna has no open session.\n".to_owned()));
    office.ok("user enable anna").await;

    for (line, why) in [
        ("user add ANNA --name B --role rep --territory north", "has the sign-in name"),
        ("user add other --name B --role rep --territory north --id 17", "there is a person 17 already"),
        ("user add b --name B --role rep --territory nowhere", "there is no territory \"nowhere\""),
        ("user add b --name B --role king --territory north", "no role"),
        ("user set nobody --name B", "nobody has the sign-in name or id"),
        ("user set anna --name Ann", "nothing to change"),
        ("user disable nobody", "nobody has"),
        ("user enable anna", "enabled already"),
        ("user revoke anna --session x", "at least 4 characters"),
    ] {
        let said = office.refused(line).await;
        assert!(said.contains(why), "{line}: {said}");
    }
}

#[tokio::test]
async fn every_change_is_audited_and_names_nobody() {
    let office = Office::new().await;
    office.shop("s1", "north").await;
    let mut rows = office.audit_rows().await;
    for line in [
        "user add ann --name Annabella --role rep --territory north",
        "user set ann --name Arabella",
        "user password ann",
        "user disable ann",
        "user enable ann",
        "user revoke ann",
        "territory add east --parent root",
        "territory rename east --name Oriental",
        "territory move east --to north",
        "shop assign s1 ann",
        "shop move s1 --to south",
    ] {
        office.ok(line).await;
        rows += 1;
        assert_eq!(office.audit_rows().await, rows, "{line}");
    }
    for line in ["user list", "user sessions ann", "territory list", "shop show s1", "shop assign s1 ann"] {
        office.ok(line).await;
        assert_eq!(office.audit_rows().await, rows, "{line} changes nothing");
    }
}

#[tokio::test]
async fn the_tree_stays_a_tree() {
    let office = Office::new().await;
    office.ok("territory add north-1 --parent north --name One").await;
    assert_eq!(office.ok("territory list").await, "root  root\n  north  north\n    north-1  One\n  south  south\n");
    office.ok("territory move north --to south").await;
    assert_eq!(office.ok("territory list").await, "root  root\n  south  south\n    north  north\n      north-1  One\n");
    office.shop("s1", "north-1").await;
    office.ok("user add ann --name Ann --role rep --territory north").await;
    office.ok("territory add spare --parent south").await;
    office.ok("territory remove spare").await;
    assert!(!office.ok("territory list").await.contains("spare"));
    for (line, why) in [
        ("territory remove spare", "there is no territory"),
        ("territory remove north-1", "north-1 still holds shop s1; move them first"),
        ("territory remove north", "north still holds north-1, user ann; move them first"),
        ("territory move south --to north-1", "that would be a circle"),
        ("territory move south --to south", "that would be a circle"),
        ("territory move south --to nowhere", "there is no territory \"nowhere\""),
        ("territory add north --parent root", "already"),
        ("territory add east", "--parent"),
        ("territory add east --parent nowhere", "there is no territory"),
        ("territory rename nowhere --name X", "there is no territory"),
    ] {
        let said = office.refused(line).await;
        assert!(said.contains(why), "{line}: {said}");
    }
}

#[tokio::test]
async fn a_shop_changes_hands_on_a_day() {
    let office = Office::new().await;
    office.shop("s1", "north").await;
    for login in ["ann", "bo", "cho"] {
        office.ok(&format!("user add {login} --name {login} --role rep --territory north")).await;
    }
    let held = |person: &str, share: u16, from: Option<&str>, until: Option<&str>| {
        (person.to_owned(), share, from.map(str::to_owned), until.map(str::to_owned))
    };
    let (march, may) = (Some("2027-03-01"), Some("2027-05-01"));
    office.ok("shop assign s1 ann").await;
    assert_eq!(office.assigned("s1").await, [held("ann", 10_000, None, None)], "the first has it for all its past");
    office.ok("shop assign s1 bo=60 cho=40 --from 2027-03-01").await;
    let shared = [held("ann", 10_000, None, march), held("bo", 6_000, march, None), held("cho", 4_000, march, None)];
    assert_eq!(office.assigned("s1").await, shared);
    office.ok("shop assign s1 cho --from 2027-05-01").await;
    let after = [
        held("ann", 10_000, None, march),
        held("bo", 6_000, march, may),
        held("cho", 4_000, march, may),
        held("cho", 10_000, may, None),
    ];
    assert_eq!(office.assigned("s1").await, after);
    office.ok("user disable bo").await;
    for (line, why) in [
        ("shop assign s1 ann=60 cho=30", "shares have to sum to 100 percent, these sum to 90.00"),
        ("shop assign s1 ann cho", "each needs a share"),
        ("shop assign s1 ann=50 ann=50", "named twice"),
        ("shop assign s1 bo", "bo is disabled"),
        ("shop assign s1 nobody", "nobody has"),
        ("shop assign s9 ann", "there is no shop \"s9\""),
        ("shop assign s1 ann --from tomorrow", "invalid value 'tomorrow'"),
        ("shop move s1 --to nowhere", "there is no territory"),
        ("shop move s1 --to north", "already"),
    ] {
        let said = office.refused(line).await;
        assert!(said.contains(why), "{line}: {said}");
    }
    assert_eq!(office.assigned("s1").await, after);
    office.ok("shop move s1 --to south").await;
    assert!(office.ok("shop show s1").await.starts_with("s1  s1  in south\n"));
}

#[tokio::test]
async fn policies_are_off_until_they_are_asked_for_and_can_be_taken_back() {
    let office = Office::new().await;
    assert!(office.refused("policy unlock-code --after 5").await.contains("`init`"), "no organisation yet");
    let rec = RecordRef::new(Kind::Org, "org");
    let org = json!({"name": "Test", "currency": {"code": "CNY", "digits": 2}, "kept": "by a newer version"});
    let patch = org.as_object().cloned().expect("an object");
    let upsert = Upsert { rec: rec.clone(), patch, shop: None };
    office.storage.upsert(&[upsert], moment(&Clock::System), None).await.expect("written");
    let kept = async || {
        let fields = office.storage.record(&rec).await.expect("read").expect("there");
        assert_eq!(fields["kept"], "by a newer version");
        serde_json::from_value::<Org>(Value::Object(fields)).expect("an organisation").unlock_after_min
    };
    let shown = "unlock-code  off\nday-weights  calendar days\n";
    assert_eq!((kept().await, office.ok("policy show").await.as_str()), (None, shown));

    let rows = office.audit_rows().await;
    assert!(office.ok("policy unlock-code --after 5").await.contains("after 5 minutes"));
    assert_eq!((kept().await, office.audit_rows().await), (Some(5), rows + 1), "audited");
    assert!(office.ok("policy unlock-code --after 5").await.contains("already"));
    assert_eq!(office.audit_rows().await, rows + 1);
    for wrong in ["policy unlock-code", "policy unlock-code --after 0", "policy unlock-code --after 5 --off"] {
        office.refused(wrong).await;
    }
    assert_eq!(kept().await, Some(5));
    office.ok("policy unlock-code --off").await;
    assert_eq!(kept().await, None);
    office.ok("policy day-weights working").await;
    assert!(office.ok("policy day-weights working").await.contains("already"));
    assert!(office.ok("policy show").await.contains("working days"));
}
