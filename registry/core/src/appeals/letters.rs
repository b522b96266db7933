//! Letters about appeals: to operators that one waits, to owners or the person who appealed what was decided.

use super::subject::describe;
use super::{Appeal, AppealState, Appellant};
use crate::account::Account;
use crate::ports::{Message, Reader, StoreError};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Subject and text of a letter to an operator; nothing where somebody decided meanwhile. `page` is where it is seen.
pub(crate) async fn of_operators(
    reader: &mut dyn Reader,
    appeal: Id<Appeal>,
    page: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(appeal) = reader.appeal(appeal).await?.filter(|appeal| appeal.state == AppealState::Open) else {
        return Ok(None);
    };
    let (title, who) = match appeal.appellant {
        Appellant::Publisher(publisher) => match reader.publisher(publisher).await? {
            Some(publisher) => (publisher.namespace.to_string(), format!("`{}`", publisher.namespace)),
            None => return Ok(None),
        },
        Appellant::Account(_) => ("Somebody".to_owned(), "The person who asked for it".to_owned()),
    };
    let what = describe(reader, &appeal.subject).await?;
    let text = format!(
        "{who} appeals against what was decided about {what}.\n\nLook at it at {page}, or on the registry's machine:\n\n    \
         adx-registry admin appeal list\n",
    );
    Ok(Some((format!("{title} appeals"), text)))
}

/// Subject and text of a letter to an owner.
pub(crate) async fn of_owners(
    reader: &mut dyn Reader,
    appeal: Id<Appeal>,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(appeal) = reader.appeal(appeal).await? else { return Ok(None) };
    let Appellant::Publisher(publisher) = appeal.appellant else { return Ok(None) };
    let Some(publisher) = reader.publisher(publisher).await? else { return Ok(None) };
    let because = format!("you are an owner of `{}`", publisher.namespace);
    of_decision(reader, &appeal, &because).await
}

/// Writes and sends the letter to the person who appealed. Whoever has no account any more gets none.
#[tracing::instrument(name = "appellant.notify", skip_all, fields(%appeal))]
pub(crate) async fn tell_appellant(ports: &Ports, appeal: Id<Appeal>) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let Some(appeal) = reader.appeal(appeal).await? else { return Ok(()) };
    let Appellant::Account(account) = appeal.appellant else { return Ok(()) };
    let account = reader.account(account).await?.filter(Account::is_active);
    let Some(to) = account.and_then(|account| account.email) else { return Ok(()) };
    let letter = of_decision(&mut *reader, &appeal, "you appealed").await?;
    drop(reader);
    let Some((subject, text)) = letter else { return Ok(()) };
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}

/// Subject and text about what was decided; nothing where it waits.
async fn of_decision(
    reader: &mut dyn Reader,
    appeal: &Appeal,
    because: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(decided) = &appeal.decided else { return Ok(None) };
    let what = describe(reader, &appeal.subject).await?;
    let (title, body) = match appeal.state {
        AppealState::Granted => ("granted", "has granted it: what was decided before is undone"),
        AppealState::Denied => ("denied", "has denied it: what was decided before stays"),
        AppealState::Open => return Ok(None),
    };
    let text = format!(
        "Appeal about: {what}\n\nAn operator {body}. Why: {}.\n\nYou get this letter because {because}.\n",
        decided.reason
    );
    Ok(Some((format!("Your appeal about {what} is {title}"), text)))
}
