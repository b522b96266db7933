import { useState } from 'react';
import { Field, Options } from '../accounts/Form';
import type { ReportAct } from '../api/moderation';
import { useLocale } from '../i18n/locale';
import styles from '../submissions/page.module.css';
import { ACTS, isOfVersion } from './acts';

/** Chooses what is done about a module, says what of it cannot be undone, and asks for the version where one is meant. */
export function ActChoice({ version }: { version: string | undefined }) {
  const { messages } = useLocale();
  const [act, choose] = useState<ReportAct>('nothing');
  const words = messages.reports;
  const warning = words.warnings[act];
  return (
    <>
      <Options
        name="act"
        label={words.act}
        options={ACTS.map((value) => ({
          value,
          label: words.acts[value],
          hint: words.actHints[value],
        }))}
        onChoose={(value) => {
          choose(ACTS.find((known) => known === value) ?? 'nothing');
        }}
      />
      <div aria-live="polite">{warning && <p className={styles.notice}>{warning}</p>}</div>
      {isOfVersion(act) && (
        <Field
          name="version"
          label={words.whichVersion}
          hint={words.whichVersionHint}
          autoComplete="off"
          defaultValue={version}
        />
      )}
    </>
  );
}
