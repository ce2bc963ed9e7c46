//! Who may know whom: crates by their manifests, modules of the app by the paths they name.

use super::tokens::{Source, Sources, Token, starts_with};
use super::{Finding, Tree};

/// What each crate may depend on, among ours. Development dependencies are free.
const CRATES: &[(&str, &str, &[&str])] = &[
    ("crates/domain/Cargo.toml", "aisle-domain", &[]),
    ("crates/protocol/Cargo.toml", "aisle-protocol", &["aisle-domain"]),
    ("crates/import/Cargo.toml", "aisle-import", &["aisle-domain", "aisle-protocol"]),
    ("crates/import-worker/Cargo.toml", "aisle-import-worker", &["aisle-import"]),
    ("crates/sync/Cargo.toml", "aisle-sync", &["aisle-domain", "aisle-protocol"]),
    ("Cargo.toml", "aisle", &["aisle-domain", "aisle-import", "aisle-protocol", "aisle-sync"]),
    ("crates/server/Cargo.toml", "aisle-server", &["aisle-domain", "aisle-protocol", "aisle-import"]),
    (
        "tests/simulation/Cargo.toml",
        "aisle-simulation",
        &["aisle-domain", "aisle-protocol", "aisle-sync", "aisle-server"],
    ),
    ("tests/browser/Cargo.toml", "aisle-browser", &["aisle", "aisle-domain", "aisle-protocol", "aisle-sync"]),
    ("tests/blackbox/Cargo.toml", "aisle-blackbox", &["aisle-protocol"]),
    ("tests/bench/Cargo.toml", "aisle-bench", &["aisle", "aisle-domain", "aisle-protocol", "aisle-sync"]),
    ("tests/e2e/Cargo.toml", "aisle-e2e", &["aisle-domain", "aisle-protocol"]),
    ("xtask/Cargo.toml", "xtask", &[]),
];

const CRATE_WHY: &str = "crates depend only downwards: domain ← protocol ← sync ← app, and domain, protocol ← server; \
                         a new crate needs a row in xtask/src/tidy/edges.rs";

/// Crate edges, from the manifests.
pub(super) fn crates(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.below("", "Cargo.toml") {
        let Some((_, _, allowed)) = CRATES.iter().find(|(manifest, ..)| *manifest == path) else {
            found.push(Finding::new(path, 1, "a crate without a row", CRATE_WHY));
            continue;
        };
        for (line, dependency) in own_dependencies(text) {
            if !allowed.contains(&dependency.as_str()) {
                found.push(Finding::new(path, line, format!("depends on {dependency}"), CRATE_WHY));
            }
        }
    }
    found
}

/// Our crates among the dependencies of a manifest. Reads the forms of TOML that cargo's manifests are written in.
fn own_dependencies(manifest: &str) -> Vec<(usize, String)> {
    let is_ours = |name: &str| name == "aisle" || name.starts_with("aisle-") || name == "xtask";
    let mut found = Vec::new();
    let mut in_dependencies = false;
    for (number, line) in manifest.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            let dependencies = |name: &str| matches!(name, "dependencies" | "build-dependencies");
            let last = section.rsplit('.').next().unwrap_or_default();
            let table = section.rsplit_once('.').map_or("", |(head, _)| head.rsplit('.').next().unwrap_or_default());
            in_dependencies = dependencies(last) && !section.starts_with("workspace");
            if dependencies(table) && !section.starts_with("workspace") && is_ours(last) {
                found.push((number + 1, last.to_owned()));
            }
        } else if in_dependencies && let Some((name, value)) = line.split_once('=') {
            let name = name.trim().trim_end_matches(".workspace").trim_matches('"');
            let renamed = value.split("package").nth(1).and_then(|rest| rest.split('"').nth(1));
            let name = renamed.unwrap_or(name);
            if is_ours(name) {
                found.push((number + 1, name.to_owned()));
            }
        }
    }
    found
}

/// A part of the app: its folder or file, the parts it may name, and why.
struct Area {
    folder: &'static str,
    may_use: &'static [&'static str],
    why: &'static str,
}

