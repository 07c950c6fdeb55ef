import { OtlpMetricSource } from '../../src/adapters/metrics/otlp/otlp-metric-source.js';
import type { GuardSubject } from '../../src/domain/guard/guard-subject.js';
import type { GuardInput } from '../../src/domain/guard.js';
import type { MetricPoint } from '../../src/ports/store.js';
import { type More, subjectOf } from './metric-ground.js';
import { describeMetricSource } from './metric-source.contract.js';
import { MetricStore } from './metric-store.js';

const ARM = { label: 'version', new: 'v2', control: 'v1' };

describeMetricSource('pushed metrics', async (all) => {
  const ground = await MetricStore.start();
  const pods = all.flatMap((traffic) =>
    ['v1', 'v2'].map((version) => ({ traffic, version, bad: 5, total: 100 })),
  );

  /** All that the pods of some traffic have counted since they started. */
  async function push(some: typeof pods): Promise<void> {
    const time = await ground.store.now();
    const points = some.flatMap(({ traffic, version, bad, total }) =>
      [[`${traffic}_failed`, bad] as const, [traffic, total] as const].map(
        ([metric, value]): MetricPoint => ({
          target: `${traffic} ${version}`,
          series: `${metric} ${version}`,
          metric,
          labels: { version },
          start: 1,
          time,
          isDelta: false,
          value,
        }),
      ),
    );
    await ground.store.addPoints('production', points);
  }

  const asking = (key: string, query: GuardInput['query'], more: Partial<GuardSubject> = {}): GuardSubject =>
    subjectOf({ key, source: 'otlp', query }, more);
  const ratioOf = (traffic: string) => ({ bad: `${traffic}_failed`, total: traffic, arm: ARM });
  const pass = (): Promise<number> => ground.pass(() => push(pods));
  for (let i = 0; i < 3; i += 1) await pass();

  return {
    source: () => new OtlpMetricSource(ground.store),
    subject: (traffic, key = 'g') => asking(key, ratioOf(traffic)),
    broken: [
      { subject: asking('elsewhere', ratioOf('readable'), { environment: 'nowhere' }), code: 'UNREACHABLE' },
      {
        subject: subjectOf({ key: 'routeless', source: 'otlp', template: 'httpServer' }),
        code: 'NOT_READABLE',
      },
      { subject: asking('halved', { total: 'readable', arm: ARM }), code: 'NOT_READABLE' },
      { subject: asking('odd', { ...ratioOf('readable'), bad: '{a=~"("}' }), code: 'NOT_READABLE' },
    ],
    happen: async (traffic, more) => {
      const ours = pods.filter((pod) => pod.traffic === traffic);
      for (const pod of ours) {
        const { bad, total }: More = pod.version === 'v2' ? more.new : more.control;
        pod.bad += bad;
        pod.total += total;
      }
      await ground.inTurn(() => push(ours));
    },
    pass,
    away: () => ground.away(),
    back: () => ground.back(),
    stop: () => ground.stop(),
  };
});
