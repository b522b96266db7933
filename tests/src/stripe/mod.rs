//! A Stripe of the tests' own: `localstripe`, and before it what that lacks: the pages to pay on (Checkout) and to change a card on, disputes. What it tells, signed, is kept
//! here: a test gives it to the registry late, doubled, in another order, changed or not at all.
//!
//! Every request of the registry's is shown to `stripe-mock` as well, which refuses what Stripe's description of its API does not allow.

mod routes;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use actix_web::{App, HttpServer, rt, web};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::stage::client;
use crate::{skip, watch};

/// The key that the registry shows.
pub const SECRET_KEY: &str = "sk_test_12345678";
/// What it is told is signed with that.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_tests";
/// A card that pays.
pub const CARD: &str = "4242424242424242";
/// A card that does not.
pub const DECLINED: &str = "4000000000000341";

/// How what is sent to Stripe is written.
const FORM: &str = "application/x-www-form-urlencoded";
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something that was told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The header `Stripe-Signature`.
    pub signature: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Told {
    /// Which kind it is of.
    pub fn kind(&self) -> String {
        let event: Value = serde_json::from_slice(&self.body).expect("JSON");
        event["type"].as_str().expect("a kind").to_owned()
    }
}

/// A page to pay on.
#[derive(Clone, Debug, Default)]
struct Session {
    form: BTreeMap<String, String>,
    status: &'static str,
    payment_intent: Option<String>,
    subscription: Option<String>,
}

/// What the server before `localstripe` knows.
struct Shared {
    localstripe: String,
    mock: Option<String>,
    sessions: Mutex<BTreeMap<String, Session>>,
    /// By idempotency key.
    opened: Mutex<BTreeMap<String, String>>,
    told: Mutex<Vec<Told>>,
    refused: Mutex<Vec<String>>,
    /// How what a buyer's bank wants back stands, by the payment.
    disputes: Mutex<BTreeMap<String, &'static str>>,
}

/// A running Stripe.
pub struct Stripe {
    /// Where its API is.
    pub url: String,
    shared: web::Data<Shared>,
    /// They stop the servers when this process ends. Held, never read.
    _watches: Vec<Child>,
}

impl Stripe {
    /// One of its own, with the `localstripe` that `ADX_TEST_LOCALSTRIPE` names or PATH has; `None` where there is none of these. So of
    /// `stripe-mock`, without which nothing is shown to it.
    ///
    /// # Panics
    /// If there is one and it does not start, or if there is none in CI.
    pub async fn start() -> Option<Self> {
        let Some(program) = find("ADX_TEST_LOCALSTRIPE", "localstripe") else {
            skip::skipped("localstripe", "pip install localstripe");
            return None;
        };
        let (localstripe, watch) =
            serve_by(&program, |port| vec!["--port".to_owned(), port, "--from-scratch".to_owned()]);
        let mut watches = vec![watch];
        let mock = find("ADX_TEST_STRIPE_MOCK", "stripe-mock");
        if mock.is_none() {
            skip::skipped("stripe-mock", "go install github.com/stripe/stripe-mock@latest");
        }
        let mock = mock.map(|program| {
            let (mock, watch) = serve_by(&program, |port| vec!["-http-port".to_owned(), port]);
            watches.push(watch);
            mock
        });
        let shared = web::Data::new(Shared {
            localstripe,
            mock,
            sessions: Mutex::default(),
            opened: Mutex::default(),
            told: Mutex::default(),
            refused: Mutex::default(),
            disputes: Mutex::default(),
        });
        let url = format!("http://{}", serve(&shared));
        let stripe = Self { url, shared, _watches: watches };
        let told = format!("{}/told", stripe.url);
        let form = [("url", told.as_str()), ("secret", WEBHOOK_SECRET)];
        let configure = client().post(format!("{}/_config/webhooks/adx", stripe.shared.localstripe));
        let answer = configure.header("content-type", FORM).body(written(&form)).send().await;
        assert!(answer.as_ref().is_ok_and(|answer| answer.status().is_success()), "{answer:?}");
        Some(stripe)
    }

