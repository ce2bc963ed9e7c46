//! `shop`: who looks after a shop and since when, and which territory it lies in.

use super::{CliError, DataArg, entry, said, territory, user};
use crate::clock::Clock;
use crate::moment;
use crate::storage::{Storage, Upsert};
use aisle_domain::credit::{WHOLE_BP, hand_over, shares_on};
use aisle_domain::money::Amount;
use aisle_domain::org::{Assignment, Shop};
use aisle_domain::{PersonId, ShopId};
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ShopCommand {
    /// Shows who looks after a shop, with shares of its credit and days.
    Show(ShowArgs),
    /// Gives a shop to one person, or to several with shares, from a day on. Who had it before keeps it up to that day.
    Assign(AssignArgs),
    /// Puts a shop into another territory, with everything that belongs to it.
    Move(MoveArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// Id of the shop.
    shop: String,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AssignArgs {
    /// Id of the shop.
    shop: String,
    /// Sign-in name or id, or with a share in percent `ann=60 bo=40`; shares have to sum to 100.
    #[arg(required = true, value_parser = parse_share)]
    people: Vec<(String, Option<u32>)>,
    /// First day, such as 2026-12-01; today unless given, and always for a shop that nobody had.
    #[arg(long)]
    from: Option<NaiveDate>,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveArgs {
    /// Id of the shop.
    shop: String,
    /// Id of the territory.
    #[arg(long)]
    to: String,
    #[command(flatten)]
    data: DataArg,
}

/// `ann` or `ann=60.5`: the share in basis points.
fn parse_share(text: &str) -> Result<(String, Option<u32>), String> {
    let (who, share) = match text.split_once('=') {
        Some((who, share)) => (who, Some(share)),
        None => (text, None),
    };
    if who.trim().is_empty() {
        return Err("write it as ann or ann=60".to_owned());
    }
    let Some(share) = share else { return Ok((who.trim().to_owned(), None)) };
    let percent = Amount::parse(share.trim().trim_end_matches('%'), 2).map_err(|why| format!("{share:?} {why}"))?;
    let share_bp = u32::try_from(percent.0).ok().filter(|bp| (1..=WHOLE_BP).contains(bp));
    let share_bp = share_bp.ok_or_else(|| format!("{share:?} is no share between 0 and 100 percent"))?;
    Ok((who.trim().to_owned(), Some(share_bp)))
}

impl ShopCommand {
    /// The data folder of the command.
    pub(super) fn data(&self) -> &DataArg {
        match self {
            Self::Show(args) => &args.data,
            Self::Assign(args) => &args.data,
            Self::Move(args) => &args.data,
        }
    }
}

/// Does what was asked. Returns what to print.
pub(super) async fn run(storage: &dyn Storage, command: ShopCommand) -> Result<String, CliError> {
    match command {
        ShopCommand::Show(args) => show(storage, &args.shop).await,
        ShopCommand::Assign(args) => assign(storage, &args).await,
        ShopCommand::Move(args) => move_to(storage, &args).await,
    }
}

async fn find(storage: &dyn Storage, id: &str) -> Result<Shop, CliError> {
    let fields = storage.record(&RecordRef::new(Kind::Shop, id)).await?;
    let fields = fields.ok_or_else(|| said(format!("there is no shop {id:?}")))?;
    serde_json::from_value(Value::Object(fields)).map_err(|why| said(format!("shop {id}: {why}")))
}

async fn show(storage: &dyn Storage, id: &str) -> Result<String, CliError> {
    let shop = find(storage, id).await?;
    let mut text = format!("{id}  {}  in {}\n", shop.name, shop.territory);
    text.push_str(&described(&shop.assigned));
    Ok(text)
}

/// Assignments, one a line.
fn described(assigned: &[Assignment]) -> String {
    if assigned.is_empty() {
        return "  nobody looks after it\n".to_owned();
    }
    let mut rows = vec![["person", "share", "from", "until"].map(str::to_owned)];
    rows.extend(assigned.iter().map(|a| {
        let day = |day: Option<NaiveDate>, none: &str| day.map_or(none.to_owned(), |day| day.to_string());
        let share = format!("{}.{:02} %", a.share_bp / 100, a.share_bp % 100);
        [a.person.to_string(), share, day(a.from, "always"), day(a.until, "open")]
    }));
    super::columns(&rows)
}

async fn assign(storage: &dyn Storage, args: &AssignArgs) -> Result<String, CliError> {
    let shop = find(storage, &args.shop).await?;
    let mut to: Vec<(PersonId, u32)> = Vec::new();
    for (who, share) in &args.people {
        let account = user::find(storage, who).await?;
        if !account.active {
            return Err(said(format!("{} is disabled", account.login)));
        }
        if to.iter().any(|(person, _)| *person == account.person) {
            return Err(said(format!("{} is named twice", account.login)));
        }
        let share = match share {
            Some(share) => *share,
            None if args.people.len() == 1 => WHOLE_BP,
            None => return Err(said("with several people each needs a share, such as ann=60 bo=40")),
        };
        to.push((account.person, share));
    }
    let at = moment(&Clock::System);
    // A shop that nobody ever had belongs to them for all its past.
    let from = args.from.or((!shop.assigned.is_empty()).then_some(at.today));
    let assigned = hand_over(&shop.assigned, &to, from).map_err(|fault| {
        let (whole, cents) = (fault.sum_bp / 100, fault.sum_bp % 100);
        said(format!("shares have to sum to 100 percent, these sum to {whole}.{cents:02}"))
    })?;
    let same = assigned == shop.assigned;
    if same {
        return Ok(format!("{} is theirs already:\n{}", args.shop, described(&assigned)));
    }
    let shares: Vec<String> = to.iter().map(|(person, share)| format!("{person}={share}")).collect();
    let since = from.map_or("always".to_owned(), |day| day.to_string());
    put(
        storage,
        &args.shop,
        json!({"assigned": assigned}),
        "shop.assign",
        format!("{} from {since}", shares.join(" ")),
    )
    .await?;
    let now: Vec<String> = shares_on(&assigned, at.today).into_iter().map(|(person, _)| person.to_string()).collect();
    let today = if now.is_empty() { "nobody".to_owned() } else { now.join(", ") };
    Ok(format!("{} changes hands ({today} today):\n{}", args.shop, described(&assigned)))
}

async fn move_to(storage: &dyn Storage, args: &MoveArgs) -> Result<String, CliError> {
    let shop = find(storage, &args.shop).await?;
    territory::require(&territory::tree(storage).await?, &args.to)?;
    if shop.territory.as_str() == args.to {
        return Err(said(format!("{} lies in {} already", args.shop, args.to)));
    }
    let detail = format!("{} to {}", shop.territory, args.to);
    put(storage, &args.shop, json!({"territory": args.to}), "shop.move", detail).await?;
    Ok(format!(
        "{} lies in {} now, with everything that belongs to it. Who looks after it has not changed.\n",
        args.shop, args.to
    ))
}

async fn put(storage: &dyn Storage, id: &str, patch: Value, action: &str, detail: String) -> Result<(), CliError> {
    let rec = RecordRef::new(Kind::Shop, id);
    let entry = entry(action, rec.to_string(), detail);
    let patch = patch.as_object().cloned().unwrap_or_default();
    storage.upsert(&[Upsert { rec, patch, shop: Some(ShopId::from(id)) }], moment(&Clock::System), Some(entry)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percent() {
        let cases = [
            ("ann", Some(("ann", None))),
            ("ann=60", Some(("ann", Some(6_000)))),
            ("ann=33.33", Some(("ann", Some(3_333)))),
            (" ann = 60% ", Some(("ann", Some(6_000)))),
            ("=60", None),
            ("ann=0", None),
            ("ann=-5", None),
            ("ann=101", None),
            ("ann=x", None),
            ("", None),
        ];
        for (text, expect) in cases {
            let expect = expect.map(|(who, share)| (who.to_owned(), share));
            assert_eq!(parse_share(text).ok(), expect, "{text:?}");
        }
    }
}
