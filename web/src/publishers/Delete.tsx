import { useState } from 'react';
import { Done, Field } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { outcome } from './outcome';
import type { CouncilProps } from './Together';
import styles from '../submissions/page.module.css';

/** How owners delete a module, and give up a namespace without any. Both take the name typed: neither is theirs to take back. */
export function Delete({ council, csrf, onChange }: CouncilProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const [asked, ask] = useState<'module' | 'namespace'>();
  const { told, tell, place } = useTold(asked !== undefined);
  const words = locale.messages.publisherPages;
  const { namespace } = council.publisher;
  const done = (what: string) => {
    tell(what);
    onChange();
  };
  const close = () => {
    ask(undefined);
  };
  const button = (what: 'module' | 'namespace', label: string) => (
    <button
      type="button"
      className="button"
      aria-haspopup="dialog"
      onClick={() => {
        tell(undefined);
        ask(what);
      }}
    >
      {label}
    </button>
  );
  return (
    <>
      <p className={styles.quiet}>{words.deleteDetail}</p>
      <p className={styles.quiet}>{words.giveUpDetail}</p>
      {told && <Done ref={place}>{told}</Done>}
      <div className={styles.actions}>
        {button('module', words.deleteModule)}
        {button('namespace', words.giveUp)}
      </div>
      <Question
        title={words.deleteModuleQuestion}
        detail={words.deleteModuleConfirm}
        submit={words.deleteModule}
        isOpen={asked === 'module'}
        onClose={close}
        onAnswer={async (value) => {
          const typed = value('module').trim();
          const [of, name, ...more] = typed.split('/');
          if (of !== namespace || !name || more.length > 0) {
            throw new Problem(400, '', words.notOfNamespace(namespace));
          }
          await publishers.deleteModule(csrf, namespace, name);
          done(words.deleted(typed));
        }}
      >
        <Field
          name="module"
          label={words.moduleName}
          hint={words.moduleNameHint(namespace)}
          autoComplete="off"
        />
      </Question>
      <Question
        title={words.giveUpQuestion(namespace)}
        detail={words.giveUpConfirm}
        submit={words.giveUp}
        isOpen={asked === 'namespace'}
        onClose={close}
        onAnswer={async (value) => {
          if (value('namespace').trim() !== namespace) {
            throw new Problem(400, '', words.otherName(namespace));
          }
          const proposal = await publishers.propose(csrf, namespace, { kind: 'give-up' });
          done(outcome(proposal, locale, words.givenUp));
        }}
      >
        <Field name="namespace" label={locale.messages.publishers.namespace} autoComplete="off" />
      </Question>
    </>
  );
}