    /// The settings of a registry that is paid by it.
    pub fn settings(&self) -> Vec<(String, String)> {
        let settings = [
            ("PAYMENTS__PROVIDER", "stripe"),
            ("STRIPE__SECRET_KEY", SECRET_KEY),
            ("STRIPE__WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("STRIPE__API_URL", &self.url),
            ("SERVER__PUBLIC_URL", "https://registry.example.org"),
        ];
        settings.map(|(key, value)| (format!("ADX_REGISTRY__{key}"), value.to_owned())).into()
    }

    /// What was told so far, in the order it was told.
    pub fn told(&self) -> Vec<Told> {
        lock(&self.shared.told).clone()
    }

    /// Requests that `stripe-mock` refused.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.shared.refused).clone()
    }

    /// Pays on a page, as its buyer; whether the card was taken.
    ///
    /// # Panics
    /// If there is no such page that is open.
    pub async fn pay(&self, page: &str, card: &str) -> bool {
        let id = page.rsplit('/').next().expect("a page").to_owned();
        let session = lock(&self.shared.sessions).get(&id).cloned().expect("a page that was opened");
        assert_eq!(session.status, "open", "{id}");
        let field = |name: &str| session.form.get(name).cloned().unwrap_or_default();
        let method = self.method(card).await;
        let (amount, currency) =
            (field("line_items[0][price_data][unit_amount]"), field("line_items[0][price_data][currency]"));
        let paid = if field("mode") == "payment" {
            let order = field("payment_intent_data[metadata][order]");
            let form = [
                ("amount", amount.as_str()),
                ("currency", currency.as_str()),
                ("payment_method", method.as_str()),
                ("metadata[order]", order.as_str()),
                ("confirm", "true"),
            ];
            let (status, payment) = self.call(Method::POST, "payment_intents", &form).await;
            (status == StatusCode::OK).then(|| Session { payment_intent: Some(text(&payment["id"])), ..session })
        } else {
            let form =
                [("payment_method", method.as_str()), ("invoice_settings[default_payment_method]", method.as_str())];
            let customer = text(&self.call(Method::POST, "customers", &form).await.1["id"]);
            let interval = field("line_items[0][price_data][recurring][interval]");
            let name = field("line_items[0][price_data][product_data][name]");
            let form = [
                ("amount", amount.as_str()),
                ("currency", currency.as_str()),
                ("interval", interval.as_str()),
                ("product[name]", name.as_str()),
            ];
            let plan = text(&self.call(Method::POST, "plans", &form).await.1["id"]);
            let order = field("subscription_data[metadata][order]");
            let form = [
                ("customer", customer.as_str()),
                ("items[0][plan]", plan.as_str()),
                ("metadata[order]", order.as_str()),
            ];
            let (_, subscription) = self.call(Method::POST, "subscriptions", &form).await;
            (subscription["status"] == "active")
                .then(|| Session { subscription: Some(text(&subscription["id"])), ..session })
        };
        let is_paid = paid.is_some();
        if let Some(paid) = paid {
            lock(&self.shared.sessions).insert(id, Session { status: "complete", ..paid });
        }
        is_paid
    }

    async fn method(&self, card: &str) -> String {
        let form = [
            ("type", "card"),
            ("card[number]", card),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2040"),
            ("card[cvc]", "123"),
        ];
        text(&self.call(Method::POST, "payment_methods", &form).await.1["id"])
    }

    async fn customer_of(&self, subscription: &str) -> String {
        text(&self.call(Method::GET, &format!("subscriptions/{subscription}"), &[]).await.1["customer"])
    }

