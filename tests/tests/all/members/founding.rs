//! People make publishers of their own.

use std::sync::Arc;

use adx_registry_core::Ports;
use adx_registry_core::accounts::{ClaimOperator, Password, claim_operator_link, make_operator_link_on_the_machine};
use adx_registry_core::actor::Denied;
use adx_registry_core::appeals::{
    AppealError, AppealState, appeals_of_account, appeals_on_the_machine, decide_appeal_on_the_machine,
    open_account_appeal,
};
use adx_registry_core::create_publisher::{
    CreatePublisherError, NewPublisher, Reserved, create_publisher, create_publisher_on_the_machine,
};
use adx_registry_core::members::{
    Member, MemberError, MemberState, Role, change_display_name, change_display_name_on_the_machine, invite_member,
    turn_into_organisation,
};
use adx_registry_core::names::{MAX_WAITING_OF_A_PERSON, NameRefused, NameRules, Verdict, decide_name_on_the_machine};
use adx_registry_core::ports::{Message, Written};
use adx_registry_core::publisher::{DisplayName, MAX_DISPLAY_NAME_CHARS, PublisherKind};
use adx_signing::log::Event;
use adx_signing::name::Namespace;

use super::world::{PASSWORD, Person, World};
use crate::engines::{Engine, on_every_engine};
use crate::owners::{address, invite};

on_every_engine!(
    a_person_owns_what_it_makes,
    a_registry_that_is_not_open_leaves_it_to_operators,
    a_person_owns_only_so_many,
    a_person_makes_no_more_by_leaving_what_it_made,
    two_at_once_are_counted,
    a_person_holds_only_so_many_names,
    operators_get_one_letter_about_the_names_of_an_hour,
    a_person_appeals_for_a_namespace_that_was_refused,
    a_persons_publisher_has_no_other_members,
    an_owner_changes_what_people_read,
);

fn open(world: &World, most_of_a_person: u32) -> Ports {
    let names = NameRules { open: true, most_of_a_person, ..NameRules::default() };
    Ports { names: Arc::new(names), ..world.ports().clone() }
}

fn new(namespace: &str) -> NewPublisher<'_> {
    let kind = PublisherKind::Organisation;
    NewPublisher { namespace: namespace.parse().unwrap(), display_name: namespace, reserved: Reserved::Refused, kind }
}

async fn make(ports: &Ports, person: &Person, new: NewPublisher<'_>) -> Result<String, CreatePublisherError> {
    let actor = person.actor(ports).await;
    create_publisher(ports, &actor, new).await.map(|(_, issued)| issued.text.expose().to_owned())
}

async fn a_person_owns_what_it_makes(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 5), world.person("eve").await);
    let token = make(&ports, &eve, new("contoso-labs")).await.unwrap();
    let namespace = "contoso-labs".parse().unwrap();
    let actor = eve.actor(&ports).await;
    let (owner, publisher) = actor.owner_of(&namespace).unwrap();
    assert_eq!((owner.role, publisher.kind), (Role::Owner, PublisherKind::Organisation));
    let leaves = world.acme.leaves().await;
    let leaf = leaves.values().last().unwrap();
    assert!(matches!(&leaf.event, Event::Ownership(of) if of.namespace == namespace && of.owners == 1), "{leaf:?}");
    // Its first token counts as long as the person is there.
    world.acme.actor(&token).await.publisher().unwrap();
    let refused = make(&ports, &eve, new("contoso_labs")).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::NamespaceTaken(_)), "{refused:?}");
}

async fn a_registry_that_is_not_open_leaves_it_to_operators(engine: Engine) {
    let world = World::new(engine).await;
    let eve = world.person("eve").await;
    let refused = make(world.ports(), &eve, new("contoso-labs")).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::Denied(Denied::OperatorOnly)), "{refused:?}");
    let ports = open(&world, 5);
    let reserved = make(&ports, &eve, new("admin")).await.expect_err("refused");
    assert!(matches!(reserved, CreatePublisherError::Reserved(_)), "{reserved:?}");
    let given = NewPublisher { reserved: Reserved::Given, ..new("admin") };
    let refused = make(&ports, &eve, given).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::Denied(Denied::OperatorOnly)), "{refused:?}");
    for display_name in ["", "a\u{202e}b", "<b>Eve</b>", "two\nlines"] {
        let refused = make(&ports, &eve, NewPublisher { display_name, ..new("eves") }).await.expect_err("refused");
        assert!(matches!(refused, CreatePublisherError::DisplayName(_)), "{display_name:?}: {refused:?}");
    }
}

async fn a_person_owns_only_so_many(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 2), world.person("eve").await);
    make(&ports, &eve, new("first-one")).await.unwrap();
    make(&ports, &eve, new("quite-other")).await.unwrap();
    let refused = make(&ports, &eve, new("third")).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::TooMany { most: 2 }), "{refused:?}");
}

