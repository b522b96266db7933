import { federation } from '@module-federation/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

/** Builds the shell as a host of the remote at `registry`, into `outDir`. */
export async function buildShell(registry: string, outDir: string): Promise<void> {
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    plugins: [
      react(),
      federation({
        name: 'shell',
        remotes: {
          marketplace: {
            type: 'module',
            name: 'adx_marketplace',
            entry: `${registry}/remoteEntry.js`,
          },
        },
        shared: { react: { singleton: true }, 'react-dom': { singleton: true } },
        dts: false,
      }),
    ],
    build: { outDir, emptyOutDir: true, target: 'es2022', reportCompressedSize: false },
  });
}
