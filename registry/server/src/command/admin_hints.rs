//! What to type next where an `admin` command did not do what it was asked for.

use adx_registry_core::{
    accounts::AccountError,
    appeals::AppealError,
    create_publisher::CreatePublisherError,
    given_up_jobs::GivenUpJobError,
    market::MarketError,
    names::{DecideNameError, DeleteNameError},
    owners::OwnerError,
    quarantine::QuarantineError,
    quotas::QuotaError,
    rates::RateError,
    rechecks::RecheckError,
    renew_tokens::RenewError,
    reports::ReportError,
    review::{ApproveError, DecideError},
    revoke::RevokeError,
    takedown::TakedownError,
    trusted::LoosenError,
};

/// The hint for an error, if there is one to give.
pub(super) fn of(error: &anyhow::Error) -> Option<String> {
    None.or_else(|| error.downcast_ref().and_then(create_publisher))
        .or_else(|| error.downcast_ref().and_then(renew))
        .or_else(|| error.downcast_ref().and_then(owner))
        .or_else(|| error.downcast_ref().and_then(quarantine))
        .or_else(|| error.downcast_ref().and_then(rate))
        .or_else(|| error.downcast_ref().and_then(loosen))
        .or_else(|| error.downcast_ref().and_then(revoke))
        .or_else(|| error.downcast_ref().and_then(decide_name))
        .or_else(|| error.downcast_ref().and_then(delete_name))
        .or_else(|| error.downcast_ref().and_then(approve))
        .or_else(|| error.downcast_ref().and_then(decide))
        .or_else(|| error.downcast_ref().and_then(takedown))
        .or_else(|| error.downcast_ref().and_then(report))
        .or_else(|| error.downcast_ref().and_then(appeal))
        .or_else(|| error.downcast_ref().and_then(order))
        .or_else(|| error.downcast_ref().and_then(job))
        .or_else(|| error.downcast_ref().and_then(account))
        .or_else(|| error.downcast_ref().and_then(recheck))
}

fn appeal(error: &AppealError) -> Option<String> {
    match error {
        AppealError::Unknown | AppealError::NotOpen(_) => {
            Some("`adx-registry admin appeal list` lists those that wait".to_owned())
        }
        AppealError::Quarantine(error) => quarantine(error),
        AppealError::Takedown(error) => takedown(error),
        AppealError::Name(error) => decide_name(error),
        AppealError::Submission(error) => decide(error),
        _ => None,
    }
}

fn order(error: &MarketError) -> Option<String> {
    match error {
        MarketError::NoOrder | MarketError::Refused(_) => {
            Some("`adx-registry admin order list` lists those that wait for their money".to_owned())
        }
        MarketError::NoMisfit => Some("`adx-registry admin order misfits` lists those that do not".to_owned()),
        _ => None,
    }
}

fn loosen(error: &LoosenError) -> Option<String> {
    match error {
        LoosenError::NoPublisher(namespace) => Some(format!("adx-registry admin create-publisher {namespace}")),
        LoosenError::OwnersDecide(namespace) => {
            Some(format!("one of them proposes it: adx trusted-publisher rule RULE off --publisher {namespace}"))
        }
        LoosenError::Announced(namespace, rule) => {
            Some(format!("to take it back: adx-registry admin publishing keep {namespace} {}", rule.as_str()))
        }
        LoosenError::NotOn(_) | LoosenError::NotAnnounced(_) | LoosenError::Store(_) => None,
    }
}

fn rate(error: &RateError) -> Option<String> {
    match error {
        RateError::NoPublisher(namespace) | RateError::Quota(QuotaError::NoPublisher(namespace)) => {
            Some(format!("adx-registry admin create-publisher {namespace}"))
        }
        RateError::NoAccount(_) => Some("`adx-registry admin account list` lists the accounts".to_owned()),
        RateError::NotAllowed { .. } => {
            Some("`adx-registry admin rate list` lists who may do what more often than all".to_owned())
        }
        RateError::Quota(_) | RateError::Store(_) => None,
    }
}

fn report(error: &ReportError) -> Option<String> {
    match error {
        ReportError::Unknown | ReportError::NotOpen(_) => {
            Some("`adx-registry admin report list` lists those that wait".to_owned())
        }
        ReportError::WhichVersion => Some("name it by --of VERSION".to_owned()),
        ReportError::Quarantine(error) => quarantine(error),
        ReportError::Revoke(error) => revoke(error),
        _ => None,
    }
}

fn takedown(error: &TakedownError) -> Option<String> {
    match error {
        TakedownError::NoModule(_) => Some("`adx search` finds modules".to_owned()),
        TakedownError::NotFound { module, .. } => Some(format!("`adx info {module}` lists the versions")),
        TakedownError::NotTakenDown { .. } => Some("`adx-registry admin takedown list` lists what is".to_owned()),
        TakedownError::Erased { .. } => Some("its publisher can release the same under another version".to_owned()),
        TakedownError::Denied(_) | TakedownError::Store(_) => None,
    }
}

fn approve(error: &ApproveError) -> Option<String> {
    match error {
        ApproveError::Decide(error) => decide(error),
        ApproveError::NoPublisher => Some(
            "adx-registry admin review reject SUBMISSION-ID, or bring the namespace back: adx-registry admin names restore \
             NAMESPACE"
                .to_owned(),
        ),
        ApproveError::Bytes(_) | ApproveError::Publish(_) => Some(
            "it waits as before; adx-registry admin review reject SUBMISSION-ID --reason TEXT ends that, so that its publisher \
             sends another"
                .to_owned(),
        ),
        ApproveError::Blobs(_) => None,
    }
}

