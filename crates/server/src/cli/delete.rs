//! `delete`: reference records that are not wanted any more. Devices are told for 90 days.

use super::{CliError, DataArg, open};
use crate::clock::Clock;
use crate::storage::audit::Entry;
use crate::storage::{Deleted, Undeletable};
use aisle_protocol::RecordRef;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    /// Records as `KIND/ID`, such as `target/sales/2190/2026-11` or `product/38178`: targets, must-sell lists, checklist
    /// templates, and shops and products without sales or visits.
    #[arg(required = true)]
    records: Vec<RecordRef>,
    #[command(flatten)]
    data: DataArg,
}

pub(super) async fn delete(args: DeleteArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let mut refused = 0;
    for rec in &args.records {
        let entry = Entry {
            at: Clock::System.now(),
            actor: "cli".to_owned(),
            action: "delete".to_owned(),
            subject: rec.to_string(),
            detail: String::new(),
        };
        let outcome = storage.delete(rec, entry).await?;
        refused += usize::from(matches!(outcome, Deleted::No(_)));
        println!("{rec}: {}", said(outcome));
    }
    storage.close().await;
    if refused > 0 {
        return Err(CliError::Other(format!("{refused} of {} not deleted", args.records.len())));
    }
    Ok(())
}

fn said(outcome: Deleted) -> String {
    match outcome {
        Deleted::Yes(1) => "deleted".to_owned(),
        Deleted::Yes(records) => format!("deleted with what belonged to it, {records} records"),
        Deleted::No(Undeletable::Unknown) => "no such record".to_owned(),
        Deleted::No(Undeletable::InUse) => "sales or visits name it; it stays".to_owned(),
        Deleted::No(Undeletable::Kind) => "records of this kind are not deleted".to_owned(),
    }
}
