//! `serve`: binds, serves, and stops in order.

use super::{CliError, ServeArgs, open};
use crate::api::router;
use crate::clock::Clock;
use crate::snapshot::{self, SnapshotPlan};
use crate::{App, Settings, housekeeping};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How often housekeeping is done.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);
/// How often it is looked whether a new snapshot is due.
const SNAPSHOTS: Duration = Duration::from_secs(10);
/// How long requests under way may take once the endpoint stops.
const GRACE: Duration = Duration::from_secs(10);

pub(super) async fn serve(args: ServeArgs) -> Result<(), CliError> {
    if let Some(app) = &args.app
        && !app.is_dir()
    {
        return Err(CliError::file(app, "no such folder. Build the app (cargo xtask build) or leave --app out"));
    }
    let listener = TcpListener::bind(args.listen).await.map_err(|why| no_address(args.listen, &why))?;
    let address = listener.local_addr().map_err(|why| no_address(args.listen, &why))?;
    let (storage, photos) = open(&args.data.data).await?;
    let settings = Settings {
        app: args.app,
        insecure_http: args.insecure_http,
        behind_proxy: args.behind_proxy,
        metrics_token: args.metrics_token.filter(|token| !token.is_empty()),
        rate_factor: args.rate_factor,
    };
    if settings.rate_factor > 1 {
        tracing::warn!(factor = settings.rate_factor, "rate limits are raised: for load tests only");
    }
    let app = App::new(storage.clone(), photos, Clock::System, settings);
    if !address.ip().is_loopback() && !args.insecure_http {
        tracing::info!("browsers on other machines have to come over HTTPS: put a proxy with a certificate in front");
    }

    let (stop, stopped) = watch::channel(false);
    let keeper = tokio::spawn(keep_house(app.clone(), stopped.clone()));
    let snapshots = tokio::spawn(keep_snapshots(app.clone(), args.snapshot_every, stopped.clone()));
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let mut signal = stopped.clone();
    let shutdown = async move {
        let _ = signal.wait_for(|stop| *stop).await;
    };
    let server = tokio::spawn(axum::serve(listener, service).with_graceful_shutdown(shutdown).into_future());
    println!("Aisle listens on http://{address}");

    stop_asked().await;
    tracing::info!("stopping");
    let _ = stop.send(true);
    match tokio::time::timeout(GRACE, server).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(why))) => return Err(CliError::Other(why.to_string())),
        Ok(Err(why)) => return Err(CliError::Other(why.to_string())),
        Err(_) => tracing::warn!("requests under way were cut"),
    }
    let _ = keeper.await;
    let _ = snapshots.await;
    storage.close().await;
    Ok(())
}

async fn keep_house(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(why) = housekeeping(&app).await {
            tracing::error!(%why, "housekeeping failed");
        }
        let wait = tokio::time::timeout(HOUSEKEEPING, stopped.wait_for(|stop| *stop));
        if wait.await.is_ok() {
            return;
        }
    }
}

/// Builds snapshots as they become due, also after an import by another process.
async fn keep_snapshots(app: Arc<App>, every: u64, mut stopped: watch::Receiver<bool>) {
    if every == 0 {
        return;
    }
    loop {
        if let Err(why) = snapshot::keep(&app, SnapshotPlan::every(every)).await {
            tracing::error!(%why, "no new snapshot");
        }
        if tokio::time::timeout(SNAPSHOTS, stopped.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

fn no_address(address: SocketAddr, why: &std::io::Error) -> CliError {
    let remedy = match why.kind() {
        ErrorKind::AddrInUse => "another program uses it. Stop that one, or name another address with --listen",
        ErrorKind::PermissionDenied => "not allowed. Ports below 1024 belong to root; name another with --listen",
        ErrorKind::AddrNotAvailable => "this machine has no such address. Name another with --listen",
        _ => return CliError::Address(format!("cannot listen on {address}: {why}")),
    };
    CliError::Address(format!("cannot listen on {address}: {remedy}"))
}

/// Waits for Ctrl-C, or to be told to terminate.
async fn stop_asked() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
