//! Amounts. Integers in minor units (fen, cents); no float ever holds money.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// An amount in minor units of the organisation's currency, or a quantity in single units: which of the two is the
/// metric's business. Negative amounts are returns and corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads a decimal such as `12.5`, `-3` or `1,204.00` into minor units with `digits` decimals. What is nearer than a
    /// millionth to a whole minor unit is that unit: files written from floats hold `7669.200000000001`.
    ///
    /// # Errors
    /// Names what is wrong when the text is no number, has more decimals than the currency, or does not fit.
    pub fn parse(text: &str, digits: u8) -> Result<Self, AmountError> {
        let text = text.trim();
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let whole: String = whole.chars().filter(|c| *c != ',').collect();
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(&whole) || !all_digits(fraction) {
            return Err(AmountError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = usize::from(digits);
        let (fraction, beyond) = fraction.split_at(fraction.len().min(digits));
        let up = match beyond.get(..6) {
            _ if beyond.is_empty() => 0,
            Some("000000") => 0,
            Some("999999") => 1,
            _ => return Err(AmountError::TooPrecise { digits }),
        };
        let joined = format!("{whole}{fraction:0<digits$}");
        let joined = if joined.is_empty() { "0" } else { &joined };
        let minor: i64 = joined.parse().map_err(|_| AmountError::TooLarge)?;
        let minor = minor.saturating_add(up);
        Ok(Self(if negative { -minor } else { minor }))
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Amount {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Something other than digits, a sign and one decimal point.
    #[error("is not a number")]
    NotANumber,
    /// More decimals than the currency has.
    #[error("has more than {digits} decimals")]
    TooPrecise {
        /// Decimals of the currency.
        digits: usize,
    },
    /// Does not fit 64 bits.
    #[error("is too large")]
    TooLarge,
}

/// The organisation's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// ISO 4217 code, such as `USD` or `CNY`.
    pub code: String,
    /// Decimals of the minor unit.
    pub digits: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_files_hold() {
        let cases = [
            ("42.52", Ok(4252)),
            ("60.0", Ok(6000)),
            ("-3", Ok(-300)),
            (" 1,204.5 ", Ok(120_450)),
            (".5", Ok(50)),
            ("0", Ok(0)),
            ("12.345", Err(AmountError::TooPrecise { digits: 2 })),
            ("12.340", Ok(1234)), // trailing zeros say nothing
            // What floats leave: a double's shortest digits, up and down, over a whole unit and below zero.
            ("7669.200000000001", Ok(766_920)),
            ("180.35999999999999", Ok(18_036)),
            ("867.5999999999999", Ok(86_760)),
            ("9.9999999999999", Ok(1_000)),
            ("-3570.4800000000005", Ok(-357_048)),
            ("12.34000001", Err(AmountError::TooPrecise { digits: 2 })), // a hundred-thousandth is no noise
            ("12.345000000001", Err(AmountError::TooPrecise { digits: 2 })),
            ("abc", Err(AmountError::NotANumber)),
            ("", Err(AmountError::NotANumber)),
            ("-", Err(AmountError::NotANumber)),
            ("99999999999999999999", Err(AmountError::TooLarge)),
        ];
        for (text, expect) in cases {
            assert_eq!(Amount::parse(text, 2).map(|a| a.0), expect, "{text:?}");
        }
    }
}
