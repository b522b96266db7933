//! Why a submission needs a human: pure rules over facts.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use adx_index::manifest::{Manifest, Price, Pricing};
use thiserror::Error;

use super::Standing;

/// Why a submission needs a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its publisher has released nothing yet, or nothing since it was given to somebody else.
    FirstRelease,
    /// It asks for permissions or hosts that the newest release does not.
    WiderPermissions,
    /// It costs something that the newest release does not, or more.
    Price,
    /// A check found something that somebody should look at.
    Findings,
    /// Everything needs a human here.
    Always,
    /// An operator wants to see whatever this publisher sends.
    Publisher,
    /// Its publisher, or who trusts the workflow that sent it, asks an owner to confirm it: for that no operator is needed.
    Staged,
}

/// A word that is no cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no cause of a review")]
pub struct UnknownCause(String);

impl Cause {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::FirstRelease,
        Self::WiderPermissions,
        Self::Price,
        Self::Findings,
        Self::Always,
        Self::Publisher,
        Self::Staged,
    ];

    /// Those that a policy can name beside each other.
    pub const OF_A_POLICY: [Self; 4] = [Self::FirstRelease, Self::WiderPermissions, Self::Price, Self::Findings];

    /// The word on the wire, in the configuration and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstRelease => "first-release",
            Self::WiderPermissions => "wider-permissions",
            Self::Price => "price",
            Self::Findings => "findings",
            Self::Always => "always",
            Self::Publisher => "publisher",
            Self::Staged => "staged",
        }
    }

    /// The cause in words, for people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::FirstRelease => "it is the publisher's first release, or its new owner's",
            Self::WiderPermissions => "it asks for more permissions or hosts than the newest release",
            Self::Price => "its price is new or higher",
            Self::Findings => "a check found something to look at",
            Self::Always => "everything is reviewed here",
            Self::Publisher => "whatever this publisher sends is reviewed",
            Self::Staged => "an owner has to confirm it",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(text: &str) -> Result<Self, UnknownCause> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownCause(text.to_owned()))
    }
}

/// What needs a human, unless an operator said otherwise of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// Everything.
    Always,
    /// Nothing.
    Never,
    /// What one of these causes applies to.
    When(BTreeSet<Cause>),
}

impl Default for Policy {
    fn default() -> Self {
        Self::When(BTreeSet::from([Cause::Findings]))
    }
}

/// What is known of a submission that passed every check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact, and every combination of them happens")]
pub struct Facts {
    /// Its publisher has released nothing yet, or nothing since it was given to somebody else.
    pub first_release: bool,
    /// It asks for more than the newest release.
    pub wider_permissions: bool,
    /// Its price is new or higher.
    pub price: bool,
    /// A check found something that somebody should look at.
    pub findings: bool,
}

impl Policy {
    /// Whether a cause makes a submission of a publisher of that standing wait.
    pub fn asks_for(&self, cause: Cause, standing: Option<Standing>) -> bool {
        let trusted = standing == Some(Standing::Trusted);
        if trusted && matches!(cause, Cause::FirstRelease | Cause::WiderPermissions) {
            return false;
        }
        matches!(self, Self::When(causes) if causes.contains(&cause))
    }

