//! A namespace with owners, and a CI system whose runs it may trust.

use std::sync::Arc;

use adx_registry::identity::KnownIssuers;
use adx_registry_core::actor::Actor;
use adx_registry_core::ports::Clock;
use adx_registry_core::proposal::{Proposal, ProposalState, ProposedAction};
use adx_registry_core::trusted::{
    ExchangeError, Exchanged, Provider, TrustedPublisher, Workflow, exchange, list_trusted_publishers,
};
use adx_tests::issuer::Issuer;
use serde_json::{Value, json};

use crate::engines::Engine;
use crate::owners::{REGISTRY, World, namespace};

pub(super) struct Ci {
    pub(super) world: World,
    pub(super) issuer: Issuer,
}

impl Ci {
    /// `acme` with so many owners, who trust nothing yet.
    pub(super) async fn new<const N: usize>(engine: Engine, owners: [&str; N]) -> (Self, [Actor; N]) {
        let (mut world, owners) = World::with_owners(engine, owners).await;
        let issuer = Issuer::start();
        let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
        let known = KnownIssuers::new(vec![(Provider::GitHub, issuer.url.clone())], &clock).unwrap();
        world.ports.workflows = Arc::new(known);
        (Self { world, issuer }, owners)
    }

    /// The same with one owner, who trusts [`Ci::workflow`].
    pub(super) async fn trusting(engine: Engine) -> (Self, Actor) {
        let (ci, [ada]) = Self::new(engine, ["Ada"]).await;
        ci.trust(&ada, ci.workflow()).await;
        ci.world.work().await;
        ci.world.mail.take();
        (ci, ada)
    }

    /// `publish.yml` of the repository 74, in the environment `release`, for tags of versions: may publish `hel*`.
    pub(super) fn workflow(&self) -> Workflow {
        Workflow {
            provider: Provider::GitHub,
            issuer: self.issuer.url.clone(),
            repository_id: "74".to_owned(),
            repository: "acme/tools".to_owned(),
            workflow: "publish.yml".to_owned(),
            environment: Some("release".to_owned()),
            git_ref: Some("refs/tags/v*".parse().unwrap()),
            modules: "hel*".parse().unwrap(),
            staged: false,
        }
    }

    pub(super) async fn trust(&self, owner: &Actor, workflow: Workflow) -> Proposal {
        let opened = self.world.open(owner, ProposedAction::AddTrustedPublisher(workflow)).await.unwrap();
        assert_eq!(opened.state, ProposalState::Done);
        opened
    }

    pub(super) async fn trusted(&self, owner: &Actor) -> Vec<TrustedPublisher> {
        list_trusted_publishers(&self.world.ports, owner, &namespace()).await.unwrap()
    }

    /// A token of a run that fits, with other claims in the place of some; `null` leaves one out.
    pub(super) fn token(&self, jti: &str, change: &Value) -> String {
        let now = self.world.clock.now().unix_timestamp();
        let mut claims = json!({
            "aud": REGISTRY, "iat": now, "nbf": now - 5, "exp": now + 300, "jti": jti, "event_name": "push",
            "repository_id": "74", "repository": "acme/tools", "environment": "release", "ref": "refs/tags/v1.0.0",
            "workflow_ref": "acme/tools/.github/workflows/publish.yml@refs/tags/v1.0.0",
            "sha": "0f1e2d", "run_id": "9001", "actor": "ada-at-ci",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.issuer.workflow_token(&claims)
    }

    pub(super) async fn exchange(&self, token: &str) -> Result<Exchanged, ExchangeError> {
        exchange(&self.world.ports, &namespace(), token).await
    }
}
