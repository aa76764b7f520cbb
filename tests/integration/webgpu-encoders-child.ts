/** The program of `webgpu-encoders.test.ts`: encodes images with the package named by its first argument, on the provider named after it, as many as the third says. Writes one line of JSON. */
import { z } from 'zod'
import { providers } from '#shared/domain.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { wave } from '../support/small-onnx.ts'

const [folder, provider, images] = z.tuple([z.string(), z.enum(providers), z.coerce.number().int().positive()]).parse(process.argv.slice(2))
const encoder = await openEncoder(folder, { provider, threads: 1 })
const { width, height } = encoder.manifest.input
const { grid, pooled } = await encoder.encode(wave(images * 3 * width * height), images)
console.log(JSON.stringify({ provider: encoder.provider, grid: [...grid], pooled: [...pooled] }))
