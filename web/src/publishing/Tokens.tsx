import { useCallback, useState } from 'react';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Token } from '../api/publishing';
import { Failure } from '../components/Failure';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { NewToken } from './NewToken';
import styles from './PublishingPage.module.css';

/** The tokens of a publisher, each with its end, and how to make one. */
export function Tokens({ namespace, csrf }: { namespace: string; csrf: string }) {
  const { messages } = useLocale();
  const { publishing } = useSession();
  const list = useResource(
    useCallback(
      (signal: AbortSignal) => publishing.tokens(namespace, signal),
      [publishing, namespace],
    ),
  );
  const [revoked, revoke] = useState<Token>();
  const words = messages.publishing;
  if (list.status === 'failed') return <Failure problem={list.problem} onRetry={list.retry} />;
  const tokens = list.status === 'ready' ? list.value : list.previous;
  if (!tokens) return <p role="status">{messages.state.loading}</p>;
  return (
    <>
      <p className={styles.quiet}>{words.tokensDetail}</p>
      {tokens.length === 0 && <p>{words.noTokens}</p>}
      <ul className={styles.list}>
        {tokens.map((token) => (
          <Row
            key={token.id}
            token={token}
            onRevoke={() => {
              revoke(token);
            }}
          />
        ))}
      </ul>
      <Question
        title={words.revokeQuestion(revoked?.label ?? '')}
        detail={words.revokeDetail}
        submit={words.revoke}
        isOpen={revoked !== undefined}
        onClose={() => {
          revoke(undefined);
        }}
        onAnswer={async () => {
          if (revoked) await publishing.revokeToken(csrf, namespace, revoked.id);
          list.retry();
        }}
      />
      <NewToken namespace={namespace} csrf={csrf} onChange={list.retry} />
    </>
  );
}

function Row({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { messages } = useLocale();
  const words = messages.publishing;
  const networks = token.networks ?? [];
  return (
    <li>
      <div className={styles.about}>
        <span className={styles.name}>{token.label}</span>
        <span className={styles.line}>
          {token.scopes.map(({ scope, modules }) => (
            <span key={scope + modules}>{`${words.scopes[scope]}: ${modules}`}</span>
          ))}
          <span>{networks.length > 0 ? words.from(networks) : words.fromEverywhere}</span>
        </span>
        <span className={styles.line}>
          {token.expires_at && (
            <span>
              {words.expires} <Time at={token.expires_at} />
            </span>
          )}
          {token.last_used_at ? (
            <span>
              {words.lastUsed} <Time at={token.last_used_at} />
            </span>
          ) : (
            <span>{words.neverUsed}</span>
          )}
        </span>
      </div>
      <button
        type="button"
        className="button"
        aria-label={words.revokeOf(token.label)}
        onClick={onRevoke}
      >
        {words.revoke}
      </button>
    </li>
  );
}
