/** A process that appends features until it is killed: folder and key as arguments, one line out per durable photo. */
import { openFeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKeySchema } from '#engine/vision/features/feature-key.ts'
import { hashBytes } from '#engine/files/content-hash.ts'

const [folder, keyText] = process.argv.slice(2)
const cache = openFeatureCache(folder, featureKeySchema.parse(JSON.parse(keyText)))
const features = new Float32Array(cache.length)
for (let number = cache.size; ; number++) {
  const hash = hashBytes(Buffer.from(String(number)))
  cache.append(hash, features.fill(number % 1000))
  if (number % 3 !== 2) continue // the photos after the last flush are lost with the process
  await cache.flush()
  process.stdout.write(`${number + 1}\n`)
}