    /// Why a submission waits; for no cause it does not.
    pub fn causes(&self, facts: Facts, standing: Option<Standing>) -> Vec<Cause> {
        let mut causes = Vec::new();
        let holds = |cause| match cause {
            Cause::FirstRelease => facts.first_release,
            Cause::WiderPermissions => facts.wider_permissions,
            Cause::Price => facts.price,
            Cause::Findings => facts.findings,
            Cause::Always | Cause::Publisher | Cause::Staged => false,
        };
        causes.extend(Cause::OF_A_POLICY.into_iter().filter(|cause| self.asks_for(*cause, standing) && holds(*cause)));
        if *self == Self::Always {
            causes.push(Cause::Always);
        }
        if standing == Some(Standing::Held) {
            causes.push(Cause::Publisher);
        }
        causes
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => out.write_str("always"),
            Self::Never => out.write_str("never"),
            Self::When(causes) => {
                out.write_str(&causes.iter().map(|cause| cause.as_str()).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl FromStr for Policy {
    type Err = UnknownCause;

    /// Reads `always`, `never`, or causes parted by commas.
    fn from_str(text: &str) -> Result<Self, UnknownCause> {
        match text.trim() {
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            words => {
                let cause = |word: &str| {
                    let known = Cause::OF_A_POLICY.into_iter().find(|cause| cause.as_str() == word.trim());
                    known.ok_or_else(|| UnknownCause(word.trim().to_owned()))
                };
                words.split(',').map(cause).collect::<Result<_, _>>().map(Self::When)
            }
        }
    }
}

/// Whether a manifest asks for permissions or hosts that another does not.
pub(crate) fn is_wider(now: &Manifest, before: &Manifest) -> bool {
    let permissions = |manifest: &Manifest| manifest.permissions.texts().into_iter().collect::<BTreeSet<_>>();
    let hosts =
        |manifest: &Manifest| manifest.network.allowed_hosts.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    !permissions(now).is_subset(&permissions(before)) || !hosts(now).is_subset(&hosts(before))
}

/// Whether a manifest has a price that another has not: one at all, a higher one, or one that cannot be compared.
pub(crate) fn is_dearer(now: &Manifest, before: Option<&Manifest>) -> bool {
    let before = before.map_or(&Pricing::Free, |before| &before.marketplace.pricing);
    match (&now.marketplace.pricing, before) {
        (Pricing::Free, _) => false,
        (Pricing::OneTime { price: now }, Pricing::OneTime { price: before }) => is_higher(now, before),
        (
            Pricing::Subscription { price: now, interval },
            Pricing::Subscription { price: before, interval: interval_before },
        ) => interval != interval_before || is_higher(now, before),
        _ => true,
    }
}

/// Whether a price is higher than another, or cannot be compared with it. Tiers are compared with the same tiers only.
fn is_higher(now: &Price, before: &Price) -> bool {
    now.currency != before.currency
        || now.amount_minor > before.amount_minor
        || now.per_seat != before.per_seat
        || now.tiers.len() != before.tiers.len()
        || now
            .tiers
            .iter()
            .zip(&before.tiers)
            .any(|(now, before)| now.from != before.from || now.amount_minor > before.amount_minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: Facts = Facts { first_release: true, wider_permissions: true, price: true, findings: true };

    fn manifest(rest: &str) -> Manifest {
        let text = format!(
            "[module]\npublisher = \"acme\"\nname = \"notes\"\nversion = \"1.0.0\"\ndescription = \"Notes.\"\n\
             authors = [\"Acme\"]\nlicense = \"MIT\"\n[module.compatibility]\nadx_core_version = \">=1.0, <2\"\n\
             world = \"adx:module/module@1.0.0\"\n{rest}"
        );
        Manifest::parse(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn trust_spares_the_publisher_but_not_what_checks_find() {
        let policy: Policy = "first-release, wider-permissions, price, findings".parse().unwrap();
        assert_eq!(policy.causes(EVERYTHING, None), Cause::OF_A_POLICY);
        assert_eq!(policy.causes(EVERYTHING, Some(Standing::Trusted)), [Cause::Price, Cause::Findings]);
        assert_eq!(policy.causes(Facts::default(), Some(Standing::Held)), [Cause::Publisher]);
        assert_eq!(policy.causes(Facts::default(), None), []);
    }

    #[test]
    fn never_holds_nothing_but_whom_an_operator_holds() {
        assert_eq!(Policy::Never.causes(EVERYTHING, None), []);
        assert_eq!(Policy::Never.causes(EVERYTHING, Some(Standing::Held)), [Cause::Publisher]);
        assert_eq!(Policy::Always.causes(Facts::default(), Some(Standing::Trusted)), [Cause::Always]);
    }

    #[test]
    fn a_policy_reads_back_what_it_shows() {
        for text in ["always", "never", "findings", "first-release, wider-permissions, price, findings"] {
            assert_eq!(text.parse::<Policy>().unwrap().to_string(), text);
        }
        for text in ["", "sometimes", "always, findings", "publisher"] {
            assert!(text.parse::<Policy>().is_err(), "{text:?}");
        }
        assert_eq!(Policy::default().to_string(), "findings");
    }

    #[test]
    fn a_host_more_is_wider_and_one_less_is_not() {
        let network = |hosts: &str| {
            manifest(&format!(
                "[module.permissions]\nrequired = [\"http\"]\n[module.network]\nallowed_hosts = [{hosts}]\n"
            ))
        };
        let (one, two) =
            (network("\"https://a.example.com\""), network("\"https://a.example.com\", \"https://b.example.com\""));
        assert!(is_wider(&two, &one) && !is_wider(&one, &two) && !is_wider(&one, &one));
        assert!(is_wider(&one, &manifest("")) && !is_wider(&manifest(""), &one));
    }

    #[test]
    fn a_price_that_appears_rises_or_changes_its_kind_is_dearer() {
        let priced = |price: &str| manifest(&format!("[module.marketplace.pricing]\n{price}\n"));
        let once = |amount: u32| priced(&format!("model = \"one-time\"\namount_minor = {amount}\ncurrency = \"EUR\""));
        let monthly = priced("model = \"subscription\"\namount_minor = 1\ncurrency = \"EUR\"\ninterval = \"month\"");
        assert!(is_dearer(&once(100), None) && is_dearer(&once(100), Some(&manifest(""))));
        assert!(is_dearer(&once(101), Some(&once(100))) && !is_dearer(&once(100), Some(&once(101))));
        assert!(is_dearer(&monthly, Some(&once(100))) && !is_dearer(&monthly, Some(&monthly)));
        assert!(!is_dearer(&manifest(""), Some(&once(100))));
        let seats = |tier: u32| {
            let tiers = format!("[[module.marketplace.pricing.tiers]]\nfrom = 11\namount_minor = {tier}");
            priced(&format!("model = \"one-time\"\namount_minor = 100\ncurrency = \"EUR\"\nper = \"seat\"\n{tiers}"))
        };
        assert!(is_dearer(&seats(50), Some(&once(100))) && is_dearer(&seats(51), Some(&seats(50))));
        assert!(!is_dearer(&seats(50), Some(&seats(51))));
    }
}
