//! From the use cases' typed errors to problems. Every refusal's status and slug stands here.

use actix_web::http::StatusCode;
use adx_registry_core::{
    actor::Denied,
    audit::ListAuditError,
    authenticate::AuthenticateError,
    change_keys::ChangeKeyError,
    create_publisher::CreatePublisherError,
    given_up_jobs::GivenUpJobError,
    issue_token::TokenError,
    ports::{BlobError, SearchError, StoreError},
    prove_release::ProveError,
    publish::PublishError,
    quarantine::QuarantineError,
    read_package::ReadPackageError,
    reason::BadReason,
    revoke::RevokeError,
    yank::YankError,
};

use super::{
    dto::Finding,
    problem::{Problem, chain},
};

pub(super) fn unprocessable(slug: &'static str, title: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, slug, title, detail)
}

pub(super) fn conflict(slug: &'static str, title: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, slug, title, detail)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(_) => Self::unavailable(&error),
            StoreError::CountsNoMore => Denied::Revoked.into(),
            StoreError::Violated(_) | StoreError::Corrupt { .. } | StoreError::Untold => Self::internal(&error),
        }
    }
}

impl From<GivenUpJobError> for Problem {
    fn from(error: GivenUpJobError) -> Self {
        let words = error.to_string();
        match error {
            GivenUpJobError::Denied(denied) => denied.into(),
            GivenUpJobError::NotFound(_) => Self::not_found(words),
            GivenUpJobError::Store(error) => error.into(),
        }
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::RangeNotSatisfiable { size_bytes } => Self::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range",
                "Range not satisfiable",
                format!("the range selects nothing of {size_bytes} bytes"),
            ),
            BlobError::Storage(_) => Self::unavailable(&error),
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::BadCursor => Self::bad_request(error.to_string()).hint("Start again without `cursor`."),
            SearchError::Engine(_) => Self::unavailable(&error),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let detail = denied.to_string();
        match denied {
            Denied::Unauthenticated | Denied::Revoked => Self::unauthenticated(detail),
            Denied::TrustedOnly => Self::forbidden(detail).hint(
                "Publish from a trusted workflow (`adx publish --trusted`); an owner can turn the rule off, which takes three days.",
            ),
            Denied::NotForRuns => Self::forbidden(detail).hint("Use a token of the publisher, or sign in."),
            Denied::OperatorOnly | Denied::PublisherOnly | Denied::OwnerOnly => Self::forbidden(detail),
            Denied::Own { on_the_machine, .. } => {
                Self::new(StatusCode::FORBIDDEN, "own-matter", "Another operator decides", detail).hint(format!(
                    "Ask another operator. Where there is none, decide on the registry's machine: {on_the_machine}."
                ))
            }
            Denied::NotMember(_) => Self::forbidden(detail).hint("Ask one of its owners for an invitation."),
            Denied::Role { .. } => Self::forbidden(detail).hint("Ask one of its owners for another role."),
            Denied::PersonOnly => Self::forbidden(detail).hint("Sign in: POST /api/v1/session."),
            Denied::OtherNamespace { own, .. } => {
                Self::forbidden(detail).hint(format!("Use a token of that namespace, or publish under `{own}`."))
            }
            Denied::MissingScope { needed } => Self::forbidden(detail)
                .hint(format!("Make a token that holds `{needed}` with one that may (POST /api/v1/tokens).")),
            Denied::MissingOperatorScope(needed) => Self::forbidden(detail).hint(format!(
                "Have one made that does, on the registry's machine: adx-registry admin create-operator-token LABEL --may {needed}."
            )),
        }
    }
}

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::Invalid | AuthenticateError::Expired(_) => Self::unauthenticated(error.to_string()),
            AuthenticateError::Elsewhere => {
                Self::new(StatusCode::FORBIDDEN, "token-elsewhere", "Token does not count here", error.to_string())
                    .hint("Use it from one of its networks, or make another one (POST /api/v1/tokens).")
            }
            AuthenticateError::SessionEnded => {
                Self::unauthenticated(error.to_string()).hint("Sign in again: POST /api/v1/session.")
            }
            AuthenticateError::SecondFactorMissing => {
                Self::new(StatusCode::FORBIDDEN, "second-factor-missing", "Second factor missing", error.to_string())
                    .hint("Begin with POST /api/v1/account/second-factor, or POST /api/v1/account/passkeys.")
            }
            AuthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let words = chain(&error);
        match error {
            PublishError::Denied(denied) => denied.into(),
            PublishError::Store(error) => error.into(),
            PublishError::Blobs(error) => error.into(),
            PublishError::CheckBroke(_) => Self::internal(&error),
            PublishError::Envelope(_) => unprocessable("envelope", "Envelope not readable", words)
                .hint("Send the DSSE envelope as JSON in standard base64, in the header `Adx-Envelope`."),
            PublishError::NoKeys(namespace) => unprocessable("no-keys", "No signing key registered", words)
                .hint(format!("Register one: POST /api/v1/publishers/{namespace}/keys.")),
            PublishError::Signature(_) => unprocessable("signature", "Signature refused", words)
                .hint("Sign with a key that is registered for the namespace."),
            PublishError::KeyDoesNotCount(_) => unprocessable("key-does-not-count", "Key does not count", words)
                .hint("Sign with another key of the namespace; GET /api/v1/publishers/{namespace} lists them."),
            PublishError::KeyRevoked(_) => unprocessable("key-revoked", "Key is revoked", words)
                .hint("Sign with another key of the namespace, and let that one remove this one (`adx key remove`)."),
            PublishError::OtherStatement { .. } => {
                unprocessable("statement-mismatch", "Statement is for something else", words)
                    .hint("Sign the very module and version that the address names.")
            }
            PublishError::OtherBytes { .. } => unprocessable("digest-mismatch", "Other bytes than signed", words)
                .hint("Send the very file that was signed; if it is, it was changed on the way."),
            PublishError::Refused(_) => unprocessable("package-refused", "Package refused", words),
            PublishError::TooLarge { .. } => Self::too_large(words),
            PublishError::Interrupted(_) => Self::bad_request(words).hint("Send it again: the same bytes always may."),
            PublishError::Rejected(submission) => unprocessable("check-failed", "Refused by a check", words)
                .hint("Mend what `findings` name and publish again; the version is still free.")
                .submission(submission.id.to_string(), Finding::told(&submission.findings)),
            PublishError::NotChecked(submission) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-checked", "Could not be checked", words)
                    .hint("The fault is on the registry's side: publish the same bytes again in some minutes.")
                    .with_header(
                        actix_web::http::header::RETRY_AFTER,
                        actix_web::http::header::HeaderValue::from_static("60"),
                    )
                    .submission(submission.id.to_string(), Finding::told(&submission.findings))
            }
            PublishError::RefusedByOperator { submission, .. } => {
                Self::new(StatusCode::FORBIDDEN, "refused-by-operator", "Refused by an operator", words)
                    .hint("Other bytes may be sent; what was said is at GET /api/v1/submissions/{id}.")
                    .submission(submission.to_string(), Vec::new())
            }
            PublishError::OthersWait(submission) => conflict("submission-waits", "Other bytes wait", words)
                .hint(format!(
                    "Take them back first (POST /api/v1/submissions/{}/withdraw), or raise the version.",
                    submission.id
                ))
                .submission(submission.id.to_string(), Vec::new()),
            PublishError::Decided(error) => error.into(),
            PublishError::VersionTaken { .. } => conflict("version-exists", "Version exists", words)
                .hint("A released version never changes: raise the version and publish again."),
            PublishError::NameTaken { .. } => conflict("name-taken", "Name is written differently", words)
                .hint("`-` and `_` are the same in names: use the name as it was first released."),
            PublishError::Name(error) => error.into(),
            PublishError::Trusted(error) => error.into(),
            PublishError::Stricter => conflict("publishing-stricter", "More is asked of releases now", words)
                .hint("Send it again: then it waits for an owner."),
            PublishError::Held => conflict("publishing-stricter", "More is asked of releases now", words)
                .hint("Send it again: then it waits for an operator."),
            PublishError::Withheld { .. } => conflict("module-withheld", "Module is withheld", words)
                .hint("Nothing new is released of it until the registry's operator lets it out."),
            PublishError::TakenDown { .. } => {
                Self::new(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "taken-down", "Taken down", words)
            }
            PublishError::Quota(exceeded) => exceeded.into(),
            PublishError::ModuleFull(_) => conflict("module-full", "Too many versions", words).hint(
                "Go on under another name, and let the last version here say so; or ask the registry's operator.",
            ),
            PublishError::TryAgain => Self::new(StatusCode::SERVICE_UNAVAILABLE, "try-again", "Try again", words)
                .with_header(
                    actix_web::http::header::RETRY_AFTER,
                    actix_web::http::header::HeaderValue::from_static("60"),
                ),
        }
    }
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::NotPublished { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "try-again", "Try again", error.to_string()).with_header(
                    actix_web::http::header::RETRY_AFTER,
                    actix_web::http::header::HeaderValue::from_static("1"),
                )
            }
            ProveError::Tiles(_) => Self::internal(&error),
            ProveError::Blobs(error) => error.into(),
            ProveError::Store(error) => error.into(),
        }
    }
}

