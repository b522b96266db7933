//! The words of letters to owners: plain text, without secrets. Names in it are of one line (see
//! [`OwnerName`](crate::owner::OwnerName)), everything else is ours.

use adx_signing::key::{KeyId, KeyPurpose};
use adx_signing::key_change::Change;
use adx_signing::name::{ModuleId, Namespace};
use adx_signing::tuf::control::RevokedKey;
use adx_signing::utc::UtcSecond;

use crate::Id;
use crate::job::ProposalStep;
use crate::members::{Member, Role};
use crate::names::{HeldName, HeldState};
use crate::owner::OwnerName;
use crate::proposal::{Proposal, ProposedAction};
use crate::trusted::PublishingSwitch;
use crate::webhooks::Webhook;

/// Subject and text about a proposal. `registry` ends every command; `page` is where owners with an account do the same.
pub(super) fn of_proposal(
    namespace: &Namespace,
    proposal: &Proposal,
    owners: &[Member],
    step: ProposalStep,
    registry: &str,
    page: &str,
) -> (String, String) {
    let (id, what) = (proposal.id, words(&proposal.action, owners));
    let by = name(owners, proposal.opened_by);
    let object = format!("If you object:\n\n    adx proposal cancel {namespace} {id}{registry}\n");
    let (title, body) = match step {
        ProposalStep::Opened => {
            let until = UtcSecond::from(proposal.expires_at);
            let object = if proposal.action.is_stopped_by_any() { format!("\n{object}") } else { String::new() };
            (
                "proposed",
                format!(
                    "{by} proposes to {what}.\n\nIf you approve, until {until}:\n\n    \
                     adx proposal approve {namespace} {id}{registry}\n{object}"
                ),
            )
        }
        ProposalStep::Announced => {
            let when = proposal.effective_at.map(UtcSecond::from).map_or_else(String::new, |at| format!(" at {at}"));
            let leaf = proposal.announced_leaf.map_or_else(String::new, |leaf| format!(", in leaf {leaf} of the log"));
            (
                "announced",
                format!("Enough owners approved to {what}.\nIt is announced{leaf}, and made{when}.\n\n{object}"),
            )
        }
        ProposalStep::Cancelled => {
            let canceller =
                proposal.cancelled_by.map_or_else(String::new, |owner| format!(" by {}", name(owners, owner)));
            ("cancelled", format!("The proposal of {by} to {what} was cancelled{canceller}.\n"))
        }
        ProposalStep::Done => ("done", format!("What {by} proposed and enough owners approved is done: to {what}.\n")),
        ProposalStep::Failed => {
            let failure = proposal.failure.as_deref().unwrap_or("unknown");
            ("failed", format!("What {by} proposed could not be done:\nto {what}.\n\nWhy not: {failure}.\n"))
        }
    };
    let text = format!(
        "Namespace: {namespace}\n\n{body}\nEverything about it:\n\n    adx proposal show {namespace} {id}{registry}\n\n\
         With an account, all of this is done at {page}\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: {title}"), text)
}

/// Subject and text about a key that was added or removed by another one.
pub(super) fn of_key(namespace: &Namespace, what: &str) -> (String, String) {
    let text = format!(
        "Namespace: {namespace}\n\nBy somebody who holds a key of the namespace, or a token for its first, {what}.\n\n\
         If that was none of you, a key is stolen. Agree with the other owners to add one of yours and to remove the\n\
         stolen one: `adx key recover --help`. What it signs meanwhile is believed; tell the registry's operator, who can\n\
         revoke it at once.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: {what}"), text)
}

/// Subject and text about a key that an operator put on the kill list. `registry` ends every command.
pub(super) fn of_revoked_key(
    namespace: &Namespace,
    key: KeyId,
    RevokedKey { from_leaf, reason, .. }: &RevokedKey,
    registry: &str,
) -> (String, String) {
    let text = format!(
        "Namespace: {namespace}\n\nAn operator of the registry revoked the key {key}: {reason}.\n\n\
         What it signed from number {from_leaf} of the log on is believed no more: agents stop it wherever it runs, and releases\n\
         that it signs are refused. Sign with another key, and publish anew what is to run on. The keys of the namespace:\n\n    \
         adx key list {namespace}{registry}\n\n\
         If you know of no reason, tell the registry's operator.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: the key {key} was revoked"), text)
}

/// Subject and text about a key that an operator took off the kill list.
pub(super) fn of_unrevoked_key(namespace: &Namespace, key: KeyId) -> (String, String) {
    let text = format!(
        "Namespace: {namespace}\n\nAn operator of the registry took back that the key {key} is revoked: what it signed is believed again.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: the key {key} is revoked no more"), text)
}

