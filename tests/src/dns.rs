//! A DNS server on a UDP port of this machine, whose records the test writes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType, rdata::TXT};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Longest question that is read, in bytes: those of UDP without extensions are as long at most. Source: RFC 1035, 2.3.4.
const MAX_QUESTION_BYTES: usize = 512;
const TTL_SECONDS: u32 = 3_600;

/// What it answers.
#[derive(Default)]
struct Zone {
    /// By name, with a dot at its end: the parts of each record.
    texts: BTreeMap<String, Vec<Vec<String>>>,
    /// What it answers in the place of everything.
    refusal: Option<ResponseCode>,
    /// Whether it answers nothing at all.
    is_silent: bool,
    questions: usize,
}

/// The server. It ends with this.
pub struct DnsServer {
    /// Where it listens.
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    task: JoinHandle<()>,
}

impl DnsServer {
    /// Starts one that knows of nothing.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = socket.local_addr().expect("an address");
        let zone = Arc::new(Mutex::new(Zone::default()));
        let task = tokio::spawn(serve(socket, Arc::clone(&zone)));
        Self { address, zone, task }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Zone) -> T) -> T {
        change(&mut self.zone.lock().expect("no test panics in here"))
    }

    /// Writes the TXT records of a name, each of which is made of parts.
    pub fn put(&self, name: &str, records: &[&[&str]]) {
        let records = records.iter().map(|parts| parts.iter().map(ToString::to_string).collect()).collect();
        self.change(|zone| zone.texts.insert(format!("{name}."), records));
    }

    /// Removes those of a name.
    pub fn remove(&self, name: &str) {
        self.change(|zone| zone.texts.remove(&format!("{name}.")));
    }

    /// Answers with nothing but this code, or as before.
    pub fn refuse(&self, code: Option<ResponseCode>) {
        self.change(|zone| zone.refusal = code);
    }

    /// Answers nothing from now on, or as before.
    pub fn set_silent(&self, is_silent: bool) {
        self.change(|zone| zone.is_silent = is_silent);
    }

    /// How often it was asked.
    pub fn questions(&self) -> usize {
        self.change(|zone| zone.questions)
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut buffer = [0; MAX_QUESTION_BYTES];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { return };
        let question = Message::from_vec(&buffer[..length]).expect("a question");
        let answer = {
            let mut zone = zone.lock().expect("no test panics in here");
            zone.questions += 1;
            if zone.is_silent { None } else { Some(answer(&zone, question)) }
        };
        if let Some(answer) = answer {
            socket.send_to(&answer.to_vec().expect("an answer"), from).await.expect("it is sent");
        }
    }
}

fn answer(zone: &Zone, question: Message) -> Message {
    let query = question.queries.first().expect("a question").clone();
    let mut answer = question.into_response();
    let name: Name = query.name().clone();
    let found = zone.texts.get(&name.to_ascii().to_ascii_lowercase());
    answer.metadata.response_code = match (zone.refusal, found) {
        (Some(refusal), _) => refusal,
        (None, Some(_)) => ResponseCode::NoError,
        (None, None) => ResponseCode::NXDomain,
    };
    if zone.refusal.is_none() && query.query_type() == RecordType::TXT {
        for parts in found.into_iter().flatten() {
            answer.add_answer(Record::from_rdata(name.clone(), TTL_SECONDS, RData::TXT(TXT::new(parts.clone()))));
        }
    }
    answer
}
