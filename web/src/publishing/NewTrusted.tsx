import { useState } from 'react';
import { Done, Field, Form, Options } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Proposal, WorkflowProvider } from '../api/publishing';
import { useLocale } from '../i18n/locale';
import styles from './PublishingPage.module.css';

const PROVIDERS: WorkflowProvider[] = ['github', 'gitlab'];

interface NewTrustedProps {
  namespace: string;
  csrf: string;
  /** Told that one may be trusted now. */
  onChange: () => void;
}

/** Names a workflow to trust. */
export function NewTrusted({ namespace, csrf, onChange }: NewTrustedProps) {
  const { messages } = useLocale();
  const { publishing } = useSession();
  const action = useAction();
  const [proposal, setProposal] = useState<Proposal>();
  const words = messages.publishing;
  return (
    <>
      <h3>{words.add}</h3>
      <p className={styles.quiet}>{words.addDetail}</p>
      {proposal && <Done>{whatCameOf(proposal, words)}</Done>}
      <Form
        action={action}
        submit={words.add}
        label={words.add}
        onSubmit={async (value) => {
          setProposal(undefined);
          const text = (name: string) => value(name).trim();
          const made = await publishing.trust(csrf, namespace, {
            provider: value('provider') === 'gitlab' ? 'gitlab' : 'github',
            repository: text('repository'),
            repository_id: text('repository_id'),
            workflow: text('workflow'),
            modules: text('modules'),
            ...(text('environment') ? { environment: text('environment') } : {}),
            ...(text('ref') ? { ref: text('ref') } : {}),
            staged: value('staged') === 'yes',
          });
          setProposal(made);
          onChange();
        }}
      >
        <Options
          name="provider"
          label={words.provider}
          options={PROVIDERS.map((value) => ({ value, label: words.providers[value] }))}
        />
        <div className={styles.fields}>
          <Field
            name="repository"
            label={words.repository}
            hint={words.repositoryHint}
            autoComplete="off"
          />
          <Field
            name="repository_id"
            label={words.repositoryId}
            hint={words.repositoryIdHint}
            inputMode="numeric"
            autoComplete="off"
          />
          <Field
            name="workflow"
            label={words.workflow}
            hint={words.workflowHint}
            autoComplete="off"
          />
          <Field
            name="modules"
            label={words.modules}
            hint={words.modulesHint}
            autoComplete="off"
            defaultValue="*"
          />
          <Field
            name="environment"
            label={words.environment}
            hint={words.environmentHint}
            autoComplete="off"
            required={false}
          />
          <Field
            name="ref"
            label={words.ref}
            hint={words.refHint}
            autoComplete="off"
            required={false}
          />
        </div>
        <Options
          name="staged"
          label={words.staged}
          options={[
            { value: 'no', label: words.stagedNo },
            { value: 'yes', label: words.stagedYes },
          ]}
        />
      </Form>
    </>
  );
}

function whatCameOf(
  { state, needed, approvals }: Proposal,
  words: { added: string; proposed: (left: number) => string },
): string {
  return state === 'open' ? words.proposed(Math.max(1, needed - approvals.length)) : words.added;
}
