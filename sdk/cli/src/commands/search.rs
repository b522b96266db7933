//! `adx search`: find modules.

use clap::{Args, ValueEnum};
use owo_colors::OwoColorize as _;
use serde_json::Value;

use crate::App;
use crate::failure::Failure;

/// Find modules
#[derive(Args)]
pub(crate) struct Search {
    /// What to look for; nothing lists everything
    words: Vec<String>,
    /// Only of these categories, parted by commas
    #[arg(long)]
    category: Option<String>,
    /// Only with one of these tags, parted by commas
    #[arg(long)]
    tag: Option<String>,
    /// Only what is paid for in one of these ways, parted by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    price: Vec<Price>,
    /// Only of these publishers, parted by commas
    #[arg(long)]
    publisher: Option<String>,
    /// Only of verified publishers
    #[arg(long)]
    verified: bool,
    /// Only what runs on this version of the platform
    #[arg(long, value_name = "VERSION")]
    platform: Option<String>,
    /// In this order
    #[arg(long, value_name = "ORDER")]
    sort: Option<Sort>,
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Where the page before ended (its `next_cursor`)
    #[arg(long)]
    cursor: Option<String>,
}

/// How it is paid for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Price {
    /// Not at all
    Free,
    /// Once
    OneTime,
    /// Again and again
    Subscription,
}

impl Price {
    const fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::OneTime => "one-time",
            Self::Subscription => "subscription",
        }
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    /// Best match first
    Relevance,
    /// Latest first release first
    New,
    /// Latest release first
    Updated,
    /// By name
    Name,
}

impl Sort {
    const fn word(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::New => "new",
            Self::Updated => "updated",
            Self::Name => "name",
        }
    }
}

impl Search {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let words = self.words.join(" ");
        let limit = self.limit.to_string();
        let price = self.price.iter().map(|price| price.word()).collect::<Vec<_>>().join(",");
        let mut query = vec![("q", words.as_str()), ("limit", limit.as_str())];
        let filters = [
            ("category", self.category.as_deref()),
            ("tag", self.tag.as_deref()),
            ("price", Some(price.as_str()).filter(|price| !price.is_empty())),
            ("publisher", self.publisher.as_deref()),
            ("verified", self.verified.then_some("true")),
            ("platform", self.platform.as_deref()),
        ];
        let is_filtered = filters.iter().any(|(_, value)| value.is_some());
        let others = [("sort", self.sort.map(Sort::word)), ("cursor", self.cursor.as_deref())];
        query.extend(filters.into_iter().chain(others).filter_map(|(name, value)| Some((name, value?))));
        let found = app.registry()?.get(&["api", "v1", "search"], &query).await?;
        app.output.result(&found, |out| {
            let hits = found["hits"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            for hit in hits {
                let text = |name: &str| hit[name].as_str().unwrap_or_default();
                writeln!(out, "{} {}  {}", text("module").bold(), text("latest").green(), text("description"))?;
            }
            if hits.is_empty() {
                match (words.as_str(), is_filtered) {
                    ("", false) => writeln!(out, "nothing is published there yet")?,
                    ("", true) => writeln!(out, "nothing is of what these filters ask for")?,
                    (words, false) => writeln!(out, "nothing found for `{words}`")?,
                    (words, true) => writeln!(out, "nothing found for `{words}` of what these filters ask for")?,
                }
            }
            if let Some(meant) = found["did_you_mean"].as_str() {
                writeln!(out, "did you mean `{meant}`?")?;
            }
            match found["next_cursor"].as_str() {
                Some(cursor) => writeln!(out, "{} of {}; more with --cursor {cursor}", hits.len(), found["total"]),
                None => Ok(()),
            }
        })
    }
}
