//! `policy`: what the company asks of every device. Settings of the organisation's record, which every device has.

use super::{CliError, DataArg, entry, said};
use crate::clock::Clock;
use crate::moment;
use crate::storage::{Storage, Upsert};
use aisle_domain::org::Org;
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// Shows what is asked.
    Show(DataArg),
    /// The unlock code: six digits that the app asks for at its start and after a time in the background. Off at first.
    UnlockCode(UnlockArgs),
}

#[derive(Debug, Args)]
#[group(id = "unlock", required = true, multiple = false, args = ["after", "off"])]
pub(in crate::cli) struct UnlockArgs {
    /// Ask for it after so many minutes in the background, and at every start.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=1440))]
    after: Option<u32>,
    /// Do not ask for it.
    #[arg(long)]
    off: bool,
    #[command(flatten)]
    data: DataArg,
}

impl PolicyCommand {
    /// The data folder of the command.
    pub(super) fn data(&self) -> &DataArg {
        match self {
            Self::Show(data) => data,
            Self::UnlockCode(args) => &args.data,
        }
    }
}

/// Does what was asked. Returns what to print.
pub(super) async fn run(storage: &dyn Storage, command: PolicyCommand) -> Result<String, CliError> {
    let rec = RecordRef::new(Kind::Org, "org");
    let fields = storage.record(&rec).await?.ok_or_else(|| said("there is no organisation yet; `init` sets it up"))?;
    let org: Org = serde_json::from_value(Value::Object(fields)).map_err(|why| said(format!("{rec}: {why}")))?;
    match command {
        PolicyCommand::Show(_) => Ok(format!("unlock-code  {}\n", described(org.unlock_after_min))),
        PolicyCommand::UnlockCode(args) if args.after == org.unlock_after_min => {
            Ok(format!("The unlock code is {} already.\n", described(args.after)))
        }
        PolicyCommand::UnlockCode(args) => {
            let entry = entry("policy.unlock_code", rec.to_string(), described(args.after));
            let patch = json!({"unlock_after_min": args.after}).as_object().cloned().unwrap_or_default();
            storage.upsert(&[Upsert { rec, patch, shop: None }], moment(&Clock::System), Some(entry)).await?;
            Ok(format!("The unlock code is {}. Devices hear of it with their next sync.\n", described(args.after)))
        }
    }
}

fn described(after: Option<u32>) -> String {
    match after {
        None => "off".to_owned(),
        Some(1) => "asked for at the start and after 1 minute in the background".to_owned(),
        Some(minutes) => format!("asked for at the start and after {minutes} minutes in the background"),
    }
}
