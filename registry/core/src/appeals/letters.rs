//! Letters about appeals: to operators that one waits, to owners what was decided.

use super::subject::describe;
use super::{Appeal, AppealState};
use crate::Id;
use crate::ports::{Reader, StoreError};

/// Subject and text of a letter to an operator; nothing where somebody decided meanwhile.
pub(crate) async fn of_operators(
    reader: &mut dyn Reader,
    appeal: Id<Appeal>,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(appeal) = reader.appeal(appeal).await?.filter(|appeal| appeal.state == AppealState::Open) else {
        return Ok(None);
    };
    let Some(publisher) = reader.publisher(appeal.publisher).await? else { return Ok(None) };
    let what = describe(reader, &appeal.subject).await?;
    let text = format!(
        "`{}` appeals against what was decided about {what}.\n\nLook at it, on the registry's machine:\n\n    adx-registry \
         admin appeal list\n",
        publisher.namespace
    );
    Ok(Some((format!("{} appeals", publisher.namespace), text)))
}

/// Subject and text of a letter to an owner.
pub(crate) async fn of_owners(
    reader: &mut dyn Reader,
    appeal: Id<Appeal>,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(appeal) = reader.appeal(appeal).await? else { return Ok(None) };
    let Some(publisher) = reader.publisher(appeal.publisher).await? else { return Ok(None) };
    let Some(decided) = &appeal.decided else { return Ok(None) };
    let what = describe(reader, &appeal.subject).await?;
    let (title, body) = match appeal.state {
        AppealState::Granted => ("granted", "has granted it: what was decided before is undone"),
        AppealState::Denied => ("denied", "has denied it: what was decided before stays"),
        AppealState::Open => return Ok(None),
    };
    let text = format!(
        "Appeal about: {what}\n\nAn operator {body}. Why: {}.\n\nYou get this letter because you are an owner of `{}`.\n",
        decided.reason, publisher.namespace
    );
    Ok(Some((format!("Your appeal about {what} is {title}"), text)))
}
