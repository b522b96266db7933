import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Unit tests beside what they test. What needs a real browser is in e2e. */
export default defineConfig({
  plugins: [react()],
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'jsdom',
    // Only a test that hangs is to be stopped: the machine may be busy with others.
    testTimeout: 60_000,
    // The class names of modules as written, so that a test may ask for one.
    css: { modules: { classNameStrategy: 'non-scoped' } },
  },
});