    /// Changes the card that a subscription is taken from, as its buyer.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn change_card(&self, subscription: &str, card: &str) {
        let (customer, method) = (self.customer_of(subscription).await, self.method(card).await);
        let attach = format!("payment_methods/{method}/attach");
        assert_eq!(self.call(Method::POST, &attach, &[("customer", customer.as_str())]).await.0, StatusCode::OK);
        let form = [("invoice_settings[default_payment_method]", method.as_str())];
        assert_eq!(self.call(Method::POST, &format!("customers/{customer}"), &form).await.0, StatusCode::OK);
    }

    /// Asks for the next period of a subscription and tries to take it, as Stripe does by itself when one ends. The invoice's id.
    pub async fn renew(&self, subscription: &str) -> String {
        let customer = self.customer_of(subscription).await;
        let form = [("customer", customer.as_str()), ("subscription", subscription)];
        let invoice = text(&self.call(Method::POST, "invoices", &form).await.1["id"]);
        self.collect(&invoice).await;
        invoice
    }

    /// Tries to take an invoice again; whether it is paid.
    pub async fn collect(&self, invoice: &str) -> bool {
        self.call(Method::POST, &format!("invoices/{invoice}/pay"), &[]).await.1["status"] == "paid"
    }

    /// Lets the bank of a buyer want a payment back, or decide on that.
    pub fn dispute(&self, payment: &str, status: &'static str) {
        lock(&self.shared.disputes).insert(payment.to_owned(), status);
    }

    /// Lets a page close by itself.
    pub fn expire(&self, page: &str) {
        let id = page.rsplit('/').next().expect("a page");
        if let Some(session) = lock(&self.shared.sessions).get_mut(id) {
            session.status = "expired";
        }
    }

    /// What became of a page: its status, its payment and its subscription.
    pub fn session(&self, page: &str) -> Value {
        let id = page.rsplit('/').next().expect("a page");
        let sessions = lock(&self.shared.sessions);
        let session = sessions.get(id).expect("a page that was opened");
        json!({
            "status": session.status, "payment_intent": session.payment_intent, "subscription": session.subscription,
        })
    }

    /// Calls `localstripe` as somebody who has its page open.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn call(&self, method: Method, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let (url, form) = (format!("{}/v1/{path}", self.shared.localstripe), written(form));
        let request = if method == Method::GET {
            client().get(format!("{url}?{form}"))
        } else {
            client().request(method, url).header("content-type", FORM).body(form)
        };
        let answer = request.bearer_auth(SECRET_KEY).send().await.expect("localstripe answers");
        (answer.status(), answer.json().await.expect("JSON"))
    }
}

fn written(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find(variable: &str, program: &str) -> Option<PathBuf> {
    skip::variable(variable).map(PathBuf::from).or_else(|| skip::program(program))
}

/// Starts a program on a free port, and waits until it listens there.
fn serve_by(program: &Path, arguments: impl Fn(String) -> Vec<String>) -> (String, Child) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let port = free.expect("a free port").port();
    let started = start(program, &arguments(port.to_string()));
    let (mut server, watch) = started.unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let ended = server.try_wait().expect("a child can be asked");
        assert!(ended.is_none(), "{} has ended: {ended:?}", program.display());
        assert!(Instant::now() < deadline, "{} does not listen", program.display());
        std::thread::sleep(Duration::from_millis(20));
    }
    (format!("http://127.0.0.1:{port}"), watch)
}

fn start(program: &Path, arguments: &[String]) -> io::Result<(Child, Child)> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = command.spawn()?;
    let watch = watch::when_this_process_ends("kill -KILL \"$1\"", &[&server.id().to_string()])?;
    Ok((server, watch))
}

/// Serves on a thread that ends with the process.
fn serve(shared: &web::Data<Shared>) -> SocketAddr {
    let (started, address) = mpsc::channel();
    let shared = web::Data::clone(shared);
    std::thread::spawn(move || {
        rt::System::new().block_on(async move {
            let app = move || App::new().app_data(web::Data::clone(&shared)).configure(routes::routes);
            let server = HttpServer::new(app).workers(1).disable_signals().bind((Ipv4Addr::LOCALHOST, 0));
            let server = server.expect("a free port");
            started.send(server.addrs()[0]).expect("somebody waits");
            server.run().await.expect("it runs until the process ends");
        });
    });
    address.recv().expect("the server starts")
}
