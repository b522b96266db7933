import { useCallback } from 'react';
import { useSession } from '../accounts/session';
import type { MyPublisher } from '../api/accounts';
import type { Member, OwnerList, Proposal, Publisher, Transfer } from '../api/publishers';
import { Failure } from '../components/Failure';
import { useLocale } from '../i18n/locale';
import { useResource } from '../lib/useResource';
import { Section } from '../submissions/Section';
import { GiveAway } from './GiveAway';
import { Members } from './Members';
import { Proposals } from './Proposals';

/** Who is in a publisher, and what its owners are about to decide. */
export interface Council {
  publisher: Publisher;
  /** As whom the person is there; nobody, for operators. */
  as: MyPublisher | undefined;
  members: Member[];
  owners: OwnerList;
  proposals: Proposal[];
  transfer: Transfer | undefined;
}

/** What each part of the page is given. */
export interface CouncilProps {
  council: Council;
  csrf: string;
  /** Told that it is not as it was. */
  onChange: () => void;
}

interface TogetherProps {
  publisher: Publisher;
  as: MyPublisher | undefined;
  csrf: string;
  onChange: () => void;
}

/** The parts of the page about people. They are asked for together: what owners decide in one changes the others. */
export function Together({ publisher, as, csrf, onChange }: TogetherProps) {
  const { messages } = useLocale();
  const { publishers } = useSession();
  const { namespace } = publisher;
  const loaded = useResource(
    useCallback(
      async (signal: AbortSignal) => {
        const [members, owners, proposals, transfer] = await Promise.all([
          publishers.members(namespace, signal),
          publishers.owners(namespace, signal),
          publishers.proposals(namespace, signal),
          publishers.transfer(namespace, signal),
        ]);
        return { members, owners, proposals, transfer };
      },
      [publishers, namespace],
    ),
  );
  const words = messages.publisherPages;
  if (loaded.status === 'failed') {
    return <Failure problem={loaded.problem} onRetry={loaded.retry} />;
  }
  const known = loaded.status === 'ready' ? loaded.value : loaded.previous;
  if (!known) return <p role="status">{messages.state.loading}</p>;
  const part: CouncilProps = {
    council: { publisher, as, ...known },
    csrf,
    onChange: () => {
      loaded.retry();
      onChange();
    },
  };
  return (
    <>
      <Section title={words.members}>
        <Members {...part} />
      </Section>
      <Section title={words.proposals}>
        <Proposals {...part} />
      </Section>
      <Section title={words.transfer}>
        <GiveAway {...part} />
      </Section>
    </>
  );
}
