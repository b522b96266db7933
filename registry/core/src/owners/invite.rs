//! An invitation: a code, sent to the address that it is to prove.

use adx_signing::digest::Digest;
use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;
use zeroize::Zeroizing;

use super::{INVITATION_EXPIRES, MAX_OWNERS, OwnerError};
use crate::accounts::letter_waits;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::members::{Member, MemberState, Role};
use crate::operator_scope::OperatorScope;
use crate::owner::OwnerName;
use crate::ports::{Address, Message, StoreError, SystemWrite, Transaction, Written};
use crate::publisher::{Publisher, PublisherKey};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Random bytes of a code.
const CODE_BYTES: usize = 20;

/// Invites one of the first owners of a namespace, as an operator's request. Whoever is invited already gets another code, and
/// the one before is void.
///
/// # Errors
/// [`OwnerError`]; nothing has changed then.
#[tracing::instrument(name = "owner.invite", skip_all, fields(%namespace))]
pub async fn invite_owner(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    name: OwnerName,
    email: Address,
) -> Result<Member, OwnerError> {
    actor.operator(OperatorScope::Publishers)?;
    invite_first(ports, namespace, name, email, Inviter::Token).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`OwnerError`]; nothing has changed then.
pub async fn invite_owner_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    name: OwnerName,
    email: Address,
) -> Result<Member, OwnerError> {
    invite_first(ports, namespace, name, email, Inviter::Machine).await
}

/// How an operator shows to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inviter {
    Token,
    Machine,
}

async fn invite_first(
    ports: &Ports,
    namespace: &Namespace,
    name: OwnerName,
    email: Address,
    inviter: Inviter,
) -> Result<Member, OwnerError> {
    let mut transaction = ports.store.begin().await?;
    match first(ports, &mut *transaction, namespace, name, email, inviter).await {
        Ok(owner) => {
            transaction.commit(Written::Told).await?;
            Ok(owner)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn first(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
    name: OwnerName,
    email: Address,
    inviter: Inviter,
) -> Result<Member, OwnerError> {
    transaction.lock_leaves().await?;
    let publisher = transaction.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| OwnerError::NoPublisher(namespace.clone()))?;
    let owners = transaction.members_of(publisher.id).await?;
    if owners.iter().any(Member::is_owner) {
        return Err(OwnerError::HasOwners(publisher.namespace));
    }
    // Whether the keys count or not: whoever has the token can revoke them first.
    if inviter == Inviter::Token && transaction.keys_of(publisher.id).await?.iter().any(PublisherKey::is_listed) {
        return Err(OwnerError::HasKeys(publisher.namespace));
    }
    invite(ports, transaction, &publisher, &owners, name, email).await
}

/// Whether `email` may be invited to be an owner beside the other `members`, and who has been invited already.
pub(crate) fn can_invite<'o>(members: &'o [Member], email: &Address) -> Result<Option<&'o Member>, OwnerError> {
    let known = members.iter().find(|member| member.has_address(email));
    match known {
        Some(known) if known.is_owner() => return Err(OwnerError::IsOwner),
        Some(known) if known.is_accepted() => return Err(OwnerError::IsMember(known.role)),
        _ => {}
    }
    if known.is_none_or(|known| known.role != Role::Owner) {
        can_add_owner(members)?;
    }
    Ok(known)
}

/// Whether there may be one owner more among the members.
pub(crate) fn can_add_owner(members: &[Member]) -> Result<(), OwnerError> {
    let is_there = |member: &&Member| member.role == Role::Owner && member.state != MemberState::Removed;
    if members.iter().filter(is_there).count() >= MAX_OWNERS { Err(OwnerError::TooMany) } else { Ok(()) }
}

