//! Domains of publishers, by a DNS server of the test's own.

use std::sync::Arc;

use adx_registry::config::Domains as Section;
use adx_registry::dns;
use adx_registry_core::Ports;
use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::audit::{Act, AuditFilter};
use adx_registry_core::create_publisher::{NewPublisher, Reserved, create_publisher};
use adx_registry_core::domains::{
    Domain, DomainClaim, DomainError, LOOK_EVERY, MAY_BE_MISSING, MAY_BE_SILENT, ask_for_domain, forget_domain,
    read_domain, verified_domain, verify_domain,
};
use adx_registry_core::job::Task;
use adx_registry_core::members::Role;
use adx_registry_core::names::NameRules;
use adx_registry_core::ports::LookupError;
use adx_registry_core::proposal::ProposedAction;
use adx_registry_core::proposals::open_proposal;
use adx_registry_core::publisher::PublisherKind;
use adx_registry_core::run_jobs::enqueue;
use adx_registry_core::transfers::accept_transfer;
use adx_tests::dns::{DnsServer, Manner};
use hickory_resolver::proto::op::ResponseCode;
use time::Duration;

use super::world::{World, code_to};
use crate::engines::{Engine, on_every_engine};
use crate::owners::{address, namespace};

on_every_engine!(
    a_domain_is_verified_by_its_record,
    a_record_that_stays_away_takes_the_domain_away,
    a_server_that_does_not_answer_says_nothing,
    owners_alone_verify_and_lose_it_with_the_namespace,
    two_publishers_show_the_same_each_by_its_own,
);

struct Stage {
    world: World,
    dns: DnsServer,
}

impl Stage {
    async fn new(engine: Engine) -> Self {
        let mut world = World::new(engine).await;
        let dns = DnsServer::start().await;
        let section = Section { resolver: Some(dns.address), timeout: adx_registry::config::Span::millis(1_500) };
        world.acme.ports.domains = dns::open(&section).unwrap();
        Self { world, dns }
    }

    /// The domain that everybody sees.
    async fn shown(&self) -> Option<String> {
        let mut reader = self.world.acme.engine.store.read().await.unwrap();
        let publisher = reader.publisher_by_namespace(&namespace()).await.unwrap().unwrap();
        verified_domain(&mut *reader, publisher.id).await.unwrap().map(String::from)
    }

    /// What the audit log tells of domains, with the domain of each entry.
    async fn told(&self) -> Vec<(Act, String)> {
        let acts = [Act::DomainAsk, Act::DomainVerify, Act::DomainLose, Act::DomainForget];
        let mut reader = self.world.acme.engine.store.read().await.unwrap();
        let entries = reader.audit_after(&AuditFilter::default(), 0, 1_000).await.unwrap();
        let of_domains = entries.iter().filter(|entry| acts.contains(&entry.told.act));
        let told = of_domains.map(|entry| (entry.told.act, entry.told.detail["domain"].as_str().unwrap().to_owned()));
        told.collect()
    }

    async fn ada(&self) -> Actor {
        self.world.ada.actor(self.world.ports()).await
    }

    async fn ask(&self, domain: &str) -> Result<DomainClaim, DomainError> {
        ask_for_domain(self.world.ports(), &self.ada().await, &namespace(), domain.parse().unwrap()).await
    }

    async fn verify(&self) -> Result<DomainClaim, DomainError> {
        verify_domain(self.world.ports(), &self.ada().await, &namespace()).await
    }

    async fn read(&self) -> DomainClaim {
        read_domain(self.world.ports(), &self.ada().await, &namespace()).await.unwrap()
    }

    /// `example.org` with the record that was asked for, verified.
    async fn verified(&self) -> DomainClaim {
        let asked = self.ask("example.org").await.unwrap();
        self.dns.put(&asked.record_name(), &[&[&asked.record_text()]]);
        self.verify().await.unwrap()
    }

