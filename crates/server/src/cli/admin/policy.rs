//! `policy`: what the company asks of every device. Settings of the organisation's record, which every device has.

use super::{CliError, DataArg, entry, said};
use crate::clock::Clock;
use crate::moment;
use crate::storage::{Storage, Upsert};
use aisle_domain::org::{DayBasis, Org};
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
    /// Which days count in time gone, unless a target says otherwise: every calendar day at first.
    DayWeights(DayArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DayArgs {
    /// Which days.
    days: Days,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Days {
    /// Every calendar day weighs the same.
    Calendar,
    /// Working days of the organisation's calendar; Monday to Friday without one.
    Working,
}

impl Days {
    fn basis(self) -> DayBasis {
        match self {
            Self::Calendar => DayBasis::Calendar,
            Self::Working => DayBasis::Working,
        }
    }
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
            Self::DayWeights(args) => &args.data,
        }
    }
}

/// Does what was asked. Returns what to print.
pub(super) async fn run(storage: &dyn Storage, command: PolicyCommand) -> Result<String, CliError> {
    let rec = RecordRef::new(Kind::Org, "org");
    let fields = storage.record(&rec).await?.ok_or_else(|| said("there is no organisation yet; `init` sets it up"))?;
    let org: Org = serde_json::from_value(Value::Object(fields)).map_err(|why| said(format!("{rec}: {why}")))?;
    let (action, detail, patch) = match command {
        PolicyCommand::Show(_) => {
            let (code, days) = (described(org.unlock_after_min), counted(org.day_basis));
            return Ok(format!("unlock-code  {code}\nday-weights  {days}\n"));
        }
        PolicyCommand::UnlockCode(args) if args.after == org.unlock_after_min => {
            return Ok(format!("The unlock code is {} already.\n", described(args.after)));
        }
        PolicyCommand::UnlockCode(args) => {
            ("policy.unlock_code", described(args.after), json!({"unlock_after_min": args.after}))
        }
        PolicyCommand::DayWeights(args) if args.days.basis() == org.day_basis => {
            return Ok(format!("{} count already.\n", counted(org.day_basis)));
        }
        PolicyCommand::DayWeights(args) => {
            let basis = args.days.basis();
            ("policy.day_weights", counted(basis).to_owned(), json!({"day_basis": basis}))
        }
    };
    let entry = entry(action, rec.to_string(), detail.clone());
    let patch = patch.as_object().cloned().unwrap_or_default();
    storage.upsert(&[Upsert { rec, patch, shop: None }], moment(&Clock::System), Some(entry)).await?;
    Ok(format!("{action}: {detail}. Devices hear of it with their next sync.\n"))
}

fn counted(basis: DayBasis) -> &'static str {
    match basis {
        DayBasis::Calendar => "calendar days",
        DayBasis::Working => "working days",
    }
}

fn described(after: Option<u32>) -> String {
    match after {
        None => "off".to_owned(),
        Some(1) => "asked for at the start and after 1 minute in the background".to_owned(),
        Some(minutes) => format!("asked for at the start and after {minutes} minutes in the background"),
    }
}
