//! `territory`: the tree of territories.

use super::{CliError, DataArg, entry, said};
use crate::clock::Clock;
use crate::moment;
use crate::storage::{Deleted, Storage, Upsert};
use aisle_domain::org::Territory;
use aisle_protocol::RecordRef;
use aisle_protocol::record::{Fields, Kind};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TerritoryCommand {
    /// Adds a territory below another; the first one of all stands alone.
    Add(AddArgs),
    /// Shows the tree.
    List(DataArg),
    /// Gives a territory another name.
    Rename(RenameArgs),
    /// Removes a territory that nothing hangs on: none below, no shop, nobody.
    Remove(RemoveArgs),
    /// Puts a territory, with all below it, under another one.
    Move(MoveArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    /// Id.
    id: String,
    /// Name as shown; the id unless given.
    #[arg(long)]
    name: Option<String>,
    /// The one above.
    #[arg(long)]
    parent: Option<String>,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RenameArgs {
    /// Id.
    id: String,
    /// Name as shown.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveArgs {
    /// Id.
    id: String,
    /// The one it comes under.
    #[arg(long)]
    to: String,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArgs {
    /// Id.
    id: String,
    #[command(flatten)]
    data: DataArg,
}

impl TerritoryCommand {
    /// The data folder of the command.
    pub(super) fn data(&self) -> &DataArg {
        match self {
            Self::List(data) => data,
            Self::Add(args) => &args.data,
            Self::Rename(args) => &args.data,
            Self::Move(args) => &args.data,
            Self::Remove(args) => &args.data,
        }
    }
}

/// The tree, by id.
type Tree = BTreeMap<String, Territory>;

/// Does what was asked. Returns what to print.
pub(super) async fn run(storage: &dyn Storage, command: TerritoryCommand) -> Result<String, CliError> {
    let tree = tree(storage).await?;
    match command {
        TerritoryCommand::Add(args) => add(storage, &tree, args).await,
        TerritoryCommand::List(_) => Ok(drawn(&tree)),
        TerritoryCommand::Rename(args) => rename(storage, &tree, &args).await,
        TerritoryCommand::Move(args) => move_to(storage, &tree, &args).await,
        TerritoryCommand::Remove(args) => remove(storage, &tree, &args.id).await,
    }
}

/// Every territory.
pub(super) async fn tree(storage: &dyn Storage) -> Result<Tree, CliError> {
    let read = |(id, fields): (String, Fields)| Some((id, serde_json::from_value(Value::Object(fields)).ok()?));
    Ok(storage.records(&Kind::Territory).await?.into_iter().filter_map(read).collect())
}

/// Fails with a clear word when there is no such territory.
pub(super) fn require<'t>(tree: &'t Tree, id: &str) -> Result<&'t Territory, CliError> {
    tree.get(id).ok_or_else(|| said(format!("there is no territory {id:?}; `territory list` shows all")))
}

async fn add(storage: &dyn Storage, tree: &Tree, args: AddArgs) -> Result<String, CliError> {
    let id = args.id.trim();
    if id.is_empty() {
        return Err(said("the id must not be empty"));
    }
    if tree.contains_key(id) {
        return Err(said(format!("there is a territory {id:?} already")));
    }
    match &args.parent {
        Some(parent) => {
            require(tree, parent)?;
        }
        None if !tree.is_empty() => return Err(said("name the territory above with --parent")),
        None => {}
    }
    let name = args.name.as_deref().unwrap_or(id).trim();
    put(storage, id, json!({"name": name, "parent": args.parent}), "territory.add").await?;
    Ok(format!("{id} is added.\n"))
}

async fn rename(storage: &dyn Storage, tree: &Tree, args: &RenameArgs) -> Result<String, CliError> {
    require(tree, &args.id)?;
    if args.name.trim().is_empty() {
        return Err(said("the name must not be empty"));
    }
    put(storage, &args.id, json!({"name": args.name.trim()}), "territory.rename").await?;
    Ok(format!("{} is renamed.\n", args.id))
}

async fn move_to(storage: &dyn Storage, tree: &Tree, args: &MoveArgs) -> Result<String, CliError> {
    require(tree, &args.id)?;
    require(tree, &args.to)?;
    if below(tree, &args.id).contains(&args.to) {
        return Err(said(format!("{} lies below {}: that would be a circle", args.to, args.id)));
    }
    put(storage, &args.id, json!({"parent": args.to}), "territory.move").await?;
    Ok(format!(
        "{} is now under {}. Devices get and lose what that means for them with their next sync.\n",
        args.id, args.to
    ))
}

async fn remove(storage: &dyn Storage, tree: &Tree, id: &str) -> Result<String, CliError> {
    require(tree, id)?;
    let mut held = Vec::new();
    held.extend(
        tree.iter().filter(|(_, t)| t.parent.as_ref().is_some_and(|p| p.as_str() == id)).map(|(id, _)| id.clone()),
    );
    let shops = storage.records(&Kind::Shop).await?;
    held.extend(
        shops
            .into_iter()
            .filter(|(_, shop)| shop.get("territory") == Some(&json!(id)))
            .map(|(id, _)| format!("shop {id}")),
    );
    let people = storage.accounts().await?;
    held.extend(people.iter().filter(|a| a.territory.as_str() == id).map(|a| format!("user {}", a.login)));
    if !held.is_empty() {
        let more = if held.len() > 5 { format!(" and {} more", held.len() - 5) } else { String::new() };
        held.truncate(5);
        return Err(said(format!("{id} still holds {}{more}; move them first", held.join(", "))));
    }
    let rec = RecordRef::new(Kind::Territory, id);
    let entry = entry("territory.remove", rec.to_string(), String::new());
    match storage.delete(&rec, entry).await? {
        Deleted::Yes(_) => Ok(format!("{id} is removed.\n")),
        Deleted::No(_) => Err(said(format!("{id} is in use by now; look again with `territory list`"))),
    }
}

async fn put(storage: &dyn Storage, id: &str, patch: Value, action: &str) -> Result<(), CliError> {
    let rec = RecordRef::new(Kind::Territory, id);
    let detail =
        patch.get("parent").and_then(Value::as_str).map(|parent| format!("under {parent}")).unwrap_or_default();
    let entry = entry(action, rec.to_string(), detail);
    let patch = patch.as_object().cloned().unwrap_or_default();
    storage.upsert(&[Upsert { rec, patch, shop: None }], moment(&Clock::System), Some(entry)).await?;
    Ok(())
}

/// A territory and all below it.
fn below(tree: &Tree, id: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([id.to_owned()]);
    loop {
        let more: Vec<String> = tree
            .iter()
            .filter(|(id, t)| !found.contains(*id) && t.parent.as_ref().is_some_and(|p| found.contains(p.as_str())))
            .map(|(id, _)| id.clone())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The tree, each territory two blanks further in than the one above it.
fn drawn(tree: &Tree) -> String {
    let mut text = String::new();
    let mut drawn = BTreeSet::new();
    let roots = tree.iter().filter(|(_, t)| t.parent.as_ref().is_none_or(|p| !tree.contains_key(p.as_str())));
    let mut open: Vec<(&str, usize)> = roots.map(|(id, _)| (id.as_str(), 0)).rev().collect();
    while let Some((id, depth)) = open.pop() {
        if !drawn.insert(id) {
            continue;
        }
        let name = tree.get(id).map_or("", |t| t.name.as_str());
        text.push_str(&format!("{}{id}  {name}\n", "  ".repeat(depth)));
        let children = tree.iter().filter(|(_, t)| t.parent.as_ref().is_some_and(|p| p.as_str() == id));
        open.extend(children.map(|(id, _)| (id.as_str(), depth + 1)).rev());
    }
    text
}
