import base from './jest.config.mjs';

export default {
  ...base,
  maxWorkers: 1,
  testTimeout: 300_000,
  testMatch: ['<rootDir>/test/fuzz/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
