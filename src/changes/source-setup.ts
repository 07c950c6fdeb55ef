/** Injects what the service was told of the sources that guards read: `SourceSetup`. */
export const SOURCE_SETUP = 'tidegate:source-setup';