/// Writes that somebody is invited. The leaves are locked.
pub(crate) async fn invite(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    members: &[Member],
    name: OwnerName,
    email: Address,
) -> Result<Member, OwnerError> {
    let now = ports.now();
    let owner = if let Some(known) = can_invite(members, &email)? {
        let owner = Member { name, email: Some(email), role: Role::Owner, ..known.clone() };
        transaction.update_member(&owner).await?;
        transaction.set_invitation(owner.id, None).await?;
        owner
    } else {
        let owner = Member {
            id: Id::new(now, &*ports.entropy),
            publisher: publisher.id,
            role: Role::Owner,
            account: None,
            name,
            email: Some(email),
            state: MemberState::Invited,
            created_at: now,
            accepted_at: None,
        };
        transaction.insert_member(&owner).await?;
        owner
    };
    Deed::new(Act::OwnerInvite).of(publisher).id(owner.id).tell(ports, transaction);
    let task = Task::SendInvitation { owner: owner.id };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    Ok(owner)
}

/// Makes the code and sends it. It is made here, so that it stands in no row: only its hash does.
#[tracing::instrument(name = "owner.send_invitation", skip_all, fields(%owner))]
pub(crate) async fn send_invitation(ports: &Ports, owner: Id<Member>) -> Result<(), JobError> {
    let mut transaction = ports.store.begin().await?;
    let Some((to, namespace, role)) = invited(&mut *transaction, owner).await? else {
        transaction.rollback().await?;
        return Ok(());
    };
    if let Some(until) = letter_waits(ports, &mut *transaction, &to).await? {
        let task = Task::SendInvitation { owner };
        let job = NewJob { id: Id::new(ports.now(), &*ports.entropy), task, run_at: until };
        transaction.enqueue(&job).await?;
        transaction.commit(Written::System(SystemWrite::Attempts)).await?;
        return Ok(());
    }
    let mut bytes = Zeroizing::new([0; CODE_BYTES]);
    ports.entropy.fill(bytes.as_mut());
    let code = Zeroizing::new(hex::encode(bytes.as_ref()));
    let expires = ports.now() + INVITATION_EXPIRES;
    transaction.set_invitation(owner, Some((Digest::of(code.as_bytes()), expires))).await?;
    // First: a letter whose code is not known yet would be of no use.
    transaction.commit(Written::System(SystemWrite::LetterCode)).await?;
    let until = UtcSecond::from(expires);
    let text = if role == Role::Owner {
        as_owner(ports, &namespace, &code, until)
    } else {
        format!(
            "You are invited to be a member of the publisher of `{namespace}`, with the role {role}.\n\
             If you did not expect this, do nothing.\n\
             \n\
             To accept, until {until}, sign in or sign up here:\n\
             \n    {page}\n\
             \n\
             It is good once. Give it to nobody.\n",
            page = ports.page_with_code_of("invitation", &code),
        )
    };
    ports.mail.send(&Message { to, subject: subject(role, &namespace), text }).await?;
    Ok(())
}

fn subject(role: Role, namespace: &Namespace) -> String {
    match role {
        Role::Owner => format!("Invitation to own `{namespace}`"),
        _ => format!("Invitation to `{namespace}`"),
    }
}

fn as_owner(ports: &Ports, namespace: &Namespace, code: &str, until: UtcSecond) -> String {
    format!(
        "You are invited to be an owner of the namespace `{namespace}`.\n\
         \n\
         Owners decide together who else is one, and can change the keys of the namespace when they are lost or\n\
         stolen. If you did not expect this, do nothing.\n\
         \n\
         To accept, until {until}, with an account of this registry:\n\
         \n    {page}\n\
         \n\
         Or without one, with a token for your command line:\n\
         \n    adx owner accept {code}{registry}\n\
         \n\
         The code is good once. Give it to nobody.\n",
        page = ports.page_with_code_of("invitation", code),
        registry = ports.registry_flag(),
    )
}

async fn invited(
    transaction: &mut dyn Transaction,
    owner: Id<Member>,
) -> Result<Option<(Address, Namespace, Role)>, StoreError> {
    // Whoever is just answering the code before comes first, or finds it void.
    transaction.lock_leaves().await?;
    let Some(owner) = transaction.member(owner).await? else { return Ok(None) };
    let publisher = transaction.publisher(owner.publisher).await?;
    let is_invited = owner.state == MemberState::Invited;
    let role = owner.role;
    Ok(owner.email.zip(publisher).filter(|_| is_invited).map(|(to, publisher)| (to, publisher.namespace, role)))
}
