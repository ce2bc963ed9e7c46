//! As much HTTP/1.1 as a test needs: one request on one connection, and an honest error when the connection breaks.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any answer may take: an endpoint that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer that has come whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {} {}", self.status, self.text()))
    }
}

/// Somebody with or without a session.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the endpoint listens.
    pub address: SocketAddr,
    /// The session's cookie.
    pub cookie: Option<String>,
}

impl Client {
    /// Somebody without a session.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    /// Signs in.
    ///
    /// # Errors
    /// When the endpoint refuses.
    pub async fn sign_in(address: SocketAddr, login: &str, password: &str) -> Result<Self> {
        let mut client = Self::new(address);
        let body = serde_json::json!({"login": login, "password": password});
        let answer = client.post("/v1/session", &body).await?;
        if answer.status != 200 {
            bail!("{login} cannot sign in: {} {}", answer.status, answer.text());
        }
        client.cookie = answer.header("set-cookie").split(';').next().map(str::to_owned);
        Ok(client)
    }

    /// One request.
    ///
    /// # Errors
    /// When the connection breaks before the answer is whole; the endpoint may or may not have done what was asked.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        if let Some(cookie) = &self.cookie {
            head.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body).await?;
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await?;
            Ok::<_, std::io::Error>(bytes)
        };
        let bytes = tokio::time::timeout(PATIENCE, exchange).await.context("no answer in time")??;
        // The answer to HEAD tells the length of a body that does not come.
        parse(&bytes, method != "HEAD")
    }

    /// `GET`.
    ///
    /// # Errors
    /// See [`Client::send`].
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, &[], &[]).await
    }

    /// `POST` of JSON.
    ///
    /// # Errors
    /// See [`Client::send`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes()).await
    }
}

fn parse(bytes: &[u8], with_body: bool) -> Result<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("cut before the end of the headers")?;
    let head = std::str::from_utf8(&bytes[..end]).context("headers that are no text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).context("no status")?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let answer = Answer { status, headers, body: bytes[end + 4..].to_vec() };
    if !with_body {
        return Ok(answer);
    }
    if answer.header("transfer-encoding").contains("chunked") {
        let body = unchunk(&answer.body).context("cut within a chunk")?;
        return Ok(Answer { body, ..answer });
    }
    match answer.header("content-length").parse::<usize>() {
        Ok(length) if answer.body.len() < length => bail!("cut after {} of {length} bytes", answer.body.len()),
        _ => Ok(answer),
    }
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..line]).ok()?.trim(), 16).ok()?;
        bytes = bytes.get(line + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(..length)?);
        bytes = bytes.get(length + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_cut_is_no_answer() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
        let answer = parse(whole, true).expect("whole");
        assert_eq!((answer.status, answer.text().as_str(), answer.header("x")), (200, "hello", "y"));
        for length in 0..whole.len() {
            assert!(parse(&whole[..length], true).is_err(), "{length} bytes");
        }
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(chunked, true).expect("whole").text(), "abcde");
        assert!(parse(&chunked[..chunked.len() - 6], true).is_err());
    }
}
