import { useId } from 'react';
import { Field, type Values } from '../accounts/Form';
import type { Webhook } from '../api/webhooks';
import { useLocale } from '../i18n/locale';
import { EVENTS, GROUPS } from './events';
import styles from './Target.module.css';

/** The longest address of a webhook. */
const MAX_ADDRESS = 1_000;

/** Asks where a webhook is, and which events it is sent. */
export function Target({ webhook }: { webhook?: Webhook | undefined }) {
  const id = useId();
  const words = useLocale().messages.webhooks;
  return (
    <>
      <Field
        name="url"
        label={words.address}
        hint={words.addressHint}
        autoComplete="off"
        maxLength={MAX_ADDRESS}
        defaultValue={webhook?.url}
      />
      <fieldset className={styles.events} aria-describedby={`${id}-hint`}>
        <legend>{words.which}</legend>
        <p id={`${id}-hint`} className={styles.hint}>
          {words.whichHint}
        </p>
        <div className={styles.groups}>
          {GROUPS.map(({ name, events }) => (
            <fieldset key={name} className={styles.group}>
              <legend>{words.groups[name]}</legend>
              {events.map((event) => (
                <label key={event}>
                  <input
                    type="checkbox"
                    name={event}
                    defaultChecked={webhook?.events.includes(event)}
                  />
                  {words.events[event]}
                </label>
              ))}
            </fieldset>
          ))}
        </div>
      </fieldset>
    </>
  );
}

/** What was filled in. */
export const targetOf = (value: Values) => ({
  url: value('url').trim(),
  events: EVENTS.filter((event) => value(event) !== ''),
});
