//! Sealing with a passphrase, by the browser's own ciphers (WebCrypto): AES-256-GCM under a key of PBKDF2-HMAC-SHA256.
//! They exist only where the page came over HTTPS or from this machine.

use super::{describe, window};
use aisle_protocol::work::{Seal, Sealed};
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

/// Why a file was not sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// This page cannot encrypt.
    #[error("this browser cannot encrypt here")]
    Unavailable,
    /// The passphrase does not fit, or the file was changed.
    #[error("the passphrase does not open the file")]
    Passphrase,
    /// Anything else, in the browser's words.
    #[error("{0}")]
    Other(String),
}

/// Whether this page can seal.
pub fn is_available() -> bool {
    subtle().is_some()
}

fn subtle() -> Option<SubtleCrypto> {
    let subtle = window()?.crypto().ok()?.subtle();
    // Typed as always there; in an insecure context it is not.
    (!JsValue::from(subtle.clone()).is_undefined()).then_some(subtle)
}

fn other(error: &JsValue) -> SealError {
    SealError::Other(describe(error))
}

fn object(fields: &[(&str, JsValue)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object)
}

async fn key(subtle: &SubtleCrypto, passphrase: &str, seal: &Seal) -> Result<CryptoKey, JsValue> {
    let raw: Object = Uint8Array::from(passphrase.as_bytes()).into();
    let usages = |name: &str| js_sys::Array::of1(&name.into());
    let base = subtle.import_key_with_str("raw", &raw, "PBKDF2", false, &usages("deriveKey"))?;
    let base: CryptoKey = JsFuture::from(base).await?.dyn_into()?;
    let derive = object(&[
        ("name", "PBKDF2".into()),
        ("hash", "SHA-256".into()),
        ("salt", Uint8Array::from(&seal.salt_bytes()[..]).into()),
        ("iterations", seal.rounds.into()),
    ])?;
    let of = object(&[("name", "AES-GCM".into()), ("length", 256.into())])?;
    let both = js_sys::Array::of2(&"encrypt".into(), &"decrypt".into());
    let derived = subtle.derive_key_with_object_and_object(&derive, &base, &of, false, &both)?;
    JsFuture::from(derived).await?.dyn_into()
}

fn cipher(seal: &Seal, line: &[u8]) -> Result<Object, JsValue> {
    object(&[
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(&seal.nonce_bytes()[..]).into()),
        ("additionalData", Uint8Array::from(line).into()),
    ])
}

/// The sealed file of a text.
///
/// # Errors
/// When the browser cannot.
pub async fn seal(text: &str, passphrase: &str) -> Result<Vec<u8>, SealError> {
    let subtle = subtle().ok_or(SealError::Unavailable)?;
    let crypto = window().and_then(|window| window.crypto().ok()).ok_or(SealError::Unavailable)?;
    let (mut salt, mut nonce) = ([0_u8; 16], [0_u8; 12]);
    crypto.get_random_values_with_u8_array(&mut salt).map_err(|e| other(&e))?;
    crypto.get_random_values_with_u8_array(&mut nonce).map_err(|e| other(&e))?;
    let seal = Seal::new(&salt, &nonce);
    let line = seal.line();
    let sealed = async {
        let key = key(&subtle, passphrase, &seal).await?;
        let cipher = cipher(&seal, line.as_bytes())?;
        JsFuture::from(subtle.encrypt_with_object_and_u8_array(&cipher, &key, text.as_bytes())?).await
    };
    let sealed = sealed.await.map_err(|e| other(&e))?;
    Ok([line.as_bytes(), b"\n", &Uint8Array::new(&sealed).to_vec()].concat())
}

/// The text of a sealed file.
///
/// # Errors
/// When the passphrase does not fit, or the browser cannot.
pub async fn open(sealed: &Sealed<'_>, passphrase: &str) -> Result<String, SealError> {
    let subtle = subtle().ok_or(SealError::Unavailable)?;
    let key = key(&subtle, passphrase, &sealed.seal).await.map_err(|e| other(&e))?;
    let cipher = cipher(&sealed.seal, sealed.line).map_err(|e| other(&e))?;
    let opened = subtle.decrypt_with_object_and_u8_array(&cipher, &key, sealed.rest).map_err(|e| other(&e))?;
    let opened = JsFuture::from(opened).await.map_err(|_| SealError::Passphrase)?;
    String::from_utf8(Uint8Array::new(&opened).to_vec()).map_err(|_| SealError::Passphrase)
}

/// The file of an `<input type=file>` change event.
fn chosen(event: &web_sys::Event) -> Option<web_sys::File> {
    let input: web_sys::HtmlInputElement = event.target()?.dyn_into().ok()?;
    input.files()?.get(0)
}

/// The name of the file of an `<input type=file>` change event; empty without one.
pub fn file_name(event: &web_sys::Event) -> String {
    chosen(event).map(|file| file.name()).unwrap_or_default()
}

/// The bytes of the file of an `<input type=file>` change event, taken out at once.
pub fn file_of(event: &web_sys::Event) -> impl Future<Output = Option<Vec<u8>>> + use<> {
    let file = chosen(event);
    async move {
        let buffer = JsFuture::from(file?.array_buffer()).await.ok()?;
        Some(Uint8Array::new(&buffer).to_vec())
    }
}
