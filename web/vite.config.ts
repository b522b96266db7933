import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { federation } from '@module-federation/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const registry = process.env.ADX_REGISTRY_URL ?? 'http://127.0.0.1:8787';

/**
 * Adds files to the head under hashed names: the icon, and the one script that must run before the first paint.
 * The server's content security policy forbids inline scripts, so the theme cannot be set by one.
 */
function headFiles(): Plugin {
  const read = (name: string) =>
    readFileSync(new URL(`./src/head/${name}`, import.meta.url), 'utf8');
  const files = [
    { name: 'theme.js', tag: 'script', attribute: 'src', attrs: {} },
    {
      name: 'icon.svg',
      tag: 'link',
      attribute: 'href',
      attrs: { rel: 'icon', type: 'image/svg+xml' },
    },
  ].map((file) => {
    const source = read(file.name);
    const [stem = '', extension = ''] = file.name.split('.');
    const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8);
    return { ...file, source, built: `assets/${stem}-${hash}.${extension}` };
  });
  let building = false;
  return {
    name: 'adx-head-files',
    configResolved(config) {
      building = config.command === 'build';
    },
    generateBundle() {
      for (const { built, source } of files) {
        this.emitFile({ type: 'asset', fileName: built, source });
      }
    },
    transformIndexHtml: () =>
      files.map(({ tag, attribute, attrs, name, built }) => ({
        tag,
        attrs: { ...attrs, [attribute]: building ? `/${built}` : `/src/head/${name}` },
        injectTo: 'head-prepend' as const,
      })),
  };
}

export default defineConfig({
  plugins: [
    react(),
    headFiles(),
    federation({
      name: 'adx_marketplace',
      filename: 'remoteEntry.js',
      exposes: { './Marketplace': './src/Marketplace.tsx' },
      shared: {
        react: { singleton: true, requiredVersion: '^19.0.0' },
        'react-dom': { singleton: true, requiredVersion: '^19.0.0' },
      },
      // This build is consumed, it consumes no remote: the code for that (with its `new Function`) stays out.
      disableRemote: true,
      disableSnapshot: true,
      dts: false,
    }),
  ],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  experimental: {
    // Chunks find each other beside themselves, so that a host on another origin can load them; index.html is
    // served for deep paths as well, so it needs absolute addresses.
    renderBuiltUrl: (_file, { hostType }) => (hostType === 'js' ? { relative: true } : undefined),
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/docs', '/packages', '/openapi.yaml'].map((path) => [path, registry]),
    ),
  },
});
