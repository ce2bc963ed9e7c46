//! Processes: the whole tree below one, and ending it at once.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Sends SIGKILL to every process below `root`, deepest last so that nobody is left to tidy up, but not to `root` itself.
/// `mark` names processes that left the tree but belong to it, by a part of their command line.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn kill_tree_below(root: u32, mark: &str) -> Result<()> {
    let Processes { parents, marked } = Processes::of(mark)?;
    let mut doomed: BTreeSet<u32> = marked.into_iter().filter(|pid| *pid != root).collect();
    doomed.extend(parents.keys().copied().filter(|pid| descends(&parents, *pid, root)));
    // Nearest to the root first: the browser dies before its helpers, so it cannot notice that they are gone.
    let mut doomed: Vec<u32> = doomed.into_iter().filter(|pid| *pid != std::process::id()).collect();
    doomed.sort_by_key(|pid| depth(&parents, *pid));
    for pid in doomed {
        kill_now(pid);
    }
    Ok(())
}

/// Resident memory of the largest of the processes below `root` that show pages, bytes. Zero when there is none.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn page_memory_below(root: u32) -> Result<u64> {
    let Processes { parents, marked } = Processes::of("--type=renderer")?;
    let pages = marked.into_iter().filter(|pid| descends(&parents, *pid, root));
    Ok(pages.map(resident).max().unwrap_or(0))
}

/// Resident memory, bytes; zero for a process that has ended.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Everything that runs.
struct Processes {
    /// Parents by process.
    parents: BTreeMap<u32, u32>,
    /// Those with a mark in their command line.
    marked: Vec<u32>,
}

impl Processes {
    fn of(mark: &str) -> Result<Self> {
        let (mut parents, mut marked) = (BTreeMap::new(), Vec::new());
        for entry in fs::read_dir("/proc").context("no /proc: end-to-end tests need Linux")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            // A process may end while it is looked at.
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            // The name in parentheses may hold anything; state and parent follow the last one.
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            parents.insert(pid, parent.unwrap_or(0));
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&command).contains(mark) {
                marked.push(pid);
            }
        }
        Ok(Self { parents, marked })
    }
}

/// Sends SIGKILL. A process that has ended already is fine.
pub fn kill_now(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

fn descends(parents: &BTreeMap<u32, u32>, pid: u32, root: u32) -> bool {
    let mut at = pid;
    for _ in 0..64 {
        match parents.get(&at) {
            Some(parent) if *parent == root => return true,
            Some(parent) if *parent > 1 => at = *parent,
            _ => return false,
        }
    }
    false
}

fn depth(parents: &BTreeMap<u32, u32>, pid: u32) -> usize {
    std::iter::successors(Some(pid), |at| parents.get(at).copied().filter(|parent| *parent > 1)).take(64).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descent_goes_over_generations_and_stops_at_strangers() {
        let parents = BTreeMap::from([(10, 1), (11, 10), (12, 11), (20, 1), (21, 20)]);
        assert!(descends(&parents, 11, 10) && descends(&parents, 12, 10));
        assert!(!descends(&parents, 10, 10) && !descends(&parents, 21, 10));
        assert!(depth(&parents, 12) > depth(&parents, 11));
    }
}