impl From<CreatePublisherError> for Problem {
    fn from(error: CreatePublisherError) -> Self {
        let words = error.to_string();
        match error {
            CreatePublisherError::Denied(denied) => denied.into(),
            CreatePublisherError::Store(error) => error.into(),
            CreatePublisherError::Name(error) => error.into(),
            CreatePublisherError::Deleted { namespace, .. } => conflict("namespace-deleted", "Namespace was deleted", words)
                .hint(format!(
                    "Choose another; whom it belonged to gets it back on the registry's machine: \
                     adx-registry admin names restore {namespace}"
                )),
            CreatePublisherError::NamespaceTaken(_) => conflict("namespace-taken", "Namespace taken", words),
            CreatePublisherError::Reserved(namespace) => conflict("name-reserved", "Name is reserved", words).hint(format!(
                "Choose another; if it goes to whom it belongs, send `reserved: true`, or on the registry's machine: \
                 adx-registry admin create-publisher {namespace}"
            )),
            CreatePublisherError::TooMany { .. } => conflict("too-many-publishers", "Too many namespaces", words)
                .hint("Give one away, or ask the registry's operators."),
            CreatePublisherError::TooManyMade { .. } => conflict("too-many-publishers", "Too many namespaces", words)
                .hint("Wait until those that you made are older, or ask the registry's operators."),
            CreatePublisherError::DisplayName(error) => error.into(),
        }
    }
}

