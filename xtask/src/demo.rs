//! The bundled demo: imported once into a data folder through the same import that users have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process;
use crate::workspace::{Workspace, remove_folder, replace_folder};

/// Present in every folder that this tool filled; it removes no other.
const STAMP: &str = ".aisle-demo";

/// Someone who can sign in to the demo.
#[derive(Debug, Deserialize)]
struct Person {
    login: String,
    password: String,
    name: String,
    role: String,
}

/// When a data folder is filled anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refill {
    /// Never, once it is filled: the work done in it stays.
    Never,
    /// When the demo or the endpoint changed since.
    WhenStale,
    /// Always.
    Always,
}

/// Fills a data folder with the demo if it is empty or has to be refilled.
///
/// # Errors
/// The folder holds something that is not a demo, or the import failed; a failed import leaves no half-filled folder.
pub(crate) fn fill(here: &Workspace, data: &Path, refill: Refill) -> Result<()> {
    let server = here.binary("aisle-server");
    let stamp = match refill {
        Refill::WhenStale => here.digest(&["demo", "crates/server", "crates/domain", "crates/protocol"], &[])?,
        Refill::Never | Refill::Always => String::new(),
    };
    let current = fs::read_to_string(data.join(STAMP)).ok();
    match (&current, refill) {
        (Some(_), Refill::Never) => return Ok(()),
        (Some(of), Refill::WhenStale) if *of == stamp => return Ok(()),
        (None, _) if fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) => {
            if refill == Refill::Never {
                // Somebody's own data: serve it as it is.
                return Ok(());
            }
            bail!(
                "{} holds data that is not the demo's; it stays as it is.\nRemedy: name another folder with --data",
                data.display()
            );
        }
        _ => {}
    }

    println!("Importing the demo (once; it takes a moment).");
    let unfinished = data.with_extension("new");
    remove_folder(&unfinished)?;
    fs::create_dir_all(&unfinished).with_context(|| format!("cannot make {}", unfinished.display()))?;
    let mut import = Command::new(server);
    import.arg("demo").arg("--data").arg(&unfinished).arg("--from").arg(here.path("demo"));
    process::run(&mut import).context("the demo could not be imported")?;
    fs::write(unfinished.join(STAMP), stamp).context("cannot note the import")?;
    replace_folder(&unfinished, data)
}

/// The data folder of `run` and `dev` unless another is named.
pub(crate) fn default_data(here: &Workspace) -> PathBuf {
    here.path(".aisle/demo")
}

/// The people of the demo with their passwords, as lines of a table.
pub(crate) fn accounts(here: &Workspace) -> Result<String> {
    let path = here.path("demo/people.csv");
    table(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?)
}

fn table(csv: &[u8]) -> Result<String> {
    let people: Vec<Person> =
        csv::Reader::from_reader(csv).deserialize().collect::<Result<_, _>>().context("demo/people.csv")?;
    let width = |of: fn(&Person) -> &str| people.iter().map(|person| of(person).chars().count()).max().unwrap_or(0);
    let (login, password, role) =
        (width(|person| &person.login), width(|person| &person.password), width(|person| &person.role));
    Ok(people
        .iter()
        .map(|p| format!("  {:login$}  {:password$}  {:role$}  {}\n", p.login, p.password, p.role, p.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_aligned_and_other_columns_ignored() {
        let csv = b"id,login,password,name,role\n1,ann,secret,Ann Ames,rep\n2,bo,pw,Bo,supervisor\n";
        assert_eq!(table(csv).unwrap(), "  ann  secret  rep         Ann Ames\n  bo   pw      supervisor  Bo\n");
        assert!(table(b"login,name\na,b\n").is_err());
    }
}
