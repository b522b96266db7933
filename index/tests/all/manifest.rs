use adx_index::{
    Manifest,
    limits::{MAX_MANIFEST_BYTES, MAX_PROBLEMS},
    manifest::{Capability, ManifestError, Permission, Pricing, Problem, Resources},
};
use proptest::prelude::*;

use crate::{FULL, LEAST};

fn refusal(text: &str) -> ManifestError {
    Manifest::parse(text).expect_err(text)
}

/// The problems of the full manifest after a replacement.
fn problems(from: &str, to: &str) -> Vec<Problem> {
    assert_eq!(FULL.matches(from).count(), 1, "`{from}` must be in the fixture once");
    refusal(&FULL.replace(from, to)).problems
}

/// The line, from 1, on which a text stands in the full manifest.
fn line_of(text: &str) -> usize {
    FULL[..FULL.find(text).expect("in the fixture")].matches('\n').count() + 1
}

#[test]
fn every_key_is_read() {
    let manifest = Manifest::parse(FULL).expect("the full manifest");
    let json = serde_json::to_value(&manifest).expect("JSON");
    for (pointer, value) in [
        ("/module/publisher", "adx"),
        ("/module/name", "client-management"),
        ("/module/display_name", "Client management"),
        ("/module/version", "2.1.0-beta.1"),
        ("/module/authors/0", "Ada Lovelace <ada@example.com>"),
        ("/module/license", "Apache-2.0 OR MIT"),
        ("/module/homepage", "https://example.com/clients"),
        ("/module/repository", "https://example.com/clients.git"),
        ("/compatibility/adx_core_version", ">=0.1.0, <2"),
        ("/compatibility/world", "adx:module/module@1.0.0"),
        ("/dependencies/adx~1mail", "^1.2"),
        ("/permissions/required/3", "events"),
        ("/permissions/optional/1", "http:https://api.example.com"),
        ("/network/allowed_hosts/2", "http://10.1.0.0/16"),
        ("/database/engine", "sqlite"),
        ("/frontend/entry", "frontend/remoteEntry.js"),
        ("/frontend/routes/1/path", "/clients/:id"),
        ("/frontend/routes/0/title", "Clients"),
        ("/workflows/task_queue", "client-management"),
        ("/workflows/workflows/0", "onboard"),
        ("/workflows/activities/0/compensation", "release-number"),
        ("/workflows/activities/0/retry/non_retryable/0", "invalid"),
        ("/events/publishes/1", "client.removed"),
        ("/events/subscribes/0", "adx/mail:message.bounced"),
        ("/marketplace/category", "customer-management"),
        ("/marketplace/tags/0", "crm"),
        ("/marketplace/pricing/model", "subscription"),
        ("/marketplace/pricing/interval", "month"),
        ("/marketplace/screenshots/0", "screenshots/list.png"),
        ("/marketplace/demo", "https://demo.example.com"),
        ("/marketplace/documentation", "https://docs.example.com"),
        ("/marketplace/support", "support@example.com"),
        ("/marketplace/localised/0/language", "de"),
        ("/marketplace/localised/0/display_name", "Kundenverwaltung"),
        ("/marketplace/localised/0/readme", "docs/README.de.md"),
    ] {
        assert_eq!(json.pointer(pointer).and_then(|found| found.as_str()), Some(value), "{pointer}");
    }
    for (pointer, value) in [
        ("/network/requests_per_minute", 120.0),
        ("/resources/memory_mib", 128.0),
        ("/resources/cpu_time_ms", 2000.0),
        ("/resources/wall_time_ms", 30_000.0),
        ("/resources/concurrent_calls", 16.0),
        ("/resources/calls_per_minute", 600.0),
        ("/resources/storage_mib", 512.0),
        ("/database/retain_days", 90.0),
        ("/workflows/activities/0/timeout_seconds", 30.0),
        ("/workflows/activities/0/retry/maximum_attempts", 3.0),
        ("/workflows/activities/0/retry/initial_interval_ms", 500.0),
        ("/workflows/activities/0/retry/backoff", 1.5),
        ("/workflows/activities/0/retry/maximum_interval_ms", 10_000.0),
        ("/marketplace/trial_days", 14.0),
        ("/marketplace/pricing/amount_minor", 1900.0),
    ] {
        assert_eq!(json.pointer(pointer).and_then(serde_json::Value::as_f64), Some(value), "{pointer}");
    }
    assert_eq!(manifest.resources.memory_bytes(), 128 << 20);
}

