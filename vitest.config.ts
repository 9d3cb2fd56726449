import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Three projects: unit tests run side by side; the others share machines and disks, one file at a time. */
export default defineConfig({
  test: {
    // Vitest leaves one processor free, which is half of a machine of two.
    maxWorkers: availableParallelism(),
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], testTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/built-image.ts', 'test/support/reference-folder.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'boot',
          include: ['test/boot/**/*.test.ts'],
          globalSetup: ['test/support/built-image.ts'],
          fileParallelism: false,
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          globalSetup: ['test/support/built-image.ts', 'test/support/reference-folder.ts'],
          fileParallelism: false,
          testTimeout: 3_600_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
