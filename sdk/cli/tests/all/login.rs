//! `adx login` and `adx tenant create`: what is kept of a token, and where.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::{Adx, checkout, mode, set_mode};

fn token(prefix: &str) -> String {
    format!("{prefix}{}", "A".repeat(43))
}

fn me() -> Value {
    let token = json!({"id": "t-1", "label": "first", "scopes": [], "created_at": "2026-01-01T00:00:00Z",
        "expires_at": null, "last_used_at": null});
    json!({"kind": "publisher", "namespace": "acme", "token": token})
}

#[test]
fn a_token_is_tried_kept_privately_and_used_from_then_on() {
    let registry = Double::start()
        .on("GET /api/v1/me", Answer::json(200, &me()))
        .on("GET /api/v1/search", Answer::json(200, &json!({"total": 0, "hits": []})));
    let adx = Adx::new();
    let token = token("adx_p_");
    let login = adx.run_with_input(&["login", "--registry", &registry.url(), "--stdin"], &format!("{token}\n"));
    assert_snapshot!(login, @"
    exit 0
    -- stdout
    logged in at http://127.0.0.1:[PORT]/ as acme; the token is kept for you
    next: adx key new
    ");
    let credentials = adx.home().join("credentials.toml");
    assert_eq!(mode(&credentials), 0o600);
    assert_eq!(mode(&adx.home().join("config.toml")), 0o600);
    assert!(fs::read_to_string(&credentials).expect("kept").contains(&token), "the token is not there");

    // Neither address nor token is given any more.
    assert_eq!(adx.run(&["search"]).exit, 0);
    assert_eq!(registry.request("GET /api/v1/search").headers["authorization"], format!("Bearer {token}"));
    // Who logged in is who makes modules.
    let sdk = checkout().join("sdk/guest").display().to_string();
    assert_eq!(adx.json(&["new", "hello", "--sdk", &sdk])["module"], "acme/hello");
}

#[test]
fn a_token_that_the_registry_does_not_know_is_not_kept() {
    let refused = Answer::problem(
        401,
        "unauthenticated",
        "Authentication needed",
        "the token is not known",
        Some("Send `Authorization: Bearer adx_p_…` with a token that is valid."),
    );
    let registry = Double::start().on("GET /api/v1/me", refused);
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", token("adx_p_"));
    assert_snapshot!(adx.run(&["login"]), @"
    exit 4
    -- stderr
    error: authentication needed
      caused by: the token is not known
    hint: run `adx login`, or pass --token
    ");
    assert!(!adx.home().join("credentials.toml").exists(), "a token that does not work was kept");
}

#[test]
fn what_is_no_token_is_refused_without_repeating_it() {
    let adx = Adx::new().with("ADX_REGISTRY", "http://127.0.0.1:1");
    let run = adx.run_with_input(&["login", "--stdin"], "hunter2");
    assert_snapshot!(run, @"
    exit 2
    -- stderr
    error: that is not a token
      caused by: this is not a token: one begins with adx_p_, adx_o_, adx_w_, adx_c_, adx_a_ or adx_t_
    hint: copy it whole, from where it was shown; that was once, by the command or page that made it
    ");
    let mistyped = format!("adx_p_{}B", "A".repeat(42));
    let run = adx.run_with_input(&["login", "--stdin"], &mistyped);
    assert!(
        run.stderr.contains("caused by: it has the form of one, and no token ends so: a character is mistyped"),
        "{run}"
    );
    assert_snapshot!(adx.run(&["login"]), @"
    exit 2
    -- stderr
    error: a token is needed and nobody is here to be asked
    hint: pass it by ADX_TOKEN (ADX_AGENT_TOKEN for an agent), or on stdin with --stdin
    ");
}

#[test]
fn a_file_of_tokens_that_others_may_read_is_not_used() {
    let registry = Double::start().on("GET /api/v1/me", Answer::json(200, &me()));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    adx.run_with_input(&["login", "--stdin"], &token("adx_p_"));
    set_mode(&adx.home().join("credentials.toml"), 0o644);
    assert_snapshot!(adx.run(&["search"]), @"
    exit 4
    -- stderr
    error: [HOME]/credentials.toml may be read by others (mode 644)
    hint: run `chmod 600 [HOME]/credentials.toml`
    ");
    assert_eq!(registry.lines(), ["GET /api/v1/me"], "a leaked token was sent");
}

#[test]
fn a_damaged_file_of_tokens_is_not_quoted() {
    let adx = Adx::new().with("ADX_REGISTRY", "http://127.0.0.1:1");
    let file = adx.home().join("credentials.toml");
    fs::write(&file, "registries = \"adx_p_secret").expect("written");
    set_mode(&file, 0o600);
    assert_snapshot!(adx.run(&["search"]), @"
    exit 2
    -- stderr
    error: [HOME]/credentials.toml is not what this command wrote
    hint: delete the file and run `adx login` again
    ");
}

#[test]
fn the_token_of_a_new_tenant_is_kept_for_it_alone() {
    let made = json!({"tenant": "globex", "display_name": "globex", "created_at": "2026-01-01T00:00:00Z",
        "token": token("adx_t_")});
    let agent = Double::start()
        .on("GET /api/v1/tenants", Answer::json(200, &json!({"tenants": []})))
        .on("POST /api/v1/tenants", Answer::json(201, &made))
        .on("GET /api/v1/tenants/globex/installations", Answer::json(200, &json!({"installations": []})));
    let adx = Adx::new().with("ADX_AGENT", agent.url());
    let login = adx.run_with_input(&["login", "agent", "--stdin"], &token("adx_a_"));
    assert_snapshot!(login, @"
    exit 0
    -- stdout
    logged in at http://127.0.0.1:[PORT]/; the token is kept for you
    ");
    assert_snapshot!(adx.run(&["tenant", "create", "globex"]), @"
    exit 0
    -- stdout
    globex is made; its token is kept in
      [HOME]/credentials.toml
    next: adx install NS/NAME --tenant globex
    ");
    let request = agent.request("POST /api/v1/tenants");
    assert_eq!(request.json(), json!({"tenant": "globex", "display_name": "globex"}));
    assert_eq!(request.headers["authorization"], format!("Bearer {}", token("adx_a_")));

    assert_snapshot!(adx.run(&["list", "--tenant", "globex"]), @"
    exit 0
    -- stdout
    globex has nothing installed
    ");
    let list = agent.request("GET /api/v1/tenants/globex/installations");
    assert_eq!(list.headers["authorization"], format!("Bearer {}", token("adx_t_")));
}

#[test]
fn the_administrators_token_is_kept_as_such_whatever_tenant_is_set() {
    let tenants = json!({"tenants": [{"tenant": "globex", "display_name": "globex"}]});
    let agent = Double::start()
        .on("GET /api/v1/tenants", Answer::json(200, &tenants))
        .on("GET /api/v1/tenants/globex", Answer::json(200, &json!({"tenant": "globex"})))
        .on("GET /api/v1/tenants/globex/installations", Answer::json(200, &json!({"installations": []})));
    let adx = Adx::new().with("ADX_AGENT", agent.url()).with("ADX_TENANT", "globex");
    for kept in ["adx_t_", "adx_a_"] {
        let login = adx.run_with_input(&["login", "agent", "--stdin"], &token(kept));
        assert_eq!((login.exit, login.stderr.as_str()), (0, ""), "{login}");
    }

    // Each is used for what it is for.
    assert_eq!(adx.run(&["list"]).exit, 0);
    let list = agent.request("GET /api/v1/tenants/globex/installations");
    assert_eq!(list.headers["authorization"], format!("Bearer {}", token("adx_t_")));
    assert_eq!(adx.run(&["tenant", "list"]).exit, 0);
    let credentials = fs::read_to_string(adx.home().join("credentials.toml")).expect("kept");
    assert!(credentials.contains(&format!("admin = \"{}\"", token("adx_a_"))), "the administrator's is not there");
    assert!(credentials.contains(&format!("globex = \"{}\"", token("adx_t_"))), "the tenant's is not there");
}

#[test]
fn a_tenant_that_is_not_there_is_told() {
    let agent = Double::start().on("GET /api/v1/tenants", Answer::json(200, &json!({"tenants": []}))).on(
        "GET /api/v1/tenants/globex",
        Answer::problem(404, "not-found", "Not found", "there is no tenant globex", None),
    );
    let adx = Adx::new().with("ADX_AGENT", agent.url()).with("ADX_TENANT", "globex");
    assert_snapshot!(adx.run_with_input(&["login", "agent", "--stdin"], &token("adx_t_")), @"
    exit 3
    -- stderr
    error: not found
      caused by: there is no tenant globex
    hint: this token is another tenant's, or nobody is called globex: pass --tenant NAME
    ");
    assert!(!adx.home().join("credentials.toml").exists(), "a token that does not work was kept");
    assert_snapshot!(adx.run_with_input(&["login", "agent", "--stdin"], &token("adx_a_")), @"
    exit 0
    -- stdout
    logged in at http://127.0.0.1:[PORT]/; the token is kept for you
    -- stderr
    warning: the agent has no tenant globex, which is set: `adx tenant create globex` makes it
    ");
}

#[test]
fn a_token_of_another_kind_is_refused_before_it_is_sent() {
    let server = Double::start();
    let adx = Adx::new().with("ADX_AGENT", server.url()).with("ADX_REGISTRY", server.url());
    assert_snapshot!(adx.run_with_input(&["login", "--stdin"], &token("adx_t_")), @"
    exit 2
    -- stderr
    error: that is the token of a tenant of an agent: a registry does not know it
    hint: run `adx login agent` with it
    ");
    assert_snapshot!(adx.run_with_input(&["login", "agent", "--stdin"], &token("adx_p_")), @"
    exit 2
    -- stderr
    error: that is the token of a publisher: an agent does not know it
    hint: run `adx login` with it, or take the agent's: adx_a_… or adx_t_…
    ");
    assert_snapshot!(adx.run_with_input(&["login", "agent", "--stdin"], &token("adx_t_")), @"
    exit 2
    -- stderr
    error: that is the token of a tenant, and which one is not said
    hint: pass --tenant NAME or set ADX_TENANT
    ");
    assert_eq!(server.lines(), [""; 0], "a token went where it does not belong");
}

#[test]
fn a_tenant_is_not_made_when_its_token_could_not_be_kept() {
    let agent = Double::start();
    let adx = Adx::new().with("ADX_AGENT", agent.url()).with("ADX_AGENT_TOKEN", token("adx_a_"));
    let file = adx.home().join("credentials.toml");
    fs::write(&file, "").expect("written");
    set_mode(&file, 0o644);
    assert_eq!(adx.run(&["tenant", "create", "globex"]).exit, 4);
    assert_eq!(agent.lines(), [""; 0], "the tenant was made, and its token is lost");
}

#[test]
fn who_logs_out_keeps_nothing_but_what_was_not_meant() {
    let adx = Adx::new();
    let credentials = adx.home().join("credentials.toml");
    let written = "[registries]\n\"https://r.example\" = \"p\"\n\"https://other.example\" = \"q\"\n\
        [owners.\"https://r.example\"]\nacme = \"o\"\n\
        [agents.\"http://a.example\"]\nadmin = \"a\"\n[agents.\"http://a.example\".tenants]\none = \"t\"\ntwo = \"u\"\n";
    fs::write(&credentials, written).expect("written");
    set_mode(&credentials, 0o600);
    let kept = || fs::read_to_string(&credentials).expect("there");
    let tokens = || ["p", "q", "o", "a", "t", "u"].map(|token| kept().contains(&format!("= \"{token}\"")));

    let registry = ["logout", "--registry", "https://r.example/"];
    assert_snapshot!(adx.run(&registry), @"
    exit 0
    -- stdout
    forgotten for https://r.example/: the token of a publisher whose name is not kept
    kept still, for --all to forget: the token of an owner of acme
    whoever has it can use it until it is revoked: on the registry's machine, `adx-registry admin token`
    ");
    assert_eq!(tokens(), [false, true, true, true, true, true]);
    assert_snapshot!(adx.run(&registry), @"
    exit 0
    -- stdout
    no token of a publisher or the operator is kept for https://r.example/
    kept still, for --all to forget: the token of an owner of acme
    ");
    let all = adx.json(&[registry.as_slice(), &["--all"]].concat());
    assert_eq!(all, json!({"server": "https://r.example/", "removed": ["an owner of acme"], "kept": []}));
    assert_eq!(tokens(), [false, true, false, true, true, true]);

    let agent = ["logout", "agent", "--agent", "http://a.example"];
    assert_snapshot!(adx.run(&[agent.as_slice(), &["--tenant", "two"]].concat()), @"
    exit 0
    -- stdout
    forgotten for http://a.example/: the token of the tenant two
    kept still, for --all to forget: the token of the administrator, the tenant one
    whoever has it can use it until `adx tenant renew-token`
    ");
    assert_eq!(tokens(), [false, true, false, true, true, false]);
    // The token of a tenant that has none kept is the administrator's.
    assert_eq!(adx.json(&[agent.as_slice(), &["--tenant", "two"]].concat())["removed"], json!(["the administrator"]));
    assert_eq!(tokens(), [false, true, false, false, true, false]);
    assert_eq!(mode(&credentials), 0o600);
}

#[test]
fn a_renewed_token_takes_the_place_of_the_one_before() {
    let (before, after) = (token("adx_t_"), token("adx_t_").replace('A', "E"));
    let renew = "POST /api/v1/tenants/globex/token";
    let answer = json!({"tenant": "globex", "display_name": "Globex", "token": after});
    let agent = Double::start()
        .on(renew, Answer::json(200, &answer))
        .on("GET /api/v1/tenants/globex/installations", Answer::json(200, &json!({"installations": []})));
    let adx = Adx::new().with("ADX_AGENT", agent.url());
    let credentials = adx.home().join("credentials.toml");
    let written = format!("[agents.\"{}\".tenants]\nglobex = \"{before}\"\n", agent.url().trim_end_matches('/'));
    fs::write(&credentials, written).expect("written");
    set_mode(&credentials, 0o600);
    assert_snapshot!(adx.run(&["tenant", "renew-token", "globex"]), @"
    exit 0
    -- stdout
    globex has another token, and the one before counts no more; it is kept in
      [HOME]/credentials.toml
    ");
    assert_eq!(agent.request(renew).headers["authorization"], format!("Bearer {before}"));
    assert_eq!(adx.run(&["list", "--tenant", "globex"]).exit, 0);
    let listed = agent.request("GET /api/v1/tenants/globex/installations");
    assert_eq!(listed.headers["authorization"], format!("Bearer {after}"));
    assert!(adx.run(&["tenant", "renew-token", "--tenant", "globex", "--show-token"]).stdout.contains(&after));
}
