//! How one value is read from text, whichever place the text came from.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::words::meant;

/// A type a configuration key may have.
pub(super) trait Setting: Sized {
    /// What the generated reference calls the type.
    const KIND: &'static str;

    /// Reads the value.
    ///
    /// # Errors
    /// Says what was expected, in words that follow "expected".
    fn parse(text: &str) -> Result<Self, String>;

    /// The value as a TOML literal, for the reference. It is asked of defaults only, none of which is a secret.
    fn show(&self) -> String;
}

impl Setting for String {
    const KIND: &'static str = "text";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "path";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
    fn show(&self) -> String {
        format!("{:?}", self.display().to_string())
    }
}

impl Setting for bool {
    const KIND: &'static str = "true or false";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("`true` or `false`{}", meant(text, &["true", "false"])))
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl Setting for $number {
            const KIND: &'static str = "whole number";
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("a whole number from 0 to {}", <$number>::MAX))
            }
            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
whole_numbers!(u16, u32, u64, usize);

impl Setting for SocketAddr {
    const KIND: &'static str = "address:port";
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "an address and port such as `127.0.0.1:8787` (port 0 takes a free one)".to_owned())
    }
    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Setting for Url {
    const KIND: &'static str = "URL";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|problem| format!("a URL ({problem})"))
    }
    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Setting for SecretString {
    const KIND: &'static str = "text, kept secret";
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text.to_owned()))
    }
    fn show(&self) -> String {
        format!("{:?}", self.expose_secret())
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::parse(text).map(Some) }
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "\"\"".to_owned(), T::show)
    }
}

/// A length of time written `250ms`, `30s`, `5m`, `24h`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span(pub Duration);

impl Span {
    /// A number of milliseconds.
    pub const fn millis(count: u64) -> Self {
        Self(Duration::from_millis(count))
    }

    /// A number of seconds.
    pub const fn secs(count: u64) -> Self {
        Self(Duration::from_secs(count))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        match millis {
            0 => write!(out, "0s"),
            _ if millis.is_multiple_of(3_600_000) => write!(out, "{}h", millis / 3_600_000),
            _ if millis.is_multiple_of(60_000) => write!(out, "{}m", millis / 60_000),
            _ if millis.is_multiple_of(1_000) => write!(out, "{}s", millis / 1_000),
            _ => write!(out, "{millis}ms"),
        }
    }
}

/// Splits `12ms` into `12` and `ms`.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim()))
}

impl Setting for Span {
    const KIND: &'static str = "time (ms, s, m, h)";
    fn parse(text: &str) -> Result<Self, String> {
        let expected = || "a time with its unit, such as `250ms`, `30s`, `5m` or `24h`".to_owned();
        let (number, unit) = number_and_unit(text).ok_or_else(expected)?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(expected()),
        };
        number.checked_mul(millis).map(Self::millis).ok_or_else(expected)
    }
    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

/// A size in bytes, written `512`, `64KiB`, `16MiB`, `1GiB`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size(pub u64);

impl Size {
    /// A number of KiB.
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// A number of MiB.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// The size as an in-memory length.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 > 0 && self.0.is_multiple_of(1 << shift) {
                return write!(out, "{}{unit}", self.0 >> shift);
            }
        }
        write!(out, "{}", self.0)
    }
}

impl Setting for Size {
    const KIND: &'static str = "size (bytes, KiB, MiB, GiB)";
    fn parse(text: &str) -> Result<Self, String> {
        let expected = || "a size such as `512`, `64KiB`, `16MiB` or `1GiB`".to_owned();
        let (number, unit) = number_and_unit(text).ok_or_else(expected)?;
        let factor = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(expected()),
        };
        number.checked_mul(factor).map(Self).ok_or_else(expected)
    }
    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_read_back_what_they_show() {
        for text in ["0s", "250ms", "30s", "5m", "24h"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
        for text in ["512", "64KiB", "16MiB", "1GiB"] {
            assert_eq!(Size::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_number_without_unit_is_no_time() {
        assert!(Span::parse("30").unwrap_err().contains("unit"));
        assert!(Span::parse("99999999999999999999h").is_err());
        assert!(Size::parse("1MB").is_err());
    }
}
