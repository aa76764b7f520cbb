/** The program of `webgpu-clip.test.ts`: encodes two images with the package named by its argument, on the provider named after it. Writes one line of JSON. */
import { z } from 'zod'
import { providers } from '#shared/domain.ts'
import { openEncoder } from '#engine/vision/encoder.ts'
import { wave } from '../support/small-onnx.ts'

const [folder, provider] = z.tuple([z.string(), z.enum(providers)]).parse(process.argv.slice(2))
const encoder = await openEncoder(folder, { provider, threads: 1 })
const { width, height } = encoder.manifest.input
const { grid, pooled } = await encoder.encode(wave(2 * 3 * width * height), 2)
console.log(JSON.stringify({ provider: encoder.provider, grid: [...grid], pooled: [...pooled] }))