/// Subject and text about a webhook that was turned off. Its path is not told, which may hold a secret.
pub(super) fn of_webhook(namespace: &Namespace, webhook: &Webhook) -> (String, String) {
    let reason = webhook.disabled.as_ref().map_or("it was turned off", |(_, reason)| reason);
    let (id, host) = (webhook.id, webhook.url.host());
    let text = format!(
        "Namespace: {namespace}\n\nThe webhook {id} on {host} is turned off: {reason}.\n\n\
         See to its receiver, then turn it on again; what was not delivered meanwhile is sent then:\n\n    \
         PUT /api/v1/webhooks/{id}  {{\"enabled\": true}}\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: a webhook is turned off"), text)
}

/// Subject and text about an owner who left.
pub(super) fn of_owner_that_left(namespace: &Namespace, who: &OwnerName) -> (String, String) {
    let text = format!(
        "Namespace: {namespace}\n\n{who} is an owner no more, and left without being removed. You and the others decide\n\
         with one less from now on.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: {who} left"), text)
}

/// Subject and text about a module that an owner deleted.
pub(super) fn of_module_deleted(namespace: &Namespace, module: &ModuleId) -> (String, String) {
    let text = format!(
        "Module: {module}\n\nAn owner of the namespace deleted it. Nobody finds it any more, every version is yanked, and nothing is\n\
         published under its name. Whoever has a version of it keeps it. Only an operator of the registry gives it back.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{module} is deleted"), text)
}

/// Subject and text about a name that an operator decided on. `registry` ends every command.
pub(super) fn of_name(namespace: &Namespace, held: &HeldName, registry: &str) -> (String, String) {
    let HeldName { name, likeness, resembles, .. } = held;
    let (title, body) = match held.state {
        HeldState::Allowed => (
            "may be published",
            format!("An operator has allowed it. Publish it again:\n\n    adx publish{registry}\n"),
        ),
        HeldState::Refused => {
            let reason = held.reason.as_deref().unwrap_or("no reason was given");
            (
                "may not be published",
                format!(
                    "An operator has refused it: {reason}.\n\nChoose another name, or appeal:\n\n    adx appeal open name {} --publisher {namespace} --text TEXT{registry}\n",
                    held.id
                ),
            )
        }
        HeldState::Held => ("is held", "An operator looks at it.\n".to_owned()),
    };
    let text = format!(
        "Name: {name}\n\nThis name {likeness} {resembles}, so it was held.\n\n{body}\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{name} {title}"), text)
}

/// What is proposed, after "to".
fn words(action: &ProposedAction, owners: &[Member]) -> String {
    match action {
        ProposedAction::Keys(Change::Add(new)) => {
            let purposes: Vec<_> = new.purposes.iter().map(|purpose| purpose_word(*purpose)).collect();
            let until = new.not_after.map_or_else(String::new, |last| format!(", until {last}"));
            format!(
                "add the key {} (for {}{until}) without a key of the namespace",
                new.public.id(),
                purposes.join(", ")
            )
        }
        ProposedAction::Keys(Change::Remove { keyid }) => {
            format!("remove the key {keyid} without another key of the namespace")
        }
        ProposedAction::InviteOwner { name, .. } => format!("invite {name} as an owner"),
        ProposedAction::RemoveOwner { owner } => format!("remove the owner {}", name(owners, *owner)),
        ProposedAction::ChangeRole { member, role: Role::Owner } => format!("make {} an owner", name(owners, *member)),
        ProposedAction::ChangeRole { member, role } => {
            format!("give {} the role {role} in the place of the one before", name(owners, *member))
        }
        ProposedAction::Transfer { name, .. } => format!("give the namespace to {name}, who then owns it alone"),
        ProposedAction::SetThreshold { threshold: 1 } => "have one owner decide alone".to_owned(),
        ProposedAction::AddTrustedPublisher(workflow) => format!(
            "let every run of the workflow {} of the repository {} ({}, number {}{}{}) publish {}",
            workflow.workflow,
            workflow.repository,
            workflow.issuer,
            workflow.repository_id,
            workflow.environment.as_ref().map_or_else(String::new, |name| format!(", environment {name}")),
            workflow.git_ref.as_ref().map_or_else(String::new, |git_ref| format!(", {git_ref}")),
            if workflow.modules.is_any() { "every module".to_owned() } else { workflow.modules.to_string() },
        ),
        ProposedAction::LoosenPublishing { switch: PublishingSwitch::TrustedOnly } => {
            "let ordinary tokens publish again (`trusted-only` off)".to_owned()
        }
        ProposedAction::LoosenPublishing { switch: PublishingSwitch::Staged } => {
            "make releases public without an owner's word again (`staged` off)".to_owned()
        }
        ProposedAction::GiveUp => {
            "give the namespace up: nobody owns it any more, and only an operator gives it back".to_owned()
        }
        ProposedAction::SetThreshold { threshold } => format!("have {threshold} owners approve what is decided"),
    }
}

const fn purpose_word(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::Release => "releases",
        KeyPurpose::KeyChange => "key changes",
    }
}

fn name(owners: &[Member], id: Id<Member>) -> String {
    let found = owners.iter().find(|owner| owner.id == id);
    found.map_or_else(|| id.to_string(), |owner| owner.name.to_string())
}
