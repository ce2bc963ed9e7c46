//! Builds and runs the endpoint: one child process, started when its port is free, stopped in order.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// Builds the endpoint with the dev profile.
pub(crate) fn build(here: &Workspace) -> Result<()> {
    process::run(&mut here.cargo(&["build", "--package", "aisle-server"]))
}

/// Fails early, and with the remedy, when something else listens on the port.
pub(crate) fn require_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port} is in use by another program.\nRemedy: stop it, or choose another port with `--port {}`",
            port.checked_add(1).unwrap_or(8080)
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            bail!("this user may not listen on port {port}.\nRemedy: choose one above 1023 with `--port 8080`")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on port {port}")),
    }
}

/// A flag that Ctrl-C and the signals to end raise.
pub(crate) fn on_stop() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    ctrlc::set_handler(move || raised.store(true, Ordering::SeqCst)).context("cannot listen for Ctrl-C")?;
    Ok(flag)
}

/// A running endpoint. Stopped in order when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts the endpoint and waits until it takes connections.
    ///
    /// # Errors
    /// It ended at once, or took no connection within half a minute.
    pub(crate) fn start(here: &Workspace, data: &Path, app: &Path, port: u16) -> Result<Self> {
        let mut command = Command::new(here.binary("aisle-server"));
        command.arg("serve").arg("--data").arg(data).arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.arg("--app").arg(app).stdin(Stdio::null());
        process::own_group(&mut command);
        let child = command.spawn().context("cannot start aisle-server")?;
        let mut server = Self { child };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = server.ended()? {
                bail!("aisle-server ended while starting ({status}); what it said stands above");
            }
            if Instant::now() > deadline {
                bail!("aisle-server took no connection on port {port} within 30 seconds");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("cannot ask after the server")
    }

    /// Stops it in order.
    pub(crate) fn stop(&mut self) -> Result<()> {
        process::stop(&mut self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already on the way out; an error has been reported, or there is none to report.
        let _ = self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_the_remedy() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = require_free(port).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} is in use")) && error.contains("--port"), "{error}");
        drop(taken);
        require_free(port).unwrap();
    }
}
