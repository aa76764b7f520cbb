import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKeyName, poolGrid, storedGrid, type FeatureKey } from '#engine/vision/features/feature-key.ts'
import { hashBytes } from '#engine/files/content-hash.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const key: FeatureKey = { encoder: 'test', fingerprint: '0123456789abcdef', rows: 2, columns: 3, width: 64, pooling: 1, mirrored: false }
const hashOf = (number: number): string => hashBytes(Buffer.from(String(number)))
const length = 6 * 64

function featuresOf(number: number): Float32Array {
  return new Float32Array(length).fill(number % 1000)
}

function read(cache: ReturnType<typeof openFeatureCache>, number: number): number[] {
  const destination = new Float32Array(length)
  cache.readInto(hashOf(number), destination)
  return Array.from(new Set(destination))
}

describe('the feature cache', () => {
  test('gives back what was put in, in this process and the next', async () => {
    const folder = temporaryFolder()
    const cache = openFeatureCache(folder, key)
    for (let number = 0; number < 5; number++) cache.append(hashOf(number), featuresOf(number))
    expect(read(cache, 3)).toEqual([3])
    await cache.close()
    const again = openFeatureCache(folder, key)
    expect(again.size).toBe(5)
    expect(read(again, 4)).toEqual([4])
    expect(again.has(hashOf(5))).toBe(false)
    expect(() => read(again, 5)).toThrow('no features')
    await again.close()
  })

  test('half precision keeps a value within half a step, and its bits can be read as they are', async () => {
    const cache = openFeatureCache(temporaryFolder(), key)
    cache.append(hashOf(0), new Float32Array(length).fill(0.1))
    const bits = new Uint16Array(length)
    cache.readBitsInto(hashOf(0), bits)
    expect(bits[0]).toBe(0x2e66)
    expect(Math.abs(read(cache, 0)[0] - 0.1)).toBeLessThan(0.1 * 2 ** -11)
    await cache.close()
  })

  test('keys do not mix', async () => {
    const folder = temporaryFolder()
    const plain = openFeatureCache(folder, key)
    const mirrored = openFeatureCache(folder, { ...key, mirrored: true })
    plain.append(hashOf(0), featuresOf(1))
    expect(mirrored.has(hashOf(0))).toBe(false)
    await Promise.all([plain.close(), mirrored.close()])
  })

  test('two writers at once append to segments of their own, and both are found later', async () => {
    const folder = temporaryFolder()
    const first = openFeatureCache(folder, key)
    const second = openFeatureCache(folder, key)
    first.append(hashOf(1), featuresOf(1))
    second.append(hashOf(2), featuresOf(2))
    first.append(hashOf(3), featuresOf(3))
    await Promise.all([first.close(), second.close()])
    const both = openFeatureCache(folder, key)
    expect([1, 2, 3].map((number) => read(both, number))).toEqual([[1], [2], [3]])
    expect(readdirSync(join(folder, featureKeyName(key))).filter((name) => name.endsWith('.lock'))).toEqual([])
    await both.close()
  })

  test('a damaged record is told, and can be written again', async () => {
    const folder = temporaryFolder()
    const cache = openFeatureCache(folder, key)
    cache.append(hashOf(0), featuresOf(7))
    await cache.close()
    const data = join(folder, featureKeyName(key), 'segment-0000.f16')
    const bytes = readFileSync(data)
    bytes[100] ^= 1
    writeFileSync(data, bytes)
    const damaged = openFeatureCache(folder, key)
    expect(() => read(damaged, 0)).toThrow('damaged')
    expect(damaged.has(hashOf(0))).toBe(false)
    await damaged.close()
    const later = openFeatureCache(folder, key)
    expect(later.has(hashOf(0))).toBe(false)
    later.append(hashOf(0), featuresOf(7))
    expect(read(later, 0)).toEqual([7])
    await later.close()
    const healed = openFeatureCache(folder, key)
    expect(read(healed, 0)).toEqual([7])
    await healed.close()
  })

  test('a tail that no entry names, or a half-written entry, is cut off by the next writer', async () => {
    const folder = temporaryFolder()
    const cache = openFeatureCache(folder, key)
    for (let number = 0; number < 4; number++) cache.append(hashOf(number), featuresOf(number))
    await cache.close()
    const segment = join(folder, featureKeyName(key), 'segment-0000')
    appendFileSync(`${segment}.f16`, Buffer.alloc(1000, 1))
    truncateSync(`${segment}.index`, 3 * 44 + 20)
    const again = openFeatureCache(folder, key)
    expect(again.size).toBe(3)
    again.append(hashOf(9), featuresOf(9))
    await again.close()
    expect(statSync(`${segment}.f16`).size).toBe(4 * 2 * length)
    const last = openFeatureCache(folder, key)
    expect([0, 1, 2, 9].map((number) => read(last, number))).toEqual([[0], [1], [2], [9]])
    await last.close()
  })

  test('killed at any moment, it keeps every flushed photo whole and goes on', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder()
    const script = resolve(import.meta.dirname, '../../../../support/append-features.ts')
    let promised = 0
    for (const lines of [1, 12, 30]) {
      promised = await appendUntilKilled(script, folder, lines)
      const cache = openFeatureCache(folder, key)
      expect(cache.size).toBeGreaterThanOrEqual(promised)
      for (let number = 0; number < cache.size; number++) expect(read(cache, number)).toEqual([number % 1000])
      await cache.close()
    }
    expect(existsSync(join(folder, featureKeyName(key), 'segment-0001.f16'))).toBe(false) // the dead process's segment was taken over
  })
})

/** Starts the appending process, kills it after so many reports, and says how many photos it had reported as durable. */
async function appendUntilKilled(script: string, folder: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, [script, folder, JSON.stringify(key)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  await new Promise((done) => child.on('close', done))
  const complete = output.slice(0, output.lastIndexOf('\n')).split('\n')
  return Number(complete.at(-1))
}

describe('pooled grids', () => {
  test('are means of 2×2 cells, an odd last row or column alone', () => {
    const pooled: FeatureKey = { ...key, rows: 3, columns: 3, width: 1, pooling: 2 }
    expect(storedGrid(pooled)).toEqual({ rows: 2, columns: 2, tokens: 4 })
    const destination = new Float32Array(4)
    poolGrid(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), pooled, destination)
    expect(Array.from(destination)).toEqual([3, 4.5, 7.5, 9])
  })
})
