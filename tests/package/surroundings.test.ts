/** The packaged app takes nothing of its surroundings that loads code or opens a door, and follows links only inside a folder of photos. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureUnpacked } from '../../scripts/packaging/app-folder.ts'
import { callVerb, finished } from '../support/app.ts'
import { startPackagedApp } from '../support/packaged-app.ts'
import type { PipedApp } from '../support/piped-app.ts'
import { drawPicture, drawPictures } from '../support/pictures.ts'
import { watchProcesses, type Watched } from '../support/process-watch.ts'

const photos = 6

describe.runIf(process.platform === 'linux')('the packaged app in hostile surroundings', () => {
  let folder: string
  let running: PipedApp
  let server: Server
  let library: string
  let environment: Record<string, string>
  let watched: Watched
  const asked: string[] = []
  const ran = (): string => join(folder, 'ran')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capstan-surroundings-'))
    for (const name of ['photos', 'coverage', 'modules']) mkdirSync(join(folder, name))
    await drawPictures(join(folder, 'photos'), photos)
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end('<title>Capstan</title>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const code = join(folder, 'code.cjs')
    writeFileSync(code, `require('node:fs').appendFileSync(${JSON.stringify(ran())}, process.argv.join(' ') + '\\n')`)
    // A whole library of the system under another name: whoever loads it has it in its maps.
    library = join(folder, 'preloaded.so')
    copyFileSync(/\s(\/\S*\/libm\.so\S*)$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[1] ?? '', library)
    environment = {
      NODE_OPTIONS: `--require ${code} --inspect=0`,
      NODE_PATH: join(folder, 'modules'),
      NODE_V8_COVERAGE: join(folder, 'coverage'),
      ELECTRON_RUN_AS_NODE: '1',
      ELECTRON_OVERRIDE_DIST_PATH: folder,
      ELECTRON_RENDERER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      OPENSSL_CONF: join(folder, 'openssl.cnf'),
      OPENSSL_MODULES: join(folder, 'modules'),
      LD_PRELOAD: library,
      LD_AUDIT: '',
      VIPS_MODULE_PATH: join(folder, 'modules'),
      CAPSTAN_SQLITE_BINDING: library,
    }
    const flags = [
      '--inspect=0',
      '--inspect-brk=0',
      '--inspect-port=0',
      '--remote-debugging-port=0',
      '--remote-debugging-address=0.0.0.0',
      `--load-extension=${folder}`,
    ]
    running = await startPackagedApp(await ensureUnpacked(), join(folder, 'user'), { flags, environment })
  })
  afterAll(async () => {
    await running.close()
    server.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const ended = async (started: Promise<{ id: number }>): Promise<Awaited<ReturnType<typeof finished>>> => finished(running.window, (await started).id)

  test('works as it does without them', async () => {
    const watch = watchProcesses(running.pid)
    const { window } = running
    try {
      expect(window.url()).toMatch(/^capstan:\/\/app\//)
      await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Surrounded' })
      await ended(callVerb(window, 'imports.start', { kind: 'folder', folder: join(folder, 'photos'), split: 'none' }))
      const [model] = await callVerb(window, 'models.list')
      const job = await ended(callVerb(window, 'captioning.start', { modelId: model.id, scope: {}, beam: 1, again: false }))
      expect(job).toMatchObject({ failures: 0, result: { captioned: photos } })
      const { encoders } = await callVerb(window, 'encoders.list')
      await callVerb(window, 'encoders.verify', { encoderId: encoders[0].id })
    } finally {
      watched = watch.end()
    }
    const workers = [...watched.commands.values()].filter((command) => command.includes('node.mojom.NodeService'))
    expect(workers.length).toBeGreaterThanOrEqual(3) // workspace, jobs, vision
  })

  test('no process of it listens on a port', () => {
    expect([...watched.listening]).toEqual([])
    expect(existsSync(join(folder, 'user', 'DevToolsActivePort'))).toBe(false)
    expect(running.output()).not.toMatch(/Debugger listening|DevTools listening/)
    expect(asked).toEqual([])
  })

  test('no code of theirs ran, and the processes it starts know nothing of them', () => {
    expect(existsSync(ran()) ? readFileSync(ran(), 'utf8') : '').toBe('')
    expect(readdirSync(join(folder, 'coverage'))).toEqual([])
    const workers = <Value>(seen: Map<string, Value>): [string, Value][] => [...seen].filter(([command]) => command.includes('node.mojom.NodeService'))
    for (const [command, files] of workers(watched.mapped))
      expect(
        [...files].filter((file) => file.startsWith(folder) && file.endsWith('.so')),
        command,
      ).toEqual([])
    for (const [command, names] of workers(watched.variables))
      expect(
        [...names].filter((name) => name in environment),
        command,
      ).toEqual([])
  })

  test('a photo that became a link out of its folder is neither shown nor captioned', async () => {
    const { window } = running
    const [imageId, other] = await callVerb(window, 'library.ids', { filter: {}, sort: {} })
    const { path } = await callVerb(window, 'images.get', { imageId })
    const secret = join(folder, 'secret.jpg')
    renameSync(path, secret) // the same photo, where nobody pointed
    symlinkSync(secret, path)
    const { opening } = (await callVerb(window, 'workspace.current')) ?? { opening: 0 }
    const shown = (id: number): Promise<boolean> =>
      window.evaluate(
        (address) =>
          new Promise<boolean>((resolve) => {
            const picture = new Image()
            picture.onload = () => resolve(true)
            picture.onerror = () => resolve(false)
            picture.src = address
          }),
        `capstan-image://image/${opening}/${id}`,
      )
    expect([await shown(imageId), await shown(other)]).toEqual([false, true])
    await expect(callVerb(window, 'images.look', { imageId })).rejects.toMatchObject({ code: 'not-permitted' })
    const [model] = await callVerb(window, 'models.list')
    const job = await ended(callVerb(window, 'captioning.start', { modelId: model.id, scope: {}, beam: 1, again: true }))
    expect(job).toMatchObject({ failures: 1, result: { captioned: photos - 1 } })
    const [{ reason }] = await callVerb(window, 'jobs.failures', { jobId: job.id })
    expect(reason).toContain('leads out of its folder')
    // Inside the folder links are followed.
    rmSync(path)
    const inside = join(folder, 'photos', '.kept.jpg')
    renameSync(secret, inside)
    symlinkSync(inside, path)
    await callVerb(window, 'images.look', { imageId })
  })

  test('an import leaves out what leads out of the folder', async () => {
    const received = join(folder, 'received')
    mkdirSync(received)
    writeFileSync(join(folder, 'private.jpg'), await drawPicture(77))
    writeFileSync(join(received, 'own.jpg'), await drawPicture(78))
    symlinkSync(join(folder, 'private.jpg'), join(received, 'out.jpg'))
    writeFileSync(join(received, 'captions.jsonl'), ['own.jpg', 'out.jpg'].map((name) => `${JSON.stringify({ file_name: name, text: 'a dog' })}\n`).join(''))
    const before = (await callVerb(running.window, 'library.facets')).total
    const source = { kind: 'captions' as const, file: join(received, 'captions.jsonl'), imageRoot: received, split: 'none' as const }
    expect(await ended(callVerb(running.window, 'imports.start', source))).toMatchObject({ result: { images: 1, unreadable: 1 } })
    expect((await callVerb(running.window, 'library.facets')).total).toBe(before + 1)
  })
})
