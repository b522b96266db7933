//! The commands, one file each.

mod activate;
mod advisory;
mod appeal;
mod approve;
mod audit;
mod build;
mod bundle;
mod buy;
mod call;
mod completions;
mod config;
mod delete;
mod deprecate;
mod domain;
mod grants;
mod info;
mod install;
mod key;
mod licence;
mod list;
mod login;
mod logout;
mod member;
mod mirror;
mod new;
mod operation;
mod order;
mod owner;
mod pack;
mod proposal;
mod publish;
mod report;
mod search;
mod submissions;
mod tenant;
mod token;
mod trusted_publisher;
mod uninstall;
mod update;
mod verify;
mod webhook;
mod yank;

use clap::Subcommand;

pub(crate) use list::{away_from_stopped, waiting};

use crate::App;
use crate::failure::Failure;

/// People who are owners by an account have no token that decides.
const WITH_AN_ACCOUNT: &str = "\
With an account, sign in at REGISTRY/account/publishers/NAMESPACE and do it there. Commands need the token of an owner, which
`adx owner accept CODE` keeps.";

/// What `adx` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start a module in a new folder
    New(new::New),
    /// Compile a module to a component
    Build(build::Build),
    /// Check a module and write its package
    Pack(pack::Pack),
    /// Make, show and hand over signing keys; register, add, list and remove a publisher's
    #[command(subcommand)]
    Key(key::Key),
    /// List, invite and remove the owners of a publisher, become one, say how many decide
    #[command(subcommand, after_help = WITH_AN_ACCOUNT)]
    Owner(owner::Owner),
    /// List, invite and remove the members of a publisher, give them other roles
    #[command(subcommand, after_help = WITH_AN_ACCOUNT)]
    Member(member::Member),
    /// Show by a record in the DNS which domain a publisher holds
    #[command(subcommand)]
    Domain(domain::Domain),
    /// Look at what a publisher's owners decide together, approve it, object to it
    #[command(subcommand, after_help = WITH_AN_ACCOUNT)]
    Proposal(proposal::Proposal),
    /// Keep the token of a registry or an agent
    Login(login::Login),
    /// Forget the token of a registry or an agent
    Logout(logout::Logout),
    /// List, make, renew and revoke the tokens of a publisher
    #[command(subcommand)]
    Token(token::Token),
    /// List, add and remove workflows whose runs may publish; say whether only those may
    #[command(subcommand)]
    TrustedPublisher(trusted_publisher::TrustedPublisher),
    /// Have a publisher's events sent to an address, look at what was sent, send it once more
    #[command(subcommand, after_help = WITH_AN_ACCOUNT)]
    Webhook(webhook::Webhook),
    /// Sign a package and publish it
    Publish(publish::Publish),
    /// Look at versions that were sent: what checks found, what waits for an operator
    #[command(subcommand)]
    Submissions(submissions::Submissions),
    /// Withdraw a published version from new installations, or take that back
    Yank(yank::Yank),
    /// Advise against a module of yours, or some of its versions, or take that back
    Deprecate(deprecate::Deprecate),
    /// Delete a module of yours, or propose to give up a namespace without modules
    #[command(after_help = WITH_AN_ACCOUNT)]
    Delete(delete::Delete),
    /// Find modules
    Search(search::Search),
    /// Show a module
    Info(info::Info),
    /// Check modules against the advisories of their registry
    Audit(audit::Audit),
    /// List and show advisories; publish one about a module of yours, change it, withdraw it
    #[command(subcommand)]
    Advisory(advisory::Advisory),
    /// Tell the operators of the registry what is wrong with a module
    Report(report::Report),
    /// Say something against what the operators of the registry decided, and see what they answered
    #[command(subcommand)]
    Appeal(appeal::Appeal),
    /// Prove step by step that a package may be trusted
    Verify(verify::Verify),
    /// Fetch licences, give them to an agent, look at them, verify them
    #[command(subcommand)]
    Licence(licence::Licence),
    /// Make or update a copy of a registry, for any static file host
    Mirror(mirror::Mirror),
    /// Put modules and their proofs into one file, for a machine without a network
    Bundle(bundle::Bundle),
    /// Install a module for a tenant
    Install(install::Install),
    /// Let an installed module answer calls
    Activate(activate::Activate),
    /// Let an installed module rest; its data stays
    Deactivate(activate::Deactivate),
    /// List what a tenant has installed
    List(list::List),
    /// Call an activity of an installed module
    Call(call::Call),
    /// Show or change what a tenant grants to a module
    Grants(grants::Grants),
    /// Read or change a tenant's settings of a module
    #[command(subcommand)]
    Config(config::Config),
    /// Update an installed module
    Update(update::Update),
    /// Put an installed module back to the version before
    Rollback(update::Rollback),
    /// Remove an installed module
    Uninstall(uninstall::Uninstall),
    /// Let a security fix past a tenant's cooldown
    Approve(approve::Approve),
    /// Order a module for a tenant
    Buy(buy::Buy),
    /// Look at what was ordered for a tenant, approve or refuse what others ask for, cancel it
    #[command(subcommand)]
    Order(order::Order),
    /// Tenants of an agent, their tokens and cooldowns; tenants of a registry, for whom modules are bought
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Look at what an agent does or did
    #[command(subcommand)]
    Operation(operation::Operation),
    /// Print completions for a shell
    Completions(completions::Completions),
}

