//! `aisle-server publish`: a tree that a plain host can serve, with nothing in it that these people may not see.

use crate::support::World;
use aisle_protocol::snapshot::{Manifest, STATIC_FORMAT, Segment, StaticSite, digest};
use aisle_server::cli::{self, Cli};
use clap::Parser;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

async fn run(arguments: &[&str]) -> Result<(), String> {
    let all = ["aisle-server"].iter().chain(arguments);
    let cli = Cli::try_parse_from(all).map_err(|e| e.to_string())?;
    cli::run(cli).await.map_err(|e| e.to_string())
}

async fn publish(world: &World, tree: &Path, people: &[&str], more: &[&str]) -> Result<(), String> {
    let (tree, data) = (tree.display().to_string(), world.folder.path().display().to_string());
    let mut arguments = vec!["publish", tree.as_str(), "--data", data.as_str(), "--for"];
    arguments.extend(people);
    arguments.extend(more);
    run(&arguments).await
}

fn read<T: serde::de::DeserializeOwned>(root: &Path, path: &str) -> T {
    let bytes = std::fs::read(root.join(path.trim_start_matches('/'))).expect("a file");
    serde_json::from_slice(&bytes).expect("its shape")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_tree_holds_what_these_people_see_and_nothing_else() {
    let world = World::new().await;
    let tree = tempfile::tempdir().expect("a folder");
    publish(&world, tree.path(), &["rep-a", "sup"], &[]).await.expect("published");

    let site: StaticSite = read(tree.path(), "aisle.json");
    assert_eq!((site.format.as_str(), site.version), (STATIC_FORMAT, 1));
    let people: Vec<_> = site.people.iter().map(|p| (p.person.as_str(), p.role.as_str(), p.org.as_str())).collect();
    assert_eq!(people, [("rep-a", "rep", "Test"), ("sup", "supervisor", "Test")]);
    let mut listed = BTreeSet::new();
    for person in &site.people {
        let manifest: Manifest = read(tree.path(), person.manifest.as_deref().expect("a manifest"));
        let mut seen = BTreeSet::new();
        for segment in &manifest.segments {
            let path = format!("v1/snap/{}.json", segment.sha256);
            let bytes = std::fs::read(tree.path().join(&path)).expect("a segment");
            assert_eq!(digest(&bytes), segment.sha256);
            let gz = std::fs::read(tree.path().join(format!("{path}.gz"))).expect("a compressed copy");
            assert_eq!(aisle_server::snapshot::unpack(&gz).expect("gzip"), bytes);
            let read: Segment = serde_json::from_slice(&bytes).expect("a segment");
            seen.extend(read.changes.iter().map(|c| format!("{}/{}", c.kind.as_str(), c.id)));
            listed.insert(format!("{}.json", segment.sha256));
        }
        let client = world.sign_in(person.person.as_str()).await;
        assert_eq!(seen, client.sees().await, "{}", person.person);
        // A device that moves to an endpoint goes on where the files ended.
        assert!(client.page("d", Some(&manifest.cursor), 10).await.changes.is_empty());
    }
    let segments: BTreeSet<String> =
        names(&tree.path().join("v1/snap")).into_iter().filter(|n| n.len() == 69).collect();
    assert_eq!(segments, listed);
}

#[tokio::test]
async fn publishing_again_takes_out_what_is_not_published_any_more() {
    let world = World::new().await;
    let tree = tempfile::tempdir().expect("a folder");
    publish(&world, tree.path(), &["rep-a", "boss"], &[]).await.expect("published");
    let before = names(&tree.path().join("v1/snap"));
    publish(&world, tree.path(), &["rep-a"], &[]).await.expect("published");
    let after = names(&tree.path().join("v1/snap"));
    assert!(after.is_subset(&before) && after.len() < before.len(), "{after:?}");
    let site: StaticSite = read(tree.path(), "aisle.json");
    let id = |tree: &Path| read::<Manifest>(tree, site.people[0].manifest.as_deref().expect("a manifest")).id;
    let first = id(tree.path());
    world.put(&[crate::support::upsert(aisle_protocol::Kind::Product, "p1", None, json!({"name": "New"}))]).await;
    publish(&world, tree.path(), &["rep-a"], &[]).await.expect("published");
    assert_ne!(id(tree.path()), first, "devices see that there is something new");
    let second = id(tree.path());
    publish(&world, tree.path(), &["rep-a"], &[]).await.expect("published");
    assert_eq!(id(tree.path()), second, "and that there is not");
}

#[tokio::test]
async fn the_app_goes_with_it() {
    let world = World::new().await;
    for (name, text) in
        [("index.html", "<!doctype html>"), ("sw.js", "1"), ("assets/a.js", "2"), ("assets/a.js.br", "3")]
    {
        world.file(&format!("built/{name}"), text);
    }
    let app = world.folder.path().join("built").display().to_string();
    let tree = tempfile::tempdir().expect("a folder");
    publish(&world, tree.path(), &["rep-a"], &["--app", &app]).await.expect("published");
    let expect = ["404.html", "_headers", "aisle.json", "assets", "index.html", "sw.js", "v1"];
    assert_eq!(names(tree.path()), expect.map(str::to_owned).into());
    assert_eq!(names(&tree.path().join("assets")), ["a.js".to_owned(), "a.js.br".to_owned()].into());
    let headers = std::fs::read_to_string(tree.path().join("_headers")).expect("a file");
    assert!(headers.contains("connect-src 'self'"), "{headers}");
}

#[tokio::test]
async fn mistakes_are_said_in_words() {
    let world = World::new().await;
    let tree = tempfile::tempdir().expect("a folder");
    let nobody = publish(&world, tree.path(), &["nobody"], &[]).await.expect_err("nobody");
    assert!(nobody.contains("nobody in use signs in as"), "{nobody}");
    let no_app = publish(&world, tree.path(), &["rep-a"], &["--app", "/nowhere"]).await.expect_err("no app");
    assert!(no_app.contains("no built app is there"), "{no_app}");
    assert!(!tree.path().join("aisle.json").exists(), "half a tree is not announced");
}
