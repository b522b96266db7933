//! What crosses the wire. These types are the API: `openapi.yaml` is made from them.

mod account;
mod accounts;
mod advisories;
mod appeals;
mod audit;
mod binary;
mod catalogue;
mod domains;
pub(in crate::http) mod from_core;
pub(in crate::http) mod from_listing;
mod from_market;
pub(in crate::http) mod from_owners;
pub(in crate::http) mod from_people;
mod jobs;
mod listing;
mod market;
mod members;
mod moderation;
mod names;
mod owners;
mod pages;
mod passkeys;
mod person;
mod quotas;
mod reports;
mod submissions;
mod takedowns;
mod transfers;
mod trusted;
mod webhooks;

pub use account::{
    Actor, ActorKind, KeyPurpose, KeyRemover, KeyRevocation, NewDisplayName, NewKey, NewPublisher, NewToken, Publisher,
    PublisherCreated, PublisherKey, Scope, ScopeGrant, Token, TokenCreated, TokenList, TokensRevoked,
};
pub use accounts::{AccountState, AccountsQuery, ListedAccount, ListedAccountList, NewDisabling};
pub use advisories::{
    AdvisoriesQuery, Advisory, AdvisoryList, AdvisorySummary, AffectedVersions, NewAdvisory, Severity,
};
pub use appeals::{
    Appeal, AppealAnswer, AppealKind, AppealList, AppealState, AppealsQuery, NewAccountAppeal, NewAppeal,
};
pub use audit::{AuditEntry, AuditHead, AuditPage, AuditQuery, AuditSubject};
pub use binary::Binary;
pub use catalogue::{
    Change, ChangeKind, Changes, Dependency, FacetCount, Module, Permission, PublishReceipt, PublisherReference,
    SearchFacets, SearchHit, SearchPage, SearchSort, VersionDetail, VersionPage, VersionSummary,
};
pub use domains::{Domain, NewDomain};
pub use jobs::{GivenUpJob, GivenUpJobList};
pub use listing::{
    DocumentationEntry, DocumentationIndex, DocumentationPage, Listing, ListingChanges, OtherModule, PriceTier,
    Pricing, PricingModel, Screenshot,
};
pub use market::{
    Amount, CardPage, Coupon, CouponList, Entitlement, EntitlementList, Invoice, LicenceQuery, Money, NewCoupon,
    NewOrder, NewPayment, NewRefund, NewTenant, Order, OrderDetail, OrderEvent, OrderList, OrderQuote, OrderReason,
    OrdersQuery, PriceLine, Statement, StatementLine, Tenant, TenantChange, TenantList,
};
pub use members::{
    Member, MemberList, MyInvitation, MyPublisher, MyPublisherList, NewMember, NewRole, OwnerToken, PublisherKind, Role,
};
pub use moderation::{Deprecation, ModuleStanding, NewQuarantine, NewRevocation, NewYank};
pub use names::{HeldName, HeldNameList, HeldNameState, HeldNamesQuery, Likeness, NewNameRefusal};
pub use owners::{
    Approval, InvitationCode, NewOwner, NewProposal, Owner, OwnerAccepted, OwnerList, OwnerReference, OwnerState,
    Proposal, ProposalList, ProposalState, ProposedAction,
};
pub use pages::{AfterQuery, BeforeQuery};
pub use passkeys::{NewPasskey, Passkey, PasskeyAdded, PasskeyAnswer, PasskeyList, PasskeyRound, PasskeySignIn};
pub use person::{
    Account, AddressCode, ConnectedIdentity, ConnectedIdentityList, Contact, MailAddress, NewAccount, NewOperator,
    NewPersonAddress, NewPersonName, NewRecoveryCodes, OneTimePassword, OpenIdAddress, OpenIdStart, OperatorCode,
    PasswordChange, PasswordProof, PasswordReset, RecoveryCodeList, SecondFactorProof, SecondFactorSeed, Session,
    SessionList, SessionState, SignIn,
};
pub use quotas::{ExceededQuota, NewQuota, Quota, QuotaAllowance, UsedOfQuota};
pub use reports::{
    NewReport, Report, ReportAct, ReportCategory, ReportConfirmation, ReportDismissal, ReportList, ReportState,
    ReportTaken, ReportedModule, ReportedModuleList, ReportsQuery,
};
pub use submissions::{
    CheckSeverity, FileDiff, Finding, Listed, NewRejection, NewRemark, NewStanding, NewVerdict, OwnSubmissionsQuery,
    PublisherStanding, ReviewCause, Standing, Submission, SubmissionDetail, SubmissionDiff, SubmissionEvent,
    SubmissionList, SubmissionSide, SubmissionState, SubmissionsQuery,
};
pub use takedowns::{NewTakedown, Takedown, TakedownList};
pub use transfers::{OfferCode, OfferedNamespace, Transfer};
pub use trusted::{
    FoundToken, NewTrustedPublisher, Provenance, PublishingRules, PublishingSwitch, TokenReport, TrustedPublisher,
    TrustedPublisherList, WorkflowExchange, WorkflowProvider,
};
pub use webhooks::{
    DeliveriesQuery, Delivery, DeliveryAttempt, DeliveryList, DeliveryState, NewReplay, NewWebhook, Replayed, Webhook,
    WebhookChange, WebhookCreated, WebhookList, WebhooksQuery,
};
