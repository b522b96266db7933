//! The engines that contract tests run on, and the sample rows they write.

use adx_registry_core::ports::Written;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adx_registry::store::{self, StoreOptions};
use adx_registry_core::Id;
use adx_registry_core::job::{NewJob, Task};
use adx_registry_core::leaf::KEY_PURPOSES;
use adx_registry_core::networks::Networks;
use adx_registry_core::ports::{Entropy, NewModule, NewRelease, Store, Transaction};
use adx_registry_core::publisher::{Publisher, PublisherKey, PublisherKind};
use adx_registry_core::release::{Change, ChangeKind, Module, Release, ReleaseTexts};
use adx_registry_core::token::{Scope, Token, TokenOwner};
use adx_signing::digest::Digest;
use adx_signing::key::SecretKey;
use adx_signing::name::ModuleId;
use adx_signing::tuf::key_history::Authorization;
use adx_tests::postgres::Cluster;
use secrecy::SecretString;
use sqlx::Connection as _;
use time::{Duration, OffsetDateTime};
use tokio::sync::OnceCell;

/// A store on an engine, and what must stay alive for it.
pub(crate) struct Engine {
    pub(crate) store: Arc<dyn Store>,
    url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Engine {
    /// SQLite in a folder of its own.
    pub(crate) async fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let url = sqlite_url(folder.path());
        Some(Self { store: open(&url).await, url, _folder: Some(folder) })
    }

    /// PostgreSQL, in a database of its own; `None` where there is none.
    pub(crate) async fn postgres() -> Option<Self> {
        // Migrated once, copied for every test.
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let cluster = Cluster::shared()?;
        let make = || async {
            let (name, url) = cluster.create_database(None);
            let options = StoreOptions { max_connections: 1 };
            let migrated = store::open(&SecretString::from(url), options).await;
            // A database with a connection cannot be copied: this one's is closed before the copy is made.
            migrated.expect("a database").close().await;
            name
        };
        let template = TEMPLATE.get_or_init(make).await;
        let (_, url) = cluster.create_database(Some(template));
        Some(Self { store: open(&url).await, url, _folder: None })
    }

    /// Executes statements that every engine takes, past the product.
    pub(crate) async fn execute(&self, statements: &'static str) {
        if let Some(path) = self.url.strip_prefix("sqlite://") {
            rusqlite::Connection::open(path).expect("a database").execute_batch(statements).expect("executed");
        } else {
            let mut database = sqlx::PgConnection::connect(&self.url).await.expect("a database");
            sqlx::raw_sql(statements).execute(&mut database).await.expect("executed");
        }
    }

    /// The same database once more, as another server would open it.
    pub(crate) async fn another(&self) -> Arc<dyn Store> {
        open(&self.url).await
    }
}

fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("registry.db").display())
}

async fn open(url: &str) -> Arc<dyn Store> {
    store::open(&SecretString::from(url.to_owned()), StoreOptions::default()).await.expect("a store")
}

/// Different at each call, the same in each run.
#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let seed = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let digest = Digest::of(&seed);
        for (byte, random) in buffer.iter_mut().zip(digest.as_bytes().iter().cycle()) {
            *byte = *random;
        }
    }
}

/// Makes rows that are like those of the product.
#[derive(Default)]
pub(crate) struct Samples(Counting);

