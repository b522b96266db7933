//! What has to be on the machine: brought where an ordinary package client can bring it, named in one line where not.

use crate::process::{answers, output, run};
use crate::workspace::{cargo, root, target_directory};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether this run is a continuous-integration run, where a skipped check is a failed one.
pub(crate) fn in_ci() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the convention of every CI")]
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

/// Whether the search contract runs against a real Meilisearch.
pub(crate) fn has_meilisearch() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the variable that the contract test reads")]
    std::env::var("MEILI_URL").is_ok_and(|value| !value.is_empty())
}

/// Brings the standard library for wasm guests. Returns the compiler to build guests with where it is not the usual one.
pub(crate) fn wasm_toolchain() -> Result<Option<PathBuf>> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let folder = output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(None);
    }
    if answers("rustup", &["target", "add", TARGET]) {
        return Ok(None);
    }
    let private = target_directory()?.join("wasm-toolchain");
    let compiler = private.join("usr/bin/rustc");
    if !compiler.is_file() {
        if !answers("apt-get", &["--version"]) {
            bail!("the wasm target is missing and rustup cannot bring it; type: rustup target add {TARGET}");
        }
        eprintln!("rustup cannot bring {TARGET}; building its standard library from Debian's sources (2 minutes)");
        run(Command::new(root().join("ops/wasm-toolchain-from-debian")).arg(&private).stdout(Stdio::null()))?;
    }
    Ok(Some(compiler))
}

/// Installs what the page is built from, and builds it, unless neither changed since.
pub(crate) fn build_web() -> Result<()> {
    // What Vite asks for.
    let recent = "const [major, minor] = process.versions.node.split('.').map(Number); \
                  process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)";
    if !answers("node", &["-e", recent]) || !answers("npm", &["--version"]) {
        bail!(
            "Node.js 20.19, 22.12 or later, with npm, is needed to build the page; see https://nodejs.org/en/download"
        );
    }
    install_node_modules()?;
    let web = root().join("web");
    if !is_newer(
        &web.join("dist/index.html"),
        &[
            web.join("src"),
            web.join("index.html"),
            web.join("vite.config.ts"),
            web.join("tsconfig.json"),
            web.join("package.json"),
            web.join("package-lock.json"),
        ],
    )? {
        run(npm(&["run", "build"]).stdout(Stdio::null()))?;
    }
    Ok(())
}

/// `npm ci`, unless the lock file is the one that was installed last.
pub(crate) fn install_node_modules() -> Result<()> {
    let web = root().join("web");
    if !is_newer(&web.join("node_modules/.package-lock.json"), &[web.join("package-lock.json")])? {
        run(npm(&["ci", "--no-audit", "--no-fund"]).stdout(Stdio::null()))?;
    }
    Ok(())
}

/// An npm command in web/.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(root().join("web"));
    command
}

fn newest(path: &Path) -> Result<std::time::SystemTime> {
    let metadata =
        std::fs::metadata(path).with_context(|| format!("{} is missing from the checkout", path.display()))?;
    let mut time = metadata.modified()?;
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path)? {
            time = time.max(newest(&entry?.path())?);
        }
    }
    Ok(time)
}

