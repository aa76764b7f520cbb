import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { describe, expect, test } from 'vitest'
import { obstacleTo, providersFor } from '#engine/runtime/providers.ts'
import { probeModel, probeValues } from '#engine/runtime/probe-graph.ts'
import { probeProvider } from '#engine/runtime/probe-process.ts'
import { createSession } from '#engine/runtime/session.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

describe('execution providers', () => {
  test('each platform has its own, the CPU everywhere', () => {
    expect(providersFor('linux', 'x64')).toEqual(['cpu', 'webgpu', 'cuda', 'tensorrt'])
    expect(providersFor('linux', 'arm64')).toEqual(['cpu'])
    expect(providersFor('win32', 'x64')).toContain('directml')
    expect(providersFor('darwin', 'arm64')).toContain('coreml')
    expect(providersFor('freebsd', 'x64')).toEqual(['cpu'])
  })

  test('a provider of another platform is not asked for', async () => {
    const foreign = process.platform === 'win32' ? 'coreml' : 'directml'
    expect(obstacleTo(foreign)?.reason).toContain(foreign)
    await expect(createSession(probeModel(), { provider: foreign })).rejects.toMatchObject({ code: 'unavailable' })
    expect(obstacleTo('cpu')).toBeUndefined()
  })

  test.runIf(process.platform === 'linux')('CUDA without its files is refused in words, not by a crash', async () => {
    const obstacle = obstacleTo('cuda')
    if (obstacle === undefined) {
      expect((await probeProvider('cuda')).asked).toBe('cuda') // a machine that has CUDA
      return
    }
    expect(obstacle.reason).toMatch(/not (installed|found)/)
    await expect(createSession(probeModel(), { provider: 'cuda' })).rejects.toMatchObject({ code: 'unavailable', message: obstacle.reason })
    expect(await probeProvider('cuda')).toMatchObject({ asked: 'cuda', executed: null, reason: obstacle.reason, todo: obstacle.todo })
  })
})

describe('sessions', () => {
  const input = { x: new Tensor('float32', probeValues(512, 5), [8, 64]) }

  test('run a model from bytes or from a file, and write into given tensors', async () => {
    const session = await createSession(probeModel(), { threads: 1, waiting: 'sleep' })
    expect(session).toMatchObject({ provider: 'cpu', inputNames: ['x'], outputNames: ['y'] })
    const { y } = await session.run(input)
    const given = new Float32Array(512)
    await session.run(input, { y: new Tensor('float32', given, [8, 64]) })
    expect(given).toEqual(y.data)
    expect(given.subarray(0, 64).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    const path = join(temporaryFolder(), 'probe.onnx')
    writeFileSync(path, probeModel())
    const fromFile = await createSession(path, { threads: 1 })
    expect((await fromFile.run(input))['y'].data).toEqual(y.data)
  })

  test('refuse what is no model', async () => {
    await expect(createSession(new Uint8Array(100))).rejects.toMatchObject({ code: 'bad-input' })
  })
})

describe('probing', () => {
  test('the CPU executes, and its device is named', async () => {
    const status = await probeProvider('cpu')
    expect(status).toMatchObject({ asked: 'cpu', executed: 'cpu', reason: '', todo: '' })
    expect(status.device).toMatch(/thread/)
    expect(Date.parse(status.since ?? '')).not.toBeNaN()
  })

  test('a process that crashes, or never ends, is an answer', async () => {
    const folder = temporaryFolder()
    const crashing = join(folder, 'crash.js')
    writeFileSync(crashing, 'process.abort()')
    expect(await probeProvider('webgpu', { program: crashing })).toMatchObject({ executed: null, reason: expect.stringContaining('SIGABRT') as string })
    const hanging = join(folder, 'hang.js')
    writeFileSync(hanging, 'setInterval(() => {}, 1000)')
    expect(await probeProvider('webgpu', { program: hanging, timeoutMilliseconds: 500 })).toMatchObject({
      executed: null,
      reason: expect.stringContaining('took longer') as string,
    })
  })
})
