import type { ReactNode } from 'react';
import { Dialog } from '../components/Dialog';
import { Form, type Values } from './Form';
import { useAction } from './useAction';

interface QuestionProps {
  title: string;
  /** What comes of it. */
  detail: ReactNode;
  /** What the button says that does it. */
  submit: string;
  isOpen: boolean;
  onClose: () => void;
  /** Does it; the question is closed once it is done. */
  onAnswer: (values: Values) => Promise<void>;
  /** What is to be filled in. */
  children?: ReactNode;
}

/** Asks before something is done that others see, or that cannot be taken back. */
export function Question({ title, isOpen, onClose, ...asked }: QuestionProps) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <Asked onClose={onClose} {...asked} />
    </Dialog>
  );
}

function Asked({
  detail,
  submit,
  onClose,
  onAnswer,
  children,
}: Omit<QuestionProps, 'title' | 'isOpen'>) {
  const action = useAction();
  return (
    <>
      <p>{detail}</p>
      <Form
        action={action}
        submit={submit}
        onCancel={onClose}
        onSubmit={async (values) => {
          await onAnswer(values);
          onClose();
        }}
      >
        {children}
      </Form>
    </>
  );
}
