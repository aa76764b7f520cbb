/**
 * `npm run bench -- gpu`: encoding, captioning, training steps and sampling on each execution provider that works here, how many times as fast as the CPU of
 * the same run, and how far its results are from the CPU's; JSON. A provider that is not there is named with the reason. Options: --providers cpu,webgpu,…;
 * --work encode,caption,train,sample. `npm run pack-gpu-bench` makes an archive of the same for a machine that has nothing.
 */
import { join } from 'node:path'
import { encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { projectFolder } from '../../scripts/paths.ts'
import { asked, benchmark, type GpuBenchmark } from './gpu/benchmark.ts'

export async function run(args: string[]): Promise<GpuBenchmark> {
  await ensureEncoders()
  return benchmark(asked(args), { model: join(projectFolder, 'models/base-captioner'), encoders: encoderRoot })
}