    /// Lets time pass, has domains looked at, and gives the subjects of the letters to Ada.
    async fn after(&self, time: Duration) -> Vec<String> {
        self.world.acme.clock.pass(time);
        enqueue(self.world.ports(), Task::LookAtDomains).await.unwrap();
        self.world.acme.work().await;
        let letters = self.world.acme.mail.take();
        let to_ada = letters.into_iter().filter(|letter| letter.to.as_str() == address("ada"));
        to_ada.map(|letter| letter.subject).collect()
    }
}

async fn a_domain_is_verified_by_its_record(engine: Engine) {
    let stage = Stage::new(engine).await;
    let none = stage.verify().await.expect_err("nobody has asked");
    assert!(matches!(none, DomainError::NotAsked(_)), "{none:?}");
    let asked = stage.ask("Example.ORG").await.unwrap();
    assert_eq!((asked.domain.as_str(), asked.verified_at), ("example.org", None));
    assert_eq!(asked.record_name(), "_adx-publisher.example.org");
    let text = asked.record_text();
    assert_eq!(text, format!("adx-verify={}", asked.token));
    assert_eq!(stage.ask("example.org").await.unwrap(), asked, "the same for the same domain");

    let missing = stage.verify().await.expect_err("there is no record");
    assert!(matches!(&missing, DomainError::Missing { text: wanted, .. } if *wanted == text), "{missing:?}");
    // Another publisher's text is nobody else's, nor is a part of the right one.
    stage.dns.put(&asked.record_name(), &[&["adx-verify=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], &[&text[..20]]]);
    let other = stage.verify().await.expect_err("it is another text");
    assert!(matches!(other, DomainError::Missing { .. }), "{other:?}");
    stage.dns.put("example.org", &[&[&text]]);
    assert!(stage.verify().await.is_err(), "it is another place");
    assert_eq!(stage.read().await.verified_at, None);

    // Beside others, in parts, and at once after there was none.
    stage.dns.put(&asked.record_name(), &[&["v=spf1 -all"], &[&text[..20], &text[20..]]]);
    let verified = stage.verify().await.unwrap();
    assert_eq!(verified.verified_at, Some(stage.world.ports().now()));
    assert_eq!(stage.read().await, verified);
    stage.world.acme.clock.pass(Duration::HOUR);
    assert_eq!(stage.verify().await.unwrap().verified_at, verified.verified_at, "it was verified before");

    assert_eq!(stage.shown().await.as_deref(), Some("example.org"));

    // Another domain takes its place, with another text.
    let another = stage.ask("bücher.example.").await.unwrap();
    assert_eq!(another.domain.as_str(), "xn--bcher-kva.example");
    assert_eq!(stage.shown().await, None);
    assert_ne!(another.token, asked.token);
    assert_eq!(stage.read().await.verified_at, None);
    let ada = stage.ada().await;
    forget_domain(stage.world.ports(), &ada, &namespace()).await.unwrap();
    let forgotten = read_domain(stage.world.ports(), &ada, &namespace()).await;
    assert!(matches!(forgotten, Err(DomainError::NotAsked(_))), "{forgotten:?}");
    let again = forget_domain(stage.world.ports(), &ada, &namespace()).await;
    assert!(matches!(again, Err(DomainError::NotAsked(_))), "{again:?}");
    let (org, books) = ("example.org".to_owned(), "xn--bcher-kva.example".to_owned());
    let told = [
        (Act::DomainAsk, org.clone()),
        (Act::DomainVerify, org.clone()),
        (Act::DomainForget, org),
        (Act::DomainAsk, books.clone()),
        (Act::DomainForget, books),
    ];
    assert_eq!(stage.told().await, told, "each once, and nothing of what was refused");
}

async fn a_record_that_stays_away_takes_the_domain_away(engine: Engine) {
    let stage = Stage::new(engine).await;
    let verified = stage.verified().await;
    let (name, text) = (verified.record_name(), verified.record_text());
    assert_eq!(stage.after(LOOK_EVERY - Duration::SECOND).await, [""; 0]);
    assert_eq!(stage.read().await.looked_at, verified.looked_at, "once a day is enough");
    assert_eq!(stage.after(Duration::SECOND).await, [""; 0]);
    assert_eq!(stage.read().await.looked_at, Some(stage.world.ports().now()));

    // Missing, owners are told once; back in time, nothing was.
    stage.dns.remove(&name);
    assert_eq!(stage.after(LOOK_EVERY).await, ["acme: the record of example.org is missing"]);
    let missing = stage.read().await;
    assert_eq!((missing.verified_at, missing.missing_since), (verified.verified_at, Some(stage.world.ports().now())));
    assert_eq!(stage.after(LOOK_EVERY).await, [""; 0]);
    stage.dns.put(&name, &[&[&text]]);
    assert_eq!(stage.after(LOOK_EVERY).await, [""; 0]);
    assert_eq!(stage.read().await.missing_since, None);

    // The days are counted anew.
    stage.dns.remove(&name);
    assert_eq!(stage.after(LOOK_EVERY).await, ["acme: the record of example.org is missing"]);
    assert_eq!(stage.after(MAY_BE_MISSING - Duration::SECOND).await, [""; 0]);
    assert_eq!(stage.read().await.verified_at, verified.verified_at);
    assert_eq!(stage.after(LOOK_EVERY).await, ["acme: example.org is verified no more"]);
    let lost = stage.read().await;
    assert_eq!((lost.verified_at, lost.missing_since), (None, None));
    assert_eq!(stage.shown().await, None);
    assert_eq!(stage.told().await.last().unwrap(), &(Act::DomainLose, "example.org".to_owned()));
    let asked_before = stage.dns.questions();
    assert_eq!(stage.after(LOOK_EVERY).await, [""; 0]);
    assert_eq!(stage.dns.questions(), asked_before, "what is not verified is not looked at");
    // The text is as good as before.
    stage.dns.put(&name, &[&[&text]]);
    assert_eq!(stage.verify().await.unwrap().verified_at, Some(stage.world.ports().now()));
}

async fn a_server_that_does_not_answer_says_nothing(engine: Engine) {
    let stage = Stage::new(engine).await;
    let verified = stage.verified().await;
    for code in [ResponseCode::ServFail, ResponseCode::Refused] {
        stage.dns.set_manner(Manner::Refusing(code));
        let failed = stage.verify().await.expect_err("no answer");
        assert!(matches!(failed, DomainError::Lookup(LookupError { .. })), "{code}: {failed:?}");
        assert_eq!(stage.after(MAY_BE_MISSING + LOOK_EVERY).await, [""; 0]);
    }
    stage.dns.set_manner(Manner::Silent);
    let silent = stage.verify().await.expect_err("no answer");
    assert!(matches!(silent, DomainError::Lookup(_)), "{silent:?}");
    assert_eq!(stage.after(MAY_BE_MISSING + LOOK_EVERY).await, [""; 0]);
    let read = stage.read().await;
    assert_eq!((read.verified_at, read.missing_since), (verified.verified_at, None));
    assert_eq!(read.looked_at, Some(stage.world.ports().now()), "tomorrow is soon enough");

    // Not for ever: whoever never answers any more is as one without the record.
    let silent_since = read.seen_at.unwrap();
    let left = silent_since + MAY_BE_SILENT - stage.world.ports().now();
    assert_eq!(stage.after(left - Duration::SECOND).await, [""; 0]);
    assert_eq!(stage.after(LOOK_EVERY).await, ["acme: the record of example.org is missing"]);
    assert_eq!(stage.after(MAY_BE_MISSING).await, ["acme: example.org is verified no more"]);
    assert_eq!(stage.shown().await, None);
}

async fn owners_alone_verify_and_lose_it_with_the_namespace(engine: Engine) {
    let stage = Stage::new(engine).await;
    let (ports, acme) = (stage.world.ports(), namespace());
    let (max, _) = stage.world.member("max", Role::Maintainer).await;
    let stranger = stage.world.person("eve").await;
    let verified = stage.verified().await;
    let domain: Domain = "example.net".parse().unwrap();
    for (person, reads) in [(&max, true), (&stranger, false)] {
        let actor = person.actor(ports).await;
        assert_eq!(read_domain(ports, &actor, &acme).await.is_ok(), reads, "{}", person.name);
        let refused = [
            ask_for_domain(ports, &actor, &acme, domain.clone()).await.map(drop),
            verify_domain(ports, &actor, &acme).await.map(drop),
            forget_domain(ports, &actor, &acme).await,
        ];
        for refused in refused {
            let refused = refused.expect_err("owners alone");
            let denied = DomainError::Denied(Denied::NotMember(acme.clone()));
            assert!(
                matches!(refused, DomainError::Denied(Denied::Role { .. }))
                    || refused.to_string() == denied.to_string(),
                "{}: {refused:?}",
                person.name
            );
        }
    }
    assert_eq!(stage.read().await, verified);

    let offer = ProposedAction::Transfer { name: "eve".parse().unwrap(), email: Some(address("eve").parse().unwrap()) };
    open_proposal(ports, &stage.ada().await, &acme, offer).await.unwrap();
    stage.world.acme.work().await;
    let code = code_to(&stage.world.acme.mail.take(), "eve", "transfer");
    accept_transfer(ports, &stranger.actor(ports).await, &code).await.unwrap();
    let eve = stranger.actor(ports).await;
    let gone = read_domain(ports, &eve, &acme).await;
    assert!(matches!(gone, Err(DomainError::NotAsked(_))), "{gone:?}");
    let anew = ask_for_domain(ports, &eve, &acme, "example.org".parse().unwrap()).await.unwrap();
    assert_ne!(anew.token, verified.token, "the old owners' record shows nothing of the new one");
}

async fn two_publishers_show_the_same_each_by_its_own(engine: Engine) {
    let stage = Stage::new(engine).await;
    let verified = stage.verified().await;
    let names = NameRules { open: true, most_of_a_person: 1, ..NameRules::default() };
    let ports = Ports { names: Arc::new(names), ..stage.world.ports().clone() };
    let (eve, labs) = (stage.world.person("eve").await, "labs".parse().unwrap());
    let kind = PublisherKind::Organisation;
    let new =
        NewPublisher { namespace: "labs".parse().unwrap(), display_name: "Labs", reserved: Reserved::Refused, kind };
    create_publisher(&ports, &eve.actor(&ports).await, new).await.unwrap();
    let actor = eve.actor(&ports).await;
    let asked = ask_for_domain(&ports, &actor, &labs, verified.domain.clone()).await.unwrap();
    assert_eq!((asked.record_name(), asked.verified_at), (verified.record_name(), None));
    assert_ne!(asked.token, verified.token);
    let missing = verify_domain(&ports, &actor, &labs).await.expect_err("the record is another publisher's");
    assert!(matches!(missing, DomainError::Missing { .. }), "{missing:?}");

    let name = verified.record_name();
    let (of_acme, of_labs) = (verified.record_text(), asked.record_text());
    stage.dns.put(&name, &[&[&of_acme], &[&of_labs]]);
    assert!(verify_domain(&ports, &actor, &labs).await.unwrap().verified_at.is_some());
    assert_eq!(stage.shown().await.as_deref(), Some("example.org"), "nobody takes it from another");

    stage.dns.put(&name, &[&[&of_labs]]);
    assert_eq!(stage.after(LOOK_EVERY).await, ["acme: the record of example.org is missing"]);
    assert_eq!(read_domain(&ports, &actor, &labs).await.unwrap().missing_since, None);
}
