//! Something that listens where the endpoint should be and is not the endpoint.

use anyhow::Result;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers every request with 500.
    Failing,
    /// A captive portal: 200 and a page, whatever was asked.
    Portal,
    /// Takes requests and never answers.
    Hanging,
}

/// An impostor. Gone, with all its connections, when dropped.
#[derive(Debug)]
pub struct FakeEndpoint {
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl FakeEndpoint {
    /// Listens on this port.
    ///
    /// # Errors
    /// When somebody else does.
    pub async fn listen(port: u16, behaviour: Behaviour) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(answer(stream, behaviour, Arc::clone(&counter)));
            }
        });
        Ok(Self { asked, task })
    }

    /// How many requests to the endpoint's own paths it has had.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Stops listening and cuts every connection.
    pub async fn stop(self) {
        self.task.abort();
        // It was cancelled; that is no failure.
        let _ = (&mut { self }.task).await;
    }
}

impl Drop for FakeEndpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, one answer, and the connection ends. A broken connection is the browser's business.
async fn answer(mut stream: TcpStream, behaviour: Behaviour, asked: Arc<AtomicUsize>) {
    let mut head = Vec::new();
    let mut piece = [0u8; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(n) => head.extend_from_slice(&piece[..n]),
        }
    }
    let line = String::from_utf8_lossy(&head);
    if line.split_whitespace().nth(1).is_some_and(|path| path.starts_with("/v1/")) {
        asked.fetch_add(1, Ordering::SeqCst);
    }
    let (status, kind, body) = match behaviour {
        Behaviour::Failing => ("500 Internal Server Error", "text/plain", "out of order"),
        Behaviour::Portal => {
            ("200 OK", "text/html; charset=utf-8", "<!doctype html><title>Wi-Fi</title><h1>Buy a ticket</h1>")
        }
        Behaviour::Hanging => std::future::pending().await,
    };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    // The rest of the request is read, or the browser would see a reset before the answer.
    let _ = stream.shutdown().await;
    while matches!(stream.read(&mut piece).await, Ok(n) if n > 0) {}
}
