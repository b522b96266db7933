//! The words of letters about tokens and trust: plain text, without secrets.

use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;

use super::{Loosening, PublishingSwitch, SOLE_OWNER, TrustedPublisher};
use crate::job::LooseningStep;
use crate::token::Token;

/// Subject and text about a token that somebody found where it should not be.
pub(crate) fn of_reported_token(namespace: &Namespace, token: &Token) -> (String, String) {
    let text = format!(
        "Namespace: {namespace}\n\nSomebody found the token `{}` ({}) where it should not be, and showed it to the registry.\nIt was \
         revoked at once, and so was every token that was made with it.\n\nLook at what was published since it was there to be found, and make another token:\n\n    adx token create \
         --help\n\nYou get this letter because you are an owner of `{namespace}`.\n",
        token.label, token.id
    );
    (format!("{namespace}: a token was found by somebody"), text)
}

/// Subject and text about a workflow that is not trusted any more.
pub(crate) fn of_removed_workflow(namespace: &Namespace, trusted: &TrustedPublisher) -> (String, String) {
    let workflow = &trusted.workflow;
    let text = format!(
        "Namespace: {namespace}\n\nAn owner took the trust away from the workflow {} of the repository {} ({}). Its runs publish\nnothing \
         any more.\n\nYou get this letter because you are an owner of `{namespace}`.\n",
        workflow.workflow, workflow.repository, workflow.issuer
    );
    (format!("{namespace}: a workflow is not trusted any more"), text)
}

/// Subject and text about a rule that one of so many owners turned on.
pub(crate) fn of_switch(namespace: &Namespace, switch: PublishingSwitch, owners: usize) -> (String, String) {
    let what = match switch {
        PublishingSwitch::TrustedOnly => "From now on only runs of trusted workflows publish; ordinary tokens do not.",
        PublishingSwitch::Staged => "From now on an owner confirms each release before it is made public.",
    };
    let alone = if owners > 1 { String::new() } else { format!("\n\n{SOLE_OWNER}") };
    let text = format!(
        "Namespace: {namespace}\n\nAn owner turned `{}` on. {what}\n\nTo turn it off takes the approval of another owner, and three \
         days:\n\n    adx trusted-publisher rule {} off --publisher {namespace}{alone}\n\n\
         You get this letter because you are an owner of `{namespace}`.\n",
        switch.as_str(),
        switch.as_str()
    );
    (format!("{namespace}: `{}` is on", switch.as_str()), text)
}

/// Subject and text about a rule that an operator turns off. `registry` ends every command. Nothing where it is announced no more.
pub(crate) fn of_loosening(
    namespace: &Namespace,
    switch: PublishingSwitch,
    step: LooseningStep,
    announced: Option<&Loosening>,
    registry: &str,
) -> Option<(String, String)> {
    let rule = switch.as_str();
    let (title, body) = match step {
        LooseningStep::Announced => {
            let Loosening { reason, effective_at, .. } = announced?;
            let when = UtcSecond::from(*effective_at);
            (
                format!("`{rule}` is turned off at {when}"),
                format!(
                    "An operator of the registry turns `{rule}` off at {when}: {reason}.\n\nIf you object, turn it on again before \
                     that:\n\n    adx trusted-publisher rule {rule} on --publisher {namespace}{registry}\n"
                ),
            )
        }
        LooseningStep::Done => (
            format!("`{rule}` is off"),
            format!("An operator of the registry has turned `{rule}` off, as was announced.\n"),
        ),
        LooseningStep::Kept => (
            format!("`{rule}` stays on"),
            format!("`{rule}` was to be turned off by an operator of the registry. It stays on.\n"),
        ),
        LooseningStep::OwnersDecide => (
            format!("`{rule}` stays on"),
            format!(
                "`{rule}` was to be turned off by an operator of the registry, since there was one owner only. There are more by \
                 now, so it stays on, and owners decide. To propose it:\n\n    \
                 adx trusted-publisher rule {rule} off --publisher {namespace}{registry}\n"
            ),
        ),
    };
    let text =
        format!("Namespace: {namespace}\n\n{body}\nYou get this letter because you are an owner of `{namespace}`.\n");
    Some((format!("{namespace}: {title}"), text))
}
