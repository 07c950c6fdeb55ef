import type { ServerResponse } from 'node:http';

/** How servers misbehave that hang, are slow, send elsewhere, or answer more than anybody can read. */
export const SICK_ANSWERS = {
  hangs: () => undefined,
  drips: (response) => {
    const drip = setInterval(() => response.write(' '), 200);
    response.on('close', () => clearInterval(drip));
  },
  redirects: (response) => response.writeHead(307, { location: '/fine' }).end(),
  floods: (response) => response.end(Buffer.alloc(11 * 1024 * 1024, 32)),
  breaks: (response) => response.destroy(),
} as const satisfies { readonly [way: string]: (response: ServerResponse) => unknown };

export type Sickness = keyof typeof SICK_ANSWERS;
