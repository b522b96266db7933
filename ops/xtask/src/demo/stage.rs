//! Everything the steps stand on: tools, programs, a registry and an agent with their addresses and credentials.

use super::Options;
use crate::interrupt;
use crate::process::{Server, output};
use crate::report::Report;
use crate::tools;
use crate::workspace::{Programs, build_programs, root};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A tenant of the demo: its name, and the token that reaches only it.
pub(crate) struct Tenant {
    /// The tenant's id.
    pub(crate) name: &'static str,
    /// Its bearer token at the agent.
    pub(crate) token: String,
}

/// What the steps stand on. The servers stop when it is dropped.
pub(crate) struct Stage {
    programs: Programs,
    wasm_compiler: Option<PathBuf>,
    /// Where everything of the demo is written.
    pub(crate) data: PathBuf,
    /// The registry's first root, which the agent believes.
    first_root: PathBuf,
    /// The registry's address.
    pub(crate) registry_url: String,
    /// The agent's address, once it runs.
    pub(crate) agent_url: String,
    /// The publisher's token at the registry.
    pub(crate) publisher_token: String,
    /// The tenants, first and second.
    pub(crate) tenants: Vec<Tenant>,
    agent_listen: String,
    // Fields drop in this order: the agent lets go of the registry before the registry stops.
    agent: Option<Server>,
    registry: Option<Server>,
}

impl Stage {
    /// Brings the tools, builds the programs and the page, starts the registry.
    pub(crate) fn set(options: &Options, report: &Report) -> Result<Self> {
        interrupt::listen();
        let data = report.step("data", "Making a folder for its data", || {
            let folder = empty_folder(options.data.as_deref())?;
            let note = folder.display().to_string();
            Ok((folder, note))
        })?;
        let wasm_compiler = report.step("toolchain", "Bringing what is missing", || {
            let compiler = tools::wasm_toolchain()?;
            Ok((compiler, "the wasm target is there".to_owned()))
        })?;
        let quiet = options.json;
        report.step("page", "Building the page", || {
            tools::build_web().map(|()| ((), "web/dist is up to date".to_owned()))
        })?;
        if !quiet {
            println!("  building the programs (a quarter of an hour on two cores the first time) …");
        }
        let programs = report.step("build", "Building registry, agent and adx", || {
            Ok((build_programs(options.release, quiet)?, "adx-registry, adx-agent, adx".to_owned()))
        })?;
        let mut stage = Self {
            programs,
            wasm_compiler,
            data,
            first_root: PathBuf::new(),
            registry_url: String::new(),
            agent_url: String::new(),
            publisher_token: String::new(),
            tenants: Vec::new(),
            agent_listen: options.agent_listen.clone(),
            agent: None,
            registry: None,
        };
        report.step("trust", "Holding a ceremony of one person, for a first look", || {
            let installed = stage.registry_json(&["trust", "trial"])?;
            let root = installed["root"].as_str().context("the trial names no first root")?;
            stage.first_root = PathBuf::from(root);
            Ok(((), format!("agents are given {root}")))
        })?;
        report.step("registry", "Starting a registry on SQLite, files and Tantivy", || {
            stage.start_registry(&options.registry_listen)?;
            let note = format!("listens on {}", stage.registry_url);
            Ok(((), note))
        })?;
        Ok(stage)
    }

    fn start_registry(&mut self, listen: &str) -> Result<()> {
        let (ready, log) = (self.data.join("registry.ready.json"), self.data.join("registry.log"));
        let mut server = Server::start(
            "registry",
            own_group(
                Command::new(&self.programs.registry)
                    .arg("serve")
                    .arg("--data")
                    .arg(self.data.join("registry"))
                    .args(["--listen", listen])
                    .arg("--ready-file")
                    .arg(&ready),
            ),
            &log,
        )?;
        self.registry_url = server.ready(&ready, &log)?;
        self.registry = Some(server);
        Ok(())
    }

    /// Starts the agent and makes the two tenants.
    pub(crate) fn start_agent(&mut self) -> Result<()> {
        let (ready, log, token) =
            (self.data.join("agent.ready.json"), self.data.join("agent.log"), self.data.join("agent.admin-token"));
        let mut server = Server::start(
            "agent",
            own_group(
                Command::new(&self.programs.agent)
                    .arg("serve")
                    .arg("--data")
                    .arg(self.data.join("agent"))
                    .args(["--registry", &self.registry_url, "--listen", &self.agent_listen])
                    .arg("--root")
                    .arg(&self.first_root)
                    .arg("--ready-file")
                    .arg(&ready)
                    .arg("--admin-token-file")
                    .arg(&token),
            ),
            &log,
        )?;
        self.agent_url = server.ready(&ready, &log)?;
        self.agent = Some(server);
        let admin = std::fs::read_to_string(&token).context("the agent wrote no admin token")?;
        for name in ["acme", "globex"] {
            let made = self.adx(&["tenant", "create", name, "--agent-token", admin.trim()])?;
            let token = made["token"].as_str().context("the agent returned no tenant token")?.to_owned();
            self.tenants.push(Tenant { name, token });
        }
        Ok(())
    }

