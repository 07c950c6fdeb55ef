import base from './jest.config.mjs';

export default {
  ...base,
  maxWorkers: 1,
  testTimeout: process.env.FUZZ === 'long' ? 3_600_000 : 300_000,
  testMatch: ['<rootDir>/test/fuzz/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
