//! Letters about names that are held: to operators that some wait, to the person who asked for a namespace what was decided.

use adx_signing::name::Namespace;

use super::admit::PROMISED;
use super::{HeldName, HeldState, MAX_HELD_NAMES, NewName};
use crate::account::Account;
use crate::ports::{Message, Reader, StoreError};
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
    let (subject, text) = letter(namespace, &held, &ports.page("account/appeals"));
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}

/// Most names that a letter to operators lists.
const MOST_LISTED: usize = 10;

/// Subject and text of a letter to an operator about all names that wait, the first ones listed; nothing where none waits any more. `page` is
/// where they are seen.
pub(crate) async fn of_operators(reader: &mut dyn Reader, page: &str) -> Result<Option<(String, String)>, StoreError> {
    let held = reader.held_names(HeldState::Held, None, MAX_HELD_NAMES + 1).await?;
    if held.is_empty() {
        return Ok(None);
    }
    let count = match held.len() {
        1 => "A new name resembles another, and waits".to_owned(),
        all if all > MAX_HELD_NAMES as usize => {
            format!("More than {MAX_HELD_NAMES} new names resemble others, and wait")
        }
        all => format!("{all} new names resemble others, and wait"),
    };
    let line = |held: &HeldName| format!("    {} {} {}\n", held.name, held.likeness, held.resembles);
    let listed: String = held.iter().take(MOST_LISTED).map(line).collect();
    let more = if held.len() > MOST_LISTED { "    and others\n" } else { "" };
    let text = format!(
        "{count} for an operator:\n\n{listed}{more}\nLook at them at {page}, or on the registry's machine:\n\n    \
         adx-registry admin names list\n\nThose that come within the same hour are in one letter.\n"
    );
    Ok(Some(("New names wait for an operator".to_owned(), text)))
}

/// Subject and text of a letter to whoever asked; `appeals` is where one appeals.
fn letter(namespace: &Namespace, held: &HeldName, appeals: &str) -> (String, String) {
    let HeldName { likeness, resembles, .. } = held;
    let (title, outcome) = if held.state == HeldState::Allowed {
        let days = PROMISED.whole_days();
        let outcome = format!(
            "An operator has allowed it. Ask for it again, as you did, within {days} days: so long it is kept for you."
        );
        ("may be taken", outcome)
    } else {
        let reason = held.reason.as_deref().unwrap_or("no reason was given");
        (
            "may not be taken",
            format!(
                "An operator has refused it: {reason}.\n\nChoose another name, or say why it should be yours, at {appeals}."
            ),
        )
    };
    let text = format!(
        "Namespace: {namespace}\n\nThis name {likeness} {resembles}, so it was held.\n\n{outcome}\n\n\
         You get this letter because you asked for it.\n"
    );
    (format!("{namespace} {title}"), text)
}