impl From<ChangeKeyError> for Problem {
    fn from(error: ChangeKeyError) -> Self {
        let words = chain(&error);
        match error {
            ChangeKeyError::Denied(denied) => denied.into(),
            ChangeKeyError::Store(error) => error.into(),
            ChangeKeyError::RegisteredElsewhere => conflict("key-taken", "Key registered elsewhere", words)
                .hint("Every publisher signs with keys of its own: make a new one."),
            ChangeKeyError::TooMany => conflict("too-many-keys", "Too many keys", words)
                .hint("Remove keys that are not used any more, as long as there were fewer than can ever be."),
            ChangeKeyError::NamespaceFull { .. } => conflict("too-many-keys", "Too many keys", words).hint(
                "Keys that are added take as much as their proofs: let one key sign each change. Where somebody else has a key, ask the \
                 registry's operator to put it on the kill list: adx-registry admin revoke.",
            ),
            ChangeKeyError::ListFull { .. } => conflict("key-list-full", "Key list is full", words)
                .hint("Ask the registry's operator. Keys can be removed for some time still."),
            ChangeKeyError::NoRoomForRemoval => conflict("key-list-full", "Key list is full", words)
                .hint("Ask the registry's operator to put the key on the kill list: adx-registry admin revoke."),
            ChangeKeyError::Revoked(_) => unprocessable("key-revoked", "Key is revoked", words)
                .hint("Sign with another key of the namespace; where none is left, its owners change the keys."),
            ChangeKeyError::Removed(_) => {
                conflict("key-removed", "Key was removed", words).hint("It stays removed: make a new key and add that.")
            }
            ChangeKeyError::Known(_) | ChangeKeyError::KnownOtherwise(_) => conflict("key-known", "Key is there", words)
                .hint("A key stays as it was added: remove it and add a new one."),
            ChangeKeyError::Unknown(_) => Self::not_found(words),
            ChangeKeyError::Purposes(_) | ChangeKeyError::Ended(_) => unprocessable("invalid", "Not valid", words),
            ChangeKeyError::Unsigned(_) => unprocessable("key-change-unsigned", "Key change not signed", words).hint(
                "Sign the change with a key of the namespace (`adx key add`, `adx key remove`) and send the DSSE envelope \
                 in the header `Adx-Envelope`. A token alone registers the first key only.",
            ),
            ChangeKeyError::TooLong | ChangeKeyError::Envelope(_) => {
                unprocessable("envelope", "Envelope not readable", words)
                    .hint("Send the DSSE envelope as JSON in standard base64, in the header `Adx-Envelope`.")
            }
            ChangeKeyError::Proof(_) => unprocessable("signature", "Signature refused", words)
                .hint("Sign with a key of the namespace whose purposes include `key-change`."),
            ChangeKeyError::SignsItsOwnRemoval(_) => {
                unprocessable("key-signs-its-removal", "Key signs its own removal", words)
                    .hint("Sign the removal with another key of the namespace that may change keys; add one first.")
            }
            ChangeKeyError::Last(_) => conflict("last-key", "Last key", words)
                .hint("Add another key with the purpose `key-change` first, and sign the removal with that."),
            ChangeKeyError::OtherChange => unprocessable("statement-mismatch", "Statement is for something else", words)
                .hint("Sign the very namespace, key, purposes and end that the request names."),
            ChangeKeyError::Outdated { follows, .. } => conflict("key-change-outdated", "Keys changed since", words)
                .hint(format!("Look at what changed, then sign again with `follows` {follows}."))
                .follows(follows),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let words = error.to_string();
        match error {
            TokenError::Denied(denied) => denied.into(),
            TokenError::Store(error) => error.into(),
            TokenError::WiderThanIssuer(_) => {
                Self::forbidden(words).hint("Nobody gives more than it holds: ask one who holds it.")
            }
            TokenError::FromMore => Self::forbidden(words)
                .hint("Name networks that lie within those of the token that asks; GET /api/v1/me tells them."),
            TokenError::BadScopes | TokenError::BadLabel | TokenError::BadExpiry => {
                unprocessable("invalid", "Not valid", words)
            }
            TokenError::TooMany => conflict("too-many-tokens", "Too many tokens", words)
                .hint("Revoke some that nobody uses; the lists tell when each was used last."),
            TokenError::NotFound | TokenError::NoPublisher(_) => Self::not_found(words),
        }
    }
}

impl From<BadReason> for Problem {
    fn from(error: BadReason) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<YankError> for Problem {
    fn from(error: YankError) -> Self {
        match error {
            YankError::Denied(denied) => denied.into(),
            YankError::Store(error) => error.into(),
            YankError::NotFound { .. } => Self::not_found(error.to_string()),
        }
    }
}

impl From<ReadPackageError> for Problem {
    fn from(error: ReadPackageError) -> Self {
        match error {
            ReadPackageError::Blobs(error) => error.into(),
            ReadPackageError::Missing(_) | ReadPackageError::Package(_) | ReadPackageError::Broke(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<QuarantineError> for Problem {
    fn from(error: QuarantineError) -> Self {
        let words = error.to_string();
        match error {
            QuarantineError::Denied(denied) => denied.into(),
            QuarantineError::Store(error) => error.into(),
            QuarantineError::NotFound { .. } | QuarantineError::NoModule(_) => Self::not_found(words),
            QuarantineError::WholeModule(module) => conflict("module-quarantined", "Module is in quarantine", words)
                .hint(format!("Let the module out: POST /api/v1/modules/{module}/release-from-quarantine.")),
            QuarantineError::Revoked { .. } => conflict("revoked", "Revoked", words)
                .hint("Take the revocation back first: DELETE /api/v1/revocations/packages/{sha256}."),
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        let words = error.to_string();
        match error {
            RevokeError::Denied(denied) => denied.into(),
            RevokeError::Store(error) => error.into(),
            RevokeError::UnknownPackage(_) | RevokeError::UnknownKey(_) | RevokeError::NotRevoked => {
                Self::not_found(words)
            }
            RevokeError::Full => conflict("kill-list-full", "Kill list full", words)
                .hint("Revoke the key that signed them, or take back what nobody has installed any more."),
        }
    }
}

impl From<ListAuditError> for Problem {
    fn from(error: ListAuditError) -> Self {
        let words = error.to_string();
        match error {
            ListAuditError::Denied(denied) => denied.into(),
            ListAuditError::Ended(ended) => ended.into(),
            ListAuditError::Store(error) => error.into(),
            ListAuditError::NoPublisher(_) => Self::not_found(words),
        }
    }
}
