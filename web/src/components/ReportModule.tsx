import { useId, useRef, useState } from 'react';
import { Done, Field, Form } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { ModuleDetail, ModuleId, NewReport } from '../api/registry';
import { useLocale } from '../i18n/locale';
import { useSurroundings } from '../surroundings';
import styles from './ReportModule.module.css';

interface ReportModuleProps {
  id: ModuleId;
  module: ModuleDetail;
  /** The version whose page this is on. */
  current?: string | undefined;
}

/** The way to tell the registry's operators what is wrong with a module. */
export function ReportModule(props: ReportModuleProps) {
  const { messages } = useLocale();
  const { registryUrl } = useSurroundings();
  // Whoever is shown the pages elsewhere writes to the registry on its own: it takes nothing from other sites.
  if (registryUrl !== '') {
    return (
      <a
        className={styles.open}
        href={`${registryUrl}/modules/${props.module.module}`}
        rel="noopener external"
      >
        {messages.report.elsewhere}
      </a>
    );
  }
  return <ReportDialog {...props} />;
}

const CATEGORIES = ['malware', 'impersonation', 'spam', 'unlawful', 'other'] as const;

function ReportDialog({ id, module, current }: ReportModuleProps) {
  const { messages } = useLocale();
  const words = messages.report;
  const { registry } = useSurroundings();
  const { state } = useSession();
  const action = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isDone, setDone] = useState(false);
  const key = useId();
  const account = state?.account;

  const send = async (value: (name: string) => string) => {
    const report: NewReport = {
      category: CATEGORIES.find((known) => known === value('category')) ?? 'other',
      text: value('text'),
      ...(value('version') ? { version: value('version') } : {}),
      ...(account ? {} : { email: value('email') }),
    };
    await registry.report(id, report, state?.csrf_token ?? undefined);
    setDone(true);
  };

  return (
    <>
      <button
        type="button"
        className={styles.open}
        aria-haspopup="dialog"
        onClick={() => {
          setDone(false);
          dialog.current?.showModal();
        }}
      >
        {words.open}
      </button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby={`${key}-title`}>
        <h2 id={`${key}-title`}>{words.title(module.display_name)}</h2>
        {isDone ? (
          <Done>{account ? words.doneSignedIn : words.done}</Done>
        ) : (
          <>
            <p>{account ? words.introductionSignedIn : words.introduction}</p>
            <Form action={action} submit={words.submit} onSubmit={send}>
              <div className={styles.field}>
                <label htmlFor={`${key}-category`}>{words.category}</label>
                <select id={`${key}-category`} name="category" required defaultValue="malware">
                  {CATEGORIES.map((category) => (
                    <option key={category} value={category}>
                      {words.categories[category]}
                    </option>
                  ))}
                </select>
              </div>
              <div className={styles.field}>
                <label htmlFor={`${key}-version`}>{words.version}</label>
                <select id={`${key}-version`} name="version" defaultValue={current ?? ''}>
                  <option value="">{words.anyVersion}</option>
                  {current && !module.versions.some(({ version }) => version === current) && (
                    <option value={current}>{current}</option>
                  )}
                  {module.versions.map(({ version }) => (
                    <option key={version} value={version}>
                      {version}
                    </option>
                  ))}
                </select>
              </div>
              <div className={styles.field}>
                <label htmlFor={`${key}-text`}>{words.text}</label>
                <textarea
                  id={`${key}-text`}
                  name="text"
                  required
                  rows={6}
                  maxLength={4000}
                  aria-describedby={`${key}-hint`}
                />
                <p id={`${key}-hint`} className={styles.hint}>
                  {words.textHint}
                </p>
              </div>
              {!account && (
                <Field
                  name="email"
                  type="email"
                  label={words.email}
                  autoComplete="email"
                  hint={words.emailHint}
                />
              )}
            </Form>
          </>
        )}
        <button
          type="button"
          className={styles.close}
          onClick={() => {
            dialog.current?.close();
          }}
        >
          {isDone ? words.close : words.cancel}
        </button>
      </dialog>
    </>
  );
}
