//! A real endpoint of one test: its own data folder and its own port, which it keeps over restarts.
//!
//! ```text
//! root ── north   shops n1 …   reps r1 … of north, supervisor sup
//!      └─ south   shop  s1     rep  far of south             boss leads all
//! ```

use crate::http::Client;
use crate::setting;
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse";

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An endpoint, running or not.
#[derive(Debug)]
pub struct Endpoint {
    folder: TempDir,
    port: u16,
    running: Option<Child>,
}

impl Endpoint {
    /// Sets up the organisation above with so many reps in the north, by the same import that people use, and starts.
    /// `mark` becomes part of every name in the south.
    ///
    /// # Errors
    /// When something it needs is missing, or it does not start.
    pub async fn start(reps: usize, mark: &str) -> Result<Self> {
        let folder = TempDir::with_prefix("aisle-blackbox-")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let endpoint = Self { folder, port, running: None };
        endpoint.organise(reps, mark)?;
        let mut endpoint = endpoint;
        endpoint.start_again().await?;
        Ok(endpoint)
    }

    fn organise(&self, reps: usize, mark: &str) -> Result<()> {
        let mut people = String::from("id,login,password,name,role,territory\n");
        let mut shops = String::from("id,name,territory,channel,tier,rep\n");
        for i in 1..=reps {
            let _ = writeln!(people, "r{i},r{i},{PASSWORD},Rep {i},rep,north");
            let _ = writeln!(shops, "n{i},Shop {i},north,ka,A,r{i}");
        }
        let _ = writeln!(people, "sup,sup,{PASSWORD},Supervisor,supervisor,north");
        let _ = writeln!(people, "boss,boss,{PASSWORD},Manager,manager,root");
        let _ = writeln!(people, "far,far,{PASSWORD},Far,rep,south");
        let _ = writeln!(shops, "s1,Shop {mark},south,ka,A,far");
        let files = [
            ("territories.csv", "id,name,parent\nroot,Root,\nnorth,North,root\nsouth,South,root\n"),
            ("people.csv", &people),
            ("shops.csv", &shops),
        ];
        self.command(&["init", "--name", "Black box", "--currency", "CNY"])?;
        let mut import = vec!["import".to_owned()];
        for (name, text) in files {
            let path = self.folder.path().join(name);
            fs::write(&path, text)?;
            import.push(path.to_string_lossy().into_owned());
        }
        self.command(&import.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(())
    }

    /// Runs a command of the binary on the data folder and returns what it printed.
    ///
    /// # Errors
    /// When it ends with anything but success; with what it printed.
    pub fn command(&self, args: &[&str]) -> Result<String> {
        let output = Command::new(setting::server()?).args(args).env("AISLE_DATA", self.data()).output()?;
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            bail!("aisle-server {} failed: {said}", args.join(" "));
        }
        Ok(said)
    }

    /// Starts it where it was, with the data it had. Its rate limits are raised: here no person waits.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut command = Command::new(setting::server()?);
        command.args(["serve", "--rate-factor", "100000", "--listen", &format!("127.0.0.1:{}", self.port)]);
        command.env("AISLE_DATA", self.data()).env("AISLE_LOG", "warn");
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.running = Some(command.spawn().context("cannot start the endpoint")?);
        let until = Instant::now() + PATIENCE;
        loop {
            if TcpStream::connect(self.address()).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.running.as_mut().map(Child::try_wait).transpose()?.flatten() {
                bail!("the endpoint ended while starting ({status}):\n{}", self.log());
            }
            if Instant::now() > until {
                bail!("the endpoint does not listen:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Kills it with SIGKILL, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.running.take() {
            child.kill().context("cannot kill the endpoint")?;
            child.wait().context("cannot wait for the endpoint")?;
        }
        Ok(())
    }

    /// Whether it is still running.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.running.as_mut().map(Child::try_wait).transpose()?.is_some_and(|status| status.is_none()))
    }

    /// Resident memory, bytes: now, and at its highest. Linux tells.
    ///
    /// # Errors
    /// When it is not running, or the system does not say.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let id = self.running.as_ref().map(Child::id).context("the endpoint is not running")?;
        let status = fs::read_to_string(format!("/proc/{id}/status")).context("only Linux tells a program's memory")?;
        let figure = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
        };
        figure("VmRSS").zip(figure("VmHWM")).context("the system does not say")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Somebody who is signed in.
    ///
    /// # Errors
    /// When the endpoint refuses.
    pub async fn sign_in(&self, login: &str) -> Result<Client> {
        Client::sign_in(self.address(), login, PASSWORD).await
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // On the way out; a test that failed has said so.
        let _ = self.kill();
    }
}
