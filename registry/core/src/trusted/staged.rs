//! Releases that wait until a person has confirmed them.

use adx_signing::name::Name;

use super::{PublishingRules, TrustedPublisher};
use crate::ports::{Reader, StoreError};
use crate::token::{Token, TokenOwner};

/// Whether a release waits for an owner: where its publisher asks that of every release, or a trusted publisher asks it of those of its
/// runs. `admitted_by` are the trusted publishers that gave the run its token; none for an ordinary token. Of several that select the
/// module, the strictest decides.
pub fn needs_confirmation(rules: PublishingRules, module: &Name, admitted_by: &[TrustedPublisher]) -> bool {
    let asks = |trusted: &TrustedPublisher| trusted.workflow.staged && trusted.workflow.modules.selects(module);
    rules.staged || admitted_by.iter().any(asks)
}

/// The same for what a token publishes.
///
/// # Errors
/// [`StoreError`]
pub async fn is_staged(
    reader: &mut dyn Reader,
    rules: PublishingRules,
    module: &Name,
    token: &Token,
) -> Result<bool, StoreError> {
    let mut admitted_by = Vec::new();
    if matches!(token.owner, TokenOwner::Workflow(_)) {
        let provenance = reader.provenance(token.id).await?;
        for id in provenance.map(|provenance| provenance.admitted_by).unwrap_or_default() {
            admitted_by.extend(reader.trusted_publisher(id).await?);
        }
    }
    Ok(needs_confirmation(rules, module, &admitted_by))
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::Id;
    use crate::ports::Entropy;
    use crate::trusted::{Provider, Workflow};

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    fn trusted(modules: &str, staged: bool) -> TrustedPublisher {
        let now = OffsetDateTime::UNIX_EPOCH;
        TrustedPublisher {
            id: Id::new(now, &Zeros),
            publisher: Id::new(now, &Zeros),
            workflow: Workflow {
                provider: Provider::GitLab,
                issuer: "https://lab.example".to_owned(),
                repository_id: "1".to_owned(),
                repository: "acme/tools".to_owned(),
                workflow: "ci.yml".to_owned(),
                environment: None,
                git_ref: None,
                modules: modules.parse().expect("a pattern"),
                staged,
            },
            added_at: now,
        }
    }

    #[test]
    fn the_strictest_decides() {
        let name: Name = "hello".parse().expect("a name");
        let free = PublishingRules::default();
        let needs = |rules, trusted: &[TrustedPublisher]| needs_confirmation(rules, &name, trusted);
        assert!(!needs(free, &[]));
        assert!(needs(PublishingRules { staged: true, ..free }, &[]), "an ordinary token's too");
        assert!(needs(PublishingRules { staged: true, ..free }, &[trusted("*", false)]));
        assert!(!needs(free, &[trusted("*", false), trusted("other", true)]));
        assert!(needs(free, &[trusted("*", false), trusted("hel*", true)]));
    }
}
