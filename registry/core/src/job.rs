//! The outbox: work that a committed transaction promises and a worker does afterwards.

use adx_signing::key::KeyId;
use adx_signing::name::ModuleId;
use semver::Version;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Id;
use crate::account::Account;
use crate::accounts::FormerAddress;
use crate::appeals::Appeal;
use crate::domains::Domain;
use crate::market::Recipient;
use crate::market::order::{Order, OrderLetter};
use crate::members::Member;
use crate::names::HeldName;
use crate::proposal::Proposal;
use crate::publisher::Publisher;
use crate::rechecks::Recheck;
use crate::reports::Report;
use crate::submissions::Submission;
use crate::token::Token;
use crate::transfers::Transfer;
use crate::trusted::{PublishingSwitch, TrustedPublisher};
use crate::webhooks::Webhook;

/// Attempts after which a job is dead: kept with its error, run again only by an operator.
pub const MAX_ATTEMPTS: u32 = 12;

/// The same for what people wait for: three days of a quarter of an hour each, which is less than they have to object.
pub const MAX_PATIENT_ATTEMPTS: u32 = 300;

/// Jobs that are worked off together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What the search index is told: a commit of it costs the same for one module as for a hundred, so all that wait are one batch.
    Search,
    /// Everything else, each by itself.
    Others,
}

/// What is to be done. Every kind may be run twice, at once or later, without harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// Bring the search document of a module up to date with its rows.
    UpdateSearch {
        /// The module.
        module: ModuleId,
    },
    /// Remove blobs that no release refers to and nothing that is published names.
    SweepOrphans,
    /// Remove metadata and partial tiles that newer ones took the place of.
    SweepSuperseded,
    /// Build the search index anew beside the one that answers, and put it in its place.
    RebuildSearch,
    /// Hold the search index against the rows, and put right what differs.
    CheckSearch,
    /// Make the code of an invitation and send it.
    SendInvitation {
        /// To whom.
        owner: Id<Member>,
    },
    /// Make the code of a letter about an account, if it holds one, and send it.
    SendAccountLetter {
        /// To whom.
        account: Id<Account>,
        /// Which.
        letter: AccountLetter,
    },
    /// Remove submissions that were refused long ago, and bytes that wait no more.
    SweepSubmissions,
    /// Tell an operator by mail what happened to a submission.
    NotifyOperator {
        /// Whom.
        account: Id<Account>,
        /// Which.
        submission: Id<Submission>,
        /// What happened.
        step: SubmissionStep,
    },
    /// Remove sessions, codes, attempts and tokens of runs that have ended, and accounts that nobody finished.
    SweepAccounts,
    /// Look at domains of publishers again.
    LookAtDomains,
    /// Do what time does to orders.
    TurnOrders,
    /// Compare an order with what the provider of payments took for it.
    SettleOrder {
        /// Which order.
        order: Id<Order>,
    },
    /// Find out which order something of the provider of payments belongs to, and compare that.
    FollowPayment {
        /// What the provider calls it.
        handle: String,
    },
    /// Compare all orders with what the provider of payments took.
    ReconcilePayments,
    /// Tell somebody who buys by mail what happened to an order.
    SendOrderLetter {
        /// Whom.
        to: Recipient,
        /// Which order.
        order: Id<Order>,
        /// What happened.
        letter: OrderLetter,
    },
    /// Make the code of an offer of a publisher and send it.
    SendTransferOffer {
        /// Which.
        transfer: Id<Transfer>,
    },
    /// Tell somebody that the publisher, of which it was a member, is somebody else's.
    TellFormerMember {
        /// Whom.
        member: Id<Member>,
    },
    /// Do what owners announced, or end what too few approved, once its time has come.
    SettleProposal {
        /// Which.
        proposal: Id<Proposal>,
    },
    /// Turn a rule of releases off that an operator announced so, once its time has come.
    LoosenPublishing {
        /// Whose.
        publisher: Id<Publisher>,
        /// Which.
        switch: PublishingSwitch,
    },
    /// Tell an operator by mail that something waits.
    TellOperator {
        /// Whom.
        account: Id<Account>,
        /// What.
        matter: OperatorMatter,
    },
    /// Tell whoever sent a report by mail what was made of it.
    TellReporter {
        /// Which.
        report: Id<Report>,
    },
    /// Tell the person who appealed by mail what was decided.
    TellAppellant {
        /// Which appeal.
        appeal: Id<Appeal>,
    },
    /// Tell whoever asked for a namespace that was held by mail what was decided.
    TellAsker {
        /// Which.
        name: Id<HeldName>,
        /// Whether it was allowed.
        allowed: bool,
    },
    /// Remove the bytes of a release that was taken down for good.
    EraseRelease {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// Look over again what is released, from where a recheck has come.
    Recheck {
        /// Which.
        recheck: Id<Recheck>,
    },
    /// Tell an owner by mail what happened.
    Notify {
        /// Whom.
        owner: Id<Member>,
        /// What happened.
        notice: Notice,
    },
}