const AREAS: &[Area] = &[
    Area {
        folder: "src/screens/",
        may_use: &["screens", "components", "state", "i18n", "format"],
        why: "screens show state and call intents: storage, sync and the platform are behind state",
    },
    Area {
        folder: "src/components/",
        may_use: &["components", "i18n", "format"],
        why: "components know no app types: what they show comes in as properties",
    },
    Area {
        folder: "src/state/",
        may_use: &["state", "storage", "platform", "sync_driver", "i18n", "format"],
        why: "state must not know how it is shown",
    },
    Area {
        folder: "src/sync_driver",
        may_use: &["sync_driver", "storage", "platform"],
        why: "the driver performs the engine's effects and knows nothing above them",
    },
    Area { folder: "src/storage/", may_use: &["storage", "platform"], why: "storage knows nothing above it" },
    Area { folder: "src/platform/", may_use: &["platform"], why: "the platform layer knows nothing above it" },
];

/// All top-level modules of the app, so that a macro or a type at the root is not taken for one.
const MODULES: &[&str] =
    &["app", "screens", "components", "state", "storage", "platform", "sync_driver", "i18n", "format"];

/// A name only some places may use.
struct Reserved {
    names: &'static [&'static str],
    allowed: &'static [&'static str],
    why: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        names: &[
            "rexie",
            "gloo_storage",
            "indexed_db",
            "idb",
            "IdbCursor",
            "IdbDatabase",
            "IdbFactory",
            "IdbKeyRange",
            "IdbObjectStore",
            "IdbOpenDbRequest",
            "IdbRequest",
            "IdbTransaction",
        ],
        allowed: &["src/storage/"],
        why: "only src/storage/ touches IndexedDB and local storage",
    },
    Reserved {
        names: &["web_sys"],
        allowed: &["src/platform/", "src/storage/"],
        why: "only src/platform/ talks to the browser, and src/storage/ to its databases",
    },
    Reserved {
        names: &["js_sys"],
        allowed: &["src/platform/", "src/storage/"],
        why: "only src/platform/ and src/storage/ handle JavaScript values",
    },
];

/// Likewise in the endpoint.
const RESERVED_IN_SERVER: &[Reserved] = &[
    Reserved {
        names: &["sqlx", "rusqlite", "libsqlite3_sys", "SqliteStorage"],
        allowed: &["crates/server/src/storage/sqlite/", "crates/server/src/storage/open.rs"],
        why: "nothing outside storage/sqlite knows SQLite: another database is to be a backend and no more",
    },
    Reserved {
        names: &["sqlite"],
        allowed: &[
            "crates/server/src/storage/sqlite/",
            "crates/server/src/storage/open.rs",
            "crates/server/src/storage/mod.rs",
        ],
        why: "nothing outside storage/sqlite knows SQLite: another database is to be a backend and no more",
    },
    Reserved {
        names: &["object_store"],
        allowed: &["crates/server/src/blobs.rs"],
        why: "only blobs.rs knows where the bytes of photos are",
    },
];

/// Names that a part of the app may not use.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "src/screens/",
        &["aisle_sync", "aisle_protocol", "spawn_local", "wasm_bindgen_futures"],
        "screens never sync or spawn tasks: asynchronous work lives in src/state/",
    ),
    (
        "src/components/",
        &["aisle_domain", "aisle_protocol", "aisle_sync", "spawn_local", "wasm_bindgen_futures"],
        "components know no app types and start no tasks",
    ),
];

/// Module edges inside the app and inside the endpoint.
pub(super) fn modules(sources: &Sources) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in sources.below("crates/server/src/") {
        for (token, after) in source.shipped() {
            check_reserved(RESERVED_IN_SERVER, source, token, after, &mut found);
        }
    }
    for source in sources.below("src/") {
        check_areas(source, &mut found);
        for (token, after) in source.shipped() {
            check_reserved(RESERVED, source, token, after, &mut found);
            for (folder, names, why) in FORBIDDEN {
                if source.path.starts_with(folder) && names.contains(&token.text.as_str()) {
                    found.push(Finding::new(&source.path, token.line, format!("names `{}`", token.text), why));
                }
            }
        }
    }
    found
}

