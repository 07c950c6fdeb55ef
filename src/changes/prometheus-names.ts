/** Injects the names of the Prometheus servers that guards may name, null: the one without a name: `readonly (string | null)[]`. */
export const PROMETHEUS_NAMES = 'tidegate:prometheus-names';
