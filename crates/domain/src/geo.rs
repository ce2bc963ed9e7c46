//! Positions, distances and bearings on the sphere.

use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_2, PI};

/// A position in degrees, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Latitude, −90 to 90.
    pub lat: f64,
    /// Longitude, −180 to 180.
    pub lon: f64,
}

/// Mean radius of the Earth, metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

impl Position {
    /// A position, or `None` when a coordinate is outside its range or no number.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let inside = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        inside.then_some(Self { lat, lon })
    }

    /// Great-circle distance in metres (haversine).
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let cos = |lat: f64| sin(FRAC_PI_2 - lat);
        let half_lat = sin((lat_b - lat_a) / 2.0);
        let half_lon = sin((other.lon - self.lon).to_radians() / 2.0);
        let h = half_lat * half_lat + cos(lat_a) * cos(lat_b) * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * asin(h.sqrt().min(1.0))
    }

    /// Initial bearing towards `other`, degrees clockwise from north, 0 to 360.
    pub fn bearing_deg(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let lon = (other.lon - self.lon).to_radians();
        let y = lon.sin() * lat_b.cos();
        let x = lat_a.cos() * lat_b.sin() - lat_a.sin() * lat_b.cos() * lon.cos();
        y.atan2(x).to_degrees().rem_euclid(360.0)
    }
}

/// Sine of −π to π. Distances are on the first screen, and the general functions, which are exact to the last bit for any
/// number, would be a hundredth of the app.
fn sin(x: f64) -> f64 {
    let x = if x.abs() > FRAC_PI_2 { PI.copysign(x) - x } else { x };
    let square = x * x;
    let terms = [272.0, 210.0, 156.0, 110.0, 72.0, 42.0, 20.0, 6.0];
    x * terms.iter().fold(1.0 - square / 342.0, |sum, term| 1.0 - square / term * sum)
}

/// Arc sine of 0 to 1.
fn asin(x: f64) -> f64 {
    if x > 0.5 {
        return FRAC_PI_2 - 2.0 * asin(((1.0 - x) / 2.0).sqrt());
    }
    let (mut term, mut sum) = (x, x);
    for odd in (1..45).step_by(2).map(f64::from) {
        term *= x * x * odd / (odd + 1.0);
        sum += term / (odd + 2.0);
    }
    sum
}

/// A position fix with what is known of its quality. It cannot prove that it is not faked; it says what is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Where.
    pub position: Position,
    /// Radius of 95 % confidence, metres.
    pub accuracy_m: f64,
    /// Age when it was used, milliseconds.
    pub age_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position { lat, lon }
    }

    #[test]
    fn distance_of_known_places() {
        // One degree along a meridian is 111.195 km on this sphere.
        assert!((at(0.0, 0.0).distance_m(at(1.0, 0.0)) - 111_195.0).abs() < 1.0);
        // Des Moines – Cedar Rapids, some 160 km.
        let d = at(41.5868, -93.6250).distance_m(at(41.9779, -91.6656));
        assert!((d - 167_900.0).abs() < 1_500.0, "{d}");
        assert_eq!(at(12.0, 34.0).distance_m(at(12.0, 34.0)), 0.0);
    }

    #[test]
    fn own_functions_are_as_good_as_the_exact_ones() {
        for step in -1000..=1000 {
            let x = f64::from(step) / 1000.0;
            assert!((sin(x * PI) - (x * PI).sin()).abs() < 1e-12, "sin {x}");
            assert!((asin(x.abs()) - x.abs().asin()).abs() < 1e-12, "asin {x}");
        }
        // A metre is a metre: small distances have small errors.
        let d = at(30.0, 120.0).distance_m(at(30.0 + 1e-5, 120.0));
        assert!((d - EARTH_RADIUS_M * 1e-5_f64.to_radians()).abs() < 1e-6, "{d}");
    }

    #[test]
    fn bearing_of_the_four_winds() {
        for (to, deg) in [(at(1.0, 0.0), 0.0), (at(0.0, 1.0), 90.0), (at(-1.0, 0.0), 180.0), (at(0.0, -1.0), 270.0)] {
            assert!((at(0.0, 0.0).bearing_deg(to) - deg).abs() < 1e-9, "{to:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_place() {
        for (lat, lon) in [(91.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0)] {
            assert_eq!(Position::new(lat, lon), None, "{lat} {lon}");
        }
    }
}
