//! A picture as a phone's camera would hand it over.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Writes a picture of a shelf of sorts: 1,200 × 900, in bands of colour.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path) -> Result<()> {
    let pixel = |x: u32, y: u32| match (y % 225 < 12, (x / 60 + y / 225) % 4) {
        (true, _) => [96, 84, 72],
        (false, 0) => [24, 92, 72],
        (false, 1) => [196, 152, 48],
        (false, 2) => [140, 40, 36],
        (false, _) => [232, 226, 214],
    };
    draw(path, pixel)
}

/// Writes a picture of noise, which stays large however it is packed: more than half a megabyte as the app keeps it.
///
/// # Errors
/// When the file cannot be written.
pub fn write_large(path: &Path) -> Result<()> {
    let noise = |x: u32, y: u32| {
        let mixed = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
        let [a, b, c, d] = (mixed ^ (mixed >> 15)).to_le_bytes();
        [a ^ d, b, c]
    };
    draw(path, noise)
}

fn draw(path: &Path, pixel: impl Fn(u32, u32) -> [u8; 3] + Copy) -> Result<()> {
    let (width, height) = (1200u32, 900u32);
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
