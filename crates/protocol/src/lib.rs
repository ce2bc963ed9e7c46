//! What travels between a device and the endpoint: wire types, limits and paths.
//!
//! Shapes only; who may do what is the server's business, when to send what is the sync engine's. Fields are short
//! because phones pay for them; their meaning stands beside each. The prose is in `docs/sync-protocol.md`.

pub mod import;
pub mod mutation;
pub mod paths;
pub mod record;
pub mod session;
pub mod snapshot;
pub mod sync;
pub mod work;

pub use mutation::{DeviceId, Hash, Mutation, MutationId, Op};
pub use record::{Fields, Kind, RecordRef};

/// Version of the protocol. The endpoint takes pushes from [`PROTO_OLDEST`] up.
pub const PROTO: u32 = 1;

/// Oldest protocol version that may still push.
pub const PROTO_OLDEST: u32 = 1;

/// Version of the record schema this build knows.
pub const SCHEMA: u32 = 1;

/// Most mutations in one push.
pub const PUSH_MUTATIONS_MAX: usize = 500;

/// Most bytes of mutations in one push.
pub const PUSH_BYTES_MAX: usize = 512 * 1024;

/// Most bytes in a request body other than a photo.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Most changes in one pulled page.
pub const PULL_LIMIT_MAX: u32 = 1000;

/// Most bytes of one photo.
pub const PHOTO_BYTES_MAX: u64 = 10 * 1024 * 1024;
