import { useCallback, useState } from 'react';
import { ActionProblem, Done } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { PublishingSwitch } from '../api/publishing';
import { Badge } from '../components/Badge';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import styles from './PublishingPage.module.css';

const RULES: PublishingSwitch[] = ['trusted-only', 'staged'];

/** What a publisher asks of its releases, each to be turned on at once, and off after a while. */
export function Rules({ namespace, csrf }: { namespace: string; csrf: string }) {
  const { messages, format } = useLocale();
  const { publishing } = useSession();
  const loaded = useResource(
    useCallback(
      (signal: AbortSignal) => publishing.rules(namespace, signal),
      [publishing, namespace],
    ),
  );
  const action = useAction();
  const [asked, ask] = useState<PublishingSwitch>();
  const [done, setDone] = useState<string>();
  const words = messages.publishing;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  const rules = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!rules) return <p role="status">{messages.state.loading}</p>;
  const isOn = { 'trusted-only': rules.trusted_only, staged: rules.staged };
  const turnOn = (rule: PublishingSwitch) => {
    setDone(undefined);
    void action.run(() => publishing.turnOn(csrf, namespace, rule)).then(loaded.retry);
  };
  const offBy = (rule: PublishingSwitch) => rules.turning_off?.find((off) => off.switch === rule);
  return (
    <>
      {done && <Done>{done}</Done>}
      <ul className={styles.list}>
        {RULES.map((rule) => {
          const off = offBy(rule);
          return (
            <li key={rule}>
              <div className={styles.about}>
                <span className={styles.line}>
                  <span className={styles.name}>{words.rule[rule]}</span>
                  <Badge tone={isOn[rule] ? 'accent' : 'plain'}>
                    {isOn[rule] ? words.on : words.off}
                  </Badge>
                </span>
                <span className={styles.quiet}>{words.ruleDetail[rule]}</span>
                {off && (
                  <span>
                    {words.operatorTurnsOff(format.dateTime(off.effective_at), off.reason)}
                  </span>
                )}
              </div>
              {off && (
                <button
                  type="button"
                  className="button"
                  aria-label={words.keepOnOf(words.rule[rule])}
                  aria-disabled={action.isBusy}
                  onClick={() => {
                    turnOn(rule);
                  }}
                >
                  {words.keepOn}
                </button>
              )}
              {isOn[rule] ? (
                <button
                  type="button"
                  className="button"
                  aria-label={words.turnOffOf(words.rule[rule])}
                  onClick={() => {
                    ask(rule);
                  }}
                >
                  {words.turnOff}
                </button>
              ) : (
                <button
                  type="button"
                  className="button"
                  aria-label={words.turnOnOf(words.rule[rule])}
                  aria-disabled={action.isBusy}
                  onClick={() => {
                    turnOn(rule);
                  }}
                >
                  {words.turnOn}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {rules.note && <p className={styles.quiet}>{words.soleOwner}</p>}
      <ActionProblem action={action} />
      <Question
        title={asked ? words.turnOffQuestion(words.rule[asked]) : ''}
        detail={words.turnOffDetail}
        submit={words.turnOff}
        isOpen={asked !== undefined}
        onClose={() => {
          ask(undefined);
        }}
        onAnswer={async () => {
          if (!asked) return;
          const { effective_at } = await publishing.turnOff(csrf, namespace, asked);
          setDone(
            effective_at ? words.turningOff(format.dateTime(effective_at)) : words.proposedOff,
          );
          loaded.retry();
        }}
      />
    </>
  );
}
