//! `adx member`: the people of a publisher, of whom the owners are some.

use adx_signing::Namespace;
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::proposal::{AsOwner, report};
use crate::App;
use crate::failure::Failure;

/// List, invite and remove the members of a publisher, give them other roles
#[derive(Subcommand)]
pub(crate) enum Member {
    /// List the members of a publisher, its owners among them
    List(List),
    /// Invite somebody, who accepts on the registry's page with an account
    Invite(Invite),
    /// Give a member another role: at once, or as a proposal where it makes or unmakes an owner
    Role(Change),
    /// Remove a member: at once, or as a proposal where it is an owner
    Remove(Remove),
}

/// Whose members
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// Whom to invite
#[derive(Args)]
pub(crate) struct Invite {
    /// What the member is to be (owners: `adx owner invite`)
    #[arg(long, value_enum)]
    role: Lesser,
    /// The name that the other members read
    #[arg(long)]
    name: String,
    /// The address that the code is sent to
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// Who becomes what
#[derive(Args)]
pub(crate) struct Change {
    /// The member's id, as `adx member list` prints it
    member: String,
    /// What it is to be
    #[arg(value_enum)]
    role: Role,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// Who goes
#[derive(Args)]
pub(crate) struct Remove {
    /// The member's id, as `adx member list` prints it
    member: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// What a member is.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Role {
    /// May all, and decides with the other owners
    Owner,
    /// Publishes
    Maintainer,
    /// Sees what is about money
    Billing,
    /// Sees what is not public
    Reader,
}

/// The roles that an owner gives alone.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Lesser {
    /// Publishes
    Maintainer,
    /// Sees what is about money
    Billing,
    /// Sees what is not public
    Reader,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Maintainer => "maintainer",
            Self::Billing => "billing",
            Self::Reader => "reader",
        }
    }
}

impl From<Lesser> for Role {
    fn from(role: Lesser) -> Self {
        match role {
            Lesser::Maintainer => Self::Maintainer,
            Lesser::Billing => Self::Billing,
            Lesser::Reader => Self::Reader,
        }
    }
}

impl Member {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Invite(command) => command.run(app).await,
            Self::Role(command) => command.run(app).await,
            Self::Remove(command) => command.run(app).await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let found = owner.get(&["members"]).await?;
        app.output.result(&found, |out| {
            let members = found["members"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            if members.is_empty() {
                writeln!(
                    out,
                    "{} has no members yet: an operator of the registry invites the first owner",
                    owner.publisher
                )?;
            }
            for member in members {
                let text = |name: &str| member[name].as_str().unwrap_or_default();
                let email = member["email"].as_str().map(|email| format!(" <{email}>")).unwrap_or_default();
                writeln!(out, "{}  {}  {}  {}{email}", text("id"), text("role"), text("state"), text("name"))?;
            }
            Ok(())
        })
    }
}

impl Invite {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let invitation = json!({ "role": Role::from(self.role).as_str(), "name": self.name, "email": self.email });
        let invited = owner.send(&["members"], &invitation).await?;
        app.output.result(&invited, |out| {
            writeln!(out, "{} is sent a link, and accepts with an account of the registry", self.name)?;
            writeln!(out, "next: adx member list {}", owner.publisher)
        })
    }
}

impl Change {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let role = self.role.as_str();
        let changed = owner.put(&["members", &self.member, "role"], &json!({ "role": role })).await;
        if changed.as_ref().is_err_and(owners_decide) {
            let action = json!({ "kind": "change-role", "member": self.member, "role": role });
            return propose(app, &owner, action).await;
        }
        let changed = changed?;
        app.output.result(&changed, |out| {
            let name = changed["name"].as_str().unwrap_or_default();
            writeln!(out, "{name} is {role} in {}; tokens that it made before count no more", owner.publisher)
        })
    }
}

impl Remove {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let removed = owner.send_repeatable(Method::DELETE, &["members", &self.member]).await;
        if removed.as_ref().is_err_and(owners_decide) {
            return propose(app, &owner, json!({ "kind": "remove-owner", "owner": self.member })).await;
        }
        removed?;
        let document = json!({ "member": self.member, "publisher": owner.publisher.to_string(), "state": "removed" });
        app.output.result(&document, |out| {
            writeln!(out, "{} is no member of {} any more, and its tokens count no more", self.member, owner.publisher)
        })
    }
}

fn owners_decide(failure: &Failure) -> bool {
    failure.is("owners-decide")
}

async fn propose(app: &App, owner: &AsOwner, action: Value) -> Result<(), Failure> {
    let proposal = owner.propose(action).await?;
    app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
}
