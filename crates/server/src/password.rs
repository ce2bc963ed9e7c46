//! Passwords (Argon2id) and session tokens.

use aisle_protocol::mutation::hex;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// The longest password that is looked at, bytes.
pub const PASSWORD_BYTES_MAX: usize = aisle_import::PASSWORD_BYTES_MAX;

/// Why no digest or token could be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot hash a password: {0}")]
pub struct PasswordError(String);

fn argon() -> Argon2<'static> {
    // Argon2id, 19 MiB, two passes: what OWASP names first.
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn random<const N: usize>() -> Result<[u8; N], PasswordError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| PasswordError(e.to_string()))?;
    Ok(bytes)
}

/// The digest of a password. Takes tens of milliseconds of processor time.
///
/// # Errors
/// When the system has no randomness to give.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    let salt = SaltString::encode_b64(&random::<16>()?).map_err(|e| PasswordError(e.to_string()))?;
    let hash = argon().hash_password(password.as_bytes(), &salt).map_err(|e| PasswordError(e.to_string()))?;
    Ok(hash.to_string())
}

/// Whether the password fits the digest. Without a digest it takes as long and says no, so that time does not tell
/// whether an account exists.
pub fn verify(password: &str, digest: Option<&str>) -> bool {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let nobody = || NOBODY.get_or_init(|| hash("nobody").unwrap_or_default()).as_str();
    let fits = |digest: &str| {
        PasswordHash::new(digest).is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok())
    };
    match digest {
        Some(digest) => fits(digest),
        None => {
            let _ = fits(nobody());
            false
        }
    }
}

/// A new session token: 256 random bits as text.
///
/// # Errors
/// When the system has no randomness to give.
pub fn token() -> Result<String, PasswordError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What is stored of a token.
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}
