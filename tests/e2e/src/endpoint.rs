//! A real endpoint of one test: its own copy of the demo, its own port, which it keeps over restarts.

use crate::Person;
use crate::process;
use crate::records::Records;
use crate::setting;
use crate::wait::eventually;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// An endpoint, running or not.
#[derive(Debug)]
pub struct Endpoint {
    folder: TempDir,
    port: u16,
    app: PathBuf,
    running: Option<Child>,
}

impl Endpoint {
    /// Starts an endpoint with a fresh copy of the demo.
    ///
    /// # Errors
    /// When something it needs is missing, or it does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(&setting::app()?).await
    }

    /// The same, with the app in this folder.
    ///
    /// # Errors
    /// As [`Endpoint::start`].
    pub async fn start_with(app: &Path) -> Result<Self> {
        let mut endpoint = Self::at_rest()?;
        app.clone_into(&mut endpoint.app);
        endpoint.start_again().await?;
        Ok(endpoint)
    }

    /// A data folder with a fresh copy of the demo, for work at the terminal.
    ///
    /// # Errors
    /// When something it needs is missing.
    pub fn at_rest() -> Result<Self> {
        let folder = TempDir::with_prefix("aisle-e2e-endpoint-")?;
        copy_folder(&setting::demo_data()?, &folder.path().join("data"))?;
        Ok(Self { folder, port: free_port()?, app: setting::app()?, running: None })
    }

    /// Publishes what these people may see, with the app, as `aisle-server publish` does.
    ///
    /// # Errors
    /// When the command says no.
    pub fn publish(&self, tree: &Path, people: &[Person]) -> Result<()> {
        let mut command = Command::new(setting::server()?);
        command.arg("publish").arg(tree).arg("--data").arg(self.data()).arg("--app").arg(&self.app);
        command.arg("--for").args(people.iter().map(|person| person.login));
        done(&mut command)
    }

    /// Imports a table, as `aisle-server import` does.
    ///
    /// # Errors
    /// When the command says no.
    pub fn import(&self, name: &str, table: &str) -> Result<()> {
        let file = self.folder.path().join(name);
        fs::write(&file, table)?;
        let mut command = Command::new(setting::server()?);
        command.arg("import").arg(file).arg("--data").arg(self.data());
        done(&mut command)
    }

    /// Sets a policy of the company, as `aisle-server policy` does; it may be running.
    ///
    /// # Errors
    /// When the command says no.
    pub fn policy(&self, words: &[&str]) -> Result<()> {
        let mut command = Command::new(setting::server()?);
        command.arg("policy").args(words).arg("--data").arg(self.data());
        done(&mut command)
    }

    /// Starts it where it was, with the data it had.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut command = Command::new(setting::server()?);
        command.arg("serve").arg("--data").arg(self.data()).arg("--app").arg(&self.app);
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.port));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.running = Some(command.spawn().context("cannot start the endpoint")?);
        let port = self.port;
        let listening = eventually("the endpoint to listen", async || {
            if let Some(status) = self.running.as_mut().and_then(|child| child.try_wait().transpose()).transpose()? {
                return Ok(Some(Err(status)));
            }
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(|_| Ok(())))
        });
        match listening.await? {
            Ok(()) => Ok(()),
            Err(status) => bail!("the endpoint ended while starting ({status}):\n{}", self.log()),
        }
    }

    /// Kills it with SIGKILL, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            process::kill_now(child.id());
            // It is dead; what matters is that its port is free.
            let _ = child.wait();
        }
    }

    /// Its address as a browser names it.
    pub fn address(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Its port; something else may listen on it while it is down.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What is in its database, read as a stranger would.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn records(&self) -> Result<Records> {
        Records::open(&self.data()).await
    }

    /// Everything it said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("endpoint.log")
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command of the endpoint's program to its end.
fn done(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().context("cannot start the endpoint's program")?;
    if !output.status.success() {
        bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// A port nobody listens on now.
///
/// # Errors
/// When the machine has none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
