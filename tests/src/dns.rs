//! A DNS server on a port of this machine, over UDP and TCP, whose records the test writes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{
    Name, RData, Record, RecordType,
    rdata::{CNAME, TXT},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;

/// Longest question that is read, and longest answer over UDP, in bytes. Source: RFC 1035, 2.3.4.
const MAX_DATAGRAM_BYTES: usize = 512;
const TTL_SECONDS: u32 = 3_600;
/// What is no DNS message.
const GARBAGE: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";

/// How it answers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// By what the test wrote.
    #[default]
    Told,
    /// With this code, whatever is asked.
    Refusing(ResponseCode),
    /// Not at all.
    Silent,
    /// With something that is no answer.
    Garbage,
    /// As if to another question.
    Astray,
}

#[derive(Default)]
struct Zone {
    /// By name, with a dot at its end: the parts of each record.
    texts: BTreeMap<String, Vec<Vec<Vec<u8>>>>,
    /// The same: what the name is another for.
    aliases: BTreeMap<String, String>,
    manner: Manner,
    questions: usize,
}

/// The server. It ends with this.
pub struct DnsServer {
    /// Where it listens.
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    tasks: [JoinHandle<()>; 2],
}

impl DnsServer {
    /// Starts one that knows of nothing.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let socket = UdpSocket::bind(address).await.expect("the same port");
        let zone = Arc::new(Mutex::new(Zone::default()));
        let datagrams = tokio::spawn(serve_datagrams(socket, Arc::clone(&zone)));
        let streams = tokio::spawn(serve_streams(listener, Arc::clone(&zone)));
        Self { address, zone, tasks: [datagrams, streams] }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Zone) -> T) -> T {
        change(&mut self.zone.lock().expect("no test panics in here"))
    }

    /// Writes the TXT records of a name, each of which is made of parts.
    pub fn put<T: AsRef<[u8]>>(&self, name: &str, records: &[&[T]]) {
        let parts = |record: &&[T]| record.iter().map(|part| part.as_ref().to_vec()).collect();
        let records = records.iter().map(parts).collect();
        self.change(|zone| zone.texts.insert(format!("{name}."), records));
    }

    /// Makes a name another one for `target`.
    pub fn put_alias(&self, name: &str, target: &str) {
        self.change(|zone| zone.aliases.insert(format!("{name}."), format!("{target}.")));
    }

    /// Removes the TXT records of a name.
    pub fn remove(&self, name: &str) {
        self.change(|zone| zone.texts.remove(&format!("{name}.")));
    }

    /// Answers in this manner from now on.
    pub fn set_manner(&self, manner: Manner) {
        self.change(|zone| zone.manner = manner);
    }

    /// How often it was asked.
    pub fn questions(&self) -> usize {
        self.change(|zone| zone.questions)
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn serve_datagrams(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut buffer = [0; MAX_DATAGRAM_BYTES];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { return };
        if let Some(answer) = answer(&zone, &buffer[..length], MAX_DATAGRAM_BYTES) {
            socket.send_to(&answer, from).await.expect("it is sent");
        }
    }
}

async fn serve_streams(listener: TcpListener, zone: Arc<Mutex<Zone>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        tokio::spawn(serve_stream(stream, Arc::clone(&zone)));
    }
}

/// Until whoever asks hangs up.
async fn serve_stream(mut stream: TcpStream, zone: Arc<Mutex<Zone>>) {
    while let Ok(question) = framed(&mut stream).await {
        let Some(answer) = answer(&zone, &question, usize::from(u16::MAX)) else { continue };
        let length = u16::try_from(answer.len()).expect("it was cut").to_be_bytes();
        if stream.write_all(&[&length[..], &answer].concat()).await.is_err() {
            return;
        }
    }
}

/// A message over TCP, with its length before it. Source: RFC 1035, 4.2.2.
async fn framed(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut message = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// What is sent, cut if it is longer than `most`.
fn answer(zone: &Mutex<Zone>, question: &[u8], most: usize) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).expect("a question");
    let mut zone = zone.lock().expect("no test panics in here");
    zone.questions += 1;
    let mut answer = match zone.manner {
        Manner::Silent => return None,
        Manner::Garbage => return Some(GARBAGE.to_vec()),
        Manner::Refusing(code) => {
            let mut answer = question.into_response();
            answer.metadata.response_code = code;
            answer
        }
        Manner::Told | Manner::Astray => told(&zone, question),
    };
    if zone.manner == Manner::Astray {
        answer.metadata.id ^= 1;
    }
    let bytes = answer.to_vec().expect("an answer");
    Some(if bytes.len() > most { answer.truncate().to_vec().expect("less of it") } else { bytes })
}

/// One step only, of what is another name: whoever asks asks on.
fn told(zone: &Zone, question: Message) -> Message {
    let query = question.queries.first().expect("a question").clone();
    let mut answer = question.into_response();
    let name: Name = query.name().clone();
    let key = name.to_ascii().to_ascii_lowercase();
    let record = |data| Record::from_rdata(name.clone(), TTL_SECONDS, data);
    if let Some(target) = zone.aliases.get(&key) {
        answer.add_answer(record(RData::CNAME(CNAME(Name::from_ascii(target).expect("a name")))));
    } else if let Some(records) = zone.texts.get(&key) {
        for parts in records.iter().filter(|_| query.query_type() == RecordType::TXT) {
            let txt = TXT::from_bytes(parts.iter().map(Vec::as_slice).collect());
            answer.add_answer(record(RData::TXT(txt)));
        }
    } else {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    answer
}
