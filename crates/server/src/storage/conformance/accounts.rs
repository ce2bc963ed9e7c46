//! Accounts, sessions, and how far a role reaches.

use super::{Home, NOON, account, at, entry};
use crate::storage::SessionLimits;
use aisle_domain::PersonId;
use aisle_domain::org::Role;

const LIMITS: SessionLimits = SessionLimits { idle: 100_000, absolute: 1_000_000 };

pub(crate) async fn sign_in_names_are_found_in_any_case(home: &Home) {
    let store = home.organised().await;
    for login in ["ann", "ANN", "Ann"] {
        let found = store.account(login).await.expect("read").expect("an account");
        assert_eq!(found, account("ann", Role::Rep, "north"), "{login}");
    }
    assert_eq!(store.account("nobody").await.expect("read"), None);
    let ids: Vec<String> = store.accounts().await.expect("read").into_iter().map(|a| a.person.to_string()).collect();
    assert_eq!(ids, ["ann", "bo", "cho"]);
}

pub(crate) async fn sessions_end_when_they_should(home: &Home) {
    let store = home.organised().await;
    for token in ["used", "idle", "ended"] {
        store.open_session(token, &PersonId::from("ann"), NOON).await.expect("opened");
    }
    store.end_session("ended", NOON).await.expect("ended");
    store.end_session("never", NOON).await.expect("ending what is not there is no error");
    // (token, after, whether it is open); a use is noted at most once a minute
    let steps = [
        ("ended", 0, false),
        ("guessed", 0, false),
        ("used", 99_000, true),
        ("idle", 100_000, false),
        ("used", 198_000, true),
        ("used", 270_000, true),
        ("used", 369_000, true),
        ("used", 460_000, true),
        ("used", 550_000, true),
        ("used", 640_000, true),
        ("used", 730_000, true),
        ("used", 820_000, true),
        ("used", 910_000, true),
        ("used", 999_000, true),
        ("used", 1_000_000, false), // used all the time, but this is the end
    ];
    for (token, after, open) in steps {
        let session = store.session(token, LIMITS, NOON + after).await.expect("read");
        assert_eq!(session.is_some(), open, "{token} after {after}");
        assert!(session.is_none_or(|s| s.actor.person.as_str() == "ann" && s.name == "Name of ann"));
    }
    store.open_session("gone", &PersonId::from("bo"), NOON).await.expect("opened");
    let mut bo = account("bo", Role::Rep, "south");
    bo.active = false;
    store.upsert_people(&[bo], at(), entry("left")).await.expect("written");
    assert!(store.session("gone", LIMITS, NOON).await.expect("read").is_none(), "who left is out at once");
}

pub(crate) async fn two_people_never_share_a_sign_in_name(home: &Home) {
    let store = home.organised().await;
    let mut other = account("dee", Role::Rep, "north");
    other.login = "ANN".to_owned();
    let refused = store.upsert_people(&[account("eve", Role::Rep, "north"), other], at(), entry("people")).await;
    assert!(refused.is_err(), "{refused:?}");
    let ids: Vec<String> = store.accounts().await.expect("read").into_iter().map(|a| a.person.to_string()).collect();
    assert_eq!(ids, ["ann", "bo", "cho"], "nothing of the batch was kept");
}

pub(crate) async fn a_role_reaches_what_lies_below(home: &Home) {
    let store = home.organised().await;
    let cases = [
        (Role::Supervisor, "north", vec!["north"]),
        (Role::Manager, "root", vec!["north", "root", "south"]),
        (Role::Admin, "south", vec!["north", "root", "south"]),
        (Role::Auditor, "nowhere", vec![]),
    ];
    for (role, territory, expect) in cases {
        store.upsert_people(&[account("cho", role, territory)], at(), entry("people")).await.expect("written");
        let token = format!("{role:?}");
        store.open_session(&token, &PersonId::from("cho"), NOON).await.expect("opened");
        let session = store.session(&token, LIMITS, NOON).await.expect("read").expect("open");
        let reach: Vec<&str> = session.actor.reach.iter().map(aisle_domain::TerritoryId::as_str).collect();
        assert_eq!((session.actor.role, reach), (role, expect), "{role:?} of {territory}");
    }
}

pub(crate) async fn sessions_are_listed_and_revoked(home: &Home) {
    let store = home.organised().await;
    let (ann, bo) = (PersonId::from("ann"), PersonId::from("bo"));
    for (token, person, at) in [("aaaa", &ann, NOON), ("aabb", &ann, NOON + 5), ("cccc", &bo, NOON + 9)] {
        store.open_session(token, person, at).await.expect("opened");
    }
    let names = async |person: Option<&PersonId>, now: i64| {
        let rows = store.sessions(person, LIMITS, now).await.expect("read");
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(names(None, NOON + 10).await, ["cccc", "aabb", "aaaa"], "the last used first");
    assert_eq!(names(Some(&ann), NOON + 10).await, ["aabb", "aaaa"]);
    assert_eq!(names(Some(&ann), NOON + LIMITS.idle).await, ["aabb"], "what has ended by itself is not open");
    let revoke = async |person: &PersonId, name: Option<&str>| {
        store.revoke_sessions(person, name, entry("session.revoke")).await.expect("revoked")
    };
    assert_eq!(revoke(&bo, Some("aa")).await, 0, "not somebody else's");
    assert_eq!(revoke(&ann, Some("aab")).await, 1);
    assert_eq!(names(None, NOON + 10).await, ["cccc", "aaaa"]);
    assert_eq!(revoke(&ann, None).await, 1);
    assert!(store.session("aaaa", LIMITS, NOON + 10).await.expect("read").is_none());

    // A new password ends the sessions that the old one opened; any other change does not.
    let mut bo = account("bo", Role::Rep, "north");
    store.upsert_people(std::slice::from_ref(&bo), at(), entry("people")).await.expect("written");
    assert_eq!(names(None, NOON + 10).await, ["cccc"]);
    bo.password_hash = Some("another".to_owned());
    store.upsert_people(&[bo], at(), entry("people")).await.expect("written");
    assert_eq!(names(None, NOON + 10).await, Vec::<String>::new());
}
