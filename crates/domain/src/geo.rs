//! Positions, distances and bearings on the sphere.

use serde::{Deserialize, Serialize};

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
        let half_lat = (lat_b - lat_a) / 2.0;
        let half_lon = (other.lon - self.lon).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
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