    /// Runs `adx-registry admin …` on the registry's data and returns its JSON.
    pub(crate) fn registry_admin(&self, arguments: &[&str]) -> Result<Value> {
        self.registry_json(&[&["admin"], arguments].concat())
    }

    fn registry_json(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(&self.programs.registry);
        command.args(arguments).arg("--data").arg(self.data.join("registry")).arg("--json");
        parse(&output(&mut command)?)
    }

    /// Runs `adx … --json` against our registry and agent and returns its JSON.
    pub(crate) fn adx(&self, arguments: &[&str]) -> Result<Value> {
        parse(&output(&mut self.adx_command(arguments))?)
    }

    /// Runs `adx … --json` as a tenant.
    pub(crate) fn adx_as(&self, tenant: &Tenant, arguments: &[&str]) -> Result<Value> {
        parse(&output(
            self.adx_command(arguments).env("ADX_TENANT", tenant.name).env("ADX_AGENT_TOKEN", &tenant.token),
        )?)
    }

    fn adx_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.programs.adx);
        command
            // First: what follows a `--` belongs to cargo.
            .arg("--json")
            .args(arguments)
            .env("ADX_HOME", self.data.join("adx-home"))
            .env("ADX_REGISTRY", &self.registry_url)
            .env("ADX_ROOT", &self.first_root)
            .env("ADX_SDK_PATH", root().join("sdk/guest"));
        if !self.agent_url.is_empty() {
            command.env("ADX_AGENT", &self.agent_url);
        }
        if !self.publisher_token.is_empty() {
            command.env("ADX_TOKEN", &self.publisher_token);
        }
        if let Some(compiler) = &self.wasm_compiler {
            command.env("ADX_WASM_RUSTC", compiler);
        }
        command
    }

    /// A copy of `modules/hello` to build a version from, so that the checkout stays as it is.
    pub(crate) fn hello_source(&self) -> Result<PathBuf> {
        let copy = self.data.join("hello");
        if !copy.exists() {
            copy_folder(&root().join("modules/hello"), &copy)?;
            // The guest crate is found relative to the checkout; the copy stands elsewhere.
            let manifest = copy.join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest)?;
            let moved = text.replace(
                "\"../../sdk/guest\"",
                &Value::String(root().join("sdk/guest").display().to_string()).to_string(),
            );
            if moved == text {
                bail!("modules/hello/Cargo.toml does not name ../../sdk/guest");
            }
            std::fs::write(&manifest, moved)?;
        }
        Ok(copy)
    }

    /// The addresses to look at.
    pub(crate) fn addresses(&self) -> Value {
        json!({
            "registry": self.registry_url,
            "agent": self.agent_url,
            "page": format!("{}/modules/adx/hello", self.registry_url),
            "api_reference": format!("{}/docs", self.registry_url),
            "data": self.data.display().to_string(),
        })
    }

    /// Stays until Ctrl-C or SIGTERM.
    pub(crate) fn wait_for_interrupt(&self, report: &Report) {
        if !report.is_json() {
            println!("\nPress Ctrl-C to stop. As tenant {}:", self.tenants[0].name);
            println!(
                "  export ADX_HOME={} ADX_REGISTRY={} ADX_AGENT={}",
                self.data.join("adx-home").display(),
                self.registry_url,
                self.agent_url
            );
            println!("  export ADX_TENANT={} ADX_AGENT_TOKEN={}", self.tenants[0].name, self.tenants[0].token);
            println!("  {} call adx/hello greet '{{\"name\":\"Grace\"}}'", self.programs.adx.display());
        }
        while !interrupt::came() {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A file that says that a folder is a demo's, and may be emptied by the next.
const MARK: &str = ".adx-demo";

/// The folder that was asked for, or one for temporary files; emptied if it was a demo's.
fn empty_folder(asked: Option<&Path>) -> Result<PathBuf> {
    let folder = match asked {
        Some(folder) => std::path::absolute(folder)?,
        None => std::env::temp_dir().join(format!("adx-demo-{}", std::process::id())),
    };
    let mark = folder.join(MARK);
    if mark.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    if std::fs::read_dir(&folder)?.next().is_some() {
        bail!("{} is not empty and holds no demo's data (no file {MARK}); name another folder", folder.display());
    }
    std::fs::write(&mark, "")?;
    Ok(folder)
}

/// Ctrl-C reaches the whole foreground group; the servers are stopped by us, in order.
fn own_group(command: &mut Command) -> &mut Command {
    std::os::unix::process::CommandExt::process_group(command, 0)
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| format!("expected one JSON document, got: {text}"))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == OsStr::new("target") {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
