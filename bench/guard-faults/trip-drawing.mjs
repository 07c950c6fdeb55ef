const WIDTH = 760;
const LEFT = 64;
const RIGHT = 740;
const TOP = { from: 92, to: 242 };
const BOTTOM = { from: 290, to: 410 };
const HEIGHT = 440;
const SUSPECT = Math.log(10);
const STYLE = `
  svg { font: 12px system-ui, sans-serif } text, .dot { fill: #24292f } .small { font-size: 11px } text.faint { fill: #6e7781 }
  line, path { fill: none; stroke: #afb8c1 } .moment { stroke: #6e7781; stroke-dasharray: 3 3 }
  .evidence { stroke: #24292f; stroke-width: 2 } .trip { stroke: #cf222e; stroke-width: 1.5 } text.trip-words { fill: #cf222e }
  .new { stroke: #bc4c00; stroke-width: 2 } .new-words { fill: #bc4c00 }
  .control { stroke: #0969da; stroke-width: 2 } .control-words { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text, .dot { fill: #e6edf3 } text.faint { fill: #8d96a0 } line, path { stroke: #3d444d } .moment { stroke: #8d96a0 }
    .evidence { stroke: #e6edf3 } .trip { stroke: #ff7b72 } text.trip-words { fill: #ff7b72 }
    .new { stroke: #f0883e } .new-words { fill: #f0883e } .control { stroke: #58a6ff } .control-words { fill: #58a6ff }
  }`;

/**
 * A trip as SVG: above the evidence after each window beside the line at which it trips, below the bad share of both arms in each
 * window. Times are epoch ms; `fault`, `tripped` and `last`, the last answer of v2 to anybody, are marked in both.
 */
export function drawing({ windows, fault, tripped, last, tripLine }) {
  const begun = windows[0].from;
  const end = Math.max(last, windows.at(-1).to) + 2_000;
  const x = (at) => LEFT + ((at - begun) / (end - begun)) * (RIGHT - LEFT);
  const moments = [
    { at: last, words: `last answer of v2, ${seconds(last - tripped)} after the trip` },
    { at: tripped, words: `trip, ${seconds(tripped - fault)} later` },
    { at: fault, words: 'v2 begins to fail' },
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">${titleOf({ windows, fault, tripped, last })}</title>
<style>${STYLE}
</style>
${evidencePart(windows, tripLine, x)}
${sharesPart(windows, x)}
${moments.map(({ at: moment, words }, row) => mark(words, row, x(moment))).join('\n')}
${axis(begun, end, x)}
</svg>
`;
}

function titleOf({ windows, fault, tripped, last }) {
  const { new: fresh, control } = windows.at(-1);
  return (
    `A real trip: evidence against v2 over time, and the share of bad requests of both versions. In the last window ${fresh.bad} of ` +
    `${fresh.total} requests to v2 were bad and ${control.bad} of ${control.total} to v1. Tripped ${seconds(tripped - fault)} after ` +
    `v2 began to fail; its last answer came ${seconds(last - tripped)} after the trip.`
  );
}

function evidencePart(windows, tripLine, x) {
  const all = windows.map(({ logE }) => logE);
  const y = scale(TOP, Math.min(-4, ...all), Math.max(tripLine, ...all) + 1);
  const levels = [
    [Math.log(0.1), '1:10'],
    [0, '1:1'],
    [SUSPECT, '10:1'],
    [tripLine, `${Math.round(Math.exp(tripLine))}:1`],
  ];
  const points = windows.map(({ to, logE }) => [x(to), y(logE)]);
  return [
    `<text x="${LEFT}" y="16">Evidence against v2, as odds, after each window</text>`,
    ...levels.map(
      ([level, words], index) =>
        `<line class="${index === 3 ? 'trip' : ''}" x1="${LEFT}" x2="${RIGHT}" y1="${at(y(level))}" y2="${at(y(level))}"/>` +
        `<text class="small ${index === 3 ? 'trip-words' : 'faint'}" x="${LEFT - 6}" y="${at(y(level) + 4)}" text-anchor="end">${words}</text>`,
    ),
    `<path class="evidence" d="M${points.map(([px, py]) => `${at(px)} ${at(py)}`).join('L')}"/>`,
    ...points.map(([px, py]) => `<circle class="dot" cx="${at(px)}" cy="${at(py)}" r="3"/>`),
    `<text class="small trip-words" x="${LEFT + 6}" y="${at(y(tripLine) - 5)}">trip line</text>`,
  ].join('\n');
}

function sharesPart(windows, x) {
  const most = Math.max(...windows.flatMap(({ new: fresh, control }) => [share(fresh), share(control)]));
  const top = Math.max(0.02, Math.ceil(most * 50) / 50);
  const y = scale(BOTTOM, 0, top);
  const steps = (arm) =>
    windows
      .map(({ from, to, [arm]: counts }, index) => {
        const height = at(y(share(counts)));
        return `${index === 0 ? 'M' : 'L'}${at(x(from))} ${height}H${at(x(to))}`;
      })
      .join('');
  const levels = [0, top / 2, top];
  return [
    `<text x="${LEFT}" y="${BOTTOM.from - 14}">Bad requests in each window: <tspan class="new-words">v2</tspan> and <tspan class="control-words">v1</tspan></text>`,
    ...levels.map(
      (level) =>
        `<line x1="${LEFT}" x2="${RIGHT}" y1="${at(y(level))}" y2="${at(y(level))}"/>` +
        `<text class="small faint" x="${LEFT - 6}" y="${at(y(level) + 4)}" text-anchor="end">${Math.round(level * 1_000) / 10} %</text>`,
    ),
    `<path class="control" d="${steps('control')}"/>`,
    `<path class="new" d="${steps('new')}"/>`,
  ].join('\n');
}

function mark(words, row, px) {
  const y = 40 + row * 16;
  return (
    `<line class="moment" x1="${at(px)}" x2="${at(px)}" y1="${y - 8}" y2="${BOTTOM.to}"/>` +
    `<text class="small" x="${at(px - 5)}" y="${y}" text-anchor="end">${words}</text>`
  );
}

function axis(begun, end, x) {
  const ticks = Array.from({ length: Math.floor((end - begun) / 10_000) + 1 }, (_, index) => index * 10_000);
  return ticks
    .map(
      (tick) =>
        `<text class="small faint" x="${at(x(begun + tick))}" y="${BOTTOM.to + 18}" text-anchor="middle">${tick / 1_000} s</text>`,
    )
    .join('\n');
}

const share = ({ bad, total }) => (total === 0 ? 0 : bad / total);
const scale =
  ({ from, to }, low, high) =>
  (value) =>
    to - ((value - low) / (high - low)) * (to - from);
const at = (value) => Math.round(value * 10) / 10;
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;
