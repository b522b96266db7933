//! The words of letters about tokens and trust: plain text, without secrets.

use adx_signing::name::Namespace;

use super::{PublishingSwitch, TrustedPublisher};
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

/// Subject and text about a rule that an owner turned on.
pub(crate) fn of_switch(namespace: &Namespace, switch: PublishingSwitch) -> (String, String) {
    let what = match switch {
        PublishingSwitch::TrustedOnly => "From now on only runs of trusted workflows publish; ordinary tokens do not.",
        PublishingSwitch::Staged => "From now on an owner confirms each release before it is made public.",
    };
    let text = format!(
        "Namespace: {namespace}\n\nAn owner turned `{}` on. {what}\n\nTo turn it off takes the approval of another owner, where there is one, \
         and three days:\n\n    adx trusted-publisher rule {} off --publisher {namespace}\n\n\
         You get this letter because you are an owner of `{namespace}`.\n",
        switch.as_str(),
        switch.as_str()
    );
    (format!("{namespace}: `{}` is on", switch.as_str()), text)
}
