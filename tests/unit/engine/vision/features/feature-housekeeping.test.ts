import { existsSync, mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashBytes } from '#engine/files/content-hash.ts'
import { openFeatureCache } from '#engine/vision/features/feature-cache.ts'
import { evictFeatureCaches, listFeatureCaches, removeFeatureCache } from '#engine/vision/features/feature-housekeeping.ts'
import { featureKeyName, type FeatureKey } from '#engine/vision/features/feature-key.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const key = (encoder: string): FeatureKey => ({ encoder, fingerprint: 'abc', rows: 1, columns: 1, width: 1000, pooling: 1, mirrored: false })

/** A closed cache with some photos, last used so many hours ago. */
async function fill(folder: string, encoder: string, photos: number, hoursAgo: number): Promise<string> {
  const cache = openFeatureCache(folder, key(encoder))
  for (let number = 0; number < photos; number++) cache.append(hashBytes(Buffer.from(String(number))), new Float32Array(1000))
  await cache.close()
  const name = featureKeyName(key(encoder))
  const used = new Date(Date.now() - hoursAgo * 3_600_000)
  utimesSync(join(folder, name, 'key.json'), used, used)
  return name
}

describe('housekeeping of feature caches', () => {
  test('lists what each takes up, the last used first, and nothing else', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'something-else'))
    const old = await fill(folder, 'old', 3, 5)
    const recent = await fill(folder, 'recent', 1, 1)
    const caches = listFeatureCaches(folder)
    expect(caches.map(({ name }) => name)).toEqual([recent, old])
    expect(caches[1].bytes).toBeGreaterThanOrEqual(3 * 2000)
    expect(listFeatureCaches(join(folder, 'nothing'))).toEqual([])
  })

  test('makes room with the caches unused for longest', async () => {
    const folder = temporaryFolder()
    const names = [await fill(folder, 'oldest', 4, 9), await fill(folder, 'older', 4, 5), await fill(folder, 'new', 4, 1)]
    expect(evictFeatureCaches(folder, 20_000).map(({ name }) => name)).toEqual([names[0]])
    expect(names.map((name) => existsSync(join(folder, name)))).toEqual([false, true, true])
    expect(evictFeatureCaches(folder, 0)).toHaveLength(2)
  })

  test('leaves alone what is being written', async () => {
    const folder = temporaryFolder()
    const cache = openFeatureCache(folder, key('busy'))
    cache.append(hashBytes(Buffer.from('x')), new Float32Array(1000))
    expect(evictFeatureCaches(folder, 0)).toEqual([])
    expect(() => removeFeatureCache(folder, featureKeyName(key('busy')))).toThrow('being computed')
    await cache.close()
    removeFeatureCache(folder, featureKeyName(key('busy')))
    expect(listFeatureCaches(folder)).toEqual([])
    expect(() => removeFeatureCache(folder, '../elsewhere')).toThrow('no feature cache')
  })
})