/// The reference of all keys, which authors copy from.
#[test]
fn the_readme_is_a_manifest() {
    let readme = include_str!("../../README.md");
    let (_, reference) = readme.split_once("```toml\n").expect("a block of TOML");
    let (reference, _) = reference.split_once("```").expect("its end");
    Manifest::parse(reference).unwrap_or_else(|error| panic!("{error}"));
    let keys = |text: &str| -> Vec<String> {
        let document: toml_edit::DocumentMut = text.parse().expect("TOML");
        let module = document["module"].as_table().expect("a table");
        let tables = module.iter().filter_map(|(name, item)| Some((name, item.as_table()?)));
        let keys = tables.flat_map(|(name, table)| table.iter().map(move |(key, _)| format!("{name}.{key}")));
        let mut keys: Vec<_> = keys.filter(|key| !key.starts_with("dependencies")).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(reference), keys(FULL));
}

#[test]
fn tiers_are_of_seats_only() {
    let manifest = Manifest::parse(FULL).expect("the full manifest");
    let Pricing::Subscription { price, .. } = manifest.marketplace.pricing else { panic!("a subscription") };
    let tiers: Vec<_> = price.tiers.iter().map(|tier| (tier.from, tier.amount_minor)).collect();
    assert_eq!((price.per_seat, tiers), (true, vec![(11, 1_500), (101, 1_000)]));
    let problems = problems("per = \"seat\"\n", "");
    assert!(problems.iter().all(|problem| problem.to_string().contains("per = \"seat\"")), "{problems:#?}");
    assert_eq!(problems.len(), 2);
}

#[test]
fn what_is_left_out_has_its_default() {
    let manifest = Manifest::parse(LEAST).expect("the least manifest");
    assert_eq!(manifest.module.display_name, "hello");
    assert_eq!(manifest.resources, Resources::default());
    assert_eq!(manifest.network.requests_per_minute, 60);
    assert_eq!(manifest.marketplace.pricing, Pricing::Free);
    assert!(manifest.permissions.texts().is_empty() && manifest.network.allowed_hosts.is_empty());
    assert!(manifest.database.is_none() && manifest.frontend.is_none() && manifest.workflows.is_none());
}

