//! `adx-registry admin link` and `adx-registry admin account`: the people who have accounts.

use adx_registry_core::{
    Id,
    account::Account,
    accounts::{
        disable_on_the_machine, enable_on_the_machine, list_on_the_machine, make_operator_link_on_the_machine,
        set_operator_on_the_machine,
    },
    ports::Address,
    reason::Reason,
};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// List the accounts, with their addresses
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Sign a person out everywhere and let them in no more
    Disable {
        /// The account's id
        account: Id<Account>,
        /// Why, in one line that operators are shown [default: nobody says]
        #[arg(long, value_name = "TEXT")]
        reason: Option<Reason>,
        #[command(flatten)]
        common: Common,
    },
    /// Let a person in again
    Enable {
        /// The account's id
        account: Id<Account>,
        #[command(flatten)]
        common: Common,
    },
    /// Make a person an operator; signed out everywhere, and an operator from the next time on
    MakeOperator {
        /// The account's id
        account: Id<Account>,
        #[command(flatten)]
        common: Common,
    },
    /// Make an operator a person like any other; operators' tokens are left as they are
    UnmakeOperator {
        /// The account's id
        account: Id<Account>,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: AccountCommand) -> Result<()> {
    match command {
        AccountCommand::List { common } => list(&common).await,
        AccountCommand::Disable { account, reason, common } => disable(account, reason.as_ref(), &common).await,
        AccountCommand::Enable { account, common } => enable(account, &common).await,
        AccountCommand::MakeOperator { account, common } => set_operator(account, true, &common).await,
        AccountCommand::UnmakeOperator { account, common } => set_operator(account, false, &common).await,
    }
}

pub(super) async fn link(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let made = make_operator_link_on_the_machine(&ports).await;
    ports.store.close().await;
    let code = made.context("no link was made")?;
    let page = ports.operator_page(&code);
    show(
        common,
        &json!({ "link": page, "code": code.expose() }),
        &format!(
            "whoever opens this within 24 hours becomes an operator, once, with a new account or the one they are signed in with:\n\n    {page}\n"
        ),
    )
}

async fn list(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let mut accounts = Vec::new();
    let mut after = None;
    loop {
        let page = list_on_the_machine(&ports, after).await.context("the accounts cannot be read")?;
        accounts.extend(page.accounts);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let rows = accounts.iter().map(row).collect::<Vec<Value>>();
    show(common, &json!({ "accounts": rows }), &accounts.iter().map(line).collect::<String>())
}

async fn disable(account: Id<Account>, reason: Option<&Reason>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let changed = disable_on_the_machine(&ports, account, reason).await;
    ports.store.close().await;
    let changed = changed.with_context(|| format!("the account {account} is as it was"))?;
    show(common, &row(&changed), &format!("the account {account} is signed out everywhere, and let in no more\n"))
}

async fn enable(account: Id<Account>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let changed = enable_on_the_machine(&ports, account).await;
    ports.store.close().await;
    let changed = changed.with_context(|| format!("the account {account} is as it was"))?;
    show(common, &row(&changed), &format!("the account {account} may sign in again\n"))
}

async fn set_operator(account: Id<Account>, is_operator: bool, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let changed = set_operator_on_the_machine(&ports, account, is_operator).await;
    ports.store.close().await;
    let changed = changed.with_context(|| format!("the account {account} is as it was"))?;
    let words = if is_operator { "is an operator's" } else { "is no operator's" };
    show(common, &row(&changed), &format!("the account {account} {words}\n"))
}

fn row(account: &Account) -> Value {
    json!({
        "id": account.id,
        "email": account.email.as_ref().map(Address::as_str),
        "name": account.name,
        "state": account.state.as_str(),
        "is_operator": account.is_operator,
    })
}

fn line(account: &Account) -> String {
    let name = account.name.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let email = account.email.as_ref().map_or("-", Address::as_str);
    let operator = if account.is_operator { "  operator" } else { "" };
    format!("{}  {:<10}  {email}  {name}{operator}\n", account.id, account.state.as_str())
}
