use adx_signing::{
    ModuleId, Name, Namespace, TenantId,
    name::{DEVICE_NAMES, MAX_NAME_CHARS, MAX_TENANT_CHARS, NameError},
};
use proptest::prelude::*;
use semver::Version;

const GRAMMAR: &str = "[a-z][a-z0-9]{0,8}([-_][a-z0-9]{1,8}){0,3}";

fn is_allowed(text: &str) -> bool {
    text.len() >= 2 && text.len() <= MAX_NAME_CHARS && !DEVICE_NAMES.contains(&text)
}

#[test]
fn each_mistake_is_told_with_its_place_and_remedy() {
    for (text, words) in [
        ("", "at least 2"),
        ("a", "at least 2"),
        (&"a".repeat(41), "shorten it to 40"),
        ("1st", "start with a lowercase letter"),
        ("-a", "start with a lowercase letter"),
        ("helloWorld", "uppercase `W` at character 6: write `w`"),
        ("hello world", "` ` at character 6"),
        ("hello.world", "`.` at character 6"),
        ("héllo", "`é` at character 2"),
        ("hello--world", "`-` at character 6"),
        ("hello-_world", "`-` at character 6"),
        ("hello_", "`_` at character 6"),
        ("a\u{1b}[31m", "`\\u{1b}` at character 2"),
        ("../etc", "`.` at character 1"),
        ("nul", "device on Windows"),
    ] {
        let error = Name::new(text).expect_err(text).to_string();
        assert!(error.contains(words), "{text:?}: {error}");
        assert!(!error.contains('\u{1b}'), "a message must not carry an escape sequence: {error:?}");
    }
}

#[test]
fn a_huge_text_is_not_repeated() {
    let huge = "a".repeat(1_000_000);
    for error in [Name::new(&huge).expect_err("too long"), huge.parse::<ModuleId>().expect_err("no slash")] {
        assert!(error.to_string().len() < 300, "{} bytes", error.to_string().len());
    }
}

#[test]
fn tenants_may_be_longer_than_modules() {
    let text = "a".repeat(MAX_TENANT_CHARS);
    assert_eq!(text.parse::<TenantId>().expect("a tenant").as_str(), text);
    assert!(matches!(text.parse::<Namespace>(), Err(NameError::TooLong { maximum: MAX_NAME_CHARS, .. })));
}

#[test]
fn two_spellings_are_one_module() {
    let one: ModuleId = "my_company/my_shop".parse().expect("a module");
    let other: ModuleId = "my-company/my-shop".parse().expect("a module");
    assert_ne!(one, other);
    assert_eq!(one.canonical(), other.canonical());
}

#[test]
fn a_module_has_exactly_one_slash() {
    for text in ["adx", "adx/hello/more", "/hello", "adx/", "/", "adx//hello", "adx\\hello"] {
        assert!(text.parse::<ModuleId>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn every_text_of_the_grammar_is_a_name(text in GRAMMAR) {
        prop_assume!(is_allowed(&text));
        let name = Name::new(&text).expect("in the grammar");
        prop_assert_eq!(name.to_string(), &text[..]);
        prop_assert_eq!(serde_json::from_str::<Name>(&serde_json::to_string(&name).expect("JSON")).expect("a name"), name);
    }

    #[test]
    fn any_text_is_a_name_only_if_it_is_safe_everywhere(text in any::<String>()) {
        if let Ok(name) = Name::new(&text) {
            prop_assert_eq!(name.as_str(), &text[..]);
            prop_assert!(is_allowed(&text));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)));
        }
    }

    /// The parts of a flat name can be told apart, so no two releases share one.
    #[test]
    fn target_names_are_unambiguous(namespace in GRAMMAR, name in GRAMMAR, major: u32, pre in "([a-z]{1,4}(--[0-9a-z]{1,3})?)?") {
        prop_assume!(is_allowed(&namespace) && is_allowed(&name));
        let module: ModuleId = format!("{namespace}/{name}").parse().expect("a module");
        let text = if pre.is_empty() { format!("{major}.0.0") } else { format!("{major}.0.0-{pre}") };
        let target = module.target_name(&text.parse::<Version>().expect("a version"));
        let mut parts = target.strip_suffix(".adxm").expect("the extension").splitn(3, "--");
        prop_assert_eq!(parts.next(), Some(&namespace[..]));
        prop_assert_eq!(parts.next(), Some(&name[..]));
        prop_assert_eq!(parts.next(), Some(&text[..]));
        prop_assert!(target.len() <= 255);
    }
}
