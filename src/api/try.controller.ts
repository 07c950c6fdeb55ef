import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';

const PAGE = readFileSync(new URL('./try.html', import.meta.url), 'utf8');

/** A page to try GraphQL in, self-contained: it loads nothing from anywhere. */
@Controller('try')
export class TryController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header(
    'content-security-policy',
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  page(): string {
    return PAGE;
  }
}
