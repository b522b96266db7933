//! Letters to operators about what waits for one of them, besides submissions.

use crate::account::Account;
use crate::job::{NewJob, OperatorMatter, Task};
use crate::ports::{Message, StoreError, Transaction};
use crate::run_jobs::JobError;
use crate::{Id, Ports, appeals, market, names, rechecks, reports};
use time::Duration;

/// How long names are gathered for one letter, from the first on: a program that asks for many fills nobody's letter box.
const NAMES_GATHERED_FOR: Duration = Duration::hours(1);

/// Puts a letter to every operator with an account into the outbox. One that waits there about the same stands for both.
pub(crate) async fn tell_operators(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    matter: OperatorMatter,
) -> Result<(), StoreError> {
    let now = ports.now();
    let run_at = match matter {
        OperatorMatter::Report { .. }
        | OperatorMatter::Appeal { .. }
        | OperatorMatter::Recheck { .. }
        | OperatorMatter::Misfit { .. } => now,
        OperatorMatter::HeldNames => now + NAMES_GATHERED_FOR,
    };
    for account in transaction.operators_to_tell().await? {
        let task = Task::TellOperator { account, matter };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at }).await?;
    }
    Ok(())
}

/// Writes and sends one letter. Whoever is an operator no more gets none.
#[tracing::instrument(name = "operator.tell", skip_all, fields(%account))]
pub(crate) async fn tell_operator(ports: &Ports, account: Id<Account>, matter: OperatorMatter) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let account = reader.account(account).await?.filter(|account| account.is_operator && account.is_active());
    let Some(to) = account.and_then(|account| account.email) else { return Ok(()) };
    let letter = match matter {
        OperatorMatter::Report { report } => reports::letter(&mut *reader, report).await?,
        OperatorMatter::Appeal { appeal } => {
            appeals::of_operators(&mut *reader, appeal, &ports.page("appeals")).await?
        }
        OperatorMatter::Recheck { recheck } => {
            rechecks::of_operators(&mut *reader, recheck, &ports.page("review")).await?
        }
        OperatorMatter::HeldNames => names::of_operators(&mut *reader, &ports.page("names")).await?,
        OperatorMatter::Misfit { order } => market::misfit_letter(&mut *reader, order).await?,
    };
    drop(reader);
    let Some((subject, text)) = letter else { return Ok(()) };
    let text = format!("{text}\nYou get this letter because you are an operator of {}.\n", ports.page(""));
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}
