//! `aisle-server import-work`: takes in work files of phones that could not send.

use super::{CliError, DataArg, open};
use crate::clock::Clock;
use crate::moment;
use crate::work::{self, WorkReport};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ImportWorkArgs {
    /// Files exported on phones.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    data: DataArg,
    /// Passphrase of sealed files. Better by the environment than on the command line, where others may read it.
    #[arg(long, env = "AISLE_PASSPHRASE", hide_env_values = true)]
    passphrase: Option<String>,
}

/// Who hands in, for the audit log: whoever may run commands on the server has no account there.
const BY: &str = "command line";

pub(super) async fn import_work(args: ImportWorkArgs) -> Result<(), CliError> {
    let (storage, photos) = open(&args.data.data).await?;
    for path in &args.files {
        let bytes = std::fs::read(path).map_err(|why| CliError::file(path, why))?;
        let file = work::open(&bytes, args.passphrase.as_deref()).map_err(|why| CliError::file(path, why))?;
        let report = work::import(storage.as_ref(), &photos, &file, BY, moment(&Clock::System)).await;
        let report = report.map_err(|why| CliError::file(path, why))?;
        println!("{}: work of {} on device {}", path.display(), file.person, file.device);
        print!("{}", said(&report));
    }
    storage.close().await;
    Ok(())
}

fn said(report: &WorkReport) -> String {
    let WorkReport { taken, conflicts, known, refused, pictures, pictures_known, pictures_refused } = report;
    let mut text =
        format!("  records: {taken} taken ({conflicts} with a conflict), {known} known, {} refused\n", refused.len());
    for (rec, code) in refused {
        let code = serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned));
        text.push_str(&format!("    {rec}: {}\n", code.unwrap_or_default()));
    }
    text.push_str(&format!(
        "  pictures: {pictures} taken, {pictures_known} known, {pictures_refused} without a record\n"
    ));
    text
}
