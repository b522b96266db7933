import type { Member } from '../api/publishers';
import { Badge } from '../components/Badge';
import { Time } from '../components/Time';
import { useLocale } from '../i18n/locale';
import styles from '../publishing/PublishingPage.module.css';

interface MemberRowProps {
  member: Member;
  /** Whether it is whoever is signed in, who can leave. */
  isSelf: boolean;
  mayChange: boolean;
  onChangeRole: () => void;
  onRemove: () => void;
}

/** One member, and what can be done about it. */
export function MemberRow({ member, isSelf, mayChange, onChangeRole, onRemove }: MemberRowProps) {
  const { messages } = useLocale();
  const words = messages.publisherPages;
  const isInvited = member.state === 'invited';
  return (
    <li>
      <div className={styles.about}>
        <span className={styles.line}>
          <span className={styles.name}>{member.name}</span>
          {isSelf && <Badge tone="accent">{words.you}</Badge>}
          {isInvited && <Badge tone="plain">{words.isInvited}</Badge>}
        </span>
        <span className={styles.line}>
          <span>{messages.publishers.role[member.role]}</span>
          {member.email && <span>{member.email}</span>}
          <span>
            {isInvited ? words.invitedOn : words.memberSince}{' '}
            <Time at={member.accepted_at ?? member.created_at} />
          </span>
        </span>
      </div>
      <div className={styles.line}>
        {mayChange && !isInvited && (
          <button
            type="button"
            className="button"
            aria-label={words.changeRoleOf(member.name)}
            aria-haspopup="dialog"
            onClick={onChangeRole}
          >
            {words.changeRole}
          </button>
        )}
        {(mayChange || isSelf) && (
          <button
            type="button"
            className="button"
            aria-label={isSelf ? undefined : words.removeOf(member.name)}
            aria-haspopup="dialog"
            onClick={onRemove}
          >
            {isSelf ? words.leave : words.remove}
          </button>
        )}
      </div>
    </li>
  );
}
