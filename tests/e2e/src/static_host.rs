//! A plain static host: files of a folder, their kind by their name, a page of its own for what is not there, and nothing
//! else. It knows nothing of the app.

use anyhow::Result;
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A host. Gone, with all its connections, when dropped.
#[derive(Debug)]
pub struct StaticHost {
    task: JoinHandle<()>,
}

impl StaticHost {
    /// Serves a folder on this port.
    ///
    /// # Errors
    /// When somebody else listens there.
    pub async fn serve(folder: &Path, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let folder = folder.to_owned();
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(answer(stream, folder.clone()));
            }
        });
        Ok(Self { task })
    }

    /// Stops listening and cuts every connection.
    pub async fn stop(self) {
        self.task.abort();
        // It was cancelled; that is no failure.
        let _ = (&mut { self }.task).await;
    }
}

impl Drop for StaticHost {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, one answer, and the connection ends. A broken connection is the browser's business.
async fn answer(mut stream: TcpStream, folder: PathBuf) {
    let mut head = Vec::new();
    let mut piece = [0u8; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(n) => head.extend_from_slice(&piece[..n]),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, kind, body) = match file(&folder, path).filter(|_| method == "GET") {
        Some(file) => ("200 OK", kind(&file), std::fs::read(&file).unwrap_or_default()),
        None => {
            ("404 Not Found", "text/html; charset=utf-8", std::fs::read(folder.join("404.html")).unwrap_or_default())
        }
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    if stream.write_all(head.as_bytes()).await.is_ok() {
        let _ = stream.write_all(&body).await;
    }
    let _ = stream.shutdown().await;
    while matches!(stream.read(&mut piece).await, Ok(n) if n > 0) {}
}

/// The file of a path, if it is plainly one of the folder's.
fn file(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let relative = Path::new(if path.is_empty() { "index.html" } else { path });
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    Some(folder.join(relative)).filter(|file| plain && file.is_file())
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        "css" => "text/css",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
