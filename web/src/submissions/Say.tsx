import { useState } from 'react';
import { Area, Done, Form } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import { useLocale } from '../i18n/locale';
import { MAX_REMARK } from './limits';

interface SayProps {
  id: string;
  csrf: string;
  /** What the field is called. */
  label: string;
  /** Told that something was said. */
  onSaid: () => void;
}

/** Says something about a submission to the other side. */
export function Say({ id, csrf, label, onSaid }: SayProps) {
  const { messages } = useLocale();
  const { submissions } = useSession();
  const action = useAction();
  const [isSaid, setSaid] = useState(false);
  const words = messages.submissions;
  return (
    <>
      {isSaid && <Done>{words.said}</Done>}
      <Form
        action={action}
        submit={words.send}
        onSubmit={async (value) => {
          setSaid(false);
          await submissions.comment(csrf, id, value('text'));
          setSaid(true);
          onSaid();
        }}
      >
        <Area name="text" label={label} hint={words.sayHint} maxLength={MAX_REMARK} />
      </Form>
    </>
  );
}