fn check_reserved(rules: &[Reserved], source: &Source, token: &Token, after: &[Token], found: &mut Vec<Finding>) {
    for rule in rules {
        if rule.names.contains(&token.text.as_str())
            && is_named(token, after)
            && !rule.allowed.iter().any(|place| source.path.starts_with(place))
        {
            found.push(Finding::new(&source.path, token.line, format!("names `{}`", token.text), rule.why));
        }
    }
}

/// Types anywhere; crates only where a path or an import goes on, since `idb` may also be a variable.
fn is_named(token: &Token, after: &[Token]) -> bool {
    token.text.starts_with("Idb")
        || token.text == "SqliteStorage"
        || starts_with(after, &["::"])
        || token.text != "idb" && after.first().is_some_and(|next| matches!(next.text.as_str(), ";" | "as" | "," | "}"))
}

fn check_areas(source: &Source, found: &mut Vec<Finding>) {
    let Some(area) = AREAS.iter().find(|area| source.path.starts_with(area.folder)) else { return };
    for (token, after) in source.shipped() {
        if token.text != "crate" || !starts_with(after, &["::"]) {
            continue;
        }
        for segment in first_segments(&after[1..]) {
            let name = segment.text.as_str();
            if MODULES.contains(&name) && !area.may_use.contains(&name) {
                found.push(Finding::new(&source.path, segment.line, format!("uses `crate::{name}`"), area.why));
            }
        }
    }
}