/// A letter to a person about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountLetter {
    /// How to finish signing up.
    Verify,
    /// That there is an account already.
    HasAccount,
    /// How to set another password.
    Reset,
    /// How to sign in although others guessed too often.
    Unlock,
    /// How to show that another address is the person's, sent to that one.
    ConfirmAddress,
    /// That mail is to go to another address, and how to take the account back, sent to the address so far.
    AddressWanted {
        /// Which: the account may have another by now.
        former: Id<FormerAddress>,
    },
    /// That the password was changed.
    PasswordChanged,
    /// That one-time passwords were turned on.
    SecondFactorOn,
    /// That one-time passwords were turned off.
    SecondFactorOff,
    /// That recovery codes took the place of those before.
    RecoveryCodesRenewed,
    /// That an identity of a provider was connected.
    IdentityConnected,
    /// That a passkey was added.
    PasskeyAdded,
    /// That a passkey was taken away.
    PasskeyRemoved,
    /// That a passkey counted backwards, and was not believed.
    PasskeyCloned,
}

impl AccountLetter {
    /// The letter's name, as traced.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::HasAccount => "has_account",
            Self::Reset => "reset",
            Self::Unlock => "unlock",
            Self::ConfirmAddress => "confirm_address",
            Self::AddressWanted { .. } => "address_wanted",
            Self::PasswordChanged => "password_changed",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::RecoveryCodesRenewed => "recovery_codes_renewed",
            Self::IdentityConnected => "identity_connected",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeyCloned => "passkey_cloned",
        }
    }
}

/// What owners are told by mail. It holds identifiers only: the outbox is no place for names and addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A proposal has come so far.
    Proposal {
        /// Which.
        proposal: Id<Proposal>,
        /// How far.
        step: ProposalStep,
    },
    /// A key was added by one that the namespace had, or as its first.
    KeyAdded {
        /// The key.
        key: KeyId,
    },
    /// An operator decided on a name that was held.
    NameDecided {
        /// The name.
        name: Id<HeldName>,
        /// Whether it was allowed.
        allowed: bool,
    },
    /// Something happened to a submission that needs a human.
    Submission {
        /// Which.
        submission: Id<Submission>,
        /// What.
        step: SubmissionStep,
    },
    /// An owner left.
    OwnerLeft {
        /// Who.
        owner: Id<Member>,
    },
    /// An owner deleted a module.
    ModuleDeleted {
        /// Which.
        module: ModuleId,
    },
    /// The offer of the namespace was declined or withdrawn.
    TransferEnded {
        /// Which.
        transfer: Id<Transfer>,
        /// Whether it was declined.
        declined: bool,
    },
    /// The record that shows that the publisher holds a domain is missing.
    DomainMissing {
        /// The domain.
        domain: Domain,
    },
    /// It has been missing for too long.
    DomainLost {
        /// The domain.
        domain: Domain,
    },
    /// A key was removed by another one.
    KeyRemoved {
        /// The key.
        key: KeyId,
    },
    /// An operator put a key on the kill list.
    KeyRevoked {
        /// The key.
        key: KeyId,
    },
    /// An operator took a key off the kill list.
    KeyUnrevoked {
        /// The key.
        key: KeyId,
    },
    /// A webhook was turned off because its receiver fails.
    WebhookDisabled {
        /// Which.
        webhook: Id<Webhook>,
    },
    /// Somebody found a token where it should not be.
    TokenReported {
        /// Which.
        token: Id<Token>,
    },
    /// A workflow is not trusted any more.
    TrustedPublisherRemoved {
        /// Which.
        trusted: Id<TrustedPublisher>,
    },
    /// An operator withheld a module, or a version of it, or did so no longer.
    Withheld {
        /// The module.
        module: ModuleId,
        /// The version; without one, the whole module.
        version: Option<Version>,
        /// What happened.
        step: WithheldStep,
    },
    /// Something was found in versions of a module that are released, and was not known then.
    Rechecked {
        /// In which recheck.
        recheck: Id<Recheck>,
        /// The module.
        module: ModuleId,
        /// What became those versions, the first of them.
        submissions: Vec<Id<Submission>>,
        /// How many versions besides.
        more: u64,
    },
    /// An operator answered an appeal.
    AppealDecided {
        /// Which.
        appeal: Id<Appeal>,
    },
    /// More is asked of releases from now on.
    PublishingTightened {
        /// What.
        switch: PublishingSwitch,
    },
    /// An operator turns a rule of releases off, or does so no longer.
    PublishingLoosening {
        /// Which.
        switch: PublishingSwitch,
        /// How far it has come.
        step: LooseningStep,
    },
}