fn decide(error: &DecideError) -> Option<String> {
    match error {
        DecideError::Unknown | DecideError::OthersWait => {
            Some("`adx-registry admin review list` lists what waits".to_owned())
        }
        DecideError::NotWaiting { .. } => {
            Some("`adx-registry admin review show SUBMISSION-ID` says what was decided".to_owned())
        }
        DecideError::NotKept => Some("its publisher can send it again under another version".to_owned()),
        DecideError::NobodysToken => Some("`adx-registry admin review approve SUBMISSION-ID` confirms it".to_owned()),
        DecideError::Denied(_)
        | DecideError::OwnToken
        | DecideError::TooMuch
        | DecideError::Store(_)
        | DecideError::Blobs(_) => None,
    }
}

fn job(error: &GivenUpJobError) -> Option<String> {
    let is_unknown = matches!(error, GivenUpJobError::NotFound(_));
    is_unknown.then(|| "`adx-registry admin jobs list` lists what was given up".to_owned())
}

fn account(error: &AccountError) -> Option<String> {
    let is_unknown = matches!(error, AccountError::UnknownAccount);
    is_unknown.then(|| "`adx-registry admin account list` lists the accounts".to_owned())
}

fn recheck(error: &RecheckError) -> Option<String> {
    match error {
        RecheckError::NoModule(_) => Some("`adx search` finds modules".to_owned()),
        RecheckError::NotFound { module, .. } => Some(format!("`adx info {module}` lists the versions")),
        RecheckError::TakenDown { .. } => Some("`adx-registry admin takedown list` lists what is".to_owned()),
        RecheckError::Store(_) => None,
    }
}

fn create_publisher(error: &CreatePublisherError) -> Option<String> {
    match error {
        CreatePublisherError::NamespaceTaken(namespace) => Some(format!(
            "choose another namespace; where it is yours and its token is lost: adx-registry admin token renew {namespace}"
        )),
        CreatePublisherError::Deleted { namespace, .. } => Some(format!(
            "choose another namespace; for whom it belonged to: adx-registry admin names restore {namespace}"
        )),
        CreatePublisherError::DisplayName(_) => Some("give another one by --display-name".to_owned()),
        CreatePublisherError::Denied(_)
        | CreatePublisherError::Reserved(_)
        | CreatePublisherError::Name(_)
        | CreatePublisherError::TooMany { .. }
        | CreatePublisherError::TooManyMade { .. }
        | CreatePublisherError::Store(_) => None,
    }
}

fn renew(error: &RenewError) -> Option<String> {
    match error {
        RenewError::NoPublisher(namespace) => Some(format!("adx-registry admin create-publisher {namespace}")),
        RenewError::NoToken(_) => Some(
            "`adx-registry admin token list` lists those of the operators, `… list NAMESPACE` those of a publisher"
                .to_owned(),
        ),
        RenewError::NoOwner(namespace, _) => {
            Some(format!("`adx-registry admin owner list {namespace}` lists those who accepted"))
        }
        RenewError::Store(_) => None,
    }
}

fn owner(error: &OwnerError) -> Option<String> {
    match error {
        OwnerError::NoPublisher(namespace) => Some(format!("adx-registry admin create-publisher {namespace}")),
        OwnerError::HasOwners(_) => {
            Some("an owner invites others: adx owner invite --name NAME --email ADDRESS".to_owned())
        }
        _ => None,
    }
}

fn quarantine(error: &QuarantineError) -> Option<String> {
    match error {
        QuarantineError::NotFound { module, .. } => Some(format!("`adx info {module}` lists the versions")),
        QuarantineError::Revoked { .. } => {
            Some("adx-registry admin unrevoke --package SHA256, if it was revoked by mistake".to_owned())
        }
        QuarantineError::WholeModule(module) => Some(format!("adx-registry admin release-from-quarantine {module}")),
        QuarantineError::NoModule(_) => Some("`adx search` finds modules".to_owned()),
        QuarantineError::Denied(_) | QuarantineError::Store(_) => None,
    }
}

fn decide_name(error: &DecideNameError) -> Option<String> {
    match error {
        DecideNameError::Unknown => Some("`adx-registry admin names list` lists those that are held".to_owned()),
        DecideNameError::Denied(_) | DecideNameError::Store(_) => None,
    }
}

fn delete_name(error: &DeleteNameError) -> Option<String> {
    match error {
        DeleteNameError::Offered(module) => Some(format!(
            "have them yanked by the publisher, or: adx-registry admin quarantine {module} VERSION --reason TEXT"
        )),
        DeleteNameError::HasModules(namespace) => {
            Some(format!("adx-registry admin names delete {namespace}/NAME --reason TEXT, for each of them"))
        }
        DeleteNameError::HasProposals(_) => Some("wait until they have ended, or let an owner cancel them".to_owned()),
        DeleteNameError::Unknown(_) | DeleteNameError::NotDeleted(_) | DeleteNameError::Store(_) => None,
    }
}

fn revoke(error: &RevokeError) -> Option<String> {
    match error {
        RevokeError::UnknownPackage(_) => Some("`adx info ns/name@=VERSION` prints the sha256 of a release".to_owned()),
        RevokeError::UnknownKey(_) | RevokeError::NotRevoked => {
            Some("`adx key list NAMESPACE` lists keys, and which of them are revoked".to_owned())
        }
        RevokeError::Full | RevokeError::Denied(_) | RevokeError::Store(_) => None,
    }
}
