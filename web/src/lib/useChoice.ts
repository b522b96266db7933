import { startTransition, useOptimistic } from 'react';

/**
 * A choice that lives elsewhere, as in the address, and shows at once what was chosen. A change of the address is a transition:
 * until it is through, a control that is bound to the address alone would spring back.
 */
export function useChoice<T>(chosen: T, onChoose: (choice: T) => void) {
  const [shown, show] = useOptimistic(chosen);
  const choose = (choice: T) => {
    startTransition(() => {
      show(choice);
      onChoose(choice);
    });
  };
  return [shown, choose] as const;
}
