//! Letters to people about their accounts. The codes are made as they are sent, so that none stands in a row or in the outbox.

use adx_signing::utc::UtcSecond;
use time::OffsetDateTime;

use super::Code;
use crate::account::{Account, AccountCode, AccountState, CodePurpose};
use crate::job::{AccountLetter, NewJob, Task};
use crate::ports::{Address, Message, StoreError, Transaction};
use crate::ports::{SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Promises a letter with the transaction.
pub(super) async fn promise(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
    letter: AccountLetter,
) -> Result<(), StoreError> {
    let now = ports.now();
    let task = Task::SendAccountLetter { account, letter };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await
}

/// Sends one. Whoever has the account no more gets none.
#[tracing::instrument(name = "account.send_letter", skip_all, fields(%account, letter = letter.as_str()))]
pub(crate) async fn send_letter(ports: &Ports, account: Id<Account>, letter: AccountLetter) -> Result<(), JobError> {
    let mut transaction = ports.store.begin().await?;
    let expected = if letter == AccountLetter::Verify { AccountState::Unverified } else { AccountState::Active };
    let account = transaction.lock_account(account).await?.filter(|account| account.state == expected);
    let addressed = match account {
        Some(account) => address(ports, &mut *transaction, account, letter).await?,
        None => None,
    };
    let Some((to, link)) = addressed else {
        transaction.rollback().await?;
        return Ok(());
    };
    // First: a letter whose code is not known yet would be of no use.
    transaction.commit(Written::System(SystemWrite::LetterCode)).await?;
    let (subject, text) = words(letter);
    ports.mail.send(&Message { to, subject: subject.to_owned(), text: format!("{text}{link}") }).await?;
    Ok(())
}

/// Where it goes, and the link with its code, which is kept, if it has one. None if there is nothing to write any more.
async fn address(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Account,
    letter: AccountLetter,
) -> Result<Option<(Address, String)>, StoreError> {
    let code = Code::new(&*ports.entropy);
    match letter {
        AccountLetter::ConfirmAddress => {
            let Some(wanted) = transaction.wanted_address_of(account.id).await? else { return Ok(None) };
            transaction.set_address_code(wanted.account, &code.hash()).await?;
            Ok(Some((wanted.email, link(ports, "confirm-address", &code, wanted.expires_at))))
        }
        AccountLetter::AddressWanted { former } => {
            let Some(former) = transaction.former_address(former).await? else { return Ok(None) };
            transaction.set_former_address_code(former.id, &code.hash()).await?;
            Ok(Some((former.email, link(ports, "restore-address", &code, former.expires_at))))
        }
        _ => {
            let Some(to) = account.email else { return Ok(None) };
            let Some(purpose) = purpose(letter) else { return Ok(Some((to, String::new()))) };
            let expires_at = ports.now() + purpose.lasts();
            let kept = AccountCode { hash: code.hash(), account: Some(account.id), purpose, expires_at };
            transaction.put_account_code(&kept).await?;
            Ok(Some((to, link(ports, page(purpose), &code, expires_at))))
        }
    }
}

fn link(ports: &Ports, page: &str, code: &Code, expires_at: OffsetDateTime) -> String {
    let (address, until) = (ports.page_with_code(page, code), UtcSecond::from(expires_at));
    format!("{address}\n\nIt is good once, until {until}. Give it to nobody.\n")
}

const fn purpose(letter: AccountLetter) -> Option<CodePurpose> {
    match letter {
        AccountLetter::Verify => Some(CodePurpose::Verify),
        AccountLetter::Reset => Some(CodePurpose::Reset),
        AccountLetter::Unlock => Some(CodePurpose::Unlock),
        AccountLetter::HasAccount
        | AccountLetter::ConfirmAddress
        | AccountLetter::AddressWanted { .. }
        | AccountLetter::PasswordChanged
        | AccountLetter::SecondFactorOn
        | AccountLetter::SecondFactorOff
        | AccountLetter::RecoveryCodesRenewed
        | AccountLetter::IdentityConnected
        | AccountLetter::PasskeyAdded
        | AccountLetter::PasskeyRemoved
        | AccountLetter::PasskeyCloned => None,
    }
}

/// The page that takes a code, below the registry's address.
pub(super) const fn page(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::Verify => "verify",
        CodePurpose::Reset => "reset",
        CodePurpose::Unlock => "sign-in",
        CodePurpose::Operator => "operator",
    }
}

