//! Administration by command line: people, territories, who looks after which shop, and the company's policies. Every
//! change is one transaction with its entry in the audit log; what is refused changes nothing and says why.

mod policy;
mod shop;
mod territory;
#[cfg(test)]
mod tests;
mod user;

use super::{CliError, DataArg, open};
use crate::clock::Clock;
use crate::storage::Storage;
use crate::storage::audit::Entry;
use clap::Subcommand;
use policy::PolicyCommand;
use shop::ShopCommand;
use territory::TerritoryCommand;
use user::UserCommand;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// People and their accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// The tree of territories.
    Territory {
        #[command(subcommand)]
        command: TerritoryCommand,
    },
    /// Who looks after a shop, and where it lies.
    Shop {
        #[command(subcommand)]
        command: ShopCommand,
    },
    /// What the company asks of every device.
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
}

/// Runs the command on its data folder and prints what came of it.
pub(super) async fn admin(command: AdminCommand) -> Result<(), CliError> {
    let data = match &command {
        AdminCommand::User { command } => command.data(),
        AdminCommand::Territory { command } => command.data(),
        AdminCommand::Shop { command } => command.data(),
        AdminCommand::Policy { command } => command.data(),
    };
    let (storage, _) = open(&data.data.clone()).await?;
    let done = run(storage.as_ref(), command).await;
    storage.close().await;
    print!("{}", done?);
    Ok(())
}

async fn run(storage: &dyn Storage, command: AdminCommand) -> Result<String, CliError> {
    match command {
        AdminCommand::User { command } => user::run(storage, command).await,
        AdminCommand::Territory { command } => territory::run(storage, command).await,
        AdminCommand::Shop { command } => shop::run(storage, command).await,
        AdminCommand::Policy { command } => policy::run(storage, command).await,
    }
}

/// An error in words.
fn said(why: impl Into<String>) -> CliError {
    CliError::Other(why.into())
}

/// What the audit log keeps of a command.
fn entry(action: &str, subject: String, detail: String) -> Entry {
    Entry { at: Clock::System.now(), actor: "cli".to_owned(), action: action.to_owned(), subject, detail }
}

/// Rows in columns, each as wide as its widest cell.
fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
