import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from 'react';
import { createAccounts, type Accounts, type SessionState } from '../api/accounts';
import { createMarket, type Market } from '../api/market';
import { createModeration, type Moderation } from '../api/moderation';
import { Problem } from '../api/problem';
import { createPublishers, type Publishers } from '../api/publishers';
import { createPublishing, type Publishing } from '../api/publishing';
import { createSubmissions, type Submissions } from '../api/submissions';
import { createWebhooks, type Webhooks } from '../api/webhooks';

/** Who is signed in to the registry's own site. */
export interface SessionContextValue {
  accounts: Accounts;
  submissions: Submissions;
  publishers: Publishers;
  publishing: Publishing;
  moderation: Moderation;
  webhooks: Webhooks;
  market: Market;
  /** Not there until the registry has said. */
  state: SessionState | undefined;
  /** Why it is not known. */
  problem: Problem | undefined;
  /** What an answer said of who is signed in now. */
  put: (state: SessionState) => void;
  /** Asks the registry again. */
  reload: () => Promise<void>;
}

const NOBODY: SessionState = {
  account: null,
  csrf_token: null,
  openid: null,
  passkeys: false,
  passwords: true,
  needs_second_factor: false,
  is_proven: false,
};

/** What asks the registry in the name of whoever is signed in. */
function createClients() {
  return {
    accounts: createAccounts(),
    submissions: createSubmissions(),
    publishers: createPublishers(),
    publishing: createPublishing(),
    moderation: createModeration(),
    webhooks: createWebhooks(),
    market: createMarket(),
  };
}

const SessionContext = createContext<SessionContextValue>({
  ...createClients(),
  state: NOBODY,
  problem: undefined,
  put: () => undefined,
  reload: () => Promise.resolve(),
});

/** Asks once who is signed in, for every page. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const clients = useMemo(() => createClients(), []);
  const { accounts } = clients;
  const [state, setState] = useState<SessionState>();
  const [problem, setProblem] = useState<Problem>();
  const put = useCallback((next: SessionState) => {
    setState(next);
    setProblem(undefined);
  }, []);
  const reload = useCallback(async () => {
    try {
      put(await accounts.session());
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, ''));
    }
  }, [accounts, put]);
  useEffect(() => {
    let isWanted = true;
    accounts.session().then(
      (given) => {
        if (isWanted) put(given);
      },
      (error: unknown) => {
        if (isWanted) setProblem(error instanceof Problem ? error : new Problem(0, ''));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [accounts, put]);
  const value = useMemo(
    () => ({ ...clients, state, problem, put, reload }),
    [clients, state, problem, put, reload],
  );
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): SessionContextValue {
  return use(SessionContext);
}

/** What says that nobody is signed in any more; how people sign in stays as it is. */
export function signedOut(state: SessionState | undefined): SessionState {
  const { openid, passkeys, passwords } = state ?? NOBODY;
  return { ...NOBODY, openid: openid ?? null, passkeys, passwords };
}
