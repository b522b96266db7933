import { useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';

/**
 * The code that a letter's link brought behind `#`, where no server sees it. It is taken out of the address at once, so that
 * it is neither bookmarked nor shown to whoever looks on.
 */
export function useLetterCode(): string {
  const { hash, pathname } = useLocation();
  const navigate = useNavigate();
  const [code, keep] = useState(() => hash.slice(1));
  // Another link, or a code that was typed, came while the page was open.
  if (hash.length > 1 && hash.slice(1) !== code) keep(hash.slice(1));
  useEffect(() => {
    if (hash) void navigate(pathname, { replace: true });
  }, [hash, pathname, navigate]);
  return code;
}
