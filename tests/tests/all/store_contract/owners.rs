//! Owners, their invitations and what they propose.

use adx_registry_core::Id;
use adx_registry_core::members::{Member, MemberState, Role};
use adx_registry_core::ports::Written;
use adx_registry_core::proposal::{Approval, Proposal, ProposalState, ProposedAction};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::token::{Token, TokenOwner};
use adx_signing::digest::Digest;
use time::Duration;

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    an_owner_comes_back_as_it_was_written,
    an_invitation_is_found_by_the_hash_of_its_code,
    an_owners_token_is_told_from_an_operators,
    a_proposal_comes_back_as_it_was_written,
    a_publisher_says_how_many_must_approve,
);

fn owner(samples: &Samples, publisher: &Publisher, name: &str) -> Member {
    Member {
        id: samples.id(),
        publisher: publisher.id,
        role: Role::Owner,
        account: None,
        name: name.parse().unwrap(),
        email: Some("Ada@Example.org".parse().unwrap()),
        state: MemberState::Invited,
        created_at: Samples::now(),
        accepted_at: None,
    }
}

async fn an_owner_comes_back_as_it_was_written(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let other = samples.signer(&*engine.store, "other").await;
    let mut owner = owner(&samples, &signer.publisher, "Ada Löwe");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_member(&owner).await.unwrap();
    assert_eq!(transaction.member(owner.id).await.unwrap().as_ref(), Some(&owner));
    owner = Member {
        name: "Ada".parse().unwrap(),
        email: None,
        state: MemberState::Removed,
        accepted_at: Some(Samples::now() + Duration::HOUR),
        ..owner
    };
    transaction.update_member(&owner).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.members_of(signer.publisher.id).await.unwrap(), [owner]);
    assert_eq!(reader.members_of(other.publisher.id).await.unwrap(), []);
    assert_eq!(reader.member(samples.id()).await.unwrap(), None);
}

async fn an_invitation_is_found_by_the_hash_of_its_code(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let owner = owner(&samples, &signer.publisher, "Ada");
    let (first, second) = (Digest::of(b"first"), Digest::of(b"second"));
    let expires = Samples::now() + Duration::DAY;
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_member(&owner).await.unwrap();
    assert_eq!(transaction.invited_member(&first).await.unwrap(), None);
    transaction.set_invitation(owner.id, Some((first, expires))).await.unwrap();
    assert_eq!(transaction.invited_member(&first).await.unwrap(), Some((owner.clone(), expires)));
    transaction.set_invitation(owner.id, Some((second, expires))).await.unwrap();
    assert_eq!(transaction.invited_member(&first).await.unwrap(), None);
    assert!(transaction.invited_member(&second).await.unwrap().is_some());
    transaction.set_invitation(owner.id, None).await.unwrap();
    assert_eq!(transaction.invited_member(&second).await.unwrap(), None);
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn an_owners_token_is_told_from_an_operators(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let owner = owner(&samples, &signer.publisher, "Ada");
    let token = Token { scopes: Vec::new(), ..samples.token(TokenOwner::Owner(owner.id)) };
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_member(&owner).await.unwrap();
    transaction.insert_token(&token).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.token_by_hash(&token.hash).await.unwrap().as_ref(), Some(&token));
    assert_eq!(
        reader.tokens_of(signer.publisher.id, Samples::now()).await.unwrap(),
        std::slice::from_ref(&signer.token)
    );
    drop(reader);
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.revoke_owner_tokens(owner.id, Samples::now()).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    let revoked = reader.token_by_hash(&token.hash).await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(Samples::now()));
    assert_eq!(reader.token_by_hash(&signer.token.hash).await.unwrap().unwrap().revoked_at, None);
}

async fn a_proposal_comes_back_as_it_was_written(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let (ada, ben) = (owner(&samples, &signer.publisher, "Ada"), owner(&samples, &signer.publisher, "Ben"));
    let mut transaction = engine.store.begin().await.unwrap();
    for owner in [&ada, &ben] {
        transaction.insert_member(owner).await.unwrap();
    }
    let now = Samples::now();
    let mut ids = [samples.id(), samples.id()];
    ids.sort_by_key(Id::to_string);
    let mut first = Proposal {
        id: ids[0],
        publisher: signer.publisher.id,
        action: ProposedAction::InviteOwner { name: ada.name.clone(), email: ada.email.clone() },
        state: ProposalState::Open,
        opened_by: ada.id,
        opened_at: now,
        expires_at: now + Duration::DAY,
        approvals: Vec::new(),
        needed: None,
        effective_at: None,
        announced_leaf: None,
        leaf: None,
        failure: None,
        ended_at: None,
        cancelled_by: None,
    };
    let second = Proposal {
        id: ids[1],
        action: ProposedAction::RemoveOwner { owner: ben.id },
        opened_at: now + Duration::HOUR,
        ..first.clone()
    };
    transaction.insert_proposal(&first).await.unwrap();
    transaction.insert_proposal(&second).await.unwrap();
    for (owner, at) in [(&ben, now), (&ada, now + Duration::MINUTE), (&ben, now + Duration::HOUR)] {
        transaction.approve_proposal(first.id, owner.id, at).await.unwrap();
    }
    first.approvals = vec![Approval { owner: ben.id, at: now }, Approval { owner: ada.id, at: now + Duration::MINUTE }];
    assert_eq!(transaction.live_proposals_of(signer.publisher.id).await.unwrap(), [second.clone(), first.clone()]);
    first = Proposal {
        action: ProposedAction::SetThreshold { threshold: 2 },
        state: ProposalState::Failed,
        expires_at: now + Duration::WEEK,
        needed: Some(2),
        effective_at: Some(now + Duration::DAY),
        announced_leaf: Some(3),
        leaf: Some(4),
        failure: Some("too late".to_owned()),
        ended_at: Some(now + Duration::HOUR),
        cancelled_by: Some(ben.id),
        ..first
    };
    transaction.update_proposal(&first).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.proposal(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(reader.live_proposals_of(signer.publisher.id).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(reader.proposals_of(signer.publisher.id, None, 10).await.unwrap(), [second.clone(), first.clone()]);
    let page = reader.proposals_of(signer.publisher.id, None, 1).await.unwrap();
    assert_eq!(page, [second]);
    assert_eq!(reader.proposals_of(signer.publisher.id, Some(page[0].id), 2).await.unwrap(), [first]);
}

async fn a_publisher_says_how_many_must_approve(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let mut transaction = engine.store.begin().await.unwrap();
    assert_eq!(transaction.owner_threshold(signer.publisher.id).await.unwrap(), None);
    transaction.set_owner_threshold(signer.publisher.id, 3).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.owner_threshold(signer.publisher.id).await.unwrap(), Some(3));
}