async fn a_person_makes_no_more_by_leaving_what_it_made(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 2), world.person("eve").await);
    for name in ["first-one", "quite-other"] {
        make(&ports, &eve, new(name)).await.unwrap();
        let actor = eve.actor(&ports).await;
        let (member, _) = actor.owner_of(&name.parse().unwrap()).unwrap();
        let mut transaction = ports.store.begin().await.unwrap();
        let left = Member { state: MemberState::Removed, email: None, ..member.clone() };
        transaction.update_member(&left).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
    }
    let refused = make(&ports, &eve, new("third")).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::TooManyMade { most: 2 }), "{refused:?}");

    // It goes on signing in, and makes another one once those are old enough.
    for _ in 0..3 {
        world.acme.clock.pass(time::Duration::days(10));
        eve.actor(&ports).await;
    }
    make(&ports, &eve, new("third")).await.unwrap();
}

async fn two_at_once_are_counted(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 1), world.person("eve").await);
    let other = Ports { names: Arc::clone(&ports.names), ..world.acme.another_server().await };
    let (one, two) = tokio::join!(make(&ports, &eve, new("first-one")), make(&other, &eve, new("quite-other")));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

async fn a_person_holds_only_so_many_names(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 5), world.person("eve").await);
    create_publisher_on_the_machine(&ports, "invoices".parse().unwrap(), "Invoices").await.unwrap();
    let alike = ["invoicess", "invooices", "inovices", "invoces"];
    for name in &alike[..usize::try_from(MAX_WAITING_OF_A_PERSON).unwrap()] {
        let held = make(&ports, &eve, new(name)).await.expect_err("held");
        assert!(matches!(held, CreatePublisherError::Name(NameRefused::Held(_))), "{held:?}");
    }
    let refused = make(&ports, &eve, new(alike[3])).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::Name(NameRefused::TooMany { .. })), "{refused:?}");
    let again = make(&ports, &eve, new(alike[0])).await.expect_err("held");
    assert!(matches!(again, CreatePublisherError::Name(NameRefused::Held(_))), "it waits already: {again:?}");
}

async fn operators_get_one_letter_about_the_names_of_an_hour(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 5), world.person("eve").await);
    let claim = ClaimOperator {
        code: make_operator_link_on_the_machine(&ports).await.unwrap().expose().to_owned(),
        email: address("grace").parse().unwrap(),
        name: "grace".parse().unwrap(),
        password: Password::new(PASSWORD.to_owned()),
        device: "Firefox on Linux".to_owned(),
        replaces: None,
    };
    claim_operator_link(&ports, claim).await.unwrap();
    create_publisher_on_the_machine(&ports, "invoices".parse().unwrap(), "Invoices").await.unwrap();
    let letters = async || {
        world.acme.work().await;
        let letters = world.acme.mail.take();
        letters.into_iter().filter(|letter| letter.to.as_str() == address("grace")).collect::<Vec<_>>()
    };
    letters().await;
    make(&ports, &eve, new("invoicess")).await.expect_err("held");
    world.acme.clock.pass(time::Duration::minutes(59));
    make(&ports, &eve, new("inovices")).await.expect_err("held");
    assert_eq!(letters().await, [], "they are gathered");
    world.acme.clock.pass(time::Duration::minutes(1));
    let told = letters().await;
    assert_eq!(told.len(), 1, "{told:?}");
    for words in ["2 new names", "invoicess repeats a character of invoices", "inovices", "/names, or"] {
        assert!(told[0].text.contains(words), "{words}: {}", told[0].text);
    }
    world.acme.clock.pass(time::Duration::days(1));
    assert_eq!(letters().await, [], "once");

    make(&ports, &eve, new("invoces")).await.expect_err("held");
    world.acme.clock.pass(time::Duration::hours(1));
    assert_eq!(letters().await.len(), 1, "for others there is another");
}