/// How far a rule of releases is turned off by an operator when owners are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LooseningStep {
    /// It is announced.
    Announced,
    /// It is off.
    Done,
    /// It stays on: an owner objected, or the operator took it back.
    Kept,
    /// It stays on: a second owner has come, and owners decide.
    OwnersDecide,
}

impl LooseningStep {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Done => "done",
            Self::Kept => "kept",
            Self::OwnersDecide => "owners_decide",
        }
    }
}

/// What waits for an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorMatter {
    /// Somebody reported a module.
    Report {
        /// The first report of it that waits.
        report: Id<Report>,
    },
    /// A publisher appealed.
    Appeal {
        /// Which appeal.
        appeal: Id<Appeal>,
    },
    /// What is released was looked over again, and something was found.
    Recheck {
        /// Which recheck.
        recheck: Id<Recheck>,
    },
    /// New names are held: one letter for all of an hour.
    HeldNames,
    /// A payment does not fit its order.
    Misfit {
        /// The order.
        order: Id<Order>,
    },
}

/// What an operator did about a module when its owners are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithheldStep {
    /// Put it into quarantine.
    Quarantined,
    /// Let it out.
    LetOut,
    /// Took it down.
    TakenDown,
    /// Gave it back.
    GivenBack,
}

impl WithheldStep {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::LetOut => "let_out",
            Self::TakenDown => "taken_down",
            Self::GivenBack => "given_back",
        }
    }
}

/// What happened to a submission when somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionStep {
    /// It waits for an operator.
    Waits,
    /// It waits for an owner.
    Staged,
    /// An operator approved it.
    Released,
    /// An owner confirmed it.
    Confirmed,
    /// An operator rejected it.
    Rejected,
    /// An operator asked something.
    Asked,
    /// The other side said something.
    Commented,
}

impl SubmissionStep {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Staged => "staged",
            Self::Released => "released",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Asked => "asked",
            Self::Commented => "commented",
        }
    }
}

/// How far a proposal has come when its owners are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStep {
    /// Somebody opened it.
    Opened,
    /// Enough approved; it waits.
    Announced,
    /// It was withdrawn, or somebody objected.
    Cancelled,
    /// It was done.
    Done,
    /// It could not be done.
    Failed,
}

impl ProposalStep {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Announced => "announced",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl Task {
    /// Every [`kind`](Self::kind).
    pub const KINDS: &[&str] = &[
        "update_search",
        "sweep_orphans",
        "send_invitation",
        "send_transfer_offer",
        "tell_appellant",
        "tell_former_member",
        "look_at_domains",
        "turn_orders",
        "settle_order",
        "follow_payment",
        "reconcile_payments",
        "send_order_letter",
        "settle_proposal",
        "loosen_publishing",
        "send_account_letter",
        "sweep_accounts",
        "sweep_submissions",
        "notify_operator",
        "notify",
        "erase_release",
        "recheck",
        "tell_operator",
        "tell_reporter",
        "tell_asker",
        "sweep_superseded",
        "rebuild_search",
        "check_search",
    ];

