import base from './jest.config.mjs';

export default {
  ...base,
  maxWorkers: 1,
  testTimeout: process.env.FAULTS === 'long' ? 3_600_000 : 300_000,
  testMatch: ['<rootDir>/test/faults/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
