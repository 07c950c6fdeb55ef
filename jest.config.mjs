const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

export default {
  testEnvironment: 'node',
  maxWorkers: 2,
  setupFilesAfterEnv: ['<rootDir>/test/support/second-try.ts'],
  testTimeout: 30_000,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@tidegate/sdk$': '<rootDir>/client-sdk/src/client/index.ts',
    '^@tidegate/sdk/http$': '<rootDir>/client-sdk/src/http/index.ts',
    '^@tidegate/sdk/testing$': '<rootDir>/client-sdk/src/testing/index.ts',
    '^@tidegate/sdk/engine$': '<rootDir>/client-sdk/src/engine/index.ts',
  },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  testMatch: ['<rootDir>/{src,client-sdk/src,test,migrations,bench}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '<rootDir>/test/(mesh|faults|fuzz)/'],
  modulePathIgnorePatterns: ['/dist/'],
};
