//! The closed list of what hooks are told.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::audit::Act;
use crate::newer::kept;

/// Declares the events: the variant, its word, and the acts that it tells of.
macro_rules! events {
    ($( $(#[doc = $doc:literal])+ $name:ident = $word:literal of [$($act:ident),*], )+) => {
        /// What happened, as hooks are told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Event {
            $( $(#[doc = $doc])+ $name, )+
            /// What a newer version of the registry tells, by its word. See [`Event::stored`].
            Newer(&'static str),
        }

        impl Event {
            /// Every event that this version has a word for.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The word, as sent and stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$name => $word, )+
                    Self::Newer(word) => word,
                }
            }

            /// The event that an act of the audit log is, if it is one.
            pub const fn of(act: Act) -> Option<Self> {
                match act {
                    $( $( Act::$act => Some(Self::$name), )* )+
                    _ => None,
                }
            }
        }
    };
}

events! {
    /// A version was released.
    ReleasePublished = "release.published" of [ReleasePublish],
    /// A version is not chosen any more.
    ReleaseYanked = "release.yanked" of [ReleaseYank],
    /// A version is chosen again.
    ReleaseUnyanked = "release.unyanked" of [ReleaseUnyank],
    /// A version was withheld by an operator.
    ReleaseQuarantined = "release.quarantined" of [ReleaseQuarantine],
    /// A version was let out of quarantine.
    ReleaseRestored = "release.restored" of [ReleaseRestore],
    /// A check found something in a version that is released, and was not known then.
    ReleaseFlagged = "release.flagged" of [ReleaseFlag],
    /// A whole module was withheld by an operator.
    ModuleQuarantined = "module.quarantined" of [ModuleQuarantine],
    /// A module was let out of quarantine.
    ModuleRestored = "module.restored" of [ModuleRestore],
    /// A version or a module was taken down, or what is said of that was changed.
    TakedownPut = "takedown.put" of [TakedownPut],
    /// A takedown was taken back.
    TakedownLifted = "takedown.lifted" of [TakedownLift],
    /// Somebody said that something is wrong with a module: for operators, since no publisher is told of reports.
    ReportSent = "report.sent" of [ReportSend],
    /// An operator confirmed or dismissed a report: for operators.
    ReportDecided = "report.decided" of [ReportDecide],
    /// A publisher appealed against an operator's decision.
    AppealOpened = "appeal.opened" of [AppealOpen],
    /// An operator granted or denied an appeal.
    AppealDecided = "appeal.decided" of [AppealDecide],
    /// A package was put on the kill list: agents stop it.
    PackageRevoked = "package.revoked" of [PackageRevoke],
    /// A package was taken off the kill list.
    PackageUnrevoked = "package.unrevoked" of [PackageUnrevoke],
    /// A key counts from now on.
    KeyAdded = "key.added" of [KeyAdd],
    /// A key counts no more.
    KeyRemoved = "key.removed" of [KeyRemove],
    /// An operator put a key on the kill list: agents stop what it signed.
    KeyRevoked = "key.revoked" of [KeyRevoke],
    /// An operator took a key off the kill list.
    KeyUnrevoked = "key.unrevoked" of [KeyUnrevoke],
    /// An owner proposed something that takes others' approval, or days.
    ProposalOpened = "proposal.opened" of [ProposalOpen],
    /// Enough owners approved of what is done days later, unless one of them objects.
    ProposalAnnounced = "proposal.announced" of [ProposalAnnounce],
    /// What owners proposed was done, could not be, came to its end, or one of them objected.
    ProposalEnded = "proposal.ended" of [ProposalDone, ProposalFail, ProposalExpire, ProposalCancel],
    /// Somebody was invited as an owner.
    OwnerInvited = "owner.invited" of [OwnerInvite],
    /// Somebody accepted to be an owner.
    OwnerAccepted = "owner.accepted" of [OwnerAccept],
    /// Somebody is an owner no more.
    OwnerRemoved = "owner.removed" of [OwnerRemove],
    /// Another number of owners must approve.
    OwnerThreshold = "owner.threshold" of [OwnerThreshold],
    /// Somebody was invited as a member that is no owner.
    MemberInvited = "member.invited" of [MemberInvite],
    /// Somebody accepted to be a member, an owner too, with an account.
    MemberAccepted = "member.accepted" of [MemberAccept],
    /// A member has another role.
    MemberRoleChanged = "member.role-changed" of [MemberRole],
    /// Somebody that was no owner is a member no more.
    MemberRemoved = "member.removed" of [MemberRemove],
    /// The publisher was offered to somebody else.
    TransferOffered = "transfer.offered" of [TransferOffer],
    /// An offer was taken back or declined.
    TransferEnded = "transfer.ended" of [TransferWithdraw, TransferDecline],
    /// The publisher was given to somebody else.
    TransferAccepted = "transfer.accepted" of [TransferAccept],
    /// The publisher holds a domain.
    DomainVerified = "domain.verified" of [DomainVerify],
    /// The publisher does not hold a domain any more, or does without it.
    DomainLost = "domain.lost" of [DomainLose, DomainForget],
    /// An operator allowed or refused a name that was held.
    NameDecided = "name.decided" of [NameAllow, NameRefuse],
    /// A name was deleted: a module's by an owner or an operator, a namespace's too.
    NameDeleted = "name.deleted" of [NameDelete],
    /// A deleted name was given back.
    NameRestored = "name.restored" of [NameRestore],
    /// A version was sent, and waits for an operator or an owner.
    SubmissionWaiting = "submission.waiting" of [SubmissionWait, SubmissionReopen],
    /// An operator approved or rejected what waited, or its publisher confirmed it or took it back.
    SubmissionDecided = "submission.decided" of [SubmissionApprove, SubmissionConfirm, SubmissionReject, SubmissionWithdraw],
    /// Somebody asked or said something about a submission.
    SubmissionDiscussed = "submission.discussed" of [SubmissionAsk, SubmissionComment],
    /// A token was made, or a new one in the place of those before.
    TokenCreated = "token.created" of [TokenCreate, TokenRenew],
    /// A token was revoked, and those that were made with it.
    TokenRevoked = "token.revoked" of [TokenRevoke],
    /// A token was revoked because somebody found it.
    TokenReported = "token.reported" of [TokenReport],
    /// A workflow is trusted from now on.
    TrustedPublisherAdded = "trusted-publisher.added" of [TrustedPublisherAdd],
    /// A workflow is trusted no more.
    TrustedPublisherRemoved = "trusted-publisher.removed" of [TrustedPublisherRemove],
    /// More is asked of releases.
    PublishingTightened = "publishing.tightened" of [PublishingTighten],
    /// Less is asked of releases.
    PublishingLoosened = "publishing.loosened" of [PublishingLoosen],
    /// An operator is to turn a rule of releases off, days later, unless an owner objects.
    PublishingAnnounced = "publishing.announced" of [PublishingAnnounce],
    /// A rule of releases that an operator was to turn off stays on.
    PublishingKept = "publishing.kept" of [PublishingKeep],
    /// A publisher advises against a module.
    ModuleDeprecated = "module.deprecated" of [ModuleDeprecate],
    /// A publisher advises against a module no more.
    ModuleUndeprecated = "module.undeprecated" of [ModuleUndeprecate],
    /// An advisory was filed.
    AdvisoryFiled = "advisory.filed" of [AdvisoryFile],
    /// An advisory says something else, or an operator stands for it.
    AdvisoryChanged = "advisory.changed" of [AdvisoryChange],
    /// An advisory holds of nothing any more.
    AdvisoryWithdrawn = "advisory.withdrawn" of [AdvisoryWithdraw],
    /// An operator allowed the publisher more or less than before.
    QuotaChanged = "quota.changed" of [QuotaChange],
    /// Somebody tries whether the hook works.
    Ping = "ping" of [],
}

impl Event {
    /// What a word in the store says. One of a newer version stands as it is: what was to be sent is sent, and nothing that this one tells is
    /// that.
    pub fn stored(word: &str) -> Self {
        word.parse().unwrap_or_else(|_| Self::Newer(kept(word)))
    }

    /// Whether operators alone are told it, whoever it is about.
    pub const fn is_for_operators(self) -> bool {
        matches!(self, Self::ReportSent | Self::ReportDecided)
    }

    /// What a publisher's hook can be told of, but for [`Self::Ping`], which every hook is sent that is asked to.
    pub fn of_publishers() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|event| !event.is_for_operators() && *event != Self::Ping)
    }
}

/// A word that is no event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no event: {known} are", known = Event::ALL.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", "))]
pub struct UnknownEvent(String);

impl FromStr for Event {
    type Err = UnknownEvent;

    fn from_str(word: &str) -> Result<Self, UnknownEvent> {
        Self::ALL.iter().copied().find(|event| event.as_str() == word).ok_or_else(|| UnknownEvent(word.to_owned()))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_word_and_what_it_tells_of() {
        for event in Event::ALL {
            assert_eq!(event.as_str().parse(), Ok(*event));
            assert_eq!(Event::stored(event.as_str()), *event);
            let told = Act::ALL.iter().any(|act| Event::of(*act) == Some(*event));
            assert_eq!(told, *event != Event::Ping, "{event}");
        }
    }
}
