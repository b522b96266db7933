//! What an agent does by itself with an installed module: whether it updates it, and along which channel.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// Flags of `adx install` and `adx update`.
#[derive(Args, Clone, Copy)]
pub(crate) struct Policy {
    /// Whether the agent installs new versions as they appear
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    auto_update: Option<Switch>,
    /// Which versions it follows: releases, or pre-releases too
    #[arg(long, value_enum, value_name = "stable|beta", hide_possible_values = true)]
    channel: Option<Channel>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Channel {
    Stable,
    Beta,
}

impl Policy {
    /// Whether any of it was given.
    pub(crate) fn is_given(self) -> bool {
        self.auto_update.is_some() || self.channel.is_some()
    }

    /// The channel that was given, as the agent calls it.
    pub(crate) fn channel(self) -> Option<&'static str> {
        self.channel.map(|channel| if channel == Channel::Beta { "beta" } else { "stable" })
    }

    /// Adds what was given to a request.
    pub(crate) fn put_into(self, body: &mut Value) {
        if let Some(switch) = self.auto_update {
            body["auto_update"] = json!(switch == Switch::On);
        }
        if let Some(channel) = self.channel() {
            body["channel"] = json!(channel);
        }
    }
}

/// What an installation wants and does by itself, in words.
pub(crate) fn describe(installation: &Value) -> String {
    let requirement = installation["requirement"].as_str().unwrap_or("*");
    let versions = if requirement == "*" { "any version".to_owned() } else { requirement.to_owned() };
    let channel = if installation["channel"] == "beta" { " (beta)" } else { "" };
    let switch = if installation["auto_update"] == true { "on" } else { "off" };
    format!("{versions}{channel}, auto-update {switch}")
}