impl Samples {
    pub(crate) fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::milliseconds(123)
    }

    pub(crate) fn id<T>(&self) -> Id<T> {
        Id::new(Self::now(), &self.0)
    }

    pub(crate) fn publisher(&self, namespace: &str) -> Publisher {
        Publisher {
            id: self.id(),
            namespace: namespace.parse().expect("a namespace"),
            display_name: "Ádx & Söhne".to_owned(),
            kind: PublisherKind::Organisation,
            created_at: Self::now(),
        }
    }

    pub(crate) fn key(&self, publisher: &Publisher) -> PublisherKey {
        let mut seed = [0; 32];
        self.0.fill(&mut seed);
        let public_key = SecretKey::from_seed(&seed).public();
        PublisherKey {
            key_id: public_key.id(),
            publisher: publisher.id,
            public_key,
            added_at: Self::now(),
            leaf: None,
            purposes: KEY_PURPOSES.into(),
            not_after: None,
            added_by: Some(Authorization::First),
            removed: None,
            revoked_from: None,
        }
    }

    pub(crate) fn token(&self, owner: TokenOwner) -> Token {
        let id = self.id();
        Token {
            id,
            owner,
            parent: None,
            label: "laptop".to_owned(),
            hash: Digest::of(id.to_string().as_bytes()),
            scopes: vec!["publish:hel*".parse().expect("a scope"), "keys:*".parse().expect("a scope")],
            networks: Networks::read(&["192.0.2.0/24", "2001:db8::/32"]).expect("networks"),
            created_at: Self::now(),
            expires_at: Some(Self::now() + Duration::days(30)),
            last_used_at: None,
            revoked_at: None,
        }
    }

    pub(crate) fn new_module(&self, publisher: &Publisher, name: &str) -> NewModule {
        let module = ModuleId::new(publisher.namespace.clone(), name.parse().expect("a name"));
        NewModule { id: self.id(), module, publisher: publisher.id, now: Self::now() }
    }

    pub(crate) fn release(&self, module: &Module, version: &str, signer: &Signer, seq: u64) -> Release {
        Release {
            id: self.id(),
            module_row: module.id,
            module: module.module.clone(),
            version: version.parse().expect("a version"),
            sha256: Digest::of(format!("{} {version}", module.module).as_bytes()),
            size_bytes: 20_480,
            dependencies: [("adx/mail".parse().expect("a module"), "^1.2".parse().expect("a requirement"))].into(),
            adx_core_version: ">=1.0, <2".parse().expect("a requirement"),
            world: "adx:module/module@1.0.0".to_owned(),
            permissions: vec!["kv".to_owned(), "http:https://api.example.com".to_owned()],
            key_id: signer.key.key_id,
            published_with: signer.token.id,
            yanked: false,
            yanked_for: None,
            unyanked_for: None,
            quarantined_for: None,
            module_quarantined_for: None,
            taken_down_for: None,
            module_taken_down_for: None,
            erased: false,
            released_at: Self::now(),
            seq,
            leaf: None,
        }
    }

    pub(crate) fn job(&self, task: Task) -> NewJob {
        NewJob { id: self.id(), task, run_at: Self::now() }
    }

    /// A publisher with a key and a token, stored.
    pub(crate) async fn signer(&self, store: &dyn Store, namespace: &str) -> Signer {
        let publisher = self.publisher(namespace);
        let key = self.key(&publisher);
        let token = Token { scopes: Scope::everything(), ..self.token(TokenOwner::Publisher(publisher.id)) };
        let mut transaction = store.begin().await.expect("a transaction");
        transaction.insert_publisher(&publisher).await.expect("stored");
        transaction.insert_key(&key).await.expect("stored");
        transaction.insert_token(&token).await.expect("stored");
        transaction.commit(Written::SAMPLE).await.expect("committed");
        Signer { publisher, key, token }
    }

    /// Writes a release as `publish` does, in the given transaction.
    pub(crate) async fn write_release(
        &self,
        transaction: &mut dyn Transaction,
        signer: &Signer,
        name: &str,
        version: &str,
    ) -> Result<Release, adx_registry_core::ports::StoreError> {
        let mut module = transaction.lock_module(&self.new_module(&signer.publisher, name)).await?;
        let seq = transaction.next_seq().await?;
        let release = self.release(&module, version, signer, seq);
        module.package_bytes += release.size_bytes;
        let change = Change {
            seq,
            kind: ChangeKind::Release,
            module: release.module.clone(),
            version: release.version.clone(),
            sha256: release.sha256,
            at: Self::now(),
        };
        let job = self.job(Task::UpdateSearch { module: release.module.clone() });
        let new = NewRelease { release: &release, texts: &texts(), change: &change, module: &module, job: &job };
        transaction.insert_release(&new).await?;
        Ok(release)
    }
}

/// Who publishes.
pub(crate) struct Signer {
    pub(crate) publisher: Publisher,
    pub(crate) key: PublisherKey,
    pub(crate) token: Token,
}

pub(crate) fn texts() -> ReleaseTexts {
    ReleaseTexts {
        manifest: "[module]\n".to_owned(),
        readme: Some("# Grüße\n".to_owned()),
        changelog: None,
        envelope: "{}".to_owned(),
    }
}

/// One `#[tokio::test]` per function and engine.
macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(engine) = crate::engines::Engine::sqlite().await {
                    super::$test(engine).await;
                }
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(engine) = crate::engines::Engine::postgres().await {
                    super::$test(engine).await;
                }
            })*
        }
    };
}
pub(crate) use on_every_engine;
