//! A small HTTP server that serves a folder, as any static host does, or worse.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What becomes of an answer whose path holds a text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// It never ends.
    Endless,
    /// A byte at a time, with a pause between.
    Drip(Duration),
    /// It sends elsewhere.
    Redirect,
}

/// How many requests are being answered, and the most there were.
#[derive(Debug, Default)]
struct Busy {
    now: AtomicUsize,
    most: AtomicUsize,
}

pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    busy: Arc<Busy>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Serves a folder.
    pub(crate) async fn start(folder: PathBuf) -> Self {
        Self::with(folder, None).await
    }

    /// Serves a folder, paths that hold the text in another manner.
    pub(crate) async fn with(folder: PathBuf, manner: Option<(&'static str, Manner)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let busy = Arc::<Busy>::default();
        let counted = Arc::clone(&busy);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (folder, log, busy) = (folder.clone(), Arc::clone(&log), Arc::clone(&counted));
                connections.spawn(async move {
                    // A client that hangs up is none of our business.
                    _ = answer(stream, folder, manner, &log, &busy).await;
                });
            }
        });
        Self { url, asked, busy, task }
    }

    /// The most requests that were answered at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.busy.most.load(Ordering::SeqCst)
    }

    /// The paths asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    mut stream: TcpStream,
    folder: PathBuf,
    manner: Option<(&'static str, Manner)>,
    asked: &Mutex<Vec<String>>,
    busy: &Busy,
) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
        asked.lock().expect("a lock").push(path.clone());
        busy.most.fetch_max(busy.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Others that come at once are in time to be counted.
        tokio::task::yield_now().await;
        match manner.filter(|(text, _)| path.contains(text)).map(|(_, manner)| manner) {
            Some(Manner::Redirect) => {
                stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n").await?;
            }
            Some(Manner::Endless) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
                loop {
                    stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes()).await?;
                }
            }
            Some(Manner::Drip(pause)) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n").await?;
                loop {
                    stream.write_all(b"x").await?;
                    tokio::time::sleep(pause).await;
                }
            }
            None => match std::fs::read(folder.join(&path)) {
                Ok(bytes) => {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
                    stream.write_all(head.as_bytes()).await?;
                    stream.write_all(&bytes).await?;
                }
                Err(_) => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await?,
            },
        }
        busy.now.fetch_sub(1, Ordering::SeqCst);
    }
}
