//! On whose behalf a task of the server works: bound to the task, so that no use case has to be handed it and none can forget it.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use adx_registry_core::{
    audit::{Origin, Who},
    ports::Origins,
    shown::Shown,
};

tokio::task_local! {
    static BEHALF: Behalf;
}

/// Tells what [`Behalf::run`] is for, or who works where nobody said anything.
#[derive(Debug, Clone, Copy)]
pub struct TaskOrigins {
    otherwise: Who,
}

impl TaskOrigins {
    /// For a process that works for somebody unless it is said otherwise.
    pub const fn otherwise(who: Who) -> Self {
        Self { otherwise: who }
    }
}

impl Origins for TaskOrigins {
    fn current(&self) -> Origin {
        BEHALF.try_with(Behalf::origin).unwrap_or(Origin::of(self.otherwise))
    }

    fn shown(&self) -> Option<Shown> {
        BEHALF.try_with(|behalf| behalf.lock().shown.clone()).ok().flatten()
    }
}

/// Where something that is asked for comes from, of which who asks, and by what that is known, may become known later.
#[derive(Debug, Clone)]
pub struct Behalf(Arc<Mutex<Asked>>);

#[derive(Debug)]
struct Asked {
    origin: Origin,
    shown: Option<Shown>,
}

impl Behalf {
    /// Of what comes from there.
    pub fn of(origin: Origin) -> Self {
        Self(Arc::new(Mutex::new(Asked { origin, shown: None })))
    }

    /// Of what this is called in: for a task of its own that goes on with it.
    pub fn current() -> Self {
        BEHALF.try_with(Self::clone).unwrap_or_else(|_| Self::of(Origin::of(Who::Anonymous)))
    }

    /// Runs a future on behalf of it.
    pub fn run<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        BEHALF.scope(self.clone(), work)
    }

    /// What is known of it.
    pub fn origin(&self) -> Origin {
        self.lock().origin.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes who it is that asks, once that is known, and what was shown to say so: nothing is written on this behalf once that counts no
/// more.
pub fn is_asked_by(who: Who, shown: Option<Shown>) {
    // Outside of a request nobody asks.
    let _ = BEHALF.try_with(|behalf| {
        let mut asked = behalf.lock();
        asked.origin.who = who;
        asked.shown = shown;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asks_is_known_within_the_request_only() {
        let origins = TaskOrigins::otherwise(Who::Machine);
        assert_eq!(origins.current().who, Who::Machine);
        let request = Origin { who: Who::Anonymous, network: Some("n".to_owned()), request: Some("r".to_owned()) };
        let behalf = Behalf::of(request.clone());
        let work = async {
            assert_eq!(origins.current(), request);
            is_asked_by(Who::Job, None);
            assert_eq!(origins.current().who, Who::Job);
            let other = tokio::spawn(Behalf::current().run(async move { origins.current() }));
            assert_eq!(other.await.unwrap(), Origin { who: Who::Job, ..request.clone() });
        };
        behalf.run(work).await;
        assert_eq!(behalf.origin().who, Who::Job);
        assert_eq!(origins.current().who, Who::Machine);
    }
}