/// The names directly below `crate::`: one, or those of a `{…}` list.
fn first_segments(after: &[Token]) -> Vec<&Token> {
    let Some(first) = after.first() else { return Vec::new() };
    if first.text != "{" {
        return vec![first];
    }
    let mut names = Vec::new();
    let mut depth = 0;
    let mut start = false;
    for token in after {
        match token.text.as_str() {
            "{" => {
                depth += 1;
                start = depth == 1;
                continue;
            }
            "}" => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            "," if depth == 1 => {
                start = true;
                continue;
            }
            _ if start && depth == 1 => names.push(token),
            _ => {}
        }
        start = false;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, code: &str, expect: &[&str]) {
        let tree = Tree::of(&[(path, code)]);
        let mut found: Vec<String> = modules(&Sources::read(&tree)).into_iter().map(|f| f.what).collect();
        found.sort();
        assert_eq!(found, expect, "{path}: {code}");
    }

    #[test]
    fn crates_depend_downwards() {
        let check = |path: &str, text: &str, expect: &[(usize, &str)]| {
            let found = crates(&Tree::of(&[(path, text)]));
            let found: Vec<(usize, &str)> = found.iter().map(|f| (f.line, f.what.as_str())).collect();
            assert_eq!(found, expect, "{path}\n{text}");
        };
        check("crates/sync/Cargo.toml", "[dependencies]\naisle-domain = { workspace = true }\n", &[]);
        check(
            "crates/domain/Cargo.toml",
            "[dependencies]\nserde = \"1\"\naisle-sync.workspace = true\n",
            &[(3, "depends on aisle-sync")],
        );
        check(
            "crates/server/Cargo.toml",
            "[dependencies.aisle-sync]\nworkspace = true\n",
            &[(1, "depends on aisle-sync")],
        );
        check(
            "crates/server/Cargo.toml",
            "[dependencies]\nengine = { package = \"aisle-sync\", path = \"../sync\" }\n",
            &[(2, "depends on aisle-sync")],
        );
        check(
            "crates/domain/Cargo.toml",
            "[target.'cfg(unix)'.dependencies]\naisle-protocol = { workspace = true }\n",
            &[(2, "depends on aisle-protocol")],
        );
        // Tests may look at anything; the workspace's table only lists versions.
        check("crates/domain/Cargo.toml", "[dev-dependencies]\naisle-sync = { workspace = true }\n", &[]);
        check("Cargo.toml", "[workspace.dependencies]\naisle-server = { path = \"crates/server\" }\n", &[]);
        check("crates/new/Cargo.toml", "", &[(1, "a crate without a row")]);
    }

    #[test]
    fn screens_know_components_and_state_only() {
        let path = "src/screens/today.rs";
        check(path, "use crate::components::Row; use crate::state::{Today, storage};", &[]);
        check(path, "use crate::storage::Batch;", &["uses `crate::storage`"]);
        check(
            path,
            "use crate::{components::{Row, storage}, platform, state::Today, sync_driver::Driver};",
            &["uses `crate::platform`", "uses `crate::sync_driver`"],
        );
        check(path, "fn f() { spawn_local(async {}); }", &["names `spawn_local`"]);
        check(path, "fn f() { aisle_sync::step(); }", &["names `aisle_sync`"]);
        check(path, "#[cfg(test)] mod tests { use crate::storage::Batch; }", &[]);
        check(path, "fn f() { crate::t!(\"x\") }", &[]);
    }

    #[test]
    fn components_know_no_app_types() {
        let path = "src/components/row.rs";
        check(path, "use super::Icon; use crate::components::Bar;", &[]);
        check(path, "use crate::state::Today;", &["uses `crate::state`"]);
        check(path, "use aisle_domain::ShopId;", &["names `aisle_domain`"]);
    }

    #[test]
    fn nothing_points_back() {
        check("src/state/today.rs", "use crate::screens::Page;", &["uses `crate::screens`"]);
        check("src/storage/mod.rs", "use crate::state::Today;", &["uses `crate::state`"]);
        check("src/platform/mod.rs", "use crate::storage::Batch;", &["uses `crate::storage`"]);
        check("src/sync_driver.rs", "use crate::state::Today;", &["uses `crate::state`"]);
    }

    #[test]
    fn the_browser_is_named_in_its_own_places_only() {
        check("src/state/a.rs", "use web_sys::Window;", &["names `web_sys`"]);
        check("src/state/a.rs", "fn f(x: leptos::web_sys::Event) {}", &["names `web_sys`"]);
        check("src/platform/clock.rs", "use web_sys::Window; use js_sys::Date;", &[]);
        check("src/storage/db.rs", "use rexie::Rexie; use js_sys::ArrayBuffer; use gloo_storage::LocalStorage;", &[]);
        check("src/platform/clock.rs", "use gloo_storage::LocalStorage;", &["names `gloo_storage`"]);
        check("src/state/a.rs", "use rexie::{Rexie};", &["names `rexie`"]);
        check("src/state/a.rs", "fn f(x: IdbDatabase) {}", &["names `IdbDatabase`"]);
        // Words in comments and strings are not names.
        check("src/state/a.rs", "// web_sys::Window\nfn f() { g(\"rexie::x\") }", &[]);
    }
    #[test]
    fn the_database_is_named_behind_its_port_only() {
        let path = "crates/server/src/storage/sqlite/feed.rs";
        check(path, "use sqlx::Row; use super::SqliteStorage;", &[]);
        check("crates/server/src/storage/open.rs", "use super::sqlite::SqliteStorage;", &[]);
        check("crates/server/src/storage/mod.rs", "pub mod sqlite;", &[]);
        check("crates/server/src/storage/port.rs", "use sqlx::Row;", &["names `sqlx`"]);
        check("crates/server/src/cli/mod.rs", "use sqlx;", &["names `sqlx`"]);
        check(
            "crates/server/src/api/pull.rs",
            "fn f(s: &crate::storage::sqlite::SqliteStorage) {}",
            &["names `SqliteStorage`", "names `sqlite`"],
        );
        check("crates/server/src/api/a.rs", "#[cfg(test)] mod tests { use sqlx::Row; }", &[]);
        check("crates/server/src/api/a.rs", "/// SQLite: sqlx::Row\nfn f() { g(\"sqlite::x\") }", &[]);
        check("crates/server/src/blobs.rs", "use object_store::path::Path;", &[]);
        check("crates/server/src/api/a.rs", "use object_store::path::Path;", &["names `object_store`"]);
    }
}
