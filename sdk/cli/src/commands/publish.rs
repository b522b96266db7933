//! `adx publish`: sign a package and hand it to the registry.

use std::path::PathBuf;

use adx_index::manifest::release_version;
use adx_signing::key::SecretKey;
use adx_signing::statement::{Release, sign_release};
use adx_signing::{ModuleId, Namespace};
use base64::Engine as _;
use bytes::Bytes;
use clap::Args;
use futures::stream;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, Method, StatusCode};
use semver::Version;
use serde_json::Value;

use crate::App;
use crate::commands::submissions::{show_findings, until_decided};
use crate::failure::Failure;
use crate::http::Server;
use crate::keys;
use crate::module_ref::segments;
use crate::progress;
use crate::project::package::Packed;
use crate::seen;
use crate::workflow::OfRun;

const CHUNK_BYTES: usize = 64 * 1024;

/// Sign a package and publish it
///
/// Publishing the same bytes again is harmless, so a broken connection is simply tried again. At the end it waits some seconds for
/// the round of signing after which agents see the release.
#[derive(Args)]
pub(crate) struct Publish {
    /// A package, or a module's folder to pack first
    #[arg(default_value = ".", value_name = "FILE|FOLDER")]
    path: PathBuf,
    /// The key to sign with: a name, or a file [default: what `adx key use` chose, else `default`]
    #[arg(long, default_value = keys::DEFAULT, hide_default_value = true)]
    key: String,
    /// Publish a folder as this version in place of the one in module.toml
    #[arg(long, value_name = "VERSION", value_parser = release_version)]
    version: Option<Version>,
    /// In a run of a CI system: publish as the workflow that the publisher trusts, with no token of one's own
    #[arg(long)]
    trusted: bool,
    /// Where an operator has to look at it first, or an owner to confirm it, wait until that is done
    #[arg(long)]
    wait: bool,
}

/// The next command where the registry refused.
fn advise(failure: Failure, module: &ModuleId, key: &str) -> Failure {
    let namespace = &module.namespace;
    let register = match key {
        keys::DEFAULT => format!("run `adx key register {namespace}`"),
        key => format!("run `adx key register {namespace} --key {key}`"),
    };
    failure
        .hint_for("no-keys", register.clone())
        .hint_for("signature", register)
        .hint_for("key-does-not-count", format!("see `adx key list {namespace}`, then sign with another: `--key KEY`"))
        .hint_for("name-held", "run this again once an operator has allowed the name, of which the owners get a letter")
        .hint_for("name-refused", "choose another `name` in module.toml, then `adx pack`")
        .hint_for("check-failed", "mend what was found, then `adx publish` again: the version is still free")
        .hint_for(
            "submission-waits",
            format!(
                "take it back (`adx submissions list {namespace}`, then `withdraw`), or raise `version` in module.toml"
            ),
        )
        .hint_for(
            "refused-by-operator",
            format!("`adx submissions list {namespace}` says why; other bytes may be sent"),
        )
        .hint_for("version-exists", "a released version never changes: raise `version` in module.toml, then `adx pack`")
}

/// Says who has to look first.
fn waits(app: &App, submission: &Value, publisher: &Namespace) -> Result<(), Failure> {
    let word = |name: &str| submission[name].as_str().unwrap_or_default();
    app.output.result(submission, |out| {
        let causes = submission["causes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        writeln!(out, "{} {} waits for {}", word("module"), word("version"), whom(submission))?;
        writeln!(out, "  because of: {}", causes.collect::<Vec<_>>().join(", "))?;
        writeln!(out, "  sha256 {}", word("sha256"))?;
        match word("state") {
            "staged" => {
                writeln!(out, "next, as an owner: adx submissions confirm {} --publisher {publisher}", word("id"))
            }
            _ => writeln!(out, "next: adx submissions show {} --publisher {publisher}", word("id")),
        }
    })
}

/// For whom a submission waits, and for what.
fn whom(submission: &Value) -> &'static str {
    match submission["state"].as_str() {
        Some("staged") => "an owner of its publisher to confirm it",
        _ => "an operator of the registry to look at it",
    }
}

