//! `serve.index` and `serve.package`: requests a second of the registry, beside nginx on the same files, same `wrk`, same run.

use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, random};
use anyhow::{Context as _, Result, ensure};
use getrandom::rand_core::Rng as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PACKAGE_BYTES: usize = 100_000;
const ROUNDS: usize = 3;
const SECONDS: u32 = 4;
const CONNECTIONS: u32 = 32;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let wanted = |name: &str| arguments.iter().all(|argument| !argument.starts_with("serve.") || argument == name);
    let runtime = tokio::runtime::Runtime::new()?;
    let (registry, running, digest) = runtime.block_on(published())?;
    let index = adx_index::line::index_path(&"adx/hello".parse()?);
    let nginx = Nginx::start(
        registry.folder(),
        &running.url,
        &[format!("index/{index}"), format!("packages/{digest}.adxm")],
        &runtime,
    )?;
    for (name, path) in
        [("serve.index", format!("/index/{index}")), ("serve.package", format!("/packages/{digest}.adxm"))]
    {
        if !wanted(name) {
            continue;
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(requests_per_second(&format!("{}{path}", running.url))?);
            theirs.push(requests_per_second(&format!("{}{path}", nginx.url))?);
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        if json {
            println!(
                "{}",
                serde_json::json!({ "bench": name, "value": ours.round(), "unit": "requests/s", "ratio": ratio(ours, theirs), "to": "nginx" })
            );
        } else {
            println!("{name:<16} {ours:>10.0} requests/s   {:.2} × nginx ({theirs:.0})", ours / theirs);
        }
    }
    Ok(())
}

/// A running registry with one release whose package has about [`PACKAGE_BYTES`].
async fn published() -> Result<(Registry, Process, Digest)> {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let mut files = hello::files("1.0.0", Behaviour::Plain);
    let bare = hello::pack(&files).len();
    let mut padding = vec![0; PACKAGE_BYTES.saturating_sub(bare)];
    random().fill_bytes(&mut padding);
    files.insert(hello::path("docs/padding.bin"), padding);
    let package = hello::pack(&files);
    let answer = registry.publish(&running, &package).await?;
    ensure!(answer.status().is_success(), "{}", answer.text().await?);
    let digest = Digest::of(&package);
    let index = format!("{}/index/{}", running.url, adx_index::line::index_path(&"adx/hello".parse()?));
    adx_tests::eventually("the index file is written", async || {
        reqwest::get(&index).await.is_ok_and(|answer| answer.status().is_success())
    })
    .await;
    Ok((registry, running, digest))
}

/// nginx as a static file server on a folder of its own, stopped when dropped.
struct Nginx {
    child: Child,
    url: String,
}

impl Nginx {
    fn start(folder: &Path, registry: &str, files: &[String], runtime: &tokio::runtime::Runtime) -> Result<Self> {
        let root = folder.join("nginx");
        for file in files {
            let target = root.join(file);
            std::fs::create_dir_all(target.parent().context("a file has a folder")?)?;
            let content = runtime.block_on(async {
                reqwest::get(format!("{registry}/{file}")).await?.error_for_status()?.bytes().await
            })?;
            std::fs::write(target, content)?;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let configuration: PathBuf = root.join("nginx.conf");
        // As many workers as cores, as the registry has threads; no access log, as the registry has none for files.
        std::fs::write(
            &configuration,
            format!(
                "worker_processes auto; daemon off; pid {0}/nginx.pid; error_log {0}/error.log;\n\
                 events {{ worker_connections 1024; }}\n\
                 http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/octet-stream;\n\
                 client_body_temp_path {0}/tmp; proxy_temp_path {0}/tmp; fastcgi_temp_path {0}/tmp; uwsgi_temp_path {0}/tmp; scgi_temp_path {0}/tmp;\n\
                 open_file_cache max=100; server {{ listen 127.0.0.1:{port}; root {0}; }} }}\n",
                root.display()
            ),
        )?;
        // Workers run as another user when nginx is started by root; they have to reach the folder.
        let opened = Command::new("chmod").args(["-R", "a+rX"]).arg(folder).status()?;
        ensure!(opened.success(), "the folder of nginx cannot be opened to its workers");
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&configuration)
            .arg("-p")
            .arg(&root)
            .stderr(Stdio::null())
            .spawn()
            .context("nginx does not start")?;
        let nginx = Self { child, url: format!("http://127.0.0.1:{port}") };
        let probe = format!("{}/{}", nginx.url, files[0]);
        runtime.block_on(adx_tests::eventually("nginx serves the index file", async || {
            reqwest::get(&probe).await.is_ok_and(|answer| answer.status().is_success())
        }));
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) || self.child.wait().is_err() {
            eprintln!("warning: nginx (process {}) may still run", self.child.id());
        }
    }
}

/// One round of `wrk`.
fn requests_per_second(url: &str) -> Result<f64> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &CONNECTIONS.to_string(), "--duration", &format!("{SECONDS}s"), url])
        .output()
        .context("wrk does not start")?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success() && !text.contains("Non-2xx"), "wrk on {url}: {text}");
    std::thread::sleep(Duration::from_millis(200));
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))
        .with_context(|| format!("wrk printed no rate: {text}"))?;
    Ok(line.trim().parse()?)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn ratio(ours: f64, theirs: f64) -> f64 {
    (ours / theirs * 100.0).round() / 100.0
}
