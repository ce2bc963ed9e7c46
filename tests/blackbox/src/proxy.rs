//! A connection that breaks: passes bytes on between a client and the endpoint, and cuts both off after so many bytes
//! from the client.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that listens.
#[derive(Debug)]
pub struct Proxy {
    /// Where.
    pub address: SocketAddr,
    cuts: Arc<Mutex<Vec<u64>>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Begins to listen. Each connection that brings `PATCH` requests takes the next of `cuts`: after so many bytes from
    /// the client it is cut. When they are used up, connections hold.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(to: SocketAddr, cuts: &[u64]) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let cuts = Arc::new(Mutex::new(cuts.iter().rev().copied().collect()));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let proxy = Self { address, cuts: Arc::clone(&cuts), heads: Arc::clone(&heads) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, to, Arc::clone(&cuts), Arc::clone(&heads)));
            }
        });
        Ok(proxy)
    }

    /// Cuts that no connection has met yet.
    pub fn cuts_left(&self) -> usize {
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// First line and `Upload-Offset` of every request that began in a packet of its own, in order.
    pub fn requests(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a request's first bytes say of it: method and offset.
fn head(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
    let method = text.split(' ').next().filter(|word| matches!(*word, "POST" | "PATCH" | "HEAD"))?;
    let offset = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("upload-offset").then(|| value.trim().to_owned())
    });
    Some(format!("{method} {}", offset.unwrap_or_default()).trim().to_owned())
}

async fn pass(client: TcpStream, to: SocketAddr, cuts: Arc<Mutex<Vec<u64>>>, heads: Arc<Mutex<Vec<String>>>) {
    let Ok(server) = TcpStream::connect(to).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut left: Option<u64> = None;
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
        let mut bytes = &buffer[..length];
        if let Some(request) = head(bytes) {
            if request.starts_with("PATCH") {
                left = cuts.lock().unwrap_or_else(PoisonError::into_inner).pop();
            }
            heads.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        }
        if let Some(room) = left {
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            bytes = &bytes[..bytes.len().min(room)];
            left = Some((room - bytes.len()) as u64);
        }
        if to_server.write_all(bytes).await.is_err() || left == Some(0) {
            break;
        }
    }
    // Both ends are dropped here: the client sees a reset, the endpoint a body that ends too early.
    back.abort();
}
