//! A provider of identities of our own: OpenID Connect's authorization code flow as a real one has it, and as an evil one would.

mod routes;
mod token;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use actix_web::{App, HttpServer, rt, web};
use adx_signing::key::SecretKey;
use serde_json::Value;
use url::Url;

pub use token::{Forgery, Signature};

use crate::stage::random;

/// What the provider calls the registry.
pub const CLIENT_ID: &str = "adx registry";
/// The secret that it gave: with characters that a header must not hold as they are.
pub const CLIENT_SECRET: &str = "s3cret & more: 100 %";

/// What a run shows where it asks for a token.
pub const RUN_SECRET: &str = "secret of this run";

/// One of the provider's people.
#[derive(Clone, Debug)]
pub struct User {
    /// What the provider calls the person.
    pub subject: String,
    /// The address, if it is told.
    pub email: Option<String>,
    /// Whether the provider vouches for it, if it says.
    pub is_verified: Option<bool>,
    /// The name, if it is told.
    pub name: Option<String>,
}

impl User {
    /// A person with a verified address.
    pub fn called(name: &str) -> Self {
        Self {
            subject: format!("subject of {name}"),
            email: Some(format!("{name}@example.org")),
            is_verified: Some(true),
            name: Some(name.to_owned()),
        }
    }
}

/// What the provider knows, and how it behaves.
struct Shared {
    url: String,
    secret: Option<&'static str>,
    keys: BTreeMap<String, SecretKey>,
    signs_with: String,
    user: User,
    tells_in_token: bool,
    forgery: Forgery,
    grants: BTreeMap<String, Grant>,
    tokens: BTreeMap<String, User>,
    is_down: bool,
    documents: usize,
    made: usize,
    run: Value,
}

/// What a code is good for.
struct Grant {
    user: User,
    redirect_uri: String,
    challenge: String,
    nonce: String,
}

/// A running provider.
pub struct Issuer {
    /// Its name and address.
    pub url: String,
    shared: web::Data<Mutex<Shared>>,
}

impl Issuer {
    /// One that asks for [`CLIENT_SECRET`].
    pub fn start() -> Self {
        Self::start_with(Some(CLIENT_SECRET))
    }

    /// One at which the registry is a public client.
    pub fn start_public() -> Self {
        Self::start_with(None)
    }

    fn start_with(secret: Option<&'static str>) -> Self {
        let shared = web::Data::new(Mutex::new(Shared {
            url: String::new(),
            secret,
            keys: [("first".to_owned(), SecretKey::generate(&mut random()))].into(),
            signs_with: "first".to_owned(),
            user: User::called("ada"),
            tells_in_token: true,
            forgery: Forgery::default(),
            grants: BTreeMap::new(),
            tokens: BTreeMap::new(),
            is_down: false,
            documents: 0,
            made: 0,
            run: Value::Null,
        }));
        let url = format!("http://{}", serve(&shared));
        let issuer = Self { url: url.clone(), shared };
        issuer.lock().url = url;
        issuer
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }

    /// A token of a CI system of its own: these claims besides `iss` and the times, which they may change; `null` leaves one out. Forged as
    /// [`Issuer::forge`] said.
    pub fn workflow_token(&self, claims: &Value) -> String {
        token::of_run(&self.lock(), claims)
    }

    /// What a CI system says of the run that asks at [`Issuer::actions_url`] from now on, besides whom it is for.
    pub fn runs(&self, claims: Value) {
        self.lock().run = claims;
    }

    /// Where a run asks with [`RUN_SECRET`] for a token, as in GitHub Actions.
    pub fn actions_url(&self) -> String {
        format!("{}/actions/token?api-version=2.0", self.url)
    }

    /// Who signs in from now on.
    pub fn sign_in_as(&self, user: User) {
        self.lock().user = user;
    }

    /// Keeps its tokens short: address and name are told by the endpoint for that only.
    pub fn keep_tokens_short(&self) {
        self.lock().tells_in_token = false;
    }

    /// How the tokens are forged from now on.
    pub fn forge(&self, forgery: Forgery) {
        self.lock().forgery = forgery;
    }

    /// Puts another key in the place of those before.
    pub fn rotate(&self, name: &str) {
        let mut shared = self.lock();
        shared.keys = [(name.to_owned(), SecretKey::generate(&mut random()))].into();
        name.clone_into(&mut shared.signs_with);
    }

    /// How often its document was asked for.
    pub fn documents(&self) -> usize {
        self.lock().documents
    }

    /// Does its work no more. It keeps its port, which another server could be given else.
    pub fn stop(&self) {
        self.lock().is_down = true;
    }

    /// Does its work again.
    pub fn start_again(&self) {
        self.lock().is_down = false;
    }

    /// A person's browser at the provider, who is signed in there: where it is sent then.
    pub async fn visit(&self, address: &str) -> Url {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let answer = client.expect("an HTTP client").get(address).send().await.expect("the provider answers");
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());
        answer.headers()["location"].to_str().expect("text").parse().expect("an address")
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves on a thread that ends with the process.
fn serve(shared: &web::Data<Mutex<Shared>>) -> SocketAddr {
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
    address.recv().expect("the provider starts")
}
