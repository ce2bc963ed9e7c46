//! Running other programs: found or not, succeeded or not, always with an error that says which one.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut text = program.to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

/// Runs to the end with our own output, without input.
///
/// # Errors
/// The program cannot be started, or it ended with anything but success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs to the end silently and returns the trimmed standard output.
///
/// # Errors
/// The program cannot be started, or it ended with anything but success.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", shown(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The compiler's flags from the environment and these, as cargo reads them from `CARGO_ENCODED_RUSTFLAGS`.
pub(crate) fn with_rustflags(flags: &[String]) -> String {
    let encoded = env::var("CARGO_ENCODED_RUSTFLAGS").ok();
    let plain = env::var("RUSTFLAGS").unwrap_or_default();
    let own: Vec<&str> = match &encoded {
        Some(encoded) => encoded.split('\u{1f}').filter(|flag| !flag.is_empty()).collect(),
        None => plain.split_whitespace().collect(),
    };
    own.into_iter().chain(flags.iter().map(String::as_str)).collect::<Vec<_>>().join("\u{1f}")
}

/// The first of these programs that is on the PATH.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))))
        .find(|file| file.is_file())
}

/// Asks a program to end, and ends it if it has not within ten seconds.
pub(crate) fn stop(child: &mut Child) -> Result<()> {
    if child.try_wait().context("cannot ask after the server")?.is_some() {
        return Ok(());
    }
    ask_to_end(child);
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if child.try_wait().context("cannot ask after the server")?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().context("cannot end the server")?;
    child.wait().context("cannot wait for the server")?;
    Ok(())
}

#[cfg(unix)]
fn ask_to_end(child: &Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Ok(pid) = i32::try_from(child.id()) {
        // It may have ended in between: the caller looks again.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

#[cfg(not(unix))]
fn ask_to_end(_: &Child) {}

/// Puts a program into its own process group, so that Ctrl-C reaches only us and we end it in order.
#[cfg(unix)]
pub(crate) fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Elsewhere Ctrl-C reaches both, which ends both.
#[cfg(not(unix))]
pub(crate) fn own_group(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("cargo").arg("no-such-subcommand").stderr(Stdio::null())).unwrap_err();
        assert!(error.to_string().starts_with("`cargo no-such-subcommand` failed"), "{error}");
        let error = output(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("cannot start `no-such-program-here`"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_asked_to_end() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let before = Instant::now();
        stop(&mut child).unwrap();
        assert!(before.elapsed() < Duration::from_secs(5));
        assert!(child.try_wait().unwrap().is_some());
    }
}