impl Command {
    /// Runs it. `whole` describes the whole command line, for completions.
    pub(crate) async fn run(self, app: &App, whole: fn() -> clap::Command) -> Result<(), Failure> {
        match self {
            Self::New(command) => command.run(app),
            Self::Build(command) => command.run(app),
            Self::Pack(command) => command.run(app),
            Self::Key(command) => command.run(app).await,
            Self::Owner(command) => command.run(app).await,
            Self::Member(command) => command.run(app).await,
            Self::Domain(command) => command.run(app).await,
            Self::Proposal(command) => command.run(app).await,
            Self::Login(command) => command.run(app).await,
            Self::Logout(command) => command.run(app),
            Self::Token(command) => command.run(app).await,
            Self::TrustedPublisher(command) => command.run(app).await,
            Self::Webhook(command) => command.run(app).await,
            Self::Publish(command) => command.run(app).await,
            Self::Submissions(command) => command.run(app).await,
            Self::Yank(command) => command.run(app).await,
            Self::Deprecate(command) => command.run(app).await,
            Self::Delete(command) => command.run(app).await,
            Self::Audit(command) => command.run(app).await,
            Self::Advisory(command) => command.run(app).await,
            Self::Report(command) => command.run(app).await,
            Self::Appeal(command) => command.run(app).await,
            Self::Search(command) => command.run(app).await,
            Self::Info(command) => command.run(app).await,
            Self::Verify(command) => command.run(app).await,
            Self::Licence(command) => command.run(app).await,
            Self::Mirror(command) => command.run(app).await,
            Self::Bundle(command) => command.run(app).await,
            Self::Install(command) => command.run(app).await,
            Self::Activate(command) => command.run(app).await,
            Self::Deactivate(command) => command.run(app).await,
            Self::List(command) => command.run(app).await,
            Self::Call(command) => command.run(app).await,
            Self::Grants(command) => command.run(app).await,
            Self::Config(command) => command.run(app).await,
            Self::Update(command) => command.run(app).await,
            Self::Rollback(command) => command.run(app).await,
            Self::Uninstall(command) => command.run(app).await,
            Self::Approve(command) => command.run(app).await,
            Self::Buy(command) => command.run(app).await,
            Self::Order(command) => command.run(app).await,
            Self::Tenant(command) => command.run(app).await,
            Self::Operation(command) => command.run(app).await,
            Self::Completions(command) => command.run(whole),
        }
    }
}
