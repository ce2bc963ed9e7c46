//! The command line: `serve`, `init`, `import`, `import-work`, `targets derive`, `targets adopt`, `report progress`,
//! `user`, `territory`, `shop`, `policy`, `delete`, `publish`, `demo`, `audit verify`.

mod admin;
mod delete;
mod demo;
mod import_work;
mod publish;
mod serve;

use crate::blobs::{BlobError, Photos};
use crate::clock::Clock;
use crate::import::{self, ImportError, Options, Shift};
use crate::moment;
use crate::report::{self, Dim};
use crate::storage::audit::Head;
use crate::storage::{self, Moment, Storage, StorageError, Upsert};
use crate::{adopt, targets};
use aisle_domain::deviation::Rules;
use aisle_domain::money::{Amount, Currency};
use aisle_domain::org::{DemoNote, Org};
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The endpoint of Aisle: exchanges records with devices, keeps accounts, serves the app.
#[derive(Debug, Parser)]
#[command(name = "aisle-server", version)]
pub struct Cli {
    /// How logs are written.
    #[arg(long, env = "AISLE_LOG_FORMAT", value_enum, default_value = "plain", global = true)]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// Lines for people.
    Plain,
    /// One JSON object a line.
    Json,
}

/// Where everything is kept.
#[derive(Clone, Debug, Args)]
struct DataArg {
    /// Folder of the database and the photos; made when missing.
    #[arg(long, env = "AISLE_DATA")]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API and the app.
    Serve(ServeArgs),
    /// Sets up the organisation: its name and currency.
    Init(InitArgs),
    /// Imports tables: XLSX, or CSV, plain or gzipped, recognised by their headers.
    Import(ImportArgs),
    /// Takes in work files that phones could not send. Safe to repeat.
    ImportWork(import_work::ImportWorkArgs),
    /// Targets.
    Targets {
        #[command(subcommand)]
        command: TargetsCommand,
    },
    /// Deletes reference records for everybody.
    Delete(delete::DeleteArgs),
    /// Writes a tree that any static host can serve: what people may see, as files, and the app if wanted.
    Publish(publish::PublishArgs),
    /// Figures for scripts and for business intelligence, the same as on the screens.
    Report {
        #[command(subcommand)]
        command: ReportCommand,
    },
    #[command(flatten)]
    Admin(admin::AdminCommand),
    /// Fills an empty data folder with the bundled demonstration.
    Demo(DemoArgs),
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    data: DataArg,
    /// Address and port.
    #[arg(long, env = "AISLE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the app's files; without it only the API is served.
    #[arg(long, env = "AISLE_APP")]
    app: Option<PathBuf>,
    /// Let other machines sign in over plain HTTP. For trials in a trusted network only.
    #[arg(long, env = "AISLE_INSECURE_HTTP")]
    insecure_http: bool,
    /// Believe X-Forwarded-For of a proxy in front.
    #[arg(long, env = "AISLE_BEHIND_PROXY")]
    behind_proxy: bool,
    /// Build the snapshot for first downloads again after so many changes; 0 builds none.
    #[arg(long, env = "AISLE_SNAPSHOT_EVERY", default_value_t = crate::snapshot::SNAPSHOT_EVERY)]
    snapshot_every: u64,
    /// Hand out /metrics to whoever sends `Authorization: Bearer TOKEN`. Without it only this machine reads them.
    #[arg(long, env = "AISLE_METRICS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    metrics_token: Option<String>,
    /// Multiplies every rate limit. For load tests; leave it at 1 where people are.
    #[arg(long, env = "AISLE_RATE_FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate_factor: u32,
}

