import { useCallback, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router';
import type { MyInvitation, OfferedNamespace } from '../api/accounts';
import { Failure } from '../components/Failure';
import { Moment } from '../components/Moment';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { ActionProblem, Field, Form, FormPage } from './Form';
import { OfferFacts } from './OfferFacts';
import { SignInFirst } from './SignInFirst';
import { useSession } from './session';
import { SignedIn } from './SignedIn';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Where the link of an invitation leads: whoever is signed in becomes a member. */
export function InvitationPage() {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const words = messages.publishers;
  return (
    <OfferPage<MyInvitation>
      title={words.invitation}
      introduction={words.invitationIntroduction}
      accept={words.accept}
      look={accounts.lookAtInvitation}
      onAccept={accounts.acceptInvitation}
    >
      {(invitation) => (
        <OfferFacts
          facts={[
            [words.namespace, <code>{invitation.namespace}</code>],
            [words.publisher, invitation.display_name],
            [words.yourRole, `${words.role[invitation.role]}: ${words.roleMeans[invitation.role]}`],
            [words.invitedBy, words.people(invitation.invited_by)],
            [words.until, <Moment at={invitation.expires_at} />],
          ]}
        />
      )}
    </OfferPage>
  );
}

/** Where the link of an offered namespace leads: whoever is signed in takes it, or declines. */
export function TransferPage() {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const words = messages.publishers;
  return (
    <OfferPage<OfferedNamespace>
      title={words.transfer}
      introduction={words.transferIntroduction}
      accept={words.takeOver}
      look={accounts.lookAtTransfer}
      onAccept={accounts.acceptTransfer}
      onDecline={accounts.declineTransfer}
    >
      {(offered) => (
        <OfferFacts
          facts={[
            [words.namespace, <code>{offered.namespace}</code>],
            [words.publisher, offered.display_name],
            [words.yourRole, `${words.role.owner}: ${words.roleMeans.owner}`],
            [words.offeredBy, words.people(offered.offered_by)],
            [words.until, <Moment at={offered.expires_at} />],
          ]}
        />
      )}
    </OfferPage>
  );
}

type Act = (csrf: string, code: string) => Promise<void>;

interface OfferPageProps<Offer> {
  title: string;
  introduction: string;
  accept: string;
  /** Asks what is offered. */
  look: (csrf: string, code: string, signal: AbortSignal) => Promise<Offer>;
  onAccept: Act;
  onDecline?: Act;
  /** Shows what is offered. */
  children: (offer: Offer) => ReactNode;
}

function OfferPage<Offer>({ title, introduction, ...offer }: OfferPageProps<Offer>) {
  const { messages } = useLocale();
  const { state, problem, reload } = useSession();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const code = useLetterCode();
  if (state?.account) {
    return (
      <SignedIn title={title}>
        {(_account, csrf) => (
          <FormPage title={title} introduction={introduction}>
            {code ? (
              <Offered key={code} csrf={csrf} code={code} {...offer} />
            ) : (
              <TypedCode
                submit={messages.publishers.look}
                onCode={(typed) => navigate(`${pathname}#${typed}`, { replace: true })}
              />
            )}
          </FormPage>
        )}
      </SignedIn>
    );
  }
  return (
    <FormPage title={title} introduction={introduction}>
      {!state && problem && <Failure problem={problem} onRetry={() => void reload()} />}
      {!state && !problem && <p role="status">{messages.state.loading}</p>}
      {state && <SignInFirst code={code} />}
    </FormPage>
  );
}

interface OfferedProps<Offer> extends Omit<OfferPageProps<Offer>, 'title' | 'introduction'> {
  csrf: string;
  code: string;
}

/** What is offered, and then the buttons. */
function Offered<Offer>({
  csrf,
  code,
  accept,
  look,
  onAccept,
  onDecline,
  children,
}: OfferedProps<Offer>) {
  const { messages } = useLocale();
  const offered = useResource(
    useCallback((signal: AbortSignal) => look(csrf, code, signal), [look, csrf, code]),
  );
  const accepting = useAction();
  const declining = useAction();
  const navigate = useNavigate();
  if (offered.status === 'failed') {
    return <Failure problem={offered.problem} onRetry={offered.retry} />;
  }
  if (offered.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  const done = async (act: Act) => {
    await act(csrf, code);
    await navigate('/account');
  };
  return (
    <>
      {children(offered.value)}
      <Form action={accepting} submit={accept} onSubmit={() => done(onAccept)}>
        {null}
      </Form>
      {onDecline && (
        <>
          <button
            type="button"
            className="button"
            aria-disabled={declining.isBusy}
            onClick={() => {
              void declining.run(() => done(onDecline));
            }}
          >
            {messages.publishers.decline}
          </button>
          <ActionProblem action={declining} />
        </>
      )}
    </>
  );
}

/** For whoever has the letter's code and not its link. */
function TypedCode({
  submit,
  onCode,
}: {
  submit: string;
  onCode: (code: string) => void | Promise<void>;
}) {
  const { messages } = useLocale();
  const action = useAction();
  return (
    <Form
      action={action}
      submit={submit}
      onSubmit={async (value) => {
        await onCode(value('code').trim());
      }}
    >
      <Field
        name="code"
        label={messages.accounts.code}
        hint={messages.accounts.codeHint}
        autoComplete="off"
      />
    </Form>
  );
}
