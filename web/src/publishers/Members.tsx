import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Done } from '../accounts/Form';
import { Question } from '../accounts/Question';
import { useSession } from '../accounts/session';
import type { Member } from '../api/publishers';
import { useLocale } from '../i18n/locale';
import { useTold } from '../moderation/useTold';
import { ChangeRole } from './ChangeRole';
import { Invite } from './Invite';
import { MemberRow } from './MemberRow';
import { outcome } from './outcome';
import type { CouncilProps } from './Together';
import styles from '../publishing/PublishingPage.module.css';

/** Who is in a publisher, each with its role; owners change that, and invite others. */
export function Members({ council, csrf, onChange }: CouncilProps) {
  const { messages } = useLocale();
  const [changed, change] = useState<Member>();
  const [removed, remove] = useState<Member>();
  const { told, tell, place } = useTold(changed !== undefined || removed !== undefined);
  const words = messages.publisherPages;
  const { publisher, as, members } = council;
  const isOwner = as?.role === 'owner';
  const done = (what: string) => {
    tell(what);
    onChange();
  };
  return (
    <>
      {told && <Done ref={place}>{told}</Done>}
      <ul className={styles.list} aria-label={words.members}>
        {members.map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            isSelf={member.id === as?.member}
            mayChange={isOwner}
            onChangeRole={() => {
              tell(undefined);
              change(member);
            }}
            onRemove={() => {
              tell(undefined);
              remove(member);
            }}
          />
        ))}
      </ul>
      {isOwner && publisher.kind === 'organisation' && (
        <Invite
          namespace={publisher.namespace}
          csrf={csrf}
          onStart={() => {
            tell(undefined);
          }}
          onDone={done}
        />
      )}
      {isOwner && publisher.kind === 'person' && <p>{words.personsDetail}</p>}
      <ChangeRole
        member={changed}
        namespace={publisher.namespace}
        csrf={csrf}
        onClose={() => {
          change(undefined);
        }}
        onDone={done}
      />
      <Remove
        member={removed}
        isSelf={removed?.id === as?.member}
        namespace={publisher.namespace}
        csrf={csrf}
        onClose={() => {
          remove(undefined);
        }}
        onDone={done}
      />
    </>
  );
}

interface RemoveProps {
  /** Whom; nobody while it is not asked. */
  member: Member | undefined;
  /** Whether that is whoever is signed in. */
  isSelf: boolean;
  namespace: string;
  csrf: string;
  onClose: () => void;
  onDone: (told: string) => void;
}

/** Asks before a member is removed, or leaves. An owner is removed by the owners together, and leaves alone. */
function Remove({ member, isSelf, namespace, csrf, onClose, onDone }: RemoveProps) {
  const locale = useLocale();
  const { publishers } = useSession();
  const navigate = useNavigate();
  const words = locale.messages.publisherPages;
  const name = member?.name ?? '';
  const isProposed = member?.role === 'owner' && !isSelf;
  const removeDetail = isProposed ? words.removeOwnerDetail : words.removeDetail;
  return (
    <Question
      title={isSelf ? words.leaveQuestion(namespace) : words.removeQuestion(name)}
      detail={isSelf ? words.leaveDetail : removeDetail}
      submit={isSelf ? words.leave : words.remove}
      isOpen={member !== undefined}
      onClose={onClose}
      onAnswer={async () => {
        if (!member) return;
        if (isProposed) {
          const action = { kind: 'remove-owner' as const, owner: member.id };
          const proposal = await publishers.propose(csrf, namespace, action);
          onDone(outcome(proposal, locale, words.removed(name)));
          return;
        }
        await publishers.remove(csrf, namespace, member.id);
        if (isSelf) await navigate('/account');
        else onDone(words.removed(name));
      }}
    />
  );
}