const fn words(letter: AccountLetter) -> (&'static str, &'static str) {
    match letter {
        AccountLetter::Verify => (
            "Finish signing up",
            "Somebody, you we hope, wants an account of this registry with this\n\
             address. If it was not you, do nothing.\n\
             \n\
             To choose a name and a password:\n\
             \n\
             \x20   ",
        ),
        AccountLetter::HasAccount => (
            "You have an account already",
            "Somebody, you we hope, wants an account of this registry with this\n\
             address, which has one.\n\
             \n\
             Sign in with it. If you do not know its password any more, have it reset\n\
             on the page where you sign in.\n",
        ),
        AccountLetter::Reset => (
            "Set another password",
            "Somebody, you we hope, wants to set another password for your account of\n\
             this registry. If it was not you, do nothing: it stays as it is.\n\
             \n\
             To set it:\n\
             \n\
             \x20   ",
        ),
        AccountLetter::Unlock => (
            "Sign in in spite of others' attempts",
            "There were too many attempts to sign in with your address, so everybody\n\
             has to wait before the next. With this you need not wait:\n\
             \n\
             \x20   ",
        ),
        AccountLetter::ConfirmAddress => (
            "Confirm your new address",
            "Somebody, you we hope, wants to have the mail of an account of this\n\
             registry sent to this address. If it was not you, do nothing.\n\
             \n\
             To confirm it:\n\
             \n\
             \x20   ",
        ),
        AccountLetter::AddressWanted { .. } => (
            "Your mail is to go to another address",
            "Somebody who knows your password, or signed in for you at your provider of\n\
             identities, you we hope, wants to have the mail of your account of this\n\
             registry sent to another address, as soon as that is confirmed.\n\
             \n\
             If it was not you, take the account back with this, also once the address\n\
             is another. Everybody is signed out, the password counts no more, a letter\n\
             to this address says how to set another, and what was added within a week\n\
             before to sign in with is gone. Tell whoever runs the registry.\n\
             \n\
             \x20   ",
        ),
        AccountLetter::PasswordChanged => (
            "Your password was changed",
            "The password of your account of this registry was changed, and you are\n\
             signed out everywhere else. If it was not you, have it reset on the page\n\
             where you sign in, and tell whoever runs the registry.\n",
        ),
        AccountLetter::SecondFactorOn => (
            "One-time passwords are on",
            "From now on signing in to your account of this registry takes a one-time\n\
             password too. If you did not turn that on, tell whoever runs the\n\
             registry.\n",
        ),
        AccountLetter::SecondFactorOff => (
            "One-time passwords are off",
            "Signing in to your account of this registry takes no one-time password\n\
             any more. If you did not turn them off, have your password reset, and\n\
             tell whoever runs the registry.\n",
        ),
        AccountLetter::RecoveryCodesRenewed => (
            "New recovery codes",
            "The recovery codes of your account of this registry were made anew: those\n\
             from before count no more. If you did not do that, have your password\n\
             reset, and tell whoever runs the registry.\n",
        ),
        AccountLetter::IdentityConnected => (
            "Another way to sign in",
            "From now on somebody signs in to your account of this registry at a\n\
             provider of identities too, without its password. If you did not connect\n\
             it, disconnect it on your account's page, change your password, and tell\n\
             whoever runs the registry.\n",
        ),
        AccountLetter::PasskeyAdded => (
            "A passkey was added",
            "From now on a new passkey is enough besides the password to sign in to\n\
             your account of this registry. If you did not add it, remove it on your\n\
             account's page, change your password, and tell whoever runs the\n\
             registry.\n",
        ),
        AccountLetter::PasskeyRemoved => (
            "A passkey was removed",
            "A passkey of your account of this registry was removed: it signs you in no\n\
             more. If you did not remove it, have your password reset, and tell\n\
             whoever runs the registry.\n",
        ),
        AccountLetter::PasskeyCloned => (
            "Somebody may have a copy of your passkey",
            "Somebody who knows your password wanted to sign in to your account of this\n\
             registry, or to change it, with a passkey of yours that counts backwards.\n\
             That was refused: there may be two of that passkey.\n\
             \n\
             Sign in with another one, with a one-time password or with a recovery\n\
             code, remove the passkey, and change your password.\n",
        ),
    }
}
