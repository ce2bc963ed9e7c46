//! Waiting for a condition with a deadline. The only place that sleeps, and only between two looks.

use anyhow::{Result, bail};
use std::fmt::Display;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a condition may take unless something else is said: far more than it ever should, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(40);

/// Looks until there is something to see.
///
/// # Errors
/// When there was nothing within [`PATIENCE`]; says what was waited for, and the last error of looking.
pub async fn eventually<T>(what: impl Display, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    eventually_within(PATIENCE, what, look).await
}

/// Looks until there is something to see, for so long. A look that fails is a look that saw nothing: pages change
/// while they are looked at.
///
/// # Errors
/// When there was nothing in time; says what was waited for, and the last error of looking.
pub async fn eventually_within<T>(
    patience: Duration,
    what: impl Display,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        let seen = look().await;
        match seen {
            Ok(Some(seen)) => return Ok(seen),
            Ok(None) if Instant::now() > deadline => bail!("waited {patience:?} in vain for {what}"),
            Err(error) if Instant::now() > deadline => {
                return Err(error.context(format!("waited {patience:?} in vain for {what}")));
            }
            _ => sleep(PAUSE).await,
        }
    }
}
