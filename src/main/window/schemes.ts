/**
 * The app's own schemes. `capstan://app/…` serves the page's files; `capstan-image://image/<opening>/<id>` and
 * `capstan-image://thumbnail/<opening>/<id>` serve an image's bytes: id → row (the workspace process) → real path inside its registered
 * root → media type by content (the process that reads photos). The opening names the workspace: the page's cache, which knows addresses alone, never answers with another's.
 */
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { net, protocol } from 'electron'
import { AppError, toReport } from '#shared/errors.ts'
import { logError } from '#engine/log/log.ts'
import { devServer } from './dev-server.ts'
import type { Picture } from '../workspace/picture-request.ts'

/** Where images come from. Main opens no photo itself: it may lie on a share that is dead. */
export interface ImageFiles {
  /** Of the workspace that is open. */
  opening(): number | undefined
  /** @throws AppError where it cannot be shown */
  picture(imageId: number, kind: 'displayable' | 'thumbnail'): Promise<Picture>
}

const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob: capstan-image:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ')

const pageTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** Must run before the app is ready. */
export function registerSchemes(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'capstan', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    { scheme: 'capstan-image', privileges: { standard: true, secure: true, stream: true } },
  ])
}

/** Must run once the app is ready. `pageFolder` holds the built page. */
export function serveSchemes(pageFolder: string, images: ImageFiles): void {
  const server = devServer()
  protocol.handle('capstan', (request) => answer(request, () => (server === undefined ? page(pageFolder, request) : pageInMaking(server, request))))
  protocol.handle('capstan-image', (request) => answer(request, () => imageOf(images, request)))
}

async function answer({ url }: Request, respond: () => Promise<Response>): Promise<Response> {
  try {
    return await respond()
  } catch (error) {
    const report = toReport(error)
    if (report.code === 'internal') logError(`Address ${url}`, error)
    return new Response(report.happened, { status: report.code === 'not-found' ? 404 : 403, headers: { 'content-type': 'text/plain' } })
  }
}

async function page(folder: string, request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  const name = normalize(decodeURIComponent(pathname)).replace(/^[/\\]+/, '')
  const type = pageTypes[extname(name)]
  if (request.method !== 'GET' || host !== 'app' || type === undefined || name.startsWith('..')) throw new AppError('not-found', 'There is no such page.')
  return new Response(new Uint8Array(await readFile(join(folder, name))), {
    headers: {
      'content-type': type,
      'content-security-policy': pagePolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    },
  })
}

/** The page as Vite serves it. Its hot updates need a socket, and styles inside the document. */
async function pageInMaking(server: URL, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const response = await net.fetch(new URL(`${pathname}${search}`, server).href, { headers: { accept: request.headers.get('accept') ?? '*/*' } })
  const headers = new Headers({ 'content-type': response.headers.get('content-type') ?? 'text/plain', 'cache-control': 'no-store' })
  headers.set('content-security-policy', pagePolicy.replace("style-src 'self'", `style-src 'self' 'unsafe-inline'; connect-src 'self' ws://${server.host}`))
  return new Response(response.body, { status: response.status, headers })
}

async function imageOf(images: ImageFiles, request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  const [, opening, id] = /^\/([1-9]\d{0,8})\/([1-9]\d{0,14})$/.exec(pathname) ?? []
  const imageId = Number(id)
  if (request.method !== 'GET' || Number.isNaN(imageId) || Number(opening) !== images.opening()) throw new AppError('not-found', 'There is no such image.')
  switch (host) {
    case 'image':
      return pictureResponse(await images.picture(imageId, 'displayable'))
    case 'thumbnail':
      return pictureResponse(await images.picture(imageId, 'thumbnail'))
    default:
      throw new AppError('not-found', 'There is no such image.')
  }
}

function pictureResponse({ type, bytes }: Picture): Response {
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': type,
      'content-length': String(bytes.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=3600',
    },
  })
}
