//! A PostgreSQL cluster of the tests' own: made in a scratch folder, reached by a socket there, gone with the process.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{skip, watch};

/// Where Debian puts programs that are not for everybody's PATH.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
/// What a cluster cannot be started as, and who starts it instead.
const ROOT: u32 = 0;
const SERVER_USER: &str = "postgres";

/// A running cluster.
pub struct Cluster {
    programs: PathBuf,
    account: Option<Account>,
    folder: PathBuf,
    databases: AtomicU32,
    /// Stops the cluster when this process ends. Held, never read.
    _watch: Child,
}

/// Who runs the cluster when we are root.
struct Account {
    user: u32,
    group: u32,
}

impl Cluster {
    /// The cluster of this test run, started at the first call; `None` where there is no PostgreSQL.
    ///
    /// # Panics
    /// If there is one and it does not start, or if there is none in CI.
    pub fn shared() -> Option<&'static Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| {
            let programs = programs()?;
            // A test database need not survive a power cut.
            Some(Self::start(programs, "off").unwrap_or_else(|error| panic!("PostgreSQL does not start: {error}")))
        });
        if cluster.is_none() {
            skip::skipped("PostgreSQL", "apt-get install postgresql");
        }
        cluster.as_ref()
    }

    /// A cluster that flushes what it commits, for what is measured; `None` where there is no PostgreSQL.
    ///
    /// # Errors
    /// If it does not start.
    pub fn durable() -> io::Result<Option<Self>> {
        programs().map(|programs| Self::start(programs, "on")).transpose()
    }

    /// A cluster of a test's own, which it may [`crash`](Self::crash); `None` where there is no PostgreSQL.
    ///
    /// # Panics
    /// As [`Cluster::shared`].
    pub fn apart() -> Option<Self> {
        let Some(programs) = programs() else {
            skip::skipped("PostgreSQL", "apt-get install postgresql");
            return None;
        };
        Some(Self::start(programs, "off").unwrap_or_else(|error| panic!("PostgreSQL does not start: {error}")))
    }

    /// Stops the server as a crash does, so that what it had not yet written is lost, and starts it again.
    ///
    /// # Panics
    /// If it does not start.
    pub fn crash(&self) {
        let stop = ["stop", "-s", "-m", "immediate", "-D"].map(OsStr::new);
        self.run("pg_ctl", stop.into_iter().chain([self.data().as_os_str()])).expect("PostgreSQL stops");
        self.run_server("off").expect("PostgreSQL starts again");
    }

    fn start(programs: PathBuf, fsync: &str) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // Socket paths have at most 107 bytes, so the folder must not stand deep.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(format!("/tmp/adx-postgres-{}-{number}", std::process::id()));
        let account = account()?;
        fs::create_dir(&folder)?;
        if let Some(account) = &account {
            chown(&folder, Some(account.user), Some(account.group))?;
        }
        let data = folder.join("data");
        let watch = stop_at_the_end(&programs, account.as_ref(), &folder, &data)?;
        let cluster = Self { programs, account, folder, databases: AtomicU32::new(0), _watch: watch };

        let initialise = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"];
        cluster.run("initdb", initialise.iter().map(OsStr::new).chain([data.as_os_str()]))?;
        cluster.run_server(fsync)?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn run_server(&self, fsync: &str) -> io::Result<()> {
        // Nobody but the socket's owner shall reach it.
        let options = format!(
            "-c fsync={fsync} -c listen_addresses= -c unix_socket_directories={} -c max_connections=300",
            self.folder.display()
        );
        let (data, log) = (self.data(), self.folder.join("log"));
        let start = ["start", "-w", "-s", "-D"].map(OsStr::new).into_iter();
        let rest = [data.as_os_str(), OsStr::new("-l"), log.as_os_str(), OsStr::new("-o"), OsStr::new(&options)];
        self.run("pg_ctl", start.chain(rest))
    }

    /// A new database, empty or a copy of `template`, and its URL. Nobody may be connected to the template.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn create_database(&self, template: Option<&str>) -> (String, String) {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let host = format!("--host={}", self.folder.display());
        let template = format!("--template={}", template.unwrap_or("template0"));
        let arguments = [host.as_str(), "--username=postgres", &template, &name];
        self.run("createdb", arguments.iter().map(OsStr::new))
            .unwrap_or_else(|error| panic!("no database could be made: {error}"));
        let url = format!("postgres://postgres@localhost/{name}?host={}", self.folder.display());
        (name, url)
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    fn run<'a>(&self, program: &str, arguments: impl Iterator<Item = &'a OsStr>) -> io::Result<()> {
        let mut command = as_account(self.account.as_ref(), &self.programs.join(program));
        let Output { status, stdout, stderr } = command.args(arguments).current_dir(&self.folder).output()?;
        if status.success() {
            return Ok(());
        }
        let said = [stdout, stderr].concat();
        Err(io::Error::other(format!("{program}: {status}\n{}", String::from_utf8_lossy(&said))))
    }
}

/// The folder of `initdb`, of the newest version there is.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .max();
    newest.map(|(_, folder)| folder).or_else(|| {
        // A link in PATH may point to a folder that has the others too.
        let initdb = fs::canonicalize(skip::program("initdb")?).ok()?;
        initdb.parent().map(Path::to_owned)
    })
}

/// The account to switch to, if we are root.
fn account() -> io::Result<Option<Account>> {
    if number_of(&["-u"])? != ROOT {
        return Ok(None);
    }
    Ok(Some(Account { user: number_of(&["-u", SERVER_USER])?, group: number_of(&["-g", SERVER_USER])? }))
}

fn number_of(arguments: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| io::Error::new(ErrorKind::NotFound, format!("`id {}` names nobody", arguments.join(" "))))
}

/// A command, by `setpriv` or `runuser` if it must not be run by root.
fn as_account(account: Option<&Account>, program: &Path) -> Command {
    let Some(account) = account else {
        return Command::new(program);
    };
    if let Some(setpriv) = skip::program("setpriv") {
        let mut command = Command::new(setpriv);
        command.arg(format!("--reuid={}", account.user)).arg(format!("--regid={}", account.group));
        command.arg("--clear-groups").arg("--").arg(program);
        return command;
    }
    let mut command = Command::new("runuser");
    command.args(["-u", SERVER_USER, "--"]).arg(program);
    command
}

fn stop_at_the_end(programs: &Path, account: Option<&Account>, folder: &Path, data: &Path) -> io::Result<Child> {
    let stop = as_account(account, &programs.join("pg_ctl"));
    let words = std::iter::once(stop.get_program()).chain(stop.get_args());
    let stop: Vec<_> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let script = format!("cd / && {} stop -s -m immediate -D \"$1\"; rm -rf -- \"$2\"", stop.join(" "));
    watch::when_this_process_ends(&script, &[&data.to_string_lossy(), &folder.to_string_lossy()])
}
