import { useCallback, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { Field, Form, FormPage, Options } from '../accounts/Form';
import { SignedIn } from '../accounts/SignedIn';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { MAX_TENANT } from './limits';
import { readTenant, TenantFields } from './TenantFields';

/** Registers a tenant. */
export function NewTenantPage() {
  const { messages } = useLocale();
  const words = messages.market.tenants;
  return (
    <SignedIn title={words.register}>
      {(_, csrf) => (
        <FormPage title={words.register} introduction={words.introduction}>
          <Loaded csrf={csrf} />
        </FormPage>
      )}
    </SignedIn>
  );
}

/** Asks first of which organisations one is an owner: only owners register tenants for them. */
function Loaded({ csrf }: { csrf: string }) {
  const { messages } = useLocale();
  const { accounts } = useSession();
  const mine = useResource(useCallback(() => accounts.publishers(), [accounts]));
  if (mine.status === 'failed') return <Failure problem={mine.problem} onRetry={mine.retry} />;
  if (mine.status === 'loading') return <p role="status">{messages.state.loading}</p>;
  const owned = mine.value.publishers.filter(({ role }) => role === 'owner');
  return <NewTenant organisations={owned.map(({ namespace }) => namespace)} csrf={csrf} />;
}

function NewTenant({ organisations, csrf }: { organisations: string[]; csrf: string }) {
  const { messages } = useLocale();
  const { market } = useSession();
  const action = useAction();
  const navigate = useNavigate();
  const location = useLocation();
  const [namespace, choose] = useState('');
  const words = messages.market.tenants;
  return (
    <Form
      action={action}
      submit={words.submit}
      label={words.register}
      onSubmit={async (value) => {
        const made = await market.registerTenant(csrf, {
          tenant: value('tenant').trim(),
          ...(namespace ? { namespace } : {}),
          ...readTenant(value, words.badAmount),
        });
        const next = nextOf(location.state);
        await navigate(next ? `${next}?tenant=${made.tenant}` : `/account/tenants/${made.tenant}`);
      }}
    >
      <Field
        name="tenant"
        label={words.name}
        hint={words.nameHint}
        autoComplete="off"
        maxLength={MAX_TENANT}
      />
      {organisations.length > 0 && (
        <Options
          name="whose"
          label={words.whose}
          options={[
            { value: '', label: words.mine, hint: words.mineHint },
            ...organisations.map((value) => ({
              value,
              label: words.of(value),
              hint: words.ofHint,
            })),
          ]}
          onChoose={choose}
        />
      )}
      <TenantFields withCap={namespace !== ''} />
    </Form>
  );
}

/** Where somebody wanted to go who had to register a tenant first. Only pages of this site say so: it comes by no address. */
function nextOf(state: unknown): string | undefined {
  const asked = typeof state === 'object' && state !== null && 'next' in state ? state.next : '';
  return typeof asked === 'string' && asked.startsWith('/buy/') ? asked : undefined;
}
