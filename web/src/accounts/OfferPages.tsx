import { Link, useNavigate } from 'react-router';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { Field, Form, FormPage } from './Form';
import { useSession } from './session';
import { useAction } from './useAction';
import { useLetterCode } from './useLetterCode';

/** Where the link of an invitation leads: whoever is signed in becomes a member. */
export function InvitationPage() {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const words = messages.publishers;
  return (
    <Offer
      title={words.invitation}
      introduction={words.invitationIntroduction}
      accept={words.accept}
      onAccept={(csrf, code) => accounts.acceptInvitation(csrf, code)}
    />
  );
}

/** Where the link of an offered namespace leads: whoever is signed in takes it, or declines. */
export function TransferPage() {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const words = messages.publishers;
  return (
    <Offer
      title={words.transfer}
      introduction={words.transferIntroduction}
      accept={words.takeOver}
      onAccept={(csrf, code) => accounts.acceptTransfer(csrf, code)}
      onDecline={(csrf, code) => accounts.declineTransfer(csrf, code)}
    />
  );
}

interface OfferProps {
  title: string;
  introduction: string;
  accept: string;
  onAccept: (csrf: string, code: string) => Promise<void>;
  onDecline?: (csrf: string, code: string) => Promise<void>;
}

function Offer({ title, introduction, accept, onAccept, onDecline }: OfferProps) {
  const { messages } = useLocale();
  const { state, problem, reload } = useSession();
  const code = useLetterCode();
  const action = useAction();
  const declining = useAction();
  const navigate = useNavigate();
  const words = messages.publishers;
  const csrf = state?.csrf_token;
  return (
    <FormPage title={title} introduction={introduction}>
      {!state && problem && <Failure problem={problem} onRetry={() => void reload()} />}
      {!state && !problem && <p role="status">{messages.state.loading}</p>}
      {state && !csrf && (
        <>
          <p>{words.signInFirst}</p>
          <p>
            <Link to="/sign-in" className="button">
              {messages.accounts.signIn}
            </Link>
          </p>
          <p>
            <Link to="/sign-up">{messages.accounts.noAccount}</Link>
          </p>
        </>
      )}
      {csrf && (
        <>
          <Form
            action={action}
            submit={accept}
            onSubmit={async (value) => {
              await onAccept(csrf, code || value('code'));
              await navigate('/account');
            }}
          >
            {!code && (
              <Field
                name="code"
                label={messages.accounts.code}
                hint={messages.accounts.codeHint}
                autoComplete="off"
              />
            )}
          </Form>
          {onDecline && code && (
            <>
              <button
                type="button"
                className="button"
                aria-disabled={declining.isBusy}
                onClick={() => {
                  void declining.run(async () => {
                    await onDecline(csrf, code);
                    await navigate('/account');
                  });
                }}
              >
                {words.decline}
              </button>
              <div role="alert">{declining.problem?.detail}</div>
            </>
          )}
        </>
      )}
    </FormPage>
  );
}
