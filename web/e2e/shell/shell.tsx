import { lazy, Suspense, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** At run time from the registry, for the compiler from `src` (see tsconfig.json). */
const Marketplace = lazy(() => import('marketplace/Marketplace'));

/** A platform's shell. The marketplace is a component of its tree, which works only if both use one React. */
function Shell() {
  const [title, setTitle] = useState('');
  return (
    <Suspense fallback="Loading…">
      <p>Shown: {title}</p>
      <Marketplace basename="/shell" onTitle={setTitle} />
    </Suspense>
  );
}

const main = document.querySelector('main');
if (main) createRoot(main).render(<Shell />);
