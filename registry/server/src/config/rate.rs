//! How often something may be done.

use std::{fmt, time::Duration};

use super::{setting::Setting, words::meant};

/// So many in so long, at once or spread, written `5/s`, `60/min`, `1000/h`; `off` for no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    count: u32,
    window: Window,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Window {
    Second,
    Minute,
    Hour,
}

impl Window {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    const fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }

    const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }
}

impl Rate {
    /// So many a minute.
    pub(super) const fn per_minute(count: u32) -> Self {
        Self { count, window: Window::Minute }
    }

    /// So many times as many.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self { count: self.count.saturating_mul(factor), window: self.window }
    }

    /// How many; 0 for no limit.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// In how long.
    pub const fn window(self) -> Duration {
        Duration::from_secs(self.window.seconds())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 => out.write_str("off"),
            count => write!(out, "{count}/{}", self.window.word()),
        }
    }
}

impl Setting for Rate {
    const KIND: &'static str = "rate (5/s, 60/min, 1000/h, off)";

    fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("a rate such as `5/s`, `60/min`, `1000/h`, or `off`{}", meant(text, &["off"]));
        if text == "off" {
            return Ok(Self { count: 0, window: Window::Minute });
        }
        let (count, word) = text.split_once('/').ok_or_else(expected)?;
        let window = Window::ALL.into_iter().find(|window| window.word() == word).ok_or_else(expected)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(expected)?;
        Ok(Self { count, window })
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_back_what_they_show() {
        for text in ["5/s", "60/min", "1000/h", "off"] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "0/min", "60", "60/day", "-1/s", "1.5/s", "OFF"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }
}
