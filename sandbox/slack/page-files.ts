import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { HttpRefusal } from './http.ts';

/** The page's files; nothing else is ever read from disk. */
const FILES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/app.js': 'app.js',
  '/blocks.js': 'blocks.js',
  '/dates.js': 'dates.js',
  '/dom.js': 'dom.js',
  '/inputs.js': 'inputs.js',
  '/messages.js': 'messages.js',
  '/modal.js': 'modal.js',
  '/style.css': 'style.css',
  '/favicon.svg': 'favicon.svg',
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Only this server's own scripts, styles and pictures; no frames, no forms, nothing from outside. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const PAGE_DIRECTORY = new URL('./page/', import.meta.url);

/**
 * Serves a file of the page. A permalink ("/archives/<channel>/p<ts>") is the page itself.
 * @throws HttpRefusal 404.
 */
export async function servePageFile(pathname: string, response: ServerResponse): Promise<void> {
  const name = pathname.startsWith('/archives/')
    ? 'index.html'
    : Object.hasOwn(FILES, pathname)
      ? FILES[pathname]
      : undefined;
  if (name === undefined) throw new HttpRefusal(404, 'not_found', 'no such page');
  const content = await readFile(new URL(name, PAGE_DIRECTORY));
  response.writeHead(200, {
    ...HEADERS,
    'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
  });
  response.end(content);
}
