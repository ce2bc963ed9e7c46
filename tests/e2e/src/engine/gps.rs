//! Where a phone is, for browsers that ask somebody else: Firefox a service on the network, WebKitGTK the window it runs in,
//! which reads a file.

use crate::browser::Place;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A place that can be asked for; nowhere at first. Gone when dropped.
#[derive(Debug)]
pub struct Gps {
    file: PathBuf,
    port: u16,
    task: JoinHandle<()>,
}

impl Gps {
    /// Starts with its file in this folder.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(folder: &Path) -> Result<Self> {
        let file = folder.join("place.json");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let place = file.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A request that breaks off is the browser's business.
                let _ = answer(stream, &place).await;
            }
        });
        Ok(Self { file, port, task })
    }

    /// Moves.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn move_to(&self, place: Place) -> Result<()> {
        // As the service for Firefox answers.
        let answer = json!({
            "location": {"lat": place.latitude, "lng": place.longitude},
            "accuracy": place.accuracy,
        });
        fs::write(&self.file, answer.to_string()).context("cannot write where the phone is")
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Gps {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, file: &Path) -> Result<()> {
    let mut head = Vec::new();
    let mut piece = [0u8; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        head.extend_from_slice(&piece[..read]);
    }
    let (status, body) = match fs::read_to_string(file) {
        Ok(place) => ("200 OK", place),
        Err(_) => ("404 Not Found", "{}".to_owned()),
    };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    while stream.read(&mut piece).await? > 0 {}
    Ok(())
}
