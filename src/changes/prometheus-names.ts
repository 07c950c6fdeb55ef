/** Injects the names of the Prometheus servers that guards may name: `readonly string[]`. */
export const PROMETHEUS_NAMES = 'tidegate:prometheus-names';
