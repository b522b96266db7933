//! The closed list of what an entry can say.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::newer::kept;

/// Declares the acts: the variant, its word, and what it means.
macro_rules! acts {
    ($( $(#[doc = $doc:literal])+ $name:ident = $word:literal, )+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act {
            $( $(#[doc = $doc])+ $name, )+
            /// What a newer version of the registry wrote down, by its word. See [`Act::stored`].
            Newer(&'static str),
        }

        impl Act {
            /// Every act that this version has a word for.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The word, as stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$name => $word, )+
                    Self::Newer(word) => word,
                }
            }
        }
    };
}

acts! {
    /// A version was released.
    ReleasePublish = "release.publish",
    /// A version is not chosen any more.
    ReleaseYank = "release.yank",
    /// A version is chosen again.
    ReleaseUnyank = "release.unyank",
    /// A version was withheld by an operator.
    ReleaseQuarantine = "release.quarantine",
    /// A version was let out of quarantine.
    ReleaseRestore = "release.restore",
    /// A check found something in a version that is released, and was not known then.
    ReleaseFlag = "release.flag",
    /// A whole module was withheld by an operator.
    ModuleQuarantine = "module.quarantine",
    /// A module was let out of quarantine.
    ModuleRestore = "module.restore",
    /// A version or a module was taken down, or what is said of that was changed.
    TakedownPut = "takedown.put",
    /// A takedown was taken back.
    TakedownLift = "takedown.lift",
    /// Somebody said that something is wrong with a module.
    ReportSend = "report.send",
    /// An operator confirmed or dismissed a report.
    ReportDecide = "report.decide",
    /// A publisher appealed against an operator's decision.
    AppealOpen = "appeal.open",
    /// An operator granted or denied an appeal.
    AppealDecide = "appeal.decide",
    /// A package was put on the kill list.
    PackageRevoke = "package.revoke",
    /// A package was taken off the kill list.
    PackageUnrevoke = "package.unrevoke",
    /// A key was put on the kill list.
    KeyRevoke = "key.revoke",
    /// A key was taken off the kill list.
    KeyUnrevoke = "key.unrevoke",
    /// A key counts from now on.
    KeyAdd = "key.add",
    /// A key counts no more.
    KeyRemove = "key.remove",
    /// A publisher was created.
    PublisherCreate = "publisher.create",
    /// A token was issued.
    TokenCreate = "token.create",
    /// A token was revoked.
    TokenRevoke = "token.revoke",
    /// A token took the place of others.
    TokenRenew = "token.renew",
    /// Somebody was invited as an owner.
    OwnerInvite = "owner.invite",
    /// Somebody accepted to be an owner.
    OwnerAccept = "owner.accept",
    /// Somebody is an owner no more.
    OwnerRemove = "owner.remove",
    /// Another number of owners must approve.
    OwnerThreshold = "owner.threshold",
    /// Somebody was invited as a member that is no owner.
    MemberInvite = "member.invite",
    /// Somebody accepted to be a member, an owner too, with an account.
    MemberAccept = "member.accept",
    /// A member has another role.
    MemberRole = "member.role",
    /// Somebody that was no owner is a member no more.
    MemberRemove = "member.remove",
    /// An owner was connected to an account.
    MemberConnect = "member.connect",
    /// What people read of a publisher is another name.
    PublisherRename = "publisher.rename",
    /// A person's publisher is an organisation's from now on.
    PublisherOrganisation = "publisher.organisation",
    /// A publisher was offered to somebody.
    TransferOffer = "transfer.offer",
    /// An offer was taken back.
    TransferWithdraw = "transfer.withdraw",
    /// An offer was declined.
    TransferDecline = "transfer.decline",
    /// A publisher was given to somebody else: its members, its tokens and what they trusted count no more.
    TransferAccept = "transfer.accept",
    /// An owner asked which record shows that the publisher holds a domain.
    DomainAsk = "domain.ask",
    /// The record of a domain was seen: the publisher holds it.
    DomainVerify = "domain.verify",
    /// The record of a domain stayed away: the publisher does not hold it any more.
    DomainLose = "domain.lose",
    /// A publisher does without a domain, or took another.
    DomainForget = "domain.forget",
    /// An owner proposed something.
    ProposalOpen = "proposal.open",
    /// An owner approved a proposal.
    ProposalApprove = "proposal.approve",
    /// An owner objected, or withdrew a proposal.
    ProposalCancel = "proposal.cancel",
    /// Enough owners approved, and what they want comes later.
    ProposalAnnounce = "proposal.announce",
    /// What owners wanted was done.
    ProposalDone = "proposal.done",
    /// What owners wanted could not be done.
    ProposalFail = "proposal.fail",
    /// Too few approved in time.
    ProposalExpire = "proposal.expire",
    /// A new name waits for an operator.
    NameHold = "name.hold",
    /// A held name may be taken.
    NameAllow = "name.allow",
    /// A held name may not be taken.
    NameRefuse = "name.refuse",
    /// A name was deleted.
    NameDelete = "name.delete",
    /// A deleted name was given back.
    NameRestore = "name.restore",
    /// An account was made.
    AccountCreate = "account.create",
    /// An account was erased.
    AccountErase = "account.erase",
    /// A person is called something else.
    AccountRename = "account.rename",
    /// A person wants mail to go to another address.
    AddressAsk = "address.ask",
    /// A person's mail goes to another address.
    AddressChange = "address.change",
    /// A person's mail goes to the address of before again, by whoever reads it.
    AddressRestore = "address.restore",
    /// A person was kept out.
    AccountDisable = "account.disable",
    /// A person was let in again.
    AccountEnable = "account.enable",
    /// A link was made with which somebody becomes an operator.
    OperatorLink = "operator.link",
    /// Somebody became an operator.
    OperatorCreate = "operator.create",
    /// An operator is one no more.
    OperatorRemove = "operator.remove",
    /// A letter about an account was promised to who asked for it.
    LetterAsk = "letter.ask",
    /// A person signed in.
    SessionCreate = "session.create",
    /// A session was ended.
    SessionEnd = "session.end",
    /// Every other session was ended.
    SessionEndOthers = "session.end-others",
    /// A password was changed by who knew the one before.
    PasswordChange = "password.change",
    /// A password was set by who reads the mail.
    PasswordReset = "password.reset",
    /// A seed of one-time passwords was made, and counts once it is confirmed.
    SecondFactorBegin = "second-factor.begin",
    /// One-time passwords are on.
    SecondFactorOn = "second-factor.on",
    /// One-time passwords are off.
    SecondFactorOff = "second-factor.off",
    /// Recovery codes took the place of those before.
    RecoveryCodesRenew = "recovery-codes.renew",
    /// A passkey was added.
    PasskeyAdd = "passkey.add",
    /// A passkey was removed.
    PasskeyRemove = "passkey.remove",
    /// A passkey counted backwards, and was not believed: there may be two of it.
    PasskeyClone = "passkey.clone",
    /// An identity of a provider signs in from now on.
    IdentityConnect = "identity.connect",
    /// An identity of a provider signs in no more.
    IdentityDisconnect = "identity.disconnect",
    /// Somebody known was refused what was asked for.
    AccessRefuse = "access.refuse",
    /// A webhook was made.
    WebhookCreate = "webhook.create",
    /// A webhook was changed.
    WebhookChange = "webhook.change",
    /// A webhook was removed.
    WebhookRemove = "webhook.remove",
    /// A webhook got another secret.
    WebhookRotate = "webhook.rotate",
    /// A test event was sent to a webhook.
    WebhookPing = "webhook.ping",
    /// Deliveries of a webhook are sent once more.
    WebhookReplay = "webhook.replay",
    /// A webhook was turned off because its receiver fails.
    WebhookDisable = "webhook.disable",
    /// A version was sent, and waits for an operator or an owner.
    SubmissionWait = "submission.wait",
    /// A version was sent, and refused by the registry itself.
    SubmissionRefuse = "submission.refuse",
    /// An operator let a submission pass.
    SubmissionApprove = "submission.approve",
    /// An owner let a submission become a release.
    SubmissionConfirm = "submission.confirm",
    /// An operator refused a submission.
    SubmissionReject = "submission.reject",
    /// A submission that an operator refused waits once more, for an appeal was granted.
    SubmissionReopen = "submission.reopen",
    /// A publisher took a submission back.
    SubmissionWithdraw = "submission.withdraw",
    /// An operator asked something about a submission.
    SubmissionAsk = "submission.ask",
    /// Somebody said something about a submission.
    SubmissionComment = "submission.comment",
    /// An operator held or trusted a publisher, or does so no more.
    PublisherStanding = "publisher.standing",
    /// A token was revoked because somebody found it.
    TokenReport = "token.report",
    /// A run of a trusted workflow was given a token.
    TokenExchange = "token.exchange",
    /// A workflow is trusted from now on.
    TrustedPublisherAdd = "trusted-publisher.add",
    /// A workflow is trusted no more.
    TrustedPublisherRemove = "trusted-publisher.remove",
    /// More is asked of releases.
    PublishingTighten = "publishing.tighten",
    /// Less is asked of releases.
    PublishingLoosen = "publishing.loosen",
    /// An operator announced that less will be asked of releases.
    PublishingAnnounce = "publishing.announce",
    /// What was announced so will not be done.
    PublishingKeep = "publishing.keep",
    /// A publisher advises against a module.
    ModuleDeprecate = "module.deprecate",
    /// A publisher advises against a module no more.
    ModuleUndeprecate = "module.undeprecate",
    /// An advisory was filed.
    AdvisoryFile = "advisory.file",
    /// An advisory says something else, or an operator stands for it.
    AdvisoryChange = "advisory.change",
    /// An advisory holds of nothing any more.
    AdvisoryWithdraw = "advisory.withdraw",
    /// Another key seals what accounts keep secret.
    AccountsKeyReplace = "accounts-key.replace",
    /// A publisher may publish more or less than before.
    QuotaChange = "quota.change",
    /// A caller may do something more often than all, or as often again.
    RateChange = "rate.change",
    /// A tenant was made.
    TenantCreate = "tenant.create",
    /// To whom a tenant's invoices are made out, or what may be spent for it, was changed.
    TenantChange = "tenant.change",
    /// Something was ordered, or asked for.
    OrderPlace = "order.place",
    /// What was asked for is bought.
    OrderApprove = "order.approve",
    /// What was asked for is not bought.
    OrderRefuse = "order.refuse",
    /// An order was paid.
    OrderPay = "order.pay",
    /// An operator does not take an order.
    OrderDecline = "order.decline",
    /// A buyer wants an order no more.
    OrderCancel = "order.cancel",
    /// What was paid for an order is given back.
    OrderRefund = "order.refund",
    /// The bank of a buyer wants back what was paid.
    OrderDispute = "order.dispute",
    /// That was settled.
    OrderSettle = "order.settle",
    /// An operator looked at payments that do not fit an order.
    OrderCheck = "order.check",
    /// The next period of an order was asked for, or begins.
    OrderRenew = "order.renew",
    /// An order is frozen, for it was not paid.
    OrderFreeze = "order.freeze",
    /// Nobody approved or paid an order in time, or a trial is over.
    OrderExpire = "order.expire",
    /// An order has ended.
    OrderEnd = "order.end",
    /// A coupon was made.
    CouponCreate = "coupon.create",
    /// What is released is looked over again: an operator asked for it, or what it is held against has changed.
    RecheckBegin = "recheck.begin",
    /// A job that was given up is run again.
    JobRetry = "job.retry",
    /// A job that was given up was dropped.
    JobDrop = "job.drop",
}

/// A word that is no act.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no act of the audit log: `release.publish` is one, and GET /docs lists them all")]
pub struct UnknownAct(String);

impl Act {
    /// What a word in the store says. One of a newer version, whose place an older one has taken, stands as it is.
    pub fn stored(word: &str) -> Self {
        word.parse().unwrap_or_else(|_| Self::Newer(kept(word)))
    }
}

impl Serialize for Act {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Act {
    type Err = UnknownAct;

    fn from_str(word: &str) -> Result<Self, UnknownAct> {
        Self::ALL.iter().copied().find(|act| act.as_str() == word).ok_or_else(|| UnknownAct(word.to_owned()))
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_of_one_act() {
        let words: BTreeSet<_> = Act::ALL.iter().map(|act| act.as_str()).collect();
        assert_eq!(words.len(), Act::ALL.len());
        for act in Act::ALL {
            assert_eq!(act.as_str().parse(), Ok(*act));
            assert_eq!(serde_json::to_value(act).unwrap(), act.as_str());
            assert_eq!(Act::stored(act.as_str()), *act);
        }
    }

    #[test]
    fn a_newer_versions_word_stands_as_it_is() {
        let newer = Act::stored("module.teleport");
        assert_eq!((newer.as_str(), newer), ("module.teleport", Act::stored("module.teleport")));
        assert!("module.teleport".parse::<Act>().is_err(), "nobody asks for it");
    }
}
