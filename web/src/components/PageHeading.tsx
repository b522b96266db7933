import { useEffect, useRef, type ReactNode } from 'react';
import { NavigationType, useLocation, useNavigationType } from 'react-router';
import { useSurroundings } from '../surroundings';

/** The key react-router gives the place a visit began at. */
const FIRST_PLACE = 'default';

interface PageHeadingProps {
  title: string;
  className?: string | undefined;
  children: ReactNode;
}

/**
 * The page's first heading. It names the page to the host, and takes the focus after a navigation within the
 * marketplace, as a full page load would: a screen reader then reads where the reader has come to.
 */
export function PageHeading({ title, className, children }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { onTitle } = useSurroundings();
  const { key } = useLocation();
  const navigation = useNavigationType();
  const opened = useRef({ key, navigation });

  useEffect(() => {
    onTitle(title);
  }, [onTitle, title]);

  useEffect(() => {
    if (opened.current.key === FIRST_PLACE) return;
    heading.current?.focus({ preventScroll: true });
    // Going back, the browser knows where the page was scrolled to.
    if (opened.current.navigation === NavigationType.Push) window.scrollTo(0, 0);
  }, []);

  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}
