//! From the domain's types to those of the wire, and back.

use adx_index::manifest::Manifest;
use adx_registry_core::{
    actor,
    change_keys::last_change,
    list_module, ports, publisher, release,
    token::{self, Action, ModulePattern, ScopeError},
};

use adx_signing::{
    key,
    tuf::{control::Revocations, key_history::Authorization},
};

use super::{
    Actor, ActorKind, Change, ChangeKind, Dependency, Deprecation, FacetCount, KeyPurpose, KeyRemover, KeyRevocation,
    Permission, PublishReceipt, Publisher, PublisherKey, PublisherReference, Scope, ScopeGrant, SearchFacets,
    SearchHit, SearchPage, SearchSort, Token, VersionPage, VersionSummary,
};

impl From<&release::Release> for PublishReceipt {
    fn from(release: &release::Release) -> Self {
        Self {
            module: release.module.to_string(),
            version: release.version.to_string(),
            sha256: release.sha256.to_string(),
            size_bytes: release.size_bytes,
            released_at: release.released_at,
            seq: release.seq,
            leaf: release.leaf,
            findings: Vec::new(),
        }
    }
}

impl From<&release::Release> for VersionSummary {
    fn from(release: &release::Release) -> Self {
        Self {
            version: release.version.to_string(),
            sha256: release.sha256.to_string(),
            size_bytes: release.size_bytes,
            adx_core_version: release.adx_core_version.to_string(),
            yanked: release.yanked,
            yanked_for: release.yanked_for.clone(),
            unyanked_for: release.unyanked_for.clone(),
            quarantined_for: release.quarantine().map(ToOwned::to_owned),
            taken_down_for: release.takedown().map(ToOwned::to_owned),
            released_at: release.released_at,
        }
    }
}

impl From<list_module::ReleasePage> for VersionPage {
    fn from(page: list_module::ReleasePage) -> Self {
        Self {
            versions: page.releases.iter().map(VersionSummary::from).collect(),
            next_cursor: page.next.map(|seq| seq.to_string()),
        }
    }
}

impl From<&publisher::Publisher> for PublisherReference {
    fn from(publisher: &publisher::Publisher) -> Self {
        Self {
            namespace: publisher.namespace.to_string(),
            display_name: publisher.display_name.clone(),
            verified_domain: None,
        }
    }
}

impl PublisherKey {
    /// A key, with what the kill list says of it.
    pub fn with_revocation(key: &publisher::PublisherKey, revocations: &Revocations) -> Self {
        let remover = |removed: &publisher::KeyRemoval| match removed.by {
            Authorization::Recovery { .. } => KeyRemover::Owners,
            Authorization::Key { .. } | Authorization::First => KeyRemover::Key,
        };
        let revoked = revocations.keys.get(&key.key_id).map(|revoked| KeyRevocation {
            from_leaf: revoked.from_leaf,
            at: revoked.at.into(),
            reason: revoked.reason.clone(),
        });
        Self {
            key_id: key.key_id.to_string(),
            public_key_pem: key.public_key.to_pem(),
            added_at: key.added_at,
            purposes: key.purposes.iter().map(|purpose| (*purpose).into()).collect(),
            not_after: key.not_after.map(Into::into),
            added_leaf: key.leaf,
            removed_leaf: key.removed.as_ref().map(|removed| removed.leaf),
            removed_by: key.removed.as_ref().map(remover),
            revoked,
        }
    }
}

impl From<key::KeyPurpose> for KeyPurpose {
    fn from(purpose: key::KeyPurpose) -> Self {
        match purpose {
            key::KeyPurpose::Release => Self::Release,
            key::KeyPurpose::KeyChange => Self::KeyChange,
        }
    }
}

impl From<KeyPurpose> for key::KeyPurpose {
    fn from(purpose: KeyPurpose) -> Self {
        match purpose {
            KeyPurpose::Release => Self::Release,
            KeyPurpose::KeyChange => Self::KeyChange,
        }
    }
}

impl Publisher {
    /// A publisher with its keys, and what the kill list says of them.
    pub fn with_keys(
        publisher: &publisher::Publisher,
        keys: &[publisher::PublisherKey],
        revocations: &Revocations,
    ) -> Self {
        Self {
            namespace: publisher.namespace.to_string(),
            display_name: publisher.display_name.clone(),
            kind: publisher.kind.into(),
            verified_domain: None,
            keys: keys.iter().map(|key| PublisherKey::with_revocation(key, revocations)).collect(),
            last_key_change: last_change(keys),
        }
    }
}

/// The dependencies of a release.
pub(in crate::http) fn dependencies(release: &release::Release) -> Vec<Dependency> {
    let dependency = |(module, requirement): (&adx_signing::name::ModuleId, &semver::VersionReq)| Dependency {
        module: module.to_string(),
        requirement: requirement.to_string(),
    };
    release.dependencies.iter().map(dependency).collect()
}

/// What a manifest asks for, the indispensable first.
pub(in crate::http) fn permissions(manifest: &Manifest) -> Vec<Permission> {
    let asked = |required: bool| {
        move |permission: &adx_index::manifest::Permission| Permission {
            permission: permission.to_string(),
            required,
            words: permission.in_words(),
        }
    };
    let required = manifest.permissions.required.iter().map(asked(true));
    required.chain(manifest.permissions.optional.iter().map(asked(false))).collect()
}

