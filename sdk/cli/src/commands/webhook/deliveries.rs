//! What a webhook was sent, and sending it once more.

use std::io::{self, Write};

use adx_signing::UtcSecond;
use clap::Args;
use serde_json::{Value, json};

use super::{Which, about, path, text};
use crate::App;
use crate::failure::Failure;
use crate::output::counted;

/// What was sent to which webhook
#[derive(Args)]
pub(crate) struct Deliveries {
    #[command(flatten)]
    which: Which,
    /// At most so many, 1 to 100
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Those before: what the page before named at its end
    #[arg(long, value_name = "DELIVERY")]
    before: Option<String>,
}

/// What is sent once more, with the ids that it had: receivers can tell that they had it
#[derive(Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    what: Replayed,
}

/// One of the two.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Replayed {
    /// One delivery: its id, as `adx webhook deliveries` prints it
    #[arg(long, value_name = "DELIVERY")]
    delivery: Option<String>,
    /// All that were made from then on and are kept, such as 2030-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<UtcSecond>,
}

impl Deliveries {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let (owner, id) = self.which.open(app)?;
        let limit = self.limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        query.extend(self.before.as_deref().map(|before| ("before", before)));
        let found = owner.get_elsewhere(&path(&[&id, "deliveries"]), &query).await;
        let found = found.map_err(|failure| about(failure, &owner, &id))?;
        app.output.result(&found, |out| {
            let deliveries = found["deliveries"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            if deliveries.is_empty() {
                return writeln!(out, "nothing was sent yet: adx webhook ping {id}");
            }
            deliveries.iter().try_for_each(|delivery| line(out, delivery))?;
            match found["next"].as_str() {
                Some(next) => writeln!(
                    out,
                    "there are older ones: adx webhook deliveries {id} --publisher {} --before {next}",
                    owner.publisher
                ),
                None => Ok(()),
            }
        })
    }
}

impl Replay {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let (owner, id) = self.which.open(app)?;
        let body = match self.what {
            Replayed { delivery: Some(delivery), .. } => json!({ "delivery": delivery }),
            Replayed { since, .. } => json!({ "since": since }),
        };
        let sent = owner.send_once_elsewhere(&path(&[&id, "replay"]), Some(&body)).await;
        let sent = sent.map_err(|failure| about(failure, &owner, &id))?;
        app.output.result(&sent, |out| {
            match sent["deliveries"].as_u64().unwrap_or_default() {
                1 => writeln!(out, "1 delivery is sent once more")?,
                number => writeln!(out, "{number} deliveries are sent once more")?,
            }
            writeln!(out, "next: adx webhook deliveries {id} --publisher {}", owner.publisher)
        })
    }
}

/// What was sent, how far it is, and what was answered last.
fn line(out: &mut dyn Write, delivery: &Value) -> io::Result<()> {
    let word = |name| text(delivery, name);
    write!(out, "{}  {}  {}  {}", word("created_at"), word("id"), word("event"), word("state"))?;
    let attempts = delivery["attempts"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if let Some(last) = attempts.first() {
        let milliseconds = last["duration_ms"].as_u64().unwrap_or_default();
        match last["status"].as_u64() {
            Some(status) => write!(out, ": answered {status} in {milliseconds} ms")?,
            None => write!(out, ": {}", text(last, "error"))?,
        }
        if attempts.len() > 1 {
            write!(out, ", after {}", counted(attempts.len() as u64, "attempt"))?;
        }
    }
    match word("next_at") {
        "" => writeln!(out),
        next => writeln!(out, ", again at {next}"),
    }
}