async fn a_person_appeals_for_a_namespace_that_was_refused(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve, mallory) = (open(&world, 5), world.person("eve").await, world.person("mallory").await);
    create_publisher_on_the_machine(&ports, "invoices".parse().unwrap(), "Invoices").await.unwrap();
    let refused = make(&ports, &eve, new("invoicess")).await.expect_err("held");
    let CreatePublisherError::Name(NameRefused::Held(held)) = refused else { panic!("{refused:?}") };
    let (name, text) = ("invoicess".parse().unwrap(), "it is our company's name".parse().unwrap());
    let appeal = async |person: &Person| open_account_appeal(&ports, &person.actor(&ports).await, &name, &text).await;
    let early = appeal(&eve).await;
    assert!(matches!(early, Err(AppealError::NothingDecided(_))), "{early:?}");
    let refuse = || Verdict::Refuse("it would be taken for invoices".parse().unwrap());
    decide_name_on_the_machine(&ports, held.id, refuse()).await.unwrap();
    let strangers = appeal(&mallory).await;
    assert!(matches!(strangers, Err(AppealError::NotAsked(_))), "{strangers:?}");

    let first = appeal(&eve).await.unwrap();
    let again = appeal(&eve).await;
    assert!(matches!(again, Err(AppealError::Again(_))), "{again:?}");
    let waiting = appeals_on_the_machine(&ports, AppealState::Open, None).await.unwrap();
    assert_eq!(waiting.appeals, std::slice::from_ref(&first), "operators find it among those of publishers");
    assert_eq!(ports.store.read().await.unwrap().counts().await.unwrap().decisions.appeals, 1);
    let decide = async |id, grant| {
        let reason = "the register of companies says so".parse().unwrap();
        decide_appeal_on_the_machine(&ports, id, grant, &reason).await
    };
    decide(first.id, false).await.unwrap();
    world.acme.work().await;
    let told = world.acme.mail.take();
    let is_answer = |words: &'static str| {
        move |letter: &Message| letter.to.as_str() == address("eve") && letter.subject.contains(words)
    };
    assert!(told.iter().any(is_answer("is denied")), "{told:?}");
    let refused = make(&ports, &eve, new("invoicess")).await.expect_err("refused");
    assert!(matches!(refused, CreatePublisherError::Name(NameRefused::Refused(_))), "{refused:?}");

    world.acme.clock.pass(time::Duration::hours(1));
    let second = appeal(&eve).await.unwrap();
    let granted = decide(second.id, true).await.unwrap();
    assert_eq!(granted.state, AppealState::Granted);
    let own = async |whose: &Person, before| {
        let found = appeals_of_account(&ports, &whose.actor(&ports).await, before).await.unwrap();
        found.appeals.iter().map(|appeal| appeal.id).collect::<Vec<_>>()
    };
    assert_eq!(own(&eve, None).await, [second.id, first.id]);
    assert_eq!(own(&eve, Some(second.id)).await, [first.id], "the page after the newest");
    assert_eq!(own(&mallory, None).await, []);
    world.acme.work().await;
    assert!(world.acme.mail.take().iter().any(is_answer("is granted")));
    make(&ports, &eve, new("invoicess")).await.unwrap();
}

async fn a_persons_publisher_has_no_other_members(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve) = (open(&world, 5), world.person("eve").await);
    make(&ports, &eve, NewPublisher { kind: PublisherKind::Person, ..new("eves-own") }).await.unwrap();
    let (namespace, actor) = ("eves-own".parse().unwrap(), eve.actor(&ports).await);
    let another = async || {
        let (name, email) = ("Max".parse().unwrap(), address("max").parse().unwrap());
        invite_member(&ports, &actor, &namespace, Role::Reader, name, email).await
    };
    assert!(matches!(another().await, Err(MemberError::IsPersons(_))));
    let propose = adx_registry_core::proposals::open_proposal(&ports, &actor, &namespace, invite("Ben")).await;
    assert!(propose.expect_err("refused").to_string().contains("is a person's"));
    let turned = turn_into_organisation(&ports, &actor, &namespace).await.unwrap();
    assert_eq!(turned.kind, PublisherKind::Organisation);
    another().await.unwrap();
}

async fn an_owner_changes_what_people_read(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, eve, mallory) = (open(&world, 5), world.person("eve").await, world.person("mallory").await);
    make(&ports, &eve, new("contoso-labs")).await.unwrap();
    let namespace: Namespace = "contoso-labs".parse().unwrap();
    let name: DisplayName = " Contoso Laboratories ".parse().unwrap();
    let strangers = change_display_name(&ports, &mallory.actor(&ports).await, &namespace, &name).await;
    assert!(matches!(strangers, Err(MemberError::Denied(_))), "{strangers:?}");
    let renamed = change_display_name(&ports, &eve.actor(&ports).await, &namespace, &name).await.unwrap();
    assert_eq!(renamed.display_name, "Contoso Laboratories");
    let read = async || {
        let mut reader = ports.store.read().await.unwrap();
        reader.publisher_by_namespace(&namespace).await.unwrap().unwrap().display_name
    };
    assert_eq!(read().await, "Contoso Laboratories");
    // The same once more is no error, though nothing is told of it.
    change_display_name(&ports, &eve.actor(&ports).await, &namespace, &name).await.unwrap();
    change_display_name_on_the_machine(&ports, &namespace, &"Contoso".parse().unwrap()).await.unwrap();
    assert_eq!(read().await, "Contoso");
    let nobodys = "nobody".parse().unwrap();
    let nobodys = change_display_name_on_the_machine(&ports, &nobodys, &name).await;
    assert!(matches!(nobodys, Err(MemberError::NoPublisher(_))), "{nobodys:?}");
    for text in ["", "a\u{202e}b", "<b>Eve</b>", "two\nlines", &"x".repeat(MAX_DISPLAY_NAME_CHARS + 1)] {
        assert!(text.parse::<DisplayName>().is_err(), "{text:?}");
    }
}
