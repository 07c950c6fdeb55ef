import base from './jest.config.mjs';

export default {
  ...base,
  testMatch: ['<rootDir>/test/mesh/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 240_000,
};