    /// The kind's name, as stored and traced.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::UpdateSearch { .. } => "update_search",
            Self::SweepOrphans => "sweep_orphans",
            Self::SendInvitation { .. } => "send_invitation",
            Self::SendTransferOffer { .. } => "send_transfer_offer",
            Self::TellFormerMember { .. } => "tell_former_member",
            Self::LookAtDomains => "look_at_domains",
            Self::TurnOrders => "turn_orders",
            Self::SettleOrder { .. } => "settle_order",
            Self::FollowPayment { .. } => "follow_payment",
            Self::ReconcilePayments => "reconcile_payments",
            Self::SendOrderLetter { .. } => "send_order_letter",
            Self::SettleProposal { .. } => "settle_proposal",
            Self::LoosenPublishing { .. } => "loosen_publishing",
            Self::SendAccountLetter { .. } => "send_account_letter",
            Self::SweepAccounts => "sweep_accounts",
            Self::SweepSubmissions => "sweep_submissions",
            Self::NotifyOperator { .. } => "notify_operator",
            Self::Notify { .. } => "notify",
            Self::EraseRelease { .. } => "erase_release",
            Self::Recheck { .. } => "recheck",
            Self::TellOperator { .. } => "tell_operator",
            Self::TellReporter { .. } => "tell_reporter",
            Self::TellAsker { .. } => "tell_asker",
            Self::TellAppellant { .. } => "tell_appellant",
            Self::SweepSuperseded => "sweep_superseded",
            Self::RebuildSearch => "rebuild_search",
            Self::CheckSearch => "check_search",
        }
    }

    /// Whose search document is to be brought up to date, if that is what it is for: those are of [`Lane::Search`].
    pub const fn module_to_index(&self) -> Option<&ModuleId> {
        match self {
            Self::UpdateSearch { module } => Some(module),
            _ => None,
        }
    }

    /// Jobs of one key are one job as long as none of them has begun.
    pub fn deduplication_key(&self) -> String {
        match self {
            Self::UpdateSearch { module } => format!("{}:{module}", self.kind()),
            Self::SweepOrphans
            | Self::SweepSuperseded
            | Self::RebuildSearch
            | Self::CheckSearch
            | Self::SweepAccounts
            | Self::SweepSubmissions
            | Self::LookAtDomains
            | Self::TurnOrders
            | Self::ReconcilePayments => self.kind().to_owned(),
            Self::SettleOrder { order } => format!("{}:{order}", self.kind()),
            Self::FollowPayment { handle } => format!("{}:{handle}", self.kind()),
            Self::SendOrderLetter { to, order, letter } => {
                format!("{}:{order}:{}:{}", self.kind(), letter.as_str(), to.key())
            }
            // One letter is for whatever publishers say meanwhile.
            Self::NotifyOperator { account, step: step @ SubmissionStep::Commented, .. } => {
                format!("{}:{account}:{}", self.kind(), step.as_str())
            }
            Self::NotifyOperator { account, submission, step } => {
                format!("{}:{account}:{submission}:{}", self.kind(), step.as_str())
            }
            Self::TellOperator { account, matter: OperatorMatter::Report { report } } => {
                format!("{}:{account}:report:{report}", self.kind())
            }
            Self::TellOperator { account, matter: OperatorMatter::Appeal { appeal } } => {
                format!("{}:{account}:appeal:{appeal}", self.kind())
            }
            Self::TellOperator { account, matter: OperatorMatter::Recheck { recheck } } => {
                format!("{}:{account}:recheck:{recheck}", self.kind())
            }
            Self::TellOperator { account, matter: OperatorMatter::HeldNames } => {
                format!("{}:{account}:held_names", self.kind())
            }
            Self::TellOperator { account, matter: OperatorMatter::Misfit { order } } => {
                format!("{}:{account}:misfit:{order}", self.kind())
            }
            Self::TellReporter { report } => format!("{}:{report}", self.kind()),
            Self::TellAppellant { appeal } => format!("{}:{appeal}", self.kind()),
            Self::TellAsker { name, allowed } => {
                format!("{}:{name}:{}", self.kind(), if *allowed { "allowed" } else { "refused" })
            }
            Self::EraseRelease { module, version } => format!("{}:{module}:{version}", self.kind()),
            Self::Recheck { recheck } => format!("{}:{recheck}", self.kind()),
            Self::SendInvitation { owner } => format!("{}:{owner}", self.kind()),
            Self::SendAccountLetter { account, letter: letter @ AccountLetter::AddressWanted { former } } => {
                format!("{}:{account}:{}:{former}", self.kind(), letter.as_str())
            }
            Self::SendAccountLetter { account, letter } => format!("{}:{account}:{}", self.kind(), letter.as_str()),
            Self::SendTransferOffer { transfer } => format!("{}:{transfer}", self.kind()),
            Self::TellFormerMember { member } => format!("{}:{member}", self.kind()),
            Self::SettleProposal { proposal } => format!("{}:{proposal}", self.kind()),
            Self::LoosenPublishing { publisher, switch } => format!("{}:{publisher}:{}", self.kind(), switch.as_str()),
            Self::Notify { owner, notice } => {
                let notice = match notice {
                    Notice::Proposal { proposal, step } => format!("{}:{proposal}", step.as_str()),
                    Notice::KeyAdded { key } => format!("key_added:{key}"),
                    Notice::NameDecided { name, allowed: true } => format!("name_allowed:{name}"),
                    Notice::NameDecided { name, allowed: false } => format!("name_refused:{name}"),
                    Notice::Submission { submission, step } => format!("submission_{}:{submission}", step.as_str()),
                    Notice::TransferEnded { transfer, .. } => format!("transfer_ended:{transfer}"),
                    Notice::DomainMissing { domain } => format!("domain_missing:{domain}"),
                    Notice::DomainLost { domain } => format!("domain_lost:{domain}"),
                    Notice::OwnerLeft { owner } => format!("owner_left:{owner}"),
                    Notice::ModuleDeleted { module } => format!("module_deleted:{module}"),
                    Notice::KeyRemoved { key } => format!("key_removed:{key}"),
                    Notice::KeyRevoked { key } => format!("key_revoked:{key}"),
                    Notice::KeyUnrevoked { key } => format!("key_unrevoked:{key}"),
                    Notice::WebhookDisabled { webhook } => format!("webhook_disabled:{webhook}"),
                    Notice::TokenReported { token } => format!("token_reported:{token}"),
                    Notice::TrustedPublisherRemoved { trusted } => format!("trusted_publisher_removed:{trusted}"),
                    Notice::Withheld { module, version, step } => {
                        let version = version.as_ref().map(ToString::to_string).unwrap_or_default();
                        format!("{}:{module}:{version}", step.as_str())
                    }
                    Notice::Rechecked { recheck, module, .. } => format!("rechecked:{recheck}:{module}"),
                    Notice::AppealDecided { appeal } => format!("appeal_decided:{appeal}"),
                    Notice::PublishingTightened { switch } => format!("publishing_tightened:{}", switch.as_str()),
                    Notice::PublishingLoosening { switch, step } => {
                        format!("publishing_loosening_{}:{}", step.as_str(), switch.as_str())
                    }
                };
                format!("{}:{owner}:{notice}", self.kind())
            }
        }
    }

    /// What it is about, for operators: what tells it from others of its kind.
    pub fn about(&self) -> String {
        let key = self.deduplication_key();
        key.strip_prefix(self.kind()).map(|about| about.trim_start_matches(':')).unwrap_or_default().to_owned()
    }

    /// After how many attempts it is given up.
    pub const fn max_attempts(&self) -> u32 {
        match self {
            Self::UpdateSearch { .. }
            | Self::SweepOrphans
            | Self::SweepSuperseded
            | Self::RebuildSearch
            | Self::CheckSearch
            | Self::SweepAccounts
            | Self::SweepSubmissions
            | Self::LookAtDomains
            | Self::TurnOrders
            | Self::ReconcilePayments
            // Whoever waits in front of a page asks again.
            | Self::SendAccountLetter { .. } => MAX_ATTEMPTS,
            Self::SendInvitation { .. }
            | Self::EraseRelease { .. }
            | Self::Recheck { .. }
            | Self::SendOrderLetter { .. }
            | Self::SettleOrder { .. }
            | Self::FollowPayment { .. }
            | Self::TellOperator { .. }
            | Self::TellReporter { .. }
            | Self::TellAsker { .. }
            | Self::TellAppellant { .. }
            | Self::SendTransferOffer { .. }
            | Self::TellFormerMember { .. }
            | Self::SettleProposal { .. }
            | Self::LoosenPublishing { .. }
            | Self::Notify { .. }
            | Self::NotifyOperator { .. } => MAX_PATIENT_ATTEMPTS,
        }
    }
}

/// A job to put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its identifier.
    pub id: Id<Job>,
    /// What is to be done.
    pub task: Task,
    /// Not before.
    pub run_at: OffsetDateTime,
}

/// A job that a worker has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its identifier.
    pub id: Id<Job>,
    /// What is to be done.
    pub task: Task,
    /// How often it was begun, this time included.
    pub attempts: u32,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// Until when it belongs to the worker that claimed it. Past that, another may claim it.
    pub leased_until: OffsetDateTime,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUpJob {
    /// Its identifier.
    pub id: Id<Job>,
    /// What was to be done.
    pub task: Task,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was given up.
    pub given_up_at: OffsetDateTime,
    /// What went wrong the last time.
    pub error: String,
}

/// How many jobs of one kind there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCounts {
    /// The kind: [`Task::kind`].
    pub kind: String,
    /// Waiting or being worked on.
    pub open: u64,
    /// Given up.
    pub dead: u64,
    /// When the one that waits is due that is due first.
    pub first_due: Option<OffsetDateTime>,
}

/// How many jobs wait, and how many are dead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waiting or being worked on.
    pub open: u64,
    /// Given up after [`Task::max_attempts`].
    pub dead: u64,
}