/// Each kind of mistake, in each section: told at its line, with its key and a remedy.
#[test]
fn each_mistake_names_line_key_and_remedy() {
    for (from, to, key, words) in [
        (r#"publisher = "adx""#, r#"publisher = "Adx""#, "module.publisher", "write `a`"),
        (r#"publisher = "adx""#, "publisher = 1", "module.publisher", "an integer, expected a string"),
        (r#"name = "client-management""#, r#"name = "client management""#, "module.name", "character 7"),
        (r#"display_name = "Client management""#, r#"display_name = "  ""#, "module.display_name", "is empty"),
        (r#"version = "2.1.0-beta.1""#, r#"version = "2.1""#, "module.version", "MAJOR.MINOR.PATCH"),
        (r#"version = "2.1.0-beta.1""#, r#"version = "2.1.0+a""#, "module.version", "remove `+a`"),
        (r#"license = "Apache-2.0 OR MIT""#, r#"license = "Apache""#, "module.license", "spdx.org"),
        (
            r#"homepage = "https://example.com/clients""#,
            r#"homepage = "javascript:a()""#,
            "module.homepage",
            "https://",
        ),
        (
            r#"homepage = "https://example.com/clients""#,
            r#"homepage = "https://a:b@c.de""#,
            "module.homepage",
            "password",
        ),
        (r"repository = ", "repositori = ", "module.repositori", "did you mean `repository`?"),
        (
            r#"authors = ["Ada Lovelace <ada@example.com>"]"#,
            r#"authors = "Ada""#,
            "module.authors",
            "a list of strings",
        ),
        (r#"authors = ["Ada Lovelace <ada@example.com>"]"#, r#"authors = ["A", "A"]"#, "module.authors", "twice"),
        (r#"authors = ["Ada Lovelace <ada@example.com>"]"#, r#"authors = ["A", 1]"#, "module.authors", "an integer"),
        (
            "adx_core_version = \">=0.1.0, <2\"",
            "adx_core_version = \"1.x.y\"",
            "module.compatibility.adx_core_version",
            "requirement",
        ),
        ("world = \"adx:module/module@1.0.0\"", "world = \"module\"", "module.compatibility.world", "WIT world"),
        ("[module.compatibility]", "[module.compatability]", "module.compatability", "did you mean `compatibility`?"),
        (r#""adx/mail" = "^1.2""#, r#""mail" = "^1.2""#, "module.dependencies.mail", "namespace/name"),
        (r#""adx/mail" = "^1.2""#, r#""adx/mail" = "one""#, "module.dependencies.adx/mail", "requirement"),
        (
            r#""adx/mail" = "^1.2""#,
            r#""adx/mail" = { version = "1" }"#,
            "module.dependencies.adx/mail",
            "expected a string",
        ),
        (
            r#""adx/mail" = "^1.2""#,
            r#""adx/client_management" = "1""#,
            "module.dependencies.adx/client_management",
            "itself",
        ),
        (
            r#""acme/address-check" = ">=0.3, <0.5""#,
            r#""acme/address-check" = "1"
"acme/address_check" = "2""#,
            "module.dependencies.acme/address_check",
            "another spelling",
        ),
        (
            r#"required = ["config", "sql", "http", "events"]"#,
            r#"required = ["config", "sq", "http", "events"]"#,
            "module.permissions.required",
            "did you mean `sql`?",
        ),
        (
            r#"required = ["config", "sql", "http", "events"]"#,
            r#"required = ["log", "http", "events"]"#,
            "module.permissions.required",
            "always there",
        ),
        (
            r#"required = ["config", "sql", "http", "events"]"#,
            r#"required = ["sql:a", "http", "events"]"#,
            "module.permissions.required",
            "no scope",
        ),
        ("\"notify:mail\"]", "\"notify:post\"]", "module.permissions.optional", "neither `mail` nor `app`"),
        ("\"notify:mail\"]", "\"notify:\"]", "module.permissions.optional", "empty scope"),
        ("\"notify:mail\"]", "\"sql\"]", "module.permissions.optional", "required and optional"),
        (
            r#""https://*.example.org:8443""#,
            r#""example.org""#,
            "module.network.allowed_hosts",
            "write `https://example.org`",
        ),
        (r#""https://*.example.org:8443""#, r#""https://*""#, "module.network.allowed_hosts", "*.example.com"),
        (r#""http://10.1.0.0/16""#, r#""http://10.1.2.3/16""#, "module.network.allowed_hosts", "10.1.0.0/16"),
        (
            "requests_per_minute = 120",
            "requests_per_minute = 0",
            "module.network.requests_per_minute",
            "from 1 to 60000",
        ),
        (
            "requests_per_minute = 120",
            "request_per_minute = 120",
            "module.network.request_per_minute",
            "`requests_per_minute`?",
        ),
        ("memory_mib = 128", "memory_mib = -1", "module.resources.memory_mib", "from 1 to 4096"),
        ("memory_mib = 128", "memory_mb = 128", "module.resources.memory_mb", "did you mean `memory_mib`?"),
        ("cpu_time_ms = 2000", "cpu_time_ms = 2.5", "module.resources.cpu_time_ms", "a whole number"),
        ("storage_mib = 512", "storage_mib = 9999999999", "module.resources.storage_mib", "from 1 to 1048576"),
        (r#"engine = "sqlite""#, r#"engine = "oracle""#, "module.database.engine", "write `sqlite`"),
        ("retain_days = 90", "retain_days = 4000", "module.database.retain_days", "from 0 to 3650"),
        (
            r#"entry = "frontend/remoteEntry.js""#,
            r#"entry = "docs/remoteEntry.js""#,
            "module.frontend.entry",
            "under `frontend/`",
        ),
        (r#"entry = "frontend/remoteEntry.js""#, r#"entry = "frontend/../a""#, "module.frontend.entry", "climbs"),
        (r#"path = "/clients/:id""#, r#"path = "clients""#, "module.frontend.routes", "is not a route"),
        (r#"path = "/clients/:id""#, r#"path = "/""#, "module.frontend.routes", "twice"),
        (r#"exposes = "./Client""#, r#"exposes = "../Client""#, "module.frontend.routes", "exposed module"),
        (r#"title = "Clients""#, r#"titel = "Clients""#, "module.frontend.routes", "did you mean `title`?"),
        (
            r#"task_queue = "client-management""#,
            r#"task_queue = "Queue""#,
            "module.workflows.task_queue",
            "start with a-z",
        ),
        (r#"workflows = ["onboard"]"#, r#"workflows = ["on board"]"#, "module.workflows.workflows", "character 3"),
        ("timeout_seconds = 30", "timeout_seconds = 86401", "module.workflows.activities", "from 1 to 86400"),
        (
            r#"compensation = "release-number""#,
            r#"compensation = "undo""#,
            "module.workflows.activities",
            "`undo` is no activity",
        ),
        (
            r#"compensation = "release-number""#,
            r#"compensation = "reserve-number""#,
            "module.workflows.activities",
            "compensates itself",
        ),
        ("\nname = \"release-number\"", "\nname = \"reserve-number\"", "module.workflows.activities", "twice"),
        ("backoff = 1.5", "backoff = 0.5", "module.workflows.activities", "from 1 to 100"),
        ("backoff = 1.5", "backoff = nan", "module.workflows.activities", "from 1 to 100"),
        ("maximum_attempts = 3", "max_attempts = 3", "module.workflows.activities", "did you mean `maximum_attempts`?"),
        ("maximum_interval_ms = 10000", "maximum_interval_ms = 100", "module.workflows.activities", "less than"),
        (
            r#"publishes = ["client.created", "client.removed"]"#,
            r#"publishes = ["Client"]"#,
            "module.events.publishes",
            "client.created",
        ),
        (
            r#"subscribes = ["adx/mail:message.bounced"]"#,
            r#"subscribes = ["message.bounced"]"#,
            "module.events.subscribes",
            "namespace/name:topic",
        ),
        (
            r#"category = "customer-management""#,
            r#"category = "Customers""#,
            "module.marketplace.category",
            "lowercase",
        ),
        (r#"tags = ["crm", "clients"]"#, r#"tags = ["my_tag"]"#, "module.marketplace.tags", "joined by `-`"),
        ("trial_days = 14", "trial_days = 400", "module.marketplace.trial_days", "from 0 to 365"),
        (r#"["screenshots/list.png"]"#, r#"["list.png"]"#, "module.marketplace.screenshots", "no place"),
        (
            r#"demo = "https://demo.example.com""#,
            r#"demo = "javascript:alert(1)""#,
            "module.marketplace.demo",
            "web address",
        ),
        (
            r#"support = "support@example.com""#,
            r#"support = "a@b.c?bcc=d@e.f""#,
            "module.marketplace.support",
            "mail address",
        ),
        (r#"language = "de""#, r#"language = "deutsch""#, "module.marketplace.localised.language", "characters"),
        (r#"language = "de""#, r#"language = "DE""#, "module.marketplace.localised.language", "`pt-BR`"),
        (
            r#"readme = "docs/README.de.md""#,
            r#"readme = "README.md""#,
            "module.marketplace.localised.readme",
            "under `docs/`",
        ),
        (r#"model = "subscription""#, r#"model = "rent""#, "module.marketplace.pricing.model", "`one-time`"),
        ("amount_minor = 1900", "amount_minor = 0", "module.marketplace.pricing.amount_minor", "from 1"),
        (r#"currency = "EUR""#, r#"currency = "euro""#, "module.marketplace.pricing.currency", "ISO 4217"),
        (r#"interval = "month""#, r#"interval = "week""#, "module.marketplace.pricing.interval", "`month` or `year`"),
        (r#"interval = "month""#, "interval = true", "module.marketplace.pricing.interval", "a boolean"),
        (r#"per = "seat""#, r#"per = "box""#, "module.marketplace.pricing.per", "`seat`"),
        ("from = 11", "from = 1", "module.marketplace.pricing.tiers.from", "from 2"),
        ("from = 101", "from = 11", "module.marketplace.pricing.tiers", "ascending order"),
    ] {
        let problems = problems(from, to);
        let line = line_of(from.trim_start_matches('\n')) + to.trim_start_matches('\n').matches('\n').count();
        let is_expected = |problem: &&Problem| problem.key.starts_with(key) && problem.to_string().contains(words);
        let found = problems.iter().find(is_expected);
        let problem = found.unwrap_or_else(|| panic!("`{to}`: no problem with `{key}` says `{words}`: {problems:#?}"));
        assert_eq!(problem.line, line, "`{to}`: {problem}");
        let shown = ManifestError { problems: problems.clone() }.to_string();
        assert!(shown.contains(&format!("module.toml:{line}:{}: ", problem.column)), "{shown}");
    }
}

#[test]
fn a_missing_key_is_told_at_its_table_with_an_example() {
    for (removed, key, table, words) in [
        ("publisher = \"adx\"\n", "module.publisher", "[module]", "add `publisher = "),
        (
            "description = \"Clients, their contacts and what was agreed with them.\"\n",
            "module.description",
            "[module]",
            "add `description = ",
        ),
        (
            "world = \"adx:module/module@1.0.0\"\n",
            "module.compatibility.world",
            "[module.compatibility]",
            "add `world = ",
        ),
        ("entry = \"frontend/remoteEntry.js\"\n", "module.frontend.entry", "[module.frontend]", "add `entry = "),
        (
            "exposes = \"./Client\"\n",
            "module.frontend.routes.exposes",
            "[[module.frontend.routes]]\npath = \"/clients",
            "add `exposes",
        ),
        (
            "task_queue = \"client-management\"\n",
            "module.workflows.task_queue",
            "[module.workflows]",
            "add `task_queue = ",
        ),
        (
            "currency = \"EUR\"\n",
            "module.marketplace.pricing.currency",
            "[module.marketplace.pricing]",
            "add `currency = \"EUR\"`",
        ),
        (
            "interval = \"month\"\n",
            "module.marketplace.pricing.interval",
            "[module.marketplace.pricing]",
            "add `interval",
        ),
    ] {
        let problems = problems(removed, "");
        let [problem] = problems.as_slice() else { panic!("{key}: {problems:#?}") };
        assert_eq!((problem.key.as_str(), problem.line), (key, line_of(table)), "{problem}");
        assert!(problem.to_string().contains(words), "{problem}");
    }
    let error = refusal("").to_string();
    assert!(error.contains("missing table `[module]`"), "{error}");
    let error = refusal("[module]\n").to_string();
    assert!(error.contains("missing table `[module.compatibility]`"), "{error}");
}

#[test]
fn hosts_and_the_permission_for_them_go_together() {
    let without = FULL.replace("\"http\", ", "").replace("\"http:https://api.example.com\", ", "");
    let error = refusal(&without).to_string();
    assert!(error.contains("no effect without the permission `http`"), "{error}");
    let error = refusal(&FULL.replace("\"https://api.example.com\", ", "")).to_string();
    assert!(error.contains("add \"https://api.example.com\" to `module.network.allowed_hosts`"), "{error}");
    // A wider pattern is enough.
    let wider = FULL.replace("\"https://api.example.com\", ", "\"https://*.example.com\", ");
    Manifest::parse(&wider).expect("covered by the wildcard");
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_text() {
    let text = LEAST.replace("\"adx\"", "\"A\"").replace("\"1.0.0\"", "\"1\"").replace("license", "licence");
    let error = refusal(&text);
    let lines: Vec<_> = error.problems.iter().map(|problem| (problem.line, problem.key.as_str())).collect();
    assert_eq!(lines, [(2, "module.license"), (3, "module.publisher"), (5, "module.version"), (7, "module.licence")]);
    assert_eq!(error.to_string().lines().count(), 4);
    assert!(error.to_string().contains("did you mean `license`?"));
}

#[test]
fn text_that_is_not_toml_is_told_with_its_place() {
    let error = refusal("[module]\nname = \"hello\nversion = \"1.0.0\"\n");
    assert_eq!((error.problems.len(), error.problems[0].line), (1, 2), "{error}");
    assert!(error.to_string().contains("not TOML"), "{error}");
    // Columns are of characters, as editors count them.
    let after_an_accent = refusal(&LEAST.replace("license", "authors = [\"é\", 1]\nlicense"));
    assert_eq!((after_an_accent.problems[0].line, after_an_accent.problems[0].column), (7, 17));
    let twice = refusal("[module]\nname = \"a\"\nname = \"b\"\n");
    assert_eq!(twice.problems[0].line, 3, "{twice}");
}

/// What is repeated from a hostile text stays short, and reaches no terminal raw.
#[test]
fn a_hostile_manifest_costs_and_says_little() {
    let limit = usize::try_from(MAX_MANIFEST_BYTES).expect("small");
    assert!(refusal(&"#".repeat(limit + 1)).to_string().contains("262144"));

    let mut unknown = LEAST.replace("[module.compatibility]", "[module.compatibility]\n\"\\u001b[2J\" = 1");
    for number in 0..20_000 {
        unknown.push_str(&format!("k{number} = 1\n"));
    }
    let error = refusal(&unknown);
    assert_eq!(error.problems.len(), MAX_PROBLEMS);
    assert!(error.to_string().len() < 64 * 1024 && !error.to_string().contains('\u{1b}'));

    let long = "k".repeat(limit / 2);
    for text in [format!("{LEAST}\n{long} = 1\n"), format!("{LEAST}\n[module.dependencies]\n{long} = 1\n")] {
        let error = refusal(&text);
        assert!(error.to_string().len() < 2000, "{} bytes", error.to_string().len());
        assert!(error.problems.iter().all(|problem| problem.key.len() < 200));
    }

    let many: Vec<_> = (0..20_000).map(|number| format!("\"a{number}\"=1")).collect();
    let error = refusal(&LEAST.replace("[module.comp", &format!("dependencies={{{}}}\n[module.comp", many.join(","))));
    assert!(error.to_string().contains("20000 entries"), "{error}");
}

#[test]
fn every_permission_has_its_words() {
    for capability in Capability::ALL {
        let permission: Permission = capability.as_str().parse().expect("a permission");
        assert_eq!(permission.to_string(), capability.as_str());
        assert!(permission.in_words().len() > 15 && !permission.in_words().ends_with('.'));
    }
    let scoped: Permission = "http:HTTPS://API.example.com:443".parse().expect("a permission");
    assert_eq!(scoped.to_string(), "http:https://api.example.com", "one permission has one text");
}

/// A line of a manifest, well-formed or nearly.
fn any_line() -> impl Strategy<Value = String> {
    let lines: Vec<String> = FULL.lines().map(str::to_owned).collect();
    prop_oneof![
        8 => prop::sample::select(lines.clone()),
        1 => (prop::sample::select(lines), any::<prop::sample::Index>(), any::<char>()).prop_map(|(line, index, c)| {
            let mut characters: Vec<char> = line.chars().collect();
            if !characters.is_empty() {
                let index = index.index(characters.len());
                characters[index] = c;
            }
            characters.into_iter().collect()
        }),
        1 => "[a-z]{1,8} = (true|[0-9]{1,20}|\"[^\"\\\\]{0,8}\"|\\[[0-9, ]{0,6}\\]|\\{ a = 1 \\}|1979-05-27)",
        1 => any::<String>(),
    ]
}

fn assert_told_well(text: &str, error: &ManifestError) {
    assert!((1..=MAX_PROBLEMS).contains(&error.problems.len()));
    for problem in &error.problems {
        assert!(problem.line >= 1 && problem.line <= text.matches('\n').count() + 1, "{problem} in {text:?}");
        assert!(problem.column >= 1);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = Manifest::parse(&text) {
            assert_told_well(&text, &error);
        }
    }

    #[test]
    fn any_shuffle_of_lines_is_read_or_refused(lines in prop::collection::vec(any_line(), 0..40)) {
        let text = lines.join("\n");
        if let Err(error) = Manifest::parse(&text) {
            assert_told_well(&text, &error);
        }
    }

    #[test]
    fn a_permission_has_one_text(text in "(http|modules|events|secrets|notify|kv|sql)(:[a-z*:/.\\[\\]0-9-]{1,20})?") {
        if let Ok(permission) = text.parse::<Permission>() {
            prop_assert_eq!(permission.to_string().parse::<Permission>(), Ok(permission));
        }
    }
}

#[test]
fn what_is_said_in_a_language_is_found_by_the_most_wanted() {
    let manifest = Manifest::parse(FULL).unwrap();
    let name = |languages: &[&str]| {
        let found = manifest.marketplace.localised_in(languages.iter().copied());
        found.and_then(|found| found.display_name.as_deref())
    };
    assert_eq!(name(&["fr", "de-AT"]), Some("Kundenverwaltung"));
    assert_eq!(name(&["DE"]), Some("Kundenverwaltung"));
    assert_eq!(name(&["fr", "en"]), None);
    let twice = format!("{FULL}\n[[module.marketplace.localised]]\nlanguage = \"de\"\n");
    let problems = Manifest::parse(&twice).unwrap_err().problems;
    assert!(problems.iter().any(|problem| problem.to_string().contains("`de` is there already")), "{problems:?}");
}
