import { useState } from 'react';
import { Field, Form, Options } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Scope } from '../api/publishing';
import { useLocale } from '../i18n/locale';
import { Secret } from './Secret';
import styles from './PublishingPage.module.css';

const SCOPES: Scope[] = ['publish', 'keys', 'tokens'];

interface NewTokenProps {
  namespace: string;
  csrf: string;
  /** Told that one was made. */
  onChange: () => void;
}

/** Makes a token, and shows it once. */
export function NewToken({ namespace, csrf, onChange }: NewTokenProps) {
  const { messages } = useLocale();
  const { publishing } = useSession();
  const action = useAction();
  const [secret, setSecret] = useState<string>();
  const words = messages.publishing;
  return (
    <>
      <h3>{words.make}</h3>
      {secret && (
        <>
          <p role="status">{words.secret}</p>
          <Secret secret={secret} />
        </>
      )}
      <Form
        action={action}
        submit={words.make}
        label={words.make}
        onSubmit={async (value) => {
          setSecret(undefined);
          const scope = SCOPES.find((known) => known === value('scope')) ?? 'publish';
          const networks = value('networks')
            .split(/[\s,]+/)
            .filter(Boolean);
          const last = value('expires');
          setSecret(
            await publishing.makeToken(csrf, namespace, {
              label: value('label').trim(),
              scopes: [{ scope, modules: value('modules').trim() || '*' }],
              ...(networks.length > 0 ? { networks } : {}),
              ...(last ? { expires_at: `${last}T23:59:59Z` } : {}),
            }),
          );
          onChange();
        }}
      >
        <Options
          name="scope"
          label={words.scope}
          options={SCOPES.map((scope) => ({ value: scope, label: words.scopes[scope] }))}
        />
        <div className={styles.fields}>
          <Field name="label" label={words.label} hint={words.labelHint} autoComplete="off" />
          <Field
            name="modules"
            label={words.modules}
            hint={words.modulesHint}
            autoComplete="off"
            defaultValue="*"
          />
          <Field
            name="networks"
            label={words.networks}
            hint={words.networksHint}
            autoComplete="off"
            required={false}
          />
          <Field
            name="expires"
            type="date"
            label={words.expires}
            hint={words.expiresHint}
            autoComplete="off"
            required={false}
          />
        </div>
      </Form>
    </>
  );
}