#[derive(Debug, Args)]
struct InitArgs {
    #[command(flatten)]
    data: DataArg,
    /// Name of the organisation.
    #[arg(long)]
    name: String,
    /// Currency of all amounts, ISO 4217, such as CNY or USD.
    #[arg(long)]
    currency: String,
    /// Decimals of the currency.
    #[arg(long, default_value_t = 2)]
    digits: u8,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// Files: territories, people, products, shops, must-sell lists, targets, actuals, in any order.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    data: DataArg,
    /// Takes a header for a column, such as `--map "Store Number=shop"`.
    #[arg(long, value_parser = parse_map)]
    map: Vec<(String, String)>,
    /// Encoding of the files, such as gb18030; recognised when not given.
    #[arg(long)]
    encoding: Option<String>,
    /// Reads and checks, writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Writes all files in one transaction, or nothing when a row of one is refused. Devices wait meanwhile. A file of
    /// targets is always taken so.
    #[arg(long)]
    whole: bool,
    /// Moves the dates of actuals by whole weeks, as far as the last does not pass this day.
    #[arg(long, conflicts_with = "shift_weeks")]
    move_dates_to: Option<NaiveDate>,
    /// Moves the dates of actuals by so many weeks.
    #[arg(long, allow_hyphen_values = true)]
    shift_weeks: Option<i64>,
    /// Writes the whole report, every refused row with it, to this file as JSON.
    #[arg(long)]
    report: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum TargetsCommand {
    /// Derives the targets of every shop and month from the same days of the year before.
    Derive(DeriveArgs),
    /// Makes a plan of the shops' targets of a year: year → region → quarter → month → person → shop.
    Adopt(AdoptArgs),
}

#[derive(Debug, Args)]
struct DeriveArgs {
    #[command(flatten)]
    data: DataArg,
    /// Factor, such as 1.05.
    #[arg(long, value_parser = parse_factor)]
    factor: u32,
    /// The year to derive; may be given more than once.
    #[arg(long, required_unless_present = "all")]
    year: Vec<i32>,
    /// Every year that has actuals in the year before.
    #[arg(long, conflicts_with = "year")]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum ReportCommand {
    /// Targets, actuals and progress, cut along any dimensions.
    Progress(ProgressArgs),
}

#[derive(Debug, Args)]
struct ProgressArgs {
    #[command(flatten)]
    data: DataArg,
    /// Dimensions: region, territory, level1 to level9 (of the tree of territories), person, shop, channel, tier, category,
    /// product, and one of year, quarter, month, week, day. Without any, one row.
    #[arg(long, value_delimiter = ',', value_parser = Dim::parse)]
    by: Vec<Dim>,
    /// The period: year, quarter, month, week or day (the one that holds the as-of day), or a period such as 2026-Q4.
    #[arg(long, default_value = "month")]
    period: String,
    /// The last day that counts; the organisation's data-through day when not given.
    #[arg(long)]
    as_of: Option<NaiveDate>,
    /// The metric.
    #[arg(long, default_value = "sales")]
    metric: String,
    /// How it is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: ReportFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ReportFormat {
    /// A header and lines; amounts in the currency with its decimals.
    Csv,
    /// One object with rows; amounts in minor units.
    Json,
}

#[derive(Debug, Args)]
struct AdoptArgs {
    #[command(flatten)]
    data: DataArg,
    /// The metric.
    #[arg(long, default_value = "sales")]
    metric: String,
    /// The year.
    #[arg(long)]
    year: i32,
    /// Id of the manager or admin in whose name the plan stands.
    #[arg(long)]
    author: String,
    /// What is said of it.
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    data: DataArg,
    /// Folder of the demonstration's files.
    #[arg(long, default_value = "demo")]
    from: PathBuf,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Walks the chain and says where it is broken, if it is. Prints its head: kept elsewhere and given again with
    /// --kept, it also shows that no row is missing at the end and that nobody computed the chain anew.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    data: DataArg,
    /// The head that an earlier run printed, ROWS:DIGEST.
    #[arg(long, value_name = "HEAD")]
    kept: Option<Head>,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The photos.
    #[error(transparent)]
    Photos(#[from] BlobError),
    /// An import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The address cannot be used. Exit code 2.
    #[error("{0}")]
    Address(String),
    /// A file or folder.
    #[error("{}: {why}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl CliError {
    fn file(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::File { path: path.to_owned(), why: why.to_string() }
    }

    /// What the shell is told.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Address(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

fn parse_map(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(header, field)| (header.trim().to_owned(), field.trim().to_owned()));
    pair.filter(|(header, field)| !header.is_empty() && !field.is_empty()).ok_or("write it as HEADER=FIELD".to_owned())
}

fn parse_factor(text: &str) -> Result<u32, String> {
    let factor = Amount::parse(text, 4).map_err(|why| format!("{text:?} {why}"))?;
    u32::try_from(factor.0).ok().filter(|bp| *bp > 0).ok_or(format!("{text:?} is no factor such as 1.05"))
}

/// Runs the command line.
///
/// # Errors
/// In words for the person at the terminal.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    init_log(cli.log);
    match cli.command {
        Command::Serve(args) => serve::serve(args).await,
        Command::Init(args) => init(args).await,
        Command::Import(args) => import_files(args).await,
        Command::ImportWork(args) => import_work::import_work(args).await,
        Command::Targets { command: TargetsCommand::Derive(args) } => derive(args).await,
        Command::Delete(args) => delete::delete(args).await,
        Command::Publish(args) => publish::publish(args).await,
        Command::Targets { command: TargetsCommand::Adopt(args) } => adopt(args).await,
        Command::Report { command: ReportCommand::Progress(args) } => progress(args).await,
        Command::Admin(command) => admin::admin(command).await,
        Command::Demo(args) => demo::demo(args).await,
        Command::Audit { command: AuditCommand::Verify(args) } => verify(args).await,
    }
}

fn init_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("AISLE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second initialisation, as in tests, leaves the first in place.
    let _ = match format {
        LogFormat::Plain => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}

/// Opens the data folder.
async fn open(data: &Path) -> Result<(Arc<dyn Storage>, Photos), CliError> {
    std::fs::create_dir_all(data).map_err(|why| CliError::file(data, why))?;
    Ok((storage::open(data).await?, Photos::open(data)?))
}

async fn put_org(
    storage: &dyn Storage,
    name: &str,
    currency: Currency,
    demo: Option<DemoNote>,
    at: Moment,
) -> Result<(), CliError> {
    let rec = RecordRef::new(Kind::Org, "org");
    let known = storage.record(&rec).await?;
    let known: Option<Org> = known.and_then(|v| serde_json::from_value(serde_json::Value::Object(v)).ok());
    let org = match known {
        Some(known) => Org { name: name.to_owned(), currency, demo, ..known },
        None => {
            let (name, day_basis) = (name.to_owned(), aisle_domain::org::DayBasis::Calendar);
            Org {
                name,
                currency,
                day_basis,
                calendar: None,
                data_through: None,
                demo,
                fence_m: 150,
                unlock_after_min: None,
            }
        }
    };
    let fields = serde_json::to_value(org).map_err(|e| CliError::Other(e.to_string()))?;
    let patch = fields.as_object().cloned().unwrap_or_default();
    storage.upsert(&[Upsert { rec, patch, shop: None }], at, None).await?;
    Ok(())
}

async fn init(args: InitArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let currency = Currency { code: args.currency.to_uppercase(), digits: args.digits };
    put_org(storage.as_ref(), &args.name, currency, None, moment(&Clock::System)).await?;
    put_beginnings(storage.as_ref(), moment(&Clock::System)).await?;
    storage.close().await;
    println!("{} is set up. Next: aisle-server import …", args.name);
    Ok(())
}

async fn import_files(args: ImportArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let shift = match (args.move_dates_to, args.shift_weeks) {
        (Some(day), _) => Shift::NotPast(day),
        (None, Some(weeks)) => Shift::Weeks(weeks),
        (None, None) => Shift::None,
    };
    let options = Options { map: args.map, encoding: args.encoding, dry_run: args.dry_run, shift, whole: args.whole };
    let import = import::import(storage.as_ref(), &args.files, &options, moment(&Clock::System)).await?;
    storage.close().await;
    let stopped_by = import.stopped_by();
    let reports = import.reports;
    for report in &reports {
        print!("{report}");
    }
    if let Some(path) = &args.report {
        let text = serde_json::to_string_pretty(&reports).map_err(|e| CliError::Other(e.to_string()))?;
        std::fs::write(path, text).map_err(|why| CliError::file(path, why))?;
    }
    match stopped_by {
        0 => Ok(()),
        n => Err(CliError::Other(format!("{n} rows are refused: put them right and import again"))),
    }
}

async fn derive(args: DeriveArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let years = if args.all { targets::years(storage.as_ref()).await? } else { args.year };
    let done = targets::derive(storage.as_ref(), &years, args.factor, moment(&Clock::System)).await?;
    storage.close().await;
    println!("targets: {} new, {} changed, {} as they were", done.created, done.updated, done.unchanged);
    Ok(())
}

async fn adopt(args: AdoptArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let AdoptArgs { metric, year, author, reason, .. } = args;
    let (metric, author) = (metric.into(), author.into());
    let wish = adopt::Wish { metric, year, author, reason };
    let splits = adopt::adopt(storage.as_ref(), wish, moment(&Clock::System)).await;
    storage.close().await;
    println!("plan: {} splits", splits.map_err(|why| CliError::Other(why.to_string()))?);
    Ok(())
}

async fn progress(args: ProgressArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let ProgressArgs { by, period, as_of, metric, format, .. } = args;
    let wish = report::Wish { by, period, as_of, metric: metric.into() };
    let today = moment(&Clock::System).today;
    let table = report::progress(storage.as_ref(), &wish, today).await;
    storage.close().await;
    let table = table.map_err(|why| CliError::Other(why.to_string()))?;
    let text = match format {
        ReportFormat::Csv => table.csv(),
        ReportFormat::Json => table.json(),
    };
    // A reader that has seen enough may close the pipe.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
    Ok(())
}

/// Puts in place what every organisation begins with: working calendars and deviation rules. What is there stays.
async fn put_beginnings(storage: &dyn Storage, at: Moment) -> Result<(), CliError> {
    let mut upserts = Vec::new();
    let mut put = |kind: Kind, id: &str, value: serde_json::Result<serde_json::Value>| {
        if let Ok(serde_json::Value::Object(patch)) = value {
            upserts.push(Upsert { rec: RecordRef::new(kind, id), patch, shop: None });
        }
    };
    for calendar in aisle_domain::calendar::calendars() {
        put(Kind::Calendar, &calendar.id, serde_json::to_value(&calendar));
    }
    put(Kind::Rule, Rules::ID, serde_json::to_value(Rules::default()));
    let mut fresh = Vec::with_capacity(upserts.len());
    for upsert in upserts {
        if storage.record(&upsert.rec).await?.is_none() {
            fresh.push(upsert);
        }
    }
    storage.upsert(&fresh, at, None).await?;
    Ok(())
}

async fn verify(args: VerifyArgs) -> Result<(), CliError> {
    let (storage, _) = open(&args.data.data).await?;
    let found = storage.verify_audit(args.kept.as_ref()).await?;
    storage.close().await;
    match found {
        Ok(head) => {
            println!("The audit log is whole: {} rows.\nHead: {head}", head.rows);
            Ok(())
        }
        Err(why) => Err(CliError::Other(format!("The audit log is not whole: {why}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn factors_and_mappings() {
        assert_eq!(parse_factor("1.05"), Ok(10_500));
        assert!(parse_factor("0").is_err() && parse_factor("-1").is_err() && parse_factor("x").is_err());
        assert_eq!(parse_map("Store Number = shop"), Ok(("Store Number".to_owned(), "shop".to_owned())));
        assert!(parse_map("shop").is_err() && parse_map("=shop").is_err());
    }
}