/// Whether `built` exists and is newer than everything in `sources`.
fn is_newer(built: &Path, sources: &[PathBuf]) -> Result<bool> {
    let Ok(built) = std::fs::metadata(built).and_then(|metadata| metadata.modified()) else {
        return Ok(false);
    };
    for source in sources {
        if newest(source)? > built {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A program that the checks use, and the Debian package that has it.
pub(crate) struct Tool {
    /// What it is called where it is missing.
    pub(crate) name: &'static str,
    /// The Debian package.
    pub(crate) package: &'static str,
    found: fn() -> bool,
}

/// PostgreSQL's server programs, for the store's contract test.
pub(crate) const POSTGRESQL: Tool = Tool {
    name: "PostgreSQL",
    package: "postgresql",
    found: || {
        std::fs::read_dir("/usr/lib/postgresql")
            .is_ok_and(|versions| versions.flatten().any(|version| version.path().join("bin/initdb").is_file()))
            || answers("initdb", &["--version"])
    },
};
/// What the servers of the contracts on S3 and on SMTP are installed with.
pub(crate) const PYTHON: Tool = Tool {
    name: "Python with venv",
    package: "python3-venv",
    found: || answers("python3", &["-c", "import ensurepip, venv"]),
};
/// The browser of the page's tests.
pub(crate) const CHROMIUM: Tool =
    Tool { name: "Chromium", package: "chromium", found: || Path::new("/usr/bin/chromium").is_file() };
/// The load generator of the serving benches.
pub(crate) const WRK: Tool = Tool { name: "wrk", package: "wrk", found: || Path::new("/usr/bin/wrk").is_file() };
/// The server that the serving benches compare with.
pub(crate) const NGINX: Tool =
    Tool { name: "nginx", package: "nginx-light", found: || Path::new("/usr/sbin/nginx").is_file() };

impl Tool {
    /// Whether the tool is there, after trying to install it where we may (as root, with apt).
    pub(crate) fn bring(&self) -> bool {
        if (self.found)() {
            return true;
        }
        // SAFETY: geteuid(2) has no preconditions and cannot fail.
        #[expect(unsafe_code, reason = "std does not tell the effective user")]
        let is_root = unsafe { libc::geteuid() } == 0;
        if is_root && answers("apt-get", &["--version"]) {
            eprintln!("installing {} ({})", self.name, self.package);
            let install = || answers("apt-get", &["install", "-y", "--no-install-recommends", self.package]);
            if !install() && answers("apt-get", &["update"]) {
                install();
            }
        }
        (self.found)()
    }

    /// What to type to get it.
    pub(crate) fn hint(&self) -> String {
        format!("{} is missing; type: apt-get install {}", self.name, self.package)
    }
}

/// The S3 server of the blob contract test. Returns the path of its program.
pub(crate) fn moto_server() -> Result<PathBuf> {
    Ok(python_environment("s3-server", "tests/src/moto/requirements.txt")?.join("bin/moto_server"))
}

/// What stands for Stripe in its story test. Returns the path of its program.
pub(crate) fn localstripe() -> Result<PathBuf> {
    Ok(python_environment("localstripe", "tests/src/stripe/requirements.txt")?.join("bin/localstripe"))
}

/// What knows which requests Stripe's description of its API allows. Returns the path of its program.
pub(crate) fn stripe_mock() -> Result<PathBuf> {
    const VERSION: &str = "v0.203.0";
    let folder = target_directory()?.join("stripe-mock").join(VERSION);
    let program = folder.join("stripe-mock");
    if !program.is_file() {
        if !answers("go", &["version"]) {
            bail!("Go is needed to show stripe-mock what is sent to Stripe; see https://go.dev/dl");
        }
        let module = format!("github.com/stripe/stripe-mock@{VERSION}");
        run(Command::new("go").args(["install", &module]).env("GOBIN", &folder))?;
    }
    Ok(program)
}

/// The mail server of the mail contract test. Returns its Python.
pub(crate) fn mail_server() -> Result<PathBuf> {
    Ok(python_environment("mail-server", "tests/src/smtp/requirements.txt")?.join("bin/python"))
}

/// What calls every operation of the API with all that its description allows, and more. Returns the path of its program.
pub(crate) fn schemathesis() -> Result<PathBuf> {
    Ok(python_environment("schemathesis", "tests/src/schemathesis/requirements.txt")?.join("bin/schemathesis"))
}

/// A virtual environment with what a file asks for, made anew when the file is newer.
fn python_environment(name: &str, requirements: &str) -> Result<PathBuf> {
    let environment = target_directory()?.join(name);
    let asked = root().join(requirements);
    let brought = environment.join("brought");
    if !is_newer(&brought, std::slice::from_ref(&asked))? {
        if !PYTHON.bring() {
            bail!("{}", PYTHON.hint());
        }
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        run(Command::new(environment.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&asked))?;
        std::fs::write(&brought, "").with_context(|| format!("cannot write {}", brought.display()))?;
    }
    Ok(environment)
}

/// Other people's clients, see `tests/foreign/README.md`. Returns the folder they are in.
pub(crate) fn foreign_clients() -> Result<PathBuf> {
    let sources = root().join("tests/foreign");
    let folder = target_directory()?.join("foreign-clients");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

    python_environment("foreign-clients/python-tuf", "tests/foreign/python-tuf/requirements.txt")?;
    let javascript = sources.join("tuf-js");
    if !is_newer(&javascript.join("node_modules/.package-lock.json"), &[javascript.join("package-lock.json")])? {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&javascript)
            .stdout(Stdio::null()))?;
    }

    let sumdb = sources.join("sumdb");
    if !is_newer(&folder.join("sumdb"), std::slice::from_ref(&sumdb))? {
        if !answers("go", &["version"]) {
            bail!("Go is needed to verify the log with golang.org/x/mod; see https://go.dev/dl");
        }
        run(Command::new("go").args(["build", "-o"]).arg(folder.join("sumdb")).arg(".").current_dir(&sumdb))?;
    }

    for client in ["tough", "passkey"] {
        run(cargo()
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(sources.join(client).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(folder.join(client)))?;
    }
    Ok(folder)
}

/// cargo-deny, built for this project where it is not there. Returns the path of its program.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    const VERSION: &str = "0.20.2";
    let folder = target_directory()?.join("cargo-tools");
    let program = folder.join("bin/cargo-deny");
    if !output(Command::new(&program).arg("--version")).is_ok_and(|told| told.trim().ends_with(VERSION)) {
        eprintln!("building cargo-deny {VERSION} (a few minutes, once)");
        // Unoptimised: it works for a second, and would be compiled for many.
        run(Command::new("cargo")
            .args(["install", "--quiet", "--locked", "--debug", "cargo-deny", "--version", VERSION, "--root"])
            .arg(&folder))?;
    }
    Ok(program)
}
