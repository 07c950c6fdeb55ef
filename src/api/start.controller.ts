import { Controller, Get, Header } from '@nestjs/common';

const PLACES = [
  ['/try', 'a page to try the admin API in'],
  ['/graphql', 'the admin API, by POST with an admin token'],
  ['/ofrep/v1/evaluate/flags', 'evaluation for any OpenFeature provider (OFREP), by POST with an SDK token'],
  ['/api/v1/snapshot', 'the whole configuration, and with /api/v1/stream its changes, for server tokens'],
  ['/healthz', 'whether the process runs'],
  ['/readyz', 'whether the store answers, so that writes work'],
  ['/metrics', 'what is measured, for Prometheus'],
] as const;

const ROWS = PLACES.map(([path, what]) => `<dt><a href="${path}">${path}</a></dt><dd>${what}</dd>`).join(
  '\n',
);
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tidegate</title>
<h1>Tidegate</h1>
<dl>
${ROWS}
</dl>
</html>
`;

/** What is where, for whoever opens the service's address in a browser. */
@Controller()
export class StartController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return PAGE;
  }
}
