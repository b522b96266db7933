import { Fragment } from 'react';

/** What the registry says, in which `` ` `` stands around names, addresses and commands: these are shown as code. */
export function Words({ children }: { children: string }) {
  // Splitting by a captured group gives what is between and what was captured, in turn.
  return children
    .split(/`([^`]+)`/)
    .map((part, index) =>
      index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>,
    );
}
