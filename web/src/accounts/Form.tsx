import {
  useId,
  type HTMLInputAutoCompleteAttribute,
  type ReactNode,
  type Ref,
  type SyntheticEvent,
} from 'react';
import type { Problem } from '../api/problem';
import { useLocale } from '../i18n/locale';
import { PageHeading } from '../components/PageHeading';
import { Words } from '../components/Words';
import type { Action } from './useAction';
import styles from './Form.module.css';

/** A page that is little more than a form. */
export function FormPage({
  title,
  introduction,
  children,
}: {
  title: string;
  introduction?: string | undefined;
  children: ReactNode;
}) {
  return (
    <div className={styles.page}>
      <PageHeading title={title}>{title}</PageHeading>
      {introduction && <p className={styles.quiet}>{introduction}</p>}
      {children}
    </div>
  );
}

/** What a form's fields hold, by their names. */
export type Values = (name: string) => string;

interface FormProps {
  action: Action;
  submit: string;
  /** Whether sending it is what its page is for. */
  isMain?: boolean;
  /** What the form is called where a page has several. */
  label?: string | undefined;
  /** Another way to send it: an `Alternative`, which stands behind the button that Enter presses. */
  alternative?: ReactNode;
  /** Given what the fields hold, by their names; `by` is the alternative, if that was pressed. */
  onSubmit: (values: Values) => Promise<void>;
  /** Told what the fields hold whenever that changes, where more depends on it than what is sent. */
  onChange?: ((values: Values) => void) | undefined;
  /** Leaves it, where that can be. */
  onCancel?: (() => void) | undefined;
  children: ReactNode;
}

/** A form that does one thing, and says what stood in its way. */
export function Form({
  action,
  submit,
  isMain = false,
  label,
  alternative,
  onSubmit,
  onChange,
  onCancel,
  children,
}: FormProps) {
  const { messages } = useLocale();
  const send = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (submitter instanceof HTMLButtonElement && submitter.name) {
      fields.set(submitter.name, submitter.value);
    }
    void action
      .run(() => onSubmit(valuesOf(fields)))
      .then((went) => {
        if (went) form.reset();
      });
  };
  return (
    <form
      className={styles.form}
      onSubmit={send}
      onChange={(event) => onChange?.(valuesOf(new FormData(event.currentTarget)))}
      aria-label={label}
    >
      {children}
      <ActionProblem action={action} />
      <div className={styles.buttons}>
        <button
          type="submit"
          className={onCancel || isMain ? 'button primary' : 'button'}
          aria-disabled={action.isBusy}
        >
          {action.isBusy ? messages.accounts.working : submit}
        </button>
        {alternative}
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            {messages.accounts.cancel}
          </button>
        )}
      </div>
    </form>
  );
}

function valuesOf(fields: FormData): Values {
  return (name) => {
    const field = fields.get(name);
    return typeof field === 'string' ? field : '';
  };
}

/** Sends the form another way, for which the browser asks for the same fields. */
export function Alternative({ name, children }: { name: string; children: ReactNode }) {
  return (
    <button type="submit" className="button" name="by" value={name}>
      {children}
    </button>
  );
}

interface ActionProblemProps {
  action: Action;
  /** What is said of a kind of problem instead, where the page knows better than the registry. */
  instead?: Record<string, string>;
}

/** Why the registry did not do it, in its own words; read out. */
export function ActionProblem({ action: { problem }, instead = {} }: ActionProblemProps) {
  const { messages } = useLocale();
  const better = instead[problem?.kind ?? ''];
  return (
    <div role="alert">
      {problem && (
        <div className={styles.problem}>
          <p>
            <Words>
              {better ??
                problem.detail ??
                (problem.isUnreachable ? messages.state.unreachable : messages.state.failed)}
            </Words>
          </p>
          {problem.hint && !better && isForPeople(problem) && (
            <p>
              <Words>{problem.hint}</Words>
            </p>
          )}
        </div>
      )}
    </div>
  );
}

/** Whether the registry's hint is none of what programs are to send. */
function isForPeople({ hint, kind }: Problem): boolean {
  return kind !== 'too-many-attempts' && !/\b(GET|POST|PUT|DELETE) \//.test(hint ?? '');
}

interface FieldProps {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'date' | 'number';
  autoComplete: HTMLInputAutoCompleteAttribute;
  hint?: string | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  min?: number | string | undefined;
  max?: number | undefined;
  /** By default it must be filled in. */
  required?: boolean;
  inputMode?: 'numeric' | 'decimal' | undefined;
  defaultValue?: string | undefined;
}

/** One line to be filled in. */
export function Field({ label, hint, type = 'text', ...input }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        required
        aria-describedby={hint ? `${id}-hint` : undefined}
        spellCheck={false}
        autoCapitalize="none"
        {...input}
      />
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface AreaProps {
  name: string;
  label: string;
  hint?: string | undefined;
  maxLength: number;
  defaultValue?: string | undefined;
}

/** Several lines to be filled in. */
export function Area({ label, hint, ...input }: AreaProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={4}
        required
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...input}
      />
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  name: string;
  label: string;
  hint?: string | undefined;
  /** What is sent, and what people read. */
  options: { value: string; label: string }[];
  chosen?: string | undefined;
}

/** One of many. */
export function Select({ name, label, hint, options, chosen }: SelectProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        name={name}
        defaultValue={chosen}
        aria-describedby={hint ? `${id}-hint` : undefined}
      >
        {options.map(({ value, label: shown }) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface OptionsProps {
  name: string;
  label: string;
  /** What is sent, and what people read. The first is chosen, unless another is. */
  options: { value: string; label: string; hint?: string | undefined }[];
  chosen?: string | undefined;
  /** Told what is chosen, where more depends on it than what is sent. */
  onChoose?: (value: string) => void;
}

/** One of a few. */
export function Options({
  name,
  label,
  options,
  chosen = options[0]?.value,
  onChoose,
}: OptionsProps) {
  const id = useId();
  return (
    <fieldset className={styles.options}>
      <legend>{label}</legend>
      {options.map(({ value, label: shown, hint }) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            defaultChecked={value === chosen}
            onChange={() => onChoose?.(value)}
            aria-describedby={hint ? `${id}-${value}` : undefined}
          />
          <span>
            {shown}
            {hint && (
              <span id={`${id}-${value}`} className={styles.hint}>
                {hint}
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface DoneProps {
  /** Where the focus is put on it, because what had it is gone. */
  ref?: Ref<HTMLParagraphElement>;
  children: ReactNode;
}

/** Something that went well, read out. */
export function Done({ ref, children }: DoneProps) {
  return (
    <p ref={ref} role="status" tabIndex={ref ? -1 : undefined} className={styles.done}>
      {children}
    </p>
  );
}
