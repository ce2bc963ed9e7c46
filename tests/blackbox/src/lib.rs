//! The real server binary, seen from outside: started and killed as a process, spoken to over TCP, looked at through
//! its file once it stands still. What the endpoint does inside is tested in `crates/server`; here is shown what only a
//! process and a network can break.
//!
//! `cargo xtask test` names the programs these tests need in the environment; see [`setting`].

pub mod device;
pub mod endpoint;
pub mod http;
pub mod proxy;
pub mod rng;
pub mod setting;
