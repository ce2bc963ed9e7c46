//! `user`: people and their accounts.

use super::{CliError, DataArg, said};
use crate::clock::Clock;
use crate::storage::audit::Entry;
use crate::storage::{Account, Storage};
use crate::{SESSION_LIMITS, moment, password};
use aisle_domain::org::Role;
use aisle_domain::{PersonId, TerritoryId};
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use chrono::{DateTime, Local};
use clap::{Args, Subcommand};
use std::fmt::Write as _;

/// Bytes of a password that somebody chose; a generated one is longer.
const PASSWORD_BYTES_MIN: usize = 8;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserCommand {
    /// Adds a person with an account, and prints a generated password once unless one is given.
    Add(AddArgs),
    /// Lists everybody.
    List(DataArg),
    /// Changes name, sign-in name, role or territory.
    Set(SetArgs),
    /// Gives a new password, which ends every session of the person.
    Password(PasswordArgs),
    /// Shuts an account: the person is signed out everywhere and cannot sign in. What they did stays.
    Disable(WhoArgs),
    /// Opens an account again.
    Enable(WhoArgs),
    /// Lists the open sessions of a person.
    Sessions(WhoArgs),
    /// Ends sessions of a person: all of them, or one by its name in `user sessions`.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    /// Sign-in name; case does not matter.
    login: String,
    /// Name as shown.
    #[arg(long)]
    name: String,
    /// rep, auditor, supervisor, manager or admin.
    #[arg(long, value_parser = parse_role)]
    role: Role,
    /// Territory of the role, by id.
    #[arg(long)]
    territory: String,
    /// Id of the person, such as a personnel number; the sign-in name unless given.
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    password: PasswordFrom,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SetArgs {
    /// Sign-in name or id.
    who: String,
    /// New sign-in name.
    #[arg(long)]
    login: Option<String>,
    /// New name as shown.
    #[arg(long)]
    name: Option<String>,
    /// New role.
    #[arg(long, value_parser = parse_role)]
    role: Option<Role>,
    /// New territory, by id.
    #[arg(long)]
    territory: Option<String>,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PasswordArgs {
    /// Sign-in name or id.
    who: String,
    #[command(flatten)]
    password: PasswordFrom,
    #[command(flatten)]
    data: DataArg,
}

/// Where a password comes from. Never from an argument: arguments are seen by everybody on the machine.
#[derive(Debug, Args)]
pub(in crate::cli) struct PasswordFrom {
    /// Reads the password from standard input (its first line) instead of generating one.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WhoArgs {
    /// Sign-in name or id.
    who: String,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RevokeArgs {
    /// Sign-in name or id.
    who: String,
    /// Only the session whose name begins so.
    #[arg(long)]
    session: Option<String>,
    #[command(flatten)]
    data: DataArg,
}

fn parse_role(text: &str) -> Result<Role, String> {
    let words = || Role::ALL.map(Role::as_str).join(", ");
    Role::parse(text).ok_or_else(|| format!("{text:?} is no role; there are {}", words()))
}

impl UserCommand {
    /// The data folder of the command.
    pub(super) fn data(&self) -> &DataArg {
        match self {
            Self::List(data) => data,
            Self::Add(args) => &args.data,
            Self::Set(args) => &args.data,
            Self::Password(args) => &args.data,
            Self::Disable(args) | Self::Enable(args) | Self::Sessions(args) => &args.data,
            Self::Revoke(args) => &args.data,
        }
    }
}

/// Does what was asked. Returns what to print.
pub(super) async fn run(storage: &dyn Storage, command: UserCommand) -> Result<String, CliError> {
    match command {
        UserCommand::Add(args) => add(storage, args).await,
        UserCommand::List(_) => list(storage).await,
        UserCommand::Set(args) => set(storage, args).await,
        UserCommand::Password(args) => new_password(storage, args).await,
        UserCommand::Disable(args) => switch(storage, &args.who, false).await,
        UserCommand::Enable(args) => switch(storage, &args.who, true).await,
        UserCommand::Sessions(args) => sessions(storage, &args.who).await,
        UserCommand::Revoke(args) => revoke(storage, &args).await,
    }
}

async fn add(storage: &dyn Storage, args: AddArgs) -> Result<String, CliError> {
    let login = args.login.trim().to_owned();
    let id = args.id.unwrap_or_else(|| login.clone());
    if login.is_empty() || id.trim().is_empty() || args.name.trim().is_empty() {
        return Err(said("sign-in name, id and name must not be empty"));
    }
    let accounts = storage.accounts().await?;
    if accounts.iter().any(|account| account.person.as_str() == id) {
        return Err(said(format!("there is a person {id} already; change it with `user set`")));
    }
    unused(&accounts, &login, &id)?;
    require_territory(storage, &args.territory).await?;
    let (secret, generated) = secret(&args.password)?;
    let account = Account {
        person: PersonId::new(id),
        login: login.clone(),
        name: args.name.trim().to_owned(),
        role: args.role,
        territory: TerritoryId::new(args.territory),
        password_hash: Some(password::hash(&secret).map_err(|why| said(why.to_string()))?),
        active: true,
    };
    let detail = format!("{} of {}", account.role.as_str(), account.territory);
    write(storage, &account, "user.add", detail).await?;
    Ok(format!("{login} is added.{}", generated_note(&secret, generated)))
}

async fn list(storage: &dyn Storage) -> Result<String, CliError> {
    let accounts = storage.accounts().await?;
    let mut rows = vec![["id", "sign-in", "role", "territory", "state", "name"].map(str::to_owned)];
    rows.extend(accounts.iter().map(|account| {
        let state = match (account.active, account.password_hash.is_some()) {
            (false, _) => "disabled",
            (true, false) => "no password",
            (true, true) => "active",
        };
        [
            account.person.to_string(),
            account.login.clone(),
            account.role.as_str().to_owned(),
            account.territory.to_string(),
            state.to_owned(),
            account.name.clone(),
        ]
    }));
    Ok(super::columns(&rows))
}

async fn set(storage: &dyn Storage, args: SetArgs) -> Result<String, CliError> {
    let before = find(storage, &args.who).await?;
    let mut account = before.clone();
    if let Some(login) = &args.login {
        let login = login.trim();
        if login.is_empty() {
            return Err(said("the sign-in name must not be empty"));
        }
        unused(&storage.accounts().await?, login, account.person.as_str())?;
        account.login = login.to_owned();
    }
    if let Some(name) = &args.name {
        account.name = name.trim().to_owned();
    }
    if let Some(role) = args.role {
        account.role = role;
    }
    if let Some(territory) = &args.territory {
        require_territory(storage, territory).await?;
        account.territory = TerritoryId::from(territory.as_str());
    }
    if account.name.is_empty() {
        return Err(said("the name must not be empty"));
    }
    if account == before {
        return Err(said("nothing to change: name --login, --name, --role or --territory with something new"));
    }
    // What changed, never a person's name.
    let mut changed = Vec::new();
    for (what, differs) in [
        ("login", account.login != before.login),
        ("name", account.name != before.name),
        ("role", account.role != before.role),
        ("territory", account.territory != before.territory),
    ] {
        changed.extend(differs.then_some(what));
    }
    let detail = format!("{}: {} of {}", changed.join(" "), account.role.as_str(), account.territory);
    write(storage, &account, "user.set", detail).await?;
    Ok(format!("{} is changed: {}.\n", account.login, changed.join(", ")))
}

async fn new_password(storage: &dyn Storage, args: PasswordArgs) -> Result<String, CliError> {
    let mut account = find(storage, &args.who).await?;
    let (secret, generated) = secret(&args.password)?;
    account.password_hash = Some(password::hash(&secret).map_err(|why| said(why.to_string()))?);
    write(storage, &account, "user.password", String::new()).await?;
    Ok(format!(
        "{} has a new password and is signed out everywhere.{}",
        account.login,
        generated_note(&secret, generated)
    ))
}

async fn switch(storage: &dyn Storage, who: &str, active: bool) -> Result<String, CliError> {
    let mut account = find(storage, who).await?;
    let word = if active { "enabled" } else { "disabled" };
    if account.active == active {
        return Err(said(format!("{} is {word} already", account.login)));
    }
    account.active = active;
    write(storage, &account, if active { "user.enable" } else { "user.disable" }, String::new()).await?;
    Ok(format!("{} is {word}.\n", account.login))
}

async fn sessions(storage: &dyn Storage, who: &str) -> Result<String, CliError> {
    let account = find(storage, who).await?;
    let now = Clock::System.now();
    let open = storage.sessions(Some(&account.person), SESSION_LIMITS, now).await?;
    if open.is_empty() {
        return Ok(format!("{} has no open session.\n", account.login));
    }
    let time = |ms: i64| {
        let at = DateTime::from_timestamp_millis(ms).unwrap_or_default().with_timezone(&Local);
        at.format("%Y-%m-%d %H:%M").to_string()
    };
    let mut rows = vec![["session", "opened", "last used"].map(str::to_owned)];
    rows.extend(open.into_iter().map(|row| [row.name, time(row.created), time(row.last_seen)]));
    Ok(super::columns(&rows))
}

async fn revoke(storage: &dyn Storage, args: &RevokeArgs) -> Result<String, CliError> {
    let account = find(storage, &args.who).await?;
    let name = args.session.as_deref();
    if name.is_some_and(|name| name.len() < 4) {
        return Err(said("name the session by at least 4 characters, as `user sessions` shows it"));
    }
    let detail = name.unwrap_or("all").to_owned();
    let entry = entry("user.revoke", &account.person, detail);
    match (storage.revoke_sessions(&account.person, name, entry).await?, name) {
        (0, Some(name)) => Err(said(format!("{} has no open session {name}", account.login))),
        (ended, _) => Ok(format!("{} is signed out of {ended} session(s).\n", account.login)),
    }
}

/// The account of a sign-in name, or else of an id.
pub(super) async fn find(storage: &dyn Storage, who: &str) -> Result<Account, CliError> {
    if let Some(account) = storage.account(who.trim()).await? {
        return Ok(account);
    }
    let accounts = storage.accounts().await?;
    let found = accounts.into_iter().find(|account| account.person.as_str() == who);
    found.ok_or_else(|| said(format!("nobody has the sign-in name or id {who:?}; `user list` shows everybody")))
}

fn unused(accounts: &[Account], login: &str, but: &str) -> Result<(), CliError> {
    let same = |account: &&Account| account.login.eq_ignore_ascii_case(login) && account.person.as_str() != but;
    match accounts.iter().find(same) {
        Some(other) => Err(said(format!("{} has the sign-in name {login:?} already", other.person))),
        None => Ok(()),
    }
}

async fn require_territory(storage: &dyn Storage, id: &str) -> Result<(), CliError> {
    match storage.record(&RecordRef::new(Kind::Territory, id)).await? {
        Some(_) => Ok(()),
        None => Err(said(format!("there is no territory {id:?}; `territory list` shows all"))),
    }
}

/// The password to set, and whether it was generated here.
fn secret(from: &PasswordFrom) -> Result<(String, bool), CliError> {
    if !from.password_stdin {
        // 256 random bits as text; the first half of them is more than enough to type.
        let token = password::token().map_err(|why| said(why.to_string()))?;
        return Ok((token.chars().take(20).collect(), true));
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|why| said(why.to_string()))?;
    let secret = line.trim_end_matches(['\r', '\n']).to_owned();
    if secret.len() < PASSWORD_BYTES_MIN || secret.len() > password::PASSWORD_BYTES_MAX {
        let (least, most) = (PASSWORD_BYTES_MIN, password::PASSWORD_BYTES_MAX);
        return Err(said(format!("the password has to have {least} to {most} bytes")));
    }
    Ok((secret, false))
}

fn generated_note(secret: &str, generated: bool) -> String {
    let mut note = String::from("\n");
    if generated {
        let _ = writeln!(note, "Password, shown only now: {secret}");
    }
    note
}

fn entry(action: &str, person: &PersonId, detail: String) -> Entry {
    super::entry(action, format!("person/{person}"), detail)
}

async fn write(storage: &dyn Storage, account: &Account, action: &str, detail: String) -> Result<(), CliError> {
    let entry = entry(action, &account.person, detail);
    storage.upsert_people(std::slice::from_ref(account), moment(&Clock::System), entry).await?;
    Ok(())
}
