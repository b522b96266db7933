//! The letter to the person who asked for a namespace that was held: what an operator decided.

use adx_signing::name::Namespace;

use super::admit::PROMISED;
use super::{HeldName, HeldState, NewName};
use crate::account::Account;
use crate::ports::{Message, StoreError};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Whether it is this person who is told what is decided of a held name.
///
/// # Errors
/// [`StoreError`]
pub async fn is_told_of(ports: &Ports, account: Id<Account>, name: Id<HeldName>) -> Result<bool, StoreError> {
    Ok(ports.store.read().await?.asker_of(name).await? == Some(account))
}

/// Writes and sends the letter. Whoever has no account any more gets none; nor is told what was decided otherwise meanwhile.
#[tracing::instrument(name = "asker.notify", skip_all, fields(%name, allowed))]
pub(crate) async fn tell_asker(ports: &Ports, name: Id<HeldName>, allowed: bool) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let Some(held) = reader.held_name(name).await? else { return Ok(()) };
    let Some(asker) = reader.asker_of(name).await? else { return Ok(()) };
    let account = reader.account(asker).await?.filter(Account::is_active);
    let Some(to) = account.and_then(|account| account.email) else { return Ok(()) };
    drop(reader);
    let NewName::Namespace(namespace) = &held.name else { return Ok(()) };
    let decided = if allowed { HeldState::Allowed } else { HeldState::Refused };
    if held.state != decided {
        return Ok(());
    }
    let (subject, text) = letter(namespace, &held);
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}

fn letter(namespace: &Namespace, held: &HeldName) -> (String, String) {
    let HeldName { likeness, resembles, .. } = held;
    let (title, outcome) = if held.state == HeldState::Allowed {
        let days = PROMISED.whole_days();
        let outcome = format!(
            "An operator has allowed it. Ask for it again, as you did, within {days} days: so long it is kept for you."
        );
        ("may be taken", outcome)
    } else {
        let reason = held.reason.as_deref().unwrap_or("no reason was given");
        ("may not be taken", format!("An operator has refused it: {reason}.\n\nChoose another name."))
    };
    let text = format!(
        "Namespace: {namespace}\n\nThis name {likeness} {resembles}, so it was held.\n\n{outcome}\n\n\
         You get this letter because you asked for it.\n"
    );
    (format!("{namespace} {title}"), text)
}
