import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { MarketplacePages } from './MarketplacePages';
import type { Theme } from './lib/theme';

export interface MarketplaceProps {
  /** Where the registry answers. By default the origin this code was loaded from. */
  registryUrl?: string;
  /** The path of the host's that the marketplace lives under, such as `/marketplace`. */
  basename?: string;
  /** A BCP 47 language. By default the document's. */
  language?: string;
  /** By default as the system prefers. */
  theme?: Theme;
  /** Told the name of each page shown, for the host to put in its title. */
  onTitle?: (title: string) => void;
}

/** The whole marketplace, for a host page that brings its own header, `main` landmark and title. */
export default function Marketplace({
  registryUrl = ownOrigin(),
  basename = '/',
  language = document.documentElement.lang || 'en',
  theme = 'auto',
  onTitle,
}: MarketplaceProps) {
  return (
    <BrowserRouter basename={basename}>
      <MarketplacePages
        registryUrl={registryUrl}
        language={language}
        theme={theme}
        onTitle={onTitle}
      />
    </BrowserRouter>
  );
}

/** Mounts the marketplace into `element`, for hosts that are not written in React. Returns what takes it out again. */
export function mount(element: Element, props: MarketplaceProps = {}): () => void {
  const root = createRoot(element);
  root.render(
    <StrictMode>
      <Marketplace {...props} />
    </StrictMode>,
  );
  return () => {
    root.unmount();
  };
}

function ownOrigin(): string {
  const { origin } = new URL(import.meta.url);
  return origin === window.location.origin ? '' : origin;
}