/// Waits for the word of whom it waits for; what was released, if it is that.
async fn released(app: &App, registry: &Server, submission: &Value, publisher: &Namespace) -> Result<Value, Failure> {
    let id = submission["id"].as_str().unwrap_or_default();
    app.output.note(&format!("submission {id} waits for {}, and so does this command", whom(submission)));
    let decided = until_decided(registry, id).await?;
    if decided["state"] == "released" {
        return Ok(decided);
    }
    let state = decided["state"].as_str().unwrap_or_default();
    let failure = Failure::refused(format!("the submission was {state}"));
    let failure = match decided["reason"].as_str() {
        Some(reason) => failure.cause(reason),
        None => failure,
    };
    Err(failure.hint(format!("run `adx submissions show {id} --publisher {publisher}`")))
}

impl Publish {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let packed = Packed::from_path(&self.path, self.version.as_ref())?;
        // Before the CI system is asked, whose token is good once.
        let key = keys::open(app, &keys::path(app, Some(&self.key)))?;
        if !self.trusted {
            let registry = app.registry_of(&packed.module().namespace)?;
            return self.publish(app, &registry, &packed, &key).await;
        }
        let run = OfRun::begin(app, &packed.module().namespace).await?;
        let published = self.publish(app, run.registry(), &packed, &key).await;
        run.end(app).await;
        published
    }

    async fn publish(&self, app: &App, registry: &Server, packed: &Packed, key: &SecretKey) -> Result<(), Failure> {
        let release = Release {
            module: packed.module().clone(),
            version: packed.version().clone(),
            permissions: packed.permissions(),
            sbom_sha256: packed.sbom_sha256(),
        };
        let envelope = sign_release(&release, packed.sha256(), key).to_json();
        let envelope = base64::engine::general_purpose::STANDARD.encode(envelope);
        app.output.step("Signed", &format!("{} {} with {}", release.module, release.version, key.public().id()));

        let bytes = Bytes::copy_from_slice(packed.bytes());
        let bar = progress::bytes(app.output, bytes.len() as u64, "Publishing");
        let [namespace, name] = segments(packed.module());
        let version = packed.version().to_string();
        let path = ["api", "v1", "modules", namespace, name, "versions", &version];
        let (status, mut document) = registry
            .send_repeatable(Method::PUT, &path, |request| {
                bar.set_position(0);
                let bar = bar.clone();
                let whole = bytes.clone();
                let chunks = (0..bytes.len()).step_by(CHUNK_BYTES).map(move |start| {
                    let chunk = whole.slice(start..whole.len().min(start + CHUNK_BYTES));
                    bar.inc(chunk.len() as u64);
                    Ok::<_, std::convert::Infallible>(chunk)
                });
                request
                    .header("adx-envelope", &envelope)
                    .header(CONTENT_TYPE, "application/vnd.adx.module")
                    .header(CONTENT_LENGTH, bytes.len())
                    .body(Body::wrap_stream(stream::iter(chunks)))
            })
            .await
            .map_err(|failure| {
                bar.finish_and_clear();
                for kind in ["check-failed", "not-checked"] {
                    if let Some(findings) = failure.member_for(kind, "findings") {
                        show_findings(app.output, findings);
                    }
                }
                advise(failure, packed.module(), &self.key)
            })?;
        bar.finish_and_clear();
        show_findings(app.output, &document["findings"]);
        if status == StatusCode::ACCEPTED {
            if !self.wait {
                return waits(app, &document, &packed.module().namespace);
            }
            document = released(app, registry, &document, &packed.module().namespace).await?;
        }

        let again = status == StatusCode::OK;
        let seen = seen::by_agents_soon(registry, packed.module(), packed.version()).await;
        if let Some(object) = document.as_object_mut() {
            object.insert("already_published".to_owned(), again.into());
            object.insert("seen_by_agents".to_owned(), seen.into());
        }
        app.output.result(&document, |out| {
            let done = match (again, seen) {
                (true, _) => "was there already",
                (false, Some(false)) => "is recorded, and waits to be signed",
                (false, _) => "is published",
            };
            writeln!(out, "{} {version} {done}", packed.module())?;
            writeln!(out, "  sha256 {}", packed.sha256())?;
            match seen {
                Some(true) => writeln!(out, "  signed: agents see it when they next look")?,
                Some(false) => {
                    writeln!(out, "  agents see it after the registry's next round of signing")?;
                }
                None => writeln!(out, "  whether it is signed yet, so that agents see it, cannot be told")?,
            }
            match seen {
                Some(true) => writeln!(out, "next: adx info {}", packed.module()),
                _ => writeln!(out, "next: adx info {}@={version}, which tells whether agents see it", packed.module()),
            }
        })
    }
}
