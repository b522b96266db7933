//! From the configuration to what looks packages over, and what of it needs a human.

use std::sync::Arc;

use adx_registry_core::{
    checks::{Check, CheckBroke, Finding, Subject},
    review::{CheckRule, Configured, Pipeline},
};
use adx_signing::digest::Digest;

use crate::{
    config::{CheckMode, Checks, Config},
    http::Metrics,
    world::{BoundedBlocking, Ticks},
};

/// The pipeline of these checks, of which the configuration says what comes of each.
pub fn open(config: &Config, checks: Vec<Arc<dyn Check>>) -> Pipeline {
    let configured = |check: Arc<dyn Check>| Some(Configured { rule: mode(&config.checks, check.name()).0?, check });
    Pipeline {
        checks: checks.into_iter().filter_map(configured).collect(),
        deadline: config.review.check_deadline.0,
        policy: config.review.when.clone(),
        threads: Some(Arc::new(BoundedBlocking::of(config.review.checks_at_once))),
    }
}

/// What comes of a check. One that nobody said anything of is enforced.
fn mode(section: &Checks, name: &str) -> CheckMode {
    match name {
        "permissions" => section.permissions,
        "exports" => section.exports,
        "complexity" => section.complexity,
        "content" => section.content.mode(),
        "secrets" => section.secrets,
        "licence" => section.licence,
        "sbom" => section.sbom,
        "advisories" => section.advisories.mode(),
        "readme" => section.readme,
        "screenshots" => section.screenshots,
        "frontend" => section.frontend,
        "trial" => section.trial,
        _ => CheckMode(Some(CheckRule::ENFORCED)),
    }
}

/// The same pipeline, with the time of each check counted.
pub(crate) fn timed(pipeline: &Pipeline, metrics: &Metrics) -> Pipeline {
    let timed = |configured: &Configured| Configured {
        check: Arc::new(Timed { inner: Arc::clone(&configured.check), metrics: metrics.clone() }),
        rule: configured.rule,
    };
    Pipeline { checks: pipeline.checks.iter().map(timed).collect(), ..pipeline.clone() }
}

/// A check whose time is counted, however it ends.
struct Timed {
    inner: Arc<dyn Check>,
    metrics: Metrics,
}

impl Check for Timed {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn needs_before(&self) -> bool {
        self.inner.needs_before()
    }

    fn is_run_again(&self) -> bool {
        self.inner.is_run_again()
    }

    fn held_against(&self) -> Result<Option<Digest>, CheckBroke> {
        self.inner.held_against()
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let began = Ticks::start();
        let ended = self.inner.run(subject);
        self.metrics.checked(self.name(), began.elapsed());
        ended
    }
}

#[cfg(test)]
mod tests {
    use adx_registry_core::review::Refuses;

    use super::*;
    use crate::config::Loader;

    struct Named(&'static str);

    impl Check for Named {
        fn name(&self) -> &'static str {
            self.0
        }

        fn run(&self, _: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_check_that_is_off_does_not_run_and_one_that_nobody_knows_is_enforced() {
        let text = "[checks]\nsecrets = \"off\"\nlicence = \"optional reported\"\nsbom = \"strict\"\n[review]\nwhen = \"always\"\n";
        let config = Loader::new().text("a.toml", text).unwrap().load().unwrap();
        let names = ["secrets", "licence", "sbom", "readme", "other"];
        let pipeline = open(&config, names.iter().map(|name| Arc::new(Named(name)) as Arc<dyn Check>).collect());
        let rules: Vec<_> = pipeline.checks.iter().map(|known| (known.check.name(), known.rule)).collect();
        let mild = CheckRule { refuses: Refuses::Nothing, required: false };
        let strict = CheckRule { refuses: Refuses::Warnings, required: true };
        assert_eq!(
            rules,
            [("licence", mild), ("sbom", strict), ("readme", CheckRule::ENFORCED), ("other", CheckRule::ENFORCED)]
        );
        assert_eq!(pipeline.policy.to_string(), "always");
    }
}