impl From<ports::SearchPage> for SearchPage {
    fn from(page: ports::SearchPage) -> Self {
        let hit = |hit: ports::SearchHit| SearchHit {
            module: hit.module.to_string(),
            display_name: hit.display_name,
            description: hit.description,
            latest: hit.latest.to_string(),
            category: hit.category,
            tags: hit.tags,
            highlight: hit.highlight,
            name_highlight: hit.name_highlight,
            price: hit.price.as_str().to_owned(),
            verified: hit.verified,
            deprecation: hit.deprecated.map(Deprecation::from),
        };
        Self {
            total: page.total,
            hits: page.hits.into_iter().map(hit).collect(),
            next_cursor: page.next_cursor,
            facets: (!page.facets.is_empty()).then(|| page.facets.into()),
            did_you_mean: page.did_you_mean,
        }
    }
}

impl From<ports::FacetCounts> for SearchFacets {
    fn from(mut counts: ports::FacetCounts) -> Self {
        let mut of = |facet: ports::Facet| {
            let counts = counts.remove(&facet).unwrap_or_default().into_iter();
            counts.map(|count| FacetCount { value: count.value, modules: count.modules }).collect()
        };
        Self {
            category: of(ports::Facet::Category),
            tag: of(ports::Facet::Tag),
            price: of(ports::Facet::Price),
            publisher: of(ports::Facet::Publisher),
            compatibility: of(ports::Facet::Compatibility),
            verified: of(ports::Facet::Verified),
        }
    }
}

impl From<SearchSort> for ports::SearchSort {
    fn from(sort: SearchSort) -> Self {
        match sort {
            SearchSort::Relevance => Self::Relevance,
            SearchSort::New => Self::New,
            SearchSort::Updated => Self::Updated,
            SearchSort::Name => Self::Name,
        }
    }
}

impl From<release::Change> for Change {
    fn from(change: release::Change) -> Self {
        Self {
            seq: change.seq,
            kind: match change.kind {
                release::ChangeKind::Release => ChangeKind::Release,
                release::ChangeKind::Yank => ChangeKind::Yank,
                release::ChangeKind::Unyank => ChangeKind::Unyank,
                release::ChangeKind::Quarantine => ChangeKind::Quarantine,
                release::ChangeKind::ReleaseFromQuarantine => ChangeKind::ReleaseFromQuarantine,
            },
            module: change.module.to_string(),
            version: change.version.to_string(),
            sha256: change.sha256.to_string(),
            at: change.at,
        }
    }
}

impl From<&token::Scope> for ScopeGrant {
    fn from(scope: &token::Scope) -> Self {
        let action = match scope.action {
            Action::Publish => Scope::Publish,
            Action::Keys => Scope::Keys,
            Action::Tokens => Scope::Tokens,
        };
        Self { scope: action, modules: scope.modules.to_string() }
    }
}

impl TryFrom<&ScopeGrant> for token::Scope {
    type Error = ScopeError;

    fn try_from(grant: &ScopeGrant) -> Result<Self, ScopeError> {
        let action = match grant.scope {
            Scope::Publish => Action::Publish,
            Scope::Keys => Action::Keys,
            Scope::Tokens => Action::Tokens,
        };
        Ok(Self { action, modules: grant.modules.parse::<ModulePattern>()? })
    }
}

impl From<&token::Token> for Token {
    fn from(token: &token::Token) -> Self {
        Self {
            id: token.id.to_string(),
            made_with: token.parent.map(|parent| parent.to_string()),
            label: token.label.clone(),
            scopes: token.scopes.iter().map(ScopeGrant::from).collect(),
            networks: token.networks.texts(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

impl Actor {
    /// Describes a caller; nobody for an anonymous one.
    pub fn describe(actor: &actor::Actor) -> Option<Self> {
        let by_token = |kind, token: &token::Token| Self {
            kind,
            namespace: None,
            owner: None,
            account: None,
            token: Some(token.into()),
            operator_scopes: match token.owner {
                token::TokenOwner::Operator(scopes) => {
                    scopes.named().map(|scopes| scopes.iter().map(ToString::to_string).collect())
                }
                _ => None,
            },
        };
        match actor {
            actor::Actor::Anonymous => None,
            actor::Actor::Publisher { publisher, token } => {
                Some(Self { namespace: Some(publisher.namespace.to_string()), ..by_token(ActorKind::Publisher, token) })
            }
            actor::Actor::Owner { owner, publisher, token } => Some(Self {
                namespace: Some(publisher.namespace.to_string()),
                owner: Some(owner.id.to_string()),
                ..by_token(ActorKind::Owner, token)
            }),
            actor::Actor::Operator { token } => Some(by_token(ActorKind::Operator, token)),
            actor::Actor::Person { account, .. } => Some(Self {
                kind: ActorKind::Person,
                namespace: None,
                owner: None,
                account: Some(account.id.to_string()),
                token: None,
                operator_scopes: None,
            }),
        }
    }
}
