//! Somebody takes the name of a company's module in a public registry, with a higher version.

use std::sync::Arc;

use adx_trust::{
    Demands, Namespaces, Pattern, Refusal, Registries, Registry, Settings, Source, decide, registries::RegistriesError,
};
use tempfile::TempDir;

use crate::{
    server::Server,
    world::{World, made, module, taken},
};

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| text.parse().expect("a pattern")).collect()
}

fn settings(name: &str, world: &World, namespaces: &[&str]) -> Settings {
    let root = world.read("tuf/1.root.json");
    Settings { name: name.to_owned(), source: Source::folder(world.path()), root, namespaces: patterns(namespaces) }
}

#[tokio::test]
async fn a_module_is_looked_for_where_its_namespace_is() {
    let company = World::named("registry.company.example/log", "company");
    let mut public = World::named("registry.example.com/log", "public");
    public.release("acme/hello", "99.0.0");
    public.release("zebra/stripes", "1.0.0");
    let publisher = public.publisher.clone();
    public.register("zebra", &publisher);
    public.release("zebra/stripes", "1.0.1");
    public.round();
    let state = TempDir::new().expect("a folder");
    let all = [settings("company", &company, &["acme"]), settings("public", &public, &["*"])];
    let registries = Registries::open(state.path(), &all).expect("registries");
    let acme = module("acme/hello");
    let registry = registries.of(&acme).expect("a registry");
    assert_eq!(registry.name(), "company");
    taken(registry, "acme/hello", "1.0.0", company.now).await;
    // The highest version is the company's, whatever others have.
    let lines = registry.lines(&acme, company.now).await.expect("lines");
    assert_eq!(lines.last().expect("a line").version.to_string(), "1.0.0");
    // Exact beats the rest, and the rest is still there.
    let rest = registries.of(&module("zebra/stripes")).expect("a registry");
    assert_eq!(rest.name(), "public");
    taken(rest, "zebra/stripes", "1.0.1", public.now).await;
}

/// The public registry is asked for the company's module all the same: it is not even asked over the network.
#[tokio::test]
async fn another_registry_is_never_asked() {
    let world = World::new();
    let server = Server::start(world.path().to_owned()).await;
    let (company, public) = (patterns(&["acme"]), patterns(&["*"]));
    let namespaces =
        Namespaces::new([("company", company.as_slice()), ("public", public.as_slice())]).expect("namespaces");
    let source = Source::parse(&server.url, &adx_trust::Limits::default()).expect("an address");
    let state = TempDir::new().expect("a folder");
    let root = world.read("tuf/1.root.json");
    let registry = Registry::open("public", source, &root, state.path(), Arc::new(namespaces)).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    let before = server.asked();
    let confused = Refusal::Namespace {
        module: module("acme/hello"),
        belongs_to: Some("company".to_owned()),
        registry: "public".to_owned(),
    };
    assert_eq!(registry.lines(&module("acme/hello"), world.now).await, Err(confused.clone()));
    let released = made("acme/hello", "1.0.0", &world.publisher);
    let evidence = registry.evidence(&released.module, &released.version, world.now).await;
    let decision = decide(&evidence, &released.package, &released.envelope, &Demands::default(), world.now);
    let refusal = decision.outcome.expect_err("another's");
    assert_eq!(refusal, confused);
    assert_eq!(refusal.to_string(), "namespace: acme/hello belongs to `company`, `public` was asked");
    assert_eq!(server.asked(), before);
}

#[tokio::test]
async fn a_namespace_in_two_registries_is_an_error() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    for (first, second) in [(&["acme"][..], &["zebra", "acme"][..]), (&["my-shop"], &["my_shop"]), (&["*"], &["*"])] {
        let all = [settings("one", &world, first), settings("two", &world, second)];
        let error = Registries::open(state.path(), &all).expect_err("ambiguous");
        assert!(matches!(error, RegistriesError::NamespaceTwice(_)), "{error:?}");
        assert!(error.to_string().starts_with("the registries `one` and `two` both have the namespace"), "{error}");
    }
    let all = [settings("one", &world, &["acme"])];
    let registries = Registries::open(state.path(), &all).expect("registries");
    assert!(registries.of(&module("zebra/stripes")).is_none(), "what is nobody's is nowhere");
}
